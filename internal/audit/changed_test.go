package audit_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"hygie/directory/generate"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

func TestAnyTwoRunsAreCompared(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		alone := officer.Want("no run", officer.Get(home+"/changes"), http.StatusOK)
		if !says(alone, "Il faut deux passages terminés") {
			t.Errorf("without runs:\n%.2000s", alone.Main())
		}
		var runs []string
		for i, w := range []generate.Weaknesses{generate.Demo, generate.Healthy, generate.Demo} {
			runs = append(runs, deposit(t, officer, "val.hygie", directoryOf(t, b.Clock.AddDate(0, 0, -60+20*i), w)))
			b.work(t)
			b.Clock = b.Clock.Add(time.Second)
		}
		id := func(run string) string { return run[strings.LastIndex(run, "/")+1:] }
		for _, row := range []struct {
			name, query string
			want        []string
			never       string
		}{
			{"by default the last two", "", []string{"Le niveau a baissé", "Réapparu", "CN=krbtgt,CN=Users,DC=val,DC=test", "Chemins ouverts et fermés"}, "Il faut deux passages"},
			{"the first two", "?before=" + id(runs[0]) + "&after=" + id(runs[1]), []string{"Le niveau paraît meilleur", "Corrigé", "Fermé"}, "nothing of the kind"},
			{"in the wrong order", "?before=" + id(runs[1]) + "&after=" + id(runs[0]), []string{"Le niveau paraît meilleur"}, "Le niveau a baissé"},
			{"the first and the last", "?before=" + id(runs[0]) + "&after=" + id(runs[2]), []string{"Le niveau n’a pas changé"}, "Le niveau a baissé"},
			{"with a filter", "?before=" + id(runs[0]) + "&after=" + id(runs[1]) + "&q=krbtgt", []string{"CN=krbtgt"}, "CN=AdminSDHolder,CN=System,DC=val,DC=test</div>"},
		} {
			page := officer.Want(row.name, officer.Get(home+"/changes"+row.query), http.StatusOK)
			for _, want := range row.want {
				if !says(page, want) {
					t.Errorf("%s: does not say %q", row.name, want)
				}
			}
			if says(page, row.never) {
				t.Errorf("%s: says %q", row.name, row.never)
			}
		}
		if page := officer.Get(home + "/changes"); strings.Count(page.Main(), "trend-dot") != 3 {
			t.Errorf("the trend has %d measures, want all three", strings.Count(page.Main(), "trend-dot"))
		}
		file := officer.Want("export", officer.Get(home+"/changes?format=csv"), http.StatusOK)
		if strings.Count(string(file.Body), "\r\n") < 3 || b.Actions()[0] != "audit.export" {
			t.Errorf("export:\n%.500s\n%v", file.Body, b.Actions())
		}
		officer.Want("a run that is not there", officer.Get(home+"/changes?before=nothing"), http.StatusNotFound)
		officer.Lang = "en"
		officer.Want("in English", officer.Get(home+"/changes"), http.StatusOK)
		stranger := b.Person("stranger", right.SecurityOfficer, pagetest.Clinic)
		stranger.Want("a stranger", stranger.Get(home+"/changes"), http.StatusNotFound)
		there := strings.Replace(home, pagetest.Hospital, pagetest.Clinic, 1)
		stranger.Want("runs of another", stranger.Get(there+"/changes?before="+id(runs[0])+"&after="+id(runs[1])), http.StatusNotFound)
	})
}
