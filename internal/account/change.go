package account

import (
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// peopleHref is the page of people that a grant or invitation belongs to, as far as the reader may open it.
func peopleHref(c *web.Context, structure string) string {
	scope := right.Visible(c.Actor, right.SeePeople)
	for _, g := range c.Actor.Grants {
		if structure != "" && !scope.Empty() && (g.Structure == structure || g.Structure == "") && scope.Holds(g.Interval) {
			return place{id: structure}.base()
		}
	}
	if structure == "" && scope.Holds(right.Everywhere()) {
		return place{}.base()
	}
	return Path
}

func (m *Module) withdrawPage(c *web.Context) error {
	var h people.Held
	err := m.view(c.Ctx, func(tx *store.Tx) (err error) {
		h, err = m.people.Withdrawable(c.Ctx, tx, c.Actor, c.Path("grant"))
		return err
	})
	if err != nil {
		return err
	}
	title, submit := "account.withdraw_title", "account.withdraw"
	if h.Person.ID == c.Actor.Person {
		title, submit = "account.give_up_title", "account.give_up"
	}
	return c.Page(web.Page{Title: c.T(title)}, ui.Confirm{
		Consequences: []string{
			c.T("account.withdraw_who", "name", h.Person.Name, "role", h.Role, "structure", placeName(c.Ctx, h.StructureName)),
			c.T("account.withdraw_now"), c.T("account.withdraw_delegations"), c.T("account.withdraw_trace"),
		},
		Action: "/grants/" + h.ID + "/withdraw", Submit: c.T(submit), Danger: true, Cancel: peopleHref(c, h.Structure),
	})
}

func (m *Module) withdraw(c *web.Context) error {
	var h people.Held
	err := m.update(c.Ctx, func(tx *store.Tx) (err error) {
		if h, err = m.people.Withdrawable(c.Ctx, tx, c.Actor, c.Path("grant")); err != nil {
			return err
		}
		return m.people.WithdrawRole(c.Ctx, tx, c.Actor, h.ID)
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "account.withdrawn", "name", h.Person.Name)
	if h.Person.ID == c.Actor.Person { // the grants of this request are those of before
		return c.Redirect(Path)
	}
	return c.Redirect(peopleHref(c, h.Structure))
}

func (m *Module) withdrawInvitation(c *web.Context) error {
	var form struct {
		Back string `form:"back,max=400"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	err := m.update(c.Ctx, func(tx *store.Tx) error {
		return m.people.WithdrawInvitation(c.Ctx, tx, c.Actor, c.Path("invitation"))
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "account.invitation_withdrawn")
	return c.Redirect(web.LocalPath(form.Back))
}

// about asks before an act on somebody's account. Whether the reader may know the person is asked first, by the act's own rule.
func (m *Module) about(c *web.Context, title, submit string, consequences []string, act string) error {
	var p people.Person
	err := m.view(c.Ctx, func(tx *store.Tx) (err error) {
		p, err = m.people.AnswersFor(c.Ctx, tx, c.Actor, c.Path("person"))
		return err
	})
	if err != nil {
		return err
	}
	lines := []string{c.T("account.about", "name", p.Name, "email", p.Email)}
	for _, key := range consequences {
		lines = append(lines, c.T(key))
	}
	return c.Page(web.Page{Title: c.T(title)}, ui.Confirm{Consequences: lines, Action: "/people/" + p.ID + "/" + act,
		Submit: c.T(submit), Danger: true, Cancel: Path})
}

func (m *Module) recoverPage(c *web.Context) error {
	return m.about(c, "account.recover_title", "account.recover", []string{"account.recover_check", "account.recover_effect"}, "recover")
}

func (m *Module) recover(c *web.Context) error {
	if _, err := m.proven(c); err != nil { // whoever holds the link becomes that person
		return prove(c, err, "/people/"+c.Path("person")+"/recover")
	}
	var i people.Invitation
	var secret string
	err := m.update(c.Ctx, func(tx *store.Tx) (err error) {
		i, secret, err = m.people.InviteToRecover(c.Ctx, tx, c.Actor, c.Path("person"))
		return err
	})
	if err != nil {
		return err
	}
	return m.showLink(c, i, secret, Path)
}

func (m *Module) disablePage(c *web.Context) error {
	return m.about(c, "account.disable_title", "account.disable", []string{"account.disable_effect", "account.withdraw_trace"}, "disable")
}

func (m *Module) disable(c *web.Context) error {
	err := m.update(c.Ctx, func(tx *store.Tx) error { return m.people.Disable(c.Ctx, tx, c.Actor, c.Path("person")) })
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "account.disabled")
	return c.Redirect(Path)
}
