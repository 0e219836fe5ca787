package audit

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/directory/findings"
	"hygie/directory/report"
	"hygie/directory/report/compare"
	"hygie/finding"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// changedView is everything the comparison of two runs shows.
type changedView struct {
	Before, After Run
	Runs          []Run // done, the latest first
	Comparison    *report.Comparison
}

func changedHref(before, after Run) string {
	return address(after.Structure) + "/changes?before=" + before.ID + "&after=" + after.ID
}

// largestCompared is how many bytes the reports that a page compares may have together: they are read whole.
const largestCompared = 256 << 20

// changed compares any two runs of a structure: by default the latest with the one before it.
func (m *Module) changed(c *web.Context) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	var v changedView
	var reports []proof.Evidence // before, after, then the history of before
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if v.Runs, err = doneBefore(c.Ctx, tx, c.Scope, at.ID, "", m.service.now(), runsShown); err != nil {
			return err
		}
		reports, err = v.choose(c, tx)
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("audit.changes_title"), Place: at, Lead: c.T("audit.changes_lead"), Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("audit.title")}}}
	if len(reports) == 0 {
		return c.Page(page, ui.Empty{Title: c.T("audit.changes_none"), Text: c.T("audit.changes_none_text")})
	}
	size := int64(0)
	for _, e := range reports {
		size += e.Size
	}
	if size > largestCompared {
		return fault.Conflict("audit.changes_large")
	}
	if v.Comparison, err = m.service.compare(c.Ctx, reports, string(c.Printer.Lang())); err != nil {
		return err
	}
	if c.Query("format") != "" {
		if err := m.taken(c, v.After, "audit.export", map[string]any{"before": v.Before.ID}); err != nil {
			return err
		}
	}
	if ok, err := c.Export(changeSheet(c, v)); ok {
		return err
	}
	q := ui.ReadQuery(c.R.URL, nil, "")
	return c.Page(page, changedBody(v, compareForm(c, at.ID, v.Runs), trendOf(c, at.ID, v.Runs), movesTable(c.Ctx, v), changesTable(c, q, v)))
}

// choose finds the two runs that the query names, and the reports to read.
func (v *changedView) choose(c *web.Context, tx *store.Tx) ([]proof.Evidence, error) {
	find := func(id string, otherwise int) (int, error) {
		if id == "" && otherwise < len(v.Runs) {
			return otherwise, nil
		}
		at := slices.IndexFunc(v.Runs, func(r Run) bool { return r.ID == id })
		if at < 0 && id != "" {
			return 0, fault.NotFound("audit.not_found")
		}
		return at, nil
	}
	after, err := find(c.Query("after"), 0)
	if err != nil || after < 0 {
		return nil, err
	}
	before, err := find(c.Query("before"), after+1)
	if err != nil || before < 0 {
		return nil, err
	}
	if v.Runs[before].AsOf.After(v.Runs[after].AsOf) {
		before, after = after, before
	}
	v.Before, v.After = v.Runs[before], v.Runs[after]
	wanted := []Run{v.Before, v.After}
	for _, r := range v.Runs { // the latest first
		if r.AsOf.Before(v.Before.AsOf) && len(wanted) < 2+earlierReports {
			wanted = append(wanted, r)
		}
	}
	var out []proof.Evidence
	for _, r := range wanted {
		e, err := proof.ByID(c.Ctx, tx, c.Scope, r.ReportID)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// compare reads reports and compares the second with the first; the others are older than both.
func (s *Service) compare(ctx context.Context, reports []proof.Evidence, lang string) (*report.Comparison, error) {
	var list []*report.Report
	for _, e := range reports {
		r, err := s.readReport(ctx, e)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	after, err := list[1].In(lang)
	if err != nil {
		return nil, err
	}
	if err := compare.Reports(after, list[0], list[2:]...); err != nil {
		return nil, err
	}
	return after.Comparison, nil
}

// compareForm lets two runs be chosen; nil when there are no two.
func compareForm(c *web.Context, structure string, runs []Run) templ.Component {
	var options []ui.Option
	for _, r := range runs {
		if r.State == Done {
			options = append(options, ui.Option{Value: r.ID, Text: c.Printer.Date(r.AsOf) + " – " + ui.Gauge{Level: r.Level, AtMost: r.LevelAtMost}.Sentence(c.Ctx)})
		}
	}
	if len(options) < 2 {
		return nil
	}
	before, after := options[1].Value, options[0].Value
	if id := c.Query("before"); id != "" {
		before = id
	}
	if id := c.Query("after"); id != "" {
		after = id
	}
	return comparing(address(structure)+"/changes", options, before, after)
}

// trendOf draws the level over all runs; the table beside it is its twin.
func trendOf(c *web.Context, structure string, runs []Run) templ.Component {
	trend := historyTrend(c, structure, runs)
	trend.TableID = "trend"
	table := ui.Table{ID: "trend", Caption: c.T("audit.trend"), Total: ui.NoTotal, Dense: true, Columns: []ui.Column{{Text: c.T("audit.as_of")}, {Text: c.T("audit.level")}}}
	for _, r := range runs {
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Link{Href: runHref(r), Text: c.Printer.Date(r.AsOf)}, ui.Gauge{Level: r.Level, AtMost: r.LevelAtMost, Small: true}}})
	}
	return trendAndTable(trend, table)
}

// outcomeTag shows the outcome of a point or of a finding beside the points, as reports keep it.
func outcomeTag(ctx context.Context, status string) templ.Component {
	switch status {
	case "":
		return ui.Text("–")
	case "found", "clear":
		return findingStatus(ctx, findings.Status(status))
	}
	return ui.Status(status)
}

// movesTable lists the points and findings of which something changed.
func movesTable(ctx context.Context, v changedView) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "moves", Caption: p.T("audit.moves"), Total: len(v.Comparison.Points) + len(v.Comparison.Findings.Rules), Dense: true,
		Columns: []ui.Column{{Text: p.T("audit.move")}, {Text: p.T("audit.before")}, {Text: p.T("audit.after")}, {Text: p.T("audit.objects")}, {Text: p.T("audit.domain")}},
		Empty:   ui.Empty{Title: p.T("audit.no_move"), Text: p.T("audit.no_move_text")}}
	add := func(list []report.RuleChange, href func(report.RuleChange) string) {
		for _, r := range list {
			table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Link{Href: href(r), Text: r.Title}, outcomeTag(ctx, r.Before), outcomeTag(ctx, r.Now),
				ui.Text(p.Int(int64(r.CountBefore)) + " → " + p.Int(int64(r.CountNow))), ui.Text(r.Domain)}})
		}
	}
	of := func(r report.RuleChange) Run { // the later run has no page for what it does not know
		if r.Now == "" {
			return v.Before
		}
		return v.After
	}
	add(v.Comparison.Points, func(r report.RuleChange) string { return pointHref(of(r), Point{ID: r.ID, Domain: r.Domain}) })
	add(v.Comparison.Findings.Rules, func(r report.RuleChange) string { return findingPath(of(r), r.ID, r.Domain) })
	return table
}

// changedObject is an object of a point or finding that came, went or changed.
type changedObject struct {
	Status          finding.Status
	Rule, Domain    string
	DN, SID, Reason string
}

// objects gathers the changes of points and of findings that pass the filters.
func (v changedView) objects(status, words string) []changedObject {
	var out []changedObject
	add := func(o changedObject) {
		if (status == "" || status == string(o.Status)) && (words == "" || strings.Contains(territory.Fold(o.DN+" "+o.Rule), words)) {
			out = append(out, o)
		}
	}
	for _, ch := range v.Comparison.Changes {
		add(changedObject{Status: ch.Status, Rule: ch.Point, Domain: ch.Domain, DN: ch.DN, SID: ch.SID, Reason: ch.Reason})
	}
	for _, ch := range v.Comparison.Findings.Changes {
		add(changedObject{Status: ch.Status, Rule: ch.Finding, Domain: ch.Domain, DN: ch.DN, SID: ch.SID, Reason: ch.Reason})
	}
	return out
}

func changesTable(c *web.Context, q ui.Query, v changedView) templ.Component {
	found := v.objects(q.Get("status"), territory.Fold(q.Get("q")))
	options := []ui.Option{{Value: "", Text: c.T("audit.status_all")}}
	for _, s := range []finding.Status{finding.New, finding.Back, finding.Fixed, finding.Unverified, finding.Persisting} {
		options = append(options, ui.Option{Value: string(s), Text: changeWord(c.Ctx, s)})
	}
	table := ui.Table{ID: "objects", Caption: c.T("audit.changed_objects"), Query: q, Total: len(found), Pager: q.Pages(len(found)), Keep: []string{"before", "after"}, Dense: true, Exports: c.Exports(),
		Columns: []ui.Column{{Text: c.T("audit.object")}, {Text: c.T("audit.change")}, {Text: c.T("audit.move")}, {Text: c.T("audit.reason")}},
		Filters: []ui.Field{{Name: "q", Label: c.T("audit.object_words"), Kind: ui.SearchField}, {Name: "status", Label: c.T("audit.change"), Kind: ui.SelectField, Options: options}},
		Empty:   ui.Empty{Title: c.T("audit.no_object"), Text: c.T("audit.no_change_text")}}
	titles := map[string]string{}
	for _, r := range slices.Concat(v.Comparison.Points, v.Comparison.Findings.Rules) {
		titles[r.ID] = r.Title
	}
	for _, o := range found[min(q.Offset(), len(found)):min(q.Offset()+q.Size, len(found))] {
		run := v.After
		if o.Status == finding.Fixed || o.Status == finding.Unverified {
			run = v.Before
		}
		href := pointHref(run, Point{ID: o.Rule, Domain: o.Domain})
		if isFinding(o.Rule) {
			href = findingPath(run, o.Rule, o.Domain)
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{objectCell(Object{DN: o.DN, SID: o.SID}), changeTag(c.Ctx, o.Status), ui.Link{Href: href, Text: cmp.Or(titles[o.Rule], o.Rule)}, ui.Text(o.Reason)}})
	}
	return table
}

// changeWord names what became of an object.
func changeWord(ctx context.Context, s finding.Status) string {
	if s == finding.Unverified {
		return locale.T(ctx, "audit.unverified")
	}
	return locale.T(ctx, ui.Status(s).MessageKey())
}

func changeTag(ctx context.Context, s finding.Status) templ.Component {
	if s == finding.Unverified {
		return ui.Tag{Text: changeWord(ctx, s), Icon: "question-circle", Open: true}
	}
	return ui.Status(s)
}

// wayChangeTag shows what became of a way.
func wayChangeTag(ctx context.Context, s finding.Status) templ.Component {
	if s == finding.Fixed {
		return ui.Tag{Text: locale.T(ctx, "audit.way_closed"), Tone: ui.Good}
	}
	return changeTag(ctx, s)
}

func changeSheet(c *web.Context, v changedView) web.Sheet {
	header := []string{c.T("audit.change"), c.T("audit.domain"), c.T("audit.move"), c.T("audit.object"), "SID", c.T("audit.reason")}
	found := v.objects(c.Query("status"), territory.Fold(c.Query("q")))
	return web.Sheet{Name: c.T("audit.changes_file") + "-" + v.Before.AsOf.Format(time.DateOnly) + "-" + v.After.AsOf.Format(time.DateOnly), Header: header, Rows: func(yield func([]any, error) bool) {
		for _, o := range found {
			if !yield([]any{changeWord(c.Ctx, o.Status), o.Domain, o.Rule, o.DN, o.SID, o.Reason}, nil) {
				return
			}
		}
		for _, ch := range v.Comparison.Paths.Changes {
			word := changeWord(c.Ctx, ch.Status)
			if ch.Status == finding.Fixed {
				word = c.T("audit.way_closed")
			}
			if !yield([]any{word, "", c.T("audit.way_title"), wayLine(ch.Path), "", ""}, nil) {
				return
			}
		}
	}}
}

// levelMoved says how the level moved between two runs.
func levelMoved(ctx context.Context, c report.LevelChange) string {
	key := "audit.level_same"
	switch {
	case c.Before == 0 || c.Now == 0:
		key = "audit.level_incomparable"
	case c.Now > c.Before && c.NowAtMost:
		key = "audit.level_maybe_up"
	case c.Now > c.Before:
		key = "audit.level_up"
	case c.Now < c.Before:
		key = "audit.level_down"
	}
	return locale.T(ctx, key, "before", c.Before, "now", c.Now)
}

// wayLine tells a way in one line.
func wayLine(p report.Path) string {
	line := p.Source.Short()
	for _, s := range p.Steps {
		line += " –" + s.Right + "→ " + s.Gain().Short()
	}
	return line
}

// countsTable counts what became of objects and ways.
func countsTable(ctx context.Context, c *report.Comparison) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "counts", Caption: p.T("audit.counts"), Total: ui.NoTotal, Scroll: true, Dense: true, Columns: []ui.Column{{Text: p.T("audit.counts_of")}}}
	all := []finding.Status{finding.New, finding.Back, finding.Persisting, finding.Fixed, finding.Unverified}
	for _, s := range all {
		table.Columns = append(table.Columns, ui.Column{Text: changeWord(ctx, s), End: true})
	}
	for _, line := range []struct {
		key    string
		counts map[string]int
		shown  bool
	}{{"audit.points", c.Counts, true}, {"audit.findings_title", c.Findings.Counts, c.Findings.Compared}, {"audit.ways_title", c.Paths.Counts, c.Paths.Compared}} {
		if !line.shown {
			continue
		}
		cells := []templ.Component{ui.Text(p.T(line.key))}
		for _, s := range all {
			cells = append(cells, ui.Number(int64(line.counts[string(s)])))
		}
		table.Rows = append(table.Rows, ui.Row{Cells: cells})
	}
	return table
}
