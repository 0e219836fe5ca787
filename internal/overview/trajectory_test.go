package overview_test

import (
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
	"hygie/referential/packages"
)

// The axes are followed over the quarters, against targets that the structure sets, changes and takes back.
func TestTrajectory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		measured(s, pagetest.Hospital, 3, false, s.Clock.AddDate(0, -8, 0))
		director := s.Person("Dominique Fictif", right.Director, pagetest.Hospital)
		path := home + "/trajectory"
		page := director.Want("page", director.Get(path), http.StatusOK)
		expect(t, "page", page, "Gouvernance et résilience", "Aucune cible n’est fixée", "1 sur 7 (14 %)", "figure-axis-4-title")
		expect(t, "situation", director.Get(home), "Les quatre axes du programme", "1 sur 7", "à fixer")
		expect(t, "home", director.Get("/"), "Les quatre axes du programme")
		for _, row := range []struct {
			name, axis, on, share, source, want string
		}{
			{"no axis", "axis-9", "2026-12-31", "50", "x", "Choisissez un des axes"},
			{"no day", "axis-4", "", "50", "x", "date"},
			{"far away", "axis-4", "2199-12-31", "50", "x", "date proche"},
			{"too much", "axis-4", "2026-12-31", "101", "x", "de 0 à 100"},
			{"no number", "axis-4", "2026-12-31", "half", "x", "de 0 à 100"},
			{"no source", "axis-4", "2026-12-31", "50", " ", "où la cible est décidée"},
		} {
			expect(t, row.name, director.Want(row.name, director.Post(path, "axis", row.axis, "on", row.on, "share", row.share, "source", row.source), http.StatusUnprocessableEntity), row.want)
		}
		set := func(share string) {
			director.Want("set", director.Post(path, "axis", "axis-4", "on", "2026-12-31", "share", share, "source", "Projet d’établissement"), http.StatusSeeOther)
			s.Clock = s.Clock.Add(time.Minute)
		}
		set("50 %")
		expect(t, "set", director.Get(path), "50 %", "Cible", "31/12/2026")
		set("60")
		expect(t, "changed", director.Get(home), "60 % le 31/12/2026", "!50 % le")
		set("")
		expect(t, "taken back", director.Get(home), "à fixer", "!60 % le")
		if got := s.Actions(); !slices.Equal(got, []string{"trajectory.target", "trajectory.target", "trajectory.target"}) {
			t.Errorf("trail: %v", got)
		}
		agency := s.Person("Noa Inventé", right.RegionalInstructor, pagetest.Region)
		expect(t, "agency", agency.Want("agency", agency.Get(path), http.StatusOK), "!Fixer une cible")
		agency.Want("agency sets", agency.Post(path, "axis", "axis-4", "on", "2026-12-31", "share", "1", "source", "x"), http.StatusForbidden)
		agency.Want("agency sets under the name of the hospital", agency.Post(home+"/aims", "axis", "axis-4", "on", "2026-12-31", "share", "1", "source", "x"), http.StatusNotFound)
	})
}

// A region sets what its structures are to reach; each sees it beside its own target, and the region sees how far they are.
func TestARegionAims(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		keeper := standings(t, s, db)
		measured(s, pagetest.Hospital, 3, false, s.Clock.AddDate(0, -1, 0))
		if _, err := keeper.Count(t.Context(), db, 1); err != nil {
			t.Fatal(err)
		}
		agency := s.Person("Noa Inventé", right.RegionalInstructor, pagetest.Region)
		director := s.Person("Dominique Fictif", right.Director, pagetest.Hospital)
		region := "/structures/" + pagetest.Region
		page := agency.Want("page", agency.Get(region+"/trajectory"), http.StatusOK)
		expect(t, "page", page, "une fois par entité juridique", "Fixer une cible", "figure-axis-4-title", "1 sur ")
		agency.Want("no target for oneself", agency.Post(region+"/trajectory", "axis", "axis-4", "on", "2026-12-31", "share", "40", "source", "x"), http.StatusForbidden)
		expect(t, "wrong", agency.Want("wrong", agency.Post(region+"/aims", "axis", "axis-4", "on", "2026-12-31", "share", "140", "source", "x"), http.StatusUnprocessableEntity), "de 0 à 100")
		agency.Want("aim", agency.Post(region+"/aims", "axis", "axis-4", "on", "2026-12-31", "share", "40", "source", "Projet régional"), http.StatusSeeOther)
		expect(t, "aimed", agency.Get(region+"/trajectory"), "40 %", "31/12/2026", "!Aucune cible n’est fixée pour cet axe.Aucune")
		seen := director.Get(home + "/trajectory")
		expect(t, "seen below", seen, "Cible : ", "40 %")
		expect(t, "situation", director.Get(home), "40 % le 31/12/2026")
		s.Clock = s.Clock.Add(time.Minute)
		director.Want("own", director.Post(home+"/trajectory", "axis", "axis-4", "on", "2026-12-31", "share", "60", "source", "Projet d’établissement"), http.StatusSeeOther)
		expect(t, "both", director.Get(home+"/trajectory"), "Cible : ", "40 %", "60 %")
		expect(t, "the nearest counts", director.Get(home), "60 % le 31/12/2026", "!40 % le")
		director.Want("not for a director", director.Post(region+"/aims", "axis", "axis-4", "on", "2026-12-31", "share", "1", "source", "x"), http.StatusNotFound)
		steering := s.Person("Sacha Exemple", right.NationalSteering, pagetest.Nation)
		steering.Want("the nation aims", steering.Post("/structures/"+pagetest.Nation+"/aims", "axis", "axis-4", "on", "2027-12-31", "share", "90", "source", "Feuille de route"), http.StatusSeeOther)
		expect(t, "from above too", director.Get(home+"/trajectory"), "90 %", "60 %", "40 %")
	})
}

// The dates of the programme that the packages tell stand in the chart and in its table, with how sure they are.
func TestTrajectoryShowsTheDatesOfTheProgramme(t *testing.T) {
	s := site(t, storetest.SQLite(t))
	measured(s, pagetest.Hospital, 3, false, s.Clock.AddDate(0, -8, 0))
	director := s.Person("Dominique Fictif", right.Director, pagetest.Hospital)
	page := director.Want("page", director.Get(home+"/trajectory"), http.StatusOK)
	expect(t, "page", page, "Dates du programme", "fin des candidatures, CaRE, domaine 2", "31/10/2025", "figure-stone", "!19/04/2024")
}

// A region counts its structures by requirement, and each figure leads to what it is made of.
func TestTallies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		keeper := standings(t, s, db)
		measured(s, pagetest.Hospital, 3, false, s.Clock.AddDate(0, -1, 0))
		if _, err := keeper.CatchUp(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		agency := s.Person("Noa Inventé", right.RegionalInstructor, pagetest.Region)
		path := "/structures/" + pagetest.Region + "/standings"
		expect(t, "before the first count", agency.Want("page", agency.Get(path), http.StatusOK), "premier décompte est en cours")
		if _, err := keeper.Count(t.Context(), db, 1); err != nil {
			t.Fatal(err)
		}
		page := agency.Want("page", agency.Get(path+"?package=care-plan"), http.StatusOK)
		expect(t, "page", page, "Un annuaire audité", "Compté le", "Niveau de l’annuaire", "dernière mesure le", "!premier décompte")
		list := path + "/list?package=care-plan&line=directory&answer="
		met := agency.Want("met", agency.Get(list+"met"), http.StatusOK)
		expect(t, "met", met, "Un annuaire audité")
		if !strings.Contains(met.Main(), home+"/referentials/care-plan#r-directory") {
			t.Errorf("the hospital is not among those that meet it:\n%s", met.Main())
		}
		if others := agency.Get(list + "not_met"); strings.Contains(others.Main(), home+"/referentials/") {
			t.Error("the hospital is among those that do not")
		}
		if file := agency.Want("file", agency.Get(list+"met&format=csv"), http.StatusOK); len(file.Body) == 0 {
			t.Error("an empty file")
		}
		director := s.Person("Dominique Fictif", right.Director, pagetest.Clinic)
		director.Want("out of scope", director.Get(path), http.StatusNotFound)
		agency.Want("no package", agency.Get(path+"?package=none"), http.StatusNotFound)
		agency.Want("a hospital counts nothing", agency.Get(home+"/standings"), http.StatusNotFound)
		agency.Want("nor lists", agency.Get(home+"/standings/list"), http.StatusNotFound)
	})
}

// standings puts a keeper behind the site.
func standings(t *testing.T, s *pagetest.Site, db *store.DB) *proof.Standings {
	t.Helper()
	all, err := packages.Load()
	if err != nil {
		t.Fatal(err)
	}
	shelf, err := proof.NewShelf(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	keeper := proof.NewStandings(shelf, s.Now, time.UTC)
	db.SettleWith(keeper.Settle)
	return keeper
}

// A page that looks back shows the group of then.
func TestReplayAsksTheGroupOfThen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		director := s.Person("Dominique Fictif", right.Director, pagetest.Hospital)
		then := s.Clock.AddDate(0, 0, -10).Format(time.DateOnly)
		expect(t, "in the group", director.Get(home), "Groupements")
		s.Update(func(ctx context.Context, tx *store.Tx) error {
			return territory.Leave(ctx, tx, territory.Everything(), pagetest.Group, pagetest.Hospital, s.Clock.AddDate(0, 0, -1))
		})
		expect(t, "left", director.Get(home), "!Groupements")
		expect(t, "back then", director.Get(home+"?au="+then), "Groupements")
	})
}
