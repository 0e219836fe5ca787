// Package wiring holds what the edges of a network are laid with: its nodes, who is who, what is privileged, what can be taken away.
//
// [New] reads the accounts and groups of a directory. The packages beside it then add edges to the [Builder], each for its subject: rights,
// certificates, policies, delegation. What explains the edges afterwards stays in the [Record].
//
// A node is an object, a principal that no object stands for, or a node of its own where no step ends: the trustees of one entry, the
// objects of one descriptor, two rights held together (see [Joint]).
package wiring

import (
	"slices"
	"strings"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/model"
	"hygie/directory/model/distname"
	"hygie/directory/model/entry"
	"hygie/directory/schema"
	"hygie/directory/sid"
)

// Builder holds what is needed while a network is made (docs/decisions/013-control-graph.md).
type Builder struct {
	*Record
	Rules *control.Rules
	Out   *graph.Builder
	Plain int // edges that are stored as they are

	Homes    []Home
	Home     []uint16          // by object: place in Homes
	Roots    map[model.ID]bool // roots of naming contexts: rights do not pass through them
	uac      []uint32          // by object: userAccountControl, 0 for what is no account
	Classes  []string          // distinct classes
	Class    []uint16          // by object: place in Classes
	families []control.Family  // by class

	Controllers []DomainController // read-only ones included

	principals map[principalKey]graph.Node
	tokens     map[graph.Node][]model.ID   // groups at any depth of a principal
	Zone       map[graph.Node]bool         // privileged by design
	Joins      map[graph.Node][]graph.Node // further nodes that whoever controls a group enters

	closures   map[graph.Node][]model.ID // answers of closure, of large groups
	parts      map[graph.Node][]model.ID // accounts of the parts of groups
	partGroups map[graph.Node][]model.ID // groups of the parts of groups
	Refused    map[int]map[model.ID]bool // by unit, of the rights that count with others: whom an entry refuses it to
	fillers    map[graph.Node]graph.Node // by principal: whoever controls its membership, or that of a group in it
}

// New sorts the accounts of a directory out, finds tier 0 and links members to their groups (docs/decisions/013-control-graph.md).
func New(d *model.Directory, s *schema.Schema) *Builder {
	b := &Builder{
		Record: &Record{Dir: d, Objects: d.Count(), Filtered: make(map[model.ID]bool)}, Rules: control.NewRules(s), Out: graph.NewBuilder(d.Count()),
		principals: make(map[principalKey]graph.Node), tokens: make(map[graph.Node][]model.ID), Joins: make(map[graph.Node][]graph.Node),
		closures: make(map[graph.Node][]model.ID), parts: make(map[graph.Node][]model.ID), partGroups: make(map[graph.Node][]model.ID),
		Refused: make(map[int]map[model.ID]bool), fillers: make(map[graph.Node]graph.Node),
	}
	b.layout()
	b.accounts()
	b.tierZero()
	b.settings()
	b.memberships()
	return b
}

// Home is a domain whose principals descriptors name without saying which domain: those of S-1-5-32 (MS-DTYP 2.4.2.4).
type Home struct {
	Info    model.DomainInfo
	builtin map[sid.SID]model.ID
}

type principalKey struct {
	home uint16 // for built-in groups, else 0
	sid  sid.SID
}

// Bits of userAccountControl (MS-ADTS 2.2.16).
const (
	uacDisabled     = 0x2
	uacTrustAccount = 0x800
	uacServerTrust  = 0x2000
	Delegates       = 0x80000
	uacReadOnly     = 0x4000000
)

// Flags gives userAccountControl of an account, 0 for what is none (MS-ADTS 2.2.16).
func (b *Builder) Flags(id model.ID) uint32 { return b.uac[id] }

func readFlags(d *model.Directory, id model.ID) uint32 {
	if v, ok := d.Int(id, "userAccountControl"); ok {
		return uint32(v)
	}
	v, _ := d.Int(id, entry.AccountFlags)
	return uint32(v)
}

// Silent adds a node at which no step ends.
func (b *Builder) Silent() graph.Node { return b.Node(Extra{What: Silent}) }

// Node adds a node that is no object.
func (b *Builder) Node(x Extra) graph.Node {
	b.Extra = append(b.Extra, x)
	return b.Out.Grow(1)
}

// Link adds an edge between two nodes of objects or principals.
func (b *Builder) Link(from, to graph.Node, k control.Kind) {
	b.Out.Add(from, to, Label(k, -1))
	b.Plain++
}

// setting notes the line of a file of a policy that explains an edge.
func (b *Builder) setting(text string, policy model.ID) int {
	b.Texts = append(b.Texts, text)
	b.Entries = append(b.Entries, Entry{Desc: model.DescriptorID(len(b.Texts) - 1), Place: Written, Subject: policy})
	return len(b.Entries) - 1
}

// Enter adds a free edge into an object: into its node and into what whoever controls a group enters besides.
func (b *Builder) Enter(from, object graph.Node) {
	b.Out.Add(from, object, graph.Free)
	for _, more := range b.Joins[object] {
		b.Out.Add(from, more, graph.Free)
	}
}

// layout gives each object its domain and its class.
func (b *Builder) layout() {
	d := b.Dir
	domains := d.Domains()
	at := make(map[model.ID]uint16)
	suffixes := make([]string, 0, len(domains))
	for i, info := range domains {
		b.Homes = append(b.Homes, Home{Info: info, builtin: make(map[sid.SID]model.ID)})
		name, _ := distname.NormalizeDN(info.DN)
		suffixes = append(suffixes, name)
		if info.Root != model.None {
			at[info.Root] = uint16(i)
		}
	}
	if len(b.Homes) == 0 {
		b.Homes = append(b.Homes, Home{builtin: make(map[sid.SID]model.ID)})
	}
	b.Roots = make(map[model.ID]bool)
	for _, p := range d.Partitions() {
		if id, ok := d.ByDN(p.DN); ok {
			b.Roots[id] = true
		}
	}
	b.Home, b.Class = make([]uint16, d.Count()), make([]uint16, d.Count())
	known := make(map[string]uint16)
	for id := range d.All() {
		if home, ok := at[id]; ok {
			b.Home[id] = home
		} else if up, ok := d.Parent(id); ok {
			b.Home[id] = b.Home[up]
		} else {
			b.Home[id] = b.nearest(suffixes, d.DN(id))
		}
		name := d.Class(id)
		class, ok := known[name]
		if !ok && len(b.Classes) < 1<<16-1 {
			class = uint16(len(b.Classes))
			known[name] = class
			b.Classes = append(b.Classes, name)
			b.families = append(b.families, control.FamilyOf(name))
		}
		b.Class[id] = class
		if s := d.SID(id); s.IsBuiltin() {
			if held := b.Homes[b.Home[id]].builtin; held[s] == 0 {
				held[s] = id
			}
		}
	}
}

// nearest gives the domain of an object whose container was not collected: the longest domain name that ends its own.
func (b *Builder) nearest(domains []string, dn string) uint16 {
	name, err := distname.NormalizeDN(dn)
	best, length := 0, -1
	if err != nil {
		return 0
	}
	for i, suffix := range domains {
		if (name == suffix || strings.HasSuffix(name, ","+suffix)) && len(suffix) > length {
			best, length = i, len(suffix)
		}
	}
	return uint16(best)
}

// ClassName gives the structural class of an object.
func (b *Builder) ClassName(id model.ID) string {
	if len(b.Classes) == 0 {
		return ""
	}
	return b.Classes[b.Class[id]]
}

// Family gives the family of an object, classes derived from the known ones included.
func (b *Builder) Family(id model.ID) control.Family {
	f := control.Other
	if len(b.families) > 0 {
		f = b.families[b.Class[id]]
	}
	switch {
	case f != control.Other:
	case b.Dir.Is(id, "computer"):
		return control.Computer
	case b.Dir.Is(id, "user"):
		return control.Account
	}
	return f
}

// Resolve gives the node of a SID as the descriptors of a domain mean it.
func (b *Builder) Resolve(s sid.SID, home uint16) graph.Node {
	if s.IsBuiltin() {
		if id, ok := b.Homes[home].builtin[s]; ok {
			return graph.Node(id)
		}
	} else {
		home = 0
		if id, ok := b.Dir.BySID(s); ok {
			return graph.Node(id)
		}
	}
	key := principalKey{home, s}
	node, ok := b.principals[key]
	if !ok {
		node = b.Node(Extra{What: Principal, SID: s})
		b.principals[key] = node
	}
	return node
}

// groupsOf lists the groups at any depth of a principal, those of every authenticated account included.
func (b *Builder) groupsOf(node graph.Node, home uint16) []model.ID {
	out, ok := b.tokens[node]
	if ok {
		return out
	}
	var from []model.ID
	for _, each := range []graph.Node{node, b.Resolve(sid.AuthenticatedUsers, home), b.Resolve(sid.Everyone, home)} {
		if int(each) < b.Objects {
			from = append(from, model.ID(each))
		}
	}
	out = b.Dir.AllGroupsOf(from...)
	b.tokens[node] = out
	return out
}

// Holds tells whether a trustee has another SID in its token, in a domain. Of a group it tells what all its members have.
func (b *Builder) Holds(home uint16) func(trustee, other sid.SID) bool {
	return func(trustee, other sid.SID) bool {
		if trustee == other || other == sid.Everyone {
			return true
		}
		if other == sid.AuthenticatedUsers {
			return trustee.IsAccount() || trustee.IsBuiltin() && trustee != sid.Guests
		}
		to := b.Resolve(other, home)
		if int(to) >= b.Objects {
			return false
		}
		_, found := slices.BinarySearch(b.groupsOf(b.Resolve(trustee, home), home), model.ID(to))
		return found
	}
}

// IsDomain tells whether an object is the root of its domain.
func (b *Builder) IsDomain(id model.ID) bool { return b.Homes[b.Home[id]].Info.Root == id }
