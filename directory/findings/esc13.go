package findings

// esc13: the certificate carries an issuance policy that stands for a group, which its holder then belongs to.
func esc13(o *outcome) {
	p, ok := o.readPKI()
	if !ok {
		return
	}
	o.coversSettings("msPKI-Enterprise-Oid")
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
				o.found(t.id, because("template_group", "trustee", text, "trustee_name", name, "group", o.NameOf(group)))
			}
		}
	}
}
