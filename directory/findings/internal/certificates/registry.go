package certificates

import (
	"strings"

	"hygie/directory/findings/rule"
	"hygie/directory/model"
	"hygie/directory/model/entry"
	"hygie/directory/secdesc"
)

// What only the registry of an authority or of a controller tells: a source that read it (SharpHound) decides these rules, for the
// machines that it reached.

// ESC6: the authority takes the name that a request adds, whatever the template says (EDITF_ATTRIBUTESUBJECTALTNAME2).
func ESC6(o *rule.Outcome) {
	p, ok := readPKI(o)
	if !ok {
		return
	}
	for _, id := range p.authorities {
		switch flag, known := o.Dir.Text(id, entry.AuthorityTakesNames); {
		case !known:
			o.Missing("registry:EditFlags")
		case strings.EqualFold(flag, "TRUE"):
			o.Found(id, rule.Because("authority_names"))
		}
	}
}

// ESC7: somebody who is not privileged may administer an authority, or approve requests in its name (MS-CSRA 3.1.1.7).
func ESC7(o *rule.Outcome) {
	const administer, approve = 0x1, 0x2
	p, ok := readPKI(o)
	if !ok {
		return
	}
	for _, id := range p.authorities {
		raw, known := o.Dir.Value(id, entry.AuthoritySecurity)
		d, err := secdesc.Parse(raw)
		if !known || err != nil {
			o.Missing("registry:Security")
			continue
		}
		for a := range d.Entries() {
			right := ""
			switch {
			case a.Kind() != secdesc.Allow, o.Trusted(a.Trustee):
				continue
			case a.Mask&administer != 0:
				right = "manage_authority"
			case a.Mask&approve != 0:
				right = "manage_certificates"
			default:
				continue
			}
			text, name := o.Who(a.Trustee)
			o.Found(id, rule.Because("authority_right", "right", right, "trustee", text, "trustee_name", name))
		}
	}
}

// ESC10: a controller matches certificates to accounts by name alone: it does not ask for the SID of the holder
// (StrongCertificateBindingEnforcement 0), or a TLS service on it goes by the principal name (CertificateMappingMethods 0x4).
func ESC10(o *rule.Outcome) {
	const byName = 0x4
	p, ok := readPKI(o)
	if !ok || len(p.authorities) == 0 {
		return
	}
	for _, domain := range o.Dir.Domains() {
		for a := range o.Dir.Subtree(domain.Root) {
			if domain.Root == model.None || !o.Dir.Is(a, "computer") || !controllerOf(o, a) {
				continue
			}
			strong, known := o.Dir.Int(a, entry.StrongMapping)
			methods, read := o.Dir.Int(a, entry.MappingMethods)
			if !known || !read {
				o.Missing("registry:CertificateMappingMethods")
			}
			switch {
			case known && strong == 0:
				o.Found(a, rule.Because("mapping_unbound"))
			case methods&byName != 0:
				o.Found(a, rule.Because("mapping_by_name", "value", methods))
			}
		}
	}
}

// controllerOf tells whether an account is that of a writable controller, by its primary group.
func controllerOf(o *rule.Outcome, id model.ID) bool {
	const controllers = 516
	group, _ := o.Dir.Int(id, "primaryGroupID")
	return group == controllers
}
