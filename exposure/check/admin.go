package check

import (
	"slices"
	"strings"

	"hygie/exposure/observe"
	"hygie/exposure/service"
)

// adminChecks decide on ways to administer machines from outside.
func adminChecks() []Record {
	return []Record{
		{ID: "ADM-01", Family: "admin", Severity: Critical, Source: ours, Effort: "M", Owner: "network", Decide: absent(remoteDesktop)},
		{ID: "ADM-02", Family: "admin", Severity: Critical, Source: ours, Effort: "S", Owner: "network", Decide: absent(windowsServices)},
		{ID: "ADM-03", Family: "admin", Severity: Critical, Source: ours, Effort: "M", Owner: "network", Decide: absent(consolesInClear)},
		{ID: "ADM-04", Family: "admin", Severity: Major, Source: ours, Effort: "M", Owner: "system", Decide: eachService(secureShell)},
		{ID: "ADM-05", Family: "admin", Severity: Critical, Source: ours, Effort: "M", Owner: "network", Decide: absent(directories)},
		{ID: "ADM-06", Family: "admin", Severity: Info, Source: ours, Effort: "S", Owner: "network", Decide: gateways},
		{ID: "ADM-07", Family: "admin", Severity: Major, Source: ours, Effort: "M", Owner: "network", Decide: eachService(oldTunnels)},
		{ID: "ADM-08", Family: "admin", Severity: Critical, Source: ours, Effort: "M", Owner: "network", Decide: absent(machineRoom)},
	}
}

// remoteDesktop: a remote desktop has no place on the internet; it is told apart when it does not even ask who comes before showing a
// sign-in screen.
func remoteDesktop(p port) opinion {
	if p.facts.RDP == nil {
		return opinion{}
	}
	variant := ""
	switch {
	case p.facts.RDP.Plain.IsYes():
		variant = "plain"
	case p.facts.RDP.Screen.IsYes():
		variant = "screen"
	}
	f := p.found(Critical, variant)
	f.Key = "" // the same finding, whatever protects it today
	return one(f)
}

// windowsServices: file sharing, procedure calls, names and remote management of Windows.
func windowsServices(p port) opinion {
	switch p.facts.Protocol {
	case "smb":
		f := p.found(Critical, "smb")
		switch {
		case p.facts.Guest.IsYes():
			f.Variant = "guest"
			f.Evidence = append(f.Evidence, p.facts.Guest.Why)
		case p.facts.SMB != nil && p.facts.SMB.V1.IsYes():
			f.Variant = "smb1"
		}
		return one(f)
	case "msrpc", "netbios", "winrm":
		return one(p.found(Critical, p.facts.Protocol))
	}
	return opinion{}
}

// consolesInClear: consoles that have no place on the internet; critical where nobody is asked who they are.
func consolesInClear(p port) opinion {
	variant := ""
	switch p.facts.Protocol {
	case "telnet", "vnc", "x11", "tftp", "adb", "smartinstall":
		variant = p.facts.Protocol
	case "rexec", "rlogin", "rsh":
		variant = "shell"
	case "radmin", "dameware", "anydesk", "teamviewer", "rustdesk":
		variant = "support"
	default:
		return opinion{}
	}
	f := p.found(Major, variant)
	if p.facts.Stranger.IsYes() {
		f.Severity = Critical
		f.Evidence = append(f.Evidence, p.facts.Stranger.Why)
		if variant == "vnc" {
			f.Variant = "vnc_open" // the key stays: a password set later is a lesser finding of the same kind
		}
	}
	return one(f)
}

// secureShell: version 1, passwords accepted, old algorithms: three findings that are mended apart.
func secureShell(p port) opinion {
	s := p.facts.SSH
	if s == nil {
		return opinion{}
	}
	var o opinion
	if s.V1.IsYes() {
		o.found = append(o.found, p.found(Major, "v1"))
	}
	if s.Password.IsYes() {
		f := p.found(Important, "password")
		f.Params["methods"] = strings.Join(s.Methods, ", ")
		f.Evidence = []string{s.Banner, s.Password.Why}
		o.found = append(o.found, f)
	}
	if old := oldAlgorithms(s); len(old) > 0 {
		f := p.found(Minor, "algorithms")
		f.Confidence = Observed
		f.Params["algorithms"] = strings.Join(old, ", ")
		f.Evidence = []string{s.Banner, strings.Join(old, ", ")}
		o.found = append(o.found, f)
	}
	switch {
	case len(o.found) > 0:
	case s.Password.Is == service.Unknown, len(s.Kex) == 0:
		o.unknown = "no_answer"
	default:
		o.passed = true
	}
	return o
}

// oldAlgorithms lists what a server still offers and no client of today needs: SHA-1 in key exchange and signatures, groups of 1024
// bits, DSA, ciphers of 64-bit blocks or in CBC mode, RC4, MD5, and no cipher at all (RFC 9142 3, RFC 8758, RFC 8332).
func oldAlgorithms(s *service.SSH) []string {
	var out []string
	add := func(list []string, old func(string) bool) {
		for _, name := range list {
			if old(name) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	add(s.Kex, func(n string) bool {
		return strings.HasSuffix(n, "-sha1") || strings.HasPrefix(n, "gss-") && strings.Contains(n, "-sha1-")
	})
	add(s.HostKeys, func(n string) bool { return n == "ssh-dss" || n == "ssh-rsa" })
	add(s.Ciphers, func(n string) bool {
		return n == "none" || strings.HasPrefix(n, "arcfour") || strings.Contains(n, "-cbc") || strings.HasPrefix(n, "3des") || strings.HasPrefix(n, "blowfish")
	})
	add(s.MACs, func(n string) bool {
		return n == "none" || strings.Contains(n, "md5") || strings.Contains(n, "sha1-96")
	})
	return out
}

// directories: LDAP, Kerberos and the global catalogue; critical where a stranger may read.
func directories(p port) opinion {
	switch p.facts.Protocol {
	case "ldap", "cldap", "kerberos":
	default:
		return opinion{}
	}
	f := p.found(Major, p.facts.Protocol)
	if d := p.facts.Directory; d != nil && d.Read.IsYes() {
		f.Severity, f.Variant = Critical, "read"
		f.Evidence = append(f.Evidence, d.Read.Why)
	}
	return one(f)
}

// gateways: which VPN gateways and firewalls are seen; worth knowing, since their makers' alerts come first.
func gateways(r *observe.Run, s Settings) Outcome {
	o := eachService(func(p port) opinion {
		switch p.facts.Protocol {
		case "fgfm", "checkpoint", "winbox": // how firewalls and routers are managed from elsewhere
		default:
			if p.facts.Kind != service.Gateway {
				return opinion{}
			}
		}
		f := p.found(Info, "")
		f.Key = p.facts.Protocol
		return one(f)
	})(r, s)
	for _, e := range r.Endpoints {
		for _, f := range webProducts(e, "vpn", "firewall") {
			f.Severity = Info
			o.Found = append(o.Found, f)
		}
	}
	return o
}

// oldTunnels: tunnels whose protocol gives too much away.
func oldTunnels(p port) opinion {
	switch p.facts.Protocol {
	case "ike":
		if p.facts.IKE == nil {
			return opinion{}
		}
		f := p.found(Major, "aggressive")
		if a := p.facts.IKE.Aggressive; a.Is == service.Unknown && p.facts.IKE.V2.IsYes() {
			return opinion{passed: true} // version 2 alone answers: there is no aggressive mode in it
		} else {
			return decided(a, f)
		}
	case "pptp":
		return one(p.found(Major, "pptp"))
	case "sstp":
		return one(p.found(Info, "sstp"))
	}
	return opinion{}
}

// machineRoom: what holds or feeds the machines: management cards, hypervisors, backup, power. A product that a page alone names is told by
// the check of consoles, which looks at pages closer.
func machineRoom(p port) opinion {
	switch p.facts.Protocol {
	case "veeam":
		return one(p.found(Critical, "backup"))
	case "vmrdp": // consoles of the machines of a Hyper-V host
		return one(p.found(Critical, "hypervisor"))
	}
	switch p.facts.Kind {
	case service.Management, service.Hypervisor, service.Backup, service.Power:
	default:
		return opinion{}
	}
	f := p.found(Critical, string(p.facts.Kind))
	if p.facts.HTTP != nil {
		if len(webProducts(p.endpoint, "hypervisor", "bmc", "backup")) > 0 {
			return opinion{}
		}
		f.Confidence = Deduced
	}
	if p.facts.Stranger.IsYes() {
		f.Evidence = append(f.Evidence, p.facts.Stranger.Why)
	}
	return one(f)
}
