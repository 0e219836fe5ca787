package paths

import (
	"cmp"
	"slices"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/paths/internal/wiring"
)

// Cuts are edges that are taken to be gone: a what-if (docs/decisions/016-what-if-on-a-copy.md).
type Cuts map[uint32]bool

func (c Cuts) skip() func(uint32, graph.Edge) bool {
	if len(c) == 0 {
		return nil
	}
	return func(edge uint32, _ graph.Edge) bool { return c[edge] }
}

// effort gives the cost of taking an edge away, graph.Infinite when it cannot be.
func (n *Network) effort(e graph.Edge, to Node) int64 {
	k := wiring.KindOf(e.Label)
	if e.Label&graph.Free != 0 || k.Effort() == 0 || k == control.MemberOf && n.crowds[to] {
		return graph.Infinite
	}
	cost := int64(k.Effort())
	if ref := wiring.RefOf(e.Label); ref >= 0 && k != control.DCSync {
		const many = 1000 // beyond, one more object makes no difference to whoever has to do it
		cost *= int64(min(n.record.Units[ref].Objects, many))
	}
	return cost
}

// Way is a way into tier 0: the last right on it that can be taken away, the nearest ordinary account behind it, and the path
// (docs/schema/directory-audit.schema.json, path).
type Way struct {
	Path     Path
	Accounts int // ordinary accounts that can take this way
	Door     int // the step of Path that is this right, from 0; the steps before it lead there, those after follow by design
	edge     uint32
	tail     Node
}

// Ways are the ways into tier 0 (docs/schema/directory-audit.schema.json, path).
type Ways struct {
	List  []Way // the shortest first, at most as many as asked for
	Total int   // all of them
	// Exposed is how many ordinary accounts can reach tier 0 by any way.
	Exposed int
	region  *region
}

// region is what lies around tier 0.
type region struct {
	inner []bool // by node: tier 0 is reached from there by edges that cannot be taken away, or the node is privileged
	all   *Tree  // shortest ways to tier 0
	last  *Tree  // the same without leaving the inside
	doors []uint32
}

// Ways finds the ways into tier 0: each right that can be taken away, held by somebody outside, that opens the rest of the way by
// design. limit bounds how many are described; all are counted.
func (n *Network) Ways(limit int) *Ways { return n.WaysWithout(nil, limit) }

// WaysWithout is [Network.Ways] once some edges are gone.
func (n *Network) WaysWithout(cuts Cuts, limit int) *Ways {
	w := &Ways{region: n.region(cuts)}
	for _, node := range w.region.all.Seen() {
		if n.ordinary(node) {
			w.Exposed++
		}
	}
	var near, behind *Tree
	counts := make(map[Node]int)
	outside := func(node Node) bool { return !w.region.inner[node] }
	for _, door := range w.region.doors {
		e, to := n.graph.Edge(door)
		source, found := e.From, n.ordinary(e.From)
		near = n.graph.Reach(near, []Node{e.From}, &graph.Limits{Past: outside, Skip: n.skip(cuts), Stop: func(at Node) bool {
			if !found && n.ordinary(at) {
				source, found = at, true
			}
			return found
		}})
		if !found {
			continue // nobody ordinary is behind that right today
		}
		w.Total++
		if len(w.List) == limit {
			continue
		}
		approach := way(near, source)
		edges := slices.Concat(approach, []uint32{door}, way(w.region.last, to))
		way := Way{Path: n.explain(source, edges), Door: len(n.explain(source, approach).Steps), edge: door, tail: e.From}
		if _, known := counts[e.From]; !known {
			behind = n.graph.Reach(behind, []Node{e.From}, &graph.Limits{Past: outside, Skip: n.skip(cuts)})
			for _, node := range behind.Seen() {
				if n.ordinary(node) {
					counts[e.From]++
				}
			}
		}
		way.Accounts = counts[e.From]
		w.List = append(w.List, way)
	}
	slices.SortStableFunc(w.List, func(a, b Way) int {
		return cmp.Or(cmp.Compare(len(a.Path.Steps), len(b.Path.Steps)), cmp.Compare(b.Accounts, a.Accounts),
			cmp.Compare(a.Path.Target, b.Path.Target), cmp.Compare(a.Path.Source, b.Path.Source))
	})
	return w
}

func (n *Network) ordinary(node Node) bool {
	return int(node) < n.record.Objects && n.record.Kinds[node] == wiring.Ordinary
}

// region finds what lies around tier 0, some edges left out.
func (n *Network) region(cuts Cuts) *region {
	r := &region{inner: make([]bool, n.graph.Nodes())}
	targets := n.TierZero()
	r.all = n.graph.Reach(nil, targets, &graph.Limits{Skip: n.skip(cuts)})
	from := slices.Clone(targets)
	for node, privileged := range n.zone {
		if privileged && !slices.Contains(targets, Node(node)) {
			from = append(from, Node(node))
		}
	}
	inside := n.graph.Reach(nil, from, &graph.Limits{
		Skip: func(edge uint32, e graph.Edge) bool {
			// Only memberships in crowds depend on where the edge leads; those lead inside only when the crowd is inside.
			return cuts[edge] || n.isLate(e.Label) || e.Label&graph.Free == 0 && wiring.KindOf(e.Label).Effort() > 0
		},
	})
	for _, node := range inside.Seen() {
		r.inner[node] = true
	}
	r.last = n.graph.Reach(nil, targets, &graph.Limits{Skip: func(edge uint32, e graph.Edge) bool { return cuts[edge] || !r.inner[e.From] }})
	for _, node := range inside.Seen() {
		first, edges := n.graph.In(node)
		for i, e := range edges {
			edge := first + uint32(i)
			if !r.inner[e.From] && !cuts[edge] && e.Label&graph.Free == 0 && wiring.KindOf(e.Label).Effort() > 0 {
				r.doors = append(r.doors, edge)
			}
		}
	}
	return r
}

// Exposed counts the ordinary accounts that can reach tier 0 once some edges are gone.
func (n *Network) Exposed(cuts Cuts) int {
	if len(cuts) > 0 && len(n.record.Joints) > 0 {
		return n.trial(cuts).exposed(cuts)
	}
	count := 0
	for _, node := range n.graph.Reach(nil, n.TierZero(), &graph.Limits{Skip: n.skip(cuts)}).Seen() {
		if n.ordinary(node) {
			count++
		}
	}
	return count
}

// Control says how many ordinary accounts can take an object of tier 0 over (docs/schema/directory-audit.schema.json, tierZero).
type Control struct {
	Target
	Accounts int
}

// Controllers counts for each object of tier 0 the ordinary accounts that can reach it. Objects that reach each other have the same
// ones and are counted once.
func (n *Network) Controllers(w *Ways) []Control {
	out := make([]Control, len(n.targets))
	for i, t := range n.targets {
		out[i].Target = t
	}
	if w.Exposed == 0 {
		return out
	}
	component, _ := n.graph.Components(w.region.all.Reaches)
	counts := make(map[uint32]int)
	var tree *Tree
	for i, t := range n.targets {
		c := component[t.Node]
		count, known := counts[c]
		if !known {
			tree = n.graph.Reach(tree, []Node{t.Node}, nil)
			for _, node := range tree.Seen() {
				if n.ordinary(node) {
					count++
				}
			}
			counts[c] = count
		}
		out[i].Accounts = count
	}
	return out
}
