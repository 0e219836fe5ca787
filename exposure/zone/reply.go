package zone

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"sync"

	wire "github.com/miekg/dns"

	"hygie/exposure/dns"
	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
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
	recursion, version, unknown := p.access.Servers.ask(ctx, p.dialer, target)
	r.Recursion, r.Version = recursion, version
	maps.Copy(r.Unknown, unknown)
}

// Servers remembers what a name server does whatever the zone: recursion and its version, which one that holds a hundred zones needs to be asked
// once. Probes at once may share one; a nil one remembers nothing.
type Servers struct {
	mu    sync.Mutex
	known map[netip.AddrPort]*habits
}

// habits is what one server was seen to do.
type habits struct {
	mu        sync.Mutex
	tries     int
	recursion *Recursion
	version   *string
	unknown   map[string]string
}

// maxTries is how many probes may ask a server that does not answer.
const maxTries = 3

func (s *Servers) ask(ctx context.Context, dialer *reach.Dialer, target perimeter.Target) (*Recursion, string, map[string]string) {
	h := s.of(target.Address())
	h.mu.Lock() // the others wait for the answers of the first
	defer h.mu.Unlock()
	if (h.recursion == nil || h.version == nil) && h.tries < maxTries {
		h.tries++
		h.ask(ctx, dialer, target)
	}
	version := ""
	if h.version != nil {
		version = *h.version
	}
	return h.recursion, version, h.unknown
}

func (s *Servers) of(at netip.AddrPort) *habits {
	if s == nil {
		return &habits{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.known[at]
	if h == nil {
		if s.known == nil {
			s.known = map[netip.AddrPort]*habits{}
		}
		h = &habits{}
		s.known[at] = h
	}
	return h
}

// ask asks for what is not known yet. What it leaves is never changed again, so that all may hold it.
func (h *habits) ask(ctx context.Context, dialer *reach.Dialer, target perimeter.Target) {
	unknown := map[string]string{}
	if h.recursion == nil {
		var why string
		if h.recursion, why = askRecursion(ctx, dialer, target); why != "" {
			unknown["recursion"] = why
		}
	}
	if h.version == nil {
		if version, err := dns.Version(ctx, dialer, target); err != nil {
			unknown["version"] = Reason(err)
		} else {
			h.version = &version
		}
	}
	h.unknown = unknown
}

// askRecursion asks a server for strangers' names. One that offers to look the first one up and cannot, as in a network without the internet, is
// asked for the root, which it can reach if it can reach anything; if that fails too, nothing is known.
func askRecursion(ctx context.Context, dialer *reach.Dialer, target perimeter.Target) (*Recursion, string) {
	for _, name := range []string{outside, "."} {
		m, err := dns.Direct(ctx, dialer, target, name, dns.TypeSOA, true)
		if err != nil {
			return nil, Reason(err)
		}
		if m.Rcode != wire.RcodeServerFailure || !m.RecursionAvailable {
			return recursion(name, m), ""
		}
	}
	return nil, string(dns.Failed)
}

// recursion reads an answer about a stranger's name. A server that offers recursion to this client, and gives an answer with the start of
// authority that it must have found elsewhere, looks names up for strangers; a referral, a refusal or an empty answer shows nothing.
func recursion(name string, m *wire.Msg) *Recursion {
	r := &Recursion{Name: name, Code: dns.Rcode(m), Offered: m.RecursionAvailable}
	usable := m.Rcode == wire.RcodeSuccess || m.Rcode == wire.RcodeNameError
	told := slices.ContainsFunc(slices.Concat(m.Answer, m.Ns), func(rr wire.RR) bool { return rr.Header().Rrtype == dns.TypeSOA })
	r.Answered = usable && m.RecursionAvailable && told
	return r
}
