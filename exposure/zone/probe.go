package zone

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"

	wire "github.com/miekg/dns"

	"hygie/exposure/dns"
	"hygie/exposure/reach"
)

// Bounds on what one zone may make the audit do.
const (
	maxServers   = 16
	maxAddresses = 8 // of one server
)

// Probe looks at a domain. The error is the context's; whatever else goes wrong stands in the facts.
func Probe(ctx context.Context, client *dns.Client, dialer *reach.Dialer, domain string, access Access) (Facts, error) {
	p := &probe{client: client, second: client.Fresh(), dialer: dialer, access: access, facts: Facts{Domain: dns.Plain(domain)}, unknown: map[string]string{}}
	if label, err := dns.RandomLabel(client.Random()); err == nil {
		p.nobody = label
	}
	if !p.locate(ctx) {
		return p.finish(ctx)
	}
	var parts sync.WaitGroup
	for _, part := range []func(context.Context){p.servers, p.parent, p.signature, p.caa, p.wildcard, p.mailHosts} {
		parts.Go(func() { part(ctx) })
	}
	parts.Wait()
	return p.finish(ctx)
}

type probe struct {
	client *dns.Client
	second *dns.Client // remembers nothing of what client saw: for what must be seen twice
	dialer *reach.Dialer
	access Access
	nobody string // a label that nobody published; empty when none could be made

	mu      sync.Mutex
	facts   Facts
	unknown map[string]string
}

func (p *probe) finish(ctx context.Context) (Facts, error) {
	f := p.facts
	if len(p.unknown) > 0 {
		f.Unknown = p.unknown
	}
	slices.SortFunc(f.Judged, func(a, b Judged) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type)) })
	slices.SortFunc(f.Dangling, func(a, b Dangling) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Target, b.Target))
	})
	return f, ctx.Err()
}

// note changes the facts while other parts do.
func (p *probe) note(change func(*Facts)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.facts)
}

// miss keeps why a part is not known.
func (p *probe) miss(part string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unknown[part] = Reason(err)
}

// Reason is the stable word for why nothing is known: that of the question that failed, or of the silence on the wire.
func Reason(err error) string {
	var f *dns.Failure
	if errors.As(err, &f) {
		return string(f.Reason)
	}
	return string(reach.Why(err))
}

// judge keeps the proof of an answer. A bogus one is asked for again from nothing, and counts only if it is bogus again.
func (p *probe) judge(ctx context.Context, name string, qtype uint16, a *dns.Answer) {
	proof, notes := a.Proof, a.Notes
	if proof.Security == dns.Bogus {
		again, err := p.second.Ask(ctx, name, qtype)
		switch {
		case err != nil:
			proof = dns.Proof{Security: dns.Unproven, Zone: proof.Zone, Fault: dns.NoAnswer, Detail: Reason(err)}
		case again.Proof.Security != dns.Bogus:
			proof = again.Proof
		default:
			proof, notes = again.Proof, again.Notes
		}
	}
	p.note(func(f *Facts) {
		f.Judged = append(f.Judged, Judged{Name: dns.Plain(name), Type: wire.TypeToString[qtype], Proof: proof, Notes: notes})
	})
}

// locate finds the zone that holds the domain, by its start of authority.
func (p *probe) locate(ctx context.Context) bool {
	for at := p.facts.Domain; ; at = dns.Parent(at) {
		a, err := p.client.Ask(ctx, at, dns.TypeSOA)
		if err != nil {
			p.miss("zone", err)
			return false
		}
		if at == p.facts.Domain {
			p.facts.Outcome = a.Outcome
			if a.Outcome == dns.NoName {
				return false
			}
		}
		if a.Outcome == dns.Data && len(a.Aliases) == 0 {
			p.facts.Zone = at
			p.judge(ctx, at, dns.TypeSOA, a)
			return at != "."
		}
		if at == "." {
			p.unknown["zone"] = "no_authority"
			return false
		}
	}
}

// servers looks up the zone's name servers and asks each at each of its addresses.
func (p *probe) servers(ctx context.Context) {
	a, err := p.client.Ask(ctx, p.facts.Zone, dns.TypeNS)
	if err != nil {
		p.miss("servers", err)
		return
	}
	p.judge(ctx, p.facts.Zone, dns.TypeNS, a)
	names := serverNames(a)
	list := make([]Server, min(len(names), maxServers))
	var all sync.WaitGroup
	for i := range list {
		all.Go(func() { list[i] = p.server(ctx, names[i]) })
	}
	all.Wait()
	networks := map[string]bool{}
	for _, s := range list {
		for _, ip := range s.Addresses {
			networks[network(ip)] = true
		}
	}
	p.note(func(f *Facts) { f.Servers, f.Networks = list, slices.Sorted(maps.Keys(networks)) })
}

// network is what usually fails together: a /24, or a /48 of IPv6.
func network(ip netip.Addr) string {
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	prefix, _ := ip.Prefix(bits) // the widths fit their families
	return prefix.String()
}

func serverNames(a *dns.Answer) []string {
	var names []string
	for _, rr := range a.Records {
		if ns, ok := rr.(*wire.NS); ok {
			names = append(names, dns.Plain(ns.Ns))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (p *probe) server(ctx context.Context, name string) Server {
	s := Server{Name: name}
	list, answer, err := p.client.Addresses(ctx, name)
	if err != nil {
		s.Unknown = Reason(err)
		return s
	}
	if len(answer.Aliases) > 0 {
		s.Alias = answer.Aliases[len(answer.Aliases)-1]
	}
	if answer.Outcome == dns.NoName {
		p.dangles(ctx, p.facts.Zone, "NS", name)
	}
	s.Addresses = list[:min(len(list), maxAddresses)]
	s.Replies = make([]Reply, len(s.Addresses))
	var all sync.WaitGroup
	for i, ip := range s.Addresses {
		all.Go(func() { s.Replies[i] = p.reply(ctx, name, netip.AddrPortFrom(ip, p.client.ServerPort())) })
	}
	all.Wait()
	return s
}

// parent asks the zone above for the delegation; only its own servers know it.
func (p *probe) parent(ctx context.Context) {
	if p.access.Ask == nil {
		p.miss("parent", errNotProven)
		return
	}
	above, err := p.above(ctx)
	if err != nil {
		p.miss("parent", err)
		return
	}
	last := error(errNotProven)
	asked := 0
	for _, name := range serverNames(above) {
		list, _, err := p.client.Addresses(ctx, name)
		if err != nil {
			last = err
			continue
		}
		for _, ip := range list {
			target, ok := p.access.Ask(netip.AddrPortFrom(ip, p.client.ServerPort()), name)
			if !ok || asked == 4 {
				continue
			}
			asked++
			m, err := dns.Direct(ctx, p.dialer, target, p.facts.Zone, dns.TypeNS, false)
			if err != nil {
				last = err
				continue
			}
			if d := delegation(m, p.facts.Zone, above.Name, target.Address()); d != nil {
				p.note(func(f *Facts) { f.Parent = d })
				return
			}
			last = &dns.Failure{Name: p.facts.Zone, Type: dns.TypeNS, Reason: dns.Malformed, Detail: "no delegation: " + dns.Rcode(m)}
		}
	}
	p.miss("parent", last)
}

var errNotProven error = &dns.Failure{Reason: NotProven}

// above is the name server records of the zone over this one.
func (p *probe) above(ctx context.Context) (*dns.Answer, error) {
	for at := dns.Parent(p.facts.Zone); ; at = dns.Parent(at) {
		a, err := p.client.Ask(ctx, at, dns.TypeNS)
		if err != nil || a.Outcome == dns.Data {
			return a, err
		}
		if at == "." {
			return nil, &dns.Failure{Name: at, Type: dns.TypeNS, Reason: dns.Malformed}
		}
	}
}

// delegation reads a referral. A server that holds both zones answers for the child, and its answer tells nothing of the parent's side.
func delegation(m *wire.Msg, zone, above string, from netip.AddrPort) *Delegation {
	if m.Rcode != wire.RcodeSuccess || m.Authoritative && len(m.Answer) > 0 {
		return nil
	}
	d := &Delegation{Zone: above, From: from}
	for _, rr := range m.Ns {
		if ns, ok := rr.(*wire.NS); ok && dns.Plain(ns.Hdr.Name) == zone {
			d.Servers = append(d.Servers, dns.Plain(ns.Ns))
		}
	}
	slices.Sort(d.Servers)
	d.Servers = slices.Compact(d.Servers)
	if len(d.Servers) == 0 {
		return nil
	}
	return d
}

// signature follows the chain of trust and reads what there is of signatures, keys and hashing.
func (p *probe) signature(ctx context.Context) {
	chain, err := p.client.Chain(ctx, p.facts.Zone)
	if err != nil {
		return // the context ended
	}
	if chain.Security == dns.Bogus {
		if again, err := p.second.Chain(ctx, p.facts.Zone); err == nil {
			chain = again
		}
	}
	var signatures []dns.Signature
	for _, qtype := range []uint16{dns.TypeSOA, dns.TypeDNSKEY} {
		list, err := p.client.Signatures(ctx, p.facts.Zone, qtype)
		if err != nil {
			p.miss("signatures", err)
		}
		signatures = append(signatures, list...)
	}
	p.note(func(f *Facts) { f.Chain, f.Signatures = chain, signatures })
	if len(signatures) == 0 {
		return
	}
	a, err := p.client.Ask(ctx, p.facts.Zone, wire.TypeNSEC3PARAM)
	if err != nil {
		p.miss("hashing", err)
		return
	}
	for _, rr := range a.Records {
		if n, ok := rr.(*wire.NSEC3PARAM); ok {
			p.note(func(f *Facts) { f.Hashing = &Hashing{Iterations: int(n.Iterations), Salt: int(n.SaltLength)} })
		}
	}
	if p.nobody != "" {
		name := p.nobody + "." + p.facts.Zone
		if a, err := p.client.Ask(ctx, name, dns.TypeA); err == nil { // as wildcard asks: one question serves both
			p.judge(ctx, name, dns.TypeA, a)
			p.note(func(f *Facts) { f.rename(name, "*."+f.Zone) })
		}
	}
}

// rename keeps the random name of a question out of the facts, so that two runs tell the same.
func (f *Facts) rename(from, to string) {
	for i := range f.Judged {
		if f.Judged[i].Name == from {
			f.Judged[i].Name = to
			f.Judged[i].Detail = strings.ReplaceAll(f.Judged[i].Detail, from, to)
		}
	}
}

// caa climbs from the domain to the first name that says who may certify it (RFC 8659 section 3).
func (p *probe) caa(ctx context.Context) {
	for at := p.facts.Domain; at != "."; at = dns.Parent(at) {
		a, err := p.client.Ask(ctx, at, dns.TypeCAA)
		if err != nil {
			p.miss("caa", err)
			return
		}
		if a.Outcome == dns.Data {
			c := &CAA{At: at}
			for _, rr := range a.Records {
				if r, ok := rr.(*wire.CAA); ok {
					c.Records = append(c.Records, fmt.Sprintf("%d %s %q", r.Flag, r.Tag, r.Value))
				}
			}
			p.note(func(f *Facts) { f.CAA = c })
			return
		}
	}
	p.note(func(f *Facts) { f.CAA = &CAA{} })
}

// wildcard asks for a name that nobody made.
func (p *probe) wildcard(ctx context.Context) {
	if p.nobody == "" {
		return
	}
	name := p.nobody + "." + p.facts.Domain
	if a, err := p.client.Ask(ctx, name, dns.TypeA); err == nil && a.Outcome == dns.NoName {
		return // a name that does not exist has no address of the other family either (RFC 8020)
	}
	list, _, err := p.client.Addresses(ctx, name)
	if err != nil {
		p.miss("wildcard", err)
		return
	}
	p.note(func(f *Facts) {
		for _, ip := range list {
			f.Wildcard = append(f.Wildcard, ip.String())
		}
	})
}

// mailHosts looks for mail exchangers that do not exist.
func (p *probe) mailHosts(ctx context.Context) {
	a, err := p.client.Ask(ctx, p.facts.Domain, dns.TypeMX)
	if err != nil {
		p.miss("dangling", err)
		return
	}
	p.judge(ctx, p.facts.Domain, dns.TypeMX, a)
	for i, rr := range a.Records {
		mx, ok := rr.(*wire.MX)
		if !ok || mx.Mx == "." || i == maxServers {
			continue
		}
		host := dns.Plain(mx.Mx)
		if _, answer, err := p.client.Addresses(ctx, host); err != nil {
			p.miss("dangling", err)
		} else if answer.Outcome == dns.NoName {
			p.dangles(ctx, p.facts.Domain, "MX", host)
		}
	}
}

func (p *probe) dangles(ctx context.Context, name, kind, target string) {
	d, err := dangling(ctx, p.client, name, kind, target)
	if err != nil {
		p.miss("dangling", err)
		return
	}
	if d != nil {
		p.note(func(f *Facts) { f.Dangling = append(f.Dangling, *d) })
	}
}
