package exposure

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"hygie/exposure/mail"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/reach"
	"hygie/exposure/service"
	"hygie/exposure/tlsscan"
	"hygie/exposure/tlsscan/preface"
	"hygie/exposure/web"
)

// recognised is what an open port turned out to be.
type recognised struct {
	Service *service.Facts `json:"service,omitempty"`
	Mail    *mail.Session  `json:"mail,omitempty"`
}

// unseen lists the hosts under whose name an endpoint is still to be seen: every name, or the bare address where no name leads to it.
func (r *runner) unseen(e *observe.Endpoint) []perimeter.Host {
	if e.Service == nil || !hasViews(e.Service) {
		return nil
	}
	m := r.machines[e.Address.Addr()]
	var out []perimeter.Host
	for _, h := range m.hosts {
		if !h.May(e.Address.Port()) || h.Name() == "" && m.namedAt(e.Address.Port()) {
			continue
		}
		if !slices.ContainsFunc(e.Views, func(v observe.View) bool { return v.Name == h.Name() }) {
			out = append(out, h)
		}
	}
	if room := maxViews - len(e.Views); len(out) > room {
		r.gap(e.Address.String(), "names", observe.Bounded, "")
		out = out[:max(room, 0)]
	}
	return out
}

func (m *machine) namedAt(port uint16) bool {
	return slices.ContainsFunc(m.hosts, func(h perimeter.Host) bool { return h.Name() != "" && h.May(port) })
}

// hasViews tells whether an endpoint speaks TLS or is a web server, so that what it shows may depend on the name.
func hasViews(f *service.Facts) bool {
	_, secure := secured(f)
	return secure || isWeb(f)
}

func isWeb(f *service.Facts) bool { return f.Protocol == "http" || f.HTTP != nil }

// secured tells whether an endpoint has TLS to look at, and by which dialogue.
func secured(f *service.Facts) (preface.Preface, bool) {
	if f.TLS {
		return preface.Preface{}, true
	}
	p, err := preface.ByName(dialogue(f.Protocol))
	return p, err == nil && p.Name != ""
}

// dialogue is the name that package preface has for a protocol of package service, empty for none.
func dialogue(protocol string) string {
	switch protocol {
	case "postgresql":
		return "postgres"
	case "managesieve":
		return "sieve"
	}
	return protocol
}

// look recognises endpoints, and looks at their TLS and web sides under each name.
func (r *runner) look(ctx context.Context, list []*observe.Endpoint) error {
	r.expect("services", len(list))
	return each(ctx, r.lookers, list, func(ctx context.Context, e *observe.Endpoint) error {
		defer r.step("services", e.Address.String())
		if e.Service == nil {
			if err := r.recognise(ctx, e); err != nil {
				return err
			}
		}
		for _, h := range r.unseen(e) {
			v, err := r.view(ctx, e, h)
			if err != nil {
				return err
			}
			e.Views = append(e.Views, v)
		}
		return nil
	})
}

// recognise asks what listens on a port.
func (r *runner) recognise(ctx context.Context, e *observe.Endpoint) error {
	got, err := once(ctx, r, "service "+e.Address.String()+"/tcp", func(gap func(observe.Gap)) recognised { return r.stream(ctx, e.Address, gap) })
	e.Service, e.Mail = got.Service, got.Mail
	if e.Service == nil {
		r.mu.Lock()
		r.failed[e.Address] = true
		r.mu.Unlock()
	}
	return err
}

// stream looks at one TCP port.
func (r *runner) stream(ctx context.Context, at netip.AddrPort, gap func(observe.Gap)) recognised {
	var out recognised
	m := r.machines[at.Addr()]
	t, ok := m.target(at.Port())
	if !ok {
		return out
	}
	f, err := service.Probe(ctx, r.dialer, t, service.Options{Expected: r.expected(at.Addr(), m, at.Port(), "tcp"), ProxyTo: func() perimeter.Target { return r.elsewhere(ctx, at) }})
	if err != nil {
		gap(observe.Gap{Subject: at.String(), Part: "service", Why: reach.Why(err)})
		return out
	}
	out.Service = &f
	if p := mailProtocol(&f); p != "" {
		s, err := mail.Talk(ctx, r.dialer, t, p)
		if err != nil {
			gap(observe.Gap{Subject: at.String(), Part: "mail", Why: reach.Why(err)})
			return out
		}
		out.Mail = &s
	}
	return out
}

// mailProtocol is how a mail server in clear text is spoken to, empty for anything else.
func mailProtocol(f *service.Facts) mail.Protocol {
	p := mail.Protocol(f.Protocol)
	if !f.TLS && (p == mail.SMTP || p == mail.IMAP || p == mail.POP3) {
		return p
	}
	return ""
}

// elsewhere is an own address that an open proxy may be asked to reach: the first web server of another machine, once all of them are known.
func (r *runner) elsewhere(ctx context.Context, not netip.AddrPort) perimeter.Target {
	select {
	case <-r.scans:
	case <-ctx.Done():
		return perimeter.Target{}
	}
	for _, at := range r.proxyTargets {
		if at.Addr() == not.Addr() {
			continue
		}
		if t, ok := r.machines[at.Addr()].target(at.Port()); ok {
			return t
		}
	}
	return perimeter.Target{}
}

// datagram asks one UDP port; nil when nothing answered.
func (r *runner) datagram(ctx context.Context, at netip.AddrPort) recognised {
	m := r.machines[at.Addr()]
	t, ok := m.target(at.Port())
	if !ok {
		return recognised{}
	}
	f, err := service.ProbeUDP(ctx, r.dialer, t, service.Options{Expected: r.expected(at.Addr(), m, at.Port(), "udp")})
	if err != nil {
		return recognised{}
	}
	return recognised{Service: &f}
}

// view looks at an endpoint under one name: at its TLS and at its web side at once, so that neither waits while the other reads.
func (r *runner) view(ctx context.Context, e *observe.Endpoint, h perimeter.Host) (observe.View, error) {
	key := strings.TrimSpace("view " + e.Address.String() + " " + h.Name())
	return once(ctx, r, key, func(gap func(observe.Gap)) observe.View {
		v := observe.View{Name: h.Name()}
		t, err := h.Target(e.Address.Port())
		if err != nil {
			return v
		}
		var tlsErr, webErr error
		var both sync.WaitGroup
		if p, secure := secured(e.Service); secure {
			both.Go(func() {
				var f tlsscan.Facts
				f, tlsErr = tlsscan.Probe(ctx, r.dialer, t, tlsscan.Options{Preface: p, Roots: r.c.Roots, Authority: r.c.Authority, Now: r.run.AsOf, Chains: &r.chains})
				v.TLS = &f
			})
		}
		if isWeb(e.Service) {
			scheme := web.HTTP
			if e.Service.TLS {
				scheme = web.HTTPS
			}
			both.Go(func() { v.Web, webErr = web.Probe(ctx, r.dialer, t, scheme) })
		}
		both.Wait()
		if tlsErr != nil {
			gap(observe.Gap{Subject: t.String(), Part: "tls", Why: reach.Why(tlsErr)})
		}
		if webErr != nil {
			v.Web = nil
			gap(observe.Gap{Subject: t.String(), Part: "web", Why: reach.Why(webErr)})
		}
		return v
	})
}

// certified notes the names in the certificate of a view.
func (r *runner) certified(e *observe.Endpoint, v observe.View) {
	if v.TLS == nil {
		return
	}
	for _, chain := range v.TLS.Chains {
		if len(chain.Certificates) == 0 {
			continue
		}
		names := chain.Certificates[0].Names
		for _, name := range names[:min(len(names), maxSAN)] {
			r.names.Add(name, "san", e.Address.String())
		}
	}
}

// maxSAN bounds the names taken from one certificate; some hold thousands.
const maxSAN = 500
