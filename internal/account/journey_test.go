package account_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// From the console's link to a director who works: without a script, from one form to the next.
func TestFromTheFirstLinkToADirector(t *testing.T) {
	s := newSite(t, false)
	s.clock = monday
	chief := s.browser()
	link := s.firstLink()
	welcome := chief.want("welcome", chief.get(link), http.StatusOK)
	// Not "no-referrer": over plain http, browsers then send the form with "Origin: null", which is refused as another site's.
	if welcome.Header.Get("Referrer-Policy") != "strict-origin" {
		t.Error("the address of an invitation goes to other pages")
	}
	secret, recovery := chief.enrol(link, "email", "chief@hygie.example", "name", "Camille Arnoul")
	if len(recovery) != 10 {
		t.Fatalf("%d recovery codes", len(recovery))
	}
	chief.want("used link", chief.get(link), http.StatusNotFound)
	own := chief.want("account", chief.get("/account"), http.StatusOK)
	if !strings.Contains(own.text, "Camille Arnoul") || !strings.Contains(own.text, "administration") {
		t.Errorf("account:\n%s", main(own.text))
	}

	// Sign out and in again.
	chief.want("sign out", chief.post("/sign-out"), http.StatusSeeOther)
	if p := chief.get("/account"); p.StatusCode != http.StatusSeeOther || p.to() != "/sign-in?back=%2Faccount" {
		t.Errorf("signed out: %d to %s", p.StatusCode, p.to())
	}
	s.clock = s.clock.Add(time.Minute)
	wrong := chief.want("wrong", chief.post("/sign-in", "email", "chief@hygie.example", "password", "x", "code", s.code(secret)), http.StatusUnprocessableEntity)
	if strings.Contains(wrong.text, s.code(secret)) || !strings.Contains(wrong.text, `value="chief@hygie.example"`) {
		t.Error("the form keeps the code, or not the address")
	}
	in := chief.want("sign in", chief.post("/sign-in", "email", "chief@hygie.example", "password", goodPhrase, "code", s.code(secret), "back", "/account"), http.StatusSeeOther)
	if in.to() != "/account" {
		t.Errorf("signed in, to %s", in.to())
	}

	// Invite the director of a hospital, who comes in by the link.
	chief.want("invite without a role", chief.post("/structures/hospital/people/invite", "name", "Sacha", "email", "x"), http.StatusUnprocessableEntity)
	made := chief.want("invite", chief.post("/structures/hospital/people/invite", "name", "Sacha Delmière", "email", "sacha@hygie.example", "role", "director"), http.StatusOK)
	invitation := made.find(t, linkSnippet)
	director := s.browser()
	seen := director.want("invitation", director.get(invitation), http.StatusOK)
	if !strings.Contains(seen.text, "Camille Arnoul") || !strings.Contains(seen.text, "Centre hospitalier du Val-Doré") {
		t.Errorf("invitation:\n%s", main(seen.text))
	}
	director.enrol(invitation, "name", "Sacha Delmière", "email", "evil@hygie.example")
	team := director.want("people", director.get("/structures/hospital/people"), http.StatusOK)
	if !strings.Contains(team.text, "sacha@hygie.example") || strings.Contains(team.text, "evil@hygie.example") {
		t.Errorf("people:\n%s", main(team.text))
	}
	if strings.Contains(main(team.text), "chief@hygie.example") {
		t.Error("the address of somebody above is shown")
	}
	director.want("another structure", director.get("/structures/clinic/people"), http.StatusNotFound)
	director.want("installation", director.get("/people"), http.StatusForbidden)
	why := director.want("why", director.get("/structures/hospital/rights"), http.StatusOK)
	if !strings.Contains(why.text, "Votre rôle (direction) permet ceci") {
		t.Errorf("why:\n%s", main(why.text))
	}
}

func TestDelegationAndWithdrawalFromThePages(t *testing.T) {
	s := newSite(t, false)
	s.clock = monday
	_, director := s.person("Director", right.Director, "hospital")
	deputy, deputyBrowser := s.person("Deputy", "", "")
	grant := director.get("/account").find(t, `href="/account/delegate/([0-9a-z]+)"`)
	director.want("page", director.get("/account/delegate/"+grant), http.StatusOK)
	director.want("nobody", director.post("/account/delegate/"+grant, "email", "nobody@hygie.example", "until", "2026-03-09"), http.StatusUnprocessableEntity)
	director.want("no end", director.post("/account/delegate/"+grant, "email", deputy.Email), http.StatusUnprocessableEntity)
	deputyBrowser.want("somebody else's role", deputyBrowser.post("/account/delegate/"+grant, "email", deputy.Email, "until", "2026-03-09"), http.StatusNotFound)
	director.want("delegate", director.post("/account/delegate/"+grant, "email", deputy.Email, "until", "2026-03-09"), http.StatusSeeOther)
	deputyBrowser.want("works", deputyBrowser.get("/structures/hospital/people"), http.StatusOK)
	deputyBrowser.want("does not staff", deputyBrowser.get("/structures/hospital/people/invite"), http.StatusForbidden)
	s.clock = time.Date(2026, 3, 9, 10, 0, 0, 0, time.UTC)
	late := s.browser() // the sessions of a week ago have ended
	late.setCookie(s.session(deputy.ID))
	late.want("on the last day", late.get("/structures/hospital/people"), http.StatusOK)
	boss := s.browser()
	boss.setCookie(s.session(s.personID("director@hygie.example")))
	made := boss.get("/account").find(t, `href="(/grants/[0-9a-z]+/withdraw)">Deputy`)
	boss.want("ask", boss.get(made), http.StatusOK)
	late.want("its holder may too", late.get(made), http.StatusOK)
	boss.want("withdraw", boss.post(made), http.StatusSeeOther)
	late.want("at once", late.get("/structures/hospital/people"), http.StatusNotFound)
	boss.want("twice", boss.post(made), http.StatusNotFound)
}

func TestInvitationForAnExistingAccount(t *testing.T) {
	s := newSite(t, false)
	s.clock = monday
	_, director := s.person("Director", right.Director, "hospital")
	nurse, nurseBrowser := s.person("Nurse", right.Contributor, "clinic")
	_, other := s.person("Other", right.Contributor, "clinic")
	link := director.post("/structures/hospital/people/invite", "name", "Nurse", "email", nurse.Email, "role", "contributor").find(t, linkSnippet)
	visitor := s.browser()
	if p := visitor.get(link); !strings.Contains(p.text, "/sign-in?back=") || strings.Contains(p.text, link+"/code") {
		t.Errorf("a visitor:\n%s", main(p.text))
	}
	visitor.want("a visitor may not accept", visitor.post(link), http.StatusSeeOther)
	form := visitor.get(link + "/code")
	taken := visitor.post(link+"/code", "seed", form.find(t, seedField), "name", "Thief", "password", goodPhrase, "code", s.code(form.find(t, seedSecret)))
	visitor.want("a second account", taken, http.StatusConflict)
	other.want("somebody else", other.post(link), http.StatusForbidden)
	nurseBrowser.want("accept", nurseBrowser.post(link), http.StatusSeeOther)
	nurseBrowser.want("works", nurseBrowser.get("/structures/hospital/rights"), http.StatusOK)
	nurseBrowser.want("again", nurseBrowser.post(link), http.StatusNotFound)
}

func TestRecoverByAdministrator(t *testing.T) {
	s := newSite(t, false)
	s.clock = monday
	_, chief := s.person("Chief", right.Administrator, "")
	director, directorBrowser := s.person("Director", right.Director, "hospital")
	directorBrowser.want("may not recover the chief", directorBrowser.get("/people/"+s.personID("chief@hygie.example")+"/recover"), http.StatusNotFound)
	chief.want("ask", chief.get("/people/"+director.ID+"/recover"), http.StatusOK)
	link := chief.want("link", chief.post("/people/"+director.ID+"/recover"), http.StatusOK).find(t, linkSnippet)
	lost := s.browser()
	lost.enrol(link)
	lost.want("in again", lost.get("/structures/hospital/people"), http.StatusOK)
	if p := directorBrowser.get("/account"); p.StatusCode != http.StatusSeeOther {
		t.Error("a session of before is open")
	}
	s.clock = s.clock.Add(20 * time.Minute)
	if p := chief.post("/people/" + director.ID + "/recover"); p.StatusCode != http.StatusSeeOther || !strings.HasPrefix(p.to(), "/sign-in") {
		t.Errorf("a stale proof makes recovery links: %d", p.StatusCode)
	}
	chief.want("ask to disable", chief.get("/people/"+director.ID+"/disable"), http.StatusOK)
	chief.want("disable", chief.post("/people/"+director.ID+"/disable"), http.StatusSeeOther)
	if p := lost.get("/account"); p.StatusCode != http.StatusSeeOther {
		t.Error("a disabled account is in")
	}
}

func TestOwnAccount(t *testing.T) {
	s := newSite(t, false)
	s.clock = monday
	p, b := s.person("Anne", right.Director, "hospital")
	second := s.browser()
	second.setCookie(s.session(p.ID))
	b.want("no name", b.post("/account/name", "name", " "), http.StatusUnprocessableEntity)
	b.want("name", b.post("/account/name", "name", "Anne Durand"), http.StatusSeeOther)
	if text := b.get("/account").text; !strings.Contains(text, `value="Anne Durand"`) {
		t.Errorf("account:\n%s", main(text))
	}
	b.want("language", b.post("/account/language", "language", "en"), http.StatusSeeOther)
	b.want("unknown language", b.post("/account/language", "language", "xx"), http.StatusUnprocessableEntity)

	// Password and code, with a fresh proof.
	form := b.want("form", b.get("/account/code"), http.StatusOK)
	seed, secret := form.find(t, seedField), form.find(t, seedSecret)
	again := b.want("wrong code", b.post("/account/code", "seed", seed, "password", goodPhrase, "code", "000000"), http.StatusUnprocessableEntity)
	if again.find(t, seedSecret) != secret {
		t.Error("the QR code changed under the telephone")
	}
	b.want("set", b.post("/account/code", "seed", seed, "password", goodPhrase, "code", s.code(secret)), http.StatusOK)
	if q := second.get("/account"); q.StatusCode != http.StatusSeeOther {
		t.Error("the other session is open")
	}
	b.want("codes", b.post("/account/recovery-codes"), http.StatusOK)
	b.want("last means", b.post("/account/code/remove"), http.StatusConflict)

	// Without a fresh proof nothing changes.
	s.clock = s.clock.Add(20 * time.Minute)
	for _, path := range []string{"/account/code", "/account/code/remove", "/account/recovery-codes", "/account/passkeys/remove"} {
		if q := b.post(path); q.StatusCode != http.StatusSeeOther || !strings.HasPrefix(q.to(), "/sign-in") {
			t.Errorf("%s with a stale proof: %d to %s", path, q.StatusCode, q.to())
		}
	}
	if q := b.do("POST", "/account/passkeys/begin", "application/json", "{}"); q.StatusCode != http.StatusForbidden {
		t.Errorf("a passkey with a stale proof: %d", q.StatusCode)
	}

	third := s.browser()
	third.setCookie(s.session(p.ID))
	id := b.get("/account").find(t, `name="session" value="([^"]+)"`)
	b.want("end", b.post("/account/sessions/end", "session", id), http.StatusSeeOther)
	if q := third.get("/account"); q.StatusCode != http.StatusSeeOther {
		t.Error("the ended session is open")
	}
}

func TestDemonstration(t *testing.T) {
	real := newSite(t, false)
	visitor := real.browser()
	visitor.want("no demonstration", visitor.get("/demonstration"), http.StatusNotFound)
	s := newSite(t, true)
	s.person("Anne", right.Director, "hospital")
	b := s.browser()
	list := b.want("list", b.get("/demonstration"), http.StatusOK)
	link := list.find(t, `href="(/demonstration/[^"]+)"`)
	b.want("wrong key", b.get(strings.Split(link, "?")[0]+"?k=guess"), http.StatusNotFound)
	b.want("one click", b.get(link), http.StatusSeeOther)
	b.want("in", b.get("/structures/hospital/people"), http.StatusOK)
}

// session opens a session for the person now.
func (s *site) session(person string) (secret string) {
	s.t.Helper()
	s.update(func(tx *store.Tx) (err error) {
		secret, err = s.people.OpenSession(s.t.Context(), tx, person, people.ByPasskey, "Firefox", "192.0.2.1", "")
		return err
	})
	return secret
}

func (s *site) personID(email string) (id string) {
	s.t.Helper()
	s.update(func(tx *store.Tx) error {
		p, err := s.people.PersonByEmail(s.t.Context(), tx, email)
		id = p.ID
		return err
	})
	return id
}
