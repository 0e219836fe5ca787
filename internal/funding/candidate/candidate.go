// Package candidate tells what a call has to know of who applies: its category, region and sizes, and the verdicts on the requirements that the call names.
// Those who apply and those who instruct read the same answers.
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

// measures are the sizes of the territory by the codes under which calls ask for them.
func measures() map[string]territory.SizeKey {
	return map[string]territory.SizeKey{
		"activity": territory.CombinedActivity, "combined-activity": territory.CombinedActivity, "headcount": territory.Headcount, "beds": territory.Beds, "workstations": territory.Workstations,
	}
}

// Facts is what a call needs to know of a structure in scope: its category, its region, its sizes and, for a group, those of its full members. Answers is
// empty: they stand in the dossier.
func Facts(ctx context.Context, tx *store.Tx, scope territory.Scope, s territory.Structure, at time.Time, zone *time.Location) (call.Facts, error) {
	f := call.Facts{Structure: string(s.ID), Name: s.Name, Sizes: map[string]call.Size{}, Answers: map[string]string{}}
	world, err := proof.World(ctx, tx, scope, s, at, zone)
	if err != nil {
		return f, err
	}
	f.Category = world.Subject.Category
	if f.Region, err = regionOf(ctx, tx, scope, s.ID); err != nil {
		return f, err
	}
	sizes, err := territory.Sizes(ctx, tx, scope, s.ID)
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
	for _, key := range slices.Compact(slices.Sorted(maps.Values(measures()))) {
		sizes, err := territory.LatestSizes(ctx, tx, territory.Everything(), key, at.Year(), ids...) // the rules of any group count its members' sizes
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
	for code, key := range measures() {
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
