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

	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/paths/internal/certificates"
	"hygie/directory/paths/internal/delegation"
	"hygie/directory/paths/internal/policies"
	"hygie/directory/paths/internal/rights"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/schema"
	"hygie/directory/sid"
)

// Node is a node of the network: an object has its model.ID (docs/decisions/013-control-graph.md).
type Node = graph.Node

// Network says who controls what in a directory (docs/decisions/013-control-graph.md). It does not change once built; what-ifs are asked with a
// [Cuts].
type Network struct {
	record  *wiring.Record
	graph   *graph.Graph
	targets []Target      // tier 0
	crowds  map[Node]bool // groups that every account belongs to: nobody is taken out of them
	zone    []bool        // by node: privileged by design
	late    int           // the round from which edges to joints need tier 0
}

// Target is an object of tier 0 (docs/decisions/013-control-graph.md).
type Target struct {
	Node Node
	Why  string // stable code: "domain", "controller", "krbtgt", "administrator", "adminsdholder", "group", "authority"
}

// Build makes the network of a directory (docs/decisions/013-control-graph.md).
func Build(d *model.Directory) (*Network, error) {
	s, err := schema.Collected(d)
	if err != nil {
		return nil, fmt.Errorf("build control graph: %w", err)
	}
	b := wiring.New(d, s)
	applied := policies.Read(b)
	granted := rights.Read(b, applied.EnforcedOn)
	certificates.Link(granted) // before groups are linked: rights held together depend on who controls them
	granted.HandOut()
	granted.Structure()
	delegation.Link(b)
	granted.Successors()
	delegation.LinkTrusts(b)
	applied.Settings()
	applied.Files()
	n := &Network{record: b.Record, graph: b.Out.Freeze()}
	n.record.Flat += int64(b.Plain)
	for _, t := range n.record.Prized {
		n.targets = append(n.targets, Target(t))
	}
	slices.SortFunc(n.targets, func(x, y Target) int { return cmp.Compare(x.Node, y.Node) })
	n.zone = make([]bool, n.graph.Nodes())
	for node := range b.Zone {
		n.zone[node] = true
	}
	n.join()
	n.crowds = b.Crowds()
	return n, nil
}

// Objects gives the number of objects of the directory.
func (n *Network) Objects() int { return n.record.Objects }

// Statistics counts what the network is made of (docs/schema/directory-audit.schema.json, control).
type Statistics struct {
	Nodes, Edges int   // as stored
	Flat         int64 // control edges between objects and principals, if nothing were shared
	Pairs        int   // distinct pairs of descriptor and class
	Ordinary     int   // ordinary accounts
}

// Statistics counts what the network is made of.
func (n *Network) Statistics() Statistics {
	s := Statistics{Nodes: n.graph.Nodes(), Edges: n.graph.Edges(), Flat: n.record.Flat, Pairs: n.record.Pairs}
	for _, k := range n.record.Kinds {
		if k == wiring.Ordinary {
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
	if int(node) < n.record.Objects {
		id := model.ID(node)
		return n.record.Dir.DN(id), n.record.Dir.SID(id)
	}
	x := n.record.Extra[int(node)-n.record.Objects]
	switch x.What {
	case wiring.Subset:
		return n.Name(x.Ref, lang)
	case wiring.Together:
		return n.Name(n.record.Joints[x.Ref].Shown, lang)
	case wiring.Principal:
		if name := x.SID.Name(lang); name != "" {
			return name, x.SID
		}
		return x.SID.String(), x.SID
	}
	return "", sid.SID{}
}

// Called gives the name under which people know a node whose name is a mere identifier, "" for the others (MS-GPOL 2.2.4).
func (n *Network) Called(node Node) string {
	if int(node) >= n.record.Objects {
		return ""
	}
	return n.record.Dir.Called(model.ID(node))
}

// visible tells whether a step may end at a node.
func (n *Network) visible(node Node) bool {
	if int(node) < n.record.Objects {
		return true
	}
	what := n.record.Extra[int(node)-n.record.Objects].What
	return what != wiring.Silent && what != wiring.Together
}

// Privileged tells whether a node is privileged by design.
func (n *Network) Privileged(node Node) bool { return int(node) < len(n.zone) && n.zone[node] }
