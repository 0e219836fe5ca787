// Package pathview draws ways through a directory as one picture: each account or object once, from left to right toward what must not be
// reached, each step once however many ways take it.
//
//	d := pathview.Draw(ways)
//	err := d.Write(w, pathview.Options{Language: "fr"})
//
// What is written is a fragment of HTML with the picture as SVG: whole without a script, printable, every box a link. The script, [Script], adds
// what makes it an instrument: filter by words or target, show what goes through one box only, lay out again, zoom, move from box to box by
// the arrow keys. It works on the fragment alone, so a page that stands by itself and a page of a server use the same. Beside the drawing the
// page holds a table of the same ways, whose rows have the identifiers of [Way.Row]: the script hides the rows of the ways that it hides.
//
// [Style] colours with the custom properties --surface, --ink, --ink-soft, --line, --edge, --accent, --bad, --bad-wash and --warn of the page.
//
// The layout is that of Sugiyama: layers by the longest distance to a target, long steps through a place in each layer they cross, crossings
// lessened by barycentres. The same ways give the same bytes.
package pathview

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
)

// Names of the files, for whoever serves them (ECMA-262).
const (
	ScriptName = "pathview.js"
	StyleName  = "pathview.css"
)

// Script is the file that makes the drawing an instrument (ECMA-262). It needs no other.
//
//go:embed pathview.js
var Script []byte

// Style is the style sheet of the drawing (W3C CSS 2.1).
//
//go:embed pathview.css
var Style []byte

// End is where a step begins or ends (docs/schema/directory-audit.schema.json, principal).
type End struct {
	Name  string // whole, shown when asked for
	SID   string
	Short string // what people call it, which stands in its box
}

// Step is one move (docs/schema/directory-audit.schema.json, step).
type Step struct {
	From, To    End
	Right       string // name of the right, the same for all languages
	Means       string // what From can do, without subject
	ACE         string // entry that allows it; may be empty
	Cut         string // how to take it away; may be empty
	Conditional bool   // needs something besides the right
}

// Way is one way to be drawn (docs/schema/directory-audit.schema.json, path).
type Way struct {
	Number   int    // of the way in its list, from 1
	Href     string // what its boxes lead to without a script
	Source   End
	Target   End
	Accounts int
	New      bool // was not there before
	Steps    []Step
}

// Row is the identifier of the row of a way in the table beside the drawing.
func (w Way) Row() string { return "way-" + strconv.Itoa(w.Number) }

// Drawing is the layout of ways (Sugiyama 1981, layered drawings).
type Drawing struct {
	nodes  []*node
	links  []*link
	words  []word
	ways   []Way
	gap    int // between columns
	width  int
	height int
}

// Nodes gives the number of accounts and objects drawn.
func (d *Drawing) Nodes() int { return len(d.nodes) }

// Links gives the number of distinct steps drawn.
func (d *Drawing) Links() int { return len(d.links) }

// node is an account or object.
type node struct {
	End
	number int
	href   string
	source bool
	target bool
	ways   []int

	layer, row int // the layer counts from the targets; the row orders what stands in one layer, places of long steps included
	x, y       int
}

// link is a step.
type link struct {
	from, to    *node
	right       string
	ace         string
	conditional bool
	fresh       bool
	ways        []int
	via         []*place // in the layers between, from the source on
}

// place is where a long step crosses a layer.
type place struct {
	layer, row int
	x, y       int
	before     []*place // neighbours toward the sources
	after      []*place // neighbours toward the targets
	node       *node    // nil for a place that only lets a step through
}

// word is what a right means.
type word struct{ right, means, cut string }

// Draw lays ways out (Sugiyama 1981, layered drawings).
func Draw(ways []Way) *Drawing {
	d := &Drawing{ways: ways}
	known := make(map[string]*node)
	at := func(e End, w Way) *node {
		key := strings.ToLower(e.Name) + "\x00" + e.SID
		n := known[key]
		if n == nil {
			n = &node{End: e, number: len(d.nodes), href: w.Href}
			known[key] = n
			d.nodes = append(d.nodes, n)
		}
		if !slices.Contains(n.ways, w.Number) {
			n.ways = append(n.ways, w.Number)
		}
		return n
	}
	type linkKey struct {
		from, to int
		right    string
	}
	joined := make(map[linkKey]*link)
	for _, w := range ways {
		at(w.Source, w).source = true
		at(w.Target, w).target = true
		for _, s := range slices.Backward(w.Steps) {
			from, to := at(s.From, w), at(s.To, w)
			d.explain(s)
			if from == to {
				continue
			}
			key := linkKey{from.number, to.number, s.Right}
			l := joined[key]
			if l == nil {
				l = &link{from: from, to: to, right: s.Right, ace: s.ACE, conditional: s.Conditional, fresh: w.New}
				joined[key] = l
				d.links = append(d.links, l)
			}
			l.fresh = l.fresh && w.New
			if !slices.Contains(l.ways, w.Number) {
				l.ways = append(l.ways, w.Number)
			}
		}
	}
	d.layers()
	d.arrange()
	return d
}

// explain keeps what a right means, once.
func (d *Drawing) explain(s Step) {
	if !slices.ContainsFunc(d.words, func(w word) bool { return w.right == s.Right }) {
		d.words = append(d.words, word{s.Right, s.Means, s.Cut})
	}
}

// forward tells whether a step leads toward the targets; one that closes a loop goes back.
func (l *link) forward() bool { return l.from.layer > l.to.layer }
