package findings

import (
	"time"

	"hygie/directory/model"
)

// Lengths of fine-grained policies: 8 is the figure of the point about privileged accounts; 12 is ours, what is usually advised
// for a password without a second factor.
const (
	weakLength    = 8
	advisedLength = 12
	longestAge    = 3 * 365 * 24 * time.Hour
)

// noFinePolicy lists the privileged people that follow the policy of the domain.
func noFinePolicy(o *outcome) {
	lost(o)
	for _, m := range o.Privileged() {
		a, ok := o.Account(m.ID)
		if !ok || !a.Person() || !a.Enabled() || !o.Contains(m.ID) {
			continue
		}
		switch p := o.PolicyOf(m.ID); {
		case p.Undecided != "":
			o.missing(p.Undecided)
		case !p.Fine:
			o.found(m.ID, because("no_fine_policy", "group", m.Via))
		}
	}
}

// finePolicies lists the fine-grained policies; only administrators can see them by default.
func finePolicies(o *outcome) []model.ID {
	list := o.OfClass("msDS-PasswordSettings")
	if len(list) == 0 && !o.Covers("msDS-PasswordSettings") {
		o.missing("objects:msDS-PasswordSettings")
	}
	for a := range o.Accounts() {
		if name, ok := o.dir.Text(a.ID(), "msDS-PSOApplied"); ok {
			if _, known := o.dir.ByDN(name); !known {
				o.missing("object:" + name)
			}
		}
	}
	return list
}

// weakFinePolicies finds the policies that are weak, or those that are acceptable and below what is advised.
func weakFinePolicies(o *outcome, weak bool) {
	for _, id := range finePolicies(o) {
		length, ok := o.dir.Int(id, "msDS-MinimumPasswordLength")
		if !ok {
			o.missing("msDS-PasswordSettings:msDS-MinimumPasswordLength")
			continue
		}
		age, never, aged := o.dir.Interval(id, "msDS-MaximumPasswordAge")
		complexity, _ := o.dir.Text(id, "msDS-PasswordComplexityEnabled")
		reversible, _ := o.dir.Text(id, "msDS-PasswordReversibleEncryptionEnabled")
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
			o.found(id, because("pso_weak", "weakness", bad, "length", length))
		case !weak && bad == "" && length < advisedLength:
			o.found(id, because("pso_below", "length", length, "limit", advisedLength))
		}
	}
}

func listFinePolicies(o *outcome) {
	for _, id := range finePolicies(o) {
		length, _ := o.dir.Text(id, "msDS-MinimumPasswordLength")
		precedence, _ := o.dir.Text(id, "msDS-PasswordSettingsPrecedence")
		var targets []string
		for to := range o.dir.Linked(id, "msDS-PSOAppliesTo") {
			targets = append(targets, o.NameOf(to))
		}
		o.found(id, because("pso_listed", "length", length, "precedence", precedence, "targets", targets))
	}
}
