package managed

import (
	"slices"

	"hygie/directory/findings/rule"
	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/points/access"
	"hygie/directory/schema"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// machines lists the enabled computers that LAPS is for.
func machines(o *rule.Outcome) []model.ID {
	var out []model.ID
	for a := range o.Accounts() {
		if a.Computer() && a.Enabled() && !a.Controller() {
			out = append(out, a.ID())
		}
	}
	return out
}

// LAPSUse counts the machines whose local password LAPS manages, by its version (ANSSI, info_laps).
func LAPSUse(o *rule.Outcome) {
	list := machines(o)
	old, new := 0, 0
	for _, id := range list {
		switch {
		case o.Dir.Has(id, "msLAPS-PasswordExpirationTime"):
			new++
		case o.Dir.Has(id, "ms-Mcs-AdmPwdExpirationTime"):
			old++
		}
	}
	if len(list) > 0 {
		o.FoundDomain(rule.Because("laps_count", "total", len(list), "new", new, "old", old))
	}
}

// LAPSMissing lists the machines whose local password LAPS does not manage (ANSSI, info_laps_missing).
func LAPSMissing(o *rule.Outcome) {
	for _, id := range machines(o) {
		if !o.Dir.Has(id, "msLAPS-PasswordExpirationTime") && !o.Dir.Has(id, "ms-Mcs-AdmPwdExpirationTime") {
			system, _ := o.Dir.Text(id, "operatingSystem")
			o.Found(id, rule.Because("laps_none", "system", system))
		}
	}
}

// LAPSReaders finds who, without being privileged, may read the local administrator's password of a machine. The attributes are
// confidential: reading one needs the right to control access to it (MS-ADTS 3.1.1.4.4), beside the right to read, which everybody
// usually has. Their identifiers differ from one forest to the next and come from its schema.
func LAPSReaders(o *rule.Outcome) {
	known, err := schema.Collected(o.Dir)
	if err != nil || o.Forest().SchemaDN == "" {
		o.Missing("partition:schema")
		return
	}
	var table []access.Right
	for _, name := range []string{"ms-Mcs-AdmPwd", "msLAPS-Password", "msLAPS-EncryptedPassword"} {
		if a, ok := known.Attribute(name); ok && !a.GUID.IsZero() {
			types := []guid.GUID{a.GUID}
			if !a.PropertySet.IsZero() {
				types = append(types, a.PropertySet)
			}
			table = append(table, access.Right{Code: "read_laps", Mask: secdesc.ControlAccess, Types: types})
		}
	}
	if len(table) == 0 {
		return
	}
	verdicts := make(map[model.DescriptorID][]access.Grant)
	for _, id := range machines(o) {
		if !o.Dir.Has(id, "ms-Mcs-AdmPwdExpirationTime") && !o.Dir.Has(id, "msLAPS-PasswordExpirationTime") {
			continue
		}
		number, ok := o.Dir.DescriptorID(id)
		if !ok {
			o.Missing("nTSecurityDescriptor of " + o.Dir.DN(id))
			continue
		}
		grants, done := verdicts[number]
		if !done {
			grants = slices.DeleteFunc(access.Evaluate(o.Dir.DescriptorAt(number), access.Class("computer"), table, o.View), func(g access.Grant) bool {
				return g.Right.Code != "read_laps" && g.Right.Code != access.CodeFullControl
			})
			verdicts[number] = grants
		}
		var told []sid.SID
		for _, g := range grants {
			if g.Trustee != o.Dir.SID(id) && !slices.Contains(told, g.Trustee) {
				told = append(told, g.Trustee)
				g.Right.Code = "read_laps"
				o.Found(id, o.RightReason(g))
			}
		}
	}
}
