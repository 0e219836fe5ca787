// Package actionplan is the pages of the action plan: of one structure and of everything one may see, as a list, a board, a calendar or the progress
// over the weeks; the page of an action; merging several; and the calendar that a person's own program reads. What an action is stands in package plan.
package actionplan

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/bring"
	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/place"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// Options are what the module needs.
type Options struct {
	DB      *store.DB
	Trail   *trail.Trail
	People  *people.Service
	Bring   *bring.Wizard
	Now     func() time.Time
	Address string // public address of the platform, without a slash at its end: calendars hold whole addresses
}

// Module serves the pages.
type Module struct {
	db      *store.DB
	trail   *trail.Trail
	people  *people.Service
	bring   *bring.Wizard
	now     func() time.Time
	address string
}

// New makes the module.
func New(o Options) *Module {
	return &Module{db: o.DB, trail: o.Trail, people: o.People, bring: o.Bring, now: o.Now, address: o.Address}
}

// Routes declares every page of the module.
func (m *Module) Routes(rt *web.Router) {
	rt.Page("GET /actions", web.Needs(right.SeeActions), m.everywhere)
	rt.Page("GET /structures/{structure}/actions", web.Needs(right.SeeActions), m.list)
	rt.Page("GET /structures/{structure}/actions/new", web.Needs(right.EditActions), m.blank)
	rt.Page("POST /structures/{structure}/actions", web.Needs(right.EditActions), m.create)
	rt.Page("POST /structures/{structure}/actions/moves", web.Needs(right.EditActions), m.bulk)
	rt.Page("POST /structures/{structure}/actions/undo", web.Needs(right.EditActions), m.undo)
	rt.Page("GET /structures/{structure}/actions/{action}", web.Needs(right.SeeActions), m.show)
	rt.Page("POST /structures/{structure}/actions/{action}", web.Needs(right.EditActions), m.change)
	rt.Page("POST /structures/{structure}/actions/{action}/part", web.Needs(right.EditActions), m.part)
	m.bring.Routes(rt, "/structures/{structure}/actions/import", web.Needs(right.EditActions), m.target)
	rt.Page("GET /structures/{structure}/actions/merge", web.Needs(right.EditActions), m.askMerge)
	rt.Page("POST /structures/{structure}/actions/merge", web.Needs(right.EditActions), m.merge)
	rt.Page("GET /account/calendar", web.SignedIn, m.calendarPage)
	rt.Page("POST /account/calendar", web.SignedIn, m.renewCalendar)
	rt.Page("POST /account/calendar/stop", web.SignedIn, m.stopCalendar)
	rt.Page("GET /calendar/{secret}", web.Public, m.calendar)
	rt.Nav(
		web.Entry{Key: "actionplan.nav_all", Path: "/actions", Icon: "list", Rule: web.Needs(right.SeeActions), Order: 30},
		web.Entry{Key: "actionplan.nav", Path: "/structures/{structure}/actions", Icon: "list", Rule: web.Needs(right.SeeActions), Order: 40},
	)
}

// address of the plan of a structure.
func address(structure string) string { return "/structures/" + structure + "/actions" }

// exportAtOnce is how many actions an export reads at a time.
const exportAtOnce = 500

// view is which part of a plan a list shows.
type view string

// The views. The first is what a list opens with.
const (
	current view = ""
	late    view = "late"
	soon    view = "soon"
	done    view = "done"
	dropped view = "dropped"
	all     view = "all"
)

func views() []view { return []view{current, late, soon, done, dropped, all} }

// filterOf reads the filters of a list from the query.
func (m *Module) filterOf(q ui.Query, structure string) (plan.Filter, view) {
	f := plan.Filter{Structure: structure, Words: q.Get("q")}
	if q.Sort == string(plan.ByWorth) {
		f.Order = plan.ByWorth
	}
	v := view(q.Get("state"))
	switch v {
	case late:
		f.LateAt = m.now()
	case soon:
		f.SoonAt = m.now()
	case done:
		f.States = []plan.State{plan.Done}
	case dropped:
		f.States = []plan.State{plan.Dropped}
	case all:
	default:
		v, f.States = current, []plan.State{plan.Open, plan.Doing}
	}
	return f, v
}

// tabs are the views of a plan, each with how many actions it holds.
func tabs(c *web.Context, q ui.Query, shown view, t plan.Tally) []ui.Tab {
	count := map[view]int{current: t.Current(), late: t.Late, soon: t.Soon, done: t.Done, dropped: t.Dropped, all: t.Current() + t.Done + t.Dropped}
	var list []ui.Tab
	for _, v := range views() {
		list = append(list, ui.Tab{Link: ui.Link{Href: q.With("state", string(v)), Text: c.T(viewKey(v))}, Current: v == shown, Count: count[v]})
	}
	return list
}

func viewKey(v view) string {
	if v == current {
		return "actionplan.view_current"
	}
	return "actionplan.view_" + string(v)
}

// list shows the plan of one structure.
func (m *Module) list(c *web.Context) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("actionplan.title"), Place: at}
	if c.May(right.EditActions, at.Interval) {
		page.Actions = listActions(at.ID)
	}
	return m.table(c, page, at.ID, c.May(right.EditActions, at.Interval))
}

// everywhere shows every action one may see.
func (m *Module) everywhere(c *web.Context) error {
	return m.table(c, web.Page{Title: c.T("actionplan.title_all"), Lead: c.T("actionplan.lead_all")}, "", false)
}

func (m *Module) table(c *web.Context, page web.Page, structure string, edit bool) error {
	q := ui.ReadQuery(plainURL(c.R.URL), sortable(), dueColumn)
	q.Desc = false // either order has one direction only: what to do first comes first
	f, shown := m.filterOf(q, structure)
	if ok, err := c.Export(m.sheet(c, f)); ok {
		return err
	}
	l := listing{Query: q, View: shown, Layout: layoutOf(q), Structure: structure, Edit: edit, Taken: takenOf(c, structure), Here: here(c.R.URL)}
	var body func() templ.Component
	err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if structure != "" {
			l.Tally, err = plan.Count(c.Ctx, tx, c.Scope, structure, m.now())
		} else {
			l.Tally, err = plan.CountAll(c.Ctx, tx, c.Scope, m.now())
		}
		if err != nil {
			return err
		}
		switch l.Layout {
		case asBoard:
			body, err = m.board(c, tx, &l, f)
		case asCalendar:
			body, err = m.month(c, tx, &l, f)
		case asProgress:
			body, err = m.progress(c, tx, &l)
		default:
			if l.Actions, l.Total, err = plan.List(c.Ctx, tx, c.Scope, f, q.Size, q.Offset()); err == nil {
				body = func() templ.Component { return listBody(l, m.rows(c, l)) }
			}
		}
		if err != nil || structure != "" {
			return err
		}
		l.Names, err = structureNames(c.Ctx, tx, l.Actions)
		return err
	})
	if err != nil {
		return err
	}
	page.Tabs = tabs(c, q, shown, l.Tally)
	return c.Page(page, laidOut(l, body()))
}

// plainURL is the address of a list without the last act, which no link of the list carries on.
func plainURL(u *url.URL) *url.URL {
	plain, err := url.Parse(here(u))
	if err != nil {
		return u
	}
	return plain
}

// listing is everything a list shows.
type listing struct {
	Query     ui.Query
	View      view
	Layout    layout
	Structure string // empty: of every structure in scope
	Edit      bool
	Actions   []plan.Action
	Total     int
	Tally     plan.Tally
	Names     map[string]string // of the structures, for a list over several
	Taken     taken
	Here      string // address of the list
}

// structureNames names the structures of actions that were read within a scope.
func structureNames(ctx context.Context, tx *store.Tx, actions []plan.Action) (map[string]string, error) {
	ids := map[string]bool{}
	for _, a := range actions {
		ids[a.Structure] = true
	}
	names := make(map[string]string, len(ids))
	for part := range slices.Chunk(slices.Sorted(maps.Keys(ids)), 200) {
		var w store.Where
		args := make([]any, len(part))
		for i, id := range part {
			args[i] = id
		}
		w.And("id in ("+strings.TrimSuffix(strings.Repeat("?, ", len(args)), ", ")+")", args...)
		pairs, err := store.All(ctx, tx, func(row store.Row) (pair [2]string, err error) {
			err = row.Scan(&pair[0], &pair[1])
			return pair, err
		}, `select id, name from structure`+w.SQL(), w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("name the structures of actions: %w", err)
		}
		for _, pair := range pairs {
			names[pair[0]] = pair[1]
		}
	}
	return names, nil
}

func (m *Module) sheet(c *web.Context, f plan.Filter) web.Sheet {
	header := []string{}
	for _, key := range []string{"structure", "title_field", "state", "owner", "due", "effort", "gain", "cost", "closes", "detail", "created", "closed"} {
		header = append(header, c.T("actionplan."+key))
	}
	return web.Sheet{Name: c.T("actionplan.file"), Header: header, Rows: m.exported(c, f)}
}

// exported reads the list part by part, so that an export of any length keeps little in memory.
func (m *Module) exported(c *web.Context, f plan.Filter) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for offset := 0; ; offset += exportAtOnce {
			var part []plan.Action
			var names map[string]string
			err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
				if part, _, err = plan.List(c.Ctx, tx, c.Scope, f, exportAtOnce, offset); err != nil {
					return err
				}
				names, err = structureNames(c.Ctx, tx, part)
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, a := range part {
				row := []any{names[a.Structure], a.Title, c.T(stateKey(a.State)), a.OwnerName, day(a.DueOn), weight(c, a.Effort), weight(c, a.Gain), counted(a.Cost), counted(a.Closes), a.Detail, day(a.CreatedAt), day(a.ClosedAt)}
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

// counted is a figure for a sheet, or nothing when nobody has said.
func counted(n int64) any {
	if n == 0 {
		return ""
	}
	return n
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
