package exposure

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"hygie/exposure/discover"
	"hygie/exposure/dns"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
	"hygie/exposure/zone"

	wire "github.com/miekg/dns"
)

// lookup is what the domain name system says of a host name.
type lookup struct {
	Addresses []netip.Addr   `json:"addresses,omitempty"`
	Aliases   []string       `json:"aliases,omitempty"`
	Absent    bool           `json:"absent,omitempty"` // the name does not exist
	Dangling  *zone.Dangling `json:"dangling,omitempty"`
}

// maxAddresses bounds the addresses of one name: a name with more is a network of delivery, of which a sample says enough.
const maxAddresses = 16

// resolve looks up every name that was met and not yet looked up, and those that they lead to, until there is none left.
func (r *runner) resolve(ctx context.Context) error {
	for {
		fresh := r.names.Fresh()
		if len(fresh) == 0 {
			return nil
		}
		r.expect("names", len(fresh))
		found := make([]lookup, len(fresh))
		err := each(ctx, places(64), indexes(len(fresh)), func(ctx context.Context, i int) (err error) {
			found[i], err = once(ctx, r, "name "+fresh[i], func(gap func(observe.Gap)) lookup { return r.lookup(ctx, fresh[i], gap) })
			r.step("names", fresh[i])
			return err
		})
		for i, name := range fresh {
			r.meet(name, found[i])
		}
		if err != nil {
			return err
		}
	}
}

// lookup asks for the addresses of a name.
func (r *runner) lookup(ctx context.Context, name string, gap func(observe.Gap)) lookup {
	list, answer, err := r.dns.Addresses(ctx, name)
	if err != nil {
		gap(observe.Gap{Subject: name, Part: "dns", Why: observe.NoAnswer, Detail: reason(err)})
		return lookup{}
	}
	l := lookup{Addresses: list}
	if answer != nil {
		l.Aliases, l.Absent = answer.Aliases, answer.Outcome == dns.NoName
	}
	if l.Absent && len(l.Aliases) > 0 && r.c.Perimeter.Declares(name, netip.Addr{}) {
		if l.Dangling, err = zone.Alias(ctx, r.dns, name); err != nil {
			gap(observe.Gap{Subject: name, Part: "alias", Why: observe.NoAnswer, Detail: reason(err)})
		}
	}
	if l.Dangling == nil && len(l.Aliases) > 0 && r.c.Perimeter.Declares(name, netip.Addr{}) {
		l.Dangling = r.unclaimed(ctx, name, l)
	}
	if len(l.Addresses) > maxAddresses {
		gap(observe.Gap{Subject: name, Part: "dns", Why: observe.Bounded, Detail: fmt.Sprintf("%d/%d", maxAddresses, len(l.Addresses))})
		l.Addresses = l.Addresses[:maxAddresses]
	}
	return l
}

// reason is the stable word for a failed question.
func reason(err error) string {
	var f *dns.Failure
	if errors.As(err, &f) {
		return string(f.Reason)
	}
	return string(reach.Why(err))
}

// meet notes a name with what it leads to. A usual name that nobody declared and that does not exist is forgotten.
func (r *runner) meet(name string, l lookup) {
	sources := r.names.Sources(name)
	if l.Absent && !slices.ContainsFunc(sources, func(s observe.Source) bool { return s.Kind != "usual" }) {
		return
	}
	n := &observe.Name{Name: name, Proven: r.proven.Name(name), Provider: r.c.Perimeter.Provider(name), Addresses: l.Addresses, Aliases: l.Aliases, Dangling: l.Dangling}
	r.met[name] = n
	for _, alias := range l.Aliases {
		r.names.Add(alias, "cname", name)
	}
	for _, a := range l.Addresses {
		r.admit(name, l.Aliases, a)
	}
}

// admit lists an address as a machine to look at if it may be touched under this name, and says why otherwise.
func (r *runner) admit(name string, aliases []string, a netip.Addr) {
	host, err := r.proven.Host(name, aliases, a)
	if name == "" && errors.Is(err, perimeter.ErrExcluded) {
		return // the exclusion itself is told, not each address in it
	}
	if err != nil {
		r.gap(subject(name, a), "ports", refusal(err), "")
		return
	}
	a = host.Address()
	m := r.machines[a]
	if m == nil {
		m = &machine{}
		r.machines[a] = m
	}
	if !slices.ContainsFunc(m.hosts, func(h perimeter.Host) bool { return h.Name() == host.Name() }) {
		m.hosts = append(m.hosts, host)
	}
}

func subject(name string, a netip.Addr) string {
	if name == "" {
		return a.String()
	}
	return name + " (" + a.String() + ")"
}

// refusal is the reason of a gap for what may not be touched.
func refusal(err error) reach.Silence {
	switch {
	case errors.Is(err, perimeter.ErrExcluded):
		return observe.Excluded
	case errors.Is(err, perimeter.ErrOutside):
		return observe.Outside
	case errors.Is(err, perimeter.ErrPrivate):
		return observe.Private
	}
	return observe.NotProven
}

// ranges lists the addresses of proven IPv4 ranges, and asks for their names. An IPv6 range is too wide to walk: its addresses come from
// names and address plans.
func (r *runner) ranges(ctx context.Context) error {
	var list []netip.Addr
	for _, p := range r.proven.Ranges() {
		if p.Addr().Is6() && !p.IsSingleIP() {
			continue
		}
		for a := p.Masked().Addr(); p.Contains(a) && len(list) < perimeter.MaxAddresses; a = a.Next() {
			list = append(list, a)
		}
	}
	for _, i := range r.c.Imports {
		list = append(list, i.Addresses...)
	}
	slices.SortFunc(list, netip.Addr.Compare)
	list = slices.Compact(list)
	for _, a := range list {
		r.admit("", nil, a)
	}
	found := make([][]string, len(list))
	err := each(ctx, places(64), indexes(len(list)), func(ctx context.Context, i int) (err error) {
		found[i], err = once(ctx, r, "pointer "+list[i].String(), func(func(observe.Gap)) []string { return r.pointers(ctx, list[i]) })
		return err
	})
	for i, names := range found {
		for _, name := range names {
			r.names.Add(name, "ptr", list[i].String())
		}
	}
	return err
}

// pointers gives the names that the reverse zone has for an address; a reverse zone that does not answer says nothing.
func (r *runner) pointers(ctx context.Context, a netip.Addr) []string {
	answer, err := r.dns.Ask(ctx, discover.Reverse(a), dns.TypePTR)
	if err != nil {
		return nil
	}
	var out []string
	for _, rr := range answer.Records {
		if p, ok := rr.(*wire.PTR); ok && len(out) < maxAddresses {
			out = append(out, dns.Plain(p.Ptr))
		}
	}
	return out
}
