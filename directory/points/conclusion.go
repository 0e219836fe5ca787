package points

import "slices"

// conclude fails the levels that the directory leaves undecided and that another tool found wanting. What the directory decides
// stands: the tool has other thresholds, and saw another day.
func (o *outcome) conclude() {
	domains := []*domain{o.domain}
	if o.point.Forest {
		domains = o.domain.forest.domains
	}
	undecided := o.verdict().Undecided
	for _, d := range domains {
		for _, c := range d.forest.dir.Conclusions(d.info.DNSName, o.point.ID) {
			var levels []int
			for _, level := range c.Levels {
				if slices.Contains(undecided, level) {
					levels = append(levels, level)
				}
			}
			if len(levels) > 0 {
				o.failDomain(because("other_tool", "tool", c.Tool, "rule", c.Rule, "text", c.Text), levels...)
			}
		}
	}
}
