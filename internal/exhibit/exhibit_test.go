package exhibit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/custody"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/logbook"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/journal"
)

const (
	night = "01JNIGHT0000000000000000AB"
	at    = "/structures/" + pagetest.Hospital + "/incidents/" + night + "/exhibits"
)

// house is a site with one incident and its main courante.
type house struct {
	*pagetest.Site
	books *logbook.Books
	book  string
	open  bool
	key   ed25519.PrivateKey
}

func newHouse(t *testing.T, db *store.DB) *house {
	t.Helper()
	h := &house{Site: pagetest.New(t, db), open: true, key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))}
	h.books = logbook.New(logbook.Options{DB: db, Private: h.key, Now: h.Now})
	h.Update(func(ctx context.Context, tx *store.Tx) error {
		book, err := h.books.Open(ctx, tx, territory.Everything(), logbook.Book{Structure: pagetest.Hospital, Kind: logbook.Incident, Title: "Nuit", OpenedBy: "test"})
		if err != nil {
			return err
		}
		h.book = book.ID
		_, err = tx.Exec(ctx, `insert into incident (id, structure_id, book_id, title, opened_at, opened_by, noticed_at) values ($1, $2, $3, 'Nuit', 0, 'test', 0)`, night, pagetest.Hospital, book.ID)
		return err
	})
	m := New(Options{DB: db, Books: h.books, Trail: h.Trail, Private: h.key, Now: h.Now, Scratch: t.TempDir(), Find: h.find, Digest: "/digest.js", Worker: "/sha256.js"})
	h.Serve(m.Routes)
	return h
}

// find knows the one incident.
func (h *house) find(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, id string) (Incident, error) {
	var w store.Where
	w.And("i.id = ?", id)
	w.And("i.structure_id = ?", structure)
	scope.Within(&w, "i.structure_id")
	title, err := store.One(ctx, tx, store.Column[string], `select i.title from incident i`+w.SQL(), w.Args()...)
	if err != nil {
		return Incident{}, fault.NotFound("exhibit.no_piece").Because(err)
	}
	return Incident{ID: id, Structure: structure, Title: title, Book: h.book, Open: h.open}, nil
}

func (h *house) officer() *pagetest.Visitor {
	return h.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
}

// lines are what the main courante was told.
func (h *house) lines() (texts []string) {
	h.View(func(ctx context.Context, tx *store.Tx) error {
		all, err := h.books.Lines(ctx, tx, territory.Everything(), h.book, logbook.Filter{Oldest: true})
		for _, l := range all {
			texts = append(texts, l.Text)
		}
		return err
	})
	return texts
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

// abc is the SHA-256 of "abc" (FIPS 180-2, appendix B.1).
const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

// A piece is entered, handed over and corrected; the file that leaves proves all of it without the platform.
func TestTheLifeOfAPiece(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		officer := h.officer()
		has(t, "empty", officer.Want("empty", officer.Get(at), http.StatusOK), "Aucune pièce", "/cards/traces", "!Registre signé")
		officer.Want("nothing to print", officer.Get(at+"/signed"), http.StatusNotFound)
		has(t, "form", officer.Want("form", officer.Get(at+"/new"), http.StatusOK), "Camille Exemple", `data-worker="/sha256.js"`)
		p := officer.Want("create", officer.Post(at, "name", "pare-feu.log", "sha256", " "+strings.ToUpper(abc), "size", "1 024", "by", "A. Martin", "place", "salle serveurs", "taken", "2026-03-10T08:14", "seal", "4417"), http.StatusSeeOther)
		if p.To() != at+"/1" {
			t.Fatalf("leads to %q", p.To())
		}
		h.Clock = h.Clock.Add(time.Hour)
		officer.Want("thing", officer.Post(at, "name", "Poste PC-12", "by", "B. Durand"), http.StatusSeeOther)
		h.Clock = h.Clock.Add(time.Hour)
		officer.Want("hand", officer.Post(at+"/1/hand", "to", "Capitaine B.", "place", "gendarmerie", "seal", "4418", "note", "intact"), http.StatusSeeOther)
		officer.Want("correct", officer.Post(at+"/1/correct", "line", "4", "corrected_to", "Capitaine D.", "why", "nom mal compris"), http.StatusSeeOther)
		has(t, "piece", officer.Want("piece", officer.Get(at+"/1"), http.StatusOK), abc, "Capitaine D.", "4418", "Correction de la ligne 4", "nom mal compris", "Ligne 2 du registre")
		has(t, "list", officer.Want("list", officer.Get(at), http.StatusOK), "1. pare-feu.log", "Capitaine D.", "2. Poste PC-12", "pas de fichier", "Registre signé")
		for _, file := range []string{"/labels", "/print", "/1/label"} {
			if p := officer.Want(file, officer.Get(at+file), http.StatusOK); !bytes.HasPrefix(p.Body, []byte("%PDF-1.7")) {
				t.Errorf("%s is no PDF: %.20q", file, p.Body)
			}
		}
		signed := officer.Want("signed", officer.Get(at+"/signed"), http.StatusOK).Body
		res, err := custody.Verify(bytes.NewReader(signed))
		if err != nil || !res.Intact() || !h.key.Public().(ed25519.PublicKey).Equal(res.Key) || res.Lines != 5 {
			t.Fatalf("%+v %v\n%s", res.Problems, err, signed)
		}
		item := res.Register.Items[0]
		if item.Keeper() != "Capitaine D." || item.Where() != "gendarmerie" || item.Measure.Size != 1024 || item.Taken.Format(time.RFC3339) != "2026-03-10T08:14:00Z" {
			t.Errorf("piece %+v", item)
		}
		key, err := journal.PublicPEM(res.Key)
		if err != nil || !bytes.Equal(key, officer.Get(at+"/key").Body) {
			t.Errorf("the key given is another one: %v", err)
		}
		text := strings.Join(h.lines(), "\n")
		for _, want := range []string{"Pièce 1 inscrite : pare-feu.log, gardée par A. Martin", abc, "remise par A. Martin à Capitaine B.", "correction de la ligne 4"} {
			if !strings.Contains(strings.ReplaceAll(text, "\u00a0", " "), want) {
				t.Errorf("the main courante lacks %q:\n%s", want, text)
			}
		}
		if acts := h.Actions(); !slices.Equal(acts, []string{"custody.export", "custody.correct", "custody.hand", "custody.add", "custody.add"}) {
			t.Errorf("trail %v", acts)
		}
		// Months later the incident is closed, and a piece comes back.
		h.open = false
		h.Clock = h.Clock.AddDate(0, 3, 0)
		before := len(h.lines())
		officer.Want("back", officer.Post(at+"/1/hand", "to", "Camille Exemple"), http.StatusSeeOther)
		if len(h.lines()) != before {
			t.Error("a closed main courante took a line")
		}
		officer.Lang = "en"
		has(t, "English", officer.Want("English", officer.Get(at+"/1"), http.StatusOK), "What became of it", "Camille Exemple")
	})
}

func TestWhatAFormRefuses(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	officer := h.officer()
	officer.Want("create", officer.Post(at, "name", "disque", "by", "A. Martin"), http.StatusSeeOther)
	for name, row := range map[string]struct {
		path   string
		fields []string
		want   string
	}{
		"nameless":           {"", []string{"name", " ", "by", "A."}, "Dites-le en quelques mots"},
		"by nobody":          {"", []string{"name", "x"}, "Dites-le en quelques mots"},
		"hash too short":     {"", []string{"name", "x", "by", "A.", "sha256", "abc", "size", "1"}, "64 chiffres"},
		"hash without size":  {"", []string{"name", "x", "by", "A.", "sha256", abc}, "en octets, en chiffres"},
		"size without hash":  {"", []string{"name", "x", "by", "A.", "size", "3"}, "64 chiffres"},
		"in the future":      {"", []string{"name", "x", "by", "A.", "taken", "2027-03-10T08:14"}, "pas encore arrivé"},
		"no moment":          {"", []string{"name", "x", "by", "A.", "taken", "hier"}, "un jour et une heure"},
		"long":               {"", []string{"name", strings.Repeat("é", 201), "by", "A."}, "200 caractères"},
		"turned writing":     {"", []string{"name", "a\u202eb", "by", "A."}, "Le registre refuse"},
		"to nobody":          {"/1/hand", []string{"to", ""}, "Dites-le en quelques mots"},
		"to the keeper":      {"/1/hand", []string{"to", "A. Martin"}, "en d’autres mains"},
		"before it was here": {"/1/hand", []string{"to", "B.", "at", "2026-03-01T00:00"}, "L’ordre des remises"},
		"nothing to correct": {"/1/correct", []string{"line", "2", "why", "x"}, "ce que la ligne aurait dû dire"},
		"without reason":     {"/1/correct", []string{"line", "2", "name", "x"}, "Dites-le en quelques mots"},
		"no such line":       {"/1/correct", []string{"line", "7", "name", "x", "why", "y"}, "Le registre refuse"},
	} {
		t.Run(name, func(t *testing.T) {
			has(t, name, officer.Want(name, officer.Post(at+row.path, row.fields...), http.StatusUnprocessableEntity), row.want)
		})
	}
	officer.Want("no piece", officer.Post(at+"/2/hand", "to", "B."), http.StatusNotFound)
	officer.Want("page of none", officer.Get(at+"/2"), http.StatusNotFound)
	has(t, "untouched", officer.Get(at), "2 lignes")
}

func TestWhatToolsWroteIsRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		officer := h.officer()
		log := "Image path and filename:\tpc12.E01\nMD5 hash calculated over data:\t99bea6d9eee71d8e3e1f3ff6a1b0a6f1\newfacquire: SUCCESS\n"
		officer.Want("log", officer.Upload(at+"/tool", "file", `C:\copie\pc12.log`, []byte(log), "by", "A. Martin"), http.StatusSeeOther)
		has(t, "log", officer.Get(at+"/1"), "pc12.log", "ewf-log", "99bea6d9eee71d8e3e1f3ff6a1b0a6f1", "pc12.E01", "Déclaré par l’outil")
		officer.Want("other", officer.Upload(at+"/tool", "file", "notes.txt", []byte("rien de connu"), "by", "A. Martin"), http.StatusSeeOther)
		has(t, "other", officer.Get(at+"/2"), "notes.txt", "!Déclaré par l’outil")
		has(t, "nobody", officer.Want("nobody", officer.Upload(at+"/tool", "file", "x", []byte("x")), http.StatusUnprocessableEntity), "Dites-le en quelques mots")
		has(t, "no file", officer.Want("no file", officer.Upload(at+"/tool", "", "", nil, "by", "A."), http.StatusUnprocessableEntity), "Choisissez")
	})
}

// register is one that the command line wrote.
func register(t *testing.T, clock time.Time, pieces int) *custody.Register {
	t.Helper()
	r, err := custody.New("terrain", "Collecte", "A. Martin", clock)
	if err != nil {
		t.Fatal(err)
	}
	for n := range pieces {
		if _, err := r.Add(custody.Piece{Name: fmt.Sprintf("disque %d", n+1), By: "A. Martin"}, clock); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func content(t *testing.T, r *custody.Register) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := r.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestARegisterIsTakenIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		officer := h.officer()
		other := register(t, h.Clock, 2)
		take := func(b []byte, status int) pagetest.Page {
			t.Helper()
			return officer.Want("take in", officer.Upload(at+"/register", "file", "terrain.registre", b), status)
		}
		first := content(t, other)
		take(first, http.StatusSeeOther)
		has(t, "once", officer.Get(at), "1. disque 1", "2. disque 2", "4 lignes")
		take(first, http.StatusSeeOther)
		has(t, "twice", officer.Get(at), "rien n’a changé", "!3. disque", "4 lignes")
		if _, err := other.Hand(custody.HandOver{Item: 2, To: "Police"}, h.Clock); err != nil {
			t.Fatal(err)
		}
		take(content(t, other), http.StatusSeeOther)
		has(t, "further", officer.Get(at), "Une ligne reprise", "Police")
		has(t, "another history", take(content(t, register(t, h.Clock.Add(-time.Hour), 5)), http.StatusUnprocessableEntity), "n’en est pas la suite")
		has(t, "altered", take(bytes.Replace(first, []byte("disque 1"), []byte("disque 7"), 1), http.StatusUnprocessableEntity), "ligne 2")
		has(t, "no register", take([]byte("bonjour"), http.StatusUnprocessableEntity), "pas un registre")
		if acts := h.Actions(); !slices.Equal(acts, []string{"custody.take_in", "custody.take_in"}) {
			t.Errorf("trail %v", acts)
		}
	})
}

// What is changed in the database behind the program is seen: nothing is shown as if it were whole.
func TestAChangeBehindTheProgramIsSeen(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	officer := h.officer()
	officer.Want("create", officer.Post(at, "name", "disque", "by", "A. Martin"), http.StatusSeeOther)
	officer.Want("more", officer.Post(at, "name", "autre", "by", "A. Martin"), http.StatusSeeOther)
	h.Update(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `update journal_line set line = replace(line, 'disque', 'disquE') where journal_id = $1`, "custody/"+night)
		return err
	})
	if p := officer.Get(at); p.Status != http.StatusInternalServerError {
		t.Errorf("status %d", p.Status)
	}
}

// Two who write at once both do, one after the other.
func TestTwoAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		m := New(Options{DB: db, Books: h.books, Trail: h.Trail, Private: h.key, Now: func() time.Time { return time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC) }, Find: h.find})
		officer := h.officer()
		catalogue, err := locale.Default()
		if err != nil {
			t.Fatal(err)
		}
		a := Act{Actor: officer.Actor, Scope: territory.Everything(), Printer: catalogue.Printer(locale.French, time.UTC), Structure: pagetest.Hospital, Incident: night}
		done := make(chan error, 4)
		for range cap(done) {
			go func() {
				_, err := m.Add(t.Context(), a, custody.Piece{Name: "disque", By: "A. Martin"})
				done <- err
			}()
		}
		for range cap(done) {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		h.View(func(ctx context.Context, tx *store.Tx) error {
			r, err := Read(ctx, tx, territory.Everything(), night)
			if err == nil && (len(r.Items) != 4 || r.Size() != 5) {
				t.Errorf("%d pieces, %d lines", len(r.Items), r.Size())
			}
			return err
		})
	})
}

func TestRights(t *testing.T) {
	h := newHouse(t, storetest.SQLite(t))
	h.FollowsTable(t)
	officer := h.officer()
	officer.Want("create", officer.Post(at, "name", "disque", "by", "A. Martin"), http.StatusSeeOther)
	elsewhere := h.Person("Sacha Inventé", right.SecurityOfficer, pagetest.Clinic)
	elsewhere.Want("elsewhere", elsewhere.Get(at), http.StatusNotFound)
	elsewhere.Want("under another structure", elsewhere.Get("/structures/"+pagetest.Clinic+"/incidents/"+night+"/exhibits"), http.StatusNotFound)
	support := h.Person("Noa Inventé", right.RegionalSupport, pagetest.Region)
	support.Want("support", support.Get(at), http.StatusForbidden)
}
