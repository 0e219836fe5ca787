package journal

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds the nesting of arrays and objects, so that a hostile
// document cannot exhaust the stack.
const maxDepth = 32

// maxExact is the largest integer that every JSON reader keeps exactly
// (RFC 7493 section 2.2).
const maxExact = 1<<53 - 1

// SyntaxError says where a JSON text is not acceptable and why.
type SyntaxError struct {
	Offset int    // bytes before the fault
	Reason string // what is wrong, lower case
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("json at byte %d: %s", e.Offset, e.Reason)
}

// Canonical rewrites one JSON value in the canonical form of RFC 8785: no
// space, members sorted by name in UTF-16 order, shortest strings and numbers.
// Equal values give equal bytes, so that a hash of them means something.
//
// It refuses, with a [*SyntaxError], what would be read differently by
// different readers (RFC 7493): invalid UTF-8, lone surrogates, a member name
// used twice, integers beyond ±(2^53-1) of which float64 loses digits, numbers
// beyond float64, and nesting deeper than 32.
func Canonical(data []byte) ([]byte, error) {
	v, err := parseJSON(data)
	if err != nil {
		return nil, err
	}
	return appendValue(make([]byte, 0, len(data)), v), nil
}

// member is one name and value of an object; an object is a []member sorted by name.
type member struct {
	name  string
	value any
}

// parseJSON reads exactly one value. It gives nil, bool, float64, string,
// []any or []member.
func parseJSON(data []byte) (any, error) {
	p := parser{data: data}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(p.data) {
		return nil, p.fail("text after the value")
	}
	return v, nil
}

type parser struct {
	data []byte
	at   int
}

func (p *parser) fail(format string, args ...any) error {
	return &SyntaxError{Offset: p.at, Reason: fmt.Sprintf(format, args...)}
}

func (p *parser) space() {
	for p.at < len(p.data) {
		switch p.data[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// peek gives the next byte, or 0 at the end: 0 is legal nowhere in JSON.
func (p *parser) peek() byte {
	if p.at < len(p.data) {
		return p.data[p.at]
	}
	return 0
}

func (p *parser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, p.fail("nested deeper than %d", maxDepth)
	}
	p.space()
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return p.text()
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	case p.word("null"):
		return nil, nil
	case p.word("true"):
		return true, nil
	case p.word("false"):
		return false, nil
	case p.at >= len(p.data):
		return nil, p.fail("the text ends where a value should begin")
	}
	return nil, p.fail("no value begins here")
}

func (p *parser) word(w string) bool {
	if len(p.data)-p.at < len(w) || string(p.data[p.at:p.at+len(w)]) != w {
		return false
	}
	p.at += len(w)
	return true
}

func (p *parser) object(depth int) (any, error) {
	members := []member{}
	p.at++ // the brace
	if p.space(); p.peek() == '}' {
		p.at++
		return members, nil
	}
	for {
		p.space()
		if p.peek() != '"' {
			return nil, p.fail("a member name should begin here")
		}
		name, err := p.text()
		if err != nil {
			return nil, err
		}
		if p.space(); p.peek() != ':' {
			return nil, p.fail("a colon should follow the member name")
		}
		p.at++
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		members = append(members, member{name, v})
		p.space()
		switch p.peek() {
		case ',':
			p.at++
		case '}':
			p.at++
			return p.sorted(members)
		default:
			return nil, p.fail("a comma or a closing brace should stand here")
		}
	}
}

func (p *parser) sorted(members []member) ([]member, error) {
	slices.SortStableFunc(members, func(a, b member) int { return compareUTF16(a.name, b.name) })
	for i := range len(members) - 1 {
		if members[i].name == members[i+1].name {
			return nil, p.fail("the object that ends here has the member %q twice", members[i].name)
		}
	}
	return members, nil
}

func (p *parser) array(depth int) (any, error) {
	items := []any{}
	p.at++ // the bracket
	if p.space(); p.peek() == ']' {
		p.at++
		return items, nil
	}
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
		p.space()
		switch p.peek() {
		case ',':
			p.at++
		case ']':
			p.at++
			return items, nil
		default:
			return nil, p.fail("a comma or a closing bracket should stand here")
		}
	}
}

func (p *parser) text() (string, error) {
	p.at++ // the quote
	var out []byte
	for p.at < len(p.data) {
		c := p.data[p.at]
		switch {
		case c == '"':
			p.at++
			return string(out), nil
		case c == '\\':
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		case c < 0x20:
			return "", p.fail("control character %#02x in a string", c)
		case c < utf8.RuneSelf:
			out = append(out, c)
			p.at++
		default:
			r, size := utf8.DecodeRune(p.data[p.at:])
			if r == utf8.RuneError && size <= 1 {
				return "", p.fail("invalid UTF-8")
			}
			out = append(out, p.data[p.at:p.at+size]...)
			p.at += size
		}
	}
	return "", p.fail("the text ends inside a string")
}

// escapes maps the letter after a backslash to its character (RFC 8259 section 7).
const escapes, escaped = `"\/bfnrt`, "\"\\/\b\f\n\r\t"

func (p *parser) escape() (rune, error) {
	p.at++ // the backslash
	c := p.peek()
	for i := range len(escapes) {
		if c == escapes[i] {
			p.at++
			return rune(escaped[i]), nil
		}
	}
	if c != 'u' {
		return 0, p.fail("unknown escape")
	}
	high, err := p.hex4()
	if err != nil || !utf16.IsSurrogate(high) {
		return high, err
	}
	if !p.word(`\`) || p.peek() != 'u' {
		return 0, p.fail("half of a surrogate pair")
	}
	low, err := p.hex4()
	if err != nil {
		return 0, err
	}
	r := utf16.DecodeRune(high, low)
	if r == utf8.RuneError {
		return 0, p.fail("half of a surrogate pair")
	}
	return r, nil
}

// hex4 reads the u of an escape and its four hexadecimal digits.
func (p *parser) hex4() (rune, error) {
	p.at++
	if len(p.data)-p.at < 4 {
		return 0, p.fail("the text ends inside an escape")
	}
	var r rune
	for range 4 {
		c := p.data[p.at]
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case 'A' <= c && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, p.fail("not a hexadecimal digit")
		}
		p.at++
	}
	return r, nil
}

func (p *parser) number() (any, error) {
	start, integer := p.at, true
	if p.peek() == '-' {
		p.at++
	}
	if p.peek() == '0' {
		p.at++
	} else if p.digits() == 0 {
		return nil, p.fail("a digit should stand here")
	}
	if p.peek() == '.' {
		p.at++
		if integer = false; p.digits() == 0 {
			return nil, p.fail("a digit should follow the point")
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		if integer = false; p.digits() == 0 {
			return nil, p.fail("a digit should stand in the exponent")
		}
	}
	literal := string(p.data[start:p.at])
	f, err := strconv.ParseFloat(literal, 64)
	if errors.Is(err, strconv.ErrRange) {
		return nil, p.fail("the number is out of range")
	}
	if err != nil {
		return nil, p.fail("not a number")
	}
	if integer && math.Abs(f) > maxExact && string(appendNumber(nil, f)) != literal {
		return nil, p.fail("the integer is too large to be kept exactly; write it as a string")
	}
	return f, nil
}

func (p *parser) digits() (n int) {
	for '0' <= p.peek() && p.peek() <= '9' {
		p.at++
		n++
	}
	return n
}

// compareUTF16 orders names by UTF-16 code unit (RFC 8785 section 3.2.3), which
// differs from byte order only between U+E000..U+FFFF and what lies above.
func compareUTF16(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case float64:
		return appendNumber(b, v)
	case string:
		return appendString(b, v)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, item)
		}
		return append(b, ']')
	case []member:
		b = append(b, '{')
		for i, m := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, m.name), ':')
			b = appendValue(b, m.value)
		}
		return append(b, '}')
	}
	panic(fmt.Sprintf("journal: %T is not a parsed JSON value", v)) // parseJSON gives nothing else
}

// appendString writes a string with the only escapes that RFC 8785 allows
// (section 3.2.2.2).
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, `\b`...)
		case '\t':
			b = append(b, `\t`...)
		case '\n':
			b = append(b, `\n`...)
		case '\f':
			b = append(b, `\f`...)
		case '\r':
			b = append(b, `\r`...)
		default:
			if c < 0x20 {
				b = fmt.Appendf(b, `\u%04x`, c)
			} else {
				b = append(b, c)
			}
		}
	}
	return append(b, '"')
}

// appendNumber writes a number as ECMAScript does (RFC 8785 section 3.2.2.3):
// shortest digits, an exponent only below 1e-6 and from 1e21.
func appendNumber(b []byte, f float64) []byte {
	if f == 0 {
		return append(b, '0') // also for minus zero
	}
	abs := math.Abs(f)
	if abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(b, f, 'f', -1, 64)
	}
	b = strconv.AppendFloat(b, f, 'e', -1, 64)
	// Go pads the exponent to two digits, ECMAScript does not: 1e-09 is 1e-9.
	if n := len(b); b[n-2] == '0' && (b[n-3] == '-' || b[n-3] == '+') {
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b
}
