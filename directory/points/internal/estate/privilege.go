package estate

import (
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/sid"
)

// Privilege is an account or a group that belongs to a privileged group, and the first such group that led to it (ANSSI, vuln_privileged_*).
type Privilege struct {
	ID      model.ID
	Via     model.ID // privileged group; None for the account 500
	Account *Account // nil for a group
}

// PrivilegedGroups lists the privileged groups that exist in the domain, in the order of the list: Administrators and the
// operators, then those of the domain, then those of the forest root.
func (d *Domain) PrivilegedGroups() []model.ID {
	var out []model.ID
	add := func(id model.ID, ok bool) {
		if ok {
			out = append(out, id)
		}
	}
	for _, s := range builtinPrivileged() {
		add(d.Builtin(s))
	}
	for _, rid := range domainPrivileged() {
		add(d.Group(rid))
	}
	return out
}

func builtinPrivileged() []sid.SID {
	return []sid.SID{sid.Administrators, sid.AccountOperators, sid.ServerOperators, sid.PrintOperators, sid.BackupOperators}
}

// domainPrivileged lists relative identifiers; those of the forest (518, 519, 527) exist in its root domain only.
func domainPrivileged() []uint32 {
	return []uint32{
		sid.RIDDomainAdmins, sid.RIDDomainControllers, sid.RIDSchemaAdmins, sid.RIDEnterpriseAdmins, sid.RIDKeyAdmins,
		sid.RIDEnterpriseKeyAdmins,
	}
}

// PrivilegedMembers lists the accounts and groups that belong at any depth to the privileged groups of the domain, and the
// account 500, by object, each once. Privileged groups that are members of others are among them.
func (d *Domain) PrivilegedMembers() []Privilege {
	if d.privilegedDone {
		return d.privilegedList
	}
	d.privilegedDone = true
	seen := d.walk()
	if id, ok := d.Forest.Dir.BySID(d.Info.SID.Append(sid.RIDAdministrator)); ok && !seen[id] {
		if a := d.Forest.AccountOf(id); a != nil {
			d.privilegedList = append(d.privilegedList, Privilege{ID: id, Via: model.None, Account: a})
		}
	}
	slices.SortFunc(d.privilegedList, func(a, b Privilege) int { return int(a.ID) - int(b.ID) })
	slices.Sort(d.LostMembers)
	d.LostMembers = slices.Compact(d.LostMembers)
	return d.privilegedList
}

// walk adds the members of the privileged groups, the nearest first, so that the group given for a member is the one by which
// the fewest steps lead to it. It gives what was met; that also ends cycles.
func (d *Domain) walk() map[model.ID]bool {
	type step struct{ group, via model.ID }
	dir := d.Forest.Dir
	seen := make(map[model.ID]bool)
	var queue []step
	for _, group := range d.PrivilegedGroups() {
		queue = append(queue, step{group, group})
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		d.noteLost(at.group)
		for id := range dir.Members(at.group) {
			if seen[id] {
				continue
			}
			seen[id] = true
			a := d.Forest.AccountOf(id)
			isGroup := dir.Is(id, "group")
			if a == nil && !isGroup {
				continue // contact, principal of another forest
			}
			d.privilegedList = append(d.privilegedList, Privilege{ID: id, Via: at.via, Account: a})
			if isGroup {
				queue = append(queue, step{id, at.via})
			}
		}
	}
	return seen
}

// noteLost notes the members that the group names and that no source gave: what they are is unknown.
func (d *Domain) noteLost(group model.ID) {
	for dn := range d.Forest.Dir.UnresolvedMembers(group) {
		if !strings.Contains(strings.ToLower(dn), ",cn=foreignsecurityprincipals,") {
			d.LostMembers = append(d.LostMembers, dn)
		}
	}
}

// PrivilegedAccounts lists the privileged accounts, domain controllers left out.
func (d *Domain) PrivilegedAccounts() []Privilege {
	return slices.DeleteFunc(slices.Clone(d.PrivilegedMembers()), func(p Privilege) bool {
		return p.Account == nil || p.Account.Controller()
	})
}

// Via gives the parameter that says through which group an account is privileged.
func (d *Domain) Via(p Privilege) string {
	if p.Via == model.None {
		return ""
	}
	return d.Forest.AccountName(p.Via)
}

// findPrivileged marks whoever is privileged in any domain: groups and accounts, controllers included.
func (f *Forest) findPrivileged() {
	f.Privileged = make(map[model.ID]bool)
	for _, d := range f.Domains {
		for _, group := range d.PrivilegedGroups() {
			f.Privileged[group] = true
		}
		for _, p := range d.PrivilegedMembers() {
			f.Privileged[p.ID] = true
		}
	}
}

// Trusted tells whether a principal is privileged, so that rights in its hands are no weakness: the system, domain
// controllers, the privileged groups of any domain of the forest, collected or not, and their members.
func (f *Forest) Trusted(s sid.SID) bool {
	switch s {
	case sid.LocalSystem, sid.EnterpriseDCs:
		return true
	}
	if slices.Contains(builtinPrivileged(), s) {
		return true
	}
	if rid, ok := s.RID(); ok && s.IsAccount() && f.Ours(s.Domain()) &&
		(slices.Contains(domainPrivileged(), rid) || rid == sid.RIDAdministrator || rid == sid.RIDKrbtgt) {
		return true
	}
	id, ok := f.Dir.BySID(s)
	return ok && f.Privileged[id]
}

// Ours tells whether a SID is that of a domain of the forest.
func (f *Forest) Ours(domainSID sid.SID) bool {
	return slices.Contains(f.Foreign, domainSID) ||
		slices.ContainsFunc(f.Domains, func(d *Domain) bool { return d.Info.SID == domainSID })
}

// Holds tells whether whoever is trustee has the SID other in its token. Membership is that of the collected groups.
func (f *Forest) Holds(trustee, other sid.SID) bool {
	switch other {
	case trustee, sid.Everyone:
		return trustee != sid.Anonymous || other == trustee
	case sid.AuthenticatedUsers:
		return trustee != sid.Everyone && trustee != sid.Anonymous
	}
	group, ok := f.Dir.BySID(other)
	if !ok || !f.Dir.Is(group, "group") {
		return false
	}
	holder, ok := f.Dir.BySID(trustee)
	if !ok {
		return false
	}
	groups, ok := f.tokens[holder]
	if !ok {
		groups = f.Dir.AllGroupsOf(holder)
		f.tokens[holder] = groups
	}
	_, found := slices.BinarySearch(groups, group)
	return found
}
