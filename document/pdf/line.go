package pdf

import (
	"fmt"
	"strings"

	"hygie/document"
)

// A letter is one character in its style.
type letter struct {
	char  rune
	bold  bool
	link  string
	width float64 // in points
}

// letters lays spans out on one endless line.
func (p *painter) letters(spans []document.Span, size float64, bold bool) []letter {
	var out []letter
	for _, s := range spans {
		b := bold || s.Bold
		f, address := p.face(b), s.Address()
		for _, r := range document.Clean(s.Text) {
			w := 0.0
			if r != '\n' && r != '\u200b' && r != '\u00ad' {
				w = f.glyph(r).width * size
			}
			out = append(out, letter{char: r, bold: b, link: address, width: w})
		}
	}
	return out
}

// breaks cuts a text into lines no wider than width: at spaces and after hyphens and slashes where it can, anywhere where it must.
func breaks(text []letter, width float64) [][]letter {
	var lines [][]letter
	start, last, used := 0, 0, 0.0
	cut := func(end, next int) {
		lines = append(lines, trimmed(text[start:end]))
		start, last, used = next, next, 0
	}
	for i := 0; i < len(text); i++ {
		l := text[i]
		if l.char == '\n' {
			cut(i, i+1)
			continue
		}
		if l.char != ' ' && used+l.width > width && i > start {
			end := i
			if last > start {
				end = last
			}
			cut(end, end)
			i = end - 1
			continue
		}
		used += l.width
		if strings.ContainsRune(" -/\u200b\u2010", l.char) {
			last = i + 1
		}
	}
	if start < len(text) || len(lines) == 0 {
		cut(len(text), len(text))
	}
	return lines
}

// trimmed leaves out the spaces at the end of a line.
func trimmed(line []letter) []letter {
	for len(line) > 0 && line[len(line)-1].char == ' ' {
		line = line[:len(line)-1]
	}
	return line
}

func widthOf(line []letter) (w float64) {
	for _, l := range line {
		w += l.width
	}
	return w
}

// show writes a line at x, y in the structure element leaf. Links become elements of their own below leaf.
func (p *painter) show(leaf *node, line []letter, x, y, size float64) {
	for len(line) > 0 {
		n := 1
		for n < len(line) && line[n].bold == line[0].bold && line[n].link == line[0].link {
			n++
		}
		run := line[:n]
		w := widthOf(run)
		if run[0].link != "" {
			p.link(leaf, run, x, y, w, size)
		} else {
			p.mark(leaf)
			p.run(run, x, y, size)
		}
		x += w
		line = line[n:]
	}
}

// run writes letters of one style.
func (p *painter) run(run []letter, x, y, size float64) {
	f := p.face(run[0].bold)
	var hex strings.Builder
	for _, l := range run {
		if l.width == 0 {
			continue
		}
		fmt.Fprintf(&hex, "%04X", f.use(l.char).index)
	}
	if hex.Len() > 0 {
		fmt.Fprintf(&p.page.content, "BT /%s %s Tf %s %s Td <%s> Tj ET\n", f.name, number(size), number(x), number(y), hex.String())
	}
}

// A link is the annotation over the text of a link.
type link struct {
	id         int
	address    string
	x, y, w, h float64
	parent     *node
	key        int // in the parent tree
}

func (p *painter) link(leaf *node, run []letter, x, y, w, size float64) {
	p.unmark()
	element := leaf.add("Link")
	p.mark(element)
	p.run(run, x, y, size)
	fmt.Fprintf(&p.page.content, "0.5 w %s %s m %s %s l S\n", number(x), number(y-size*0.15), number(x+w), number(y-size*0.15))
	p.unmark()
	l := &link{address: run[0].link, x: x, y: y - size*0.25, w: w, h: size * 1.2, parent: element}
	p.page.links = append(p.page.links, l)
	element.kids = append(element.kids, kid{page: p.page, link: l})
}
