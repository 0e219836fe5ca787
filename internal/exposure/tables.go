package exposure

import (
	"context"
	"io"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"hygie/exposure/check"
	"hygie/exposure/report"
	"hygie/internal/locale"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/sheet"
)

// together renders components one after the other.
func together(parts ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for _, p := range parts {
			if err := p.Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
}

// runsTable lists the runs of a structure.
func runsTable(c *web.Context, v homeView) templ.Component {
	table := ui.Table{ID: "runs", Caption: c.T("exposure.runs"), Total: len(v.Runs), Query: ui.ReadQuery(c.R.URL, nil, ""),
		Columns: []ui.Column{{Text: c.T("exposure.as_of")}, {Text: c.T("exposure.grade")}, {Text: c.T("exposure.open")}, {Text: c.T("exposure.since_previous")}, {Text: c.T("exposure.state")}, {Text: c.T("exposure.source")}},
		Empty:   ui.Empty{Title: c.T("exposure.no_run"), Text: c.T("exposure.no_run_text")}}
	for _, r := range v.Runs {
		when, grade, open, change := r.AsOf, templ.Component(ui.Text("–")), "", ""
		if when.IsZero() {
			when = r.CreatedAt
		}
		if r.State == Done {
			grade, open = gradeTag(c.Ctx, r), countsText(c, r.Counts)
			if r.PreviousID != "" {
				change = c.T("exposure.change", "fresh", r.Fresh, "fixed", r.Fixed)
			}
		}
		table.Rows = append(table.Rows, ui.Row{ID: "run-" + r.ID, Cells: []templ.Component{
			ui.Link{Href: runHref(r), Text: c.Printer.Date(when)}, grade, ui.Text(open), ui.Text(change), ui.Status(r.State), ui.Text(strings.TrimSpace(c.T("exposure.source_"+string(r.Source)) + " " + r.SourceName)),
		}})
	}
	return table
}

// gradeTag shows a grade by letter, word and colour.
func gradeTag(ctx context.Context, r Run) ui.Tag {
	if r.Grade == "" {
		return ui.Tag{Text: locale.T(ctx, "exposure.no_grade"), Open: true, Icon: "question-circle"}
	}
	t := ui.Tag{Text: locale.T(ctx, "exposure.grade_n", "grade", r.Grade)}
	switch {
	case r.Partial:
		t.Text, t.Open, t.Icon = locale.T(ctx, "exposure.grade_partial", "grade", r.Grade), true, "half-circle"
	case r.Holds:
		t.Tone = ui.Good
	case r.Grade >= "E":
		t.Tone = ui.Bad
	default:
		t.Tone = ui.Warn
	}
	return t
}

// actionsTable ranks what to do.
func actionsTable(c *web.Context, v runView) templ.Component {
	table := ui.Table{ID: "plan", Caption: c.T("exposure.plan"), Total: ui.NoTotal, Query: ui.ReadQuery(c.R.URL, nil, ""),
		Columns: []ui.Column{{Text: c.T("exposure.action")}, {Text: c.T("exposure.severity")}, {Text: c.T("exposure.closes"), End: true}, {Text: c.T("exposure.effort")}, {Text: c.T("exposure.who")}, {Text: c.T("exposure.in_plan")}},
		Empty:   ui.Empty{Title: c.T("exposure.nothing_to_do"), Text: c.T("exposure.nothing_to_do_text")}}
	for _, a := range v.Report.Plan {
		var state templ.Component = ui.Text("")
		if p, ok := v.Planned[a.Key]; ok {
			state = ui.Link{Href: "/structures/" + v.Run.Structure + "/actions/" + p.ID, Text: c.T("exposure.planned_one")}
		} else if v.mayPlan {
			state = planButton(v.Run, a.Key, c.T("exposure.plan_one"), true)
		}
		list := runHref(v.Run) + "/findings?q=" + url.QueryEscape(a.Checks[0])
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{
			ui.Link{Href: list, Text: a.Title}, severityTag(c.Ctx, a.Severity), ui.Number(int64(len(a.Findings))), ui.Text(c.T("exposure.effort_" + a.Effort)), ui.Text(c.T("exposure.owner_" + a.Owner)), state,
		}})
	}
	return table
}

// findingsTable lists findings, with filters.
func findingsTable(c *web.Context, v runView, q ui.Query, shown []entry) templ.Component {
	severities := []ui.Option{{Value: "", Text: c.T("exposure.any")}}
	for _, s := range check.Severities() {
		severities = append(severities, ui.Option{Value: string(s), Text: c.T(severityKey(s))})
	}
	status := []ui.Option{{Value: "", Text: c.T("exposure.any")}}
	for _, s := range statuses() {
		status = append(status, ui.Option{Value: string(s), Text: c.T(ui.Status(s).MessageKey())})
	}
	status = append(status, ui.Option{Value: "accepted", Text: c.T(ui.Accepted.MessageKey())})
	families := []ui.Option{{Value: "", Text: c.T("exposure.any")}}
	seen := map[string]bool{}
	for _, f := range v.Report.Checks {
		if !seen[f.Family] {
			seen[f.Family] = true
			families = append(families, ui.Option{Value: f.Family, Text: c.T("exposure.family_" + f.Family)})
		}
	}
	const size = 100
	from := min((max(q.Page, 1)-1)*size, len(shown))
	q.Size = size
	table := ui.Table{ID: "findings", Caption: c.T("exposure.tab_findings"), Query: q, Total: len(shown), Dense: true, Pager: q.Pages(len(shown)), Exports: c.Exports(),
		Columns: []ui.Column{{Text: c.T("exposure.finding")}, {Text: c.T("exposure.severity")}, {Text: c.T("exposure.asset")}, {Text: c.T("exposure.confidence")}, {Text: c.T("exposure.status")}, {Text: c.T("exposure.open_since")}},
		Filters: []ui.Field{{Name: "q", Label: c.T("exposure.words"), Kind: ui.SearchField}, {Name: "severity", Label: c.T("exposure.severity"), Kind: ui.SelectField, Options: severities},
			{Name: "status", Label: c.T("exposure.status"), Kind: ui.SelectField, Options: status}, {Name: "family", Label: c.T("exposure.family"), Kind: ui.SelectField, Options: families}},
		Empty: ui.Empty{Title: c.T("exposure.no_finding_listed"), Text: c.T("exposure.no_finding_listed_text")}}
	for _, e := range shown[from:min(from+size, len(shown))] {
		table.Rows = append(table.Rows, ui.Row{Cells: v.findingCells(c, e)})
	}
	return table
}

func (v runView) findingCells(c *web.Context, e entry) []templ.Component {
	if f := e.theirs; f != nil {
		var act templ.Component = ui.Text("")
		if p, ok := v.Planned[f.Key()]; ok {
			act = ui.Link{Href: "/structures/" + v.Run.Structure + "/actions/" + p.ID, Text: c.T("exposure.planned_one")}
		} else if v.mayPlan {
			act = planButton(v.Run, f.Key(), c.T("exposure.plan_one"), true)
		}
		return []templ.Component{ui.Text(f.Title), severityTag(c.Ctx, f.Severity), located(f.Asset, f.Endpoint), ui.Text(c.T("exposure.confidence_declared") + " (" + c.T("exposure.tool_"+string(f.Tool)) + ")"), ui.Text(""), act}
	}
	f := e.ours
	return []templ.Component{ui.Link{Href: findingHref(v.Run, f.ID), Text: f.Title}, severityTag(c.Ctx, f.Severity), located(f.Asset, f.Endpoint), ui.Text(c.T("exposure.confidence_" + string(f.Confidence))),
		statusOf(e), ui.Text(v.since(c, f.ID))}
}

// findingsSheet is the list to save as a file.
func findingsSheet(c *web.Context, run Run, shown []entry) web.Sheet {
	return web.Sheet{Name: "exposition-" + run.AsOf.Format("2006-01-02"),
		Header: []string{c.T("exposure.check"), c.T("exposure.finding"), c.T("exposure.severity"), c.T("exposure.confidence"), c.T("exposure.asset"), c.T("exposure.endpoint"), c.T("exposure.status"), c.T("exposure.what_was_seen"), c.T("exposure.remediation")},
		Rows: sheet.Slice(shown, func(e entry) []any {
			if f := e.theirs; f != nil {
				return []any{f.Rule, f.Title, c.T(severityKey(f.Severity)), c.T("exposure.confidence_declared"), f.Asset, f.Endpoint, "", f.Description, f.Recommendation}
			}
			f := e.ours
			var how []string
			for _, r := range f.Remediation.Remedies {
				how = append(how, r.Product+" : "+strings.Join(r.Steps, " "))
			}
			return []any{f.Check, f.Title, c.T(severityKey(f.Severity)), c.T("exposure.confidence_" + string(f.Confidence)), f.Asset, f.Endpoint, string(f.Status), f.Found, strings.Join(how, "\n")}
		})}
}

// assetsTable lists what was seen.
func assetsTable(c *web.Context, v runView) templ.Component {
	q := ui.ReadQuery(c.R.URL, nil, "")
	words := strings.ToLower(q.Get("q"))
	table := ui.Table{ID: "assets", Caption: c.T("exposure.assets"), Query: q, Dense: true,
		Columns: []ui.Column{{Text: c.T("exposure.asset")}, {Text: c.T("exposure.kind")}, {Text: c.T("exposure.leads_to")}, {Text: c.T("exposure.owned")}, {Text: c.T("exposure.worst")}},
		Filters: []ui.Field{{Name: "q", Label: c.T("exposure.words"), Kind: ui.SearchField}},
		Empty:   ui.Empty{Title: c.T("exposure.no_asset"), Text: c.T("exposure.no_asset_text")}}
	for _, a := range v.Report.Assets {
		lead := leads(a)
		if words != "" && !strings.Contains(strings.ToLower(a.Name+" "+lead), words) {
			continue
		}
		var worst templ.Component = ui.Text("")
		if a.Worst != "" {
			worst = severityTag(c.Ctx, check.Severity(a.Worst))
		}
		owned := c.T("exposure.owned_no")
		if a.Proven {
			owned = c.T("exposure.owned_yes")
		} else if a.Provider != "" {
			owned = a.Provider
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Link{Href: runHref(v.Run) + "/findings?q=" + url.QueryEscape(a.Name), Text: a.Name}, ui.Text(c.T("exposure.kind_" + a.Kind)), ui.Text(lead), ui.Text(owned), worst}})
	}
	table.Total = len(table.Rows)
	return table
}

// leads says what an asset leads to: the addresses of a name, the names and open ports of an address.
func leads(a report.Asset) string {
	var parts []string
	for _, addr := range a.Addresses {
		parts = append(parts, addr.String())
	}
	parts = append(parts, a.Names...)
	for _, e := range a.Endpoints {
		parts = append(parts, strings.TrimSpace(e.At[strings.LastIndexByte(e.At, ':')+1:]+" "+e.Protocol+" "+e.Product))
	}
	return strings.Join(parts, ", ")
}

// changesTable lists what changed since the run before, in the order: new, back, fixed, not seen again.
func changesTable(c *web.Context, v runView) templ.Component {
	q := ui.ReadQuery(c.R.URL, nil, "")
	table := ui.Table{ID: "changes", Caption: c.T("exposure.tab_changes"), Query: q, Dense: true,
		Columns: []ui.Column{{Text: c.T("exposure.status")}, {Text: c.T("exposure.finding")}, {Text: c.T("exposure.severity")}, {Text: c.T("exposure.asset")}},
		Empty:   ui.Empty{Title: c.T("exposure.no_change"), Text: c.T("exposure.no_change_text")}}
	add := func(status templ.Component, title templ.Component, s check.Severity, where templ.Component) {
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{status, title, severityTag(c.Ctx, s), where}})
	}
	for _, wanted := range statuses() {
		if string(wanted) == string(ui.Persisting) {
			continue
		}
		for _, f := range v.Report.Findings {
			if f.Status == wanted {
				add(ui.Status(f.Status), ui.Link{Href: findingHref(v.Run, f.ID), Text: f.Title}, f.Severity, located(f.Asset, f.Endpoint))
			}
		}
	}
	if v.Report.Comparison != nil {
		for _, g := range v.Report.Comparison.Gone {
			var status templ.Component = ui.Tag{Text: c.T("exposure.gone_" + string(g.Status)), Open: true, Icon: "question-circle"}
			if string(g.Status) == string(ui.Fixed) {
				status = ui.Fixed
			}
			add(status, ui.Text(g.Title), g.Severity, located(g.Asset, g.Endpoint))
		}
	}
	table.Total = len(table.Rows)
	return table
}

// coverageTable says what each check came to.
func coverageTable(c *web.Context, v runView) templ.Component {
	q := ui.ReadQuery(c.R.URL, nil, "")
	table := ui.Table{ID: "checks", Caption: c.T("exposure.checks"), ShowCaption: true, Query: q, Dense: true, Total: len(v.Report.Checks),
		Columns: []ui.Column{{Text: c.T("exposure.check")}, {Text: c.T("exposure.verdict")}, {Text: c.T("exposure.found_on"), End: true}, {Text: c.T("exposure.holds_on"), End: true}, {Text: c.T("exposure.unknown_on"), End: true}}}
	for _, k := range v.Report.Checks {
		var verdict templ.Component = ui.Status(k.Status)
		if k.Status == "not_applicable" {
			verdict = ui.Tag{Text: c.T("exposure.not_applicable"), Open: true, Icon: "dash-circle"}
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Text(k.ID + " " + k.Title), verdict, ui.Number(int64(k.Found)), ui.Number(int64(k.Passed)), ui.Number(int64(k.Unknown))}})
	}
	return table
}

// gapsTable lists what could not be looked at, and why.
func gapsTable(c *web.Context, v runView) templ.Component {
	const most = 500
	table := ui.Table{ID: "gaps", Caption: c.T("exposure.gaps"), ShowCaption: true, Query: ui.ReadQuery(c.R.URL, nil, ""), Dense: true, Total: len(v.Report.NotChecked),
		Columns: []ui.Column{{Text: c.T("exposure.subject")}, {Text: c.T("exposure.part")}, {Text: c.T("exposure.why")}},
		Empty:   ui.Empty{Title: c.T("exposure.no_gap"), Text: c.T("exposure.no_gap_text")}}
	for _, n := range v.Report.NotChecked[:min(len(v.Report.NotChecked), most)] {
		part, why := report.Gap(v.Report.Language, n)
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Text(orDash(n.Subject)), ui.Text(part), ui.Text(why)}})
	}
	return table
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// reportButtons lead to the report as files, and to paper.
func reportButtons(r Run) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var parts []templ.Component
		for _, f := range []string{"html", "ods", "json", "sarif", "pack"} {
			parts = append(parts, ui.Button{Text: locale.T(ctx, "exposure.report_"+f), Icon: "download", Href: runHref(r) + "/report?format=" + f})
		}
		return together(append(parts, ui.PrintButton())...).Render(ctx, w)
	})
}
