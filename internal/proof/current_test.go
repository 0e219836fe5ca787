package proof_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
)

func TestSpreadCountsTheNewestObservation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		level := func(structure string, value float64, day int) proof.Fact {
			f := fact(structure, "directory.level", referential.Number(value), now)
			f.ObservedAt = now.AddDate(0, 0, day)
			return f
		}
		spread := func(scope territory.Scope, kind territory.Kind, inside territory.Interval) (shares []proof.Share) {
			if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
				shares, err = proof.Spread(t.Context(), tx, scope, "directory.level", kind, inside)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return shares
		}
		record := func(facts ...proof.Fact) {
			update(t, db, func(ctx context.Context, tx *store.Tx) error { return proof.Record(ctx, tx, all, facts...) })
		}
		everywhere := territory.Interval{Left: 0, Right: 100}
		record(level("h1", 2, -10), level("h2", 1, -3), fact("h2", "other", referential.Number(9), now))
		record(level("h1", 1, -20)) // deposited late: an older state
		for _, row := range []struct {
			name   string
			scope  territory.Scope
			kind   territory.Kind
			inside territory.Interval
			want   []proof.Share
		}{
			{"everything", all, territory.Entity, everywhere, []proof.Share{{1, 1}, {2, 1}}},
			{"scope of one", mine, territory.Entity, everywhere, []proof.Share{{2, 1}}},
			{"interval of the other", all, territory.Entity, territory.Interval{Left: 4, Right: 5}, []proof.Share{{1, 1}}},
			{"interval out of scope", mine, territory.Entity, territory.Interval{Left: 4, Right: 5}, nil},
			{"another kind", all, territory.Group, everywhere, nil},
		} {
			if got := spread(row.scope, row.kind, row.inside); len(got)+len(row.want) > 0 && !cmp.Equal(got, row.want) {
				t.Errorf("%s: %v, want %v", row.name, got, row.want)
			}
		}
		record(level("h1", 1, -10)) // the same moment, said again
		record(level("h2", 4, -1))
		if got, want := spread(all, territory.Entity, everywhere), []proof.Share{{1, 1}, {4, 1}}; !cmp.Equal(got, want) {
			t.Errorf("after more: %v, want %v", got, want)
		}
	})
}
