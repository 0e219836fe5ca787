package account

import (
	"slices"
	"time"

	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// place is the structure that a page is about; the zero place is the whole installation.
type place struct {
	structure territory.Structure
	id        string
}

func (p place) base() string {
	if p.id == "" {
		return "/people"
	}
	return "/structures/" + p.id + "/people"
}

// page is what the frame shows around a page about the place.
func (p place) page(title string) web.Page {
	page := web.Page{Title: title}
	if p.id != "" {
		page.Place = &web.Place{ID: p.id, Name: p.structure.Name, Interval: p.structure.Interval}
	}
	return page
}

// place reads the structure of the path within the scope that the route was given.
func (m *Module) place(c *web.Context, tx *store.Tx) (place, error) {
	p := place{id: c.Path("structure")}
	if p.id == "" {
		return p, nil
	}
	var err error
	p.structure, err = territory.Get(c.Ctx, tx, c.Scope, territory.ID(p.id))
	return p, err
}

// staff is what the page of people shows.
type staff struct {
	place
	here, above []people.Held
	open        []people.Invitation
	givable     []right.Role
	reader      string // id
}

func (m *Module) peoplePage(c *web.Context) error {
	s, err := m.staff(c)
	if err != nil {
		return err
	}
	page := s.page(c.T("account.people"))
	page.Lead = c.T("account.people_lead")
	if len(s.givable) > 0 {
		page.Actions = ui.Button{Text: c.T("account.invite"), Kind: ui.Primary, Icon: "plus", Href: s.base() + "/invite"}
	}
	return c.Page(page, peopleBody(s))
}

func (m *Module) staff(c *web.Context) (staff, error) {
	s := staff{reader: c.Actor.Person}
	err := m.view(c.Ctx, func(tx *store.Tx) (err error) {
		if s.place, err = m.place(c, tx); err != nil {
			return err
		}
		if s.here, err = m.people.Holders(c.Ctx, tx, c.Scope); err != nil {
			return err
		}
		if s.id != "" {
			if s.above, err = m.people.Above(c.Ctx, tx, s.id); err != nil {
				return err
			}
		}
		if s.givable, err = right.Givable(c.Ctx, tx, c.Actor, s.id); err != nil || len(s.givable) == 0 {
			return err
		}
		s.open, err = m.people.Invitations(c.Ctx, tx, s.id)
		return err
	})
	return s, err
}

// canGive tells whether the reader may give, and so withdraw, the role of a grant shown on the page.
func (s staff) canGive(h people.Held) bool { return slices.Contains(s.givable, h.Role) }

// inviteForm is who to invite.
type inviteForm struct {
	Email  string     `form:"email,max=254"`
	Name   string     `form:"name,max=200"`
	Role   right.Role `form:"role,max=40"`
	Until  time.Time  `form:"until"`
	Reason string     `form:"reason,max=400"`
}

func (m *Module) invitePage(c *web.Context) error { return m.showInvite(c, inviteForm{}, nil) }

func (m *Module) showInvite(c *web.Context, form inviteForm, wrong ui.Errors) error {
	var p place
	var roles []right.Role
	err := m.view(c.Ctx, func(tx *store.Tx) (err error) {
		if p, err = m.place(c, tx); err != nil {
			return err
		}
		givable, err := right.Givable(c.Ctx, tx, c.Actor, p.id)
		for _, role := range givable {
			if role.Fits(p.structure.Kind) {
				roles = append(roles, role)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	page := p.page(c.T("account.invite"))
	page.Crumbs, page.Errors = []ui.Link{{Href: p.base(), Text: c.T("account.people")}}, wrong
	return c.Page(page, inviteBody(p, form, roles, wrong))
}

func (m *Module) invite(c *web.Context) error {
	var form inviteForm
	var secret string
	var invitation people.Invitation
	err := c.Decode(&form)
	if err == nil {
		in := people.Inviting{Email: form.Email, Name: form.Name, Role: form.Role, Structure: c.Path("structure"), Until: endOfDay(form.Until), Reason: form.Reason}
		err = m.update(c.Ctx, func(tx *store.Tx) (err error) {
			invitation, secret, err = m.people.Invite(c.Ctx, tx, c.Actor, in)
			return err
		})
	}
	if wrong := refusedAs(err); wrong != nil {
		return m.showInvite(c, form, wrong)
	}
	if err != nil {
		return err
	}
	return m.showLink(c, invitation, secret, place{id: c.Path("structure")}.base())
}

// showLink shows the link of an invitation, this once: only its hash is stored.
func (m *Module) showLink(c *web.Context, i people.Invitation, secret, back string) error {
	page := web.Page{Title: c.T("account.link"), Lead: c.T("account.link_lead", "name", i.Name, "email", i.Email)}
	return c.Page(page, linkBody(m.origin+people.InvitationPath+secret, i, back))
}

// reasonLine is one line of "why do I see this".
type reasonLine struct {
	action  right.Action
	allowed bool
	reasons []right.Reason
}

func (m *Module) rightsPage(c *web.Context) error {
	var p place
	var lines []reasonLine
	err := m.view(c.Ctx, func(tx *store.Tx) (err error) {
		if p, err = m.place(c, tx); err != nil {
			return err
		}
		lines = nil
		for _, action := range right.Actions() {
			reasons, err := right.Explain(c.Ctx, tx, c.Actor, action, p.id)
			if err != nil {
				return err
			}
			lines = append(lines, reasonLine{action: action, allowed: reasons[0].Allows, reasons: reasons})
		}
		return nil
	})
	if err != nil {
		return err
	}
	page := p.page(c.T("account.rights"))
	page.Lead = c.T("account.rights_lead")
	return c.Page(page, rightsBody(lines))
}
