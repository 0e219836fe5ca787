// Package actionplan is the pages of the action plan: the list of one structure and of everything one may see, and the page
// of an action. What an action is stands in package plan.
package actionplan

import (
	"context"
	"errors"
	"iter"
	"time"

	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// Module serves the pages.
type Module struct {
	db    *store.DB
	trail *trail.Trail
	now   func() time.Time
}

// New makes the module.
func New(db *store.DB, t *trail.Trail, now func() time.Time) *Module {
	return &Module{db: db, trail: t, now: now}
}

// Routes declares every page of the module.
func (m *Module) Routes(rt *web.Router) {
	rt.Page("GET /actions", web.Needs(right.SeeActions), m.everywhere)
	rt.Page("GET /structures/{structure}/actions", web.Needs(right.SeeActions), m.list)
	rt.Page("GET /structures/{structure}/actions/new", web.Needs(right.EditActions), m.blank)
	rt.Page("POST /structures/{structure}/actions", web.Needs(right.EditActions), m.create)
	rt.Page("GET /structures/{structure}/actions/{action}", web.Needs(right.SeeActions), m.show)
	rt.Page("POST /structures/{structure}/actions/{action}", web.Needs(right.EditActions), m.change)
	rt.Nav(
		web.Entry{Key: "actionplan.nav_all", Path: "/actions", Icon: "list", Rule: web.Needs(right.SeeActions), Order: 30},
		web.Entry{Key: "actionplan.nav", Path: "/structures/{structure}/actions", Icon: "list", Rule: web.Needs(right.SeeActions), Order: 40},
	)
}

// address of the plan of a structure.
func address(structure string) string { return "/structures/" + structure + "/actions" }

// exportAtOnce is how many actions an export reads at a time.
const exportAtOnce = 500

// filterOf reads the filters of a list from the query.
func (m *Module) filterOf(q ui.Query, structure string) plan.Filter {
	f := plan.Filter{Structure: structure, Words: q.Get("q")}
	switch state := plan.State(q.Get("state")); {
	case state == "late":
		f.LateAt = m.now()
	case state == "all":
	case state.Valid():
		f.States = []plan.State{state}
	default:
		f.States = []plan.State{plan.Open, plan.Doing}
	}
	return f
}

// list shows the plan of one structure.
func (m *Module) list(c *web.Context) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("actionplan.title"), Place: at}
	if c.May(right.EditActions, at.Interval) {
		page.Actions = ui.Button{Text: c.T("actionplan.new"), Kind: ui.Primary, Href: address(at.ID) + "/new"}
	}
	return m.table(c, page, at.ID)
}

// everywhere shows every action one may see.
func (m *Module) everywhere(c *web.Context) error {
	return m.table(c, web.Page{Title: c.T("actionplan.title_all"), Lead: c.T("actionplan.lead_all")}, "")
}

func (m *Module) table(c *web.Context, page web.Page, structure string) error {
	q := ui.ReadQuery(c.R.URL, nil, "")
	f := m.filterOf(q, structure)
	if ok, err := c.Export(m.sheet(c, f)); ok {
		return err
	}
	var actions []plan.Action
	var names map[string]string
	total := 0
	err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if actions, total, err = plan.List(c.Ctx, tx, c.Scope, f, q.Size, q.Offset()); err != nil || structure != "" {
			return err
		}
		names, err = structureNames(c.Ctx, tx, actions)
		return err
	})
	if err != nil {
		return err
	}
	return c.Page(page, m.rows(c, q, actions, total, names))
}

// structureNames names the structures of actions that were read within a scope.
func structureNames(ctx context.Context, tx *store.Tx, actions []plan.Action) (map[string]string, error) {
	names := map[string]string{}
	for _, a := range actions {
		if _, known := names[a.Structure]; known {
			continue
		}
		name, err := store.One(ctx, tx, store.Column[string], `select name from structure where id = $1`, a.Structure)
		if err != nil {
			return nil, err
		}
		names[a.Structure] = name
	}
	return names, nil
}

func (m *Module) sheet(c *web.Context, f plan.Filter) web.Sheet {
	header := []string{}
	for _, key := range []string{"title", "state", "owner", "due", "effort", "gain", "detail", "created", "closed"} {
		header = append(header, c.T("actionplan."+key))
	}
	return web.Sheet{Name: c.T("actionplan.file"), Header: header, Rows: m.exported(c, f)}
}

// exported reads the list part by part, so that an export of any length keeps little in memory.
func (m *Module) exported(c *web.Context, f plan.Filter) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for offset := 0; ; offset += exportAtOnce {
			var part []plan.Action
			err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
				part, _, err = plan.List(c.Ctx, tx, c.Scope, f, exportAtOnce, offset)
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, a := range part {
				row := []any{a.Title, c.T(stateKey(a.State)), a.OwnerName, day(a.DueOn), weight(c, a.Effort), weight(c, a.Gain), a.Detail, day(a.CreatedAt), day(a.ClosedAt)}
				if !yield(row, nil) {
					return
				}
			}
			if len(part) < exportAtOnce {
				return
			}
		}
	}
}

// day is a date for a sheet, or nothing.
func day(t time.Time) any {
	if t.IsZero() {
		return ""
	}
	return t
}

func stateKey(s plan.State) string { return "actionplan.state_" + string(s) }

func weight(c *web.Context, w plan.Weight) string {
	if w == "" {
		return ""
	}
	return c.T("actionplan.weight_" + string(w))
}

// status is how the state of an action is shown, with its lateness.
func status(a plan.Action, now time.Time) ui.Status {
	switch {
	case a.Late(now):
		return ui.Late
	case a.State == plan.Doing:
		return ui.Doing
	case a.State == plan.Done:
		return ui.Done
	case a.State == plan.Dropped:
		return ui.Cancelled
	}
	return ui.ToDo
}

// found reads one action of the structure in the path.
func (m *Module) found(c *web.Context) (a plan.Action, err error) {
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		a, err = plan.ByID(c.Ctx, tx, c.Scope, c.Path("action"))
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && a.Structure != c.Path("structure") {
		return plan.Action{}, fault.NotFound("actionplan.not_found")
	}
	return a, err
}
