package permissions

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/model/entry"
	"hygie/directory/points/access"
	"hygie/directory/points/internal/accounts"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
	"hygie/directory/sid"
)

// PKI lists the points about certificates and their authorities (ANSSI, vuln_adcs_*).
func PKI() []rule.Record {
	const family = "pki"
	return []rule.Record{
		{Point: rule.Point{ID: "vuln_adcs_template_auth_enroll_with_name", Family: family, Levels: []int{1}, Forest: true}, Decide: enrolWithName},
		{Point: rule.Point{ID: "vuln_adcs_template_control", Family: family, Levels: []int{1, 2}, Forest: true}, Decide: templatePermissions},
		{Point: rule.Point{ID: "vuln_adcs_control", Family: family, Levels: []int{1}, Forest: true}, Decide: authorityPermissions},
		{Point: rule.Point{ID: "vuln_certificates_vuln", Family: family, Levels: []int{1, 2, 3}, Limits: []rule.Limit{
			{Level: 1, Name: "rsa_bits", Value: 1024}, {Level: 3, Name: "rsa_bits", Value: 2048}, {Level: 3, Name: "rsa_exponent", Value: 65537}}}, Configuration: true, Anybody: true, Decide: certificates},
	}
}

// authority is an enterprise certification authority (MS-CRTD, MS-WCCE 2.2.2.11).
type authority struct {
	id        model.ID
	name      string
	trusted   bool            // its certificate is in NTAuthCertificates: what it signs opens sessions
	templates map[string]bool // lower-case names of the templates that it issues
}

// authorities lists the enterprise certification authorities of the forest; false when something needed was not read.
func authorities(d *estate.Domain, o *rule.Outcome) ([]authority, bool) {
	if !o.NeedConfiguration() {
		return nil, false
	}
	dir := d.Forest.Dir
	if !o.CoversSettings("pKIEnrollmentService") || !o.CoversSettings("pKICertificateTemplate") || !o.CoversSettings("certificationAuthority") {
		return nil, false
	}
	var trusted [][]byte
	if id, ok := d.Forest.Setting("CN=NTAuthCertificates," + estate.CNPublicKeyServices); ok {
		if trusted, ok = certificatesOf(dir, id); !ok {
			o.Missing("certificationAuthority:cACertificate")
			return nil, false
		}
	}
	var out []authority
	for _, id := range d.Forest.OfClass("pKIEnrollmentService") {
		own, ok := certificatesOf(dir, id)
		if !ok || !dir.Collected(id, "certificateTemplates") {
			o.Missing("pKIEnrollmentService:" + map[bool]string{true: "certificateTemplates", false: "cACertificate"}[ok])
			return nil, false
		}
		a := authority{id: id, name: dir.Name(id), templates: make(map[string]bool)}
		for v := range dir.Values(id, "certificateTemplates") {
			a.templates[strings.ToLower(string(v))] = true
		}
		for _, v := range own {
			a.trusted = a.trusted || slices.ContainsFunc(trusted, func(t []byte) bool { return bytes.Equal(t, v) })
		}
		out = append(out, a)
	}
	return out, true
}

// certificatesOf lists the certificates of an object by their SHA-1, which is all that some sources give; false when they were
// not read.
func certificatesOf(dir *model.Directory, id model.ID) ([][]byte, bool) {
	if !dir.Collected(id, "cACertificate") {
		return slices.Collect(dir.Values(id, entry.CertificateThumbprint)), dir.Collected(id, entry.CertificateThumbprint)
	}
	var out [][]byte
	for v := range dir.Values(id, "cACertificate") {
		out = append(out, fmt.Appendf(nil, "%X", sha1.Sum(v)))
	}
	return out, true
}

// Flags of a template (MS-CRTD 2.26, 2.27, 2.28).
const (
	enrolleeSuppliesSubject = 0x1
	pendAllRequests         = 0x2
)

// opensSession tells whether certificates of a template can be used to sign in: no extended key usage at all, or one that
// allows client authentication (MS-PKCA 3.1.5.2.1.4, MS-CRTD 2.12).
func opensSession(dir *model.Directory, template model.ID) bool {
	any := false
	for v := range dir.Values(template, "pKIExtendedKeyUsage") {
		any = true
		switch string(v) {
		case "1.3.6.1.5.5.7.3.2", // client authentication
			"1.3.6.1.4.1.311.20.2.2", // smart card logon
			"1.3.6.1.5.2.3.4",        // PKINIT client
			"2.5.29.37.0":            // any purpose
			return true
		}
	}
	return !any
}

// enrolWithName fails the published templates with which somebody who is not privileged obtains, without approval, a certificate
// that opens a session under a name of his choice.
func enrolWithName(d *estate.Domain, o *rule.Outcome) {
	dir := d.Forest.Dir
	authorities, ok := authorities(d, o)
	if !ok {
		return
	}
	for _, id := range d.Forest.OfClass("pKICertificateTemplate") {
		var issuers []string
		for _, a := range authorities {
			if a.trusted && a.templates[strings.ToLower(templateName(dir, id))] {
				issuers = append(issuers, a.name)
			}
		}
		if len(issuers) == 0 {
			continue
		}
		lacking := ""
		for _, attribute := range []string{"msPKI-Certificate-Name-Flag", "msPKI-Enrollment-Flag", "msPKI-RA-Signature", "pKIExtendedKeyUsage"} {
			if !dir.Collected(id, attribute) {
				lacking = attribute
			}
		}
		if lacking != "" {
			o.Missing("pKICertificateTemplate:" + lacking)
			continue
		}
		names, _ := dir.Int(id, "msPKI-Certificate-Name-Flag")
		enrolment, _ := dir.Int(id, "msPKI-Enrollment-Flag")
		signatures, _ := dir.Int(id, "msPKI-RA-Signature")
		if names&enrolleeSuppliesSubject == 0 || enrolment&pendAllRequests != 0 || signatures > 0 || !opensSession(dir, id) {
			continue
		}
		enrollers(d, o, id, issuers)
	}
}

// enrollers fails a template for each principal that is not privileged and may enrol.
func enrollers(d *estate.Domain, o *rule.Outcome, id model.ID, issuers []string) {
	descriptor, ok := d.Forest.Dir.Descriptor(id)
	if !ok {
		o.Unread(id)
		return
	}
	if descriptor.Partial() {
		o.Unread(id)
	}
	var seen []sid.SID
	class := access.Class("pKICertificateTemplate")
	for _, g := range access.Evaluate(descriptor, class, access.Enrolment(), d.Forest) {
		enrols := g.Right.Code != access.CodeOwner && !slices.Contains([]string{"write_dacl", "write_owner"}, g.Right.Code)
		if !enrols || slices.Contains(seen, g.Trustee) {
			continue
		}
		seen = append(seen, g.Trustee)
		text, name := d.Forest.Trustee(g.Trustee)
		o.Fail(id, reasons.Because("template_enrol", "trustee", text, "trustee_name", name, "authorities", issuers))
	}
}

func templateName(dir *model.Directory, id model.ID) string {
	if name, ok := dir.Text(id, "cn"); ok {
		return name
	}
	return dir.Name(id)
}

// templatePermissions looks at the templates: at level 1 those that an authority issues, at level 2 all of them.
func templatePermissions(d *estate.Domain, o *rule.Outcome) {
	dir := d.Forest.Dir
	authorities, ok := authorities(d, o)
	if !ok {
		return
	}
	for _, id := range d.Forest.OfClass("pKICertificateTemplate") {
		name := strings.ToLower(templateName(dir, id))
		levels := []int{2}
		if slices.ContainsFunc(authorities, func(a authority) bool { return a.templates[name] }) {
			levels = []int{1, 2}
		}
		grants, ok := d.Forest.Grants(id, access.Settings, d.Forest)
		if own, _ := dir.Descriptor(id); !ok || own.Partial() {
			o.Unread(id, levels...)
		}
		for _, g := range grants {
			text, name := d.Forest.Trustee(g.Trustee)
			o.Fail(id, reasons.Because("right", "right", g.Right.Code, "trustee", text, "trustee_name", name, "origin", access.Origin(g)), levels...)
		}
	}
}

// authorityPermissions looks at the containers of the certification authorities and at what they hold. The host of an authority,
// alone or through Cert Publishers, may write to the entries of its certificates, of its revocation lists and of itself: that
// is how they are published, and whoever holds the host holds the authority anyway.
func authorityPermissions(d *estate.Domain, o *rule.Outcome) {
	if !o.NeedConfiguration() {
		return
	}
	dir := d.Forest.Dir
	if !o.CoversSettings("certificationAuthority") || !o.CoversSettings("pKIEnrollmentService") {
		return
	}
	if _, ok := d.Forest.Setting(estate.CNPublicKeyServices); !ok {
		o.CoversSettings("container")
		return // no certification authority was ever installed
	}
	strict, hosts := access.Principals(d.Forest), access.Principals(AuthorityHosts(d))
	for _, c := range []struct {
		prefix string
		who    access.Principals
	}{
		{"CN=NTAuthCertificates,", strict},
		{"CN=Certification Authorities,", strict},
		{"CN=AIA,", hosts},
		{"CN=CDP,", hosts},
		{"CN=Enrollment Services,", hosts},
	} {
		container, ok := d.Forest.Setting(c.prefix + estate.CNPublicKeyServices)
		if !ok {
			continue
		}
		for id := range dir.Subtree(container) {
			permissions(d, o, id, access.AuthorityContainer, c.who)
		}
	}
}

// authorityTrust is the trust of the forest extended to the hosts of the authorities.
type authorityTrust struct {
	*estate.Forest
	hosts *map[sid.SID]bool
}

func (t authorityTrust) Trusted(s sid.SID) bool { return (*t.hosts)[s] || t.Forest.Trusted(s) }

// AuthorityHosts extends the trust to the computers that host an authority, by their DNS name, and to Cert Publishers when only
// such computers and privileged principals belong to it (MS-CSRA 3.1.1.7).
func AuthorityHosts(d *estate.Domain) authorityTrust {
	f := d.Forest
	hosts := make(map[sid.SID]bool)
	names := make(map[string]bool)
	for _, id := range f.OfClass("pKIEnrollmentService") {
		if name, ok := f.Dir.Text(id, "dNSHostName"); ok {
			names[strings.ToLower(name)] = true
		}
	}
	for _, each := range f.Domains {
		for i := range each.Accounts {
			a := &each.Accounts[i]
			if a.Kind != estate.ComputerKind {
				continue
			}
			if name, ok := f.Dir.Text(a.ID, "dNSHostName"); ok && names[strings.ToLower(name)] {
				hosts[f.Dir.SID(a.ID)] = true
			}
		}
	}
	for _, each := range f.Domains {
		group, ok := each.Group(sid.RIDCertPublishers)
		if !ok {
			continue
		}
		stranger := slices.ContainsFunc(accounts.MembersOf(f, group), func(m accounts.Member) bool { return !hosts[m.SID] && !f.Trusted(m.SID) })
		if !stranger {
			hosts[f.Dir.SID(group)] = true
		}
	}
	return authorityTrust{f, &hosts}
}
