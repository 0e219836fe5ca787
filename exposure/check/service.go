package check

import (
	"fmt"
	"slices"
	"strings"

	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/service"
)

type perimeterService = perimeter.Service

func portNumber(e observe.Endpoint) string { return fmt.Sprint(e.Address.Port()) }

// serviceChecks decide on services that must not, or not so, face the internet.
func serviceChecks() []Record {
	return []Record{
		{ID: "SVC-01", Family: "service", Severity: Critical, Source: ours, Effort: "S", Owner: "system", Decide: eachService(openStores)},
		{ID: "SVC-02", Family: "service", Severity: Major, Source: ours, Effort: "S", Owner: "network", Decide: absent(reachableStores)},
		{ID: "SVC-03", Family: "service", Severity: Major, Source: ours, Class: perimeter.GuestAccess, Effort: "S", Owner: "network", Decide: eachService(monitoring)},
		{ID: "SVC-04", Family: "service", Severity: Major, Source: ours, Class: perimeter.GuestAccess, Effort: "M", Owner: "system", Decide: eachService(fileTransfer)},
		{ID: "SVC-05", Family: "service", Severity: Critical, Source: ours, Effort: "M", Owner: "biomedical", Decide: absent(imaging)},
		{ID: "SVC-06", Family: "service", Severity: Critical, Source: ours, Effort: "M", Owner: "biomedical", Decide: careDevices},
		{ID: "SVC-07", Family: "service", Severity: Major, Source: ours, Effort: "S", Owner: "system", Decide: eachService(brokers)},
		{ID: "SVC-08", Family: "service", Severity: Major, Source: ours, Effort: "S", Owner: "network", Decide: eachService(amplifiers)},
		{ID: "SVC-09", Family: "service", Severity: Major, Source: ours, Effort: "S", Owner: "network", Decide: eachService(openProxies)},
		{ID: "SVC-10", Family: "service", Severity: Critical, Source: ours, Effort: "S", Owner: "network", Decide: absent(sharesAndDevices)},
		{ID: "SVC-11", Family: "service", Severity: Important, Source: ours, Effort: "S", Owner: "network", Decide: strangers},
	}
}

// controls are services that command containers: not a database, but whoever reaches them commands machines.
func controls(p port) bool {
	return p.facts.Kind == service.Cluster || p.facts.Protocol == "docker" || p.facts.Protocol == "kubelet"
}

// stores tells whether a port holds data or commands machines.
func stores(p port) bool {
	return p.facts.Kind == service.Store || controls(p) || p.facts.Protocol == "db2" || p.facts.Protocol == "etcd"
}

// openStores: databases, caches and controls that serve whoever comes.
func openStores(p port) opinion {
	if !stores(p) {
		return opinion{}
	}
	f := p.found(Critical, "")
	if controls(p) {
		f = p.found(Critical, "control")
	}
	f.Evidence = append(f.Evidence, p.facts.Stranger.Why)
	return decided(p.facts.Stranger, f)
}

// reachableStores: those that ask for an account, which the internet should not even see. The open ones are told by the check above.
func reachableStores(p port) opinion {
	if !stores(p) || p.facts.Stranger.IsYes() {
		return opinion{}
	}
	if controls(p) {
		return one(p.found(Major, "control"))
	}
	return one(p.found(Major, ""))
}

// monitoring: SNMP that answers to the name everybody knows; elsewhere that it answers at all is worth knowing.
func monitoring(p port) opinion {
	if p.facts.Protocol != "snmp" && p.facts.Protocol != "smux" { // smux: the port by which programs join an agent
		return opinion{}
	}
	if p.facts.Guest.IsYes() {
		f := p.found(Major, "community")
		f.Key = ""
		return one(f)
	}
	f := p.found(Info, "")
	return one(f)
}

// fileTransfer: anonymous access, and transfers in clear.
func fileTransfer(p port) opinion {
	if p.facts.Protocol != "ftp" {
		return opinion{}
	}
	var o opinion
	if p.facts.Guest.IsYes() {
		f := p.found(Major, "anonymous")
		f.Confidence = Proven
		f.Evidence = append(f.Evidence, p.facts.Guest.Why)
		o.found = append(o.found, f)
	}
	if p.facts.Encrypts.Is == service.No {
		f := p.found(Important, "clear")
		f.Evidence = append(f.Evidence, p.facts.Encrypts.Why)
		o.found = append(o.found, f)
	}
	switch {
	case len(o.found) > 0:
	case p.facts.Encrypts.Is == service.Unknown:
		o.unknown = "no_answer"
	case p.facts.Guest.Is == service.Unknown:
		o.unknown = reason(p.facts.Guest)
	default:
		o.passed = true
	}
	return o
}

// imaging: DICOM that associates with a title nobody was given; one that refuses unknown titles is still reachable.
func imaging(p port) opinion {
	if p.facts.Protocol != "dicom" {
		return opinion{}
	}
	variant := "titles"
	severity := Major
	if p.facts.Stranger.IsYes() {
		severity, variant = Critical, ""
	}
	f := p.found(severity, variant)
	f.Key = ""
	f.Params["tls"] = map[bool]string{true: "TLS", false: "—"}[p.facts.TLS]
	return one(f)
}

// careDevices: messages between care applications, imaging archives and viewers, building controllers.
func careDevices(r *observe.Run, s Settings) Outcome {
	o := absent(func(p port) opinion {
		switch {
		case p.facts.Protocol == "hl7":
			return one(p.found(Critical, "hl7"))
		case p.facts.Kind == service.Automation && p.facts.HTTP == nil:
			return one(p.found(Critical, "automation"))
		case p.facts.Kind == service.Imaging && p.facts.HTTP != nil, p.facts.Kind == service.Automation:
			if len(webProducts(p.endpoint, "imaging")) > 0 && !p.facts.Stranger.IsYes() {
				return opinion{} // told below, from the page
			}
			f := p.found(Critical, string(p.facts.Kind))
			if f.Confidence = Deduced; p.facts.Stranger.Is != "" { // the product's own question was answered
				f.Confidence = Proven
			}
			return one(f)
		}
		return opinion{}
	})(r, s)
	for _, e := range r.Endpoints {
		if e.Service != nil && e.Service.Kind == service.Imaging && e.Service.Stranger.IsYes() {
			continue
		}
		for _, f := range webProducts(e, "imaging") {
			f.Severity = Critical
			o.Found = append(o.Found, f)
		}
	}
	return o
}

// brokers: message brokers that take anyone.
func brokers(p port) opinion {
	if p.facts.Protocol != "mqtt" && p.facts.Protocol != "amqp" {
		return opinion{}
	}
	return decided(p.facts.Stranger, p.found(Major, ""))
}

// amplifiers: a UDP answer longer than its question serves to drown someone else. Up to twice as long is of no use to anyone; more than ten
// times is grave. memcached is known to answer up to 50,000 times as much to other questions than the one asked here.
func amplifiers(p port) opinion {
	if p.endpoint.Transport != "udp" || len(p.facts.Amplifies) == 0 {
		return opinion{}
	}
	var worst service.Reflection
	for _, r := range p.facts.Amplifies {
		if r.Ratio() > worst.Ratio() {
			worst = r
		}
	}
	f := p.found(Important, "")
	f.Confidence = Proven
	f.Params["ratio"] = fmt.Sprintf("%.0f", worst.Ratio())
	f.Evidence = []string{fmt.Sprintf("%s: %d bytes sent, %d received", worst.Question, worst.Sent, worst.Received)}
	switch {
	case p.facts.Protocol == "memcached":
		f.Severity, f.Variant = Major, "memcached"
	case worst.Ratio() > 10:
		f.Severity = Major
	case worst.Ratio() <= 2:
		return opinion{passed: true}
	}
	return one(f)
}

// openProxies: a proxy that carries connections for strangers.
func openProxies(p port) opinion {
	if p.facts.Proxy == nil {
		return opinion{}
	}
	f := p.found(Major, "")
	f.Evidence = append(f.Evidence, p.facts.Proxy.Open.Why)
	return decided(p.facts.Proxy.Open, f)
}

// sharesAndDevices: shared files, printers, telephony, cameras, device discovery.
func sharesAndDevices(p port) opinion {
	f := p.facts
	switch f.Protocol {
	case "rpcbind", "nfs":
		found := p.found(Major, "nfs")
		if open := slices.DeleteFunc(slices.Clone(f.Shares), func(s string) bool { return !forEveryone(s) }); len(open) > 0 {
			found.Severity, found.Variant = Critical, "exports"
			found.Params["shares"] = strings.Join(open, " ; ")
			found.Evidence = append(found.Evidence, open...)
		}
		return one(found)
	case "rsync":
		if len(f.Shares) == 0 {
			return one(p.found(Major, "nfs")) // it names no folder to strangers
		}
		found := p.found(Major, "rsync")
		found.Params["shares"] = strings.Join(f.Shares, ", ")
		return one(found)
	case "afp":
		return one(p.found(Major, "nfs"))
	case "ipp", "lpd", "jetdirect":
		return one(p.found(Major, "printer"))
	case "ssdp":
		return one(p.found(Major, "upnp"))
	case "sip":
		return one(p.found(Important, "sip"))
	case "rtsp":
		return one(p.found(Important, "camera"))
	case "mdns":
		return one(p.found(Important, "mdns"))
	}
	if f.Kind == service.Printing && f.HTTP != nil {
		found := p.found(Major, "printer")
		found.Confidence = Deduced
		return one(found)
	}
	return opinion{}
}

// forEveryone tells whether an export, written as folder then groups, names nobody in particular.
func forEveryone(export string) bool {
	i := strings.LastIndexByte(export, ' ')
	return slices.ContainsFunc(strings.Split(export[i+1:], ","), func(g string) bool { return g == "*" || g == "(everyone)" || g == "0.0.0.0/0" || g == "::/0" })
}

// strangers: open ports that nothing recognised. What the owner declared is only worth knowing.
func strangers(r *observe.Run, s Settings) Outcome {
	return eachServiceOf(r, func(p port) opinion {
		if p.facts.Protocol != "" {
			return opinion{passed: true}
		}
		f := p.found(Important, "")
		f.Confidence = Observed
		if declaredService(r, s, p.endpoint) {
			f.Severity, f.Variant = Info, "declared"
			f.Key = ""
		}
		for _, t := range p.facts.Tried {
			if len(t.Got) > 0 {
				f.Evidence = append(f.Evidence, fmt.Sprintf("%s: % x", t.Probe, t.Got[:min(len(t.Got), 32)]))
			} else {
				f.Evidence = append(f.Evidence, t.Probe+": "+t.Why)
			}
		}
		if c := p.facts.Certificate; c != nil {
			f.Evidence = append(f.Evidence, "TLS certificate: "+c.Subject)
		}
		return one(f)
	})
}

func eachServiceOf(r *observe.Run, say func(port) opinion) Outcome {
	return eachService(say)(r, Settings{})
}
