package policies

import (
	"slices"
	"strings"

	"hygie/directory/findings/rule"
	"hygie/directory/model"
)

// ListPolicies lists the group policies with the number of their links and their state (MS-GPOL 2.2.4: flags).
func ListPolicies(o *rule.Outcome) {
	if !o.Covers("groupPolicyContainer") {
		o.Missing("objects:groupPolicyContainer")
	}
	links := make(map[model.ID]int)
	count := func(id model.ID) {
		text, _ := o.Dir.Text(id, "gPLink")
		for part := range strings.SplitSeq(text, "[") {
			dn, _, ok := strings.Cut(part, ";")
			if len(dn) < 7 || !ok || !strings.EqualFold(dn[:7], "LDAP://") {
				continue
			}
			if to, ok := o.Dir.ByDN(dn[7:]); ok {
				links[to]++
			}
		}
	}
	if o.Domain().Root != model.None {
		count(o.Domain().Root)
	}
	for _, id := range slices.Concat(o.OfClass("organizationalUnit"), o.Settings("site")) {
		count(id)
	}
	for _, id := range o.OfClass("groupPolicyContainer") {
		name, _ := o.Dir.Text(id, "displayName")
		flags, _ := o.Dir.Int(id, "flags")
		state := [4]string{"gpo_on", "gpo_user_off", "gpo_machine_off", "gpo_off"}[flags&3]
		o.Found(id, rule.Because("gpo_listed", "name", name, "count", links[id], "state", state))
	}
}
