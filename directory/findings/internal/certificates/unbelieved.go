package certificates

import "hygie/directory/findings/rule"

// ESC1Unbelieved: the same as ESC1, at an authority that is not in NTAuthCertificates (SpecterOps, Certified Pre-Owned (2021)). Controllers open no
// session on what it signs, so that the weakness lies idle: it becomes that of ESC1 the day somebody adds the authority there, and whatever else
// trusts the authority (a web site, a remote access) believes the names in its certificates already.
func ESC1Unbelieved(o *rule.Outcome) {
	p, ok := read(o)
	if !ok {
		return
	}
	for i := range p.templates {
		if t := &p.templates[i]; t.meets(condition{usage: opensSession, subject: true}) {
			foundTemplate(o, t, "template_unbelieved", t.idle)
		}
	}
}
