package notice_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"hygie/internal/locale"
	"hygie/internal/notice"
	"hygie/internal/pagetest"
	"hygie/internal/people"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// tray is a mail server of the test.
type tray struct {
	got  []notice.Message
	fail error
}

func (t *tray) Send(_ context.Context, m notice.Message) error {
	if t.fail == nil {
		t.got = append(t.got, m)
	}
	return t.fail
}

type bench struct {
	*pagetest.Site
	*notice.Service
	tray *tray
}

// newBench has a security officer and a contributor at the hospital, and somebody who only reads plans; it is Monday, 9 in the morning.
func newBench(t *testing.T, db *store.DB, sender bool) bench {
	t.Helper()
	s := pagetest.New(t, db)
	s.Clock = time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC)
	who, err := people.New(db, people.Options{Key: make([]byte, 32), Recorder: people.RecorderFunc(func(context.Context, *store.Tx, people.Event) error { return nil }), Now: s.Now})
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	b := bench{Site: s, tray: &tray{}}
	o := notice.Options{DB: db, People: who, Catalogue: catalogue, Server: "smtp.example:587", From: "hygie@example.fr", Address: "https://hygie.test", Zone: time.FixedZone("UTC+1", 3600), Now: s.Now, Log: slog.New(slog.DiscardHandler)}
	if sender {
		o.Sender = b.tray
	}
	b.Service = notice.New(o)
	s.Serve(b.Service.Routes)
	s.Update(func(ctx context.Context, tx *store.Tx) error {
		for i, p := range []struct {
			id, name, lang string
			role           right.Role
			structure      string
		}{
			{"p-officer", "Camille Exemple", "fr", right.SecurityOfficer, pagetest.Hospital},
			{"p-contributor", "Alex Fictif", "en", right.Contributor, pagetest.Hospital},
			{"p-support", "Sam Inventé", "", right.RegionalSupport, pagetest.Region},
		} {
			if _, err := tx.Exec(ctx, `insert into person (id, email, email_key, name, locale, handle, created_at, updated_at) values ($1, $2, $2, $3, $4, $1, 0, 0)`, p.id, p.id+"@example.fr", p.name, p.lang); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `insert into role_grant (id, person_id, role, structure_id, from_at, created_at) values ($1, $2, $3, $4, 1, 0)`, fmt.Sprint("g", i), p.id, string(p.role), p.structure); err != nil {
				return err
			}
		}
		return nil
	})
	return b
}

func (b bench) add(a plan.Action) (id string) {
	a.Structure, a.Origin = pagetest.Hospital, plan.ByHand
	b.Update(func(ctx context.Context, tx *store.Tx) (err error) {
		id, _, err = plan.Add(ctx, tx, territory.Everything(), a, b.Clock)
		return err
	})
	return id
}

// round prepares and delivers, and returns what came, by who got it.
func (b bench) round(t *testing.T) map[string][]notice.Message {
	t.Helper()
	b.tray.got = nil
	if _, err := b.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	by := map[string][]notice.Message{}
	for _, m := range b.tray.got {
		by[strings.TrimSuffix(m.To, "@example.fr")] = append(by[strings.TrimSuffix(m.To, "@example.fr")], m)
	}
	return by
}

func (b bench) choose(person string, c notice.Choice) {
	b.Update(func(ctx context.Context, tx *store.Tx) error { return notice.Choose(ctx, tx, person, c) })
}

func TestRemindersOnceEach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db, true)
		for _, p := range []string{"p-officer", "p-contributor", "p-support"} {
			b.choose(p, notice.Choice{Reminders: true, DigestDay: time.Sunday})
		}
		midnight := time.Date(2026, 3, 9, 0, 0, 0, 0, b.Zone)
		b.add(plan.Action{Title: "dans sept jours", DueOn: midnight.AddDate(0, 0, 7)})
		b.add(plan.Action{Title: "dans huit jours", DueOn: midnight.AddDate(0, 0, 8)})
		b.add(plan.Action{Title: "hier", DueOn: midnight.AddDate(0, 0, -1)})
		b.add(plan.Action{Title: "faite", DueOn: midnight, State: plan.Done})
		b.add(plan.Action{Title: "pour Camille", DueOn: midnight, OwnerID: "p-officer", OwnerName: "Camille Exemple", Detail: "compte ADMIN-VIEUX"})
		b.add(plan.Action{Title: "pour un homonyme sans compte", DueOn: midnight, OwnerName: "Camille Exemple"})
		b.add(plan.Action{Title: "pour qui n’y travaille plus", DueOn: midnight, OwnerID: "p-support", OwnerName: "Sam Inventé"})
		b.add(plan.Action{Title: "pour un prestataire", DueOn: midnight, OwnerName: "Société Lambda"})
		got := b.round(t)
		if len(got["p-officer"]) != 1 || len(got["p-contributor"]) != 1 || len(got["p-support"]) != 0 {
			t.Fatalf("mails: %+v", got)
		}
		officer, other := got["p-officer"][0], got["p-contributor"][0]
		for _, want := range []string{"dans sept jours", "pour Camille", "pour un prestataire", "aujourd’hui", "https://hygie.test/structures/h1/actions/", "https://hygie.test/account/mail", "Bonjour Camille"} {
			if !strings.Contains(officer.Body, want) {
				t.Errorf("the officer's mail lacks %q:\n%s", want, officer.Body)
			}
		}
		for _, not := range []string{"huit jours", "hier", "faite", "ADMIN-VIEUX"} {
			if strings.Contains(officer.Body, not) {
				t.Errorf("the officer's mail tells of %q", not)
			}
		}
		if strings.Contains(other.Body, "pour Camille") || !strings.Contains(other.Subject, "4 actions are due soon") || !strings.Contains(other.Body, "homonyme") || !strings.Contains(other.Body, "n’y travaille plus") {
			t.Errorf("the contributor's mail: %s\n%s", other.Subject, other.Body)
		}
		if again := b.round(t); len(again) != 0 {
			t.Errorf("told twice: %+v", again)
		}
		b.Clock = b.Clock.AddDate(0, 0, 1)
		if next := b.round(t); len(next["p-officer"]) != 1 || !strings.Contains(next["p-officer"][0].Body, "huit jours") || strings.Contains(next["p-officer"][0].Body, "sept jours") {
			t.Errorf("the day after: %+v", next)
		}
		b.Clock = b.Clock.AddDate(0, 0, 6)
		if day := b.round(t); len(day["p-officer"]) != 1 || !strings.Contains(day["p-officer"][0].Body, "sept jours") {
			t.Errorf("on the day itself: %+v", day)
		}
	})
}

func TestDigestOnTheChosenDay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db, true)
		if got := b.round(t); len(got) != 0 {
			t.Errorf("a digest of nothing: %+v", got)
		}
		b.choose("p-contributor", notice.Choice{Digest: true, DigestDay: time.Tuesday})
		b.add(plan.Action{Title: "en retard", DueOn: b.Clock.AddDate(0, 0, -9)})
		b.add(plan.Action{Title: "vite fait", Gain: plan.High, Effort: plan.Low})
		got := b.round(t)
		if len(got["p-officer"]) != 1 || len(got) != 1 || !strings.Contains(got["p-officer"][0].Subject, "2 ouvertes, 1 en retard") || !strings.Contains(got["p-officer"][0].Body, "vite fait") {
			t.Errorf("on Monday: %+v", got)
		}
		if again := b.round(t); len(again) != 0 {
			t.Errorf("twice the same day: %+v", again)
		}
		b.Clock = b.Clock.AddDate(0, 0, 1)
		if tuesday := b.round(t); len(tuesday["p-contributor"]) != 1 || len(tuesday) != 1 {
			t.Errorf("on Tuesday: %+v", tuesday)
		}
		b.Clock = time.Date(2026, 3, 16, 5, 59, 0, 0, time.UTC) // 6:59 there
		if early := b.round(t); len(early) != 0 {
			t.Error("somebody is woken")
		}
	})
}

func TestNothingIsLostWhileTheServerIsAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db, true)
		b.add(plan.Action{Title: "x", DueOn: b.Clock})
		b.choose("p-contributor", notice.Choice{})
		b.choose("p-officer", notice.Choice{Reminders: true})
		if n, err := b.Prepare(t.Context()); err != nil || n != 1 {
			t.Fatalf("wrote %d: %v", n, err)
		}
		b.tray.fail = errors.New("connection refused")
		tries := 0
		for range 48 * 60 { // two days, minute by minute
			if _, err := b.Deliver(t.Context()); err != nil {
				tries++
			}
			b.Clock = b.Clock.Add(time.Minute)
		}
		if tries < 8 || tries > 30 {
			t.Errorf("%d tries in two days", tries)
		}
		var st notice.Standing
		see := func() {
			b.View(func(ctx context.Context, tx *store.Tx) (err error) {
				st, err = b.State(ctx, tx)
				return err
			})
		}
		if see(); st.Waiting != 1 || st.Problem != "connection refused" || st.Oldest.IsZero() || st.SentThisWeek != 0 {
			t.Errorf("state while away: %+v", st)
		}
		b.tray.fail = nil
		b.Clock = b.Clock.Add(6 * time.Hour)
		if n, err := b.Deliver(t.Context()); err != nil || n != 1 {
			t.Errorf("after its return %d: %v", n, err)
		}
		if see(); st.Waiting != 0 || st.SentThisWeek != 1 || st.Problem != "" {
			t.Errorf("state after: %+v", st)
		}
		b.Update(func(ctx context.Context, tx *store.Tx) error { return notice.Prune(ctx, tx, b.Clock.Add(time.Hour)) })
		if see(); st.SentThisWeek != 0 {
			t.Errorf("after forgetting: %+v", st)
		}
	})
}

func TestARefusedMailKeepsNoOtherWaiting(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db, true)
		b.add(plan.Action{Title: "x", DueOn: b.Clock})
		if _, err := b.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.tray.fail = fmt.Errorf("%w: 550 no such user", notice.ErrRefused)
		if n, err := b.Deliver(t.Context()); err != nil || n != 0 {
			t.Errorf("%d: %v", n, err)
		}
		var st notice.Standing
		b.View(func(ctx context.Context, tx *store.Tx) (err error) {
			st, err = b.State(ctx, tx)
			return err
		})
		if st.Waiting != 0 || st.RefusedInWeek < 2 || !strings.Contains(st.LastRefusal, "550") {
			t.Errorf("state: %+v", st)
		}
	})
}

func TestPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db, true)
		officer := b.Person("p-officer", right.SecurityOfficer, pagetest.Hospital)
		b.register(officer)
		if p := officer.Want("defaults", officer.Get("/account/mail"), http.StatusOK); strings.Count(p.Main(), " checked") != 2 || !strings.Contains(p.Main(), `value="1" selected`) {
			t.Errorf("defaults:\n%s", p.Main())
		}
		officer.Want("no such day", officer.Post("/account/mail", "digest", "1", "day", "8"), http.StatusUnprocessableEntity)
		officer.Want("choose", officer.Post("/account/mail", "digest", "1", "day", "7"), http.StatusSeeOther)
		if p := officer.Get("/account/mail"); strings.Count(p.Main(), " checked") != 1 || !strings.Contains(p.Main(), `value="7" selected`) {
			t.Errorf("chosen:\n%s", p.Main())
		}
		officer.Want("not for an officer", officer.Get("/administration/mail"), http.StatusForbidden)
		admin := b.Person("admin", right.Administrator, "")
		b.register(admin)
		admin.Want("a mail to try", admin.Post("/administration/mail"), http.StatusSeeOther)
		if p := admin.Want("state", admin.Get("/administration/mail"), http.StatusOK); !strings.Contains(p.Main(), "smtp.example:587") {
			t.Errorf("state:\n%s", p.Main())
		}
		b.tray.fail = errors.New("535 wrong password")
		if _, err := b.Deliver(t.Context()); err == nil {
			t.Error("a failure is not told")
		}
		if p := admin.Get("/administration/mail"); !strings.Contains(p.Text, "535 wrong password") {
			t.Errorf("the state hides the failure:\n%s", p.Main())
		}
	})
}

// register gives a visitor an account: mail goes to addresses.
func (b bench) register(v *pagetest.Visitor) {
	b.Update(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into person (id, email, email_key, name, handle, created_at, updated_at) values ($1, 'v-' || $1, 'v-' || $1, $1, $1, 0, 0) on conflict do nothing`, v.Actor.Person)
		return err
	})
}

func TestWithoutAServerNothingIsWritten(t *testing.T) {
	b := newBench(t, storetest.SQLite(t), false)
	b.add(plan.Action{Title: "x", DueOn: b.Clock})
	if n, err := b.Prepare(t.Context()); n != 0 || err != nil {
		t.Errorf("%d mails, %v", n, err)
	}
	admin := b.Person("admin", right.Administrator, "")
	if p := admin.Get("/administration/mail"); !strings.Contains(p.Text, "n’envoie rien") {
		t.Errorf("not said:\n%s", p.Main())
	}
	admin.Want("nothing to try", admin.Post("/administration/mail"), http.StatusConflict)
}
