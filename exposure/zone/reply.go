package zone

import (
	"context"
	"net/netip"
	"slices"

	wire "github.com/miekg/dns"

	"hygie/exposure/dns"
	"hygie/exposure/perimeter"
)

// outside is the name asked of a server to see whether it looks names up for strangers. It is reserved for documentation (RFC 2606), exists, and
// is in no hospital's zones.
const outside = "example.com"

// reply asks one name server at one address what Access allows.
func (p *probe) reply(ctx context.Context, name string, at netip.AddrPort) Reply {
	r := Reply{Address: at, Unknown: map[string]string{}}
	ask, mayAsk := allowed(p.access.Ask, at, name)
	test, mayTest := allowed(p.access.Test, at, name)
	if mayTest && !mayAsk {
		ask, mayAsk = test, true
	}
	if mayAsk {
		p.authority(ctx, &r, ask)
	} else {
		r.Unknown["zone"] = NotProven
	}
	if mayTest {
		p.tests(ctx, &r, test)
	} else {
		for _, part := range []string{"transfer", "recursion", "version"} {
			r.Unknown[part] = NotProven
		}
	}
	if len(r.Unknown) == 0 {
		r.Unknown = nil
	}
	return r
}

func allowed(f func(netip.AddrPort, string) (perimeter.Target, bool), at netip.AddrPort, name string) (perimeter.Target, bool) {
	if f == nil {
		return perimeter.Target{}, false
	}
	return f(at, name)
}

// authority asks the server about its own zone.
func (p *probe) authority(ctx context.Context, r *Reply, target perimeter.Target) {
	m, err := dns.Direct(ctx, p.dialer, target, p.facts.Zone, dns.TypeSOA, false)
	if err != nil {
		r.Unknown["zone"] = Reason(err)
		return
	}
	r.Code, r.Authoritative = dns.Rcode(m), m.Authoritative
	for _, rr := range dns.NewAnswer(m, p.facts.Zone, dns.TypeSOA).Records {
		if soa, ok := rr.(*wire.SOA); ok {
			r.Serial = soa.Serial
		}
	}
	m, err = dns.Direct(ctx, p.dialer, target, p.facts.Zone, dns.TypeNS, false)
	if err != nil {
		r.Unknown["servers"] = Reason(err)
		return
	}
	r.Servers = serverNames(dns.NewAnswer(m, p.facts.Zone, dns.TypeNS))
}

func (p *probe) tests(ctx context.Context, r *Reply, target perimeter.Target) {
	t, err := dns.AskTransfer(ctx, p.dialer, target, p.facts.Zone)
	if err != nil {
		r.Unknown["transfer"] = Reason(err)
	} else {
		r.Transfer = &t
	}
	if m, err := dns.Direct(ctx, p.dialer, target, outside, dns.TypeSOA, true); err != nil {
		r.Unknown["recursion"] = Reason(err)
	} else {
		r.Recursion = recursion(m)
	}
	if version, err := dns.Version(ctx, p.dialer, target); err != nil {
		r.Unknown["version"] = Reason(err)
	} else {
		r.Version = version
	}
}

// recursion reads an answer about a stranger's name. A server that offers recursion to this client, and gives an answer with the start of
// authority that it must have found elsewhere, looks names up for strangers; a referral, a refusal or an empty answer shows nothing.
func recursion(m *wire.Msg) *Recursion {
	r := &Recursion{Name: outside, Code: dns.Rcode(m), Offered: m.RecursionAvailable}
	usable := m.Rcode == wire.RcodeSuccess || m.Rcode == wire.RcodeNameError
	told := slices.ContainsFunc(slices.Concat(m.Answer, m.Ns), func(rr wire.RR) bool { return rr.Header().Rrtype == dns.TypeSOA })
	r.Answered = usable && m.RecursionAvailable && told
	return r
}
