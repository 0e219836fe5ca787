// Package paths finds who can take an Active Directory over, by which way, and what to change first.
//
// [Build] turns a directory into a network: nodes are its objects and the principals that its descriptors name, an edge says that
// the first controls the second (see package control for the kinds). [Network.Path] answers for two ends,
// [Network.Ways] lists the ways into the most privileged objects, [Network.Plan] the cheapest changes that close them all:
//
//	n, err := paths.Build(dir)
//	p, found := n.Path(from, n.TierZero()...)
//	ways := n.Ways(200)
//	plan := n.Plan(ways)
//
// # Size
//
// A directory of a million objects has tens of millions of rights. Identical descriptors are read once: what a descriptor hands to
// its trustees on objects of one class is worked out once for the pair, and the pair is a node between the trustees and its objects.
// An entry that objects inherit is one node as well, so that taking it away at its origin counts once. Such nodes take no step: a
// path shows the objects and principals only.
//
// # Who is privileged
//
// Tier 0 are, in each domain: its root, its controllers, krbtgt, the account 500, AdminSDHolder, and the privileged groups of the
// ANSSI list (Administrators, the operators, Domain Admins, Domain Controllers, Schema Admins, Enterprise Admins, Key Admins,
// Enterprise Key Admins). The members of these groups at any depth, the system, and the hosts of trusted certification authorities are
// privileged by design: what they control is not reported. An ordinary account is any other enabled account.
//
// # What is left out
//
// Sessions and services of machines are not in the directory, nor the local groups that no policy sets. Restrictions of enrolment agents,
// the security filter of a policy that somebody may change, and the WMI filters of group
// policies are not read: a policy is taken to apply wherever it is linked. What only the registry of a machine tells (the settings of
// a certification authority, whether a controller requires certificates to carry a SID) is taken from a source that read it, else to be
// unsafe only where a way through needs no more than that; such a kind is conditional. That the group which one enters for one of two
// rights is denied the other is not seen.
package paths

import (
	"cmp"
	"fmt"
	"slices"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/schema"
	"hygie/directory/sid"
)

// Node is a node of the network: an object has its model.ID.
type Node = graph.Node

// Network says who controls what in a directory. It does not change once built; what-ifs are asked with a [Cuts].
type Network struct {
	dir   *model.Directory
	graph *graph.Graph

	objects int           // nodes 0 to objects-1 are objects
	extra   []extra       // what the other nodes stand for
	units   []unit        // what can be taken away at once, by reference of edges
	entries []entry       // what explains an edge, by reference of edges
	targets []Target      // tier 0
	crowds  map[Node]bool // groups that every account belongs to: nobody is taken out of them
	zone    []bool        // by node: privileged by design
	kinds   []account
	joints  []joint  // what takes two rights at once
	late    int      // the round from which edges to joints need tier 0
	texts   []string // settings of policies, by reference of entries
	pairs   int
	flat    int64 // control edges if pairs were not shared
}

// extra is a node that is no object.
type extra struct {
	what part
	ref  uint32 // of a subset: the node of the group, or of the object that it is shown as; of a joint: its place
	sid  sid.SID
}

type part uint8

const (
	principal part = iota + 1 // a trustee that is no object of the directory
	subset                    // the members of a group but for some
	silent                    // a pair, a unit, a scope: no step ends there
	together                  // two rights held at once: see joint
)

// unit is a change that takes rights away: an entry where it is explicit, an ownership.
type unit struct {
	trustee Node
	entry   uint32   // place in entries
	origin  model.ID // the object that carries the entry, the first of several
	objects uint32   // how many objects carry it
	node    Node
}

// entry is what explains an edge: a place in a descriptor.
type entry struct {
	desc    model.DescriptorID
	place   int32
	subject model.ID // the object that carries it explicitly, or the first of those
}

// written is the place of an entry that is the line of a setting in a file: desc is then its place in texts.
const written = -3

// account tells which objects are accounts.
type account uint8

const (
	noAccount account = iota
	ordinary          // an enabled account that is not privileged
	asleep            // a disabled one
	trusted           // a privileged one
)

// Labels of edges: the kind in seven bits, then a reference plus one in the bits up to graph.Free, 0 for none. The reference is into
// entries for kinds that come from a descriptor; a unit's first edge refers to the unit itself.
const (
	kindBits = 7
	kindMask = 1<<kindBits - 1
	refLimit = 1 << (31 - kindBits)
)

func label(k control.Kind, ref int) graph.Label {
	if ref+1 >= refLimit {
		ref = -1
	}
	return graph.Label(k) | graph.Label(ref+1)<<kindBits
}

func kindOf(l graph.Label) control.Kind { return control.Kind(l & kindMask) }

// refOf gives the reference of a label, -1 for none.
func refOf(l graph.Label) int { return int(l&^graph.Free)>>kindBits - 1 }

// Target is an object of tier 0.
type Target struct {
	Node Node
	Why  string // stable code: "domain", "controller", "krbtgt", "administrator", "adminsdholder", "group", "authority"
}

// Build makes the network of a directory.
func Build(d *model.Directory) (*Network, error) {
	s, err := schema.Collected(d)
	if err != nil {
		return nil, fmt.Errorf("build control graph: %w", err)
	}
	n := &Network{dir: d, objects: d.Count()}
	b := &builder{
		Network: n, dir: d, rules: control.NewRules(s), out: graph.NewBuilder(d.Count()),
		principals: make(map[principalKey]Node), tokens: make(map[Node][]model.ID), joins: make(map[Node][]Node),
		enrolment: make(map[model.ID][]enrolment), shapes: make(map[model.ID][]shape), rewriters: make(map[uint32][]writer),
		doors: make(map[model.ID]Node), creators: make(map[uint16]Node), closures: make(map[Node][]model.ID), parts: make(map[Node][]model.ID), partGroups: make(map[Node][]model.ID), fillers: make(map[Node]Node), refused: make(map[int]map[model.ID]bool),
	}
	b.layout()
	b.accounts()
	b.tierZero()
	b.settings()
	b.memberships()
	b.scopes()
	b.descriptors()
	b.structure()
	b.delegations()
	b.successors()
	b.trusts()
	b.policySettings()
	b.policyFiles()
	n.flat += int64(b.plain)
	slices.SortFunc(n.targets, func(x, y Target) int { return cmp.Compare(x.Node, y.Node) })
	n.graph = b.out.Freeze()
	n.zone = make([]bool, n.graph.Nodes())
	for node := range b.zone {
		n.zone[node] = true
	}
	n.join()
	n.crowds = b.crowds()
	return n, nil
}

// Objects gives the number of objects of the directory.
func (n *Network) Objects() int { return n.objects }

// Statistics counts what the network is made of.
type Statistics struct {
	Nodes, Edges int   // as stored
	Flat         int64 // control edges between objects and principals, if nothing were shared
	Pairs        int   // distinct pairs of descriptor and class
	Ordinary     int   // ordinary accounts
}

// Statistics counts what the network is made of.
func (n *Network) Statistics() Statistics {
	s := Statistics{Nodes: n.graph.Nodes(), Edges: n.graph.Edges(), Flat: n.flat, Pairs: n.pairs}
	for _, k := range n.kinds {
		if k == ordinary {
			s.Ordinary++
		}
	}
	return s
}

// TierZero lists the nodes of tier 0.
func (n *Network) TierZero() []Node {
	out := make([]Node, len(n.targets))
	for i, t := range n.targets {
		out[i] = t.Node
	}
	return out
}

// Targets lists the objects of tier 0, by object.
func (n *Network) Targets() []Target { return slices.Clone(n.targets) }

// Name gives the distinguished name of a node, or the usual name of a principal that is no object, and its SID.
func (n *Network) Name(node Node, lang string) (name string, s sid.SID) {
	if int(node) < n.objects {
		id := model.ID(node)
		return n.dir.DN(id), n.dir.SID(id)
	}
	x := n.extra[int(node)-n.objects]
	switch x.what {
	case subset:
		return n.Name(x.ref, lang)
	case together:
		return n.Name(n.joints[x.ref].shown, lang)
	case principal:
		if name := x.sid.Name(lang); name != "" {
			return name, x.sid
		}
		return x.sid.String(), x.sid
	}
	return "", sid.SID{}
}

// visible tells whether a step may end at a node.
func (n *Network) visible(node Node) bool {
	if int(node) < n.objects {
		return true
	}
	what := n.extra[int(node)-n.objects].what
	return what != silent && what != together
}

// Privileged tells whether a node is privileged by design.
func (n *Network) Privileged(node Node) bool { return int(node) < len(n.zone) && n.zone[node] }
