package permissions

import (
	"strings"

	"hygie/directory/model"
	"hygie/directory/points/access"
	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
)

// policyFiles looks at the folders of policies in SYSVOL: whoever changes a file there changes what the policy does. A folder
// gives one object for each principal and right, with the first file concerned and their number.
func policyFiles(d *estate.Domain, o *rule.Outcome, policies []model.ID) {
	const unread = "sysvol:permissions"
	dir := d.Forest.Dir
	for _, id := range policies {
		home := d.Forest.DomainOf(id)
		if home == nil {
			o.Missing(unread)
			continue
		}
		share, ok := dir.Sysvol(home.Info)
		if !ok || !share.Permissions || share.Partial {
			o.Missing(unread)
		}
		if !ok || !share.Permissions {
			continue
		}
		policy, ok := share.Policy(dir.Name(id))
		if !ok {
			o.Missing(unread) // its folder was not seen: removed, or kept from the account that read
			continue
		}
		changes, whole := access.FileChanges(share, share.Below(policy.Path), d.Forest)
		if !whole {
			o.Missing(unread)
		}
		for _, c := range changes {
			text, name := d.Forest.Trustee(c.Grant.Trustee)
			o.Fail(id, reasons.Because("policy_file", "right", c.Grant.Right, "trustee", text, "trustee_name", name, "file", below(c.First, policy.Path), "count", c.Count))
		}
	}
}

// below gives a path from a folder on: "\\" for the folder itself, as Windows writes it.
func below(path, folder string) string {
	return strings.ReplaceAll("/"+strings.Trim(path[min(len(folder), len(path)):], "/"), "/", `\`)
}
