package graph

import (
	"math"
	"slices"
)

// Infinite is the capacity of an edge that cannot be cut (Dinic 1970).
const Infinite = math.MaxInt64 / 4

// Network is a graph whose edges have a cost, between a source and a sink (Dinic 1970). It is used by one goroutine.
type Network struct {
	head  []int32 // length = nodes; last arc that leaves the node, -1
	next  []int32 // length = arcs; the arc before it
	to    []int32
	rest  []int64 // capacity left; arcs i and i^1 are the two directions of an edge
	level []int32
	at    []int32
}

// NewNetwork gives a network without edges (Dinic 1970).
func NewNetwork(nodes int) *Network {
	n := &Network{head: make([]int32, nodes)}
	for i := range n.head {
		n.head[i] = -1
	}
	return n
}

// Add adds an edge and gives its number: 0, 1, 2 … Cost is at most Infinite.
func (n *Network) Add(from, to int, cost int64) int {
	for _, arc := range [2]struct {
		from, to int
		rest     int64
	}{{from, to, cost}, {to, from, 0}} {
		n.to = append(n.to, int32(arc.to))
		n.rest = append(n.rest, arc.rest)
		n.next = append(n.next, n.head[arc.from])
		n.head[arc.from] = int32(len(n.to) - 1)
	}
	return len(n.to)/2 - 1
}

// Cut is a set of edges whose removal leaves no way from the source to the sink (Dinic 1970).
type Cut struct {
	Cost  int64 // sum of the costs; Infinite or more when the two sides cannot be separated
	Edges []int // numbers, ascending; empty when they cannot be separated
	// Before tells, for each node, whether it stays on the side of the source.
	Before []bool
}

// MinimumCut gives a cheapest cut; of several the one nearest to the sink. It runs Dinic's algorithm, whose maximum flow equals the
// cost of the minimum cut; a network is good for one call.
func (n *Network) MinimumCut(source, sink int) Cut {
	var c Cut
	n.level, n.at = make([]int32, len(n.head)), make([]int32, len(n.head))
	for n.levels(source, sink) {
		copy(n.at, n.head)
		if c.Cost += n.push(source, sink); c.Cost >= Infinite {
			return Cut{Cost: Infinite}
		}
	}
	after := n.before(sink)
	c.Before = make([]bool, len(n.head))
	for i := range c.Before {
		c.Before[i] = !after[i]
	}
	for e := range len(n.to) / 2 {
		from, to := n.to[2*e+1], n.to[2*e]
		if !after[from] && after[to] && n.rest[2*e+1] > 0 {
			c.Edges = append(c.Edges, e)
		}
	}
	return c
}

// levels sorts the nodes by their distance to the sink along arcs with capacity left, as far as the source; false when the source is
// out of reach. Counting from the sink keeps the search for ways out of the parts that lead nowhere.
func (n *Network) levels(source, sink int) bool {
	for i := range n.level {
		n.level[i] = -1
	}
	n.level[sink] = 0
	for queue := []int32{int32(sink)}; len(queue) > 0 && n.level[source] < 0; queue = queue[1:] {
		v := queue[0]
		for a := n.head[v]; a >= 0; a = n.next[a] {
			if u := n.to[a]; n.rest[a^1] > 0 && n.level[u] < 0 {
				n.level[u] = n.level[v] + 1
				queue = append(queue, u)
			}
		}
	}
	return n.level[source] >= 0
}

// push sends along the levels all that they carry, and gives the amount. The way is kept on a stack: chains of groups and units
// may be long. Once a way is full, the next one begins where the first full arc of it left.
func (n *Network) push(source, sink int) int64 {
	var (
		way   []int32 // arcs from the source to v
		v     = int32(source)
		total int64
	)
	for {
		if v == int32(sink) {
			amount := int64(Infinite)
			for _, a := range way {
				amount = min(amount, n.rest[a])
			}
			full := len(way)
			for i, a := range slices.Backward(way) {
				n.rest[a] -= amount
				n.rest[a^1] += amount
				if n.rest[a] == 0 {
					full = i
				}
			}
			if total += amount; total >= Infinite {
				return Infinite
			}
			v = n.to[way[full]^1]
			way = way[:full]
			continue
		}
		a := n.at[v]
		for a >= 0 && (n.rest[a] == 0 || n.level[n.to[a]] != n.level[v]-1) {
			a = n.next[a]
		}
		n.at[v] = a
		if a >= 0 {
			way = append(way, a)
			v = n.to[a]
			continue
		}
		if len(way) == 0 {
			return total
		}
		last := way[len(way)-1] // a dead end: do not come here again
		way = way[:len(way)-1]
		v = n.to[last^1]
		n.at[v] = n.next[n.at[v]]
	}
}

// before gives the nodes that still reach the sink.
func (n *Network) before(sink int) []bool {
	out := make([]bool, len(n.head))
	out[sink] = true
	for stack := []int32{int32(sink)}; len(stack) > 0; {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for a := n.head[v]; a >= 0; a = n.next[a] {
			if u := n.to[a]; n.rest[a^1] > 0 && !out[u] {
				out[u] = true
				stack = append(stack, u)
			}
		}
	}
	return out
}
