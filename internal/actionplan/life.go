package actionplan

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// life is what was and became of an action.
type life struct {
	Asked  []plan.Asking
	Events []plan.Event
	Names  map[string]string // of the people of the events
	Into   string            // title of the action that took its place
	Merged []plan.Action     // those whose place it took
	Owners []people.Person   // who may answer for it; for those who may change it
}

// lifeOf reads the life of an action that the reader may see.
func (m *Module) lifeOf(c *web.Context, a plan.Action) (l life, err error) {
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if l.Asked, err = plan.AskedFor(c.Ctx, tx, c.Scope, a.ID); err != nil {
			return err
		}
		if err := hideAudits(c, tx, a, l.Asked); err != nil {
			return err
		}
		if l.Events, err = plan.Events(c.Ctx, tx, c.Scope, a.ID); err != nil {
			return err
		}
		if l.Merged, err = plan.MergedInto(c.Ctx, tx, c.Scope, a.ID); err != nil {
			return err
		}
		var ids []string
		for _, e := range l.Events {
			if e.By != "" && !slices.Contains(ids, e.By) {
				ids = append(ids, e.By)
			}
		}
		if l.Names, err = people.Names(c.Ctx, tx, ids...); err != nil || a.Merged == "" {
			return err
		}
		into, err := plan.ByID(c.Ctx, tx, c.Scope, a.Merged)
		l.Into = into.Title
		return err
	})
	return l, err
}

// hideAudits takes away the way to findings of audits from who may see the plan but not them.
func hideAudits(c *web.Context, tx *store.Tx, a plan.Action, asked []plan.Asking) error {
	at, err := territory.Get(c.Ctx, tx, c.Scope, territory.ID(a.Structure))
	if err != nil || c.May(right.SeeAudit, at.Interval) {
		return err
	}
	for i, k := range asked {
		if k.Origin == plan.DirectoryFinding || k.Origin == plan.ExposureFinding {
			asked[i].URL = ""
		}
	}
	return nil
}

// checked tells whether an audit looks whether the action is done.
func checked(asked []plan.Asking) bool {
	return slices.ContainsFunc(asked, func(k plan.Asking) bool { return k.Origin.Checked() })
}

func originKey(o plan.Origin) string { return "actionplan.origin_" + string(o) }

// events is the history of an action for its page.
func events(ctx context.Context, l life) []ui.Event {
	p := locale.From(ctx)
	var list []ui.Event
	for _, e := range l.Events {
		line := ui.Event{At: e.At, Who: l.Names[e.By]}
		switch e.Kind {
		case plan.Moved:
			line.Title = p.T("actionplan.event_moved", "state", p.T(stateKey(e.State)))
			if e.State == plan.Done {
				line.Tone = ui.Good
			}
		case plan.FoundBack:
			line.Title, line.Tone = p.T("actionplan.event_found-back"), ui.Bad
		default:
			line.Title = p.T("actionplan.event_"+string(e.Kind), "title", e.Note)
		}
		list = append(list, line)
	}
	return list
}

// cardLine is what a card of the board says under the title.
func (m *Module) cardLine(ctx context.Context, a plan.Action) string {
	p := locale.From(ctx)
	var parts []string
	if a.OwnerName != "" {
		parts = append(parts, a.OwnerName)
	}
	if !a.DueOn.IsZero() {
		parts = append(parts, p.ShortDate(a.DueOn))
	}
	if text := reason(ctx, a); text != "" {
		parts = append(parts, text)
	}
	return joined(parts)
}

// monthName is a month with its year: mars 2026.
func monthName(ctx context.Context, first time.Time) string {
	_, name, _ := strings.Cut(locale.From(ctx).Date(first), "\u00a0") // the day stands before a space that does not break
	return name
}

// dayName is a day of a month with its weekday.
func dayName(ctx context.Context, day time.Time) string {
	p := locale.From(ctx)
	return p.T("actionplan.weekday_"+strings.ToLower(day.Weekday().String()[:3])) + " " + p.Int(int64(day.Day()))
}

// table is the twin of the figure, the latest week first.
func (b burndown) table(ctx context.Context) templ.Component {
	p := locale.From(ctx)
	t := ui.Table{ID: "burn-table", Caption: p.T("actionplan.burn"), Total: ui.NoTotal, Columns: []ui.Column{
		{Text: p.T("actionplan.burn_day")}, {Text: p.T("actionplan.burn_open"), End: true}, {Text: p.T("actionplan.burn_closed"), End: true}}, Dense: true, Scroll: true}
	for i, l := range slices.Backward(b.Levels) {
		closed := ui.Number(int64(l.Closed))
		if i == 0 {
			closed = ui.Text("–")
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(p.ShortDate(l.At)), ui.Number(int64(l.Open)), closed}})
	}
	return t
}
