package overview_test

import (
	"net/http"
	"testing"

	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

// A page that looks back shows what was known then, and nothing of the present: neither the plan nor what to do.
func TestThePastIsShownAsItWasKnown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		measured(s, pagetest.Hospital, 2, false, s.Clock.AddDate(0, 0, -20)) // 18 February
		measured(s, pagetest.Hospital, 4, false, s.Clock.AddDate(0, 0, -3))  // 7 March
		director := s.Person("director", right.Director, pagetest.Hospital)
		coordinator := s.Person("coordinator", right.GroupCoordinator, pagetest.Group)
		for _, row := range []struct {
			name, path string
			texts      []string
		}{
			{"situation today", home, []string{"Niveau 4 sur 5", "Plan d’actions", "Revoir la situation à une date", "!telle qu’elle était connue"}},
			{"situation of the first measure", home + "?au=2026-02-18", []string{"telle qu’elle était connue le 18 février 2026", "Niveau 2 sur 5", "!Niveau 4", "!À faire maintenant", "!/actions\"", "?au=2026-02-18#r-", "Revenir à aujourd’hui"}},
			{"situation of the day before", home + "?au=2026-02-17", []string{"telle qu’elle était connue", "!Niveau 2", "!/directory/new"}},
			{"home of the first measure", "/?au=2026-02-20", []string{"telle qu’elle était connue le 20 février 2026", "Niveau 2 sur 5", "!Niveau 4", "!À faire maintenant", home + "?au=2026-02-20"}},
			{"a day that is not over", home + "?au=2026-03-10", []string{"!telle qu’elle était connue", "Niveau 4 sur 5"}},
		} {
			for _, lang := range []string{"en", "fr"} {
				director.Lang = lang
				if p := director.Want(row.name, director.Get(row.path), http.StatusOK); lang == "fr" {
					expect(t, row.name, p, row.texts...)
				}
			}
		}
		director.Want("no day", director.Get(home+"?au=2026-02-30"), http.StatusUnprocessableEntity)
		director.Want("no day at home", director.Get("/?au=hier"), http.StatusUnprocessableEntity)
		expect(t, "group", coordinator.Want("group", coordinator.Get("/structures/"+pagetest.Group+"?au=2026-02-20"), http.StatusOK), "telle qu’elle était connue", "Niveau 2 sur 5", "!Niveau 4")
		expect(t, "home of a group", coordinator.Want("home", coordinator.Get("/?au=2026-02-20"), http.StatusOK), "qu’au jour présent", "!Niveau")
	})
}
