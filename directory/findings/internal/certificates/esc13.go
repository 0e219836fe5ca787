package certificates

import "hygie/directory/findings/rule"

// ESC13: the certificate carries an issuance policy that stands for a group, which its holder then belongs to (Certipy, AD CS privilege escalation).
func ESC13(o *rule.Outcome) {
	p, ok := read(o)
	if !ok {
		return
	}
	o.RequireSettings("msPKI-Enterprise-Oid")
	for i := range p.templates {
		t := &p.templates[i]
		if !t.meets(condition{usage: opensSession}) {
			continue
		}
		if !o.Dir.Collected(t.ID, "msPKI-Certificate-Policy") {
			o.Missing("pKICertificateTemplate:msPKI-Certificate-Policy")
			continue
		}
		for _, policy := range t.Policies {
			group, ok := linkedGroup(o, policy)
			if !ok {
				continue
			}
			for _, e := range t.enrollers {
				text, name := o.Who(e.who)
				o.Found(t.ID, rule.Because("template_group", "trustee", text, "trustee_name", name, "group", o.NameOf(group)))
			}
		}
	}
}
