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

	"hygie/internal/actionplan"
	"hygie/internal/bring/bringtest"
	"hygie/internal/pagetest"
	"hygie/internal/people"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

const home = "/structures/" + pagetest.Hospital + "/actions"

// site is the pages of the plan on a database.
func site(t *testing.T, db *store.DB) *pagetest.Site {
	t.Helper()
	s := pagetest.New(t, db)
	who, err := people.New(db, people.Options{Key: make([]byte, 32), Recorder: people.RecorderFunc(func(context.Context, *store.Tx, people.Event) error { return nil }), Now: s.Now})
	if err != nil {
		t.Fatal(err)
	}
	s.Serve(actionplan.New(actionplan.Options{DB: db, Trail: s.Trail, People: who, Bring: bringtest.Wizard(t, s), Now: s.Now, Address: "https://hygie.test"}).Routes)
	return s
}

// add puts an action into a plan and returns its id.
func add(s *pagetest.Site, a plan.Action) (id string) {
	s.Update(func(ctx context.Context, tx *store.Tx) (err error) {
		if a.Structure == "" {
			a.Structure = pagetest.Hospital
		}
		if a.Origin == "" {
			a.Origin = plan.ByHand
		}
		id, _, err = plan.Add(ctx, tx, territory.Everything(), a, s.Clock)
		return err
	})
	return id
}

func read(s *pagetest.Site, id string) (a plan.Action) {
	s.View(func(ctx context.Context, tx *store.Tx) (err error) {
		a, err = plan.ByID(ctx, tx, territory.Everything(), id)
		return err
	})
	return a
}

// titles are the actions that a page lists, in order.
func titles(p pagetest.Page) []string {
	list := []string{}
	for _, found := range regexp.MustCompile(`<a href="[^"]*/actions/[0-9a-z]{20,}">([^<]*)</a>`).FindAllStringSubmatch(p.Text, -1) {
		list = append(list, found[1])
	}
	return list
}

func TestRolesSeeAndDoWhatTheyMay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		id := add(s, plan.Action{Title: "Changer krbtgt"})
		moved := id + ".1.open"
		for _, row := range []struct {
			name      string
			role      right.Role
			structure string
			see, edit int
		}{
			{"security officer", right.SecurityOfficer, pagetest.Hospital, 200, 303},
			{"contributor", right.Contributor, pagetest.Hospital, 200, 303},
			{"regional support", right.RegionalSupport, pagetest.Region, 200, 403},
			{"regional instructor", right.RegionalInstructor, pagetest.Region, 403, 403},
			{"administrator", right.Administrator, "", 403, 403},
			{"officer of the clinic", right.SecurityOfficer, pagetest.Clinic, 404, 404},
			{"nobody", "", "", 404, 404},
		} {
			v := s.Person(row.name, row.role, row.structure)
			v.Want(row.name+": list", v.Get(home), row.see)
			v.Want(row.name+": one", v.Get(home+"/"+id), row.see)
			v.Want(row.name+": form", v.Get(home+"/new"), map[int]int{303: 200, 403: 403, 404: 404}[row.edit])
			v.Want(row.name+": move", v.Post(home+"/moves", "action", moved, "do", "open"), row.edit)
			v.Want(row.name+": undo", v.Post(home+"/undo", "action", moved), row.edit)
			if list := v.Get(home); row.see == 200 && strings.Contains(list.Text, `id="bulk"`) != (row.edit == 303) {
				t.Errorf("%s: the acts on several are offered or not, against the right", row.name)
			}
		}
		elsewhere := s.Person("neighbour", right.SecurityOfficer, pagetest.Clinic)
		elsewhere.Want("an action through another structure", elsewhere.Get("/structures/"+pagetest.Clinic+"/actions/"+id), http.StatusNotFound)
		elsewhere.Want("move it through another structure", elsewhere.Post("/structures/"+pagetest.Clinic+"/actions/moves", "action", moved, "do", "done"), http.StatusNotFound)
		if a := read(s, id); a.State != plan.Open {
			t.Errorf("the action became %s", a.State)
		}
	})
}

func TestViewsAndExport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		day := func(n int) time.Time { return s.Clock.AddDate(0, 0, n) }
		add(s, plan.Action{Title: "en retard", DueOn: day(-5)})
		add(s, plan.Action{Title: "bientôt", DueOn: day(3), OwnerName: "=Réseau"})
		add(s, plan.Action{Title: "plus tard", DueOn: day(60), State: plan.Doing})
		add(s, plan.Action{Title: "faite", State: plan.Done})
		add(s, plan.Action{Title: "abandonnée", State: plan.Dropped})
		add(s, plan.Action{Title: "voisine", Structure: pagetest.Clinic})
		officer := s.Person("officer", right.SecurityOfficer, pagetest.Hospital)
		for name, row := range map[string]struct {
			address string
			want    []string
		}{
			"current":  {home, []string{"en retard", "bientôt", "plus tard"}},
			"late":     {home + "?state=late", []string{"en retard"}},
			"soon":     {home + "?state=soon", []string{"bientôt"}},
			"done":     {home + "?state=done", []string{"faite"}},
			"dropped":  {home + "?state=dropped", []string{"abandonnée"}},
			"all":      {home + "?state=all", []string{"en retard", "bientôt", "plus tard", "faite", "abandonnée"}},
			"words":    {home + "?state=all&q=TARD", []string{"en retard", "plus tard"}},
			"nonsense": {home + "?state=xyz", []string{"en retard", "bientôt", "plus tard"}},
			"mine":     {"/actions", []string{"en retard", "bientôt", "plus tard"}},
		} {
			if got := titles(officer.Want(name, officer.Get(row.address), http.StatusOK)); !slices.Equal(got, row.want) {
				t.Errorf("%s: %v, want %v", name, got, row.want)
			}
		}
		support := s.Person("support", right.RegionalSupport, pagetest.Region)
		if got := titles(support.Get("/actions")); !slices.Contains(got, "voisine") || !slices.Contains(got, "en retard") {
			t.Errorf("the region's support sees %v", got)
		}
		file := officer.Want("export", officer.Get(home+"?state=soon&format=csv"), http.StatusOK)
		lines := strings.Split(strings.TrimSpace(string(file.Body)), "\r\n")
		if len(lines) != 2 || !strings.Contains(lines[1], "Centre hospitalier du Val-Doré;bientôt") || !strings.Contains(lines[1], "'=Réseau") {
			t.Errorf("export: %q", lines)
		}
	})
}

// undoFields are the hidden values by which the page offers to take the last act back.
func undoFields(p pagetest.Page) (fields []string) {
	for _, found := range regexp.MustCompile(`<input type="hidden" name="action" value="([^"]*)"`).FindAllStringSubmatch(p.Text, -1) {
		fields = append(fields, "action", found[1])
	}
	return fields
}

func TestCloseSeveralAndTakeItBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		first, second, third := add(s, plan.Action{Title: "un"}), add(s, plan.Action{Title: "deux", State: plan.Doing}), add(s, plan.Action{Title: "trois"})
		officer, other := s.Person("officer", right.SecurityOfficer, pagetest.Hospital), s.Person("other", right.Contributor, pagetest.Hospital)
		// Somebody starts the third while the page of the first two and it is open.
		other.Want("start", other.Post(home+"/moves", "action", third+".1.open", "do", "doing"), http.StatusSeeOther)
		p := officer.Want("close", officer.Post(home+"/moves", "action", first+".1.open", "action", second+".1.doing", "action", third+".1.open", "do", "done", "back", home+"?state=all&undo=old.1.open"), http.StatusSeeOther)
		to, err := url.Parse(p.To())
		if err != nil || to.Path != home || len(to.Query()["undo"]) != 2 || to.Query().Get("state") != "all" {
			t.Fatalf("leads to %q (%v)", p.To(), err)
		}
		list := officer.Want("list", officer.Get(p.To()), http.StatusOK)
		if !strings.Contains(list.Text, "2 actions marquées faites.") || !strings.Contains(list.Text, "1 action a été modifiée par quelqu’un d’autre") {
			t.Errorf("the page does not say what was done and what was not:\n%s", list.Main())
		}
		if strings.Contains(list.Main(), "undo=") {
			t.Error("links of the list carry the last act on")
		}
		if a, b, c := read(s, first), read(s, second), read(s, third); a.State != plan.Done || b.State != plan.Done || c.State != plan.Doing || a.ClosedAt.IsZero() {
			t.Fatalf("states %s, %s, %s", a.State, b.State, c.State)
		}
		// One of the two is changed before the act is taken back: it stays.
		other.Want("drop", other.Post(home+"/moves", "action", first+".2.done", "do", "dropped"), http.StatusSeeOther)
		fields := undoFields(list)
		if len(fields) != 4 {
			t.Fatalf("the page offers %v", fields)
		}
		back := officer.Want("undo", officer.Post(home+"/undo", fields...), http.StatusSeeOther)
		page := officer.Get(back.To())
		if !strings.Contains(page.Text, "1 action est revenue à son état précédent.") || !strings.Contains(page.Text, "1 action a été modifiée") {
			t.Errorf("after undo the page says:\n%s", page.Main())
		}
		if a, b := read(s, first), read(s, second); a.State != plan.Dropped || b.State != plan.Doing || !b.ClosedAt.IsZero() {
			t.Errorf("after undo: %s and %s", a.State, b.State)
		}
		if n := len(slices.DeleteFunc(s.Actions(), func(act string) bool { return act != "action.change" })); n != 5 {
			t.Errorf("%d changes in the trail, want 5", n)
		}
	})
}

func TestMovesRefuseNonsense(t *testing.T) {
	s := site(t, storetest.SQLite(t))
	id := add(s, plan.Action{Title: "un"})
	officer := s.Person("officer", right.SecurityOfficer, pagetest.Hospital)
	for name, row := range map[string]struct {
		fields []string
		status int
	}{
		"nothing chosen": {[]string{"do", "done"}, http.StatusSeeOther},
		"not an action":  {[]string{"action", "a.b", "do", "done"}, http.StatusSeeOther},
		"no version":     {[]string{"action", id + ".x.open", "do", "done"}, http.StatusSeeOther},
		"no state":       {[]string{"action", id + ".1.open"}, http.StatusUnprocessableEntity},
		"unknown state":  {[]string{"action", id + ".1.open", "do", "lost"}, http.StatusUnprocessableEntity},
		"unknown action": {[]string{"action", "0000000000000000000000000a.1.open", "do", "done"}, http.StatusNotFound},
	} {
		p := officer.Want(name, officer.Post(home+"/moves", append(row.fields, "back", "https://ailleurs.invalid/")...), row.status)
		if row.status == http.StatusSeeOther && p.To() != home {
			t.Errorf("%s leads to %q", name, p.To())
		}
	}
	if a := read(s, id); a.State != plan.Open || a.Version != 1 {
		t.Errorf("the action became %s, version %d", a.State, a.Version)
	}
}

func TestTwoPeopleSaveAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := site(t, db)
		id := add(s, plan.Action{Title: "d’abord"})
		officer, other := s.Person("officer", right.SecurityOfficer, pagetest.Hospital), s.Person("other", right.Contributor, pagetest.Hospital)
		version := officer.Get(home+"/"+id).Find(t, `name="version" value="(\d+)"`)
		other.Want("the other saves", other.Post(home+"/"+id, "title", "le leur", "state", "doing", "version", version), http.StatusSeeOther)
		p := officer.Want("save an older page", officer.Post(home+"/"+id, "title", "le mien", "state", "open", "version", version), http.StatusUnprocessableEntity)
		if !strings.Contains(p.Text, `value="le mien"`) || !strings.Contains(strings.ReplaceAll(p.Text, "\u00a0", " "), "« le leur »") {
			t.Errorf("the page shows neither text:\n%s", p.Main())
		}
		if a := read(s, id); a.Title != "le leur" {
			t.Errorf("kept %q", a.Title)
		}
		officer.Want("save again, meaning it", officer.Post(home+"/"+id, "title", "le mien", "state", "open", "version", p.Find(t, `name="version" value="(\d+)"`)), http.StatusSeeOther)
		if a := read(s, id); a.Title != "le mien" || a.State != plan.Open {
			t.Errorf("kept %q, %s", a.Title, a.State)
		}
	})
}

func TestAddByHand(t *testing.T) {
	s := site(t, storetest.SQLite(t))
	officer := s.Person("officer", right.SecurityOfficer, pagetest.Hospital)
	officer.Lang = "en"
	p := officer.Want("without a title", officer.Post(home, "title", " ", "state", "open", "due", "31/02/2026"), http.StatusUnprocessableEntity)
	if !strings.Contains(p.Text, "f-due-error") {
		t.Errorf("the day is not named as wrong:\n%s", p.Main())
	}
	officer.Want("whole", officer.Post(home, "title", "Test the backups", "state", "open", "due", "2026-04-30", "effort", "low"), http.StatusSeeOther)
	if got := titles(officer.Get(home)); !slices.Equal(got, []string{"Test the backups"}) {
		t.Errorf("the plan holds %v", got)
	}
}
