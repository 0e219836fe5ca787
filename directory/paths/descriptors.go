package paths

import (
	"slices"

	"hygie/directory/control"
	"hygie/directory/graph"
	"hygie/directory/guid"
	"hygie/directory/model"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// pair is a distinct descriptor on a class, in a domain: what it hands to whom is worked out once for all its objects.
type pair struct {
	desc  model.DescriptorID
	class uint16
	home  uint16
	first model.ID
	count uint32
	place uint32       // among the pairs
	nodes [powers]Node // by power; 0: nothing leads there
}

const powers = int(control.ShapeApproval) + 1

// unitKey recognises entries that are one: what stands explicitly on an object, and what was inherited from there.
type unitKey struct {
	trustee Node
	mask    secdesc.Mask
	object  guid.GUID
	origin  model.ID
	special int32 // control.NoEntry, control.EmptyList, or 0 for an entry
}

// descriptors reads each distinct descriptor once and links its trustees to the objects that carry it.
func (b *builder) descriptors() {
	pairs, of := b.distinct()
	b.pairOf = of
	h := hands{builder: b, units: make(map[unitKey]int), above: make(map[originKey]model.ID), members: make(map[uint32][]model.ID)}
	for i := range pairs {
		h.read(&pairs[i])
	}
	h.replication()
	b.authorities() // before groups are linked: rights held together depend on who controls them
	for id, at := range of {
		if at == 0 {
			continue
		}
		p := &pairs[at-1]
		for power, node := range p.nodes {
			if node != 0 && node != Node(id) {
				b.reach(control.Power(power), node, model.ID(id))
			}
		}
		if writers := b.rewriters[at-1]; len(writers) > 0 {
			b.specially(model.ID(id), writers)
		}
	}
	for i := range pairs {
		b.flat += h.flat[i] * int64(pairs[i].count)
	}
	b.Network.pairs = len(pairs)
}

// distinct gives the pairs in the order of their first objects, and for each object its pair plus one.
func (b *builder) distinct() ([]pair, []uint32) {
	type key struct {
		desc        model.DescriptorID
		class, home uint16
	}
	var out []pair
	known := make(map[key]uint32)
	of := make([]uint32, b.objects)
	for id := range b.dir.All() {
		desc, ok := b.dir.DescriptorID(id)
		if !ok {
			continue
		}
		k := key{desc, b.class[id], b.home[id]}
		at, ok := known[k]
		if !ok {
			out = append(out, pair{desc: desc, class: k.class, home: k.home, first: id, place: uint32(len(out))})
			at = uint32(len(out))
			known[k] = at
		}
		out[at-1].count++
		of[id] = at
	}
	return out, of
}

// hands is the reading of all pairs.
type hands struct {
	*builder
	units map[unitKey]int // place in Network.units
	flat  []int64         // by pair: control edges into one object
	halve []half
	above map[originKey]model.ID
	// members holds the objects of the pairs whose objects were asked for, by place.
	members map[uint32][]model.ID
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

// read links the trustees of a pair to its nodes.
func (h *hands) read(p *pair) {
	d := h.dir.DescriptorAt(p.desc)
	entries := slices.Collect(d.Entries())
	flat := int64(0)
	for _, g := range h.rules.Grants(d, h.classes[p.class], h.holds(p.home)) {
		if g.Power == control.Replication && !h.isDomain(p.first) {
			continue // another naming context holds no passwords
		}
		from := h.withRefused(g, p.home)
		at := h.unit(g, p, from, entries)
		e := h.entry(g, p)
		if len(g.Refused) > 0 && (g.Power == control.Replication || g.Power == control.Issue) {
			h.refused[at] = h.allOf(g.Refused, p.home)
		}
		if g.Power == control.Replication {
			h.halve = append(h.halve, half{g.Kind, g.Trustee, at, e, p, len(g.Refused) > 0})
			continue
		}
		h.Network.units[at].objects = max(h.Network.units[at].objects, explicit(g, p, entries))
		flat++
		if h.apart(g, p, at, e) {
			continue
		}
		to := p.node(g.Power, h.builder)
		h.out.Add(h.Network.units[at].node, to, label(g.Kind, e)|graph.Free)
	}
	h.flat = append(h.flat, flat)
}

// apart notes the grants that give something only together with others: those over templates and authorities, and who changes names of
// accounts. It tells whether the grant leads nowhere else.
func (h *hands) apart(g control.Grant, p *pair, at, e int) bool {
	from := writer{unit: at, label: label(g.Kind, e) | graph.Free}
	switch g.Power {
	case control.Issue:
		for _, id := range h.objects(p) {
			h.enrolment[id] = append(h.enrolment[id], enrolment{writer: from, who: g.Trustee, partly: len(g.Refused) > 0})
		}
		return true
	case control.Shape, control.ShapeName, control.ShapeUsage, control.ShapeApproval:
		for _, id := range h.objects(p) {
			h.shapes[id] = append(h.shapes[id], shape{writer: from, power: g.Power})
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
func (h *hands) rewrites(p *pair, from writer) {
	switch h.family(p.first) {
	case control.Account, control.Computer, control.ManagedAccount:
	default:
		return
	}
	if trustee := h.Network.units[from.unit].trustee; !h.zone[trustee] {
		h.rewriters[p.place] = append(h.rewriters[p.place], from)
	}
}

// objects lists the objects of a pair; for classes that have few.
func (h *hands) objects(p *pair) []model.ID {
	if p.count == 1 {
		return []model.ID{p.first}
	}
	list, ok := h.members[p.place]
	if !ok {
		for id, at := range h.pairOf {
			if at == p.place+1 {
				list = append(list, model.ID(id))
			}
		}
		h.members[p.place] = list
	}
	return list
}

// withRefused gives the node of the trustee of a grant, without the members that are denied it.
func (h *hands) withRefused(g control.Grant, home uint16) Node {
	if len(g.Refused) == 0 {
		return h.resolve(g.Trustee, home)
	}
	return h.withoutRefused(g.Trustee, g.Refused, home)
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
func (p *pair) node(power control.Power, b *builder) Node {
	if power == control.Whole && p.count == 1 && b.family(p.first) != control.Group {
		return Node(p.first)
	}
	if p.nodes[power] == 0 {
		p.nodes[power] = b.silent()
	}
	return p.nodes[power]
}

// unit gives the place of the unit that a grant belongs to, linked to its trustee.
func (h *hands) unit(g control.Grant, p *pair, from Node, entries []secdesc.ACE) int {
	key := unitKey{trustee: from, origin: p.first, special: int32(min(g.ACE, 0))}
	if g.ACE >= 0 {
		a := entries[g.ACE]
		key.mask, key.object = a.Mask, a.ObjectType
		if a.Inherited() {
			key.origin = h.origin(p.first, a)
		}
	}
	at, ok := h.units[key]
	if ok {
		return at
	}
	at = len(h.Network.units)
	h.units[key] = at
	node := h.silent()
	h.Network.units = append(h.Network.units, unit{trustee: from, entry: uint32(h.entry(g, p)), origin: key.origin, objects: 1, node: node})
	h.out.Add(from, node, label(g.Kind, at))
	return at
}

// entry notes what explains a grant.
func (h *hands) entry(g control.Grant, p *pair) int {
	h.entries = append(h.entries, entry{desc: p.desc, place: int32(g.ACE), subject: p.first})
	return len(h.entries) - 1
}

// origin gives the object above that carries an inherited entry explicitly; the object itself when none does.
func (h *hands) origin(id model.ID, inherited secdesc.ACE) model.ID {
	up, ok := h.dir.Parent(id)
	if !ok || h.roots[id] {
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

func (h *hands) climb(id model.ID, inherited secdesc.ACE) model.ID {
	for up, ok := h.dir.Parent(id); ok; up, ok = h.dir.Parent(up) {
		d, has := h.dir.Descriptor(up)
		if !has {
			continue
		}
		for a := range d.Entries() {
			if !a.Inherited() && a.Flags&secdesc.ContainerInherit != 0 && a.Kind() == inherited.Kind() && a.Trustee == inherited.Trustee &&
				a.Mask.Map() == inherited.Mask.Map() && a.ObjectType == inherited.ObjectType {
				return up
			}
		}
		if h.roots[up] {
			break
		}
	}
	return model.None
}

// reach links the node of a power to what it gives on one object.
func (b *builder) reach(power control.Power, node Node, id model.ID) {
	switch power {
	case control.Whole:
		b.enter(node, Node(id))
	case control.Links:
		if at := b.scope[id]; at > 0 {
			b.out.Add(node, b.areas[at-1].enforced, graph.Free)
		}
	case control.LegacyPassword:
		if b.dir.Has(id, "ms-Mcs-AdmPwdExpirationTime") {
			b.out.Add(node, Node(id), graph.Free)
		}
	case control.LocalPassword:
		if b.dir.Has(id, "msLAPS-PasswordExpirationTime") && !b.encrypted(id) {
			b.out.Add(node, Node(id), graph.Free)
		}
	case control.Creation:
		if root := b.homes[b.home[id]].info.Root; root != model.None && b.inherits() {
			b.out.Add(node, Node(root), graph.Free)
		}
	case control.Revealing:
		if door, ok := b.revealing(id); ok {
			b.out.Add(node, door, graph.Free)
		}
	case control.Succession:
		if door, ok := b.succeeding(id); ok {
			b.out.Add(node, door, graph.Free)
		}
	}
}

// specially links who writes every attribute of an object to what that gives besides the object.
func (b *builder) specially(id model.ID, writers []writer) {
	door, ok := b.special(id)
	if !ok {
		return
	}
	for _, w := range writers {
		if k := kindOf(w.label); k.Rewrites() {
			b.out.Add(b.Network.units[w.unit].node, door, w.label)
		}
	}
}

// encrypted tells whether the password of a machine is kept encrypted only: reading the attribute is then not enough.
func (b *builder) encrypted(id model.ID) bool {
	return b.dir.Has(id, "msLAPS-EncryptedPassword") && !b.dir.Has(id, "msLAPS-Password")
}

// inherits tells whether a controller knows delegated managed accounts: Windows Server 2025.
func (b *builder) inherits() bool {
	if b.later == 0 {
		b.later = -1
		for _, c := range b.controllers {
			if system, _ := b.dir.Text(c.id, "operatingSystem"); c.writable && containsFold(system, "2025") {
				b.later = 1
			}
		}
	}
	return b.later > 0
}

// replication joins the two halves of the right to replicate secrets: whoever has both can replicate all of them.
func (h *hands) replication() {
	complete := make(map[Node]bool) // trustees that have both halves by themselves
	for _, all := range h.halve {
		for _, some := range h.halve {
			if all.kind == control.GetChangesAll && some.kind == control.GetChanges && some.pair == all.pair && !some.partly && !all.partly && some.trustee == all.trustee {
				complete[h.resolve(all.trustee, all.pair.home)] = true
			}
		}
	}
	for _, all := range h.halve {
		if all.kind != control.GetChangesAll {
			continue
		}
		holds, root := h.holds(all.pair.home), Node(all.pair.first)
		dcsync := label(control.DCSync, all.entry) | graph.Free
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
			h.out.Add(h.Network.units[all.unit].node, root, dcsync)
			h.plain++
			continue
		}
		for _, some := range apart {
			one, other := h.resolve(all.trustee, all.pair.home), h.resolve(some.trustee, some.pair.home)
			if h.zone[one] || h.zone[other] || complete[one] || complete[other] {
				continue // whoever has that half is privileged already, or has the other too
			}
			for _, node := range h.held([2]right{{some.unit, some.kind, root}, {all.unit, all.kind, root}}, true) {
				h.out.Add(node, root, label(control.DCSync, all.entry))
				h.plain++
			}
		}
	}
}
