package paths

import (
	"slices"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/sid"
)

// joint is a way that takes two rights held together: both halves of a replication, to enrol with a template and at its authority.
// The rights may come from two groups, which an attacker may have to enter one after the other.
//
// A search goes along single edges, so that holding both is a node of its own, with edges from the nodes where the two needs part:
// those that meet both, and from which an edge leads to where only one is met. Whoever reaches such a node meets both, and whoever
// meets both reaches one.
type joint struct {
	need  [2]Node // what must be held
	at    [2]Node // the object that each right is over, for the last step towards it
	node  Node    // stands for holding both
	shown Node    // who loses the right when the edge out of node is cut
	told  bool    // the edge out of node is a step of its own; else the steps towards the needs say it all
	by    Node    // what that step begins at; None: whoever holds both
}

// maxJoined bounds the rounds in which the joints are closed: each round finds those that depend on the ones before.
const maxJoined = 16

// both makes the node of whoever meets two needs. Its edge out is to be added by the caller, with the right to take away as its label.
func (b *builder) both(j joint) Node {
	j.node = b.node(extra{what: together, ref: uint32(len(b.joints))})
	b.joints = append(b.joints, j)
	return j.node
}

// right is a right that one account must hold together with another.
type right struct {
	unit int
	kind control.Kind
	over Node // the object
}

// held gives the nodes of the accounts that hold two rights at once. Reaching both is not enough: one account must have the two in its
// token. It is a member of both trustees already; or it has one, however that came, and is put into the other by whoever controls the
// membership there.
func (b *builder) held(r [2]right, told bool) []Node {
	var out []Node
	first, second := b.Network.units[r[0].unit], b.Network.units[r[1].unit]
	inside, others := b.closure(first.trustee), b.closure(second.trustee)
	anyone, all := b.standsForAll(first.trustee), b.standsForAll(second.trustee)
	if anyone {
		inside = others
	}
	var members []model.ID
	for _, id := range inside {
		if _, found := slices.BinarySearch(others, id); (found || all) && b.kinds[id] != noAccount {
			members = append(members, id)
		}
	}
	if len(members) > 0 {
		out = append(out, b.part(first.trustee, members, func(model.ID) bool { return true }))
	}
	shown := first.trustee
	if told {
		shown = second.trustee
	}
	var met []Node
	for i := range r {
		own, other := r[i], r[1-i]
		filler, ok := b.filler(b.Network.units[other.unit].trustee)
		if !ok {
			continue
		}
		filled := b.silent()
		b.out.Add(filler, filled, label(other.kind, other.unit))
		met = append(met, b.both(joint{
			need: [2]Node{b.allowed(own, other), filled}, at: [2]Node{own.over, other.over}, shown: shown, by: None, told: told,
		}))
	}
	if told && len(met) > 1 { // one right to take away, whichever group was entered
		merged := b.node(extra{what: together, ref: uint32(len(b.joints) - 1)})
		for _, node := range met {
			b.out.Add(node, merged, graph.Free)
		}
		met = []Node{merged}
	}
	return append(out, met...)
}

// standsForAll tells whether a principal stands for every account.
func (b *builder) standsForAll(node Node) bool {
	for home := range b.homes {
		for _, s := range []sid.SID{sid.Everyone, sid.AuthenticatedUsers} {
			if node == b.resolve(s, uint16(home)) {
				return true
			}
		}
	}
	return false
}

// allowed gives the node of those who hold a right and get the other by being put into its trustee: an entry may refuse it to some.
func (b *builder) allowed(own, other right) Node {
	u, refused := b.Network.units[own.unit], b.refused[other.unit]
	inside := b.closure(u.trustee)
	if !slices.ContainsFunc(inside, func(id model.ID) bool { return refused[id] }) {
		return u.node
	}
	node := b.silent()
	b.out.Add(b.part(b.objectOf(u.trustee), inside, func(id model.ID) bool { return !refused[id] }), node, label(own.kind, own.unit))
	return node
}

// filler gives the node, shown as the group, of whoever controls the membership of a group or of one in it; false for what nobody is
// put into.
func (b *builder) filler(group Node) (Node, bool) {
	node, ok := b.fillers[group]
	if ok {
		return node, true
	}
	inside := b.partGroups[group] // of a part of a group
	if int(group) < b.objects {
		inside = b.closure(group)
	}
	for _, id := range inside {
		if !b.dir.Is(id, "group") {
			continue
		}
		if !ok {
			node, ok = b.node(extra{what: subset, ref: b.objectOf(group)}), true
			b.fillers[group] = node
		}
		if Node(id) == b.objectOf(group) {
			b.joins[Node(id)] = append(b.joins[Node(id)], node)
			continue
		}
		in := b.node(extra{what: subset, ref: Node(id)})
		b.joins[Node(id)] = append(b.joins[Node(id)], in)
		b.link(in, node, control.MemberOf)
	}
	return node, ok
}

// objectOf gives the group that a node is a part of, or the node itself.
func (b *builder) objectOf(node Node) Node {
	if int(node) >= b.objects {
		return b.extra[int(node)-b.objects].ref
	}
	return node
}

// rounded is the label of the edges that lead to a joint, by the round in which they were found.
func rounded(round int) graph.Label { return label(control.None, round) }

// roundOf tells whether a label is one of those.
func roundOf(l graph.Label) (int, bool) {
	return refOf(l), l&graph.Free == 0 && kindOf(l) == control.None && refOf(l) >= 0
}

// join adds to the graph the edges that lead to the joints: first those that need nothing of tier 0, then the others, which only add ways
// for whoever is in tier 0 already.
func (n *Network) join() {
	if len(n.joints) == 0 {
		return
	}
	held := make([]map[Node]bool, len(n.joints)) // nodes known to meet both needs
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
		for i, j := range n.joints {
			first, second = n.graph.Reach(first, j.need[:1], limits), n.graph.Reach(second, j.need[1:], limits)
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
	j := n.joints[i]
	chain := []Node{j.node}
	for _, node := range n.parting(first, second) {
		if held[node] {
			continue
		}
		held[node] = true
		near, _ := first.Steps(node)
		far, _ := second.Steps(node)
		length := max(near+far-2, 0) // edges besides the first and the one out, so that a way through counts its steps
		if j.told {
			length = near + far - 1
		}
		for len(chain) <= length {
			c := Node(out.first + out.nodes)
			out.nodes++
			n.extra = append(n.extra, extra{what: together, ref: uint32(i)})
			out.add(c, chain[len(chain)-1], graph.Label(control.None))
			chain = append(chain, c)
		}
		out.add(node, chain[length], rounded(round))
	}
	for _, node := range first.Seen() {
		if second.Reaches(node) {
			held[node] = true
		}
	}
}

// skip gives what a search leaves out: edges that are gone, and those to joints that need tier 0 already.
func (n *Network) skip(c Cuts) func(uint32, graph.Edge) bool {
	if len(n.joints) == 0 {
		return c.skip()
	}
	return func(edge uint32, e graph.Edge) bool { return c[edge] || n.isLate(e.Label) }
}

func (n *Network) isLate(l graph.Label) bool {
	round, joins := roundOf(l)
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
func (n *Network) jointOf(node Node) (*joint, bool) {
	if int(node) >= n.objects {
		if x := n.extra[int(node)-n.objects]; x.what == together {
			return &n.joints[x.ref], true
		}
	}
	return nil, false
}

// halves gives the steps from a node to each need of a joint, those that both share once. Only edges that were there before the round
// in which the joint was found for that node are used, so that no way explains itself.
func (n *Network) halves(from Node, j *joint, round int) []Step {
	var p Path
	for i := range j.need {
		t := n.graph.Reach(nil, j.need[i:i+1], &graph.Limits{
			Stop: func(at Node) bool { return at == from },
			Skip: func(_ uint32, e graph.Edge) bool { r, ok := roundOf(e.Label); return ok && r >= round },
		})
		for _, s := range n.explainTo(from, way(t, from), j.at[i]).Steps {
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
	if len(n.joints) == 0 || len(cuts) == 0 {
		return n.graph.Reach(nil, targets, &graph.Limits{Skip: n.skip(cuts)}).Seen()
	}
	skip := func(edge uint32, e graph.Edge) bool {
		_, joins := roundOf(e.Label)
		return joins || cuts[edge]
	}
	outside := func(node Node) bool { return int(node) >= len(n.zone) || !n.zone[node] }
	holders := make([][]Node, len(n.joints))
	reach := func(t *Tree, targets []Node, limits *graph.Limits) *Tree {
		from := slices.Clone(targets)
		used := make([]bool, len(n.joints))
		for {
			more := false
			t = n.graph.Reach(t, from, limits)
			for i, j := range n.joints {
				if t.Reaches(j.node) && !used[i] && len(holders[i]) > 0 {
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
		needs         = make([][]int, len(n.joints)) // joints that those who meet a need of this one go through
		stale         = make([]bool, len(n.joints))  // one of those found more holders since
	)
	for round := range maxJoined {
		for i, j := range n.joints {
			if round > 0 && !stale[i] {
				continue
			}
			stale[i] = false
			needs[i] = needs[i][:0]
			meets := func(t *Tree, need []Node) *Tree {
				t = reach(t, need, short)
				for k, other := range n.joints {
					if t.Reaches(other.node) {
						needs[i] = append(needs[i], k)
					}
				}
				return t
			}
			second = meets(second, j.need[1:]) // few meet it, and most often nobody outside tier 0
			var both []Node
			if slices.ContainsFunc(second.Seen(), func(node Node) bool { return int(node) < len(n.zone) && !n.zone[node] }) {
				first = meets(first, j.need[:1])
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
