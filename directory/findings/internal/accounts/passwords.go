package accounts

import (
	"time"

	"hygie/directory/findings/rule"
	"hygie/directory/model"
)

// Lengths of fine-grained policies: 8 is the figure of the point about privileged accounts; 12 is ours, what is usually advised
// for a password without a second factor.
const (
	weakLength    = 8
	advisedLength = 12
	longestAge    = 3 * 365 * 24 * time.Hour
)

// NoFinePolicy lists the privileged people that follow the policy of the domain (ANSSI, warning_password_policy_pso_missing).
func NoFinePolicy(o *rule.Outcome) {
	rule.RequireMembers(o)
	for _, m := range o.Privileged() {
		a, ok := o.Account(m.ID)
		if !ok || !a.Person() || !a.Enabled() || !o.Contains(m.ID) {
			continue
		}
		switch p := o.PolicyOf(m.ID); {
		case p.Undecided != "":
			o.Missing(p.Undecided)
		case !p.Fine:
			o.Found(m.ID, rule.Because("no_fine_policy", "group", m.Via))
		}
	}
}

// finePolicies lists the fine-grained policies; only administrators can see them by default.
func finePolicies(o *rule.Outcome) []model.ID {
	list := o.OfClass("msDS-PasswordSettings")
	if len(list) == 0 && !o.Covers("msDS-PasswordSettings") {
		o.Missing("objects:msDS-PasswordSettings")
	}
	for a := range o.Accounts() {
		if name, ok := o.Dir.Text(a.ID(), "msDS-PSOApplied"); ok {
			if _, known := o.Dir.ByDN(name); !known {
				o.Missing("object:" + name)
			}
		}
	}
	return list
}

// WeakFinePolicies finds the policies that are weak, or those that are acceptable and below what is advised (ANSSI,
// warning_password_policy_pso_weak).
func WeakFinePolicies(o *rule.Outcome, weak bool) {
	for _, id := range finePolicies(o) {
		length, ok := o.Dir.Int(id, "msDS-MinimumPasswordLength")
		if !ok {
			o.Missing("msDS-PasswordSettings:msDS-MinimumPasswordLength")
			continue
		}
		age, never, aged := o.Dir.Interval(id, "msDS-MaximumPasswordAge")
		complexity, _ := o.Dir.Text(id, "msDS-PasswordComplexityEnabled")
		reversible, _ := o.Dir.Text(id, "msDS-PasswordReversibleEncryptionEnabled")
		bad := ""
		switch {
		case reversible == "TRUE":
			bad = "pso_reversible"
		case length < weakLength:
			bad = "pso_short"
		case complexity == "FALSE":
			bad = "pso_simple"
		case aged && (never || age > longestAge):
			bad = "pso_long_lived"
		}
		switch {
		case weak && bad != "":
			o.Found(id, rule.Because("pso_weak", "weakness", bad, "length", length))
		case !weak && bad == "" && length < advisedLength:
			o.Found(id, rule.Because("pso_below", "length", length, "limit", advisedLength))
		}
	}
}

// ListFinePolicies lists the fine-grained policies and to whom they apply (ANSSI, info_password_policy_pso).
func ListFinePolicies(o *rule.Outcome) {
	for _, id := range finePolicies(o) {
		length, _ := o.Dir.Text(id, "msDS-MinimumPasswordLength")
		precedence, _ := o.Dir.Text(id, "msDS-PasswordSettingsPrecedence")
		var targets []string
		for to := range o.Dir.Linked(id, "msDS-PSOAppliesTo") {
			targets = append(targets, o.NameOf(to))
		}
		o.Found(id, rule.Because("pso_listed", "length", length, "precedence", precedence, "targets", targets))
	}
}
