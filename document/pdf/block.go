package pdf

import (
	"fmt"
	"strconv"

	"rsc.io/qr"

	"hygie/document"
)

// block lays one block out.
func (p *painter) block(b document.Block) {
	switch b := b.(type) {
	case document.Heading:
		p.heading(b)
	case document.Paragraph:
		p.gap(4)
		p.paragraph(p.root.add("P"), b.Spans, side, p.wide(), textSize, textLead, false)
	case document.List:
		p.items(b)
	case document.Pairs:
		p.pairs(b)
	case document.Table:
		p.table(b)
	case document.Note:
		p.note(b)
	case document.Image:
		p.image(b)
	case document.Code:
		p.code(b)
	case document.Form:
		p.form(b)
	case document.PageBreak:
		if !p.fresh() {
			p.newPage()
		}
	}
}

// gap leaves space before a block, but not at the top of a page.
func (p *painter) gap(h float64) {
	if !p.fresh() {
		p.y -= h
	}
}

func (p *painter) title() {
	leaf := p.root.add("H1")
	p.outline = append(p.outline, &entry{level: 1, text: p.doc.Title, page: p.page, y: p.y})
	p.paragraph(leaf, document.Text(p.doc.Title), side, p.wide(), 20, 25, true)
	if p.doc.Subtitle != "" {
		p.gap(2)
		p.paragraph(p.root.add("P"), document.Text(p.doc.Subtitle), side, p.wide(), 11.5, 15, false)
	}
	p.gap(8)
}

// heading keeps itself with the two lines that follow.
func (p *painter) heading(h document.Heading) {
	level := min(max(h.Level, 2), 4)
	size := [...]float64{14, 11.5, 10}[level-2]
	p.gap([...]float64{14, 10, 8}[level-2])
	p.room(size*1.4 + 3*textLead)
	p.outline = append(p.outline, &entry{level: level, text: h.Text, page: p.page, y: p.y})
	p.paragraph(p.root.add("H"+strconv.Itoa(level)), document.Text(h.Text), side, p.wide(), size, size*1.35, true)
}

func (p *painter) items(l document.List) {
	p.gap(4)
	list := p.root.add("L")
	if l.Style == document.Numbers {
		list.attr = "<</O /List /ListNumbering /Decimal>>"
	}
	const indent = 18.0
	for i, item := range l.Items {
		p.room(textLead)
		li := list.add("LI")
		label := li.add("Lbl")
		y := p.y - textLead*0.75
		switch l.Style {
		case document.Boxes:
			label.alt = "[ ]"
			p.mark(label)
			p.box(side+2, y-1, 8, 8)
		case document.Numbers:
			p.show(label, p.letters(document.Text(strconv.Itoa(i+1)+"."), textSize, false), side, y, textSize)
		default:
			p.show(label, p.letters(document.Text("•"), textSize, false), side+4, y, textSize)
		}
		p.paragraph(li.add("LBody"), item, side+indent, p.wide()-indent, textSize, textLead, false)
		p.y -= 1.5
	}
}

// pairs is a table without lines whose first column names the rows.
func (p *painter) pairs(b document.Pairs) {
	t := document.Table{Columns: []document.Column{{Header: true}, {}}}
	for _, r := range b.Rows {
		t.Rows = append(t.Rows, []string{r.Name, r.Value})
	}
	p.table(t)
}

func (p *painter) note(n document.Note) {
	p.gap(6)
	p.room(2 * textLead)
	leaf := p.root.add("P")
	spans := n.Spans
	if n.Label != "" {
		spans = append([]document.Span{{Text: n.Label + " — ", Bold: true}}, spans...)
	}
	for _, l := range breaks(p.letters(spans, textSize, false), p.wide()-14) {
		p.room(textLead)
		p.ornament(func() { p.line(side+2, p.y, side+2, p.y-textLead, 2, 0.35) })
		p.y -= textLead
		p.show(leaf, l, side+14, p.y+textLead*0.25, textSize)
	}
	p.unmark()
	p.y -= 4
}

// code draws a QR code of medium correction as squares, and what it says below.
func (p *painter) code(c document.Code) {
	p.gap(6)
	q, err := qr.Encode(c.Text, qr.M)
	if err == nil {
		const size = 96.0
		p.room(size + textLead)
		figure := p.root.add("Figure")
		figure.alt = "QR: " + c.Text
		p.mark(figure)
		unit := size / float64(q.Size+8)
		p.y -= size
		for row := range q.Size {
			for col := 0; col < q.Size; col++ {
				n := 0
				for col+n < q.Size && q.Black(col+n, row) {
					n++
				}
				if n > 0 {
					fmt.Fprintf(&p.page.content, "%.3f %.3f %.3f %.3f re f\n", side+unit*float64(col+4), p.y+size-unit*float64(row+5), unit*float64(n), unit)
					col += n
				}
			}
		}
		p.unmark()
	}
	caption := c.Caption
	if caption == "" || err != nil {
		caption = c.Text
	}
	p.paragraph(p.root.add("P"), document.Text(caption), side, p.wide(), smallSize, 11, false)
}

// form leaves lines to write on.
func (p *painter) form(f document.Form) {
	p.gap(6)
	if f.Label != "" {
		p.room(textLead + 22)
		p.paragraph(p.root.add("P"), document.Text(f.Label), side, p.wide(), textSize, textLead, true)
	}
	for range min(f.Lines, 200) {
		p.room(22)
		p.y -= 22
		p.ornament(func() { p.line(side, p.y+2, p.width-side, p.y+2, 0.5, 0.5) })
	}
}
