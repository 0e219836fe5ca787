package exposure

import (
	"context"
	"net/netip"
	"slices"

	"hygie/exposure/dns"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/web"
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
const tokenBytes = 512

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

// publish asks what the declared domains publish: zone and mail.
func (r *runner) publish(ctx context.Context) error {
	for _, name := range r.c.Perimeter.Domains {
		d := &observe.Domain{Name: name, Proven: r.proven.Domain(name)}
		for _, i := range r.c.Imports {
			if reg, ok := i.Registrations[name]; ok {
				d.Registration = &reg
			}
		}
		r.domains[name] = d
	}
	return ctx.Err()
}

// look recognises every open port, and looks at its TLS and web sides under each name.
func (r *runner) look(ctx context.Context) error {
	list := r.sortedEndpoints()
	r.expect("services", len(list))
	return each(ctx, 64, list, func(ctx context.Context, e *observe.Endpoint) error {
		defer r.step("services", e.Address.String())
		return r.views(ctx, e)
	})
}

// views asks one endpoint under each of the names that lead to it and that were not asked yet.
func (r *runner) views(ctx context.Context, e *observe.Endpoint) error {
	m := r.machines[e.Address.Addr()]
	for _, h := range m.hosts {
		if !h.May(e.Address.Port()) || slices.ContainsFunc(e.Views, func(v observe.View) bool { return v.Name == h.Name() }) {
			continue
		}
		if len(e.Views) == maxViews {
			r.gap(e.Address.String(), "names", observe.Bounded, "")
			break
		}
	}
	return ctx.Err()
}
