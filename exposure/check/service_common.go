package check

import (
	"net/netip"
	"slices"
	"strings"

	"hygie/exposure/observe"
	"hygie/exposure/service"
)

// port is one recognised service at one address.
type port struct {
	endpoint observe.Endpoint
	facts    *service.Facts
}

// found starts a finding about the port. Its asset is the address: names come and go, and the finding must keep its identity.
func (p port) found(severity Severity, variant string) Found {
	confidence := Observed
	switch p.facts.How {
	case service.ByAnswer:
		confidence = Proven
	case service.ByPort:
		confidence = Deduced
	}
	return Found{Asset: p.endpoint.Address.Addr().String(), Endpoint: endpointName(p.endpoint), Key: variant, Severity: severity, Confidence: confidence, Variant: variant,
		Evidence: slices.Clone(p.facts.Seen), Params: map[string]string{"service": serviceName(p.facts), "protocol": strings.ToUpper(p.facts.Protocol)}}
}

// serviceName is what the server says it is, or else its protocol.
func serviceName(f *service.Facts) string {
	if f.Product == "" {
		return strings.ToUpper(f.Protocol)
	}
	return strings.TrimSpace(f.Product + " " + f.Version)
}

// one is the opinion of a single finding.
func one(f Found) opinion { return opinion{found: []Found{f}} }

// decided turns a three-valued answer into an opinion: the finding if the answer is yes, passed if it is no.
func decided(a service.Answer, f Found) opinion {
	switch a.Is {
	case service.Yes:
		return one(f)
	case service.No:
		return opinion{passed: true}
	case service.Unknown:
		return opinion{unknown: reason(a)}
	}
	return opinion{}
}

// reason is the key of the texts for an unknown answer.
func reason(a service.Answer) string {
	switch {
	case a.Why == service.NotMandated:
		return "no_class"
	case a.Why == service.NoOwnAddress:
		return "no_data"
	}
	return "no_answer"
}

// eachService applies one opinion to every recognised service.
func eachService(say func(port) opinion) func(*observe.Run, Settings) Outcome {
	return func(r *observe.Run, _ Settings) Outcome {
		var o Outcome
		for _, e := range r.Endpoints {
			if e.Service != nil {
				says := say(port{e, e.Service})
				o.add(e.Address.Addr().String(), says)
			}
		}
		return o
	}
}

// add counts what is said of one asset.
func (o *Outcome) add(asset string, says opinion) {
	o.Found = append(o.Found, says.found...)
	switch {
	case len(says.found) > 0:
	case says.unknown != "":
		o.Unknown = append(o.Unknown, Undecided{asset, says.unknown})
	case says.passed:
		o.Passed = append(o.Passed, asset)
	}
}

// absent is eachService for what must not be there at all: an address whose ports were asked, and where nothing of the kind answered, passes.
func absent(say func(port) opinion) func(*observe.Run, Settings) Outcome {
	return func(r *observe.Run, s Settings) Outcome {
		o := eachService(say)(r, s)
		bad := map[string]bool{}
		for _, f := range o.Found {
			bad[f.Asset] = true
		}
		for _, u := range o.Unknown {
			bad[u.Asset] = true
		}
		for _, h := range r.Hosts {
			if a := h.Address.String(); h.Alive() && h.Stopped == 0 && !bad[a] {
				o.Passed = append(o.Passed, a)
			}
		}
		return o
	}
}

// webProducts are the products of some kinds that the pages of an endpoint show.
func webProducts(e observe.Endpoint, kinds ...string) []Found {
	var out []Found
	for _, v := range e.Views {
		if v.Web == nil {
			continue
		}
		for _, p := range v.Web.Products {
			if !slices.Contains(kinds, p.Kind) {
				continue
			}
			f := Found{Asset: viewAsset(e, v), Endpoint: endpointName(e), Key: p.Name, Confidence: Observed, Variant: "page", Evidence: slices.Clone(p.Marks),
				Params: map[string]string{"service": strings.TrimSpace(p.Name + " " + p.Version), "protocol": "HTTP"}}
			if len(p.Marks) < 2 {
				f.Confidence = Deduced
			}
			out = append(out, f)
		}
	}
	return out
}

// declaredService tells whether the owner said that something listens at an endpoint.
func declaredService(r *observe.Run, s Settings, e observe.Endpoint) bool {
	if s.Perimeter == nil {
		return false
	}
	return slices.ContainsFunc(s.Perimeter.Services, func(d perimeterService) bool {
		at, udp := strings.CutSuffix(d.At, "/udp")
		if udp != (e.Transport == "udp") {
			return false
		}
		if ap, err := netip.ParseAddrPort(at); err == nil {
			return ap.Addr().Unmap() == e.Address.Addr().Unmap() && ap.Port() == e.Address.Port()
		}
		host, number, _ := strings.Cut(at, ":")
		if number != portNumber(e) {
			return false
		}
		return slices.ContainsFunc(r.Names, func(n observe.Name) bool { return n.Name == host && slices.Contains(n.Addresses, e.Address.Addr()) })
	})
}
