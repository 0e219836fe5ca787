package model

import (
	"slices"
	"strings"
)

// Conclusion is what another tool found on a domain, for a source that holds conclusions and not the directory.
type Conclusion struct {
	Domain string // DNS name
	Point  string // identifier of the control point that it fails
	Levels []int
	Tool   string
	Rule   string // in the terms of the tool
	Text   string // in the words of the tool
}

// maxConclusions bounds the conclusions that are kept.
const maxConclusions = 100_000

// Conclude adds a conclusion.
func (b *Builder) Conclude(c Conclusion) {
	if len(b.conclusions) < maxConclusions {
		c.Levels = slices.Clone(c.Levels)
		b.conclusions = append(b.conclusions, c)
	}
}

// Conclusions gives what other tools found on a domain about a control point, in the order in which it was added.
func (d *Directory) Conclusions(domain, point string) []Conclusion {
	var out []Conclusion
	for _, c := range d.conclusions {
		if c.Point == point && strings.EqualFold(c.Domain, domain) {
			out = append(out, c)
		}
	}
	return out
}
