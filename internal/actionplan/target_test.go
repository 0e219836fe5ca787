package actionplan_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/bring/bringtest"
	"hygie/internal/pagetest"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/sheet/sheettest"
)

// plain is the text of a page whose spaces are all alike.
func plain(p pagetest.Page) string {
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(p.Text)
}

// planOf lists the plan of the hospital, by title.
func planOf(s *pagetest.Site) map[string]plan.Action {
	all := map[string]plan.Action{}
	s.View(func(ctx context.Context, tx *store.Tx) error {
		list, _, err := plan.List(ctx, tx, territory.Everything(), plan.Filter{Structure: pagetest.Hospital}, 500, 0)
		for _, a := range list {
			all[a.Title] = a
		}
		return err
	})
	return all
}

func TestAPlanIsBrought(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		officer := s.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		member(s, officer)
		s.Update(func(ctx context.Context, tx *store.Tx) error {
			_, _, err := plan.Add(ctx, tx, territory.Everything(), plan.Action{Structure: pagetest.Hospital, Title: "Écrire la procédure dégradée", Origin: plan.ByHand, Detail: "à la main"}, s.Clock)
			return err
		})
		table := sheettest.Table{Name: "Plan", Rows: [][]string{
			{"N°", "Mesure", "Statut", "Responsable", "Échéance", "Priorité", "Charge", "Budget", "Remarque"},
			{"12", "Segmenter le réseau biomédical", "En cours", "camille exemple", "30/06/2026", "haute", "XL", "12 000 €", "par étapes"},
			{"13", "Tester une restauration", "Terminé", "Société Lambda", "", "3", "", "", ""},
			{"14", "écrire la PROCÉDURE dégradée", "à faire", "", "15/05/2026", "", "", "", ""},
			{"15", "Changer de pare-feu", "peut-être", "", "", "", "", "douze", ""},
			{"16", "", "à faire", "", "", "", "", "", ""},
		}}
		xlsx, err := sheettest.XLSX(table)
		if err != nil {
			t.Fatal(err)
		}
		ods, err := sheettest.ODS(table)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string][]byte{"plan.csv": sheettest.CSV(table), "plan.xlsx": xlsx, "plan.ods": ods}
		var address string
		var p pagetest.Page
		for name, file := range files {
			address, p = bringtest.Preview(t, officer, home+"/import", name, file)
			for _, want := range []string{"Ligne 5 : « État » : « peut-être »", "Ligne 5 : « Coût » : « douze »", "Ligne 6 : aucun titre"} {
				if !strings.Contains(plain(p), want) {
					t.Errorf("%s lacks %q:\n%s", name, want, p.Main())
				}
			}
			if rows := p.All(`name="shown" value="([0-9]+)"`); !slices.Equal(rows, []string{"2", "3", "4"}) {
				t.Errorf("%s: rows %v", name, rows)
			}
		}
		if n := len(planOf(s)); n != 1 {
			t.Fatalf("a preview wrote: %d actions", n)
		}
		officer.Want("accept", bringtest.AcceptAll(t, officer, address, p), http.StatusSeeOther)
		all := planOf(s)
		one := all["Segmenter le réseau biomédical"]
		if one.State != plan.Doing || one.OwnerID != officer.Actor.Person || one.OwnerName != "Camille Exemple" || one.DueOn.Format(time.DateOnly) != "2026-06-30" || one.Gain != plan.High || one.Effort != plan.High || one.Cost != 12_000 || one.Detail != "par étapes" {
			t.Errorf("new: %+v", one)
		}
		if done := all["Tester une restauration"]; done.State != plan.Done || done.OwnerID != "" || done.OwnerName != "Société Lambda" || done.Gain != plan.Medium {
			t.Errorf("done: %+v", done)
		}
		if old := all["écrire la PROCÉDURE dégradée"]; len(all) != 3 || old.DueOn.Format(time.DateOnly) != "2026-05-15" || old.Detail != "à la main" {
			t.Errorf("changed: %+v", old)
		}
		for name, file := range files {
			if _, p := bringtest.Preview(t, officer, home+"/import", name, file); !strings.Contains(plain(p), "Rien à changer") {
				t.Errorf("%s again:\n%s", name, p.Main())
			}
		}
		// What was decided against since is not asked for again, and what was merged is not renamed.
		s.Update(func(ctx context.Context, tx *store.Tx) error {
			if err := plan.SetState(ctx, tx, territory.Everything(), one.ID, one.Version, plan.Dropped, "p", s.Clock); err != nil {
				return err
			}
			done, old := all["Tester une restauration"], all["écrire la PROCÉDURE dégradée"]
			return plan.Merge(ctx, tx, territory.Everything(), old, []plan.Action{done}, "p", s.Clock)
		})
		if _, p := bringtest.Preview(t, officer, home+"/import", "plan.csv", files["plan.csv"]); !strings.Contains(plain(p), "Rien à changer") {
			t.Errorf("after a merge:\n%s", p.Main())
		}
		// Our own export brought back changes nothing.
		export := officer.Want("export", officer.Get(home+"?state=all&format=csv"), http.StatusOK)
		if _, p := bringtest.Preview(t, officer, home+"/import", "export.csv", export.Body); !strings.Contains(plain(p), "Rien à changer") {
			t.Errorf("our own export:\n%s", p.Main())
		}
		reader := s.Person("Noa Inventé", right.RegionalInstructor, pagetest.Region)
		reader.Want("reader", reader.Get(home+"/import"), http.StatusForbidden)
	})
}

// Whoever answers for an action is a person, chosen among those who may; in words for those without an account.
func TestAnOwnerIsAPerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		officer := s.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		namesake := s.Person("Camille Exemple", right.Contributor, pagetest.Hospital)
		elsewhere := s.Person("Sacha Ailleurs", right.SecurityOfficer, pagetest.Clinic)
		for _, v := range []*pagetest.Visitor{officer, namesake} {
			member(s, v)
		}
		form := officer.Want("form", officer.Get(home+"/new"), http.StatusOK)
		if !strings.Contains(form.Text, officer.Actor.Person+"@essai.invalid") || strings.Contains(form.Text, "Sacha") {
			t.Errorf("who may answer:\n%s", form.Main())
		}
		officer.Want("somebody else’s", officer.Post(home, "title", "a", "owner-id", elsewhere.Actor.Person), http.StatusUnprocessableEntity)
		officer.Want("create", officer.Post(home, "title", "b", "owner-id", namesake.Actor.Person, "owner", "ignoré"), http.StatusSeeOther)
		officer.Want("in words", officer.Post(home, "title", "c", "owner", "Société Lambda"), http.StatusSeeOther)
		all := planOf(s)
		if b := all["b"]; b.OwnerID != namesake.Actor.Person || b.OwnerName != "Camille Exemple" {
			t.Errorf("a person: %+v", b)
		}
		if c := all["c"]; c.OwnerID != "" || c.OwnerName != "Société Lambda" {
			t.Errorf("in words: %+v", c)
		}
		// Who left stays chosen until somebody says otherwise.
		s.Update(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `delete from role_grant where person_id = $1`, namesake.Actor.Person)
			return err
		})
		at := home + "/" + all["b"].ID
		if p := officer.Get(at); len(p.All(`value="(`+namesake.Actor.Person+`)" selected`)) != 1 {
			t.Errorf("who left:\n%s", p.Main())
		}
		officer.Want("keep", officer.Post(at, "title", "b", "state", "open", "owner-id", namesake.Actor.Person, "version", "1"), http.StatusSeeOther)
		officer.Want("change", officer.Post(at, "title", "b", "state", "open", "owner", "Équipe réseau", "version", "2"), http.StatusSeeOther)
		if b := planOf(s)["b"]; b.OwnerID != "" || b.OwnerName != "Équipe réseau" {
			t.Errorf("changed: %+v", b)
		}
	})
}

// member writes down the role that a visitor plays, for the pages that list who holds one.
func member(s *pagetest.Site, v *pagetest.Visitor) {
	g := v.Actor.Grants[0]
	s.Update(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into role_grant (id, person_id, role, structure_id, from_at, created_at) values ($1, $2, $3, $4, 1, 0)`, g.ID, v.Actor.Person, string(g.Role), g.Structure)
		return err
	})
}

func TestAMergeIsParted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		officer := s.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		for _, title := range []string{"Alpha", "Beta"} {
			officer.Want("create", officer.Post(home, "title", title), http.StatusSeeOther)
		}
		all := planOf(s)
		a, b := all["Alpha"], all["Beta"]
		officer.Want("merge", officer.Post(home+"/merge", "action", a.ID+".1.open", "action", b.ID+".1.open", "kept", a.ID), http.StatusSeeOther)
		p := officer.Want("kept", officer.Get(home+"/"+a.ID), http.StatusOK)
		if !strings.Contains(plain(p), "Actions fusionnées ici") || !strings.Contains(plain(p), "/"+b.ID+"/part") {
			t.Errorf("the page of the one that was kept:\n%s", p.Main())
		}
		reader := s.Person("Noa Inventé", right.RegionalInstructor, pagetest.Region)
		reader.Want("reader", reader.Post(home+"/"+b.ID+"/part", "version", "2"), http.StatusForbidden)
		if p := reader.Get(home + "/" + a.ID); strings.Contains(plain(p), "/part") {
			t.Error("a reader is offered to part actions")
		}
		officer.Want("stale", officer.Post(home+"/"+b.ID+"/part", "version", "1"), http.StatusConflict)
		officer.Want("part", officer.Post(home+"/"+b.ID+"/part", "version", "2"), http.StatusSeeOther)
		if got := planOf(s)["Beta"]; got.State != plan.Open || got.Merged != "" {
			t.Errorf("parted: %+v", got)
		}
		if p := officer.Get(home + "/" + b.ID); !strings.Contains(plain(p), "Séparée de « Alpha »") {
			t.Errorf("history:\n%s", p.Main())
		}
		if acts := s.Actions(); acts[0] != "action.part" {
			t.Errorf("acts %v", acts)
		}
	})
}
