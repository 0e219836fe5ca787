package dossier

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// inviteForm is who is asked to join.
type inviteForm struct {
	Email string     `form:"email,max=254"`
	Name  string     `form:"name,max=200"`
	Role  right.Role `form:"role,max=40"`
	Until time.Time  `form:"until"`
}

// crowd is who writes a dossier.
type crowd struct {
	Held  []people.Held       // whose role lets them write, for who may see roles
	Wrote map[string]int      // fields that count, by person
	Names map[string]string   // of people
	Open  []people.Invitation // not answered yet
	Roles []ui.Option         // that the reader may give here, and that let somebody write
}

// expertMonths is how long an expert is invited for when nobody says otherwise.
const expertMonths = 3

// team is the page of the people of a dossier.
func (m *Module) team(c *web.Context) error {
	return m.teamPage(c, inviteForm{Until: m.now().AddDate(0, expertMonths, 0)}, nil)
}

func (m *Module) teamPage(c *web.Context, form inviteForm, wrong ui.Errors) error {
	var t crowd
	v, err := m.load(c, func(tx *store.Tx, v *view) (err error) {
		t, err = m.crowd(c, tx, v)
		return err
	})
	if err != nil {
		return err
	}
	page := v.page(c, crew)
	page.Errors = wrong
	return c.Page(page, teamBody(v, t, form, wrong))
}

func (m *Module) crowd(c *web.Context, tx *store.Tx, v *view) (t crowd, err error) {
	t.Wrote, t.Names = map[string]int{}, v.Names
	for _, f := range v.Fields {
		t.Wrote[f.By]++
	}
	if !c.May(right.SeePeople, v.At.Interval) {
		return t, nil
	}
	scope, err := right.Authorize(c.Ctx, tx, c.Actor, right.SeePeople, v.Dossier.Structure)
	if err != nil {
		return t, err
	}
	held, err := m.people.Holders(c.Ctx, tx, scope)
	if err != nil {
		return t, err
	}
	for _, h := range held {
		if h.Structure == v.Dossier.Structure && right.Allowed(h.Role, right.EditDossier) {
			t.Held = append(t.Held, h)
		}
	}
	if !c.May(right.InvitePeople, v.At.Interval) {
		return t, nil
	}
	if t.Open, err = m.people.Invitations(c.Ctx, tx, v.Dossier.Structure); err != nil {
		return t, err
	}
	t.Open = slices.DeleteFunc(t.Open, func(i people.Invitation) bool { return !right.Allowed(i.Role, right.EditDossier) })
	t.Roles, err = m.roles(c, tx, v)
	return t, err
}

// roles are those that the reader may give on the structure and that let somebody write in its dossiers; the narrowest first.
func (m *Module) roles(c *web.Context, tx *store.Tx, v *view) (options []ui.Option, err error) {
	givable, err := right.Givable(c.Ctx, tx, c.Actor, v.Dossier.Structure)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(givable, func(a, b right.Role) int {
		rank := func(r right.Role) int {
			if r == right.Contributor {
				return 0
			}
			return 1
		}
		return cmp.Compare(rank(a), rank(b))
	})
	for _, r := range givable {
		if r.Fits(v.Structure.Kind) && right.Allowed(r, right.EditDossier) {
			options = append(options, ui.Option{Value: string(r), Text: c.T(r.MessageKey())})
		}
	}
	return options, nil
}

// invite asks somebody to join, until a day. The dossier is named as the reason, which the audit trail keeps.
func (m *Module) invite(c *web.Context) error {
	var form inviteForm
	err := c.Decode(&form)
	if err == nil && form.Until.IsZero() {
		err = fault.Invalid(fault.Field{Name: "until", Key: "dossier.invite_until_missing"})
	}
	if err == nil && !right.Allowed(form.Role, right.EditDossier) {
		err = fault.Invalid(fault.Field{Name: "role", Key: "people.role_missing"})
	}
	var made people.Invitation
	var secret string
	var v view
	if err == nil {
		if v, err = m.load(c, nil); err != nil {
			return err
		}
		err = m.db.Update(c.Ctx, func(tx *store.Tx) (err error) {
			made, secret, err = m.people.Invite(c.Ctx, tx, c.Actor, people.Inviting{Email: form.Email, Name: form.Name, Role: form.Role, Structure: v.Dossier.Structure,
				Until: form.Until.AddDate(0, 0, 1).Add(-time.Second), Reason: v.Number})
			return err
		})
	}
	if f := fault.As(err); f != nil && (f.Kind == fault.KindRefused || f.Kind == fault.KindConflict) {
		err = fault.Invalid(fault.Field{Key: f.Key, Args: f.Args})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.teamPage(c, form, wrong)
	}
	if err != nil {
		return err
	}
	page := v.page(c, "invited")
	page.Title, page.Over, page.Tabs = c.T("dossier.invited", "name", made.Name), v.Number, nil
	page.Crumbs = append(page.Crumbs, ui.Link{Href: href(v.Dossier), Text: v.Number})
	return c.Page(page, invitedBody(v, m.address+people.InvitationPath+secret, made))
}

// teamTable lists who may write, and who wrote.
func teamTable(ctx context.Context, t crowd) ui.Table {
	p := locale.From(ctx)
	table := ui.Table{ID: "team", Caption: p.T("dossier.part_team"), Total: ui.NoTotal, Empty: ui.Empty{Title: p.T("dossier.team_nobody"), Text: p.T("dossier.team_nobody_text")},
		Columns: []ui.Column{{Text: p.T("dossier.team_who")}, {Text: p.T("dossier.team_role")}, {Text: p.T("dossier.team_until")}, {Text: p.T("dossier.team_wrote"), End: true}}}
	seen := map[string]bool{}
	add := func(id, name, role, until string) {
		seen[id] = true
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Text(name), ui.Text(role), ui.Text(until), ui.Number(int64(t.Wrote[id]))}})
	}
	for _, h := range t.Held {
		until := p.T("dossier.team_no_end")
		if !h.Until.IsZero() {
			until = p.Date(h.Until)
		}
		add(h.Person.ID, h.Person.Name, p.T(h.Role.MessageKey()), until)
	}
	var others []string // who left since, or whose role the reader may not see
	for id := range t.Wrote {
		if !seen[id] && t.Names[id] != "" {
			others = append(others, id)
		}
	}
	slices.SortFunc(others, func(a, b string) int { return cmp.Or(cmp.Compare(t.Names[a], t.Names[b]), cmp.Compare(a, b)) })
	for _, id := range others {
		add(id, t.Names[id], "–", "–")
	}
	return table
}
