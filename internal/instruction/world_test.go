package instruction

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"hygie/internal/funding"
	"hygie/internal/funding/callshelf"
	"hygie/internal/pagetest"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/referential/call"
	"hygie/referential/packages"
)

// The two queues.
const (
	region = "/instruction/region"
	nation = "/instruction/nation"
)

// world is a region with candidates, and the people of two agencies.
type world struct {
	*pagetest.Site
	module     *Module
	ars, ars2  *pagetest.Visitor
	ans, ans2  *pagetest.Visitor
	director   right.Actor // of every candidate
	candidates int
}

// closes is the last second of the window of the trial call.
var closes = time.Date(2026, 3, 31, 21, 59, 59, 0, time.UTC)

// readCall reads the trial call; words are replaced in it, as before and after in turn.
func readCall(t testing.TB, words ...string) *call.Call {
	t.Helper()
	file, err := os.ReadFile("testdata/call.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(words); i += 2 {
		if !bytes.Contains(file, []byte(words[i])) {
			t.Fatalf("the call has no %q", words[i])
		}
		file = bytes.ReplaceAll(file, []byte(words[i]), []byte(words[i+1]))
	}
	k, err := call.Read("call.yaml", file)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newWorld(t testing.TB, db *store.DB, words ...string) *world {
	t.Helper()
	site := pagetest.New(t, db)
	k := readCall(t, words...)
	all, err := packages.Load()
	if err != nil {
		t.Fatal(err)
	}
	shelf, err := proof.NewShelf(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	persons, err := people.New(db, people.Options{Key: bytes.Repeat([]byte{3}, 32), Recorder: people.RecorderFunc(func(context.Context, *store.Tx, people.Event) error { return nil }), Now: site.Now})
	if err != nil {
		t.Fatal(err)
	}
	m := New(Options{DB: db, Trail: site.Trail, Shelf: shelf, People: persons, Calls: callshelf.New(k), Random: rand.Reader, Now: site.Now, Log: slog.New(slog.DiscardHandler),
		Funding: funding.New(funding.Options{Trail: site.Trail, Now: site.Now, Zone: k.Zone}), Keys: "/assets/keys.js"})
	site.Serve(m.Routes)
	w := &world{Site: site, module: m, ars: site.Person("Maxime Essai", right.RegionalInstructor, pagetest.Region), ars2: site.Person("Eden Ébauche", right.RegionalInstructor, pagetest.Region),
		ans: site.Person("Morgan Schéma", right.NationalInstructor, pagetest.Nation), ans2: site.Person("Sam Imaginaire", right.NationalInstructor, pagetest.Nation)}
	w.director = site.Person("Dominique Fictif", right.Director, pagetest.Region).Actor
	site.Update(func(ctx context.Context, tx *store.Tx) error {
		return funding.Stock(ctx, tx, funding.Envelope{Call: k.ID, Total: 1_000_000_00}, site.Clock)
	})
	return w
}

// entry is how a candidate comes into the queue.
type entry struct {
	Asked funding.Cents // 20 000 € when zero
	Open  bool          // without the document that the call asks for
	Draft bool          // not deposited
}

// candidate makes a structure with a dossier, deposited on 10 March, and gives the id of the dossier.
func (w *world) candidate(e entry) (id string) {
	w.T.Helper()
	w.candidates++
	structure := fmt.Sprintf("c%02d", w.candidates)
	asked := e.Asked
	if asked == 0 {
		asked = 20_000_00
	}
	w.Update(func(ctx context.Context, tx *store.Tx) error {
		everything, at := territory.Everything(), w.Clock
		if _, err := territory.Insert(ctx, tx, everything, territory.Draft{ID: territory.ID(structure), Parent: pagetest.Region, Kind: territory.Entity, Name: fmt.Sprintf("Clinique inventée %02d", w.candidates)}, at); err != nil {
			return err
		}
		if err := territory.SetSize(ctx, tx, everything, territory.Size{Structure: territory.ID(structure), Key: territory.CombinedActivity, Year: 2025, Value: 100_000, Source: "essai"}, at); err != nil {
			return err
		}
		err := proof.Record(ctx, tx, everything, proof.Fact{Structure: structure, Key: proof.StatusKey, Value: referential.Words("private"), ObservedAt: at, Source: "essai", RecordedAt: at})
		if err != nil {
			return err
		}
		s := w.module.funding
		d, err := s.Begin(ctx, tx, w.director, funding.Beginning{Call: "essai", CallVersion: "1.0", Structure: structure, Closes: closes})
		if err != nil {
			return err
		}
		id = d.ID
		for name, value := range map[string]string{"project": "Relever l’annuaire.", "calendar": "Avant l’été.", "asked": asked.String()} {
			if _, err := s.Save(ctx, tx, everything, id, funding.Field{Name: name, Value: value, By: w.director.Person}, 0); err != nil {
				return err
			}
		}
		if _, err := s.Spend(ctx, tx, w.director, everything, id, funding.Expense{Kind: "audit", Label: "Audit", Amount: asked, On: at}); err != nil {
			return err
		}
		if !e.Open {
			if err := w.policy(ctx, tx, id, structure); err != nil {
				return err
			}
		}
		if e.Draft {
			return nil
		}
		_, digest, err := s.Prepare(ctx, tx, everything, id, asked)
		if err != nil {
			return err
		}
		_, err = s.Deposit(ctx, tx, w.director, funding.Depositing{Dossier: id, Asked: asked, Seen: digest, At: at, Terms: funding.Terms{Closes: closes}})
		return err
	})
	return id
}

// policy joins the document that the call asks for.
func (w *world) policy(ctx context.Context, tx *store.Tx, dossier, structure string) error {
	everything := territory.Everything()
	proofID, err := proof.Add(ctx, tx, everything, proof.Evidence{Structure: structure, Kind: "security-policy", Name: "politique.pdf", MediaType: "application/pdf", SHA256: strings.Repeat("ab", 32),
		Size: 12_000, EffectiveFrom: w.Clock.AddDate(0, -1, 0), EffectiveUntil: w.Clock.AddDate(2, 0, 0), DepositedAt: w.Clock, DepositedBy: w.director.Person})
	if err != nil {
		return err
	}
	return w.module.funding.Pick(ctx, tx, w.director, everything, dossier, "", "continuity", proofID)
}

// closed moves the clock behind the end of the window and checks what waits.
func (w *world) closed() {
	w.T.Helper()
	w.Clock = time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC)
	w.checked()
}

func (w *world) checked() {
	w.T.Helper()
	if _, err := w.module.CheckWaiting(w.T.Context(), 5000); err != nil {
		w.T.Fatal(err)
	}
}

// dossier reads one as it is.
func (w *world) dossier(id string) (d funding.Dossier) {
	w.T.Helper()
	w.View(func(ctx context.Context, tx *store.Tx) (err error) {
		d, err = funding.ByID(ctx, tx, territory.Everything(), id)
		return err
	})
	return d
}

// state wants a dossier to be in a state.
func (w *world) state(id string, want funding.State) {
	w.T.Helper()
	if d := w.dossier(id); d.State != want {
		w.T.Fatalf("dossier %s is %s, want %s", d.Number, d.State, want)
	}
}

// has wants texts on a page, with every kind of space made one.
func (w *world) has(p pagetest.Page, texts ...string) {
	w.T.Helper()
	plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ")
	for _, text := range texts {
		if !strings.Contains(plain.Replace(p.Text), plain.Replace(text)) {
			w.T.Errorf("the page lacks %q:\n%s", text, p.Main())
		}
	}
}

// move does a move as a form does it, from the version that is there.
func (w *world) move(v *pagetest.Visitor, at, id, move string, status int, fields ...string) pagetest.Page {
	w.T.Helper()
	fields = append(fields, "version", version(w.dossier(id).Version))
	path := at + "/" + id + "/acts/" + move
	if move == "corrections" {
		path = at + "/" + id + "/corrections"
	}
	return v.Want(move, v.Post(path, fields...), status)
}

// seen says of every point that waits for it that it is fine.
func (w *world) seen(v *pagetest.Visitor, at, id string) {
	w.T.Helper()
	for range 20 {
		page := v.Want("page", v.Get(at+"/"+id), http.StatusOK)
		point := pointToLook(page)
		if point == "" {
			return
		}
		v.Want("look", v.Post(at+"/"+id+"/looks", "version", version(w.dossier(id).Version), "point", point, "fine", "1"), http.StatusSeeOther)
	}
	w.T.Fatal("there is always something left to look at")
}

// pointToLook is the first point of a page that waits for somebody to look.
func pointToLook(p pagetest.Page) string {
	before, _, found := strings.Cut(p.Text, " data-look")
	if !found {
		return ""
	}
	_, after, _ := strings.Cut(before[strings.LastIndex(before, `name="point"`):], `value="`)
	point, _, _ := strings.Cut(after, `"`)
	return point
}

// answered gives corrections back as the candidate does.
func (w *world) answered(id string) {
	w.T.Helper()
	w.Update(func(ctx context.Context, tx *store.Tx) error {
		list, err := funding.Corrections(ctx, tx, territory.Everything(), id)
		if err != nil {
			return err
		}
		for _, one := range list {
			if one.Round == list[0].Round {
				if err := w.module.funding.AnswerCorrection(ctx, tx, w.director, id, one.ID, "C’est fait."); err != nil {
					return err
				}
			}
		}
		d, err := funding.ByID(ctx, tx, territory.Everything(), id)
		if err != nil {
			return err
		}
		_, err = w.module.funding.Do(ctx, tx, w.director, funding.Doing{Dossier: id, Version: d.Version, Act: funding.Answer})
		return err
	})
}

// applicant does an act of the candidate.
func (w *world) applicant(id string, act funding.Act, note string) {
	w.T.Helper()
	w.Update(func(ctx context.Context, tx *store.Tx) error {
		d, err := funding.ByID(ctx, tx, territory.Everything(), id)
		if err != nil {
			return err
		}
		_, err = w.module.funding.Do(ctx, tx, w.director, funding.Doing{Dossier: id, Version: d.Version, Act: act, Note: note})
		return err
	})
}
