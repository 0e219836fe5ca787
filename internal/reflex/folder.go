package reflex

import (
	"context"

	"hygie/document"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// A Sheet is a card on paper.
type Sheet struct {
	Title  string
	Own    bool // as the structure wrote it
	Blocks []document.Block
}

// Sheets gives the cards that hold for a structure in scope as they are run with a pen, in the order of the night and in the language of ctx.
func (m *Module) Sheets(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Sheet, error) {
	shelf, err := m.shelf(ctx, tx, scope, structure)
	if err != nil {
		return nil, err
	}
	all := titles(ctx, shelf)
	sheets := make([]Sheet, len(shelf))
	for i, h := range shelf {
		sheets[i] = Sheet{Title: words(ctx, h.Title), Own: h.Adapted(), Blocks: Paper(ctx, h.Card, all)}
	}
	return sheets, nil
}
