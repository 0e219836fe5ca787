package perimeter

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// Proven is what of a perimeter may be touched: proven, not excluded, inside the hours. It makes every target of an audit.
type Proven struct {
	p        *Perimeter
	now      time.Time
	local    bool
	mandates []mandate
	papers   []Paper
	proofs   []Proof

	excluded []thing
	domains  []string                // wholly proven, with the names below
	names    map[string][]netip.Addr // proven by a file: the name alone, at these addresses
	declared map[string]bool         // names declared as hosts
	ranges   []netip.Prefix
	allowed  []uint16 // ports of a name that is proven where its address is not
}

// Why a host may not be touched.
var (
	ErrExcluded = errors.New("excluded by the perimeter")
	ErrUnproven = errors.New("ownership not proven")
	ErrOutside  = errors.New("its name leads to a name that is not proven")
	ErrPrivate  = errors.New("an address of a private network")
)

// nameServices are the ports that a name is for: the web, mail and names. The owner of a domain decides where they point; the rest of the machine
// there may be someone else's, such as a shared host, and needs the proof of the address.
func nameServices() []uint16 {
	return []uint16{25, 53, 80, 110, 143, 443, 465, 587, 993, 995, 4190, 8080, 8443}
}

// index makes the proofs quick to ask.
func (v *Proven) index() {
	v.names, v.declared, v.allowed = map[string][]netip.Addr{}, map[string]bool{}, nameServices()
	for _, text := range v.p.Exclude {
		if t, err := parseThing(text); err == nil {
			v.excluded = append(v.excluded, t)
		}
	}
	for _, proof := range v.proofs {
		a, addrErr := netip.ParseAddr(proof.Item)
		switch {
		case proof.By == Unproven:
		case proof.Kind == "range":
			v.ranges = append(v.ranges, netip.MustParsePrefix(proof.Item)) // Check made it
		case addrErr == nil:
			v.ranges = append(v.ranges, netip.PrefixFrom(a, a.BitLen()))
		case proof.By == ByFile:
			v.names[proof.Item] = proof.Addresses
			v.declared[proof.Item] = proof.Kind == "host"
		case proof.Kind == "domain":
			v.domains = append(v.domains, proof.Item)
		default:
			v.names[proof.Item] = nil
			v.declared[proof.Item] = true
		}
	}
	for _, h := range v.p.Hosts {
		v.declared[h] = true
	}
}

// Perimeter is what was declared.
func (v *Proven) Perimeter() *Perimeter { return v.p }

// Proofs lists the state of every item: domains, then ranges, then hosts, each in order.
func (v *Proven) Proofs() []Proof { return slices.Clone(v.proofs) }

// Papers lists the mandates of the perimeter, in its order, with what was found of each.
func (v *Proven) Papers() []Paper { return slices.Clone(v.papers) }

// Domain tells whether a domain and the names below it are proven, so that its zone may be asked what only its servers know.
func (v *Proven) Domain(name string) bool {
	return slices.ContainsFunc(v.domains, func(d string) bool { return Under(name, d) })
}

// Name tells whether a name is proven and not excluded; its addresses may still not be.
func (v *Proven) Name(name string) bool {
	_, alone := v.names[name]
	return (alone || v.Domain(name)) && !v.forbidden(name, nil, netip.Addr{})
}

// Declares tells whether a name or an address is in the declaration, proven or not.
func (v *Proven) Declares(name string, a netip.Addr) bool { return v.p.Declares(name, a) }

// Declares tells whether a name or an address is in the declaration.
func (p *Perimeter) Declares(name string, a netip.Addr) bool {
	if name != "" && (slices.Contains(p.Hosts, name) || slices.ContainsFunc(p.Domains, func(d string) bool { return Under(name, d) })) {
		return true
	}
	if !a.IsValid() {
		return false
	}
	a = a.Unmap()
	return slices.Contains(p.Hosts, a.String()) || slices.ContainsFunc(p.Ranges, func(r netip.Prefix) bool { return r.Contains(a) })
}

// Provider names the known provider that a name belongs to, empty for none.
func (p *Perimeter) Provider(name string) string {
	for _, v := range p.Providers {
		if slices.ContainsFunc(v.Suffixes, func(s string) bool { return Under(name, s) }) {
			return v.Name
		}
	}
	return ""
}

// Ranges lists the proven ranges.
func (v *Proven) Ranges() []netip.Prefix { return slices.Clone(v.ranges) }

// forbidden tells whether an exclusion holds a host on every port.
func (v *Proven) forbidden(name string, aliases []string, a netip.Addr) bool {
	for _, text := range v.p.Exclude {
		t, err := parseThing(text)
		if err != nil || t.port != 0 {
			continue
		}
		if t.holds(name, a, 0) || slices.ContainsFunc(aliases, func(n string) bool { return t.holds(n, a, 0) }) {
			return true
		}
	}
	return false
}

// Host is one address under one name that may be touched, on the ports that its proof allows.
type Host struct{ target Target }

// Host decides whether an address may be touched under a name; the name is empty for the bare address. Aliases is the chain that
// led from the name to the address, in order: each must be proven, or the address be.
func (v *Proven) Host(name string, aliases []string, a netip.Addr) (Host, error) {
	a = a.Unmap()
	rule := &portRule{}
	refuse := func(err error) (Host, error) {
		what := a.String()
		if name != "" {
			what = name + " (" + what + ")"
		}
		return Host{}, fmt.Errorf("%s: %w", what, err)
	}
	owned := slices.ContainsFunc(v.ranges, func(r netip.Prefix) bool { return r.Contains(a) })
	switch {
	case touchable(a) != nil:
		return refuse(ErrUnproven)
	case v.forbidden(name, aliases, a):
		return refuse(ErrExcluded)
	case private(a) && !owned:
		return refuse(ErrPrivate)
	case owned:
	case name == "":
		return refuse(ErrUnproven)
	default:
		whole, err := v.byName(name, aliases, a)
		if err != nil {
			return refuse(err)
		}
		if !whole {
			rule.only = v.allowed
		}
	}
	rule.excluded = v.closed(name, a)
	t := Target{name: name, at: netip.AddrPortFrom(a, 0), ports: rule, classes: v.classes(name, a)}
	if name != "" && owned && !v.Name(name) {
		t.name = "" // the address is ours, the name is not: ask without it
	}
	return Host{t}, nil
}

// NameServer is a target for the questions that every resolver of the world asks a name server, and for nothing else: it needs no
// proof, but is never an excluded address, nor one of a private network that is not the perimeter's.
func (v *Proven) NameServer(name string, server netip.AddrPort) (Target, error) {
	a := server.Addr().Unmap()
	owned := slices.ContainsFunc(v.ranges, func(r netip.Prefix) bool { return r.Contains(a) })
	switch {
	case touchable(a) != nil, server.Port() != 53 && !owned:
		return Target{}, fmt.Errorf("name server %s: %w", server, ErrUnproven)
	case v.forbidden(name, nil, a), slices.Contains(v.closed(name, a), server.Port()):
		return Target{}, fmt.Errorf("name server %s: %w", server, ErrExcluded)
	case private(a) && !owned:
		return Target{}, fmt.Errorf("name server %s: %w", server, ErrPrivate)
	}
	return Target{name: name, at: netip.AddrPortFrom(a, server.Port()), ports: &portRule{only: []uint16{server.Port()}}}, nil
}

// Visitor is a host to which anybody's browser goes under a proven name of ours, and nothing else: its web ports, to read the page that a hosting
// service shows there. Neither the address nor the alias that leads to it need be ours; an exclusion, or an address of a private
// network that is not the perimeter's, forbids it.
func (v *Proven) Visitor(name string, aliases []string, a netip.Addr) (Host, error) {
	a = a.Unmap()
	owned := slices.ContainsFunc(v.ranges, func(r netip.Prefix) bool { return r.Contains(a) })
	switch {
	case touchable(a) != nil, name == "", !v.Name(name):
		return Host{}, fmt.Errorf("%s (%s): %w", name, a, ErrUnproven)
	case v.forbidden(name, aliases, a):
		return Host{}, fmt.Errorf("%s (%s): %w", name, a, ErrExcluded)
	case private(a) && !owned:
		return Host{}, fmt.Errorf("%s (%s): %w", name, a, ErrPrivate)
	}
	return Host{Target{name: name, at: netip.AddrPortFrom(a, 0), ports: &portRule{only: []uint16{80, 443}, excluded: v.closed(name, a)}}}, nil
}

// byName decides on an address that only its name proves; whole tells that all its ports may be touched.
func (v *Proven) byName(name string, aliases []string, a netip.Addr) (whole bool, err error) {
	if !v.Name(name) {
		return false, ErrUnproven
	}
	for _, alias := range aliases {
		if !v.Name(alias) {
			return false, ErrOutside
		}
	}
	shown, alone := v.names[name]
	if alone && !v.Domain(name) && len(shown) > 0 {
		if !slices.Contains(shown, a) {
			return false, ErrUnproven
		}
		return true, nil
	}
	return v.declared[name] || slices.Contains(shown, a), nil
}

// closed lists the ports that exclusions name.
func (v *Proven) closed(name string, a netip.Addr) []uint16 {
	var out []uint16
	for _, t := range v.excluded {
		if t.port != 0 && t.holds(name, a, t.port) {
			out = append(out, t.port)
		}
	}
	return out
}

// classes gathers the intrusive kinds that mandates in force allow for a host.
func (v *Proven) classes(name string, a netip.Addr) Class {
	var out Class
	for _, m := range v.mandates {
		if m.holds(name, a) {
			out |= m.classes
		}
	}
	return out
}

// Target is a port of the host; it fails when the perimeter does not allow this port.
func (h Host) Target(port uint16) (Target, error) {
	t := h.target.At(port)
	if !t.at.IsValid() {
		return Target{}, fmt.Errorf("port %d of %s: %w", port, h.target.at.Addr(), ErrExcluded)
	}
	return t, nil
}

// May tells whether a port of the host may be touched.
func (h Host) May(port uint16) bool { return h.target.May(port) }

// Whole tells whether all ports of the host may be touched, exclusions apart.
func (h Host) Whole() bool { return h.target.ports.only == nil }

// Address is where the host is.
func (h Host) Address() netip.Addr { return h.target.at.Addr() }

// Name is what the host is asked for, empty for the bare address.
func (h Host) Name() string { return h.target.name }

// Until is the end of the time in which the audit may touch: the sooner of the perimeter's hours and of the mandates; zero for no end. It is
// false when it may not touch now.
func (v *Proven) Until(now time.Time) (end time.Time, ok bool) {
	end, ok = v.p.Open(now)
	if !ok {
		return end, false
	}
	for _, m := range v.mandates {
		if end.IsZero() || m.until.Before(end) {
			end = m.until
		}
	}
	return end, true
}
