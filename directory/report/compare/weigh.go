package compare

import (
	"slices"
	"strings"

	"hygie/directory/points"
	"hygie/directory/report"
)

// Weigh fills the levels, and the points and findings that would change, from the audit and the one of the copy
// (docs/decisions/016-what-if-on-a-copy.md). Points taken to be mended pass.
func Weigh(w *report.WhatIf, before, after *report.Report) {
	rows, others := tallies{}, tallies{}
	w.Domains, w.Holding = []report.LevelChange{}, []report.RuleChange{}
	was, now := before.Measure(), report.Measure{Level: points.BestLevel}
	unknown := true
	for i := range before.Domains {
		d := &before.Domains[i]
		then := domainNamed(after, d.DNSName)
		if then == nil {
			continue
		}
		for _, p := range d.Points {
			row := rows.at(p.ID, d.DNSName)
			row.Title, row.Before, row.LevelsBefore, row.CountBefore = p.Heading(), string(p.Status), listed(p.FailedLevels), p.Objects.Distinct()
		}
		measured := weighDomain(w, then, rows)
		w.Domains = append(w.Domains, levelChange(d.DNSName, d.Measure(), measured))
		if measured.Level > 0 {
			unknown = false
			now.Level = min(now.Level, measured.Level)
		}
		for _, f := range d.Findings {
			row := others.at(f.ID, d.DNSName)
			row.Title, row.Before, row.CountBefore = f.Title, string(f.Status), f.Count
		}
		for _, f := range then.Findings {
			row := others.at(f.ID, d.DNSName)
			row.Title, row.Now, row.CountNow = f.Title, string(f.Status), f.Count
		}
	}
	for i := range after.Domains {
		for _, p := range after.Domains[i].Points {
			now.AtMost = now.AtMost || slices.ContainsFunc(p.UndecidedLevels, func(l int) bool { return l < now.Level })
		}
	}
	if unknown {
		now = report.Measure{}
	}
	w.Level = levelChange("", was, now)
	w.Points, w.Findings = rows.changed(), others.changed()
	for _, row := range rows {
		if len(row.LevelsNow) > 0 && slices.Min(row.LevelsNow) == now.Level {
			w.Holding = append(w.Holding, *row)
		}
	}
	slices.SortFunc(w.Holding, func(a, b report.RuleChange) int {
		return strings.Compare(a.Domain+"\x00"+a.ID, b.Domain+"\x00"+b.ID)
	})
}

// weighDomain fills the rows of a domain as it would be, and gives its level.
func weighDomain(w *report.WhatIf, d *report.Domain, rows tallies) report.Measure {
	m := report.Measure{Level: points.BestLevel}
	for _, p := range d.Points {
		row := rows.at(p.ID, d.DNSName)
		row.Now, row.LevelsNow, row.CountNow = string(p.Status), listed(p.FailedLevels), p.Objects.Distinct()
		if p.Status == points.Failed && slices.Contains(w.Mended, report.PointRef{Point: p.ID, Domain: d.DNSName}) {
			row.Now, row.LevelsNow, row.CountNow = string(points.Passed), []int{}, 0
			if len(p.UndecidedLevels) > 0 {
				row.Now = string(points.NotEvaluated)
			}
		}
		for _, l := range row.LevelsNow {
			m.Level = min(m.Level, l)
		}
	}
	if d.LevelUnknown {
		return report.Measure{}
	}
	for _, p := range d.Points {
		m.AtMost = m.AtMost || slices.ContainsFunc(p.UndecidedLevels, func(l int) bool { return l < m.Level })
	}
	return m
}
