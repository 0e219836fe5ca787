package proof

import (
	"context"
	"fmt"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
)

// Observed returns every observation of some keys in scope that stands uncorrected at a moment, in order of observation: what counts over the years are made of.
func Observed(ctx context.Context, tx *store.Tx, scope territory.Scope, at time.Time, keys ...string) ([]Fact, error) {
	var w store.Where
	in(&w, "f.key", keys)
	uncorrected(&w, "f", at)
	scope.Within(&w, "f.structure_id")
	facts, err := store.All(ctx, tx, scanFact, `select `+factColumns+` from fact f`+w.SQL()+` order by f.observed_at, f.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read observations of %v: %w", keys, err)
	}
	return facts, nil
}
