package audit

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"hygie/directory/report"
	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// mostReports bounds how many reports are kept in memory for the pages that show more of a report than the tables hold, and largestKept the bytes of
// one: larger ones are read again each time. A report never changes: it is named after its digest.
const (
	mostReports = 8
	largestKept = 8 << 20
)

// reportIn gives a stored report in a language, its points left out: the tables hold them.
func (s *Service) reportIn(ctx context.Context, e proof.Evidence, lang string) (*report.Report, error) {
	key := e.SHA256 + "/" + lang
	if r, ok := s.reports.Get(key); ok {
		return r, nil
	}
	r, err := s.readReport(ctx, e)
	if err != nil {
		return nil, err
	}
	if r, err = r.In(lang); err != nil {
		return nil, err
	}
	short := *r
	short.Domains = slices.Clone(r.Domains)
	for i := range short.Domains {
		short.Domains[i].Points = nil
	}
	short.Comparison = nil
	if e.Size <= largestKept {
		s.reports.Put(key, &short)
	}
	return &short, nil
}

// controlView is what the pages about control share.
type controlView struct {
	Run    Run
	Report *report.Report
	Page   web.Page
}

// control reads the run in the path with its report, and makes the frame of a page about it.
func (m *Module) control(c *web.Context, title string) (controlView, error) {
	var v controlView
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return v, err
	}
	var evidence proof.Evidence
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if v.Run, err = m.found(c, tx); err != nil {
			return err
		}
		if v.Run.State != Done {
			return fault.NotFound("audit.not_found")
		}
		evidence, err = proof.ByID(c.Ctx, tx, c.Scope, v.Run.ReportID)
		return err
	})
	if err != nil {
		return v, err
	}
	if v.Report, err = m.service.reportIn(c.Ctx, evidence, string(c.Printer.Lang())); err != nil {
		return v, err
	}
	v.Page = web.Page{Title: c.T(title), Over: c.T("audit.run_title", "date", c.Printer.Date(v.Run.AsOf)), Place: at, Tabs: runTabs(c, v.Run, c.R.URL.Path),
		Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("audit.title")}, {Href: runHref(v.Run), Text: c.T("audit.run_title", "date", c.Printer.Date(v.Run.AsOf))}}}
	return v, nil
}

// looked tells whether the run looked at who controls what: runs of earlier versions did not.
func (v controlView) looked() bool { return v.Report.Statistics.Control != nil }

func runHref(r Run) string { return address(r.Structure) + "/runs/" + r.ID }

// runTabs are the pages about one run.
func runTabs(c *web.Context, r Run, here string) []ui.Tab {
	var tabs []ui.Tab
	for _, t := range []struct{ key, path string }{{"tab_outcome", ""}, {"tab_ways", "/paths"}, {"tab_fixes", "/fixes"}, {"tab_findings", "/findings"}} {
		href := runHref(r) + t.path
		tabs = append(tabs, ui.Tab{Link: ui.Link{Href: href, Text: c.T("audit." + t.key)}, Current: here == href})
	}
	if r.PreviousID != "" {
		tabs = append(tabs, ui.Tab{Link: ui.Link{Href: changedHref(Run{ID: r.PreviousID}, r), Text: c.T("audit.tab_changes")}})
	}
	return tabs
}

// wayList is the page of ways into tier 0.
type wayList struct {
	controlView
	Query ui.Query
	Shown []numberedWay
	Total int
}

// numberedWay is a way with its number in the report, from 1.
type numberedWay struct {
	report.Path
	Number int
}

// row is the identifier of a way's row in the table, which the drawing hides with its way.
func (w numberedWay) row() string { return "way-" + strconv.Itoa(w.Number) }

// waysShown is how many ways a page lists and draws: all that a report has.
const waysShown = report.ShownPaths

// ways lists and draws the ways into tier 0.
func (m *Module) ways(c *web.Context) error {
	v, err := m.control(c, "audit.ways_title")
	if err != nil {
		return err
	}
	l := wayList{controlView: v, Query: ui.ReadQuery(c.R.URL, nil, "")}
	if c.Query("size") == "" {
		l.Query.Size = waysShown
	}
	words, target := strings.ToLower(l.Query.Get("q")), l.Query.Get("target")
	var found []numberedWay
	for i, p := range v.Report.Paths {
		if (target == "" || p.Target.DN == target) && (words == "" || mentions(p, words)) {
			found = append(found, numberedWay{p, i + 1})
		}
	}
	if ok, err := c.Export(waySheet(c, v.Run, found)); ok {
		return err
	}
	l.Total = len(found)
	l.Shown = found[min(l.Query.Offset(), len(found)):min(l.Query.Offset()+l.Query.Size, len(found))]
	l.Page.Lead = c.T("audit.ways_lead")
	return c.Page(l.Page, waysBody(l, m.picture(l.Shown, v.Run), waysTable(c, l)))
}

// mentions tells whether a way goes by something whose name holds the words.
func mentions(p report.Path, words string) bool {
	return slices.ContainsFunc(p.Steps, func(s report.Step) bool {
		return strings.Contains(strings.ToLower(s.From+"\n"+s.To+"\n"+s.Means), words)
	})
}

func waySheet(c *web.Context, run Run, found []numberedWay) web.Sheet {
	header := []string{c.T("audit.way_number"), c.T("audit.step"), c.T("audit.step_from"), c.T("audit.step_means"), c.T("audit.step_to"), c.T("audit.step_object"), c.T("audit.step_ace"), c.T("audit.step_cut")}
	return web.Sheet{Name: c.T("audit.ways_file") + "-" + run.AsOf.Format("2006-01-02"), Header: header, Rows: func(yield func([]any, error) bool) {
		for _, w := range found {
			for i, s := range w.Steps {
				if !yield([]any{w.Number, i + 1, s.From, s.Means, s.To, s.Place().Whole(), s.ACE, s.Cut}, nil) {
					return
				}
			}
		}
	}}
}

// way is the page of one way: each step with what allows it and how to take it away.
func (m *Module) way(c *web.Context) error {
	v, err := m.control(c, "audit.way_title")
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(c.Path("way"))
	if err != nil || number < 1 || number > len(v.Report.Paths) {
		return fault.NotFound("audit.no_way")
	}
	w := numberedWay{v.Report.Paths[number-1], number}
	v.Page.Title = c.T("audit.way_from_to", "from", w.Source.Short(), "to", w.Target.Short())
	v.Page.Tabs = runTabs(c, v.Run, runHref(v.Run)+"/paths")
	v.Page.Crumbs = append(v.Page.Crumbs, ui.Link{Href: runHref(v.Run) + "/paths", Text: c.T("audit.tab_ways")})
	return c.Page(v.Page, wayBody(w, m.picture([]numberedWay{w}, v.Run)))
}

// targets are the objects that ways lead to, to filter by, the most threatened first.
func (v controlView) targets() []report.Principal {
	count := map[string]int{}
	var list []report.Principal
	for _, p := range v.Report.Paths {
		if count[p.Target.DN]++; count[p.Target.DN] == 1 {
			list = append(list, p.Target)
		}
	}
	slices.SortStableFunc(list, func(a, b report.Principal) int {
		return cmp.Or(cmp.Compare(count[b.DN], count[a.DN]), cmp.Compare(a.DN, b.DN))
	})
	return list
}
