package reflex

import (
	"context"
	"slices"

	"hygie/card"
	"hygie/card/cards"
	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// A Held is a card as it holds for a structure.
type Held struct {
	*card.Card
	Own    Version // as the structure wrote it; zero number: it never did
	Source string  // YAML
}

// Adapted tells whether the structure's own version holds.
func (h Held) Adapted() bool { return h.Own.Content != "" }

// kinds are the parts of the shelf, in the order of the night.
var kinds = []card.Kind{card.Qualify, card.Contain, card.Care, card.Declare, card.Preserve, card.Recover}

// shelf gives every card that holds for a structure in scope, in the order of the night.
func (m *Module) shelf(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Held, error) {
	versions, err := Versions(ctx, tx, scope, structure, "")
	if err != nil {
		return nil, err
	}
	own := map[string]Version{}
	for _, v := range versions {
		own[v.Card] = v
	}
	var all []Held
	for _, c := range m.shipped {
		source, err := cards.Source(c.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, Held{Card: c, Source: string(source)})
	}
	for i := range all {
		v, ok := own[all[i].ID]
		if !ok {
			continue
		}
		all[i].Own = v
		if v.Content == "" {
			continue
		}
		// What an older program accepted is shown as it was written even where this one would refuse it: the card that comes with hygie holds then.
		if c, err := card.Read(v.Card, []byte(v.Content)); err == nil && c.ID == v.Card {
			all[i].Card, all[i].Source = c, v.Content
		}
	}
	slices.SortStableFunc(all, func(a, b Held) int { return slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind) })
	return all, nil
}

// find gives one card of a shelf; a [fault.NotFound] otherwise.
func find(shelf []Held, id string) (Held, error) {
	for _, h := range shelf {
		if h.ID == id {
			return h, nil
		}
	}
	return Held{}, fault.NotFound("reflex.no_card")
}
