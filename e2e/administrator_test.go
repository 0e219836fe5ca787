package e2e

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web/webtest"
)

const phrase = "douze mots font une phrase de passe assez longue"

// The first administrator comes in by the link of the console, with a password and an authenticator application, and invites a director, who
// accepts with a passkey, signs out, and signs in again with it.
func TestFirstAdministratorInvitesADirector(t *testing.T) {
	b := webtest.Start(t)
	s := start(t, options{})
	plantHospital(t, s)
	link, err := s.People.FirstAdministratorLink(t.Context(), s.url)
	if err != nil || link == "" {
		t.Fatalf("no link for the first administrator: %v", err)
	}
	w := s.open(t, b, strings.TrimPrefix(link, s.url), webtest.View{})
	w.keep("first-administrator")
	w.leave(chromedp.Click(chromedp.CSS(`a[href$="/code"]`)))
	secret := strings.ReplaceAll(webtest.Eval[string](t, w.Tab, `document.querySelector("details code").textContent`), " ", "")
	w.fill("main form", "email", "camille@hygie.example", "name", "Camille Imaginaire", "password", "court", "code", code(t, secret))
	w.leave(chromedp.Click(chromedp.CSS("main form [type=submit]")))
	if !strings.Contains(w.text(), "court") && !webtest.Eval[bool](t, w.Tab, `!!document.querySelector("main .field-error")`) {
		t.Errorf("a short password is not refused:\n%s", w.text())
	}
	w.fill("main form", "password", phrase, "code", code(t, secret))
	w.leave(chromedp.Click(chromedp.CSS("main form [type=submit]")))
	if n := webtest.Eval[int](t, w.Tab, `document.querySelectorAll(".recovery code").length`); n < 8 {
		t.Fatalf("%d recovery codes:\n%s", n, w.text())
	}
	w.leave(chromedp.Click(chromedp.CSS(`main .buttons a`)))
	if w.path() != "/" || count(t, s.DB, `select count(*) from role_grant where role = 'administrator' and structure_id is null`) != 1 {
		t.Fatalf("after the codes, at %s:\n%s", w.path(), w.text())
	}
	if used := s.visitor(t).get(strings.TrimPrefix(link, s.url)); used.status == http.StatusOK {
		t.Error("the link of the console works twice")
	}

	w.to("/structures/h1/people/invite")
	w.fill("main form", "name", "Dominique Fictif", "email", "dominique@hygie.example", "role", "director")
	w.leave(chromedp.Click(chromedp.CSS("main form [type=submit]")))
	w.keep("invited")
	invitation := webtest.Eval[string](t, w.Tab, `(document.querySelector("main").innerText.match(/\/invitation\/[\w-]+/) || [""])[0]`)
	if invitation == "" {
		t.Fatalf("no link to hand on:\n%s", w.text())
	}
	directorComesIn(t, s, invitation)
	w.to("/structures/h1/people")
	w.says("Dominique Fictif", "dominique@hygie.example")
}

// directorComesIn accepts an invitation in a browser of its own, with a device that keeps passkeys.
func directorComesIn(t *testing.T, s *site, invitation string) {
	t.Helper()
	w := s.open(t, webtest.Start(t), invitation, webtest.View{})
	device(t, w)
	w.says("Camille Imaginaire", "Centre hospitalier de Brumelande")
	w.Until(t, `!document.querySelector("form[data-passkey]").hidden`)
	w.leave(chromedp.Click(chromedp.CSS("form[data-passkey] [type=submit]")))
	w.Until(t, `location.pathname === "/" && document.querySelector(".masthead").innerText.includes("Dominique Fictif")`)
	w.keep("director-home")
	w.to("/structures/h1")
	w.says("Centre hospitalier de Brumelande")
	w.press("Dominique Fictif")
	w.click("Se déconnecter")
	w.to("/structures/h1/actions")
	if !strings.HasPrefix(w.path(), "/sign-in") {
		t.Errorf("signed out, at %s", w.path())
	}
	w.Until(t, `!document.querySelector("form[data-passkey=get]").hidden`)
	w.leave(chromedp.Click(chromedp.CSS("form[data-passkey=get] [type=submit]")))
	w.Until(t, `location.pathname === "/structures/h1/actions"`)
}

// device gives the tab an authenticator of its own, as a laptop has one: it verifies the person and keeps passkeys.
func device(t *testing.T, w *window) {
	t.Helper()
	w.Do(t, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		return err
	}))
}

// code is what an authenticator application shows now.
func code(t *testing.T, secret string) string {
	t.Helper()
	digits, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return digits
}

// plantHospital puts one hospital, h1, into an empty installation.
func plantHospital(t *testing.T, s *site) {
	t.Helper()
	err := s.DB.Update(t.Context(), func(tx *store.Tx) error {
		for _, d := range []territory.Draft{
			{ID: "fr", Kind: territory.Nation, Name: "France"},
			{ID: "r1", Parent: "fr", Kind: territory.Region, Code: "99", Name: "Région d’essai"},
			{ID: "h1", Parent: "r1", Kind: territory.Entity, Name: "Centre hospitalier de Brumelande"},
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
}
