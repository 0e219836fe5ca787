package assessment

import (
	"net/http"
	"strings"
	"testing"

	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

func TestAnswersFromASpreadsheet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		at := begin(officer, hospital)
		reply(officer, at, "trained", "none")
		officer.Want("form", officer.Get(at+"/import"), http.StatusOK)
		look := func(name, csv string, fields ...string) pagetest.Page {
			return officer.Want(name, officer.Upload(at+"/import", "file", "réponses.csv", []byte(csv), fields...), http.StatusOK)
		}
		const file = "Mes réponses;;\nCode;Réponse;Commentaire\nCOPIES;Entièrement;Bande hors ligne\nrestore;souvent;\nrestaurez-vous ?;2;\ntrained;pas du tout;\nabsent;oui;\ncopies;Pas du tout;\n"
		p := look("preview", file)
		for _, want := range []string{"Ligne 7 : question non reconnue (« absent »)", "Ligne 8 : question déjà répondue à la ligne 3", "réponse non reconnue (« souvent »)", "À reprendre : 2. Déjà répondu de même : 1.", "Bande hors ligne"} {
			if !has(p, want) {
				t.Errorf("the preview lacks %q:\n%s", want, p.Main())
			}
		}
		accept := []string{"take", "copies", "choice-copies", "full", "note-copies", "Bande hors ligne", "seen-copies", "", "take", "restore", "choice-restore", "part", "seen-restore", ""}
		if p := officer.Get(at + "/questions/copies"); strings.Contains(p.Text, "Bande hors ligne") {
			t.Error("a preview recorded answers")
		}
		officer.Want("no choice", officer.Post(at+"/import/accept", "take", "copies", "choice-copies", "perhaps", "seen-copies", ""), http.StatusUnprocessableEntity)
		officer.Want("accept", officer.Post(at+"/import/accept", accept...), http.StatusSeeOther)
		if p := look("again", file); !has(p, "À reprendre : 0. Déjà répondu de même : 3.") || strings.Contains(p.Text, "/import/accept") {
			t.Errorf("the same file again:\n%s", p.Main())
		}
		// Whoever accepts what they saw before somebody else answered changes nothing.
		accept[3] = "none"
		officer.Want("late", officer.Post(at+"/import/accept", accept...), http.StatusSeeOther)
		if p := officer.Get(at); !has(p, "entre-temps : 2") {
			t.Errorf("late:\n%s", p.Main())
		}
		// Columns that say nothing are asked for.
		if p := look("columns", "A;B\ncopies;Pas du tout\n"); !has(p, "Dites à quoi servent les colonnes") || !has(p, "2 : B") {
			t.Errorf("columns:\n%s", p.Main())
		}
		if p := look("told", "A;B\ncopies;Pas du tout\n", "column-code", "1", "column-answer", "2"); !has(p, "À reprendre : 1.") {
			t.Errorf("told:\n%s", p.Main())
		}
		if p := officer.Want("no sheet", officer.Upload(at+"/import", "file", "x.xls", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")), http.StatusUnprocessableEntity); !has(p, "XLSX") {
			t.Errorf("old:\n%s", p.Main())
		}
		officer.Lang = "en"
		officer.Want("in English", officer.Get(at+"/import"), http.StatusOK)
		look("preview in English", file)
		reader := site.Person("Noa Inventé", right.RegionalInstructor, pagetest.Region)
		reader.Want("reader", reader.Get(at+"/import"), http.StatusForbidden)
	})
}
