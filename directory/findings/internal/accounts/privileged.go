package accounts

import (
	"slices"

	"hygie/directory/findings/rule"
	"hygie/directory/model"
	"hygie/directory/points"
	"hygie/directory/sid"
)

// ManyPrivileged counts the privileged accounts from half the threshold of the point on (ANSSI, warning_privileged_members).
func ManyPrivileged(o *rule.Outcome) {
	rule.RequireMembers(o)
	v, ok := o.Point("vuln_privileged_members")
	if !ok || v.Status == points.Failed {
		return
	}
	var limit int64
	for _, l := range v.Point.Limits {
		if l.Name == "accounts" {
			limit = l.Value
		}
	}
	count := int64(0)
	for _, m := range o.Privileged() {
		if a, ok := o.Account(m.ID); ok && !a.Controller() {
			count++
		}
	}
	if limit > 0 && count*2 > limit {
		o.FoundDomain(rule.Because("privileged_many", "count", count, "limit", limit))
	}
}

// secondRank lists built-in groups that give extensive rights on servers without being privileged in the sense of the list
// (MS-DTYP 2.4.2.4).
func secondRank(o *rule.Outcome) []model.ID {
	var out []model.ID
	for _, rid := range []uint32{
		555, // Remote Desktop Users
		556, // Network Configuration Operators
		557, // Incoming Forest Trust Builders
		562, // Distributed COM Users
		569, // Cryptographic Operators
		552, // Replicator
		578, // Hyper-V Administrators
		580, // Remote Management Users
		582, // Storage Replica Administrators
	} {
		if id, ok := o.Builtin(sid.Builtin.Append(rid)); ok {
			out = append(out, id)
		}
	}
	if id, ok := o.Group(sid.RIDGroupPolicyCreators); ok {
		out = append(out, id)
	}
	return out
}

// SecondRankMembers lists the members of the groups of secondRank that are not privileged otherwise (ANSSI,
// warning_privileged_members_builtin_notpriv).
func SecondRankMembers(o *rule.Outcome) {
	for _, group := range secondRank(o) {
		for id := range o.Dir.Members(group) {
			if !o.IsPrivileged(id) {
				o.Found(id, rule.Because("second_rank", "group", o.NameOf(group)))
			}
		}
		for dn := range o.Dir.UnresolvedMembers(group) {
			o.FoundName(dn, rule.Because("second_rank", "group", o.NameOf(group)))
		}
	}
}

// ForeignPrivileged lists the members of privileged groups that come from another forest, or from another domain of the forest
// without being privileged there by themselves (ANSSI, warning_privileged_members_foreign).
func ForeignPrivileged(o *rule.Outcome) {
	rule.RequireMembers(o)
	own := o.Domain().SID
	for _, group := range o.PrivilegedGroups() {
		for id := range o.Dir.Members(group) {
			s := o.Dir.SID(id)
			if s.IsZero() {
				s, _ = sid.Parse(o.Dir.Name(id))
			}
			if !s.IsAccount() || s.InDomain(own) {
				continue
			}
			if rid, _ := s.RID(); o.Ours(s.Domain()) && slices.Contains([]uint32{sid.RIDEnterpriseAdmins, sid.RIDSchemaAdmins}, rid) {
				continue // Windows puts them there
			}
			text, name := o.Who(s)
			o.Found(id, rule.Because("foreign_member", "trustee", text, "trustee_name", name, "group", o.NameOf(group)))
		}
	}
}

// UnlikeHolder lists the privileged accounts and groups without the protection of AdminSDHolder; controllers have their own (ANSSI,
// warning_privileged_members_no_adminsdholder).
func UnlikeHolder(o *rule.Outcome) {
	rule.RequireMembers(o)
	for _, id := range holderTargets(o) {
		switch protected, ok := o.ProtectedLikeHolder(id); {
		case !ok:
			o.Missing("nTSecurityDescriptor of " + o.Dir.DN(id))
		case !protected:
			o.Found(id, rule.Because("unlike_holder"))
		}
	}
}

// holderTargets lists the privileged accounts and groups of the domain, controllers left out.
func holderTargets(o *rule.Outcome) []model.ID {
	out := slices.Clone(o.PrivilegedGroups())
	for _, m := range o.Privileged() {
		if a, ok := o.Account(m.ID); !ok || !a.Controller() {
			out = append(out, m.ID)
		}
	}
	out = slices.DeleteFunc(out, func(id model.ID) bool {
		rid, _ := o.Dir.SID(id).RID()
		return !o.Contains(id) || rid == sid.RIDDomainControllers
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// HolderInherits finds AdminSDHolder and the privileged objects that let inherited permissions in (ANSSI, warning_sd_adminsdholder_protec).
func HolderInherits(o *rule.Outcome) {
	rule.RequireMembers(o)
	if id, ok := o.Child("CN=AdminSDHolder,CN=System,"); !ok {
		o.Missing("object:CN=AdminSDHolder,CN=System," + o.Domain().DN)
	} else if d, ok := o.Dir.Descriptor(id); !ok {
		o.Missing("nTSecurityDescriptor of " + o.Dir.DN(id))
	} else if !d.Protected() {
		o.Found(id, rule.Because("inherits"))
	}
	for _, id := range holderTargets(o) {
		if d, ok := o.Dir.Descriptor(id); ok && !d.Protected() && !d.Partial() {
			o.Found(id, rule.Because("inherits"))
		}
	}
}

// OperatorsNotEmpty lists the members of the groups that should have none outside an operation (ANSSI, warning_privileged_members_not_empty).
func OperatorsNotEmpty(o *rule.Outcome) {
	var groups []model.ID
	for _, s := range []sid.SID{sid.AccountOperators, sid.ServerOperators, sid.PrintOperators, sid.BackupOperators} {
		if id, ok := o.Builtin(s); ok {
			groups = append(groups, id)
		}
	}
	for _, rid := range []uint32{sid.RIDSchemaAdmins, sid.RIDEnterpriseAdmins} {
		if id, ok := o.Group(rid); ok {
			groups = append(groups, id)
		}
	}
	for _, group := range groups {
		for id := range o.Dir.Members(group) {
			o.Found(id, rule.Because("not_empty", "group", o.NameOf(group)))
		}
		for dn := range o.Dir.UnresolvedMembers(group) {
			o.FoundName(dn, rule.Because("not_empty", "group", o.NameOf(group)))
		}
	}
}

// ToleratedServices lists the privileged accounts with a service name that the point about them lets pass (ANSSI, warning_spn_priv).
func ToleratedServices(o *rule.Outcome) {
	rule.RequireMembers(o)
	v, _ := o.Point("vuln_spn_priv")
	for _, m := range o.Privileged() {
		a, ok := o.Account(m.ID)
		if rid, _ := o.Dir.SID(m.ID).RID(); !ok || !a.Person() || rid == sid.RIDKrbtgt || !o.Dir.Has(m.ID, "servicePrincipalName") {
			continue
		}
		if !v.Objects.Has(m.ID) {
			spn, _ := o.Dir.Text(m.ID, "servicePrincipalName")
			o.Found(m.ID, rule.Because("tolerated_spn", "spn", spn, "group", m.Via))
		}
	}
}
