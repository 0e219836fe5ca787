package generate

import (
	"slices"

	"hygie/directory/control"
	"hygie/directory/sid"
)

// Names of the ways into tier 0 that stand by themselves: no control point fails because of them, but for an owner and for the right to
// replicate. Most lead to the host of the certification authority.
const (
	PathNestedUnit = "nested-unit"  // groups in groups, then the rights of a unit, which the host is in
	PathOwner      = "policy-owner" // the owner of a policy that applies to the host
	PathDelegation = "delegation"   // writing who may present itself to the host as anybody
	PathManaged    = "managed"      // a server that reads a managed password, whose account may add a key to the host
	PathAddMember  = "add-member"   // filling an empty group, which may write to the host

	PathPolicyFile  = "policy-file"      // writing a file of the policy of the servers, in SYSVOL
	PathPolicyAdmin = "policy-admin"     // administrator of the servers by a restricted group
	PathPrivilege   = "policy-privilege" // a privilege on the controllers, by their policy
	PathTwoGroups   = "two-groups"       // filling two groups, each with half of the right to replicate secrets
	PathAgent       = "enrolment-agent"  // a certificate to ask for others in anybody's name
)

// PathNames lists the ways that can be chosen with Options.Paths.
func PathNames() []string {
	return []string{PathNestedUnit, PathOwner, PathDelegation, PathManaged, PathAddMember, PathPolicyFile, PathPolicyAdmin, PathPrivilege, PathTwoGroups, PathAgent}
}

// leads tells whether a way is to be planted: all of them in the whole demonstration, else those that are chosen.
func (w *world) leads(name string) bool {
	return slices.Contains(w.o.Paths, name) || w.demo() && len(w.o.Points) == 0 && len(w.o.Paths) == 0
}

// whole tells whether everything is planted.
func (w *world) whole() bool { return w.demo() && len(w.o.Points) == 0 && len(w.o.Paths) == 0 }

// find notes a weakness that no control point has.
func (w *world) find(rule, what string, objects ...string) {
	w.truth.Findings = append(w.truth.Findings, Weakness{Point: rule, Objects: objects, What: what})
}

// way notes a way into tier 0.
func (w *world) way(name, what, source, target string, kinds ...control.Kind) {
	p := Path{Source: source, Target: target, Name: name, What: what}
	for _, k := range kinds {
		p.Kinds = append(p.Kinds, k.String())
	}
	w.truth.Paths = append(w.truth.Paths, p)
}

// Groups of the ways above; their SIDs are given out with those of the accounts that descriptors name.
const (
	groupOperations      = "GG-Exploitation"
	groupOperationsSouth = "GG-Exploitation-Sud"
	groupKeys            = "GG-Exploitants-AC"
)

// walker gives the person with whom a way begins: each way has its own.
func (w *world) walker(name string) int { return 10 + slices.Index(PathNames(), name) }

// pathGroups writes the groups of the ways.
func (w *world) pathGroups() {
	if w.leads(PathNestedUnit) {
		source := w.personDN(w.walker(PathNestedUnit))
		w.groupObject(w.groupDN(groupOperations), groupOperations, w.sids[groupOperations], false, globalGroup, []string{source})
		w.groupObject(w.groupDN(groupOperationsSouth), groupOperationsSouth, w.sids[groupOperationsSouth], false, globalGroup, []string{w.groupDN(groupOperations)})
		w.way(PathNestedUnit, "Un groupe d’exploitation imbriqué peut réécrire les droits de l’unité des serveurs, où se trouve l’autorité de certification.",
			source, w.serverDN("SRV-PKI"), control.MemberOf, control.MemberOf, control.WriteDacl, control.Contains)
	}
	if w.leads(PathAddMember) {
		person := w.walker(PathAddMember)
		sddl := groupDesc("(OA;;WP;" + attrMember + ";;" + w.walkerSID(PathAddMember).String() + ")")
		w.put(w.groupDN(groupKeys), "group", sddl, raw("objectSid", w.sids[groupKeys].Bytes()), text("sAMAccountName", groupKeys), number("groupType", globalGroup))
		w.way(PathAddMember, "Un agent peut remplir un groupe vide qui a tous les droits d’écriture sur l’autorité de certification.",
			w.personDN(person), w.serverDN("SRV-PKI"), control.AddMember, control.GenericWrite)
	}
	if w.leads(PathTwoGroups) {
		for _, name := range []string{groupFirstHalf, groupSecondHalf} {
			sddl := groupDesc("(OA;;WP;" + attrMember + ";;" + w.walkerSID(PathTwoGroups).String() + ")")
			w.put(w.groupDN(name), "group", sddl, raw("objectSid", w.sids[name].Bytes()), text("sAMAccountName", name), number("groupType", globalGroup))
		}
	}
	if w.leads(PathOwner) {
		w.way(PathOwner, "Un ancien technicien est resté propriétaire d’une stratégie qui s’applique aux serveurs.",
			w.personDN(w.walker(PathOwner)), w.serverDN("SRV-PKI"), control.Owner, control.AppliesTo)
	}
	if w.leads(PathDelegation) {
		w.way(PathDelegation, "Un agent choisit qui peut se présenter à l’autorité de certification au nom de n’importe qui.",
			w.personDN(w.walker(PathDelegation)), w.serverDN("SRV-PKI"), control.WriteAllowedToAct)
	}
	if w.leads(PathManaged) {
		w.way(PathManaged, "Un serveur d’application lit le mot de passe d’un compte géré qui peut ajouter une clé à l’autorité de certification.",
			w.serverDN("SRV00001"), w.serverDN("SRV-PKI"), control.ReadGMSAPassword, control.WriteKeyCredentialLink)
	}
}

// halves are the groups of PathTwoGroups.
const (
	groupFirstHalf  = "GG-Synchronisation"
	groupSecondHalf = "GG-Synchronisation-Secrets"
)

// replicators are what the root of the domain adds to its rights, and the groups that they name.
func (w *world) replicators() string {
	if !w.leads(PathTwoGroups) {
		return ""
	}
	w.plant("vuln_permissions_naming_context", "Deux groupes ont chacun une moitié du droit de répliquer les secrets, et un agent peut entrer dans les deux.", w.root)
	w.way(PathTwoGroups, "Un agent peut entrer dans deux groupes, qui ont chacun une moitié du droit de répliquer les secrets.",
		w.personDN(w.walker(PathTwoGroups)), w.root, control.AddMember, control.GetChanges, control.AddMember, control.GetChangesAll, control.DCSync)
	return "(OA;;CR;" + rightGetChanges + ";;" + w.s(groupFirstHalf) + ")(OA;;CR;" + rightGetChangesAll + ";;" + w.s(groupSecondHalf) + ")"
}

// walkerSID gives the SID reserved for the person with whom a way begins.
func (w *world) walkerSID(name string) sid.SID { return w.sids["walker "+name] }

// walkerOf gives the reserved SID of a person, zero for one with whom no way begins.
func (w *world) walkerOf(person int) sid.SID {
	for _, name := range PathNames() {
		if w.walker(name) == person {
			return w.walkerSID(name)
		}
	}
	return sid.SID{}
}

// serverUnitEntries are what the unit of the servers adds to its rights: not inherited, so that only the unit shows them.
func (w *world) serverUnitEntries() string {
	if !w.leads(PathNestedUnit) {
		return ""
	}
	return "(A;;WD;;;" + w.s(groupOperationsSouth) + ")"
}

// policyOwner is who owns the policy of the servers.
func (w *world) policyOwner(dn string) string {
	if !w.leads(PathOwner) {
		return "DA"
	}
	w.plant("vuln_owner", "Une stratégie appartient à celui qui l’a créée il y a longtemps.", dn)
	return w.walkerSID(PathOwner).String()
}

// authorityEntries are what the host of the certification authority adds to its rights.
func (w *world) authorityEntries() string {
	out := ""
	write := func(attribute string, who sid.SID) {
		a, ok := w.tables.Attribute(attribute)
		if !ok && w.err == nil {
			w.err = errNoAttribute(attribute)
		}
		out += "(OA;;WP;" + a.GUID.String() + ";;" + who.String() + ")"
	}
	if w.leads(PathDelegation) {
		write("msDS-AllowedToActOnBehalfOfOtherIdentity", w.walkerSID(PathDelegation))
	}
	if w.leads(PathManaged) {
		write("msDS-KeyCredentialLink", w.sids[managedAccount])
	}
	if w.leads(PathAddMember) {
		out += "(A;;WP;;;" + w.s(groupKeys) + ")"
	}
	return out
}

// managedAccount is the managed account of PathManaged; the first server may read its password.
const managedAccount = "gmsa-app01$"

type errNoAttribute string

func (e errNoAttribute) Error() string { return "attribute " + string(e) + " is not in the schema" }
