package signin_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/signin"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

const origin = "https://hygie.example"

type world struct {
	*signin.Service
	people *people.Service
	t      *testing.T
	db     *store.DB
	clock  time.Time
	trail  []string
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newWorld(t, db)) })
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{t: t, db: db, clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	key := bytes.Repeat([]byte{7}, 32)
	var err error
	w.people, err = people.New(db, people.Options{Key: key, Now: func() time.Time { return w.clock },
		Recorder: people.RecorderFunc(func(_ context.Context, _ *store.Tx, e people.Event) error {
			w.trail = append(w.trail, e.Action)
			return nil
		})})
	if err != nil {
		t.Fatal(err)
	}
	if w.Service, err = signin.New(signin.Options{People: w.people, Key: key, Origin: origin}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) update(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) wantKind(name string, err error, want fault.Kind) {
	w.t.Helper()
	if got := fault.KindOf(err); got != want {
		w.t.Errorf("%s: %q (%v), want %q", name, got, err, want)
	}
}

// link is the secret of a first administrator's link.
func (w *world) link() string {
	w.t.Helper()
	link, err := w.people.FirstAdministratorLink(w.t.Context(), "")
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.TrimPrefix(link, people.InvitationPath)
}

func (w *world) invitation(link string) people.Invitation {
	w.t.Helper()
	var i people.Invitation
	w.update(func(tx *store.Tx) (err error) {
		i, err = w.people.Invitation(w.t.Context(), tx, link)
		return err
	})
	return i
}

const (
	email    = "anne@hygie.example"
	password = "cheval pile agrafe correct"
)

var from = signin.From{Device: "Firefox, Linux", Address: "192.0.2.1"}

// joined is an account with password and code.
type joined struct {
	signin.Accepted
	seed signin.Seed
}

func (w *world) join() joined {
	w.t.Helper()
	link := w.link()
	seed, err := w.NewSeed(w.invitation(link).ID, email)
	if err != nil {
		w.t.Fatal(err)
	}
	in := signin.Joining{Email: email, Name: "Anne", Password: password, Seed: seed.Sealed, Code: w.code(seed)}
	done, err := w.AcceptWithCode(w.t.Context(), link, in, from)
	if err != nil {
		w.t.Fatal(err)
	}
	return joined{done, seed}
}

// code is what an authenticator application shows now, computed by the library and not by the code under test.
func (w *world) code(seed signin.Seed) string {
	w.t.Helper()
	code, err := totp.GenerateCode(seed.Secret, w.clock)
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

func (w *world) signIn(password, code string) error {
	_, err := w.WithCode(w.t.Context(), signin.SignIn{Email: email, Password: password, Code: code}, from)
	return err
}

func (w *world) whoami(secret string) (right.Actor, people.Session) {
	w.t.Helper()
	actor, session, err := w.people.Whoami(w.t.Context(), secret)
	if err != nil {
		w.t.Fatal(err)
	}
	return actor, session
}

func TestAcceptWithCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		link := w.link()
		invitation := w.invitation(link)
		seed, err := w.NewSeed(invitation.ID, email)
		if err != nil {
			t.Fatal(err)
		}
		good := signin.Joining{Email: email, Name: "Anne", Locale: "fr", Password: password, Seed: seed.Sealed, Code: w.code(seed)}
		with := func(change func(*signin.Joining)) signin.Joining {
			in := good
			change(&in)
			return in
		}
		other, err := w.NewSeed("another", email)
		if err != nil {
			t.Fatal(err)
		}
		rows := []struct {
			name, link string
			in         signin.Joining
			want       fault.Kind
			field      string
		}{
			{"wrong link", "x" + link[1:], good, fault.KindNotFound, ""},
			{"wrong code", link, with(func(in *signin.Joining) { in.Code = "000000" }), fault.KindInvalid, "code"},
			{"no code", link, with(func(in *signin.Joining) { in.Code = "" }), fault.KindInvalid, "code"},
			{"short password", link, with(func(in *signin.Joining) { in.Password = "short" }), fault.KindInvalid, "password"},
			{"no name", link, with(func(in *signin.Joining) { in.Name = " " }), fault.KindInvalid, "name"},
			{"no address", link, with(func(in *signin.Joining) { in.Email = "" }), fault.KindInvalid, "email"},
			{"seed of another", link, with(func(in *signin.Joining) { in.Seed = other.Sealed }), fault.KindConflict, ""},
			{"seed changed", link, with(func(in *signin.Joining) { in.Seed = in.Seed[:len(in.Seed)-4] + "AAAA" }), fault.KindConflict, ""},
			{"no seed", link, with(func(in *signin.Joining) { in.Seed = "" }), fault.KindConflict, ""},
			{"good", link, good, fault.KindNone, ""},
			{"again", link, good, fault.KindNotFound, ""},
		}
		for _, row := range rows {
			done, err := w.AcceptWithCode(t.Context(), row.link, row.in, from)
			w.wantKind(row.name, err, row.want)
			if row.field != "" && fault.Fields(err)[0].Name != row.field {
				t.Errorf("%s: fields %+v", row.name, fault.Fields(err))
			}
			if row.want == fault.KindNone {
				actor, _ := w.whoami(done.Secret)
				if !actor.Strong || len(actor.Grants) != 1 || len(done.RecoveryCodes) != 10 {
					t.Errorf("actor %+v, %d recovery codes", actor, len(done.RecoveryCodes))
				}
			}
		}
	})
}

func TestSeedGrowsOld(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		link := w.link()
		seed, err := w.NewSeed(w.invitation(link).ID, email)
		if err != nil {
			t.Fatal(err)
		}
		w.clock = w.clock.Add(time.Hour)
		in := signin.Joining{Email: email, Name: "Anne", Password: password, Seed: seed.Sealed, Code: w.code(seed)}
		_, err = w.AcceptWithCode(t.Context(), link, in, from)
		w.wantKind("after an hour", err, fault.KindConflict)
	})
}

func TestSignInWithCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		j := w.join()
		used := w.code(j.seed)
		w.wantKind("the code of the enrolment", w.signIn(password, used), fault.KindInvalid)
		w.clock = w.clock.Add(time.Minute)
		code := w.code(j.seed)
		w.wantKind("wrong password", w.signIn(password+"x", code), fault.KindInvalid)
		w.wantKind("password in capitals", w.signIn(strings.ToUpper(password), code), fault.KindInvalid)
		w.wantKind("no code", w.signIn(password, ""), fault.KindInvalid)
		w.wantKind("right", w.signIn(password, code[:3]+" "+code[3:]), fault.KindNone)
		w.wantKind("the same code again", w.signIn(password, code), fault.KindInvalid)
		w.clock = w.clock.Add(30 * time.Second)
		next := w.code(j.seed)
		w.clock = w.clock.Add(30 * time.Second)
		w.wantKind("one step late", w.signIn(password, next), fault.KindNone)
		w.clock = w.clock.Add(30 * time.Second)
		late := w.code(j.seed)
		w.clock = w.clock.Add(time.Minute)
		w.wantKind("two steps late", w.signIn(password, late), fault.KindInvalid)
	})
}

// A code that came later closes the door for those before it, though they would still be in the window.
func TestAnOlderCodeIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		j := w.join()
		w.clock = w.clock.Add(time.Minute)
		before := w.code(j.seed)
		w.clock = w.clock.Add(30 * time.Second)
		w.wantKind("newer", w.signIn(password, w.code(j.seed)), fault.KindNone)
		w.wantKind("older", w.signIn(password, before), fault.KindInvalid)
	})
}

// Whatever is wrong, the answer is the same.
func TestSignInTellsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		j := w.join()
		w.clock = w.clock.Add(time.Minute)
		answers := map[string]error{
			"wrong password": w.signIn("x", w.code(j.seed)),
			"wrong code":     w.signIn(password, "123456"),
			"wrong recovery": w.signIn(password, "0000-0000-0000-0000"),
		}
		_, answers["no account"] = w.WithCode(t.Context(), signin.SignIn{Email: "nobody@hygie.example", Password: password, Code: "123456"}, from)
		_, answers["not an address"] = w.WithCode(t.Context(), signin.SignIn{Email: "' or 1=1 --", Password: password, Code: "123456"}, from)
		for name, err := range answers {
			if err == nil || err.Error() != "invalid:  signin.wrong" {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestSignInLocks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		j := w.join()
		w.clock = w.clock.Add(time.Minute)
		for range 6 {
			w.wantKind("guess", w.signIn("guess", "123456"), fault.KindInvalid)
		}
		w.wantKind("right, but locked", w.signIn(password, w.code(j.seed)), fault.KindRefused)
		w.clock = w.clock.Add(time.Minute)
		w.wantKind("after the wait", w.signIn(password, w.code(j.seed)), fault.KindNone)
		w.clock = w.clock.Add(time.Minute)
		w.wantKind("success forgets", w.signIn("guess", "123456"), fault.KindInvalid)
		w.wantKind("and opens", w.signIn(password, w.code(j.seed)), fault.KindNone)
	})
}

func TestRecoveryCodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		j := w.join()
		code := j.RecoveryCodes[0]
		w.wantKind("without the password", w.signIn("x", code), fault.KindInvalid)
		w.wantKind("in capitals with spaces", w.signIn(password, " "+strings.ToUpper(strings.ReplaceAll(code, "-", " "))), fault.KindNone)
		w.wantKind("again", w.signIn(password, code), fault.KindInvalid)
		w.wantKind("the next", w.signIn(password, j.RecoveryCodes[1]), fault.KindNone)
		w.update(func(tx *store.Tx) error {
			means, err := w.MeansOf(t.Context(), tx, j.Person.ID)
			if err != nil || means.RecoveryCodes != 8 || !means.Code {
				t.Errorf("means %+v, %v", means, err)
			}
			stored, err := store.All(t.Context(), tx, store.Column[string], `select hash from recovery_code`)
			for _, hash := range stored {
				if strings.Contains(hash, strings.ReplaceAll(j.RecoveryCodes[2], "-", "")) {
					t.Error("a code is stored as such")
				}
			}
			return err
		})
		fresh, err := w.NewRecoveryCodes(t.Context(), j.Person.ID)
		if err != nil {
			t.Fatal(err)
		}
		w.wantKind("replaced", w.signIn(password, j.RecoveryCodes[2]), fault.KindInvalid)
		w.wantKind("new", w.signIn(password, fresh[9]), fault.KindNone)
	})
}

func TestSecretsAreNotStoredAsSuch(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		j := w.join()
		w.update(func(tx *store.Tx) error {
			sealed, err := store.One(t.Context(), tx, store.Column[[]byte], `select secret from totp`)
			if err != nil || bytes.Contains(sealed, []byte(j.seed.Secret)) {
				t.Errorf("the seed is stored as such (%v)", err)
			}
			hash, err := store.One(t.Context(), tx, store.Column[string], `select hash from password`)
			if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
				t.Errorf("password hash %q, %v", hash, err)
			}
			return nil
		})
	})
}

// The session that a browser brought along ends when somebody signs in with that browser.
func TestSignInReplacesTheSession(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		j := w.join()
		w.clock = w.clock.Add(time.Minute)
		again, err := w.WithCode(t.Context(), signin.SignIn{Email: email, Password: password, Code: w.code(j.seed)},
			signin.From{Previous: j.Secret})
		if err != nil {
			t.Fatal(err)
		}
		if actor, _ := w.whoami(j.Secret); actor.SignedIn() {
			t.Error("the former session is open")
		}
		if actor, session := w.whoami(again.Secret); !actor.SignedIn() || again.Secret == j.Secret || session.Means != people.ByCode {
			t.Errorf("the new session: %+v, %+v", actor, session)
		}
	})
}

func TestSetCodeEndsOtherSessions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		j := w.join()
		w.clock = w.clock.Add(time.Minute)
		here, err := w.WithCode(t.Context(), signin.SignIn{Email: email, Password: password, Code: w.code(j.seed)}, from)
		if err != nil {
			t.Fatal(err)
		}
		_, session := w.whoami(here.Secret)
		seed, err := w.NewSeed(j.Person.ID, email)
		if err != nil {
			t.Fatal(err)
		}
		codes, err := w.SetCode(t.Context(), j.Person, "une autre phrase longue", seed.Sealed, w.code(seed), session.ID)
		if err != nil || len(codes) != 10 {
			t.Fatalf("%d codes, %v", len(codes), err)
		}
		if actor, _ := w.whoami(j.Secret); actor.SignedIn() {
			t.Error("the other session is open")
		}
		if actor, _ := w.whoami(here.Secret); !actor.SignedIn() {
			t.Error("this session is closed")
		}
		w.clock = w.clock.Add(time.Minute)
		w.wantKind("former password", w.signIn(password, w.code(seed)), fault.KindInvalid)
		w.wantKind("former seed", w.signIn("une autre phrase longue", w.code(j.seed)), fault.KindInvalid)
		w.wantKind("former recovery code", w.signIn("une autre phrase longue", j.RecoveryCodes[0]), fault.KindInvalid)
		w.wantKind("new ones", w.signIn("une autre phrase longue", w.code(seed)), fault.KindNone)
		w.wantKind("the last means stays", w.RemoveCode(t.Context(), j.Person.ID), fault.KindConflict)
		w.clock = w.clock.Add(time.Minute)
		w.wantKind("and works", w.signIn("une autre phrase longue", w.code(seed)), fault.KindNone)
	})
}

func TestDisabledAccountDoesNotSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		j := w.join()
		w.update(func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `update person set disabled_at = 1 where id = $1`, j.Person.ID)
			return err
		})
		w.clock = w.clock.Add(time.Minute)
		w.wantKind("disabled", w.signIn(password, w.code(j.seed)), fault.KindInvalid)
		if actor, _ := w.whoami(j.Secret); actor.SignedIn() {
			t.Error("the session is open")
		}
	})
}

func TestRecoverReplacesEverything(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		j := w.join()
		chief := w.second("chief@hygie.example")
		secret := ""
		w.update(func(tx *store.Tx) error {
			actor, err := w.people.Actor(t.Context(), tx, chief, true)
			if err != nil {
				return err
			}
			_, secret, err = w.people.InviteToRecover(t.Context(), tx, actor, j.Person.ID)
			return err
		})
		_, err := w.AcceptSignedIn(t.Context(), secret, j.Person.ID)
		w.wantKind("within a session", err, fault.KindRefused)
		device := newAuthenticator(t)
		dialog, err := w.BeginAcceptWithPasskey(t.Context(), secret, signin.Joining{Email: "evil@hygie.example", Name: "Evil"})
		if err != nil {
			t.Fatal(err)
		}
		done, err := w.FinishAcceptWithPasskey(t.Context(), secret, dialog.Ceremony, device.register(dialog), "", from)
		if err != nil {
			t.Fatal(err)
		}
		if done.Person.ID != j.Person.ID || done.Person.Email != email || done.Person.Name != "Anne" {
			t.Errorf("recovered %+v", done.Person)
		}
		if actor, _ := w.whoami(j.Secret); actor.SignedIn() {
			t.Error("a session of before is open")
		}
		w.clock = w.clock.Add(time.Minute)
		w.wantKind("former password", w.signIn(password, w.code(j.seed)), fault.KindInvalid)
		w.wantKind("former recovery code", w.signIn(password, j.RecoveryCodes[0]), fault.KindInvalid)
	})
}

// second makes another administrator of the installation, and returns the person's id.
func (w *world) second(address string) string {
	w.t.Helper()
	id := ""
	w.update(func(tx *store.Tx) error {
		p, err := w.people.CreatePerson(w.t.Context(), tx, address, "Second", "", "handle-"+address)
		if err != nil {
			return err
		}
		id = p.ID
		_, err = w.people.Appoint(w.t.Context(), tx, people.Giving{Person: p.ID, Role: right.Administrator})
		return err
	})
	return id
}

func TestDemoOnlyInADemonstration(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		j := w.join()
		if links, err := w.DemoLinks(t.Context()); err != nil || len(links) != 0 {
			t.Errorf("links outside of a demonstration: %v, %v", links, err)
		}
		demo, err := signin.New(signin.Options{People: w.people, Key: bytes.Repeat([]byte{7}, 32), Origin: origin, Demo: true})
		if err != nil {
			t.Fatal(err)
		}
		links, err := demo.DemoLinks(t.Context())
		if err != nil || len(links) != 1 || links[0].Role != right.Administrator {
			t.Fatalf("links %+v, %v", links, err)
		}
		_, key, _ := strings.Cut(links[0].Path, "?k=")
		_, err = w.AsDemo(t.Context(), j.Person.ID, key, from)
		w.wantKind("outside of a demonstration", err, fault.KindNotFound)
		_, err = demo.AsDemo(t.Context(), j.Person.ID, "guess", from)
		w.wantKind("guessed", err, fault.KindNotFound)
		session, err := demo.AsDemo(t.Context(), j.Person.ID, key, from)
		if err != nil {
			t.Fatal(err)
		}
		if actor, _ := w.whoami(session.Secret); actor.Person != j.Person.ID {
			t.Errorf("signed in as %+v", actor)
		}
	})
}

// Where passkeys cannot work, every step of them says so, and password and code serve.
func TestWithoutPasskeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var err error
		if w.Service, err = signin.New(signin.Options{People: w.people, Key: bytes.Repeat([]byte{7}, 32), Origin: "http://192.0.2.1:8080"}); err != nil {
			t.Fatal(err)
		}
		link := w.link()
		_, err = w.BeginAcceptWithPasskey(t.Context(), link, signin.Joining{Email: email, Name: "Anne"})
		w.wantKind("begin to accept", err, fault.KindRefused)
		_, err = w.FinishAcceptWithPasskey(t.Context(), link, "", nil, "", from)
		w.wantKind("finish to accept", err, fault.KindRefused)
		_, err = w.BeginPasskey()
		w.wantKind("begin", err, fault.KindRefused)
		_, err = w.FinishPasskey(t.Context(), "", nil, from)
		w.wantKind("finish", err, fault.KindRefused)
		j := w.join()
		w.clock = w.clock.Add(time.Minute)
		w.wantKind("password and code", w.signIn(password, w.code(j.seed)), fault.KindNone)
	})
}
