package points

import (
	"strings"

	"hygie/directory/model"
	"hygie/directory/secdesc"
)

func delegationRecords() []record {
	const family = "delegation"
	flags := []need{{classUser, attrUserAccountControl}, {classComputer, attrUserAccountControl}}
	targets := []need{{classUser, attrDelegateTo}, {classComputer, attrDelegateTo}, {classComputer, "servicePrincipalName"}}
	return []record{
		{Point: Point{ID: "vuln_delegation_t4d", Family: family, Levels: []int{1}}, reads: flags,
			anybody: true, decide: (*domain).unconstrained},
		{Point: Point{ID: "vuln_delegation_t2a4d", Family: family, Levels: []int{1}}, needs: flags, reads: targets,
			decide: func(d *domain, o *outcome) { d.constrained(o, true) }},
		{Point: Point{ID: "vuln_delegation_a2d2", Family: family, Levels: []int{1}}, needs: flags, reads: targets,
			decide: func(d *domain, o *outcome) { d.constrained(o, false) }},
		{Point: Point{ID: "vuln_delegation_sourcedeleg", Family: family, Levels: []int{1}},
			reads:  []need{{classUser, attrActOnBehalf}, {classComputer, attrActOnBehalf}},
			decide: (*domain).resourceBased},
	}
}

const (
	attrDelegateTo  = "msDS-AllowedToDelegateTo"
	attrActOnBehalf = "msDS-AllowedToActOnBehalfOfOtherIdentity"
)

// unconstrained fails the accounts trusted for delegation to any service. Writable domain controllers need it; a read-only one
// never has it.
func (d *domain) unconstrained(o *outcome) {
	for i := range d.accounts {
		a := &d.accounts[i]
		switch {
		case a.known&uacTrustedForDeleg == 0:
			o.missing(d.forest.dir.Class(a.id) + ":" + attrUserAccountControl)
		case a.has(uacTrustedForDeleg) && (!a.controller() || a.readOnlyDC()):
			o.fail(a.id, because("delegation_any", "state", a.state()))
		}
	}
}

// constrained fails the accounts that may present anybody to a service of a domain controller, with or without protocol
// transition (MS-SFU 1.3.2). Without it, the list speaks of enabled accounts only. Writable domain controllers hold
// these services already.
func (d *domain) constrained(o *outcome, transition bool) {
	hosts := d.forest.controllerHosts()
	if !transition && (d.collects(classUser, model.TransitionTargets) || d.collects(classComputer, model.TransitionTargets)) {
		o.missing(classUser + ":" + attrDelegateTo) // given with protocol transition only
	}
	for i := range d.accounts {
		a := &d.accounts[i]
		if a.has(uacTrustedToAuth) != transition || (!transition && !a.enabled()) || (a.controller() && !a.readOnlyDC()) {
			continue
		}
		for v := range d.forest.dir.Values(a.id, attrDelegateTo) {
			if spn := string(v); hosts.privileged(spn) {
				code := "delegation_constrained"
				if transition {
					code = "delegation_transition"
				}
				o.fail(a.id, because(code, "spn", spn, "state", a.state()))
				break
			}
		}
	}
}

// hostSet holds the names by which the domain controllers of the forest are called, in lower case, and their exact service names.
type hostSet struct{ hosts, services map[string]bool }

// controllerHosts gathers the names of the domain controllers: DNS name, account name, hosts of their service names.
func (f *forest) controllerHosts() hostSet {
	set := hostSet{hosts: make(map[string]bool), services: make(map[string]bool)}
	for _, d := range f.domains {
		for _, a := range d.controllers() {
			if name, ok := f.dir.Text(a.id, "dNSHostName"); ok {
				set.hosts[strings.ToLower(name)] = true
			}
			if name, ok := f.dir.Text(a.id, "sAMAccountName"); ok {
				set.hosts[strings.ToLower(strings.TrimSuffix(name, "$"))] = true
			}
			for v := range f.dir.Values(a.id, "servicePrincipalName") {
				set.services[strings.ToLower(string(v))] = true
			}
		}
	}
	delete(set.hosts, "")
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
	return h.hosts[host]
}

// resourceBased fails the privileged targets (domain controllers, krbtgt, privileged accounts) that let other accounts
// present anybody to them (MS-ADA2 2.209).
func (d *domain) resourceBased(o *outcome) {
	o.lost()
	f := d.forest
	for i := range d.accounts {
		a := &d.accounts[i]
		raw, ok := f.dir.Value(a.id, attrActOnBehalf)
		if !ok || !(a.controller() || f.privileged[a.id] || d.isKrbtgt(a.id)) {
			continue
		}
		text, name := f.delegates(raw)
		o.fail(a.id, because("delegation_resource", "trustee", text, "trustee_name", name))
	}
}

// delegates gives the first principal that the descriptor of a resource delegation lets in.
func (f *forest) delegates(raw []byte) (text, name string) {
	d, err := secdesc.Parse(raw)
	if err != nil {
		return "", ""
	}
	for a := range d.Entries() {
		if a.Kind() == secdesc.Allow {
			return f.trustee(a.Trustee)
		}
	}
	return "", ""
}
