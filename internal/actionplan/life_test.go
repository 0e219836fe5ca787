package actionplan_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/pagetest"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

func TestLayoutsKeepTheFilters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		day := func(n int) time.Time { return s.Clock.AddDate(0, 0, n) }
		add(s, plan.Action{Title: "retard rouge", DueOn: day(-5)})
		add(s, plan.Action{Title: "demain rouge", DueOn: day(1), State: plan.Doing, OwnerName: "Réseau"})
		add(s, plan.Action{Title: "finie rouge", DueOn: day(1), State: plan.Done})
		add(s, plan.Action{Title: "bleue", DueOn: day(1)})
		add(s, plan.Action{Title: "dans un an rouge", DueOn: day(365)})
		officer := s.Person("officer", right.SecurityOfficer, pagetest.Hospital)
		month, next := s.Clock.Format("2006-01"), day(365).Format("2006-01")
		for name, row := range map[string]struct {
			query string
			want  []string
		}{
			"board":                 {"show=board&q=rouge", []string{"dans un an rouge", "demain rouge", "finie rouge", "retard rouge"}},
			"board of the late":     {"show=board&state=late", []string{"retard rouge"}},
			"board of the done":     {"show=board&state=done", []string{"finie rouge"}},
			"calendar of next year": {"show=calendar&q=rouge&month=" + next, []string{"dans un an rouge"}},
			"calendar of the late":  {"show=calendar&state=late&month=" + day(-5).Format("2006-01"), []string{"retard rouge"}},
			"nonsense is a list":    {"show=xyz&q=bleue", []string{"bleue"}},
		} {
			p := officer.Want(name, officer.Get(home+"?"+row.query), http.StatusOK)
			got := titles(p)
			if slices.Sort(got); !slices.Equal(got, row.want) {
				t.Errorf("%s: %v, want %v", name, got, row.want)
			}
			if strings.Contains(row.query, "q=rouge") && !strings.Contains(p.Main(), "show=board&amp;") && !strings.Contains(p.Text, "q=rouge") {
				t.Errorf("%s: the links lose the filter", name)
			}
		}
		wrong := officer.Want("a month that is none", officer.Get(home+"?show=calendar&month=2026-99"), http.StatusOK)
		if !strings.Contains(wrong.Text, `aria-current="date"`) {
			t.Errorf("a month that is none is not the present one (%s)", month)
		}
		if p := officer.Get(home + "?show=calendar&month=2026-03"); !strings.Contains(p.Text, `<h2 id="month-title">mars 2026</h2>`) {
			t.Error("the month has no name")
		}
		officer.Want("everywhere", officer.Get("/actions?show=board"), http.StatusOK)
		progress := officer.Want("progress", officer.Get(home+"?show=progress"), http.StatusOK)
		if !strings.Contains(progress.Text, `<path class="trend-line" d="M`) || strings.Count(progress.Main(), "<tr") != 28 {
			t.Errorf("progress has no figure or not its 27 lines:\n%s", progress.Main())
		}
	})
}

// An action says which requirement it answers, by a code that people know.
func TestWhatAnActionAnswers(t *testing.T) {
	s := site(t, storetest.SQLite(t))
	add(s, plan.Action{Title: "tenir", Origin: plan.RequirementUnmet, OriginRef: "care-d1/D1.O2.B"})
	add(s, plan.Action{Title: "décrire", Origin: plan.RequirementUnmet, OriginRef: "care-d2/pcra-governed"})
	add(s, plan.Action{Title: "mesurer", Origin: plan.DirectoryFinding, OriginRef: "p|d", Level: 3})
	p := s.Person("officer", right.SecurityOfficer, pagetest.Hospital).Get(home)
	for _, want := range []string{"répond à D1.O2.B", "répond à une exigence", "fait passer l’annuaire au niveau 3"} {
		if !strings.Contains(p.Text, want) {
			t.Errorf("no %q:\n%s", want, p.Main())
		}
	}
}

func TestMostForItsEffortFirst(t *testing.T) {
	s := site(t, storetest.SQLite(t))
	add(s, plan.Action{Title: "gros chantier", Gain: plan.High, Effort: plan.High, DueOn: s.Clock.AddDate(0, 0, 1)})
	add(s, plan.Action{Title: "vite fait", Gain: plan.High, Effort: plan.Low, Closes: 14, Cost: 1200, Level: 2, Beside: 3})
	officer := s.Person("officer", right.SecurityOfficer, pagetest.Hospital)
	p := officer.Get(home + "?sort=worth")
	if got := titles(p); !slices.Equal(got, []string{"vite fait", "gros chantier"}) {
		t.Errorf("by worth: %v", got)
	}
	if !strings.Contains(p.Text, "ferme 14 constats, avec 3 autres, fait passer l’annuaire au niveau 2, gain élevé, effort faible") || !strings.Contains(p.Text, "1200\u00a0€") {
		t.Errorf("no reason or no cost:\n%s", p.Main())
	}
	if got := titles(officer.Get(home)); !slices.Equal(got, []string{"gros chantier", "vite fait"}) {
		t.Errorf("by urgency: %v", got)
	}
}

func TestMergeByHand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		a := add(s, plan.Action{Title: "Couper SMBv1", Origin: plan.DirectoryFinding, OriginRef: "x"})
		b := add(s, plan.Action{Title: "Arrêter SMB 1", Detail: "sur les serveurs"})
		officer := s.Person("officer", right.SecurityOfficer, pagetest.Hospital)
		to := officer.Want("choose", officer.Post(home+"/moves", "action", a+".1.open", "action", b+".1.open", "do", "merge"), http.StatusSeeOther).To()
		ask := officer.Want("ask", officer.Get(to), http.StatusOK)
		if !strings.Contains(ask.Text, `value="`+a+`" checked`) {
			t.Errorf("the first is not proposed:\n%s", ask.Main())
		}
		done := officer.Want("merge", officer.Post(home+"/merge", "action", a+".1.open", "action", b+".1.open", "kept", a), http.StatusSeeOther)
		if done.To() != home+"/"+a {
			t.Errorf("leads to %s", done.To())
		}
		page := officer.Get(done.To())
		for _, want := range []string{"Arrêter SMB 1", "sur les serveurs", "A repris l’action"} {
			if !strings.Contains(page.Text, want) {
				t.Errorf("the page lacks %q:\n%s", want, page.Main())
			}
		}
		if other := officer.Get(home + "/" + b); !strings.Contains(other.Text, "Fusionnée avec") || strings.Contains(other.Main(), `name="do"`) {
			t.Errorf("the merged one does not lead on, or can be moved:\n%s", other.Main())
		}
		again := officer.Want("again", officer.Post(home+"/merge", "action", a+".1.open", "action", b+".1.open", "kept", a), http.StatusSeeOther)
		if page := officer.Get(again.To()); !strings.Contains(page.Text, "rien n’a changé") {
			t.Error("merging an older page is not refused in words")
		}
		one := officer.Want("one alone", officer.Get(home+"/merge?action="+url.QueryEscape(a+".1.open")), http.StatusSeeOther)
		if one.To() != home {
			t.Errorf("one alone leads to %s", one.To())
		}
		elsewhere := s.Person("neighbour", right.SecurityOfficer, pagetest.Clinic)
		elsewhere.Want("of another structure", elsewhere.Post("/structures/"+pagetest.Clinic+"/actions/merge", "action", a+".2.open", "action", b+".2.dropped", "kept", a), http.StatusNotFound)
	})
}

func TestClosedIsCheckedAndComesBack(t *testing.T) {
	s := site(t, storetest.SQLite(t))
	id := add(s, plan.Action{Title: "Fermer RDP", Origin: plan.ExposureFinding, OriginRef: "rdp"})
	hand := add(s, plan.Action{Title: "Former les équipes"})
	officer := s.Person("officer", right.SecurityOfficer, pagetest.Hospital)
	officer.Post(home+"/moves", "action", id+".1.open", "action", hand+".1.open", "do", "done")
	if p := officer.Get(home + "/" + id); !strings.Contains(p.Text, "Sera vérifié au prochain passage") {
		t.Errorf("not said:\n%s", p.Main())
	}
	if p := officer.Get(home + "/" + hand); strings.Contains(p.Text, "Sera vérifié") {
		t.Error("no audit checks what was asked for by hand")
	}
	s.Update(func(ctx context.Context, tx *store.Tx) error {
		_, err := plan.SeenAgain(ctx, tx, territory.Everything(), pagetest.Hospital, plan.ExposureFinding, []string{"rdp"}, s.Clock.Add(time.Hour), s.Clock.Add(time.Hour))
		return err
	})
	if p := officer.Get(home + "/" + id); !strings.Contains(p.Text, "un audit a retrouvé") {
		t.Errorf("the page does not say why it is open:\n%s", p.Main())
	}
}

var addressPattern = regexp.MustCompile(`https://hygie\.test(/calendar/[A-Za-z0-9_-]{43})`)

func TestCalendarAddress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		id := add(s, plan.Action{Title: "Changer krbtgt, deux fois", DueOn: s.Clock.AddDate(0, 0, 3)})
		add(s, plan.Action{Title: "sans échéance"})
		add(s, plan.Action{Title: "faite", DueOn: s.Clock, State: plan.Done})
		add(s, plan.Action{Title: "voisine", Structure: pagetest.Clinic, DueOn: s.Clock})
		officer, reader := s.Person("officer", right.SecurityOfficer, pagetest.Hospital), s.Person("support", right.RegionalSupport, pagetest.Region)
		register(s, officer.Actor, right.SecurityOfficer, pagetest.Hospital)
		register(s, reader.Actor, right.RegionalSupport, pagetest.Region)
		visitor := s.Person("program", "", "")
		visitor.Actor = right.Actor{}
		fresh := func(v *pagetest.Visitor) string {
			found := addressPattern.FindStringSubmatch(v.Want("make", v.Post("/account/calendar"), http.StatusOK).Text)
			if found == nil {
				t.Fatal("no address")
			}
			return found[1]
		}
		first := fresh(officer)
		file := visitor.Want("read", visitor.Get(first), http.StatusOK)
		text := string(file.Body)
		if file.Header.Get("Content-Type") != "text/calendar; charset=utf-8" || strings.Count(text, "BEGIN:VEVENT") != 1 ||
			!strings.Contains(text, "UID:"+id+"@hygie\r\n") || !strings.Contains(text, `SUMMARY:Changer krbtgt\, deux fois`) || !strings.Contains(text, "URL:https://hygie.test") {
			t.Errorf("calendar:\n%s", text)
		}
		if p := officer.Get("/account/calendar"); addressPattern.MatchString(p.Text) || !strings.Contains(p.Text, "en service depuis") {
			t.Error("the address is shown again, or not said to be there")
		}
		second := fresh(officer)
		visitor.Want("the address before", visitor.Get(first), http.StatusNotFound)
		visitor.Want("the new one", visitor.Get(second), http.StatusOK)
		if text := string(visitor.Get(fresh(reader)).Body); strings.Contains(text, "BEGIN:VEVENT") {
			t.Errorf("who only reads plans got:\n%s", text)
		}
		officer.Want("stop", officer.Post("/account/calendar/stop"), http.StatusSeeOther)
		visitor.Want("stopped", visitor.Get(second), http.StatusNotFound)
		other := fresh(officer)
		s.Update(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `update person set disabled_at = 1 where id = $1`, officer.Actor.Person)
			return err
		})
		visitor.Want("a closed account", visitor.Get(other), http.StatusNotFound)
	})
}

// register puts a visitor's account and role into the database: a calendar is read without a session.
func register(s *pagetest.Site, actor right.Actor, role right.Role, structure string) {
	s.Update(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `insert into person (id, email, email_key, name, handle, created_at, updated_at) values ($1, $1, $1, $1, $1, 0, 0) on conflict do nothing`, actor.Person); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into role_grant (id, person_id, role, structure_id, from_at, created_at) values ($1, $2, $3, $4, 1, 0)`, "grant-"+actor.Person, actor.Person, string(role), structure)
		return err
	})
}
