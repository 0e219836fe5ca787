package policies

import (
	"slices"

	"hygie/directory/findings/rule"
	"hygie/directory/grouppolicy"
	"hygie/directory/model"
)

// conditional adds to a reason the WMI filter of a policy: what the policy does, it does where the filter holds only.
func conditional(o *rule.Outcome, policy model.ID, r rule.Reason) rule.Reason {
	if name, ok := grouppolicy.Filter(o.Dir, policy); ok {
		return r.With("filter", name)
	}
	return r
}

// ListPolicies lists the group policies with the number of their links, their state and their WMI filter (MS-GPOL 2.2.4: flags).
func ListPolicies(o *rule.Outcome) {
	if !o.Covers("groupPolicyContainer") {
		o.Missing("objects:groupPolicyContainer")
	}
	links := make(map[model.ID]int)
	count := func(id model.ID) {
		text, _ := o.Dir.Text(id, "gPLink")
		for l := range grouppolicy.Links(text) {
			if to, ok := o.Dir.ByDN(l.DN); ok {
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
		o.Found(id, conditional(o, id, rule.Because("gpo_listed", "name", name, "count", links[id], "state", state)))
	}
}
