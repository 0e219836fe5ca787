package exposure

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/exposure/check"
	"hygie/exposure/foreign"
	"hygie/exposure/report"
	"hygie/finding"
	"hygie/internal/fault"
	"hygie/internal/job"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// runView is what the pages of a run share.
type runView struct {
	Run         Run
	Job         job.Job
	Report      *report.Report
	Acceptances []Acceptance
	Imports     []Import
	Planned     map[string]plan.Action // by what an action mends
	Mending     mending
	Calendar    Calendar
	Page        web.Page
	now         time.Time
	mayPlan     bool
	mayAccept   bool
}

// open loads a finished run with its report for one of its pages. A run that is not done answers with the page that says so.
func (m *Module) open(c *web.Context, title, path string) (v runView, err error) {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return v, err
	}
	v.now = c.Now()
	var evidence proof.Evidence
	var runs []Run
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if v.Run, err = m.found(c, tx); err != nil {
			return err
		}
		if v.Run.State != Done {
			if v.Job, err = job.ByID(c.Ctx, tx, c.Scope, v.Run.JobID); v.Run.State.Over() && errors.Is(err, store.ErrNotFound) {
				err = nil // deleted since; the run says enough by itself
			}
			return err
		}
		if evidence, err = proof.ByID(c.Ctx, tx, c.Scope, v.Run.ReportID); err != nil {
			return err
		}
		if v.Acceptances, err = acceptancesOf(c.Ctx, tx, c.Scope, at.ID); err != nil {
			return err
		}
		if v.Imports, err = importsOf(c.Ctx, tx, c.Scope, at.ID); err != nil {
			return err
		}
		if v.Mending, err = mendingOf(c.Ctx, tx, c.Scope, at.ID); err != nil {
			return err
		}
		if runs, err = runsOf(c.Ctx, tx, c.Scope, at.ID, runsShown); err != nil {
			return err
		}
		actions, _, err := plan.List(c.Ctx, tx, c.Scope, plan.Filter{Structure: at.ID, Origin: plan.ExposureFinding, States: []plan.State{plan.Open, plan.Doing, plan.Done}}, mostActions, 0)
		v.Planned = map[string]plan.Action{}
		for _, a := range actions {
			v.Planned[a.OriginRef] = a
		}
		return err
	})
	if err != nil {
		return v, err
	}
	v.Page = web.Page{Title: title, Place: at, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("exposure.title")}}}
	if v.Run.State != Done {
		return v, nil
	}
	v.Calendar = calendar(runs, v.now)
	v.mayPlan, v.mayAccept = c.May(right.EditActions, at.Interval), c.May(right.AcceptRisk, at.Interval)
	v.Page.Over = c.T("exposure.run_title", "date", c.Printer.Date(v.Run.AsOf))
	v.Page.Tabs = v.tabs(c, path)
	v.Report, err = m.report(c, evidence)
	return v, err
}

func (v runView) tabs(c *web.Context, here string) []ui.Tab {
	var tabs []ui.Tab
	for _, t := range []struct{ path, key string }{{"", "exposure.tab_summary"}, {"/findings", "exposure.tab_findings"}, {"/map", "exposure.tab_map"}, {"/changes", "exposure.tab_changes"}, {"/coverage", "exposure.tab_coverage"}} {
		tabs = append(tabs, ui.Tab{Link: ui.Link{Href: runHref(v.Run) + t.path, Text: c.T(t.key)}, Current: t.path == here})
	}
	return tabs
}

// progressID is the part of the page that shows the progress of a run.
const progressID = "exposure-run"

// show is the page of a run: its progress while it works, the reason when it failed, else its outcome.
func (m *Module) show(c *web.Context) error {
	v, err := m.open(c, "", "")
	if err != nil {
		return err
	}
	v.Page.Over, v.Page.Title = "", c.T("exposure.run_title", "date", c.Printer.Date(cmp.Or(v.Run.AsOf, v.Run.CreatedAt)))
	switch {
	case !v.Run.State.Over():
		v.Page.Refresh = 2
		message := ""
		if v.Job.Message != "" {
			message = c.T(v.Job.Message)
		}
		return c.Page(v.Page, ui.Progress{ID: progressID, Label: c.T("exposure.progress"), Status: ui.Status(v.Run.State), Done: v.Job.Done, Total: v.Job.Total, Message: message,
			Href: runHref(v.Run), Topic: v.Job.Topic(), Cancel: runHref(v.Run) + "/cancel"})
	case v.Run.State != Done:
		c.WholeInsteadOf(progressID)
		reason := c.T("exposure.failed")
		if v.Run.FailureKey != "" {
			reason = c.T(v.Run.FailureKey)
		} else if v.Run.State == Cancelled {
			reason = c.T("exposure.cancelled")
		}
		return c.Page(v.Page, failureBody(reason, v.Run.FailureDetail, address(v.Run.Structure)))
	}
	c.WholeInsteadOf(progressID)
	v.Page.Actions = reportButtons(v.Run)
	return c.Page(v.Page, summaryBody(v, actionsTable(c, v)))
}

// entry is one line of the list of findings: ours, or somebody else's.
type entry struct {
	ours     *report.Finding
	theirs   *foreign.Finding
	accepted *Acceptance
}

func (e entry) severity() check.Severity {
	if e.ours != nil {
		return e.ours.Severity
	}
	return e.theirs.Severity
}

func (e entry) asset() string {
	if e.ours != nil {
		return e.ours.Asset
	}
	return e.theirs.Asset
}

// entries lists the findings of a run with those of the reports that were brought, the gravest first. Somebody else's finding that names one of
// our checks on the same asset and endpoint where ours found it too is not repeated.
func (v runView) entries() []entry {
	var list []entry
	ours := map[string]bool{}
	for i := range v.Report.Findings {
		f := &v.Report.Findings[i]
		e := entry{ours: f}
		if a, ok := inForce(v.Acceptances, f.ID, v.now); ok {
			e.accepted = &a
		}
		list = append(list, e)
		ours[f.Check+"|"+strings.ToLower(f.Asset)] = true
		ours[f.Check+"|"+f.Endpoint] = true
	}
	for _, i := range v.Imports {
		for n := range i.Findings {
			f := &i.Findings[n]
			if f.Check != "" && (ours[f.Check+"|"+strings.ToLower(f.Asset)] || f.Endpoint != "" && ours[f.Check+"|"+f.Endpoint]) {
				continue
			}
			list = append(list, entry{theirs: f})
		}
	}
	slices.SortStableFunc(list, func(a, b entry) int { return cmp.Compare(a.severity().Rank(), b.severity().Rank()) })
	return list
}

// findings lists them, with filters.
func (m *Module) findings(c *web.Context) error {
	v, err := m.open(c, c.T("exposure.tab_findings"), "/findings")
	if err != nil {
		return err
	}
	if v.Report == nil {
		return c.Redirect(runHref(v.Run))
	}
	q := ui.ReadQuery(c.R.URL, nil, "")
	all := v.entries()
	shown := slices.DeleteFunc(slices.Clone(all), func(e entry) bool { return !e.passes(q) })
	if ok, err := c.Export(findingsSheet(c, v.Run, shown)); ok {
		return err
	}
	return c.Page(v.Page, findingsTable(c, v, q, shown))
}

// passes tells whether an entry is asked for.
func (e entry) passes(q ui.Query) bool {
	if s := q.Get("severity"); s != "" && string(e.severity()) != s {
		return false
	}
	if s := q.Get("status"); s != "" {
		switch {
		case s == "accepted":
			if e.accepted == nil {
				return false
			}
		case e.ours == nil || string(e.ours.Status) != s:
			return false
		}
	}
	if s := q.Get("family"); s != "" && (e.ours == nil || e.ours.Family != s) {
		return false
	}
	words := territory.Fold(q.Get("q"))
	if words == "" {
		return true
	}
	text := e.asset()
	if e.ours != nil {
		text += " " + e.ours.Title + " " + e.ours.Endpoint + " " + e.ours.Check
	} else {
		text += " " + e.theirs.Title + " " + e.theirs.Endpoint
	}
	return strings.Contains(territory.Fold(text), words)
}

// findingView is the sheet of one finding.
type findingView struct {
	runView
	Finding  *report.Finding
	Accepted *Acceptance
	Action   *plan.Action
	Key      string // of the action that mends it
}

func (m *Module) oneFinding(c *web.Context) (f findingView, err error) {
	if f.runView, err = m.open(c, "", "/findings"); err != nil {
		return f, err
	}
	if f.Report == nil {
		return f, fault.Conflict("exposure.not_done")
	}
	i := slices.IndexFunc(f.Report.Findings, func(g report.Finding) bool { return g.ID == c.Path("finding") })
	if i < 0 {
		return f, fault.NotFound("exposure.no_finding")
	}
	f.Finding = &f.Report.Findings[i]
	if a, ok := inForce(f.Acceptances, f.Finding.ID, f.now); ok {
		f.Accepted = &a
	}
	for _, a := range f.Report.Plan {
		if slices.Contains(a.Findings, f.Finding.ID) {
			f.Key = a.Key
			if done, ok := f.Planned[a.Key]; ok {
				f.Action = &done
			}
		}
	}
	f.Page.Title = f.Finding.Title
	return f, nil
}

// finding is the sheet of one finding.
func (m *Module) finding(c *web.Context) error {
	f, err := m.oneFinding(c)
	if err != nil {
		return err
	}
	return c.Page(f.Page, findingBody(f))
}

// acceptanceForm is a decision as it is typed.
type acceptanceForm struct {
	False    bool      `form:"false"`
	Reason   string    `form:"reason,max=2000"`
	Until    time.Time `form:"until"`
	Withdraw bool      `form:"withdraw"`
}

func (m *Module) askAcceptance(c *web.Context) error {
	return m.acceptancePage(c, acceptanceForm{}, nil)
}

func (m *Module) acceptancePage(c *web.Context, form acceptanceForm, wrong ui.Errors) error {
	f, err := m.oneFinding(c)
	if err != nil {
		return err
	}
	f.Page.Title, f.Page.Over, f.Page.Errors, f.Page.Tabs = c.T("exposure.accept_title"), f.Finding.Title, wrong, nil
	until, falseBox := "", ""
	if !form.Until.IsZero() {
		until = form.Until.Format(time.DateOnly)
	}
	if form.False {
		falseBox = "1"
	}
	here := findingHref(f.Run, f.Finding.ID)
	return c.Page(f.Page, ui.Confirm{
		Consequences: []string{f.Finding.Found, c.T("exposure.accept_effect"), c.T("exposure.accept_shown")},
		Action:       here + "/acceptance", Submit: c.T("exposure.accept_submit"), Danger: true, Cancel: here,
		Fields: []ui.Field{
			{Name: "false", Label: c.T("exposure.accept_false"), Kind: ui.CheckField, Value: falseBox, Optional: true, Errors: wrong},
			{Name: "reason", Label: c.T("exposure.accept_reason"), Help: c.T("exposure.accept_reason_help"), Kind: ui.AreaField, Value: form.Reason, Errors: wrong},
			{Name: "until", Label: c.T("exposure.accept_until"), Help: c.T("exposure.accept_until_help"), Kind: ui.DayField, Value: until, Errors: wrong},
		},
	})
}

func (m *Module) accept(c *web.Context) error {
	var form acceptanceForm
	err := c.Decode(&form)
	if err == nil {
		if _, found := m.oneFinding(c); found != nil {
			return found
		}
		if form.Withdraw {
			err = m.service.Withdraw(c.Ctx, c.Actor, c.Scope, c.Path("structure"), c.Path("finding"))
		} else {
			err = m.service.Accept(c.Ctx, c.Actor, c.Scope, Acceptance{Structure: c.Path("structure"), Finding: c.Path("finding"), False: form.False, Reason: form.Reason, Until: form.Until})
		}
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.acceptancePage(c, form, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "exposure.accept_saved")
	return c.Redirect(findingHref(Run{ID: c.Path("run"), Structure: c.Path("structure")}, c.Path("finding")))
}

func findingHref(run Run, id string) string { return runHref(run) + "/findings/" + id }

// assets is the map of what was seen.
func (m *Module) assets(c *web.Context) error {
	v, err := m.open(c, c.T("exposure.tab_map"), "/map")
	if err != nil {
		return err
	}
	if v.Report == nil {
		return c.Redirect(runHref(v.Run))
	}
	return c.Page(v.Page, mapBody(v, assetsTable(c, v)))
}

// changes compares with the run before.
func (m *Module) changes(c *web.Context) error {
	v, err := m.open(c, c.T("exposure.tab_changes"), "/changes")
	if err != nil {
		return err
	}
	if v.Report == nil {
		return c.Redirect(runHref(v.Run))
	}
	return c.Page(v.Page, changesBody(v, changesTable(c, v)))
}

// coverage says what was checked and what could not be.
func (m *Module) coverage(c *web.Context) error {
	v, err := m.open(c, c.T("exposure.tab_coverage"), "/coverage")
	if err != nil {
		return err
	}
	if v.Report == nil {
		return c.Redirect(runHref(v.Run))
	}
	return c.Page(v.Page, coverageBody(coverageTable(c, v), gapsTable(c, v)))
}

// severityTag shows a severity by word, shape and colour.
func severityTag(ctx context.Context, s check.Severity) ui.Tag {
	t := ui.Tag{Text: locale.T(ctx, severityKey(s))}
	switch s {
	case check.Critical:
		t.Tone = ui.Bad
	case check.Major:
		t.Tone, t.Open = ui.Bad, true
	case check.Important:
		t.Tone = ui.Warn
	case check.Minor:
		t.Tone, t.Icon = ui.Info, "half-circle"
	case check.ToVerify:
		t.Icon, t.Open = "question-circle", true
	default:
		t.Icon, t.Open = "info", true
	}
	return t
}

// statusOf is what became of a finding, unless somebody decided about it.
func statusOf(e entry) templ.Component {
	switch {
	case e.accepted != nil:
		return ui.Accepted
	case e.ours != nil:
		return ui.Status(e.ours.Status)
	}
	return ui.Text("")
}

// since says since when a finding stands open.
func (v runView) since(c *web.Context, id string) string {
	at, ok := v.Mending.Since[id]
	if !ok {
		return ""
	}
	return c.T("exposure.since_days", "count", days(at, v.now))
}

// weight puts an effort of the catalogue on the plan's scale.
func weight(effort string) plan.Weight {
	switch effort {
	case "S":
		return plan.Low
	case "M":
		return plan.Medium
	case "L":
		return plan.High
	}
	return ""
}

// gain of mending something of a severity.
func gain(s check.Severity) plan.Weight {
	switch s {
	case check.Critical, check.Major:
		return plan.High
	case check.Important:
		return plan.Medium
	}
	return plan.Low
}

// planActions turns the ranked actions of the report into actions of the plan: the one named, or all.
func (m *Module) planActions(c *web.Context) error {
	var form struct {
		Key string `form:"key,max=200"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	v, err := m.open(c, "", "")
	if err != nil {
		return err
	}
	if v.Report == nil {
		return fault.Conflict("exposure.not_done")
	}
	added := 0
	err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
		added = 0
		for _, a := range v.Report.Plan {
			if form.Key != "" && form.Key != a.Key {
				continue
			}
			_, created, err := plan.Add(c.Ctx, tx, c.Scope, v.action(c, a), m.service.now())
			if err != nil {
				return err
			}
			if created {
				added++
			}
		}
		for _, e := range v.entries() {
			if e.theirs == nil || e.theirs.Key() != form.Key {
				continue
			}
			_, created, err := plan.Add(c.Ctx, tx, c.Scope, v.foreignAction(c, e.theirs), m.service.now())
			if err != nil {
				return err
			}
			if created {
				added++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if added == 0 {
		c.Flash(ui.Info, "exposure.planned_none")
	} else {
		c.Flash(ui.Good, "exposure.planned", "count", added)
	}
	return c.Redirect("/structures/" + v.Run.Structure + "/actions")
}

// mostNamed is how many findings an action names one by one.
const mostNamed = 30

// action writes an action of the plan: what it closes, and how to do it.
func (v runView) action(c *web.Context, a report.Action) plan.Action {
	var detail strings.Builder
	fmt.Fprintf(&detail, "%s\n", c.T("exposure.action_closes", "count", len(a.Findings)))
	steps := map[string]bool{}
	named := 0
	for _, f := range v.Report.Findings {
		if !slices.Contains(a.Findings, f.ID) {
			continue
		}
		if named++; named <= mostNamed {
			fmt.Fprintf(&detail, "\n– %s", f.Found)
		}
		for _, r := range f.Remediation.Remedies {
			steps[r.Product+" : "+strings.Join(r.Steps, " ")] = true
		}
	}
	if named > mostNamed {
		fmt.Fprintf(&detail, "\n– %s", c.T("exposure.action_more", "count", named-mostNamed))
	}
	detail.WriteString("\n")
	for _, s := range slices.Sorted(maps.Keys(steps)) {
		fmt.Fprintf(&detail, "\n%s", s)
	}
	text := []rune(detail.String())
	title := []rune(a.Title)
	return plan.Action{Structure: v.Run.Structure, Title: string(title[:min(len(title), 200)]), Detail: string(text[:min(len(text), 9_000)]), Origin: plan.ExposureFinding, OriginRef: a.Key,
		OriginURL: runHref(v.Run) + "/findings", Effort: weight(a.Effort), Gain: gain(a.Severity), Closes: int64(len(a.Findings)), CreatedBy: c.Actor.Person}
}

// foreignAction writes an action that mends what somebody else found. Findings of one rule are one action.
func (v runView) foreignAction(c *web.Context, f *foreign.Finding) plan.Action {
	title := []rune(f.Title)
	detail := []rune(strings.Join([]string{f.Asset + " " + f.Endpoint, f.Description, f.Recommendation}, "\n\n"))
	return plan.Action{Structure: v.Run.Structure, Title: string(title[:min(len(title), 200)]), Detail: string(detail[:min(len(detail), 9_000)]), Origin: plan.ExposureFinding, OriginRef: f.Key(),
		OriginURL: runHref(v.Run) + "/findings", Gain: gain(f.Severity), CreatedBy: c.Actor.Person}
}

// statuses that the list can be narrowed to.
func statuses() []finding.Status {
	return []finding.Status{finding.New, finding.Persisting, finding.Back}
}
