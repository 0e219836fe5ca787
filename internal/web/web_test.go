package web_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/right"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/asset"
	"hygie/internal/web/ui"

	"github.com/a-h/templ"
)

var today = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

// guard is a territory of two structures, the first of which belongs to the person in the X-Person header.
type guard struct{ broken bool }

var inside = territory.Interval{Left: 10, Right: 20}

func (g guard) Session(r *http.Request) (web.Session, error) {
	if g.broken {
		return web.Session{}, errors.New("session store gone")
	}
	person := r.Header.Get("X-Person")
	if person == "" {
		return web.Session{}, nil
	}
	return web.Session{Name: person, Actor: right.Actor{Person: person, Strong: true, Grants: []right.Grant{{
		ID: "g", Role: right.SecurityOfficer, Structure: "mine", Interval: inside, Leaves: 1}}}}, nil
}

func (g guard) Authorize(_ context.Context, actor right.Actor, action right.Action, structure string) (territory.Scope, error) {
	if structure != "mine" {
		return territory.Scope{}, fault.NotFound("web.no_page")
	}
	return right.Anywhere(actor, action)
}

func places(context.Context, right.Actor) ([]web.Place, error) {
	return []web.Place{
		{ID: "mine", Name: "Centre hospitalier du Val-Doré", Kind: "établissement", Interval: inside},
		{ID: "other", Name: "Groupement Rive-Claire", Kind: "groupement"},
	}, nil
}

type site struct {
	*web.Router
	log *bytes.Buffer
	now time.Time
}

// Made once: they do not change, and compressing the files takes a while.
var (
	ourCatalogue = sync.OnceValues(locale.Default)
	ourAssets    = sync.OnceValues(asset.New)
)

func newSite(t testing.TB, change func(*web.Options)) *site {
	t.Helper()
	catalogue, err := ourCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	assets, err := ourAssets()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{log: new(bytes.Buffer), now: today}
	options := web.Options{
		Guard: guard{}, Catalogue: catalogue, Assets: assets, Log: slog.New(slog.NewTextHandler(s.log, nil)),
		Now: func() time.Time { return s.now }, Random: rand.Reader, Key: bytes.Repeat([]byte{7}, 32),
		SignInPath: "/sign-in", SignOutPath: "/sign-out", SearchPath: "/search", Version: "1.2.3",
	}
	if change != nil {
		change(&options)
	}
	s.Router, err = web.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends a request of a browser on our own pages and returns the answer with its body.
func (s *site) ask(t *testing.T, method, target string, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	answer := w.Result()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

func text(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, templ.EscapeString(s))
		return err
	})
}

func hello(c *web.Context) error {
	return c.Page(web.Page{Title: "Bonjour"}, text("corps de page"))
}

func TestRoutesNeedARule(t *testing.T) {
	for _, row := range []struct {
		name, pattern string
		rule          web.Rule
	}{
		{"no rule", "GET /a", web.Rule{}},
		{"unknown action", "GET /a", web.Needs("fly")},
		{"no method", "/a", web.Public},
		{"method in small letters", "get /a", web.Public},
		{"structure with a rule for the installation", "GET /structures/{structure}", web.NeedsEverywhere(right.Administer)},
	} {
		t.Run(row.name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("the route was accepted")
				}
			}()
			newSite(t, nil).Page(row.pattern, row.rule, hello)
		})
	}
}

func TestRulesAreApplied(t *testing.T) {
	s := newSite(t, nil)
	var scope territory.Scope
	keep := func(c *web.Context) error { scope = c.Scope; return hello(c) }
	s.Page("GET /open", web.Public, keep)
	s.Page("GET /own", web.SignedIn, keep)
	s.Page("GET /structures/{structure}/audit", web.Needs(right.SeeAudit), keep)
	s.Page("GET /audits", web.Needs(right.SeeAudit), keep)
	s.Page("GET /delegated", web.Needs(right.ImportTerritory), keep)
	s.Page("GET /installation", web.NeedsEverywhere(right.Administer), keep)
	s.Page("POST /own", web.SignedIn, keep)
	for _, row := range []struct {
		name, method, path, person string
		status                     int
		scoped                     bool
	}{
		{"visitor on a public page", "GET", "/open", "", 200, false},
		{"visitor on an own page", "GET", "/own", "", 303, false},
		{"visitor sends a form", "POST", "/own", "", 403, false},
		{"person on an own page", "GET", "/own", "ada", 200, false},
		{"person on their structure", "GET", "/structures/mine/audit", "ada", 200, true},
		{"person on another structure", "GET", "/structures/other/audit", "ada", 404, false},
		{"person on the list of what they see", "GET", "/audits", "ada", 200, true},
		{"person without the right anywhere", "GET", "/delegated", "ada", 403, false},
		{"person on the installation", "GET", "/installation", "ada", 404, false},
		{"visitor on a structure", "GET", "/structures/mine/audit", "", 303, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			scope = territory.Scope{}
			answer, _ := s.ask(t, row.method, row.path, "", "X-Person", row.person)
			if answer.StatusCode != row.status {
				t.Errorf("status %d, want %d", answer.StatusCode, row.status)
			}
			if scope.Holds(inside) != row.scoped {
				t.Errorf("scope holds the structure: %v, want %v", scope.Holds(inside), row.scoped)
			}
		})
	}
	if got, want := len(s.Routes()), 8; got != want { // with the form of preferences
		t.Errorf("Routes has %d routes, want %d", got, want)
	}
}

func TestVisitorComesBackAfterSigningIn(t *testing.T) {
	s := newSite(t, nil)
	s.Page("GET /own", web.SignedIn, hello)
	answer, _ := s.ask(t, "GET", "/own?page=2", "")
	if got, want := answer.Header.Get("Location"), "/sign-in?back=%2Fown%3Fpage%3D2"; got != want {
		t.Errorf("sent to %q, want %q", got, want)
	}
}

func TestBrokenSessionsLeavePublicPagesOpen(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Guard = guard{broken: true} })
	s.Page("GET /open", web.Public, hello)
	s.Page("GET /own", web.SignedIn, hello)
	if answer, _ := s.ask(t, "GET", "/open", ""); answer.StatusCode != 200 {
		t.Errorf("public page: status %d", answer.StatusCode)
	}
	if answer, _ := s.ask(t, "GET", "/own", ""); answer.StatusCode != 500 {
		t.Errorf("own page: status %d", answer.StatusCode)
	}
}

func TestErrorsBecomePages(t *testing.T) {
	secret := errors.New("dial 10.1.2.3: refused")
	s := newSite(t, nil)
	var err error
	s.Page("GET /fails", web.Public, func(c *web.Context) error { return err })
	for _, row := range []struct {
		name   string
		err    error
		status int
		says   string
	}{
		{"invalid", fault.Invalid(fault.Field{Name: "day", Key: "web.not_day"}), 422, "Écrivez une date"},
		{"not found", fault.NotFound("").Because(secret), 404, "Page introuvable"},
		{"refused", fault.Refused("web.cross_origin"), 403, "venait d’un autre site"},
		{"conflict", fault.Conflict("web.fail_conflict"), 409, "La situation a changé"},
		{"internal", secret, 500, "Référence"},
		{"too large", &http.MaxBytesError{Limit: 2_000_000}, 413, "2,0\u00a0Mo"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err = row.err
			s.log.Reset()
			answer, body := s.ask(t, "GET", "/fails", "")
			if answer.StatusCode != row.status || !strings.Contains(body, row.says) {
				t.Errorf("status %d, want %d; page without %q", answer.StatusCode, row.status, row.says)
			}
			if strings.Contains(body, "10.1.2.3") {
				t.Error("the page shows the cause")
			}
			if row.status != 500 {
				return
			}
			id := answer.Header.Get("X-Request-Id")
			if id == "" || !strings.Contains(body, id) || !strings.Contains(s.log.String(), id) || !strings.Contains(s.log.String(), "10.1.2.3") {
				t.Errorf("reference %q: not on the page, or the log has not the cause under it:\n%s", id, s.log)
			}
		})
	}
}

func TestUnknownPagesAndMethods(t *testing.T) {
	s := newSite(t, nil)
	s.Page("GET /here/{$}", web.Public, hello)
	if answer, body := s.ask(t, "GET", "/nowhere", ""); answer.StatusCode != 404 || !strings.Contains(body, "Page introuvable") {
		t.Errorf("unknown page: status %d", answer.StatusCode)
	}
	answer, _ := s.ask(t, "POST", "/here/", "")
	if answer.StatusCode != 405 || answer.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("wrong method: status %d, allow %q", answer.StatusCode, answer.Header.Get("Allow"))
	}
	if answer, _ := s.ask(t, "GET", "/here/../here/", ""); answer.StatusCode < 300 || answer.StatusCode > 399 {
		t.Errorf("path to clean: status %d", answer.StatusCode)
	}
}

func TestPanicIsAnInternalError(t *testing.T) {
	s := newSite(t, nil)
	s.Page("GET /panics", web.Public, func(c *web.Context) error { panic("index out of range") })
	answer, body := s.ask(t, "GET", "/panics", "")
	if answer.StatusCode != 500 || strings.Contains(body, "index out") || !strings.Contains(s.log.String(), "index out") {
		t.Errorf("status %d, log:\n%s", answer.StatusCode, s.log)
	}
}

func TestPanicAfterTheAnswerBeganCutsIt(t *testing.T) {
	s := newSite(t, nil)
	s.Page("GET /panics", web.Public, func(c *web.Context) error {
		_, _ = io.WriteString(c.W, "half")
		panic("late")
	})
	defer func() {
		if caught := recover(); caught != http.ErrAbortHandler {
			t.Errorf("recovered %v, want http.ErrAbortHandler", caught)
		}
	}()
	s.ask(t, "GET", "/panics", "")
}

func TestHeaders(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Secure = true })
	s.Page("GET /open", web.Public, hello)
	answer, body := s.ask(t, "GET", "/open", "", "Accept-Encoding", "gzip", "Accept-Language", "en")
	csp := answer.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
	for name, want := range map[string]string{
		"Content-Encoding": "gzip", "Content-Language": "en", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if len(body) > 10_000 {
		t.Errorf("an empty page weighs %d bytes compressed", len(body))
	}
}

func TestPagesHaveNothingInline(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Demo = true })
	s.Page("GET /open", web.Public, hello)
	_, body := s.ask(t, "GET", "/open", "", "X-Person", "ada")
	for _, bad := range []string{" style=", "<style", " onclick=", "javascript:", "<script>"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if strings.Contains(body, "⟦") {
		t.Error("the page has a message without text")
	}
}

func TestOtherSitesMayNotSendForms(t *testing.T) {
	s := newSite(t, nil)
	ran := false
	s.Page("POST /act", web.Public, func(c *web.Context) error { ran = true; return hello(c) })
	answer, body := s.ask(t, "POST", "/act", "", "Sec-Fetch-Site", "cross-site")
	if answer.StatusCode != 403 || ran || !strings.Contains(body, "autre site") {
		t.Errorf("status %d, handler ran: %v", answer.StatusCode, ran)
	}
}

func TestLogHasThePatternAndNotTheAddress(t *testing.T) {
	s := newSite(t, nil)
	s.Page("GET /invitations/{token}", web.Public, hello)
	s.ask(t, "GET", "/invitations/s3cret?key=s3cret", "", "X-Person", "ada")
	if line := s.log.String(); strings.Contains(line, "s3cret") || !strings.Contains(line, "/invitations/{token}") || !strings.Contains(line, "person=ada") {
		t.Errorf("log line: %s", line)
	}
}

func TestBodyIsBounded(t *testing.T) {
	s := newSite(t, nil)
	handle := func(c *web.Context) error {
		var form struct {
			Text string `form:"text,max=3000000"`
		}
		if err := c.Decode(&form); err != nil {
			return err
		}
		return hello(c)
	}
	s.Page("POST /small", web.Public, handle)
	s.Page("POST /large", web.Public, handle, web.MaxBody(3<<20))
	body := "text=" + strings.Repeat("a", 2<<20)
	if answer, _ := s.ask(t, "POST", "/small", body); answer.StatusCode != 413 {
		t.Errorf("small route: status %d", answer.StatusCode)
	}
	if answer, _ := s.ask(t, "POST", "/large", body); answer.StatusCode != 200 {
		t.Errorf("large route: status %d", answer.StatusCode)
	}
}

func TestPreferencesAreKept(t *testing.T) {
	s := newSite(t, nil)
	s.Page("GET /open", web.Public, hello)
	answer, _ := s.ask(t, "POST", "/preferences", url.Values{"lang": {"en"}, "theme": {"dark"}, "back": {"/open?x=1"}}.Encode())
	if got := answer.Header.Get("Location"); got != "/open?x=1" {
		t.Errorf("sent back to %q", got)
	}
	var cookies []string
	for _, cookie := range answer.Cookies() {
		if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie %s is not protected", cookie.Name)
		}
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	_, body := s.ask(t, "GET", "/open", "", "Cookie", strings.Join(cookies, "; "), "Accept-Language", "fr")
	if !strings.Contains(body, `lang="en"`) || !strings.Contains(body, `data-theme="dark"`) {
		t.Errorf("the page ignores the choice: %s", body[:200])
	}
	_, body = s.ask(t, "GET", "/open", "", "Cookie", `hygie_theme="><script>`)
	if strings.Contains(body, "data-theme") {
		t.Error("an unknown theme reached the page")
	}
}

func TestLocalPath(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"plain", "/a?b=c#d", "/a?b=c#d"},
		{"empty", "", "/"},
		{"other site", "https://example.org/", "/"},
		{"no scheme", "//example.org/", "/"},
		{"backslash", `/\example.org`, "/"},
		{"tab, which browsers drop", "/\t/example.org", "/"},
		{"script", "javascript:alert(1)", "/"},
		{"new header", "/a\r\nSet-Cookie: x", "/"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := web.LocalPath(row.in); got != row.want {
				t.Errorf("LocalPath(%q) = %q, want %q", row.in, got, row.want)
			}
		})
	}
}

func TestFlashIsShownOnce(t *testing.T) {
	s := newSite(t, nil)
	s.Page("GET /open", web.Public, hello)
	s.Page("POST /act", web.Public, func(c *web.Context) error {
		c.Flash(ui.Good, "web.too_long", "limit", 3)
		c.Flash(ui.Warn, "web.not_day")
		return c.Redirect("/open")
	})
	answer, _ := s.ask(t, "POST", "/act", "")
	if n := len(answer.Cookies()); n != 1 {
		t.Fatalf("%d cookies, want 1", n)
	}
	cookie := answer.Cookies()[0]
	answer, body := s.ask(t, "GET", "/open", "", "Cookie", cookie.Name+"="+cookie.Value)
	if !strings.Contains(body, "dépasse 3 caractères") || !strings.Contains(body, "Écrivez une date") {
		t.Error("the notes are not on the page")
	}
	if left := answer.Cookies(); len(left) != 1 || left[0].MaxAge >= 0 {
		t.Errorf("the cookie is not removed: %v", left)
	}
	for _, forged := range []string{"x", "eyJ9.", cookie.Value[:len(cookie.Value)-2] + "AA", "W10." + strings.SplitN(cookie.Value, ".", 2)[1]} {
		if _, body := s.ask(t, "GET", "/open", "", "Cookie", cookie.Name+"="+forged); strings.Contains(body, `role="status"`) {
			t.Errorf("a forged note %q was shown", forged)
		}
	}
}

func TestManyLongNotesStillFitTheCookie(t *testing.T) {
	s := newSite(t, nil)
	s.Page("GET /open", web.Public, hello)
	s.Page("POST /act", web.Public, func(c *web.Context) error {
		for i := range 9 {
			c.Flash(ui.Info, "web.too_large", "limit", strings.Repeat("\U0001D538", 600)+strconv.Itoa(i))
		}
		c.Flash(ui.Good, "web.ui_received")
		return c.Redirect("/open")
	})
	answer, _ := s.ask(t, "POST", "/act", "")
	cookie := answer.Cookies()[0]
	if line := answer.Header.Get("Set-Cookie"); len(line) > 4096 {
		t.Errorf("the cookie takes %d bytes", len(line))
	}
	if _, body := s.ask(t, "GET", "/open", "", "Cookie", cookie.Name+"="+cookie.Value); !strings.Contains(body, "exemple est bien arrivé") {
		t.Error("the latest note is lost")
	}
}

func TestProgramsGetJSON(t *testing.T) {
	s := newSite(t, nil)
	s.Page("GET /own", web.SignedIn, hello)
	answer, body := s.ask(t, "GET", "/own", "", "Accept", "application/json")
	if answer.StatusCode != 403 || !strings.HasPrefix(body, `{"status":403,`) {
		t.Errorf("status %d, body %s", answer.StatusCode, body)
	}
}

func TestPartsAskedByScriptFailOnTheWholePage(t *testing.T) {
	s := newSite(t, nil)
	answer, _ := s.ask(t, "GET", "/nowhere", "", "HX-Request", "true")
	if answer.Header.Get("HX-Retarget") != "main" {
		t.Error("the error would be put into the small part that was asked for")
	}
}

func TestNewSaysWhatIsMissing(t *testing.T) {
	_, err := web.New(web.Options{Key: []byte("short")})
	for _, want := range []string{"Guard", "Catalogue", "Key of 32 bytes"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
}
