package points

import (
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/sid"
)

func privilegedRecords() []record {
	const family = "privileged"
	account := []need{{classUser, attrUserAccountControl}}
	return []record{
		// The list gives two thresholds, 50 accounts or three times the number of domains, without saying how they combine.
		// The larger applies here: below it, no reading of the list condemns a domain for certain.
		{Point: Point{ID: "vuln_privileged_members", Family: family, Levels: []int{1, 2}, Limits: []Limit{
			{1, "accounts", 50}, {1, "accounts_per_domain", 3}, {2, "accounts", 50}, {2, "accounts_per_domain", 3}}},
			decide: (*domain).privilegedCount},
		{Point: Point{ID: "vuln_dont_expire_priv", Family: family, Levels: []int{1}}, reads: account,
			decide: func(d *domain, o *outcome) { d.privilegedFlag(o, uacDontExpire, "privileged_never_expires") }},
		{Point: Point{ID: "vuln_password_change_priv", Family: family, Levels: []int{1}, Limits: []Limit{{1, "age_days", 3 * 365}}},
			needs: []need{{classUser, "pwdLastSet"}}, decide: (*domain).privilegedPasswordAge},
		{Point: Point{ID: "vuln_privileged_members_password", Family: family, Levels: []int{2}, Limits: []Limit{
			{2, "length", 8}, {2, "max_age_days", 3 * 365}}}, decide: (*domain).privilegedPolicy},
		{Point: Point{ID: "vuln_privileged_members_no_admincount", Family: family, Levels: []int{2}},
			needs: []need{{classUser, "adminCount"}, {"group", "adminCount"}}, decide: (*domain).privilegedAdminCount},
		{Point: Point{ID: "vuln_protected_users", Family: family, Levels: []int{3}}, needs: []need{{"group", "member"}},
			absence: true, decide: (*domain).protectedUsers},
		{Point: Point{ID: "vuln_silo_priv", Family: family, Levels: []int{4}}, configuration: true, decide: (*domain).silos},
	}
}

// privilegedFlag fails the privileged accounts that have a bit of userAccountControl.
func (d *domain) privilegedFlag(o *outcome, bit uint32, code string) {
	for _, p := range o.privilegedAccounts() {
		switch {
		case p.account.has(bit):
			o.fail(p.id, because(code, "group", d.via(p), "state", p.account.state()))
		case p.account.known&bit == 0:
			o.missing(classUser + ":" + attrUserAccountControl)
		}
	}
}

// state is the word that says whether an account is disabled, for the reasons of rules that count disabled accounts.
func (a *account) state() string {
	if a.enabled() {
		return "enabled"
	}
	return "disabled"
}

func (d *domain) privilegedCount(o *outcome) {
	list := slices.DeleteFunc(o.privilegedAccounts(), func(p privilege) bool { return d.isRID500(p.id) })
	distinct := int64(len(list))
	byName := make(map[string]bool)
	for _, other := range d.forest.domains {
		for _, p := range other.privilegedAccounts() {
			name, ok := d.forest.dir.Text(p.id, "sAMAccountName")
			if !ok {
				name = d.forest.dir.DN(p.id)
			}
			if !other.isRID500(p.id) {
				byName[strings.ToLower(name)] = true
			}
		}
	}
	people := int64(len(byName))
	domains := int64(len(d.forest.domains))
	threshold := func(level int) int64 {
		return max(o.limit(level, "accounts"), o.limit(level, "accounts_per_domain")*domains)
	}
	var levels []int
	if people > threshold(1) {
		levels = append(levels, 1)
	}
	if distinct > threshold(2) {
		levels = append(levels, 2)
	}
	if len(levels) == 0 {
		return
	}
	o.failDomain(because("privileged_too_many", "count", distinct, "names", people, "threshold", threshold(2)), levels...)
	if slices.Contains(levels, 2) {
		for _, p := range list {
			o.fail(p.id, because("privileged_member", "group", d.via(p), "state", p.account.state()), 2)
		}
	}
}

// isRID500 tells whether an object is the built-in administrator of its domain.
func (d *domain) isRID500(id model.ID) bool {
	s := d.forest.dir.SID(id)
	rid, ok := s.RID()
	return ok && s.IsAccount() && rid == sid.RIDAdministrator
}

func (d *domain) privilegedPasswordAge(o *outcome) {
	days := o.limit(1, "age_days")
	for _, p := range o.privilegedAccounts() {
		if o.passwordOlder(p.account, days) {
			r := d.forest.oldPassword(p.account, days)
			r.Params = append(r.Params, Param{"group", d.via(p)}, Param{"state", p.account.state()})
			o.fail(p.id, r)
		}
	}
}

// passwordOlder tells whether a password is older than a number of days. A date of zero says nothing about the password: it is
// then as old as the account, and younger when the age of the account is not known.
func (f *forest) passwordOlder(a *account, days int64) bool {
	if a.passwordSet > 0 {
		return f.older(a.passwordSet, days)
	}
	return a.created > 0 && f.older(a.created, days)
}

// passwordOlder is that of the forest, and says so when the age of the account would be needed and is not known.
func (o *outcome) passwordOlder(a *account, days int64) bool {
	if a.passwordSet == 0 && a.created == 0 {
		o.missing(o.domain.forest.dir.Class(a.id) + ":whenCreated")
	}
	return o.domain.forest.passwordOlder(a, days)
}

// oldPassword is the reason of an account whose password is older than a number of days.
func (f *forest) oldPassword(a *account, days int64) Reason {
	if a.passwordSet > 0 {
		return because("password_age", "days", f.ageDays(a.passwordSet), "date", date(a.passwordSet), "limit", days)
	}
	return because("password_never_set", "date", date(a.created), "limit", days)
}

// privilegedAdminCount fails the members of privileged groups that the protection of AdminSDHolder has not marked. Members
// from another domain are left to it: the marking runs in each domain on its own objects (MS-ADTS 3.1.1.6.1).
func (d *domain) privilegedAdminCount(o *outcome) {
	o.lost()
	for _, p := range d.privilegedMembers() {
		if p.via == model.None || d.forest.domainOf(p.id) != d || (p.account != nil && p.account.controller()) {
			continue
		}
		if n, ok := d.forest.dir.Int(p.id, "adminCount"); !ok || n == 0 {
			o.fail(p.id, because("admincount_unset", "group", d.via(p)))
		}
	}
}

// protectedUsers fails the privileged people that Protected Users does not cover. Computers and managed service accounts are
// left out: that group breaks them and its documentation forbids it.
func (d *domain) protectedUsers(o *outcome) {
	protected := make(map[model.ID]bool)
	for _, each := range d.forest.domains {
		if group, ok := each.group(sid.RIDProtectedUsers); ok {
			for _, id := range d.forest.dir.MembersOf(group) {
				protected[id] = true
			}
		}
	}
	for _, p := range o.privilegedAccounts() {
		if p.account.kind == personKind && !protected[p.id] {
			o.fail(p.id, because("not_in_protected_users", "group", d.via(p), "state", p.account.state()))
		}
	}
}

// silos fails the privileged accounts that no enforced authentication silo holds (MS-ADTS 6.1.1.4.1.2; MS-KILE 3.3.5.5).
func (d *domain) silos(o *outcome) {
	const assigned, enforced, members = "msDS-AssignedAuthNPolicySilo", "msDS-AuthNPolicySiloEnforced", "msDS-AuthNPolicySiloMembers"
	dir := d.forest.dir
	impossible := d.info.FunctionalLevel >= 0 && d.info.FunctionalLevel < level2012R2
	if !impossible {
		if !o.needConfiguration() {
			return
		}
		if !d.collects(classUser, assigned) {
			o.missing("user:" + assigned)
			return
		}
	}
	for _, p := range o.privilegedAccounts() {
		silo, found := model.None, false
		for id := range dir.Linked(p.id, assigned) {
			silo, found = id, true
		}
		name, named := dir.Text(p.id, assigned)
		switch {
		case !named:
			o.fail(p.id, because("silo_none", "group", d.via(p), "state", p.account.state()))
		case !found:
			o.missing("object:" + name)
		case !dir.Collected(silo, enforced):
			o.missing("msDS-AuthNPolicySilo:" + enforced)
		case !dir.Collected(silo, members):
			o.missing("msDS-AuthNPolicySilo:" + members)
		case !isTrue(dir, silo, enforced):
			o.fail(p.id, because("silo_not_enforced", "group", d.via(p), "silo", name))
		case !slices.Contains(slices.Collect(dir.Linked(silo, members)), p.id):
			o.fail(p.id, because("silo_not_member", "group", d.via(p), "silo", name))
		}
	}
}

func isTrue(dir *model.Directory, id model.ID, attribute string) bool {
	v, ok := dir.Bool(id, attribute)
	return ok && v
}
