package plan_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/plan"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

var (
	now  = time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	mine = territory.NewScope(1, territory.Interval{Left: 2, Right: 3})
	all  = territory.NewScope(1000, territory.Interval{Left: 1, Right: 6})
)

// hospitals lays a nation with two hospitals, "h1" at 2-3 and "h2" at 4-5.
func hospitals(t *testing.T, db *store.DB) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into structure (id, parent_id, kind, name, name_key, lft, rgt, depth, created_at, updated_at) values
			('fr', null, 'nation', 'France', 'FRANCE', 1, 6, 0, 0, 0),
			('h1', 'fr', 'entity', 'Un', 'UN', 2, 3, 1, 0, 0), ('h2', 'fr', 'entity', 'Deux', 'DEUX', 4, 5, 1, 0, 0)`)
		return err
	})
}

func update(t *testing.T, db *store.DB, fn func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, db *store.DB, scope territory.Scope, a plan.Action) (id string, created bool, err error) {
	t.Helper()
	err = db.Update(t.Context(), func(tx *store.Tx) (err error) {
		id, created, err = plan.Add(t.Context(), tx, scope, a, now)
		return err
	})
	return id, created, err
}

func TestAskingTwiceForTheSameThingIsOneAction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		wanted := plan.Action{Structure: "h1", Title: "Changer le secret krbtgt", Origin: plan.DirectoryFinding, OriginRef: "vuln_krbtgt|h.test", CreatedBy: "p1"}
		first, created, err := add(t, db, mine, wanted)
		if err != nil || !created {
			t.Fatalf("created %v, error %v", created, err)
		}
		again, created, err := add(t, db, mine, wanted)
		if err != nil || created || again != first {
			t.Errorf("asked again: %s created %v error %v, want the first %s", again, created, err, first)
		}
		wanted.Structure = "h2"
		if _, created, err := add(t, db, all, wanted); err != nil || !created {
			t.Errorf("the same for another hospital: created %v, error %v", created, err)
		}
		// Once dropped, it may be asked for anew.
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			a, err := plan.ByID(ctx, tx, mine, first)
			if err != nil {
				return err
			}
			a.State = plan.Dropped
			return plan.Change(ctx, tx, mine, a, now)
		})
		wanted.Structure = "h1"
		if id, created, err := add(t, db, mine, wanted); err != nil || !created || id == first {
			t.Errorf("after dropping: %s created %v error %v, want a new one", id, created, err)
		}
	})
}

func TestNothingOutsideTheScopeIsTouched(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		if _, _, err := add(t, db, mine, plan.Action{Structure: "h2", Title: "x", Origin: plan.ByHand}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("added for another hospital: %v", err)
		}
		id, _, err := add(t, db, all, plan.Action{Structure: "h2", Title: "x", Origin: plan.ByHand})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(t.Context(), func(tx *store.Tx) error {
			return plan.Change(t.Context(), tx, mine, plan.Action{ID: id, Title: "stolen", State: plan.Done, Version: 1}, now)
		})
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("changed another hospital's action: %v", err)
		}
		page, total := list(t, db, mine, plan.Filter{})
		if total != 0 || len(page) != 0 {
			t.Errorf("saw %d actions of another hospital", total)
		}
	})
}

func TestTheSecondToSaveIsTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		id, _, err := add(t, db, mine, plan.Action{Structure: "h1", Title: "x", Origin: plan.ByHand})
		if err != nil {
			t.Fatal(err)
		}
		save := func(title string) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				return plan.Change(t.Context(), tx, mine, plan.Action{ID: id, Title: title, State: plan.Doing, Version: 1}, now)
			})
		}
		if err := save("first"); err != nil {
			t.Fatal(err)
		}
		if err := save("second"); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("second save: %v, want a conflict", err)
		}
		page, _ := list(t, db, mine, plan.Filter{})
		if page[0].Title != "first" || page[0].Version != 2 {
			t.Errorf("kept %+v", page[0])
		}
	})
}

func TestInvalidActionsNameEveryField(t *testing.T) {
	db := storetest.SQLite(t)
	hospitals(t, db)
	_, _, err := add(t, db, mine, plan.Action{Structure: "h1", Title: "  ", State: "later", Effort: "huge", Gain: "none"})
	var fields []string
	for _, f := range fault.Fields(err) {
		fields = append(fields, f.Name)
	}
	if len(fields) != 4 {
		t.Errorf("fields %v, want title, state, effort, gain", fields)
	}
}

func TestListPutsUrgentWorkFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		day := func(n int) time.Time { return now.AddDate(0, 0, n) }
		for _, a := range []plan.Action{
			{Title: "done", State: plan.Done, DueOn: day(-30)},
			{Title: "undated small", Gain: plan.Low},
			{Title: "undated big", Gain: plan.High},
			{Title: "next week 100%", DueOn: day(7)},
			{Title: "late", DueOn: day(-2)},
		} {
			a.Structure, a.Origin = "h1", plan.ByHand
			if _, _, err := add(t, db, mine, a); err != nil {
				t.Fatal(err)
			}
		}
		for name, row := range map[string]struct {
			filter plan.Filter
			want   []string
		}{
			"all":          {plan.Filter{}, []string{"late", "next week 100%", "undated big", "undated small", "done"}},
			"late":         {plan.Filter{LateAt: now}, []string{"late"}},
			"soon":         {plan.Filter{SoonAt: now}, []string{"next week 100%"}},
			"words":        {plan.Filter{Words: "UNDATED"}, []string{"undated big", "undated small"}},
			"percent sign": {plan.Filter{Words: "100%"}, []string{"next week 100%"}},
			"no wildcard":  {plan.Filter{Words: "n_xt"}, []string{}},
			"states":       {plan.Filter{States: []plan.State{plan.Done, plan.Dropped}}, []string{"done"}},
		} {
			page, total := list(t, db, mine, row.filter)
			got := []string{}
			for _, a := range page {
				got = append(got, a.Title)
			}
			if len(got) != len(row.want) || total != len(row.want) {
				t.Errorf("%s: %v, want %v", name, got, row.want)
				continue
			}
			for i := range got {
				if got[i] != row.want[i] {
					t.Errorf("%s: %v, want %v", name, got, row.want)
					break
				}
			}
		}
		var tally plan.Tally
		if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
			tally, err = plan.Count(t.Context(), tx, mine, "h1", now)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if want := (plan.Tally{Open: 4, Done: 1, Late: 1, Soon: 1}); tally != want {
			t.Errorf("tally %+v, want %+v", tally, want)
		}
	})
}

func TestLateFromTheDayAfter(t *testing.T) {
	due := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	a := plan.Action{State: plan.Open, DueOn: due}
	if a.Late(due.Add(23 * time.Hour)) {
		t.Error("late on the due day itself")
	}
	if !a.Late(due.Add(25 * time.Hour)) {
		t.Error("not late the day after")
	}
	a.State = plan.Done
	if a.Late(due.AddDate(1, 0, 0)) {
		t.Error("late although done")
	}
}

func list(t *testing.T, db *store.DB, scope territory.Scope, f plan.Filter) (page []plan.Action, total int) {
	t.Helper()
	if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		page, total, err = plan.List(t.Context(), tx, scope, f, 50, 0)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return page, total
}

func TestSetState(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		asked := plan.Action{Structure: "h1", Title: "mend", Origin: plan.DirectoryFinding, OriginRef: "point|domain"}
		id, _, err := add(t, db, mine, asked)
		if err != nil {
			t.Fatal(err)
		}
		set := func(scope territory.Scope, version int64, state plan.State) error {
			return db.Update(t.Context(), func(tx *store.Tx) error { return plan.SetState(t.Context(), tx, scope, id, version, state, "p1", now) })
		}
		if err := set(mine, 1, plan.Dropped); err != nil {
			t.Fatal(err)
		}
		if page, _ := list(t, db, mine, plan.Filter{}); page[0].State != plan.Dropped || page[0].ClosedAt.IsZero() || page[0].Version != 2 {
			t.Errorf("after dropping: %+v", page[0])
		}
		if err := set(mine, 1, plan.Open); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("an older version: %v, want a conflict", err)
		}
		if err := set(mine, 2, "later"); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("an unknown state: %v, want invalid", err)
		}
		if err := set(territory.NewScope(1, territory.Interval{Left: 4, Right: 5}), 2, plan.Open); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("out of scope: %v, want not found", err)
		}
		if _, created, err := add(t, db, mine, asked); err != nil || !created {
			t.Fatalf("ask again: %v, created %v", err, created)
		}
		if err := set(mine, 2, plan.Open); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("open a dropped action that was asked for again: %v, want a conflict", err)
		}
	})
}
