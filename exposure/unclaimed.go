package exposure

import (
	"context"
	"fmt"

	"hygie/exposure/perimeter"
	"hygie/exposure/web"
	"hygie/exposure/zone"
)

// unclaimedBytes is how much is read of a hosting service's page.
const unclaimedBytes = 64 << 10

// unclaimed looks whether the hosting service that a proven name leads to says that nobody claims it: it reads the page that any visitor of the
// name would see, twice, and does nothing else. A service that answers otherwise, or not at all, shows nothing.
func (r *runner) unclaimed(ctx context.Context, name string, l lookup) *zone.Dangling {
	target := l.Aliases[len(l.Aliases)-1]
	service, known := zone.ServiceOf(target)
	if !known || service.Page == "" || len(l.Addresses) == 0 {
		return nil
	}
	host, err := r.proven.Visitor(name, l.Aliases, l.Addresses[0])
	if err != nil {
		return nil
	}
	for _, scheme := range []web.Scheme{web.HTTP, web.HTTPS} {
		t, err := host.Target(map[web.Scheme]uint16{web.HTTP: 80, web.HTTPS: 443}[scheme])
		if err != nil {
			continue
		}
		if url, ok := r.saysUnclaimed(ctx, t, scheme, service); ok {
			return &zone.Dangling{Name: name, Type: "CNAME", Target: target, Provider: service.Name, Unclaimed: fmt.Sprintf("%s: %d, %s", url, service.Status, service.Page)}
		}
	}
	return nil
}

func (r *runner) saysUnclaimed(ctx context.Context, t perimeter.Target, scheme web.Scheme, service zone.Service) (url string, ok bool) {
	c := web.NewClient(r.dialer, t, scheme)
	defer c.Close()
	for range 2 {
		answer, err := c.Get(ctx, "/", unclaimedBytes)
		if err != nil || !service.Unclaimed(answer.Status, answer.Body) {
			return "", false
		}
	}
	return c.URL("/"), true
}
