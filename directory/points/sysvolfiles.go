package points

import (
	"strings"

	"hygie/directory/model"
	"hygie/directory/sysvol"
)

// policyFiles looks at the folders of policies in SYSVOL: whoever changes a file there changes what the policy does. A folder
// gives one object for each principal and right, with the first file concerned and their number.
func (d *domain) policyFiles(o *outcome, policies []model.ID) {
	const unread = "sysvol:permissions"
	dir := d.forest.dir
	for _, id := range policies {
		home := d.forest.domainOf(id)
		if home == nil {
			o.missing(unread)
			continue
		}
		share, ok := dir.Sysvol(home.info)
		if !ok || !share.Permissions || share.Partial {
			o.missing(unread)
		}
		if !ok || !share.Permissions {
			continue
		}
		policy, ok := share.Policy(dir.Name(id))
		if !ok {
			o.missing(unread) // its folder was not seen: removed, or kept from the account that read
			continue
		}
		changes, whole := FileChanges(share, share.Below(policy.Path), d.forest)
		if !whole {
			o.missing(unread)
		}
		for _, c := range changes {
			text, name := d.forest.trustee(c.Grant.Trustee)
			o.fail(id, because("policy_file", "right", c.Grant.Right, "trustee", text, "trustee_name", name, "file", below(c.First, policy.Path), "count", c.Count))
		}
	}
}

// below gives a path from a folder on: "\\" for the folder itself, as Windows writes it.
func below(path, folder string) string {
	return strings.ReplaceAll("/"+strings.Trim(path[min(len(folder), len(path)):], "/"), "/", `\`)
}

// FileChange is a right over files in the hands of somebody who is not privileged.
type FileChange struct {
	Grant sysvol.Grant
	First string // path of the first file
	Count int    // of files and folders
}

// FileChanges gathers who may change files of SYSVOL, in the order of the files; whole is false when the permissions of one
// were not read.
func FileChanges(share *sysvol.Share, files []sysvol.File, who sysvol.Principals) (changes []FileChange, whole bool) {
	place := make(map[sysvol.Grant]int)
	verdicts := make(map[int][]sysvol.Grant) // by descriptor
	whole = true
	for _, f := range files {
		grants, known := verdicts[f.Descriptor]
		if !known {
			descriptor, ok := share.Descriptor(f)
			if !ok {
				whole = false
				continue
			}
			grants = sysvol.Writers(descriptor, who)
			verdicts[f.Descriptor] = grants
		}
		for _, g := range grants {
			g.Inherited = false
			i, seen := place[g]
			if !seen {
				i = len(changes)
				place[g] = i
				changes = append(changes, FileChange{Grant: g, First: f.Path})
			}
			changes[i].Count++
		}
	}
	return changes, whole
}
