// Package managed holds the rules about passwords that the directory manages by itself: delegated and group managed service accounts,
// and the local administrators of machines (LAPS). Package findings lists them.
package managed

import (
	"strings"

	"hygie/directory/findings/rule"
	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/points/access"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// dmsaClass is the class of delegated managed service accounts.
const dmsaClass = "msDS-DelegatedManagedServiceAccount"

// knowsDMSA gives the schemaIDGUID of that class; ok is false when the schema does not have it, or was not read.
func knowsDMSA(o *rule.Outcome) (g guid.GUID, ok bool) {
	root, read := rule.SchemaRoot(o)
	if !read {
		return g, false
	}
	for id := range o.Dir.Subtree(root) {
		if o.Dir.Class(id) == "classSchema" && strings.EqualFold(rule.ClassName(o, id), dmsaClass) {
			raw, _ := o.Dir.Value(id, "schemaIDGUID")
			if g, ok = guid.FromBytes(raw); !ok {
				o.Missing("classSchema:schemaIDGUID")
			}
			return g, ok
		}
	}
	return g, false
}

// BadSuccessor finds the containers where somebody who is not privileged may create a delegated managed service account, or take
// the right to (MS-ADTS 3.1.1.4). Such an account can be declared the successor of any other, and receives its rights. A schema without the class
// does not know these accounts.
func BadSuccessor(o *rule.Outcome) {
	class, ok := knowsDMSA(o)
	if !ok {
		return
	}
	table := []access.Right{
		{Code: "write_dacl", Mask: secdesc.WriteDACL}, {Code: "write_owner", Mask: secdesc.WriteOwner},
		{Code: "create_dmsa", Mask: secdesc.CreateChild, Types: []guid.GUID{class}},
	}
	o.RequireObjects("organizationalUnit")
	verdicts := make(map[model.DescriptorID][]access.Grant)
	rule.EachObject(o, func(id model.ID, n *rule.Note) {
		if c := o.Dir.Class(id); c != "organizationalUnit" && c != "container" && c != "domainDNS" {
			return
		}
		number, ok := o.Dir.DescriptorID(id)
		if !ok {
			o.Missing(o.Dir.Class(id) + ":nTSecurityDescriptor")
			return
		}
		grants, done := verdicts[number]
		if !done {
			grants = access.Evaluate(o.Dir.DescriptorAt(number), access.Class(o.Dir.Class(id)), table, o.View)
			verdicts[number] = grants
		}
		for _, g := range grants {
			o.Found(id, o.RightReason(g))
		}
	})
}

// DMSATakeover finds the accounts already declared the successor of a privileged one (Akamai, BadSuccessor (2025)).
func DMSATakeover(o *rule.Outcome) {
	if !o.Collects(dmsaClass, "msDS-ManagedAccountPrecededByLink") {
		o.Missing(dmsaClass + ":msDS-ManagedAccountPrecededByLink")
	}
	o.RequireObjects(dmsaClass)
	for _, id := range o.OfClass(dmsaClass) {
		for old := range o.Dir.Linked(id, "msDS-ManagedAccountPrecededByLink") {
			if o.IsPrivileged(old) {
				o.Found(id, rule.Because("dmsa_successor", "account", o.NameOf(old)))
			}
		}
	}
}

// GMSAReaders finds who may read the password of a group managed service account without being a machine: a person, or a group that stands for
// everybody (MS-ADTS 3.1.1.4.5.39, msDS-GroupMSAMembership). Groups of machines are what the list is for; a group is followed to its people.
func GMSAReaders(o *rule.Outcome) {
	o.RequireObjects("msDS-GroupManagedServiceAccount")
	for _, id := range o.OfClass("msDS-GroupManagedServiceAccount") {
		raw, ok := o.Dir.Value(id, "msDS-GroupMSAMembership")
		if !ok {
			continue
		}
		d, err := secdesc.Parse(raw)
		if err != nil {
			o.Missing("msDS-GroupMSAMembership of " + o.Dir.DN(id))
			continue
		}
		for a := range d.Entries() {
			if a.Kind() != secdesc.Allow || a.Mask.Map()&secdesc.ReadProperty == 0 || o.Trusted(a.Trustee) {
				continue
			}
			if people, everybody := peopleBehind(o, a.Trustee); everybody || people > 0 {
				text, name := o.Who(a.Trustee)
				o.Found(id, rule.Because("gmsa_reader", "trustee", text, "trustee_name", name, "count", people))
			}
		}
	}
}

// peopleBehind counts the people, privileged ones left out, that have a SID in their token.
func peopleBehind(o *rule.Outcome, s sid.SID) (people int, everybody bool) {
	if rule.Broad(o, s) {
		return 0, true
	}
	id, ok := o.Dir.BySID(s)
	if !ok {
		return 0, false
	}
	for _, m := range append(o.Dir.MembersOf(id), id) {
		if a, ok := o.Account(m); ok && a.Person() && !o.IsPrivileged(m) {
			people++
		}
	}
	return people, false
}
