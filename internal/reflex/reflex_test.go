package reflex

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/card"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

const at = "/structures/" + pagetest.Hospital + "/cards"

// notebook is a main courante in memory.
type notebook struct {
	lines  []Line
	closed bool
}

func (n *notebook) Books(_ context.Context, _ *store.Tx, _ territory.Scope, structure string) ([]Book, error) {
	if n.closed || structure != pagetest.Hospital {
		return nil, nil
	}
	return []Book{{ID: "b1", Title: "Nuit d’essai"}}, nil
}

func (n *notebook) Note(_ context.Context, _ *store.Tx, _ territory.Scope, _ string, l Line) error {
	n.lines = append(n.lines, l)
	return nil
}

func newSite(t *testing.T, db *store.DB) (*pagetest.Site, *notebook) {
	t.Helper()
	site, log := pagetest.New(t, db), &notebook{}
	m, err := New(Options{DB: db, Trail: site.Trail, Log: log, Now: site.Now})
	if err != nil {
		t.Fatal(err)
	}
	site.Serve(m.Routes)
	return site, log
}

// held is a card as it holds for the hospital.
func held(t *testing.T, site *pagetest.Site, id string) (h Held) {
	t.Helper()
	m, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	site.View(func(ctx context.Context, tx *store.Tx) error {
		shelf, err := m.shelf(ctx, tx, territory.Everything(), pagetest.Hospital)
		if err != nil {
			return err
		}
		h, err = find(shelf, id)
		return err
	})
	return h
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

func TestACardIsRunInTheNight(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, log := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		has(t, "shelf", officer.Want("shelf", officer.Get(at), http.StatusOK), "Est-ce une cyberattaque ?", "Comprendre", "Toutes les fiches")
		has(t, "card", officer.Want("card", officer.Get(at+"/qualification"), http.StatusOK), "Dérouler la fiche (15 minutes)", "Nuit d’essai")
		run := officer.Want("start", officer.Post(at+"/qualification/runs", "book", "b1"), http.StatusSeeOther).To()
		has(t, "first", officer.Want("first", officer.Get(run), http.StatusOK), "Il reste 15 minutes", "réclame-t-il de l’argent", "Je ne sais pas", "Étape 1")

		officer.Want("no answer", officer.Post(run, "step", "message"), http.StatusUnprocessableEntity)
		officer.Want("a later step", officer.Post(run, "step", "etendue", "answer", "yes"), http.StatusUnprocessableEntity)
		officer.Want("unknown", officer.Post(run, "step", "message", "answer", "unknown"), http.StatusSeeOther)
		officer.Want("sent twice", officer.Post(run, "step", "message", "answer", "unknown"), http.StatusSeeOther)
		site.Clock = site.Clock.Add(17 * time.Minute)
		has(t, "late", officer.Get(run), "Étape 2", "Le temps est dépassé de 2 minutes")
		// The first answer is changed: what hung on it is asked no more.
		has(t, "again", officer.Get(run+"?step=message"), "Étape 1")
		officer.Post(run, "step", "message", "answer", "yes")
		has(t, "jump", officer.Get(run), "Un service de soins est-il gêné", "!Des fichiers ne s’ouvrent-ils plus")
		officer.Post(run, "step", "soins", "answer", "no")
		officer.Post(run, "step", "etendue", "answer", "unknown")
		page := officer.Get(run)
		has(t, "outcome", page, "C’est une attaque.", "Sortir la fiche", "!Changer")
		officer.Want("ended", officer.Post(run, "step", "etendue", "answer", "yes"), http.StatusConflict)

		var said []string
		for _, l := range log.lines {
			said = append(said, l.Text)
		}
		if len(said) != 6 || !strings.Contains(said[0], "commencée") || !strings.Contains(said[1], "Je ne sais pas") || !strings.Contains(said[5], "C’est une attaque") {
			t.Errorf("main courante: %q", said)
		}
		if log.lines[1].Name != "Camille Exemple" || log.lines[1].Source != "card qualification" {
			t.Errorf("line: %+v", log.lines[1])
		}
		// The next card goes on in the same main courante; one that was closed meanwhile stops nobody.
		id := run[strings.LastIndex(run, "/")+1:]
		next := officer.Want("next", officer.Post(at+"/isolement/runs", "after", id), http.StatusSeeOther).To()
		if len(log.lines) != 7 {
			t.Errorf("%d lines", len(log.lines))
		}
		log.closed = true
		officer.Want("conclude early", officer.Post(next+"/end"), http.StatusSeeOther)
		has(t, "early", officer.Get(next), "À lire à voix haute")
		has(t, "shelf again", officer.Get(at), "Fiches déroulées", "!Une fiche est en cours")
		if len(log.lines) != 7 {
			t.Errorf("a closed main courante took %v", log.lines[7:])
		}
		if acts := site.Actions(); !slices.Contains(acts, "reflex.start") {
			t.Errorf("trail: %v", acts)
		}
		other := site.Person("Dominique Fictif", right.SecurityOfficer, pagetest.Clinic)
		other.Want("another structure", other.Get(run), http.StatusNotFound)
		other.Want("another structure's run", other.Get("/structures/"+pagetest.Clinic+"/card-runs/"+id), http.StatusNotFound)
	})
}

func TestAnEstablishmentAdaptsACard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		desk := at + "/laboratoire/adapt"
		page := officer.Want("desk", officer.Get(desk), http.StatusOK)
		has(t, "desk", page, "id: laboratoire")
		shipped := held(t, site, "laboratoire")
		own := regexp.MustCompile(`(?m)^minutes: .*$`).ReplaceAllString(shipped.Source, "minutes: 7")
		has(t, "broken", officer.Want("broken", officer.Post(desk, "content", own+"\nwings: 2\n", "previous", "0", "act", "keep"), http.StatusOK), "à corriger", "wings")
		has(t, "another id", officer.Post(desk, "content", strings.Replace(own, "id: laboratoire", "id: autre", 1), "previous", "0", "act", "keep"), "keeps its id")
		has(t, "lost card", officer.Post(desk, "content", strings.Replace(own, "next: [", "next: [nulle-part, ", 1), "previous", "0", "act", "keep"), "there is no card nulle-part")
		has(t, "difference", officer.Want("look", officer.Post(desk, "content", own, "previous", "0", "act", "look"), http.StatusOK), "Ce qui change", "− minutes:", "+ minutes: 7", "Garder cette version")
		officer.Want("keep", officer.Post(desk, "content", own, "note", "Nos durées", "previous", "0", "act", "keep"), http.StatusSeeOther)
		officer.Want("from an old one", officer.Post(desk, "content", own+"\n", "previous", "0", "act", "keep"), http.StatusConflict)
		has(t, "adapted", officer.Get(at+"/laboratoire"), "votre version 1")
		if got := held(t, site, "laboratoire"); got.Minutes != 7 {
			t.Errorf("%d minutes", got.Minutes)
		}
		has(t, "history", officer.Get(desk), "Nos durées", "Camille Exemple")
		officer.Want("restore", officer.Post(at+"/laboratoire/restore", "previous", "1"), http.StatusSeeOther)
		if got := held(t, site, "laboratoire"); got.Adapted() || got.Minutes != shipped.Minutes || got.Own.Number != 2 {
			t.Errorf("restored: %+v", got.Own)
		}
		pdf := officer.Want("booklet", officer.Get(at+"/booklet"), http.StatusOK)
		if !strings.HasPrefix(string(pdf.Body), "%PDF-") || pdf.Header.Get("Content-Type") != "application/pdf" {
			t.Error("the booklet is no PDF")
		}
		officer.Want("sheet", officer.Get(at+"/laboratoire/sheet"), http.StatusOK)
		officer.Want("no card", officer.Get(at+"/nulle-part"), http.StatusNotFound)
		officer.Want("no sheet", officer.Get(at+"/nulle-part/sheet"), http.StatusNotFound)
	})
}

func TestRightsOnCards(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	site.FollowsTable(t)
}

func TestCompare(t *testing.T) {
	for name, test := range map[string]struct{ before, after, want string }{
		"same":    {"a\nb\n", "a\r\nb", "  a,  b"},
		"nothing": {"", "", ""},
		"added":   {"a\nc", "a\nb\nc", "  a,+ b,  c"},
		"removed": {"a\nb\nc", "a\nc", "  a,- b,  c"},
		"mixed":   {"a\nb\nc\nd", "a\nx\nc\ny\nd", "  a,- b,+ x,  c,+ y,  d"},
		"all":     {"a\nb", "c", "- a,- b,+ c"},
	} {
		var got []string
		for _, c := range compare(test.before, test.after) {
			got = append(got, c.sign+" "+c.line)
		}
		if strings.Join(got, ",") != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	long := around(compare(strings.Repeat("same\n", 50)+"x", strings.Repeat("same\n", 50)+"y"), 2)
	if len(long) != 5 || long[0].sign != "…" {
		t.Errorf("around: %v", long)
	}
	if got := compare(strings.Repeat("a\n", 3000), strings.Repeat("b\n", 3000)); len(got) != 6000 {
		t.Errorf("a long comparison has %d lines", len(got))
	}
}

func TestEveryShippedCardPrintsAndComparesWithItself(t *testing.T) {
	m, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range m.shipped {
		if blocks := Paper(t.Context(), k, nil); len(blocks) < 5 {
			t.Errorf("%s: %d blocks", k.ID, len(blocks))
		}
		for i := range k.Steps {
			if len(offered(&k.Steps[i])) < 2 || !slices.Contains(offered(&k.Steps[i]), card.Unknown) {
				t.Errorf("%s: step %s cannot be answered by who does not know", k.ID, k.Steps[i].ID)
			}
		}
	}
}
