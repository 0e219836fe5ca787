package accounts

import (
	"cmp"
	"slices"
	"time"

	"hygie/directory/model"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
)

// policy is a password policy: that of the domain or a fine-grained one (MS-ADTS 3.1.1.4.5.36).
type policy struct {
	ID        model.ID
	Fine      bool
	Length    int64
	MaxAge    time.Duration
	NoExpiry  bool
	changed   int64  // seconds; when the policy was last written
	Undecided string // what is missing to know the policy
}

// PolicyOf gives the policy in force for a person: the fine-grained policy that applies directly, else through a group, with
// the lowest precedence, else that of the domain (MS-ADTS 3.1.1.4.5.36).
func PolicyOf(d *estate.Domain, id model.ID) policy {
	dir := d.Forest.Dir
	if p, ok := finePolicy(d, id, []model.ID{id}); ok {
		return p
	}
	groups := append([]model.ID{}, dir.AllGroupsOf(id)...)
	if p, ok := finePolicy(d, id, groups); ok {
		return p
	}
	if !dir.Covers(d.Info.DN, "msDS-PasswordSettings") {
		return policy{Undecided: "objects:msDS-PasswordSettings"}
	}
	root := d.Info.Root
	p := policy{ID: root}
	if root == model.None {
		p.Undecided = "object:" + d.Info.DN
		return p
	}
	var ok bool
	if p.Length, ok = dir.Int(root, "minPwdLength"); !ok {
		p.Undecided = "domainDNS:minPwdLength"
	}
	if p.MaxAge, p.NoExpiry, ok = dir.Interval(root, "maxPwdAge"); !ok {
		p.Undecided = "domainDNS:maxPwdAge"
	}
	return p
}

// finePolicy gives the fine-grained policy that applies to one of the principals. The objects of these policies are readable
// by administrators only: a policy known by its back-link and not collected leaves the question open.
func finePolicy(d *estate.Domain, person model.ID, principals []model.ID) (policy, bool) {
	dir := d.Forest.Dir
	var best []model.ID
	for _, id := range d.OfClass("msDS-PasswordSettings") {
		if !dir.Collected(id, "msDS-PSOAppliesTo") {
			return policy{Undecided: "msDS-PasswordSettings:msDS-PSOAppliesTo"}, true
		}
		for target := range dir.Linked(id, "msDS-PSOAppliesTo") {
			if slices.Contains(principals, target) {
				best = append(best, id)
				break
			}
		}
	}
	for _, id := range principals {
		for _, name := range dir.Texts(id, "msDS-PSOApplied") {
			if _, ok := dir.ByDN(name); !ok {
				return policy{Undecided: "object:" + name}, true
			}
		}
	}
	if name, ok := dir.Text(person, "msDS-ResultantPSO"); ok {
		if id, found := dir.ByDN(name); found {
			best = []model.ID{id}
		} else {
			return policy{Undecided: "object:" + name}, true
		}
	}
	if len(best) == 0 {
		return policy{}, false
	}
	id := slices.MinFunc(best, func(a, b model.ID) int {
		x, _ := dir.Int(a, "msDS-PasswordSettingsPrecedence")
		y, _ := dir.Int(b, "msDS-PasswordSettingsPrecedence")
		ga, gb := dir.GUID(a), dir.GUID(b)
		return cmp.Or(cmp.Compare(x, y), slices.Compare(ga[:], gb[:]))
	})
	p := policy{ID: id, Fine: true}
	var ok bool
	if p.Length, ok = dir.Int(id, "msDS-MinimumPasswordLength"); !ok {
		p.Undecided = "msDS-PasswordSettings:msDS-MinimumPasswordLength"
	}
	if p.MaxAge, p.NoExpiry, ok = dir.Interval(id, "msDS-MaximumPasswordAge"); !ok {
		p.Undecided = "msDS-PasswordSettings:msDS-MaximumPasswordAge"
	}
	if t, ok := dir.GeneralizedTime(id, "whenChanged"); ok {
		p.changed = t.Unix()
	}
	return p, true
}

const day = 24 * time.Hour

// privilegedPolicy fails the privileged people whose policy allows a short or everlasting password. Computers and managed
// service accounts do not follow password policies.
func privilegedPolicy(d *estate.Domain, o *rule.Outcome) {
	length, days := o.Limit(2, "length"), o.Limit(2, "max_age_days")
	for _, p := range o.PrivilegedAccounts() {
		home := d.Forest.DomainOf(p.ID)
		if p.Account.Kind != estate.PersonKind || home == nil {
			continue
		}
		rule := PolicyOf(home, p.ID)
		if rule.Undecided != "" {
			o.Missing(rule.Undecided)
			continue
		}
		name := d.Forest.Dir.Name(rule.ID)
		switch {
		case rule.Length < length:
			o.Fail(p.ID, reasons.Because("policy_short", "length", rule.Length, "limit", length, "policy", name, "group", d.Via(p)))
		case rule.NoExpiry:
			o.Fail(p.ID, reasons.Because("policy_no_expiry", "policy", name, "limit", days, "group", d.Via(p)))
		case rule.MaxAge > time.Duration(days)*day:
			o.Fail(p.ID, reasons.Because("policy_long_age", "days", int64(rule.MaxAge/day), "limit", days, "policy", name, "group", d.Via(p)))
		}
	}
}
