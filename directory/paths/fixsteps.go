package paths

import (
	"hygie/directory/control"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/secdesc"
)

// Right is one thing that a fix takes away, as the directory holds it (MS-DTYP 2.4.4).
type Right struct {
	Kind   control.Kind
	From   Node         // who has it
	To     Node         // over what, when it comes from no entry
	Object model.ID     // what carries it: see Step.Object
	Entry  *secdesc.ACE // the entry; nil when it comes from none
	Owner  bool         // it is an ownership
	// Line is the line of the setting that gives it, in the file of a policy or the registry of a machine, as a step quotes it; Setting
	// tells that there is one, be it empty.
	Line    string
	Setting bool
}

// Rights gives what a fix of [Network.Plan] takes away: an entry, an ownership, or each membership.
func (n *Network) Rights(f Fix) []Right {
	var out []Right
	for _, edge := range f.edges {
		e, to := n.graph.Edge(edge)
		s := Step{From: e.From, To: to, Kind: wiring.KindOf(e.Label), Object: model.None, edge: edge}
		n.locate(&s, e)
		s = n.place(s)
		r := Right{Kind: s.Kind, From: n.Trustee(s.From), To: s.To, Object: s.Object}
		if ref := wiring.RefOf(e.Label); ref >= 0 {
			if s.Kind != control.DCSync {
				ref = int(n.record.Units[ref].Entry)
			}
			switch at := n.record.Entries[ref]; {
			case at.Place == control.NoEntry:
				r.Owner = true
			case at.Place == wiring.Written:
				r.Setting, r.Line = true, n.record.Texts[at.Desc]
			case at.Place >= 0:
				ace := aceAt(n.record.Dir.DescriptorAt(at.Desc), int(at.Place))
				r.Entry = &ace
			}
		}
		out = append(out, r)
	}
	return out
}

// Object gives the object of a node; false for a principal that is none, and for the members of a group but for some.
func (n *Network) Object(node Node) (model.ID, bool) {
	return model.ID(node), int(node) < n.record.Objects
}

// Trustee gives the object or principal that a node stands for: of the members of a group but for some, the group.
func (n *Network) Trustee(node Node) Node {
	if int(node) >= n.record.Objects {
		switch x := n.record.Extra[int(node)-n.record.Objects]; x.What {
		case wiring.Subset:
			return x.Ref
		case wiring.Together:
			return n.record.Joints[x.Ref].Shown
		}
	}
	return node
}
