// Package rights lays the edges that security descriptors give: who may do what to which objects, what objects hand to those that
// inherit from them, and what reading or writing some attributes opens.
//
// [Read] works out each distinct descriptor once for a class of objects; [Reading.HandOut] then leads to the objects that carry it.
// Between the two, package certificates takes the rights to enrol, which mean nothing by themselves.
package rights

import (
	"slices"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/paths/internal/wiring"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// Enrolment is a right to ask for certificates, with a template or at an authority (MS-CRTD 2.5).
type Enrolment struct {
	wiring.Writer
	Who    sid.SID
	Partly bool // some members of the trustee are refused it
}

// shape is a right to change a template, without its rights.
type shape struct {
	wiring.Writer
	Power control.Power
}

// pair is a distinct descriptor on a class, in a domain: what it hands to whom is worked out once for all its objects.
type pair struct {
	desc  model.DescriptorID
	class uint16
	home  uint16
	first model.ID
	count uint32
	place uint32             // among the pairs
	nodes [powers]graph.Node // by power; 0: nothing leads there
}

const powers = int(control.ShapeApproval) + 1

// unitKey recognises entries that are one: what stands explicitly on an object, and what was inherited from there.
type unitKey struct {
	trustee graph.Node
	mask    secdesc.Mask
	object  guid.GUID
	origin  model.ID
	special int32 // control.NoEntry, control.EmptyList, or 0 for an entry
}

// Read reads each distinct descriptor once. enforcedOn gives the node of the policies enforced on a unit or a domain (MS-DTYP 2.5.3.2).
func Read(b *wiring.Builder, enforcedOn func(model.ID) (graph.Node, bool)) *Reading {
	h := &Reading{
		Builder: b, enforcedOn: enforcedOn, grouped: make(map[unitKey]int), above: make(map[originKey]model.ID), members: make(map[uint32][]model.ID),
		Enrolment: make(map[model.ID][]Enrolment), Shapes: make(map[model.ID][]shape), Rewriters: make(map[uint32][]wiring.Writer),
		doors: make(map[model.ID]graph.Node), creators: make(map[uint16]graph.Node),
	}
	h.distinct()
	for i := range h.read {
		h.pair(&h.read[i])
	}
	h.replication()
	return h
}

// HandOut leads from the trustees to the objects that carry the descriptors.
func (h *Reading) HandOut() {
	for id, at := range h.PairOf {
		if at == 0 {
			continue
		}
		p := &h.read[at-1]
		for power, node := range p.nodes {
			if node != 0 && node != graph.Node(id) {
				h.reach(control.Power(power), node, model.ID(id))
			}
		}
		if writers := h.Rewriters[at-1]; len(writers) > 0 {
			h.specially(model.ID(id), writers)
		}
	}
	for i := range h.read {
		h.Record.Flat += h.each[i] * int64(h.read[i].count)
	}
	h.Record.Pairs = len(h.read)
}

// distinct finds the pairs, in the order of their first objects, and for each object its pair plus one.
func (h *Reading) distinct() {
	type key struct {
		desc        model.DescriptorID
		class, home uint16
	}
	var out []pair
	known := make(map[key]uint32)
	of := make([]uint32, h.Objects)
	for id := range h.Dir.All() {
		desc, ok := h.Dir.DescriptorID(id)
		if !ok {
			continue
		}
		k := key{desc, h.Class[id], h.Home[id]}
		at, ok := known[k]
		if !ok {
			out = append(out, pair{desc: desc, class: k.class, home: k.home, first: id, place: uint32(len(out))})
			at = uint32(len(out))
			known[k] = at
		}
		out[at-1].count++
		of[id] = at
	}
	h.read, h.PairOf = out, of
}

// Reading is the reading of all pairs (docs/decisions/013-control-graph.md).
type Reading struct {
	*wiring.Builder
	enforcedOn func(model.ID) (graph.Node, bool)

	read    []pair
	each    []int64         // by pair: control edges into one object
	PairOf  []uint32        // by object: place of its pair + 1
	grouped map[unitKey]int // place in units
	halve   []half
	above   map[originKey]model.ID
	members map[uint32][]model.ID // objects of the pairs whose objects were asked for, by place

	Enrolment map[model.ID][]Enrolment
	Shapes    map[model.ID][]shape
	Rewriters map[uint32][]wiring.Writer // by pair of accounts: who, not privileged, writes the name that certificates are matched by
	doors     map[model.ID]graph.Node    // see special
	creators  map[uint16]graph.Node      // by domain: whoever creates delegated managed accounts
	later     int8                       // whether a controller knows delegated managed accounts: 1 yes, -1 no, 0 not looked up
}

// originKey is an inherited entry, seen from the container that its object lies in.
type originKey struct {
	container model.ID
	trustee   sid.SID
	mask      secdesc.Mask
	object    guid.GUID
}

// half is one half of the right to replicate secrets.
type half struct {
	kind    control.Kind
	trustee sid.SID
	unit    int
	entry   int
	pair    *pair
	partly  bool // some members of the trustee are denied it
}

// pair links the trustees of a pair to its nodes.
func (h *Reading) pair(p *pair) {
	d := h.Dir.DescriptorAt(p.desc)
	entries := slices.Collect(d.Entries())
	flat := int64(0)
	for _, g := range h.Rules.Grants(d, h.Classes[p.class], h.Holds(p.home)) {
		if g.Power == control.Replication && !h.IsDomain(p.first) {
			continue // another naming context holds no passwords
		}
		from := h.withRefused(g, p.home)
		at := h.unit(g, p, from, entries)
		e := h.entry(g, p)
		if len(g.Refused) > 0 && (g.Power == control.Replication || g.Power == control.Issue) {
			h.Refused[at] = h.AllOf(g.Refused, p.home)
		}
		if g.Power == control.Replication {
			h.halve = append(h.halve, half{g.Kind, g.Trustee, at, e, p, len(g.Refused) > 0})
			continue
		}
		h.Record.Units[at].Objects = max(h.Record.Units[at].Objects, explicit(g, p, entries))
		flat++
		if h.apart(g, p, at, e) {
			continue
		}
		to := p.node(g.Power, h.Builder)
		h.Out.Add(h.Record.Units[at].Node, to, wiring.Label(g.Kind, e)|graph.Free)
	}
	h.each = append(h.each, flat)
}

// apart notes the grants that give something only together with others: those over templates and authorities, and who changes names of
// accounts. It tells whether the grant leads nowhere else.
func (h *Reading) apart(g control.Grant, p *pair, at, e int) bool {
	from := wiring.Writer{Unit: at, Label: wiring.Label(g.Kind, e) | graph.Free}
	switch g.Power {
	case control.Issue:
		for _, id := range h.carriers(p) {
			h.Enrolment[id] = append(h.Enrolment[id], Enrolment{Writer: from, Who: g.Trustee, Partly: len(g.Refused) > 0})
		}
		return true
	case control.Shape, control.ShapeName, control.ShapeUsage, control.ShapeApproval:
		for _, id := range h.carriers(p) {
			h.Shapes[id] = append(h.Shapes[id], shape{Writer: from, Power: g.Power})
		}
		return true
	case control.Naming, control.Whole:
		if g.Power == control.Naming || g.Kind.Rewrites() {
			h.rewrites(p, from)
		}
		return g.Power == control.Naming
	}
	return false
}

// rewrites notes who writes the attributes of the objects of a pair, where that gives more than acting as them.
func (h *Reading) rewrites(p *pair, from wiring.Writer) {
	switch h.Family(p.first) {
	case control.Account, control.Computer, control.ManagedAccount:
	default:
		return
	}
	if trustee := h.Record.Units[from.Unit].Trustee; !h.Zone[trustee] {
		h.Rewriters[p.place] = append(h.Rewriters[p.place], from)
	}
}

// carriers lists the objects of a pair; for classes that have few.
func (h *Reading) carriers(p *pair) []model.ID {
	if p.count == 1 {
		return []model.ID{p.first}
	}
	list, ok := h.members[p.place]
	if !ok {
		for id, at := range h.PairOf {
			if at == p.place+1 {
				list = append(list, model.ID(id))
			}
		}
		h.members[p.place] = list
	}
	return list
}

// withRefused gives the node of the trustee of a grant, without the members that are denied it.
func (h *Reading) withRefused(g control.Grant, home uint16) graph.Node {
	if len(g.Refused) == 0 {
		return h.Resolve(g.Trustee, home)
	}
	return h.WithoutRefused(g.Trustee, g.Refused, home)
}

// explicit gives how many objects carry the entry themselves: all objects of the pair, unless they inherit it.
func explicit(g control.Grant, p *pair, entries []secdesc.ACE) uint32 {
	if g.ACE >= 0 && entries[g.ACE].Inherited() {
		return 1
	}
	return p.count
}

// node gives the node of a power over the objects of the pair: the object itself where there is one only. Groups always get a node:
// what whoever controls a group enters besides is known when all pairs are read.
func (p *pair) node(power control.Power, b *wiring.Builder) graph.Node {
	if power == control.Whole && p.count == 1 && b.Family(p.first) != control.Group {
		return graph.Node(p.first)
	}
	if p.nodes[power] == 0 {
		p.nodes[power] = b.Silent()
	}
	return p.nodes[power]
}

// unit gives the place of the unit that a grant belongs to, linked to its trustee.
func (h *Reading) unit(g control.Grant, p *pair, from graph.Node, entries []secdesc.ACE) int {
	key := unitKey{trustee: from, origin: p.first, special: int32(min(g.ACE, 0))}
	if g.ACE >= 0 {
		a := entries[g.ACE]
		key.mask, key.object = a.Mask, a.ObjectType
		if a.Inherited() {
			key.origin = h.origin(p.first, a)
		}
	}
	at, ok := h.grouped[key]
	if ok {
		return at
	}
	at = len(h.Record.Units)
	h.grouped[key] = at
	node := h.Silent()
	h.Record.Units = append(h.Record.Units, wiring.Unit{Trustee: from, Entry: uint32(h.entry(g, p)), Origin: key.origin, Objects: 1, Node: node})
	h.Out.Add(from, node, wiring.Label(g.Kind, at))
	return at
}

// entry notes what explains a grant.
func (h *Reading) entry(g control.Grant, p *pair) int {
	h.Entries = append(h.Entries, wiring.Entry{Desc: p.desc, Place: int32(g.ACE), Subject: p.first})
	return len(h.Entries) - 1
}

// origin gives the object above that carries an inherited entry explicitly; the object itself when none does.
func (h *Reading) origin(id model.ID, inherited secdesc.ACE) model.ID {
	up, ok := h.Dir.Parent(id)
	if !ok || h.Roots[id] {
		return id
	}
	key := originKey{up, inherited.Trustee, inherited.Mask.Map(), inherited.ObjectType}
	found, known := h.above[key]
	if !known {
		found = h.climb(id, inherited)
		h.above[key] = found
	}
	if found == model.None {
		return id
	}
	return found
}

func (h *Reading) climb(id model.ID, inherited secdesc.ACE) model.ID {
	for up, ok := h.Dir.Parent(id); ok; up, ok = h.Dir.Parent(up) {
		d, has := h.Dir.Descriptor(up)
		if !has {
			continue
		}
		for a := range d.Entries() {
			if !a.Inherited() && a.Flags&secdesc.ContainerInherit != 0 && a.Kind() == inherited.Kind() && a.Trustee == inherited.Trustee &&
				a.Mask.Map() == inherited.Mask.Map() && a.ObjectType == inherited.ObjectType {
				return up
			}
		}
		if h.Roots[up] {
			break
		}
	}
	return model.None
}

// reach links the node of a power to what it gives on one object.
func (h *Reading) reach(power control.Power, node graph.Node, id model.ID) {
	switch power {
	case control.Whole:
		h.Enter(node, graph.Node(id))
	case control.Links:
		if enforced, ok := h.enforcedOn(id); ok {
			h.Out.Add(node, enforced, graph.Free)
		}
	case control.LegacyPassword:
		if h.Dir.Has(id, "ms-Mcs-AdmPwdExpirationTime") {
			h.Out.Add(node, graph.Node(id), graph.Free)
		}
	case control.LocalPassword:
		if h.Dir.Has(id, "msLAPS-PasswordExpirationTime") && !h.encrypted(id) {
			h.Out.Add(node, graph.Node(id), graph.Free)
		}
	case control.Creation:
		if root := h.Homes[h.Home[id]].Info.Root; root != model.None && h.inherits() {
			h.Out.Add(node, graph.Node(root), graph.Free)
		}
	case control.Revealing:
		if door, ok := h.revealing(id); ok {
			h.Out.Add(node, door, graph.Free)
		}
	case control.Succession:
		if door, ok := h.succeeding(id); ok {
			h.Out.Add(node, door, graph.Free)
		}
	}
}

// specially links who writes every attribute of an object to what that gives besides the object.
func (h *Reading) specially(id model.ID, writers []wiring.Writer) {
	door, ok := h.special(id)
	if !ok {
		return
	}
	for _, w := range writers {
		if k := wiring.KindOf(w.Label); k.Rewrites() {
			h.Out.Add(h.Record.Units[w.Unit].Node, door, w.Label)
		}
	}
}

// encrypted tells whether the password of a machine is kept encrypted only: reading the attribute is then not enough.
func (h *Reading) encrypted(id model.ID) bool {
	return h.Dir.Has(id, "msLAPS-EncryptedPassword") && !h.Dir.Has(id, "msLAPS-Password")
}

// inherits tells whether a controller knows delegated managed accounts: Windows Server 2025.
func (h *Reading) inherits() bool {
	if h.later == 0 {
		h.later = -1
		for _, c := range h.Controllers {
			if system, _ := h.Dir.Text(c.ID, "operatingSystem"); c.Writable && containsFold(system, "2025") {
				h.later = 1
			}
		}
	}
	return h.later > 0
}

// replication joins the two halves of the right to replicate secrets: whoever has both can replicate all of them.
func (h *Reading) replication() {
	complete := make(map[graph.Node]bool) // trustees that have both halves by themselves
	for _, all := range h.halve {
		for _, some := range h.halve {
			if all.kind == control.GetChangesAll && some.kind == control.GetChanges && some.pair == all.pair && !some.partly && !all.partly && some.trustee == all.trustee {
				complete[h.Resolve(all.trustee, all.pair.home)] = true
			}
		}
	}
	for _, all := range h.halve {
		if all.kind != control.GetChangesAll {
			continue
		}
		holds, root := h.Holds(all.pair.home), graph.Node(all.pair.first)
		dcsync := wiring.Label(control.DCSync, all.entry) | graph.Free
		var apart []half // first halves that not every member of the trustee has
		whole := false
		for _, some := range h.halve {
			if some.kind == control.GetChanges && some.pair == all.pair {
				if !some.partly && holds(all.trustee, some.trustee) {
					whole = true
				} else {
					apart = append(apart, some)
				}
			}
		}
		if whole {
			h.Out.Add(h.Record.Units[all.unit].Node, root, dcsync)
			h.Plain++
			continue
		}
		for _, some := range apart {
			one, other := h.Resolve(all.trustee, all.pair.home), h.Resolve(some.trustee, some.pair.home)
			if h.Zone[one] || h.Zone[other] || complete[one] || complete[other] {
				continue // whoever has that half is privileged already, or has the other too
			}
			for _, node := range h.Held([2]wiring.Right{{Unit: some.unit, Kind: some.kind, Over: root}, {Unit: all.unit, Kind: all.kind, Over: root}}, true) {
				h.Out.Add(node, root, wiring.Label(control.DCSync, all.entry))
				h.Plain++
			}
		}
	}
}
