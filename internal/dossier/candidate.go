package dossier

import (
	"context"
	"errors"
	"maps"
	"slices"

	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/referential/call"
)

// measures are the sizes of the territory by the codes under which calls ask for them.
var measures = map[string]territory.SizeKey{
	"activity": territory.CombinedActivity, "combined-activity": territory.CombinedActivity, "headcount": territory.Headcount, "beds": territory.Beds, "workstations": territory.Workstations,
}

// candidate is what a call needs to know of a structure in scope: its category, its region, its sizes and, for a group, those of its full members.
func (m *Module) candidate(c *web.Context, tx *store.Tx, s territory.Structure) (call.Facts, error) {
	f := call.Facts{Structure: string(s.ID), Name: s.Name, Sizes: map[string]call.Size{}, Answers: map[string]string{}}
	world, err := proof.World(c.Ctx, tx, c.Scope, s, m.now(), c.Printer.Zone())
	if err != nil {
		return f, err
	}
	f.Category = world.Subject.Category
	if f.Region, err = regionOf(c.Ctx, tx, c.Scope, s.ID); err != nil {
		return f, err
	}
	sizes, err := territory.Sizes(c.Ctx, tx, c.Scope, s.ID)
	if err != nil {
		return f, err
	}
	for _, size := range sizes {
		note(f.Sizes, size)
	}
	if s.Kind != territory.Group {
		return f, nil
	}
	ids := make([]territory.ID, len(world.Subject.Members))
	for i, member := range world.Subject.Members {
		ids[i] = territory.ID(member.Structure)
	}
	byMember := map[string]map[string]call.Size{}
	for _, key := range slices.Compact(slices.Sorted(maps.Values(measures))) {
		sizes, err := territory.LatestSizes(c.Ctx, tx, territory.Everything(), key, m.now().Year(), ids...) // the rules of any group count its members' sizes
		if err != nil {
			return f, err
		}
		for id, size := range sizes {
			if byMember[string(id)] == nil {
				byMember[string(id)] = map[string]call.Size{}
			}
			note(byMember[string(id)], size)
		}
	}
	for _, member := range world.Subject.Members {
		f.Members = append(f.Members, call.Facts{Structure: member.Structure, Name: member.Name, Category: member.Category, Region: f.Region, Sizes: byMember[member.Structure]})
	}
	return f, nil
}

// note keeps the latest size of each key; sizes come with the latest year first.
func note(sizes map[string]call.Size, size territory.Size) {
	for code, key := range measures {
		if old, ok := sizes[code]; key == size.Key && (!ok || old.Year < size.Year) {
			sizes[code] = call.Size{Value: call.NewRatio(size.Value, 1), Year: size.Year, Source: size.Source}
		}
	}
}

// regionOf gives the INSEE code of the region above a structure of the scope; which region a hospital stands in is public.
func regionOf(ctx context.Context, tx *store.Tx, scope territory.Scope, id territory.ID) (string, error) {
	way, err := territory.Path(ctx, tx, scope, id)
	if err != nil {
		return "", err
	}
	for _, step := range way {
		if step.Kind == territory.Region {
			region, err := territory.Get(ctx, tx, territory.Everything(), step.ID)
			return region.Code, err
		}
	}
	return "", nil
}

// applicant tells whether a kind of structure applies for funding.
func applicant(k territory.Kind) bool { return k == territory.Group || k == territory.Entity }

// isNotFound tells whether a page has to do without something that is not there.
func isNotFound(err error) bool {
	return errors.Is(err, store.ErrNotFound) || fault.KindOf(err) == fault.KindNotFound
}
