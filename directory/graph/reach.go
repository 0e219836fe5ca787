package graph

import (
	"iter"
	"slices"
)

// Tree says, for each node from which a target can be reached, the edge that begins a shortest way there (Moore 1959, breadth-first search).
type Tree struct {
	graph *Graph
	next  []uint32 // length = nodes; edge to take, None for targets and for nodes that do not reach any
	dist  []uint32 // length = nodes; steps to the nearest target, None when there is no way
	seen  []Node   // nodes that reach a target, nearest first

	near, far []Node   // scratch of the search
	done      []uint64 // the same, a bit for each node
}

// Limits of a search (Moore 1959, breadth-first search).
type Limits struct {
	// Skip leaves an edge out; nil: none.
	Skip func(edge uint32, e Edge) bool
	// Stop ends the search at a node, which is part of the answer; nil: only when all is seen.
	Stop func(n Node) bool
	// Past tells whether the search goes on to the nodes before n; nil: always.
	Past func(n Node) bool
}

// Reach finds the nodes from which a target can be reached, going backwards from the targets one step at a time (a breadth-first
// search in which free edges take no step). A tree of an earlier search may be given again to reuse its memory; nil makes one.
func (g *Graph) Reach(t *Tree, targets []Node, l *Limits) *Tree {
	t = g.clean(t)
	if l == nil {
		l = &Limits{}
	}
	near, far := t.near[:0], t.far[:0] // nodes at this distance, at the next
	defer func() { t.near, t.far = near, far }()
	for _, n := range targets {
		if t.dist[n] == None {
			t.dist[n] = 0
			near = append(near, n)
		}
	}
	t.done = slices.Grow(t.done[:0], (g.Nodes()+63)/64)[:(g.Nodes()+63)/64]
	done := t.done
	clear(done)
	for step := uint32(0); len(near) > 0; step++ {
		far = far[:0]
		for i := 0; i < len(near); i++ { // free edges make the list grow
			n := near[i]
			if done[n/64]&(1<<(n%64)) != 0 {
				continue // reached again by a free edge, and dealt with then
			}
			done[n/64] |= 1 << (n % 64)
			t.seen = append(t.seen, n)
			if l.Stop != nil && l.Stop(n) {
				return t
			}
			if l.Past != nil && !l.Past(n) {
				continue
			}
			first, edges := g.In(n)
			for k, e := range edges {
				cost := step + 1
				if e.Label&Free != 0 {
					cost = step
				}
				if t.dist[e.From] <= cost || l.Skip != nil && l.Skip(first+uint32(k), e) {
					continue
				}
				t.dist[e.From], t.next[e.From] = cost, first+uint32(k)
				if cost == step {
					near = append(near, e.From)
				} else {
					far = append(far, e.From)
				}
			}
		}
		near, far = far, near
	}
	return t
}

// clean gives a tree in which nothing is reached.
func (g *Graph) clean(t *Tree) *Tree {
	if t == nil || t.graph != g {
		t = &Tree{graph: g, next: make([]uint32, g.Nodes()), dist: make([]uint32, g.Nodes())}
		for i := range t.next {
			t.next[i], t.dist[i] = None, None
		}
		return t
	}
	if len(t.seen) > g.Nodes()/8 {
		for i := range t.next {
			t.next[i], t.dist[i] = None, None
		}
	} else {
		for _, n := range t.seen {
			t.next[n], t.dist[n] = None, None
			// Nodes that were found and not yet looked at, when the search was stopped, stand before a node that was seen.
			_, edges := g.In(n)
			for _, e := range edges {
				t.next[e.From], t.dist[e.From] = None, None
			}
		}
	}
	t.seen = t.seen[:0]
	return t
}

// Reaches tells whether a target can be reached from a node.
func (t *Tree) Reaches(n Node) bool { return t.dist[n] != None }

// Steps gives the length of a shortest way from a node to a target; false when there is none.
func (t *Tree) Steps(n Node) (int, bool) {
	return int(t.dist[n]), t.dist[n] != None
}

// Seen lists the nodes that reach a target, nearest first. It must not be changed.
func (t *Tree) Seen() []Node { return t.seen }

// Way gives the edges of a shortest way from a node to a target, by their number, with the node that each leads to.
func (t *Tree) Way(n Node) iter.Seq2[uint32, Node] {
	return func(yield func(uint32, Node) bool) {
		for t.next[n] != None {
			edge := t.next[n]
			_, to := t.graph.Edge(edge)
			if !yield(edge, to) {
				return
			}
			n = to
		}
	}
}
