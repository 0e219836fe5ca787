package dns

import (
	"bytes"
	"slices"
	"strings"

	wire "github.com/miekg/dns"
)

// fqdn is name in the form the protocol uses: lower case with a final dot.
func fqdn(name string) string { return wire.CanonicalName(strings.TrimSpace(name)) }

// Plain is name as people write it: lower case, without the final dot; the root is ".".
func Plain(name string) string {
	if name == "." {
		return name
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// Parent is the name one label up, "." above a single label and above itself.
func Parent(name string) string {
	_, above, ok := strings.Cut(Plain(name), ".")
	if !ok || above == "" {
		return "."
	}
	return above
}

// Within tells whether name is zone or below it.
func Within(zone, name string) bool { return wire.IsSubDomain(fqdn(zone), fqdn(name)) }

// Valid tells whether name can be asked for: labels of 63 bytes, 253 characters in all.
func Valid(name string) bool { return name != "" && validName(fqdn(name)) }

func validName(full string) bool {
	_, ok := wire.IsDomainName(full)
	return ok && len(full) <= 1004 // 255 bytes, each of which may be written \DDD
}

// parent is the name one label up in the protocol's form.
func parent(full string) string {
	next, end := wire.NextLabel(full, 0)
	if end {
		return "."
	}
	return full[next:]
}

// within tells whether name, like zone in the protocol's form, is zone or below it.
func within(zone, name string) bool {
	if strings.Contains(name, `\`) {
		return wire.IsSubDomain(zone, name) // a dot may be part of a label
	}
	if zone == "." {
		return true
	}
	at := len(name) - len(zone)
	return at >= 0 && name[at:] == zone && (at == 0 || name[at-1] == '.')
}

// lower is a letter of ASCII in lower case; names have no others that are equal (RFC 4343).
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// CompareNames orders names as RFC 4034 section 6.1 does: label by label from the right, by bytes in lower case.
func CompareNames(a, b string) int {
	var x, y packedName
	x.pack(a)
	y.pack(b)
	for i, j := x.labels, y.labels; i > 0 && j > 0; {
		i, j = i-1, j-1
		if order := bytes.Compare(x.label(i), y.label(j)); order != 0 {
			return order
		}
	}
	return x.labels - y.labels
}

// packedName is a name in its packed form, lower case, with the place of each label. One that cannot be packed has no label.
type packedName struct {
	raw    [256]byte
	starts [128]uint8
	labels int
}

func (p *packedName) pack(name string) {
	n, err := wire.PackDomainName(fqdn(name), p.raw[:], 0, nil, false)
	if err != nil {
		return
	}
	for at := 0; at < n && p.raw[at] != 0; at += 1 + int(p.raw[at]) {
		p.starts[p.labels] = uint8(at)
		p.labels++
	}
	for i, c := range p.raw[:n] {
		p.raw[i] = lower(c)
	}
}

func (p *packedName) label(i int) []byte {
	at := int(p.starts[i])
	return p.raw[at+1 : at+1+int(p.raw[at])]
}

// unescape gives back the bytes of a text that the library shows with \DDD and \".
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\' || i+1 == len(s):
			b.WriteByte(s[i])
		case i+3 < len(s) && digit(s[i+1]) && digit(s[i+2]) && digit(s[i+3]):
			b.WriteByte((s[i+1]-'0')*100 + (s[i+2]-'0')*10 + s[i+3] - '0')
			i += 3
		default:
			i++
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// rrset is the records of one name and type, with their signatures.
type rrset struct {
	name       string
	qtype      uint16
	records    []wire.RR
	signatures []*wire.RRSIG
}

type rrsets []*rrset

// group sorts the records of one section into sets, keeping the order of the message.
func group(section []wire.RR) rrsets {
	var sets rrsets
	for _, rr := range section {
		h := rr.Header()
		if h.Class != wire.ClassINET {
			continue
		}
		qtype := h.Rrtype
		sig, isSig := rr.(*wire.RRSIG)
		if isSig {
			qtype = sig.TypeCovered
		}
		name := wire.CanonicalName(h.Name)
		set := sets.get(name, qtype)
		if set == nil {
			set = &rrset{name: name, qtype: qtype}
			sets = append(sets, set)
		}
		if isSig {
			set.signatures = append(set.signatures, sig)
		} else {
			set.records = append(set.records, rr)
		}
	}
	return sets
}

func (s rrsets) get(name string, qtype uint16) *rrset {
	for _, set := range s {
		if set.qtype == qtype && set.name == name {
			return set
		}
	}
	return nil
}

// find is the set of a name and type if it holds records.
func (s rrsets) find(name string, qtype uint16) *rrset {
	if set := s.get(name, qtype); set != nil && len(set.records) > 0 {
		return set
	}
	return nil
}

func (s *rrset) ttl() uint32 {
	least := s.records[0].Header().Ttl
	for _, rr := range s.records[1:] {
		least = min(least, rr.Header().Ttl)
	}
	return least
}

// sorted is a copy of records in the order of their text without the time to live, which resolvers count down.
func sorted(records []wire.RR) []wire.RR {
	if len(records) == 1 {
		return slices.Clone(records)
	}
	type keyed struct {
		key string
		rr  wire.RR
	}
	list := make([]keyed, len(records))
	for i, rr := range records {
		list[i] = keyed{strings.TrimPrefix(rr.String(), rr.Header().String()), rr}
	}
	slices.SortStableFunc(list, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	out := make([]wire.RR, 0, len(list))
	for i, k := range list {
		if i == 0 || k.key != list[i-1].key {
			out = append(out, k.rr)
		}
	}
	return out
}
