package account_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web/webtest"
)

// device gives the tab an authenticator of its own, as a laptop has one: it verifies the person and keeps passkeys.
func device(t *testing.T, tab *webtest.Tab) {
	t.Helper()
	err := chromedp.Do(tab.Context, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		return err
	}))
	if err != nil {
		t.Fatalf("give the tab an authenticator: %v", err)
	}
}

// goTo opens an address in the same tab.
func goTo(t *testing.T, tab *webtest.Tab, url string) {
	t.Helper()
	if err := chromedp.Do(tab.Context, chromedp.Navigate(url)); err != nil {
		t.Fatalf("go to %s: %v", url, err)
	}
}

// until waits until the expression is true in the page, through whatever pages come in between.
func until(t *testing.T, tab *webtest.Tab, what, expression string) {
	t.Helper()
	for range 300 {
		ctx, cancel := context.WithTimeout(tab.Context, 10*time.Second)
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		cancel()
		if err == nil && yes {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s: never; the page at %s says:\n%s", what, webtest.Eval[string](t, tab, "location.href"),
		webtest.Eval[string](t, tab, `document.querySelector("main").innerText`))
}

// press fills the form that holds the fields in and presses its button, as a hand would.
func press(t *testing.T, tab *webtest.Tab, form, fields string) {
	t.Helper()
	// A hand cannot press what is not shown yet: the script shows these forms once it listens to them.
	until(t, tab, "the form can be pressed", `(() => {
		const form = document.querySelector(`+"`"+form+"`"+`);
		return document.readyState === "complete" && form !== null && !form.hidden;
	})()`)
	webtest.Eval[bool](t, tab, `(() => {
		const form = document.querySelector(`+"`"+form+"`"+`), fields = `+fields+`;
		for (const name in fields) form.elements[name].value = fields[name];
		form.querySelector("[type=submit]").click();
		return true;
	})()`)
}

// A real browser with a real authenticator: come in by the console's link with a passkey, sign out, sign in, add a second one.
func TestPasskeysInABrowser(t *testing.T) {
	browser := webtest.Start(t)
	s := newSite(t, false)
	tab := browser.Open(t, s.url+s.firstLink(), webtest.View{})
	device(t, tab)
	until(t, tab, "the form shows", `!document.querySelector("form[data-passkey]").hidden`)
	press(t, tab, "form[data-passkey]", `{email: "chief@hygie.example", name: "Camille Arnoul"}`)
	until(t, tab, "in", `location.pathname === "/" && document.querySelector(".masthead").innerText.includes("Camille Arnoul")`)

	webtest.Eval[bool](t, tab, `document.querySelector("form[action='/sign-out'] button").click(), true`)
	until(t, tab, "out", `location.pathname === "/sign-in"`)
	goTo(t, tab, s.url+"/sign-in?back=/account")
	press(t, tab, "form[data-passkey=get]", `{}`)
	until(t, tab, "in again", `location.pathname === "/account"`)

	// The same device has a passkey for this account already, and says so; the page shows a sentence and stays.
	press(t, tab, "form[data-passkey=create]", `{label: "Clé bleue"}`)
	until(t, tab, "the device refuses", `!document.querySelector("[data-passkey-error]").hidden && document.querySelector("[data-passkey-error]").innerText.length > 20`)
	err := s.people.DB().View(t.Context(), func(tx *store.Tx) error {
		means, err := s.signin.MeansOf(t.Context(), tx, s.personID("chief@hygie.example"))
		if err == nil && (len(means.Passkeys) != 1 || means.Passkeys[0].Used.IsZero()) {
			t.Errorf("means: %+v", means)
		}
		return err
	})
	s.must(err)
}

// TestPagesInABrowser looks at each page at two widths, light and dark. HYGIE_SHOTS names a folder that keeps the screenshots.
func TestPagesInABrowser(t *testing.T) {
	browser := webtest.Start(t)
	s := newSite(t, true)
	link := s.firstLink()
	_, director := s.person("Sacha Delmière", right.Director, "hospital")
	s.person("Camille Arnoul", right.Administrator, "")
	s.person("Dominique Ferval", right.RegionalInstructor, "region")
	deputy, _ := s.person("Alix Montbrun", right.Contributor, "hospital")
	actor, session, err := s.people.Whoami(t.Context(), director.session())
	s.must(err)
	s.update(func(tx *store.Tx) error {
		if _, _, err := s.people.Invite(t.Context(), tx, actor, people.Inviting{Email: "charlie@hygie.example", Name: "Charlie Verdon", Role: right.SecurityOfficer, Structure: "hospital"}); err != nil {
			return err
		}
		_, err := s.people.Delegate(t.Context(), tx, actor, people.Delegation{Grant: actor.Grants[0].ID, Person: deputy.ID, Until: session.Created.AddDate(0, 0, 7), Reason: "Congés d’été"})
		return err
	})
	grant := actor.Grants[0].ID
	visits := []struct{ name, path string }{
		{"sign-in", "/sign-in"}, {"demonstration", "/demonstration"}, {"invitation", link}, {"code", link + "/code"}, {"account", "/account"},
		{"people", "/structures/hospital/people"}, {"invite", "/structures/hospital/people/invite"}, {"rights", "/structures/hospital/rights"},
		{"delegate", "/account/delegate/" + grant}, {"withdraw", "/grants/" + grant + "/withdraw"},
	}
	for name, view := range map[string]webtest.View{
		"wide":               {Width: 1280, Headers: map[string]string{"Accept-Language": "fr"}},
		"narrow dark":        {Width: 320, Dark: true, Headers: map[string]string{"Accept-Language": "en"}},
		"narrow, no scripts": {Width: 320, NoScript: true, Headers: map[string]string{"Accept-Language": "fr"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, visit := range visits {
				view.Headers["Cookie"] = ""
				if visit.path != "/sign-in" && visit.path != "/demonstration" && visit.name != "invitation" && visit.name != "code" {
					view.Headers["Cookie"] = "hygie=" + director.session()
				}
				tab := browser.Open(t, s.url+visit.path, view)
				if folder := os.Getenv("HYGIE_SHOTS"); folder != "" {
					tab.Screenshot(t, filepath.Join(folder, visit.name+"-"+view.String()+".png"))
				}
				tab.Fits(t)
				if !view.NoScript {
					tab.Accessible(t)
				}
			}
		})
	}
}
