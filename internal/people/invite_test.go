package people_test

import (
	"strings"
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
)

func (w *world) invite(by people.Person, in people.Inviting) (secret string, err error) {
	actor := w.actor(by)
	err = w.try(func(tx *store.Tx) (err error) {
		_, secret, err = w.Invite(w.t.Context(), tx, actor, in)
		return err
	})
	return secret, err
}

func (w *world) accept(secret string, p people.Person) error {
	return w.try(func(tx *store.Tx) error {
		_, err := w.Accept(w.t.Context(), tx, secret, p)
		return err
	})
}

func TestInvitation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		director := w.person("director", right.Director, "hospital")
		secret, err := w.invite(director, people.Inviting{Email: "new@hygie.example", Name: "New", Role: right.Contributor, Structure: "ward", Until: w.clock.AddDate(0, 1, 0)})
		if err != nil {
			t.Fatal(err)
		}
		other, new := w.person("other", "", "-"), w.person("new", "", "-")
		w.wantKind("another address", w.accept(secret, other), fault.KindRefused)
		w.wantKind("guessed", w.accept("x"+secret[1:], new), fault.KindNotFound)
		w.wantKind("first use", w.accept(secret, new), fault.KindNone)
		w.wantKind("second use", w.accept(secret, new), fault.KindNotFound)
		if !w.has(new, right.SeeActions, "ward") || w.has(new, right.SeeActions, "hospital") {
			t.Error("the role is not the one of the invitation")
		}
		w.clock = w.clock.AddDate(0, 1, 0)
		if w.has(new, right.SeeActions, "ward") {
			t.Error("the role outlives its end")
		}
	})
}

func TestInvitationIsChecked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		director := w.person("director", right.Director, "hospital")
		rows := []struct {
			name string
			in   people.Inviting
			want fault.Kind
		}{
			{"oneself", people.Inviting{Email: "Director@hygie.example", Name: "Me", Role: right.SecurityOfficer, Structure: "hospital"}, fault.KindRefused},
			{"elsewhere", people.Inviting{Email: "a@hygie.example", Name: "A", Role: right.Contributor, Structure: "clinic"}, fault.KindNotFound},
			{"too much", people.Inviting{Email: "a@hygie.example", Name: "A", Role: right.Administrator, Structure: "hospital"}, fault.KindRefused},
			{"unknown role", people.Inviting{Email: "a@hygie.example", Name: "A", Role: "king", Structure: "hospital"}, fault.KindInvalid},
			{"wrong address and name", people.Inviting{Email: "a", Role: right.Contributor, Structure: "hospital"}, fault.KindInvalid},
			{"past", people.Inviting{Email: "a@hygie.example", Name: "A", Role: right.Contributor, Structure: "hospital", Until: w.clock.Add(-1)}, fault.KindInvalid},
		}
		for _, row := range rows {
			_, err := w.invite(director, row.in)
			w.wantKind(row.name, err, row.want)
		}
		_, err := w.invite(director, people.Inviting{Email: "a", Structure: "hospital", Until: w.clock})
		if fields := fault.Fields(err); len(fields) != 4 {
			t.Errorf("fields: %+v", fields)
		}
	})
}

func TestInvitationEnds(t *testing.T) {
	rows := []struct {
		name string
		act  func(w *world, director people.Person)
		want fault.Kind
	}{
		{"in time", func(w *world, _ people.Person) { w.clock = w.clock.Add(7*24*time.Hour - time.Second) }, fault.KindNone},
		{"too late", func(w *world, _ people.Person) { w.clock = w.clock.Add(7 * 24 * time.Hour) }, fault.KindNotFound},
		{"withdrawn", func(w *world, director people.Person) {
			actor := w.actor(director)
			w.update(func(tx *store.Tx) error {
				open, err := w.Invitations(w.t.Context(), tx, "hospital")
				if err != nil || len(open) != 1 || open[0].InvitedByName != "director" {
					w.t.Errorf("open invitations: %+v, %v", open, err)
				}
				return w.WithdrawInvitation(w.t.Context(), tx, actor, open[0].ID)
			})
		}, fault.KindNotFound},
		{"whoever invited lost the role", func(w *world, director people.Person) {
			actor := w.actor(director)
			w.update(func(tx *store.Tx) error { return w.WithdrawRole(w.t.Context(), tx, actor, actor.Grants[0].ID) })
		}, fault.KindConflict},
		{"whoever invited left", func(w *world, director people.Person) {
			chief := w.actor(w.person("chief", right.Administrator, ""))
			w.update(func(tx *store.Tx) error { return w.Disable(w.t.Context(), tx, chief, director.ID) })
		}, fault.KindConflict},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				director, new := w.person("director", right.Director, "hospital"), w.person("new", "", "-")
				secret, err := w.invite(director, people.Inviting{Email: "new@hygie.example", Name: "New", Role: right.Contributor, Structure: "hospital"})
				if err != nil {
					t.Fatal(err)
				}
				row.act(w, director)
				w.wantKind("accept", w.accept(secret, new), row.want)
				if got := w.has(new, right.SeeStructure, "hospital"); got != (row.want == fault.KindNone) {
					t.Errorf("has the role: %t", got)
				}
			})
		})
	}
}

func TestWithdrawInvitationOfAnother(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		director, officer := w.person("director", right.Director, "hospital"), w.person("officer", right.SecurityOfficer, "hospital")
		stranger := w.person("stranger", right.Director, "clinic")
		if _, err := w.invite(director, people.Inviting{Email: "new@hygie.example", Name: "New", Role: right.Director, Structure: "hospital"}); err != nil {
			t.Fatal(err)
		}
		id := ""
		w.update(func(tx *store.Tx) error {
			open, err := w.Invitations(t.Context(), tx, "hospital")
			id = open[0].ID
			return err
		})
		for name, c := range map[string]struct {
			by   people.Person
			want fault.Kind
		}{"officer": {officer, fault.KindRefused}, "stranger": {stranger, fault.KindNotFound}} {
			actor := w.actor(c.by)
			w.wantKind(name, w.try(func(tx *store.Tx) error { return w.WithdrawInvitation(t.Context(), tx, actor, id) }), c.want)
		}
	})
}

func TestRecoverNeverClimbs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		chief := w.person("chief", right.Administrator, "")
		director, regional := w.person("director", right.Director, "hospital"), w.person("regional", right.Administrator, "north")
		nurse := w.person("nurse", right.Contributor, "hospital")
		both := w.person("both", right.Contributor, "hospital")
		w.update(func(tx *store.Tx) error {
			_, err := w.Appoint(t.Context(), tx, people.Giving{Person: both.ID, Role: right.RegionalInstructor, Structure: "south"})
			return err
		})
		idle := w.person("idle", "", "-")
		rows := []struct {
			name        string
			by, subject people.Person
			want        fault.Kind
		}{
			{"director, contributor", director, nurse, fault.KindNone},
			{"director, somebody with a role elsewhere", director, both, fault.KindRefused},
			{"director, administrator", director, chief, fault.KindNotFound},
			{"contributor, director", nurse, director, fault.KindNotFound},
			{"regional administrator, director", regional, director, fault.KindNone},
			{"regional administrator, somebody with a role elsewhere", regional, both, fault.KindRefused},
			{"regional administrator, chief", regional, chief, fault.KindNotFound},
			{"chief, anybody", chief, both, fault.KindNone},
			{"chief, no role", chief, idle, fault.KindNone},
			{"director, no role", director, idle, fault.KindNotFound},
			{"oneself", chief, chief, fault.KindRefused},
		}
		for _, row := range rows {
			actor := w.actor(row.by)
			w.wantKind(row.name, w.try(func(tx *store.Tx) error {
				_, _, err := w.InviteToRecover(t.Context(), tx, actor, row.subject.ID)
				return err
			}), row.want)
		}
		secret := ""
		actor := w.actor(director)
		w.update(func(tx *store.Tx) (err error) {
			_, secret, err = w.InviteToRecover(t.Context(), tx, actor, nurse.ID)
			return err
		})
		w.wantKind("somebody else's recovery", w.accept(secret, both), fault.KindRefused)
		w.update(func(tx *store.Tx) error { // the nurse has climbed since
			_, err := w.Appoint(t.Context(), tx, people.Giving{Person: nurse.ID, Role: right.NationalSteering, Structure: "nation"})
			return err
		})
		w.wantKind("the account has grown", w.accept(secret, nurse), fault.KindConflict)
	})
}

func TestFirstAdministrator(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		link := func() string {
			t.Helper()
			l, err := w.FirstAdministratorLink(t.Context(), "https://hygie.example")
			if err != nil {
				t.Fatal(err)
			}
			return strings.TrimPrefix(l, "https://hygie.example"+people.InvitationPath)
		}
		old, secret := link(), link()
		chief, late := w.person("chief", "", "-"), w.person("late", "", "-")
		w.wantKind("former link", w.accept(old, chief), fault.KindNotFound)
		w.wantKind("present link", w.accept(secret, chief), fault.KindNone)
		if !w.has(chief, right.Administer, "") {
			t.Error("the first administrator may not administer")
		}
		if l := link(); l != "" {
			t.Errorf("a second link: %q", l)
		}
		w.wantKind("used link", w.accept(secret, late), fault.KindNotFound)
		w.clock = w.clock.Add(24 * time.Hour)
		if w.has(late, right.Administer, "") {
			t.Error("a second first administrator")
		}
	})
}

// Two people race for one link: one wins, on both engines.
func TestInvitationIsUsedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		link, err := w.FirstAdministratorLink(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		secret := strings.TrimPrefix(link, people.InvitationPath)
		racers := []people.Person{w.person("one", "", "-"), w.person("two", "", "-"), w.person("three", "", "-")}
		answers := make(chan error, len(racers))
		for _, p := range racers {
			go func() { answers <- w.accept(secret, p) }()
		}
		won := 0
		for range racers {
			err := <-answers
			switch fault.KindOf(err) {
			case fault.KindNone:
				won++
			case fault.KindNotFound:
			default:
				t.Errorf("a racer got %v", err)
			}
		}
		if won != 1 {
			t.Errorf("%d racers won", won)
		}
	})
}

// Whoever has the link becomes that person, so there is only one that works.
func TestOneRecoveryLinkAtATime(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		director, contributor := w.person("director", right.Director, "hospital"), w.person("contributor", right.Contributor, "ward")
		var links []string
		actor := w.actor(director)
		for range 2 {
			w.update(func(tx *store.Tx) error {
				_, secret, err := w.InviteToRecover(t.Context(), tx, actor, contributor.ID)
				links = append(links, secret)
				return err
			})
		}
		w.wantKind("the former link", w.accept(links[0], contributor), fault.KindNotFound)
		w.wantKind("the last link", w.accept(links[1], contributor), "")
	})
}
