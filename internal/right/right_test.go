package right_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// law is the table of rights written a second time, by hand, as a picture: a change of the table must be meant twice.
// Columns: director, security officer, contributor, group coordinator, regional instructor, regional support, national
// instructor, national steering, accountant, administrator. "x" allows in a strong session only, "w" in a weak one too.
const law = `
see_structure     x x w x x x x x x x
edit_structure    x x . x . . . . . x
see_posture       x x w x x x x x . .
set_aim           . . . . x . . x . .
see_audit         x x x x . . . . . .
run_audit         . x . x . . . . . .
see_actions       x x w x . x . . . .
edit_actions      x x w x . . . . . .
see_proof         x x x x x . x . . .
add_proof         x x w x . . . . . .
accept_risk       x . . . . . . . . .
see_dossier       x x w x x x x . x .
edit_dossier      x x w x . . . . . .
submit_dossier    x . . . . . . . . .
instruct_region   . . . . x . . . . .
instruct_nation   . . . . . . x . . .
see_envelope      . . . . x . x x x .
manage_envelope   . . . . . . . x . .
pay_dossier       . . . . . . . . x .
see_incident      x x w x . . . . . .
write_incident    x x w x . . . . . .
lead_incident     x x . x . . . . . .
help_incident     . . . . x x . . . .
lead_campaign     . . . . x x . . . .
see_people        x x . x x x x . . x
invite_people     x x . x . . . . . x
delegate          x x . x x x x x x .
import_territory  . . . . . . . . . x
see_trail         x x . . . . . . . x
administer        . . . . . . . . . x
`

type cell struct {
	role   right.Role
	action right.Action
	mark   string
}

func cells(t *testing.T) []cell {
	t.Helper()
	var all []cell
	for line := range strings.Lines(strings.TrimSpace(law)) {
		words := strings.Fields(line)
		if len(words) != 1+len(right.Roles()) {
			t.Fatalf("line %q has %d words", line, len(words))
		}
		for i, role := range right.Roles() {
			all = append(all, cell{role, right.Action(words[0]), words[1+i]})
		}
	}
	return all
}

func TestTableIsTheLaw(t *testing.T) {
	seen := map[right.Action]bool{}
	for _, c := range cells(t) {
		seen[c.action] = true
		if got, want := right.Allowed(c.role, c.action), c.mark != "."; got != want {
			t.Errorf("%s may %s: %t, want %t", c.role, c.action, got, want)
		}
		if c.mark != "." && right.NeedsStrong(c.role, c.action) != (c.mark == "x") {
			t.Errorf("%s needs a strong session to %s: %t", c.role, c.action, right.NeedsStrong(c.role, c.action))
		}
	}
	for _, action := range right.Actions() {
		if !seen[action] {
			t.Errorf("action %s is not in the law above", action)
		}
	}
	for _, line := range right.Table() {
		if line.Why == "" {
			t.Errorf("action %s gives no reason", line.Action)
		}
	}
}

func TestUnknownNamesAllowNothing(t *testing.T) {
	if right.Allowed("king", right.SeeStructure) || right.Allowed(right.Director, "fly") || right.Role("king").Valid() || right.Action("fly").Valid() {
		t.Error("an unknown role or action is allowed")
	}
	if !right.NeedsStrong(right.Contributor, "fly") {
		t.Error("an unknown action may be done in a weak session")
	}
}

// The tree of the tests: two regions, groups below the first, hospitals below the groups.
//
//	nation ─ north ─ ght ─ annex
//	       │       │     ├ hospital ─ ward
//	       │       │     └ clinic
//	       │       └ other
//	       └ south ─ far
var tree = []struct {
	id, parent, kind string
	left, right      int64
}{
	{"nation", "", "nation", 10, 1000},
	{"north", "nation", "region", 20, 500},
	{"ght", "north", "group", 30, 300},
	{"annex", "ght", "entity", 32, 36},
	{"hospital", "ght", "entity", 40, 100},
	{"ward", "hospital", "establishment", 50, 60},
	{"clinic", "ght", "entity", 110, 120},
	{"other", "north", "group", 310, 320},
	{"south", "nation", "region", 600, 800},
	{"far", "south", "entity", 610, 620},
}

func plant(t *testing.T, db *store.DB) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		for depth, s := range tree {
			var parent any
			if s.parent != "" {
				parent = s.parent
			}
			if _, err := tx.Exec(t.Context(), `
				insert into structure (id, parent_id, kind, name, name_key, lft, rgt, depth, created_at, updated_at)
				values ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)`,
				s.id, parent, s.kind, s.id, s.id, s.left, s.right, depth); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func interval(id string) territory.Interval {
	for _, s := range tree {
		if s.id == id {
			return territory.Interval{Left: s.left, Right: s.right}
		}
	}
	panic(id)
}

func actor(strong bool, role right.Role, structure string) right.Actor {
	g := right.Grant{ID: "g-" + structure, Role: role, Structure: structure, Leaves: 2}
	if structure == "" {
		g.Interval = right.Everywhere()
	} else {
		g.Interval = interval(structure)
	}
	return right.Actor{Person: "p", Grants: []right.Grant{g}, Strong: strong}
}

// Every role, held on the hospital, asks for every action on every place, in a strong and in a weak session.
func TestMatrix(t *testing.T) {
	places := []struct {
		name, structure string
		covered         bool
	}{
		{"own", "hospital", true},
		{"below", "ward", true},
		{"above", "ght", false},
		{"far above", "nation", false},
		{"sibling before", "annex", false},
		{"sibling after", "clinic", false},
		{"other group", "other", false},
		{"other region", "far", false},
		{"nowhere", "nobody", false},
		{"hostile id", "' or 1=1 --", false},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plant(t, db)
		view(t, db, func(tx *store.Tx) error {
			for _, c := range cells(t) {
				for _, p := range places {
					for _, strong := range []bool{true, false} {
						name := fmt.Sprintf("%s %s %s strong=%t", c.role, c.action, p.name, strong)
						scope, err := right.Authorize(t.Context(), tx, actor(strong, c.role, "hospital"), c.action, p.structure)
						want := fault.KindNotFound
						switch {
						case p.covered && (c.mark == "w" || c.mark == "x" && strong):
							want = fault.KindNone
						case p.covered:
							want = fault.KindRefused
						}
						if got := fault.KindOf(err); got != want {
							t.Errorf("%s: %q (%v), want %q", name, got, err, want)
						}
						if want != fault.KindNone {
							if !scope.Empty() {
								t.Errorf("%s: refused, yet gives a scope", name)
							}
							continue
						}
						if !scope.Holds(interval(p.structure)) || scope.Holds(interval("clinic")) || scope.Holds(interval("ght")) {
							t.Errorf("%s: wrong scope", name)
						}
					}
				}
			}
			return nil
		})
	})
}

func view(t *testing.T, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestUnseenAndAbsentStructuresLookTheSame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plant(t, db)
		view(t, db, func(tx *store.Tx) error {
			director := actor(true, right.Director, "hospital")
			_, unseen := right.Authorize(t.Context(), tx, director, right.SeeAudit, "clinic")
			_, absent := right.Authorize(t.Context(), tx, director, right.SeeAudit, "nobody")
			if unseen.Error() != absent.Error() {
				t.Errorf("unseen: %v; absent: %v", unseen, absent)
			}
			_, unseen = right.Explain(t.Context(), tx, director, right.SeeAudit, "clinic")
			_, absent = right.Explain(t.Context(), tx, director, right.SeeAudit, "nobody")
			if fault.KindOf(unseen) != fault.KindNotFound || unseen.Error() != absent.Error() {
				t.Errorf("explained unseen: %v; absent: %v", unseen, absent)
			}
			return nil
		})
	})
}

// A structure that has moved away is judged by its new place, although the actor's intervals were read before.
func TestAuthorizeReadsThePresentTree(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plant(t, db)
		before := actor(true, right.Director, "hospital")
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `update structure set lft = lft + 580, rgt = rgt + 580 where id in ('ward')`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		view(t, db, func(tx *store.Tx) error {
			if _, err := right.Authorize(t.Context(), tx, before, right.SeeStructure, "ward"); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("ward has left the hospital, yet: %v", err)
			}
			return nil
		})
	})
}

func TestWholeInstallation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plant(t, db)
		view(t, db, func(tx *store.Tx) error {
			chief := actor(true, right.Administrator, "")
			for _, structure := range []string{"", "nation", "far"} {
				if _, err := right.Authorize(t.Context(), tx, chief, right.SeeTrail, structure); err != nil {
					t.Errorf("administrator of the installation on %q: %v", structure, err)
				}
			}
			regional := actor(true, right.Administrator, "north")
			if _, err := right.Authorize(t.Context(), tx, regional, right.Administer, ""); fault.KindOf(err) != fault.KindRefused {
				t.Errorf("administrator of a region administers the installation: %v", err)
			}
			if _, err := right.Authorize(t.Context(), tx, right.Actor{}, right.Administer, ""); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("nobody administers the installation: %v", err)
			}
			if _, err := right.Authorize(t.Context(), tx, regional, right.SeeTrail, "nobody"); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("absent structure: %v", err)
			}
			return nil
		})
	})
}

func TestScopeCountsStructures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plant(t, db)
		view(t, db, func(tx *store.Tx) error {
			counted, err := store.One(t.Context(), tx, store.Column[int], `select (`+right.LeavesSQL("s")+`) from structure s where id = $1`, "ght")
			if err != nil || counted != 5 {
				t.Errorf("ght holds %d structures (%v), want 5", counted, err)
			}
			return nil
		})
	})
}

func TestVisibleIsTheUnion(t *testing.T) {
	a := actor(true, right.Director, "hospital")
	a.Grants = append(a.Grants, actor(true, right.RegionalInstructor, "south").Grants...)
	rows := []struct {
		name   string
		action right.Action
		holds  []string
		not    []string
	}{
		{"both roles", right.SeePosture, []string{"hospital", "ward", "far", "south"}, []string{"clinic", "nation"}},
		{"one role", right.SeeAudit, []string{"hospital", "ward"}, []string{"far", "south"}},
		{"no role", right.Administer, nil, []string{"hospital", "far"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			scope := right.Visible(a, row.action)
			for _, id := range row.holds {
				if !scope.Holds(interval(id)) {
					t.Errorf("%s is not visible", id)
				}
			}
			for _, id := range row.not {
				if scope.Holds(interval(id)) {
					t.Errorf("%s is visible", id)
				}
			}
			if _, err := right.Anywhere(a, row.action); (err == nil) != (row.holds != nil) {
				t.Errorf("anywhere: %v", err)
			}
		})
	}
	if scope := right.Visible(right.Actor{}, right.SeeStructure); !scope.Empty() {
		t.Error("nobody sees something")
	}
}

func TestAnywhereSaysHowToGetIn(t *testing.T) {
	_, err := right.Anywhere(actor(false, right.Director, "hospital"), right.SeeAudit)
	if f := fault.As(err); f == nil || f.Key != "right.weak" {
		t.Errorf("weak director: %v", err)
	}
	_, err = right.Anywhere(actor(true, right.NationalSteering, "nation"), right.SeeAudit)
	if f := fault.As(err); f == nil || f.Key != "right.no_role" {
		t.Errorf("steering: %v", err)
	}
}

func TestExplain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plant(t, db)
		a := actor(true, right.RegionalInstructor, "north")
		a.Grants = append(a.Grants, actor(true, right.Director, "hospital").Grants...)
		a.Grants[1].DelegatedBy = "somebody"
		view(t, db, func(tx *store.Tx) error {
			reasons, err := right.Explain(t.Context(), tx, a, right.SeeAudit, "ward")
			if err != nil || len(reasons) != 2 {
				t.Fatalf("%d reasons, %v", len(reasons), err)
			}
			if r := reasons[0]; !r.Allows || r.Role != right.Director || r.Structure != "hospital" || r.Delegated != "somebody" {
				t.Errorf("first reason: %+v", r)
			}
			if r := reasons[1]; r.Allows || r.Key != "right.not_allowed" {
				t.Errorf("second reason: %+v", r)
			}
			weak := a
			weak.Strong = false
			reasons, err = right.Explain(t.Context(), tx, weak, right.SeeAudit, "ward")
			if err != nil || reasons[len(reasons)-1].Key != "right.weak" {
				t.Errorf("weak session: %+v, %v", reasons, err)
			}
			return nil
		})
	})
}

func TestMayGiveNeverWidens(t *testing.T) {
	for _, giver := range right.Roles() {
		for _, given := range right.Roles() {
			if !right.MayGive(giver, given) || giver == right.Administrator {
				continue
			}
			if !right.Allowed(giver, right.InvitePeople) {
				t.Errorf("%s gives %s and may not invite", giver, given)
			}
			for _, national := range []right.Role{right.Administrator, right.RegionalInstructor, right.NationalInstructor} {
				if given == national {
					t.Errorf("%s gives %s", giver, given)
				}
			}
		}
	}
	if right.MayGive(right.Contributor, right.Contributor) || right.MayGive("king", right.Contributor) {
		t.Error("a role without invitation gives a role")
	}
}

func TestGrantInForce(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	until := from.AddDate(0, 1, 0)
	rows := []struct {
		name string
		g    right.Grant
		at   time.Time
		want bool
	}{
		{"before", right.Grant{From: from, Until: until}, from.Add(-time.Millisecond), false},
		{"first moment", right.Grant{From: from, Until: until}, from, true},
		{"last moment", right.Grant{From: from, Until: until}, until.Add(-time.Millisecond), true},
		{"after", right.Grant{From: from, Until: until}, until, false},
		{"without end", right.Grant{From: from}, until.AddDate(50, 0, 0), true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := row.g.InForce(row.at); got != row.want {
				t.Errorf("in force: %t", got)
			}
		})
	}
}

func TestRolesFitTheirPlace(t *testing.T) {
	if !right.Director.Fits("entity") || right.Director.Fits("nation") || right.RegionalInstructor.Fits("establishment") || right.Role("king").Fits("nation") {
		t.Error("a role fits the wrong kind of structure")
	}
	if !slices.ContainsFunc(right.Roles(), func(r right.Role) bool { return r.Fits("nation") }) {
		t.Error("no role fits the nation")
	}
}

func TestGivable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plant(t, db)
		standIn := actor(true, right.Director, "hospital")
		standIn.Grants[0].DelegatedBy = "somebody"
		rows := []struct {
			name      string
			actor     right.Actor
			structure string
			want      []right.Role
		}{
			{"director", actor(true, right.Director, "hospital"), "ward", []right.Role{right.Director, right.SecurityOfficer, right.Contributor}},
			{"officer", actor(true, right.SecurityOfficer, "hospital"), "hospital", []right.Role{right.Contributor}},
			{"contributor", actor(true, right.Contributor, "hospital"), "hospital", nil},
			{"weak director", actor(false, right.Director, "hospital"), "hospital", nil},
			{"stand-in", standIn, "hospital", nil},
			{"administrator", actor(true, right.Administrator, ""), "far", right.Roles()},
			{"steering", actor(true, right.NationalSteering, "nation"), "far", nil},
		}
		view(t, db, func(tx *store.Tx) error {
			for _, row := range rows {
				got, err := right.Givable(t.Context(), tx, row.actor, row.structure)
				if err != nil || !slices.Equal(got, row.want) {
					t.Errorf("%s gives %v (%v), want %v", row.name, got, err, row.want)
				}
			}
			if _, err := right.Givable(t.Context(), tx, actor(true, right.Director, "hospital"), "far"); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("unseen structure: %v", err)
			}
			reasons, err := right.Explain(t.Context(), tx, standIn, right.InvitePeople, "hospital")
			if err != nil || reasons[0].Allows || reasons[0].Key != "right.stand_in" {
				t.Errorf("stand-in: %+v, %v", reasons, err)
			}
			return nil
		})
	})
}
