// Package certificates holds the known ways to abuse AD CS, a file for each number. What they need of templates and authorities is
// read once for a domain, by package pki. Package findings lists them.
package certificates

import (
	"slices"

	"hygie/directory/findings/rule"
	"hygie/directory/model"
	"hygie/directory/pki"
	"hygie/directory/points/access"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

const publicKeyService = "CN=Public Key Services,CN=Services,"

// template is a certificate template that an authority issues, and who gets certificates of it.
type template struct {
	pki.Template
	by        []*authority // that sign what opens sessions
	enrollers []enroller
	idle      []enroller // those whom only an authority that opens no session admits
}

// enroller is somebody without privilege who may enrol, with the template and at the authorities named.
type enroller struct {
	who         sid.SID
	authorities []string
}

// condition chooses templates. Every rule about templates is one, so that what is said of a rule is what it checks.
type condition struct {
	usage   func(*pki.Template) bool
	subject bool  // the requester must be able to write the name
	noSID   bool  // the certificate must lack the SID
	version int64 // of the schema, 0 for any
}

// meets tells whether a template meets a condition, and nobody has to approve its requests.
func (t *template) meets(c condition) bool {
	switch {
	case t.Approval, t.Signed, c.usage != nil && !c.usage(&t.Template), c.subject && !t.Subject, c.noSID && !t.NoSID, c.version != 0 && t.Version != c.version:
		return false
	}
	return true
}

// opensSession is [pki.Template.OpensSession] as a usage of a condition.
func opensSession(t *pki.Template) bool { return t.OpensSession() }

// infrastructure is what was read of AD CS.
type infrastructure struct {
	templates   []template
	authorities []*authority
	missing     []string
}

// read gives what is known of AD CS, read once for a domain; says what is missing.
func read(o *rule.Outcome) (*infrastructure, bool) {
	if !o.RequireConfiguration() {
		return nil, false
	}
	o.RequireSettings("pKIEnrollmentService", "pKICertificateTemplate")
	p := rule.Once(o.Context, func() *infrastructure { return newInfrastructure(o) })
	for _, what := range p.missing {
		o.Missing(what)
	}
	return p, true
}

func (p *infrastructure) lack(what string) {
	if !slices.Contains(p.missing, what) {
		p.missing = append(p.missing, what)
	}
}

func newInfrastructure(o *rule.Outcome) *infrastructure {
	p := &infrastructure{}
	p.readAuthorities(o)
	issuers := make(map[string][]*authority) // by template, in lower case
	for _, a := range p.authorities {
		for _, name := range a.templates {
			if !slices.Contains(issuers[name], a) {
				issuers[name] = append(issuers[name], a)
			}
		}
	}
	for _, id := range o.Settings("pKICertificateTemplate") {
		by := issuers[pki.TemplateName(o.Dir, id)]
		if len(by) == 0 {
			continue
		}
		if what, ok := readable(o, id); !ok {
			p.lack(what)
			continue
		}
		var t template
		t.Template, _ = pki.ReadTemplate(o.Dir, id)
		d, _ := o.Dir.Descriptor(id)
		who := enrolling(d, "pKICertificateTemplate", o.View)
		var others []*authority
		for _, a := range by {
			if a.believed {
				t.by = append(t.by, a)
			} else {
				others = append(others, a)
			}
		}
		t.enrollers = admitted(o, who, t.by)
		t.idle = slices.DeleteFunc(admitted(o, who, others), func(e enroller) bool {
			return slices.ContainsFunc(t.enrollers, func(known enroller) bool { return known.who == e.who })
		})
		p.templates = append(p.templates, t)
	}
	return p
}

// readable tells whether what decides of a template was read; what names the first that was not.
func readable(o *rule.Outcome, id model.ID) (what string, ok bool) {
	for _, attribute := range []string{"msPKI-Certificate-Name-Flag", "msPKI-Enrollment-Flag", "msPKI-RA-Signature", "pKIExtendedKeyUsage",
		"msPKI-Template-Schema-Version"} {
		if !o.Dir.Collected(id, attribute) {
			return "pKICertificateTemplate:" + attribute, false
		}
	}
	if _, has := o.Dir.Descriptor(id); !has {
		return "nTSecurityDescriptor of " + o.Dir.DN(id), false
	}
	return "", true
}

// enrolling lists who is not privileged and may enrol by a descriptor: each principal once.
func enrolling(d *secdesc.Descriptor, class string, who access.Principals) []sid.SID {
	var out []sid.SID
	for _, g := range access.Evaluate(d, access.Class(class), access.Enrolment(), who) {
		enrols := g.Right.Code != access.CodeOwner && g.Right.Code != "write_dacl" && g.Right.Code != "write_owner"
		if enrols && !slices.Contains(out, g.Trustee) {
			out = append(out, g.Trustee)
		}
	}
	return out
}

// foundTemplates reports, for each principal that gets certificates of it, the templates that meet a condition.
func foundTemplates(o *rule.Outcome, c condition) {
	if p, ok := read(o); ok {
		for i := range p.templates {
			if t := &p.templates[i]; t.meets(c) {
				foundTemplate(o, t, "template_enrols", t.enrollers)
			}
		}
	}
}

func foundTemplate(o *rule.Outcome, t *template, code string, list []enroller) {
	for _, e := range list {
		text, name := o.Who(e.who)
		o.Found(t.ID, rule.Because(code, "trustee", text, "trustee_name", name, "authorities", e.authorities))
	}
}

// linkedGroup gives the group that an issuance policy stands for (MS-ADA2 2.354, msDS-OIDToGroupLink).
func linkedGroup(o *rule.Outcome, policy string) (model.ID, bool) {
	for _, id := range o.Settings("msPKI-Enterprise-Oid") {
		if oid, ok := o.Dir.Text(id, "msPKI-Cert-Template-OID"); ok && oid == policy {
			for group := range o.Dir.Linked(id, "msDS-OIDToGroupLink") {
				return group, true
			}
		}
	}
	return model.None, false
}
