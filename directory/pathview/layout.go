package pathview

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// Geometry, in units of the view box.
const (
	nodeWidth  = 188
	nodeHeight = 28
	nodeGap    = 10
	layerGap   = 116 // between columns at least
	widestGap  = 240
	letter     = 6  // width of a letter of a label
	around     = 20 // beside a label
	placeGap   = 14 // height of the place of a long step
	margin     = 10
	centred    = 640 // up to this height columns stand in the middle; those of a larger drawing begin together, so that its beginning shows them
	sweeps     = 12
)

// layers gives each node its longest distance to where ways end. Ways that meet in a different order make loops; a step that closes one goes back
// and does not count.
func (d *Drawing) layers() {
	const (
		unseen = iota
		open
		closed
	)
	into, out := make([][]*link, len(d.nodes)), make([][]*link, len(d.nodes))
	for _, l := range d.links {
		into[l.to.number] = append(into[l.to.number], l)
	}
	state := make([]uint8, len(d.nodes))
	var finished []*node // whatever leads to a node comes before it
	var visit func(n *node)
	visit = func(n *node) {
		state[n.number] = open
		for _, l := range into[n.number] {
			if state[l.from.number] == open {
				continue
			}
			out[l.from.number] = append(out[l.from.number], l)
			if state[l.from.number] == unseen {
				visit(l.from)
			}
		}
		state[n.number] = closed
		finished = append(finished, n)
	}
	for _, targets := range []bool{true, false} {
		for _, n := range d.nodes {
			if n.target == targets && state[n.number] == unseen {
				visit(n)
			}
		}
	}
	for _, n := range d.nodes {
		n.layer = 0
	}
	for _, n := range slices.Backward(finished) {
		for _, l := range out[n.number] {
			n.layer = max(n.layer, l.to.layer+1)
		}
	}
}

// arrange orders each layer and gives everything its coordinates.
func (d *Drawing) arrange() {
	columns := d.columns()
	for i := range sweeps {
		if i%2 == 0 {
			for _, column := range columns {
				order(column, func(p *place) []*place { return p.after })
			}
		} else {
			for _, column := range slices.Backward(columns) {
				order(column, func(p *place) []*place { return p.before })
			}
		}
	}
	tallest := 0
	for _, column := range columns {
		tallest = max(tallest, heightOf(column))
	}
	d.gap = layerGap // wide enough that no label goes over a box
	for _, l := range d.links {
		d.gap = max(d.gap, min(utf8.RuneCountInString(l.right)*letter+around, widestGap))
	}
	for layer, column := range columns {
		y := margin
		if tallest <= centred {
			y += (tallest - heightOf(column)) / 2
		}
		for _, p := range column {
			p.x, p.y = margin+(len(columns)-1-layer)*(nodeWidth+d.gap), y
			y += p.height()
			if p.node != nil {
				p.node.x, p.node.y, p.node.row = p.x, p.y, p.row
			}
		}
	}
	d.width = 2*margin + len(columns)*nodeWidth + max(0, len(columns)-1)*d.gap
	d.height = 2*margin + max(0, tallest-nodeGap)
}

// columns puts the nodes, and the places of long steps, in their layers, those of the targets first.
func (d *Drawing) columns() [][]*place {
	deepest := 0
	for _, n := range d.nodes {
		deepest = max(deepest, n.layer)
	}
	columns := make([][]*place, deepest+1)
	add := func(p *place) *place {
		p.row = len(columns[p.layer])
		columns[p.layer] = append(columns[p.layer], p)
		return p
	}
	at := make([]*place, len(d.nodes))
	for _, n := range d.nodes {
		at[n.number] = add(&place{layer: n.layer, node: n})
	}
	join := func(a, b *place) {
		a.after, b.before = append(a.after, b), append(b.before, a)
	}
	type lane struct{ layer, to int }
	lanes := make(map[lane]*place) // long steps to the same object share their places: one line to follow instead of many
	for _, l := range d.links {
		if !l.forward() {
			continue
		}
		last := at[l.from.number]
		for layer := l.from.layer - 1; layer > l.to.layer; layer-- {
			key := lane{layer, l.to.number}
			p := lanes[key]
			if p == nil {
				p = add(&place{layer: layer})
				lanes[key] = p
			}
			l.via = append(l.via, p)
			join(last, p)
			last = p
		}
		join(last, at[l.to.number])
	}
	return columns
}

// order sorts a layer by where its neighbours stand, on average; those without neighbours keep their place.
func order(column []*place, neighbours func(*place) []*place) {
	weight := make(map[*place]int, len(column))
	for _, p := range column {
		weight[p] = 1000 * p.row
		if list := neighbours(p); len(list) > 0 {
			sum := 0
			for _, n := range list {
				sum += n.row
			}
			weight[p] = 1000 * sum / len(list)
		}
	}
	slices.SortStableFunc(column, func(a, b *place) int { return cmp.Compare(weight[a], weight[b]) })
	for i, p := range column {
		p.row = i
	}
}

func (p *place) height() int {
	if p.node == nil {
		return placeGap
	}
	return nodeHeight + nodeGap
}

func heightOf(column []*place) int {
	sum := 0
	for _, p := range column {
		sum += p.height()
	}
	return sum
}
