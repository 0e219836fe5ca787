package convergence

import (
	"context"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/web/ui"
)

func stateKey(s State) string { return "convergence.state_" + string(s) }

func stateOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, s := range States() {
		options = append(options, ui.Option{Value: string(s), Text: locale.T(ctx, stateKey(s))})
	}
	return options
}

func beginButton(ctx context.Context, v view) ui.Button {
	if !v.mayEdit {
		return ui.Button{}
	}
	return ui.Button{Text: locale.T(ctx, "convergence.begin"), Kind: ui.Primary, Href: address(string(v.Group.ID)) + "/edit"}
}

// stateStatus is how a step is shown.
func stateStatus(s State) ui.Status {
	switch s {
	case Doing:
		return ui.Doing
	case Done:
		return ui.Done
	}
	return ui.ToDo
}

func stepsTable(ctx context.Context, steps []Step) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "steps", Caption: p.T("convergence.steps"), Total: ui.NoTotal, Columns: []ui.Column{{Text: p.T("convergence.step_title")}, {Text: p.T("convergence.owner")}, {Text: p.T("convergence.due")}, {Text: p.T("convergence.state")}}}
	for _, s := range steps {
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Text(s.Title), ui.Text(s.Owner), ui.Text(dueText(ctx, s.Due)), stateStatus(s.State)}})
	}
	return table
}

func membersTable(ctx context.Context, members []member) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "members", Caption: p.T("convergence.members"), Total: ui.NoTotal, Dense: true, Columns: []ui.Column{{Text: p.T("convergence.member")}, {Text: p.T("convergence.level")}, {Text: p.T("convergence.measured")}},
		Empty: ui.Empty{Title: p.T("convergence.no_member"), Text: p.T("convergence.no_member_text")}}
	for _, one := range members {
		level := ui.Text(levelText(ctx, one))
		if one.Level > 0 {
			level = ui.Gauge{Level: one.Level, AtMost: one.AtMost, Small: true}
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Text(one.Subject.Name), level, ui.Text(dueText(ctx, one.Measured))}})
	}
	return table
}

// levelText says where a member stands in words.
func levelText(ctx context.Context, one member) string {
	switch {
	case one.Level > 0:
		return ui.Gauge{Level: one.Level, AtMost: one.AtMost}.Sentence(ctx)
	case !one.Within:
		return locale.T(ctx, "convergence.out_of_reach")
	}
	return locale.T(ctx, "convergence.never")
}

func dueText(ctx context.Context, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return locale.From(ctx).Date(t)
}

func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
