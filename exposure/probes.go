package exposure

import (
	"context"
	"net/netip"
	"slices"

	"hygie/exposure/dns"
	"hygie/exposure/mail"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
	"hygie/exposure/web"
	"hygie/exposure/zone"
)

// witness looks for the tokens of ownership.
type witness struct{ r *runner }

func (w witness) TXT(ctx context.Context, name string) ([]string, error) {
	answer, err := w.r.dns.Ask(ctx, name, dns.TypeTXT)
	if err != nil {
		return nil, err
	}
	return answer.Texts(), nil
}

func (w witness) Addresses(ctx context.Context, name string) ([]netip.Addr, error) {
	list, _, err := w.r.dns.Addresses(ctx, name)
	return list, err
}

// tokenBytes bounds the file that holds a token.
const tokenBytes = 4 << 10

func (w witness) File(ctx context.Context, t perimeter.Target, path string) ([]byte, error) {
	c := web.NewClient(w.r.dialer, t, web.HTTP)
	defer c.Close()
	answer, err := c.Get(ctx, path, tokenBytes)
	if err != nil {
		return nil, err
	}
	if answer.Status != 200 {
		return nil, nil
	}
	return answer.Body, nil
}

// published is what a domain publishes.
type published struct {
	Zone *zone.Facts `json:"zone,omitempty"`
	Mail *mail.Facts `json:"mail,omitempty"`
}

// publish asks what the declared domains publish: zone and mail. What anybody may look up needs no proof; what only a name server tells is
// asked where the perimeter allows it.
func (r *runner) publish(ctx context.Context) ([]published, error) {
	list := r.c.Perimeter.Domains
	r.expect("domains", len(list))
	found := make([]published, len(list))
	err := each(ctx, places(32), indexes(len(list)), func(ctx context.Context, i int) (err error) {
		found[i], err = once(ctx, r, "domain "+list[i], func(gap func(observe.Gap)) published { return r.domain(ctx, list[i], gap) })
		r.step("domains", list[i])
		return err
	})
	return found, err
}

// indexes are the numbers below n.
func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// domain looks at one domain.
func (r *runner) domain(ctx context.Context, name string, gap func(observe.Gap)) published {
	var p published
	z, err := zone.Probe(ctx, r.dns, r.dialer, name, r.access())
	if err != nil {
		gap(observe.Gap{Subject: name, Part: "zone", Why: reach.Why(err)})
	} else {
		p.Zone = &z
	}
	m, err := mail.Probe(ctx, r.dns, name, mail.Options{Selectors: r.c.Perimeter.Mail.Selectors[name], Policy: r.policy})
	if err != nil {
		gap(observe.Gap{Subject: name, Part: "mail", Why: reach.Why(err)})
	} else {
		p.Mail = &m
	}
	return p
}

// access says which name servers may be asked straight: for what every resolver asks them, all but those of strangers' private networks;
// for what an audit tests, those that the perimeter proves.
func (r *runner) access() zone.Access {
	return zone.Access{
		Servers: &r.servers,
		Ask: func(server netip.AddrPort, name string) (perimeter.Target, bool) {
			t, err := r.proven.NameServer(name, server)
			return t, err == nil
		},
		Test: func(server netip.AddrPort, name string) (perimeter.Target, bool) {
			h, err := r.proven.Host(name, nil, server.Addr())
			if err != nil {
				return perimeter.Target{}, false
			}
			t, err := h.Target(server.Port())
			return t, err == nil
		},
	}
}

// policy fetches the policy file of MTA-STS from its host, if the perimeter proves it.
func (r *runner) policy(ctx context.Context, host string) (*mail.Policies, string, error) {
	list, answer, err := r.dns.Addresses(ctx, host)
	if err != nil {
		return nil, "", err
	}
	for _, a := range list {
		h, err := r.proven.Host(host, answer.Aliases, a)
		if err != nil {
			continue
		}
		t, err := h.Target(443)
		if err != nil {
			continue
		}
		return mail.FetchPolicy(ctx, r.dialer, t, r.c.Roots)
	}
	return nil, "", &dns.Failure{Name: host, Type: dns.TypeA, Reason: mail.NotProven}
}

// domainOf puts together what is known of a domain, and notes the names it leads to.
func (r *runner) domainOf(name string, p published) *observe.Domain {
	d := &observe.Domain{Name: name, Proven: r.proven.Domain(name), Zone: p.Zone, Mail: p.Mail}
	for _, i := range r.c.Imports {
		if reg, ok := i.Registrations[name]; ok {
			d.Registration = &reg
		}
	}
	if p.Zone != nil {
		for _, n := range p.Zone.Names() {
			r.names.Add(n, "ns", name)
		}
	}
	if p.Mail != nil {
		exchangers, included := p.Mail.Names()
		for _, n := range exchangers {
			r.names.Add(n, "mx", name)
		}
		for _, n := range included {
			r.names.Add(n, "spf", name)
		}
	}
	return d
}

// udp asks the UDP ports of machines that are there: those that answered by TCP, or that a name leads to. Silence says nothing.
func (r *runner) udp(ctx context.Context, list []netip.Addr) error {
	if r.c.Perimeter.Ports.NoUDP {
		return nil
	}
	var asked []netip.AddrPort
	for _, a := range list {
		m := r.machines[a]
		if !m.whole() || !m.seen.Alive() && !m.named() {
			continue
		}
		for _, p := range r.portList() {
			if p.Transport == "udp" && m.may(p.Number) {
				asked = append(asked, netip.AddrPortFrom(a, p.Number))
			}
		}
		for _, s := range r.c.Perimeter.Services {
			if at, port, udp := splitService(s.At); udp && r.isAt(at, a, m) && m.may(port) {
				asked = append(asked, netip.AddrPortFrom(a, port))
			}
		}
	}
	slices.SortFunc(asked, netip.AddrPort.Compare)
	asked = slices.Compact(asked)
	r.expect("datagrams", len(asked))
	found := make([]recognised, len(asked))
	err := each(ctx, r.datagrams, indexes(len(asked)), func(ctx context.Context, i int) (err error) {
		found[i], err = once(ctx, r, "service "+asked[i].String()+"/udp", func(func(observe.Gap)) recognised { return r.datagram(ctx, asked[i]) })
		r.step("datagrams", asked[i].String())
		return err
	})
	for i, at := range asked {
		if found[i].Service == nil {
			continue
		}
		if e := r.endpoint(at, "udp"); e != nil {
			e.Service = found[i].Service
		}
	}
	return err
}

// named tells whether a name leads to the machine, or the owner declared it by itself.
func (m *machine) named() bool {
	return slices.ContainsFunc(m.hosts, func(h perimeter.Host) bool { return h.Name() != "" })
}
