package overview_test

import (
	"context"
	"net/http"
	"testing"

	"hygie/internal/overview"
	"hygie/internal/pagetest"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential/packages"
)

// Each role is led to one thing that it can do: a sentence, a reason, a button.
func TestTheFirstThingToDoOfEachRole(t *testing.T) {
	for _, row := range []struct {
		name      string
		role      right.Role
		structure string
		hospital  float64 // level; 0: never measured
		late      bool
		texts     []string
		button    string // where it leads
	}{
		{"director in danger", right.Director, pagetest.Hospital, 1, true, []string{"Fermez d’abord les faiblesses critiques", "Niveau 1 le"}, home + "/directory/latest"},
		{"security officer in danger", right.SecurityOfficer, pagetest.Hospital, 1, true, []string{"Fermez d’abord les faiblesses critiques"}, home + "/directory/latest"},
		{"security officer without audit", right.SecurityOfficer, pagetest.Hospital, 0, false, nil, home + "/directory/new"},
		{"director without audit", right.Director, pagetest.Hospital, 0, false, nil, home + "/evidence/new"},
		{"coordinator, member in danger", right.GroupCoordinator, pagetest.Group, 1, false, []string{"1 annuaire est au niveau 1", "prendre le contrôle"}, "/structures?group=g1&kind=entity&level=1"},
		{"coordinator, calm", right.GroupCoordinator, pagetest.Group, 4, false, []string{"!au niveau 1"}, home + "/evidence/new"},
		{"agency, danger", right.RegionalInstructor, pagetest.Region, 1, true, []string{"1 annuaire est au niveau 1"}, "/structures?group=r1&kind=entity&level=1"},
		{"agency, nothing known", right.RegionalInstructor, pagetest.Region, 0, true, []string{"2 annuaires sur 2 n’ont jamais été mesurés", "!échéance"}, "/structures?group=r1&kind=entity&level=none"},
		{"support, late", right.RegionalSupport, pagetest.Region, 4, true, []string{"1 action a dépassé son échéance"}, "/actions?state=late"},
		{"support, nothing known", right.RegionalSupport, pagetest.Region, 4, false, []string{"1 annuaire sur 2 n’a jamais été mesuré"}, "/structures?group=r1&kind=entity&level=none"},
		{"steering", right.NationalSteering, pagetest.Nation, 1, true, []string{"Région d’essai : 2 annuaires sur 2 sont inconnus ou aux niveaux 1 et 2", "100 %", "!Val-Doré"}, "/structures/r1/standings"},
	} {
		t.Run(row.name, func(t *testing.T) {
			db := storetest.SQLite(t)
			s := site(t, db)
			if row.hospital > 0 {
				measured(s, pagetest.Hospital, row.hospital, false, s.Clock.AddDate(0, 0, -3))
			}
			if row.late {
				s.Update(func(ctx context.Context, tx *store.Tx) error {
					_, _, err := plan.Add(ctx, tx, territory.Everything(), plan.Action{Structure: pagetest.Hospital, Title: "Purger", Origin: plan.ByHand, DueOn: s.Clock.AddDate(0, 0, -9)}, s.Clock)
					return err
				})
			}
			v := s.Person(row.name, row.role, row.structure)
			p := v.Want("home", v.Get("/"), http.StatusOK)
			expect(t, row.name, p, row.texts...)
			panel := p.Find(t, `(?s)(<[^>]*class="next[^"]*".*?href="[^"]*")`)
			if got := (pagetest.Page{Text: panel}).Find(t, `href="([^"]*)"`); got != row.button {
				t.Errorf("the button leads to %q, want %q", got, row.button)
			}
		})
	}
}

// What waits in other modules comes before what referentials ask, and after a danger.
func TestWorkThatWaitsComesFirst(t *testing.T) {
	db := storetest.SQLite(t)
	all, err := packages.Load()
	if err != nil {
		t.Fatal(err)
	}
	shelf, err := proof.NewShelf(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := pagetest.New(t, db)
	attacked := false
	s.Serve(overview.New(overview.Options{DB: db, Shelf: shelf, Trail: s.Trail, Now: s.Now, SignIn: "/sign-in",
		Alarm: func(_ *web.Context, _ *store.Tx, at territory.Structure) (next ui.NextAction, err error) {
			if attacked {
				next.Line = "Incident en cours à " + string(at.ID)
			}
			return next, nil
		},
		Waits: func(_ *web.Context, _ *store.Tx, g right.Grant, at territory.Structure) (ui.NextAction, error) {
			return ui.NextAction{Line: "Un dossier attend " + string(g.Role) + " de " + string(at.ID), Why: "Depuis hier."}, nil
		}}).Routes)
	director, agency := s.Person("director", right.Director, pagetest.Hospital), s.Person("agency", right.RegionalInstructor, pagetest.Region)
	expect(t, "director", director.Get("/"), "Un dossier attend director de h1", "Depuis hier.")
	expect(t, "agency", agency.Get("/"), "Un dossier attend regional_instructor de r1")
	measured(s, pagetest.Hospital, 1, false, s.Clock.AddDate(0, 0, -3))
	expect(t, "director in danger", director.Get("/"), "Fermez d’abord", "!Un dossier attend")
	expect(t, "agency all the same", agency.Get("/"), "Un dossier attend regional_instructor de r1")
	attacked = true
	expect(t, "director under attack", director.Get("/"), "Incident en cours à h1", "!Fermez d’abord")
	expect(t, "the structure under attack", director.Get("/structures/h1"), "Incident en cours à h1", "!Fermez d’abord")
	expect(t, "the structure on a day before", director.Get("/structures/h1?au=2026-01-01"), "!Incident en cours")
}
