package territory

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

var day = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// tight makes the tree run out of room every few steps.
func tight() layout {
	return layout{root: Interval{Left: 1, Right: 1 << 7}, reserve: map[Kind]int64{Nation: 1 << 7, Region: 1 << 5, Group: 1 << 3, Entity: 1 << 2, Establishment: 2}}
}

// naive is the tree as anybody would write it.
type naive struct {
	ids    []ID
	kind   map[ID]Kind
	parent map[ID]ID
}

func (n *naive) below(id, above ID) bool {
	for ; id != ""; id = n.parent[id] {
		if id == above {
			return true
		}
	}
	return false
}

func (n *naive) depth(id ID) int {
	depth := -1
	for ; id != ""; id = n.parent[id] {
		depth++
	}
	return depth
}

func (n *naive) parentsFor(kind Kind, moved ID) []ID {
	return slices.DeleteFunc(slices.Clone(n.ids), func(id ID) bool {
		return !n.kind[id].MayHold(kind) || moved != "" && n.below(id, moved)
	})
}

func TestIntervalsAlwaysSayWhatTheTreeSays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, l := range []layout{tight(), standard()} {
			t.Run(fmt.Sprintf("root of %d", l.root.Right), func(t *testing.T) {
				rapid.Check(t, func(rt *rapid.T) { growRandomTree(rt, t.Context(), db, l) })
			})
		}
	})
}

func growRandomTree(rt *rapid.T, ctx context.Context, db *store.DB, l layout) {
	model := &naive{kind: map[ID]Kind{}, parent: map[ID]ID{}}
	steps := rapid.SliceOfN(rapid.IntRange(0, 1<<20), 1, 30).Draw(rt, "steps")
	err := db.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `delete from structure`); err != nil {
			return err
		}
		*model = naive{kind: map[ID]Kind{}, parent: map[ID]ID{}}
		if err := step(ctx, tx, l, model, Nation, ""); err != nil {
			return err
		}
		for _, draw := range steps {
			if draw%3 == 0 && len(model.ids) > 1 {
				moved := model.ids[1+draw/3%(len(model.ids)-1)]
				targets := model.parentsFor(model.kind[moved], moved)
				to := targets[draw/7%len(targets)]
				if err := move(ctx, tx, l, Everything(), moved, to, day); err != nil {
					return fmt.Errorf("move: %w", err)
				}
				model.parent[moved] = to
				continue
			}
			kind := Kinds()[1+draw%4]
			parents := model.parentsFor(kind, "")
			if len(parents) == 0 {
				continue
			}
			if err := step(ctx, tx, l, model, kind, parents[draw/5%len(parents)]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		rt.Fatal(err)
	}
	compare(rt, ctx, db, model)
}

func step(ctx context.Context, tx *store.Tx, l layout, model *naive, kind Kind, parent ID) error {
	batch := NewBatch(tx, Everything(), day)
	batch.layout = l
	draft := Draft{ID: ID(fmt.Sprintf("n%02d", len(model.ids))), Parent: parent, Kind: kind, Name: "structure"}
	if kind == Group {
		draft.GroupKind = GHT
	}
	s, err := batch.Insert(ctx, draft)
	if err != nil {
		return fmt.Errorf("insert %s: %w", kind, err)
	}
	model.ids = append(model.ids, s.ID)
	model.kind[s.ID], model.parent[s.ID] = kind, parent
	return batch.Flush(ctx)
}

func compare(rt interface{ Fatalf(string, ...any) }, ctx context.Context, db *store.DB, model *naive) {
	var all []Structure
	err := db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(ctx, tx, scan, `select `+columns+` from structure s`)
		return err
	})
	if err != nil || len(all) != len(model.ids) {
		rt.Fatalf("read %d structures of %d: %v", len(all), len(model.ids), err)
	}
	used := map[int64]ID{}
	for _, a := range all {
		if a.Depth != model.depth(a.ID) || a.Parent != model.parent[a.ID] {
			rt.Fatalf("%s has depth %d and parent %s, want %d and %s", a.ID, a.Depth, a.Parent, model.depth(a.ID), model.parent[a.ID])
		}
		for _, number := range []int64{a.Interval.Left, a.Interval.Right} {
			if other, taken := used[number]; taken {
				rt.Fatalf("%s and %s share the number %d", a.ID, other, number)
			}
			used[number] = a.ID
		}
		for _, b := range all {
			left := a.Interval.Left <= b.Interval.Left && b.Interval.Left <= a.Interval.Right
			if left != model.below(b.ID, a.ID) || left != contains(a.Interval, b.Interval) {
				rt.Fatalf("%s %v and %s %v: below is %t, the tree says %t", a.ID, a.Interval, b.ID, b.Interval, left, model.below(b.ID, a.ID))
			}
		}
	}
}

// world is a small territory for the other tests.
type world struct {
	nation, north, south, ght, hospital, partner, clinic, ward ID
}

func newWorld(t testing.TB, db *store.DB) world {
	t.Helper()
	var w world
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		add := func(into *ID, parent ID, kind Kind, name string, more func(*Draft)) {
			d := Draft{Parent: parent, Kind: kind, Name: name}
			if more != nil {
				more(&d)
			}
			s, err := Insert(t.Context(), tx, Everything(), d, day)
			if err != nil {
				t.Fatalf("insert %s: %v", name, err)
			}
			*into = s.ID
		}
		add(&w.nation, "", Nation, "Pays d’essai", nil)
		add(&w.north, w.nation, Region, "Nord d’essai", func(d *Draft) { d.Code = "N1" })
		add(&w.south, w.nation, Region, "Sud d’essai", func(d *Draft) { d.Code = "S1" })
		add(&w.ght, w.north, Group, "GHT des Trois-Rivières", func(d *Draft) { d.GroupKind = GHT; d.Code = "99001" })
		add(&w.hospital, w.ght, Entity, "Centre hospitalier de l’Étang-St-Œuvre", func(d *Draft) { d.Finess, d.City = "989900001", "L’Étang" })
		add(&w.partner, w.ght, Entity, "CH du Val", func(d *Draft) { d.Finess, d.PostalCode = "989900002", "99120" })
		add(&w.clinic, w.south, Entity, "Clinique du Sud", func(d *Draft) { d.Finess, d.Siren = "989900003", "123456789" })
		add(&w.ward, w.hospital, Establishment, "Site principal", func(d *Draft) { d.Finess = "989900004" })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// scopeOf is what authorising an act on these structures would return.
func scopeOf(t testing.TB, db *store.DB, ids ...ID) Scope {
	t.Helper()
	var intervals []Interval
	leaves := 0
	err := db.View(t.Context(), func(tx *store.Tx) error {
		for _, id := range ids {
			i, n, err := Extent(t.Context(), tx, id)
			if err != nil {
				return err
			}
			intervals, leaves = append(intervals, i), leaves+n
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return NewScope(leaves, intervals...)
}

func TestInsertRefusals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			return Close(t.Context(), tx, Everything(), w.clinic, day, day)
		}); err != nil {
			t.Fatal(err)
		}
		rows := []struct {
			name  string
			scope Scope
			draft Draft
			want  fault.Kind
		}{
			{"a second root", Everything(), Draft{Kind: Nation, Name: "x"}, fault.KindConflict},
			{"no parent", Everything(), Draft{Kind: Entity, Name: "x"}, fault.KindInvalid},
			{"no name", Everything(), Draft{Parent: w.north, Kind: Entity, Name: " "}, fault.KindInvalid},
			{"unknown kind", Everything(), Draft{Parent: w.north, Kind: "ward", Name: "x"}, fault.KindInvalid},
			{"a group of no kind", Everything(), Draft{Parent: w.north, Kind: Group, Name: "x"}, fault.KindInvalid},
			{"an entity with a kind of group", Everything(), Draft{Parent: w.north, Kind: Entity, GroupKind: GHT, Name: "x"}, fault.KindInvalid},
			{"short FINESS number", Everything(), Draft{Parent: w.north, Kind: Entity, Name: "x", Finess: "98990000"}, fault.KindInvalid},
			{"FINESS number taken", Everything(), Draft{Parent: w.north, Kind: Entity, Name: "x", Finess: "989900001"}, fault.KindConflict},
			{"same FINESS number, other kind", Everything(), Draft{Parent: w.partner, Kind: Establishment, Name: "x", Finess: "989900001"}, fault.KindNone},
			{"code taken", Everything(), Draft{Parent: w.nation, Kind: Region, Name: "x", Code: "N1"}, fault.KindConflict},
			{"wrong place", Everything(), Draft{Parent: w.north, Kind: Establishment, Name: "x"}, fault.KindConflict},
			{"closed parent", Everything(), Draft{Parent: w.clinic, Kind: Establishment, Name: "x"}, fault.KindConflict},
			{"unknown parent", Everything(), Draft{Parent: "nobody", Kind: Entity, Name: "x"}, fault.KindNotFound},
			{"parent out of scope", scopeOf(t, db, w.south), Draft{Parent: w.north, Kind: Entity, Name: "x"}, fault.KindNotFound},
			{"parent in scope", scopeOf(t, db, w.south), Draft{Parent: w.south, Kind: Entity, Name: "x"}, fault.KindNone},
			{"empty scope", Scope{}, Draft{Parent: w.south, Kind: Entity, Name: "x"}, fault.KindNotFound},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				err := db.Update(t.Context(), func(tx *store.Tx) error {
					_, err := Insert(t.Context(), tx, row.scope, row.draft, day)
					return err
				})
				if got := fault.KindOf(err); got != row.want {
					t.Errorf("got %q (%v), want %q", got, err, row.want)
				}
			})
		}
	})
}

func TestMoveRefusals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		rows := []struct {
			name   string
			scope  Scope
			id, to ID
			want   fault.Kind
		}{
			{"below itself", Everything(), w.north, w.ght, fault.KindConflict},
			{"onto itself", Everything(), w.ght, w.ght, fault.KindConflict},
			{"the root", Everything(), w.nation, w.north, fault.KindConflict},
			{"wrong kind", Everything(), w.ward, w.south, fault.KindConflict},
			{"out of scope", scopeOf(t, db, w.north), w.hospital, w.south, fault.KindNotFound},
			{"where it is", Everything(), w.hospital, w.ght, fault.KindNone},
			{"to the region", scopeOf(t, db, w.north), w.hospital, w.north, fault.KindNone},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				err := db.Update(t.Context(), func(tx *store.Tx) error {
					return Move(t.Context(), tx, row.scope, row.id, row.to, day)
				})
				if got := fault.KindOf(err); got != row.want {
					t.Errorf("got %q (%v), want %q", got, err, row.want)
				}
			})
		}
	})
}

func TestConcurrentInsertsAndMovesKeepTheTreeRight(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		var group sync.WaitGroup
		for worker := range 6 {
			group.Go(func() {
				for i := range 8 {
					err := db.Update(ctx, func(tx *store.Tx) error {
						s, err := Insert(ctx, tx, Everything(), Draft{Parent: w.north, Kind: Entity, Name: fmt.Sprintf("entité %d-%d", worker, i)}, day)
						if err != nil {
							return err
						}
						if i%2 == 0 {
							return Move(ctx, tx, Everything(), s.ID, w.south, day)
						}
						_, err = Insert(ctx, tx, Everything(), Draft{Parent: s.ID, Kind: Establishment, Name: "site"}, day)
						return err
					})
					if err != nil {
						t.Errorf("worker %d: %v", worker, err)
					}
				}
			})
		}
		group.Wait()
		model := &naive{kind: map[ID]Kind{}, parent: map[ID]ID{}}
		err := db.View(ctx, func(tx *store.Tx) error {
			all, err := store.All(ctx, tx, scan, `select `+columns+` from structure s`)
			for _, s := range all {
				model.ids, model.parent[s.ID] = append(model.ids, s.ID), s.Parent
			}
			return err
		})
		if err != nil || len(model.ids) != 8+6*(8+4) {
			t.Fatalf("%d structures: %v", len(model.ids), err)
		}
		compare(t, ctx, db, model)
	})
}
