package funding_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

func TestTwoPeopleInOneFieldLoseNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		d := b.begin("applicant-1", pagetest.Hospital)
		save := func(who, value string, seen int64) (s funding.Saved, err error) {
			err = b.try(func(ctx context.Context, tx *store.Tx) (err error) {
				s, err = b.service.Save(ctx, tx, territory.Everything(), d.ID, funding.Field{Name: "project", Value: value, By: who}, seen)
				return err
			})
			return s, err
		}
		one, err := save("p1", "un", 0)
		if err != nil || one.Position != 1 || one.Overtaken != nil {
			t.Fatalf("%+v %v", one, err)
		}
		if own, err := save("p1", "un bis", 0); err != nil || own.Overtaken != nil {
			t.Errorf("overtook oneself: %+v %v", own, err)
		}
		two, err := save("p2", "deux", 1)
		if err != nil || two.Overtaken == nil || two.Overtaken.Value != "un bis" || two.Overtaken.By != "p1" {
			t.Errorf("the later is not told: %+v %v", two, err)
		}
		if same, err := save("p1", "deux", 0); err != nil || !same.Unchanged || same.Position != two.Position {
			t.Errorf("the same value: %+v %v", same, err)
		}
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				if _, err := save(fmt.Sprint("w", i), fmt.Sprint("valeur ", i), two.Position); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		b.View(func(ctx context.Context, tx *store.Tx) error {
			all, err := funding.FieldHistory(ctx, tx, territory.Everything(), d.ID, "", "project")
			if len(all) != 11 {
				t.Errorf("%d values kept", len(all))
			}
			now, err2 := funding.Fields(ctx, tx, territory.Everything(), d.ID)
			if len(now) != 1 || now[0].Value != all[0].Value {
				t.Errorf("counts %+v", now)
			}
			return errors.Join(err, err2)
		})
		for _, name := range []string{"", "Project", "../x", strings.Repeat("a", 200), "a b"} {
			err := b.try(func(ctx context.Context, tx *store.Tx) error {
				_, err := b.service.Save(ctx, tx, territory.Everything(), d.ID, funding.Field{Name: name, Value: "x", By: "p"}, 0)
				return err
			})
			if fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("field %q: %v", name, err)
			}
		}
		if _, err := save("p1", strings.Repeat("é", 10_001), 99); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("too long: %v", err)
		}
	})
}

func TestCorrectionsReachOnlyWhatIsAsked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		d := b.lead(b.begin("applicant-1", pagetest.Hospital), funding.RegionalCorrection)
		director := b.people["applicant-1"]
		save := func(name string) error {
			return b.try(func(ctx context.Context, tx *store.Tx) error {
				_, err := b.service.Save(ctx, tx, territory.Everything(), d.ID, funding.Field{Name: name, Value: "corrigé", By: director.Person}, 0)
				return err
			})
		}
		if err := save("project"); err != nil {
			t.Errorf("a field that was asked for: %v", err)
		}
		if err := save("summary"); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("another field: %v", err)
		}
		give := func() error {
			return b.try(func(ctx context.Context, tx *store.Tx) error {
				_, err := b.service.Do(ctx, tx, director, funding.Doing{Dossier: d.ID, Version: d.Version, Act: funding.Answer})
				return err
			})
		}
		if f := fault.As(give()); f == nil || f.Key != "funding.unanswered" {
			t.Errorf("given back without an answer: %v", f)
		}
		b.update(func(ctx context.Context, tx *store.Tx) error { return answerAll(ctx, tx, b, director, d.ID) })
		if err := give(); err != nil {
			t.Fatal(err)
		}
		if err := give(); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("given back twice: %v", err)
		}
		if err := save("project"); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("written while it is instructed: %v", err)
		}
		b.View(func(ctx context.Context, tx *store.Tx) error {
			events, err := funding.Events(ctx, tx, territory.Everything(), d.ID)
			if spans := funding.Running(events); len(spans) != 2 {
				t.Errorf("clock %v", spans)
			}
			return err
		})
	})
}

func TestExpensesAndMessages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		d := b.begin("applicant-1", pagetest.Hospital)
		director := b.people["applicant-1"]
		scope := right.Visible(director, right.EditDossier)
		good := funding.Expense{Kind: "audit", Label: "Audit de l’annuaire", Amount: 12_345_67, On: start}
		spend := func(x funding.Expense) (id string, err error) {
			err = b.try(func(ctx context.Context, tx *store.Tx) (err error) {
				id, err = b.service.Spend(ctx, tx, director, scope, d.ID, x)
				return err
			})
			return id, err
		}
		id, err := spend(good)
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(*funding.Expense){
			"no label": func(x *funding.Expense) { x.Label = "  " }, "no kind": func(x *funding.Expense) { x.Kind = "" }, "no day": func(x *funding.Expense) { x.On = time.Time{} },
			"no amount": func(x *funding.Expense) { x.Amount = 0 }, "too much": func(x *funding.Expense) { x.Amount = 1 << 60 }, "no such invoice": func(x *funding.Expense) { x.Invoice = "nothing" },
		} {
			x := good
			change(&x)
			if _, err := spend(x); fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		b.update(func(ctx context.Context, tx *store.Tx) error {
			list, err := b.service.Expenses(ctx, tx, scope, d.ID)
			if len(list) != 1 || list[0].Amount != good.Amount || list[0].On.Format(time.DateOnly) != "2026-03-10" {
				t.Errorf("expenses %+v", list)
			}
			if err := b.service.Unspend(ctx, tx, director, scope, d.ID, id); err != nil {
				return err
			}
			if err := b.service.Unspend(ctx, tx, director, scope, d.ID, id); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("taken out twice: %v", err)
			}
			for _, who := range []string{"applicant-1", "region-1", "nation-1", "accounting-1"} {
				if err := b.service.Say(ctx, tx, b.people[who], d.ID, "Bonjour de "+who); err != nil {
					t.Errorf("%s: %v", who, err)
				}
			}
			if err := b.service.Say(ctx, tx, b.people["clinic"], d.ID, "Bonjour"); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("a stranger speaks: %v", err)
			}
			said, err2 := funding.Messages(ctx, tx, scope, d.ID)
			if len(said) != 4 || said[1].Side != funding.Region || said[3].Side != funding.Accounting {
				t.Errorf("messages %+v", said)
			}
			return errors.Join(err, err2)
		})
	})
}

func TestListDelaysAndFigures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		for i := range 12 {
			id := fmt.Sprintf("e%d", i)
			b.Clock = start
			b.update(func(ctx context.Context, tx *store.Tx) error {
				_, err := territory.Insert(ctx, tx, territory.Everything(), territory.Draft{ID: territory.ID(id), Parent: pagetest.Region, Kind: territory.Entity, Name: "Clinique " + id}, start)
				return err
			})
			b.people[id] = b.Person("Direction "+id, right.Director, id).Actor
			d := b.begin(id, id)
			if _, err := b.deposit(id, d.ID, asked, start, funding.Terms{}); err != nil {
				t.Fatal(err)
			}
			if i < 11 {
				b.Clock = start.Add(time.Duration(i+1) * time.Hour)
				if err := b.attempt(b.people["region-1"], b.read(d.ID), funding.Attempt{Act: funding.TakeUp}); err != nil {
					t.Fatal(err)
				}
			}
		}
		b.View(func(ctx context.Context, tx *store.Tx) error {
			delays, err := funding.Delays(ctx, tx, trial, start.AddDate(0, 0, 1))
			if err != nil {
				return err
			}
			if d := delays[funding.Deposited]; d.Count != 11 || d.Median != 6*time.Hour || len(delays) != 2 { // drafts were left too
				t.Errorf("delays %+v", delays)
			}
			if gone, err := funding.Delays(ctx, tx, trial, start.AddDate(0, 6, 0)); err != nil || len(gone) != 0 {
				t.Errorf("delays of half a year ago: %v %v", gone, err)
			}
			figures, err := funding.FiguresOf(ctx, tx, trial)
			if figures != (funding.Figures{Envelope: 1_000_000_00}) || err != nil {
				t.Errorf("figures %+v %v", figures, err)
			}
			var seen []string
			for after, pages := "", 0; ; pages++ {
				page, next, err := funding.List(ctx, tx, right.Visible(b.people["region-1"], right.InstructRegion), funding.Filter{Call: trial, After: after, Limit: 5, Without: []funding.State{funding.Draft}})
				if err != nil || pages > 3 {
					t.Fatalf("page %d: %v", pages, err)
				}
				for _, d := range page {
					seen = append(seen, d.ID)
				}
				if after = next; next == "" {
					break
				}
			}
			if slices.Sort(seen); len(seen) != 12 || len(slices.Compact(seen)) != 12 {
				t.Errorf("%d dossiers listed", len(seen))
			}
			none, _, err := funding.List(ctx, tx, right.Visible(b.people["clinic"], right.SeeDossier), funding.Filter{Call: trial})
			if len(none) != 0 {
				t.Errorf("another structure sees %d dossiers", len(none))
			}
			if _, _, err := funding.List(ctx, tx, territory.Everything(), funding.Filter{After: "x.y"}); fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("a wrong cursor: %v", err)
			}
			return err
		})
	})
}
