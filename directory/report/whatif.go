package report

import (
	"fmt"
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/findings"
	"hygie/directory/paths"
	"hygie/directory/points"
	"hygie/directory/points/guidance"
)

// Choice is what is to be tried in a what-if.
type Choice struct {
	Fixes  []int      // ranks in the plan
	Keys   []string   // the same, by Fix.Key: good for a plan worked out again
	Plan   bool       // the whole plan
	Points []PointRef // points taken to be mended
}

// Empty tells whether nothing is chosen.
func (c Choice) Empty() bool {
	return len(c.Fixes)+len(c.Keys)+len(c.Points) == 0 && !c.Plan
}

// PointRef names a point of a domain; of every domain when Domain is empty.
type PointRef struct {
	Domain string `json:"domain"`
	Point  string `json:"point"`
}

// UnknownChange says that a choice names what the audit does not have.
type UnknownChange struct {
	Name  string // as it was given
	Fixes int    // how many fixes the plan has
}

func (e *UnknownChange) Error() string {
	return fmt.Sprintf("no fix and no point %q (the plan has %d fixes)", e.Name, e.Fixes)
}

// WhatIf is what chosen changes would come to. Nothing was changed but a copy in memory.
type WhatIf struct {
	Fixes   []int         `json:"fixes"`   // ranks
	Untried []int         `json:"untried"` // of them, those whose effect on the points is not known: the directory does not hold what they change
	Mended  []PointRef    `json:"mended"`  // points taken to be mended
	Level   LevelChange   `json:"level"`
	Domains []LevelChange `json:"domains"`
	Points  []RuleChange  `json:"points"` // those of which something would change
	// Holding are the points that would still hold the lowest domains at their new level.
	Holding  []RuleChange `json:"holding"`
	Findings []RuleChange `json:"findings"` // beside the points, of which something would change

	ExposedBefore int    `json:"exposed_before"`
	ExposedNow    int    `json:"exposed_now"` // ordinary accounts that would still reach tier 0
	WaysBefore    int    `json:"ways_before"`
	WaysNow       int    `json:"ways_now"`
	Paths         []Path `json:"paths"` // the ways that would remain, at most 200
}

// Key is what a fix is known by when the plan is worked out again: the right, who has it and where.
func (f Fix) Key() string { return strings.Join([]string{f.Right, f.Trustee.DN, f.Object}, "|") }

// NewPaths writes ways down in a language.
func NewPaths(n *paths.Network, ways *paths.Ways, lang string) ([]Path, error) {
	t, err := newTeller(n, lang)
	if err != nil {
		return nil, fmt.Errorf("write paths: %w", err)
	}
	out := []Path{}
	for _, w := range ways.List {
		p := t.path(w.Path)
		p.Accounts, p.Door = w.Accounts, w.Door+1
		out = append(out, p)
	}
	return out, nil
}

// Weigh fills the levels, and the points and findings that would change, from the audit and the one of the copy. Points taken to be mended pass.
func (w *WhatIf) Weigh(before, after *Report) {
	rows, others := tallies{}, tallies{}
	w.Domains, w.Holding = []LevelChange{}, []RuleChange{}
	was, now := before.measure(), Measure{Level: points.BestLevel}
	unknown := true
	for i := range before.Domains {
		d := &before.Domains[i]
		then := after.domain(d.DNSName)
		if then == nil {
			continue
		}
		for _, p := range d.Points {
			row := rows.at(p.ID, d.DNSName)
			row.Title, row.Before, row.LevelsBefore, row.CountBefore = p.title(), string(p.Status), notNil(p.FailedLevels), p.Objects.distinct()
		}
		measured := w.weighDomain(then, rows)
		w.Domains = append(w.Domains, levelChange(d.DNSName, d.measure(), measured))
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
		now = Measure{}
	}
	w.Level = levelChange("", was, now)
	w.Points, w.Findings = rows.changed(), others.changed()
	for _, row := range rows {
		if len(row.LevelsNow) > 0 && slices.Min(row.LevelsNow) == now.Level {
			w.Holding = append(w.Holding, *row)
		}
	}
	slices.SortFunc(w.Holding, func(a, b RuleChange) int {
		return strings.Compare(a.Domain+"\x00"+a.ID, b.Domain+"\x00"+b.ID)
	})
}

// weighDomain fills the rows of a domain as it would be, and gives its level.
func (w *WhatIf) weighDomain(d *Domain, rows tallies) Measure {
	m := Measure{Level: points.BestLevel}
	for _, p := range d.Points {
		row := rows.at(p.ID, d.DNSName)
		row.Now, row.LevelsNow, row.CountNow = string(p.Status), notNil(p.FailedLevels), p.Objects.distinct()
		if p.Status == points.Failed && slices.Contains(w.Mended, PointRef{Point: p.ID, Domain: d.DNSName}) {
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
		return Measure{}
	}
	for _, p := range d.Points {
		m.AtMost = m.AtMost || slices.ContainsFunc(p.UndecidedLevels, func(l int) bool { return l < m.Level })
	}
	return m
}

// in gives the what-if with its sentences in a language.
func (w *WhatIf) in(catalog guidance.Catalog, texts findings.Texts, means map[string]control.Text) *WhatIf {
	out := *w
	titled := func(list []RuleChange) []RuleChange {
		list = slices.Clone(list)
		for i := range list {
			if text, ok := catalog.Point(list[i].ID); ok {
				list[i].Title = text.Title
			} else if text, ok := texts[list[i].ID]; ok {
				list[i].Title = text.Title
			}
		}
		return list
	}
	out.Points, out.Holding, out.Findings = titled(w.Points), titled(w.Holding), titled(w.Findings)
	out.Paths = slices.Clone(w.Paths)
	for i := range out.Paths {
		out.Paths[i].translate(means)
	}
	return &out
}
