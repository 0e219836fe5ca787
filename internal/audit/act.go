package audit

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"hygie/directory/findings"
	"hygie/directory/points"
	"hygie/directory/points/guidance"
	"hygie/directory/report"
	"hygie/directory/report/html"
	"hygie/directory/report/ods"
	"hygie/directory/report/sarif"
	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// plan turns findings of a run into actions: those named in the form, or every failed point when it names none. Findings that are in
// the plan already stay as they are.
func (m *Module) plan(c *web.Context) error {
	var form struct {
		Points []string `form:"point,max=400"` // reference of each: point|domain
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	var run Run
	added := 0
	err := m.db.Update(c.Ctx, func(tx *store.Tx) (err error) {
		added = 0
		if run, err = m.found(c, tx); err != nil {
			return err
		}
		if run.State != Done {
			return fault.Conflict("audit.not_done")
		}
		rows, err := pointsOf(c.Ctx, tx, run.ID)
		if err != nil {
			return err
		}
		for _, p := range rows {
			ref := reference(p.ID, p.Domain)
			if p.Status != points.Failed || len(form.Points) > 0 && !slices.Contains(form.Points, ref) {
				continue
			}
			_, created, err := plan.Add(c.Ctx, tx, c.Scope, m.actionFor(c, run, p, rows), m.service.now())
			if err != nil {
				return err
			}
			if created {
				added++
			}
		}
		if added == 0 {
			return nil
		}
		return m.service.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "audit.plan", Structure: run.Structure, Subject: "audit/" + run.ID,
			Data: trail.Data(map[string]any{"actions": added})})
	})
	if err != nil {
		return err
	}
	if added == 0 {
		c.Flash(ui.Info, "audit.planned_none")
	} else {
		c.Flash(ui.Good, "audit.planned", "count", added)
	}
	return c.Redirect("/structures/" + run.Structure + "/actions")
}

// lifts gives the level that a domain reaches when a failed point is mended together with some others; 0 when the point does not hold the level down.
func lifts(p Point, all []Point) (level, others int) {
	held := points.BestLevel
	for _, q := range all {
		if q.Domain == p.Domain && q.Status == points.Failed {
			held = min(held, slices.Min(q.FailedLevels))
		}
	}
	if slices.Min(p.FailedLevels) != held {
		return 0, 0
	}
	level = points.BestLevel
	for _, q := range all {
		switch {
		case q.Domain != p.Domain || q.Status != points.Failed || q.ID == p.ID:
		case slices.Min(q.FailedLevels) == held:
			others++
		default:
			level = min(level, slices.Min(q.FailedLevels))
		}
	}
	return level, others
}

// actionFor writes the action that mends a failed point among all of its run.
func (m *Module) actionFor(c *web.Context, run Run, p Point, all []Point) plan.Action {
	text, _ := m.catalog(c).Point(p.ID)
	gain := plan.Low
	switch slices.Min(p.FailedLevels) {
	case 1:
		gain = plan.High
	case 2:
		gain = plan.Medium
	}
	var detail strings.Builder
	fmt.Fprintf(&detail, "%s\n", c.T("audit.action_where", "domain", p.Domain, "point", p.ID, "count", p.Total))
	for i, step := range text.How {
		fmt.Fprintf(&detail, "\n%d. %s", i+1, step)
	}
	level, others := lifts(p, all)
	return plan.Action{
		Structure: run.Structure, Title: text.Title, Detail: detail.String(), Origin: plan.DirectoryFinding, OriginRef: reference(p.ID, p.Domain),
		OriginURL: pointHref(run, p), Effort: weight(text.Effort), Gain: gain, Closes: int64(p.Total), Level: level, Beside: others, CreatedBy: c.Actor.Person,
	}
}

func weight(g guidance.Grade) plan.Weight {
	switch g {
	case guidance.Low:
		return plan.Low
	case guidance.Medium:
		return plan.Medium
	case guidance.High:
		return plan.High
	}
	return ""
}

// download gives the report: as the page to hand on (HTML), as it was kept (JSON), as a spreadsheet (ODS), or for tools that follow findings (SARIF).
func (m *Module) download(c *web.Context) error {
	var run Run
	var evidence proof.Evidence
	err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if run, err = m.found(c, tx); err != nil {
			return err
		}
		if run.State != Done {
			return fault.NotFound("audit.not_found")
		}
		evidence, err = proof.ByID(c.Ctx, tx, c.Scope, run.ReportID)
		return err
	})
	if err != nil {
		return err
	}
	r, err := m.service.readReport(c.Ctx, evidence)
	if err != nil {
		return err
	}
	if r, err = r.In(string(c.Printer.Lang())); err != nil {
		return err
	}
	form := reportForms()[0]
	for _, f := range reportForms() {
		if f.format == c.Query("format") {
			form = f
		}
	}
	if err := m.taken(c, run, "audit.download", map[string]any{"format": form.format}); err != nil {
		return err
	}
	c.Download("audit-"+run.AsOf.Format(time.DateOnly)+"."+form.format, form.mediaType)
	return form.write(c.W, r)
}

// reportForm is a form in which a report can be taken away.
type reportForm struct {
	format    string // and the ending of the file
	mediaType string
	write     func(io.Writer, *report.Report) error
}

// reportForms are the forms of a report, the page to hand on first.
func reportForms() []reportForm {
	return []reportForm{
		{"html", "text/html; charset=utf-8", html.Write},
		{"json", "application/json", report.WriteJSON},
		{"ods", "application/vnd.oasis.opendocument.spreadsheet", ods.Write},
		{"sarif", "application/sarif+json", sarif.Write},
	}
}

// taken writes into the trail that somebody takes a map of weaknesses out of the platform, before the first byte of it leaves.
func (m *Module) taken(c *web.Context, run Run, act string, data map[string]any) error {
	return m.db.Update(c.Ctx, func(tx *store.Tx) error {
		return m.service.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: act, Structure: run.Structure, Subject: "audit/" + run.ID, Data: trail.Data(data)})
	})
}

// acceptance is the form by which a risk is accepted.
type acceptance struct {
	Domain   string    `form:"domain,max=300"`
	Run      string    `form:"run,max=40"`
	Reason   string    `form:"reason,max=2000"`
	Until    time.Time `form:"until"`
	Withdraw bool      `form:"withdraw"`
}

// askAcceptance shows the form.
func (m *Module) askAcceptance(c *web.Context) error {
	var form acceptance
	if err := c.Decode(&form); err != nil {
		return err
	}
	return m.acceptancePage(c, form, nil)
}

func (m *Module) acceptancePage(c *web.Context, form acceptance, wrong ui.Errors) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	id := c.Path("point")
	title, consequence, ok := m.described(c, id)
	if !ok {
		return fault.NotFound("audit.no_such_point")
	}
	page := web.Page{Title: c.T("audit.accept_title"), Over: title, Place: at, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("audit.title")}}, Errors: wrong}
	until := ""
	if !form.Until.IsZero() {
		until = form.Until.Format(time.DateOnly)
	}
	return c.Page(page, ui.Confirm{
		Consequences: []string{consequence, c.T("audit.accept_keeps_level"), c.T("audit.accept_shown", "domain", form.Domain)},
		Action:       acceptPath(at.ID, id), Submit: c.T("audit.accept_submit"), Danger: true, Cancel: m.back(at.ID, form, id),
		Hidden: map[string]string{"domain": form.Domain, "run": form.Run},
		Fields: []ui.Field{
			{Name: "reason", Label: c.T("audit.accept_reason"), Help: c.T("audit.accept_reason_help"), Kind: ui.AreaField, Value: form.Reason, Errors: wrong},
			{Name: "until", Label: c.T("audit.accept_until"), Help: c.T("audit.accept_until_help"), Kind: ui.DayField, Value: until, Errors: wrong},
		},
	})
}

// described gives the title of a point or finding, and what it means to leave it open.
func (m *Module) described(c *web.Context, id string) (title, consequence string, ok bool) {
	if text, ok := m.catalog(c).Point(id); ok && !isFinding(id) {
		return text.Title, text.Director, true
	}
	text, ok := m.texts[string(c.Printer.Lang())][id]
	return text.Title, text.Explain, ok
}

// isFinding tells whether an identifier is that of a finding beside the points.
func isFinding(id string) bool {
	return slices.ContainsFunc(findings.Rules(), func(r findings.Rule) bool { return r.ID == id })
}

// acceptPath is where the acceptance of a point or finding is decided.
func acceptPath(structure, id string) string {
	if isFinding(id) {
		return address(structure) + "/findings/" + url.PathEscape(id) + "/acceptance"
	}
	return address(structure) + "/points/" + id + "/acceptance"
}

// back is the page of the point that the acceptance is about.
func (m *Module) back(structure string, form acceptance, point string) string {
	run := Run{ID: form.Run, Structure: structure}
	if isFinding(point) {
		return findingPath(run, point, form.Domain)
	}
	return pointHref(run, Point{ID: point, Domain: form.Domain})
}

// accept records or withdraws an acceptance.
func (m *Module) accept(c *web.Context) error {
	var form acceptance
	err := c.Decode(&form)
	a := Acceptance{Structure: c.Path("structure"), Domain: form.Domain, Point: c.Path("point"), Reason: form.Reason, Until: form.Until}
	switch {
	case err != nil:
	case form.Withdraw:
		err = m.service.Withdraw(c.Ctx, c.Actor, c.Scope, a)
	default:
		err = m.service.Accept(c.Ctx, c.Actor, c.Scope, a)
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.acceptancePage(c, form, wrong)
	}
	if errors.Is(err, store.ErrNotFound) {
		return fault.NotFound("audit.not_found")
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "audit.accept_saved")
	return c.Redirect(m.back(a.Structure, form, a.Point))
}
