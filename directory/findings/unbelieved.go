package findings

// esc1Unbelieved: the same as esc1, at an authority that is not in NTAuthCertificates. Controllers open no session on what it signs, so
// that the weakness lies idle: it becomes that of esc1 the day somebody adds the authority there, and whatever else trusts the
// authority (a web site, a remote access) believes the names in its certificates already.
func esc1Unbelieved(o *outcome) {
	p, ok := o.readPKI()
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
			o.found(t.id, because("template_unbelieved", "trustee", text, "trustee_name", name, "authorities", t.issuers))
		}
	}
}
