package certificates

import (
	"hygie/directory/findings/rule"
	"hygie/directory/points/access"
)

// ESC4: somebody who is not privileged may rewrite a template that an authority issues, and make it any of the others.
func ESC4(o *rule.Outcome) {
	p, ok := readPKI(o)
	if !ok {
		return
	}
	for _, t := range p.templates {
		o.FindRights(t.id, access.Settings, o.View)
	}
}
