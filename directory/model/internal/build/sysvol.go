package build

import (
	"slices"
	"strings"

	"hygie/directory/sysvol"
)

// maxShares bounds the folders of domains that are kept.
const maxShares = 1000

// Sysvol adds what was read of SYSVOL for one domain; of a share that does not tell its domain, its folder stands for it. Given twice for a domain, the one with permissions is kept, else the
// first.
func (b *Builder) Sysvol(s *sysvol.Share) {
	own := *s
	own.Policies = slices.Clone(s.Policies)
	slices.SortStableFunc(own.Policies, func(x, y sysvol.Policy) int { return strings.Compare(x.GUID, y.GUID) })
	for i, known := range b.shares {
		if strings.EqualFold(known.Domain, own.Domain) && (own.Domain != "" || strings.EqualFold(known.Folder, own.Folder)) {
			if own.Permissions && !known.Permissions {
				b.shares[i] = &own
			}
			return
		}
	}
	if len(b.shares) < maxShares {
		b.shares = append(b.shares, &own)
	}
}
