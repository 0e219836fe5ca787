package proof

import (
	"context"

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

// subject describes a structure for the rules: its category and, for a group, its full members.
func subject(ctx context.Context, tx *store.Tx, scope territory.Scope, s territory.Structure) (referential.Subject, error) {
	sub := referential.Subject{Structure: string(s.ID), Kind: string(s.Kind), IsGroup: s.Kind == territory.Group}
	if sub.IsGroup {
		if s.GroupKind == territory.GHT {
			sub.Category = categoryGHT
		}
		members, err := territory.Members(ctx, tx, scope, s.ID)
		if err != nil {
			return sub, err
		}
		for _, m := range members {
			if m.Role.Full() && m.Within {
				sub.Members = append(sub.Members, referential.Member{Structure: string(m.Subject.ID)})
			}
		}
		return sub, nil
	}
	groups, err := territory.Memberships(ctx, tx, scope, s.ID)
	if err != nil {
		return sub, err
	}
	for _, g := range groups {
		if g.Role.Full() && g.Subject.GroupKind == territory.GHT {
			sub.Category = categoryPublicGHT
			return sub, nil
		}
	}
	social, err := onlySocial(ctx, tx, scope, s)
	if social {
		sub.Category = categorySocial
	}
	return sub, err
}

// onlySocial tells whether a structure, or everything directly below an entity, is of the social and medico-social sector.
func onlySocial(ctx context.Context, tx *store.Tx, scope territory.Scope, s territory.Structure) (bool, error) {
	sites := []territory.Structure{s}
	if s.Kind == territory.Entity {
		var err error
		if sites, _, err = territory.Children(ctx, tx, scope, s.ID, "", 500); err != nil {
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
