package proof

import (
	"context"
	"fmt"
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
	categoryPublicGHT = "public-ght"
	categorySocial    = "esms"
)

// StatusKey is the fact that says which category of the packages a structure is, such as "public", "ebnl" or "private": the files of the State do not
// give it for all. People declare it, with a source and a date like any other fact.
const StatusKey = "structure.category"

// subject describes a structure for the rules, as known at a moment: its category, its GHT and, for a group, its full members. What it reads does not
// depend on who asks.
func subject(ctx context.Context, tx *store.Tx, s territory.Structure, at time.Time) (referential.Subject, error) {
	sub := referential.Subject{Structure: string(s.ID), Kind: string(s.Kind), IsGroup: s.Kind == territory.Group}
	if sub.IsGroup {
		return sub, members(ctx, tx, s, &sub, at)
	}
	declared, err := Latest(ctx, tx, territory.Everything(), StatusKey, at, string(s.ID))
	if err != nil {
		return sub, err
	}
	groups, err := territory.Memberships(ctx, tx, territory.Everything(), s.ID)
	if err != nil {
		return sub, err
	}
	for _, g := range groups {
		if g.Role.Full() && g.Subject.GroupKind == territory.GHT {
			sub.Category, sub.Group = categoryPublicGHT, string(g.Subject.ID)
			return sub, nil
		}
	}
	if f, ok := declared[string(s.ID)]; ok {
		sub.Category = f.Value.Text
		return sub, nil
	}
	social, err := onlySocial(ctx, tx, s)
	if social {
		sub.Category = categorySocial
	}
	return sub, err
}

// members fills in the full members of a group.
func members(ctx context.Context, tx *store.Tx, group territory.Structure, sub *referential.Subject, at time.Time) error {
	category := ""
	if group.GroupKind == territory.GHT {
		sub.Category, category = categoryGHT, categoryPublicGHT
	}
	all, err := territory.Members(ctx, tx, territory.Everything(), group.ID)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Role.Full() {
			sub.Members = append(sub.Members, referential.Member{Structure: string(m.Subject.ID), Name: m.Subject.Name, Category: category})
		}
	}
	sizes, err := territory.MemberSizes(ctx, tx, territory.Everything(), group.ID, territory.CombinedActivity, at.Year())
	for i := range sub.Members {
		if size, ok := sizes[territory.ID(sub.Members[i].Structure)]; ok && !size.Recorded.After(at) {
			sub.Members[i].Weight = float64(size.Value)
		}
	}
	return err
}

// onlySocial tells whether a structure, or everything directly below an entity, is of the social and medico-social sector.
func onlySocial(ctx context.Context, tx *store.Tx, s territory.Structure) (bool, error) {
	sites := []territory.Structure{s}
	if s.Kind == territory.Entity {
		var err error
		if sites, _, err = territory.Children(ctx, tx, territory.Everything(), s.ID, "", 500); err != nil {
			return false, err
		}
	}
	var categories []string
	for _, site := range sites {
		categories = append(categories, site.Category)
	}
	return social(categories), nil
}

// subjects describes many structures, as [subject] does one by one, with a few queries for all of them.
func subjects(ctx context.Context, tx *store.Tx, part []territory.Structure, at time.Time) ([]referential.Subject, error) {
	var single []string
	all := make([]referential.Subject, len(part))
	for i, s := range part {
		if s.Kind == territory.Group {
			sub, err := subject(ctx, tx, s, at)
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
	groups, err := groupsOf(ctx, tx, single)
	if err != nil {
		return nil, err
	}
	declared, err := Latest(ctx, tx, territory.Everything(), StatusKey, at, single...)
	if err != nil {
		return nil, err
	}
	sites, err := sitesOf(ctx, tx, single)
	if err != nil {
		return nil, err
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

// groupsOf gives the GHT of which each structure is a full member; the first by name of several.
func groupsOf(ctx context.Context, tx *store.Tx, structures []string) (map[string]string, error) {
	type membership struct {
		structure, group string
		role             territory.MemberRole
	}
	var w store.Where
	in(&w, "m.structure_id", structures)
	w.And("s.group_kind = ?", string(territory.GHT))
	all, err := store.All(ctx, tx, func(row store.Row) (m membership, err error) {
		return m, row.Scan(&m.structure, &m.group, &m.role)
	}, `select m.structure_id, m.group_id, m.role from membership m join structure s on s.id = m.group_id`+w.SQL()+` order by s.name_key, s.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read groups: %w", err)
	}
	groups := map[string]string{}
	for _, m := range all {
		if m.role.Full() && groups[m.structure] == "" {
			groups[m.structure] = m.group
		}
	}
	return groups, nil
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
