package domain

import (
	"hygie/directory/control"
	"hygie/directory/generate/internal/descriptor"
	"hygie/directory/generate/internal/entry"
	"hygie/directory/generate/internal/world"
	"hygie/directory/generate/planted"
	"hygie/directory/sid"
)

// pathGroups writes the groups of the ways.
func (w *domain) pathGroups() {
	if w.Leads(planted.NestedUnit) {
		source := w.PersonDN(w.Walker(planted.NestedUnit))
		w.groupObject(w.GroupDN(world.GroupOperations), world.GroupOperations, w.SIDs[world.GroupOperations], false, globalGroup, []string{source})
		w.groupObject(w.GroupDN(world.GroupOperationsSouth), world.GroupOperationsSouth, w.SIDs[world.GroupOperationsSouth], false, globalGroup, []string{w.GroupDN(world.GroupOperations)})
		w.Way(planted.NestedUnit, "Un groupe d’exploitation imbriqué peut réécrire les droits de l’unité des serveurs, où se trouve l’autorité de certification.",
			source, w.ServerDN("SRV-PKI"), control.MemberOf, control.MemberOf, control.WriteDacl, control.Contains)
	}
	if w.Leads(planted.AddMember) {
		person := w.Walker(planted.AddMember)
		sddl := descriptor.Group("(OA;;WP;" + descriptor.AttrMember + ";;" + w.WalkerSID(planted.AddMember).String() + ")")
		w.Put(w.GroupDN(world.GroupKeys), "group", sddl, entry.Raw("objectSid", w.SIDs[world.GroupKeys].Bytes()), entry.Text("sAMAccountName", world.GroupKeys), entry.Number("groupType", globalGroup))
		w.Way(planted.AddMember, "Un agent peut remplir un groupe vide qui a tous les droits d’écriture sur l’autorité de certification.",
			w.PersonDN(person), w.ServerDN("SRV-PKI"), control.AddMember, control.GenericWrite)
	}
	if w.Leads(planted.TwoGroups) {
		for _, name := range []string{world.GroupFirstHalf, world.GroupSecondHalf} {
			sddl := descriptor.Group("(OA;;WP;" + descriptor.AttrMember + ";;" + w.WalkerSID(planted.TwoGroups).String() + ")")
			w.Put(w.GroupDN(name), "group", sddl, entry.Raw("objectSid", w.SIDs[name].Bytes()), entry.Text("sAMAccountName", name), entry.Number("groupType", globalGroup))
		}
	}
	if w.Leads(planted.PolicyOwner) {
		w.Way(planted.PolicyOwner, "Un ancien technicien est resté propriétaire d’une stratégie qui s’applique aux serveurs.",
			w.PersonDN(w.Walker(planted.PolicyOwner)), w.ServerDN("SRV-PKI"), control.Owner, control.AppliesTo)
	}
	if w.Leads(planted.Delegation) {
		w.Way(planted.Delegation, "Un agent choisit qui peut se présenter à l’autorité de certification au nom de n’importe qui.",
			w.PersonDN(w.Walker(planted.Delegation)), w.ServerDN("SRV-PKI"), control.WriteAllowedToAct)
	}
	if w.Leads(planted.ManagedPassword) {
		w.Way(planted.ManagedPassword, "Un serveur d’application lit le mot de passe d’un compte géré qui peut ajouter une clé à l’autorité de certification.",
			w.ServerDN("SRV00001"), w.ServerDN("SRV-PKI"), control.ReadGMSAPassword, control.WriteKeyCredentialLink)
	}
}

// replicators are what the root of the domain adds to its rights, and the groups that they name.
func (w *domain) replicators() string {
	if !w.Leads(planted.TwoGroups) {
		return ""
	}
	w.Plant("vuln_permissions_naming_context", "Deux groupes ont chacun une moitié du droit de répliquer les secrets, et un agent peut entrer dans les deux.", w.Root)
	w.Way(planted.TwoGroups, "Un agent peut entrer dans deux groupes, qui ont chacun une moitié du droit de répliquer les secrets.",
		w.PersonDN(w.Walker(planted.TwoGroups)), w.Root, control.AddMember, control.GetChanges, control.AddMember, control.GetChangesAll, control.DCSync)
	return "(OA;;CR;" + descriptor.RightGetChanges + ";;" + w.SIDText(world.GroupFirstHalf) + ")(OA;;CR;" + descriptor.RightGetChangesAll + ";;" + w.SIDText(world.GroupSecondHalf) + ")"
}

// serverUnitEntries are what the unit of the servers adds to its rights: not inherited, so that only the unit shows them.
func (w *domain) serverUnitEntries() string {
	if !w.Leads(planted.NestedUnit) {
		return ""
	}
	return "(A;;WD;;;" + w.SIDText(world.GroupOperationsSouth) + ")"
}

// policyOwner is who owns the policy of the servers.
func (w *domain) policyOwner(dn string) string {
	if !w.Leads(planted.PolicyOwner) {
		return "DA"
	}
	w.Plant("vuln_owner", "Une stratégie appartient à celui qui l’a créée il y a longtemps.", dn)
	return w.WalkerSID(planted.PolicyOwner).String()
}

// authorityEntries are what the host of the certification authority adds to its rights.
func (w *domain) authorityEntries() string {
	out := ""
	write := func(attribute string, who sid.SID) {
		a, ok := w.Tables.Attribute(attribute)
		if !ok && w.Err == nil {
			w.Err = errNoAttribute(attribute)
		}
		out += "(OA;;WP;" + a.GUID.String() + ";;" + who.String() + ")"
	}
	if w.Leads(planted.Delegation) {
		write("msDS-AllowedToActOnBehalfOfOtherIdentity", w.WalkerSID(planted.Delegation))
	}
	if w.Leads(planted.ManagedPassword) {
		write("msDS-KeyCredentialLink", w.SIDs[world.ManagedAccount])
	}
	if w.Leads(planted.AddMember) {
		out += "(A;;WP;;;" + w.SIDText(world.GroupKeys) + ")"
	}
	return out
}

type errNoAttribute string

func (e errNoAttribute) Error() string { return "attribute " + string(e) + " is not in the schema" }
