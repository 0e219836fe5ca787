package overview_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/overview"
	"hygie/internal/pagetest"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/referential/packages"
)

const home = "/structures/" + pagetest.Hospital

// site is the pages of the module on a database, with the packages that come with the program.
func site(t testing.TB, db *store.DB) *pagetest.Site {
	t.Helper()
	all, err := packages.Load()
	if err != nil {
		t.Fatal(err)
	}
	links, err := packages.Links()
	if err != nil {
		t.Fatal(err)
	}
	shelf, err := proof.NewShelf(all, links)
	if err != nil {
		t.Fatal(err)
	}
	s := pagetest.New(t, db)
	s.Serve(overview.New(overview.Options{DB: db, Shelf: shelf, Trail: s.Trail, Now: s.Now, SignIn: "/sign-in",
		Setup: overview.Setup{Territory: "/load", People: "/invite"},
		Acts: map[string]overview.Act{
			"directory.audit":                   {Path: "/structures/{structure}/directory/new", Right: right.RunAudit},
			"plan.directory":                    {Path: "/structures/{structure}/directory/latest", Right: right.SeeAudit},
			"evidence.deposit":                  {Path: "/structures/{structure}/evidence/new", Right: right.AddProof},
			"evidence.deposit.convergence-plan": {Path: "/structures/{structure}/convergence", Right: right.EditActions},
		}}).Routes)
	return s
}

// measured records what an audit of a directory establishes.
func measured(s *pagetest.Site, structure string, level float64, atMost bool, day time.Time) {
	s.Update(func(ctx context.Context, tx *store.Tx) error {
		fact := func(key string, v referential.Value) proof.Fact {
			return proof.Fact{Structure: structure, Key: key, Value: v, ObservedAt: day, Source: "test/1", RecordedAt: day, RecordedBy: "p1"}
		}
		return proof.Record(ctx, tx, territory.Everything(), fact("directory.run", referential.Date(day)), fact("directory.level", referential.Number(level)),
			fact("directory.level_upper_bound", referential.YesNo(atMost)), fact("directory.failed.level1", referential.Number(0)), fact("directory.not_evaluated", referential.Number(0)))
	})
}

// plain writes the spaces that do not break as ordinary ones.
func plain(text string) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(text)
}

func says(p pagetest.Page, want string) bool { return strings.Contains(plain(p.Main()), want) }

// expect fails the test when a page lacks a text, or has one of those after a "!".
func expect(t *testing.T, name string, p pagetest.Page, texts ...string) {
	t.Helper()
	for _, text := range texts {
		unwanted, no := strings.CutPrefix(text, "!")
		if says(p, unwanted) == no {
			t.Errorf("%s: %q stands in the page: %v\n%s", name, unwanted, no, plain(p.Main()))
		}
	}
}

func TestAHomeForEachRole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		day := s.Clock.AddDate(0, 0, -3)
		measured(s, pagetest.Hospital, 2, true, day)
		measured(s, pagetest.Clinic, 4, false, day.AddDate(0, 0, -1))
		s.Update(func(ctx context.Context, tx *store.Tx) error {
			_, _, err := plan.Add(ctx, tx, territory.Everything(), plan.Action{Structure: pagetest.Hospital, Title: "Purger les comptes", Origin: plan.ByHand, DueOn: s.Clock.AddDate(0, 0, -9)}, s.Clock)
			return err
		})
		for _, row := range []struct {
			role      right.Role
			structure string
			texts     []string
		}{
			{right.Director, pagetest.Hospital, []string{"Centre hospitalier du Val-Doré", "Niveau 2 sur 5, au plus", "Purger les comptes", "1 en retard", "!Trois-Érables"}},
			{right.GroupCoordinator, pagetest.Group, []string{"GHT des Collines", "Actions en retard", "Centre hospitalier du Val-Doré", "!Trois-Érables"}},
			{right.RegionalInstructor, pagetest.Region, []string{"Région d’essai", "Trouver une structure", "Clinique des Trois-Érables", "Hors groupement", "!Actions en retard"}},
			{right.RegionalSupport, pagetest.Region, []string{"Région d’essai", "Actions en retard"}},
			{right.NationalSteering, pagetest.Nation, []string{"Par région", "Région d’essai", "!Trois-Érables", "!Val-Doré", "!Trouver une structure"}},
			{right.Administrator, "", []string{"Vous administrez l’installation", "Charger les structures", "!Val-Doré", "!Niveau 2"}},
			{"", "", []string{"Vous n’avez pas encore de rôle"}},
		} {
			name := "home of " + string(row.role)
			v := s.Person(name, row.role, row.structure)
			expect(t, name, v.Want(name, v.Get("/"), http.StatusOK), row.texts...)
			v.Lang = "en"
			v.Want(name+" in English", v.Get("/"), http.StatusOK)
		}
		if p := (s.Person("visitor", "", "")).Get("/"); p.Status != http.StatusOK {
			t.Errorf("home without a role: %d", p.Status)
		}
	})
}

func TestFiguresOfARegion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		measured(s, pagetest.Hospital, 1, false, s.Clock.AddDate(0, 0, -3))
		instructor := s.Person("instructor", right.RegionalInstructor, pagetest.Region)
		p := instructor.Want("home", instructor.Get("/"), http.StatusOK)
		if got := plain(p.Find(t, `Annuaires mesurés\s*</p><p class="stat-value">([^<]*)<`)); strings.TrimSpace(got) != "1" {
			t.Errorf("%q directories measured", got)
		}
		if got := p.Find(t, `level=none[^"]*">Jamais mesuré</a> *</th><td class="bars-count">(\d+)<`); got != "1" {
			t.Errorf("%s never measured, want the clinic", got)
		}
		if got := p.Find(t, `level=1">Niveau 1</a> *</th><td class="bars-count">(\d+)<`); got != "1" {
			t.Errorf("%s at level 1", got)
		}
	})
}

func TestTheListFiltersAndSorts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		measured(s, pagetest.Hospital, 3, false, s.Clock.AddDate(0, 0, -30))
		measured(s, pagetest.Clinic, 1, false, s.Clock.AddDate(0, 0, -3))
		instructor := s.Person("instructor", right.RegionalInstructor, pagetest.Region)
		const hospital, clinic, site = "Centre hospitalier du Val-Doré", "Clinique des Trois-Érables", "Site du Val-Doré"
		names := []string{hospital, clinic, site, "GHT des Collines", "Région d’essai"}
		listed := func(p pagetest.Page) (found []string) {
			body := p.Main()
			if i := strings.Index(body, "<tbody"); i >= 0 {
				body = body[i:]
			} else {
				body = ""
			}
			for _, name := range names {
				if strings.Contains(body, ">"+name+"</a>") {
					found = append(found, name)
				}
			}
			slices.SortFunc(found, func(a, b string) int { return strings.Index(body, ">"+a+"</a>") - strings.Index(body, ">"+b+"</a>") })
			return found
		}
		for name, row := range map[string]struct {
			query string
			want  []string
		}{
			"all":             {"", []string{hospital, clinic, "GHT des Collines", "Région d’essai", site}},
			"words":           {"?q=erable", []string{clinic}},
			"entities":        {"?kind=entity", []string{hospital, clinic}},
			"level":           {"?level=1", []string{clinic}},
			"never":           {"?level=none", nil},
			"never, sites":    {"?level=none&kind=establishment", []string{site}},
			"group":           {"?group=" + pagetest.Group, []string{hospital, "GHT des Collines", site}},
			"worst first":     {"?kind=entity&sort=level", []string{clinic, hospital}},
			"best first":      {"?kind=entity&sort=-level", []string{hospital, clinic}},
			"oldest first":    {"?kind=entity&sort=measured", []string{hospital, clinic}},
			"nonsense":        {"?level=9&kind=x&sort=password", []string{hospital, clinic, "GHT des Collines", "Région d’essai", site}},
			"percent is text": {"?q=%25", []string{hospital, clinic, "GHT des Collines", "Région d’essai", site}},
		} {
			if got := listed(instructor.Want(name, instructor.Get("/structures"+row.query), http.StatusOK)); !slices.Equal(got, row.want) {
				t.Errorf("%s: %v, want %v", name, got, row.want)
			}
		}
		instructor.Want("a group out of reach", instructor.Get("/structures?group="+pagetest.Nation), http.StatusNotFound)
		file := instructor.Want("export", instructor.Get("/structures?kind=entity&format=csv"), http.StatusOK)
		lines := strings.Split(strings.TrimSpace(string(file.Body)), "\r\n")
		if len(lines) != 3 || !strings.Contains(lines[1], ";3;2026-02-08") || !strings.Contains(lines[2], ";1;2026-03-07") {
			t.Errorf("export: %q", lines)
		}
		admin := s.Person("admin", right.Administrator, "")
		p := admin.Want("administrator", admin.Get("/structures?sort=-level"), http.StatusOK)
		if got := listed(p); len(got) != 5 || strings.Contains(p.Main(), "Niveau") {
			t.Errorf("the administrator sees %v, and levels: %v", got, strings.Contains(p.Main(), "Niveau"))
		}
		if got := listed(admin.Want("administrator asks for a level", admin.Get("/structures?level=1"), http.StatusOK)); got != nil {
			t.Errorf("an administrator finds by level: %v", got)
		}
	})
}

func TestTheNextActionIsOneThatCanBeDone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		officer, instructor := s.Person("officer", right.SecurityOfficer, pagetest.Hospital), s.Person("instructor", right.RegionalInstructor, pagetest.Region)
		next := func(v *pagetest.Visitor) string { return plain(v.Get(home).Find(t, `id="next-line">([^<]*)<`)) }
		if got := next(officer); got != "Lancez un audit de l’annuaire." {
			t.Errorf("before any audit: %q", got)
		}
		if !strings.Contains(officer.Get(home).Main(), `href="`+home+`/directory/new"`) {
			t.Error("the officer is not led to the audit")
		}
		if strings.Contains(instructor.Get(home).Main(), "/directory/new") {
			t.Error("an instructor is offered to start an audit")
		}
		measured(s, pagetest.Hospital, 1, false, s.Clock.AddDate(0, 0, -3))
		if got := next(officer); got != "Fermez d’abord les faiblesses critiques de l’annuaire." {
			t.Errorf("at level 1: %q", got)
		}
		if !strings.Contains(officer.Get(home).Main(), `href="`+home+`/directory/latest"`) || strings.Contains(instructor.Get(home).Main(), "/directory/latest") {
			t.Error("the findings are offered to the instructor, or not to the officer")
		}
		// A coordinator is led to the member that has to act.
		coordinator := s.Person("coordinator", right.GroupCoordinator, pagetest.Group)
		measured(s, pagetest.Hospital, 3, false, s.Clock.AddDate(0, 0, -2))
		if main := coordinator.Want("group", coordinator.Get("/structures/"+pagetest.Group), http.StatusOK).Main(); strings.Contains(main, "/structures/"+pagetest.Group+"/directory/new") {
			t.Error("the coordinator is led to audit the group itself")
		}
	})
}

func TestReplayAtAPastDay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		measured(s, pagetest.Hospital, 1, false, s.Clock.AddDate(0, 0, -40))
		measured(s, pagetest.Hospital, 3, false, s.Clock.AddDate(0, 0, -4))
		officer := s.Person("officer", right.SecurityOfficer, pagetest.Hospital)
		const page = home + "/referentials/care-d1"
		today := officer.Want("today", officer.Get(page), http.StatusOK)
		expect(t, "today", today, "Le niveau de l’annuaire était 3", "!telle qu’elle était connue", "déposer")
		past := officer.Want("a past day", officer.Get(page+"?au="+s.Clock.AddDate(0, 0, -20).Format(time.DateOnly)), http.StatusOK)
		expect(t, "a past day", past, "Le niveau de l’annuaire était 1", "Situation telle qu’elle était connue le 18 février 2026", "!déposer<", "!Lancer un audit")
		before := officer.Want("before everything", officer.Get(page+"?au=2025-01-01"), http.StatusOK)
		expect(t, "before everything", before, "!Le niveau de l’annuaire était")
		expect(t, "the future is today", officer.Want("a day to come", officer.Get(page+"?au=2030-01-01"), http.StatusOK), "Le niveau de l’annuaire était 3", "!telle qu’elle était connue")
		officer.Want("no day", officer.Get(page+"?au=demain"), http.StatusUnprocessableEntity)
		officer.Want("no package", officer.Get(home+"/referentials/xyz"), http.StatusNotFound)
		officer.Want("about something else", officer.Get(home+"/referentials/supplier-checklist"), http.StatusNotFound)
		officer.Want("not judged", officer.Get("/structures/"+pagetest.Place+"/referentials/care-d1"), http.StatusNotFound)
	})
}

func TestADocumentThatIsWrittenHereIsNotUploaded(t *testing.T) {
	s := site(t, storetest.SQLite(t))
	coordinator := s.Person("coordinator", right.GroupCoordinator, pagetest.Group)
	main := coordinator.Want("group", coordinator.Get("/structures/"+pagetest.Group+"/referentials/care-d1"), http.StatusOK).Main()
	if !strings.Contains(main, `href="/structures/g1/convergence"`) || strings.Contains(main, "kind=convergence-plan") || !strings.Contains(main, "/structures/g1/evidence/new?kind=converged-directory") {
		t.Errorf("the group is not led to write its path:\n%s", main)
	}
	officer := s.Person("officer", right.SecurityOfficer, pagetest.Hospital)
	main = officer.Want("hospital", officer.Get(home+"/referentials/care-d1"), http.StatusOK).Main()
	if strings.Contains(main, "/convergence") || !strings.Contains(main, "?kind=convergence-plan") {
		t.Errorf("a member is led to write the path of a group:\n%s", main)
	}
}

func TestSituationShowsWhatARoleMaySee(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		measured(s, pagetest.Hospital, 2, false, s.Clock.AddDate(0, 0, -3))
		for _, row := range []struct {
			role      right.Role
			structure string
			path      string
			status    int
			texts     []string
		}{
			{right.Director, pagetest.Hospital, home, 200, []string{"Niveau 2 sur 5", "Voir le dernier audit", "Plan d’actions", "Site du Val-Doré"}},
			{right.RegionalInstructor, pagetest.Region, home, 200, []string{"Niveau 2 sur 5", "!Voir le dernier audit", "!Voir le plan"}},
			{right.NationalSteering, pagetest.Nation, home, 200, []string{"Niveau 2 sur 5", "!Voir le dernier audit"}},
			{right.Administrator, "", home, 200, []string{"ne fait pas partie", "!Niveau 2", "!Voir le plan"}},
			{right.Director, pagetest.Clinic, home, 404, nil},
			{right.Director, pagetest.Hospital, "/structures/" + pagetest.Place, 200, []string{"s’apprécient pour l’entité juridique", "!CaRE"}},
			{right.GroupCoordinator, pagetest.Group, "/structures/" + pagetest.Group, 200, []string{"Membres du groupement", "Niveau 2 sur 5", "Ensemble des structures"}},
			{right.RegionalInstructor, pagetest.Region, "/structures/" + pagetest.Region, 200, []string{"Par groupement", "GHT des Collines", "!CaRE"}},
			{right.NationalInstructor, pagetest.Nation, "/structures/" + pagetest.Nation, 200, []string{"Par région"}},
		} {
			v := s.Person(string(row.role), row.role, row.structure)
			for _, lang := range []string{"en", "fr"} {
				v.Lang = lang
				p := v.Want(string(row.role)+" at "+row.path, v.Get(row.path), row.status)
				if lang == "fr" {
					expect(t, string(row.role)+" at "+row.path, p, row.texts...)
				}
			}
		}
	})
}

func TestAnEmptyInstallationSaysWhatToDoFirst(t *testing.T) {
	s := site(t, storetest.SQLite(t))
	admin := s.Person("admin", right.Administrator, "")
	s.Update(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `delete from membership`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from structure`)
		return err
	})
	p := admin.Want("home", admin.Get("/"), http.StatusOK)
	expect(t, "empty", p, "l’installation est vide", "Charger les structures", "Inviter les personnes", "!Vérifier l’installation")
	if !strings.Contains(p.Main(), `href="/load"`) {
		t.Error("the first step leads nowhere")
	}
}

// What was shown once serves again: the page of another referential says where, since when and until when.
func TestShownElsewhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		officer := s.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		held := time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)
		s.Update(func(ctx context.Context, tx *store.Tx) error {
			var facts []proof.Fact
			for key, v := range map[string]referential.Value{"exercise.held": referential.Date(held), "exercise.kind": referential.Words("care-continuity"),
				"exercise.management": referential.YesNo(true), "exercise.business": referential.YesNo(true)} {
				facts = append(facts, proof.Fact{Structure: pagetest.Hospital, Key: key, Value: v, ObservedAt: held, Source: "exercise/1", RecordedAt: held, RecordedBy: "t"})
			}
			return proof.Record(ctx, tx, territory.Everything(), facts...)
		})
		page := officer.Want("guide", officer.Get(home+"/referentials/recyf"), http.StatusOK)
		expect(t, "reused", page, "Déjà montré ailleurs", "Un exercice de crise cyber a eu lieu", "montré le 3 mars 2026", "valable jusqu’au 3 mars 2027", "en montre une partie")
		before := officer.Want("before", officer.Get(home+"/referentials/recyf?au=2026-03-01"), http.StatusOK)
		expect(t, "not yet", before, "!Déjà montré ailleurs")
	})
}

// What an administrator completed and what a new version changed are said on the page.
func TestCompletionsAndVersionsShow(t *testing.T) {
	s := site(t, storetest.SQLite(t))
	officer := s.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	page := home + "/referentials/care-d1"
	expect(t, "unsure", officer.Want("before", officer.Get(page), http.StatusOK), "Valeur officielle non publiée", "!Complété par l’administration. Source")
	s.Update(func(ctx context.Context, tx *store.Tx) error {
		a := referential.Amendment{LineRef: referential.LineRef{Kind: referential.CriterionLine, Code: "directory-level-reached"}, Source: referential.Source{Text: referential.Text{FR: "annexe 2, page 4"}}}
		return proof.Complete(ctx, tx, "care-d1", a, "p", s.Clock)
	})
	expect(t, "completed", officer.Get(page), "Complété par l’administration. Source : annexe 2, page 4")
	s.Update(func(ctx context.Context, tx *store.Tx) error {
		all, err := packages.Load()
		if err != nil {
			return err
		}
		shelf, err := proof.NewShelf(all, nil)
		if err != nil {
			return err
		}
		if _, err := shelf.Stock(ctx, tx, s.Clock); err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(p *referential.Package) bool { return p.ID == "care-d1" })
		file, err := referential.Write(all[i])
		if err != nil {
			return err
		}
		text := strings.NewReplacer("version: \"1.0\"", "version: \"1.1\"", "min_days: 45", "min_days: 40").Replace(string(file))
		newer, err := referential.Read("care-d1.yaml", []byte(text))
		if err != nil {
			return err
		}
		v, err := proof.Bring(ctx, tx, newer, []byte(text), "p", s.Clock)
		if err != nil {
			return err
		}
		return proof.PutInForce(ctx, tx, v, "p", "", s.Clock.Add(time.Hour))
	})
	s.Clock = s.Clock.Add(2 * time.Hour)
	expect(t, "a new version", officer.Get(page), "La version 1.1 est en vigueur depuis le 10 mars 2026", "est à revoir", "annexe 2, page 4")
}
