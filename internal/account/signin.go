package account

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"

	"hygie/internal/fault"
	"hygie/internal/signin"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// signInForm is what the sign-in page asks.
type signInForm struct {
	Email    string `form:"email,max=254"`
	Password string `form:"password,max=200"`
	Code     string `form:"code,max=40"`
	Recovery string `form:"recovery,max=40"`
	Back     string `form:"back,max=2000"`
}

func (m *Module) signInPage(c *web.Context) error {
	form := signInForm{Back: web.LocalPath(c.Query("back"))}
	if c.Actor.SignedIn() { // to prove again who one is
		form.Email = c.Actor.Email
	}
	return m.showSignIn(c, form, nil)
}

func (m *Module) showSignIn(c *web.Context, form signInForm, wrong ui.Errors) error {
	p := web.Page{Title: c.T("account.sign_in"), Bare: true, Errors: wrong}
	if c.Actor.SignedIn() {
		p.Title, p.Lead = c.T("account.prove"), c.T("account.prove_lead")
	}
	return c.Page(p, signInBody(m.script, form, wrong, m.signin.Demo(), m.signin.Passkeys()))
}

func (m *Module) signInWithCode(c *web.Context) error {
	var form signInForm
	if err := c.Decode(&form); err != nil {
		return m.refuseSignIn(c, form, err)
	}
	in := signin.SignIn{Email: form.Email, Password: form.Password, Code: cmp.Or(form.Recovery, form.Code)}
	session, err := m.signin.WithCode(c.Ctx, in, m.from(c.R))
	if err != nil {
		return m.refuseSignIn(c, form, err)
	}
	m.cookie.Set(c.W, session.Secret)
	return c.Redirect(web.LocalPath(form.Back))
}

// refuseSignIn shows the form again with what is wrong; secrets are typed anew.
func (m *Module) refuseSignIn(c *web.Context, form signInForm, err error) error {
	wrong := ui.ErrorsOf(err)
	if f := fault.As(err); f != nil && f.Kind == fault.KindRefused {
		wrong = ui.Errors{{Key: f.Key, Args: f.Args}}
	}
	if wrong == nil {
		return err
	}
	form.Password, form.Code, form.Recovery = "", "", ""
	return m.showSignIn(c, form, wrong)
}

func (m *Module) signOut(c *web.Context) error {
	err := m.update(c.Ctx, func(tx *store.Tx) error { return m.people.CloseSession(c.Ctx, tx, m.cookie.Secret(c.R)) })
	if err != nil {
		return err
	}
	m.cookie.Clear(c.W)
	c.Flash(ui.Good, "account.signed_out")
	return c.Redirect(SignInPath)
}

// answer is what the script sends back from a passkey dialog.
type answer struct {
	Ceremony   string          `json:"ceremony"`
	Credential json.RawMessage `json:"credential"`
	Label      string          `json:"label"`
	Back       string          `json:"back"`
}

func (m *Module) beginPasskey(c *web.Context) error {
	dialog, err := m.signin.BeginPasskey()
	if err != nil {
		return err
	}
	return respond(c, dialog)
}

func (m *Module) finishPasskey(c *web.Context) error {
	var a answer
	if err := readJSON(c, &a); err != nil {
		return err
	}
	session, err := m.signin.FinishPasskey(c.Ctx, a.Ceremony, a.Credential, m.from(c.R))
	if err != nil {
		return err
	}
	m.cookie.Set(c.W, session.Secret)
	return respond(c, goTo{web.LocalPath(a.Back)})
}

// goTo tells the script where to go.
type goTo struct {
	To string `json:"to"`
}

// readJSON reads a request of our own script; the router bounds its length.
func readJSON(c *web.Context, into any) error {
	// A form of another site cannot send this type without asking first, which nobody answers.
	if c.R.Header.Get("Content-Type") != "application/json" {
		return fault.Refused("account.json_wanted")
	}
	if err := json.NewDecoder(c.R.Body).Decode(into); err != nil {
		return fault.Invalid(fault.Field{Key: "account.json_unreadable"}).Because(err)
	}
	return nil
}

func respond(c *web.Context, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	c.W.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.W.WriteHeader(http.StatusOK)
	_, _ = c.W.Write(text) // the reader went away: nothing to do
	return nil
}

func (m *Module) demoPage(c *web.Context) error {
	links, err := m.signin.DemoLinks(c.Ctx)
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("account.demo"), Lead: c.T("account.demo_lead"), Bare: true}, demoBody(links))
}

// demoSignIn signs in by a link, because a demonstration holds nothing worth more.
func (m *Module) demoSignIn(c *web.Context) error {
	session, err := m.signin.AsDemo(c.Ctx, c.Path("person"), c.Query("k"), m.from(c.R))
	if err != nil {
		return err
	}
	m.cookie.Set(c.W, session.Secret)
	return c.Redirect("/")
}
