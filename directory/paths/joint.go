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
	held := make([]map[Node]bool, len(n.record.Joints)) // nodes known to meet both needs
	for i := range held {
		held[i] = make(map[Node]bool)
	}
	n.late = n.joinAll(0, held, &graph.Limits{Past: func(node Node) bool { return int(node) >= len(n.zone) || !n.zone[node] }})
	n.joinAll(n.late, held, nil)
}

// joinAll closes the joints from a round on, and gives the round after the last.
func (n *Network) joinAll(from int, held []map[Node]bool, limits *graph.Limits) int {
	for round := from; ; round++ {
		more := additions{first: n.graph.Nodes()}
		var first, second *Tree
		for i, j := range n.record.Joints {
			first, second = n.graph.Reach(first, j.Need[:1], limits), n.graph.Reach(second, j.Need[1:], limits)
			n.lead(&more, i, held[i], first, second, round)
		}
		if len(more.from) == 0 || round-from == maxJoined {
			return round
		}
		out := n.graph.Extend()
		out.Grow(more.nodes)
		for i := range more.from {
			out.Add(more.from[i], more.to[i], more.label[i])
		}
		n.graph = out.Freeze()
	}
}

// additions are nodes and edges to be added to the graph at once.
type additions struct {
	first, nodes int // number of the first new node, and how many
	from, to     []Node
	label        []graph.Label
}

func (a *additions) add(from, to Node, l graph.Label) {
	a.from, a.to, a.label = append(a.from, from), append(a.to, to), append(a.label, l)
}

// lead notes the new edges to one joint.
func (n *Network) lead(out *additions, i int, held map[Node]bool, first, second *Tree, round int) {
	j := n.record.Joints[i]
	chain := []Node{j.Node}
	for _, node := range n.parting(first, second) {
		if held[node] {
			continue
		}
		held[node] = true
		near, _ := first.Steps(node)
		far, _ := second.Steps(node)
		length := max(near+far-2, 0) // edges besides the first and the one out, so that a way through counts its steps
		if j.Told {
			length = near + far - 1
		}
		for len(chain) <= length {
			c := Node(out.first + out.nodes)
			out.nodes++
			n.record.Extra = append(n.record.Extra, wiring.Extra{What: wiring.Together, Ref: uint32(i)})
			out.add(c, chain[len(chain)-1], graph.Label(control.None))
			chain = append(chain, c)
		}
		out.add(node, chain[length], wiring.Rounded(round))
	}
	for _, node := range first.Seen() {
		if second.Reaches(node) {
			held[node] = true
		}
	}
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

// parting gives, in order, the nodes in sight that meet both needs and from which an edge leads to where only one is met.
func (n *Network) parting(first, second *Tree) []Node {
	var out []Node
	seen := make(map[Node]bool)
	var note func(node Node)
	note = func(node Node) {
		if seen[node] || !first.Reaches(node) || !second.Reaches(node) {
			return
		}
		seen[node] = true
		if n.visible(node) {
			out = append(out, node)
			return
		}
		_, edges := n.graph.In(node)
		for _, e := range edges {
			note(e.From)
		}
	}
	for _, t := range [][2]*Tree{{first, second}, {second, first}} {
		for _, node := range t[0].Seen() {
			if t[1].Reaches(node) {
				if d, _ := t[0].Steps(node); d == 0 {
					note(node) // the need itself
				}
				continue
			}
			_, edges := n.graph.In(node)
			for _, e := range edges {
				if t[1].Reaches(e.From) {
					note(e.From)
				}
			}
		}
	}
	slices.Sort(out)
	return out
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

// meeting gives the nodes that reach the targets of tier 0 once edges are gone, joints included. Without them a search is enough. What
// needs tier 0 already is left out, as in [Network.join]: it adds nobody.
func (n *Network) meeting(cuts Cuts, targets []Node) []Node {
	if len(n.record.Joints) == 0 || len(cuts) == 0 {
		return n.graph.Reach(nil, targets, &graph.Limits{Skip: n.skip(cuts)}).Seen()
	}
	skip := func(edge uint32, e graph.Edge) bool {
		_, joins := wiring.RoundOf(e.Label)
		return joins || cuts[edge]
	}
	outside := func(node Node) bool { return int(node) >= len(n.zone) || !n.zone[node] }
	holders := make([][]Node, len(n.record.Joints))
	reach := func(t *Tree, targets []Node, limits *graph.Limits) *Tree {
		from := slices.Clone(targets)
		used := make([]bool, len(n.record.Joints))
		for {
			more := false
			t = n.graph.Reach(t, from, limits)
			for i, j := range n.record.Joints {
				if t.Reaches(j.Node) && !used[i] && len(holders[i]) > 0 {
					from, used[i], more = append(from, holders[i]...), true, true
				}
			}
			if !more {
				return t
			}
		}
	}
	var (
		first, second *Tree
		short         = &graph.Limits{Skip: skip, Past: outside}
		needs         = make([][]int, len(n.record.Joints)) // joints that those who meet a need of this one go through
		stale         = make([]bool, len(n.record.Joints))  // one of those found more holders since
	)
	for round := range maxJoined {
		for i, j := range n.record.Joints {
			if round > 0 && !stale[i] {
				continue
			}
			stale[i] = false
			needs[i] = needs[i][:0]
			meets := func(t *Tree, need []Node) *Tree {
				t = reach(t, need, short)
				for k, other := range n.record.Joints {
					if t.Reaches(other.Node) {
						needs[i] = append(needs[i], k)
					}
				}
				return t
			}
			second = meets(second, j.Need[1:]) // few meet it, and most often nobody outside tier 0
			var both []Node
			if slices.ContainsFunc(second.Seen(), func(node Node) bool { return int(node) < len(n.zone) && !n.zone[node] }) {
				first = meets(first, j.Need[:1])
				both = slices.DeleteFunc(slices.Clone(second.Seen()), func(node Node) bool { return !outside(node) || !first.Reaches(node) })
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
	return reach(first, targets, &graph.Limits{Skip: skip}).Seen()
}
