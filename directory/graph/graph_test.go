package graph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hygie/directory/graph"
)

type arc struct {
	from, to graph.Node
	label    graph.Label
}

func build(nodes int, arcs ...arc) *graph.Graph {
	b := graph.NewBuilder(nodes)
	b.Reserve(len(arcs))
	for _, a := range arcs {
		b.Add(a.from, a.to, a.label)
	}
	return b.Freeze()
}

func way(g *graph.Graph, t *graph.Tree, from graph.Node) []string {
	out := []string{}
	for e, to := range t.Way(from) {
		edge, _ := g.Edge(e)
		out = append(out, fmt.Sprintf("%d-%d-%d", edge.From, edge.Label&^graph.Free, to))
	}
	return out
}

// The short way has more edges, two of which are free.
//
//	0 ──1──> 1 ──2──> 4
//	│                 ^
//	3                free
//	v                 │
//	2 ──free─> 3 ─────┘       5 (alone)
func TestReach(t *testing.T) {
	g := build(6, arc{0, 1, 1}, arc{1, 4, 2}, arc{0, 2, 3}, arc{2, 3, 4 | graph.Free}, arc{3, 4, 5 | graph.Free})
	tree := g.Reach(nil, []graph.Node{4}, nil)
	if diff := cmp.Diff([]string{"0-3-2", "2-4-3", "3-5-4"}, way(g, tree, 0)); diff != "" {
		t.Error(diff)
	}
	steps := func() []int {
		var out []int
		for n := range graph.Node(6) {
			if s, ok := tree.Steps(n); ok {
				out = append(out, s)
			} else {
				out = append(out, -1)
			}
		}
		return out
	}
	if diff := cmp.Diff([]int{1, 1, 0, 0, 0, -1}, steps()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]graph.Node{4, 3, 2, 1, 0}, tree.Seen()); diff != "" {
		t.Error(diff)
	}
	// Without the first of the free edges the other way remains, in the memory of the first answer.
	tree = g.Reach(tree, []graph.Node{4}, &graph.Limits{Skip: func(_ uint32, e graph.Edge) bool { return e.Label == 4|graph.Free }})
	if diff := cmp.Diff([]string{"0-1-1", "1-2-4"}, way(g, tree, 0)); diff != "" {
		t.Error(diff)
	}
	tree = g.Reach(tree, []graph.Node{4}, &graph.Limits{Stop: func(n graph.Node) bool { return n == 3 }})
	if tree.Reaches(0) || !tree.Reaches(3) {
		t.Error("the search did not stop")
	}
	tree = g.Reach(tree, []graph.Node{4}, &graph.Limits{Past: func(n graph.Node) bool { return n != 3 && n != 1 }})
	if diff := cmp.Diff([]int{-1, 1, -1, 0, 0, -1}, steps()); diff != "" {
		t.Error(diff)
	}
}

// 0 ⇄ 1 → 2 → 3 → 4 → 2      5 ↺      6 → 0
func TestComponents(t *testing.T) {
	g := build(7, arc{0, 1, 0}, arc{1, 0, 0}, arc{1, 2, 0}, arc{2, 3, 0}, arc{3, 4, 0}, arc{4, 2, 0}, arc{5, 5, 0}, arc{6, 0, 0})
	got, n := g.Components(nil)
	if n != 4 || got[0] != got[1] || got[2] != got[3] || got[3] != got[4] || got[0] == got[2] || got[5] == got[0] || got[6] == got[0] {
		t.Errorf("%d: %v", n, got)
	}
	got, n = g.Components(func(v graph.Node) bool { return v != 4 && v != 5 })
	if n != 4 || got[2] == got[3] || got[4] != graph.None || got[5] != graph.None {
		t.Errorf("%d: %v", n, got)
	}
}

func random(r *rand.Rand, nodes, arcs int) []arc {
	var out []arc
	for range arcs {
		a := arc{from: graph.Node(r.IntN(nodes)), to: graph.Node(r.IntN(nodes)), label: graph.Label(r.IntN(9))}
		if r.IntN(3) == 0 {
			a.label |= graph.Free
		}
		out = append(out, a)
	}
	return out
}

// distances solves the same by relaxing every edge until nothing changes.
func distances(nodes int, arcs []arc, target graph.Node) []int {
	const far = 1 << 20
	out := slices.Repeat([]int{far}, nodes)
	out[target] = 0
	for changed := true; changed; {
		changed = false
		for _, a := range arcs {
			cost := out[a.to]
			if a.label&graph.Free == 0 {
				cost++
			}
			if cost < out[a.from] {
				out[a.from], changed = cost, true
			}
		}
	}
	for i, d := range out {
		if d >= far {
			out[i] = -1
		}
	}
	return out
}

func TestRandomGraphs(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		nodes := 2 + r.IntN(12)
		arcs := random(r, nodes, r.IntN(3*nodes))
		g := build(nodes, arcs...)
		if g.Nodes() != nodes || g.Edges() != len(arcs) {
			t.Fatalf("%d nodes, %d edges", g.Nodes(), g.Edges())
		}
		component, _ := g.Components(nil)
		var tree *graph.Tree
		reach := make([][]int, nodes)
		for target := range graph.Node(nodes) {
			want := distances(nodes, arcs, target)
			reach[target] = want
			tree = g.Reach(tree, []graph.Node{target}, nil)
			for n, w := range want {
				got, ok := tree.Steps(graph.Node(n))
				if ok != (w >= 0) || ok && got != w {
					t.Fatalf("%v: %d to %d: %d, %v, want %d", arcs, n, target, got, ok, w)
				}
				at, paid := graph.Node(n), 0
				for e, to := range tree.Way(at) {
					edge, end := g.Edge(e)
					if edge.From != at || end != to {
						t.Fatalf("%v: edge %d does not lead on from %d", arcs, e, at)
					}
					if edge.Label&graph.Free == 0 {
						paid++
					}
					at = to
				}
				if ok && (at != target || paid != w) {
					t.Fatalf("%v: the way from %d ends at %d after %d", arcs, n, at, paid)
				}
			}
		}
		for a := range nodes {
			for b := range nodes {
				if (component[a] == component[b]) != (reach[a][b] >= 0 && reach[b][a] >= 0) {
					t.Fatalf("%v: components %v", arcs, component)
				}
			}
		}
	}
}

// joined tells whether the sink can be reached without some edges.
func joined(nodes int, arcs []arc, cut []int) bool {
	seen := make([]bool, nodes)
	seen[0] = true
	for changed := true; changed; {
		changed = false
		for i, a := range arcs {
			if seen[a.from] && !seen[a.to] && !slices.Contains(cut, i) {
				seen[a.to], changed = true, true
			}
		}
	}
	return seen[nodes-1]
}

// On small networks the cut is compared with every other: it separates, no cheaper set does, and removing any one of its edges
// from it does not.
func TestMinimumCut(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	separable := 0
	for range 400 {
		nodes := 2 + r.IntN(6)
		arcs := random(r, nodes, r.IntN(12))
		n := graph.NewNetwork(nodes)
		costs := make([]int64, len(arcs))
		for i, a := range arcs {
			costs[i] = 1 + int64(r.IntN(4))
			if r.IntN(6) == 0 {
				costs[i] = graph.Infinite
			}
			n.Add(int(a.from), int(a.to), costs[i])
		}
		best := int64(graph.Infinite)
		for set := range 1 << len(arcs) {
			var cut []int
			cost := int64(0)
			for i := range arcs {
				if set&(1<<i) != 0 {
					cut = append(cut, i)
					cost += min(costs[i], graph.Infinite/16)
				}
			}
			if cost < min(best, graph.Infinite/16) && !joined(nodes, arcs, cut) {
				best = cost
			}
		}
		got := n.MinimumCut(0, nodes-1)
		if got.Cost != best {
			t.Fatalf("%v %v: cost %d, want %d", arcs, costs, got.Cost, best)
		}
		if best == graph.Infinite {
			continue
		}
		separable++
		if joined(nodes, arcs, got.Edges) {
			t.Fatalf("%v: %v does not separate", arcs, got.Edges)
		}
		for i := range got.Edges {
			if !joined(nodes, arcs, slices.Delete(slices.Clone(got.Edges), i, i+1)) {
				t.Fatalf("%v: edge %d of %v is not needed", arcs, got.Edges[i], got.Edges)
			}
		}
		if !got.Before[0] || got.Before[nodes-1] {
			t.Fatalf("sides %v", got.Before)
		}
	}
	if separable < 100 {
		t.Errorf("%d of 400 networks can be separated", separable)
	}
}

// Of two cuts of one cost the one nearest to the sink is taken.
func TestMinimumCutIsNearTheSink(t *testing.T) {
	n := graph.NewNetwork(3)
	n.Add(0, 1, 2)
	n.Add(1, 2, 2)
	if got := n.MinimumCut(0, 2); !slices.Equal(got.Edges, []int{1}) || got.Cost != 2 {
		t.Errorf("%+v", got)
	}
}

// large gives a graph of the size of a million objects.
func large(nodes, edges int) *graph.Graph {
	r := rand.New(rand.NewPCG(1, 1))
	b := graph.NewBuilder(nodes)
	b.Reserve(edges)
	for range edges {
		b.Add(graph.Node(r.IntN(nodes)), graph.Node(r.IntN(nodes)), 1)
	}
	return b.Freeze()
}

func BenchmarkFreeze(b *testing.B) {
	for b.Loop() {
		large(1_000_000, 4_000_000)
	}
}

func BenchmarkReach(b *testing.B) {
	g := large(1_000_000, 10_000_000)
	var t *graph.Tree
	for b.Loop() {
		t = g.Reach(t, []graph.Node{0}, nil)
	}
	b.ReportMetric(float64(len(t.Seen())), "nodes")
}

func BenchmarkComponents(b *testing.B) {
	g := large(1_000_000, 10_000_000)
	for b.Loop() {
		g.Components(nil)
	}
}

func BenchmarkMinimumCut(b *testing.B) {
	const nodes, edges = 200_000, 1_000_000
	for b.Loop() {
		b.StopTimer()
		r := rand.New(rand.NewPCG(1, 1))
		n := graph.NewNetwork(nodes)
		for range edges {
			n.Add(r.IntN(nodes), r.IntN(nodes), 1+int64(r.IntN(3)))
		}
		for i := range 500 { // many doors on both sides
			n.Add(0, 1+i, graph.Infinite)
			n.Add(nodes-2-i, nodes-1, graph.Infinite)
		}
		b.StartTimer()
		n.MinimumCut(0, nodes-1)
	}
}

// Adding to a graph gives what building it at once gives.
func TestWith(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 2))
	for range 200 {
		nodes, more := 1+r.IntN(8), r.IntN(4)
		old, added := random(r, nodes, r.IntN(20)), random(r, nodes+more, r.IntN(12))
		before := build(nodes, old...)
		b := before.Extend()
		if first := b.Grow(more); first != graph.Node(nodes) {
			t.Fatalf("the first new node of %d is %d", nodes, first)
		}
		for _, a := range added {
			b.Add(a.from, a.to, a.label)
		}
		if b.Edges() != len(added) {
			t.Fatalf("%d edges to be added, not %d", b.Edges(), len(added))
		}
		got, want := before.With(b), build(nodes+more, slices.Concat(old, added)...)
		if got.Nodes() != want.Nodes() || got.Edges() != want.Edges() {
			t.Fatalf("%v and %v: %d nodes, %d edges", old, added, got.Nodes(), got.Edges())
		}
		for n := range graph.Node(want.Nodes()) {
			first, edges := got.In(n)
			if wantFirst, wanted := want.In(n); first != wantFirst || !slices.Equal(edges, wanted) {
				t.Fatalf("%v and %v: %d %v lead to %d, want %d %v", old, added, first, edges, n, wantFirst, wanted)
			}
		}
		for n := range graph.Node(nodes) { // the old one stays as it was
			_, edges := before.In(n)
			if _, same := build(nodes, old...).In(n); !slices.Equal(edges, same) {
				t.Fatalf("%v: %v lead to %d", old, edges, n)
			}
		}
	}
}
