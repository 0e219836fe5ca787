package points

import (
	"strings"

	"hygie/directory/model"
	"hygie/directory/points/weakcert"
)

// certificates fails the objects that hold a weak certificate: the trust containers of the configuration, expired ones included,
// since they are still believed, and the certificates in use of the accounts of the domain.
func (d *domain) certificates(o *outcome) {
	dir := d.forest.dir
	if o.needConfiguration() {
		services, ok := d.forest.setting(cnPublicKeyServices)
		if ok {
			for id := range dir.Subtree(services) {
				d.weak(o, id, "cACertificate", !strings.Contains(strings.ToLower(dir.DN(id)), "cn=enrollment services,"))
			}
		}
	}
	for _, class := range []string{classUser, classComputer} {
		if !d.collects(class, "userCertificate") {
			o.missing(class + ":userCertificate")
		}
	}
	for i := range d.accounts {
		d.weak(o, d.accounts[i].id, "userCertificate", false)
	}
}

// weak fails an object for each weak certificate in an attribute.
func (d *domain) weak(o *outcome, id model.ID, attribute string, evenExpired bool) {
	dir := d.forest.dir
	for raw := range dir.Values(id, attribute) {
		if len(raw) < 2 {
			continue // NTAuthCertificates and CDP objects carry an empty value of one zero byte
		}
		c, err := weakcert.Parse(raw)
		if err != nil {
			o.fail(id, because("certificate_unreadable", "attribute", attribute), 2)
			continue
		}
		if !evenExpired && d.forest.asOf.After(c.NotAfter) {
			continue
		}
		d.weaknesses(o, id, c)
	}
}

func (d *domain) weaknesses(o *outcome, id model.ID, c weakcert.Certificate) {
	limits := weakcert.Limits{
		BrokenRSA: int(o.limit(1, "rsa_bits")), ShortRSA: int(o.limit(3, "rsa_bits")), Exponent: o.limit(3, "rsa_exponent"),
	}
	for _, w := range c.Weaknesses(limits) {
		level := 3
		if w.Broken {
			level = 1
		}
		if w.Unknown {
			o.missing("algorithm:"+w.Detail, level)
			continue
		}
		o.fail(id, because("certificate", "weakness", w.Code, "detail", w.Detail, "serial", c.Serial, "until", c.NotAfter), level)
	}
}
