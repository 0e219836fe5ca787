package proof_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
)

// call is a small package whose threshold was not published.
const call = `format: 1
id: call
version: "%s"
kind: call
title: {fr: Appel, en: Call}
source: {mark: sourced, text: {fr: a, en: a}}
parameters:
  - {code: level, kind: number, min: 1, max: 5, title: {fr: niveau, en: level}, source: {mark: unsure, text: {fr: non lu, en: not read}}}
facts:
  - {key: directory.level, kind: number, label: {fr: le niveau, en: the level}}
  - {key: directory.run, kind: date, label: {fr: la date, en: the date}, one: {fr: un audit, en: an audit}, many: {fr: audits, en: audits}}
documents:
  - {code: plan, label: {fr: le plan, en: the plan}, source: {mark: own, text: {fr: a, en: a}}}
axes:
  - code: axis
    title: {fr: Axe, en: Axis}
    source: {mark: own, text: {fr: a, en: a}}
    objectives:
      - code: aim
        title: {fr: But, en: Aim}
        source: {mark: own, text: {fr: a, en: a}}
        requirements:
          - code: reached
            title: {fr: Atteint, en: Reached}
            source: {mark: own, text: {fr: a, en: a}}
            criteria:
              - code: level-reached
                title: {fr: Niveau, en: Level}
                source: {mark: own, text: {fr: a, en: a}}
                rule: {value: {fact: directory.level, at_least: {parameter: level}}}
          - code: planned
            title: {fr: Prévu, en: Planned}
            source: {mark: own, text: {fr: a, en: a}}
            criteria:
              - code: plan-deposited
                title: {fr: Plan, en: Plan}
                source: {mark: own, text: {fr: a, en: a}}
                rule: {any: [{document: {kind: plan}}, {fresh: {fact: directory.run, max_age: %s}}]}
`

func callPackage(t testing.TB, version, age string) *referential.Package {
	t.Helper()
	p, err := referential.Read("call.yaml", fmt.Appendf(nil, call, version, age))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newShelf(t testing.TB, packages ...*referential.Package) *proof.Shelf {
	t.Helper()
	s, err := proof.NewShelf(packages, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// at is what holds at a moment.
func at(t *testing.T, db *store.DB, s *proof.Shelf, moment time.Time) *proof.Set {
	t.Helper()
	var set *proof.Set
	if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		set, err = s.At(t.Context(), tx, moment)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return set
}

func version(t *testing.T, set *proof.Set, id string) string {
	t.Helper()
	p, ok := set.Find(id)
	if !ok {
		return ""
	}
	return p.Version
}

func bring(ctx context.Context, tx *store.Tx, p *referential.Package, moment time.Time) (proof.Version, error) {
	file, err := referential.Write(p)
	if err != nil {
		return proof.Version{}, err
	}
	return proof.Bring(ctx, tx, p, file, "p1", moment)
}

func TestVersionsHoldSinceTheyWerePutInForce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		one, two, other := callPackage(t, "1", "12 months"), callPackage(t, "2", "3 months"), callPackage(t, "2", "6 months")
		s := newShelf(t, one)
		if got := version(t, at(t, db, s, now), "call"); got != "1" {
			t.Fatalf("before anything was noted: %q", got)
		}
		stock := func(s *proof.Shelf, moment time.Time) (changed []*referential.Package) {
			update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				changed, err = s.Stock(ctx, tx, moment)
				return err
			})
			return changed
		}
		if changed := stock(s, now); len(changed) > 0 {
			t.Errorf("the first stock changes %v", changed)
		}
		stock(s, now.Add(time.Minute)) // again changes nothing
		var brought proof.Version
		update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			if brought, err = bring(ctx, tx, two, now.Add(time.Hour)); err != nil {
				return err
			}
			again, err := bring(ctx, tx, two, now.Add(2*time.Hour))
			if again.ID != brought.ID {
				t.Error("the same file twice is two versions")
			}
			return err
		})
		if got := version(t, at(t, db, s, now.Add(2*time.Hour)), "call"); got != "1" {
			t.Errorf("a version that was only brought holds: %q", got)
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := proof.PutInForce(ctx, tx, brought, "p1", "new order", now.Add(3*time.Hour)); err != nil {
				return err
			}
			if err := proof.PutInForce(ctx, tx, brought, "p1", "", now.Add(3*time.Hour)); !errors.Is(err, proof.ErrInForce) {
				t.Errorf("put in force twice: %v", err)
			}
			if _, err := bring(ctx, tx, other, now.Add(3*time.Hour)); !errors.Is(err, proof.ErrTwice) {
				t.Errorf("two files under one number: %v", err)
			}
			return proof.Withdraw(ctx, tx, "call", "p1", "over", now.Add(5*time.Hour))
		})
		for hours, want := range map[int]string{-1000: "1", 0: "1", 2: "1", 3: "2", 4: "2", 5: "", 9: ""} {
			if got := version(t, at(t, db, s, now.Add(time.Duration(hours)*time.Hour)), "call"); got != want {
				t.Errorf("after %d hours: %q, want %q", hours, got, want)
			}
		}
		e := at(t, db, s, now.Add(4*time.Hour)).Edition("call")
		review := slices.IndexFunc(e.Changes, func(c referential.Change) bool { return c.Code == "plan-deposited" && c.Review })
		if e.By != "p1" || !e.Since.Equal(now.Add(3*time.Hour)) || e.Before.Version != "1" || review < 0 {
			t.Errorf("edition %+v", e)
		}
		// Another node, that has never read the file.
		if got := version(t, at(t, db, newShelf(t, one), now.Add(4*time.Hour)), "call"); got != "2" {
			t.Errorf("on another node: %q", got)
		}
		// A newer program does not undo what an administrator chose.
		if changed := stock(newShelf(t, callPackage(t, "3", "1 month")), now.Add(6*time.Hour)); len(changed) > 0 || version(t, at(t, db, s, now.Add(7*time.Hour)), "call") != "" {
			t.Errorf("the program undid the withdrawal: %v", changed)
		}
	})
}

func TestANewerProgramBringsItsVersions(t *testing.T) {
	db := storetest.SQLite(t)
	for i, row := range []struct {
		version, age, holds string
		changes             int
	}{{"1", "1 month", "1", 0}, {"1.9", "2 months", "1.9", 1}, {"1.10", "3 months", "1.10", 1}, {"1.9", "2 months", "1.10", 0}, {"1.10", "3 months", "1.10", 0}} {
		s := newShelf(t, callPackage(t, row.version, row.age))
		moment := now.AddDate(0, 0, i)
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			changed, err := s.Stock(ctx, tx, moment)
			if len(changed) != row.changes {
				t.Errorf("program %d with %s changes %d", i, row.version, len(changed))
			}
			return err
		})
		if got := version(t, at(t, db, s, moment), "call"); got != row.holds {
			t.Errorf("program %d with %s: %s holds", i, row.version, got)
		}
	}
}

func TestCompletionsAndTheWayBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, line := newShelf(t, callPackage(t, "1", "12 months")), referential.LineRef{Kind: referential.ParameterLine, Code: "level"}
		clock := now
		do := func(act func(ctx context.Context, tx *store.Tx) error) {
			clock = clock.Add(time.Minute)
			update(t, db, act)
		}
		complete := func(n float64, source string) {
			do(func(ctx context.Context, tx *store.Tx) error {
				return proof.Complete(ctx, tx, "call", referential.Amendment{LineRef: line, Value: referential.Number(n), Source: referential.Source{Text: referential.Text{FR: source}, URL: "https://example.org", ReadOn: now.Truncate(24 * time.Hour)}}, "p1", clock)
			})
		}
		undo := func(want error) {
			clock = clock.Add(time.Minute)
			err := db.Update(t.Context(), func(tx *store.Tx) error { return proof.Undo(t.Context(), tx, "call", line, "p2", clock) })
			if !errors.Is(err, want) {
				t.Errorf("undo: %v, want %v", err, want)
			}
		}
		value := func() float64 {
			p, _ := at(t, db, s, clock.Add(time.Second)).Find("call")
			open, _ := p.Line(line)
			return open.Value.Number
		}
		check := func(want float64) {
			t.Helper()
			if got := value(); got != want {
				t.Errorf("level %v, want %v", got, want)
			}
		}
		check(0)
		undo(proof.ErrNothingToUndo)
		complete(2, "a")
		complete(3, "b")
		check(3)
		middle := clock.Add(time.Second)
		complete(4, "c")
		check(4)
		undo(nil)
		check(3)
		undo(nil)
		check(2)
		undo(nil)
		check(0)
		undo(proof.ErrNothingToUndo)
		if p, _ := at(t, db, s, middle).Find("call"); p.Parameters[0].Value.Number != 3 || p.Parameters[0].Source.Mark != referential.Completed || p.Parameters[0].Source.URL != "https://example.org" {
			t.Errorf("as it was known then: %+v", p.Parameters[0])
		}
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			history, err := proof.AmendmentsOf(t.Context(), tx, "call", line)
			var steps []string
			for _, a := range history {
				steps = append(steps, fmt.Sprint(a.Value, a.Source.Text.FR, a.TakenBack, a.By))
			}
			want := []string{"truep2", "2afalsep2", "3bfalsep2", "4cfalsep1", "3bfalsep1", "2afalsep1"}
			if !slices.Equal(steps, want) {
				t.Error(cmp.Diff(want, steps))
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		// A version that says itself what the line holds has no place for it.
		complete(5, "d")
		sure := callPackage(t, "2", "12 months")
		sure.Parameters[0].Max = new(float64)
		*sure.Parameters[0].Max = 4
		do(func(ctx context.Context, tx *store.Tx) error {
			v, err := bring(ctx, tx, sure, clock)
			if err != nil {
				return err
			}
			return proof.PutInForce(ctx, tx, v, "p1", "", clock)
		})
		set := at(t, db, s, clock)
		if e := set.Edition("call"); len(e.Unfit) != 1 || !errors.Is(e.Unfit[0].Why, referential.ErrValue) {
			t.Errorf("unfit: %v", e.Unfit)
		}
		if p, _ := set.Find("call"); p.Parameters[0].Value.Kind != "" {
			t.Error("an unfit value is used")
		}
	})
}

// What a page showed at a moment can be shown again, whatever came after: facts, late facts, documents, replacements, completions, versions.
func TestReplayShowsWhatWasShownThen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		round := 0
		versions := []*referential.Package{callPackage(t, "1", "12 months"), callPackage(t, "2", "2 months"), callPackage(t, "3", "1 month")}
		rapid.Check(t, func(rt *rapid.T) {
			round++
			id := fmt.Sprint("s", round)
			start := now.AddDate(0, round*10, 0)
			plant(t, db, id, round)
			s := newShelf(t, versions[0])
			type shown struct {
				at time.Time
				a  []referential.Assessment
			}
			var pages []shown
			var deposits []string
			show := func(moment time.Time) (all []referential.Assessment) {
				if err := db.View(t.Context(), func(tx *store.Tx) error {
					set, err := s.At(t.Context(), tx, moment)
					if err != nil {
						return err
					}
					all, err = proof.AssessAll(t.Context(), tx, territory.Everything(), set.Judged, territory.Structure{ID: territory.ID(id), Kind: territory.Entity}, moment, time.UTC)
					return err
				}); err != nil {
					rt.Fatal(err)
				}
				return all
			}
			clock := start
			for range rapid.IntRange(1, 8).Draw(rt, "acts") {
				clock = clock.Add(time.Duration(rapid.IntRange(1, 40*24).Draw(rt, "hours")) * time.Hour)
				update(t, db, func(ctx context.Context, tx *store.Tx) error {
					return act(ctx, tx, rt, id, clock, versions, &deposits)
				})
				clock = clock.Add(time.Second)
				pages = append(pages, shown{clock, show(clock)})
			}
			for _, p := range pages {
				if again := show(p.at); !reflect.DeepEqual(p.a, again) {
					rt.Fatalf("replayed at %s: %s", p.at, cmp.Diff(p.a, again))
				}
			}
		})
	})
}

func plant(t *testing.T, db *store.DB, id string, n int) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into structure (id, parent_id, kind, name, name_key, lft, rgt, depth, created_at, updated_at) values ($1, null, 'entity', 'X', 'X', $2, $3, 1, 0, 0)`, id, n*2+100, n*2+101)
		return err
	})
}

// act does something that a verdict may rest on.
func act(ctx context.Context, tx *store.Tx, rt *rapid.T, id string, clock time.Time, versions []*referential.Package, deposits *[]string) error {
	switch rapid.IntRange(0, 5).Draw(rt, "act") {
	case 0, 1:
		observed := clock.AddDate(0, 0, -rapid.IntRange(0, 90).Draw(rt, "late"))
		return proof.Record(ctx, tx, territory.Everything(),
			proof.Fact{Structure: id, Key: "directory.level", Value: referential.Number(float64(rapid.IntRange(1, 5).Draw(rt, "level"))), ObservedAt: observed, Source: "t", RecordedAt: clock, RecordedBy: "t"},
			proof.Fact{Structure: id, Key: "directory.run", Value: referential.Date(observed), ObservedAt: observed, Source: "t", RecordedAt: clock, RecordedBy: "t"})
	case 2:
		e := proof.Evidence{Structure: id, Kind: "plan", Name: "plan.pdf", SHA256: strings.Repeat("a", 64), EffectiveFrom: clock.AddDate(0, -2, 0), EffectiveUntil: clock.AddDate(0, 0, rapid.IntRange(0, 60).Draw(rt, "until")), DepositedAt: clock, DepositedBy: "t"}
		if n := len(*deposits); n > 0 && rapid.Bool().Draw(rt, "replaces") {
			e.Supersedes = (*deposits)[n-1]
		}
		deposited, err := proof.Add(ctx, tx, territory.Everything(), e)
		*deposits = append(*deposits, deposited)
		return err
	case 3:
		return proof.Complete(ctx, tx, "call", referential.Amendment{LineRef: referential.LineRef{Kind: referential.ParameterLine, Code: "level"}, Value: referential.Number(float64(rapid.IntRange(1, 5).Draw(rt, "threshold"))),
			Source: referential.Source{Text: referential.Text{FR: "annexe"}}}, "t", clock)
	case 4:
		err := proof.Undo(ctx, tx, "call", referential.LineRef{Kind: referential.ParameterLine, Code: "level"}, "t", clock)
		if errors.Is(err, proof.ErrNothingToUndo) {
			return nil
		}
		return err
	}
	v, err := bring(ctx, tx, rapid.SampledFrom(versions).Draw(rt, "version"), clock)
	if err != nil {
		return err
	}
	if err := proof.PutInForce(ctx, tx, v, "t", "", clock); !errors.Is(err, proof.ErrInForce) {
		return err
	}
	return nil
}
