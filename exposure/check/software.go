package check

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"hygie/exposure/knowledge"
	"hygie/exposure/observe"
)

// software is a product with a version that a server claims, on one endpoint.
type software struct {
	endpoint observe.Endpoint
	asset    string
	product  knowledge.Product
	version  string
	claim    string // as the server says it
	// patched tells that a distribution is named beside the version: it mends flaws without changing the number.
	patched bool
}

var (
	// serverToken is one product of a Server or X-Powered-By header (RFC 9110, section 10.2.4): name, version.
	serverToken  = regexp.MustCompile(`([A-Za-z][\w.+-]*)/(\d[\w.~+-]*)`)
	distribution = regexp.MustCompile(`(?i)debian|ubuntu|deb\d+u|\bel\d|red ?hat|centos|rocky|alma|suse|alpine|freebsd`)
)

// inventory lists the software of a run: what probes recognised, and what web servers say of themselves. Each product and version
// counts once for an endpoint.
func inventory(r *observe.Run) []software {
	var list []software
	seen := map[string]bool{}
	add := func(s software, name string) {
		p, ok := knowledge.Lookup(name)
		s.version = strings.TrimSpace(s.version)
		if !ok || s.version == "" {
			return
		}
		s.product, s.patched = p, !p.Appliance && distribution.MatchString(s.claim)
		if key := endpointName(s.endpoint) + p.CPE + s.version; !seen[key] {
			seen[key] = true
			list = append(list, s)
		}
	}
	for _, e := range r.Endpoints {
		if f := e.Service; f != nil {
			claim := strings.TrimSpace(strings.Join([]string{f.Product, f.Version, f.System}, " "))
			add(software{endpoint: e, asset: endpointAsset(e), version: f.Version, claim: claim}, f.Product)
		}
		for _, v := range e.Views {
			if v.Web == nil {
				continue
			}
			asset := viewAsset(e, v)
			for _, p := range v.Web.Products {
				if !p.Supposed {
					add(software{endpoint: e, asset: asset, version: p.Version, claim: p.Name + " " + p.Version}, p.ID)
				}
			}
			for _, header := range []string{"server", "x-powered-by"} {
				text := v.Web.Get(header)
				for _, m := range serverToken.FindAllStringSubmatch(text, -1) {
					add(software{endpoint: e, asset: asset, version: m[2], claim: text}, m[1])
				}
			}
		}
	}
	return list
}

// endpointAsset is what a person would call an endpoint: the first name it is seen under, or its address.
func endpointAsset(e observe.Endpoint) string {
	names := make([]string, 0, len(e.Views))
	for _, v := range e.Views {
		if v.Name != "" {
			names = append(names, v.Name)
		}
	}
	slices.Sort(names)
	return cmp.Or(append(names, e.Address.Addr().String())...)
}
