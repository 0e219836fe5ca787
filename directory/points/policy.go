package points

import (
	"cmp"
	"slices"
	"time"

	"hygie/directory/model"
)

// policy is a password policy: that of the domain or a fine-grained one (MS-ADTS 3.1.1.4.5.36).
type policy struct {
	id        model.ID
	fine      bool
	length    int64
	maxAge    time.Duration
	noExpiry  bool
	changed   int64  // seconds; when the policy was last written
	undecided string // what is missing to know the policy
}

// policyOf gives the policy in force for a person: the fine-grained policy that applies directly, else through a group, with
// the lowest precedence, else that of the domain.
func (d *domain) policyOf(id model.ID) policy {
	dir := d.forest.dir
	if p, ok := d.finePolicy(id, []model.ID{id}); ok {
		return p
	}
	groups := append([]model.ID{}, dir.AllGroupsOf(id)...)
	if p, ok := d.finePolicy(id, groups); ok {
		return p
	}
	if !dir.Covers(d.info.DN, "msDS-PasswordSettings") {
		return policy{undecided: "objects:msDS-PasswordSettings"}
	}
	root := d.info.Root
	p := policy{id: root}
	if root == model.None {
		p.undecided = "object:" + d.info.DN
		return p
	}
	var ok bool
	if p.length, ok = dir.Int(root, "minPwdLength"); !ok {
		p.undecided = "domainDNS:minPwdLength"
	}
	if p.maxAge, p.noExpiry, ok = dir.Interval(root, "maxPwdAge"); !ok {
		p.undecided = "domainDNS:maxPwdAge"
	}
	return p
}

// finePolicy gives the fine-grained policy that applies to one of the principals. The objects of these policies are readable
// by administrators only: a policy known by its back-link and not collected leaves the question open.
func (d *domain) finePolicy(person model.ID, principals []model.ID) (policy, bool) {
	dir := d.forest.dir
	var best []model.ID
	for _, id := range d.ofClass("msDS-PasswordSettings") {
		if !dir.Collected(id, "msDS-PSOAppliesTo") {
			return policy{undecided: "msDS-PasswordSettings:msDS-PSOAppliesTo"}, true
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
				return policy{undecided: "object:" + name}, true
			}
		}
	}
	if name, ok := dir.Text(person, "msDS-ResultantPSO"); ok {
		if id, found := dir.ByDN(name); found {
			best = []model.ID{id}
		} else {
			return policy{undecided: "object:" + name}, true
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
	p := policy{id: id, fine: true}
	var ok bool
	if p.length, ok = dir.Int(id, "msDS-MinimumPasswordLength"); !ok {
		p.undecided = "msDS-PasswordSettings:msDS-MinimumPasswordLength"
	}
	if p.maxAge, p.noExpiry, ok = dir.Interval(id, "msDS-MaximumPasswordAge"); !ok {
		p.undecided = "msDS-PasswordSettings:msDS-MaximumPasswordAge"
	}
	if t, ok := dir.GeneralizedTime(id, "whenChanged"); ok {
		p.changed = t.Unix()
	}
	return p, true
}

const day = 24 * time.Hour

// privilegedPolicy fails the privileged people whose policy allows a short or everlasting password. Computers and managed
// service accounts do not follow password policies.
func (d *domain) privilegedPolicy(o *outcome) {
	length, days := o.limit(2, "length"), o.limit(2, "max_age_days")
	for _, p := range o.privilegedAccounts() {
		home := d.forest.domainOf(p.id)
		if p.account.kind != personKind || home == nil {
			continue
		}
		rule := home.policyOf(p.id)
		if rule.undecided != "" {
			o.missing(rule.undecided)
			continue
		}
		name := d.forest.dir.Name(rule.id)
		switch {
		case rule.length < length:
			o.fail(p.id, because("policy_short", "length", rule.length, "limit", length, "policy", name, "group", d.via(p)))
		case rule.noExpiry:
			o.fail(p.id, because("policy_no_expiry", "policy", name, "limit", days, "group", d.via(p)))
		case rule.maxAge > time.Duration(days)*day:
			o.fail(p.id, because("policy_long_age", "days", int64(rule.maxAge/day), "limit", days, "policy", name, "group", d.via(p)))
		}
	}
}
