package proof_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
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

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// standings puts a keeper of standings behind every transaction.
func standings(t testing.TB, db *store.DB, c *clock) *proof.Standings {
	t.Helper()
	shipped, err := packages.Load()
	if err != nil {
		t.Fatal(err)
	}
	shelf, err := proof.NewShelf(shipped, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := proof.NewStandings(shelf, c.now, time.UTC)
	db.SettleWith(s.Settle)
	return s
}

// kept is everything that is kept of standings, one text a row; counters that reached zero are left out.
func kept(t *testing.T, db *store.DB) (standings, sums []string) {
	t.Helper()
	view(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		standings, err = store.All(ctx, tx, store.Column[string], `select structure_id || ' ' || subject || ' ' || edition || ' ' || kind || ' ' || holder_id || ' ' || answers from standing order by structure_id, subject`)
		if err != nil {
			return err
		}
		sums, err = store.All(ctx, tx, store.Column[string], `select subject || ' ' || code || ' ' || kind || ' ' || holder_id || ' ' || answer || ' ' || n from standing_sum where n <> 0 order by subject, code, kind, holder_id, answer`)
		return err
	})
	return standings, sums
}

// After any history of facts, documents, corrections, withdrawals, moves, closings and memberships, what was kept on the way is what a count of the whole
// country gives from nothing.
func TestStandingsFollowAsCountedFromNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{now}
		s := standings(t, db, c)
		shires(t, db)
		random := rand.New(rand.NewPCG(7, 11))
		entities := []territory.ID{"m1", "m2", "partner", "clinic", "social", "other"}
		var said []proof.Fact
		for step := range 60 {
			c.at = c.at.Add(time.Duration(random.IntN(100)) * time.Hour)
			id := entities[random.IntN(len(entities))]
			update(t, db, func(ctx context.Context, tx *store.Tx) error { return happen(ctx, tx, random, id, c.at, &said) })
			if step%10 == 9 {
				if _, err := s.CatchUp(t.Context(), db); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := s.CatchUp(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		// With the days verdicts change: a count follows, and from nothing it is the same.
		if _, err := s.Count(t.Context(), db, 2); err != nil {
			t.Fatal(err)
		}
		standing, sums := kept(t, db)
		if len(standing) < 30 || len(sums) < 50 {
			t.Fatalf("%d standings and %d counters: too few to tell", len(standing), len(sums))
		}
		db.SettleWith(nil)
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err1 := tx.Exec(ctx, `delete from standing`)
			_, err2 := tx.Exec(ctx, `delete from standing_sum`)
			return errors.Join(err1, err2)
		})
		if done, err := s.Count(t.Context(), db, 2); err != nil || done.Structures == 0 || done.Changed == 0 {
			t.Fatalf("count from nothing: %+v %v", done, err)
		}
		again, sumsAgain := kept(t, db)
		if d := cmp.Diff(again, standing); d != "" {
			t.Errorf("standings kept on the way differ (-nothing +kept):\n%s", d)
		}
		if d := cmp.Diff(sumsAgain, sums); d != "" {
			t.Errorf("counters kept on the way differ (-nothing +kept):\n%s", d)
		}
		if done, err := s.Count(t.Context(), db, 2); err != nil || done.Changed != 0 {
			t.Errorf("a second count changed %d: %v", done.Changed, err)
		}
	})
}

// happen does one random thing to a structure.
func happen(ctx context.Context, tx *store.Tx, random *rand.Rand, id territory.ID, at time.Time, said *[]proof.Fact) error {
	everything := territory.Everything()
	record := func(f proof.Fact) error {
		if err := proof.Record(ctx, tx, everything, f); err != nil {
			return err
		}
		history, err := proof.History(ctx, tx, everything, f.Structure, f.Key)
		*said = append(*said, history[len(history)-1])
		return err
	}
	f := proof.Fact{Structure: string(id), ObservedAt: at, Source: fmt.Sprint("test/", random.Int64()), RecordedAt: at, RecordedBy: "t"}
	switch random.IntN(10) {
	case 0, 1, 2:
		f.Key, f.Value = "directory.level", referential.Number(float64(1+random.IntN(5)))
		return record(f)
	case 3:
		f.Key, f.Value = "exposure.run", referential.Date(at)
		return record(f)
	case 4:
		f.Key, f.Value = proof.StatusKey, referential.Words([]string{"public", "ebnl", "private"}[random.IntN(3)])
		return record(f)
	case 5:
		if len(*said) == 0 {
			return nil
		}
		before := (*said)[random.IntN(len(*said))]
		*said = slices.DeleteFunc(*said, func(o proof.Fact) bool { return o.ID == before.ID })
		f.Structure, f.Key, f.Corrects, f.Value = before.Structure, before.Key, before.ID, before.Value
		if random.IntN(2) == 0 {
			f.Withdraws, f.Note = true, "wrong establishment"
			return proof.Record(ctx, tx, everything, f)
		}
		return record(f)
	case 6:
		kind := []proof.Kind{"pcra-care", "digital-emergency-plan", "continuity-plan", "recovery-plan"}[random.IntN(4)]
		_, err := proof.Add(ctx, tx, everything, proof.Evidence{Structure: string(id), Kind: kind, Name: "p.pdf", SHA256: sixtyFour("c"), EffectiveFrom: at.AddDate(0, -1, 0), DepositedAt: at, DepositedBy: "t"})
		return err
	case 7:
		return territory.Move(ctx, tx, everything, id, []territory.ID{"g", "fr"}[random.IntN(2)], at)
	case 8:
		if random.IntN(2) == 0 {
			return territory.Leave(ctx, tx, everything, "g", id, at)
		}
		return territory.Join(ctx, tx, everything, "g", id, territory.Party, "test", at, at)
	}
	if s, err := territory.Get(ctx, tx, everything, id); err != nil || s.Status == territory.Closed {
		return errors.Join(err, territory.Reopen(ctx, tx, everything, id, at))
	}
	if id == "social" { // something stands below it
		return nil
	}
	return territory.Close(ctx, tx, everything, id, at, at)
}

// The counters of a country say how many stand where, of what, and lead to the structures.
func TestTalliesAndTheirStructures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{now.Add(time.Hour)}
		s := standings(t, db, c)
		shires(t, db)
		if _, err := s.CatchUp(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Count(t.Context(), db, 1); err != nil {
			t.Fatal(err)
		}
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			everything := territory.Everything()
			levels, err := proof.Tallies(ctx, tx, everything, proof.FactSubject(proof.LevelKey), territory.Entity, territory.RootInterval())
			if d := cmp.Diff(map[string]int{"1": 1, "2": 1, "3": 1}, levels[""].ByAnswer); d != "" || !levels[""].Latest.Equal(now.AddDate(0, 0, -1)) {
				t.Errorf("levels: %s %v, latest %s", d, err, levels[""].Latest)
			}
			group, err := territory.Get(ctx, tx, everything, "g")
			if err != nil {
				return err
			}
			shipped, err := packages.Load()
			if err != nil {
				return err
			}
			for _, row := range []struct {
				name   string
				inside territory.Interval
				answer string
				want   []territory.ID
			}{
				{"not met in the country", territory.RootInterval(), proof.NotMetAnswer, []territory.ID{"other", "clinic", "m2", "partner"}},
				{"unknown in the country", territory.RootInterval(), proof.UnknownAnswer, nil},
				{"met in the group", group.Interval, proof.MetAnswer, []territory.ID{"m1"}},
			} {
				tallies, err := proof.Tallies(ctx, tx, everything, "care-d2", territory.Entity, row.inside)
				if err != nil {
					return err
				}
				i := slices.IndexFunc(shipped, func(p *referential.Package) bool { return p.ID == "care-d2" })
				q := proof.StoodQuery{Package: shipped[i], Code: "pcra-written", Kind: territory.Entity, Inside: row.inside, Answer: row.answer, Limit: 10}
				page, total, err := proof.StoodAt(ctx, tx, everything, q)
				if err != nil {
					return err
				}
				var got []territory.ID
				for _, one := range page {
					got = append(got, one.Structure.ID)
				}
				if row.want != nil && !slices.Equal(got, row.want) {
					t.Errorf("%s: %v, want %v", row.name, got, row.want)
				}
				if n := tallies["pcra-written"].N(row.answer); n != total || n != len(page) {
					t.Errorf("%s: the counter says %d, the list %d of %d", row.name, n, len(page), total)
				}
			}
			parts, err := proof.PartTallies(ctx, tx, everything, "care-d2", "pcra-written", territory.Entity, territory.Group, territory.RootInterval())
			if err != nil || len(parts) != 1 || parts[0].Structure.ID != "g" || parts[0].Tally.N(proof.MetAnswer) != 1 || parts[0].Tally.Judged() != 2 {
				t.Errorf("groups: %+v %v", parts, err)
			}
			wholes, err := proof.Wholes(ctx, tx, everything, territory.Entity, territory.RootInterval(), "care-d2", proof.FactSubject(proof.LevelKey))
			if err != nil || wholes["care-d2"].N(proof.NotMetAnswer) == 0 || wholes[proof.FactSubject(proof.LevelKey)].All() != 3 {
				t.Errorf("wholes: %+v %v", wholes, err)
			}
			clinic, err := territory.Get(ctx, tx, everything, "clinic")
			if err != nil {
				return err
			}
			narrow := territory.NewScope(1, clinic.Interval)
			if found, err := proof.Tallies(ctx, tx, narrow, "care-d2", territory.Entity, territory.RootInterval()); err != nil || len(found) != 0 {
				t.Errorf("a scope of one structure sums others: %v %v", slices.Sorted(maps.Keys(found)), err)
			}
			return nil
		})
	})
}

// A count holds for a day, and until structures come or referentials change.
func TestCountsGoStale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{now}
		s := standings(t, db, c)
		shires(t, db)
		if _, err := s.Count(t.Context(), db, 1); err != nil {
			t.Fatal(err)
		}
		if stale := staleNow(t, db, s); stale {
			t.Error("just counted, and stale")
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			c.at = c.at.Add(time.Minute)
			_, err := territory.Insert(ctx, tx, territory.Everything(), territory.Draft{Parent: "fr", Kind: territory.Entity, Name: "Neuf"}, c.at)
			return err
		})
		if stale := staleNow(t, db, s); !stale {
			t.Error("a structure came, and not stale")
		}
		c.at = c.at.Add(time.Minute)
		if _, err := s.Count(t.Context(), db, 1); err != nil {
			t.Fatal(err)
		}
		if stale := staleNow(t, db, s); stale {
			t.Error("counted again, and stale")
		}
		c.at = c.at.Add(21 * time.Hour)
		if stale := staleNow(t, db, s); !stale {
			t.Error("not stale on the next day")
		}
	})
}

func staleNow(t *testing.T, db *store.DB, s *proof.Standings) (stale bool) {
	t.Helper()
	view(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		stale, err = s.Stale(ctx, tx)
		return err
	})
	return stale
}

// A fact that was withdrawn counts no more, from then on; the history keeps it with the reason.
func TestWithdrawnFacts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		f := fact("h1", "k", referential.Number(5), now)
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return proof.Record(ctx, tx, mine, f) })
		var id string
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			all, err := proof.History(ctx, tx, mine, "h1", "k")
			id = all[0].ID
			return err
		})
		later := now.Add(time.Hour)
		w := proof.Fact{Structure: "h1", Key: "k", ObservedAt: f.ObservedAt, Source: "test/2", RecordedAt: later, RecordedBy: "p1", Corrects: id, Withdraws: true}
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return proof.Record(t.Context(), tx, mine, w) }); err == nil {
			t.Error("withdrawn without a reason")
		}
		w.Note = "another establishment was meant"
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return proof.Record(ctx, tx, mine, w) })
		view(t, db, func(ctx context.Context, tx *store.Tx) error {
			for _, row := range []struct {
				name string
				at   time.Time
				want int
			}{{"before", now, 1}, {"after", later, 0}} {
				latest, err1 := proof.Latest(ctx, tx, mine, "k", row.at, "h1")
				known, err2 := proof.FactsKnownAt(ctx, tx, mine, "h1", row.at)
				if err := errors.Join(err1, err2); err != nil || len(latest) != row.want || len(known) != row.want {
					t.Errorf("%s: latest %v, known %v, %v", row.name, latest, known, err)
				}
			}
			all, err := proof.History(ctx, tx, mine, "h1", "k")
			if err != nil || len(all) != 2 || !all[1].Withdraws || all[1].Note != w.Note {
				t.Errorf("history: %+v %v", all, err)
			}
			spread, err := proof.Spread(ctx, tx, mine, "k", territory.Entity, territory.Interval{Left: 1, Right: 6})
			if err != nil || len(spread) != 0 {
				t.Errorf("still counted: %v %v", spread, err)
			}
			return nil
		})
	})
}
