package model

import (
	"hash/maphash"
	"iter"
	"slices"
	"strings"
	"sync"

	"hygie/directory/guid"
	"hygie/directory/model/distname"
	"hygie/directory/model/internal/index"
	"hygie/directory/model/internal/store"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

const (
	noClass = ^uint32(0)
	noDesc  = ^uint32(0)
)

// Directory is a frozen collection of objects (MS-ADTS 3.1.1.1). All its methods may be called by several goroutines.
type Directory struct {
	s store.Frozen

	// Columns, length = Count().
	class  []uint32 // class list, noClass
	desc   []uint32 // descriptor, noDesc
	sidDom []uint32 // domain part + 1, 0 without objectSid
	sidRID []uint32

	domainNum map[sid.SID]uint32
	bySID     index.Table // of IDs, by (sidDom, sidRID)
	guidOnce  sync.Once
	byGUID    index.Table

	domains []DomainInfo
	forest  ForestInfo

	memberStart []uint32 // length = Count()+1; members[memberStart[g]:memberStart[g+1]] are the members of g
	members     []ID
	groupStart  []uint32 // the same backwards
	groups      []ID
}

// fillColumns reads the class, the descriptor and the SID of each object into columns.
func (d *Directory) fillColumns() {
	n := len(d.s.Node)
	d.class = make([]uint32, n)
	d.desc = make([]uint32, n)
	d.sidDom = make([]uint32, n)
	d.sidRID = make([]uint32, n)
	for id := range n {
		d.class[id], d.desc[id] = noClass, noDesc
		if f, content, ok := d.slot(ID(id), "objectclass"); ok && f == store.FormClass {
			d.class[id] = uint32(store.Uvarint(content))
		}
		if f, content, ok := d.slot(ID(id), "ntsecuritydescriptor"); ok && f == store.FormDesc {
			d.desc[id] = uint32(store.Uvarint(content))
		}
		if f, content, ok := d.slot(ID(id), "objectsid"); ok && f == store.FormSID {
			domain, rid := store.SplitSID(content)
			d.sidDom[id], d.sidRID[id] = domain+1, rid
		}
	}
}

// slot gives the stored form of an attribute named in lower case.
func (d *Directory) slot(id ID, lower string) (store.Form, []byte, bool) {
	attr, ok := d.s.Usual.Get(lower)
	if !ok {
		if attr, ok = d.s.Attrs[lower]; !ok {
			return 0, nil, false
		}
	}
	return d.slotOf(id, attr)
}

// slotOf gives the stored form of an attribute by its number.
func (d *Directory) slotOf(id ID, attr uint16) (store.Form, []byte, bool) {
	if int(id) >= len(d.s.Shape) {
		return 0, nil, false
	}
	set := d.s.ShapeSet[d.s.Shape[id]]
	at, ok := slices.BinarySearch(set, attr)
	if !ok {
		return 0, nil, false
	}
	f, content := store.Slot(d.s.Arena.At(d.s.Record[id]), at)
	return f, content, true
}

// find is slot for a name in any case.
func (d *Directory) find(id ID, attr string) (store.Form, []byte, bool) {
	if n, ok := d.s.Usual.Get(attr); ok {
		return d.slotOf(id, n)
	}
	if n, ok := d.s.Attrs[attr]; ok {
		return d.slotOf(id, n)
	}
	if d.s.Nowhere[attr] {
		return 0, nil, false
	}
	return d.slot(id, strings.ToLower(attr))
}

// Count gives the number of objects.
func (d *Directory) Count() int { return len(d.s.Node) }

// All gives every object, in the order of ID.
func (d *Directory) All() iter.Seq[ID] {
	return func(yield func(ID) bool) {
		for id := range d.s.Node {
			if !yield(ID(id)) {
				return
			}
		}
	}
}

// DN gives the distinguished name of an object, "" when id is not one.
func (d *Directory) DN(id ID) string {
	if int(id) >= len(d.s.Node) {
		return ""
	}
	return string(d.s.Tree.AppendDN(make([]byte, 0, 96), d.s.Node[id]))
}

// Name gives the value of the first component of the name of an object, escapes resolved.
func (d *Directory) Name(id ID) string {
	if int(id) >= len(d.s.Node) {
		return ""
	}
	return distname.RDNValue(string(d.s.Tree.RDN(d.s.Node[id])))
}

// Called gives the name under which people know an object whose name in the tree is a mere identifier: that of a group policy
// (displayName of a groupPolicyContainer, MS-GPOL 2.2.4); "" for every other.
func (d *Directory) Called(id ID) string {
	if d.Class(id) != "groupPolicyContainer" {
		return ""
	}
	name, _ := d.Text(id, "displayName")
	return name
}

// ByDN gives the object with a distinguished name, in any spelling that normalises to the same.
func (d *Directory) ByDN(dn string) (ID, bool) {
	node, ok := d.s.Tree.Find(dn)
	if !ok || d.s.ID[node] == 0 {
		return None, false
	}
	return ID(d.s.ID[node] - 1), true
}

// Parent gives the container of an object; false when it was not collected.
func (d *Directory) Parent(id ID) (ID, bool) {
	if int(id) >= len(d.s.Node) {
		return None, false
	}
	up := d.s.ID[d.s.Tree.Parent[d.s.Node[id]]]
	return ID(up - 1), up != 0
}

// Children gives the objects directly below one.
func (d *Directory) Children(id ID) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		if int(id) >= len(d.s.Node) {
			return
		}
		for c := id + 1; uint32(c) < d.s.End[id]; c = ID(d.s.End[c]) {
			if up, ok := d.Parent(c); ok && up == id && !yield(c) {
				return
			}
		}
	}
}

// Subtree gives an object and everything below it.
func (d *Directory) Subtree(id ID) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		if int(id) >= len(d.s.Node) {
			return
		}
		for c := id; uint32(c) < d.s.End[id]; c++ {
			if !yield(c) {
				return
			}
		}
	}
}

// Below tells whether an object is ancestor or lies below it, names of which objects were not collected included.
func (d *Directory) Below(id, ancestor ID) bool {
	return int(ancestor) < len(d.s.End) && id >= ancestor && uint32(id) < d.s.End[ancestor]
}

// SID gives the objectSid of an object, the zero SID when it has none.
func (d *Directory) SID(id ID) sid.SID {
	if int(id) >= len(d.sidDom) || d.sidDom[id] == 0 {
		return sid.SID{}
	}
	return d.s.DomainSIDs[d.sidDom[id]-1].Append(d.sidRID[id])
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
	found, ok := d.bySID.Find(sidHash(domain+1, rid), func(i uint32) bool {
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
	d.domainNum = make(map[sid.SID]uint32, len(d.s.DomainSIDs))
	for i, s := range d.s.DomainSIDs {
		d.domainNum[s] = uint32(i)
	}
	hash := func(i uint32) uint32 { return sidHash(d.sidDom[i], d.sidRID[i]) }
	for _, foreign := range []bool{false, true} { // real objects first
		for id := range d.s.Node {
			if d.sidDom[id] == 0 || d.Is(ID(id), "foreignSecurityPrincipal") != foreign {
				continue
			}
			if _, taken := d.bySID.Find(hash(uint32(id)), func(i uint32) bool {
				return d.sidDom[i] == d.sidDom[id] && d.sidRID[i] == d.sidRID[id]
			}); !taken {
				d.bySID.Add(hash(uint32(id)), uint32(id), hash)
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
	hash := func(g guid.GUID) uint32 { return uint32(maphash.Bytes(d.s.Seed, g[:])) }
	d.guidOnce.Do(func() {
		for id := range d.s.Node {
			own := d.GUID(ID(id))
			if own.IsZero() {
				continue
			}
			same := func(i uint32) bool { return d.GUID(ID(i)) == own }
			if _, taken := d.byGUID.Find(hash(own), same); !taken {
				d.byGUID.Add(hash(own), uint32(id), func(i uint32) uint32 { return hash(d.GUID(ID(i))) })
			}
		}
	})
	if g.IsZero() {
		return None, false
	}
	found, ok := d.byGUID.Find(hash(g), func(i uint32) bool { return d.GUID(ID(i)) == g })
	return ID(found), ok
}

// Descriptor gives the security descriptor of an object; false when it was not read or could not be decoded. The pointer is
// the same for objects with identical descriptors.
func (d *Directory) Descriptor(id ID) (*secdesc.Descriptor, bool) {
	n, ok := d.DescriptorID(id)
	if !ok {
		return nil, false
	}
	return &d.s.Descs[n], true
}

// DescriptorID gives the number of the distinct security descriptor of an object.
func (d *Directory) DescriptorID(id ID) (DescriptorID, bool) {
	if int(id) >= len(d.desc) || d.desc[id] == noDesc {
		return 0, false
	}
	return DescriptorID(d.desc[id]), true
}

// DescriptorCount gives the number of distinct security descriptors.
func (d *Directory) DescriptorCount() int { return len(d.s.Descs) }

// DescriptorAt gives a distinct security descriptor by its number.
func (d *Directory) DescriptorAt(n DescriptorID) *secdesc.Descriptor { return &d.s.Descs[n] }

// Class gives the most specific class of an object in its usual spelling (user, computer, group, domainDNS …), "" when
// objectClass was not read.
func (d *Directory) Class(id ID) string {
	if int(id) >= len(d.class) || d.class[id] == noClass {
		return ""
	}
	return d.s.Classes[d.class[id]].Specific
}

// Classes gives all classes of an object, from top to the most specific, as stored. The slice must not be changed.
func (d *Directory) Classes(id ID) []string {
	if int(id) >= len(d.class) || d.class[id] == noClass {
		return nil
	}
	return d.s.Classes[d.class[id]].Tree
}

// Is tells whether an object has a class among all its classes: a computer is a user too.
func (d *Directory) Is(id ID, class string) bool {
	if int(id) >= len(d.class) || d.class[id] == noClass {
		return false
	}
	for _, name := range d.s.Classes[d.class[id]].Tree {
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
	return d.where(func(c *store.ClassList) bool { return c.Is(low) })
}

// OfExactClass gives the objects whose most specific class it is: "user" gives users only.
func (d *Directory) OfExactClass(class string) iter.Seq[ID] {
	return d.where(func(c *store.ClassList) bool { return strings.EqualFold(c.Specific, class) })
}

func (d *Directory) where(match func(*store.ClassList) bool) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		hit := make([]bool, len(d.s.Classes))
		for i := range d.s.Classes {
			hit[i] = match(&d.s.Classes[i])
		}
		for id, class := range d.class {
			if class != noClass && hit[class] && !yield(ID(id)) {
				return
			}
		}
	}
}

// Sources gives where the entries came from, in the order they were declared.
func (d *Directory) Sources() []Source { return slices.Clone(d.s.Sources) }

// Warnings gives the warnings of all sources, in English; Sources has their keys.
func (d *Directory) Warnings() []string {
	var out []string
	for _, s := range d.s.Sources {
		for _, w := range s.Warnings {
			out = append(out, w.Text("en"))
		}
	}
	return out
}

// Partial tells whether a source or a partition was not read to its end.
func (d *Directory) Partial() bool {
	return slices.ContainsFunc(d.s.Sources, func(s Source) bool { return s.Partial }) ||
		slices.ContainsFunc(d.s.Partitions, func(p store.NamingContext) bool { return p.Partial })
}

// Stats gives what was met while the directory was read.
func (d *Directory) Stats() Statistics { return d.s.Stats }
