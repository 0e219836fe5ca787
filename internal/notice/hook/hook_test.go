package hook

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/pagetest"
	"hygie/internal/people"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/referential/packages"
)

// receiver is another program, which takes messages or fails.
type receiver struct {
	got    []*http.Request
	bodies []string
	status int
	err    error
}

func (r *receiver) RoundTrip(q *http.Request) (*http.Response, error) {
	if r.err != nil {
		return nil, r.err
	}
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	r.got, r.bodies = append(r.got, q), append(r.bodies, string(body))
	return &http.Response{StatusCode: r.status, Body: io.NopCloser(strings.NewReader("")), Header: http.Header{}, Request: q}, nil
}

type bench struct {
	*pagetest.Site
	*Service
	far     *receiver
	officer *pagetest.Visitor
	who     *people.Service
}

func newBench(t *testing.T, db *store.DB) *bench {
	t.Helper()
	b := &bench{Site: pagetest.New(t, db), far: &receiver{status: http.StatusNoContent}}
	record := people.RecorderFunc(func(context.Context, *store.Tx, people.Event) error { return nil })
	var err error
	if b.who, err = people.New(db, people.Options{Key: make([]byte, 32), Recorder: record, Now: b.Now}); err != nil {
		t.Fatal(err)
	}
	all, err := packages.Load()
	if err != nil {
		t.Fatal(err)
	}
	shelf, err := proof.NewShelf(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.Site.Update(func(ctx context.Context, tx *store.Tx) error {
		_, err := shelf.Stock(ctx, tx, b.Clock)
		return err
	})
	b.Service, err = New(Options{DB: db, People: b.who, Trail: b.Trail, Shelf: shelf, Key: make([]byte, 32), Address: "https://hygie.test", Version: "test", Zone: time.UTC, Now: b.Now,
		Log: slog.New(slog.DiscardHandler), Transport: b.far})
	if err != nil {
		t.Fatal(err)
	}
	b.Serve(b.Service.Routes)
	b.officer = b.appoint("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	return b
}

// appoint makes somebody whose role is in the database too: rights are looked at again when a message is written.
func (b *bench) appoint(name string, role right.Role, structure string) *pagetest.Visitor {
	v := b.Person(name, role, structure)
	b.Site.Update(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into role_grant (id, person_id, role, structure_id, from_at, created_at) values ($1, $2, $3, $4, 1, 0)`, "g"+v.Actor.Person, v.Actor.Person, string(role), structure)
		return err
	})
	return v
}

// register takes an address and returns its secret.
func (b *bench) register(v *pagetest.Visitor, structure string, topics ...string) string {
	fields := []string{"url", "https://tool.example.fr/hygie"}
	for _, topic := range topics {
		fields = append(fields, "topics", topic)
	}
	p := v.Want("register", v.Post("/structures/"+structure+"/webhooks", fields...), http.StatusOK)
	return p.Find(b.T, `(hygiehook_[A-Za-z0-9_-]{43})`)
}

// round gathers and delivers, and returns the messages that came.
func (b *bench) round() []Message {
	b.T.Helper()
	b.far.got, b.far.bodies = nil, nil
	if _, err := b.Gather(b.T.Context()); err != nil {
		b.T.Fatal(err)
	}
	if _, err := b.Deliver(b.T.Context()); err != nil {
		b.T.Fatal(err)
	}
	var list []Message
	for _, body := range b.far.bodies {
		var m Message
		if err := json.Unmarshal([]byte(body), &m); err != nil {
			b.T.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}

func (b *bench) action(structure, title string) (id string) {
	b.Site.Update(func(ctx context.Context, tx *store.Tx) (err error) {
		id, _, err = plan.Add(ctx, tx, territory.Everything(), plan.Action{Structure: structure, Title: title, Origin: plan.ByHand}, b.Clock)
		return err
	})
	return id
}

func TestAMessageIsSignedAndNamesOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		b.action(pagetest.Hospital, "avant l’adresse")
		secret := b.register(b.officer, pagetest.Hospital, "action.changed")
		id := b.action(pagetest.Hospital, "Changer le mot de passe de ADMIN-VIEUX")
		b.action(pagetest.Clinic, "ailleurs")
		got := b.round()
		if len(got) != 1 || got[0].Event != ActionChanged || got[0].Subject.ID != id || got[0].Structure.ID != pagetest.Hospital || got[0].Subject.State != "open" {
			t.Fatalf("messages: %+v", got)
		}
		r, body := b.far.got[0], b.far.bodies[0]
		if strings.Contains(body, "ADMIN-VIEUX") || got[0].Subject.URL != "https://hygie.test/api/v1/structures/h1/actions/"+id {
			t.Errorf("body %s", body)
		}
		if want := Sign(secret, b.Clock, []byte(body)); r.Header.Get("Hygie-Signature") != want || r.Header.Get("Hygie-Event") != "action.changed" || r.Header.Get("Hygie-Delivery") != got[0].ID {
			t.Errorf("headers %v, want signature %s", r.Header, want)
		}
		if again := b.round(); len(again) != 0 {
			t.Errorf("sent twice: %+v", again)
		}
	})
}

func TestVerdictsThatChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		record := func(key string, v referential.Value) {
			b.Clock = b.Clock.Add(time.Hour)
			b.Site.Update(func(ctx context.Context, tx *store.Tx) error {
				return proof.Record(ctx, tx, territory.Everything(), proof.Fact{Structure: pagetest.Hospital, Key: key, Value: v, ObservedAt: b.Clock, Source: "test", RecordedAt: b.Clock, RecordedBy: "test"})
			})
		}
		record("directory.level", referential.Number(1))
		b.Clock = b.Clock.Add(time.Hour)
		b.register(b.officer, pagetest.Hospital, "verdict.changed")
		record("nothing.asks.for.this", referential.Number(1))
		if got := b.round(); len(got) != 0 {
			t.Errorf("an idle fact: %+v", got)
		}
		for _, fact := range []struct {
			key string
			v   referential.Value
		}{{"directory.level", referential.Number(3)}, {"directory.level_upper_bound", referential.YesNo(false)}, {"directory.run", referential.Date(b.Clock)}, {"directory.failed.level1", referential.Number(0)}, {"directory.failed.level2", referential.Number(0)}} {
			record(fact.key, fact.v)
		}
		got := b.round()
		if len(got) == 0 {
			t.Fatal("no verdict changed with the level of the directory")
		}
		for _, m := range got {
			if m.Event != VerdictChanged || m.Change == nil || m.Change.From == m.Change.To || m.Change.From == "" || m.Subject.Kind != "requirement" {
				t.Errorf("message %+v", m)
			}
		}
		record("nothing.asks.for.this", referential.Number(2))
		if again := b.round(); len(again) != 0 {
			t.Errorf("told twice: %+v", again)
		}
	})
}

// A dossier that moves on is told to whoever may see dossiers there; one that is only written is not.
func TestDossiersThatMove(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		b.register(b.officer, pagetest.Hospital, "dossier.moved")
		run := func(query string, args ...any) {
			b.Site.Update(func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, query, args...)
				return err
			})
		}
		for i, id := range []string{pagetest.Hospital, pagetest.Clinic} {
			run(`insert into dossier (id, number, serial, call_id, call_version, structure_id, slot, state, version, since, begun_at, begun_by) values ($1, $1, $2, 'c', '1', $3, $3, 'draft', 1, 1, 1, 'x')`,
				"d"+id, i+1, id)
		}
		run(`update dossier set asked = 5`)
		if got := b.round(); len(got) != 0 {
			t.Errorf("told of drafts: %+v", got)
		}
		run(`update dossier set version = 2, state = 'deposited'`)
		got := b.round()
		if len(got) != 1 || got[0].Event != DossierMoved || got[0].Structure.ID != pagetest.Hospital || got[0].Subject.Kind != "dossier" || got[0].Subject.State != "deposited" ||
			got[0].Subject.URL != "https://hygie.test/api/v1/structures/"+pagetest.Hospital+"/dossiers/d"+pagetest.Hospital {
			t.Errorf("%+v", got)
		}
	})
}

func TestWhoLosesTheRightIsToldNoMore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		b.register(b.officer, pagetest.Hospital, "action.changed")
		b.Site.Update(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `update role_grant set revoked_at = 2 where person_id = $1`, b.officer.Actor.Person)
			return err
		})
		b.action(pagetest.Hospital, "après")
		if got := b.round(); len(got) != 0 {
			t.Errorf("told: %+v", got)
		}
	})
}

func TestNothingIsLostWhileTheOtherIsAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		b.register(b.officer, pagetest.Hospital, "action.changed")
		b.action(pagetest.Hospital, "x")
		b.far.status = http.StatusInternalServerError
		tries := 0
		for range 120 {
			b.round()
			tries += len(b.far.got)
			b.Clock = b.Clock.Add(10 * time.Minute)
		}
		if tries < 5 || tries > 14 {
			t.Errorf("%d tries in twenty hours", tries)
		}
		b.far.err = errors.New("dial tcp: no route to host")
		b.Clock = b.Clock.Add(6 * time.Hour)
		b.round()
		if p := b.officer.Get("/structures/h1/webhooks"); !strings.Contains(p.Text, "no route to host") || !strings.Contains(p.Text, "en attente") {
			t.Errorf("the page hides the failure:\n%s", p.Main())
		}
		b.far.err, b.far.status = nil, http.StatusOK
		b.Clock = b.Clock.Add(6 * time.Hour)
		if got := b.round(); len(got) != 1 {
			t.Errorf("after its return: %+v", got)
		}
		b.action(pagetest.Hospital, "y")
		b.far.status = http.StatusBadGateway
		b.round()
		b.Clock = b.Clock.Add(73 * time.Hour)
		b.round()
		b.far.status = http.StatusOK
		b.Clock = b.Clock.Add(24 * time.Hour)
		if got := b.round(); len(got) != 0 {
			t.Errorf("after three days: %+v", got)
		}
		b.action(pagetest.Hospital, "z")
		b.far.status = http.StatusGone
		b.round()
		if p := b.officer.Get("/structures/h1/webhooks"); !strings.Contains(p.Text, "Aucune adresse") {
			t.Errorf("an address that is gone is kept:\n%s", p.Main())
		}
	})
}

func TestRegistering(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		const page = "/structures/h1/webhooks"
		for name, fields := range map[string][]string{
			"plain text":   {"url", "http://tool.example.fr/", "topics", "run.finished"},
			"no address":   {"url", "", "topics", "run.finished"},
			"a password":   {"url", "https://me:secret@tool.example.fr/", "topics", "run.finished"},
			"another kind": {"url", "file:///etc/passwd", "topics", "run.finished"},
			"no topic":     {"url", "https://tool.example.fr/"},
			"wrong topic":  {"url", "https://tool.example.fr/", "topics", "everything"},
		} {
			b.officer.Want(name, b.officer.Post(page, fields...), http.StatusUnprocessableEntity)
		}
		admin := b.appoint("Alix Inventé", right.Administrator, pagetest.Hospital)
		admin.Want("an administrator sees no evidence", admin.Post(page, "url", "https://tool.example.fr/", "topics", "evidence.deposited"), http.StatusForbidden)
		b.register(b.officer, pagetest.Hospital, "run.finished", "action.changed")
		if strings.Contains(b.officer.Get(page).Text, "hygiehook_") {
			t.Error("the secret is shown again")
		}
		hook := b.officer.Get(page).Find(t, `/webhooks/([a-z0-9]{26})/remove`)
		neighbour := b.appoint("Lou Inventé", right.SecurityOfficer, pagetest.Clinic)
		neighbour.Want("a neighbour", neighbour.Post(page+"/"+hook+"/remove"), http.StatusNotFound)
		neighbour.Want("by their own page", neighbour.Post("/structures/h2/webhooks/"+hook+"/remove"), http.StatusNotFound)
		b.action(pagetest.Hospital, "x")
		if _, err := b.Gather(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.officer.Want("remove", b.officer.Post(page+"/"+hook+"/remove"), http.StatusSeeOther)
		if got := b.round(); len(got) != 0 {
			t.Errorf("told after the removal: %+v", got)
		}
		if got := b.Actions(); !slices.Equal(got, []string{"hook.remove", "hook.add"}) {
			t.Errorf("trail %v", got)
		}
	})
}

func TestPrivateAddressesAreNotReached(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "127.0.0.1": false, "10.1.2.3": false, "172.31.0.1": false, "172.32.0.1": true, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "255.255.255.255": false, "224.0.0.1": false, "198.18.0.1": false, "::1": false, "::": false, "fe80::1%eth0": false, "fd00::1": false,
		"::ffff:127.0.0.1": false, "::ffff:8.8.8.8": true, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001:db8::1": false, "::127.0.0.1": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is public: %v, want %v", address, got, want)
		}
	}
	reached := false
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer server.Close()
	for _, private := range []bool{false, true} {
		transport := guarded(private).(*http.Transport)
		transport.TLSClientConfig = &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, MinVersion: tls.VersionTLS12}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := transport.RoundTrip(r)
		if err == nil {
			answer.Body.Close()
		}
		if reached != private || private != (err == nil) || !private && !errors.Is(err, errPrivate) {
			t.Errorf("private addresses let in: %v; reached: %v, %v", private, reached, err)
		}
	}
}

func TestRedirectionsAreNotFollowed(t *testing.T) {
	b := newBench(t, storetest.SQLite(t))
	b.register(b.officer, pagetest.Hospital, "action.changed")
	b.action(pagetest.Hospital, "x")
	b.far.status = http.StatusTemporaryRedirect
	b.round()
	if len(b.far.got) != 1 {
		t.Errorf("%d requests", len(b.far.got))
	}
}
