package assessment

import (
	"context"
	"slices"

	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// fewest is how many other structures a comparison needs, so that none can be guessed from it.
const fewest = 5

// peers is how similar structures answered the same questionnaire.
type peers struct {
	Count           int
	Quarter, Middle float64 // a quarter, a half of them have this score at most
	Top             float64 // three quarters
}

// similar compares with all active structures of the same kind, this one left out; nil when there are fewer than five. It tells quartiles only and
// never who they are, so it looks beyond the reader's scope.
func similar(ctx context.Context, tx *store.Tx, s territory.Structure, pkg string) (*peers, error) {
	all, err := proof.Spread(ctx, tx, territory.Everything(), scoreKey(pkg), s.Kind, right.Everywhere())
	if err != nil {
		return nil, err
	}
	own, err := proof.Spread(ctx, tx, territory.Everything(), scoreKey(pkg), s.Kind, territory.Interval{Left: s.Interval.Left, Right: s.Interval.Left})
	if err != nil {
		return nil, err
	}
	var scores []float64
	for _, share := range all {
		n := share.Structures
		for _, mine := range own {
			if mine.Number == share.Number {
				n -= mine.Structures
			}
		}
		for range n {
			scores = append(scores, share.Number)
		}
	}
	return quartiles(scores), nil
}

// quartiles of at least five scores, else nil. A quartile is one of the scores: the one at or above which the rest of them lie.
func quartiles(scores []float64) *peers {
	n := len(scores)
	if n < fewest {
		return nil
	}
	slices.Sort(scores)
	at := func(quarter int) float64 { return scores[(n*quarter+3)/4-1] }
	return &peers{Count: n, Quarter: at(1), Middle: at(2), Top: at(3)}
}
