// Package grouppolicy reads what the objects of group policies say of where they apply: the links of a container, and the WMI filter of a
// policy.
package grouppolicy

import (
	"iter"
	"strings"

	"hygie/directory/model"
)

// Link is a link of a container to a policy (MS-GPOL 2.2.2).
type Link struct {
	DN       string // of the policy
	Disabled bool
	Enforced bool
}

// Links reads gPLink: "[LDAP://name;options]" for each link, the weakest first; options 1 disabled, 2 enforced (MS-GPOL 2.2.2). What is malformed is
// passed over.
func Links(gPLink string) iter.Seq[Link] {
	return func(yield func(Link) bool) {
		for each := range strings.SplitSeq(gPLink, "]") {
			name, options, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(each), "["), ";")
			if len(name) < 7 || !ok || !strings.EqualFold(name[:7], "LDAP://") {
				continue
			}
			if !yield(Link{DN: name[7:], Disabled: options == "1" || options == "3", Enforced: options == "2" || options == "3"}) {
				return
			}
		}
	}
}

// Filter gives the name of the WMI filter of a policy; false when it has none. A policy with a filter applies to the machines whose answer to
// the queries of the filter is not empty (MS-GPOL 3.2.5.1.6), which only each machine can tell. gPCWQLFilter is "[domain;{identifier};0]",
// and a space when a filter was taken away (MS-GPOL 2.2.4). The name is the identifier when the object of the filter was not read.
func Filter(d *model.Directory, policy model.ID) (name string, ok bool) {
	text, _ := d.Text(policy, "gPCWQLFilter")
	parts := strings.Split(strings.Trim(strings.TrimSpace(text), "[]"), ";")
	if len(parts) < 2 || strings.TrimSpace(parts[1]) == "" {
		return "", false
	}
	id := strings.TrimSpace(parts[1])
	if up, ok := d.Parent(policy); ok {
		if system, ok := d.Parent(up); ok { // CN=Policies,CN=System
			if som, ok := d.ByDN("CN=" + id + ",CN=SOM,CN=WMIPolicy," + d.DN(system)); ok {
				if shown, ok := d.Text(som, "msWMI-Name"); ok && shown != "" {
					return shown, true
				}
			}
		}
	}
	return id, true
}
