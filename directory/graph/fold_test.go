package graph_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"hygie/directory/graph"
)

// Four accounts and two groups; the rights of the groups meet in 6.
//
//	0 ──> 4 ──> 6      1 ──> 4      2 ──> 4, 5      3 ──free─> 4      5 ──> 6
func TestFoldJoinsWhatLeadsToTheSame(t *testing.T) {
	arcs := []arc{{0, 4, 1}, {1, 4, 2}, {2, 4, 1}, {2, 5, 1}, {3, 4, 1 | graph.Free}, {4, 6, 1}, {5, 6, 1}}
	for name, tt := range map[string]struct {
		mark func(graph.Node) uint32
		skip func(uint32, graph.Edge) bool
		want [][]graph.Node
	}{
		"all":              {func(graph.Node) uint32 { return 0 }, nil, [][]graph.Node{{0, 1}, {2}, {3}, {4, 5}, {6}}},
		"one set apart":    {markOf(1, graph.Apart), nil, [][]graph.Node{{0}, {1}, {2}, {3}, {4, 5}, {6}}},
		"one marked":       {markOf(5, 7), nil, [][]graph.Node{{0, 1}, {2}, {3}, {4}, {5}, {6}}},
		"one edge skipped": {func(graph.Node) uint32 { return 0 }, func(_ uint32, e graph.Edge) bool { return e.From == 5 }, [][]graph.Node{{0, 1}, {2}, {3}, {4}, {5, 6}}},
	} {
		t.Run(name, func(t *testing.T) {
			f := build(7, arcs...).Fold(graph.Folding{Mark: tt.mark, Skip: tt.skip})
			var got [][]graph.Node
			for fold := range graph.Node(f.Graph.Nodes()) {
				got = append(got, f.Members(fold))
			}
			if !slices.EqualFunc(got, tt.want, slices.Equal) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// markOf marks one node, the others with 0.
func markOf(node graph.Node, mark uint32) func(graph.Node) uint32 {
	return func(n graph.Node) uint32 {
		if n == node {
			return mark
		}
		return 0
	}
}

// In random graphs, with some edges left out and others cut later, each node is as far from the target as its fold is.
func TestFoldKeepsDistances(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 4))
	joined := 0
	for range 2000 {
		nodes := 2 + r.IntN(14)
		arcs := random(r, nodes, r.IntN(3*nodes))
		g := build(nodes, arcs...)
		target, tail, skipped := graph.Node(r.IntN(nodes)), graph.Node(r.IntN(nodes)), graph.Label(r.IntN(9))
		mark := func(n graph.Node) uint32 {
			if n == target || n == tail {
				return graph.Apart
			}
			return n % 2
		}
		skip := func(_ uint32, e graph.Edge) bool { return e.Label&^graph.Free == skipped }
		f := g.Fold(graph.Folding{Mark: mark, Skip: skip})
		gone := make(map[uint32]bool) // edges that leave the tail
		for e := range uint32(g.Edges()) {
			if edge, _ := g.Edge(e); edge.From == tail && r.IntN(2) == 0 {
				gone[e] = true
			}
		}
		large := g.Reach(nil, []graph.Node{target}, &graph.Limits{Skip: func(i uint32, e graph.Edge) bool { return gone[i] || skip(i, e) }})
		small := f.Graph.Reach(nil, []graph.Node{f.Of(target)}, &graph.Limits{Skip: func(i uint32, _ graph.Edge) bool { return gone[f.Origin(i)] }})
		for n := range graph.Node(nodes) {
			if f.Members(f.Of(n))[0]%2 != n%2 || len(f.Members(f.Of(n))) > 1 && mark(n) == graph.Apart {
				t.Fatalf("%v: %d is folded with %v", arcs, n, f.Members(f.Of(n)))
			}
			want, far := large.Steps(n)
			got, ok := small.Steps(f.Of(n))
			if far != ok || ok && want != got {
				t.Fatalf("%v, target %d, %v gone: %d is %d away (%v), its fold %d (%v)", arcs, target, gone, n, want, far, got, ok)
			}
		}
		joined += nodes - f.Graph.Nodes()
	}
	if joined < 1000 {
		t.Errorf("%d nodes were folded: the sample says little", joined)
	}
}

// crowd gives the network of a directory: members of a few of many groups, in containers.
func crowd(members, groups int) *graph.Graph {
	r := rand.New(rand.NewPCG(2, 1))
	b := graph.NewBuilder(members + groups)
	for m := range members {
		set := r.IntN(groups / 4) // those of one unit are in the same groups
		for i := range 4 {
			b.Add(graph.Node(m), graph.Node(members+(set*7+i*i)%groups), 1)
		}
		b.Add(graph.Node(members+set), graph.Node(m), 2|graph.Free)
	}
	return b.Freeze()
}

func BenchmarkFold(b *testing.B) {
	g := crowd(1_000_000, 4000)
	var f *graph.Folded
	for b.Loop() {
		f = g.Fold(graph.Folding{Mark: func(graph.Node) uint32 { return 0 }})
	}
	b.ReportMetric(float64(f.Graph.Nodes()), "folds")
}
