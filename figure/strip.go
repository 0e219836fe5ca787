package figure

import (
	"fmt"
	"html"
	"io"
	"strings"
)

// Share is one part of a whole.
type Share struct {
	Name  string
	Class string // of the style sheet
	N     int
}

// Strip divides a whole into parts, in a line. Its figures must stand beside it; it is drawn for the eye alone when it has no title.
type Strip struct {
	Title  string
	Shares []Share
}

// stripWidth is the length of the whole, in units of the view box.
const stripWidth = 200

// SVG writes the strip. A part that is not nothing is at least one unit wide; parts without anything are left out, and a whole of nothing draws an empty
// strip. Negative numbers count as nothing.
func (s Strip) SVG(w io.Writer) error {
	total := 0
	for _, one := range s.Shares {
		total += max(0, one.N)
	}
	var b strings.Builder
	name := `aria-hidden="true"`
	if s.Title != "" {
		name = `role="img" aria-label="` + html.EscapeString(s.Title) + `"`
	}
	fmt.Fprintf(&b, `<svg class="figure-strip" viewBox="0 0 %d 8" preserveAspectRatio="none" %s>`, stripWidth, name)
	x := 0.0
	for _, one := range s.Shares {
		if one.N <= 0 {
			continue
		}
		length := min(max(1, stripWidth*float64(one.N)/float64(total)), stripWidth-x)
		fmt.Fprintf(&b, `<rect class="%s" x="%s" width="%s" height="8"/>`, html.EscapeString(one.Class), number(x), number(length))
		x += length
	}
	b.WriteString(`</svg>`)
	_, err := io.WriteString(w, b.String())
	return err
}
