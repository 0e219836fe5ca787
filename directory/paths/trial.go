package paths

import (
	"slices"

	"hygie/directory/graph"
	"hygie/directory/paths/internal/wiring"
)

// trial tells who still reaches tier 0 once some of a few edges are gone, joints included. It asks the question of a folded network,
// where the nodes that these edges leave stay apart.
type trial struct {
	*Network
	fold     *graph.Folded
	accounts []int     // by fold: ordinary accounts
	zoned    []bool    // by fold: privileged by design
	joints   [][3]Node // by joint, as folds: what it needs, and its own node
	targets  []Node    // tier 0, as folds
	among    []uint32  // the edges that may be gone, by their numbers in the fold
}

// trial prepares questions in which no other edges are gone than those given. The edges that lead to joints were found with every
// edge in place: they are left out, and who meets both needs is found again each time.
func (n *Network) trial(among Cuts) *trial {
	apart := n.jointNodes()
	for edge := range among {
		e, _ := n.graph.Edge(edge)
		apart[e.From] = true
	}
	for _, t := range n.targets {
		apart[t.Node] = true
	}
	t := &trial{Network: n}
	t.fold = n.graph.Fold(graph.Folding{
		Mark: func(node Node) uint32 {
			if apart[node] {
				return graph.Apart
			}
			return n.mark(node)
		},
		Skip: func(_ uint32, e graph.Edge) bool { _, joins := wiring.RoundOf(e.Label); return joins },
	})
	folds := t.fold.Graph.Nodes()
	t.accounts, t.zoned = make([]int, folds), make([]bool, folds)
	for fold := range folds {
		members := t.fold.Members(Node(fold))
		if t.zoned[fold] = n.Privileged(members[0]); n.ordinary(members[0]) {
			t.accounts[fold] = len(members)
		}
	}
	for _, j := range n.record.Joints {
		t.joints = append(t.joints, [3]Node{t.fold.Of(j.Need[0]), t.fold.Of(j.Need[1]), t.fold.Of(j.Node)})
	}
	for _, target := range n.targets {
		t.targets = append(t.targets, t.fold.Of(target.Node))
	}
	for edge := range uint32(t.fold.Graph.Edges()) {
		if among[t.fold.Origin(edge)] {
			t.among = append(t.among, edge)
		}
	}
	return t
}

// exposed counts the ordinary accounts that reach tier 0 once some of the edges are gone. What needs tier 0 already is left out, as in
// [Network.join]: it adds nobody.
func (t *trial) exposed(cuts Cuts) int {
	gone := make([]bool, t.fold.Graph.Edges())
	for _, edge := range t.among {
		gone[edge] = cuts[t.fold.Origin(edge)]
	}
	skip := func(edge uint32, _ graph.Edge) bool { return gone[edge] }
	tree := t.reach(nil, t.targets, t.holders(skip), &graph.Limits{Skip: skip})
	count := 0
	for _, fold := range tree.Seen() {
		count += t.accounts[fold]
	}
	return count
}

// reach finds the folds that reach a target, through joints too once it is known who meets them.
func (t *trial) reach(tree *Tree, targets []Node, holders [][]Node, limits *graph.Limits) *Tree {
	from := slices.Clone(targets)
	used := make([]bool, len(t.joints))
	for {
		more := false
		tree = t.fold.Graph.Reach(tree, from, limits)
		for i, j := range t.joints {
			if tree.Reaches(j[2]) && !used[i] && len(holders[i]) > 0 {
				from, used[i], more = append(from, holders[i]...), true, true
			}
		}
		if !more {
			return tree
		}
	}
}

// holders gives, by joint, the folds outside tier 0 that meet both needs, those of other joints on the way included.
func (t *trial) holders(skip func(uint32, graph.Edge) bool) [][]Node {
	var (
		first, second *Tree
		holders       = make([][]Node, len(t.joints))
		short         = &graph.Limits{Skip: skip, Past: func(fold Node) bool { return !t.zoned[fold] }}
		needs         = make([][]int, len(t.joints)) // joints that those who meet a need of this one go through
		stale         = make([]bool, len(t.joints))  // one of those found more holders since
	)
	for round := range maxJoined {
		for i, j := range t.joints {
			if round > 0 && !stale[i] {
				continue
			}
			stale[i] = false
			needs[i] = needs[i][:0]
			meets := func(tree *Tree, need Node) *Tree {
				tree = t.reach(tree, []Node{need}, holders, short)
				for k, other := range t.joints {
					if tree.Reaches(other[2]) {
						needs[i] = append(needs[i], k)
					}
				}
				return tree
			}
			second = meets(second, j[1]) // few meet it, and most often nobody outside tier 0
			var both []Node
			if slices.ContainsFunc(second.Seen(), func(fold Node) bool { return !t.zoned[fold] }) {
				first = meets(first, j[0])
				both = slices.DeleteFunc(slices.Clone(second.Seen()), func(fold Node) bool { return t.zoned[fold] || !first.Reaches(fold) })
			}
			if len(both) > len(holders[i]) {
				for k := range needs {
					stale[k] = stale[k] || slices.Contains(needs[k], i)
				}
			}
			holders[i] = both
		}
		if !slices.Contains(stale, true) {
			break
		}
	}
	return holders
}
