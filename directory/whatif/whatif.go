// Package whatif tells what some changes to a directory would come to, before anybody makes them: the level, the points that would pass, the ways
// into tier 0 that would remain. Nothing is changed but a copy in memory.
//
//	tried, err := whatif.Try(whatif.Audited{…}, report.Choice{Fixes: []int{1, 2}})
//
// A fix of the plan is made in the copy as an administrator would make it: the entry is taken out where it stands and where it is inherited, the
// member out of the group, the flag cleared, the template withdrawn. The points and findings are then decided again, by the same rules as before.
// The ways are those of the control graph without the rights that the fixes take away. The files of policies, the trusts and the settings of
// authorities that a collector read are changed in the copy as well. No control point looks at the settings in files of policies nor at the
// registry of machines: a fix made there closes its ways and may change findings, and the answer says that no point moves by it. A fix of what
// no source holds closes its ways; what it would do to the points is not known and said so.
//
// A point can be chosen as well, as mended: it passes at the levels that it fails. What mending it would do to other points is not guessed.
package whatif

import (
	"fmt"
	"slices"
	"strings"

	"hygie/directory/findings"
	"hygie/directory/model"
	"hygie/directory/paths"
	"hygie/directory/points"
	"hygie/directory/report"
	"hygie/directory/report/compare"
)

// Audited is an audit that was made (docs/decisions/016-what-if-on-a-copy.md).
type Audited struct {
	Directory *model.Directory
	Network   *paths.Network
	Plan      paths.Plan
	Report    *report.Report // of this directory and this plan
	Tool      string         // of findings.Options
}

// shownWays is how many of the remaining ways are told.
const shownWays = 200

// Try makes a choice in a copy of the directory (docs/decisions/016-what-if-on-a-copy.md).
func Try(a Audited, c report.Choice) (*report.WhatIf, error) {
	chosen, err := resolve(a, c)
	if err != nil {
		return nil, err
	}
	w := &report.WhatIf{Fixes: []int{}, Untried: []int{}, Unseen: []int{}, Mended: []report.PointRef{}}
	e := newEditor(a)
	var fixes []paths.Fix
	for _, rank := range chosen.ranks {
		fix := a.Plan.Fixes[rank-1]
		fixes = append(fixes, fix)
		w.Fixes = append(w.Fixes, rank)
		switch done := e.undo(a.Network.Rights(fix)); {
		case !done.made:
			w.Untried = append(w.Untried, rank)
		case !done.seen:
			w.Unseen = append(w.Unseen, rank)
		}
	}
	after := a.Report
	if len(fixes) > len(w.Untried) {
		if after, err = again(a, e); err != nil {
			return nil, fmt.Errorf("try changes: %w", err)
		}
	}
	w.Mended = chosen.points
	compare.Weigh(w, a.Report, after)
	cuts := a.Network.Without(fixes...)
	ways := a.Network.WaysWithout(cuts, shownWays)
	before := a.Report.Statistics.Control
	w.ExposedBefore, w.WaysBefore = before.ExposedTo, before.Ways
	w.ExposedNow, w.WaysNow = a.Network.Exposed(cuts), ways.Total
	if w.Paths, err = report.NewPaths(a.Network, ways, a.Report.Language); err != nil {
		return nil, fmt.Errorf("try changes: %w", err)
	}
	return w, nil
}

// again decides points and findings on the copy.
func again(a Audited, e *editor) (*report.Report, error) {
	copied, err := e.copy()
	if err != nil {
		return nil, err
	}
	survey := points.NewSurvey(copied, points.Options{AsOf: a.Report.AsOf})
	results := survey.Points()
	r, err := report.New(copied, results, report.Options{AsOf: a.Report.AsOf, Language: a.Report.Language, Version: a.Report.ToolVersion})
	if err != nil {
		return nil, err
	}
	return r, r.AddFindings(findings.Evaluate(survey, results, findings.Options{Tool: a.Tool}))
}

// choice is what was chosen, found in the audit.
type choice struct {
	ranks  []int
	points []report.PointRef
}

// resolve finds what was chosen. The error is a *report.UnknownChange when it is not there.
func resolve(a Audited, c report.Choice) (choice, error) {
	out := choice{points: []report.PointRef{}}
	add := func(rank int) {
		if !slices.Contains(out.ranks, rank) {
			out.ranks = append(out.ranks, rank)
		}
	}
	for _, rank := range c.Fixes {
		if rank < 1 || rank > len(a.Plan.Fixes) {
			return out, &report.UnknownChange{Name: fmt.Sprint(rank), Fixes: len(a.Plan.Fixes)}
		}
		add(rank)
	}
	for _, key := range c.Keys {
		i := slices.IndexFunc(a.Report.Fixes, func(f report.Fix) bool { return f.Key() == key })
		if i < 0 {
			return out, &report.UnknownChange{Name: key, Fixes: len(a.Plan.Fixes)}
		}
		add(a.Report.Fixes[i].Rank)
	}
	if c.Plan {
		for i := range a.Plan.Fixes {
			add(i + 1)
		}
	}
	slices.Sort(out.ranks)
	for _, ref := range c.Points {
		found := false
		for _, d := range a.Report.Domains {
			if ref.Domain != "" && !strings.EqualFold(ref.Domain, d.DNSName) {
				continue
			}
			if slices.ContainsFunc(d.Points, func(p report.Point) bool { return p.ID == ref.Point }) {
				found = true
				if each := (report.PointRef{Point: ref.Point, Domain: d.DNSName}); !slices.Contains(out.points, each) {
					out.points = append(out.points, each)
				}
			}
		}
		if !found {
			return out, &report.UnknownChange{Name: ref.Point, Fixes: len(a.Plan.Fixes)}
		}
	}
	return out, nil
}
