package people_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

// world is a database with a small tree, a service whose clock the test moves, and the trail it wrote.
type world struct {
	*people.Service
	t     *testing.T
	db    *store.DB
	clock time.Time
	trail []people.Event
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &world{t: t, db: db, clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
		service, err := people.New(db, people.Options{
			Key: bytes.Repeat([]byte{7}, 32),
			Now: func() time.Time { return w.clock },
			Recorder: people.RecorderFunc(func(_ context.Context, _ *store.Tx, e people.Event) error {
				w.trail = append(w.trail, e)
				return nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		w.Service = service
		w.plant()
		test(t, w)
	})
}

// plant makes nation ─ north ─ ght ─ hospital ─ ward and clinic; nation ─ south ─ far.
func (w *world) plant() {
	w.update(func(tx *store.Tx) error {
		for depth, s := range []struct {
			id, parent, kind string
			left, right      int64
		}{
			{"nation", "", "nation", 10, 1000}, {"north", "nation", "region", 20, 500}, {"ght", "north", "group", 30, 300},
			{"hospital", "ght", "entity", 40, 100}, {"ward", "hospital", "establishment", 50, 60}, {"clinic", "ght", "entity", 110, 120},
			{"south", "nation", "region", 600, 800}, {"far", "south", "entity", 610, 620},
		} {
			var parent any
			if s.parent != "" {
				parent = s.parent
			}
			_, err := tx.Exec(w.t.Context(), `
				insert into structure (id, parent_id, kind, name, name_key, lft, rgt, depth, created_at, updated_at)
				values ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)`, s.id, parent, s.kind, s.id, s.id, s.left, s.right, depth)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) update(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// try runs fn in a transaction and returns its error.
func (w *world) try(fn func(*store.Tx) error) error { return w.db.Update(w.t.Context(), fn) }

// person makes an account, with a role when structure is not "-".
func (w *world) person(name string, role right.Role, structure string) people.Person {
	w.t.Helper()
	var p people.Person
	w.update(func(tx *store.Tx) (err error) {
		if p, err = w.CreatePerson(w.t.Context(), tx, name+"@hygie.example", name, "fr", "handle-"+name); err != nil {
			return err
		}
		if structure != "-" {
			_, err = w.Appoint(w.t.Context(), tx, people.Giving{Person: p.ID, Role: role, Structure: structure})
		}
		return err
	})
	return p
}

func (w *world) actor(p people.Person) right.Actor {
	w.t.Helper()
	var a right.Actor
	w.update(func(tx *store.Tx) (err error) {
		a, err = w.Actor(w.t.Context(), tx, p.ID, true)
		return err
	})
	return a
}

// has tells whether the person may do the action on the structure now.
func (w *world) has(p people.Person, action right.Action, structure string) bool {
	w.t.Helper()
	a := w.actor(p)
	return w.try(func(tx *store.Tx) error {
		_, err := right.Authorize(w.t.Context(), tx, a, action, structure)
		return err
	}) == nil
}

func (w *world) wantKind(name string, err error, want fault.Kind) {
	w.t.Helper()
	if got := fault.KindOf(err); got != want {
		w.t.Errorf("%s: %q (%v), want %q", name, got, err, want)
	}
}

func TestNewWantsAKeyAndARecorder(t *testing.T) {
	if _, err := people.New(nil, people.Options{Key: make([]byte, 31)}); err == nil || !strings.Contains(err.Error(), "31 bytes") {
		t.Errorf("short key: %v", err)
	}
	if _, err := people.New(nil, people.Options{Key: make([]byte, 32)}); err == nil {
		t.Error("no recorder is accepted")
	}
}

func TestCreatePerson(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("anne", "", "-")
		rows := []struct {
			name, email, person string
			want                fault.Kind
		}{
			{"same address", "anne@hygie.example", "Anne", fault.KindConflict},
			{"same address in capitals", " ANNE@hygie.example ", "Anne", fault.KindConflict},
			{"no address", "", "Anne", fault.KindInvalid},
			{"name in the address", "Anne <a@hygie.example>", "Anne", fault.KindInvalid},
			{"two addresses", "a@hygie.example, b@hygie.example", "Anne", fault.KindInvalid},
			{"line break in the address", "a@hygie.example\r\nBcc: b", "Anne", fault.KindInvalid},
			{"long address", strings.Repeat("a", 250) + "@hygie.example", "Anne", fault.KindInvalid},
			{"no name", "b@hygie.example", "  ", fault.KindInvalid},
			{"reversed name", "b@hygie.example", "Anne \u202eevil", fault.KindInvalid},
			{"long name", "b@hygie.example", strings.Repeat("é", 121), fault.KindInvalid},
			{"good", "b@hygie.example", strings.Repeat("é", 120), fault.KindNone},
		}
		for _, row := range rows {
			err := w.try(func(tx *store.Tx) error {
				_, err := w.CreatePerson(t.Context(), tx, row.email, row.person, "", "h-"+row.name)
				return err
			})
			w.wantKind(row.name, err, row.want)
		}
	})
}

func TestAccountsHaveHandlesOfTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		handles := map[string]bool{}
		w.update(func(tx *store.Tx) error {
			for _, email := range []string{"a@hygie.example", "b@hygie.example"} {
				p, err := w.CreatePerson(t.Context(), tx, email, "Somebody", "", "")
				if err != nil {
					return err
				}
				handles[p.Handle] = true
				if len(p.Handle) != 86 {
					t.Errorf("handle %q", p.Handle)
				}
			}
			return nil
		})
		if len(handles) != 2 {
			t.Error("two accounts share a handle")
		}
	})
}

func TestGiveRole(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		director := w.person("director", right.Director, "hospital")
		officer := w.person("officer", right.SecurityOfficer, "hospital")
		new := w.person("new", "", "-")
		rows := []struct {
			name   string
			actor  people.Person
			giving people.Giving
			want   fault.Kind
		}{
			{"director names an officer", director, people.Giving{Person: new.ID, Role: right.SecurityOfficer, Structure: "hospital"}, fault.KindNone},
			{"twice", director, people.Giving{Person: new.ID, Role: right.SecurityOfficer, Structure: "hospital"}, fault.KindConflict},
			{"narrower", director, people.Giving{Person: new.ID, Role: right.Contributor, Structure: "ward"}, fault.KindNone},
			{"officer names a director", officer, people.Giving{Person: new.ID, Role: right.Director, Structure: "hospital"}, fault.KindRefused},
			{"director names an administrator", director, people.Giving{Person: new.ID, Role: right.Administrator, Structure: "hospital"}, fault.KindRefused},
			{"elsewhere", director, people.Giving{Person: new.ID, Role: right.Contributor, Structure: "clinic"}, fault.KindNotFound},
			{"above", director, people.Giving{Person: new.ID, Role: right.Contributor, Structure: "ght"}, fault.KindNotFound},
			{"whole installation", director, people.Giving{Person: new.ID, Role: right.Contributor}, fault.KindRefused},
			{"oneself", director, people.Giving{Person: director.ID, Role: right.SecurityOfficer, Structure: "hospital"}, fault.KindRefused},
			{"nobody", director, people.Giving{Person: "nobody", Role: right.Contributor, Structure: "ward"}, fault.KindNotFound},
			{"past end", director, people.Giving{Person: new.ID, Role: right.Director, Structure: "ward", Until: w.clock}, fault.KindInvalid},
		}
		for _, row := range rows {
			actor := w.actor(row.actor)
			w.wantKind(row.name, w.try(func(tx *store.Tx) error {
				_, err := w.GiveRole(t.Context(), tx, actor, row.giving)
				return err
			}), row.want)
		}
		chief := w.actor(w.person("chief", right.Administrator, ""))
		w.wantKind("an instructor on one ward", w.try(func(tx *store.Tx) error {
			_, err := w.GiveRole(t.Context(), tx, chief, people.Giving{Person: new.ID, Role: right.RegionalInstructor, Structure: "ward"})
			return err
		}), fault.KindInvalid)
		weak := w.actor(director)
		weak.Strong = false
		w.wantKind("weak session", w.try(func(tx *store.Tx) error {
			_, err := w.GiveRole(t.Context(), tx, weak, people.Giving{Person: new.ID, Role: right.Contributor, Structure: "hospital"})
			return err
		}), fault.KindRefused)
	})
}

func TestEveryChangeOfRightsIsRecorded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		director := w.person("director", right.Director, "hospital")
		new := w.person("new", "", "-")
		actor := w.actor(director)
		w.trail = nil
		w.update(func(tx *store.Tx) error {
			id, err := w.GiveRole(t.Context(), tx, actor, people.Giving{Person: new.ID, Role: right.Contributor, Structure: "ward", Reason: "project"})
			if err != nil {
				return err
			}
			return w.WithdrawRole(t.Context(), tx, actor, id)
		})
		if len(w.trail) != 2 || w.trail[0].Action != "people.give_role" || w.trail[1].Action != "people.withdraw_role" {
			t.Fatalf("trail: %+v", w.trail)
		}
		if e := w.trail[0]; e.Actor != director.ID || e.Subject != new.ID || e.Structure != "ward" || e.Detail["role"] != "contributor" || !e.At.Equal(w.clock) {
			t.Errorf("first line: %+v", e)
		}
	})
}

func TestWithdrawRole(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		director := w.person("director", right.Director, "hospital")
		officer := w.person("officer", right.SecurityOfficer, "hospital")
		stranger := w.person("stranger", right.Director, "clinic")
		grant := func(p people.Person) string { return w.actor(p).Grants[0].ID }
		withdraw := func(by people.Person, id string) error {
			actor := w.actor(by)
			return w.try(func(tx *store.Tx) error { return w.WithdrawRole(t.Context(), tx, actor, id) })
		}
		w.wantKind("officer against director", withdraw(officer, grant(director)), fault.KindRefused)
		w.wantKind("stranger", withdraw(stranger, grant(officer)), fault.KindNotFound)
		w.wantKind("unknown grant", withdraw(director, "nothing"), fault.KindNotFound)
		id := grant(officer)
		w.wantKind("director against officer", withdraw(director, id), fault.KindNone)
		w.wantKind("twice", withdraw(director, id), fault.KindNotFound)
		if w.has(officer, right.SeeStructure, "hospital") {
			t.Error("the officer still sees the hospital")
		}
		w.wantKind("one's own", withdraw(stranger, grant(stranger)), fault.KindNone)
	})
}

func TestTheLastAdministratorStays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		one := w.person("one", right.Administrator, "")
		a := w.actor(one)
		w.wantKind("withdraw", w.try(func(tx *store.Tx) error { return w.WithdrawRole(t.Context(), tx, a, a.Grants[0].ID) }), fault.KindConflict)
		two := w.person("two", right.Administrator, "")
		b := w.actor(two)
		w.wantKind("disable one of two", w.try(func(tx *store.Tx) error { return w.Disable(t.Context(), tx, b, one.ID) }), fault.KindNone)
		w.wantKind("the last again", w.try(func(tx *store.Tx) error { return w.WithdrawRole(t.Context(), tx, b, b.Grants[0].ID) }), fault.KindConflict)
		if w.has(one, right.Administer, "") {
			// The grant still counts for Actor; what keeps a disabled account out is that it opens no session.
			if _, err := openSession(w, one); fault.KindOf(err) != fault.KindRefused {
				t.Errorf("a disabled account opens a session: %v", err)
			}
		}
		w.wantKind("enable", w.try(func(tx *store.Tx) error { return w.Enable(t.Context(), tx, b, one.ID) }), fault.KindNone)
		if _, err := openSession(w, one); err != nil {
			t.Errorf("enabled again: %v", err)
		}
	})
}

func openSession(w *world, p people.Person) (secret string, err error) {
	err = w.try(func(tx *store.Tx) error {
		secret, err = w.OpenSession(w.t.Context(), tx, p.ID, people.ByPasskey, "Firefox", "192.0.2.1", "")
		return err
	})
	return secret, err
}

func TestHoldersAndAbove(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.person("director", right.Director, "hospital")
		w.person("nurse", right.Contributor, "ward")
		w.person("neighbour", right.Director, "clinic")
		w.person("ars", right.RegionalInstructor, "north")
		w.person("chief", right.Administrator, "")
		ght := w.person("coordinator", right.GroupCoordinator, "ght")
		names := func(held []people.Held) []string {
			var all []string
			for _, h := range held {
				all = append(all, h.Person.Name+"@"+h.StructureName)
			}
			slices.Sort(all)
			return all
		}
		actor := w.actor(ght)
		w.update(func(tx *store.Tx) error {
			scope, err := right.Authorize(t.Context(), tx, actor, right.SeePeople, "hospital")
			if err != nil {
				return err
			}
			held, err := w.Holders(t.Context(), tx, scope)
			if got := names(held); err != nil || !slices.Equal(got, []string{"director@hospital", "nurse@ward"}) {
				t.Errorf("holders: %v, %v", got, err)
			}
			above, err := w.Above(t.Context(), tx, "hospital")
			if got := names(above); err != nil || !slices.Equal(got, []string{"ars@north", "chief@", "coordinator@ght"}) {
				t.Errorf("above: %v, %v", got, err)
			}
			all, err := w.Holders(t.Context(), tx, right.Visible(right.Actor{Strong: true, Grants: []right.Grant{{Role: right.Administrator, Interval: right.Everywhere()}}}, right.SeePeople))
			if err != nil || len(all) != 6 {
				t.Errorf("whole installation: %v, %v", names(all), err)
			}
			return nil
		})
	})
}
