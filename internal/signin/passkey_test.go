package signin_test

import (
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/signin"
	"hygie/internal/store"
)

// joinWithPasskey makes an account with one passkey.
func (w *world) joinWithPasskey(a *authenticator) signin.Accepted {
	w.t.Helper()
	link := w.link()
	dialog, err := w.BeginAcceptWithPasskey(w.t.Context(), link, signin.Joining{Email: email, Name: "Anne"})
	if err != nil {
		w.t.Fatal(err)
	}
	done, err := w.FinishAcceptWithPasskey(w.t.Context(), link, dialog.Ceremony, a.register(dialog), "Clé bleue", from)
	if err != nil {
		w.t.Fatal(err)
	}
	return done
}

func (w *world) begin() signin.Dialog {
	w.t.Helper()
	dialog, err := w.BeginPasskey()
	if err != nil {
		w.t.Fatal(err)
	}
	return dialog
}

func TestPasskey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		device := newAuthenticator(t)
		done := w.joinWithPasskey(device)
		if actor, session := w.whoami(done.Secret); !actor.Strong || session.Means != people.ByPasskey || len(done.RecoveryCodes) != 0 {
			t.Errorf("after joining: %+v, %+v", actor, session)
		}
		dialog := w.begin()
		session, err := w.FinishPasskey(t.Context(), dialog.Ceremony, device.sign(dialog), from)
		if err != nil {
			t.Fatal(err)
		}
		if actor, _ := w.whoami(session.Secret); actor.Person != done.Person.ID || !actor.Strong {
			t.Errorf("signed in as %+v", actor)
		}
		w.update(func(tx *store.Tx) error {
			means, err := w.MeansOf(t.Context(), tx, done.Person.ID)
			if err != nil || len(means.Passkeys) != 1 || means.Passkeys[0].Label != "Clé bleue" || means.Passkeys[0].Used.IsZero() || means.Code {
				t.Errorf("means %+v, %v", means, err)
			}
			return nil
		})
	})
}

func TestPasskeyRefused(t *testing.T) {
	rows := []struct {
		name string
		sign func(w *world, a *authenticator) (ceremony string, answer []byte)
		want fault.Kind
	}{
		{"nothing wrong", func(w *world, a *authenticator) (string, []byte) {
			d := w.begin()
			return d.Ceremony, a.sign(d)
		}, fault.KindNone},
		{"answer to another dialog", func(w *world, a *authenticator) (string, []byte) {
			return w.begin().Ceremony, a.sign(w.begin())
		}, fault.KindRefused},
		{"false site", func(w *world, a *authenticator) (string, []byte) {
			a.origin = "https://hygie.example.evil.example"
			d := w.begin()
			return d.Ceremony, a.sign(d)
		}, fault.KindRefused},
		{"key of another site", func(w *world, a *authenticator) (string, []byte) {
			a.rp = "evil.example"
			d := w.begin()
			return d.Ceremony, a.sign(d)
		}, fault.KindRefused},
		{"person not verified", func(w *world, a *authenticator) (string, []byte) {
			a.flags = userPresent
			d := w.begin()
			return d.Ceremony, a.sign(d)
		}, fault.KindRefused},
		{"unknown key", func(w *world, a *authenticator) (string, []byte) {
			stranger := newAuthenticator(a.t)
			stranger.handle = a.handle
			d := w.begin()
			return d.Ceremony, stranger.sign(d)
		}, fault.KindRefused},
		{"another key under a known name", func(w *world, a *authenticator) (string, []byte) {
			stranger := newAuthenticator(a.t)
			stranger.handle, stranger.id = a.handle, a.id
			d := w.begin()
			return d.Ceremony, stranger.sign(d)
		}, fault.KindRefused},
		{"unknown person", func(w *world, a *authenticator) (string, []byte) {
			a.handle = []byte("nobody")
			d := w.begin()
			return d.Ceremony, a.sign(d)
		}, fault.KindRefused},
		{"counter goes back", func(w *world, a *authenticator) (string, []byte) {
			a.counter = 50
			d := w.begin()
			if _, err := w.FinishPasskey(a.t.Context(), d.Ceremony, a.sign(d), from); err != nil {
				a.t.Fatal(err)
			}
			a.counter = 10
			d = w.begin()
			return d.Ceremony, a.sign(d)
		}, fault.KindRefused},
		{"dialog open too long", func(w *world, a *authenticator) (string, []byte) {
			d := w.begin()
			w.clock = w.clock.Add(5 * time.Minute)
			return d.Ceremony, a.sign(d)
		}, fault.KindConflict},
		{"ceremony of a registration", func(w *world, a *authenticator) (string, []byte) {
			d := w.begin()
			add, err := w.BeginAddPasskey(a.t.Context(), w.anybody())
			if err != nil {
				a.t.Fatal(err)
			}
			return add.Ceremony, a.sign(d)
		}, fault.KindConflict},
		{"not JSON", func(w *world, _ *authenticator) (string, []byte) { return w.begin().Ceremony, []byte("{") }, fault.KindRefused},
		{"nothing", func(*world, *authenticator) (string, []byte) { return "", nil }, fault.KindConflict},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				device := newAuthenticator(t)
				w.joinWithPasskey(device)
				ceremony, answer := row.sign(w, device)
				session, err := w.FinishPasskey(t.Context(), ceremony, answer, from)
				w.wantKind(row.name, err, row.want)
				if (session.Secret != "") != (row.want == fault.KindNone) {
					t.Error("a session was opened, or not")
				}
			})
		})
	}
}

// anybody is the id of some account.
func (w *world) anybody() string {
	w.t.Helper()
	id := ""
	w.update(func(tx *store.Tx) (err error) {
		id, err = store.One(w.t.Context(), tx, store.Column[string], `select id from person limit 1`)
		return err
	})
	return id
}

func TestPasskeyAnswerIsUsedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		device := newAuthenticator(t)
		w.joinWithPasskey(device)
		dialog := w.begin()
		answer := device.sign(dialog)
		_, err := w.FinishPasskey(t.Context(), dialog.Ceremony, answer, from)
		w.wantKind("first", err, fault.KindNone)
		_, err = w.FinishPasskey(t.Context(), dialog.Ceremony, answer, from)
		w.wantKind("replayed", err, fault.KindConflict)
	})
}

func TestPasskeyOpensALockedAccount(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		device := newAuthenticator(t)
		w.joinWithPasskey(device)
		for range 10 {
			w.signIn("guess", "123456") //nolint:errcheck // locks the account
		}
		dialog := w.begin()
		_, err := w.FinishPasskey(t.Context(), dialog.Ceremony, device.sign(dialog), from)
		w.wantKind("with a passkey", err, fault.KindNone)
	})
}

func TestAddAndRemovePasskeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, second := newAuthenticator(t), newAuthenticator(t)
		done := w.joinWithPasskey(first)
		add := func(a *authenticator) error {
			dialog, err := w.BeginAddPasskey(t.Context(), done.Person.ID)
			if err != nil {
				t.Fatal(err)
			}
			return w.FinishAddPasskey(t.Context(), done.Person.ID, dialog.Ceremony, a.register(dialog), "", from)
		}
		w.wantKind("second", add(second), fault.KindNone)
		w.wantKind("second again", add(second), fault.KindConflict)
		other := w.second("chief@hygie.example")
		w.wantKind("somebody else's", w.RemovePasskey(t.Context(), other, b64(first.id)), fault.KindNotFound)
		w.wantKind("one of two", w.RemovePasskey(t.Context(), done.Person.ID, b64(first.id)), fault.KindNone)
		w.wantKind("the last", w.RemovePasskey(t.Context(), done.Person.ID, b64(second.id)), fault.KindConflict)
		dialog := w.begin()
		_, err := w.FinishPasskey(t.Context(), dialog.Ceremony, first.sign(dialog), from)
		w.wantKind("removed", err, fault.KindRefused)
		dialog = w.begin()
		_, err = w.FinishPasskey(t.Context(), dialog.Ceremony, second.sign(dialog), from)
		w.wantKind("kept", err, fault.KindNone)
		unverified := newAuthenticator(t)
		unverified.flags = userPresent
		w.wantKind("a key that verifies nobody", add(unverified), fault.KindRefused)
		dialog, err = w.BeginAddPasskey(t.Context(), done.Person.ID)
		if err != nil {
			t.Fatal(err)
		}
		w.wantKind("ceremony of another person",
			w.FinishAddPasskey(t.Context(), other, dialog.Ceremony, newAuthenticator(t).register(dialog), "", from), fault.KindConflict)
	})
}
