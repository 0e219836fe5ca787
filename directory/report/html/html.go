// Package html writes the report of a directory audit as one page for people.
package html

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"

	"hygie/directory/pathview"
	"hygie/directory/points"
	"hygie/directory/points/guidance"
	"hygie/directory/report"
	"hygie/directory/report/drawing"
	"hygie/directory/report/objects"
	"hygie/directory/report/sentence"
	"hygie/directory/report/wording"
	"hygie/finding"
)

//go:embed page.html
var pageSource string

// Write writes the report as one page that needs no network and no other file, in the language of the report (WHATWG HTML). It reads well on a
// screen, light or dark, and prints on A4. Its only script makes the drawing of the paths an instrument; the page is whole without it.
func Write(w io.Writer, r *report.Report) error {
	catalog, err := guidance.Load(r.Language)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	t := wording.Words(r.Language)
	page, err := template.New("page").Funcs(template.FuncMap{
		"t":       t.S,
		"n":       t.N,
		"date":    t.Date,
		"moment":  t.Moment,
		"status":  t.Status,
		"shape":   wording.Shape,
		"meaning": func(d *report.Domain) string { return sentence.Level(t, d) },
		"bound":   t.Bound,
		"effort":  t.Effort,
		"risk":    t.Risk,
		"change":  t.Change,
		"levels":  wording.LevelList,
		"missing": func(what string) string { return wording.Missing(what, string(t)) },
		"split":   splitGroups,
		"short":   wording.ShortName,
		"gravity": t.Severity,
		"origin":  t.Kind,
		"brief":   firstFindings,
		"exposed": func(r *report.Report) string { return sentence.Exposure(t, r) },
		"remain":  func(n *int) string { return t.Remaining(*n) },
		"mark":    wording.LevelMark,
		"moved":   func(c report.LevelChange) string { return sentence.Moved(t, c) },
		"outcome": t.Outcome,
		"wayline": sentence.WayLine,
		"wouldbe": func(w *report.WhatIf) string { return sentence.WouldBe(t, w) },
		"untried": func(w *report.WhatIf) string { return sentence.Untried(t, w) },
		"unseen":  func(w *report.WhatIf) string { return sentence.Unseen(t, w) },
		"fixname": func(rank int) string {
			if rank < 1 || rank > len(r.Fixes) {
				return ""
			}
			return r.Fixes[rank-1].Title
		},
		"add": func(a, b int) int { return a + b },

		"pathchange":   t.PathChange,
		"partialpaths": t.PartialPaths,
	}).Parse(pageSource)
	if err != nil {
		return fmt.Errorf("write report: read the page: %w", err)
	}
	p, err := newPage(r, catalog)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := page.Execute(w, p); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// page is what the template shows.
type page struct {
	*report.Report
	Views   []domainView
	Changes []changeView

	Drawing    template.HTML
	Style      template.CSS
	Script     template.JS // empty without a drawing
	ScriptHash string      // of the policy that allows this script and no other
}

type domainView struct {
	*report.Domain
	Index     int
	Steps     []step
	First     []pointView
	Failing   []pointView
	Undecided []pointView
	Passing   []pointView
	Before    string // level in the baseline, empty without one
	Tone      string // class that colours the level
}

// step is one place of the level gauge.
type step struct {
	Level            int
	Reached, Current bool
}

type pointView struct {
	report.Point
	Text   guidance.Text
	Groups []objects.Group
	Anchor string
	Read   []string // commands that change nothing
	Change []string // commands that change the directory
}

type changeView struct {
	Status finding.Status
	Count  int
	List   []changedObject
	More   int
}

// changedObject is an object of a point or of a finding beside them.
type changedObject struct{ Rule, DN, Reason string }

// shownChanges is how many changes of each status the page lists.
const shownChanges = 200

func newPage(r *report.Report, catalog guidance.Catalog) (page, error) {
	p := page{Report: r}
	for i := range r.Domains {
		p.Views = append(p.Views, newDomainView(&r.Domains[i], i, r.Comparison, catalog))
	}
	if len(r.Paths) > 0 {
		var b strings.Builder
		if err := pathview.Draw(drawing.Ways(r.Paths, nil)).Write(&b, pathview.Options{Language: r.Language}); err != nil {
			return p, err
		}
		sum := sha256.Sum256(pathview.Script)
		p.Drawing = template.HTML(b.String()) //nolint:gosec // the drawing escapes what it writes
		p.Style, p.Script = template.CSS(pathview.Style), template.JS(pathview.Script)
		p.ScriptHash = base64.StdEncoding.EncodeToString(sum[:])
	}
	if r.Comparison != nil {
		p.Changes = changeViews(r.Comparison)
	}
	return p, nil
}

func changeViews(c *report.Comparison) []changeView {
	var out []changeView
	for _, status := range report.Statuses() {
		v := changeView{Status: status, Count: c.Counts[string(status)] + c.Findings.Counts[string(status)]}
		for _, ch := range c.Changes {
			if ch.Status == status {
				v.List = append(v.List, changedObject{ch.Point, ch.DN, ch.Reason})
			}
		}
		for _, ch := range c.Findings.Changes {
			if ch.Status == status {
				v.List = append(v.List, changedObject{ch.Finding, ch.DN, ch.Reason})
			}
		}
		if len(v.List) > shownChanges {
			v.More, v.List = len(v.List)-shownChanges, v.List[:shownChanges]
		}
		out = append(out, v)
	}
	return out
}

func newDomainView(d *report.Domain, index int, c *report.Comparison, catalog guidance.Catalog) domainView {
	v := domainView{Domain: d, Index: index, Tone: tone(d)}
	for level := 1; level <= points.BestLevel; level++ {
		v.Steps = append(v.Steps, step{Level: level, Reached: level <= d.Level && !d.LevelUnknown, Current: level == d.Level && !d.LevelUnknown})
	}
	if c != nil {
		for _, ch := range c.Domains {
			if strings.EqualFold(ch.DNSName, d.DNSName) && ch.Before > 0 {
				v.Before = wording.LevelMark(ch.Before, ch.BeforeAtMost)
			}
		}
	}
	view := func(p report.Point) pointView { return newPointView(p, index, catalog) }
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

func newPointView(p report.Point, index int, catalog guidance.Catalog) pointView {
	text, _ := catalog.Point(p.ID)
	p.Title = p.Heading()
	v := pointView{Point: p, Text: text, Groups: objects.Gather(p.Objects, math.MaxInt), Anchor: fmt.Sprintf("d%d-%s", index, p.ID)}
	v.Read, v.Change = text.SplitCommands()
	return v
}

// splitGroups cuts a list of objects into those shown at once and those folded.
func splitGroups(list []objects.Group) [2][]objects.Group {
	const shown = 15
	if len(list) <= shown+5 {
		return [2][]objects.Group{list, nil}
	}
	return [2][]objects.Group{list[:shown], list[shown:]}
}

// tone is the class that makes a level look as bad as it is.
func tone(d *report.Domain) string {
	switch {
	case d.LevelUnknown:
		return "mid"
	case d.Level <= 2:
		return "low"
	case d.Level == 3:
		return "mid"
	}
	return ""
}

// firstFindings gives the objects of a finding that the page shows.
func firstFindings(list []report.FindingObject) []report.FindingObject {
	const shown = 30
	return list[:min(shown, len(list))]
}
