package permissions

import (
	"strings"

	"hygie/directory/model"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
	"hygie/directory/points/weakcert"
)

// certificates fails the objects that hold a weak certificate: the trust containers of the configuration, expired ones included,
// since they are still believed, and the certificates in use of the accounts of the domain.
func certificates(d *estate.Domain, o *rule.Outcome) {
	dir := d.Forest.Dir
	if o.NeedConfiguration() {
		services, ok := d.Forest.Setting(estate.CNPublicKeyServices)
		if ok {
			for id := range dir.Subtree(services) {
				weak(d, o, id, "cACertificate", !strings.Contains(strings.ToLower(dir.DN(id)), "cn=enrollment services,"))
			}
		}
	}
	for _, class := range []string{estate.ClassUser, estate.ClassComputer} {
		if !d.Collects(class, "userCertificate") {
			o.Missing(class + ":userCertificate")
		}
	}
	for i := range d.Accounts {
		weak(d, o, d.Accounts[i].ID, "userCertificate", false)
	}
}

// weak fails an object for each weak certificate in an attribute.
func weak(d *estate.Domain, o *rule.Outcome, id model.ID, attribute string, evenExpired bool) {
	dir := d.Forest.Dir
	for raw := range dir.Values(id, attribute) {
		if len(raw) < 2 {
			continue // NTAuthCertificates and CDP objects carry an empty value of one zero byte
		}
		c, err := weakcert.Parse(raw)
		if err != nil {
			o.Fail(id, reasons.Because("certificate_unreadable", "attribute", attribute), 2)
			continue
		}
		if !evenExpired && d.Forest.AsOf.After(c.NotAfter) {
			continue
		}
		weaknesses(d, o, id, c)
	}
}

func weaknesses(d *estate.Domain, o *rule.Outcome, id model.ID, c weakcert.Certificate) {
	limits := weakcert.Limits{
		BrokenRSA: int(o.Limit(1, "rsa_bits")), ShortRSA: int(o.Limit(3, "rsa_bits")), Exponent: o.Limit(3, "rsa_exponent"),
	}
	for _, w := range c.Weaknesses(limits) {
		level := 3
		if w.Broken {
			level = 1
		}
		if w.Unknown {
			o.Missing("algorithm:"+w.Detail, level)
			continue
		}
		o.Fail(id, reasons.Because("certificate", "weakness", w.Code, "detail", w.Detail, "serial", c.Serial, "until", c.NotAfter), level)
	}
}
