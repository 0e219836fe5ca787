package wiring

import (
	"slices"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/sid"
)

// Joint is a way that takes two rights held together: both halves of a replication, to enrol with a template and at its authority
// (docs/decisions/013-control-graph.md). The rights may come from two groups, which an attacker may have to enter one after the other.
//
// A search goes along single edges, so that holding both is a node of its own, with edges from the nodes where the two needs part:
// those that meet both, and from which an edge leads to where only one is met. Whoever reaches such a node meets both, and whoever
// meets both reaches one.
type Joint struct {
	Need  [2]graph.Node // what must be held
	At    [2]graph.Node // the object that each right is over, for the last step towards it
	Node  graph.Node    // stands for holding both
	Shown graph.Node    // who loses the right when the edge out of node is cut
	Told  bool          // the edge out of node is a step of its own; else the steps towards the needs say it all
	By    graph.Node    // what that step begins at; graph.None: whoever holds both
}

// Both makes the node of whoever meets two needs. Its edge out is to be added by the caller, with the right to take away as its label.
func (b *Builder) Both(j Joint) graph.Node {
	j.Node = b.Node(Extra{What: Together, Ref: uint32(len(b.Joints))})
	b.Joints = append(b.Joints, j)
	return j.Node
}

// Right is a right that one account must hold together with another (docs/decisions/013-control-graph.md).
type Right struct {
	Unit int
	Kind control.Kind
	Over graph.Node // the object
}

// Held gives the nodes of the accounts that hold two rights at once. Reaching both is not enough: one account must have the two in its
// token. It is a member of both trustees already; or it has one, however that came, and is put into the other by whoever controls the
// membership there.
func (b *Builder) Held(r [2]Right, told bool) []graph.Node {
	var out []graph.Node
	first, second := b.Record.Units[r[0].Unit], b.Record.Units[r[1].Unit]
	inside, others := b.closure(first.Trustee), b.closure(second.Trustee)
	anyone, all := b.standsForAll(first.Trustee), b.standsForAll(second.Trustee)
	if anyone {
		inside = others
	}
	var members []model.ID
	for _, id := range inside {
		if _, found := slices.BinarySearch(others, id); (found || all) && b.Kinds[id] != NoAccount {
			members = append(members, id)
		}
	}
	if len(members) > 0 {
		out = append(out, b.part(first.Trustee, members, func(model.ID) bool { return true }))
	}
	shown := first.Trustee
	if told {
		shown = second.Trustee
	}
	var met []graph.Node
	for i := range r {
		own, other := r[i], r[1-i]
		filler, ok := b.filler(b.Record.Units[other.Unit].Trustee)
		if !ok {
			continue
		}
		filled := b.Silent()
		b.Out.Add(filler, filled, Label(other.Kind, other.Unit))
		met = append(met, b.Both(Joint{
			Need: [2]graph.Node{b.allowed(own, other), filled}, At: [2]graph.Node{own.Over, other.Over}, Shown: shown, By: graph.None, Told: told,
		}))
	}
	if told && len(met) > 1 { // one right to take away, whichever group was entered
		merged := b.Node(Extra{What: Together, Ref: uint32(len(b.Joints) - 1)})
		for _, node := range met {
			b.Out.Add(node, merged, graph.Free)
		}
		met = []graph.Node{merged}
	}
	return append(out, met...)
}

// standsForAll tells whether a principal stands for every account.
func (b *Builder) standsForAll(node graph.Node) bool {
	for home := range b.Homes {
		for _, s := range []sid.SID{sid.Everyone, sid.AuthenticatedUsers} {
			if node == b.Resolve(s, uint16(home)) {
				return true
			}
		}
	}
	return false
}

// allowed gives the node of those who hold a right and get the other by being put into its trustee: an entry may refuse it to some.
func (b *Builder) allowed(own, other Right) graph.Node {
	u, refused := b.Record.Units[own.Unit], b.Refused[other.Unit]
	inside := b.closure(u.Trustee)
	if !slices.ContainsFunc(inside, func(id model.ID) bool { return refused[id] }) {
		return u.Node
	}
	node := b.Silent()
	b.Out.Add(b.part(b.objectOf(u.Trustee), inside, func(id model.ID) bool { return !refused[id] }), node, Label(own.Kind, own.Unit))
	return node
}

// filler gives the node, shown as the group, of whoever controls the membership of a group or of one in it; false for what nobody is
// put into.
func (b *Builder) filler(group graph.Node) (graph.Node, bool) {
	node, ok := b.fillers[group]
	if ok {
		return node, true
	}
	inside := b.partGroups[group] // of a part of a group
	if int(group) < b.Objects {
		inside = b.closure(group)
	}
	for _, id := range inside {
		if !b.Dir.Is(id, "group") {
			continue
		}
		if !ok {
			node, ok = b.Node(Extra{What: Subset, Ref: b.objectOf(group)}), true
			b.fillers[group] = node
		}
		if graph.Node(id) == b.objectOf(group) {
			b.Joins[graph.Node(id)] = append(b.Joins[graph.Node(id)], node)
			continue
		}
		in := b.Node(Extra{What: Subset, Ref: graph.Node(id)})
		b.Joins[graph.Node(id)] = append(b.Joins[graph.Node(id)], in)
		b.Link(in, node, control.MemberOf)
	}
	return node, ok
}

// objectOf gives the group that a node is a part of, or the node itself.
func (b *Builder) objectOf(node graph.Node) graph.Node {
	if int(node) >= b.Objects {
		return b.Extra[int(node)-b.Objects].Ref
	}
	return node
}

// Rounded is the label of the edges that lead to a joint, by the round in which they were found (docs/decisions/013-control-graph.md).
func Rounded(round int) graph.Label { return Label(control.None, round) }

// RoundOf tells whether a label is one of those (docs/decisions/013-control-graph.md).
func RoundOf(l graph.Label) (int, bool) {
	return RefOf(l), l&graph.Free == 0 && KindOf(l) == control.None && RefOf(l) >= 0
}
