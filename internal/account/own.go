package account

import (
	"errors"
	"time"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/signin"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// own is what the account page shows.
type own struct {
	person    people.Person
	session   people.Session
	sessions  []people.Session
	means     signin.Means
	roles     []people.Held
	delegated []people.Held
	fresh     bool
	passkeys  bool // can work here
}

func (m *Module) ownPage(c *web.Context) error {
	return m.showOwn(c, "", nil)
}

// showOwn shows the account; name is what was typed when wrong says why it was refused.
func (m *Module) showOwn(c *web.Context, name string, wrong ui.Errors) error {
	o, err := m.own(c)
	if err != nil {
		return err
	}
	if wrong != nil {
		o.person.Name = name
	}
	return c.Page(web.Page{Title: c.T("account.own"), Lead: c.Actor.Email, Errors: wrong}, ownBody(m.script, o, wrong))
}

func (m *Module) own(c *web.Context) (own, error) {
	var o own
	_, session, err := m.people.Whoami(c.Ctx, m.cookie.Secret(c.R))
	if err != nil {
		return o, err
	}
	o.passkeys = m.signin.Passkeys()
	o.session, o.fresh = session, session.Fresh(m.people.Now())
	err = m.view(c.Ctx, func(tx *store.Tx) error {
		var errs [5]error
		o.person, errs[0] = m.people.PersonByID(c.Ctx, tx, c.Actor.Person)
		o.sessions, errs[1] = m.people.Sessions(c.Ctx, tx, c.Actor.Person)
		o.means, errs[2] = m.signin.MeansOf(c.Ctx, tx, c.Actor.Person)
		o.roles, errs[3] = m.people.RolesOf(c.Ctx, tx, c.Actor.Person)
		o.delegated, errs[4] = m.people.DelegatedBy(c.Ctx, tx, c.Actor.Person)
		return errors.Join(errs[:]...)
	})
	return o, err
}

func (m *Module) rename(c *web.Context) error {
	var form struct {
		Name string `form:"name,max=200"`
	}
	err := c.Decode(&form)
	if err == nil {
		err = m.update(c.Ctx, func(tx *store.Tx) error { return m.people.Rename(c.Ctx, tx, c.Actor.Person, form.Name) })
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showOwn(c, form.Name, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "account.saved")
	return c.Redirect(Path)
}

// language remembers the language for mails and other browsers; the page's own is chosen in the header.
func (m *Module) language(c *web.Context) error {
	var form struct {
		Language string `form:"language,max=8"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	if !locale.Lang(form.Language).Valid() {
		return fault.Invalid(fault.Field{Name: "language", Key: "account.language_unknown"})
	}
	err := m.update(c.Ctx, func(tx *store.Tx) error { return m.people.SetLocale(c.Ctx, tx, c.Actor.Person, form.Language) })
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "account.saved")
	return c.Redirect(Path)
}

func (m *Module) endSession(c *web.Context) error {
	var form struct {
		Session string `form:"session,max=64"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	err := m.update(c.Ctx, func(tx *store.Tx) error { return m.people.EndSession(c.Ctx, tx, c.Actor.Person, form.Session) })
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "account.session_ended")
	return c.Redirect(Path)
}

func (m *Module) endOthers(c *web.Context) error {
	_, session, err := m.people.Whoami(c.Ctx, m.cookie.Secret(c.R))
	if err != nil {
		return err
	}
	var ended int64
	err = m.update(c.Ctx, func(tx *store.Tx) (err error) {
		ended, err = m.people.EndOtherSessions(c.Ctx, tx, c.Actor.Person, session.ID)
		return err
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "account.sessions_ended", "count", ended)
	return c.Redirect(Path)
}

// errProve asks to prove again who one is before changing how one does it: whoever finds an open session does not keep it.
var errProve = fault.Refused("account.prove_first")

// proven returns the session when its proof is fresh, else errProve.
func (m *Module) proven(c *web.Context) (people.Session, error) {
	_, session, err := m.people.Whoami(c.Ctx, m.cookie.Secret(c.R))
	if err != nil {
		return session, err
	}
	if !session.Fresh(m.people.Now()) {
		return session, errProve
	}
	return session, nil
}

// prove leads to the sign-in page and back, for an error that asks for it; any other comes back as it is.
func prove(c *web.Context, err error, back string) error {
	if errors.Is(err, errProve) {
		return c.Redirect(signInHref(back))
	}
	return err
}

const codePath = Path + "/code"

func (m *Module) ownCodePage(c *web.Context) error {
	if _, err := m.proven(c); err != nil {
		return prove(c, err, codePath)
	}
	seed, err := m.signin.NewSeed(c.Actor.Person, c.Actor.Email)
	if err != nil {
		return err
	}
	return m.showOwnCode(c, seed, nil)
}

func (m *Module) showOwnCode(c *web.Context, seed signin.Seed, wrong ui.Errors) error {
	drawn, err := draw(seed)
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("account.set_code"), Lead: c.T("account.set_code_own_lead"), Crumbs: ownCrumbs(c), Errors: wrong},
		ownCodeBody(c.Actor.Email, drawn, wrong))
}

func ownCrumbs(c *web.Context) []ui.Link {
	return []ui.Link{{Href: Path, Text: c.T("account.own")}}
}

func (m *Module) setCode(c *web.Context) error {
	session, err := m.proven(c)
	if err != nil {
		return prove(c, err, codePath)
	}
	var form joinForm
	if err = c.Decode(&form); err == nil {
		var person people.Person
		if err = m.view(c.Ctx, func(tx *store.Tx) (err error) {
			person, err = m.people.PersonByID(c.Ctx, tx, c.Actor.Person)
			return err
		}); err != nil {
			return err
		}
		var codes []string
		if codes, err = m.signin.SetCode(c.Ctx, person, form.Password, form.Seed, form.Code, session.ID); err == nil {
			return m.showRecoveryCodes(c, codes, Path)
		}
	}
	wrong := ui.ErrorsOf(err)
	if wrong == nil {
		return err
	}
	seed, err := m.signin.OpenSeed(c.Actor.Person, c.Actor.Email, form.Seed)
	if err != nil {
		return err
	}
	return m.showOwnCode(c, seed, wrong)
}

func (m *Module) removeCode(c *web.Context) error {
	if _, err := m.proven(c); err != nil {
		return prove(c, err, Path)
	}
	if err := m.signin.RemoveCode(c.Ctx, c.Actor.Person); err != nil {
		return err
	}
	c.Flash(ui.Good, "account.code_removed")
	return c.Redirect(Path)
}

func (m *Module) newRecoveryCodes(c *web.Context) error {
	if _, err := m.proven(c); err != nil {
		return prove(c, err, Path)
	}
	codes, err := m.signin.NewRecoveryCodes(c.Ctx, c.Actor.Person)
	if err != nil {
		return err
	}
	return m.showRecoveryCodes(c, codes, Path)
}

func (m *Module) beginAdd(c *web.Context) error {
	if _, err := m.proven(c); err != nil {
		return err
	}
	dialog, err := m.signin.BeginAddPasskey(c.Ctx, c.Actor.Person)
	if err != nil {
		return err
	}
	return respond(c, dialog)
}

func (m *Module) finishAdd(c *web.Context) error {
	if _, err := m.proven(c); err != nil {
		return err
	}
	var a answer
	if err := readJSON(c, &a); err != nil {
		return err
	}
	if err := m.signin.FinishAddPasskey(c.Ctx, c.Actor.Person, a.Ceremony, a.Credential, a.Label, m.from(c.R)); err != nil {
		return err
	}
	c.Flash(ui.Good, "account.passkey_added")
	return respond(c, goTo{Path})
}

func (m *Module) removePasskey(c *web.Context) error {
	if _, err := m.proven(c); err != nil {
		return prove(c, err, Path)
	}
	var form struct {
		Passkey string `form:"passkey,max=2000"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	if err := m.signin.RemovePasskey(c.Ctx, c.Actor.Person, form.Passkey); err != nil {
		return err
	}
	c.Flash(ui.Good, "account.passkey_removed")
	return c.Redirect(Path)
}

// delegateForm passes a role on.
type delegateForm struct {
	Email  string    `form:"email,max=254"`
	Until  time.Time `form:"until"`
	Reason string    `form:"reason,max=400"`
}

// held finds one of the reader's own roles, as the list of the account has it.
func (m *Module) held(c *web.Context, grant string) (people.Held, error) {
	var found people.Held
	err := m.view(c.Ctx, func(tx *store.Tx) error {
		roles, err := m.people.RolesOf(c.Ctx, tx, c.Actor.Person)
		if err != nil {
			return err
		}
		for _, h := range roles {
			if h.ID == grant {
				found = h
				return nil
			}
		}
		return fault.NotFound("people.no_grant")
	})
	return found, err
}

func (m *Module) delegatePage(c *web.Context) error {
	h, err := m.held(c, c.Path("grant"))
	if err != nil {
		return err
	}
	return m.showDelegate(c, h, delegateForm{}, nil)
}

func (m *Module) showDelegate(c *web.Context, h people.Held, form delegateForm, wrong ui.Errors) error {
	return c.Page(web.Page{Title: c.T("account.delegate"), Crumbs: ownCrumbs(c), Errors: wrong,
		Lead: c.T("account.delegate_lead", "role", h.Role, "structure", placeName(c.Ctx, h.StructureName))}, delegateBody(h, form, wrong))
}

func (m *Module) delegate(c *web.Context) error {
	h, err := m.held(c, c.Path("grant"))
	if err != nil {
		return err
	}
	var form delegateForm
	if err = c.Decode(&form); err == nil {
		err = m.update(c.Ctx, func(tx *store.Tx) error {
			person, err := m.people.PersonByEmail(c.Ctx, tx, form.Email)
			if errors.Is(err, store.ErrNotFound) {
				return fault.Invalid(fault.Field{Name: "email", Key: "account.delegate_no_account"})
			}
			if err != nil {
				return err
			}
			_, err = m.people.Delegate(c.Ctx, tx, c.Actor, people.Delegation{Grant: h.ID, Person: person.ID, Until: endOfDay(form.Until), Reason: form.Reason})
			return err
		})
	}
	if wrong := refusedAs(err); wrong != nil {
		return m.showDelegate(c, h, form, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "account.delegated")
	return c.Redirect(Path)
}

// endOfDay makes a day that was typed count whole: a role until the 31st is held on the 31st.
func endOfDay(day time.Time) time.Time {
	if day.IsZero() {
		return day
	}
	return day.AddDate(0, 0, 1)
}

// mayDelegate tells whether to offer to pass a role on.
func mayDelegate(h people.Held) bool {
	return h.DelegatedBy == "" && right.Allowed(h.Role, right.Delegate)
}
