package audit

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/directory/collect"
	"hygie/directory/ldap"
	"hygie/directory/points"
	"hygie/internal/locale"
	"hygie/internal/plan"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// outcome is the page of a run that is done.
func (m *Module) outcome(c *web.Context, v view) templ.Component {
	return m.outcomeBody(v, m.pointsTable(c, v))
}

// pointBody is the page of a control point.
func (m *Module) pointBody(c *web.Context, v pointView) templ.Component {
	return m.pointContent(v, m.objectsTable(reader(c.Ctx), v))
}

// failed is the page of a run that did not succeed.
func (m *Module) failed(c *web.Context, v view, mayRun bool) templ.Component {
	switch {
	case v.Run.State == Cancelled:
		return failureBody(v, c.T("audit.cancelled"), "", "", mayRun)
	case v.Run.FailureKey == "": // its job gave up after several attempts
		return failureBody(v, c.T("audit.failure_internal"), c.T("audit.failure_internal_advice"), v.Job.Error, mayRun)
	case v.Run.FailureKey == "audit.failure_collect":
		what, do := collect.Advice(ldap.Reason(v.Run.FailureDetail), string(c.Printer.Lang()))
		return failureBody(v, c.T(v.Run.FailureKey, "reason", what), do, v.Job.Error, mayRun)
	}
	return failureBody(v, c.T(v.Run.FailureKey), c.T("audit.advice."+strings.TrimPrefix(v.Run.FailureKey, "audit.failure_")), v.Run.FailureDetail, mayRun)
}

// summaryLines says the outcome in three sentences that a director understands.
func summaryLines(ctx context.Context, v view) []string {
	p := locale.From(ctx)
	failed, undecided := 0, 0
	for _, point := range v.Points {
		switch point.Status {
		case points.Failed:
			failed++
		case points.NotEvaluated:
			undecided++
		}
	}
	meaning := map[int]string{1: "audit.means_1", 2: "audit.means_2", 3: "audit.means_3", 4: "audit.means_4", 5: "audit.means_5"}
	if v.Run.Level == 0 {
		return []string{p.T("audit.means_unknown", "count", undecided), p.T("audit.unknown_next")}
	}
	lines := []string{p.T(meaning[v.Run.Level])}
	if v.Run.LevelAtMost { // praise for what was not looked at would mislead
		lines[0] = p.T("audit.means_at_most", "level", v.Run.Level, "count", undecided)
	}
	counts := p.T("audit.counts_failed", "count", failed, "total", len(v.Points))
	if undecided > 0 && !v.Run.LevelAtMost {
		counts += " " + p.T("audit.counts_undecided", "count", undecided)
	}
	lines = append(lines, counts)
	fresh, fixed := v.changes()
	changes := p.T("audit.changes_new", "count", fresh) + ", " + p.T("audit.changes_fixed", "count", fixed)
	switch {
	case v.Run.PreviousID == "":
		lines = append(lines, p.T("audit.first_run"))
	case v.Previous.Level == 0:
		lines = append(lines, p.T("audit.previous_unknown", "date", p.Date(v.Previous.AsOf), "changes", changes))
	case v.Previous.Level != v.Run.Level:
		lines = append(lines, p.T("audit.moved", "date", p.Date(v.Previous.AsOf), "before", v.Previous.Level, "now", v.Run.Level, "changes", changes))
	default:
		lines = append(lines, p.T("audit.stayed", "date", p.Date(v.Previous.AsOf), "changes", changes))
	}
	return lines
}

// levelsTable counts the points of each level by outcome.
func levelsTable(ctx context.Context, v view) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "levels", Caption: p.T("audit.by_level"), Total: ui.NoTotal, Scroll: true, Dense: true, Columns: []ui.Column{
		{Text: p.T("audit.level")}, {Text: p.T(ui.Failed.MessageKey()), End: true}, {Text: p.T(ui.NotEvaluated.MessageKey()), End: true}, {Text: p.T(ui.Passed.MessageKey()), End: true},
	}}
	for _, t := range v.tallies() {
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Number(int64(t.Level)), ui.Number(int64(t.Failed)), ui.Number(int64(t.NotEvaluated)), ui.Number(int64(t.Passed))}})
	}
	return table
}

// domainsTable shows the level of each domain.
func domainsTable(ctx context.Context, v view) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "domains", Caption: p.T("audit.domains"), Total: ui.NoTotal, Columns: []ui.Column{{Text: p.T("audit.domain")}, {Text: p.T("audit.level")}, {Text: p.T("audit.objects_read"), End: true}}}
	for _, d := range v.Domains {
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Text(d.Name), ui.Gauge{Level: d.Level, AtMost: d.LevelAtMost, Small: true}, ui.Number(int64(d.Objects))}})
	}
	return table
}

func methodOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, method := range []ldap.Method{ldap.Auto, ldap.Kerberos, ldap.LDAPS, ldap.StartTLS} {
		options = append(options, ui.Option{Value: string(method), Text: locale.T(ctx, "audit.method_"+string(method))})
	}
	return options
}

// planStatus is how an action of the plan is shown beside its finding.
func planStatus(a plan.Action) ui.Status {
	switch a.State {
	case plan.Doing:
		return ui.Doing
	case plan.Done:
		return ui.Done
	}
	return ui.ToDo
}

func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
