package administration

import (
	"context"
	"errors"
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
	"hygie/referential"
)

// shippedFile is the file of a package that holds.
func shippedFile(t *testing.T, site *pagetest.Site, m *Module, id string) string {
	t.Helper()
	var file []byte
	site.View(func(ctx context.Context, tx *store.Tx) error {
		set, err := m.Shelf.At(ctx, tx, site.Now())
		if err != nil {
			return err
		}
		p, _ := set.Find(id)
		file, err = referential.Write(p)
		return err
	})
	return string(file)
}

func TestBringAVersion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, m := newSite(t, db)
		site.Update(func(ctx context.Context, tx *store.Tx) error {
			_, err := m.Shelf.Stock(ctx, tx, site.Now())
			return err
		})
		chief := site.Person("Sam Imaginaire", right.Administrator, "")
		shipped := shippedFile(t, site, m, "care-d1")
		newer := strings.NewReplacer(`version: "1.0"`, `version: "1.1"`, `"L’annuaire est audité et a atteint le niveau demandé"`, `"Le titre officiel"`).Replace(shipped)
		newer = strings.Replace(newer, `"1.0"`, `"1.1"`, 1)
		upload := func(file string) pagetest.Page { return chief.Upload(shelfPath, "file", "care-d1.yaml", []byte(file)) }

		faulty := strings.Replace(newer, "fact: exposure.run", "fact: exposure.nothing", 1)
		page := chief.Want("a fact that is not declared", upload(faulty), http.StatusUnprocessableEntity)
		line := 1 + strings.Count(faulty[:strings.Index(faulty, "exposure.nothing")], "\n")
		has(t, "fault", page, "Ligne "+plain(int64(line))+", colonne", "exposure.nothing", "Une faute dans ce fichier")
		has(t, "no yaml", chief.Want("no yaml", upload("\x00\x01"), http.StatusUnprocessableEntity), "faute")
		has(t, "nothing", chief.Want("nothing", chief.Post(shelfPath), http.StatusUnprocessableEntity), "")
		has(t, "a map", chief.Want("a map", upload("format: 1\nmap: x\n"), http.StatusUnprocessableEntity), "relie des référentiels")
		has(t, "twice", chief.Want("one number, other words", upload(strings.Replace(shipped, "aim-1", "aim-one", 1)), http.StatusUnprocessableEntity), "existe déjà avec un autre contenu")

		at := chief.Want("bring", upload(newer), http.StatusSeeOther).To()
		has(t, "preview", chief.Want("preview", chief.Get(at), http.StatusOK), "n’est pas en vigueur", "Le titre officiel", "À revoir", "Mettre en vigueur")
		if p := chief.Get(packageHref("care-d1")); !strings.Contains(p.Text, "1.1") || strings.Contains(p.Main(), "Le titre officiel") {
			t.Errorf("a version that was only brought shows:\n%s", p.Main())
		}
		has(t, "no reason", chief.Want("no reason", chief.Post(at), http.StatusUnprocessableEntity), "Dites pourquoi")
		site.Clock = site.Clock.Add(time.Hour)
		chief.Want("force", chief.Post(at, "note", "nouvel arrêté"), http.StatusSeeOther)
		chief.Want("twice", chief.Post(at, "note", "encore"), http.StatusConflict)
		has(t, "holds", chief.Get(packageHref("care-d1")), "1.1", "nouvel arrêté", "Sam Imaginaire", "Livré avec hygie")
		if got := shippedFile(t, site, m, "care-d1"); !strings.Contains(got, "Le titre officiel") {
			t.Error("the new version does not hold")
		}
		if p := chief.Want("download", chief.Get(packageHref("care-d1")+"/file"), http.StatusOK); !strings.Contains(string(p.Body), "Le titre officiel") {
			t.Error("the file lacks what holds")
		}

		site.Clock = site.Clock.Add(time.Hour)
		has(t, "no reason", chief.Want("withdraw without reason", chief.Post(packageHref("care-d1")+"/withdraw"), http.StatusUnprocessableEntity), "Dites pourquoi")
		chief.Want("withdraw", chief.Post(packageHref("care-d1")+"/withdraw", "note", "clos"), http.StatusSeeOther)
		has(t, "withdrawn", chief.Want("withdrawn", chief.Get(packageHref("care-d1")), http.StatusOK), "est retiré")
		chief.Want("withdraw again", chief.Post(packageHref("care-d1")+"/withdraw", "note", "clos"), http.StatusConflict)
		chief.Want("its lines", chief.Get(packageHref("care-d1")+"/lines/parameter/directory-level"), http.StatusNotFound)
		site.Clock = site.Clock.Add(time.Hour)
		chief.Want("back", chief.Post(at, "note", "rouvert"), http.StatusSeeOther)
		chief.Want("unknown", chief.Get(packageHref("nothing")), http.StatusNotFound)
		chief.Want("unknown version", chief.Get(packageHref("care-d2")+at[strings.LastIndex(at, "/versions"):]), http.StatusNotFound)
		want := []string{"referential.force", "referential.withdraw", "referential.force", "referential.bring"}
		if got := site.Actions(); !slices.Equal(got, want) {
			t.Errorf("trail %v, want %v", got, want)
		}
	})
}

// A library of another program is turned into questions.
func TestBringALibrary(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	chief := site.Person("Sam Imaginaire", right.Administrator, "")
	const library = `urn: urn:example:risk:library:demo
locale: fr
ref_id: DEMO
name: "Essai"
description: "Un essai"
version: 3
objects:
  framework:
    urn: urn:example:risk:framework:demo
    ref_id: DEMO
    name: "Essai"
    requirement_nodes:
    - {urn: "urn:example:risk:req_node:demo:2", assessable: false, depth: 1, ref_id: "2", name: "Sauvegardes"}
    - {urn: "urn:example:risk:req_node:demo:2.1", assessable: true, depth: 2, parent_urn: "urn:example:risk:req_node:demo:2", ref_id: "2.1", name: "Copier", importance: mandatory}
`
	at := chief.Want("bring", chief.Upload(shelfPath, "file", "demo.yaml", []byte(library)), http.StatusSeeOther).To()
	has(t, "preview", chief.Want("preview", chief.Get(at), http.StatusOK), "Essai", "Mettre en vigueur", "importance of requirements: not carried over (line 14)")
	site.Clock = site.Clock.Add(time.Hour)
	chief.Want("force", chief.Post(at, "note", "essai"), http.StatusSeeOther)
	has(t, "shelf", chief.Get(shelfPath), "Essai", "Apporté ici")
	const links = "urn: urn:example:risk:library:links\nobjects:\n  requirement_mapping_sets: []\n"
	has(t, "links", chief.Want("links", chief.Upload(shelfPath, "file", "links.yaml", []byte(links)), http.StatusUnprocessableEntity), "ce n’est pas un référentiel")
}

// Words of an unsure line that is no parameter can be completed, and say so.
func TestCompleteWords(t *testing.T) {
	site, m := newSite(t, storetest.SQLite(t))
	chief := site.Person("Sam Imaginaire", right.Administrator, "")
	path := shelfPath + "/care-d1/lines/criterion/directory-level-reached"
	chief.Want("sure lines are closed", chief.Get(shelfPath+"/care-d1/lines/objective/aim-1"), http.StatusNotFound)
	has(t, "one", chief.Want("one", chief.Get(path), http.StatusOK), "À compléter")
	has(t, "days", chief.Want("days", chief.Post(path, "source_fr", "annexe", "valid_from", "2026-02-01", "valid_until", "2026-01-01"), http.StatusUnprocessableEntity), "vient avant le premier")
	chief.Want("complete", chief.Post(path, "source_fr", "annexe", "title_fr", "Niveau 3 au moins", "valid_from", "2026-01-01"), http.StatusSeeOther)
	site.Clock = site.Clock.Add(time.Minute)
	has(t, "done", chief.Get(path), "Niveau 3 au moins", "Complété ici")
	if got := shippedFile(t, site, m, "care-d1"); !strings.Contains(got, "mark: completed") {
		t.Error("the mark did not change")
	}
}

// What is declared of structures decides verdicts: the category of a clinic, and what the members of a group weigh.
func TestDeclare(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, m := newSite(t, db)
		director := site.Person("Noa Prototype", right.Director, pagetest.Clinic)
		path := declareAddress(pagetest.Clinic)
		has(t, "form", director.Want("form", director.Get(path), http.StatusOK), "Activité combinée", "Établissement privé à but lucratif")
		for name, fields := range map[string][]string{"no source": {"category", "private"}, "no category": {"category", "ght", "source", "x"}, "half a unit": {"activity", "1,5", "year", "2025", "source", "x"},
			"no year": {"activity", "10", "source", "x"}, "a year to come": {"activity", "10", "year", "2027", "source", "x"}, "less than nothing": {"activity", "-1", "year", "2025", "source", "x"}} {
			director.Want(name, director.Post(path, fields...), http.StatusUnprocessableEntity)
		}
		director.Want("declare", director.Post(path, "category", "private", "activity", "12 500", "year", "2025", "source", "SAE 2025"), http.StatusSeeOther)
		director.Want("the same again", director.Post(path, "category", "private", "activity", "12500", "year", "2025"), http.StatusSeeOther)
		director.Want("of others", director.Get(declareAddress(pagetest.Hospital)), http.StatusNotFound)
		site.View(func(ctx context.Context, tx *store.Tx) error {
			set, err := m.Shelf.At(ctx, tx, site.Now())
			if err != nil {
				return err
			}
			clinic, err := territory.Get(ctx, tx, territory.Everything(), pagetest.Clinic)
			if err != nil {
				return err
			}
			p, _ := set.Find("care-d1")
			a, err := proof.Assess(ctx, tx, territory.Everything(), p, clinic, site.Now(), time.UTC)
			if v, _ := a.Verdict("D1.O6.B"); v.Status != referential.NotApplicable {
				t.Errorf("a private clinic is asked to converge: %s", v.Status)
			}
			sizes, errSizes := territory.Sizes(ctx, tx, territory.Everything(), pagetest.Clinic)
			if len(sizes) != 1 || sizes[0].Value != 12500 || sizes[0].Year != 2025 || sizes[0].Source != "SAE 2025" {
				t.Errorf("sizes %+v", sizes)
			}
			return errors.Join(err, errSizes)
		})
		if got := site.Actions(); !slices.Equal(got, []string{"structure.declare"}) {
			t.Errorf("trail %v", got)
		}
	})
}
