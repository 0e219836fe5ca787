package paths

import "hygie/directory/model"

// Steps gives each right that a fix of [Network.Plan] takes away: one step for an entry, one for each member to be taken out of a group.
func (n *Network) Steps(f Fix) []Step {
	var out []Step
	for _, edge := range f.edges {
		e, to := n.graph.Edge(edge)
		s := Step{From: e.From, To: to, Kind: kindOf(e.Label), Object: model.None, edge: edge}
		n.locate(&s, e)
		out = append(out, n.place(s))
	}
	return out
}

// Object gives the object of a node; false for a principal that is none, and for the members of a group but for some.
func (n *Network) Object(node Node) (model.ID, bool) {
	return model.ID(node), int(node) < n.objects
}

// Trustee gives the object or principal that a node stands for: of the members of a group but for some, the group.
func (n *Network) Trustee(node Node) Node {
	if int(node) >= n.objects {
		switch x := n.extra[int(node)-n.objects]; x.what {
		case subset:
			return x.ref
		case together:
			return n.joints[x.ref].shown
		}
	}
	return node
}
