// Package certificates holds the known ways to abuse AD CS, a file for each number. What they need of templates and authorities is
// read once for a domain. Package findings lists them.
package certificates

import (
	"bytes"
	"slices"
	"strings"

	"hygie/directory/findings/rule"
	"hygie/directory/model"
	"hygie/directory/points/access"
	"hygie/directory/secdesc"
)

// template is what the rules ask of a certificate template that an authority issues (MS-CRTD 2).
type template struct {
	id        model.ID
	issuers   []string // authorities that publish it
	trusted   bool     // one of them is in NTAuthCertificates: what it signs opens sessions
	subject   bool     // the requester writes the name (MS-CRTD 2.26)
	approval  bool     // somebody must approve (MS-CRTD 2.27)
	signed    bool     // a signature of an agent is needed (MS-CRTD 2.22)
	noSID     bool     // the certificate does not carry the SID of its holder (MS-CRTD 2.27)
	version   int64    // of the schema of templates (MS-CRTD 2.19)
	usages    []string // extended key usages
	policies  []string // issuance policies (MS-CRTD 2.25)
	enrollers []access.Grant
}

// Bits of msPKI-Certificate-Name-Flag and msPKI-Enrollment-Flag (MS-CRTD 2.26, 2.27).
const (
	suppliesSubject  = 0x1
	suppliesAltName  = 0x10000
	pendAllRequests  = 0x2
	noSecurityExt    = 0x80000
	usageAny         = "2.5.29.37.0"
	usageClient      = "1.3.6.1.5.5.7.3.2"
	usageSmartCard   = "1.3.6.1.4.1.311.20.2.2"
	usagePKINIT      = "1.3.6.1.5.2.3.4"
	usageAgent       = "1.3.6.1.4.1.311.20.2.1"
	publicKeyService = "CN=Public Key Services,CN=Services,"
)

// condition chooses templates. Every rule about templates is one, so that what is said of a rule is what it checks.
type condition struct {
	usage   func(template) bool
	subject bool  // the requester must be able to write the name
	noSID   bool  // the certificate must lack the SID
	version int64 // of the schema, 0 for any

}

// abusable tells whether a template meets a condition, and whether somebody who is not privileged may enrol without anybody's
// approval.
func (t template) abusable(c condition) bool {
	switch {
	case !t.trusted, len(t.enrollers) == 0, t.approval, t.signed,
		c.usage != nil && !c.usage(t), c.subject && !t.subject, c.noSID && !t.noSID, c.version != 0 && t.version != c.version:
		return false
	}
	return true
}

func (t template) has(usages ...string) bool {
	return slices.ContainsFunc(t.usages, func(u string) bool { return slices.Contains(usages, u) })
}

// opensSession: no usage at all, or one that stands for a logon (MS-PKCA 3.1.5.2.1.4).
func opensSession(t template) bool {
	return len(t.usages) == 0 || t.has(usageAny, usageClient, usageSmartCard, usagePKINIT)
}

// pki is what was read of AD CS.
type pki struct {
	templates   []template
	unpublished []model.ID
	authorities []model.ID
	missing     []string
}

// readPKI gives what is known of AD CS, read once for a domain; says what is missing.
func readPKI(o *rule.Outcome) (*pki, bool) {
	if !o.RequireConfiguration() {
		return nil, false
	}
	o.RequireSettings("pKIEnrollmentService", "pKICertificateTemplate")
	p := rule.Once(o.Context, func() *pki { return newPKI(o) })
	for _, what := range p.missing {
		o.Missing(what)
	}
	return p, true
}

// templateAttributes are those that decide: without one, a template is not judged.
func templateAttributes() []string {
	return []string{"msPKI-Certificate-Name-Flag", "msPKI-Enrollment-Flag", "msPKI-RA-Signature", "pKIExtendedKeyUsage",
		"msPKI-Template-Schema-Version", "msPKI-Certificate-Policy"}
}

func newPKI(o *rule.Outcome) *pki {
	p := &pki{authorities: o.Settings("pKIEnrollmentService")}
	lack := func(what string) {
		if !slices.Contains(p.missing, what) {
			p.missing = append(p.missing, what)
		}
	}
	var trusted [][]byte
	if id, ok := o.Setting("CN=NTAuthCertificates," + publicKeyService); ok {
		trusted = slices.Collect(o.Dir.Values(id, "cACertificate"))
		if !o.Dir.Collected(id, "cACertificate") {
			lack("certificationAuthority:cACertificate")
		}
	}
	type issuer struct {
		name    string
		trusted bool
	}
	issuers := make(map[string][]issuer) // by template, in lower case
	for _, id := range p.authorities {
		if !o.Dir.Collected(id, "certificateTemplates") {
			lack("pKIEnrollmentService:certificateTemplates")
		}
		known := slices.ContainsFunc(slices.Collect(o.Dir.Values(id, "cACertificate")), func(c []byte) bool {
			return slices.ContainsFunc(trusted, func(t []byte) bool { return bytes.Equal(c, t) })
		})
		for _, name := range o.Dir.Texts(id, "certificateTemplates") {
			low := strings.ToLower(name)
			issuers[low] = append(issuers[low], issuer{o.Dir.Name(id), known})
		}
	}
	for _, id := range o.Settings("pKICertificateTemplate") {
		published := issuers[strings.ToLower(o.Dir.Name(id))]
		if len(published) == 0 {
			p.unpublished = append(p.unpublished, id)
			continue
		}
		t, what := readTemplate(o, id)
		if what != "" {
			lack(what)
			continue
		}
		for _, i := range published {
			t.issuers = append(t.issuers, i.name)
			t.trusted = t.trusted || i.trusted
		}
		p.templates = append(p.templates, t)
	}
	return p
}

// readTemplate reads a template; what names the attribute that was not read.
func readTemplate(o *rule.Outcome, id model.ID) (t template, what string) {
	for _, attribute := range templateAttributes() {
		if !o.Dir.Collected(id, attribute) {
			return t, "pKICertificateTemplate:" + attribute
		}
	}
	d, ok := o.Dir.Descriptor(id)
	if !ok || d.Partial() {
		what = "nTSecurityDescriptor of " + o.Dir.DN(id)
		if !ok {
			return t, what
		}
	}
	names, _ := o.Dir.Int(id, "msPKI-Certificate-Name-Flag")
	enrolment, _ := o.Dir.Int(id, "msPKI-Enrollment-Flag")
	signatures, _ := o.Dir.Int(id, "msPKI-RA-Signature")
	t = template{
		id: id, subject: names&(suppliesSubject|suppliesAltName) != 0, approval: enrolment&pendAllRequests != 0, signed: signatures > 0,
		noSID: enrolment&noSecurityExt != 0, usages: o.Dir.Texts(id, "pKIExtendedKeyUsage"), policies: o.Dir.Texts(id, "msPKI-Certificate-Policy"),
	}
	t.version, _ = o.Dir.Int(id, "msPKI-Template-Schema-Version")
	t.enrollers = enrollers(d, o.View)
	return t, ""
}

// enrollers lists who is not privileged and may enrol: one grant for each principal.
func enrollers(d *secdesc.Descriptor, who access.Principals) []access.Grant {
	var out []access.Grant
	for _, g := range access.Evaluate(d, access.Class("pKICertificateTemplate"), access.Enrolment(), who) {
		enrols := g.Right.Code != access.CodeOwner && g.Right.Code != "write_dacl" && g.Right.Code != "write_owner"
		if enrols && !slices.ContainsFunc(out, func(x access.Grant) bool { return x.Trustee == g.Trustee }) {
			out = append(out, g)
		}
	}
	return out
}

// foundTemplates reports, for each principal that may enrol, the templates that meet a condition.
func foundTemplates(o *rule.Outcome, c condition) {
	p, ok := readPKI(o)
	if !ok {
		return
	}
	for _, t := range p.templates {
		if t.abusable(c) {
			foundTemplate(o, t)
		}
	}
}

func foundTemplate(o *rule.Outcome, t template) {
	for _, g := range t.enrollers {
		text, name := o.Who(g.Trustee)
		o.Found(t.id, rule.Because("template_enrols", "trustee", text, "trustee_name", name, "authorities", t.issuers))
	}
}

// OutOfSight is the predicate of a rule that depends on a setting of an authority's machine or of a controller: without an authority
// there is nothing to abuse, with one it cannot be told.
func OutOfSight(setting string) func(*rule.Outcome) {
	return func(o *rule.Outcome) {
		if p, ok := readPKI(o); ok && len(p.authorities) > 0 {
			o.Missing("registry:" + setting)
		}
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
