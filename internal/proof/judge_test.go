package proof_test

import (
	"context"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/referential/packages"
)

// shires plants a GHT with two members and a partner, a clinic whose category was declared, a medico-social entity, a closed one, and one of which
// nothing is known.
func shires(t *testing.T, db *store.DB) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		for _, d := range []territory.Draft{
			{ID: "fr", Kind: territory.Nation, Name: "France"},
			{ID: "g", Parent: "fr", Kind: territory.Group, GroupKind: territory.GHT, Name: "GHT"},
			{ID: "m1", Parent: "g", Kind: territory.Entity, Name: "Un"},
			{ID: "m2", Parent: "g", Kind: territory.Entity, Name: "Deux"},
			{ID: "partner", Parent: "fr", Kind: territory.Entity, Name: "Partenaire"},
			{ID: "clinic", Parent: "fr", Kind: territory.Entity, Name: "Clinique"},
			{ID: "social", Parent: "fr", Kind: territory.Entity, Name: "Foyer"},
			{ID: "home", Parent: "social", Kind: territory.Establishment, Name: "Ehpad", Category: "500"},
			{ID: "other", Parent: "fr", Kind: territory.Entity, Name: "Autre"},
			{ID: "closed", Parent: "fr", Kind: territory.Entity, Name: "Fermée"},
		} {
			if _, err := territory.Insert(ctx, tx, territory.Everything(), d, now); err != nil {
				return err
			}
		}
		if err := territory.Close(ctx, tx, territory.Everything(), "closed", now, now); err != nil {
			return err
		}
		for member, role := range map[territory.ID]territory.MemberRole{"m1": territory.Support, "m2": territory.Party, "partner": territory.Partner} {
			if err := territory.Join(ctx, tx, territory.Everything(), "g", member, role, "test", now, now); err != nil {
				return err
			}
		}
		for member, value := range map[territory.ID]int64{"m1": 660, "m2": 340} {
			size := territory.Size{Structure: member, Key: territory.CombinedActivity, Year: 2025, Value: value, Source: "test"}
			if err := territory.SetSize(ctx, tx, territory.Everything(), size, now); err != nil {
				return err
			}
		}
		level := func(id string, n float64) proof.Fact { return fact(id, "directory.level", referential.Number(n), now) }
		if err := proof.Record(ctx, tx, territory.Everything(), level("m1", 3), level("clinic", 2), level("other", 1), fact("clinic", "directory.run", referential.Date(now), now),
			fact("m2", "assessment.esms-13.score", referential.Number(2), now), fact("clinic", proof.StatusKey, referential.Words("private"), now)); err != nil {
			return err
		}
		for _, kind := range []proof.Kind{"pcra-care", "pcra-administrative", "pcra-technical", "business-impact-analysis"} {
			e := proof.Evidence{Structure: "m1", Kind: kind, Name: "p.pdf", SHA256: sixtyFour("b"), EffectiveFrom: now.AddDate(0, -1, 0), DepositedAt: now, DepositedBy: "t", SignerRole: "director"}
			if _, err := proof.Add(ctx, tx, territory.Everything(), e); err != nil {
				return err
			}
		}
		return nil
	})
}

func sixtyFour(s string) (all string) {
	for range 64 {
		all += s
	}
	return all
}

// All at once, one by one, and after news: the same verdicts.
func TestAllTheWaysToJudgeAgree(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shires(t, db)
		shipped, err := packages.Load()
		if err != nil {
			t.Fatal(err)
		}
		board, moment := referential.NewBoard(shipped...), now.Add(time.Hour)
		seen := map[territory.ID][]referential.Assessment{}
		var alone sync.Mutex
		if err := proof.JudgeAll(t.Context(), db, board, moment, time.UTC, 2, func(s territory.Structure, all []referential.Assessment) error {
			if !alone.TryLock() {
				t.Error("two calls at one time")
			}
			defer alone.Unlock()
			seen[s.ID] = all
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(seen) != 7 {
			t.Errorf("%d structures judged", len(seen))
		}
		news := referential.News{Facts: []string{"directory.level", "assessment.esms-13.score"}, Documents: []string{"pcra-care"}}
		for id, want := range seen {
			if err := db.View(t.Context(), func(tx *store.Tx) error {
				s, err := territory.Get(t.Context(), tx, territory.Everything(), id)
				if err != nil {
					return err
				}
				got, err := proof.AssessAll(t.Context(), tx, territory.Everything(), board, s, moment, time.UTC)
				if err != nil {
					return err
				}
				if !reflect.DeepEqual(want, got) {
					t.Errorf("%s: %s", id, cmp.Diff(want, got))
				}
				again, err := proof.Rejudge(t.Context(), tx, territory.Everything(), board, s, news, moment, time.UTC)
				if err != nil {
					return err
				}
				if len(again) != len(board.Touched(news)) {
					t.Errorf("%d verdicts judged again, want %d", len(again), len(board.Touched(news)))
				}
				for _, a := range want {
					for _, v := range a.Requirements {
						if one, touched := again[referential.Ref{Package: a.Package, Code: v.Code}]; touched && !reflect.DeepEqual(v, one) {
							t.Errorf("%s %s %s: %s", id, a.Package, v.Code, cmp.Diff(v, one))
						}
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		status := func(id territory.ID, pkg, code string) referential.Status {
			for _, a := range seen[id] {
				if v, ok := a.Verdict(code); ok && a.Package == pkg {
					return v.Status
				}
			}
			return ""
		}
		for _, row := range []struct {
			id        territory.ID
			pkg, code string
			want      referential.Status
		}{
			{"g", "care-d2", "pcra-written", referential.Met},                                                                  // the member with plans weighs 66 %
			{"m2", "care-d2", "pcra-written", referential.NotMet}, {"clinic", "care-d1", "D1.O6.B", referential.NotApplicable}, // declared private
			{"other", "care-d1", "D1.O6.B", referential.Unknown}, {"social", "care-d1", "D1.O6.B", referential.NotApplicable},
			{"partner", "care-d1", "D1.O6.B", referential.Unknown}, // a partner is no full member
		} {
			if got := status(row.id, row.pkg, row.code); got != row.want {
				t.Errorf("%s %s: %s, want %s", row.id, row.code, got, row.want)
			}
		}
	})
}
