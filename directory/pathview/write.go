package pathview

import (
	"fmt"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Options of a written drawing (W3C SVG 1.1).
type Options struct {
	Language string // "fr", or else English
}

// labelled is up to how many steps each is labelled with its right; in a larger drawing the labels of what is looked at are enough.
const labelled = 40

// Write writes the fragment.
func (d *Drawing) Write(w io.Writer, o Options) error {
	t := texts(o.Language)
	b := &builder{}
	b.f(`<figure class="pv" data-pathview data-geometry="%d %d %d %d %d %d %d">`, nodeWidth, nodeHeight, nodeGap, d.gap, placeGap, margin, centred)
	d.bar(b, t)
	b.f(`<p class="pv-count" role="status">%s <b data-count="ways">%d</b> %s %d. %s <b data-count="nodes">%d</b>. %s <b data-count="links">%d</b>.</p>`,
		t.countWays, len(d.ways), t.of, len(d.ways), t.countNodes, len(d.nodes), t.countLinks, len(d.links))
	b.f(`<div class="pv-scroll" tabindex="0" role="region" aria-label="%s">`, t.title)
	b.f(`<svg viewBox="0 0 %d %d" width="%d" height="%d" role="group" aria-label="%s">`, d.width, d.height, d.width, d.height, t.title)
	b.f(`<desc>%s</desc>`, t.description)
	b.s(`<g>`)
	for _, l := range d.links {
		l.write(b, len(d.links) <= labelled)
	}
	b.s(`</g><g>`)
	for _, n := range d.inOrder() {
		n.write(b)
	}
	b.s(`</g></svg></div>`)
	b.f(`<section class="pv-detail" aria-live="polite" aria-label="%s" data-to="%s" data-from="%s" data-cut="%s" data-ways="%s" data-close="%s" hidden></section>`,
		t.detail, t.can, t.reached, t.cut, t.ways, t.close)
	b.s(`<dl class="pv-words" hidden>`)
	for _, word := range d.words {
		b.f(`<div data-right="%s"><dt>%s</dt><dd>%s</dd></div>`, word.right, word.means, word.cut)
	}
	b.s(`</dl>`)
	b.f(`<figcaption>%s <span class="pv-keys" hidden>%s</span></figcaption></figure>`, t.legend, t.keys)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write drawing: %w", err)
	}
	return nil
}

// bar is the tools, which the script shows.
func (d *Drawing) bar(b *builder, t words) {
	b.f(`<div class="pv-bar" role="group" aria-label="%s" hidden><label>%s <input type="search" class="input" data-pv="words" autocomplete="off"></label>`, t.tools, t.filter)
	targets := make([]End, 0, 8)
	for _, w := range d.ways {
		if !slices.ContainsFunc(targets, func(e End) bool { return e.Name == w.Target.Name }) {
			targets = append(targets, w.Target)
		}
	}
	b.f(`<label>%s <select class="select" data-pv="target"><option value="">%s</option>`, t.target, t.everyTarget)
	for _, target := range targets {
		b.f(`<option value="%s">%s</option>`, target.Name, target.Short)
	}
	b.s(`</select></label>`)
	if slices.ContainsFunc(d.ways, func(w Way) bool { return w.New }) {
		b.f(`<label class="pv-check"><input type="checkbox" data-pv="new"> %s</label>`, t.onlyNew)
	}
	b.s(`<span class="pv-buttons">`)
	for _, one := range []struct{ act, text, label string }{{"out", "−", t.zoomOut}, {"in", "+", t.zoomIn}, {"fit", t.fit, ""}, {"all", t.showAll, ""}} {
		b.f(`<button type="button" class="button button-small" data-pv="%s"`, one.act)
		if one.label != "" {
			b.f(` aria-label="%s" title="%s"`, one.label, one.label)
		}
		b.f(`>%s</button>`, one.text)
	}
	b.s(`</span></div>`)
}

// inOrder gives the nodes as people read: from left to right, then downwards. The keyboard follows.
func (d *Drawing) inOrder() []*node {
	out := slices.Clone(d.nodes)
	slices.SortFunc(out, func(a, b *node) int {
		if a.layer != b.layer {
			return b.layer - a.layer
		}
		return a.row - b.row
	})
	return out
}

func (l *link) write(b *builder, labels bool) {
	class := "pv-link"
	if l.conditional {
		class += " pv-conditional"
	}
	if l.fresh {
		class += " pv-new"
	}
	var rows []string
	for _, p := range l.via {
		rows = append(rows, strconv.Itoa(p.row))
	}
	b.f(`<g class="%s" data-l="%d %d" data-right="%s" data-ways="%s"`, class, l.from.number, l.to.number, l.right, numbers(l.ways))
	if len(rows) > 0 {
		b.f(` data-via="%s"`, strings.Join(rows, " "))
	}
	if l.ace != "" {
		b.f(` data-ace="%s"`, l.ace)
	}
	b.f(`><path d="%s"/>`, l.curve())
	if labels {
		x, y := l.middle()
		b.f(`<text x="%d" y="%d">%s</text>`, x, y-4, l.right)
	}
	b.s(`</g>`)
}

// curve is the line of a step with the head of its arrow: from the right edge of one box, through the places in between, to the left edge of the next.
func (l *link) curve() string {
	x, y := l.from.x+nodeWidth, l.from.y+nodeHeight/2
	endX, endY := l.to.x, l.to.y+nodeHeight/2
	var s strings.Builder
	fmt.Fprintf(&s, "M%d %d", x, y)
	to := func(nx, ny int) {
		half := (nx - x) / 2
		fmt.Fprintf(&s, "C%d %d %d %d %d %d", x+half, y, nx-half, ny, nx, ny)
		x, y = nx, ny
	}
	if !l.forward() { // around, below both boxes
		low := max(l.from.y, l.to.y) + nodeHeight + 8
		fmt.Fprintf(&s, "C%d %d %d %d %d %d", x+40, y, x+40, low, x, low)
		fmt.Fprintf(&s, "L%d %dC%d %d %d %d %d %d", endX, low, endX-40, low, endX-40, endY, endX, endY)
	} else {
		for _, p := range l.via {
			to(p.x, p.y+placeGap/2)
			x += nodeWidth
			fmt.Fprintf(&s, "H%d", x)
		}
		to(endX, endY)
	}
	fmt.Fprintf(&s, "m-7 -4l7 4l-7 4")
	return s.String()
}

// middle is where the label of a step stands.
func (l *link) middle() (x, y int) {
	end := l.to.x
	endY := l.to.y + nodeHeight/2
	if len(l.via) > 0 {
		end, endY = l.via[0].x, l.via[0].y+placeGap/2
	}
	return (l.from.x + nodeWidth + end) / 2, (l.from.y + nodeHeight/2 + endY) / 2
}

func (n *node) write(b *builder) {
	class := "pv-node"
	if n.source {
		class += " pv-source"
	}
	if n.target {
		class += " pv-target"
	}
	b.f(`<a class="%s" href="%s" data-n="%d" data-at="%d %d" data-ways="%s"`, class, n.href, n.number, n.layer, n.row, numbers(n.ways))
	if n.SID != "" {
		b.f(` data-sid="%s"`, n.SID)
	}
	b.f(` transform="translate(%d %d)"><title>%s</title>`, n.x, n.y, n.Name)
	b.f(`<rect width="%d" height="%d" rx="3"/><text x="%d" y="19">%s</text></a>`, nodeWidth, nodeHeight, nodeWidth/2, clipped(n.Short))
}

// numbers writes numbers, runs of consecutive ones as "3-7".
func numbers(list []int) string {
	list = slices.Sorted(slices.Values(list))
	var out []string
	for i := 0; i < len(list); {
		end := i
		for end+1 < len(list) && list[end+1] == list[end]+1 {
			end++
		}
		if end > i {
			out = append(out, fmt.Sprintf("%d-%d", list[i], list[end]))
		} else {
			out = append(out, strconv.Itoa(list[i]))
		}
		i = end + 1
	}
	return strings.Join(out, " ")
}

// labelRunes is how many characters a box shows.
const labelRunes = 24

func clipped(name string) string {
	if utf8.RuneCountInString(name) <= labelRunes {
		return name
	}
	return string([]rune(name)[:labelRunes-1]) + "…"
}

// builder writes HTML; what is put into it is escaped, the format is not.
type builder struct{ strings.Builder }

func (b *builder) s(text string) { b.WriteString(text) }

func (b *builder) f(format string, args ...any) {
	for i, a := range args {
		if text, ok := a.(string); ok {
			args[i] = html.EscapeString(text)
		}
	}
	fmt.Fprintf(b, format, args...)
}
