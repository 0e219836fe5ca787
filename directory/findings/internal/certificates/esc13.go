package certificates

import "hygie/directory/findings/rule"

// ESC13: the certificate carries an issuance policy that stands for a group, which its holder then belongs to.
func ESC13(o *rule.Outcome) {
	p, ok := readPKI(o)
	if !ok {
		return
	}
	o.RequireSettings("msPKI-Enterprise-Oid")
	for _, t := range p.templates {
		if !t.abusable(condition{usage: opensSession}) {
			continue
		}
		for _, policy := range t.policies {
			group, ok := linkedGroup(o, policy)
			if !ok {
				continue
			}
			for _, g := range t.enrollers {
				text, name := o.Who(g.Trustee)
				o.Found(t.id, rule.Because("template_group", "trustee", text, "trustee_name", name, "group", o.NameOf(group)))
			}
		}
	}
}
