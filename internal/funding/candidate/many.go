package candidate

import (
	"context"
	"maps"
	"slices"
	"time"

	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential/call"
)

// Located is a structure with the INSEE code of its region.
type Located struct {
	territory.Structure
	Region string
}

// Many is [Facts] for many structures at once, with queries by the hundred: for sums and simulations. The caller has authorised counting them.
func Many(ctx context.Context, tx *store.Tx, list []Located, at time.Time) ([]call.Facts, error) {
	structures := make([]territory.Structure, len(list))
	for i, one := range list {
		structures[i] = one.Structure
	}
	categories, err := proof.Categories(ctx, tx, structures, at)
	if err != nil {
		return nil, err
	}
	members := map[territory.ID][]territory.Structure{}
	ids := make([]territory.ID, 0, len(list))
	for _, s := range structures {
		ids = append(ids, s.ID)
		if s.Kind != territory.Group {
			continue
		}
		all, err := territory.MembersAt(ctx, tx, territory.Everything(), s.ID, at) // the rules of any group count its members
		if err != nil {
			return nil, err
		}
		for _, m := range all {
			if m.Role.Full() {
				members[s.ID] = append(members[s.ID], m.Subject)
				ids = append(ids, m.Subject.ID)
			}
		}
	}
	sizes := map[territory.ID]map[string]call.Size{}
	for _, key := range slices.Compact(slices.Sorted(maps.Values(measures()))) {
		latest, err := territory.LatestSizes(ctx, tx, territory.Everything(), key, at.Year(), ids...)
		if err != nil {
			return nil, err
		}
		for id, size := range latest {
			if sizes[id] == nil {
				sizes[id] = map[string]call.Size{}
			}
			note(sizes[id], size)
		}
	}
	facts := make([]call.Facts, len(list))
	for i, one := range list {
		f := call.Facts{Structure: string(one.ID), Name: one.Name, Category: categories[string(one.ID)], Region: one.Region, Sizes: sizes[one.ID], Answers: map[string]string{}}
		ofMember := ""
		if one.GroupKind == territory.GHT {
			ofMember = proof.CategoryGHTMember
		}
		for _, m := range members[one.ID] {
			f.Members = append(f.Members, call.Facts{Structure: string(m.ID), Name: m.Name, Category: ofMember, Region: one.Region, Sizes: sizes[m.ID]})
		}
		facts[i] = f
	}
	return facts, nil
}
