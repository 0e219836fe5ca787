package check

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"hygie/exposure/dns"
	"hygie/exposure/observe"
	"hygie/exposure/reach"
	"hygie/exposure/zone"
)

// dnsChecks decide on how domains are served.
func dnsChecks() []Record {
	return []Record{
		{ID: "INV-02", Family: "dns", Severity: Critical, Source: ours, Effort: "S", Owner: "dns", Decide: orphans},
		{ID: "DNS-01", Family: "dns", Severity: Major, Source: ours, Effort: "S", Owner: "dns", Decide: eachReply(transfers)},
		{ID: "DNS-02", Family: "dns", Severity: Major, Source: ours, Effort: "S", Owner: "dns", Decide: openResolvers},
		{ID: "DNS-03", Family: "dns", Severity: Minor, Source: Source{Document: mailGuide, Rule: "R50+"}, Effort: "M", Owner: "dns", Decide: eachZone(unsigned)},
		{ID: "DNS-04", Family: "dns", Severity: Critical, Source: ours, Effort: "S", Owner: "dns", Decide: eachZone(broken)},
		{ID: "DNS-05", Family: "dns", Severity: Important, Source: ours, Effort: "S", Owner: "dns", Decide: eachZone(fading)},
		{ID: "DNS-06", Family: "dns", Severity: Important, Source: Source{Document: domainGuide, Rule: "R6"}, Effort: "M", Owner: "dns", Decide: eachZone(servers)},
		{ID: "DNS-07", Family: "dns", Severity: Minor, Source: Source{Document: "RFC 8659"}, Effort: "S", Owner: "dns", Decide: authorities},
	}
}

// eachZone applies one opinion to every zone that holds a declared domain, once for each zone.
func eachZone(say func(*zone.Facts, Settings) opinion) func(*observe.Run, Settings) Outcome {
	return func(r *observe.Run, s Settings) Outcome {
		var o Outcome
		seen := map[string]bool{}
		for _, d := range r.Domains {
			z := d.Zone
			if z == nil || z.Outcome == dns.NoName {
				continue
			}
			if z.Zone == "" || z.Zone == "." {
				o.Unknown = append(o.Unknown, Undecided{d.Name, cmp.Or(z.Unknown["zone"], "no_data")})
				continue
			}
			if seen[z.Zone] {
				continue
			}
			seen[z.Zone] = true
			o.keep(z.Zone, say(z, s))
		}
		return o
	}
}

// keep notes what an opinion says of an asset, which its findings are about unless they name another.
func (o *Outcome) keep(asset string, says opinion) {
	for i := range says.found {
		says.found[i].Asset = cmp.Or(says.found[i].Asset, asset)
	}
	o.add(asset, says)
}

// eachReply applies one opinion to every name server at every address. A zone none of whose servers could be asked is undecided.
func eachReply(say func(zone string, r zone.Reply) opinion) func(*observe.Run, Settings) Outcome {
	return eachZone(func(z *zone.Facts, _ Settings) opinion {
		var all opinion
		unknown := cmp.Or(z.Unknown["servers"], "no_data")
		for _, s := range z.Servers {
			for _, r := range s.Replies {
				says := say(z.Zone, r)
				all.found = append(all.found, says.found...)
				all.passed = all.passed || says.passed
				if says.unknown != "" {
					unknown = says.unknown
				}
			}
		}
		if !all.passed {
			all.unknown = unknown
		}
		return all
	})
}

// orphans: names whose target does not exist. Whoever makes it exist receives what was meant for the name.
func orphans(r *observe.Run, _ Settings) Outcome {
	var o Outcome
	for _, d := range r.Domains {
		if d.Zone == nil || d.Zone.Outcome == dns.NoName {
			continue
		}
		says := opinion{passed: len(d.Zone.Unknown) == 0, unknown: cmp.Or(d.Zone.Unknown["zone"], d.Zone.Unknown["servers"], d.Zone.Unknown["dangling"])}
		for _, each := range d.Zone.Dangling {
			says.found = append(says.found, orphan(each))
		}
		if says.unknown == "" {
			says.passed = true
		}
		o.keep(d.Name, says)
	}
	for _, n := range r.Names {
		if n.Dangling != nil {
			o.Found = append(o.Found, orphan(*n.Dangling))
		}
	}
	return o
}

func orphan(d zone.Dangling) Found {
	f := Found{Asset: d.Name, Key: d.Type + " " + d.Target, Severity: Major, Confidence: Observed,
		Evidence: []string{fmt.Sprintf("%s %s %s: NXDOMAIN", d.Name, d.Type, d.Target)},
		Params:   map[string]string{"target": d.Target, "type": d.Type, "free": d.Free, "service": d.Provider}}
	switch {
	case d.Unclaimed != "":
		f.Confidence, f.Variant = Proven, "unclaimed"
		f.Evidence = []string{fmt.Sprintf("%s %s %s", d.Name, d.Type, d.Target), d.Unclaimed}
		if service, known := zone.ServiceNamed(d.Provider); known && service.Checks {
			f.Severity, f.Variant = Important, "unclaimed_checked"
		}
	case d.Free != "":
		f.Severity, f.Variant = Critical, "free"
		f.Evidence = append(f.Evidence, d.Free+" NS: NXDOMAIN")
	case d.Provider != "":
		f.Variant = "service"
	case sameOwner(d.Name, d.Target):
		f.Severity, f.Variant = Info, "own"
	}
	return f
}

// registrable is the domain around a name that someone registers, empty where there is none.
func registrable(name string) string {
	domain, err := publicsuffix.EffectiveTLDPlusOne(name)
	if err != nil {
		return ""
	}
	return domain
}

// sameOwner tells whether a name and its target lie in one registrable domain, so that nobody else can make the target exist.
func sameOwner(name, target string) bool {
	a, b := registrable(name), registrable(target)
	return a == b && a != ""
}

// transfers: the whole zone given to a stranger.
func transfers(name string, r zone.Reply) opinion {
	switch t := r.Transfer; {
	case t == nil:
		return opinion{unknown: cmp.Or(r.Unknown["transfer"], "no_data")}
	case !t.Open:
		return opinion{passed: true}
	default:
		end := "not read to its end"
		if t.Complete {
			end = "complete, two SOA"
		}
		return opinion{found: []Found{{Endpoint: r.Address.String() + "/tcp", Severity: Major, Confidence: Proven,
			Evidence: []string{fmt.Sprintf("AXFR %s @%s: %d records, %s, serial %d", name, r.Address.Addr(), t.Records, end, t.Serial)},
			Params:   map[string]string{"zone": name, "records": strconv.Itoa(t.Records), "server": r.Address.Addr().String()}}}}
	}
}

// recursions: names looked up for strangers.
func recursions(name string, r zone.Reply) opinion {
	switch rec := r.Recursion; {
	case rec == nil:
		return opinion{unknown: cmp.Or(r.Unknown["recursion"], "no_data")}
	case !rec.Answered:
		return opinion{passed: true}
	default:
		return opinion{found: []Found{{Asset: r.Address.Addr().String(), Endpoint: r.Address.String() + "/udp", Severity: Major, Confidence: Proven,
			Evidence: []string{fmt.Sprintf("%s SOA @%s: %s, RA", rec.Name, r.Address.Addr(), rec.Code)},
			Params:   map[string]string{"name": rec.Name, "server": r.Address.Addr().String()}}}}
	}
}

// openResolvers: the name servers of the zones, and whatever else answers for names at an address of the perimeter.
func openResolvers(r *observe.Run, settings Settings) Outcome {
	o := eachReply(recursions)(r, settings)
	asked := map[netip.Addr]bool{}
	for _, d := range r.Domains {
		if d.Zone == nil {
			continue
		}
		for _, s := range d.Zone.Servers {
			for _, reply := range s.Replies {
				asked[reply.Address.Addr()] = asked[reply.Address.Addr()] || reply.Recursion != nil
			}
		}
	}
	for _, open := range []bool{true, false} { // each address once: what is open by UDP or by TCP is open
		for _, e := range r.Endpoints {
			at := e.Address.Addr()
			if e.Service == nil || e.Service.Protocol != "dns" || e.Service.Stranger.IsYes() != open || asked[at] {
				continue
			}
			asked[at] = true
			o.keep(at.String(), decided(e.Service.Stranger, Found{Endpoint: fmt.Sprintf("%s/%s", e.Address, e.Transport), Severity: Major, Confidence: Proven,
				Evidence: []string{e.Service.Stranger.Why}, Params: map[string]string{"name": ".", "server": at.String()}}))
		}
	}
	return o
}

// undecidedChain is why a chain of signatures could not be judged, empty if it could.
func undecidedChain(z *zone.Facts) string {
	if z.Chain.Security == dns.Unproven || z.Chain.Security == "" {
		return cmp.Or(string(z.Chain.Fault), "no_data")
	}
	return ""
}

// unsigned: a zone that proves nothing.
func unsigned(z *zone.Facts, _ Settings) opinion {
	if why := undecidedChain(z); why != "" {
		return opinion{unknown: why}
	}
	if z.Chain.Security != dns.Insecure {
		return opinion{passed: true}
	}
	f := Found{Severity: Minor, Confidence: Observed, Evidence: []string{cmp.Or(z.Chain.Zone, z.Zone) + " DS: none"}, Params: map[string]string{"zone": z.Zone}}
	switch {
	case z.Chain.Zone != z.Zone && z.Chain.Zone != "":
		f.Variant, f.Params["above"] = "above", z.Chain.Zone
	case z.Chain.Fault == dns.AlgorithmUnknown:
		f.Variant, f.Params["methods"] = "foreign", z.Chain.Detail
		f.Evidence = []string{z.Zone + " DS: " + z.Chain.Detail}
	case len(z.Signatures) > 0:
		f.Variant = "half"
	}
	return opinion{found: []Found{f}}
}

// broken: a zone whose signatures do not hold, so that careful resolvers and certificate authorities refuse it.
func broken(z *zone.Facts, _ Settings) opinion {
	var evidence []string
	if z.Chain.Security == dns.Bogus {
		evidence = append(evidence, fmt.Sprintf("%s: %s, %s", z.Chain.Zone, z.Chain.Fault, z.Chain.Detail))
	}
	for _, j := range z.Judged {
		if j.Security != dns.Bogus {
			continue
		}
		if j.Detail != z.Chain.Detail { // what breaks the keys breaks every answer: said once
			evidence = append(evidence, fmt.Sprintf("%s %s: %s, %s", j.Name, j.Type, j.Fault, j.Detail))
		}
		for _, n := range j.Notes {
			evidence = append(evidence, "EDE "+n)
		}
	}
	if len(evidence) == 0 {
		why := undecidedChain(z)
		return opinion{unknown: why, passed: why == "" && z.Chain.Security == dns.Secure}
	}
	f := Found{Severity: Critical, Confidence: Proven, Evidence: evidence, Params: map[string]string{"zone": z.Zone}}
	fault := z.Chain.Fault
	for _, j := range z.Judged {
		if j.Security == dns.Bogus {
			fault = cmp.Or(fault, j.Fault)
		}
	}
	switch fault {
	case dns.SignatureExpired:
		f.Variant = "expired"
	case dns.KeyMissing:
		f.Variant = "key"
	}
	return opinion{found: []Found{f}}
}

// soon is when an ending signature is late: careful operators renew long before.
const soon = 3 * 24 * time.Hour

// fading: signatures about to end, and algorithms or hashing that are advised against (RFC 8624, RFC 9276). Some services sign for two days
// only and renew every day: the remaining time counts against the whole.
func fading(z *zone.Facts, s Settings) opinion {
	if why := undecidedChain(z); why != "" {
		return opinion{unknown: why}
	}
	if z.Chain.Security != dns.Secure {
		return opinion{}
	}
	says := opinion{passed: true}
	for _, sig := range z.Signatures {
		left, life := sig.Expires.Sub(s.AsOf), sig.Expires.Sub(sig.Inception)
		if left > 0 && left < soon && left < life/4 {
			says.found = append(says.found, Found{Key: "expiry", Variant: "expiry", Severity: Important, Confidence: Observed,
				Evidence: []string{fmt.Sprintf("RRSIG %s, key %d, expires %s", sig.Covers, sig.Tag, sig.Expires.Format(time.RFC3339))},
				Params:   map[string]string{"zone": z.Zone, "date": sig.Expires.Format(time.DateOnly)}})
			break
		}
	}
	if old := oldKeys(z); len(old) > 0 {
		says.found = append(says.found, Found{Key: "algorithm", Severity: Minor, Confidence: Observed, Evidence: old, Params: map[string]string{"zone": z.Zone, "keys": strings.Join(old, ", ")}})
	}
	if h := z.Hashing; h != nil && h.Iterations > 0 {
		says.found = append(says.found, Found{Key: "hashing", Variant: "hashing", Severity: Minor, Confidence: Observed,
			Evidence: []string{fmt.Sprintf("NSEC3PARAM: %d iterations, salt of %d bytes", h.Iterations, h.Salt)},
			Params:   map[string]string{"zone": z.Zone, "iterations": strconv.Itoa(h.Iterations)}})
	}
	return says
}

// oldKeys lists keys and digests that RFC 8624 advises against: SHA-1, RSA below 2048 bits.
func oldKeys(z *zone.Facts) []string {
	var old []string
	if len(z.Chain.Links) == 0 {
		return nil
	}
	own := z.Chain.Links[len(z.Chain.Links)-1]
	for _, k := range own.Keys {
		switch {
		case k.Algorithm < 8 || k.Algorithm == 12:
			old = append(old, fmt.Sprintf("DNSKEY %d: algorithm %d", k.Tag, k.Algorithm))
		case (k.Algorithm == 8 || k.Algorithm == 10) && k.Bits > 0 && k.Bits < 2048:
			old = append(old, fmt.Sprintf("DNSKEY %d: RSA %d bits", k.Tag, k.Bits))
		}
	}
	sha1 := slices.ContainsFunc(own.DS, func(d dns.DS) bool { return d.Digest == 1 })
	if sha1 && !slices.ContainsFunc(own.DS, func(d dns.DS) bool { return d.Digest > 1 }) {
		old = append(old, "DS: SHA-1 only")
	}
	return old
}

// servers: a domain that one failure takes away, or whose parent and servers disagree.
func servers(z *zone.Facts, _ Settings) opinion {
	if why := z.Unknown["servers"]; why != "" {
		return opinion{unknown: why}
	}
	says := opinion{passed: true}
	find := func(variant string, severity Severity, evidence ...string) {
		says.found = append(says.found, Found{Key: variant, Variant: variant, Severity: severity, Confidence: Observed, Evidence: evidence,
			Params: map[string]string{"zone": z.Zone, "detail": strings.Join(evidence, " / ")}})
	}
	var names []string
	addresses := map[netip.Addr]bool{}
	complete := true
	for _, s := range z.Servers {
		names = append(names, s.Name)
		complete = complete && s.Unknown == ""
		for _, a := range s.Addresses {
			addresses[a] = true
		}
	}
	switch {
	case !complete:
		says.passed, says.unknown = false, "no_answer"
	case len(names) < 2 || len(addresses) < 2:
		find("single", Important, "NS "+strings.Join(names, ", "), "A "+listed(addresses))
	case len(z.Networks) == 1:
		find("network", Important, strings.Join(z.Networks, ", "))
	}
	if z.Parent != nil && !slices.Equal(z.Parent.Servers, names) {
		find("delegation", Important, fmt.Sprintf("%s: NS %s", z.Parent.Zone, strings.Join(z.Parent.Servers, ", ")), fmt.Sprintf("%s: NS %s", z.Zone, strings.Join(names, ", ")))
	}
	if lame := lameServers(z); len(lame) > 0 {
		find("lame", Important, lame...)
	}
	if serials := serialsOf(z); len(serials) > 1 {
		find("serial", Minor, serials...)
	}
	return says
}

// listed writes addresses in order; a dash for none.
func listed(addresses map[netip.Addr]bool) string {
	var out []string
	for _, a := range slices.SortedFunc(maps.Keys(addresses), netip.Addr.Compare) {
		out = append(out, a.String())
	}
	return cmp.Or(strings.Join(out, ", "), "–")
}

// lameServers lists the servers named for a zone that do not answer for it. Silence counts only where another server of the zone answers in
// the same family: elsewhere it may be the audit that has no way there.
func lameServers(z *zone.Facts) []string {
	var list []string
	four, six := false, false
	for _, s := range z.Servers {
		for _, r := range s.Replies {
			four, six = four || r.Authoritative && r.Address.Addr().Is4(), six || r.Authoritative && r.Address.Addr().Is6()
		}
	}
	for _, s := range z.Servers {
		if s.Unknown == "" && len(s.Addresses) == 0 {
			list = append(list, s.Name+": NODATA (A, AAAA)")
		}
		for _, r := range s.Replies {
			if r.Code != "" && !r.Authoritative {
				list = append(list, fmt.Sprintf("%s (%s): %s, not AA", s.Name, r.Address.Addr(), r.Code))
			}
			if why := r.Unknown["zone"]; silent(why) && (r.Address.Addr().Is4() && four || r.Address.Addr().Is6() && six) {
				list = append(list, fmt.Sprintf("%s (%s): no usable answer, %s", s.Name, r.Address.Addr(), why))
			}
		}
	}
	return list
}

// silent tells whether a server gave no answer that makes sense, by UDP and by TCP.
func silent(why string) bool {
	switch reach.Silence(why) {
	case reach.Refused, reach.Silent, reach.Reset, reach.Broken:
		return true
	}
	return false
}

// serialsOf lists the versions of a zone that its servers hold, one line for each.
func serialsOf(z *zone.Facts) []string {
	var lines []string
	versions := map[uint32]bool{}
	for _, s := range z.Servers {
		for _, r := range s.Replies {
			if r.Authoritative && r.Serial != 0 && !versions[r.Serial] {
				versions[r.Serial] = true
				lines = append(lines, fmt.Sprintf("%s: serial %d", r.Address.Addr(), r.Serial))
			}
		}
	}
	return lines
}

// authorities: a domain that any certificate authority may certify.
func authorities(r *observe.Run, _ Settings) Outcome {
	var o Outcome
	for _, d := range r.Domains {
		if d.Zone == nil || d.Zone.Outcome == dns.NoName {
			continue
		}
		switch caa := d.Zone.CAA; {
		case caa == nil:
			o.keep(d.Name, opinion{unknown: cmp.Or(d.Zone.Unknown["caa"], d.Zone.Unknown["zone"], "no_data")})
		case caa.At == "":
			o.keep(d.Name, opinion{found: []Found{{Severity: Minor, Confidence: Observed, Evidence: []string{d.Name + " CAA: none, up to the root"}}}})
		default:
			o.keep(d.Name, opinion{passed: true})
		}
	}
	return o
}
