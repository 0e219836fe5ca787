package proof_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/referential"
)

// What a document proved, it proves until another takes its place; a replay of the past still counts it.
func TestReplacedEvidenceNoLongerCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		later := now.AddDate(0, 0, 7)
		var first, second string
		update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			e := proof.Evidence{Structure: "h1", Kind: "plan", Name: "plan.pdf", SHA256: strings.Repeat("a", 64), EffectiveFrom: now, DepositedAt: now, DepositedBy: "p1"}
			if first, err = proof.Add(ctx, tx, mine, e); err != nil {
				return err
			}
			e.Kind, e.DepositedAt, e.Supersedes = "other", later, first
			if second, err = proof.Add(ctx, tx, mine, e); err != nil {
				return err
			}
			return proof.Record(ctx, tx, mine, proof.Fact{Structure: "h1", Key: "k", Value: referential.Number(1), ObservedAt: now, Source: "test/1", Evidence: first, RecordedAt: now, RecordedBy: "p1"})
		})
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			all, err := proof.Of(t.Context(), tx, mine, "h1")
			if err != nil {
				return err
			}
			if got := proof.Superseded(all, later.Add(-time.Second)); len(got) != 0 {
				t.Errorf("replaced before the day: %v", got)
			}
			if got := proof.Superseded(all, later); len(got) != 1 || got[first] != second {
				t.Errorf("replaced: %v", got)
			}
			for id, want := range map[string]int{first: 1, second: 0, "nothing": 0} {
				facts, err := proof.RestingOn(t.Context(), tx, mine, id)
				if err != nil || len(facts) != want {
					t.Errorf("%d facts rest on %s, want %d (%v)", len(facts), id, want, err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
