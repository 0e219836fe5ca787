package findings

import "hygie/directory/points/access"

// esc4: somebody who is not privileged may rewrite a template that an authority issues, and make it any of the others.
func esc4(o *outcome) {
	p, ok := o.readPKI()
	if !ok {
		return
	}
	for _, t := range p.templates {
		o.rights(t.id, access.Settings, o.View)
	}
}
