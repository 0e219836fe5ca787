package mail

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Qualifiers of a mechanism (RFC 7208 section 4.6.2).
const (
	Pass     = '+'
	Fail     = '-'
	SoftFail = '~'
	Neutral  = '?'
)

// Policy is one SPF record, read (RFC 7208 section 4.6).
type Policy struct {
	Mechanisms []Mechanism
	Redirect   string // domain-spec of redirect=, empty if there is none
	Explain    string // of exp=
}

// Mechanism is one test of a record.
type Mechanism struct {
	Qualifier byte         // one of Pass, Fail, SoftFail, Neutral
	Kind      string       // "all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"
	Domain    string       // domain-spec, with its macros; empty where the current domain is meant
	Network   netip.Prefix // of ip4 and ip6
	Bits4     int          // prefix lengths of a and mx
	Bits6     int
	Text      string // as written
}

// SyntaxError is a fault in a published text.
type SyntaxError struct {
	At   int    // bytes before the fault
	Term string // the term that is wrong
	Why  string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("at byte %d, %q: %s", e.At, e.Term, e.Why) }

// maxRecord bounds what is read of one record: DNS itself allows no more.
const maxRecord = 65535

// IsSPF tells whether a text is an SPF record: the version alone, or before a space (RFC 7208 section 4.5).
func IsSPF(text string) bool {
	return len(text) >= 6 && strings.EqualFold(text[:6], "v=spf1") && (len(text) == 6 || text[6] == ' ')
}

// ParseSPF reads an SPF record. Any fault makes the whole record worthless to receivers (RFC 7208 section 4.6).
func ParseSPF(text string) (*Policy, error) {
	if !IsSPF(text) || len(text) > maxRecord {
		return nil, &SyntaxError{0, cut(text), "not an SPF record"}
	}
	p := &Policy{}
	seen := map[string]bool{}
	for at, term := range terms(text, 6) {
		if err := p.term(term, seen); err != nil {
			return nil, &SyntaxError{at, cut(term), err.Error()}
		}
	}
	return p, nil
}

// terms yields the space-separated terms of a text from a place on, each with its offset.
func terms(text string, from int) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		for at := from; at < len(text); {
			if text[at] == ' ' {
				at++
				continue
			}
			end := at
			for end < len(text) && text[end] != ' ' {
				end++
			}
			if !yield(at, text[at:end]) {
				return
			}
			at = end
		}
	}
}

func cut(text string) string { return text[:min(len(text), 64)] }

func (p *Policy) term(term string, seen map[string]bool) error {
	for i := range len(term) {
		if term[i] < 0x21 || term[i] > 0x7e {
			return fmt.Errorf("byte %#02x is not a visible ASCII character", term[i])
		}
	}
	if name, value, ok := strings.Cut(term, "="); ok && isName(name) {
		return p.modifier(strings.ToLower(name), value, seen)
	}
	m, err := parseMechanism(term)
	if err != nil {
		return err
	}
	p.Mechanisms = append(p.Mechanisms, m)
	return nil
}

// isName follows the grammar of a modifier's name: a letter, then letters, digits, "-", "_", ".".
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789-_.", rune(c))) {
			return false
		}
	}
	return s != ""
}

func (p *Policy) modifier(name, value string, seen map[string]bool) error {
	switch name {
	case "redirect", "exp":
		if seen[name] {
			return fmt.Errorf("%s stands twice", name)
		}
		seen[name] = true
		if err := checkDomainSpec(value); err != nil {
			return err
		}
		if name == "exp" {
			p.Explain = value
		} else {
			p.Redirect = value
		}
		return nil
	default: // unknown modifiers are skipped, if their value is well formed (section 6)
		return checkMacros(value, false)
	}
}

func parseMechanism(term string) (Mechanism, error) {
	m := Mechanism{Qualifier: Pass, Text: term, Bits4: 32, Bits6: 128}
	rest := term
	if strings.ContainsRune("+-~?", rune(term[0])) {
		m.Qualifier, rest = term[0], term[1:]
	}
	end := strings.IndexAny(rest, ":/")
	if end < 0 {
		end = len(rest)
	}
	m.Kind, rest = strings.ToLower(rest[:end]), rest[end:]
	value, given := strings.CutPrefix(rest, ":")
	switch m.Kind {
	case "all":
		if rest != "" {
			return m, fmt.Errorf("all takes no argument")
		}
		return m, nil
	case "include", "exists":
		if !given {
			return m, fmt.Errorf("%s needs a domain", m.Kind)
		}
		m.Domain = value
		return m, checkDomainSpec(value)
	case "a", "mx":
		return m, m.hosts(rest)
	case "ptr":
		if rest == "" {
			return m, nil
		}
		if !given {
			return m, fmt.Errorf("ptr takes a domain after a colon")
		}
		m.Domain = value
		return m, checkDomainSpec(value)
	case "ip4", "ip6":
		if !given {
			return m, fmt.Errorf("%s needs an address", m.Kind)
		}
		return m, m.network(value)
	default:
		return m, fmt.Errorf("unknown mechanism")
	}
}

// hosts reads [":" domain-spec] ["/" bits] ["//" bits] of a and mx.
func (m *Mechanism) hosts(rest string) error {
	spec, given := strings.CutPrefix(rest, ":")
	lengths := ""
	if i := lengthsStart(spec); i >= 0 {
		spec, lengths = spec[:i], spec[i:]
	}
	if given || spec != "" {
		m.Domain = spec
		if err := checkDomainSpec(spec); err != nil {
			return err
		}
	}
	four, six, both := strings.Cut(lengths, "//")
	if four != "" {
		if err := prefixLength(strings.TrimPrefix(four, "/"), 32, &m.Bits4); err != nil {
			return err
		}
	}
	if both {
		return prefixLength(six, 128, &m.Bits6)
	}
	return nil
}

// lengthsStart is where the prefix lengths at the end of a domain-spec begin, -1 without any. A slash inside a macro belongs to it.
func lengthsStart(spec string) int {
	depth := 0
	for i := range len(spec) {
		switch spec[i] {
		case '{':
			depth++
		case '}':
			depth--
		case '/':
			if depth == 0 && strings.Trim(spec[i:], "/0123456789") == "" {
				return i
			}
		}
	}
	return -1
}

func prefixLength(text string, most int, into *int) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most || text != strconv.Itoa(n) {
		return fmt.Errorf("prefix length %q is not a number from 0 to %d", cut(text), most)
	}
	*into = n
	return nil
}

func (m *Mechanism) network(value string) error {
	address, length, given := strings.Cut(value, "/")
	a, err := netip.ParseAddr(address)
	if err != nil || a.Zone() != "" || a.Is4() != (m.Kind == "ip4") {
		return fmt.Errorf("%q is not an address of %s", cut(address), m.Kind)
	}
	bits := a.BitLen()
	if given {
		if err := prefixLength(length, a.BitLen(), &bits); err != nil {
			return err
		}
	}
	m.Network = netip.PrefixFrom(a, bits).Masked()
	return nil
}

// checkDomainSpec follows RFC 7208 section 7.1: macros and text that end in a top label or in a macro.
func checkDomainSpec(spec string) error {
	if spec == "" {
		return fmt.Errorf("the domain is empty")
	}
	if err := checkMacros(spec, false); err != nil {
		return err
	}
	if strings.HasSuffix(spec, "}") || strings.HasSuffix(spec, "%%") || strings.HasSuffix(spec, "%_") || strings.HasSuffix(spec, "%-") {
		if !strings.HasSuffix(spec, "}") {
			return fmt.Errorf("the domain does not end in a top label")
		}
		return nil
	}
	plain := strings.TrimSuffix(spec, ".")
	dot := strings.LastIndexByte(plain, '.')
	if dot < 0 || !topLabel(plain[dot+1:]) {
		return fmt.Errorf("the domain does not end in a top label")
	}
	return nil
}

// topLabel: letters, digits and inner hyphens, not digits alone.
func topLabel(s string) bool {
	other := false
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && c != '-' && (c < '0' || c > '9') {
			return false
		}
		other = other || letter || c == '-'
	}
	return other && s[0] != '-' && s[len(s)-1] != '-'
}

// checkMacros follows RFC 7208 section 7.1. Letters c, r and t are for explanations only.
func checkMacros(s string, explanation bool) error {
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			continue
		}
		i++
		if i == len(s) {
			return fmt.Errorf("a lone %%")
		}
		switch s[i] {
		case '%', '_', '-':
		case '{':
			end := strings.IndexByte(s[i:], '}')
			if end < 0 {
				return fmt.Errorf("a macro without its closing brace")
			}
			if err := checkMacro(s[i+1:i+end], explanation); err != nil {
				return err
			}
			i += end
		default:
			return fmt.Errorf("%%%c is not a macro", s[i])
		}
	}
	return nil
}

func checkMacro(body string, explanation bool) error {
	letters := "slodiphv"
	if explanation {
		letters += "crt"
	}
	if body == "" || !strings.ContainsRune(letters, rune(body[0]|0x20)) || body[0]|0x20 < 'a' {
		return fmt.Errorf("macro {%s} is not known", cut(body))
	}
	rest := body[1:]
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if digits > 0 && strings.Trim(rest[:digits], "0") == "" {
		return fmt.Errorf("macro {%s} keeps no label", cut(body))
	}
	rest = strings.TrimLeft(rest, "0123456789")
	if rest != "" && rest[0]|0x20 == 'r' {
		rest = rest[1:]
	}
	if strings.Trim(rest, ".-+,/_=") != "" {
		return fmt.Errorf("macro {%s} is malformed", cut(body))
	}
	return nil
}

// expandOwn replaces the macros that depend on the domain alone, {d} and {o} with their transformations left to the receivers. ok is false
// where the sender decides the name.
func expandOwn(spec, domain string) (name string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(spec); i++ {
		if spec[i] != '%' {
			b.WriteByte(spec[i])
			continue
		}
		i++
		switch spec[i] {
		case '%':
			b.WriteByte('%')
		case '{':
			end := strings.IndexByte(spec[i:], '}')
			if !strings.EqualFold(spec[i+1:i+end], "d") {
				return "", false
			}
			b.WriteString(domain)
			i += end
		default:
			return "", false
		}
	}
	return strings.TrimSuffix(b.String(), "."), true
}
