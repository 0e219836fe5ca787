package paths

import (
	"hygie/directory/control"
	"hygie/directory/model"
	"hygie/directory/secdesc"
)

// Right is one thing that a fix takes away, as the directory holds it.
type Right struct {
	Kind   control.Kind
	From   Node         // who has it
	To     Node         // over what, when it comes from no entry
	Object model.ID     // what carries it: see Step.Object
	Entry  *secdesc.ACE // the entry; nil when it comes from none
	Owner  bool         // it is an ownership
}

// Rights gives what a fix of [Network.Plan] takes away: an entry, an ownership, or each membership.
func (n *Network) Rights(f Fix) []Right {
	var out []Right
	for _, edge := range f.edges {
		e, to := n.graph.Edge(edge)
		s := Step{From: e.From, To: to, Kind: kindOf(e.Label), Object: model.None, edge: edge}
		n.locate(&s, e)
		s = n.place(s)
		r := Right{Kind: s.Kind, From: n.Trustee(s.From), To: s.To, Object: s.Object}
		if ref := refOf(e.Label); ref >= 0 {
			if s.Kind != control.DCSync {
				ref = int(n.units[ref].entry)
			}
			switch at := n.entries[ref]; {
			case at.place == control.NoEntry:
				r.Owner = true
			case at.place >= 0:
				ace := aceAt(n.dir.DescriptorAt(at.desc), int(at.place))
				r.Entry = &ace
			}
		}
		out = append(out, r)
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
