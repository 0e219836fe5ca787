package account_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"hygie/internal/right"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// A token opens the addresses for programs and no page, whatever else comes with the request.
func TestATokenOpensNoPage(t *testing.T) {
	s := newSite(t, true)
	s.router.Page("GET /api/v1/whoami", web.SignedIn, func(c *web.Context) error {
		_, err := io.WriteString(c.W, c.Actor.Name+" "+c.Session.Token)
		return err
	})
	s.router.Page("GET /page", web.SignedIn, func(c *web.Context) error { return c.Page(web.Page{Title: "Page"}, ui.Text("–")) })
	_, b := s.person("Camille Exemple", right.SecurityOfficer, "hospital")
	page := b.get("/account/tokens")
	if page.StatusCode != http.StatusOK || !strings.Contains(page.text, "Aucun jeton") {
		t.Fatalf("page of tokens: %d\n%s", page.StatusCode, page.text)
	}
	made := b.post("/account/tokens", "name", "essai", "days", "30", "read_only", "1")
	at := strings.Index(made.text, "hygie_")
	if at < 0 {
		t.Fatalf("no token is shown: %d\n%s", made.StatusCode, made.text)
	}
	secret := made.text[at : at+len("hygie_")+43]
	if again := b.get("/account/tokens"); strings.Contains(again.text, "hygie_") || !strings.Contains(again.text, "essai") {
		t.Error("the page shows the token again, or does not list it")
	}
	ask := func(path, header string) (int, string) {
		p := s.browser().do(http.MethodGet, path, "", "", "Authorization", header)
		return p.StatusCode, p.text
	}
	for name, row := range map[string]struct {
		path, header string
		want         int
	}{
		"program":        {"/api/v1/whoami", "Bearer " + secret, http.StatusOK},
		"lower case":     {"/api/v1/whoami", "bearer " + secret, http.StatusOK},
		"page":           {"/page", "Bearer " + secret, http.StatusSeeOther},
		"account":        {"/account", "Bearer " + secret, http.StatusSeeOther},
		"round the back": {"/api/v1/../../page", "Bearer " + secret, http.StatusTemporaryRedirect},
		"wrong token":    {"/api/v1/whoami", "Bearer " + secret + "x", http.StatusUnauthorized},
		"another scheme": {"/api/v1/whoami", "Basic " + secret, http.StatusUnauthorized},
		"no scheme":      {"/api/v1/whoami", secret, http.StatusUnauthorized},
	} {
		if status, body := ask(row.path, row.header); status != row.want {
			t.Errorf("%s: %d, want %d\n%.300s", name, status, row.want, body)
		}
	}
	id := made.find(t, `name="token" value="([a-z0-9]{26})"`)
	if p := b.post("/account/tokens/revoke", "token", id); p.StatusCode != http.StatusOK && p.StatusCode != http.StatusSeeOther {
		t.Fatalf("revoke: %d", p.StatusCode)
	}
	if status, _ := ask("/api/v1/whoami", "Bearer "+secret); status != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d", status)
	}
}
