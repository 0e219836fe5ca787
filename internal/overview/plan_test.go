package overview_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"hygie/internal/pagetest"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// What a requirement lacks becomes an action, once, with what it answers; who may not write the plan is not offered it.
func TestARequirementGoesIntoThePlan(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		officer := s.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		const page = "/structures/" + pagetest.Hospital + "/referentials/care-d2"
		const step = "Déposez le document : la gouvernance de la continuité et de la reprise."
		expect(t, "before", officer.Want("before", officer.Get(page), http.StatusOK), step, "Ajouter au plan d’actions", "!Dans le plan d’actions")
		asked := officer.Want("ask", officer.Post(page+"/plan", "requirement", "pcra-governed"), http.StatusSeeOther)
		if !strings.HasSuffix(asked.To(), page+"#r-pcra-governed") {
			t.Errorf("leads to %s", asked.To())
		}
		expect(t, "after", officer.Get(page), "Dans le plan d’actions :", ">"+step+"</a>")
		officer.Want("again", officer.Post(page+"/plan", "requirement", "pcra-governed"), http.StatusSeeOther)
		s.View(func(ctx context.Context, tx *store.Tx) error {
			all, total, err := plan.List(ctx, tx, territory.Everything(), plan.Filter{Structure: pagetest.Hospital}, 10, 0)
			if err != nil || total != 1 {
				t.Fatalf("%d actions, %v", total, err)
			}
			a := all[0]
			if plain(a.Title) != step || a.Origin != plan.RequirementUnmet || a.OriginRef != "care-d2/pcra-governed" || a.OriginURL != page+"#r-pcra-governed" || a.Effort != plan.Low || a.Gain != plan.High {
				t.Errorf("action %+v", a)
			}
			if want := "La gouvernance de la continuité est en place (CaRE, domaine 2 : continuité et reprise d’activité)\n– La gouvernance est décrite"; plain(a.Detail) != want {
				t.Errorf("detail %q", a.Detail)
			}
			return nil
		})
		expect(t, "earlier day", officer.Get(page+"?au="+s.Clock.AddDate(0, 0, -2).Format("2006-01-02")), "!Ajouter au plan d’actions", "!Dans le plan d’actions")
		officer.Want("no such requirement", officer.Post(page+"/plan", "requirement", "nothing"), http.StatusNotFound)
		officer.Want("no such package", officer.Post("/structures/"+pagetest.Hospital+"/referentials/nothing/plan", "requirement", "pcra-governed"), http.StatusNotFound)
		measured(s, pagetest.Hospital, 3, false, s.Clock.AddDate(0, 0, -3))
		officer.Want("met already", officer.Post("/structures/"+pagetest.Hospital+"/referentials/care-plan/plan", "requirement", "directory"), http.StatusConflict)
		reader := s.Person("Lecture seule", right.RegionalInstructor, pagetest.Region)
		expect(t, "a reader", reader.Get(page), "!Ajouter au plan d’actions")
	})
}

// What is known to exist and not in full says so wherever it is listed, until somebody completes it.
func TestUnsureLinesSaySo(t *testing.T) {
	db := storetest.SQLite(t)
	s := site(t, db)
	officer := s.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	steering := s.Person("Pilotage", right.NationalSteering, pagetest.Nation)
	const note = "(contenu officiel non publié)"
	expect(t, "situation", officer.Want("situation", officer.Get("/structures/"+pagetest.Hospital), http.StatusOK), note)
	counted := "/structures/" + pagetest.Nation + "/standings?package="
	expect(t, "counts", steering.Want("counts", steering.Get(counted+"care-d1"), http.StatusOK), note)
	expect(t, "counts of what is sure", steering.Want("counts", steering.Get(counted+"care-plan"), http.StatusOK), "!"+note)
}

// The trajectory of an earlier day says what was known by then, and leads to pages of that day.
func TestTrajectoryOfAnEarlierDay(t *testing.T) {
	db := storetest.SQLite(t)
	s := site(t, db)
	officer := s.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	measured(s, pagetest.Hospital, 3, false, s.Clock.AddDate(0, 0, -3))
	const page = "/structures/" + pagetest.Hospital + "/trajectory"
	before := s.Clock.AddDate(0, 0, -10).Format("2006-01-02")
	expect(t, "today", officer.Want("today", officer.Get(page), http.StatusOK), "1 sur 7 demandes connues sont satisfaites aujourd’hui.", "Revoir la situation à une date", "Fixer une cible")
	then := officer.Want("then", officer.Get(page+"?au="+before), http.StatusOK)
	expect(t, "then", then, "0 sur 7 demandes connues étaient satisfaites le ", "care-plan?au="+before+"#r-directory", "!sont satisfaites aujourd’hui", "!Fixer une cible")
	expect(t, "no day", officer.Get(page+"?au=hier"), "1 sur 7 demandes connues sont satisfaites aujourd’hui.")
}
