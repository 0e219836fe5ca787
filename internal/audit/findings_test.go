package audit_test

import (
	"net/http"
	"strings"
	"testing"

	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

func TestFindingsBesideThePoints(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		run := audited(t, b)
		officer := b.Person("officer", right.SecurityOfficer, pagetest.Hospital)
		list := officer.Want("list", officer.Get(run+"/findings"), http.StatusOK)
		found := strings.Count(list.Main(), `<tr role="row"`) - 1
		if found < 1 {
			t.Fatalf("nothing found beside the points:\n%.3000s", list.Main())
		}
		all := officer.Want("all", officer.Get(run+"/findings?status=all"), http.StatusOK)
		if total := strings.Count(all.Main(), `<tr role="row"`) - 1; total <= found {
			t.Errorf("%d rules in all, %d of them found", total, found)
		}
		if none := officer.Want("no match", officer.Get(run+"/findings?q=zzzz"), http.StatusOK); !says(none, "Aucun") {
			t.Errorf("an empty list does not say so:\n%s", none.Main())
		}
		one := list.Find(t, `<a href="(`+run+`/findings/[^"]*)"`)
		page := officer.Want("one", officer.Get(one), http.StatusOK)
		if !says(page, "Mettre au plan d’actions") {
			t.Errorf("the finding cannot be planned:\n%.2000s", page.Main())
		}
		officer.Lang = "en"
		officer.Want("in English", officer.Get(one), http.StatusOK)
		officer.Lang = "fr"
		officer.Want("plan", officer.Post(one), http.StatusSeeOther)
		if again := officer.Get(one); !says(again, "Voir l’action") {
			t.Errorf("after planning the page says:\n%.2000s", again.Main())
		}
		clear := officer.Get(run+"/findings?status=clear").Find(t, `<a href="(`+run+`/findings/[^"]*)"`)
		officer.Want("plan what is clear", officer.Post(clear), http.StatusConflict)
		officer.Want("unknown", officer.Get(run+"/findings/none"), http.StatusNotFound)
		officer.Want("export", officer.Get(run+"/findings?format=csv"), http.StatusOK)
		instructor, stranger := b.Person("instructor", right.RegionalInstructor, pagetest.Region), b.Person("stranger", right.Director, pagetest.Clinic)
		for _, address := range []string{run + "/findings", one} {
			instructor.Want("instructor", instructor.Get(address), http.StatusForbidden)
			stranger.Want("stranger", stranger.Get(address), http.StatusNotFound)
		}
	})
}

// The management may leave a finding beside the points open for a time, as a point.
func TestAcceptingAFinding(t *testing.T) {
	b := newBench(t, storetest.SQLite(t))
	run := audited(t, b)
	officer, director := b.Person("officer", right.SecurityOfficer, pagetest.Hospital), b.Person("Dominique Fictif", right.Director, pagetest.Hospital)
	one := director.Get(run+"/findings?kind=beyond").Find(t, `<a href="(`+run+`/findings/[^"]*)"`)
	page := director.Want("the finding", director.Get(one), http.StatusOK)
	question := page.Find(t, `href="(`+home+`/findings/[^"]*/acceptance[^"]*)"`)
	officer.Want("the officer asks", officer.Get(question), http.StatusForbidden)
	asked := director.Want("the question", director.Get(question), http.StatusOK)
	if !says(asked, "Accepter ce risque pour un temps") {
		t.Errorf("the question:\n%.2000s", asked.Main())
	}
	accept, id := strings.SplitN(question, "?", 2)[0], run[strings.LastIndex(run, "/")+1:]
	wrong := director.Post(accept, "domain", "val.test", "run", id, "reason", "court", "until", "2026-03-01")
	director.Want("no reason, day passed", wrong, http.StatusUnprocessableEntity)
	saved := director.Want("accept", director.Post(accept, "domain", "val.test", "run", id, "reason", "Le fournisseur livre en mai", "until", "2026-06-01"), http.StatusSeeOther)
	if saved.To() != one {
		t.Errorf("leads to %q, want the finding %q", saved.To(), one)
	}
	if p := director.Get(one); !says(p, "Risque accepté jusqu’au 1er juin 2026") || !says(p, "Le fournisseur livre en mai") {
		t.Errorf("the finding does not say that it is accepted:\n%.2000s", p.Main())
	}
	if p := director.Get(run + "/findings?kind=beyond"); !says(p, "Risque accepté") {
		t.Error("the list does not say that it is accepted")
	}
	director.Want("withdraw", director.Post(accept, "domain", "val.test", "run", id, "withdraw", "1"), http.StatusSeeOther)
	if p := director.Get(one); says(p, "Risque accepté") {
		t.Error("withdrawn, and still shown")
	}
	director.Want("a finding that does not exist", director.Get(home+"/findings/none/acceptance?domain=val.test"), http.StatusNotFound)
}
