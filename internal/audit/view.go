package audit

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"hygie/directory/points"
	"hygie/internal/locale"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// templContext is what the parts of a page need of the reader.
type templContext struct {
	*locale.Printer
	lang string
}

func reader(ctx context.Context) templContext {
	p := locale.From(ctx)
	return templContext{Printer: p, lang: string(p.Lang())}
}

// historyTable lists the runs of a structure.
func historyTable(c *web.Context, structure string, runs []Run, mayRun bool) templ.Component {
	table := ui.Table{ID: "runs", Caption: c.T("audit.runs"), Total: len(runs), Query: ui.ReadQuery(c.R.URL, nil, ""),
		Columns: []ui.Column{{Text: c.T("audit.as_of")}, {Text: c.T("audit.level")}, {Text: c.T("audit.state")}, {Text: c.T("audit.source")}, {Text: c.T("audit.by")}},
		Empty:   ui.Empty{Title: c.T("audit.empty"), Text: c.T("audit.empty_others")}}
	if mayRun {
		table.Empty.Text = c.T("audit.empty_text")
		table.Empty.Act = ui.Button{Text: c.T("audit.new"), Kind: ui.Primary, Href: address(structure) + "/new"}
	}
	for _, r := range runs {
		when := r.AsOf
		if when.IsZero() {
			when = r.CreatedAt
		}
		var level templ.Component = ui.Text("–")
		if r.State == Done {
			level = ui.Gauge{Level: r.Level, AtMost: r.LevelAtMost, Small: true}
		}
		table.Rows = append(table.Rows, ui.Row{ID: "run-" + r.ID, Cells: []templ.Component{
			ui.Link{Href: address(structure) + "/runs/" + r.ID, Text: c.Printer.Date(when)}, level, ui.Status(r.State),
			ui.Text(c.T("audit.source_"+string(r.Source)) + " " + r.SourceName), ui.Text(r.CreatedByName),
		}})
	}
	return table
}

// progressID is the part of the page that shows the progress of a run.
const progressID = "run"

// historyTrend draws how the level moved; the table of runs is its twin.
func historyTrend(c *web.Context, structure string, runs []Run) ui.Trend {
	t := ui.Trend{Title: c.T("audit.trend"), TableID: "runs"}
	for _, r := range runs {
		if r.State == Done && r.Level > 0 {
			t.Moments = append(t.Moments, ui.Moment{At: r.AsOf, Level: r.Level, AtMost: r.LevelAtMost, Href: address(structure) + "/runs/" + r.ID})
		}
	}
	slices.SortStableFunc(t.Moments, func(a, b ui.Moment) int { return a.At.Compare(b.At) })
	return t
}

// waiting is the page of a run under way.
func (m *Module) waiting(c *web.Context, v view) templ.Component {
	message := ""
	if v.Job.Message != "" {
		message = c.T(v.Job.Message)
	}
	here := address(v.Run.Structure) + "/runs/" + v.Run.ID
	return ui.Progress{ID: progressID, Label: c.T("audit.progress"), Status: ui.Status(v.Run.State), Done: v.Job.Done, Total: v.Job.Total, Message: message, Href: here, Topic: v.Job.Topic(), Cancel: here + "/cancel"}
}

// reportButtons lead to the report as a file, and to paper.
func reportButtons(v view) templ.Component {
	here := address(v.Run.Structure) + "/runs/" + v.Run.ID + "/report"
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for _, part := range []templ.Component{
			ui.Button{Text: locale.T(ctx, "audit.report_html"), Icon: "download", Href: here + "?format=html"},
			ui.Button{Text: locale.T(ctx, "audit.report_ods"), Icon: "download", Href: here + "?format=ods"},
			ui.Button{Text: locale.T(ctx, "audit.report_json"), Icon: "download", Href: here + "?format=json"},
			ui.PrintButton(),
		} {
			if err := part.Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
}

// firstActions are the first points to mend, as a list of work.
func (v view) firstActions(n int) []ui.Task {
	var tasks []ui.Task
	for _, p := range v.failing() {
		if len(tasks) == n {
			break
		}
		if _, accepted := v.accepted(p); accepted {
			continue
		}
		text, _ := v.catalog.Point(p.ID)
		task := ui.Task{Text: text.Title, Hint: text.Director, Href: pointHref(v.Run, p), Status: ui.ToDo}
		if a, ok := v.Planned[reference(p.ID, p.Domain)]; ok {
			task.Status = planStatus(a)
		}
		tasks = append(tasks, task)
	}
	return tasks
}

// pointsTable lists the points of the run, those to mend first.
func (m *Module) pointsTable(c *web.Context, v view) templ.Component {
	q := ui.ReadQuery(c.R.URL, nil, "")
	wanted, words, level := q.Get("status"), strings.ToLower(q.Get("q")), q.Get("level")
	columns := []ui.Column{{Text: c.T("audit.point")}, {Text: c.T("audit.level")}, {Text: c.T("audit.verdict")}, {Text: c.T("audit.objects"), End: true}}
	if v.severalDomains() {
		columns = append(columns, ui.Column{Text: c.T("audit.domain")})
	}
	if v.Run.PreviousID != "" {
		columns = append(columns, ui.Column{Text: c.T("audit.since_previous")})
	}
	columns = append(columns, ui.Column{Text: c.T("audit.plan")})
	table := ui.Table{ID: "points", Caption: c.T("audit.points"), Columns: columns, Query: q, Dense: true, Filters: []ui.Field{
		{Name: "q", Label: c.T("audit.point_words"), Kind: ui.SearchField},
		{Name: "status", Label: c.T("audit.verdict"), Kind: ui.SelectField, Options: []ui.Option{{Value: "", Text: c.T("audit.verdict_failed")},
			{Value: string(points.NotEvaluated), Text: c.T(ui.NotEvaluated.MessageKey())}, {Value: string(points.Passed), Text: c.T(ui.Passed.MessageKey())}, {Value: "all", Text: c.T("audit.verdict_all")}}},
		{Name: "level", Label: c.T("audit.level"), Kind: ui.SelectField, Options: levelOptions(c)},
	}, Empty: ui.Empty{Title: c.T("audit.no_point"), Text: c.T("audit.no_point_text")}}
	for _, p := range v.ordered() {
		if wanted != "all" && string(p.Status) != cmp.Or(wanted, string(points.Failed)) || level != "" && strconv.Itoa(p.shownLevel()) != level {
			continue
		}
		text, _ := v.catalog.Point(p.ID)
		if words != "" && !strings.Contains(strings.ToLower(text.Title+" "+p.ID), words) {
			continue
		}
		table.Rows = append(table.Rows, ui.Row{Cells: m.pointCells(c, v, p, text.Title)})
	}
	table.Total = len(table.Rows)
	return table
}

// shownLevel is the level under which a point is listed: the lowest it fails, else the lowest that asks for it.
func (p Point) shownLevel() int {
	if len(p.FailedLevels) > 0 {
		return slices.Min(p.FailedLevels)
	}
	return p.Level
}

// ordered lists the failing points in the order in which to mend them, then the undecided ones, then the passed.
func (v view) ordered() []Point {
	list := v.failing()
	for _, status := range []points.Status{points.NotEvaluated, points.Passed} {
		for _, p := range v.Points {
			if p.Status == status {
				list = append(list, p)
			}
		}
	}
	return list
}

func (m *Module) pointCells(c *web.Context, v view, p Point, title string) []templ.Component {
	_, accepted := v.accepted(p)
	objects := ui.Text("")
	if p.Status == points.Failed {
		objects = ui.Number(int64(p.Total))
	}
	cells := []templ.Component{ui.Link{Href: pointHref(v.Run, p), Text: title}, ui.Number(int64(p.shownLevel())), pointStatus(p, accepted), objects}
	if v.severalDomains() {
		cells = append(cells, ui.Text(p.Domain))
	}
	if v.Run.PreviousID != "" {
		cells = append(cells, ui.Text(changeText(c, p)))
	}
	planText := templ.Component(ui.Text(""))
	if a, ok := v.Planned[reference(p.ID, p.Domain)]; ok {
		planText = planStatus(a)
	}
	return append(cells, planText)
}

// changeText says what became of a point since the run before.
func changeText(c *web.Context, p Point) string {
	var parts []string
	if p.Fresh > 0 {
		parts = append(parts, c.T("audit.fresh", "count", p.Fresh))
	}
	if p.Fixed > 0 {
		parts = append(parts, c.T("audit.fixed", "count", p.Fixed))
	}
	return strings.Join(parts, ", ")
}

func levelOptions(c *web.Context) []ui.Option {
	options := []ui.Option{{Value: "", Text: c.T("audit.level_all")}}
	for level := 1; level < points.BestLevel; level++ {
		options = append(options, ui.Option{Value: strconv.Itoa(level), Text: c.T("audit.level_n", "level", level)})
	}
	return options
}
