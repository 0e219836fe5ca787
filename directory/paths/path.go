package paths

import (
	"slices"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/secdesc"
)

// Path is a way from one object or principal to another (docs/schema/directory-path.schema.json). Each step begins at the source or where an earlier
// one ended: usually the one before, but a right that takes two others comes after the steps that lead to each.
type Path struct {
	Source, Target Node
	Steps          []Step
}

// Conditional tells whether a step of the path needs something besides the directory's rights.
func (p Path) Conditional() bool {
	return slices.ContainsFunc(p.Steps, Step.Conditional)
}

// Step is one move of a path (docs/schema/directory-path.schema.json).
type Step struct {
	From, To Node
	Kind     control.Kind
	// Object is where the right is to be taken away: the object that carries the entry explicitly, the group, the account with the
	// delegation. None when the step cannot be cut.
	Object model.ID
	// Objects is how many objects carry the same entry; 1 or more when Object is given.
	Objects int
	// Entry is the entry in SDDL, "O:" and the owner for an ownership, or the line of the setting in the file of a policy; empty for
	// kinds that come from neither.
	Entry string
	// Filtered tells that a policy gives the right, and applies only where its WMI filter holds.
	Filtered bool
	edge     uint32 // first edge of the step
}

// Conditional tells whether the step needs something besides the directory's rights.
func (s Step) Conditional() bool { return s.Filtered || s.Kind.Conditional() }

// Tree is the answer to one search, kept for its memory (Moore 1959, breadth-first search).
type Tree = graph.Tree

// Path gives a shortest path from a node to the nearest of some targets; false when none leads there. A path from a target to
// itself has no step.
func (n *Network) Path(from Node, targets ...Node) (Path, bool) {
	t := n.graph.Reach(nil, targets, &graph.Limits{Stop: func(at Node) bool { return at == from }})
	if !t.Reaches(from) {
		return Path{}, false
	}
	return n.explain(from, way(t, from)), true
}

// way lists the edges of a shortest way.
func way(t *Tree, from Node) []uint32 {
	var out []uint32
	for edge := range t.Way(from) {
		out = append(out, edge)
	}
	return out
}

// explain turns the edges of a way into the steps that people see.
func (n *Network) explain(from Node, edges []uint32) Path { return n.explainTo(from, edges, None) }

// None is no node (docs/decisions/013-control-graph.md).
const None Node = graph.None

// explainTo is explain for a way that may end where no step does: its last step is then said to end at an object.
func (n *Network) explainTo(from Node, edges []uint32, end Node) Path {
	p := Path{Source: from, Target: from}
	var step Step
	var met *wiring.Joint // whose needs were told, and whose own node is ahead
	holder, open := from, false
	for _, edge := range edges {
		e, to := n.graph.Edge(edge)
		if round, ok := wiring.RoundOf(e.Label); ok {
			met, _ = n.jointOf(to)
			holder = e.From
			p.Steps = append(p.Steps, n.halves(e.From, met, round)...)
			continue
		}
		if met != nil {
			if _, inside := n.jointOf(to); inside {
				continue
			}
			if e.From = holder; met.By != None {
				e.From = met.By
			}
			if !met.Told {
				if met = nil; n.visible(to) {
					p.Target = to
				}
				continue
			}
			met = nil
		}
		switch {
		case !open:
			step = Step{From: e.From, Kind: wiring.KindOf(e.Label), Object: model.None, edge: edge}
			open = true
			n.locate(&step, e)
		case wiring.KindOf(e.Label) != control.None: // the kind that the entry has on this object
			step.Kind = wiring.KindOf(e.Label)
			n.quote(&step, wiring.RefOf(e.Label))
		}
		if !n.visible(to) {
			continue
		}
		step.To, open = to, false
		p.add(n.place(step))
		p.Target = to
	}
	if open && end != None {
		step.To = end
		p.add(n.place(step))
		p.Target = end
	}
	return p
}

// add appends a step; containers that hold each other make one step.
func (p *Path) add(s Step) {
	if last := len(p.Steps) - 1; last >= 0 && s.Kind == control.Contains && p.Steps[last].Kind == control.Contains {
		p.Steps[last].To = s.To
		return
	}
	p.Steps = append(p.Steps, s)
}

// locate finds where the right of a step is taken away.
func (n *Network) locate(s *Step, e graph.Edge) {
	if ref := wiring.RefOf(e.Label); ref >= 0 {
		if s.Kind == control.DCSync { // two halves held through two groups: the entry is told, there is no unit
			s.Object, s.Objects = n.record.Entries[ref].Subject, 1
			n.quote(s, ref)
			return
		}
		u := n.record.Units[ref]
		s.Object, s.Objects = u.Origin, int(u.Objects)
		s.Filtered = s.Kind != control.WritePolicyFile && n.record.Entries[u.Entry].Place == wiring.Written && n.record.Filtered[u.Origin]
		n.quote(s, int(u.Entry))
	}
}

// quote writes the entry that explains a step.
func (n *Network) quote(s *Step, ref int) {
	if ref < 0 {
		return
	}
	e := n.record.Entries[ref]
	if e.Place == wiring.Written {
		s.Entry = n.record.Texts[e.Desc]
		return
	}
	d := n.record.Dir.DescriptorAt(e.Desc)
	switch {
	case e.Place == control.NoEntry:
		s.Entry = "O:" + d.Owner().String()
	case e.Place >= 0:
		s.Entry = aceAt(d, int(e.Place)).SDDL()
	default:
		s.Entry = ""
	}
}

func aceAt(d *secdesc.Descriptor, place int) secdesc.ACE {
	i := 0
	for a := range d.Entries() {
		if i == place {
			return a
		}
		i++
	}
	return secdesc.ACE{}
}

// place completes a step whose right is not in a descriptor: where to undo it.
func (n *Network) place(s Step) Step {
	if s.Object != model.None {
		return n.carrier(s)
	}
	if s.Kind.Effort() == 0 {
		return s
	}
	holder := s.From
	switch s.Kind {
	case control.MemberOf, control.AllowedToAct, control.ReadGMSAPassword, control.ManagedBy:
		holder = s.To
	}
	if int(holder) >= n.record.Objects {
		holder = n.Trustee(holder)
	}
	if int(holder) < n.record.Objects {
		s.Object, s.Objects = model.ID(holder), 1
	}
	return s
}

// carrier makes a step of an entry that several objects carry, each by itself, name the one that it ends at.
func (n *Network) carrier(s Step) Step {
	e, _ := n.graph.Edge(s.edge)
	to, ref := n.Trustee(s.To), wiring.RefOf(e.Label)
	if s.Objects < 2 || ref < 0 || ref >= len(n.record.Units) || int(to) >= n.record.Objects || model.ID(to) == s.Object {
		return s
	}
	why := n.record.Entries[n.record.Units[ref].Entry]
	own, ok := n.record.Dir.DescriptorID(model.ID(to))
	if ok && own == why.Desc && why.Place != wiring.Written && (why.Place < 0 || !aceAt(n.record.Dir.DescriptorAt(own), int(why.Place)).Inherited()) {
		s.Object = model.ID(to)
	}
	return s
}

// Find gives the nodes that a text names: a distinguished name, a SID, an objectGUID, an account name with or without its domain before a
// backslash; else the name that an object is shown under, its user principal name or its host name. Several when several objects have the name.
func (n *Network) Find(text string) []Node { return find(n, text) }
