package exercise

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	drill "hygie/exercise"
	"hygie/exercise/chronogram"
	"hygie/exercise/openbas"
	"hygie/exercise/scenarios"
	"hygie/internal/bring/bringtest"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/sheet"
	"hygie/sheet/sheettest"
)

const shelf = "/structures/" + pagetest.Hospital + "/exercise-scenarios"

// ownAt reads the scenario at an address.
func ownAt(t *testing.T, site *pagetest.Site, address string) (o Own) {
	t.Helper()
	site.View(func(ctx context.Context, tx *store.Tx) (err error) {
		o, err = OwnByID(ctx, tx, territory.Everything(), pagetest.Hospital, address[strings.LastIndex(address, "/")+1:])
		return err
	})
	return o
}

func begins(t *testing.T, v *pagetest.Visitor, fields ...string) string {
	t.Helper()
	return v.Want("begin", v.Post(shelf, fields...), http.StatusSeeOther).To()
}

// A table of one's own makes a scenario that is played: rows that cannot be read are said with their number, formulas and merged cells are read, nothing is written before.
func TestATableBecomesAnExercise(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _, _ := newSite(t, db)
		animator := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		has(t, "empty", animator.Want("library", animator.Get(shelf), http.StatusOK), "Aucun scénario à vous")
		has(t, "no title", animator.Want("no title", animator.Post(shelf, "setting", "hospital"), http.StatusUnprocessableEntity), "Donnez un titre")
		address := begins(t, animator, "title", "Panne de nuit", "setting", "hospital", "care", "1")
		has(t, "no event", animator.Want("scenario", animator.Get(address), http.StatusOK), "Pas encore d’événement", "!Archive OpenBAS")
		animator.Want("no archive yet", animator.Get(address+"/openbas"), http.StatusConflict)
		table := sheettest.Table{Name: "Chronogramme", Merges: []string{"C3:C4"}, Rows: [][]string{
			{"N°", "Heure", "Émetteur", "Destinataire", "Moyen", "Objet", "Message", "Réaction attendue", "Condition", "Niveau"},
			{"", "13:55", "Animation", "", "", "DEBEX"},
			{"1", "14:00", "Standard", "Directrice de garde", "Appel téléphonique", "Plus de téléphone", "« Rien ne sonne. »", "- Portables sortis\n- Astreinte appelée"},
			{"2", "14:20", "", "Directrice de garde; Accueil", "Courriel", "Une demande", "Une rançon est demandée."},
			{"3", "bientôt", "Presse", "Accueil", "pigeon", "Une question", "« Êtes-vous piratés ? »"},
			{"4", "15:10", "=1+1", "Accueil", "Presse", "Un article", "", "", "sauf si 1", "intermédiaire"},
			{"5", "15:20", "Presse", "Accueil", "Presse", "Suite", "", "", "si 9"},
		}}
		file, err := sheettest.XLSX(table)
		if err != nil {
			t.Fatal(err)
		}
		draft, shown := bringtest.Preview(t, animator, address+"/import", "chronogramme.xlsx", file)
		has(t, "preview", shown, "Plus de téléphone", "repères", "n’est pas un temps", "n’est pas une voie connue", "n-9", "Directrice de garde")
		if o := ownAt(t, site, address); o.Ready() {
			t.Error("events were written before anybody agreed")
		}
		animator.Want("accept", bringtest.AcceptAll(t, animator, draft, shown), http.StatusSeeOther)
		o := ownAt(t, site, address)
		if len(o.Scenario.Stimuli) != 3 || o.Scenario.Stimuli[1].Minute != 25 || o.Scenario.Stimuli[1].From.FR != "Standard" || o.Scenario.Stimuli[1].Channel != drill.Mail ||
			o.Scenario.Stimuli[2].If == nil || o.Scenario.Stimuli[2].If.Stimulus != "n-1" || o.Scenario.Stimuli[2].Level != drill.Intermediate || len(o.Scenario.Stimuli[0].Expect) != 2 {
			t.Fatalf("%+v", o.Scenario.Stimuli)
		}
		if len(o.Scenario.Roles) != 3 || !o.Scenario.Roles[1].Management {
			t.Errorf("seats %+v", o.Scenario.Roles)
		}
		plan := animator.Want("plan", animator.Post(at, "exercises", "0", "scenario", o.value(), "level", "2", "day", "2026-03-24T14:00"), http.StatusSeeOther).To()
		if e := read(t, site, plan); len(e.Scenario.Stimuli) != 3 {
			t.Errorf("%d events are played", len(e.Scenario.Stimuli))
		}
		animator.Want("settings", animator.Post(address, "title", "Panne de jour", "summary", "Le jour", "management", "accueil", "beginner", "30", "intermediate", "80", "confirmed", "120"), http.StatusSeeOther)
		if o = ownAt(t, site, address); o.Scenario.Care || o.Scenario.Title.FR != "Panne de jour" || o.Scenario.Roles[1].Management || !o.Scenario.Roles[2].Management || o.Scenario.Minutes(drill.Beginner) != 30 {
			t.Errorf("%+v", o.Scenario)
		}
		has(t, "short", animator.Want("short", animator.Post(address, "title", "x", "beginner", "1", "intermediate", "80", "confirmed", "120"), http.StatusUnprocessableEntity), "minutes")
		stranger := site.Person("Autre Personne", right.SecurityOfficer, pagetest.Clinic)
		stranger.Want("elsewhere", stranger.Get("/structures/"+pagetest.Clinic+"/exercise-scenarios/"+o.ID), http.StatusNotFound)
		animator.Want("retire", animator.Post(address, "act", "retire"), http.StatusSeeOther)
		animator.Want("gone", animator.Get(address), http.StatusNotFound)
		animator.Want("not offered", animator.Post(at, "exercises", "0", "scenario", o.value(), "level", "2", "day", "2026-03-24T14:00"), http.StatusUnprocessableEntity)
		animator.Want("still there", animator.Get(plan), http.StatusOK)
	})
}

// What was exported comes back and changes nothing; one changed cell changes one event.
func TestExportedTablesComeBack(t *testing.T) {
	site, _, _ := newSite(t, storetest.SQLite(t))
	animator := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	address := begins(t, animator, "base", "ehpad-dimanche")
	before := ownAt(t, site, address).Scenario
	for _, lang := range []string{"fr", "en"} {
		animator.Lang = lang
		saved := animator.Want("csv", animator.Get(address+"?format=csv"), http.StatusOK).Body
		for name, file := range map[string][]byte{"saved.csv": saved, "saved.ods": ods(t, before, lang)} {
			_, shown := bringtest.Preview(t, animator, address+"/import", name, file)
			if row := shown.All(`name="shown" value="([0-9]+)"`); len(row) > 0 {
				t.Errorf("%s in %s would change rows %v:\n%s", name, lang, row, shown.Text)
			}
		}
	}
	animator.Lang = "fr"
	saved := animator.Get(address + "?format=csv").Body
	changed := strings.Replace(string(saved), "Les sonnettes ne sonnent plus", "Plus une sonnette", 1)
	draft, shown := bringtest.Preview(t, animator, address+"/import", "changed.csv", []byte(changed))
	animator.Want("accept", bringtest.AcceptAll(t, animator, draft, shown), http.StatusSeeOther)
	after := ownAt(t, site, address).Scenario
	for i, st := range after.Stimuli {
		was := before.Stimuli[i]
		if st.ID == "appels-malades" {
			if st.Subject.FR != "Plus une sonnette" || st.Text != was.Text {
				t.Errorf("%+v", st)
			}
		} else if st.Subject != was.Subject || st.Text != was.Text || len(st.Expect) != len(was.Expect) {
			t.Errorf("%s changed: %+v", st.ID, st)
		}
	}
}

// ods is the table of a scenario as another spreadsheet saves it.
func ods(t *testing.T, s *drill.Scenario, lang string) []byte {
	t.Helper()
	table := sheettest.Table{Name: "T", Rows: [][]string{chronogram.Keys()}}
	l := referential.French
	if lang == "en" {
		l = referential.English
	}
	for _, values := range chronogram.Rows(s, l) {
		var row []string
		for _, key := range chronogram.Keys() {
			row = append(row, sheet.SafeCell(values[key]))
		}
		table.Rows = append(table.Rows, row)
	}
	file, err := sheettest.ODS(table)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestArchivesComeAndGo(t *testing.T) {
	site, _, _ := newSite(t, storetest.SQLite(t))
	animator := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	all, err := scenarios.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if _, err := openbas.Write(&archive, all[0], drill.Confirmed, referential.French); err != nil {
		t.Fatal(err)
	}
	up := func(name string, content []byte, want int, fields ...string) pagetest.Page {
		return animator.Want(name, animator.Upload(shelf+"/upload", "file", name, content, fields...), want)
	}
	address := up("a.zip", archive.Bytes(), http.StatusSeeOther, "file_setting", "nursing_home").To()
	o := ownAt(t, site, address)
	if o.Scenario.Setting != drill.NursingHome || o.Scenario.Care || len(o.Scenario.Stimuli) != len(all[0].Stimuli) {
		t.Errorf("%s, care %v, %d events", o.Scenario.Setting, o.Scenario.Care, len(o.Scenario.Stimuli))
	}
	has(t, "care is not assumed", animator.Get(address), "ne compte pas")
	theirs, err := os.ReadFile("../../exercise/openbas/testdata/theirs.json")
	if err != nil {
		t.Fatal(err)
	}
	lossy := up("b.zip", zipped(t, theirs), http.StatusSeeOther, "file_care", "1").To()
	has(t, "losses", animator.Want("lossy", animator.Get(lossy), http.StatusOK), "n’a pas pu être repris", "1 attaque technique", "Chiffrement simulé", "Ce qui ne part pas")
	back := animator.Want("archive", animator.Get(lossy+"/openbas?level=1"), http.StatusOK)
	if _, _, err := openbas.Read(bytes.NewReader(back.Body), int64(len(back.Body)), "x", drill.Hospital); err != nil {
		t.Error(err)
	}
	file := animator.Want("file", animator.Get(lossy+"/file"), http.StatusOK)
	again := ownAt(t, site, up("c.yaml", file.Body, http.StatusSeeOther).To())
	if !again.Scenario.Care || len(again.Scenario.Stimuli) != 4 {
		t.Errorf("%+v", again.Scenario)
	}
	for name, content := range map[string]string{"d.zip": "PK\x03\x04 broken", "e.yaml": "id: x\ncolour: red", "f.yaml": ""} {
		has(t, name, up(name, []byte(content), http.StatusUnprocessableEntity), "ne donne pas de scénario")
	}
}
