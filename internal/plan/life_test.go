package plan_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/plan"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

func must(t *testing.T, db *store.DB, a plan.Action) string {
	t.Helper()
	a.Structure = "h1"
	if a.Origin == "" {
		a.Origin = plan.ByHand
	}
	id, _, err := add(t, db, mine, a)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func byID(t *testing.T, db *store.DB, id string) (a plan.Action) {
	t.Helper()
	if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		a, err = plan.ByID(t.Context(), tx, mine, id)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return a
}

func kinds(t *testing.T, db *store.DB, id string) (list []plan.EventKind) {
	t.Helper()
	if err := db.View(t.Context(), func(tx *store.Tx) error {
		events, err := plan.Events(t.Context(), tx, mine, id)
		for _, e := range slices.Backward(events) {
			list = append(list, e.Kind)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

func set(t *testing.T, db *store.DB, id string, state plan.State, at time.Time) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		a, err := plan.ByID(ctx, tx, mine, id)
		if err != nil {
			return err
		}
		return plan.SetState(ctx, tx, mine, id, a.Version, state, "p1", at)
	})
}

// The database must sort as Worth says, for every pair of gain and effort.
func TestWorthSortsAsItSays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		weights := []plan.Weight{"", plan.Low, plan.Medium, plan.High}
		for _, gain := range weights {
			for _, effort := range weights {
				for _, closes := range []int64{0, 14} {
					must(t, db, plan.Action{Title: fmt.Sprint(gain, effort, closes), Gain: gain, Effort: effort, Closes: closes})
				}
			}
		}
		page, total := list(t, db, mine, plan.Filter{Order: plan.ByWorth})
		if total != 32 {
			t.Fatalf("%d actions", total)
		}
		if !slices.IsSortedFunc(page, func(a, b plan.Action) int { return int(b.Worth() - a.Worth()) }) {
			t.Error("the list is not sorted by worth")
		}
		if first := page[0]; first.Gain != plan.High || first.Effort != plan.Low || first.Closes != 14 {
			t.Errorf("first is %+v", first)
		}
	})
}

func TestMergeLosesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		found := plan.Action{Title: "Couper SMBv1", Detail: "partout", Origin: plan.DirectoryFinding, OriginRef: "smb1|h.test", OriginURL: "/a", Closes: 3, Cost: 100}
		a := must(t, db, plan.Action{Title: "Désactiver SMBv1", Origin: plan.ExposureFinding, OriginRef: "smb", Closes: 14, DueOn: now.AddDate(0, 0, 30)})
		found.DueOn = now.AddDate(0, 0, 9)
		b, c := must(t, db, found), must(t, db, plan.Action{Title: "Vieux partages", Cost: 50})
		merge := func(kept plan.Action, others ...plan.Action) error {
			return db.Update(t.Context(), func(tx *store.Tx) error { return plan.Merge(t.Context(), tx, mine, kept, others, "p1", now) })
		}
		if err := merge(plan.Action{ID: a, Version: 1}, plan.Action{ID: b, Version: 1}, plan.Action{ID: c, Version: 7}); fault.KindOf(err) != fault.KindConflict {
			t.Fatalf("an older version: %v, want a conflict", err)
		}
		if byID(t, db, b).State != plan.Open {
			t.Fatal("a refused merge left something behind")
		}
		if err := merge(plan.Action{ID: a, Version: 1}, plan.Action{ID: b, Version: 1}, plan.Action{ID: c, Version: 1}); err != nil {
			t.Fatal(err)
		}
		into := byID(t, db, a)
		if into.Closes != 17 || into.Cost != 150 || !into.DueOn.Equal(found.DueOn) || into.State != plan.Open {
			t.Errorf("merged: %+v", into)
		}
		if was := byID(t, db, b); was.State != plan.Dropped || was.Merged != a || was.Detail != "partout" {
			t.Errorf("taken: %+v", was)
		}
		var asked []plan.Asking
		if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
			asked, err = plan.AskedFor(t.Context(), tx, mine, a)
			return err
		}); err != nil || len(asked) != 3 {
			t.Errorf("asked for by %+v (%v)", asked, err)
		}
		if got := kinds(t, db, a); !slices.Equal(got, []plan.EventKind{plan.Asked, plan.Took, plan.Took, plan.Edited}) {
			t.Errorf("history %v", got)
		}
		// Asking again for what was merged finds the one that is left, and a list by origin shows it under each.
		found.Structure = "h1"
		if id, created, err := add(t, db, mine, found); err != nil || created || id != a {
			t.Errorf("asked again: %s, created %v (%v), want %s", id, created, err, a)
		}
		page, total := list(t, db, mine, plan.Filter{Origin: plan.DirectoryFinding, States: []plan.State{plan.Open}})
		if total != 1 || page[0].ID != a || page[0].OriginRef != "smb1|h.test" {
			t.Errorf("by origin: %+v", page)
		}
		err := db.Update(t.Context(), func(tx *store.Tx) error { return plan.SetState(t.Context(), tx, mine, b, 2, plan.Open, "p1", now) })
		if fault.KindOf(err) != fault.KindConflict {
			t.Errorf("opened a merged action: %v", err)
		}
	})
}

// Parting gives everything back, in whatever order, and only once.
func TestAMergeIsTakenBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		day := func(n int) time.Time { return now.AddDate(0, 0, n) }
		kept := must(t, db, plan.Action{Title: "gardée", Closes: 5, Cost: 10, DueOn: day(20)})
		a := must(t, db, plan.Action{Title: "a", Origin: plan.DirectoryFinding, OriginRef: "a", Closes: 3, Cost: 100, DueOn: day(10)})
		b := must(t, db, plan.Action{Title: "b", Origin: plan.ExposureFinding, OriginRef: "b", Closes: 2, DueOn: day(5), State: plan.Doing})
		merge := func(into string, others ...string) {
			t.Helper()
			var list []plan.Action
			for _, id := range others {
				list = append(list, byID(t, db, id))
			}
			if err := db.Update(t.Context(), func(tx *store.Tx) error { return plan.Merge(t.Context(), tx, mine, byID(t, db, into), list, "p1", now) }); err != nil {
				t.Fatal(err)
			}
		}
		part := func(id string, version int64) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				return plan.Part(t.Context(), tx, mine, id, version, "p2", now.Add(time.Hour))
			})
		}
		check := func(name string, closes, cost int64, due time.Time, asked int) {
			t.Helper()
			k := byID(t, db, kept)
			var list []plan.Asking
			if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
				list, err = plan.AskedFor(t.Context(), tx, mine, kept)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if k.Closes != closes || k.Cost != cost || !k.DueOn.Equal(due) || len(list) != asked {
				t.Errorf("%s: closes %d, cost %d, due %s, asked by %d", name, k.Closes, k.Cost, k.DueOn, len(list))
			}
		}
		if err := part(a, 1); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("not merged: %v", err)
		}
		merge(kept, a)
		merge(kept, b)
		check("merged", 10, 110, day(5), 3)
		if err := part(a, 1); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("an older version: %v", err)
		}
		if err := part(a, 2); err != nil {
			t.Fatal(err)
		}
		check("without a", 7, 10, day(5), 2)
		if was := byID(t, db, a); was.State != plan.Open || was.Merged != "" || was.Cost != 100 || !was.ClosedAt.IsZero() {
			t.Errorf("a: %+v", was)
		}
		if err := part(b, 2); err != nil {
			t.Fatal(err)
		}
		check("as before", 5, 10, day(20), 1)
		if was := byID(t, db, b); was.State != plan.Doing {
			t.Errorf("b: %+v", was)
		}
		if got := kinds(t, db, b); !slices.Equal(got, []plan.EventKind{plan.Asked, plan.Gone, plan.Parted}) {
			t.Errorf("history of b: %v", got)
		}
		if got := kinds(t, db, kept); !slices.Contains(got, plan.GaveBack) {
			t.Errorf("history of the one that was kept: %v", got)
		}
		if id, created, err := add(t, db, mine, plan.Action{Structure: "h1", Title: "a", Origin: plan.DirectoryFinding, OriginRef: "a"}); err != nil || created || id != a {
			t.Errorf("asked again: %s %v %v, want %s", id, created, err, a)
		}
		// A due day that somebody chose since stays; what was merged in its turn is parted first.
		merge(kept, a)
		k := byID(t, db, kept)
		k.DueOn = day(7)
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return plan.Change(t.Context(), tx, mine, k, now) }); err != nil {
			t.Fatal(err)
		}
		merge(b, kept)
		if err := part(a, byID(t, db, a).Version); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("parted out of order: %v", err)
		}
		if err := errors.Join(part(kept, byID(t, db, kept).Version), part(a, byID(t, db, a).Version)); err != nil {
			t.Fatal(err)
		}
		check("chosen since", 5, 10, day(7), 1)
		other := territory.NewScope(1, territory.Interval{Left: 900, Right: 901})
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return plan.Part(t.Context(), tx, other, a, 1, "p1", now) }); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("out of scope: %v", err)
		}
	})
}

func TestMergeStaysInTheStructureAndTheScope(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		a := must(t, db, plan.Action{Title: "un"})
		b, _, err := add(t, db, all, plan.Action{Structure: "h2", Title: "deux", Origin: plan.ByHand})
		if err != nil {
			t.Fatal(err)
		}
		for name, scope := range map[string]struct {
			ids  [2]string
			want error
		}{"another structure": {[2]string{a, b}, store.ErrNotFound}, "out of scope": {[2]string{b, a}, store.ErrNotFound}} {
			reach := all
			if name == "out of scope" {
				reach = mine
			}
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				return plan.Merge(t.Context(), tx, reach, plan.Action{ID: scope.ids[0], Version: 1}, []plan.Action{{ID: scope.ids[1], Version: 1}}, "p1", now)
			})
			if !errors.Is(err, scope.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		err = db.Update(t.Context(), func(tx *store.Tx) error {
			return plan.Merge(t.Context(), tx, mine, plan.Action{ID: a, Version: 1}, []plan.Action{{ID: a, Version: 1}}, "p1", now)
		})
		if err == nil || byID(t, db, a).State != plan.Open {
			t.Errorf("merged into itself: %v", err)
		}
	})
}

func TestAnotherAuditAskingInTheSameWordsIsOneAction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		a := must(t, db, plan.Action{Title: "Fermer l’accès RDP", Origin: plan.ExposureFinding, OriginRef: "rdp", Closes: 2})
		for _, row := range []struct {
			name    string
			action  plan.Action
			created bool
		}{
			{"the same kind, another object", plan.Action{Title: "Fermer l’accès RDP", Origin: plan.ExposureFinding, OriginRef: "rdp-2"}, true},
			{"by hand", plan.Action{Title: "Fermer l’accès RDP", Origin: plan.ByHand}, true},
			{"another kind, same words, joins the oldest", plan.Action{Title: "fermer l’acces rdp", Origin: plan.AssessmentAnswer, OriginRef: "q4", Closes: 1}, false},
		} {
			row.action.Structure = "h1"
			id, created, err := add(t, db, mine, row.action)
			if err != nil || created != row.created || !created && id != a {
				t.Errorf("%s: %s created %v (%v)", row.name, id, created, err)
			}
		}
		if got := byID(t, db, a); got.Closes != 3 || got.Version != 2 {
			t.Errorf("joined: %+v", got)
		}
	})
}

func TestSeenAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		asked := func(ref string) plan.Action {
			return plan.Action{Title: "Corriger " + ref, Origin: plan.ExposureFinding, OriginRef: ref}
		}
		back, gone, dropped, late, doing := must(t, db, asked("back")), must(t, db, asked("gone")), must(t, db, asked("dropped")), must(t, db, asked("late")), must(t, db, asked("doing"))
		set(t, db, back, plan.Done, now)
		set(t, db, gone, plan.Done, now)
		set(t, db, dropped, plan.Dropped, now)
		set(t, db, late, plan.Done, now.Add(48*time.Hour))
		set(t, db, doing, plan.Doing, now)
		see := func(structure string, origin plan.Origin) (opened []plan.Action) {
			update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				opened, err = plan.SeenAgain(ctx, tx, mine, structure, origin, []string{"back", "dropped", "late", "doing", "never planned"}, now.Add(24*time.Hour), now.Add(25*time.Hour))
				return err
			})
			return opened
		}
		if opened := see("h1", plan.DirectoryFinding); len(opened) != 0 {
			t.Errorf("another audit opened %+v", opened)
		}
		if opened := see("h2", plan.ExposureFinding); len(opened) != 0 {
			t.Errorf("another structure opened %+v", opened)
		}
		if opened := see("h1", plan.ExposureFinding); len(opened) != 1 || opened[0].ID != back {
			t.Errorf("opened %+v, want the one", opened)
		}
		for id, want := range map[string]plan.State{back: plan.Open, gone: plan.Done, dropped: plan.Dropped, late: plan.Done, doing: plan.Doing} {
			if got := byID(t, db, id); got.State != want {
				t.Errorf("%s is %s, want %s", got.Title, got.State, want)
			}
		}
		if got := kinds(t, db, back); !slices.Equal(got, []plan.EventKind{plan.Asked, plan.Moved, plan.FoundBack}) {
			t.Errorf("history %v", got)
		}
		if opened := see("h1", plan.ExposureFinding); len(opened) != 0 {
			t.Errorf("the second time it opened %+v", opened)
		}
	})
}

func TestManySeenAgainAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		var refs []string
		for i := range 450 {
			refs = append(refs, fmt.Sprint("r", i))
		}
		id := must(t, db, plan.Action{Title: "x", Origin: plan.ExposureFinding, OriginRef: "r449"})
		set(t, db, id, plan.Done, now)
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			opened, err := plan.SeenAgain(ctx, tx, mine, "h1", plan.ExposureFinding, refs, now.Add(time.Hour), now.Add(time.Hour))
			if len(opened) != 1 {
				t.Errorf("opened %d", len(opened))
			}
			return err
		})
	})
}

func TestBurndown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		week := func(n int) time.Time { return now.AddDate(0, 0, 7*n) }
		a, b := must(t, db, plan.Action{Title: "a"}), must(t, db, plan.Action{Title: "b"}) // at now
		must(t, db, plan.Action{Title: "born closed", State: plan.Done})
		set(t, db, a, plan.Doing, week(1))
		set(t, db, a, plan.Done, week(1).Add(time.Hour))
		set(t, db, a, plan.Open, week(2)) // the end of a week belongs to it
		set(t, db, b, plan.Dropped, week(3))
		var got []int
		var closed []int
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			levels, err := plan.Burndown(t.Context(), tx, mine, "h1", 5, week(4))
			for _, l := range levels {
				got, closed = append(got, l.Open), append(closed, l.Closed)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if want := []int{0, 2, 2, 2, 1, 1}; !slices.Equal(got, want) {
			t.Errorf("open %v, want %v", got, want)
		}
		if want := []int{0, 0, 0, 1, 1, 0}; !slices.Equal(closed, want) {
			t.Errorf("closed %v, want %v", closed, want)
		}
	})
}
