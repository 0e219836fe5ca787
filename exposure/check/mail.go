package check

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hygie/exposure/dns"
	"hygie/exposure/mail"
	"hygie/exposure/observe"
)

// mailChecks decide on what domains publish about their mail, and on what mail servers say in clear text. Those of encryption on mail servers are
// with the checks of TLS.
func mailChecks() []Record {
	return []Record{
		{ID: "MEL-01", Family: "mail", Severity: Critical, Source: Source{Document: mailGuide, Rule: "R44"}, Effort: "S", Owner: "mail", Decide: eachMail(spfPolicy)},
		{ID: "MEL-02", Family: "mail", Severity: Major, Source: Source{Document: "RFC 7208", Rule: "4.6.4"}, Effort: "M", Owner: "mail", Decide: eachMail(spfFaults)},
		{ID: "MEL-03", Family: "mail", Severity: Major, Source: Source{Document: mailGuide, Rule: "R48+"}, Effort: "M", Owner: "mail", Decide: eachMail(dmarcAbsent)},
		{ID: "MEL-04", Family: "mail", Severity: Important, Source: Source{Document: "RFC 9989"}, Effort: "M", Owner: "mail", Decide: eachMail(dmarcWeak)},
		{ID: "MEL-05", Family: "mail", Severity: Important, Source: Source{Document: mailGuide, Rule: "R44, R48+"}, Effort: "S", Owner: "mail", Decide: eachMail(unlocked)},
		{ID: "MEL-06", Family: "mail", Severity: Critical, Source: Source{Document: mailGuide, Rule: "R46+"}, Effort: "S", Owner: "mail", Decide: eachMail(dkimKeys)},
		{ID: "MEL-08", Family: "mail", Severity: Major, Source: ours, Effort: "S", Owner: "mail", Decide: eachSession(clearAuth)},
		{ID: "MEL-11", Family: "mail", Severity: Major, Source: Source{Document: "RFC 8461, RFC 8460, RFC 7672"}, Effort: "M", Owner: "mail", Decide: transport},
		{ID: "MEL-12", Family: "mail", Severity: Critical, Source: ours, Class: relayClass, Effort: "S", Owner: "mail", Decide: eachSession(openRelay)},
		{ID: "MEL-13", Family: "mail", Severity: Minor, Source: Source{Document: "RFC 5321", Rule: "7.3"}, Effort: "S", Owner: "mail", Decide: eachSession(userNames)},
	}
}

// eachMail applies one opinion to every declared domain that exists.
func eachMail(say func(*mail.Facts) opinion) func(*observe.Run, Settings) Outcome {
	return func(r *observe.Run, _ Settings) Outcome {
		var o Outcome
		for _, d := range r.Domains {
			if d.Mail != nil && d.Mail.Outcome != dns.NoName {
				o.keep(d.Name, say(d.Mail))
			}
		}
		return o
	}
}

// eachSession applies one opinion to every mail server that was spoken with.
func eachSession(say func(*mail.Session) opinion) func(*observe.Run, Settings) Outcome {
	return func(r *observe.Run, _ Settings) Outcome {
		var o Outcome
		for _, e := range r.Endpoints {
			if e.Mail == nil {
				continue
			}
			says := say(e.Mail)
			for i := range says.found {
				says.found[i].Endpoint = endpointName(e)
			}
			o.keep(sessionAsset(r, e), says)
		}
		return o
	}
}

// sessionAsset is the name of a mail server: that of the exchanger at its address, else a name it was asked for, else the address.
func sessionAsset(r *observe.Run, e observe.Endpoint) string {
	for _, d := range r.Domains {
		if d.Mail == nil {
			continue
		}
		for _, h := range d.Mail.MX.Hosts {
			if slices.Contains(h.Addresses, e.Address.Addr()) {
				return h.Host
			}
		}
	}
	for _, v := range e.Views {
		if v.Name != "" {
			return v.Name
		}
	}
	return e.Address.Addr().String()
}

// sends tells whether the domain takes or sends mail: what has no exchanger may still be allowed to send by its SPF record. A domain of
// which that is not known counts as one that does.
func sends(f *mail.Facts) bool {
	if f.MX.Unknown != "" || len(f.MX.Hosts) > 0 && !f.MX.Null {
		return true
	}
	if f.SPF.Tree == nil {
		return false
	}
	for n := range f.SPF.Tree.All() {
		policy, err := mail.ParseSPF(n.Record)
		if err == nil && slices.ContainsFunc(policy.Mechanisms, func(m mail.Mechanism) bool { return m.Kind != "all" && m.Qualifier == mail.Pass }) {
			return true
		}
	}
	return false
}

func observed(severity Severity, variant string, params map[string]string, evidence ...string) Found {
	return Found{Severity: severity, Confidence: Observed, Variant: variant, Evidence: evidence, Params: params}
}

// spfPolicy: who may send in the domain's name.
func spfPolicy(f *mail.Facts) opinion {
	switch {
	case f.SPF.Absent() && !sends(f):
		return opinion{} // MEL-05 says it
	case f.SPF.Absent():
		return opinion{found: []Found{observed(Major, "", nil, f.Domain+" TXT: no v=spf1")}}
	case f.SPF.Written == "pass":
		found := observed(Critical, "anyone", map[string]string{"record": strings.Join(f.SPF.Records, " ")}, spfTree(f.SPF.Tree)...)
		return opinion{found: []Found{found}}
	case len(f.SPF.Faults) > 0:
		return opinion{} // MEL-02 says it
	case f.SPF.Unknown != "":
		return opinion{unknown: f.SPF.Unknown}
	case f.SPF.Stranger == "neutral":
		return opinion{found: []Found{observed(Important, "neutral", map[string]string{"record": strings.Join(f.SPF.Records, " ")}, f.SPF.Records...)}}
	default:
		return opinion{passed: true}
	}
}

// spfTree shows a record with all it includes, one line each, with the look-ups that each costs.
func spfTree(n *mail.Node) []string {
	var lines []string
	var show func(n *mail.Node, depth int)
	show = func(n *mail.Node, depth int) {
		line := fmt.Sprintf("%s%s: %d look-ups", strings.Repeat("  ", depth), n.Domain, n.Lookups)
		if n.Record != "" {
			line += ": " + n.Record
		}
		if n.Fault != "" {
			line += " [" + n.Fault + "]"
		}
		lines = append(lines, line)
		for _, c := range n.Children {
			show(c, depth+1)
		}
	}
	if n != nil {
		show(n, 0)
	}
	return lines
}

// spfFaults: a record that receivers give up on.
func spfFaults(f *mail.Facts) opinion {
	switch {
	case f.SPF.Absent():
		return opinion{}
	case len(f.SPF.Faults) == 0 && f.SPF.Unknown != "":
		return opinion{unknown: f.SPF.Unknown}
	case len(f.SPF.Faults) == 0:
		return opinion{passed: true}
	}
	var evidence []string
	for _, each := range f.SPF.Faults {
		evidence = append(evidence, fmt.Sprintf("%s: %s: %s", each.Domain, each.Kind, each.Detail))
	}
	variant := f.SPF.Faults[0].Kind
	switch variant {
	case "lookups", "several", "loop", "voids":
	default:
		variant = ""
	}
	params := map[string]string{"lookups": strconv.Itoa(f.SPF.Lookups), "voids": strconv.Itoa(f.SPF.Voids), "records": strconv.Itoa(len(f.SPF.Records)),
		"detail": f.SPF.Faults[0].Domain + ", " + f.SPF.Faults[0].Detail}
	return opinion{found: []Found{observed(Major, variant, params, append(evidence, spfTree(f.SPF.Tree)...)...)}}
}

// dmarcAbsent: receivers are told nothing of forged mail.
func dmarcAbsent(f *mail.Facts) opinion {
	d := f.DMARC
	switch {
	case d.Unknown != "":
		return opinion{unknown: d.Unknown}
	case d.Policy != "":
		return opinion{passed: true}
	case !sends(f):
		return opinion{} // MEL-05 says it
	}
	var walk []string
	for _, s := range d.Walk {
		walk = append(walk, strings.TrimSpace(fmt.Sprintf("_dmarc.%s TXT: %s %s", s.Name, cmp.Or(s.Record, "no v=DMARC1"), s.Fault)))
	}
	if d.Fault != "" {
		return opinion{found: []Found{observed(Major, "invalid", map[string]string{"fault": d.Fault}, walk...)}}
	}
	return opinion{found: []Found{observed(Major, "", nil, walk...)}}
}

// dmarcWeak: a policy that changes nothing, or that nobody watches.
func dmarcWeak(f *mail.Facts) opinion {
	d := f.DMARC
	switch {
	case d.Unknown != "":
		return opinion{unknown: d.Unknown}
	case d.Policy == "" || !sends(f):
		return opinion{}
	}
	says := opinion{passed: true}
	find := func(variant string, severity Severity, params map[string]string) {
		found := observed(severity, variant, params, "_dmarc."+d.At+" TXT: "+d.Text)
		found.Key = variant
		says.found = append(says.found, found)
	}
	applied := d.Applied(d.Policy)
	switch {
	case d.Fault == "policy":
		find("invalid", Important, nil)
	case d.Policy == "none":
		find("none", Important, nil)
	case d.Testing:
		find("testing", Important, map[string]string{"policy": d.Policy, "applied": applied})
	case strength(d.Subdomains) < strength(d.Policy) || strength(d.Missing) < strength(d.Policy):
		find("subdomains", Important, map[string]string{"policy": d.Policy, "subdomains": d.Subdomains, "missing": d.Missing})
	}
	if !slices.ContainsFunc(d.Reports, func(r mail.Report) bool { return r.Fault == "" }) {
		find("no_reports", Minor, nil)
	}
	for _, r := range d.Reports {
		if r.Allowed == "no" {
			find("refused_reports", Minor, map[string]string{"address": r.URI})
			break
		}
	}
	if pct, given := d.Tags["pct"]; given && strings.TrimSpace(pct) != "100" && d.Policy != "none" {
		find("percentage", Minor, map[string]string{"pct": pct})
	}
	return says
}

func strength(policy string) int {
	return slices.Index([]string{"none", "quarantine", "reject"}, policy)
}

// unlocked: a domain without mail that anybody may write in the name of.
func unlocked(f *mail.Facts) opinion {
	switch {
	case f.MX.Unknown != "" || f.SPF.Unknown != "" || f.DMARC.Unknown != "":
		return opinion{unknown: cmp.Or(f.MX.Unknown, f.SPF.Unknown, f.DMARC.Unknown)}
	case sends(f):
		return opinion{}
	}
	var missing []string
	if f.SPF.Written != "fail" || len(f.SPF.Faults) > 0 {
		missing = append(missing, "SPF -all")
	}
	if f.DMARC.Applied(f.DMARC.Policy) != "reject" {
		missing = append(missing, "DMARC p=reject")
	}
	if len(missing) == 0 {
		return opinion{passed: true}
	}
	evidence := []string{f.Domain + " MX: none or null", "SPF: " + cmp.Or(strings.Join(f.SPF.Records, " "), "none"), "DMARC: " + cmp.Or(f.DMARC.Text, "none")}
	return opinion{found: []Found{observed(Important, "", map[string]string{"missing": strings.Join(missing, ", ")}, evidence...)}}
}

// dkimKeys: the declared selectors only. That a selector is absent never says that mail is unsigned.
func dkimKeys(f *mail.Facts) opinion {
	var says opinion
	for _, k := range f.DKIM {
		params := map[string]string{"selector": k.Selector, "bits": strconv.Itoa(k.Bits), "fault": k.Fault}
		name := k.Selector + "._domainkey." + f.Domain
		variant, severity := "", Severity("")
		switch {
		case k.Unknown != "" || k.Absent():
			says.unknown = cmp.Or(k.Unknown, "no_selector")
			continue
		case k.Revoked:
			continue
		case k.Fault != "":
			variant, severity = "invalid", Important
		case k.Algorithm == "rsa" && k.Bits < 1024:
			variant, severity = "", Critical
		case k.Algorithm == "rsa" && k.Bits < 2048:
			variant, severity = "short", Important
		case k.Testing:
			variant, severity = "testing", Important
		case k.SHA1:
			variant, severity = "sha1", Important
		default:
			says.passed = true
			continue
		}
		found := observed(severity, variant, params, fmt.Sprintf("%s TXT: %s, %d bits %s", name, k.Algorithm, k.Bits, k.Fault), k.Text)
		found.Key = k.Selector
		says.found = append(says.found, found)
	}
	return says
}
