package paths

import (
	"slices"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/paths/internal/wiring"
)

// maxJoined bounds the rounds in which the joints are closed: each round finds those that depend on the ones before.
const maxJoined = 16

// join adds to the graph the edges that lead to the joints: first those that need nothing of tier 0, then the others, which only add ways
// for whoever is in tier 0 already.
func (n *Network) join() {
	if len(n.record.Joints) == 0 {
		return
	}
	apart := n.jointNodes()
	j := joiner{Network: n, more: n.graph.Extend(), held: make([]map[Node]bool, len(n.record.Joints))}
	j.fold = n.graph.Fold(graph.Folding{Mark: func(node Node) uint32 {
		if apart[node] {
			return graph.Apart
		}
		return n.mark(node)
	}})
	j.small = j.fold.Graph
	for i := range j.held {
		j.held[i] = make(map[Node]bool)
	}
	n.late = j.close(0, &graph.Limits{Past: func(fold Node) bool { return !j.zoned(fold) }})
	j.close(n.late, nil)
	n.graph = n.graph.With(j.more)
}

// jointNodes gives the nodes that the joints speak of.
func (n *Network) jointNodes() map[Node]bool {
	out := make(map[Node]bool)
	for _, j := range n.record.Joints {
		out[j.Need[0]], out[j.Need[1]], out[j.Node] = true, true, true
	}
	return out
}

// mark keeps apart, when nodes are folded, what a search may tell from each other.
func (n *Network) mark(node Node) uint32 {
	m := uint32(0)
	if n.visible(node) {
		m |= 1
	}
	if n.Privileged(node) {
		m |= 2
	}
	if n.ordinary(node) {
		m |= 4
	}
	return m
}

// joiner closes the joints. It searches a folded network: what leads to the same nodes meets the same needs, as far away.
type joiner struct {
	*Network
	fold  *graph.Folded
	small *graph.Graph    // the folded network with the edges found so far; what was added to both has no fold
	more  *graph.Builder  // the nodes and edges that were added to the network
	held  []map[Node]bool // by joint: folds known to meet both needs
}

// folded gives the number of a node in the folded network.
func (j *joiner) folded(node Node) Node {
	if int(node) < j.graph.Nodes() {
		return j.fold.Of(node)
	}
	return node - Node(j.graph.Nodes()) + Node(j.fold.Graph.Nodes())
}

// first gives the first node of a fold; false for what was added, where no step ends.
func (j *joiner) first(fold Node) (Node, bool) {
	if int(fold) >= j.fold.Graph.Nodes() {
		return None, false
	}
	return j.fold.Members(fold)[0], true
}

func (j *joiner) zoned(fold Node) bool {
	node, ok := j.first(fold)
	return ok && j.Privileged(node)
}

// close closes the joints from a round on, and gives the round after the last.
func (j *joiner) close(from int, limits *graph.Limits) int {
	for round := from; round < from+maxJoined; round++ {
		before, more := j.more.Edges(), j.small.Extend()
		var first, second *Tree
		for i, joint := range j.record.Joints {
			first = j.small.Reach(first, []Node{j.folded(joint.Need[0])}, limits)
			second = j.small.Reach(second, []Node{j.folded(joint.Need[1])}, limits)
			j.lead(more, i, first, second, round)
		}
		if j.more.Edges() == before {
			return round
		}
		j.small = j.small.With(more)
	}
	return from + maxJoined
}

// lead adds the new edges to one joint, to the network and to the folded one.
func (j *joiner) lead(small *graph.Builder, i int, first, second *Tree, round int) {
	joint, held := j.record.Joints[i], j.held[i]
	var found []Node
	for _, fold := range j.parting(first, second) {
		if !held[fold] {
			held[fold] = true
			found = append(found, j.fold.Members(fold)...)
		}
	}
	slices.Sort(found)
	chain := []Node{joint.Node}
	for _, node := range found {
		fold := j.folded(node)
		near, _ := first.Steps(fold)
		far, _ := second.Steps(fold)
		length := max(near+far-2, 0) // edges besides the first and the one out, so that a way through counts its steps
		if joint.Told {
			length = near + far - 1
		}
		for len(chain) <= length {
			j.record.Extra = append(j.record.Extra, wiring.Extra{What: wiring.Together, Ref: uint32(i)})
			c, last := j.more.Grow(1), chain[len(chain)-1]
			j.more.Add(c, last, graph.Label(control.None))
			small.Add(small.Grow(1), j.folded(last), graph.Label(control.None))
			chain = append(chain, c)
		}
		j.more.Add(node, chain[length], wiring.Rounded(round))
		if node == j.fold.Members(fold)[0] { // what is folded into one leads there by one edge
			small.Add(fold, j.folded(chain[length]), wiring.Rounded(round))
		}
	}
	for _, fold := range first.Seen() {
		if second.Reaches(fold) {
			held[fold] = true
		}
	}
}

// parting gives the folds in sight that meet both needs and from which an edge leads to where only one is met.
func (j *joiner) parting(first, second *Tree) []Node {
	var out []Node
	seen := make(map[Node]bool)
	var note func(fold Node)
	note = func(fold Node) {
		if seen[fold] || !first.Reaches(fold) || !second.Reaches(fold) {
			return
		}
		seen[fold] = true
		if node, ok := j.first(fold); ok && j.visible(node) {
			out = append(out, fold)
			return
		}
		_, edges := j.small.In(fold)
		for _, e := range edges {
			note(e.From)
		}
	}
	for _, t := range [][2]*Tree{{first, second}, {second, first}} {
		for _, fold := range t[0].Seen() {
			if t[1].Reaches(fold) {
				if d, _ := t[0].Steps(fold); d == 0 {
					note(fold) // the need itself
				}
				continue
			}
			_, edges := j.small.In(fold)
			for _, e := range edges {
				if t[1].Reaches(e.From) {
					note(e.From)
				}
			}
		}
	}
	return out
}

// skip gives what a search leaves out: edges that are gone, and those to joints that need tier 0 already.
func (n *Network) skip(c Cuts) func(uint32, graph.Edge) bool {
	if len(n.record.Joints) == 0 {
		return c.skip()
	}
	return func(edge uint32, e graph.Edge) bool { return c[edge] || n.isLate(e.Label) }
}

func (n *Network) isLate(l graph.Label) bool {
	round, joins := wiring.RoundOf(l)
	return joins && round >= n.late
}

// jointOf gives the joint that a node belongs to.
func (n *Network) jointOf(node Node) (*wiring.Joint, bool) {
	if int(node) >= n.record.Objects {
		if x := n.record.Extra[int(node)-n.record.Objects]; x.What == wiring.Together {
			return &n.record.Joints[x.Ref], true
		}
	}
	return nil, false
}

// halves gives the steps from a node to each need of a joint, those that both share once. Only edges that were there before the round
// in which the joint was found for that node are used, so that no way explains itself.
func (n *Network) halves(from Node, j *wiring.Joint, round int) []Step {
	var p Path
	for i := range j.Need {
		t := n.graph.Reach(nil, j.Need[i:i+1], &graph.Limits{
			Stop: func(at Node) bool { return at == from },
			Skip: func(_ uint32, e graph.Edge) bool { r, ok := wiring.RoundOf(e.Label); return ok && r >= round },
		})
		for _, s := range n.explainTo(from, way(t, from), j.At[i]).Steps {
			if !slices.ContainsFunc(p.Steps, func(known Step) bool { return known.edge == s.edge && known.To == s.To }) {
				p.Steps = append(p.Steps, s)
			}
		}
	}
	return p.Steps
}
