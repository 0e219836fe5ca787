package report

import (
	"fmt"
	"slices"

	"hygie/directory/control"
	"hygie/directory/findings"
	"hygie/directory/points/guidance"
)

// Choice is what is to be tried in a what-if (docs/decisions/016-what-if-on-a-copy.md).
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

// PointRef names a point of a domain; of every domain when Domain is empty (docs/schema/directory-audit.schema.json, pointRef).
type PointRef struct {
	Domain string `json:"domain"`
	Point  string `json:"point"`
}

// UnknownChange says that a choice names what the audit does not have (docs/decisions/016-what-if-on-a-copy.md).
type UnknownChange struct {
	Name  string // as it was given
	Fixes int    // how many fixes the plan has
}

func (e *UnknownChange) Error() string {
	return fmt.Sprintf("no fix and no point %q (the plan has %d fixes)", e.Name, e.Fixes)
}

// WhatIf is what chosen changes would come to (docs/schema/directory-audit.schema.json, whatIf). Nothing was changed but a copy in memory.
type WhatIf struct {
	Fixes   []int         `json:"fixes"`   // ranks
	Untried []int         `json:"untried"` // of them, those whose effect on the points is not known: the directory does not hold what they change
	Unseen  []int         `json:"unseen"`  // of them, those that change what no control point looks at: settings in files of policies, registry of machines
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
