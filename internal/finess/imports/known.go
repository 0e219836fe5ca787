package imports

import (
	"context"
	"fmt"

	"hygie/internal/store"
	"hygie/internal/territory"
)

// known is the territory as it stands, in memory: an import compares every structure, and 300,000 of them fit in 150 MB.
type known struct {
	root     *territory.Structure
	byID     map[territory.ID]*territory.Structure
	byNumber map[territory.Kind]map[string]*territory.Structure // FINESS number, or code of a region or group
	members  map[territory.ID]map[territory.ID]membership       // group → member
}

type membership struct {
	role   territory.MemberRole
	source string
}

func load(ctx context.Context, tx *store.Tx) (*known, error) {
	k := &known{
		byID: make(map[territory.ID]*territory.Structure), byNumber: make(map[territory.Kind]map[string]*territory.Structure),
		members: make(map[territory.ID]map[territory.ID]membership),
	}
	for _, kind := range territory.Kinds() {
		k.byNumber[kind] = make(map[string]*territory.Structure)
	}
	// The numbers are unique in the whole territory, so all of it is read; what the scope does not hold is never changed or shown.
	err := territory.Each(ctx, tx, territory.Everything(), func(s territory.Structure) error {
		k.add(&s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	type row struct {
		group, member territory.ID
		membership
	}
	rows, err := store.All(ctx, tx, func(r store.Row) (m row, err error) {
		err = r.Scan(&m.group, &m.member, &m.role, &m.source)
		return m, err
	}, `select group_id, structure_id, role, source from membership`)
	if err != nil {
		return nil, fmt.Errorf("read the memberships: %w", err)
	}
	for _, m := range rows {
		if k.members[m.group] == nil {
			k.members[m.group] = make(map[territory.ID]membership)
		}
		k.members[m.group][m.member] = m.membership
	}
	return k, nil
}

func (k *known) add(s *territory.Structure) {
	k.byID[s.ID] = s
	if s.Parent == "" {
		k.root = s
	}
	number := s.Finess
	if s.Kind == territory.Region || s.Kind == territory.Group {
		number = s.Code
	}
	if number != "" {
		k.byNumber[s.Kind][number] = s
	}
}

// region climbs from a structure to its region; nil for what stands directly below the nation.
func (k *known) region(s *territory.Structure) *territory.Structure {
	for s != nil && s.Kind != territory.Region {
		s = k.byID[s.Parent]
	}
	return s
}
