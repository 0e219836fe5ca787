package declaration_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/declaration"
	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/referential/packages"
)

const home = "/structures/" + pagetest.Hospital + "/declarations"

func newSite(t *testing.T, db *store.DB) *pagetest.Site {
	t.Helper()
	all, err := packages.Load()
	if err != nil {
		t.Fatal(err)
	}
	shelf, err := proof.NewShelf(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	site := pagetest.New(t, db)
	site.Serve(declaration.New(declaration.Options{DB: db, Trail: site.Trail, Shelf: shelf, Now: site.Now}).Routes)
	return site
}

// known are the facts about the hospital that count, by key.
func known(site *pagetest.Site) map[string][]proof.Fact {
	site.T.Helper()
	all := map[string][]proof.Fact{}
	site.View(func(ctx context.Context, tx *store.Tx) error {
		facts, err := proof.FactsKnownAt(ctx, tx, territory.Everything(), pagetest.Hospital, site.Clock)
		for _, f := range facts {
			all[f.Key] = append(all[f.Key], f)
		}
		return err
	})
	return all
}

func has(t *testing.T, name string, p pagetest.Page, texts ...string) {
	t.Helper()
	main := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(p.Main())
	for _, text := range texts {
		unwanted, no := strings.CutPrefix(text, "!")
		if strings.Contains(main, unwanted) == no {
			t.Errorf("%s: %q stands in the page: %v\n%s", name, unwanted, no, main)
		}
	}
}

func TestDeclareSeeCorrect(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		has(t, "empty", officer.Want("empty", officer.Get(home), http.StatusOK), "Rien n’est déclaré", "Déclarer", "!/directory.level", "!auto-évaluation")
		form := officer.Want("form", officer.Get(home+"/mfa.remote/new"), http.StatusOK)
		has(t, "form", form, `type="radio"`, "À la date du", "Aucune pour l’instant")
		officer.Want("declare", officer.Post(home+"/mfa.remote", "value", "true", "on", "2026-03-02", "note", "Portail VPN"), http.StatusSeeOther)
		has(t, "fact", officer.Want("fact", officer.Get(home+"/mfa.remote"), http.StatusOK), "Oui, à la date du 2 mars 2026", "Camille Exemple", "Portail VPN", "Corriger")
		has(t, "list", officer.Get(home), "Sans preuve", "Camille Exemple", "!Rien n’est déclaré")
		has(t, "same again", officer.Want("same again", officer.Post(home+"/mfa.remote", "value", "true", "on", "2026-03-02", "note", "Portail VPN"), http.StatusUnprocessableEntity), "C’est déjà déclaré")

		before := known(site)["mfa.remote"]
		if len(before) != 1 || before[0].Source != "declaration/"+officer.Actor.Person || !before[0].Value.Bool {
			t.Fatalf("declared: %+v", before)
		}
		site.Clock = site.Clock.Add(time.Hour)
		corrects := home + "/mfa.remote/new?corrects=" + before[0].ID
		has(t, "correction", officer.Want("correction", officer.Get(corrects), http.StatusOK), "2026-03-02", "Portail VPN", "ne compte plus")
		officer.Want("correct", officer.Post(home+"/mfa.remote", "value", "false", "on", "2026-03-02", "corrects", before[0].ID), http.StatusSeeOther)
		if after := known(site)["mfa.remote"]; len(after) != 1 || after[0].Value.Bool || after[0].Corrects != before[0].ID {
			t.Errorf("corrected: %+v", after)
		}
		has(t, "history", officer.Get(home+"/mfa.remote"), "Corrigé depuis", "Non, à la date du 2 mars 2026", "Oui, à la date du 2 mars 2026")
		officer.Want("correct twice", officer.Post(home+"/mfa.remote", "value", "true", "on", "2026-03-02", "corrects", before[0].ID), http.StatusConflict)
		officer.Want("correct nothing", officer.Get(home+"/mfa.remote/new?corrects=none"), http.StatusNotFound)
		if got := site.Actions(); !slices.Equal(got, []string{"declaration.correct", "declaration.add"}) {
			t.Errorf("trail: %v", got)
		}
		officer.Lang = "en"
		for _, path := range []string{home, home + "/mfa.remote", home + "/mfa.remote/new", home + "/exercise.held/new"} {
			officer.Want(path, officer.Get(path), http.StatusOK)
		}
	})
}

func TestWhatCannotBeSaidIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		for _, row := range []struct {
			name, fact string
			fields     []string
			want       string
		}{
			{"nothing", "mfa.remote", []string{"on", "2026-03-01"}, "Donnez une réponse"},
			{"neither yes nor no", "mfa.remote", []string{"value", "maybe", "on", "2026-03-01"}, "Choisissez une des réponses"},
			{"no day", "mfa.remote", []string{"value", "true"}, "Donnez la date"},
			{"no day of the calendar", "mfa.remote", []string{"value", "true", "on", "2026-02-30"}, "date"},
			{"tomorrow", "backup.restored", []string{"value", "2026-03-11"}, "pas encore venue"},
			{"long ago", "backup.restored", []string{"value", "1026-03-11"}, "avant 1990"},
			{"no number", "budget.digital_share", []string{"value", "2 %", "on", "2026-03-01"}, "nombre"},
			{"endless", "budget.digital_share", []string{"value", "1e300", "on", "2026-03-01"}, "nombre"},
			{"not a number", "budget.digital_share", []string{"value", "NaN", "on", "2026-03-01"}, "nombre"},
			{"no such kind", "exercise.held", []string{"value", "2026-03-01", "with-exercise.kind", "party"}, "Choisissez une des réponses"},
			{"evidence of nobody", "mfa.remote", []string{"value", "true", "on", "2026-03-01", "evidence", "none"}, "preuve de cette structure"},
			{"a novel", "mfa.remote", []string{"value", "true", "on", "2026-03-01", "note", strings.Repeat("é", 2001)}, "2000"},
		} {
			has(t, row.name, officer.Want(row.name, officer.Post(home+"/"+row.fact, row.fields...), http.StatusUnprocessableEntity), row.want)
		}
		for _, fact := range []string{"directory.level", "assessment.anssi.score", "structure.category", "nothing.such"} {
			officer.Want(fact, officer.Get(home+"/"+fact+"/new"), http.StatusNotFound)
			officer.Want(fact, officer.Post(home+"/"+fact, "value", "1", "on", "2026-03-01"), http.StatusNotFound)
		}
		if facts := known(site); len(facts) != 0 {
			t.Errorf("recorded all the same: %v", facts)
		}
		director := site.Person("Dominique Fictif", right.Director, pagetest.Clinic)
		director.Want("elsewhere", director.Post(home+"/mfa.remote", "value", "true", "on", "2026-03-01"), http.StatusNotFound)
		helper := site.Person("Noa Inventé", right.RegionalInstructor, pagetest.Region)
		has(t, "reader", helper.Want("reader", helper.Get(home), http.StatusOK), "Rien n’est déclaré", "!ui.next")
		helper.Want("reader declares", helper.Post(home+"/mfa.remote", "value", "true", "on", "2026-03-01"), http.StatusForbidden)
	})
}

// What rules want of one observation is found together, also after somebody else corrected it.
func TestAnExerciseIsOneObservation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		director := site.Person("Dominique Fictif", right.Director, pagetest.Hospital)
		has(t, "part of an exercise", officer.Want("part", officer.Get(home+"/exercise.management/new"), http.StatusOK), "with-exercise.kind", "with-exercise.management")
		held := []string{"value", "2026-02-03", "with-exercise.kind", "care-continuity", "with-exercise.management", "true", "with-exercise.business", "true"}
		status := func() referential.Status {
			var reasons referential.Reason
			site.View(func(ctx context.Context, tx *store.Tx) error {
				s, err := territory.Get(ctx, tx, territory.Everything(), pagetest.Hospital)
				if err != nil {
					return err
				}
				all, err := packages.Load()
				if err != nil {
					return err
				}
				i := slices.IndexFunc(all, func(p *referential.Package) bool { return p.ID == "care-d1" })
				a, err := proof.Assess(ctx, tx, territory.Everything(), all[i], s, site.Clock, time.UTC)
				for _, v := range a.Requirements {
					for _, one := range v.Criteria {
						for _, f := range v.UsedFacts {
							if f.Key == "exercise.held" && !one.Advice {
								reasons = one.Reasons
							}
						}
					}
				}
				return err
			})
			return reasons.Status
		}
		officer.Want("declare", officer.Post(home+"/exercise.held", held...), http.StatusSeeOther)
		if got := status(); got != referential.Met {
			t.Errorf("an exercise of everybody: %s", got)
		}
		first := known(site)["exercise.held"][0]
		site.Clock = site.Clock.Add(time.Minute)
		has(t, "forgotten", director.Want("forgotten", director.Post(home+"/exercise.held", "value", "2026-02-03", "corrects", first.ID), http.StatusUnprocessableEntity), "répondez ici aussi")
		held[5] = "false"
		director.Want("correct", director.Post(home+"/exercise.held", append(held, "corrects", first.ID)...), http.StatusSeeOther)
		if got := status(); got != referential.NotMet {
			t.Errorf("an exercise without the management: %s", got)
		}
		for _, key := range []string{"exercise.held", "exercise.kind", "exercise.management", "exercise.business"} {
			if facts := known(site)[key]; len(facts) != 1 || facts[0].Source != "declaration/"+director.Actor.Person || !facts[0].ObservedAt.Equal(known(site)["exercise.held"][0].ObservedAt) {
				t.Errorf("%s: %+v", key, facts)
			}
		}
		has(t, "page", director.Get(home+"/exercise.held"), "La participation de la direction : non")
	})
}

// A declaration that should never have been made is withdrawn with its reason: with all that was said beside it, it counts no more and stays readable.
func TestWithdraw(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		held := []string{"value", "2026-02-03", "with-exercise.kind", "care-continuity", "with-exercise.management", "true"}
		officer.Want("declare", officer.Post(home+"/exercise.held", held...), http.StatusSeeOther)
		facts := known(site)
		if len(facts["exercise.held"]) != 1 || len(facts["exercise.kind"]) != 1 {
			t.Fatalf("declared: %v", facts)
		}
		id := facts["exercise.held"][0].ID
		site.Clock = site.Clock.Add(time.Hour)
		has(t, "form", officer.Want("form", officer.Get(home+"/exercise.held/withdraw?of="+id), http.StatusOK), "3 février 2026", "Pourquoi", "continuité des soins")
		has(t, "no reason", officer.Want("no reason", officer.Post(home+"/exercise.held/withdraw", "of", id, "reason", "  "), http.StatusUnprocessableEntity), "Dites en quelques mots")
		officer.Want("withdraw", officer.Post(home+"/exercise.held/withdraw", "of", id, "reason", "Exercice d’un autre établissement"), http.StatusSeeOther)
		if left := known(site); len(left["exercise.held"])+len(left["exercise.kind"])+len(left["exercise.management"]) != 0 {
			t.Errorf("still counts: %v", left)
		}
		has(t, "history", officer.Get(home+"/exercise.held"), "Déclaration retirée", "Exercice d’un autre établissement", "Corrigé depuis")
		has(t, "list", officer.Get(home), "Rien n’est déclaré")
		officer.Want("twice", officer.Post(home+"/exercise.held/withdraw", "of", id, "reason", "encore"), http.StatusConflict)
		officer.Want("nothing", officer.Get(home+"/exercise.held/withdraw?of=none"), http.StatusNotFound)
		if got := site.Actions(); !slices.Equal(got, []string{"declaration.withdraw", "declaration.add"}) {
			t.Errorf("trail: %v", got)
		}
		reader := site.Person("Noa Inventé", right.RegionalInstructor, pagetest.Region)
		reader.Want("reader", reader.Post(home+"/exercise.held/withdraw", "of", id, "reason", "x"), http.StatusForbidden)
		officer.Want("declare again", officer.Post(home+"/exercise.held", held...), http.StatusSeeOther)
		if again := known(site)["exercise.held"]; len(again) != 1 {
			t.Errorf("declared again: %v", again)
		}
	})
}
