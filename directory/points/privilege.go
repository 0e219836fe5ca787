package points

import (
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/sid"
)

// privilege is an account or a group that belongs to a privileged group, and the first such group that led to it.
type privilege struct {
	id      model.ID
	via     model.ID // privileged group; None for the account 500
	account *account // nil for a group
}

// privilegedGroups lists the privileged groups that exist in the domain, in the order of the list: Administrators and the
// operators, then those of the domain, then those of the forest root.
func (d *domain) privilegedGroups() []model.ID {
	var out []model.ID
	add := func(id model.ID, ok bool) {
		if ok {
			out = append(out, id)
		}
	}
	for _, s := range builtinPrivileged() {
		add(d.builtin(s))
	}
	for _, rid := range domainPrivileged() {
		add(d.group(rid))
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

// privilegedMembers lists the accounts and groups that belong at any depth to the privileged groups of the domain, and the
// account 500, by object, each once. Privileged groups that are members of others are among them.
func (d *domain) privilegedMembers() []privilege {
	if d.privilegedDone {
		return d.privilegedList
	}
	d.privilegedDone = true
	seen := d.walk()
	if id, ok := d.forest.dir.BySID(d.info.SID.Append(sid.RIDAdministrator)); ok && !seen[id] {
		if a := d.forest.accountOf(id); a != nil {
			d.privilegedList = append(d.privilegedList, privilege{id: id, via: model.None, account: a})
		}
	}
	slices.SortFunc(d.privilegedList, func(a, b privilege) int { return int(a.id) - int(b.id) })
	slices.Sort(d.lostMembers)
	d.lostMembers = slices.Compact(d.lostMembers)
	return d.privilegedList
}

// walk adds the members of the privileged groups, the nearest first, so that the group given for a member is the one by which
// the fewest steps lead to it. It gives what was met; that also ends cycles.
func (d *domain) walk() map[model.ID]bool {
	type step struct{ group, via model.ID }
	dir := d.forest.dir
	seen := make(map[model.ID]bool)
	var queue []step
	for _, group := range d.privilegedGroups() {
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
			a := d.forest.accountOf(id)
			isGroup := dir.Is(id, "group")
			if a == nil && !isGroup {
				continue // contact, principal of another forest
			}
			d.privilegedList = append(d.privilegedList, privilege{id: id, via: at.via, account: a})
			if isGroup {
				queue = append(queue, step{id, at.via})
			}
		}
	}
	return seen
}

// noteLost notes the members that the group names and that no source gave: what they are is unknown.
func (d *domain) noteLost(group model.ID) {
	for dn := range d.forest.dir.UnresolvedMembers(group) {
		if !strings.Contains(strings.ToLower(dn), ",cn=foreignsecurityprincipals,") {
			d.lostMembers = append(d.lostMembers, dn)
		}
	}
}

// privilegedAccounts lists the privileged accounts, domain controllers left out.
func (d *domain) privilegedAccounts() []privilege {
	return slices.DeleteFunc(slices.Clone(d.privilegedMembers()), func(p privilege) bool {
		return p.account == nil || p.account.controller()
	})
}

// privilegedAccounts gives the privileged accounts, and says when some of them are not known.
func (o *outcome) privilegedAccounts() []privilege {
	list := o.domain.privilegedAccounts()
	o.lost()
	return list
}

// lost says which members of privileged groups no source gave.
func (o *outcome) lost() {
	const shown = 20
	for i, dn := range o.domain.lostMembers {
		if i == shown {
			break
		}
		o.missing("object:" + dn)
	}
	o.lack([]need{{classUser, "primaryGroupID"}, {"group", "member"}})
	if _, ok := o.domain.builtin(sid.Administrators); !ok {
		o.missing("object:" + sid.Administrators.String())
	}
	if _, ok := o.domain.group(sid.RIDDomainAdmins); !ok {
		o.missing("object:" + o.domain.info.SID.Append(sid.RIDDomainAdmins).String())
	}
}

// via gives the parameter that says through which group an account is privileged.
func (d *domain) via(p privilege) string {
	if p.via == model.None {
		return ""
	}
	return d.forest.accountName(p.via)
}

// findPrivileged marks whoever is privileged in any domain: groups and accounts, controllers included.
func (f *forest) findPrivileged() {
	f.privileged = make(map[model.ID]bool)
	for _, d := range f.domains {
		for _, group := range d.privilegedGroups() {
			f.privileged[group] = true
		}
		for _, p := range d.privilegedMembers() {
			f.privileged[p.id] = true
		}
	}
}

// Trusted tells whether a principal is privileged, so that rights in its hands are no weakness: the system, domain
// controllers, the privileged groups of any domain of the forest, collected or not, and their members.
func (f *forest) Trusted(s sid.SID) bool {
	switch s {
	case sid.LocalSystem, sid.EnterpriseDCs:
		return true
	}
	if slices.Contains(builtinPrivileged(), s) {
		return true
	}
	if rid, ok := s.RID(); ok && s.IsAccount() && f.ours(s.Domain()) &&
		(slices.Contains(domainPrivileged(), rid) || rid == sid.RIDAdministrator || rid == sid.RIDKrbtgt) {
		return true
	}
	id, ok := f.dir.BySID(s)
	return ok && f.privileged[id]
}

// ours tells whether a SID is that of a domain of the forest.
func (f *forest) ours(domainSID sid.SID) bool {
	return slices.Contains(f.foreign, domainSID) ||
		slices.ContainsFunc(f.domains, func(d *domain) bool { return d.info.SID == domainSID })
}

// Holds tells whether whoever is trustee has the SID other in its token. Membership is that of the collected groups.
func (f *forest) Holds(trustee, other sid.SID) bool {
	switch other {
	case trustee, sid.Everyone:
		return trustee != sid.Anonymous || other == trustee
	case sid.AuthenticatedUsers:
		return trustee != sid.Everyone && trustee != sid.Anonymous
	}
	group, ok := f.dir.BySID(other)
	if !ok || !f.dir.Is(group, "group") {
		return false
	}
	holder, ok := f.dir.BySID(trustee)
	if !ok {
		return false
	}
	groups, ok := f.tokens[holder]
	if !ok {
		groups = f.dir.AllGroupsOf(holder)
		f.tokens[holder] = groups
	}
	_, found := slices.BinarySearch(groups, group)
	return found
}
