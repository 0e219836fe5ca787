package actionplan

import (
	"context"

	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/search"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Published is what search finds of this module: each action by its title, its detail and who does it. What was dropped is found no more.
func Published() search.Source {
	return search.Source{Kind: "action", Action: right.SeeActions, Documents: func(ctx context.Context, tx *store.Tx, ref string) ([]search.Document, error) {
		a, err := plan.ByID(ctx, tx, territory.Everything(), ref)
		if err != nil || a.State == plan.Dropped {
			return nil, err
		}
		return []search.Document{{Structure: a.Structure, Title: a.Title, Detail: a.OwnerName, Path: "/structures/" + a.Structure + "/actions/" + a.ID, Words: []string{a.Detail}, At: a.UpdatedAt}}, nil
	}}
}
