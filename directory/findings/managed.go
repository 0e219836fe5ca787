package findings

import (
	"slices"

	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/points/access"
	"hygie/directory/schema"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// dmsaClass is the class of delegated managed service accounts.
const dmsaClass = "msDS-DelegatedManagedServiceAccount"

// knowsDMSA gives the schemaIDGUID of that class; ok is false when the schema does not have it, or was not read.
func knowsDMSA(o *outcome) (g guid.GUID, ok bool) {
	root, read := schemaRoot(o)
	if !read {
		return g, false
	}
	for id := range o.dir.Subtree(root) {
		if o.dir.Class(id) == "classSchema" && lower(className(o, id)) == lower(dmsaClass) {
			raw, _ := o.dir.Value(id, "schemaIDGUID")
			if g, ok = guid.FromBytes(raw); !ok {
				o.missing("classSchema:schemaIDGUID")
			}
			return g, ok
		}
	}
	return g, false
}

// badSuccessor finds the containers where somebody who is not privileged may create a delegated managed service account, or take
// the right to. Such an account can be declared the successor of any other, and receives its rights. A schema without the class
// does not know these accounts.
func badSuccessor(o *outcome) {
	class, ok := knowsDMSA(o)
	if !ok {
		return
	}
	table := []access.Right{
		{Code: "write_dacl", Mask: secdesc.WriteDACL}, {Code: "write_owner", Mask: secdesc.WriteOwner},
		{Code: "create_dmsa", Mask: secdesc.CreateChild, Types: []guid.GUID{class}},
	}
	o.covers("organizationalUnit")
	verdicts := make(map[model.DescriptorID][]access.Grant)
	eachObject(o, func(id model.ID, n *note) {
		if c := o.dir.Class(id); c != "organizationalUnit" && c != "container" && c != "domainDNS" {
			return
		}
		number, ok := o.dir.DescriptorID(id)
		if !ok {
			o.missing(o.dir.Class(id) + ":nTSecurityDescriptor")
			return
		}
		grants, done := verdicts[number]
		if !done {
			grants = access.Evaluate(o.dir.DescriptorAt(number), access.Class(o.dir.Class(id)), table, o.View)
			verdicts[number] = grants
		}
		for _, g := range grants {
			o.found(id, o.grant(g))
		}
	})
}

// dmsaTakeover finds the accounts already declared the successor of a privileged one.
func dmsaTakeover(o *outcome) {
	if !o.Collects(dmsaClass, "msDS-ManagedAccountPrecededByLink") {
		o.missing(dmsaClass + ":msDS-ManagedAccountPrecededByLink")
	}
	o.covers(dmsaClass)
	for _, id := range o.OfClass(dmsaClass) {
		for old := range o.dir.Linked(id, "msDS-ManagedAccountPrecededByLink") {
			if o.IsPrivileged(old) {
				o.found(id, because("dmsa_successor", "account", o.NameOf(old)))
			}
		}
	}
}

// lapsReaders finds who, without being privileged, may read the local administrator's password of a machine. The attributes are
// confidential: reading one needs the right to control access to it (MS-ADTS 3.1.1.4.4), beside the right to read, which everybody
// usually has. Their identifiers differ from one forest to the next and come from its schema.
func lapsReaders(o *outcome) {
	known, err := schema.Collected(o.dir)
	if err != nil || o.Forest().SchemaDN == "" {
		o.missing("partition:schema")
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
		if !o.dir.Has(id, "ms-Mcs-AdmPwdExpirationTime") && !o.dir.Has(id, "msLAPS-PasswordExpirationTime") {
			continue
		}
		number, ok := o.dir.DescriptorID(id)
		if !ok {
			o.missing("nTSecurityDescriptor of " + o.dir.DN(id))
			continue
		}
		grants, done := verdicts[number]
		if !done {
			grants = slices.DeleteFunc(access.Evaluate(o.dir.DescriptorAt(number), access.Class("computer"), table, o.View), func(g access.Grant) bool {
				return g.Right.Code != "read_laps" && g.Right.Code != access.CodeFullControl
			})
			verdicts[number] = grants
		}
		var told []sid.SID
		for _, g := range grants {
			if g.Trustee != o.dir.SID(id) && !slices.Contains(told, g.Trustee) {
				told = append(told, g.Trustee)
				g.Right.Code = "read_laps"
				o.found(id, o.grant(g))
			}
		}
	}
}

// broad tells whether a principal stands for about everybody.
func broad(o *outcome, s sid.SID) bool {
	switch s {
	case sid.Everyone, sid.AuthenticatedUsers, sid.Anonymous, sid.Users, sid.Guests, sid.PreWindows2000Access, sid.Interactive, sid.Network:
		return true
	}
	rid, ok := s.RID()
	return ok && s.IsAccount() && o.Ours(s.Domain()) &&
		slices.Contains([]uint32{sid.RIDDomainUsers, sid.RIDDomainGuests, sid.RIDDomainComputers, sid.RIDGuest}, rid)
}

// gmsaReaders finds who may read the password of a group managed service account without being a machine: a person, or a group that
// stands for everybody. Groups of machines are what the list is for; a group is followed to its people.
func gmsaReaders(o *outcome) {
	o.covers("msDS-GroupManagedServiceAccount")
	for _, id := range o.OfClass("msDS-GroupManagedServiceAccount") {
		raw, ok := o.dir.Value(id, "msDS-GroupMSAMembership")
		if !ok {
			continue
		}
		d, err := secdesc.Parse(raw)
		if err != nil {
			o.missing("msDS-GroupMSAMembership of " + o.dir.DN(id))
			continue
		}
		for a := range d.Entries() {
			if a.Kind() != secdesc.Allow || a.Mask.Map()&secdesc.ReadProperty == 0 || o.Trusted(a.Trustee) {
				continue
			}
			if people, everybody := peopleBehind(o, a.Trustee); everybody || people > 0 {
				text, name := o.Who(a.Trustee)
				o.found(id, because("gmsa_reader", "trustee", text, "trustee_name", name, "count", people))
			}
		}
	}
}

// peopleBehind counts the people, privileged ones left out, that have a SID in their token.
func peopleBehind(o *outcome, s sid.SID) (people int, everybody bool) {
	if broad(o, s) {
		return 0, true
	}
	id, ok := o.dir.BySID(s)
	if !ok {
		return 0, false
	}
	for _, m := range append(o.dir.MembersOf(id), id) {
		if a, ok := o.Account(m); ok && a.Person() && !o.IsPrivileged(m) {
			people++
		}
	}
	return people, false
}
