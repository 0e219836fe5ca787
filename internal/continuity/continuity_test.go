package continuity

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"hygie/crisisfolder"
	"hygie/document"
	"hygie/internal/blob"
	"hygie/internal/bring/bringtest"
	"hygie/internal/job"
	"hygie/internal/locale"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

const at = "/structures/" + pagetest.Hospital + "/continuity"

// house is a site whose jobs are done when the test says.
type house struct {
	*pagetest.Site
	*Module
	queue   *job.Queue
	objects *blob.Memory
	mu      sync.Mutex
	failing error     // what the cards answer
	numbers time.Time // when the region changed its numbers
}

func newHouse(t *testing.T, db *store.DB) *house {
	t.Helper()
	h := &house{Site: pagetest.New(t, db), objects: &blob.Memory{}}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	vault, err := blob.NewVault(h.objects, blob.Secrets{Names: bytes.Repeat([]byte{1}, 32), Recipients: []age.Recipient{identity.Recipient()}, Identities: []age.Identity{identity}})
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	h.queue = job.NewQueue(db, h.Now)
	h.Module = New(Options{DB: db, Vault: vault, Trail: h.Trail, Queue: h.queue, Now: h.Now, Log: slog.New(slog.DiscardHandler), Bring: bringtest.Wizard(t, h.Site), Program: "1.0",
		Printer: func(lang locale.Lang) *locale.Printer { return catalogue.Printer(lang, time.UTC) },
		Outside: func(ctx context.Context, tx *store.Tx) (map[territory.Interval]time.Time, error) {
			s, err := territory.Get(ctx, tx, territory.Everything(), pagetest.Region)
			return map[territory.Interval]time.Time{s.Interval: h.numbers}, err
		},
		Calls: func(ctx context.Context, _ *store.Tx, _ territory.Scope, _ string) ([]crisisfolder.Contact, error) {
			return []crisisfolder.Contact{{Name: "CERT d’essai", Role: locale.T(ctx, "continuity.title"), Phones: []string{"0 000"}}}, nil
		},
		Cards: func(context.Context, *store.Tx, territory.Scope, string) ([]crisisfolder.Card, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			return []crisisfolder.Card{{Title: "Fiche d’essai", Blocks: []document.Block{document.P("Étape.")}}}, h.failing
		}})
	h.Serve(h.Routes)
	return h
}

// work does every job that waits, and stops.
func (h *house) work(t *testing.T) {
	t.Helper()
	runner := job.NewRunner(h.queue, job.Options{Workers: 2, Poll: 20 * time.Millisecond})
	runner.Handle(JobKind, h.Work)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	for {
		var open []job.Job
		h.View(func(ctx context.Context, tx *store.Tx) (err error) {
			open, err = job.List(ctx, tx, territory.Everything(), job.Filter{Kind: JobKind, States: []job.State{job.Waiting, job.Running}})
			return err
		})
		if len(open) == 0 {
			break
		}
		select {
		case <-t.Context().Done():
			t.Fatal("jobs were not done")
		case <-time.After(10 * time.Millisecond):
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

func (h *house) standing(structure string) (f Folder) {
	h.View(func(ctx context.Context, tx *store.Tx) (err error) {
		f, err = Standing(ctx, tx, territory.Everything(), structure)
		return err
	})
	return f
}

func (h *house) officer() *pagetest.Visitor {
	return h.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
}

func has(t *testing.T, name string, p pagetest.Page, wants ...string) {
	t.Helper()
	text := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(p.Text)
	for _, want := range wants {
		absent := strings.HasPrefix(want, "!")
		if strings.Contains(text, strings.TrimPrefix(want, "!")) == absent {
			t.Errorf("%s: %q\n%s", name, want, p.Main())
		}
	}
}

// A folder is made of what people write, again when it changes, and the page says what the paper lacks.
func TestTheLifeOfAFolder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		officer := h.officer()
		has(t, "empty", officer.Want("empty", officer.Get(at), http.StatusOK), "pas encore édité", "!Imprimer le dossier")
		officer.Want("no folder", officer.Get(at+"/folder/pdf"), http.StatusNotFound)
		officer.Want("nothing printed", officer.Post(at+"/printed"), http.StatusConflict)
		officer.Want("contact", officer.Post(at+"/contacts", "name", "Direction de garde", "role", "décide", "phones", "01 00\r\n06 00"), http.StatusSeeOther)
		has(t, "models", officer.Want("models", officer.Get(at+"/services/new"), http.StatusOK), "Urgences", "Sans modèle")
		form := officer.Want("model", officer.Get(at+"/services/new?model=laboratory"), http.StatusOK)
		has(t, "model", form, "Laboratoire", "Numéroter chaque tube")
		officer.Want("service", officer.Post(at+"/services", "name", "Laboratoire", "tolerance", "2", "procedure", "# Nous\n- écrire"), http.StatusSeeOther)
		has(t, "waiting", officer.Get(at), "en cours d’édition", "Direction de garde", "01 00, 06 00", "2 h")
		h.work(t)
		has(t, "made", officer.Get(at), "à jour", "n° 1", "un service", "Personne n’a encore noté d’impression", "J’ai imprimé l’édition n° 1")
		p := officer.Want("page", officer.Get(at+"/folder/html"), http.StatusOK)
		has(t, "page", p, "Direction de garde", "06 00", "écrire", "Fiche d’essai", "CERT d’essai", "10/03/2026", "!<script")
		if pdf := officer.Want("pdf", officer.Get(at+"/folder/pdf"), http.StatusOK); !bytes.HasPrefix(pdf.Body, []byte("%PDF")) {
			t.Errorf("no PDF: %.20q", pdf.Body)
		}
		officer.Want("format", officer.Get(at+"/folder/odt"), http.StatusNotFound)
		h.Clock = h.Clock.Add(time.Hour)
		officer.Want("printed", officer.Post(at+"/printed"), http.StatusSeeOther)
		has(t, "printed", officer.Get(at), "L’édition n° 1 est imprimée", "!J’ai imprimé")
		has(t, "twice", officer.Want("twice", officer.Post(at+"/services", "name", "LABORATOIRE"), http.StatusUnprocessableEntity), "porte déjà ce nom")
		contact := officer.Get(at).Find(t, `contacts/([0-9a-zA-Z-]{20,})"`)
		officer.Want("change", officer.Post(at+"/contacts/"+contact, "name", "Direction", "version", "1"), http.StatusSeeOther)
		has(t, "stale", officer.Want("stale", officer.Post(at+"/contacts/"+contact, "name", "Autre", "version", "1"), http.StatusUnprocessableEntity), "vient de modifier")
		has(t, "due", officer.Get(at), "en cours d’édition")
		h.work(t)
		has(t, "again", officer.Get(at), "à jour", "n° 2", "L’édition imprimée est la n° 1", "Contact modifié", "J’ai imprimé l’édition n° 2")
		has(t, "new page", officer.Get(at+"/folder/html"), "Direction", "!Direction de garde")
		stored := 0
		if err := h.objects.Walk(t.Context(), func(blob.Object) error { stored++; return nil }); err != nil || stored != 2 {
			t.Errorf("%d files are stored, %v: those of the making before stay", stored, err)
		}
		service := officer.Get(at).Find(t, `services/([0-9a-zA-Z-]{20,})"`)
		officer.Want("remove", officer.Post(at+"/services/"+service+"/remove"), http.StatusSeeOther)
		officer.Want("remove", officer.Post(at+"/contacts/"+contact+"/remove"), http.StatusSeeOther)
		officer.Want("gone", officer.Get(at+"/services/"+service), http.StatusNotFound)
		want := []string{"continuity.contact_remove", "continuity.service_remove", "continuity.contact_change", "continuity.print", "continuity.service_add", "continuity.contact_add"}
		if acts := h.Actions(); !slices.Equal(acts, want) {
			t.Errorf("trail %v", acts)
		}
	})
}

// What no act of this module tells marks the folder too; who has none is left alone.
func TestWhatMarksAFolder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		card := func() {
			h.Update(func(ctx context.Context, tx *store.Tx) error {
				return h.CardChanged(ctx, tx, territory.Everything(), pagetest.Hospital, "Traces", "p")
			})
		}
		card()
		if f := h.standing(pagetest.Hospital); f.Changes != 0 {
			t.Errorf("a folder began by itself: %+v", f)
		}
		officer := h.officer()
		officer.Want("ask", officer.Post(at+"/build"), http.StatusSeeOther)
		h.Clock = h.Clock.Add(time.Minute) // the structure was written when the site was made
		h.work(t)
		for _, row := range []struct {
			name  string
			do    func()
			stale bool
		}{
			{"nothing", func() {}, false},
			{"card", card, true},
			{"renamed", func() {
				h.Clock = h.Clock.Add(time.Hour)
				h.Update(func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.Exec(ctx, `update structure set name = 'Hôpital neuf', updated_at = $1 where id = $2`, store.Millis(h.Clock), pagetest.Hospital)
					return err
				})
				h.Clock = h.Clock.Add(time.Second)
			}, true},
			{"the region changed its numbers", func() { h.numbers = h.Clock; h.Clock = h.Clock.Add(2 * writing) }, true},
			{"newer program", func() { h.Module = New(h.o); h.o.Program = "1.1" }, true},
		} {
			row.do()
			if err := h.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if f := h.standing(pagetest.Hospital); f.Stale() != row.stale {
				t.Errorf("%s: %+v", row.name, f)
			}
			h.work(t)
			if f := h.standing(pagetest.Hospital); f.Stale() {
				t.Errorf("%s: not made again: %+v", row.name, f)
			}
		}
		has(t, "name", officer.Get(at+"/folder/html"), "Hôpital neuf")
	})
}

// A job whose change is in the folder already makes nothing; one that is overtaken loses nothing.
func TestManyChangesOneMaking(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	officer := h.officer()
	for range 6 {
		officer.Want("ask", officer.Post(at+"/build"), http.StatusSeeOther)
	}
	h.work(t)
	f := h.standing(pagetest.Hospital)
	if f.Stale() || f.Built != 6 || f.Number > 2 { // two workers may begin at the same time; one of them wins
		t.Errorf("%+v", f)
	}
}

// A making that fails is tried again, and the page goes on saying that the folder is not made.
func TestAMakingThatFails(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	h.failing = job.Permanent(errors.New("cards cannot be read"))
	officer := h.officer()
	officer.Want("ask", officer.Post(at+"/build"), http.StatusSeeOther)
	h.work(t)
	has(t, "failed", officer.Get(at), "en cours d’édition")
	h.mu.Lock()
	h.failing = nil
	h.mu.Unlock()
	officer.Want("ask", officer.Post(at+"/build"), http.StatusSeeOther)
	h.work(t)
	has(t, "made", officer.Get(at), "à jour")
}

func TestRights(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	h.FollowsTable(t)
	officer := h.officer()
	officer.Want("service", officer.Post(at+"/services", "name", "Urgences", "procedure", "- écrire", "phone", "4242"), http.StatusSeeOther)
	service := officer.Get(at).Find(t, `services/([0-9a-zA-Z-]{20,})"`)
	elsewhere := h.Person("Sacha Inventé", right.SecurityOfficer, pagetest.Clinic)
	elsewhere.Want("elsewhere", elsewhere.Get("/structures/"+pagetest.Clinic+"/continuity/services/"+service), http.StatusNotFound)
	elsewhere.Want("elsewhere", elsewhere.Post("/structures/"+pagetest.Clinic+"/continuity/services/"+service+"/remove"), http.StatusNotFound)
	elsewhere.Want("elsewhere", elsewhere.Get(at), http.StatusNotFound)
	officer.Lang = "en"
	has(t, "English", officer.Want("English", officer.Get(at), http.StatusOK), "Crisis folder", "Urgences")
}
