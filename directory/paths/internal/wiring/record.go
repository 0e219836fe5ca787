package wiring

import (
	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/sid"
)

// Record is what stands beside the graph: what its nodes are, and what explains its edges (docs/decisions/013-control-graph.md).
type Record struct {
	Dir     *model.Directory
	Objects int       // nodes 0 to objects-1 are objects
	Extra   []Extra   // what the other nodes stand for
	Units   []Unit    // what can be taken away at once, by reference of edges
	Entries []Entry   // what explains an edge, by reference of edges
	Texts   []string  // settings of policies, by reference of entries
	Prized  []Prized  // tier 0
	Kinds   []Account // by object
	Joints  []Joint   // what takes two rights at once
	// Filtered are the policies whose settings count only where their WMI filter holds.
	Filtered map[model.ID]bool
	Pairs    int   // distinct pairs of descriptor and class
	Flat     int64 // control edges if pairs were not shared
}

// Extra is a node that is no object (docs/decisions/013-control-graph.md).
type Extra struct {
	What Part
	Ref  uint32 // of a subset: the node of the group, or of the object that it is shown as; of a joint: its place
	SID  sid.SID
}

// Part tells what a node that is no object stands for (docs/decisions/013-control-graph.md).
type Part uint8

// The nodes that are no objects (docs/decisions/013-control-graph.md).
const (
	Principal Part = iota + 1 // a trustee that is no object of the directory
	Subset                    // the members of a group but for some
	Silent                    // a pair, a unit, a scope: no step ends there
	Together                  // two rights held at once: see [Joint]
)

// Unit is a change that takes rights away: an entry where it is explicit, an ownership (docs/decisions/013-control-graph.md).
type Unit struct {
	Trustee graph.Node
	Entry   uint32   // place in Record.Entries
	Origin  model.ID // the object that carries the entry, the first of several
	Objects uint32   // how many objects carry it
	Node    graph.Node
}

// Entry is what explains an edge: a place in a descriptor (MS-DTYP 2.4.4).
type Entry struct {
	Desc    model.DescriptorID
	Place   int32
	Subject model.ID // the object that carries it explicitly, or the first of those
}

// Written is the place of an entry that is the line of a setting in a file: Desc is then its place in Record.Texts (MS-GPSB 2.2).
const Written = -3

// Account tells which objects are accounts (MS-ADTS 5.1.3).
type Account uint8

// The kinds of objects (MS-ADTS 5.1.3).
const (
	NoAccount Account = iota // another object
	Ordinary                 // an enabled account that is not privileged
	asleep                   // a disabled one
	Trusted                  // a privileged one
)

// Labels of edges: the kind in seven bits, then a reference plus one in the bits up to graph.Free, 0 for none. The reference is into
// entries for kinds that come from a descriptor; a unit's first edge refers to the unit itself.
const (
	kindBits = 7
	kindMask = 1<<kindBits - 1
	refLimit = 1 << (31 - kindBits)
)

// Label makes the label of an edge, -1 for no reference (docs/decisions/013-control-graph.md).
func Label(k control.Kind, ref int) graph.Label {
	if ref+1 >= refLimit {
		ref = -1
	}
	return graph.Label(k) | graph.Label(ref+1)<<kindBits
}

// KindOf gives the kind of a label (docs/decisions/013-control-graph.md).
func KindOf(l graph.Label) control.Kind { return control.Kind(l & kindMask) }

// RefOf gives the reference of a label, -1 for none (docs/decisions/013-control-graph.md).
func RefOf(l graph.Label) int { return int(l&^graph.Free)>>kindBits - 1 }

// Prized is an object of tier 0 (docs/decisions/013-control-graph.md).
type Prized struct {
	Node graph.Node
	Why  string // stable code: "domain", "controller", "krbtgt", "administrator", "adminsdholder", "group", "authority"
}
