package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hygie/internal/right"
	"hygie/internal/signin"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// somebody asks for pages in one role, held on one structure.
type somebody struct {
	name   string
	role   right.Role // empty for none
	place  string     // empty for the whole installation
	email  string     // empty for a visitor
	reach  territory.Interval
	cookie string
}

// otherRegion is planted beside the demonstration's, with one hospital in it.
const otherRegion, otherHospital = "other-region", "other-hospital"

func cast(t *testing.T, s *site) []somebody {
	t.Helper()
	err := s.DB.Update(t.Context(), func(tx *store.Tx) error {
		for _, d := range []territory.Draft{
			{ID: otherRegion, Parent: nation, Kind: territory.Region, Code: "AUTRE", Name: "Autre région inventée"},
			{ID: otherHospital, Parent: otherRegion, Kind: territory.Entity, Name: "Centre hospitalier de l’Autre-Rive"},
		} {
			if _, err := territory.Insert(t.Context(), tx, territory.Everything(), d, s.now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all := []somebody{{name: "visitor"}}
	for _, role := range right.Roles() {
		for _, place := range []struct {
			structure string
			kind      territory.Kind
		}{{hospital, territory.Entity}, {group, territory.Group}, {region, territory.Region}, {nation, territory.Nation}, {"", ""}} {
			if !role.Fits(place.kind) || role != right.Administrator && len(all) > 1 && all[len(all)-1].role == role {
				continue // an administrator is tried at every height, the others at their own
			}
			who := somebody{name: string(role) + " on " + place.structure, role: role, place: place.structure, reach: right.Everywhere()}
			who.email = s.person(t, "Essai "+who.name, role, place.structure)
			if place.structure != "" {
				who.reach = extent(t, s, place.structure)
			}
			who.cookie = session(t, s, who.email)
			all = append(all, who)
		}
	}
	return all
}

func extent(t *testing.T, s *site, structure string) (interval territory.Interval) {
	t.Helper()
	err := s.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		interval, _, err = territory.Extent(t.Context(), tx, territory.ID(structure))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return interval
}

// session opens a session by the one-click link and returns its cookie.
func session(t *testing.T, s *site, email string) string {
	t.Helper()
	w := httptest.NewRecorder()
	s.Router.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, s.url+s.link(t, email), http.NoBody))
	for _, c := range w.Result().Cookies() {
		if c.Name == (signin.Cookie{}).Name() {
			return c.Value
		}
	}
	t.Fatalf("no session for %s: %d", email, w.Code)
	return ""
}

// ask sends one request as somebody, without a form.
func ask(t *testing.T, s *site, cookie, method, path string) (status int, to, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, method, s.url+path, http.NoBody)
	switch {
	case strings.Contains(path, "/passkey"): // asked for by our own script only
		r = httptest.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader("{}"))
		r.Header.Set("Content-Type", "application/json")
	case method == http.MethodPost:
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept-Language", "fr")
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: (signin.Cookie{}).Name(), Value: cookie})
	}
	w := httptest.NewRecorder()
	s.Router.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Location"), w.Body.String()
}

// Outcomes of asking.
const (
	reached  = "reached"
	toSignIn = "sign in first"
	refused  = "refused"
	unseen   = "no such structure"
	broken   = "broken"
)

func outcome(status int, to, body string) string {
	switch {
	case status >= 500:
		return broken
	case status == http.StatusUnauthorized, status == http.StatusSeeOther && strings.HasPrefix(to, "/sign-in?"), status == http.StatusForbidden && strings.Contains(body, "Connectez-vous pour continuer."):
		return toSignIn
	case status == http.StatusForbidden:
		return refused
	case status == http.StatusNotFound && strings.Contains(body, "Cette structure n’existe pas, ou vous n’y avez aucun rôle."):
		return unseen
	}
	return reached
}

// expected is what the table of rights says. target is the interval of the structure in the path; known tells whether there is one.
func (who somebody) expected(n need, target territory.Interval, known bool) string {
	covers := known && who.role != "" && who.reach.Left <= target.Left && target.Right <= who.reach.Right
	allowed := right.Allowed(who.role, n.action)
	switch {
	case n.kind == "public", n.kind == "signed in" && who.email != "":
		return reached
	case who.email == "":
		return toSignIn
	case n.kind == "here" && !covers:
		return unseen
	case n.kind == "everywhere" && (who.place != "" || !allowed), !allowed:
		return refused
	}
	return reached
}

// Every route, asked for by every role about its own structure and those below, above, beside and elsewhere, answers as the table of rights
// says. A route that the table of this test does not name fails, as does a name without route.
func TestRightsOfEveryRoute(t *testing.T) {
	s := start(t, options{demo: true})
	s.idle(t)
	want := expectations()
	found := map[string]bool{}
	everybody := cast(t, s)
	targets := []string{nation, region, group, hospital, hospitalSite, smallHospital, otherRegion, otherHospital, "nowhere"}
	for _, route := range s.Router.Routes() {
		pattern := route.Method + " " + route.Path
		found[pattern] = true
		n, ok := want[pattern]
		if !ok {
			t.Errorf("%s: who may use it? Add it to the expectations", pattern)
			continue
		}
		for i, who := range everybody {
			if !strings.Contains(route.Path, "{structure}") {
				compare(t, s, who, route.Method, fillPath(route.Path, ""), who.expected(n, territory.Interval{}, false))
				if who.email != "" && route.Method == http.MethodPost { // some of these end sessions
					everybody[i].cookie = session(t, s, who.email)
				}
				continue
			}
			for _, target := range targets {
				var interval territory.Interval
				if target != "nowhere" {
					interval = extent(t, s, target)
				}
				compare(t, s, who, route.Method, fillPath(route.Path, target), who.expected(n, interval, target != "nowhere"))
			}
		}
	}
	for pattern := range want {
		if !found[pattern] {
			t.Errorf("%s is expected and is no route", pattern)
		}
	}
}

func compare(t *testing.T, s *site, who somebody, method, path, want string) {
	t.Helper()
	status, to, body := ask(t, s, who.cookie, method, path)
	if got := outcome(status, to, body); got != want {
		t.Errorf("%s asks %s %s: %s (status %d %s), want %s", who.name, method, path, got, status, to, want)
	}
}

// fillPath puts the structure into a pattern, and names of nothing in the other places.
func fillPath(pattern, structure string) string {
	var parts []string
	for part := range strings.SplitSeq(pattern, "/") {
		switch {
		case part == "{structure}":
			part = structure
		case part == "{$}":
			part = ""
		case strings.HasPrefix(part, "{"):
			part = "none"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "/")
}

// What belongs to one structure is not reached through another, however much the reader may do there.
func TestThingsStayInTheirStructure(t *testing.T) {
	s := start(t, options{demo: true})
	s.idle(t)
	run := text(t, s.DB, `select max(id) from audit_run where structure_id = $1`, hospital)
	point := text(t, s.DB, `select min(point) from audit_point where run_id = $1 and status = 'failed'`, run)
	evidence := text(t, s.DB, `select min(id) from evidence where structure_id = $1`, hospital)
	action := text(t, s.DB, `select min(id) from action where structure_id = $1`, hospital)
	mine, theirs := session(t, s, officer), session(t, s, smallOfficer)
	coordinator := session(t, s, "ght@demonstration.invalid")
	for _, path := range []string{
		"/directory/runs/" + run, "/directory/runs/" + run + "/points/" + point + "?domain=hopital.test", "/directory/runs/" + run + "/report?format=json",
		"/evidence/" + evidence, "/evidence/" + evidence + "/file", "/actions/" + action,
	} {
		for _, row := range []struct {
			name, cookie, structure string
			want                    int
		}{
			{"own officer", mine, hospital, http.StatusOK},
			{"coordinator of the group", coordinator, hospital, http.StatusOK},
			{"officer of another hospital", theirs, hospital, http.StatusNotFound},
			{"officer of another hospital, through their own", theirs, smallHospital, http.StatusNotFound},
			{"coordinator, through another member", coordinator, smallHospital, http.StatusNotFound},
		} {
			if status, _, _ := ask(t, s, row.cookie, http.MethodGet, "/structures/"+row.structure+path); status != row.want {
				t.Errorf("%s asks %s of %s: status %d, want %d", row.name, path, row.structure, status, row.want)
			}
		}
	}
	for _, path := range []string{"/directory/runs/" + run + "/cancel", "/directory/runs/" + run + "/actions", "/actions/" + action} {
		before := fmt.Sprint(keptRows(t, s.DB), text(t, s.DB, `select title from action where id = $1`, action))
		if status, _, _ := ask(t, s, theirs, http.MethodPost, "/structures/"+smallHospital+path); status != http.StatusNotFound {
			t.Errorf("POST %s through another structure: status %d", path, status)
		}
		if after := fmt.Sprint(keptRows(t, s.DB), text(t, s.DB, `select title from action where id = $1`, action)); after != before {
			t.Errorf("POST %s through another structure changed something", path)
		}
	}
}

// text reads one text.
func text(t *testing.T, db *store.DB, query string, args ...any) (value string) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		value, err = store.One(t.Context(), tx, store.Column[string], query, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}
