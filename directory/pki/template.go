// Package pki reads what a directory, and the collectors that asked further, say of AD CS: certificate templates, the authorities that
// issue them, and how these are set. It says what stands there; what that is worth is for the control graph and for the findings, which
// both ask here so that they cannot disagree.
//
// The settings of an authority are in the registry of its machine (MS-CSRA, MS-WCCE): a directory alone never tells them. A collector that
// read them gives them in attributes of our own (package entry); what nobody read is [Unknown], never taken for safe.
package pki

import (
	"slices"
	"strings"

	"hygie/directory/model"
)

// Template is what counts of a certificate template (MS-CRTD 2).
type Template struct {
	ID       model.ID
	Version  int64    // of its schema (MS-CRTD 2.19); 0: not known
	Subject  bool     // the requester chooses the name (MS-CRTD 2.26)
	Approval bool     // somebody must approve (MS-CRTD 2.27)
	Signed   bool     // other signatures are asked for (MS-CRTD 2.22)
	NoSID    bool     // the certificate does not carry the SID of its holder (MS-CRTD 2.27)
	Names    int64    // msPKI-Certificate-Name-Flag
	Usages   []string // what the certificate is good for
	Policies []string // issuance policies (MS-CRTD 2.25)
	ByAgent  bool     // the signature asked for is that of an enrolment agent (MS-CRTD 2.23)
}

// Bits of msPKI-Certificate-Name-Flag (MS-CRTD 2.26) that name the holder of the certificate.
const (
	NamesByService = 0x800000  // CT_FLAG_SUBJECT_ALT_REQUIRE_SPN
	NamesByUPN     = 0x2000000 // CT_FLAG_SUBJECT_ALT_REQUIRE_UPN
	NamesByDNS     = 0x8000000 // CT_FLAG_SUBJECT_ALT_REQUIRE_DNS
)

// Bits of msPKI-Certificate-Name-Flag and msPKI-Enrollment-Flag (MS-CRTD 2.26, 2.27), and usages.
const (
	suppliesSubject = 0x1
	suppliesAltName = 0x10000
	pendsRequests   = 0x2
	noSecurityExt   = 0x80000
	usageAny        = "2.5.29.37.0"
	usageClient     = "1.3.6.1.5.5.7.3.2"
	usageSmartCard  = "1.3.6.1.4.1.311.20.2.2"
	usagePKINIT     = "1.3.6.1.5.2.3.4"
	usageAgent      = "1.3.6.1.4.1.311.20.2.1"
)

// ReadTemplate reads a template; false when who chooses the name in it was not read (MS-CRTD 2).
func ReadTemplate(d *model.Directory, id model.ID) (Template, bool) {
	t := Template{ID: id}
	var ok bool
	if t.Names, ok = d.Int(id, "msPKI-Certificate-Name-Flag"); !ok {
		return t, false
	}
	enrolment, _ := d.Int(id, "msPKI-Enrollment-Flag")
	signatures, _ := d.Int(id, "msPKI-RA-Signature")
	t.Version, _ = d.Int(id, "msPKI-Template-Schema-Version")
	t.Subject = t.Names&(suppliesSubject|suppliesAltName) != 0
	t.Approval, t.NoSID, t.Signed = enrolment&pendsRequests != 0, enrolment&noSecurityExt != 0, signatures > 0 && t.Version != 1
	if t.Version != 1 { // from the second version on, application policies take the place of usages (MS-CRTD 2.25)
		t.Usages = d.Texts(id, "msPKI-Certificate-Application-Policy")
	}
	if len(t.Usages) == 0 {
		t.Usages = d.Texts(id, "pKIExtendedKeyUsage")
	}
	t.Policies = d.Texts(id, "msPKI-Certificate-Policy")
	for _, policy := range d.Texts(id, "msPKI-RA-Application-Policies") {
		// alone, or among the properties of a template of the fourth version: name`type`value`
		t.ByAgent = t.ByAgent || strings.Contains(policy, usageAgent) && signatures == 1
	}
	return t, true
}

// Has tells whether the certificate names one of some usages.
func (t *Template) Has(usages ...string) bool {
	return slices.ContainsFunc(t.Usages, func(u string) bool { return slices.Contains(usages, u) })
}

// AnyUsage tells whether the certificate is good for anything: no usage at all, or the one that stands for all.
func (t *Template) AnyUsage() bool { return len(t.Usages) == 0 || t.Has(usageAny) }

// OpensSession tells whether the certificate opens a session: it is good for anything, or for signing in (MS-PKCA 3.1.5.2.1.4).
func (t *Template) OpensSession() bool {
	return t.AnyUsage() || t.Has(usageClient, usageSmartCard, usagePKINIT)
}

// Agent tells whether a certificate makes its holder an enrolment agent: by its usage, or being good for anything.
func (t *Template) Agent() bool { return t.AnyUsage() || t.NamesAgent() }

// NamesAgent tells whether the certificate is made for enrolment agents.
func (t *Template) NamesAgent() bool { return t.Has(usageAgent) }

// ForOthers tells whether an agent may ask for a certificate of the template in somebody else's name, to sign in.
func (t *Template) ForOthers() bool {
	return t.OpensSession() && !t.Approval && (t.Version == 1 || t.ByAgent)
}

// TemplateName gives the name by which authorities call a template, in lower case (MS-CRTD 2, cn).
func TemplateName(d *model.Directory, id model.ID) string {
	name, ok := d.Text(id, "cn")
	if !ok {
		name = d.Name(id)
	}
	return strings.ToLower(name)
}
