package administration

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
	"hygie/referential"
)

func structure(site *pagetest.Site, id territory.ID) (s territory.Structure) {
	site.T.Helper()
	site.View(func(ctx context.Context, tx *store.Tx) (err error) {
		s, err = territory.Get(ctx, tx, territory.Everything(), id)
		return err
	})
	return s
}

func TestRecordsOfStructures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		chief := site.Person("Sam Imaginaire", right.Administrator, "")
		clinic := recordAddress(pagetest.Clinic)
		chief.Want("record", chief.Get(clinic), http.StatusOK)
		has(t, "no name", chief.Want("no name", chief.Post(clinic, "name", " "), http.StatusUnprocessableEntity), "Donnez un nom")
		has(t, "wrong number", chief.Want("wrong number", chief.Post(clinic, "name", "Clinique", "finess", "12"), http.StatusUnprocessableEntity), "n’est pas un numéro FINESS")
		chief.Want("amend", chief.Post(clinic, "name", "Clinique des Deux-Érables", "finess", "98 000 0001", "siren", "000 000 000", "city", "Érable"), http.StatusSeeOther)
		s := structure(site, pagetest.Clinic)
		if s.Name != "Clinique des Deux-Érables" || s.NameSource != territory.NameManual || s.Finess != "980000001" || s.Siren != "000000000" || s.City != "Érable" {
			t.Errorf("amended: %+v", s)
		}
		chief.Want("same again", chief.Post(clinic, "name", s.Name, "finess", s.Finess, "siren", s.Siren, "city", s.City), http.StatusSeeOther)
		has(t, "taken", chief.Want("taken", chief.Post(recordAddress(pagetest.Hospital), "name", "CH", "finess", "980000001"), http.StatusUnprocessableEntity), "déjà celui d’une autre structure")

		made := chief.Want("child", chief.Post(clinic+"/child", "kind", "establishment", "name", "Site nord", "category", "355"), http.StatusSeeOther)
		site1 := structure(site, territory.ID(strings.TrimPrefix(made.To(), "/structures/")))
		if site1.Parent != pagetest.Clinic || site1.CategoryLabel == "" {
			t.Errorf("child: %+v", site1)
		}
		chief.Want("no such kind here", chief.Post(clinic+"/child", "kind", "region", "name", "X"), http.StatusUnprocessableEntity)
		has(t, "no such category", chief.Want("no such category", chief.Post(clinic+"/child", "kind", "establishment", "name", "X", "category", "000"), http.StatusUnprocessableEntity), "nomenclature")
		chief.Want("nothing below a site", chief.Get("/structures/"+string(site1.ID)+"/record/child"), http.StatusConflict)
		chief.Want("group", chief.Post(recordAddress(pagetest.Region)+"/child", "kind", "operator", "name", "Fondation d’essai", "code", "OG-1"), http.StatusSeeOther)

		has(t, "places", chief.Want("search", chief.Get(clinic+"/move?q=collines"), http.StatusOK), "GHT des Collines", "Les droits suivent la place")
		has(t, "no place", chief.Get(clinic+"/move?q=val-dore"), "Aucune place ne convient")
		has(t, "nowhere", chief.Want("nowhere", chief.Post(clinic+"/move", "q", "collines"), http.StatusUnprocessableEntity), "Choisissez la nouvelle place")
		has(t, "below itself", chief.Want("below itself", chief.Post(clinic+"/move", "to", string(site1.ID)), http.StatusUnprocessableEntity), "sous elle-même")
		chief.Want("move", chief.Post(clinic+"/move", "to", pagetest.Group), http.StatusSeeOther)
		if structure(site, pagetest.Clinic).Parent != pagetest.Group {
			t.Error("the clinic did not move")
		}

		has(t, "open below", chief.Want("open below", chief.Post(clinic+"/close", "day", "2026-03-01"), http.StatusUnprocessableEntity), "encore ouverte")
		chief.Want("close the site", chief.Post("/structures/"+string(site1.ID)+"/record/close", "day", "2026-03-01"), http.StatusSeeOther)
		chief.Want("close", chief.Post(clinic+"/close", "day", "2026-03-01"), http.StatusSeeOther)
		has(t, "closed", chief.Get(clinic), "fermée depuis le 1er mars 2026", "Rouvrir")
		chief.Want("reopen", chief.Post(clinic+"/reopen"), http.StatusSeeOther)
		want := []string{"structure.reopen", "structure.close", "structure.close", "structure.move", "structure.create", "structure.create", "structure.amend"}
		if got := site.Actions(); !slices.Equal(got, want) {
			t.Errorf("trail %v, want %v", got, want)
		}
	})
}

// A director corrects name and address; numbers and place are for the administration, of the region for example.
func TestWhoChangesWhatOfAStructure(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	director := site.Person("Dominique Fictif", right.Director, pagetest.Hospital)
	home := recordAddress(pagetest.Hospital)
	page := director.Want("record", director.Get(home), http.StatusOK)
	if strings.Contains(page.Main(), home+"/move") || !strings.Contains(page.Main(), "disabled") {
		t.Errorf("the director is offered too much:\n%s", page.Main())
	}
	director.Want("amend", director.Post(home, "name", "CH du Val-Doré", "city", "Val-Doré", "finess", "980000001"), http.StatusSeeOther)
	if s := structure(site, pagetest.Hospital); s.Name != "CH du Val-Doré" || s.Finess != "" {
		t.Errorf("amended by the director: %+v", s)
	}
	for _, path := range []string{"/child", "/move", "/close"} {
		director.Want(path, director.Get(home+path), http.StatusForbidden)
		director.Want(path, director.Post(home+path), http.StatusForbidden)
	}
	director.Want("reopen", director.Post(home+"/reopen"), http.StatusForbidden)
	instructor := site.Person("Maxime Essai", right.RegionalInstructor, pagetest.Region)
	instructor.Want("instructor", instructor.Get(home), http.StatusForbidden)

	regional := site.Person("Sam Régional", right.Administrator, pagetest.Region)
	regional.Want("move inside", regional.Post(home+"/move", "to", pagetest.Region), http.StatusSeeOther)
	regional.Want("move out", regional.Post(home+"/move", "to", pagetest.Nation), http.StatusNotFound)
	group := site.Person("Sam Groupe", right.Administrator, pagetest.Group)
	group.Want("not theirs", group.Get(recordAddress(pagetest.Clinic)+"/move"), http.StatusNotFound)
}

func TestAParameterChangesVerdicts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, m := newSite(t, db)
		chief := site.Person("Sam Imaginaire", right.Administrator, "")
		const path = shelfPath + "/care-d1/lines/parameter/directory-level"
		has(t, "list", chief.Want("list", chief.Get(shelfPath), http.StatusOK), "Niveau d’annuaire à atteindre", "À compléter")
		has(t, "bounds", chief.Want("one", chief.Get(path), http.StatusOK), "De 1 à 5.")
		site.Update(func(ctx context.Context, tx *store.Tx) error {
			return proof.Record(ctx, tx, territory.Everything(), proof.Fact{Structure: pagetest.Hospital, Key: "directory.level", Value: referential.Number(3), ObservedAt: site.Clock, Source: "directory-audit/1", RecordedAt: site.Clock, RecordedBy: "t"})
		})
		before := statuses(site, m)
		for name, row := range map[string]struct{ value, note, says string }{
			"nothing":     {"", "annexe", "Donnez une valeur"},
			"no number":   {"trois", "annexe", "Écrivez un nombre"},
			"too much":    {"6", "annexe", "n’est pas acceptée"},
			"not known":   {"NaN", "annexe", "Écrivez un nombre"},
			"without why": {"3", "", "Dites où cette valeur est écrite"},
		} {
			has(t, name, chief.Want(name, chief.Post(path, "value", row.value, "source_fr", row.note), http.StatusUnprocessableEntity), row.says)
		}
		link := chief.Want("link", chief.Post(path, "value", "3", "source_fr", "annexe", "url", "http://exemple.fr"), http.StatusUnprocessableEntity)
		has(t, "link", link, "doit commencer par https://")
		chief.Want("wrong day", chief.Post(path, "value", "3", "source_fr", "annexe", "read_on", "hier"), http.StatusUnprocessableEntity)
		chief.Want("set", chief.Post(path, "value", "3", "source_fr", "annexe 2, page 4", "url", "https://exemple.fr/annexe", "read_on", "2026-03-01"), http.StatusSeeOther)
		after := statuses(site, m)
		if slices.Equal(before, after) {
			t.Errorf("no verdict changed: %v", after)
		}
		if _, err := site.Trail.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		has(t, "given", chief.Get(path), "Sam Imaginaire", "annexe 2, page 4", "https://exemple.fr/annexe", "1er mars 2026", "Complété ici", "Revenir à l’état précédent")
		site.Clock = site.Clock.Add(time.Minute)
		chief.Want("again", chief.Post(path, "value", "4", "source_fr", "autre texte"), http.StatusSeeOther)
		site.Clock = site.Clock.Add(time.Minute)
		chief.Want("one step back", chief.Post(path+"/undo"), http.StatusSeeOther)
		if got := statuses(site, m); !slices.Equal(got, after) {
			t.Errorf("one step back: %v, want %v", got, after)
		}
		site.Clock = site.Clock.Add(time.Minute)
		chief.Want("back to the package", chief.Post(path+"/undo"), http.StatusSeeOther)
		chief.Want("no further", chief.Post(path+"/undo"), http.StatusConflict)
		if got := statuses(site, m); !slices.Equal(got, before) {
			t.Errorf("taken back: %v, want %v", got, before)
		}
		chief.Want("text with choices", chief.Post(shelfPath+"/care-d1/lines/parameter/exposure-grade", "value", "Z", "source_fr", "x"), http.StatusUnprocessableEntity)
		chief.Want("unknown", chief.Get(shelfPath+"/care-d1/lines/parameter/nothing"), http.StatusNotFound)
		if got := site.Actions(); !slices.Equal(got, []string{"referential.undo", "referential.undo", "referential.complete", "referential.complete"}) {
			t.Errorf("trail %v", got)
		}
	})
}

// statuses are the answers of every criterion about the hospital.
func statuses(site *pagetest.Site, m *Module) (all []string) {
	site.T.Helper()
	hospital := structure(site, pagetest.Hospital)
	site.View(func(ctx context.Context, tx *store.Tx) error {
		set, err := m.Shelf.At(ctx, tx, site.Now())
		if err != nil {
			return err
		}
		for _, p := range set.Packages {
			a, err := proof.Assess(ctx, tx, territory.Everything(), p, hospital, site.Now(), time.UTC)
			if err != nil {
				return err
			}
			for _, v := range a.Requirements {
				for _, c := range v.Criteria {
					all = append(all, v.Code+" "+c.Code+" "+string(c.Reasons.Status))
				}
			}
		}
		return nil
	})
	return all
}

func note(site *pagetest.Site, entries ...journal.Entry) {
	site.T.Helper()
	site.Update(func(ctx context.Context, tx *store.Tx) error {
		for _, e := range entries {
			if err := site.Trail.Append(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if _, err := site.Trail.Seal(site.T.Context()); err != nil {
		site.T.Fatal(err)
	}
}

func TestWhoDidWhat(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		chief := site.Person("Sam Imaginaire", right.Administrator, "")
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		elsewhere := site.Person("Noa Prototype", right.Director, pagetest.Clinic)
		note(site,
			journal.Entry{Actor: officer.Actor.Person, Action: "audit.start", Structure: pagetest.Hospital, Subject: "audit/run1", Data: trail.Data(map[string]any{"source": "deposited", "name": "annuaire.hygie"})},
			journal.Entry{Actor: "directory-audit", Action: "audit.done", Structure: pagetest.Hospital, Subject: "audit/run1", Data: trail.Data(map[string]any{"level": 1, "at_most": true, "report_sha256": "abc"})},
			journal.Entry{Actor: elsewhere.Actor.Person, Action: "evidence.download", Structure: pagetest.Clinic, Subject: "evidence/e1"},
			journal.Entry{Actor: chief.Actor.Person, Action: "people.give_role", Structure: pagetest.Hospital, Subject: officer.Actor.Person, Data: trail.Data(map[string]any{"role": "security_officer", "grant": "g"})},
			journal.Entry{Actor: chief.Actor.Person, Action: "parameter.set", Subject: "parameter/care-d1/directory-level", Text: "annexe\n2"},
		)
		mine := officer.Want("mine", officer.Get("/structures/"+pagetest.Hospital+"/trail"), http.StatusOK)
		has(t, "mine", mine, "Audit lancé", "Camille Exemple", "annuaire.hygie", "fichier déposé", "/structures/h1/directory/runs/run1", "hygie", "niveau : 1", "Rôle donné", "rôle : responsable de la sécurité")
		for _, hidden := range []string{"Preuve téléchargée", "Paramètre donné", "abc", "journal scellé"} {
			if strings.Contains(mine.Main(), hidden) {
				t.Errorf("the officer sees %q:\n%s", hidden, mine.Main())
			}
		}
		officer.Want("of others", officer.Get("/structures/"+pagetest.Clinic+"/trail"), http.StatusNotFound)

		whole := chief.Want("whole", chief.Get(trailPath), http.StatusOK)
		has(t, "whole", whole, "Preuve téléchargée", "Paramètre donné", "« annexe 2 »", "Clinique des Trois-Érables", journal.Fingerprint(site.Trail.Public()))
		lines := func(query string) int { return strings.Count(chief.Get(trailPath+query).Main(), `id="line-`) }
		for query, want := range map[string]int{"": 5, "?family=audit": 2, "?family=evidence": 1, "?who=camille": 1, "?who=CAMILLE+EXEMPLE": 1, "?who=CAM%C3%8FLLE": 1, "?who=hygie": 1, "?who=%25": 0, "?who=personne": 0,
			"?from=2026-03-10": 5, "?from=2026-03-11": 0, "?until=2026-03-10": 5, "?until=2026-03-09": 0, "?size=2": 2, "?size=2&after=4": 2, "?size=2&after=2": 1, "?after=zzz": 5} {
			if got := lines(query); got != want {
				t.Errorf("%q shows %d lines, want %d", query, got, want)
			}
		}
		chief.Want("wrong day", chief.Get(trailPath+"?from=hier"), http.StatusUnprocessableEntity)
		export := chief.Want("export", chief.Get(trailPath+"?format=csv&family=audit"), http.StatusOK)
		if got := strings.Count(string(export.Body), "\r\n"); got != 3 {
			t.Errorf("export of %d lines:\n%s", got, export.Body)
		}
	})
}

func TestTheSealedJournalIsTakenAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		chief := site.Person("Sam Imaginaire", right.Administrator, "")
		note(site, journal.Entry{Actor: chief.Actor.Person, Action: "structure.begin"})
		file := chief.Want("journal", chief.Get(trailPath+"/journal"), http.StatusOK)
		result, err := journal.VerifyExport(bytes.NewReader(file.Body), site.Trail.Public())
		if err != nil || !result.Proven() || result.Lines != 2 {
			t.Errorf("the exported journal: %+v, %v", result, err)
		}
		if got := site.Actions(); !slices.Equal(got, []string{"trail.export", "structure.begin"}) {
			t.Errorf("trail %v", got)
		}
		key := chief.Want("key", chief.Get(trailPath+"/key"), http.StatusOK)
		if want, _ := journal.PublicPEM(site.Trail.Public()); !bytes.Equal(key.Body, want) {
			t.Errorf("key %s", key.Body)
		}

		// Somebody changes a line behind the program: the file says so, and is whole.
		site.Update(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `update journal_line set line = replace(line, 'structure.begin', 'structure.blame') where n = 1`)
			return err
		})
		file = chief.Want("altered journal", chief.Get(trailPath+"/journal"), http.StatusOK)
		result, err = journal.VerifyExport(bytes.NewReader(file.Body), site.Trail.Public())
		if err != nil || result.Proven() || result.Lines != 3 || len(result.Problems) == 0 || result.Problems[0].Line != 1 {
			t.Errorf("the altered journal: %+v, %v", result, err)
		}
	})
}
