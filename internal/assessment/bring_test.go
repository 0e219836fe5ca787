package assessment

import (
	"net/http"
	"strings"
	"testing"

	"hygie/internal/bring/bringtest"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/referential"
	"hygie/sheet"
	"hygie/sheet/sheettest"
)

func TestAnswersFromASpreadsheet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		at := begin(officer, hospital)
		reply(officer, at, "trained", "none")
		officer.Want("form", officer.Get(at+"/import"), http.StatusOK)
		table := sheettest.Table{Name: "Réponses", Rows: [][]string{{"Mes réponses"}, {"Code", "Réponse", "Commentaire"}, {"COPIES", "Entièrement", "Bande hors ligne"}, {"restore", "souvent"}, {"restaurez-vous ?", "2"},
			{"trained", "pas du tout"}, {"absent", "oui"}, {"copies", "Pas du tout"}}}
		xlsx, err := sheettest.XLSX(table)
		if err != nil {
			t.Fatal(err)
		}
		ods, err := sheettest.ODS(table)
		if err != nil {
			t.Fatal(err)
		}
		var address string
		var p pagetest.Page
		files := map[string][]byte{"r.xlsx": xlsx, "r.ods": ods, "r.csv": sheettest.CSV(table)}
		for name, file := range files {
			address, p = bringtest.Preview(t, officer, at+"/import", name, file)
			for _, want := range []string{"Ligne 7 : question non reconnue (« absent »)", "Ligne 8 : « Copiez-vous ? » est déjà à la ligne 3", "réponse non reconnue (« souvent »)", "Bande hors ligne", "Entièrement"} {
				if !has(p, want) {
					t.Errorf("%s: the preview lacks %q:\n%s", name, want, p.Main())
				}
			}
			if rows := strings.Join(p.All(`name="shown" value="([0-9]+)"`), " "); rows != "3 5" {
				t.Errorf("%s: rows %s", name, rows)
			}
		}
		if p := officer.Get(at + "/questions/copies"); strings.Contains(p.Text, "Bande hors ligne") {
			t.Error("a preview recorded answers")
		}
		other, shown := bringtest.Preview(t, officer, at+"/import", "r.csv", []byte("Code;Réponse\ncopies;Pas du tout\n"))
		officer.Want("accept", bringtest.AcceptAll(t, officer, address, p), http.StatusSeeOther)
		for name, file := range files {
			if _, p := bringtest.Preview(t, officer, at+"/import", name, file); !has(p, "Rien à changer") {
				t.Errorf("%s again:\n%s", name, p.Main())
			}
		}
		// Whoever accepts what they saw before somebody else answered changes nothing, and sees what changed.
		officer.Want("late", bringtest.AcceptAll(t, officer, other, shown), http.StatusSeeOther)
		if p := officer.Get(other); !has(p, "Quelqu’un a changé quelque chose") || !has(p, "<del>Entièrement</del>") {
			t.Errorf("late:\n%s", p.Main())
		}
		// A table without comments takes none away.
		officer.Want("accept", bringtest.AcceptAll(t, officer, other, officer.Get(other)), http.StatusSeeOther)
		if p := officer.Get(at + "/questions/copies"); !has(p, "Bande hors ligne") {
			t.Errorf("the comment is gone:\n%s", p.Main())
		}
		reader := site.Person("Noa Inventé", right.RegionalInstructor, pagetest.Region)
		reader.Want("reader", reader.Get(at+"/import"), http.StatusForbidden)
	})
}

// The export of an audit by CISO Assistant, in each of its forms, answers the questions of the same text.
func TestAnAuditOfCISOAssistant(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		to := officer.Want("begin", officer.Post(hospital, "package", "anssi-hygiene-42"), http.StatusSeeOther).To()
		const urn = "urn:intuitem:risk:req_node:anssi-guide-hygiene:"
		table := sheettest.Table{Name: "Sheet1", Rows: [][]string{
			{"urn", "assessable", "ref_id", "name", "description", "compliance_result", "requirement_progress", "score", "observations"},
			{urn + "i", "False", "I", "Sensibiliser et former", "", "not_assessed", "to_do", "", ""},
			{urn + "1", "True", "1", "Former", "", "compliant", "done", "", "Plan de formation"},
			{urn + "2", "True", "2", "Sensibiliser", "", "partially_compliant", "in_progress", "2", ""},
			{urn + "2.r", "True", "2.R", "Charte", "", "non_compliant", "to_do", "", ""},
			{urn + "3", "True", "3", "Infogérance", "", "not_applicable", "done", "", ""},
			{urn + "4", "True", "4", "Connaître", "", "not_assessed", "to_do", "", ""},
			{urn + "999", "True", "999", "Ailleurs", "", "compliant", "done", "", ""},
			{"urn:intuitem:risk:req_node:iso27001-2022:5", "True", "5", "Another text", "", "compliant", "done", "", ""},
		}}
		xlsx, err := sheettest.XLSX(table)
		if err != nil {
			t.Fatal(err)
		}
		json := `{"name":"Audit","framework":{"urn":"urn:intuitem:risk:framework:anssi-guide-hygiene"},"requirement_assessments":[
			{"requirement":{"urn":"` + urn + `1","ref_id":"1"},"result":"compliant","observation":"Plan de formation"},
			{"requirement":"` + urn + `2","result":"partially_compliant","score":2},
			{"requirement":{"urn":"` + urn + `2.r"},"result":"non_compliant"},{"requirement":{"urn":"` + urn + `3"},"result":"not_applicable"}]}`
		for name, file := range map[string][]byte{"audit.csv": sheettest.CSV(table), "audit.xlsx": xlsx, "audit.json": []byte(json)} {
			address, p := bringtest.Preview(t, officer, to+"/import", name, file)
			for _, want := range []string{"Fait partout", "Fait en partie, ou pas partout", "Rien n’est fait", "Sans objet chez nous", "Plan de formation"} {
				if !has(p, want) {
					t.Errorf("%s lacks %q:\n%s", name, want, p.Main())
				}
			}
			if rows := len(p.All(`name="shown" value="([0-9]+)"`)); rows != 4 {
				t.Errorf("%s: %d answers:\n%s", name, rows, p.Main())
			}
			if name != "audit.json" && (!has(p, "Ligne 8 : question non reconnue (« 999 Ailleurs »)") || !has(p, "Ligne 9 : question non reconnue (« 5 Another text »)")) {
				t.Errorf("%s: a foreign line:\n%s", name, p.Main())
			}
			officer.Want("drop", officer.Post(address+"/drop"), http.StatusSeeOther)
		}
	})
}

func TestReadCISO(t *testing.T) {
	for name, one := range map[string]struct {
		file string
		rows int
		fail bool
	}{
		"a list":           {`[{"urn":"u","result":"compliant"},{"ref_id":"2","compliance_result":"x"}]`, 2, false},
		"pages of a list":  {`{"count":1,"results":[{"requirement":{"ref_id":"A"},"result":"compliant"}]}`, 1, false},
		"an archive":       {`{"objects":[{"model":"core.requirementassessment","fields":{"requirement":"urn:x","result":"compliant","score":3}}]}`, 1, false},
		"nothing of it":    {`{"a":[1,2,{"result":"compliant"}]}`, 0, false},
		"cut":              {`[{"urn":"u"`, 0, true},
		"deep":             {strings.Repeat("[", 100) + strings.Repeat("]", 100), 0, true},
		"not JSON":         {`{`, 0, true},
		"too many of them": {"[" + strings.Repeat(`{"urn":"u","result":"x"},`, mostLines) + `{"urn":"u","result":"x"}]`, 0, true},
	} {
		book, err := readCISO([]byte(one.file))
		switch {
		case (err != nil) != one.fail:
			t.Errorf("%s: %v", name, err)
		case err == nil && len(book.Sheets[0].Rows) != one.rows+1:
			t.Errorf("%s: %d rows", name, len(book.Sheets[0].Rows))
		}
	}
}

func TestResembles(t *testing.T) {
	for _, one := range []struct {
		framework, pkg string
		want           bool
	}{
		{"anssi-guide-hygiene", "anssi-hygiene-42", true}, {"recyf", "recyf", true}, {"hds-v2", "hds-v2", true}, {"iso27001-2022", "anssi-hygiene-42", false},
		{"anssi-mon-aide-cyber", "anssi-hygiene-42", false}, {"nis2-directive", "nis2-art21", false}, {"", "recyf", false},
	} {
		if got := resembles(one.framework, one.pkg); got != one.want {
			t.Errorf("%s, %s: %t", one.framework, one.pkg, got)
		}
	}
}

func FuzzReadCISO(f *testing.F) {
	f.Add([]byte(`{"results":[{"requirement":{"urn":"urn:a:risk:req_node:b:1"},"result":"compliant","score":2}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		book, err := readCISO(file)
		if err == nil && len(book.Sheets) != 1 {
			t.Error("a file without a table")
		}
		for _, r := range book.Sheets {
			if _, ok := sheet.FindHeader(r, nil); !ok {
				t.Error("a table without a header")
			}
		}
		complianceOf(referential.Question{}, string(file), string(file))
		cisoURN(string(file))
	})
}
