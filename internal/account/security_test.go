package account_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"hygie/internal/people"
	"hygie/internal/right"
)

// filled puts something in each place of a pattern.
func filled(path, structure string) string {
	path = strings.ReplaceAll(path, "{structure}", structure)
	for _, name := range []string{"{grant}", "{invitation}", "{person}", "{secret}", "{$}"} {
		path = strings.ReplaceAll(path, name, "nothing")
	}
	return path
}

// Every route that is not public sends a visitor away, whatever the method.
func TestVisitorsGetNothing(t *testing.T) {
	s := newSite(t, false)
	visitor := s.browser()
	guarded := 0
	for _, route := range s.router.Routes() {
		if route.Rule.IsPublic() {
			continue
		}
		guarded++
		p := visitor.do(route.Method, strings.TrimSuffix(filled(route.Path, "hospital"), "nothing"), "application/x-www-form-urlencoded", "")
		if route.Method == "GET" && strings.HasSuffix(route.Path, "}") && !strings.Contains(route.Path, "$") {
			p = visitor.get(filled(route.Path, "hospital"))
		}
		want := http.StatusForbidden
		if route.Method == "GET" {
			want = http.StatusSeeOther
		}
		if p.StatusCode != want && p.StatusCode != http.StatusNotFound {
			t.Errorf("%s %s: %d", route.Method, route.Path, p.StatusCode)
		}
		if strings.Contains(p.text, "Val-Doré") {
			t.Errorf("%s %s names a structure", route.Method, route.Path)
		}
	}
	if guarded < 25 {
		t.Errorf("only %d guarded routes were tried", guarded)
	}
}

// Every route about a structure × every role × inside and outside: the page follows the table of rights.
func TestRoutesFollowTheTable(t *testing.T) {
	s := newSite(t, false)
	s.clock = monday
	home := map[right.Role]string{
		right.RegionalInstructor: "region", right.RegionalSupport: "region", right.NationalInstructor: "nation", right.NationalSteering: "nation", right.Accountant: "region",
		right.GroupCoordinator: "ght", right.Administrator: "ght",
	}
	for _, role := range right.Roles() {
		at := home[role]
		if at == "" {
			at = "hospital"
		}
		_, b := s.person(string(role), role, at)
		for _, route := range s.router.Routes() {
			action, needs := route.Rule.Action()
			if !needs || !strings.Contains(route.Path, "{structure}") {
				continue
			}
			allowed := right.Allowed(role, action)
			inside := b.do(route.Method, filled(route.Path, at), "application/x-www-form-urlencoded", "")
			if got := inside.StatusCode != http.StatusForbidden && inside.StatusCode != http.StatusNotFound; got != allowed {
				t.Errorf("%s, %s %s inside: %d", role, route.Method, route.Path, inside.StatusCode)
			}
			if at != "hospital" {
				continue
			}
			for _, outside := range []string{"clinic", "ght", "nation", "nowhere"} {
				if p := b.do(route.Method, filled(route.Path, outside), "application/x-www-form-urlencoded", ""); p.StatusCode != http.StatusNotFound {
					t.Errorf("%s, %s %s on %s: %d", role, route.Method, route.Path, outside, p.StatusCode)
				}
			}
		}
	}
}

// Another site's page can make a browser send a form with the cookie; none of our POST routes takes it.
func TestOtherSitesCannotPost(t *testing.T) {
	s := newSite(t, false)
	_, b := s.person("Anne", right.Director, "hospital")
	tried := 0
	for _, route := range s.router.Routes() {
		if route.Method == "GET" {
			continue
		}
		tried++
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
			p := b.do(route.Method, filled(route.Path, "hospital"), "application/x-www-form-urlencoded", "", headers...)
			if p.StatusCode != http.StatusForbidden {
				t.Errorf("%s %s with %v: %d", route.Method, route.Path, headers, p.StatusCode)
			}
		}
	}
	if tried < 20 {
		t.Errorf("only %d routes were tried", tried)
	}
	b.want("and the session is still open", b.get("/account"), http.StatusOK)
}

// A session that an attacker planted in the browser is not the one that opens.
func TestSessionFixation(t *testing.T) {
	s := newSite(t, false)
	s.clock = monday
	victim := s.browser()
	secret, _ := victim.enrol(s.firstLink(), "email", "chief@hygie.example", "name", "Chief")
	for _, planted := range []string{"planted-by-the-attacker", people.HashSecret("x")} {
		s.clock = s.clock.Add(time.Minute)
		victim.setCookie(planted)
		victim.want("sign in", victim.post("/sign-in", "email", "chief@hygie.example", "password", goodPhrase, "code", s.code(secret)), http.StatusSeeOther)
		if victim.session() == planted {
			t.Error("the planted secret is the session's")
		}
		attacker := s.browser()
		attacker.setCookie(planted)
		if p := attacker.get("/account"); p.StatusCode != http.StatusSeeOther {
			t.Errorf("the planted secret opens: %d", p.StatusCode)
		}
	}
	// An attacker's own open session ends when the victim signs in over it.
	_, attacker := s.person("Attacker", right.Director, "clinic")
	planted := attacker.session()
	s.clock = s.clock.Add(time.Minute)
	victim.setCookie(planted)
	victim.want("sign in", victim.post("/sign-in", "email", "chief@hygie.example", "password", goodPhrase, "code", s.code(secret)), http.StatusSeeOther)
	if p := attacker.get("/account"); p.StatusCode != http.StatusSeeOther {
		t.Error("the attacker's session is open")
	}
}

func TestCookie(t *testing.T) {
	s := newSite(t, false)
	s.clock = monday
	b := s.browser()
	secret, _ := b.enrol(s.firstLink(), "email", "chief@hygie.example", "name", "Chief")
	s.clock = s.clock.Add(time.Minute)
	p := b.post("/sign-in", "email", "chief@hygie.example", "password", goodPhrase, "code", s.code(secret))
	for _, c := range p.Cookies() {
		if c.Name == "hygie" && (!c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0) {
			t.Errorf("cookie %+v", c)
		}
	}
	if p.Header.Get("Cache-Control") != "no-store" {
		t.Error("the answer may be kept")
	}
	out := b.post("/sign-out")
	if len(out.Cookies()) == 0 || b.session() != "" {
		t.Error("the cookie stays after signing out")
	}
}

func TestSignInLeadsNowhereElse(t *testing.T) {
	s := newSite(t, false)
	s.clock = monday
	b := s.browser()
	secret, _ := b.enrol(s.firstLink(), "email", "chief@hygie.example", "name", "Chief")
	for _, back := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "javascript:alert(1)", ""} {
		s.clock = s.clock.Add(time.Minute)
		p := b.post("/sign-in", "email", "chief@hygie.example", "password", goodPhrase, "code", s.code(secret), "back", back)
		if p.StatusCode != http.StatusSeeOther || p.to() != "/" {
			t.Errorf("back to %q: %d to %q", back, p.StatusCode, p.to())
		}
	}
}

func TestLockedAccountIsTold(t *testing.T) {
	s := newSite(t, false)
	s.clock = monday
	b := s.browser()
	for range 6 {
		b.post("/sign-in", "email", "anne@hygie.example", "password", "x", "code", "123456")
	}
	p := b.want("locked", b.post("/sign-in", "email", "anne@hygie.example", "password", "x", "code", "123456"), http.StatusUnprocessableEntity)
	if !strings.Contains(p.text, "Trop d’essais manqués. Réessayez dans") || strings.Contains(p.text, "⟦") {
		t.Errorf("locked:\n%s", main(p.text))
	}
}

func TestScriptAddressesTakeOnlyOurScript(t *testing.T) {
	s := newSite(t, false)
	link := s.firstLink()
	b := s.browser()
	for _, path := range []string{"/sign-in/passkey/finish", link + "/passkey/begin", link + "/passkey/finish"} {
		for name, c := range map[string]struct {
			kind, body string
			want       int
		}{
			"a form":       {"application/x-www-form-urlencoded", "a=b", http.StatusForbidden},
			"not JSON":     {"application/json", "{", http.StatusUnprocessableEntity},
			"wrong JSON":   {"application/json", `{"ceremony":5}`, http.StatusUnprocessableEntity},
			"nothing":      {"application/json", "", http.StatusUnprocessableEntity},
			"a huge thing": {"application/json", `{"ceremony":"` + strings.Repeat("a", 2<<20) + `"}`, 0},
		} {
			p := b.do("POST", path, c.kind, c.body, "Accept", "application/json")
			if c.want != 0 && p.StatusCode != c.want && !(strings.HasSuffix(path, "/begin") && name == "wrong JSON") || p.StatusCode >= 500 || p.StatusCode < 400 {
				t.Errorf("%s, %s: %d %s", path, name, p.StatusCode, p.text)
			}
		}
	}
	p := b.do("POST", "/sign-in/passkey/finish", "application/json", `{"ceremony":"x","credential":{}}`, "Accept", "application/json")
	if p.StatusCode != http.StatusConflict || !strings.Contains(p.text, "Reprenez au début") {
		t.Errorf("a made-up answer: %d %s", p.StatusCode, p.text)
	}
}

// A page left open connects again and again to hear of news; that is no use of the session, which ends when its person has gone.
func TestAPageLeftOpenKeepsNoSessionAlive(t *testing.T) {
	s := newSite(t, false)
	s.clock = monday
	_, b := s.person("anne", right.Director, "hospital")
	for range 9 {
		s.clock = s.clock.Add(14 * time.Minute)
		b.do("GET", "/structures/hospital/rights", "", "", "Accept", "text/event-stream")
	}
	if p := b.get("/account"); p.StatusCode != http.StatusSeeOther {
		t.Errorf("after two hours of listening the session is still open: %d", p.StatusCode)
	}
}
