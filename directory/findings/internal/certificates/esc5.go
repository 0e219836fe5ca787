package certificates

import (
	"strings"

	"hygie/directory/findings/rule"
	"hygie/directory/model"
	"hygie/directory/points/access"
)

// ESC5: somebody who is not privileged may rewrite the objects on which trust in certificates rests (the containers, the trusted certificates, the
// authorities, the policies of the container OID), or the computer that hosts an authority (SpecterOps, Certified Pre-Owned (2021)).
func ESC5(o *rule.Outcome) {
	if !o.RequireConfiguration() {
		return
	}
	hosts := o.AuthorityHosts()
	for _, c := range []struct {
		prefix string
		who    access.Principals
	}{
		{"", o.View}, {"CN=NTAuthCertificates,", o.View}, {"CN=Certification Authorities,", o.View}, {"CN=Certificate Templates,", o.View},
		{"CN=AIA,", hosts}, {"CN=Enrollment Services,", hosts}, {"CN=OID,", o.View},
	} {
		container, ok := o.Setting(c.prefix + publicKeyService)
		if !ok {
			continue
		}
		if c.prefix == "" || c.prefix == "CN=Certificate Templates," {
			o.FindRights(container, access.AuthorityContainer, c.who) // what they hold is told apart
			continue
		}
		for id := range o.Dir.Subtree(container) {
			o.FindRights(id, access.AuthorityContainer, c.who)
		}
	}
	for _, id := range authorityComputers(o) {
		o.FindRights(id, access.Computer, o.View)
	}
}

// authorityComputers lists the computers that host an authority, by their DNS name.
func authorityComputers(o *rule.Outcome) []model.ID {
	names := make(map[string]bool)
	for _, id := range o.Settings("pKIEnrollmentService") {
		if name, ok := o.Dir.Text(id, "dNSHostName"); ok {
			names[strings.ToLower(name)] = true
		}
	}
	var out []model.ID
	if len(names) == 0 {
		return out
	}
	for a := range o.Accounts() {
		if name, ok := o.Dir.Text(a.ID(), "dNSHostName"); ok && a.Computer() && !a.Controller() && names[strings.ToLower(name)] {
			out = append(out, a.ID())
		}
	}
	return out
}
