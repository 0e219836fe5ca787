package model

import (
	"encoding/binary"
	"hash/maphash"
	"iter"
	"slices"
	"strings"
	"sync"

	"hygie/directory/guid"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

const (
	noClass = ^uint32(0)
	noDesc  = ^uint32(0)
)

// Directory is a frozen collection of objects. All its methods may be called by several goroutines.
type Directory struct {
	names *names
	id    []uint32 // length = nodes; ID + 1, 0 for a name that has no object

	// Columns, length = Count().
	node   []uint32
	end    []uint32 // first ID after the subtree
	shape  []uint32
	record []uint64
	part   []int16  // partition, -1 for none
	class  []uint32 // class list, noClass
	desc   []uint32 // descriptor, noDesc
	sidDom []uint32 // domain part + 1, 0 without objectSid
	sidRID []uint32

	arena      arena
	decoder    decoder
	attrs      map[string]uint16 // lower-case name, and the spelling first met -> attribute
	usual      *attrCache        // the same for most names, found quicker
	nowhere    map[string]bool   // asked for under this name, on no object: rules ask for them on every object
	attrNames  []string
	attrSyntax []syntax
	shapeSet   [][]uint16
	descBytes  [][]byte
	descs      []secdesc.Descriptor
	domainSIDs []sid.SID
	domainNum  map[sid.SID]uint32
	classes    []classList
	seed       maphash.Seed

	bySID    index // of IDs, by (sidDom, sidRID)
	guidOnce sync.Once
	byGUID   index

	partitions []partition
	domains    []DomainInfo
	forest     ForestInfo
	sources    []Source
	shares     []*sysvol.Share

	conclusions []Conclusion
	stats       Statistics

	memberStart []uint32 // length = Count()+1; members[memberStart[g]:memberStart[g+1]] are the members of g
	members     []ID
	groupStart  []uint32 // the same backwards
	groups      []ID
}

func uvarint(b []byte) uint64 {
	n, _ := binary.Uvarint(b)
	return n
}

// fillColumns reads the class, the descriptor and the SID of each object into columns.
func (d *Directory) fillColumns() {
	n := len(d.node)
	d.class = make([]uint32, n)
	d.desc = make([]uint32, n)
	d.sidDom = make([]uint32, n)
	d.sidRID = make([]uint32, n)
	for id := range n {
		d.class[id], d.desc[id] = noClass, noDesc
		if f, content, ok := d.slot(ID(id), "objectclass"); ok && f == formClass {
			d.class[id] = uint32(uvarint(content))
		}
		if f, content, ok := d.slot(ID(id), "ntsecuritydescriptor"); ok && f == formDesc {
			d.desc[id] = uint32(uvarint(content))
		}
		if f, content, ok := d.slot(ID(id), "objectsid"); ok && f == formSID {
			domain, rid := splitSID(content)
			d.sidDom[id], d.sidRID[id] = domain+1, rid
		}
	}
}

// slot gives the stored form of an attribute named in lower case.
func (d *Directory) slot(id ID, lower string) (form, []byte, bool) {
	attr, ok := d.usual.get(lower)
	if !ok {
		if attr, ok = d.attrs[lower]; !ok {
			return 0, nil, false
		}
	}
	return d.slotOf(id, attr)
}

// slotOf gives the stored form of an attribute by its number.
func (d *Directory) slotOf(id ID, attr uint16) (form, []byte, bool) {
	if int(id) >= len(d.shape) {
		return 0, nil, false
	}
	set := d.shapeSet[d.shape[id]]
	at, ok := slices.BinarySearch(set, attr)
	if !ok {
		return 0, nil, false
	}
	f, content := slot(d.arena.at(d.record[id]), at)
	return f, content, true
}

// find is slot for a name in any case.
func (d *Directory) find(id ID, attr string) (form, []byte, bool) {
	if n, ok := d.usual.get(attr); ok {
		return d.slotOf(id, n)
	}
	if n, ok := d.attrs[attr]; ok {
		return d.slotOf(id, n)
	}
	if d.nowhere[attr] {
		return 0, nil, false
	}
	return d.slot(id, strings.ToLower(attr))
}

// Count gives the number of objects.
func (d *Directory) Count() int { return len(d.node) }

// All gives every object, in the order of ID.
func (d *Directory) All() iter.Seq[ID] {
	return func(yield func(ID) bool) {
		for id := range d.node {
			if !yield(ID(id)) {
				return
			}
		}
	}
}

// DN gives the distinguished name of an object, "" when id is not one.
func (d *Directory) DN(id ID) string {
	if int(id) >= len(d.node) {
		return ""
	}
	return string(d.names.appendDN(make([]byte, 0, 96), d.node[id]))
}

// Name gives the value of the first component of the name of an object, escapes resolved.
func (d *Directory) Name(id ID) string {
	if int(id) >= len(d.node) {
		return ""
	}
	return RDNValue(string(d.names.rdn(d.node[id])))
}

// ByDN gives the object with a distinguished name, in any spelling that normalises to the same.
func (d *Directory) ByDN(dn string) (ID, bool) {
	node, ok := d.names.find(dn)
	if !ok || d.id[node] == 0 {
		return None, false
	}
	return ID(d.id[node] - 1), true
}

// Parent gives the container of an object; false when it was not collected.
func (d *Directory) Parent(id ID) (ID, bool) {
	if int(id) >= len(d.node) {
		return None, false
	}
	up := d.id[d.names.parent[d.node[id]]]
	return ID(up - 1), up != 0
}

// Children gives the objects directly below one.
func (d *Directory) Children(id ID) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		if int(id) >= len(d.node) {
			return
		}
		for c := id + 1; uint32(c) < d.end[id]; c = ID(d.end[c]) {
			if up, ok := d.Parent(c); ok && up == id && !yield(c) {
				return
			}
		}
	}
}

// Subtree gives an object and everything below it.
func (d *Directory) Subtree(id ID) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		if int(id) >= len(d.node) {
			return
		}
		for c := id; uint32(c) < d.end[id]; c++ {
			if !yield(c) {
				return
			}
		}
	}
}

// Below tells whether an object is ancestor or lies below it, names of which objects were not collected included.
func (d *Directory) Below(id, ancestor ID) bool {
	return int(ancestor) < len(d.end) && id >= ancestor && uint32(id) < d.end[ancestor]
}

// SID gives the objectSid of an object, the zero SID when it has none.
func (d *Directory) SID(id ID) sid.SID {
	if int(id) >= len(d.sidDom) || d.sidDom[id] == 0 {
		return sid.SID{}
	}
	return d.domainSIDs[d.sidDom[id]-1].Append(d.sidRID[id])
}

// BySID gives the object with an objectSid. When a real object and a foreignSecurityPrincipal share it, the real one; else
// the first in the order of ID.
func (d *Directory) BySID(s sid.SID) (ID, bool) {
	prefix, rid, ok := s.Split()
	if !ok {
		return None, false
	}
	domain, ok := d.domainNum[prefix]
	if !ok {
		return None, false
	}
	found, ok := d.bySID.find(sidHash(domain+1, rid), func(i uint32) bool {
		return d.sidDom[i] == domain+1 && d.sidRID[i] == rid
	})
	return ID(found), ok
}

func sidHash(domain, rid uint32) uint32 {
	h := uint64(domain)<<32 | uint64(rid)
	h *= 0x9E3779B97F4A7C15
	h ^= h >> 29
	h *= 0xBF58476D1CE4E5B9
	return uint32(h >> 32)
}

func (d *Directory) indexSIDs() {
	d.domainNum = make(map[sid.SID]uint32, len(d.domainSIDs))
	for i, s := range d.domainSIDs {
		d.domainNum[s] = uint32(i)
	}
	hash := func(i uint32) uint32 { return sidHash(d.sidDom[i], d.sidRID[i]) }
	for _, foreign := range []bool{false, true} { // real objects first
		for id := range d.node {
			if d.sidDom[id] == 0 || d.Is(ID(id), "foreignSecurityPrincipal") != foreign {
				continue
			}
			if _, taken := d.bySID.find(hash(uint32(id)), func(i uint32) bool {
				return d.sidDom[i] == d.sidDom[id] && d.sidRID[i] == d.sidRID[id]
			}); !taken {
				d.bySID.add(hash(uint32(id)), uint32(id), hash)
			}
		}
	}
}

// GUID gives the objectGUID of an object, the zero GUID when it has none.
func (d *Directory) GUID(id ID) guid.GUID {
	v, _ := d.Value(id, "objectguid")
	g, _ := guid.FromBytes(v)
	return g
}

// ByGUID gives the object with an objectGUID, the first in the order of ID when several have it.
func (d *Directory) ByGUID(g guid.GUID) (ID, bool) {
	hash := func(g guid.GUID) uint32 { return uint32(maphash.Bytes(d.seed, g[:])) }
	d.guidOnce.Do(func() {
		for id := range d.node {
			own := d.GUID(ID(id))
			if own.IsZero() {
				continue
			}
			same := func(i uint32) bool { return d.GUID(ID(i)) == own }
			if _, taken := d.byGUID.find(hash(own), same); !taken {
				d.byGUID.add(hash(own), uint32(id), func(i uint32) uint32 { return hash(d.GUID(ID(i))) })
			}
		}
	})
	if g.IsZero() {
		return None, false
	}
	found, ok := d.byGUID.find(hash(g), func(i uint32) bool { return d.GUID(ID(i)) == g })
	return ID(found), ok
}

// Descriptor gives the security descriptor of an object; false when it was not read or could not be decoded. The pointer is
// the same for objects with identical descriptors.
func (d *Directory) Descriptor(id ID) (*secdesc.Descriptor, bool) {
	n, ok := d.DescriptorID(id)
	if !ok {
		return nil, false
	}
	return &d.descs[n], true
}

// DescriptorID gives the number of the distinct security descriptor of an object.
func (d *Directory) DescriptorID(id ID) (DescriptorID, bool) {
	if int(id) >= len(d.desc) || d.desc[id] == noDesc {
		return 0, false
	}
	return DescriptorID(d.desc[id]), true
}

// DescriptorCount gives the number of distinct security descriptors.
func (d *Directory) DescriptorCount() int { return len(d.descs) }

// DescriptorAt gives a distinct security descriptor by its number.
func (d *Directory) DescriptorAt(n DescriptorID) *secdesc.Descriptor { return &d.descs[n] }

// Class gives the most specific class of an object in its usual spelling (user, computer, group, domainDNS …), "" when
// objectClass was not read.
func (d *Directory) Class(id ID) string {
	if int(id) >= len(d.class) || d.class[id] == noClass {
		return ""
	}
	return d.classes[d.class[id]].specific
}

// Classes gives all classes of an object, from top to the most specific, as stored. The slice must not be changed.
func (d *Directory) Classes(id ID) []string {
	if int(id) >= len(d.class) || d.class[id] == noClass {
		return nil
	}
	return d.classes[d.class[id]].names
}

// Is tells whether an object has a class among all its classes: a computer is a user too.
func (d *Directory) Is(id ID, class string) bool {
	if int(id) >= len(d.class) || d.class[id] == noClass {
		return false
	}
	for _, name := range d.classes[d.class[id]].names {
		if len(name) == len(class) && strings.EqualFold(name, class) {
			return true
		}
	}
	return false
}

// OfClass gives the objects that have a class among all their classes, as an LDAP filter on objectClass does: "user" gives
// computers and managed service accounts too.
func (d *Directory) OfClass(class string) iter.Seq[ID] {
	low := strings.ToLower(class)
	return d.where(func(c *classList) bool { return c.is(low) })
}

// OfExactClass gives the objects whose most specific class it is: "user" gives users only.
func (d *Directory) OfExactClass(class string) iter.Seq[ID] {
	return d.where(func(c *classList) bool { return strings.EqualFold(c.specific, class) })
}

func (d *Directory) where(match func(*classList) bool) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		hit := make([]bool, len(d.classes))
		for i := range d.classes {
			hit[i] = match(&d.classes[i])
		}
		for id, class := range d.class {
			if class != noClass && hit[class] && !yield(ID(id)) {
				return
			}
		}
	}
}

// Sources gives where the entries came from, in the order they were declared.
func (d *Directory) Sources() []Source { return slices.Clone(d.sources) }

// Warnings gives the warnings of all sources.
func (d *Directory) Warnings() []string {
	var out []string
	for _, s := range d.sources {
		out = append(out, s.Warnings...)
	}
	return out
}

// Partial tells whether a source or a partition was not read to its end.
func (d *Directory) Partial() bool {
	return slices.ContainsFunc(d.sources, func(s Source) bool { return s.Partial }) ||
		slices.ContainsFunc(d.partitions, func(p partition) bool { return p.Partial })
}

// Stats gives what was met while the directory was read.
func (d *Directory) Stats() Statistics { return d.stats }
