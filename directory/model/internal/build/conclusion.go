package build

import (
	"slices"

	"hygie/directory/model/entry"
)

// maxConclusions bounds the conclusions that are kept.
const maxConclusions = 100_000

// Conclude adds a conclusion.
func (b *Builder) Conclude(c entry.Conclusion) {
	if len(b.conclusions) < maxConclusions {
		c.Levels = slices.Clone(c.Levels)
		b.conclusions = append(b.conclusions, c)
	}
}
