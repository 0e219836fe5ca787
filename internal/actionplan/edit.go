package actionplan

import (
	"strconv"
	"time"

	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// draft is the form of an action.
type draft struct {
	Title   string      `form:"title,max=200"`
	Detail  string      `form:"detail,max=10000"`
	State   plan.State  `form:"state"`
	OwnerID string      `form:"owner-id,max=40"` // who has an account
	Owner   string      `form:"owner,max=200"`   // in words, for who has none
	Due     time.Time   `form:"due"`
	Effort  plan.Weight `form:"effort"`
	Gain    plan.Weight `form:"gain"`
	Cost    int64       `form:"cost"`
	Version int64       `form:"version"`
}

// put writes what the form holds into an action, but for who answers for it: see own.
func (d draft) put(a *plan.Action) {
	a.Title, a.Detail, a.DueOn, a.Effort, a.Gain, a.Cost = d.Title, d.Detail, d.Due, d.Effort, d.Gain, d.Cost
	if d.State != "" {
		a.State = d.State
	}
}

// draftOf fills the form with an action, its due day as it is called in a zone.
func draftOf(a plan.Action, zone *time.Location) draft {
	if !a.DueOn.IsZero() {
		a.DueOn = a.DueOn.In(zone)
	}
	words := a.OwnerName
	if a.OwnerID != "" {
		words = "" // the name of who has an account is not words to keep
	}
	return draft{Title: a.Title, Detail: a.Detail, State: a.State, OwnerID: a.OwnerID, Owner: words, Due: a.DueOn, Effort: a.Effort, Gain: a.Gain, Cost: a.Cost, Version: a.Version}
}

// blank shows the form of a new action.
func (m *Module) blank(c *web.Context) error { return m.form(c, draft{State: plan.Open}, nil) }

func (m *Module) form(c *web.Context, d draft, wrong ui.Errors) error {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	owners, err := m.owners(c, s, plan.Action{})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("actionplan.new"), Place: at, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("actionplan.title")}}, Errors: wrong}
	return c.Page(page, editor(address(at.ID), c.T("actionplan.create"), d, owners, wrong))
}

// create adds an action made by hand.
func (m *Module) create(c *web.Context) error {
	_, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	a := plan.Action{Structure: string(s.ID), Origin: plan.ByHand, CreatedBy: c.Actor.Person}
	owners, err := m.owners(c, s, a)
	if err != nil {
		return err
	}
	var d draft
	if err = c.Decode(&d); err == nil {
		err = d.own(&a, owners)
	}
	if err == nil {
		err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
			d.put(&a)
			id, _, err := plan.Add(c.Ctx, tx, c.Scope, a, m.now())
			if err != nil {
				return err
			}
			return m.trail.Append(c.Ctx, tx, m.line(c, "action.create", id, a))
		})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.form(c, d, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "actionplan.created_flash")
	return c.Redirect(address(c.Path("structure")))
}

// show is the page of an action: its form for who may edit, its content for the others.
func (m *Module) show(c *web.Context) error {
	a, err := m.found(c)
	if err != nil {
		return err
	}
	return m.page(c, a, draftOf(a, c.Printer.Zone()), nil)
}

func (m *Module) page(c *web.Context, a plan.Action, d draft, wrong ui.Errors) error {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	l, err := m.lifeOf(c, a)
	if err != nil {
		return err
	}
	if c.May(right.EditActions, at.Interval) {
		if l.Owners, err = m.owners(c, s, a); err != nil {
			return err
		}
	}
	page := web.Page{Title: a.Title, Over: c.T("actionplan.one"), Place: at, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("actionplan.title")}}, Errors: wrong}
	return c.Page(page, m.detail(a, l, d, wrong, c.May(right.EditActions, at.Interval), m.now()))
}

// change saves an action; when somebody saved in between, the reader's text is shown again beside theirs.
func (m *Module) change(c *web.Context) error {
	a, err := m.found(c)
	if err != nil {
		return err
	}
	_, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	owners, err := m.owners(c, s, a)
	if err != nil {
		return err
	}
	var d draft
	next := a
	if err = c.Decode(&d); err == nil {
		err = d.own(&next, owners)
	}
	if err == nil {
		err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
			d.put(&next)
			next.Version, next.ChangedBy = d.Version, c.Actor.Person
			if err := plan.Change(c.Ctx, tx, c.Scope, next, m.now()); err != nil {
				return err
			}
			return m.trail.Append(c.Ctx, tx, m.line(c, "action.change", a.ID, next))
		})
	}
	if fault.KindOf(err) == fault.KindConflict {
		d.Version = a.Version // saving again then means it
		err = fault.Invalid(fault.Field{Key: "actionplan.changed_meanwhile", Args: []any{"title", a.Title, "state", c.T(stateKey(a.State))}})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.page(c, a, d, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "actionplan.saved")
	return c.Redirect(address(a.Structure))
}

// line is what the audit trail keeps of an act on an action.
func (m *Module) line(c *web.Context, act, id string, a plan.Action) journal.Entry {
	return journal.Entry{Actor: c.Actor.Person, Action: act, Structure: a.Structure, Subject: "action/" + id,
		Data: trail.Data(map[string]any{"title": a.Title, "state": string(a.State), "owner": a.OwnerName, "due": draftOf(a, c.Printer.Zone()).dueText()})}
}

// dueText is the due day as a form has it.
func (d draft) dueText() string {
	if d.Due.IsZero() {
		return ""
	}
	return d.Due.Format(time.DateOnly)
}

// costText is an amount as the form has it: empty when nobody has said.
func costText(euros int64) string {
	if euros == 0 {
		return ""
	}
	return strconv.FormatInt(euros, 10)
}

func versionText(v int64) string { return strconv.FormatInt(v, 10) }
