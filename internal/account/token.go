package account

import (
	"strconv"
	"time"

	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

const tokensPath = Path + "/tokens"

// tokenForm is the form of a new token.
type tokenForm struct {
	Name      string `form:"name,max=100"`
	Structure string `form:"structure,max=40"`
	ReadOnly  bool   `form:"read_only"`
	Days      int64  `form:"days"`
}

// lifetimes are how many days a token may last.
func lifetimes() []int64 { return []int64{30, 90, 365} }

// tokensView is what the page shows.
type tokensView struct {
	Tokens  []people.Token
	Form    tokenForm
	Places  []ui.Option
	Fresh   bool   // a token may be made
	Secret  string // of the token just made, shown this once
	Address string
}

func (m *Module) tokensPage(c *web.Context) error {
	return m.showTokens(c, tokensView{Form: tokenForm{ReadOnly: true, Days: lifetimes()[1]}}, nil)
}

func (m *Module) showTokens(c *web.Context, v tokensView, wrong ui.Errors) error {
	_, err := m.proven(c)
	v.Fresh, v.Address = err == nil, m.origin
	places, err := m.Places(c.Ctx, c.Actor)
	if err != nil {
		return err
	}
	v.Places = []ui.Option{{Value: "", Text: c.T("account.token_everywhere")}}
	for _, p := range places {
		v.Places = append(v.Places, ui.Option{Value: p.ID, Text: p.Name})
	}
	err = m.view(c.Ctx, func(tx *store.Tx) (err error) {
		v.Tokens, err = m.people.Tokens(c.Ctx, tx, c.Actor.Person)
		return err
	})
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("account.tokens"), Lead: c.T("account.tokens_lead"), Crumbs: ownCrumbs(c), Errors: wrong}, tokensBody(v, wrong))
}

// makeToken makes a token and shows its secret in the answer: it is nowhere else, so the page that shows it cannot be asked for again.
func (m *Module) makeToken(c *web.Context) error {
	if _, err := m.proven(c); err != nil {
		return prove(c, err, tokensPath)
	}
	v := tokensView{}
	err := c.Decode(&v.Form)
	if err == nil {
		t := people.Token{Name: v.Form.Name, Structure: v.Form.Structure, ReadOnly: v.Form.ReadOnly, Expires: m.people.Now().Add(time.Duration(v.Form.Days) * 24 * time.Hour)}
		err = m.update(c.Ctx, func(tx *store.Tx) (err error) {
			v.Secret, _, err = m.people.MakeToken(c.Ctx, tx, c.Actor, t)
			return err
		})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		v.Secret = ""
		return m.showTokens(c, v, wrong)
	}
	if err != nil {
		return err
	}
	v.Form = tokenForm{ReadOnly: true, Days: lifetimes()[1]}
	return m.showTokens(c, v, nil)
}

func (m *Module) revokeToken(c *web.Context) error {
	var form struct {
		Token string `form:"token,max=40"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	if err := m.update(c.Ctx, func(tx *store.Tx) error { return m.people.RevokeToken(c.Ctx, tx, c.Actor.Person, form.Token) }); err != nil {
		return err
	}
	c.Flash(ui.Good, "account.token_revoked")
	return c.Redirect(tokensPath)
}

// tokenHint says what a token may do, until when, and when it was used last.
func tokenHint(p *locale.Printer, t people.Token) string {
	place := t.StructureName
	if t.Structure == "" {
		place = p.T("account.token_everywhere")
	}
	does := p.T("account.token_writes")
	if t.ReadOnly {
		does = p.T("account.token_reads")
	}
	used := p.T("account.token_unused")
	if !t.Used.IsZero() {
		used = p.T("account.token_used", "when", p.DateTime(t.Used))
	}
	return p.T("account.token_hint", "place", place, "does", does, "until", p.Date(t.Expires), "used", used)
}

func lifetimeOptions(p *locale.Printer) (list []ui.Option) {
	for _, days := range lifetimes() {
		list = append(list, ui.Option{Value: strconv.FormatInt(days, 10), Text: p.T("account.token_days", "count", days)})
	}
	return list
}
