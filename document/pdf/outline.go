package pdf

import (
	"fmt"

	"hygie/document"
)

// An entry is a heading in the outline beside the pages (ISO 32000-1, 12.3.3).
type entry struct {
	level int
	text  string
	page  *page
	y     float64

	id          int
	up          *entry // the heading above it; nil for none
	prev, next  *entry // its neighbours under the same heading
	first, last *entry // what stands below it
	below       int    // how many
}

// nest hangs each heading below the last one of a higher rank.
func nest(headings []*entry) *entry {
	root := &entry{}
	above := []*entry{root}
	for _, e := range headings {
		for len(above) > 1 && above[len(above)-1].level >= e.level {
			above = above[:len(above)-1]
		}
		up := above[len(above)-1]
		e.up, e.prev = up, up.last
		if up.last == nil {
			up.first = e
		} else {
			up.last.next = e
		}
		up.last = e
		up.below++
		above = append(above, e)
	}
	return root
}

// writeOutline writes the headings as the list that readers show beside the pages.
func (p *painter) writeOutline(f *file) int {
	root := nest(p.outline)
	root.id = f.reserve()
	for _, e := range p.outline {
		e.id = f.reserve()
	}
	for _, e := range p.outline {
		body := fmt.Sprintf("<</Title %s /Parent %d 0 R /Dest [%d 0 R /XYZ 0 %s 0]", text(document.Clean(e.text)), e.up.id, e.page.id, number(e.y))
		for _, to := range []struct {
			name  string
			entry *entry
		}{{"Prev", e.prev}, {"Next", e.next}, {"First", e.first}, {"Last", e.last}} {
			if to.entry != nil {
				body += fmt.Sprintf(" /%s %d 0 R", to.name, to.entry.id)
			}
		}
		if e.below > 0 {
			body += fmt.Sprintf(" /Count %d", -e.below) // closed until someone opens it
		}
		f.object(e.id, body+">>")
	}
	f.object(root.id, fmt.Sprintf("<</Type /Outlines /First %d 0 R /Last %d 0 R /Count %d>>", root.first.id, root.last.id, root.below))
	return root.id
}
