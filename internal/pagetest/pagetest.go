// Package pagetest drives the pages of a module as people in a role, for tests: a small territory, a router with the module's routes, and
// visitors who follow links, send forms and upload files. It needs no server and no sign-in: a visitor is who the test says.
//
//	site := pagetest.New(t, db)
//	site.Serve(module.Routes)
//	director := site.Person("Dominique Fictif", right.Director, pagetest.Hospital)
//	page := director.Want("list", director.Get("/structures/h1/evidence"), http.StatusOK)
//
// Every page must be whole: a visitor fails the test when a message or a placeholder of a page has no text, in French or in English.
package pagetest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"html"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hygie/internal/locale"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/asset"
)

// The structures of the territory: a nation, a region, a GHT with a hospital of one site, and a clinic beside the group.
const (
	Nation   = "fr"
	Region   = "r1"
	Group    = "g1"
	Hospital = "h1"
	Place    = "h1-s1"
	Clinic   = "h2"
)

// Site is the pages of some modules on a database.
type Site struct {
	T      testing.TB
	DB     *store.DB
	Trail  *trail.Trail
	Router *web.Router
	Clock  time.Time // what Now says; a test moves it
	actors map[string]right.Actor
}

// New plants the territory in an empty database and makes a site without routes.
func New(t testing.TB, db *store.DB) *Site {
	t.Helper()
	s := &Site{T: t, DB: db, Clock: time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC), actors: map[string]right.Actor{}}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	s.must(err)
	s.Trail, err = trail.Open(t.Context(), db, trail.Audit, private, s.Now)
	s.must(err)
	assets, err := asset.New()
	s.must(err)
	catalogue, err := locale.Default()
	s.must(err)
	s.Router, err = web.New(web.Options{Guard: guard{s}, Catalogue: catalogue, Assets: assets, Log: slog.New(slog.DiscardHandler), Now: s.Now,
		Random: rand.Reader, Key: bytes.Repeat([]byte{7}, 32), SignInPath: "/sign-in"})
	s.must(err)
	s.Update(func(ctx context.Context, tx *store.Tx) error {
		for _, d := range []territory.Draft{
			{ID: Nation, Kind: territory.Nation, Name: "France"},
			{ID: Region, Parent: Nation, Kind: territory.Region, Code: "99", Name: "Région d’essai"},
			{ID: Group, Parent: Region, Kind: territory.Group, GroupKind: territory.GHT, Code: "ESSAI-1", Name: "GHT des Collines"},
			{ID: Hospital, Parent: Group, Kind: territory.Entity, Name: "Centre hospitalier du Val-Doré", City: "Val-Doré"},
			{ID: Place, Parent: Hospital, Kind: territory.Establishment, Name: "Site du Val-Doré", City: "Val-Doré"},
			{ID: Clinic, Parent: Region, Kind: territory.Entity, Name: "Clinique des Trois-Érables"},
		} {
			if _, err := territory.Insert(ctx, tx, territory.Everything(), d, s.Clock); err != nil {
				return err
			}
		}
		return territory.Join(ctx, tx, territory.Everything(), Group, Hospital, territory.Support, "test", time.Time{}, time.Time{})
	})
	return s
}

// Now is the clock of the site.
func (s *Site) Now() time.Time { return s.Clock }

// Serve adds the routes of a module.
func (s *Site) Serve(routes func(*web.Router)) { routes(s.Router) }

func (s *Site) must(err error) {
	s.T.Helper()
	if err != nil {
		s.T.Fatal(err)
	}
}

// Update writes to the database.
func (s *Site) Update(fn func(context.Context, *store.Tx) error) {
	s.T.Helper()
	s.must(s.DB.Update(s.T.Context(), func(tx *store.Tx) error { return fn(s.T.Context(), tx) }))
}

// View reads from the database.
func (s *Site) View(fn func(context.Context, *store.Tx) error) {
	s.T.Helper()
	s.must(s.DB.View(s.T.Context(), func(tx *store.Tx) error { return fn(s.T.Context(), tx) }))
}

// Person makes somebody with a role in a strong session; an empty structure is the whole installation, an empty role none.
func (s *Site) Person(name string, role right.Role, structure string) *Visitor {
	s.T.Helper()
	actor := right.Actor{Person: store.NewID(time.Now()), Name: name, Strong: true}
	if role != "" {
		grant := right.Grant{ID: store.NewID(time.Now()), Role: role, Structure: structure, Interval: right.Everywhere(), Leaves: right.CountedLeaves}
		if structure != "" {
			s.View(func(ctx context.Context, tx *store.Tx) (err error) {
				grant.Interval, grant.Leaves, err = territory.Extent(ctx, tx, territory.ID(structure))
				return err
			})
		}
		actor.Grants = []right.Grant{grant}
	}
	s.Update(func(ctx context.Context, tx *store.Tx) error {
		email := actor.Person + "@essai.invalid"
		_, err := tx.Exec(ctx, `insert into person (id, email, email_key, name, handle, created_at, updated_at) values ($1, $2, $3, $4, $5, 0, 0)`,
			actor.Person, email, email, name, actor.Person)
		return err
	})
	s.actors[actor.Person] = actor
	return &Visitor{site: s, Actor: actor, Lang: "fr", cookies: map[string]string{}}
}

// Visitor is nobody in particular when its Actor is empty.
type Visitor struct {
	Actor   right.Actor
	Lang    string // "fr" or "en"
	site    *Site
	cookies map[string]string
}

// personHeader names who asks; only the guard of tests believes it.
const personHeader = "X-Test-Person"

// guard believes the header.
type guard struct{ site *Site }

func (g guard) Session(r *http.Request) (web.Session, error) {
	actor := g.site.actors[r.Header.Get(personHeader)]
	return web.Session{Actor: actor, Name: actor.Name}, nil
}

func (g guard) Authorize(ctx context.Context, actor right.Actor, action right.Action, structure string) (scope territory.Scope, err error) {
	err = g.site.DB.View(ctx, func(tx *store.Tx) error {
		scope, err = right.Authorize(ctx, tx, actor, action, structure)
		return err
	})
	return scope, err
}

// Page is an answer.
type Page struct {
	Status int
	Header http.Header
	Body   []byte
	Text   string // of the body, with entities written out
}

// To is where the answer leads.
func (p Page) To() string { return p.Header.Get("Location") }

// Find returns what the group of an expression matches in the page, or fails the test.
func (p Page) Find(t testing.TB, expression string) string {
	t.Helper()
	found := regexp.MustCompile(expression).FindStringSubmatch(p.Text)
	if found == nil {
		t.Fatalf("the page has nothing like %s:\n%s", expression, p.Main())
	}
	return found[1]
}

var mainElement = regexp.MustCompile(`(?s)<main.*</main>`)

// Main is the page without its frame.
func (p Page) Main() string { return mainElement.FindString(p.Text) }

// Want fails the test when the answer has another status.
func (v *Visitor) Want(name string, p Page, status int) Page {
	v.site.T.Helper()
	if p.Status != status {
		v.site.T.Fatalf("%s: status %d, want %d\n%s", name, p.Status, status, p.Main())
	}
	return p
}

// Sign makes a request the visitor's, for a test that sends its own.
func (v *Visitor) Sign(r *http.Request) { r.Header.Set(personHeader, v.Actor.Person) }

// Get asks for a page.
func (v *Visitor) Get(path string) Page {
	v.site.T.Helper()
	return v.do(http.MethodGet, path, "", http.NoBody)
}

// Post sends a form, given as name and value in turn.
func (v *Visitor) Post(path string, fields ...string) Page {
	v.site.T.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return v.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// Upload sends a form with a file, after its fields as a browser does.
func (v *Visitor) Upload(path, field, name string, content []byte, fields ...string) Page {
	v.site.T.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		v.site.must(form.WriteField(fields[i], fields[i+1]))
	}
	if field != "" {
		part, err := form.CreateFormFile(field, name)
		v.site.must(err)
		_, err = part.Write(content)
		v.site.must(err)
	}
	v.site.must(form.Close())
	return v.do(http.MethodPost, path, form.FormDataContentType(), &body)
}

func (v *Visitor) do(method, path, contentType string, body io.Reader) Page {
	v.site.T.Helper()
	r := httptest.NewRequestWithContext(v.site.T.Context(), method, path, body)
	r.Header.Set("Accept-Language", v.Lang)
	r.Header.Set(personHeader, v.Actor.Person)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for name, value := range maps.All(v.cookies) {
		r.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a cookie that the site itself set
	}
	w := httptest.NewRecorder()
	v.site.Router.ServeHTTP(w, r)
	answer := w.Result()
	for _, cookie := range answer.Cookies() {
		if cookie.MaxAge < 0 {
			delete(v.cookies, cookie.Name)
			continue
		}
		v.cookies[cookie.Name] = cookie.Value
	}
	p := Page{Status: answer.StatusCode, Header: answer.Header, Body: w.Body.Bytes()}
	if p.Text = html.UnescapeString(w.Body.String()); strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
		if at := strings.Index(p.Text, "⟦"); at >= 0 {
			v.site.T.Errorf("%s %s lacks a text: %.60s", method, path, p.Text[at:])
		}
	}
	return p
}

// Actions are the acts that the trail of the site holds, the latest first.
func (s *Site) Actions() (actions []string) {
	s.T.Helper()
	_, err := s.Trail.Seal(s.T.Context())
	s.must(err)
	s.View(func(ctx context.Context, tx *store.Tx) error {
		lines, err := s.Trail.List(ctx, tx, territory.Everything(), trail.Filter{Limit: 500})
		for _, line := range lines {
			actions = append(actions, line.Action)
		}
		return err
	})
	return actions
}

// All returns what the group of an expression matches, each time it does.
func (p Page) All(expression string) (all []string) {
	for _, found := range regexp.MustCompile(expression).FindAllStringSubmatch(p.Text, -1) {
		all = append(all, found[1])
	}
	return all
}
