package asset

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/bring/bringtest"
	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/sheet/sheettest"
)

const at = "/structures/" + pagetest.Hospital + "/assets"

func newSite(t *testing.T, db *store.DB) *pagetest.Site {
	t.Helper()
	site := pagetest.New(t, db)
	site.Serve(New(Options{DB: db, Trail: site.Trail, Bring: bringtest.Wizard(t, site), Now: site.Now}).Routes)
	return site
}

func has(t *testing.T, name string, p pagetest.Page, wants ...string) {
	t.Helper()
	text := plain(p.Text)
	for _, want := range wants {
		absent := strings.HasPrefix(want, "!")
		if strings.Contains(text, strings.TrimPrefix(want, "!")) == absent {
			t.Errorf("%s: %q\n%s", name, want, p.Main())
		}
	}
}

// plain is a text whose spaces are all alike.
func plain(text string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(text)
}

func all(s *pagetest.Site) (assets []Asset) {
	s.View(func(ctx context.Context, tx *store.Tx) (err error) {
		assets, _, err = List(ctx, tx, territory.Everything(), pagetest.Hospital, Filter{}, 1_000_000, 0)
		return err
	})
	return assets
}

// inventory is a table as a hospital has it: a title above, columns in its own order and words, a total below.
func inventory() sheettest.Table {
	return sheettest.Table{Name: "Parc", Rows: [][]string{
		{"Inventaire du Val-Doré", "", "", "", "", "", ""},
		{"N° inventaire", "Désignation", "Type", "Criticité", "Unité", "Éditeur", "Fin de support"},
		{"A1", "Dossier patient", "Application", "Vitale", "Toutes", "Société Lambda", "31/12/2027"},
		{"A2", "Serveur de laboratoire", "Serveur", "4", "Laboratoire", "", "14/01/2020"},
		{"A3", "Scanner", "Modalité", "haute", "Imagerie", "Société Mu", ""},
		{"A4", "Commutateur du bâtiment B", "switch", "importante", "", "", "12/2025"},
		{"A5", "Étrange", "hélicoptère", "moyenne", "", "", "le 32 mars"},
		{"A3", "Scanner encore", "Autre", "", "", "", ""},
		{"", "", "", "", "", "", ""},
	}}
}

func formats(t *testing.T, table sheettest.Table) map[string][]byte {
	t.Helper()
	xlsx, err := sheettest.XLSX(table)
	if err != nil {
		t.Fatal(err)
	}
	ods, err := sheettest.ODS(table)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"parc.csv": sheettest.CSV(table), "parc.xlsx": xlsx, "parc.ods": ods}
}

func TestAnInventoryIsBrought(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		has(t, "empty", officer.Want("empty", officer.Get(at), http.StatusOK), "Aucun équipement", "/assets/import")
		has(t, "form", officer.Want("form", officer.Get(at+"/import"), http.StatusOK), "Colonnes comprises", "Nom (nécessaire)")
		files := formats(t, inventory())
		var shownFirst []string
		for _, name := range []string{"parc.xlsx", "parc.ods", "parc.csv"} {
			address, p := bringtest.Preview(t, officer, at+"/import", name, files[name])
			has(t, name, p, "Ligne 7 : « Type » : « hélicoptère » n’est pas compris", "Ligne 7 : « Fin de support » : « le 32 mars » n’est pas une date", "Ligne 8 : « Scanner encore » est déjà à la ligne 5", "titres à la ligne 2")
			rows := p.All(`name="shown" value="([0-9]+)"`)
			if shownFirst == nil {
				shownFirst = rows
			}
			if !slices.Equal(rows, []string{"3", "4", "5", "6"}) {
				t.Errorf("%s: rows %v", name, rows)
			}
			if n := len(all(site)); n != 0 {
				t.Fatalf("%s: a preview wrote %d assets", name, n)
			}
			if name != "parc.csv" {
				officer.Want("drop", officer.Post(address+"/drop"), http.StatusSeeOther)
				officer.Want("dropped", officer.Get(address), http.StatusNotFound)
				continue
			}
			officer.Want("accept", bringtest.AcceptAll(t, officer, address, p), http.StatusSeeOther)
			officer.Want("ended", officer.Get(address), http.StatusNotFound)
		}
		got := all(site)
		if len(got) != 4 || got[0].Name != "Dossier patient" || got[0].Kind != Application || got[0].Criticality != Vital || got[0].EndOfSupport != "2027-12-31" || got[2].EndOfSupport != "2025-12-31" || got[1].Criticality != Vital || got[3].Kind != Medical {
			t.Fatalf("assets %+v", got)
		}
		// The same file again, in whichever format, changes nothing.
		for name, file := range files {
			_, p := bringtest.Preview(t, officer, at+"/import", name, file)
			has(t, name+" again", p, "Rien à changer", "Colonnes lues comme la dernière fois", "!/accept")
		}
		// Our own export changes nothing either.
		for _, format := range []string{"csv"} {
			p := officer.Want("export", officer.Get(at+"?format="+format), http.StatusOK)
			_, p = bringtest.Preview(t, officer, at+"/import", "export."+format, p.Body)
			has(t, "export again", p, "Rien à changer")
		}
		facts := map[string]float64{}
		site.View(func(ctx context.Context, tx *store.Tx) error {
			list, err := proof.History(ctx, tx, territory.Everything(), pagetest.Hospital, "inventory.assets", "inventory.vital", "inventory.unsupported", "inventory.unowned")
			for _, f := range list {
				facts[f.Key] = f.Value.Number
			}
			return err
		})
		if facts["inventory.assets"] != 4 || facts["inventory.vital"] != 2 || facts["inventory.unsupported"] != 2 || facts["inventory.unowned"] != 2 {
			t.Errorf("facts %v", facts)
		}
		if acts := site.Actions(); !slices.Contains(acts, "bring.accept") {
			t.Errorf("the trail lacks the import: %v", acts)
		}
	})
}

// A changed row is shown beside what is there; what is absent stays unless a person says otherwise; what is unticked stays.
func TestADifferenceIsAccepted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		bringAll := func(csv string, more ...string) {
			t.Helper()
			address, p := bringtest.Preview(t, officer, at+"/import", "parc.csv", []byte(csv))
			officer.Want("accept", bringtest.AcceptAll(t, officer, address, p, more...), http.StatusSeeOther)
		}
		bringAll("Nom;Référence;Responsable\nAlpha;1;Réseau\nBeta;2;\nGamma;;\nDelta;4;\n")
		address, p := bringtest.Preview(t, officer, at+"/import", "parc.csv", []byte("Nom;Référence;Responsable\nAlpha;1;\nBeta bis;2;Équipe\nGamma;3;\nEpsilon;5;\n"))
		has(t, "difference", p, "<del>Beta</del>", "Beta bis", "Delta", "Retirer de la liste l’élément absent")
		ticked := bringtest.Ticked(t, p)
		for i := range ticked { // leave out Epsilon, on row 5
			if i > 0 && ticked[i-1] == "take" && ticked[i] == "5" {
				ticked[i] = ""
			}
		}
		officer.Want("accept", officer.Post(address+"/accept", ticked...), http.StatusSeeOther)
		names := func() (list []string) {
			for _, a := range all(site) {
				list = append(list, a.Name+"/"+a.Reference+"/"+a.Owner)
			}
			return list
		}
		if got := names(); !slices.Equal(got, []string{"Alpha/1/Réseau", "Beta bis/2/Équipe", "Delta/4/", "Gamma/3/"}) {
			t.Errorf("after: %v", got)
		}
		// A row that is refused does not make its thing absent.
		_, refusedPage := bringtest.Preview(t, officer, at+"/import", "parc.csv", []byte("Nom;Référence;Fin de support\nAlpha;1;jamais\nBeta bis;2;\nGamma;3;\n"))
		has(t, "refused", refusedPage, "Ligne 2 : « Fin de support »", "Retirer de la liste l’élément absent")
		// What was shown is no longer so: nothing is written.
		address, p = bringtest.Preview(t, officer, at+"/import", "parc.csv", []byte("Nom;Référence;Responsable\nAlpha;1;Autre\n"))
		ticked = bringtest.Ticked(t, p)
		bringAll("Nom;Référence;Responsable\nAlpha;1;Encore\n")
		officer.Want("late", officer.Post(address+"/accept", ticked...), http.StatusSeeOther)
		has(t, "late", officer.Get(address), "Quelqu’un a changé quelque chose", "<del>Encore</del>")
		// Absent ones go when a person says so, and may come back.
		bringAll("Nom;Référence\nAlpha;1\n", "retire", "1")
		if got := names(); !slices.Equal(got, []string{"Alpha/1/Encore"}) {
			t.Errorf("retired: %v", got)
		}
		bringAll("Nom;Référence\nAlpha;1\nDelta;4\n")
		if got := names(); !slices.Equal(got, []string{"Alpha/1/Encore", "Delta/4/"}) {
			t.Errorf("back: %v", got)
		}
	})
}

// Columns that say nothing are asked for, and the answer is remembered for the structure, not for others.
func TestColumnsAreToldOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		file := []byte("Colonne A;Colonne B\nAlpha;Réseau\nBeta;Système\n")
		address, p := bringtest.Preview(t, officer, at+"/import", "parc.csv", file)
		has(t, "asked", p, "À quoi servent les colonnes ?", "Colonne à trouver : Nom", "2 · Colonne B", "Alpha")
		officer.Want("tell", officer.Post(address+"/columns", "sheet", "0", "header", "1", "column-name", "1", "column-owner", "2"), http.StatusSeeOther)
		p = officer.Get(address)
		has(t, "told", p, "Alpha", "Système", "/accept")
		officer.Want("accept", bringtest.AcceptAll(t, officer, address, p), http.StatusSeeOther)
		_, p = bringtest.Preview(t, officer, at+"/import", "parc.csv", file)
		has(t, "remembered", p, "Colonnes lues comme la dernière fois", "Rien à changer")
		elsewhere := site.Person("Sacha Inventé", right.SecurityOfficer, pagetest.Clinic)
		_, p = bringtest.Preview(t, elsewhere, "/structures/"+pagetest.Clinic+"/assets/import", "parc.csv", file)
		has(t, "another structure", p, "À quoi servent les colonnes ?")
		elsewhere.Want("their draft", elsewhere.Get(address), http.StatusNotFound)
		reader := site.Person("Noa Inventé", right.RegionalInstructor, pagetest.Region)
		reader.Want("reader", reader.Get(at+"/import"), http.StatusForbidden)
	})
}

// What careless and hostile files hold is repaired or refused with the row and the reason.
func TestCarelessAndHostileFiles(t *testing.T) {
	site := newSite(t, storetest.SQLite(t))
	officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	xlsx := func(table sheettest.Table) string {
		file, err := sheettest.XLSX(table)
		if err != nil {
			t.Fatal(err)
		}
		return string(file)
	}
	var many strings.Builder
	many.WriteString("Nom;Référence\n")
	for i := range 100_000 {
		fmt.Fprintf(&many, "Poste %d;%d\n", i, i)
	}
	for name, one := range map[string]struct {
		file  string
		wants []string
	}{
		"merged down": {xlsx(sheettest.Table{Name: "S", Merges: []string{"B2:B4"}, Rows: [][]string{{"Nom", "Service de soins"}, {"Alpha", "Bloc"}, {"Beta"}, {"Gamma"}, {"Delta"}}}),
			[]string{"Ligne 2 : La valeur d’une cellule fusionnée vaut pour chaque ligne jusqu’à la 4", `Gamma[^R]*Bloc`}},
		"two rows of titles": {xlsx(sheettest.Table{Name: "S", Merges: []string{"B1:C1"}, Rows: [][]string{{"Matériel", "Fin", "", ""}, {"nom", "de support", "de contrat"}, {"Alpha", "2027-01-31", "2026-01-01"}}}),
			[]string{"Les titres tiennent sur deux lignes", "Alpha", "31"}},
		"titles repeated": {"Nom;Référence\nAlpha;1\nNom;Référence\nBeta;2\n", []string{"Ligne 3 : les titres y sont répétés", "Beta"}},
		"Windows-1252":    {"Nom;R\xe9f\xe9rence\nUrgences p\xe9diatriques;1\n", []string{"codé en Windows-1252", "Urgences pédiatriques"}},
		"UTF-16":          {"\xff\xfeN\x00o\x00m\x00;\x00I\x00d\x00\n\x00A\x00\xe9\x00;\x001\x00\n\x00", []string{"codé en UTF-16", "Aé"}},
		"formula":         {"Nom;Remarque\nAlpha;=1+1\n", []string{"=1\\+1"}},
		"too many rows":   {many.String(), []string{"Ligne 20.002 : un fichier peut avoir 20.000 lignes"}},
		"no name":         {"Nom;Référence\n;7\n", []string{"Ligne 2 : aucun nom"}},
		"long":            {"Nom\n" + strings.Repeat("a", 300) + "\nBeta\n", []string{"Ligne 2 : « Nom » est trop long : 200 caractères"}},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, p := bringtest.Preview(t, officer, at+"/import", "parc", []byte(one.file))
			t.Log(time.Since(start))
			for _, want := range one.wants {
				if p.Text = plain(p.Text); len(p.All("("+want+")")) == 0 {
					t.Errorf("lacks %q:\n%.3000s", want, p.Main())
				}
			}
		})
	}
	for name, one := range map[string]struct{ file, want string }{
		"an old workbook": {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", ".xls"},
		"a broken zip":    {"PK\x03\x04rest", "ni un ODS lisible"},
		"an image":        {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "ni un ODS lisible"},
		"nothing":         {"", "Aucun tableau"},
	} {
		has(t, name, officer.Want(name, officer.Upload(at+"/import", "file", "x", []byte(one.file)), http.StatusUnprocessableEntity), one.want)
	}
	if n := len(all(site)); n != 0 {
		t.Errorf("%d assets written by looking", n)
	}
}

func TestOneByOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		has(t, "form", officer.Want("form", officer.Get(at+"/new"), http.StatusOK), "Criticité")
		has(t, "nameless", officer.Want("nameless", officer.Post(at, "name", " "), http.StatusUnprocessableEntity), "Donnez-lui un nom")
		officer.Want("create", officer.Post(at, "name", "Pharmacie", "kind", "application", "criticality", "vital"), http.StatusSeeOther)
		has(t, "twice", officer.Want("twice", officer.Post(at, "name", "PHARMACIE"), http.StatusUnprocessableEntity), "a déjà cette référence ou ce nom")
		one := at + "/" + all(site)[0].ID
		has(t, "page", officer.Want("page", officer.Get(one), http.StatusOK), "Pharmacie", "Retirer de la liste")
		officer.Want("change", officer.Post(one, "name", "Pharmacie", "owner", "Réseau", "version", "1"), http.StatusSeeOther)
		has(t, "stale", officer.Want("stale", officer.Post(one, "name", "Autre", "version", "1"), http.StatusUnprocessableEntity), "pendant votre saisie")
		has(t, "list", officer.Get(at+"?q=réseau"), "Pharmacie")
		has(t, "filter", officer.Get(at+"?criticality=vital"), "!Pharmacie</a>")
		reader := site.Person("Noa Inventé", right.RegionalInstructor, pagetest.Region)
		has(t, "reader", reader.Want("reader", reader.Get(one), http.StatusOK), "Réseau", "!<textarea")
		reader.Want("reader changes", reader.Post(one, "name", "x", "version", "2"), http.StatusForbidden)
		officer.Want("retire", officer.Post(one+"/retire"), http.StatusSeeOther)
		has(t, "retired", officer.Want("retired", officer.Get(one), http.StatusOK), "Retiré le", "!<textarea")
		officer.Lang = "en"
		has(t, "English", officer.Want("English", officer.Get(at), http.StatusOK), "Equipment and applications")
	})
}
