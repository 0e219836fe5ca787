package certificates

import (
	"hygie/directory/findings/rule"
	"hygie/directory/model"
	"hygie/directory/model/entry"
	"hygie/directory/pki"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// What only the registry of an authority or of a controller tells: a source that read it (SharpHound) decides these rules, for the
// machines that it reached.

// setting is a rule about one setting of the authorities: those that let nobody without privilege enrol give nothing by it.
func setting(o *rule.Outcome, of func(*authority) pki.Answer, code, missing string) {
	p, ok := read(o)
	if !ok {
		return
	}
	for _, a := range p.authorities {
		switch {
		case !a.open():
		case of(a) == pki.Unknown:
			o.Missing(missing)
		case of(a) == pki.Yes:
			o.Found(a.ID, rule.Because(code))
		}
	}
}

// ESC6: the authority takes the name that a request adds, whatever the template says (EDITF_ATTRIBUTESUBJECTALTNAME2) (SpecterOps, Certified
// Pre-Owned (2021)).
func ESC6(o *rule.Outcome) {
	setting(o, func(a *authority) pki.Answer { return a.TakesNames }, "authority_names", "registry:EditFlags")
}

// ESC11: the authority takes requests over RPC that are not encrypted, and so those of somebody whose authentication is relayed (no
// IF_ENFORCEENCRYPTICERTREQUEST in InterfaceFlags; MS-WCCE 3.2.1.1.4).
func ESC11(o *rule.Outcome) {
	setting(o, func(a *authority) pki.Answer { return a.TakesPlain }, "authority_plain", "registry:InterfaceFlags")
}

// ESC12: the key of the authority is in a module whose password the registry of the machine holds, so that a session on the machine is
// enough to sign with it (Certipy, AD CS privilege escalation). Who enrols does not matter.
func ESC12(o *rule.Outcome) {
	p, ok := read(o)
	if !ok {
		return
	}
	for _, a := range p.authorities {
		switch a.BorrowedKey {
		case pki.Unknown:
			o.Missing("registry:CSP")
		case pki.Yes:
			o.Found(a.ID, rule.Because("authority_key"))
		}
	}
}

// ESC16: no certificate of the authority carries the SID of its holder, whatever the template says (DisableExtensionList) (Certipy, AD CS privilege
// escalation).
func ESC16(o *rule.Outcome) {
	setting(o, func(a *authority) pki.Answer { return a.LeavesSIDOut }, "authority_no_sid", "registry:DisableExtensionList")
}

// ESC7: somebody who is not privileged may administer an authority, or approve requests in its name (MS-CSRA 3.1.1.7).
func ESC7(o *rule.Outcome) {
	p, ok := read(o)
	if !ok {
		return
	}
	for _, a := range p.authorities {
		if a.Security == nil {
			o.Missing("registry:Security")
			continue
		}
		told := make(map[sid.SID]bool)
		for _, right := range []struct {
			mask secdesc.Mask
			name string
		}{{pki.Administer, "manage_authority"}, {pki.ManageCertificates, "manage_certificates"}} {
			for e := range a.Holders(right.mask, o.Holds) {
				if told[e.Trustee] || o.Trusted(e.Trustee) {
					continue
				}
				told[e.Trustee] = true
				text, name := o.Who(e.Trustee)
				o.Found(a.ID, rule.Because("authority_right", "right", right.name, "trustee", text, "trustee_name", name))
			}
		}
	}
}

// ESC10: a controller matches certificates to accounts by name alone: it does not ask for the SID of the holder (StrongCertificateBindingEnforcement
// 0), or a TLS service on it goes by the principal name (CertificateMappingMethods 0x4) (Certipy, AD CS privilege escalation).
func ESC10(o *rule.Outcome) {
	const byName = 0x4
	p, ok := read(o)
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
