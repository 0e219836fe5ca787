package proof_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
)

// What a correction says counts in place of what it corrects, from the moment it was recorded; a replay of the past still counts the first.
func TestACorrectionTakesTheFirstPlace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		later := now.AddDate(0, 0, 7)
		first := proof.Fact{Structure: "h1", Key: "k", Value: referential.Number(5), ObservedAt: now, Source: "declaration/p1", RecordedAt: now, RecordedBy: "p1", Note: "lu de travers"}
		better := first
		better.Value, better.ObservedAt, better.RecordedAt, better.Note = referential.Number(2), now.AddDate(0, 0, -3), later, ""
		history := func() (all []proof.Fact) {
			view(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				all, err = proof.History(ctx, tx, mine, "h1", "k")
				return err
			})
			return all
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return proof.Record(ctx, tx, mine, first) })
		better.Corrects = history()[0].ID
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			for _, wrong := range []proof.Fact{{Corrects: "nothing", Key: "k"}, {Corrects: better.Corrects, Key: "other"}} {
				f := better
				f.Corrects, f.Key = wrong.Corrects, wrong.Key
				if err := proof.Record(ctx, tx, mine, f); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("correction of %s under %s: %v", f.Corrects, f.Key, err)
				}
			}
			return nil
		})
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return proof.Record(ctx, tx, mine, better) })
		if all := history(); len(all) != 2 || all[0].Note != first.Note || all[1].Corrects != all[0].ID {
			t.Errorf("history: %+v", all)
		}
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			for _, row := range []struct {
				name string
				at   int // days from now
				want float64
			}{{"before the correction", 6, 5}, {"after", 7, 2}} {
				at := now.AddDate(0, 0, row.at)
				latest, err := proof.Latest(ctx, tx, mine, "k", at, "h1")
				if err != nil {
					return err
				}
				facts, err := proof.FactsKnownAt(ctx, tx, mine, "h1", at)
				if err != nil {
					return err
				}
				s, err := territory.Get(ctx, tx, mine, "h1")
				if err != nil {
					return err
				}
				w, err := proof.World(ctx, tx, mine, s, at, nil)
				if err != nil {
					return err
				}
				if latest["h1"].Value.Number != row.want || len(facts) != 1 || facts[0].Value.Number != row.want || len(w.Facts) != 1 || w.Facts[0].Value.Number != row.want {
					t.Errorf("%s: latest %v, known %v, judged by %v", row.name, latest["h1"].Value, facts, w.Facts)
				}
			}
			current, err := store.One(ctx, tx, store.Column[float64], `select number from fact_current where structure_id = $1 and key = $2`, "h1", "k")
			if current != 2 {
				t.Errorf("current: %v", current)
			}
			return err
		})
	})
}

func view(t *testing.T, db *store.DB, fn func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := db.View(t.Context(), func(tx *store.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// However much was corrected, what stands is what nothing corrects: a handful is named in the query, a multitude is asked of each fact.
func TestFewAndManyCorrections(t *testing.T) {
	for _, corrected := range []int{0, 3, 700} {
		t.Run(strconv.Itoa(corrected), func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				hospitals(t, db)
				const all = 750
				var said []proof.Fact
				for i := range all {
					said = append(said, proof.Fact{Structure: "h1", Key: "k", Value: referential.Number(1), ObservedAt: now.AddDate(0, 0, -i), Source: "declaration/p1", RecordedAt: now, RecordedBy: "p1"})
				}
				update(t, db, func(ctx context.Context, tx *store.Tx) error {
					if err := proof.Record(ctx, tx, mine, said...); err != nil {
						return err
					}
					history, err := proof.History(ctx, tx, mine, "h1", "k")
					if err != nil {
						return err
					}
					for _, f := range history[:corrected] {
						f.Corrects, f.Value, f.RecordedAt = f.ID, referential.Number(2), now.AddDate(0, 0, 7)
						if err := proof.Record(ctx, tx, mine, f); err != nil {
							return err
						}
					}
					return nil
				})
				view(t, db, func(ctx context.Context, tx *store.Tx) error {
					s, err := territory.Get(ctx, tx, mine, "h1")
					if err != nil {
						return err
					}
					for days, want := range map[int]float64{6: all, 7: float64(all + corrected)} {
						w, err := proof.World(ctx, tx, mine, s, now.AddDate(0, 0, days), nil)
						if err != nil {
							return err
						}
						sum := 0.0
						for _, f := range w.Facts {
							sum += f.Value.Number
						}
						if len(w.Facts) != all || sum != want {
							t.Errorf("after %d days %d facts stand and sum up to %v; %d and %v expected", days, len(w.Facts), sum, all, want)
						}
					}
					return nil
				})
			})
		})
	}
}
