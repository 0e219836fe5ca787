package certificates

import "hygie/directory/findings/rule"

// ESC1Unbelieved: the same as ESC1, at an authority that is not in NTAuthCertificates. Controllers open no session on what it signs, so
// that the weakness lies idle: it becomes that of ESC1 the day somebody adds the authority there, and whatever else trusts the
// authority (a web site, a remote access) believes the names in its certificates already.
func ESC1Unbelieved(o *rule.Outcome) {
	p, ok := readPKI(o)
	if !ok {
		return
	}
	for _, t := range p.templates {
		idle := !t.trusted
		t.trusted = true
		if !idle || !t.abusable(condition{usage: opensSession, subject: true}) {
			continue
		}
		for _, g := range t.enrollers {
			text, name := o.Who(g.Trustee)
			o.Found(t.id, rule.Because("template_unbelieved", "trustee", text, "trustee_name", name, "authorities", t.issuers))
		}
	}
}
