package actionplan

import (
	"context"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/plan"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// rows is the table of actions; with names it says which structure each belongs to.
func (m *Module) rows(c *web.Context, q ui.Query, actions []plan.Action, total int, names map[string]string) templ.Component {
	columns := []ui.Column{{Text: c.T("actionplan.title_field")}}
	if names != nil {
		columns = append(columns, ui.Column{Text: c.T("actionplan.structure")})
	}
	columns = append(columns, ui.Column{Text: c.T("actionplan.state")}, ui.Column{Text: c.T("actionplan.owner")}, ui.Column{Text: c.T("actionplan.due")},
		ui.Column{Text: c.T("actionplan.effort")}, ui.Column{Text: c.T("actionplan.gain")})
	table := ui.Table{
		ID: "actions", Caption: c.T("actionplan.title"), Columns: columns, Query: q, Total: total, Pager: q.Pages(total), Exports: c.Exports(),
		Filters: []ui.Field{
			{Name: "q", Label: c.T("actionplan.words"), Kind: ui.SearchField},
			{Name: "state", Label: c.T("actionplan.state"), Kind: ui.SelectField, Options: []ui.Option{
				{Value: "", Text: c.T("actionplan.filter_current")}, {Value: "late", Text: c.T("actionplan.filter_late")},
				{Value: string(plan.Done), Text: c.T(stateKey(plan.Done))}, {Value: string(plan.Dropped), Text: c.T(stateKey(plan.Dropped))},
				{Value: "all", Text: c.T("actionplan.filter_all")},
			}},
		},
		Empty: ui.Empty{Title: c.T("actionplan.empty"), Text: c.T("actionplan.empty_text")},
	}
	for _, a := range actions {
		cells := []templ.Component{link(address(a.Structure)+"/"+a.ID, a.Title)}
		if names != nil {
			cells = append(cells, link(address(a.Structure), names[a.Structure]))
		}
		due := ""
		if !a.DueOn.IsZero() {
			due = c.Printer.ShortDate(a.DueOn)
		}
		cells = append(cells, status(a, m.now()), ui.Text(a.OwnerName), ui.Text(due), ui.Text(weight(c, a.Effort)), ui.Text(weight(c, a.Gain)))
		table.Rows = append(table.Rows, ui.Row{ID: "action-" + a.ID, Cells: cells})
	}
	return table
}

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
	add("actionplan.origin", p.T("actionplan.origin_"+string(a.Origin)))
	if a.OriginURL != "" {
		list = append(list, ui.Term{Name: p.T("actionplan.explained"), Value: link(a.OriginURL, p.T("actionplan.see_origin"))})
	}
	add("actionplan.created", p.DateTime(a.CreatedAt))
	if !a.ClosedAt.IsZero() {
		add("actionplan.closed", p.DateTime(a.ClosedAt))
	}
	return list
}
