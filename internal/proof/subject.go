package proof

import (
	"context"
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

// Facts about a structure itself, which no file of the State gives for all: declared by people, with a source and a date like any other fact.
const (
	WeightKey = "structure.combined_activity" // number: what a member of a group weighs; only its share of the sum counts
	StatusKey = "structure.category"          // text: a category of the packages, such as "public", "ebnl" or "private"
)

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
	var full []string
	for _, m := range all {
		if m.Role.Full() {
			full = append(full, string(m.Subject.ID))
			sub.Members = append(sub.Members, referential.Member{Structure: string(m.Subject.ID), Name: m.Subject.Name, Category: category})
		}
	}
	weights, err := Latest(ctx, tx, territory.Everything(), WeightKey, at, full...)
	for i := range sub.Members {
		sub.Members[i].Weight = weights[sub.Members[i].Structure].Value.Number
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
	for _, site := range sites {
		if c, ok := finess.CategoryOf(site.Category); !ok || c.Sector != finess.Social {
			return false, nil
		}
	}
	return len(sites) > 0, nil
}
