package points

import (
	"slices"

	"hygie/directory/points/internal/estate"
	"hygie/directory/points/reasons"
	"hygie/directory/points/rule"
)

// conclude fails the levels that the directory leaves undecided and that another tool found wanting. What the directory decides
// stands: the tool has other thresholds, and saw another day.
func conclude(o *rule.Outcome) {
	domains := []*estate.Domain{o.Domain}
	if o.Point.Forest {
		domains = o.Domain.Forest.Domains
	}
	undecided := judged(o).Undecided
	for _, d := range domains {
		for _, c := range d.Forest.Dir.Conclusions(d.Info.DNSName, o.Point.ID) {
			var levels []int
			for _, level := range c.Levels {
				if slices.Contains(undecided, level) {
					levels = append(levels, level)
				}
			}
			if len(levels) > 0 {
				o.FailDomain(reasons.Because("other_tool", "tool", c.Tool, "rule", c.Rule, "text", c.Text), levels...)
			}
		}
	}
}

// judged gives what the predicate said so far.
func judged(o *rule.Outcome) Verdict {
	v := Verdict{Point: o.Point, Status: Passed}
	v.Failed, v.Undecided, v.Missing = o.Settle()
	v.Objects = o.Objects
	switch {
	case len(v.Failed) > 0:
		v.Status = Failed
	case len(v.Undecided) > 0:
		v.Status = NotEvaluated
	}
	return v
}
