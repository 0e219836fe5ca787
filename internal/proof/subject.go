package proof

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hygie/internal/finess"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// Categories of structure that the shipped packages tell apart, as far as the territory shows them. The legal status of an entity outside a
// GHT is not known from FINESS's stock file; its category then stays empty and rules that need it say so.
const (
	categoryGHT       = "ght"
	categoryPublicGHT = CategoryGHTMember
	categorySocial    = "esms"
)

// CategoryGHTMember is the category of whoever is a full member of a GHT.
const CategoryGHTMember = "public-ght"

// StatusKey is the fact that says which category of the packages a structure is, such as "public", "ebnl" or "private": the files of the State do not
// give it for all. People declare it, with a source and a date like any other fact.
const StatusKey = "structure.category"

// subject describes a structure for the rules, as known at a moment: its category, its GHT and, for a group, its full members. What it reads does not
// depend on who asks.
func subject(ctx context.Context, tx *store.Tx, s territory.Structure, at time.Time) (referential.Subject, error) {
	all, err := subjects(ctx, tx, []territory.Structure{s}, at)
	if err != nil {
		return referential.Subject{}, err
	}
	return all[0], nil
}

// group describes a group with the full members that it was known to have.
func group(ctx context.Context, tx *store.Tx, s territory.Structure, at time.Time) (referential.Subject, error) {
	sub := referential.Subject{Structure: string(s.ID), Kind: string(s.Kind), IsGroup: true}
	category := ""
	if s.GroupKind == territory.GHT {
		sub.Category, category = categoryGHT, categoryPublicGHT
	}
	all, err := territory.MembersAt(ctx, tx, territory.Everything(), s.ID, at)
	if err != nil {
		return sub, err
	}
	var ids []territory.ID
	for _, m := range all {
		if m.Role.Full() {
			sub.Members = append(sub.Members, referential.Member{Structure: string(m.Subject.ID), Name: m.Subject.Name, Category: category})
			ids = append(ids, m.Subject.ID)
		}
	}
	sizes, err := territory.LatestSizes(ctx, tx, territory.Everything(), territory.CombinedActivity, at.Year(), ids...)
	for i := range sub.Members {
		if size, ok := sizes[ids[i]]; ok && !size.Recorded.After(at) {
			sub.Members[i].Weight = float64(size.Value)
		}
	}
	return sub, err
}

// subjects describes many structures with a few queries for all of them; each group takes two more.
func subjects(ctx context.Context, tx *store.Tx, part []territory.Structure, at time.Time) ([]referential.Subject, error) {
	var single []string
	all := make([]referential.Subject, len(part))
	for i, s := range part {
		if s.Kind == territory.Group {
			sub, err := group(ctx, tx, s, at)
			if err != nil {
				return nil, fmt.Errorf("describe %s: %w", s.ID, err)
			}
			all[i] = sub
			continue
		}
		all[i] = referential.Subject{Structure: string(s.ID), Kind: string(s.Kind)}
		single = append(single, string(s.ID))
	}
	if len(single) == 0 {
		return all, nil
	}
	groups, err := groupsOf(ctx, tx, single, at)
	if err != nil {
		return nil, err
	}
	// What a GHT says of a member comes before all else, so that only the others are looked at further.
	rest := slices.DeleteFunc(slices.Clone(single), func(id string) bool { return groups[id] != "" })
	var declared map[string]Fact
	var sites map[string][]string
	if len(rest) > 0 {
		if declared, err = Latest(ctx, tx, territory.Everything(), StatusKey, at, rest...); err != nil {
			return nil, err
		}
		if sites, err = sitesOf(ctx, tx, rest); err != nil {
			return nil, err
		}
	}
	for i, s := range part {
		sub := &all[i]
		if sub.IsGroup {
			continue
		}
		category, known := declared[sub.Structure]
		switch group := groups[sub.Structure]; {
		case group != "":
			sub.Category, sub.Group = categoryPublicGHT, group
		case known:
			sub.Category = category.Value.Text
		case s.Kind == territory.Entity && social(sites[sub.Structure]) || s.Kind != territory.Entity && social([]string{s.Category}):
			sub.Category = categorySocial
		}
	}
	return all, nil
}

// groupsOf gives the GHT of which each structure was known to be a full member; the first by name of several.
func groupsOf(ctx context.Context, tx *store.Tx, structures []string, at time.Time) (map[string]string, error) {
	ids := make([]territory.ID, len(structures))
	for i, id := range structures {
		ids[i] = territory.ID(id)
	}
	all, err := territory.FullAt(ctx, tx, territory.GHT, at, ids...)
	groups := map[string]string{}
	for _, m := range all {
		if groups[string(m.Structure)] == "" {
			groups[string(m.Structure)] = string(m.Group)
		}
	}
	return groups, err
}

// sitesOf gives the categories of what stands directly below each structure.
func sitesOf(ctx context.Context, tx *store.Tx, structures []string) (map[string][]string, error) {
	var w store.Where
	in(&w, "s.parent_id", structures)
	sites := map[string][]string{}
	_, err := store.All(ctx, tx, func(row store.Row) (n struct{}, err error) {
		var parent, category string
		err = row.Scan(&parent, &category)
		sites[parent] = append(sites[parent], category)
		return n, err
	}, `select s.parent_id, s.category from structure s`+w.SQL(), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read sites: %w", err)
	}
	return sites, nil
}

// social tells whether all categories are of the social and medico-social sector, and there is one.
func social(categories []string) bool {
	for _, code := range categories {
		if c, ok := finess.CategoryOf(code); !ok || c.Sector != finess.Social {
			return false
		}
	}
	return len(categories) > 0
}

// Declarable gives the categories that people may declare a structure to be of, as packages name them, each once: all but those that its place in a GHT says.
func Declarable(packages []*referential.Package) []referential.Category {
	var all []referential.Category
	seen := map[string]bool{categoryGHT: true, categoryPublicGHT: true}
	for _, p := range packages {
		for _, c := range p.Categories {
			if !seen[c.Code] {
				seen[c.Code] = true
				all = append(all, c)
			}
		}
	}
	return all
}

// Categories gives the category of each of some structures as known at a moment, by id: what the rules hear of each, with a few queries for all. A structure
// whose category is not known has the empty one.
func Categories(ctx context.Context, tx *store.Tx, structures []territory.Structure, at time.Time) (map[string]string, error) {
	known := make(map[string]string, len(structures))
	var rest []territory.Structure
	for _, s := range structures {
		switch {
		case s.Kind != territory.Group:
			rest = append(rest, s)
		case s.GroupKind == territory.GHT:
			known[string(s.ID)] = categoryGHT
		default:
			known[string(s.ID)] = ""
		}
	}
	for part := range slices.Chunk(rest, 200) {
		all, err := subjects(ctx, tx, part, at)
		if err != nil {
			return nil, err
		}
		for _, one := range all {
			known[one.Structure] = one.Category
		}
	}
	return known, nil
}
