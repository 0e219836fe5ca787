package referential

import "slices"

// Clash is a fact that two packages declare in ways that exclude each other: what one of them counts, the other cannot read.
type Clash struct {
	Key     string
	Kind    ValueKind // in this package
	Package string    // the other, by id
	Other   ValueKind // there
	Scale   bool      // the kinds agree, but the scales of the text do not
}

// Clashes lists the facts that another package declares with another form or another scale.
func (p *Package) Clashes(other *Package) []Clash {
	var all []Clash
	for i := range p.Facts {
		mine := &p.Facts[i]
		for j := range other.Facts {
			theirs := &other.Facts[j]
			if mine.Key != theirs.Key {
				continue
			}
			scale := mine.Kind == theirs.Kind && len(mine.Scale) > 0 && len(theirs.Scale) > 0 && !slices.Equal(mine.Scale, theirs.Scale)
			if mine.Kind != theirs.Kind || scale {
				all = append(all, Clash{Key: mine.Key, Kind: mine.Kind, Package: other.ID, Other: theirs.Kind, Scale: scale})
			}
		}
	}
	return all
}
