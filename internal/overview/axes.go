package overview

import (
	"context"
	"time"

	"github.com/a-h/templ"

	"hygie/figure"
	"hygie/internal/locale"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// axesTable says how many demands of each axis are met, and what is aimed at; where there is little room, in figures alone.
func axesTable(ctx context.Context, v trajectory, id string, narrow bool) ui.Table {
	p := locale.From(ctx)
	table := ui.Table{ID: "table-" + id, Caption: p.T("overview.axes"), Total: ui.NoTotal, Dense: true, Scroll: narrow, Columns: []ui.Column{
		{Text: p.T("overview.axis")}, {Text: p.T("overview.trajectory_met"), End: true}, {Text: p.T("overview.trajectory_target"), End: true}}}
	if !narrow {
		table.Columns = append(table.Columns, ui.Column{Text: p.T("overview.share")})
	}
	for _, a := range v.Axes {
		aimed := p.T("overview.target_none")
		if t, ok := a.next(v.Now); ok {
			aimed = p.T("overview.target_by", "share", p.Percent(int64(t.Share), 100), "date", p.ShortDate(t.On))
		}
		cells := []templ.Component{ui.Text(a.Axis.Title.In(lang(ctx))), ui.Text(p.T("overview.met_of", "met", a.Met, "all", a.Asked())), ui.Text(aimed)}
		if !narrow {
			cells = append(cells, strip(statusShares(a.Met, a.NotMet, a.Unknown)...))
		}
		table.Rows = append(table.Rows, ui.Row{Cells: cells})
	}
	return table
}

// statusShares are verdicts as the parts of a strip.
func statusShares(met, notMet, unknown int) []figure.Share {
	return []figure.Share{{Class: "bar-good", N: met}, {Class: "bar-bad", N: notMet}, {Class: "bar", N: unknown}}
}

// axisOptions are the axes to choose from.
func axisOptions(ctx context.Context, v trajectory) (options []ui.Option) {
	for _, a := range v.Axes {
		options = append(options, ui.Option{Value: a.Axis.Code, Text: a.Axis.Title.In(lang(ctx))})
	}
	return options
}

// typedDay writes a day as its field has it.
func typedDay(day time.Time) string {
	if day.IsZero() {
		return ""
	}
	return day.Format(time.DateOnly)
}

// packageOptions are the packages to choose from.
func packageOptions(ctx context.Context, v tallies) (options []ui.Option) {
	for _, p := range v.Packages {
		options = append(options, ui.Option{Value: p.ID, Text: p.Title.In(lang(ctx))})
	}
	return options
}

// countedOptions are the kinds of structure to count.
func countedOptions(ctx context.Context) []ui.Option {
	return []ui.Option{{Value: "entity", Text: locale.T(ctx, "overview.counted_entity")}, {Value: "group", Text: locale.T(ctx, "overview.counted_group")}}
}

// measureNote says when the newest of some measures was made.
func measureNote(c *web.Context, m measureTally) string {
	if m.Tally.All() == 0 {
		return ""
	}
	return c.T("overview.latest_measure", "date", c.Printer.Date(m.Tally.Latest))
}
