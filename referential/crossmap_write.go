package referential

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// WriteMap gives links between packages as a file that [ReadMap] reads back into equal ones.
func WriteMap(m *Map) ([]byte, error) {
	var d doc
	d.set("format", Format)
	d.set("map", m.ID)
	d.set("version", m.Version)
	d.set("title", m.Title)
	d.set("source", sourceOf(m.Source))
	d.set("pairs", docs(m.Pairs, func(p Pair) (d doc) {
		d.set("from", p.From)
		d.set("to", p.To)
		d.set("source", sourceOf(p.Source))
		d.set("links", docs(p.Links, func(l Link) (d doc) {
			d.set("from", l.From)
			d.set("to", l.To)
			d.set("relation", string(l.Relation))
			if l.Strength > 0 {
				d.set("strength", l.Strength)
			}
			d.set("rationale", string(l.Rationale))
			d.set("note", l.Note)
			return d
		}))
		return d
	}))
	var e emitter
	if err := e.mapping(yaml.MapSlice(d), 0, false); err != nil {
		return nil, fmt.Errorf("write links %s: %w", m.ID, err)
	}
	return []byte(e.out.String()), nil
}
