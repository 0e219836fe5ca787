package check

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"hygie/exposure/observe"
)

// domainGuide is the guide of ANSSI on domain names.
const domainGuide = "ANSSI BP-038 v1.3"

// inventoryChecks decide on what belongs to the perimeter and what changed in it.
func inventoryChecks() []Record {
	return []Record{
		{ID: "INV-01", Family: "inventory", Severity: Important, Source: ours, Effort: "S", Owner: "direction", Decide: undeclared},
		{ID: "INV-03", Family: "inventory", Severity: Major, Source: Source{Document: domainGuide}, Effort: "S", Owner: "dns", Decide: registrations},
		{ID: "INV-04", Family: "inventory", Severity: Important, Source: ours, Effort: "S", Owner: "network", Decide: newcomers},
	}
}

// undeclared: names that the establishment's own records and certificates lead to, and that it neither declares nor lists as those of a
// provider. One finding for each domain that someone can register, since that is what gets declared.
func undeclared(r *observe.Run, s Settings) Outcome {
	var o Outcome
	if s.Perimeter == nil {
		return Outcome{Unknown: []Undecided{{Why: "no_perimeter"}}}
	}
	groups := map[string][]observe.Name{}
	var order []string
	for _, n := range r.Names {
		if s.Perimeter.Declares(n.Name, netip.Addr{}) {
			o.Passed = append(o.Passed, n.Name)
			continue
		}
		if n.Provider != "" || expectedSender(s, n.Name) || !leadsOut(n) {
			continue
		}
		domain, err := publicsuffix.EffectiveTLDPlusOne(n.Name)
		if err != nil {
			domain = n.Name
		}
		if groups[domain] == nil {
			order = append(order, domain)
		}
		groups[domain] = append(groups[domain], n)
	}
	for _, domain := range order {
		f := Found{Asset: domain, Severity: Important, Confidence: Observed, Params: map[string]string{"count": fmt.Sprint(len(groups[domain]))}}
		var names []string
		ours := false
		for _, n := range groups[domain] {
			names = append(names, n.Name)
			ours = ours || slices.ContainsFunc(n.Addresses, func(a netip.Addr) bool { return s.Perimeter.Declares("", a) })
			for _, from := range n.From {
				f.Evidence = append(f.Evidence, strings.TrimSpace(n.Name+" ← "+from.Kind+" "+from.In))
			}
		}
		f.Params["names"] = strings.Join(names[:min(len(names), 5)], ", ")
		if len(names) > 5 {
			f.Params["names"] += "…"
		}
		if ours {
			f.Variant = "address" // it lives on a declared address: very likely the establishment's own
		}
		if len(f.Evidence) > maxEvidence {
			f.Evidence = append(f.Evidence[:maxEvidence], fmt.Sprintf("… %d", len(f.Evidence)-maxEvidence))
		}
		o.Found = append(o.Found, f)
	}
	return o
}

// maxEvidence bounds the lines of one finding.
const maxEvidence = 40

// leadsOut tells whether a name was met by something that the establishment publishes, rather than by guess.
func leadsOut(n observe.Name) bool {
	return slices.ContainsFunc(n.From, func(s observe.Source) bool { return s.Kind != "usual" && s.Kind != "declared" })
}

// expectedSender tells whether the owner declared that a mail service may send in its name.
func expectedSender(s Settings, name string) bool {
	return slices.ContainsFunc(s.Perimeter.Mail.Senders, func(sender string) bool { return name == sender || strings.HasSuffix(name, "."+sender) })
}

// registrations: a domain that is about to end. The date comes from an imported export of the registrar; without one nothing is said.
func registrations(r *observe.Run, s Settings) Outcome {
	var o Outcome
	for _, d := range r.Domains {
		if d.Registration == nil || d.Registration.Expires.IsZero() {
			o.Unknown = append(o.Unknown, Undecided{d.Name, "no_data"})
			continue
		}
		left := d.Registration.Expires.Sub(s.AsOf)
		severity := Severity("")
		switch {
		case left < 15*24*time.Hour:
			severity = Major
		case left < 45*24*time.Hour:
			severity = Important
		default:
			o.Passed = append(o.Passed, d.Name)
			continue
		}
		days := int(left.Hours()) / 24
		f := Found{Asset: d.Name, Severity: severity, Confidence: Observed,
			Evidence: []string{fmt.Sprintf("%s: %s", d.Registration.Source, d.Registration.Expires.Format(time.DateOnly))},
			Params:   map[string]string{"days": fmt.Sprint(days), "date": d.Registration.Expires.Format(time.DateOnly), "registrar": d.Registration.Registrar}}
		if left < 0 {
			f.Variant = "expired"
		}
		o.Found = append(o.Found, f)
	}
	return o
}

// newcomers: ports and addresses that answer now and did not in the audit before, though it looked.
func newcomers(r *observe.Run, s Settings) Outcome {
	var o Outcome
	if s.Earlier == nil {
		return o
	}
	byAddress := map[netip.Addr][]string{}
	var order []netip.Addr
	for _, e := range r.Endpoints {
		a, name := e.Address.Addr(), endpointName(e)
		looked := slices.Contains(s.Earlier.Addresses, a)
		switch {
		case slices.Contains(s.Earlier.Endpoints, name):
			o.Passed = append(o.Passed, a.String())
		case looked && s.Earlier.Stopped:
			o.Unknown = append(o.Unknown, Undecided{a.String(), "no_data"})
		case looked || s.Earlier.Perimeter == r.Perimeter:
			if byAddress[a] == nil {
				order = append(order, a)
			}
			byAddress[a] = append(byAddress[a], name)
		}
	}
	for _, a := range order {
		f := Found{Asset: a.String(), Severity: Important, Confidence: Proven, Evidence: byAddress[a],
			Params: map[string]string{"ports": strings.Join(shortPorts(byAddress[a]), ", "), "date": s.Earlier.AsOf.Format(time.DateOnly)}}
		if !slices.Contains(s.Earlier.Addresses, a) {
			f.Variant = "address"
		}
		o.Found = append(o.Found, f)
	}
	return o
}

// shortPorts writes endpoints of one address by their port: "443/tcp".
func shortPorts(list []string) []string {
	var out []string
	for _, each := range list {
		out = append(out, each[strings.LastIndex(each, ":")+1:])
	}
	return out
}
