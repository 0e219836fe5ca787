package accounts

import (
	"strings"

	"hygie/directory/model/entry"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
	"hygie/directory/secdesc"
)

// Delegation lists the points about delegation (ANSSI, vuln_delegation_*).
func Delegation() []rule.Record {
	const family = "delegation"
	flags := []rule.Need{{Class: estate.ClassUser, Attribute: estate.AttrUserAccountControl}, {Class: estate.ClassComputer, Attribute: estate.AttrUserAccountControl}}
	targets := []rule.Need{{Class: estate.ClassUser, Attribute: estate.AttrDelegateTo}, {Class: estate.ClassComputer, Attribute: estate.AttrDelegateTo}, {Class: estate.ClassComputer, Attribute: "servicePrincipalName"}}
	return []rule.Record{
		{Point: rule.Point{ID: "vuln_delegation_t4d", Family: family, Levels: []int{1}}, Reads: flags,
			Anybody: true, Decide: unconstrained},
		{Point: rule.Point{ID: "vuln_delegation_t2a4d", Family: family, Levels: []int{1}}, Needs: flags, Reads: targets,
			Decide: func(d *estate.Domain, o *rule.Outcome) { constrained(d, o, true) }},
		{Point: rule.Point{ID: "vuln_delegation_a2d2", Family: family, Levels: []int{1}}, Needs: flags, Reads: targets,
			Decide: func(d *estate.Domain, o *rule.Outcome) { constrained(d, o, false) }},
		{Point: rule.Point{ID: "vuln_delegation_sourcedeleg", Family: family, Levels: []int{1}},
			Reads:  []rule.Need{{Class: estate.ClassUser, Attribute: attrActOnBehalf}, {Class: estate.ClassComputer, Attribute: attrActOnBehalf}},
			Decide: resourceBased},
	}
}

const (
	attrActOnBehalf = "msDS-AllowedToActOnBehalfOfOtherIdentity"
)

// unconstrained fails the accounts trusted for delegation to any service. Writable domain controllers need it; a read-only one
// never has it.
func unconstrained(d *estate.Domain, o *rule.Outcome) {
	for i := range d.Accounts {
		a := &d.Accounts[i]
		switch {
		case a.Known&estate.UACTrustedForDelegation == 0:
			o.Missing(d.Forest.Dir.Class(a.ID) + ":" + estate.AttrUserAccountControl)
		case a.Has(estate.UACTrustedForDelegation) && (!a.Controller() || a.ReadOnlyDC()):
			o.Fail(a.ID, reasons.Because("delegation_any", "state", state(a)))
		}
	}
}

// constrained fails the accounts that may present anybody to a service of a domain controller, with or without protocol
// transition (MS-SFU 1.3.2). Without it, the list speaks of enabled accounts only. Writable domain controllers hold
// these services already.
func constrained(d *estate.Domain, o *rule.Outcome, transition bool) {
	hosts := ControllerHosts(d.Forest)
	if !transition && (d.Collects(estate.ClassUser, entry.TransitionTargets) || d.Collects(estate.ClassComputer, entry.TransitionTargets)) {
		o.Missing(estate.ClassUser + ":" + estate.AttrDelegateTo) // given with protocol transition only
	}
	for i := range d.Accounts {
		a := &d.Accounts[i]
		if a.Has(estate.UACTrustedToAuthenticate) != transition || (!transition && !a.Enabled()) || (a.Controller() && !a.ReadOnlyDC()) {
			continue
		}
		for v := range d.Forest.Dir.Values(a.ID, estate.AttrDelegateTo) {
			if spn := string(v); hosts.privileged(spn) {
				code := "delegation_constrained"
				if transition {
					code = "delegation_transition"
				}
				o.Fail(a.ID, reasons.Because(code, "spn", spn, "state", state(a)))
				break
			}
		}
	}
}

// hostSet holds the names by which the domain controllers of the forest are called, in lower case, and their exact service names.
type hostSet struct{ Hosts, services map[string]bool }

// ControllerHosts gathers the names of the domain controllers: DNS name, account name, hosts of their service names (MS-ADTS 6.1.1.3).
func ControllerHosts(f *estate.Forest) hostSet {
	set := hostSet{Hosts: make(map[string]bool), services: make(map[string]bool)}
	for _, d := range f.Domains {
		for _, a := range d.Controllers() {
			if name, ok := f.Dir.Text(a.ID, "dNSHostName"); ok {
				set.Hosts[strings.ToLower(name)] = true
			}
			if name, ok := f.Dir.Text(a.ID, "sAMAccountName"); ok {
				set.Hosts[strings.ToLower(strings.TrimSuffix(name, "$"))] = true
			}
			for v := range f.Dir.Values(a.ID, "servicePrincipalName") {
				set.services[strings.ToLower(string(v))] = true
			}
		}
	}
	delete(set.Hosts, "")
	return set
}

// privileged tells whether a service name leads to a domain controller or to krbtgt. The host decides: the class of a
// service ticket is not protected and can be replaced by another of the same host.
func (h hostSet) privileged(spn string) bool {
	spn = strings.ToLower(strings.TrimSpace(spn))
	if h.services[spn] {
		return true
	}
	class, rest, ok := strings.Cut(spn, "/")
	if class == "krbtgt" {
		return true
	}
	if !ok {
		return false
	}
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, ":")
	return h.Hosts[host]
}

// resourceBased fails the privileged targets (domain controllers, krbtgt, privileged accounts) that let other accounts
// present anybody to them (MS-ADA2 2.209).
func resourceBased(d *estate.Domain, o *rule.Outcome) {
	o.Lost()
	f := d.Forest
	for i := range d.Accounts {
		a := &d.Accounts[i]
		raw, ok := f.Dir.Value(a.ID, attrActOnBehalf)
		if !ok || !(a.Controller() || f.Privileged[a.ID] || isKrbtgt(d, a.ID)) {
			continue
		}
		text, name := delegates(f, raw)
		o.Fail(a.ID, reasons.Because("delegation_resource", "trustee", text, "trustee_name", name))
	}
}

// delegates gives the first principal that the descriptor of a resource delegation lets in.
func delegates(f *estate.Forest, raw []byte) (text, name string) {
	d, err := secdesc.Parse(raw)
	if err != nil {
		return "", ""
	}
	for a := range d.Entries() {
		if a.Kind() == secdesc.Allow {
			return f.Trustee(a.Trustee)
		}
	}
	return "", ""
}
