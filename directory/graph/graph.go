// Package graph holds large directed graphs and answers questions about reaching: who can reach these nodes, by what shortest way,
// which nodes reach each other, and what is the cheapest way to separate two sides.
//
// A [Builder] takes edges in any order; Freeze turns them into a read-only [Graph] in compressed rows, each node with the edges
// that lead into it, because questions start from what is to be protected:
//
//	b := graph.NewBuilder(nodes)
//	b.Add(from, to, label)
//	g := b.Freeze()
//	t := g.Reach(nil, targets, nil)
//	for e := range t.Way(node) { … }
//
// Nodes are dense numbers chosen by the caller, labels mean something to the caller only, except [Free]. The answer to a
// question depends on the edges and on their order, never on the number of processors.
package graph

import (
	"fmt"
	"math"
)

// Node is the number of a node: 0 to Nodes-1 (docs/decisions/013-control-graph.md).
type Node = uint32

// Label is what the caller says about an edge (docs/decisions/013-control-graph.md).
type Label = uint32

// Free marks, in a label, an edge that takes no step: the two nodes stand for one move split in several edges (docs/decisions/013-control-graph.md).
const Free Label = 1 << 31

// None is no edge (docs/decisions/013-control-graph.md).
const None = math.MaxUint32

// Edge is an edge seen from the node that it leads to (docs/decisions/013-control-graph.md).
type Edge struct {
	From  Node
	Label Label
}

// Builder collects edges (docs/decisions/013-control-graph.md). It is used by one goroutine.
type Builder struct {
	nodes int
	from  []Node
	to    []Node
	label []Label
}

// NewBuilder gives a builder for nodes 0 to nodes-1 (docs/decisions/013-control-graph.md).
func NewBuilder(nodes int) *Builder { return &Builder{nodes: nodes} }

// Grow adds nodes and gives the number of the first.
func (b *Builder) Grow(n int) Node {
	first := b.nodes
	b.nodes += n
	return Node(first)
}

// Nodes gives the number of nodes so far.
func (b *Builder) Nodes() int { return b.nodes }

// Edges gives the number of edges so far.
func (b *Builder) Edges() int { return len(b.from) }

// Reserve makes room for n more edges.
func (b *Builder) Reserve(n int) {
	if want := len(b.from) + n; want > cap(b.from) {
		b.from = append(make([]Node, 0, want), b.from...)
		b.to = append(make([]Node, 0, want), b.to...)
		b.label = append(make([]Label, 0, want), b.label...)
	}
}

// Add adds an edge. Parallel edges and loops are kept. It panics when a node does not exist: that is a mistake of the caller.
func (b *Builder) Add(from, to Node, label Label) {
	if int(from) >= b.nodes || int(to) >= b.nodes {
		panic(fmt.Sprintf("graph: edge %d to %d among %d nodes", from, to, b.nodes))
	}
	b.from = append(b.from, from)
	b.to = append(b.to, to)
	b.label = append(b.label, label)
}

// Freeze gives the graph and empties the builder. The edges into a node keep the order in which they were added.
func (b *Builder) Freeze() *Graph {
	g := &Graph{start: make([]uint32, b.nodes+1), edges: make([]Edge, len(b.from))}
	for _, to := range b.to {
		g.start[to+1]++
	}
	for i := range b.nodes {
		g.start[i+1] += g.start[i]
	}
	// start[n] is moved forward while the edges of n are put in place, and ends where start[n+1] began.
	for i, to := range b.to {
		g.edges[g.start[to]] = Edge{From: b.from[i], Label: b.label[i]}
		g.start[to]++
	}
	copy(g.start[1:], g.start)
	g.start[0] = 0
	*b = Builder{}
	return g
}

// Extend gives a builder for what is to be added to a graph: its first new node has the next number. See [Graph.With].
func (g *Graph) Extend() *Builder { return &Builder{nodes: g.Nodes()} }

// With gives a larger graph, with what a builder of [Graph.Extend] holds. The edges into a node keep their order and come before those
// that are added, which keep theirs.
func (g *Graph) With(more *Builder) *Graph {
	out := &Graph{start: make([]uint32, more.nodes+1), edges: make([]Edge, len(g.edges)+len(more.from))}
	for _, to := range more.to {
		out.start[to+1]++
	}
	for i := range more.nodes {
		known := 0
		if i < g.Nodes() {
			_, edges := g.In(Node(i))
			known = copy(out.edges[out.start[i]:], edges)
		}
		out.start[i+1] += out.start[i] + uint32(known)
	}
	added := make(map[Node]uint32) // by node with new edges: how many of them stand
	for i, to := range more.to {
		known := uint32(0)
		if int(to) < g.Nodes() {
			known = g.start[to+1] - g.start[to]
		}
		out.edges[out.start[to]+known+added[to]] = Edge{From: more.from[i], Label: more.label[i]}
		added[to]++
	}
	return out
}

// Graph is a frozen graph (docs/decisions/013-control-graph.md).
type Graph struct {
	start []uint32 // length = nodes+1; edges[start[n]:start[n+1]] lead into n
	edges []Edge
}

// Nodes gives the number of nodes.
func (g *Graph) Nodes() int { return len(g.start) - 1 }

// Edges gives the number of edges.
func (g *Graph) Edges() int { return len(g.edges) }

// In gives the edges that lead into a node, and the number of the first; the others follow. They must not be changed.
func (g *Graph) In(n Node) (first uint32, edges []Edge) {
	return g.start[n], g.edges[g.start[n]:g.start[n+1]]
}

// Edge gives an edge by its number, and the node that it leads to.
func (g *Graph) Edge(i uint32) (e Edge, to Node) {
	lo, hi := 0, len(g.start)-1
	for hi-lo > 1 { // start[lo] <= i < start[hi]
		mid := int(uint(lo+hi) >> 1)
		if g.start[mid] <= i {
			lo = mid
		} else {
			hi = mid
		}
	}
	return g.edges[i], Node(lo)
}
