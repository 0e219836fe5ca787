package certificates

import (
	"slices"

	"hygie/directory/findings/rule"
	"hygie/directory/points/access"
	"hygie/directory/sid"
)

// ESC4: somebody who is not privileged may rewrite a template that an authority issues, and make it any of the others (SpecterOps, Certified
// Pre-Owned (2021)). An authority that does not let them enrol gives them nothing.
func ESC4(o *rule.Outcome) {
	p, ok := read(o)
	if !ok {
		return
	}
	for i := range p.templates {
		t := &p.templates[i]
		o.FindRightsOf(t.ID, access.Settings, o.View, func(who sid.SID) bool {
			return slices.ContainsFunc(t.by, func(a *authority) bool { return len(a.admits(o, who)) > 0 })
		})
	}
}
