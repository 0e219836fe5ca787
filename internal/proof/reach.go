package proof

import (
	"context"
	"errors"
	"fmt"

	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Reached is evidence with where its reader finds it. Evidence stays with the structure for which it was deposited, also when that one merges into another:
// who works for the one that took over reads it and joins it to dossiers, with its origin. It does not count for the verdicts of that one: a plan that was
// approved for another house is not a plan for this one.
type Reached struct {
	Evidence
	Home string // the structure on whose pages the reader finds it: its own, or the one that took over
	From string // name of the structure that merged since it was deposited there; empty: none did
}

// Reach returns evidence of a structure in scope, or of one that merged into a structure in scope; [store.ErrNotFound] for any other.
func Reach(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) (Reached, error) {
	e, err := store.One(ctx, tx, scanEvidence, `select `+evidenceColumns+` from evidence e where e.id = $1`, id)
	if err != nil {
		return Reached{}, err
	}
	r := Reached{Evidence: e, Home: e.Structure}
	own, err := territory.Get(ctx, tx, territory.Everything(), territory.ID(e.Structure)) // whether it merged is for every reader to know
	if err != nil {
		return Reached{}, fmt.Errorf("read whose evidence %s is: %w", id, err)
	}
	if own.MergedInto != "" {
		r.From = own.Name
	}
	if scope.Holds(own.Interval) {
		return r, nil
	}
	heir, err := territory.Heir(ctx, tx, scope, own.ID)
	if fault.KindOf(err) == fault.KindNotFound {
		return Reached{}, errors.Join(store.ErrNotFound, err)
	}
	r.Home = string(heir.ID)
	return r, err
}

// TakenOver returns the evidence of the structures that merged into one in scope, the latest merger first, each structure's latest deposit first.
func TakenOver(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) (all []Reached, err error) {
	origins, err := territory.Origins(ctx, tx, scope, territory.ID(structure))
	if err != nil {
		return nil, err
	}
	for _, o := range origins {
		list, err := Of(ctx, tx, territory.Everything(), string(o.ID)) // Origins has told that the scope reaches it
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			all = append(all, Reached{Evidence: e, Home: structure, From: o.Name})
		}
	}
	return all, nil
}
