package audit

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"hygie/directory/report"
)

// drawing is the ways of a page as one picture: each account or object once, from left to right toward tier 0. It is worked out here, so that it
// needs no script; the table of the page is its twin.
type drawing struct {
	Nodes         []*node
	Links         []link
	Width, Height int
}

// node is an account or object of the drawing.
type node struct {
	Name   string // whole
	Label  string // as drawn
	Href   string
	Source bool
	Target bool

	layer, row int
	x, y       int
}

// link is one step: drawn once, however many ways take it.
type link struct {
	From, To    *node
	Means       string
	Conditional bool
}

// Geometry of a drawing, in units of its view box.
const (
	nodeWidth  = 176
	nodeHeight = 30
	layerStep  = 252
	rowStep    = 46
	drawMargin = 8
	labelRunes = 22
)

// drawWays lays ways out. The layer of an object is its longest distance to a target, so that every step goes to the right; within a layer, objects
// stand near what they lead to.
func drawWays(ways []numberedWay, run string) drawing {
	var d drawing
	byName := map[string]*node{}
	add := func(p string, way int) *node {
		n := byName[p]
		if n == nil {
			n = &node{Name: p, Label: clipped(shortName(p)), Href: run + "/paths/" + strconv.Itoa(way)}
			byName[p] = n
			d.Nodes = append(d.Nodes, n)
		}
		return n
	}
	for _, w := range ways {
		add(w.Target.DN, w.Number).Target = true
		add(w.Source.DN, w.Number).Source = true
		for i, s := range slices.Backward(w.Steps) {
			from, to := add(s.From, w.Number), add(s.To, w.Number)
			from.layer = max(from.layer, len(w.Steps)-i)
			d.join(from, to, s)
		}
	}
	d.place()
	return d
}

func (d *drawing) join(from, to *node, s report.Step) {
	if from == to || slices.ContainsFunc(d.Links, func(l link) bool { return l.From == from && l.To == to && l.Means == s.Means }) {
		return
	}
	d.Links = append(d.Links, link{From: from, To: to, Means: s.Means, Conditional: s.Conditional})
}

// place gives every node its layer and row. Two ways may meet in a different order, so a step may also go back: layers are raised until none does, as
// often as there are nodes at most.
func (d *drawing) place() {
	for range d.Nodes {
		moved := false
		for _, l := range d.Links {
			if l.From.layer <= l.To.layer && l.To.layer+1 <= len(d.Nodes) {
				l.From.layer, moved = l.To.layer+1, true
			}
		}
		if !moved {
			break
		}
	}
	deepest := 0
	for _, n := range d.Nodes {
		deepest = max(deepest, n.layer)
	}
	rows := make([]int, deepest+1)
	for layer := range rows { // from the targets outwards: what leads to the same object stays together
		var here []*node
		for _, n := range d.Nodes {
			if n.layer == layer {
				here = append(here, n)
			}
		}
		slices.SortStableFunc(here, func(a, b *node) int { return d.weight(a) - d.weight(b) })
		for i, n := range here {
			n.row = i
		}
		rows[layer] = len(here)
	}
	tallest := slices.Max(append(rows, 1))
	for _, n := range d.Nodes {
		n.x = drawMargin + (deepest-n.layer)*layerStep
		n.y = drawMargin + n.row*rowStep + (tallest-rows[n.layer])*rowStep/2
	}
	d.Width, d.Height = 2*drawMargin+deepest*layerStep+nodeWidth, 2*drawMargin+(tallest-1)*rowStep+nodeHeight
}

// weight is where the objects that n leads to stand, on average, in hundredths of a row.
func (d *drawing) weight(n *node) int {
	sum, count := 0, 0
	for _, l := range d.Links {
		if l.From == n && l.To.layer < n.layer {
			sum += 100 * l.To.row
			count++
		}
	}
	return sum / max(count, 1)
}

func clipped(name string) string {
	if utf8.RuneCountInString(name) <= labelRunes {
		return name
	}
	return string([]rune(name)[:labelRunes-1]) + "…"
}

func (d drawing) viewBox() string { return fmt.Sprintf("0 0 %d %d", d.Width, d.Height) }

func (n *node) class() string {
	switch {
	case n.Target:
		return "way-node way-target"
	case n.Source:
		return "way-node way-source"
	}
	return "way-node"
}

func (l link) class() string {
	if l.Conditional {
		return "way-link way-conditional"
	}
	return "way-link"
}

// path is the curve of a step, from the right edge of one box to the left edge of the next.
func (l link) path() string {
	x1, y1, x2, y2 := l.From.x+nodeWidth, l.From.y+nodeHeight/2, l.To.x, l.To.y+nodeHeight/2
	half := (x2 - x1) / 2
	return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1+half, y1, x2-half, y2, x2-4, y2)
}

// head is the arrow at the end of a step.
func (l link) head() string {
	return fmt.Sprintf("M%d %dl-7-4v8z", l.To.x, l.To.y+nodeHeight/2)
}
