package actionplan

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/plan"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// rows is the table of actions; a list over several structures says which each belongs to, and one that may be edited lets actions be chosen.
func (m *Module) rows(c *web.Context, l listing) templ.Component {
	columns := []ui.Column{{Text: c.T("actionplan.title_field")}}
	if l.Names != nil {
		columns = append(columns, ui.Column{Text: c.T("actionplan.structure")})
	}
	columns = append(columns, ui.Column{Name: string(plan.ByWorth), Text: c.T("actionplan.worth"), Sort: true}, ui.Column{Text: c.T("actionplan.state")}, ui.Column{Text: c.T("actionplan.owner")}, ui.Column{Name: dueColumn, Text: c.T("actionplan.due"), Sort: true},
		ui.Column{Text: c.T("actionplan.cost_short"), End: true})
	table := ui.Table{
		ID: "actions", Caption: c.T("actionplan.title"), Columns: columns, Query: l.Query, Total: l.Total, Pager: l.Query.Pages(l.Total), Exports: c.Exports(), Dense: true,
		Filters: []ui.Field{{Name: "q", Label: c.T("actionplan.words"), Kind: ui.SearchField}},
		Keep:    []string{"state", "show"},
		Empty:   emptyList(c, l),
	}
	for _, a := range l.Actions {
		var name templ.Component = ui.Link{Href: address(a.Structure) + "/" + a.ID, Text: a.Title}
		if l.Edit {
			name = chosen(a)
		}
		cells := []templ.Component{name}
		if l.Names != nil {
			cells = append(cells, ui.Link{Href: address(a.Structure), Text: l.Names[a.Structure]})
		}
		due := ""
		if !a.DueOn.IsZero() {
			due = c.Printer.ShortDate(a.DueOn)
		}
		cells = append(cells, ui.Text(reason(c.Ctx, a)), status(a, m.now()), ui.Text(a.OwnerName), ui.Text(due), ui.Text(euros(c.Ctx, a.Cost)))
		table.Rows = append(table.Rows, ui.Row{ID: "action-" + a.ID, Cells: cells})
	}
	return table
}

// sortable are the columns that order a list beside its own order.
func sortable() []ui.Column {
	return []ui.Column{{Name: string(plan.ByWorth), Sort: true}, {Name: dueColumn, Sort: true}}
}

// dueColumn is the name of the order of urgency in an address.
const dueColumn = "due"

// reason says what an action brings for its effort: the reason of its rank.
func reason(ctx context.Context, a plan.Action) string {
	p := locale.From(ctx)
	var parts []string
	if a.Closes > 0 {
		parts = append(parts, p.T("actionplan.reason_closes", "count", int(a.Closes)))
	}
	if a.Origin == plan.RequirementUnmet {
		parts = append(parts, meets(p, a))
	}
	if a.Level > 0 && a.Beside == 0 {
		parts = append(parts, p.T("actionplan.reason_level", "level", a.Level))
	} else if a.Level > 0 {
		parts = append(parts, p.T("actionplan.reason_level_with", "level", a.Level, "count", a.Beside))
	}
	if a.Gain != "" {
		parts = append(parts, p.T("actionplan.reason_gain_"+string(a.Gain)))
	}
	if a.Effort != "" {
		parts = append(parts, p.T("actionplan.reason_effort_"+string(a.Effort)))
	}
	return strings.Join(parts, ", ")
}

// officialCode is the form of codes that people know a requirement by, such as D1.O2.B.
var officialCode = regexp.MustCompile(`^[A-Z]+[0-9]+(\.[A-Z0-9]+)*$`)

// meets says which requirement an action answers, by its code when people know it.
func meets(p *locale.Printer, a plan.Action) string {
	if _, code, _ := strings.Cut(a.OriginRef, "/"); officialCode.MatchString(code) {
		return p.T("actionplan.reason_meets", "code", code)
	}
	return p.T("actionplan.reason_meets_one")
}

// euros is an amount, or nothing when nobody has said.
func euros(ctx context.Context, n int64) string {
	if n == 0 {
		return ""
	}
	return locale.T(ctx, "actionplan.euros", "amount", locale.From(ctx).Int(n))
}

// emptyList says why nothing is listed, and how to begin.
func emptyList(c *web.Context, l listing) ui.Empty {
	if l.View != current || l.Tally.Done > 0 {
		return ui.Empty{Title: c.T("actionplan.empty_view"), Text: c.T("actionplan.empty_view_text")}
	}
	e := ui.Empty{Title: c.T("actionplan.empty"), Text: c.T("actionplan.empty_text")}
	if l.Edit {
		e.Act = ui.Button{Text: c.T("actionplan.new"), Href: address(l.Structure) + "/new"}
	}
	return e
}

// asMoved is an action as the act that moves it needs it.
func asMoved(a plan.Action) string {
	return moved{ID: a.ID, Version: a.Version, State: a.State}.String()
}

func moveKey(s plan.State) string { return "actionplan.move_" + string(s) }

func stateOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, s := range plan.States() {
		options = append(options, ui.Option{Value: string(s), Text: locale.T(ctx, stateKey(s))})
	}
	return options
}

func weightOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Value: "", Text: locale.T(ctx, "actionplan.weight_none")}}
	for _, w := range []plan.Weight{plan.Low, plan.Medium, plan.High} {
		options = append(options, ui.Option{Value: string(w), Text: locale.T(ctx, "actionplan.weight_"+string(w))})
	}
	return options
}

// terms is what is known of an action beside what can be edited.
func terms(ctx context.Context, a plan.Action, now time.Time) []ui.Term {
	p := locale.From(ctx)
	list := []ui.Term{{Name: p.T("actionplan.state"), Value: status(a, now)}}
	add := func(key, text string) {
		if text != "" {
			list = append(list, ui.Term{Name: p.T(key), Value: ui.Text(text)})
		}
	}
	add("actionplan.worth", reason(ctx, a))
	add("actionplan.cost_short", euros(ctx, a.Cost))
	add("actionplan.created", p.DateTime(a.CreatedAt))
	if !a.ClosedAt.IsZero() {
		add("actionplan.closed", p.DateTime(a.ClosedAt))
	}
	return list
}
