package accounts

import (
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
	"hygie/directory/sid"
)

// Privileged lists the points about privileged accounts (ANSSI, vuln_privileged_*).
func Privileged() []rule.Record {
	const family = "privileged"
	account := []rule.Need{{Class: estate.ClassUser, Attribute: estate.AttrUserAccountControl}}
	return []rule.Record{
		// The list gives two thresholds, 50 accounts or three times the number of domains, without saying how they combine.
		// The larger applies here: below it, no reading of the list condemns a domain for certain.
		{Point: rule.Point{ID: "vuln_privileged_members", Family: family, Levels: []int{1, 2}, Limits: []rule.Limit{
			{Level: 1, Name: "accounts", Value: 50}, {Level: 1, Name: "accounts_per_domain", Value: 3}, {Level: 2, Name: "accounts", Value: 50}, {Level: 2, Name: "accounts_per_domain", Value: 3}}},
			Decide: privilegedCount},
		{Point: rule.Point{ID: "vuln_dont_expire_priv", Family: family, Levels: []int{1}}, Reads: account,
			Decide: func(d *estate.Domain, o *rule.Outcome) {
				privilegedFlag(d, o, estate.UACDontExpire, "privileged_never_expires")
			}},
		{Point: rule.Point{ID: "vuln_password_change_priv", Family: family, Levels: []int{1}, Limits: []rule.Limit{{Level: 1, Name: "age_days", Value: 3 * 365}}},
			Needs: []rule.Need{{Class: estate.ClassUser, Attribute: "pwdLastSet"}}, Decide: privilegedPasswordAge},
		{Point: rule.Point{ID: "vuln_privileged_members_password", Family: family, Levels: []int{2}, Limits: []rule.Limit{
			{Level: 2, Name: "length", Value: 8}, {Level: 2, Name: "max_age_days", Value: 3 * 365}}}, Decide: privilegedPolicy},
		{Point: rule.Point{ID: "vuln_privileged_members_no_admincount", Family: family, Levels: []int{2}},
			Needs: []rule.Need{{Class: estate.ClassUser, Attribute: "adminCount"}, {Class: "group", Attribute: "adminCount"}}, Decide: privilegedAdminCount},
		{Point: rule.Point{ID: "vuln_protected_users", Family: family, Levels: []int{3}}, Needs: []rule.Need{{Class: "group", Attribute: "member"}},
			Absence: true, Decide: protectedUsers},
		{Point: rule.Point{ID: "vuln_silo_priv", Family: family, Levels: []int{4}}, Configuration: true, Decide: silos},
	}
}

// privilegedFlag fails the privileged accounts that have a bit of userAccountControl.
func privilegedFlag(d *estate.Domain, o *rule.Outcome, bit uint32, code string) {
	for _, p := range o.PrivilegedAccounts() {
		switch {
		case p.Account.Has(bit):
			o.Fail(p.ID, reasons.Because(code, "group", d.Via(p), "state", state(p.Account)))
		case p.Account.Known&bit == 0:
			o.Missing(estate.ClassUser + ":" + estate.AttrUserAccountControl)
		}
	}
}

// state is the word that says whether an account is disabled, for the reasons of rules that count disabled accounts.
func state(a *estate.Account) string {
	if a.Enabled() {
		return "enabled"
	}
	return "disabled"
}

func privilegedCount(d *estate.Domain, o *rule.Outcome) {
	list := slices.DeleteFunc(o.PrivilegedAccounts(), func(p estate.Privilege) bool { return isRID500(d, p.ID) })
	distinct := int64(len(list))
	byName := make(map[string]bool)
	for _, other := range d.Forest.Domains {
		for _, p := range other.PrivilegedAccounts() {
			name, ok := d.Forest.Dir.Text(p.ID, "sAMAccountName")
			if !ok {
				name = d.Forest.Dir.DN(p.ID)
			}
			if !isRID500(other, p.ID) {
				byName[strings.ToLower(name)] = true
			}
		}
	}
	people := int64(len(byName))
	domains := int64(len(d.Forest.Domains))
	threshold := func(level int) int64 {
		return max(o.Limit(level, "accounts"), o.Limit(level, "accounts_per_domain")*domains)
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
	o.FailDomain(reasons.Because("privileged_too_many", "count", distinct, "names", people, "threshold", threshold(2)), levels...)
	if slices.Contains(levels, 2) {
		for _, p := range list {
			o.Fail(p.ID, reasons.Because("privileged_member", "group", d.Via(p), "state", state(p.Account)), 2)
		}
	}
}

// isRID500 tells whether an object is the built-in administrator of its domain.
func isRID500(d *estate.Domain, id model.ID) bool {
	s := d.Forest.Dir.SID(id)
	rid, ok := s.RID()
	return ok && s.IsAccount() && rid == sid.RIDAdministrator
}

func privilegedPasswordAge(d *estate.Domain, o *rule.Outcome) {
	days := o.Limit(1, "age_days")
	for _, p := range o.PrivilegedAccounts() {
		if passwordOlder(o, p.Account, days) {
			r := oldPassword(d.Forest, p.Account, days)
			r.Params = append(r.Params, reasons.Param{Name: "group", Value: d.Via(p)}, reasons.Param{Name: "state", Value: state(p.Account)})
			o.Fail(p.ID, r)
		}
	}
}

// PasswordOlder tells whether a password is older than a number of days (ANSSI, vuln_password_*). A date of zero says nothing about the password: it
// is then as old as the account, and younger when the age of the account is not known.
func PasswordOlder(f *estate.Forest, a *estate.Account, days int64) bool {
	if a.PasswordSet > 0 {
		return f.Older(a.PasswordSet, days)
	}
	return a.Created > 0 && f.Older(a.Created, days)
}

// passwordOlder is that of the forest, and says so when the age of the account would be needed and is not known.
func passwordOlder(o *rule.Outcome, a *estate.Account, days int64) bool {
	if a.PasswordSet == 0 && a.Created == 0 {
		o.Missing(o.Domain.Forest.Dir.Class(a.ID) + ":whenCreated")
	}
	return PasswordOlder(o.Domain.Forest, a, days)
}

// oldPassword is the reason of an account whose password is older than a number of days.
func oldPassword(f *estate.Forest, a *estate.Account, days int64) reasons.Reason {
	if a.PasswordSet > 0 {
		return reasons.Because("password_age", "days", f.AgeDays(a.PasswordSet), "date", estate.Date(a.PasswordSet), "limit", days)
	}
	return reasons.Because("password_never_set", "date", estate.Date(a.Created), "limit", days)
}

// privilegedAdminCount fails the members of privileged groups that the protection of AdminSDHolder has not marked. Members
// from another domain are left to it: the marking runs in each domain on its own objects (MS-ADTS 3.1.1.6.1).
func privilegedAdminCount(d *estate.Domain, o *rule.Outcome) {
	o.Lost()
	for _, p := range d.PrivilegedMembers() {
		if p.Via == model.None || d.Forest.DomainOf(p.ID) != d || (p.Account != nil && p.Account.Controller()) {
			continue
		}
		if n, ok := d.Forest.Dir.Int(p.ID, "adminCount"); !ok || n == 0 {
			o.Fail(p.ID, reasons.Because("admincount_unset", "group", d.Via(p)))
		}
	}
}

// protectedUsers fails the privileged people that Protected Users does not cover. Computers and managed service accounts are
// left out: that group breaks them and its documentation forbids it.
func protectedUsers(d *estate.Domain, o *rule.Outcome) {
	protected := make(map[model.ID]bool)
	for _, each := range d.Forest.Domains {
		if group, ok := each.Group(sid.RIDProtectedUsers); ok {
			for _, id := range d.Forest.Dir.MembersOf(group) {
				protected[id] = true
			}
		}
	}
	for _, p := range o.PrivilegedAccounts() {
		if p.Account.Kind == estate.PersonKind && !protected[p.ID] {
			o.Fail(p.ID, reasons.Because("not_in_protected_users", "group", d.Via(p), "state", state(p.Account)))
		}
	}
}

// silos fails the privileged accounts that no enforced authentication silo holds (MS-ADTS 6.1.1.4.1.2; MS-KILE 3.3.5.5).
func silos(d *estate.Domain, o *rule.Outcome) {
	const assigned, enforced, members = "msDS-AssignedAuthNPolicySilo", "msDS-AuthNPolicySiloEnforced", "msDS-AuthNPolicySiloMembers"
	dir := d.Forest.Dir
	impossible := d.Info.FunctionalLevel >= 0 && d.Info.FunctionalLevel < estate.Level2012R2
	if !impossible {
		if !o.NeedConfiguration() {
			return
		}
		if !d.Collects(estate.ClassUser, assigned) {
			o.Missing("user:" + assigned)
			return
		}
	}
	for _, p := range o.PrivilegedAccounts() {
		silo, found := model.None, false
		for id := range dir.Linked(p.ID, assigned) {
			silo, found = id, true
		}
		name, named := dir.Text(p.ID, assigned)
		switch {
		case !named:
			o.Fail(p.ID, reasons.Because("silo_none", "group", d.Via(p), "state", state(p.Account)))
		case !found:
			o.Missing("object:" + name)
		case !dir.Collected(silo, enforced):
			o.Missing("msDS-AuthNPolicySilo:" + enforced)
		case !dir.Collected(silo, members):
			o.Missing("msDS-AuthNPolicySilo:" + members)
		case !isTrue(dir, silo, enforced):
			o.Fail(p.ID, reasons.Because("silo_not_enforced", "group", d.Via(p), "silo", name))
		case !slices.Contains(slices.Collect(dir.Linked(silo, members)), p.ID):
			o.Fail(p.ID, reasons.Because("silo_not_member", "group", d.Via(p), "silo", name))
		}
	}
}

func isTrue(dir *model.Directory, id model.ID, attribute string) bool {
	v, ok := dir.Bool(id, attribute)
	return ok && v
}
