package model

import (
	"strings"
)

// Conclusions gives what other tools found on a domain about a control point, in the order in which it was added.
func (d *Directory) Conclusions(domain, point string) []Conclusion {
	var out []Conclusion
	for _, c := range d.s.Conclusions {
		if c.Point == point && strings.EqualFold(c.Domain, domain) {
			out = append(out, c)
		}
	}
	return out
}
