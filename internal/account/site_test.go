package account_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"hygie/internal/account"
	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/signin"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/web"
	"hygie/internal/web/asset"
	"hygie/internal/web/ui"
)

// site is the whole of sign-in, served, on a small territory.
type site struct {
	t      *testing.T
	people *people.Service
	signin *signin.Service
	router *web.Router
	url    string
	clock  time.Time // zero: the real time
	trail  []people.Event
}

func (s *site) now() time.Time {
	if s.clock.IsZero() {
		return time.Now()
	}
	return s.clock
}

func newSite(t *testing.T, demo bool) *site {
	t.Helper()
	db := storetest.SQLite(t)
	server := httptest.NewUnstartedServer(nil)
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	s := &site{t: t, url: "http://localhost:" + port} // passkeys want a name, not an address
	key := bytes.Repeat([]byte{7}, 32)
	var err error
	s.people, err = people.New(db, people.Options{Key: key, Now: s.now, Recorder: people.RecorderFunc(func(_ context.Context, _ *store.Tx, e people.Event) error {
		s.trail = append(s.trail, e)
		return nil
	})})
	s.must(err)
	s.signin, err = signin.New(signin.Options{People: s.people, Key: key, Origin: s.url, Demo: demo})
	s.must(err)
	assets, err := asset.New()
	s.must(err)
	m, err := account.New(account.Options{People: s.people, SignIn: s.signin, Assets: assets, Origin: s.url})
	s.must(err)
	catalogue, err := locale.Default()
	s.must(err)
	s.router, err = web.New(web.Options{Guard: m, Catalogue: catalogue, Assets: assets, Log: slog.New(slog.DiscardHandler), Now: s.now,
		Random: rand.Reader, Key: key, Demo: demo, SignInPath: account.SignInPath, SignOutPath: account.SignOutPath, AccountPath: account.Path, Places: m.Places})
	s.must(err)
	m.Routes(s.router)
	s.router.Page("GET /{$}", web.SignedIn, func(c *web.Context) error { return c.Page(web.Page{Title: "Accueil"}, ui.Text("–")) })
	server.Config.Handler = s.router
	server.Start()
	t.Cleanup(server.Close)
	s.plant()
	return s
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) update(fn func(*store.Tx) error) {
	s.t.Helper()
	s.must(s.people.DB().Update(s.t.Context(), fn))
}

// plant makes nation ─ region ─ ght ─ hospital and clinic.
func (s *site) plant() {
	s.update(func(tx *store.Tx) error {
		for depth, p := range []struct {
			id, parent, kind, name string
			left, right            int64
		}{
			{"nation", "", "nation", "France", 10, 1000}, {"region", "nation", "region", "Région de démonstration", 20, 500},
			{"ght", "region", "group", "GHT des Collines", 30, 300}, {"hospital", "ght", "entity", "Centre hospitalier du Val-Doré", 40, 100},
			{"clinic", "ght", "entity", "Clinique des Trois-Érables", 110, 120},
		} {
			var parent any
			if p.parent != "" {
				parent = p.parent
			}
			_, err := tx.Exec(s.t.Context(), `
				insert into structure (id, parent_id, kind, name, name_key, lft, rgt, depth, created_at, updated_at)
				values ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)`, p.id, parent, p.kind, p.name, p.name, p.left, p.right, depth)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// person makes an account with a role and a session, and returns the session's cookie.
func (s *site) person(name string, role right.Role, structure string) (people.Person, *browser) {
	s.t.Helper()
	var p people.Person
	b := s.browser()
	s.update(func(tx *store.Tx) (err error) {
		if p, err = s.people.CreatePerson(s.t.Context(), tx, strings.ToLower(strings.ReplaceAll(name, " ", "."))+"@hygie.example", name, "", "handle-"+name); err != nil {
			return err
		}
		if role != "" {
			if _, err = s.people.Appoint(s.t.Context(), tx, people.Giving{Person: p.ID, Role: role, Structure: structure}); err != nil {
				return err
			}
		}
		secret, err := s.people.OpenSession(s.t.Context(), tx, p.ID, people.ByPasskey, "Firefox, Linux", "192.0.2.1", "")
		b.setCookie(secret)
		return err
	})
	return p, b
}

// browser keeps cookies and follows no redirect.
type browser struct {
	s      *site
	client *http.Client
}

func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	s.must(err)
	return &browser{s: s, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browser) at() *url.URL {
	u, err := url.Parse(b.s.url)
	b.s.must(err)
	return u
}

func (b *browser) setCookie(secret string) {
	b.client.Jar.SetCookies(b.at(), []*http.Cookie{{Name: "hygie", Value: secret, Path: "/"}})
}

// session is the secret that the browser has.
func (b *browser) session() string {
	for _, c := range b.client.Jar.Cookies(b.at()) {
		if c.Name == "hygie" {
			return c.Value
		}
	}
	return ""
}

// page is an answer with its text.
type page struct {
	*http.Response
	text string
}

func (p page) to() string { return p.Header.Get("Location") }

func (b *browser) do(method, path, contentType, body string, headers ...string) page {
	b.s.t.Helper()
	r, err := http.NewRequestWithContext(b.s.t.Context(), method, b.s.url+path, strings.NewReader(body))
	b.s.must(err)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := b.client.Do(r)
	b.s.must(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	b.s.must(err)
	if at := strings.Index(string(text), "⟦"); at >= 0 {
		b.s.t.Errorf("%s %s lacks a text: %.60s", method, path, text[at:])
	}
	return page{answer, html.UnescapeString(string(text))}
}

func (b *browser) get(path string) page { b.s.t.Helper(); return b.do("GET", path, "", "") }

func (b *browser) post(path string, fields ...string) page {
	b.s.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.do("POST", path, "application/x-www-form-urlencoded", form.Encode())
}

func (b *browser) want(name string, p page, status int) page {
	b.s.t.Helper()
	if p.StatusCode != status {
		b.s.t.Fatalf("%s: status %d, want %d\n%s", name, p.StatusCode, status, main(p.text))
	}
	return p
}

var mainElement = regexp.MustCompile(`(?s)<main.*</main>`)

func main(text string) string { return mainElement.FindString(text) }

// find returns what the expression's group matches in the page.
func (p page) find(t *testing.T, expression string) string {
	t.Helper()
	found := regexp.MustCompile(expression).FindStringSubmatch(p.text)
	if found == nil {
		t.Fatalf("the page has nothing like %s:\n%s", expression, main(p.text))
	}
	return found[1]
}

func (s *site) code(secret string) string {
	s.t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), s.now())
	s.must(err)
	return code
}

// firstLink is the path of the link that the console prints.
func (s *site) firstLink() string {
	s.t.Helper()
	link, err := s.people.FirstAdministratorLink(s.t.Context(), "")
	s.must(err)
	return link
}

const (
	seedField   = `name="seed" value="([^"]+)"`
	seedSecret  = `<code>([A-Z2-7 ]{32,})</code>`
	goodPhrase  = "quatre mots sans rapport"
	linkSnippet = `(/invitation/[A-Za-z0-9_-]{43})`
)

// enrol takes an invitation up with password and code, and returns the secret of codes and the recovery codes.
func (b *browser) enrol(link string, fields ...string) (secret string, recovery []string) {
	b.s.t.Helper()
	form := b.want("form", b.get(link+"/code"), http.StatusOK)
	secret = form.find(b.s.t, seedSecret)
	fields = append(fields, "seed", form.find(b.s.t, seedField), "password", goodPhrase, "code", b.s.code(secret))
	done := b.want("enrol", b.post(link+"/code", fields...), http.StatusOK)
	for _, found := range regexp.MustCompile(`<code>([0-9a-z]{4}(?:-[0-9a-z]{4}){3})</code>`).FindAllStringSubmatch(done.text, -1) {
		recovery = append(recovery, found[1])
	}
	return secret, recovery
}
