package people_test

import (
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
)

func TestDelegation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		director := w.person("director", right.Director, "hospital")
		deputy := w.person("deputy", "", "-")
		actor := w.actor(director)
		own := actor.Grants[0].ID
		week := w.clock.AddDate(0, 0, 7)
		rows := []struct {
			name string
			d    people.Delegation
			want fault.Kind
		}{
			{"no end", people.Delegation{Grant: own, Person: deputy.ID}, fault.KindInvalid},
			{"past end", people.Delegation{Grant: own, Person: deputy.ID, Until: w.clock}, fault.KindInvalid},
			{"too long", people.Delegation{Grant: own, Person: deputy.ID, Until: w.clock.AddDate(2, 0, 0)}, fault.KindInvalid},
			{"wider", people.Delegation{Grant: own, Person: deputy.ID, Structure: "ght", Until: week}, fault.KindNotFound},
			{"oneself", people.Delegation{Grant: own, Person: director.ID, Until: week}, fault.KindRefused},
			{"not one's own", people.Delegation{Grant: "nothing", Person: deputy.ID, Until: week}, fault.KindNotFound},
			{"good", people.Delegation{Grant: own, Person: deputy.ID, Until: week, Reason: "holidays"}, fault.KindNone},
			{"twice", people.Delegation{Grant: own, Person: deputy.ID, Until: week}, fault.KindConflict},
		}
		for _, row := range rows {
			w.wantKind(row.name, w.try(func(tx *store.Tx) error {
				_, err := w.Delegate(t.Context(), tx, actor, row.d)
				return err
			}), row.want)
		}
		if !w.has(deputy, right.AcceptRisk, "ward") {
			t.Error("the deputy cannot decide")
		}
		if w.has(deputy, right.InvitePeople, "hospital") {
			t.Error("the deputy gives roles that outlive the delegation")
		}
		standIn := w.actor(deputy)
		w.wantKind("chain", w.try(func(tx *store.Tx) error {
			third := people.Delegation{Grant: standIn.Grants[0].ID, Person: director.ID, Until: week}
			_, err := w.Delegate(t.Context(), tx, standIn, third)
			return err
		}), fault.KindRefused)
		w.clock = week
		if w.has(deputy, right.SeeStructure, "hospital") {
			t.Error("the delegation outlives its end")
		}
	})
}

// A delegation falls with the grant it comes from, and with the account of who made it.
func TestDelegationFallsWithItsOrigin(t *testing.T) {
	rows := []struct {
		name string
		end  func(w *world, director people.Person, chief right.Actor)
	}{
		{"withdrawn", func(w *world, director people.Person, chief right.Actor) {
			own := w.actor(director).Grants[0].ID
			w.update(func(tx *store.Tx) error { return w.WithdrawRole(w.t.Context(), tx, chief, own) })
		}},
		{"disabled", func(w *world, director people.Person, chief right.Actor) {
			w.update(func(tx *store.Tx) error { return w.Disable(w.t.Context(), tx, chief, director.ID) })
		}},
		{"delegation withdrawn by its author", func(w *world, director people.Person, _ right.Actor) {
			actor := w.actor(director)
			w.update(func(tx *store.Tx) error {
				made, err := w.DelegatedBy(w.t.Context(), tx, director.ID)
				if err != nil {
					return err
				}
				return w.WithdrawRole(w.t.Context(), tx, actor, made[0].ID)
			})
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				chief := w.actor(w.person("chief", right.Administrator, ""))
				director := w.person("director", right.Director, "hospital")
				deputy := w.person("deputy", "", "-")
				actor := w.actor(director)
				w.update(func(tx *store.Tx) error {
					_, err := w.Delegate(t.Context(), tx, actor, people.Delegation{Grant: actor.Grants[0].ID, Person: deputy.ID, Until: w.clock.Add(time.Hour)})
					return err
				})
				if !w.has(deputy, right.SeeAudit, "hospital") {
					t.Fatal("the deputy sees nothing")
				}
				row.end(w, director, chief)
				if w.has(deputy, right.SeeAudit, "hospital") {
					t.Error("the deputy still sees the findings")
				}
			})
		})
	}
}

func TestDelegationEndsWithOwnRole(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		director, deputy := w.person("director", "", "-"), w.person("deputy", "", "-")
		w.update(func(tx *store.Tx) error {
			_, err := w.Appoint(t.Context(), tx, people.Giving{Person: director.ID, Role: right.Director, Structure: "hospital", Until: w.clock.Add(time.Hour)})
			return err
		})
		actor := w.actor(director)
		w.wantKind("longer than one's own role", w.try(func(tx *store.Tx) error {
			_, err := w.Delegate(t.Context(), tx, actor, people.Delegation{Grant: actor.Grants[0].ID, Person: deputy.ID, Until: w.clock.Add(2 * time.Hour)})
			return err
		}), fault.KindInvalid)
	})
}

// Two roles of one person do not lend each other their place: an agency's role for a region is not delegated to a hospital elsewhere
// because the same person happens to direct that hospital.
func TestDelegationUsesOneGrantOnly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		both, deputy := w.person("both", right.RegionalInstructor, "south"), w.person("deputy", "", "-")
		w.update(func(tx *store.Tx) error {
			_, err := w.Appoint(t.Context(), tx, people.Giving{Person: both.ID, Role: right.Director, Structure: "hospital"})
			return err
		})
		actor := w.actor(both)
		regional := actor.Grants[0]
		if regional.Role != right.RegionalInstructor {
			regional = actor.Grants[1]
		}
		w.wantKind("across", w.try(func(tx *store.Tx) error {
			_, err := w.Delegate(t.Context(), tx, actor, people.Delegation{Grant: regional.ID, Person: deputy.ID, Structure: "hospital", Until: w.clock.Add(time.Hour)})
			return err
		}), fault.KindNotFound)
	})
}
