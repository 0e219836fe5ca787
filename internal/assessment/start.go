package assessment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// Start is the questionnaire with which a structure begins, written for its category; false when there is none, or when the structure began it once.
func Start(ctx context.Context, tx *store.Tx, scope territory.Scope, shelf *proof.Shelf, s territory.Structure, at time.Time) (*referential.Package, bool, error) {
	set, err := shelf.Now(ctx, tx, at)
	if err != nil {
		return nil, false, fmt.Errorf("find the first questionnaire of %s: %w", s.ID, err)
	}
	category, err := categoryOf(ctx, tx, s, at)
	if err != nil {
		return nil, false, err
	}
	i := slices.IndexFunc(set.Packages, func(p *referential.Package) bool { return suits(p, category) })
	if i < 0 {
		return nil, false, nil
	}
	begun, err := of(ctx, tx, scope, string(s.ID), set.Packages[i].ID)
	return set.Packages[i], err == nil && len(begun) == 0, err
}

func categoryOf(ctx context.Context, tx *store.Tx, s territory.Structure, at time.Time) (string, error) {
	known, err := proof.Categories(ctx, tx, []territory.Structure{s}, at)
	if err != nil {
		return "", fmt.Errorf("find the category of %s: %w", s.ID, err)
	}
	return known[string(s.ID)], nil
}

// suits tells whether the questions of a package were written for a category of structure.
func suits(p *referential.Package, category string) bool {
	return category != "" && slices.Contains(p.Suits, category) && len(p.Questions()) > 0
}
