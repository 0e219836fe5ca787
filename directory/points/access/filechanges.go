package access

import "hygie/directory/sysvol"

// FileChange is a right over files in the hands of somebody who is not privileged (MS-DTYP 2.4.3).
type FileChange struct {
	Grant sysvol.Grant
	First string // path of the first file
	Count int    // of files and folders
}

// FileChanges gathers who may change files of SYSVOL, in the order of the files; whole is false when the permissions of one
// were not read (MS-DTYP 2.4.3).
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
