package paths

import (
	"iter"
	"slices"

	"hygie/directory/control"
	"hygie/directory/paths/internal/wiring"
)

// Edges gives every control edge between objects and principals, by target, then by source: what the shared pairs of the network
// stand for, one by one. There may be many more of them than the network stores.
func (n *Network) Edges() iter.Seq[Step] {
	return func(yield func(Step) bool) {
		for to := range n.graph.Nodes() {
			if !n.visible(Node(to)) {
				continue
			}
			for _, s := range n.stepsInto(Node(to)) {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// Principals gives the nodes that stand for somebody without being objects of the directory, in order.
func (n *Network) Principals() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for i := range n.record.Extra {
			if node := Node(n.record.Objects + i); n.visible(node) && !yield(node) {
				return
			}
		}
	}
}

// stepsInto lists the steps that end at a node, sorted, each source and kind once.
func (n *Network) stepsInto(to Node) []Step {
	var out []Step
	silent := make(map[Node]bool) // met on the way back
	var back func(at Node, way []uint32)
	back = func(at Node, way []uint32) {
		first, edges := n.graph.In(at)
		for i, e := range edges {
			all := append([]uint32{first + uint32(i)}, way...)
			if n.visible(e.From) {
				p := n.explain(e.From, all)
				_, joined := wiring.RoundOf(e.Label)
				if last := len(p.Steps) - 1; (last == 0 || last > 0 && joined && p.Steps[last].To == to) && e.From != to && p.Steps[last].Kind != control.None {
					out = append(out, p.Steps[last])
				}
			} else if !silent[e.From] {
				silent[e.From] = true
				back(e.From, all)
				silent[e.From] = false
			}
		}
	}
	back(to, nil)
	slices.SortStableFunc(out, func(a, b Step) int {
		if a.From != b.From {
			return int(a.From) - int(b.From)
		}
		return int(a.Kind) - int(b.Kind)
	})
	return slices.CompactFunc(out, func(a, b Step) bool { return a.From == b.From && a.Kind == b.Kind })
}
