package audit

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"hygie/directory/findings"
	"hygie/directory/report"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// located is a finding beside the control points, with the domain it is about.
type located struct {
	report.Finding
	Domain string
}

// beside lists the findings of a report: what was found first, the worst first, then what could not be decided, then what is clear.
func beside(r *report.Report) []located {
	var list []located
	for _, d := range r.Domains {
		for _, f := range d.Findings {
			list = append(list, located{f, d.DNSName})
		}
	}
	statuses := []findings.Status{findings.Found, findings.NotEvaluated, findings.Clear}
	slices.SortStableFunc(list, func(a, b located) int {
		return cmp.Or(cmp.Compare(slices.Index(statuses, a.Status), slices.Index(statuses, b.Status)),
			cmp.Compare(slices.Index(severities(), a.Severity), slices.Index(severities(), b.Severity)), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Domain, b.Domain))
	})
	return list
}

// severities from the worst.
func severities() []findings.Severity {
	return []findings.Severity{findings.Critical, findings.High, findings.Medium, findings.Low, findings.Info}
}

// severityTag shows a severity by word, shape and colour.
func severityTag(ctx context.Context, s findings.Severity) ui.Tag {
	t := ui.Tag{Text: locale.T(ctx, "audit.severity_"+string(s))}
	switch s {
	case findings.Critical:
		t.Tone = ui.Bad
	case findings.High:
		t.Tone, t.Open = ui.Bad, true
	case findings.Medium:
		t.Tone = ui.Warn
	case findings.Low:
		t.Tone, t.Icon = ui.Info, "half-circle"
	default:
		t.Icon, t.Open = "info", true
	}
	return t
}

// findingStatus is how the outcome of a rule is shown. What was found breaks no requirement, so it is not called a failure.
func findingStatus(ctx context.Context, s findings.Status) templ.Component {
	switch s {
	case findings.Found:
		return ui.Tag{Text: findingWord(ctx, s), Icon: "search", Open: true}
	case findings.Clear:
		return ui.Tag{Text: findingWord(ctx, s), Icon: "check-circle", Open: true}
	}
	return ui.NotEvaluated
}

// findingWord names the outcome of a rule.
func findingWord(ctx context.Context, s findings.Status) string {
	switch s {
	case findings.Found:
		return locale.T(ctx, "audit.finding_is")
	case findings.Clear:
		return locale.T(ctx, "audit.finding_clear")
	}
	return locale.T(ctx, ui.NotEvaluated.MessageKey())
}

// findingFilter is what the list of findings is to show; its zero value shows what was found.
type findingFilter struct {
	Kind     findings.Kind
	Severity findings.Severity
	Status   string // a status, or "all"
	Words    string
}

func (f findingFilter) shows(l located) bool {
	return (f.Status == "all" || string(l.Status) == cmp.Or(f.Status, string(findings.Found))) && (f.Kind == "" || f.Kind == l.Kind) && (f.Severity == "" || f.Severity == l.Severity) &&
		(f.Words == "" || strings.Contains(territory.Fold(l.Title+" "+l.ID), f.Words))
}

// others lists the findings beside the control points.
func (m *Module) others(c *web.Context) error {
	v, err := m.control(c, "audit.findings_title")
	if err != nil {
		return err
	}
	q := ui.ReadQuery(c.R.URL, nil, "")
	f := findingFilter{Kind: findings.Kind(q.Get("kind")), Severity: findings.Severity(q.Get("severity")), Status: q.Get("status"), Words: territory.Fold(q.Get("q"))}
	all := beside(v.Report)
	shown := slices.DeleteFunc(slices.Clone(all), func(l located) bool { return !f.shows(l) })
	if ok, err := c.Export(findingSheet(c, v.Run, shown)); ok {
		return err
	}
	var accepted []Acceptance
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		accepted, err = acceptancesOf(c.Ctx, tx, c.Scope, v.Run.Structure, m.service.now())
		return err
	})
	if err != nil {
		return err
	}
	v.Page.Lead = c.T("audit.findings_lead")
	return c.Page(v.Page, findingsBody(all, findingsTable(c, v.Run, q, shown, accepted, len(v.Report.Domains) > 1)))
}

func findingHref(run Run, l located) string { return findingPath(run, l.ID, l.Domain) }

func findingPath(run Run, id, domain string) string {
	return runHref(run) + "/findings/" + url.PathEscape(id) + "?domain=" + url.QueryEscape(domain)
}

func findingsTable(c *web.Context, run Run, q ui.Query, shown []located, accepted []Acceptance, several bool) templ.Component {
	columns := []ui.Column{{Text: c.T("audit.finding")}, {Text: c.T("audit.severity")}, {Text: c.T("audit.finding_status")}, {Text: c.T("audit.objects"), End: true}}
	if several {
		columns = append(columns, ui.Column{Text: c.T("audit.domain")})
	}
	options := func(all string, prefix string, values ...string) []ui.Option {
		list := []ui.Option{{Value: "", Text: c.T(all)}}
		for _, v := range values {
			list = append(list, ui.Option{Value: v, Text: c.T(prefix + v)})
		}
		return list
	}
	var levels []string
	for _, s := range severities() {
		levels = append(levels, string(s))
	}
	table := ui.Table{ID: "findings", Caption: c.T("audit.findings_title"), Query: q, Columns: columns, Total: len(shown), Exports: c.Exports(), Dense: true, Filters: []ui.Field{
		{Name: "q", Label: c.T("audit.point_words"), Kind: ui.SearchField},
		{Name: "status", Label: c.T("audit.finding_status"), Kind: ui.SelectField, Options: []ui.Option{{Value: "", Text: c.T("audit.finding_found")}, {Value: string(findings.NotEvaluated), Text: c.T(ui.NotEvaluated.MessageKey())},
			{Value: string(findings.Clear), Text: c.T("audit.finding_clear")}, {Value: "all", Text: c.T("audit.verdict_all")}}},
		{Name: "severity", Label: c.T("audit.severity"), Kind: ui.SelectField, Options: options("audit.severity_all", "audit.severity_", levels...)},
		{Name: "kind", Label: c.T("audit.finding_kind"), Kind: ui.SelectField, Options: options("audit.finding_kind_all", "audit.finding_kind_", string(findings.Warning), string(findings.Information), string(findings.Beyond))},
	}, Empty: ui.Empty{Title: c.T("audit.no_finding"), Text: c.T("audit.no_finding_text")}}
	for _, l := range shown {
		count := ui.Text("")
		if l.Status == findings.Found {
			count = ui.Number(int64(l.Count))
		}
		status := findingStatus(c.Ctx, l.Status)
		if l.Status == findings.Found && slices.ContainsFunc(accepted, func(a Acceptance) bool { return a.Point == l.ID && a.Domain == l.Domain }) {
			status = ui.Accepted
		}
		cells := []templ.Component{ui.Link{Href: findingHref(run, l), Text: l.Title}, severityTag(c.Ctx, l.Severity), status, count}
		if several {
			cells = append(cells, ui.Text(l.Domain))
		}
		table.Rows = append(table.Rows, ui.Row{Cells: cells})
	}
	return table
}

func findingSheet(c *web.Context, run Run, shown []located) web.Sheet {
	header := []string{c.T("audit.domain"), "ID", c.T("audit.finding"), c.T("audit.severity"), c.T("audit.finding_status"), c.T("audit.object"), "SID", c.T("audit.reason")}
	return web.Sheet{Name: c.T("audit.findings_file") + "-" + run.AsOf.Format("2006-01-02"), Header: header, Rows: func(yield func([]any, error) bool) {
		for _, l := range shown {
			row := []any{l.Domain, l.ID, l.Title, c.T("audit.severity_" + string(l.Severity)), findingWord(c.Ctx, l.Status), "", "", ""}
			if len(l.Objects) == 0 && !yield(row, nil) {
				return
			}
			for _, o := range l.Objects {
				row := slices.Clone(row)
				row[5], row[6], row[7] = o.DN, o.SID, o.Reason
				if !yield(row, nil) {
					return
				}
			}
		}
	}}
}

// findingView is everything the page of a finding shows.
type findingView struct {
	controlView
	Finding    located
	Action     *plan.Action
	Acceptance *Acceptance

	mayPlan, mayAccept bool
}

// reference is the identity by which a finding is asked for in the plan.
func (l located) reference() string { return "finding|" + l.ID + "|" + l.Domain }

// other is the page of one finding beside the control points.
func (m *Module) other(c *web.Context) error {
	v, err := m.findingOf(c)
	if err != nil {
		return err
	}
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		actions, err := planned(c.Ctx, tx, c, v.Run.Structure)
		if err != nil {
			return err
		}
		if a, ok := actions[v.Finding.reference()]; ok {
			v.Action = &a
		}
		acceptances, err := acceptancesOf(c.Ctx, tx, c.Scope, v.Run.Structure, m.service.now())
		for _, a := range acceptances {
			if a.Point == v.Finding.ID && a.Domain == v.Finding.Domain {
				v.Acceptance = &a
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	q := ui.ReadQuery(c.R.URL, nil, "")
	return c.Page(v.Page, findingBody(v, findingObjects(c, v, q)))
}

// findingOf reads the finding in the path.
func (m *Module) findingOf(c *web.Context) (findingView, error) {
	var v findingView
	var err error
	if v.controlView, err = m.control(c, "audit.findings_title"); err != nil {
		return v, err
	}
	all, domain := beside(v.Report), c.Query("domain")
	at := slices.IndexFunc(all, func(l located) bool { return l.ID == c.Path("finding") && (domain == "" || l.Domain == domain) })
	if at < 0 {
		return v, fault.NotFound("audit.no_finding")
	}
	v.Finding, v.mayPlan, v.mayAccept = all[at], c.May(right.EditActions, v.Page.Place.Interval), c.May(right.AcceptRisk, v.Page.Place.Interval)
	v.Page.Title, v.Page.Tabs = v.Finding.Title, nil
	v.Page.Over = c.T("audit.finding_kind_"+string(v.Finding.Kind)) + " · " + v.Finding.ID
	v.Page.Crumbs = append(v.Page.Crumbs, ui.Link{Href: runHref(v.Run) + "/findings", Text: c.T("audit.tab_findings")})
	return v, nil
}

func findingObjects(c *web.Context, v findingView, q ui.Query) templ.Component {
	words := territory.Fold(q.Get("q"))
	found := slices.DeleteFunc(slices.Clone(v.Finding.Objects), func(o report.FindingObject) bool {
		return words != "" && !strings.Contains(territory.Fold(o.DN), words)
	})
	table := ui.Table{ID: "objects", Caption: c.T("audit.objects"), Query: q, Total: len(found), Pager: q.Pages(len(found)), Keep: []string{"domain"}, Dense: true, Columns: []ui.Column{{Text: c.T("audit.object")}, {Text: c.T("audit.reason")}},
		Filters: []ui.Field{{Name: "q", Label: c.T("audit.object_words"), Kind: ui.SearchField}}, Empty: ui.Empty{Title: c.T("audit.no_object"), Text: c.T("audit.no_finding_object")}}
	for _, o := range found[min(q.Offset(), len(found)):min(q.Offset()+q.Size, len(found))] {
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{objectCell(Object{DN: o.DN, SID: o.SID}), ui.Text(o.Reason)}})
	}
	return table
}

// planFinding turns a finding into an action; one that is in the plan already stays as it is.
func (m *Module) planFinding(c *web.Context) error {
	v, err := m.findingOf(c)
	if err != nil {
		return err
	}
	if v.Finding.Status != findings.Found {
		return fault.Conflict("audit.nothing_found")
	}
	created := false
	err = m.db.Update(c.Ctx, func(tx *store.Tx) (err error) {
		if _, created, err = plan.Add(c.Ctx, tx, c.Scope, findingAction(c, v), m.service.now()); err != nil || !created {
			return err
		}
		return m.service.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "audit.plan", Structure: v.Run.Structure, Subject: "audit/" + v.Run.ID, Data: trail.Data(map[string]any{"actions": 1})})
	})
	if err != nil {
		return err
	}
	if created {
		c.Flash(ui.Good, "audit.planned", "count", 1)
	} else {
		c.Flash(ui.Info, "audit.planned_none")
	}
	return c.Redirect(findingHref(v.Run, v.Finding))
}

// findingAction writes the action that mends a finding.
func findingAction(c *web.Context, v findingView) plan.Action {
	f := v.Finding
	gain := plan.Low
	switch f.Severity {
	case findings.Critical, findings.High:
		gain = plan.High
	case findings.Medium:
		gain = plan.Medium
	}
	var detail strings.Builder
	fmt.Fprintf(&detail, "%s\n", c.T("audit.action_where", "domain", f.Domain, "point", f.ID, "count", f.Count))
	for i, step := range f.How {
		fmt.Fprintf(&detail, "\n%d. %s", i+1, step)
	}
	title := []rune(f.Title)
	return plan.Action{Structure: v.Run.Structure, Title: string(title[:min(len(title), longestTitle)]), Detail: detail.String(), Origin: plan.DirectoryFinding, OriginRef: f.reference(),
		OriginURL: findingHref(v.Run, f), Gain: gain, Closes: int64(f.Count), CreatedBy: c.Actor.Person}
}
