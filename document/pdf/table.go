package pdf

import (
	"strings"

	"hygie/document"
)

const cellGap, rowGap = 6.0, 4.0 // between columns, and above and below the text of a row

// table sets a table over as many pages as it takes. Its heading is repeated on each, as an ornament: whoever listens hears it once.
func (p *painter) table(t document.Table) {
	if len(t.Columns) == 0 {
		return
	}
	p.gap(6)
	element := p.root.add("Table")
	if t.Caption != "" {
		p.room(3 * textLead)
		p.paragraph(element.add("Caption"), document.Text(t.Caption), side, p.wide(), textSize, textLead, true)
	}
	widths := p.columns(t)
	named := false
	head := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = c.Name
		named = named || c.Name != ""
	}
	heading := p.cells(t, head, widths, true)
	repeat := func() {
		if named && height(heading) <= (p.height-top-bottom)/3 { // a heading that fills the page would leave no room for its rows
			p.ornament(func() { p.slice(heading, nil, t, widths, 0, lines(heading)) })
			p.rule(0.8, 0.2)
		}
	}
	if named {
		p.room(min(height(heading)+2*tableLead, (p.height-top-bottom)/2))
		row := element.add("THead").add("TR")
		leaves := make([]*node, len(t.Columns))
		for i := range leaves {
			leaves[i] = row.add("TH")
			leaves[i].attr = "<</O /Table /Scope /Column>>"
		}
		p.rows(heading, leaves, t, widths, p.newPage)
		p.rule(0.8, 0.2)
	}
	body := element.add("TBody")
	for _, texts := range t.Rows {
		p.row(body.add("TR"), t, p.cells(t, texts, widths, false), widths, repeat)
	}
	p.y -= 4
}

// row sets one row: whole where a page can hold it, else cut between lines.
func (p *painter) row(tr *node, t document.Table, cells [][][]letter, widths []float64, repeat func()) {
	leaves := make([]*node, len(t.Columns))
	for i, c := range t.Columns {
		if c.Header {
			leaves[i] = tr.add("TH")
			leaves[i].attr = "<</O /Table /Scope /Row>>"
		} else {
			leaves[i] = tr.add("TD")
		}
	}
	next := func() {
		p.newPage()
		repeat()
	}
	whole := p.height - top - bottom - 5*tableLead
	if h := height(cells); p.y-h < bottom && h <= whole && !p.fresh() {
		next()
	}
	p.rows(cells, leaves, t, widths, next)
	p.rule(0.4, 0.75)
}

// rows sets the lines of a row, going on to the next page where this one ends.
func (p *painter) rows(cells [][][]letter, leaves []*node, t document.Table, widths []float64, next func()) {
	for at, n := 0, lines(cells); at < n; {
		fit := int((p.y - bottom - rowGap) / tableLead)
		if fit < 1 {
			next()
			fit = max(1, int((p.y-bottom-rowGap)/tableLead))
		}
		to := min(n, at+fit)
		p.slice(cells, leaves, t, widths, at, to)
		at = to
	}
}

// slice writes lines from to to of each cell. Without leaves it is an ornament.
func (p *painter) slice(cells [][][]letter, leaves []*node, t document.Table, widths []float64, from, to int) {
	x := side
	for i, cell := range cells {
		for n := from; n < min(to, len(cell)); n++ {
			y := p.y - rowGap/2 - tableLead*float64(n-from) - tableLead*0.75
			at := x
			if t.Columns[i].Right {
				at += widths[i] - cellGap - widthOf(cell[n])
			}
			if leaves != nil {
				p.show(leaves[i], cell[n], at, y, tableSize)
			} else {
				p.run1(cell[n], at, y, tableSize)
			}
		}
		if leaves != nil {
			p.unmark()
		}
		x += widths[i]
	}
	p.y -= rowGap + tableLead*float64(to-from)
}

func (p *painter) rule(weight, grey float64) {
	p.ornament(func() { p.line(side, p.y, p.width-side, p.y, weight, grey) })
}

// cells breaks the texts of a row into lines.
func (p *painter) cells(t document.Table, texts []string, widths []float64, bold bool) [][][]letter {
	out := make([][][]letter, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = breaks(p.letters(document.Text(document.Cell(texts, i)), tableSize, bold || c.Header), widths[i]-cellGap)
	}
	return out
}

func lines(cells [][][]letter) int {
	n := 1
	for _, c := range cells {
		n = max(n, len(c))
	}
	return n
}

func height(cells [][][]letter) float64 { return rowGap + tableLead*float64(lines(cells)) }

// columns shares the width out: each column gets what its longest word needs, then what its text would like, in proportion.
func (p *painter) columns(t document.Table) []float64 {
	const looked = 500 // rows that decide: a table of a hundred thousand looks like its beginning
	least, ideal := make([]float64, len(t.Columns)), make([]float64, len(t.Columns))
	weigh := func(i int, s string, bold bool) {
		for _, line := range strings.Split(document.Clean(s), "\n") {
			ideal[i] = max(ideal[i], p.measure(line, bold))
			for _, word := range strings.Fields(line) {
				least[i] = max(least[i], min(p.measure(word, bold), p.wide()/3))
			}
		}
	}
	for i, c := range t.Columns {
		weigh(i, c.Name, true)
		for _, row := range t.Rows[:min(looked, len(t.Rows))] {
			weigh(i, document.Cell(row, i), c.Header)
		}
	}
	var leasts, ideals float64
	for i := range least {
		least[i] += cellGap
		ideal[i] = min(ideal[i]+cellGap, p.wide())
		leasts += least[i]
		ideals += ideal[i]
	}
	widths := make([]float64, len(least))
	for i := range widths {
		switch free := p.wide() - leasts; {
		case leasts >= p.wide():
			widths[i] = least[i] * p.wide() / leasts
		case ideals <= p.wide():
			widths[i] = ideal[i] + (p.wide()-ideals)*ideal[i]/ideals
		default:
			widths[i] = least[i] + free*(ideal[i]-least[i])/(ideals-leasts)
		}
	}
	return widths
}

// measure is the width of a text in the size of tables.
func (p *painter) measure(s string, bold bool) (w float64) {
	f := p.face(bold)
	for n, r := range s {
		if n > 2000 {
			break
		}
		w += f.glyph(r).width
	}
	return w * tableSize
}
