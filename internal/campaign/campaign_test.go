package campaign

import (
	"context"
	"fmt"
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
	"hygie/referential"
)

// games are exercises in memory.
type games struct {
	planned []Wish
	stand   map[string]Drill
}

func (g *games) Stories() []Story {
	return []Story{{ID: "night", Title: referential.Text{FR: "Une nuit", EN: "A night"}}}
}

func (g *games) Plan(_ context.Context, _ *store.Tx, _ territory.Scope, w Wish) (string, error) {
	g.planned = append(g.planned, w)
	return fmt.Sprintf("e%d", len(g.planned)), nil
}

func (g *games) Stand(context.Context, *store.Tx, territory.Scope, []string) (map[string]Drill, error) {
	return g.stand, nil
}

func newSite(t *testing.T, db *store.DB) (*pagetest.Site, *games) {
	t.Helper()
	site, g := pagetest.New(t, db), &games{stand: map[string]Drill{}}
	site.Serve(New(Options{DB: db, Trail: site.Trail, Drills: g, Now: site.Now}).Routes)
	return site, g
}

func has(t *testing.T, name string, p pagetest.Page, wants ...string) {
	t.Helper()
	text := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(p.Text)
	for _, want := range wants {
		absent := strings.HasPrefix(want, "!")
		if strings.Contains(text, strings.TrimPrefix(want, "!")) == absent {
			t.Errorf("%s: %q\n%s", name, want, p.Main())
		}
	}
}

// holds records an exercise of a structure.
func holds(t *testing.T, site *pagetest.Site, structure, source, kind string, management bool, on time.Time) {
	t.Helper()
	site.Update(func(ctx context.Context, tx *store.Tx) error {
		var all []proof.Fact
		for key, v := range map[string]referential.Value{"exercise.held": referential.Date(on), "exercise.kind": referential.Words(kind), "exercise.management": referential.YesNo(management)} {
			all = append(all, proof.Fact{Structure: structure, Key: key, Value: v, ObservedAt: on.Add(9 * time.Hour), Source: source, RecordedAt: site.Now(), RecordedBy: "test"})
		}
		return proof.Record(ctx, tx, territory.Everything(), all...)
	})
}

const at = "/structures/" + pagetest.Region + "/exercise-campaigns"

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

// What counts is counted by year, whatever it comes from: computers alone and exercises without the management do not.
func TestCoverage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		agency := site.Person("Alex Fictif", right.RegionalSupport, pagetest.Region)
		holds(t, site, pagetest.Hospital, "exercise/1", "care-continuity", true, day(2024, 12, 31))
		holds(t, site, pagetest.Hospital, "declaration/x", "care-continuity", true, day(2026, 1, 1))
		holds(t, site, pagetest.Clinic, "exercise/2", "it-continuity", true, day(2026, 2, 1))
		holds(t, site, pagetest.Clinic, "exercise/3", "care-continuity", false, day(2025, 2, 1))
		agency.Want("aim", agency.Post(at+"/targets", "year", "2026", "for", "all", "share", "60"), http.StatusSeeOther)
		agency.Want("aim again", agency.Post(at+"/targets", "year", "2026", "for", "all", "share", "80"), http.StatusSeeOther)
		agency.Want("aim high", agency.Post(at+"/targets", "year", "2026", "for", "essential", "share", "100"), http.StatusSeeOther)
		agency.Want("too much", agency.Post(at+"/targets", "year", "2026", "for", "all", "share", "101"), http.StatusUnprocessableEntity)
		agency.Want("essential", agency.Post(at+"/essential", "essential", pagetest.Clinic, "essential", "nothing"), http.StatusSeeOther)
		has(t, "essential", agency.Want("list", agency.Get(at+"/essential"), http.StatusOK), "Clinique des Trois-Érables", "checked")
		page := agency.Want("coverage", agency.Get(at), http.StatusOK)
		has(t, "coverage", page, "1 sur 2 (50 %)", "0 sur 1 (0 %)", "80 %", "<svg")
		want := "Année;Tous les établissements;Établissements;Cible, tous;Opérateurs de services essentiels;Opérateurs;Cible, opérateurs\r\n2023;0;2;0;0;1;0\r\n2024;1;2;0;0;1;0\r\n2025;0;2;0;0;1;0\r\n2026;1;2;80;0;1;100\r\n"
		if got := strings.TrimPrefix(string(agency.Get(at+"?format=csv").Body), "\ufeff"); got != want {
			t.Errorf("%q", got)
		}
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Clinic)
		officer.Want("who is an operator is for the agency", officer.Get("/structures/"+pagetest.Clinic+"/exercise-campaigns/essential"), http.StatusForbidden)
	})
}

// Establishments are invited, accept or decline; each sees its own invitation, the agency sees the answers.
func TestACampaign(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, games := newSite(t, db)
		agency := site.Person("Alex Fictif", right.RegionalInstructor, pagetest.Region)
		launch := []string{"title", "Nuit régionale", "story", "night", "audience", "missing", "opens", "2026-03-01", "closes", "2026-06-30", "note", "Répondez avant l’été."}
		for name, change := range map[string][]string{"no title": {"title", ""}, "no such story": {"story", "day"}, "it ends before": {"closes", "2026-02-01"}, "nobody": {"audience", "essential"}, "an unknown audience": {"audience", "friends"}} {
			agency.Want(name, agency.Post(at, append(slices.Clone(launch), change...)...), http.StatusUnprocessableEntity)
		}
		holds(t, site, pagetest.Clinic, "exercise/0", "care-continuity", true, day(2025, 2, 1)) // another year
		address := agency.Want("launch", agency.Post(at, launch...), http.StatusSeeOther).To()
		id := address[strings.LastIndex(address, "/")+1:]
		has(t, "campaign", agency.Want("campaign", agency.Get(address), http.StatusOK), "Clinique des Trois-Érables", "Centre hospitalier du Val-Doré", "Sans réponse")
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		mine := "/structures/" + pagetest.Hospital + "/exercise-invitations"
		has(t, "invited", officer.Want("invited", officer.Get(mine), http.StatusOK), "Nuit régionale", "Une nuit", "Répondez avant l’été", "!Trois-Érables")
		officer.Want("no day", officer.Post(mine+"/"+id, "act", "accept", "level-"+id, "2", "day-"+id, "demain"), http.StatusUnprocessableEntity)
		officer.Want("no level", officer.Post(mine+"/"+id, "act", "accept", "day-"+id, "2026-04-01T14:00"), http.StatusUnprocessableEntity)
		officer.Want("no reason", officer.Post(mine+"/"+id, "act", "decline"), http.StatusUnprocessableEntity)
		officer.Want("neither", officer.Post(mine+"/"+id, "act", "perhaps"), http.StatusConflict)
		officer.Want("not invited", officer.Post(mine+"/nothing", "act", "accept", "level-nothing", "2", "day-nothing", "2026-04-01T14:00"), http.StatusNotFound)
		officer.Want("decline", officer.Post(mine+"/"+id, "act", "decline", "reason-"+id, "Déménagement"), http.StatusSeeOther)
		if to := officer.Want("accept after all", officer.Post(mine+"/"+id, "act", "accept", "level-"+id, "2", "day-"+id, "2026-04-01T14:00"), http.StatusSeeOther).To(); to != "/structures/h1/exercises/e1" {
			t.Errorf("leads to %s", to)
		}
		if w := games.planned[0]; w.Structure != pagetest.Hospital || w.Story != "night" || w.Level != 2 || w.Day.Day() != 1 {
			t.Errorf("%+v", w)
		}
		officer.Want("accept twice", officer.Post(mine+"/"+id, "act", "accept", "level-"+id, "2", "day-"+id, "2026-04-01T14:00"), http.StatusConflict)
		officer.Want("too late to decline", officer.Post(mine+"/"+id, "act", "decline", "reason-"+id, "Trop tard"), http.StatusConflict)
		other := site.Person("Dominique Fictif", right.SecurityOfficer, pagetest.Clinic)
		other.Want("declines", other.Post("/structures/"+pagetest.Clinic+"/exercise-invitations/"+id, "act", "decline", "reason-"+id, "Certification en cours"), http.StatusSeeOther)
		games.stand["e1"] = Drill{Held: true, Counted: true, Answers: 4, Sum: 12}
		has(t, "answers", agency.Get(address), "Accepte", "Décline", "Certification en cours", "Compte", "à partir de 5 réponses", "!Déménagement", "!sur 5 (4")
		games.stand["e1"] = Drill{Held: true, Answers: 5, Sum: 19}
		has(t, "five answers of one establishment", agency.Get(address), "à partir de 5 réponses", "!3,8", "Tenu")
		csv := string(agency.Want("file", agency.Get(address+"?format=csv"), http.StatusOK).Body)
		if !strings.Contains(csv, "Clinique des Trois-Érables;Décline;;Certification en cours") || strings.Contains(csv, "3,8") {
			t.Errorf("%q", csv)
		}
		other.Want("accepts after all", other.Post("/structures/"+pagetest.Clinic+"/exercise-invitations/"+id, "act", "accept", "level-"+id, "1", "day-"+id, "2026-04-08T14:00"), http.StatusSeeOther)
		games.stand["e2"] = Drill{Held: true, Answers: 1, Sum: 5}
		has(t, "two establishments", agency.Get(address), "Utilité : 4,0 sur 5 (6 réponses)")
		stranger := site.Person("Autre Agence", right.RegionalSupport, pagetest.Group)
		stranger.Want("elsewhere", stranger.Get(address), http.StatusNotFound)
	})
}

// Answers to exercises under way are not counted, and four are too few.
func TestOpinion(t *testing.T) {
	for _, row := range []struct {
		name   string
		drills map[string]Drill
		ok     bool
		sum    int64
	}{
		{"nothing", nil, false, 0},
		{"four", map[string]Drill{"a": {Held: true, Answers: 2, Sum: 8}, "b": {Held: true, Answers: 2, Sum: 6}}, false, 14},
		{"five", map[string]Drill{"a": {Held: true, Answers: 2, Sum: 8}, "b": {Held: true, Answers: 3, Sum: 6}}, true, 14},
		{"five of one establishment", map[string]Drill{"a": {Held: true, Answers: 5, Sum: 20}, "b": {Held: true}}, false, 20},
		{"one is under way", map[string]Drill{"a": {Held: true, Answers: 2, Sum: 8}, "b": {Answers: 3, Sum: 6}}, false, 8},
	} {
		if sum, _, ok := opinion(row.drills); ok != row.ok || sum != row.sum {
			t.Errorf("%s: %d, %v", row.name, sum, ok)
		}
	}
}

func TestRightsOnCampaigns(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	site.FollowsTable(t)
}
