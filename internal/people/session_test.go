package people_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
)

func (w *world) whoami(secret string) (right.Actor, people.Session) {
	w.t.Helper()
	actor, session, err := w.Whoami(w.t.Context(), secret)
	if err != nil {
		w.t.Fatal(err)
	}
	return actor, session
}

func (w *world) session(p people.Person) string {
	w.t.Helper()
	secret, err := openSession(w, p)
	if err != nil {
		w.t.Fatal(err)
	}
	return secret
}

func TestSession(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.person("anne", right.Director, "hospital")
		secret := w.session(p)
		if len(secret) != 43 {
			t.Errorf("the secret has %d characters", len(secret))
		}
		actor, session := w.whoami(secret)
		if actor.Person != p.ID || !actor.Strong || len(actor.Grants) != 1 || actor.Grants[0].Leaves != 2 || session.Device != "Firefox" {
			t.Errorf("actor %+v, session %+v", actor, session)
		}
		for _, wrong := range []string{"", "x", secret + "x", strings.ToUpper(secret), people.HashSecret(secret), session.ID} {
			if actor, _ := w.whoami(wrong); actor.SignedIn() {
				t.Errorf("%q opens the session", wrong)
			}
		}
		stored := ""
		w.update(func(tx *store.Tx) (err error) {
			stored, err = store.One(t.Context(), tx, store.Column[string], `select token_hash from session where person_id = $1`, p.ID)
			return err
		})
		if strings.Contains(stored, secret) || stored != people.HashSecret(secret) {
			t.Error("the secret itself is stored")
		}
	})
}

func TestSessionEnds(t *testing.T) {
	rows := []struct {
		name string
		act  func(w *world, p people.Person, secret string)
		open bool
	}{
		{"used often", func(w *world, _ people.Person, secret string) {
			for range 8 {
				w.clock = w.clock.Add(time.Hour)
				w.whoami(secret)
			}
		}, true},
		{"idle", func(w *world, _ people.Person, _ string) { w.clock = w.clock.Add(2 * time.Hour) }, false},
		{"only listened to", func(w *world, _ people.Person, secret string) {
			for range 8 {
				w.clock = w.clock.Add(15 * time.Minute)
				if _, _, err := w.Glance(w.t.Context(), secret); err != nil {
					w.t.Error(err)
				}
			}
		}, false},
		{"used for a day", func(w *world, _ people.Person, secret string) {
			for range 12 {
				w.clock = w.clock.Add(time.Hour)
				w.whoami(secret)
			}
		}, false},
		{"closed", func(w *world, _ people.Person, secret string) {
			w.update(func(tx *store.Tx) error { return w.CloseSession(w.t.Context(), tx, secret) })
		}, false},
		{"ended from another", func(w *world, p people.Person, secret string) {
			_, session := w.whoami(secret)
			w.update(func(tx *store.Tx) error { return w.EndSession(w.t.Context(), tx, p.ID, session.ID) })
		}, false},
		{"replaced at sign-in", func(w *world, p people.Person, secret string) {
			w.update(func(tx *store.Tx) error {
				fresh, err := w.OpenSession(w.t.Context(), tx, p.ID, people.ByCode, "", "", secret)
				if fresh == secret {
					w.t.Error("the session kept its secret over a sign-in")
				}
				return err
			})
		}, false},
		{"account disabled", func(w *world, p people.Person, _ string) {
			chief := w.actor(w.person("chief", right.Administrator, ""))
			w.update(func(tx *store.Tx) error { return w.Disable(w.t.Context(), tx, chief, p.ID) })
		}, false},
		{"all others ended", func(w *world, p people.Person, _ string) {
			w.update(func(tx *store.Tx) error {
				_, err := w.EndOtherSessions(w.t.Context(), tx, p.ID, "")
				return err
			})
		}, false},
		{"tidied", func(w *world, _ people.Person, _ string) {
			if err := w.Tidy(w.t.Context()); err != nil {
				w.t.Error(err)
			}
		}, true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				p := w.person("anne", right.Director, "hospital")
				secret := w.session(p)
				row.act(w, p, secret)
				if actor, _ := w.whoami(secret); actor.SignedIn() != row.open {
					t.Errorf("open: %t, want %t", actor.SignedIn(), row.open)
				}
			})
		})
	}
}

func TestOnlyOnesOwnSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		anne, bert := w.person("anne", right.Director, "hospital"), w.person("bert", right.Director, "clinic")
		secret := w.session(anne)
		_, session := w.whoami(secret)
		w.wantKind("somebody else's", w.try(func(tx *store.Tx) error { return w.EndSession(t.Context(), tx, bert.ID, session.ID) }), fault.KindNotFound)
		second := w.session(anne)
		_, keep := w.whoami(second)
		w.update(func(tx *store.Tx) error {
			n, err := w.EndOtherSessions(t.Context(), tx, anne.ID, keep.ID)
			if n != 1 {
				t.Errorf("ended %d sessions", n)
			}
			return err
		})
		if actor, _ := w.whoami(secret); actor.SignedIn() {
			t.Error("the other session is open")
		}
		if actor, _ := w.whoami(second); !actor.SignedIn() {
			t.Error("the kept session is closed")
		}
	})
}

func TestFreshProof(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s := people.Session{Proved: now}
	if !s.Fresh(now.Add(14*time.Minute)) || s.Fresh(now.Add(15*time.Minute)) {
		t.Error("a proof is fresh for 15 minutes")
	}
}

// fail tries n times and returns the last answer.
func (w *world) fail(n int, account, address string) (err error) {
	w.t.Helper()
	for range n {
		_, err = w.Admit(w.t.Context(), account, address)
	}
	return err
}

func TestLockOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.wantKind("five tries", w.fail(5, "anne@hygie.example", "192.0.2.1"), fault.KindNone)
		w.wantKind("sixth", w.fail(1, "anne@hygie.example", "192.0.2.1"), fault.KindNone)
		w.wantKind("locked, in other letters", w.fail(1, " Anne@hygie.example", "192.0.2.9"), fault.KindRefused)
		w.wantKind("another account", w.fail(1, "bert@hygie.example", "192.0.2.1"), fault.KindNone)
		w.wantKind("no account named", w.fail(1, "", "192.0.2.1"), fault.KindNone)
		w.clock = w.clock.Add(30 * time.Second)
		w.wantKind("after the wait", w.fail(1, "anne@hygie.example", "192.0.2.1"), fault.KindNone)
		w.clock = w.clock.Add(59 * time.Second)
		w.wantKind("the wait has doubled", w.fail(1, "anne@hygie.example", "192.0.2.1"), fault.KindRefused)
		w.clock = w.clock.Add(time.Second)
		for range 20 {
			w.fail(1, "anne@hygie.example", "192.0.2.1") //nolint:errcheck // looks at the wait below
			w.clock = w.clock.Add(time.Hour)
		}
		w.wantKind("the wait has a ceiling", w.fail(1, "anne@hygie.example", "192.0.2.1"), fault.KindNone)
		w.clock = w.clock.Add(25 * time.Hour)
		w.wantKind("forgotten after a day", w.fail(5, "anne@hygie.example", "192.0.2.1"), fault.KindNone)
	})
}

func TestLockOutByAddress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 61 {
			if err := w.fail(1, "a"+strings.Repeat("x", i)+"@hygie.example", "[2001:db8::1]:1234"); err != nil {
				t.Fatalf("try %d: %v", i+1, err)
			}
		}
		w.wantKind("same network", w.fail(1, "new@hygie.example", "2001:db8::ffff"), fault.KindRefused)
		w.wantKind("no account named", w.fail(1, "", "2001:db8::ffff"), fault.KindRefused)
		w.wantKind("another network", w.fail(1, "new@hygie.example", "2001:db8:0:1::1"), fault.KindNone)
	})
}

func TestSuccessTakesTheTryBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 200 { // a whole hospital behind one address signs in
			a, err := w.Admit(t.Context(), "anne@hygie.example", "192.0.2.1")
			if err != nil {
				t.Fatal(err)
			}
			w.update(func(tx *store.Tx) error { return w.Succeeded(t.Context(), tx, a) })
		}
		// An attacker with an account of their own does not wash the address clean by signing in.
		w.fail(60, "", "192.0.2.1") //nolint:errcheck // counted below
		a, err := w.Admit(t.Context(), "anne@hygie.example", "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		w.update(func(tx *store.Tx) error { return w.Succeeded(t.Context(), tx, a) })
		w.fail(1, "", "192.0.2.1") //nolint:errcheck // the 61st failure
		w.wantKind("62nd", w.fail(1, "", "192.0.2.1"), fault.KindRefused)
	})
}

func TestLockOutIsRecordedWithoutWhatWasTyped(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.person("anne", right.Director, "hospital")
		w.trail = nil
		w.wantKind("five are free", w.fail(5, p.Email, "192.0.2.1"), fault.KindNone)
		if len(w.trail) != 0 {
			t.Errorf("trail before the wait: %+v", w.trail)
		}
		w.fail(3, p.Email, "192.0.2.1") //nolint:errcheck // the first locks, the others are refused
		if len(w.trail) != 1 || w.trail[0].Action != "people.lock_out" || w.trail[0].Subject != p.ID || w.trail[0].Detail["network"] != "192.0.2.1" {
			t.Errorf("trail: %+v", w.trail)
		}
		w.fail(6, "my password, typed in the wrong field", "192.0.2.1") //nolint:errcheck // the sixth locks
		if len(w.trail) != 2 || w.trail[1].Subject != "" || strings.Contains(fmt.Sprint(w.trail[1]), "typed") {
			t.Errorf("trail: %+v", w.trail)
		}
	})
}
