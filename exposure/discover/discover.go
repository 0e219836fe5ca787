// Package discover gathers the names and addresses of an establishment: those that it declares, those of the files that it exports (zone,
// registrar, address plan, certificates, certificate transparency), and those that the domain name system and certificates lead to.
//
// Each name keeps every place it was met in. Meeting a name gives no right to touch it: that is for package perimeter to say.
package discover

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
)

// MaxNames is how many names one audit follows. What comes after is counted, and told as a gap.
const MaxNames = 20000

// Names is a growing set of names with their sources. It is not safe for concurrent use.
type Names struct {
	names   map[string]map[observe.Source]bool
	fresh   []string
	Dropped int // names beyond MaxNames
	Bad     int // texts that were no names
}

// NewNames returns an empty set.
func NewNames() *Names { return &Names{names: map[string]map[observe.Source]bool{}} }

// maxSources bounds the places kept for one name: a certificate shown on a thousand addresses says nothing more the thousandth time.
const maxSources = 32

// Add notes that a name was met. A leading "*." is dropped: the wildcard stands for the name it is under. What is no name is counted.
func (n *Names) Add(text, kind, in string) {
	name, err := perimeter.Name(strings.TrimPrefix(strings.TrimSpace(text), "*."))
	if err != nil || !strings.Contains(name, ".") {
		n.Bad++
		return
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return
	}
	sources := n.names[name]
	if sources == nil {
		if len(n.names) >= MaxNames {
			n.Dropped++
			return
		}
		sources = map[observe.Source]bool{}
		n.names[name] = sources
		n.fresh = append(n.fresh, name)
	}
	if len(sources) < maxSources {
		sources[observe.Source{Kind: kind, In: in}] = true
	}
}

// Fresh gives the names added since the last call, sorted.
func (n *Names) Fresh() []string {
	out := n.fresh
	n.fresh = nil
	slices.Sort(out)
	return out
}

// Len is how many names there are.
func (n *Names) Len() int { return len(n.names) }

// Sources lists where a name was met, sorted.
func (n *Names) Sources(name string) []observe.Source {
	var out []observe.Source
	for s := range n.names[name] {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b observe.Source) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.In, b.In))
	})
	return out
}

// Declared adds what the perimeter names itself: domains, hosts, and services by name.
func (n *Names) Declared(p *perimeter.Perimeter) {
	for _, d := range p.Domains {
		n.Add(d, "declared", "")
		n.Add("www."+d, "usual", "")
	}
	for _, h := range p.Hosts {
		if _, err := netip.ParseAddr(h); err != nil {
			n.Add(h, "declared", "")
		}
	}
	for _, s := range p.Services {
		if name, _, ok := strings.Cut(s.At, ":"); ok {
			if _, err := netip.ParseAddr(name); err != nil && !strings.HasPrefix(s.At, "[") {
				n.Add(name, "declared", "")
			}
		}
	}
}

// Reverse is the name under which a pointer to an address stands (RFC 1035 3.5, RFC 3596 2.5).
func Reverse(a netip.Addr) string {
	a = a.Unmap()
	raw := a.AsSlice()
	slices.Reverse(raw)
	var b strings.Builder
	for _, octet := range raw {
		if a.Is4() {
			b.WriteString(itoa(octet))
			b.WriteByte('.')
			continue
		}
		const digits = "0123456789abcdef"
		b.Write([]byte{digits[octet&15], '.', digits[octet>>4], '.'})
	}
	if a.Is4() {
		return b.String() + "in-addr.arpa"
	}
	return b.String() + "ip6.arpa"
}

func itoa(b byte) string {
	text := [3]byte{'0' + b/100, '0' + b/10%10, '0' + b%10}
	return strings.TrimLeft(string(text[:2]), "0") + string(text[2:])
}
