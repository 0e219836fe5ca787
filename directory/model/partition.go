package model

import (
	"slices"
	"strings"
)

// partition is a naming context of a frozen directory.
type partition struct {
	Partition
	node    uint32                     // 0: nothing of it was collected
	objects int                        // in it, partitions below left out
	asked   map[string]bool            // lower-case names; nil: unknown
	byClass map[string]map[string]bool // lower-case class -> lower-case names, for a source that reads some classes only
	seen    map[string]map[string]bool // lower-case class -> lower-case attributes met on an object of that class
}

func newPartition(p Partition, node uint32) partition {
	slices.Sort(p.Attributes)
	p.Attributes = slices.Compact(p.Attributes)
	out := partition{Partition: p, node: node, seen: make(map[string]map[string]bool)}
	if len(p.Classes) > 0 {
		out.byClass = make(map[string]map[string]bool, len(p.Classes))
		for class, list := range p.Classes {
			names := make(map[string]bool, len(list))
			for _, name := range list {
				names[strings.ToLower(name)] = true
			}
			out.byClass[class] = names
		}
	}
	if len(p.Attributes) > 0 {
		out.asked = make(map[string]bool, len(p.Attributes))
		for _, name := range p.Attributes {
			base, _ := baseName(name)
			out.asked[strings.ToLower(base)] = true
		}
	}
	return out
}

// maxClasses bounds the classes of one object that are noted; the most specific ones come last.
const maxClasses = 32

// noteSeen records which attributes exist on which class, per partition.
func (d *Directory) noteSeen() {
	type combination struct {
		part         int16
		class, shape uint32
	}
	done := make(map[combination]bool)
	var last combination
	for id := range d.node {
		c := combination{part: d.part[id], class: d.class[id], shape: d.shape[id]}
		if c.part < 0 || c.class == noClass || c == last && id > 0 || done[c] {
			continue
		}
		done[c], last = true, c
		classes := d.classes[c.class].lower
		for _, class := range classes[max(0, len(classes)-maxClasses):] {
			names := d.partitions[c.part].seen[class]
			if names == nil {
				names = make(map[string]bool)
				d.partitions[c.part].seen[class] = names
			}
			for _, attr := range d.shapeSet[c.shape] {
				names[strings.ToLower(d.attrNames[attr])] = true
			}
		}
	}
}

// Partitions gives the naming contexts, declared ones first in their order, then those deduced from the names.
func (d *Directory) Partitions() []Partition {
	out := make([]Partition, len(d.partitions))
	for i, p := range d.partitions {
		out[i] = p.Partition
		out[i].Attributes = slices.Clone(p.Attributes)
	}
	return out
}

// PartitionOf gives the naming context of an object; false when it belongs to none that is known.
func (d *Directory) PartitionOf(id ID) (Partition, bool) {
	if int(id) >= len(d.part) || d.part[id] < 0 {
		return Partition{}, false
	}
	p := d.partitions[d.part[id]].Partition
	p.Attributes = slices.Clone(p.Attributes)
	return p, true
}

// HasPartition tells whether at least one object of a naming context of this kind was collected.
func (d *Directory) HasPartition(kind Kind) bool {
	return slices.ContainsFunc(d.partitions, func(p partition) bool {
		return p.Kind == kind && p.objects > 0
	})
}

// Collected tells whether an attribute was asked for on an object, so that a missing value means that there is none. With a
// recorded list of attributes, or of attributes by class, the list decides. Without one (LDIF) the attribute counts as asked for when some object of
// the same class in the same partition has it, or when the source visibly exported every attribute.
func (d *Directory) Collected(id ID, attr string) bool {
	if base, _ := baseName(attr); d.Has(id, base) {
		return true
	}
	if int(id) >= len(d.part) || d.part[id] < 0 {
		return false
	}
	return d.partitions[d.part[id]].collected(d.Class(id), attr)
}

// CollectedFor is Collected for a class of objects of the naming context named dn, whether or not there is such an object.
// An empty class stands for any class. False when nothing of that naming context was collected.
func (d *Directory) CollectedFor(dn, class, attr string) bool {
	node, ok := d.names.find(dn)
	if !ok {
		return false
	}
	for i := range d.partitions {
		if p := &d.partitions[i]; p.node == node {
			return p.collected(class, attr)
		}
	}
	return false
}

func (p *partition) collected(class, attr string) bool {
	if p.objects == 0 {
		return false
	}
	attr, _ = baseName(strings.ToLower(attr))
	class = strings.ToLower(class)
	switch {
	case p.asked != nil:
		return p.asked[attr] || p.given(class, attr)
	case p.byClass != nil && class != "":
		return p.given(class, attr)
	case p.byClass != nil:
		for _, names := range p.byClass {
			if names[attr] {
				return true
			}
		}
		return false
	}
	if class != "" {
		return p.seen[class][attr] || exhaustive(p.seen[class], attr)
	}
	for _, names := range p.seen {
		if names[attr] || exhaustive(names, attr) {
			return true
		}
	}
	return false
}

// exhaustive tells whether objects were exported with all their attributes: they carry housekeeping that a server gives
// with "*" and that nobody asks for by name. The operational and confidential attributes that "*" leaves out are excepted.
func exhaustive(names map[string]bool, attr string) bool {
	switch attr {
	case "ntsecuritydescriptor", "msds-resultantpso", "msds-user-account-control-computed", "tokengroups",
		"msds-revealedlist", "msds-principalname", "canonicalname", "msds-userpasswordexpirytimecomputed",
		"msds-isrodc", "msds-approx-immed-subordinates", "modifytimestamp", "createtimestamp", "parentguid",
		"ms-mcs-admpwd", "mslaps-password", "mslaps-encryptedpassword", "unicodepwd", "msds-managedpassword":
		return false
	}
	if strings.HasPrefix(attr, ownPrefix) {
		return false
	}
	return names["instancetype"] && names["usncreated"] && names["usnchanged"] && names["name"] && names["objectcategory"]
}
