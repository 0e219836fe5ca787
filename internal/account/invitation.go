package account

import (
	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/signin"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// joinForm is what somebody types to come in.
type joinForm struct {
	Email    string `form:"email,max=254" json:"email"`
	Name     string `form:"name,max=200" json:"name"`
	Password string `form:"password,max=200" json:"-"`
	Code     string `form:"code,max=40" json:"-"`
	Seed     string `form:"seed,max=1000" json:"-"`
}

func (f joinForm) joining(c *web.Context) signin.Joining {
	return signin.Joining{Email: f.Email, Name: f.Name, Locale: string(c.Printer.Lang()), Password: f.Password, Seed: f.Seed, Code: f.Code}
}

// entrance is what the pages of an invitation show.
type entrance struct {
	people.Invitation
	secret  string
	account bool // the address has an account: sign in and accept
	mine    bool // and the reader is signed in to it
}

func (e entrance) path(more string) string { return people.InvitationPath + e.secret + more }

// open reads the invitation of the link.
func (m *Module) open(c *web.Context) (entrance, error) {
	e := entrance{secret: c.Path("secret")}
	err := m.view(c.Ctx, func(tx *store.Tx) (err error) {
		if e.Invitation, err = m.people.Invitation(c.Ctx, tx, e.secret); err != nil {
			return err
		}
		e.account, err = m.signin.HasAccount(c.Ctx, tx, e.Invitation)
		return err
	})
	e.mine = c.Actor.SignedIn() && (e.Purpose == people.First || people.EmailKey(c.Actor.Email) == people.EmailKey(e.Email))
	return e, err
}

func (m *Module) invitationPage(c *web.Context) error {
	e, err := m.open(c)
	if err != nil {
		return err
	}
	secretAddress(c)
	return c.Page(web.Page{Title: c.T("account.welcome_" + string(e.Purpose)), Bare: true}, invitationBody(m.script, e, m.signin.Passkeys()))
}

// secretAddress keeps the address of the page, which holds a secret, from being told to any other page as where the reader came from. The name of the site
// is still told: over plain http a browser that may say nothing at all sends forms as if from nowhere ("Origin: null"), and they are refused as another
// site's.
func secretAddress(c *web.Context) { c.W.Header().Set("Referrer-Policy", "strict-origin") }

func (m *Module) acceptSignedIn(c *web.Context) error {
	if !c.Actor.SignedIn() {
		return c.Redirect(SignInPath)
	}
	if _, err := m.signin.AcceptSignedIn(c.Ctx, c.Path("secret"), c.Actor.Person); err != nil {
		return err
	}
	c.Flash(ui.Good, "account.accepted")
	return c.Redirect("/")
}

func (m *Module) codePage(c *web.Context) error {
	e, err := m.open(c)
	if err != nil {
		return err
	}
	form := joinForm{Email: e.Email, Name: e.Name}
	seed, err := m.signin.NewSeed(e.ID, m.label(c, form.Email))
	if err != nil {
		return err
	}
	return m.showCode(c, e, form, seed, nil)
}

// label is what the authenticator application shows under the platform's name.
func (m *Module) label(c *web.Context, email string) string {
	if email == "" {
		return c.T(labelOfFirst)
	}
	return email
}

const labelOfFirst = "account.first_label"

func (m *Module) showCode(c *web.Context, e entrance, form joinForm, seed signin.Seed, wrong ui.Errors) error {
	secretAddress(c)
	drawn, err := draw(seed)
	if err != nil {
		return err
	}
	form.Password, form.Code = "", ""
	return c.Page(web.Page{Title: c.T("account.set_code"), Lead: c.T("account.set_code_lead"), Bare: true, Errors: wrong},
		joinBody(e, form, drawn, wrong))
}

func (m *Module) acceptWithCode(c *web.Context) error {
	e, err := m.open(c)
	if err != nil {
		return err
	}
	var form joinForm
	if err = c.Decode(&form); err == nil {
		var done signin.Accepted
		if done, err = m.signin.AcceptWithCode(c.Ctx, e.secret, form.joining(c), m.from(c.R)); err == nil {
			m.cookie.Set(c.W, done.Secret)
			return m.showRecoveryCodes(c, done.RecoveryCodes, "/")
		}
	}
	wrong := ui.ErrorsOf(err)
	if wrong == nil {
		return err
	}
	if e.Email != "" { // what the invitation says is not for the form to change
		form.Email = e.Email
	}
	seed, err := m.signin.OpenSeed(e.ID, m.label(c, form.Email), form.Seed)
	if err != nil {
		return err
	}
	return m.showCode(c, e, form, seed, wrong)
}

// showRecoveryCodes shows the codes, this once: the answer to the form itself, which is nowhere else.
func (m *Module) showRecoveryCodes(c *web.Context, codes []string, next string) error {
	return c.Page(web.Page{Title: c.T("account.recovery_codes"), Lead: c.T("account.recovery_codes_lead"), Bare: true}, recoveryBody(codes, next))
}

func (m *Module) beginAccept(c *web.Context) error {
	var form joinForm
	if err := readJSON(c, &form); err != nil {
		return err
	}
	dialog, err := m.signin.BeginAcceptWithPasskey(c.Ctx, c.Path("secret"), form.joining(c))
	if err != nil {
		return err
	}
	return respond(c, dialog)
}

func (m *Module) finishAccept(c *web.Context) error {
	var a answer
	if err := readJSON(c, &a); err != nil {
		return err
	}
	done, err := m.signin.FinishAcceptWithPasskey(c.Ctx, c.Path("secret"), a.Ceremony, a.Credential, a.Label, m.from(c.R))
	if err != nil {
		return err
	}
	m.cookie.Set(c.W, done.Secret)
	c.Flash(ui.Good, "account.accepted")
	return respond(c, goTo{"/"})
}

// refusedAs turns a refusal into a remark above the form, so that what was typed stays.
func refusedAs(err error) ui.Errors {
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return wrong
	}
	f := fault.As(err)
	if f == nil || f.Kind != fault.KindRefused && f.Kind != fault.KindConflict {
		return nil
	}
	return ui.Errors{{Key: f.Key, Args: f.Args}}
}
