package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"

	"hygie/directory/points"
	"hygie/directory/points/guidance"
	"hygie/finding"
)

//go:embed page.html
var pageSource string

// WriteHTML writes the report as one page that needs no network, no script and no other file, in the language of the report. It
// reads well on a screen, light or dark, and prints on A4.
func WriteHTML(w io.Writer, r *Report) error {
	catalog, err := guidance.Load(r.Language)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	t := words(r.Language)
	page, err := template.New("page").Funcs(template.FuncMap{
		"t":       t.s,
		"n":       t.n,
		"date":    t.date,
		"moment":  t.moment,
		"status":  t.status,
		"shape":   shape,
		"meaning": t.level,
		"bound":   t.bound,
		"effort":  t.effort,
		"risk":    t.risk,
		"change":  t.change,
		"levels":  levelList,
		"missing": func(what string) string { return MissingText(what, string(t)) },
		"split":   splitGroups,
		"short":   shortName,
		"gravity": t.severity,
		"origin":  t.kind,
		"brief":   firstFindings,
		"exposed": t.exposure,
		"remain":  func(n *int) string { return t.remaining(*n) },
		"first":   firstPaths,
	}).Parse(pageSource)
	if err != nil {
		return fmt.Errorf("write report: read the page: %w", err)
	}
	if err := page.Execute(w, newPage(r, catalog)); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// page is what the template shows.
type page struct {
	*Report
	Views   []domainView
	Changes []changeView
}

type domainView struct {
	*Domain
	Index     int
	Steps     []step
	First     []pointView
	Failing   []pointView
	Undecided []pointView
	Passing   []pointView
	Before    int // level in the baseline, 0 without one
}

// step is one place of the level gauge.
type step struct {
	Level            int
	Reached, Current bool
}

type pointView struct {
	Point
	Text   guidance.Text
	Groups []group
	Anchor string
	Read   []string // commands that change nothing
	Change []string // commands that change the directory
}

type changeView struct {
	Status finding.Status
	Count  int
	List   []Change
	More   int
}

// shownChanges is how many changes of each status the page lists.
const shownChanges = 200

func newPage(r *Report, catalog guidance.Catalog) page {
	p := page{Report: r}
	for i := range r.Domains {
		p.Views = append(p.Views, newDomainView(&r.Domains[i], i, r.Comparison, catalog))
	}
	if r.Comparison == nil {
		return p
	}
	for _, status := range []finding.Status{finding.New, finding.Back, finding.Fixed, finding.Unverified, finding.Persisting} {
		v := changeView{Status: status, Count: r.Comparison.Counts[string(status)]}
		for _, ch := range r.Comparison.Changes {
			if ch.Status == status {
				v.List = append(v.List, ch)
			}
		}
		if len(v.List) > shownChanges {
			v.More, v.List = len(v.List)-shownChanges, v.List[:shownChanges]
		}
		p.Changes = append(p.Changes, v)
	}
	return p
}

func newDomainView(d *Domain, index int, c *Comparison, catalog guidance.Catalog) domainView {
	v := domainView{Domain: d, Index: index}
	for level := 1; level <= points.BestLevel; level++ {
		v.Steps = append(v.Steps, step{Level: level, Reached: level <= d.Level, Current: level == d.Level})
	}
	if c != nil {
		for _, ch := range c.Domains {
			if strings.EqualFold(ch.DNSName, d.DNSName) {
				v.Before = ch.Before
			}
		}
	}
	view := func(p Point) pointView { return newPointView(p, index, catalog) }
	for _, p := range d.First(catalog, 3) {
		v.First = append(v.First, view(p))
	}
	for _, p := range d.Failed() {
		v.Failing = append(v.Failing, view(p))
	}
	for _, p := range d.Points {
		switch p.Status {
		case points.NotEvaluated:
			v.Undecided = append(v.Undecided, view(p))
		case points.Passed:
			v.Passing = append(v.Passing, view(p))
		}
	}
	return v
}

func newPointView(p Point, index int, catalog guidance.Catalog) pointView {
	text, _ := catalog.Point(p.ID)
	p.Title = p.title()
	v := pointView{Point: p, Text: text, Groups: grouped(p.Objects, math.MaxInt), Anchor: fmt.Sprintf("d%d-%s", index, p.ID)}
	v.Read, v.Change = text.SplitCommands()
	return v
}

// splitGroups cuts a list of objects into those shown at once and those folded.
func splitGroups(list []group) [2][]group {
	const shown = 15
	if len(list) <= shown+5 {
		return [2][]group{list, nil}
	}
	return [2][]group{list[:shown], list[shown:]}
}

// firstPaths gives the paths that the page shows.
func firstPaths(list []Path) []Path {
	const shown = 50
	return list[:min(shown, len(list))]
}

// firstFindings gives the objects of a finding that the page shows.
func firstFindings(list []FindingObject) []FindingObject {
	const shown = 30
	return list[:min(shown, len(list))]
}
