package pdf

import (
	"bytes"
	"fmt"
	"strings"

	"hygie/document"
)

// Measures in points: A4, and what the house's printed pages look like.
const (
	shortSide, longSide = 595.28, 841.89
	side                = 56.0 // margins left and right
	top, bottom         = 62.0, 56.0
	bannerHeight        = 30.0

	textSize, textLead   = 10.0, 14.0
	tableSize, tableLead = 8.5, 11.5
	smallSize            = 8.0
)

// A page is what has been put on one sheet.
type page struct {
	id      int
	content bytes.Buffer
	marks   []*node // the element of each marked piece, by its number
	links   []*link
	images  []*picture
}

// A painter lays blocks out from the top of a page to its bottom, then on the next.
type painter struct {
	doc           document.Document
	plain, strong *face
	width, height float64 // of the sheet
	root          *node
	pages         []*page
	page          *page
	y             float64 // where the next line goes, from the bottom of the sheet
	open          *node   // the element being marked
	outline       []*entry
	pictures      []*picture
}

func (p *painter) face(bold bool) *face {
	if bold {
		return p.strong
	}
	return p.plain
}

// wide is the width of the text.
func (p *painter) wide() float64 { return p.width - 2*side }

func (p *painter) newPage() {
	p.unmark()
	p.page = &page{}
	p.pages = append(p.pages, p.page)
	p.y = p.height - top
	if p.doc.Banner != "" {
		p.y -= bannerHeight
	}
}

// room begins a new page unless h points are left on this one.
func (p *painter) room(h float64) {
	if p.y-h < bottom && !p.fresh() {
		p.newPage()
	}
}

// fresh says whether nothing stands on the page yet.
func (p *painter) fresh() bool { return p.page.content.Len() == 0 }

// mark says that what is written next belongs to leaf.
func (p *painter) mark(leaf *node) {
	if p.open == leaf {
		return
	}
	p.unmark()
	n := len(p.page.marks)
	p.page.marks = append(p.page.marks, leaf)
	leaf.kids = append(leaf.kids, kid{page: p.page, mark: n})
	fmt.Fprintf(&p.page.content, "/%s <</MCID %d>> BDC\n", leaf.kind, n)
	p.open = leaf
}

func (p *painter) unmark() {
	if p.open != nil {
		p.page.content.WriteString("EMC\n")
		p.open = nil
	}
}

// ornament writes what says nothing: lines, boxes, page numbers.
func (p *painter) ornament(draw func()) {
	p.unmark()
	p.page.content.WriteString("/Artifact BMC\n")
	draw()
	p.page.content.WriteString("EMC\n")
}

func (p *painter) line(x1, y1, x2, y2, weight, grey float64) {
	fmt.Fprintf(&p.page.content, "%s G %s w %s %s m %s %s l S\n", number(grey), number(weight), number(x1), number(y1), number(x2), number(y2))
	p.page.content.WriteString("0 G\n")
}

func (p *painter) box(x, y, w, h float64) {
	fmt.Fprintf(&p.page.content, "0.8 w %s %s %s %s re S\n", number(x), number(y), number(w), number(h))
}

// paragraph writes spans under leaf, from left and no wider than width.
func (p *painter) paragraph(leaf *node, spans []document.Span, left, width, size, lead float64, bold bool) {
	for _, l := range breaks(p.letters(spans, size, bold), width) {
		p.room(lead)
		p.y -= lead
		p.show(leaf, l, left, p.y+lead*0.25, size)
	}
	p.unmark()
}

// furniture writes banner, header, footer and number on every page, once their number is known.
func (p *painter) furniture() {
	for i, pg := range p.pages {
		p.page, p.open = pg, nil
		p.ornament(func() {
			edge := p.height - 40
			if p.doc.Banner != "" {
				banner := p.fitted(p.doc.Banner, 16, true, p.wide())
				fmt.Fprintf(&pg.content, "1.5 w %s %s %s %s re S\n", number(side), number(p.height-62), number(p.wide()), number(28))
				p.run1(banner, side+(p.wide()-widthOf(banner))/2, p.height-54, 16)
				edge = p.height - 28
			}
			if p.doc.Header != "" {
				p.run1(p.fitted(p.doc.Header, smallSize, false, p.wide()), side, edge, smallSize)
			}
			count := p.letters(document.Text(fmt.Sprintf("%d / %d", i+1, len(p.pages))), smallSize, false)
			p.line(side, 44, p.width-side, 44, 0.5, 0.6)
			p.run1(count, p.width-side-widthOf(count), 32, smallSize)
			if p.doc.Footer != "" {
				p.run1(p.fitted(p.doc.Footer, smallSize, false, p.wide()-60), side, 32, smallSize)
			}
		})
	}
}

// fitted is one line of text, cut where it would be wider than width.
func (p *painter) fitted(s string, size float64, bold bool, width float64) []letter {
	all := p.letters(document.Text(strings.ReplaceAll(s, "\n", " ")), size, bold)
	used := 0.0
	for i, l := range all {
		if used += l.width; used > width {
			return all[:i]
		}
	}
	return all
}

// run1 writes one line of one style.
func (p *painter) run1(line []letter, x, y, size float64) {
	if len(line) > 0 {
		p.run(line, x, y, size)
	}
}
