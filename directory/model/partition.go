package model

import (
	"slices"
	"strings"

	"hygie/directory/model/internal/store"
)

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
	for id := range d.s.Node {
		c := combination{part: d.s.Part[id], class: d.class[id], shape: d.s.Shape[id]}
		if c.part < 0 || c.class == noClass || c == last && id > 0 || done[c] {
			continue
		}
		done[c], last = true, c
		classes := d.s.Classes[c.class].Lower
		for _, class := range classes[max(0, len(classes)-maxClasses):] {
			names := d.s.Partitions[c.part].Seen[class]
			if names == nil {
				names = make(map[string]bool)
				d.s.Partitions[c.part].Seen[class] = names
			}
			for _, attr := range d.s.ShapeSet[c.shape] {
				names[strings.ToLower(d.s.AttrNames[attr])] = true
			}
		}
	}
}

// Partitions gives the naming contexts, declared ones first in their order, then those deduced from the names.
func (d *Directory) Partitions() []Partition {
	out := make([]Partition, len(d.s.Partitions))
	for i, p := range d.s.Partitions {
		out[i] = p.Partition
		out[i].Attributes = slices.Clone(p.Attributes)
	}
	return out
}

// PartitionOf gives the naming context of an object; false when it belongs to none that is known.
func (d *Directory) PartitionOf(id ID) (Partition, bool) {
	if int(id) >= len(d.s.Part) || d.s.Part[id] < 0 {
		return Partition{}, false
	}
	p := d.s.Partitions[d.s.Part[id]].Partition
	p.Attributes = slices.Clone(p.Attributes)
	return p, true
}

// HasPartition tells whether at least one object of a naming context of this kind was collected.
func (d *Directory) HasPartition(kind Kind) bool {
	return slices.ContainsFunc(d.s.Partitions, func(p store.NamingContext) bool {
		return p.Kind == kind && p.Objects > 0
	})
}

// Collected tells whether an attribute was asked for on an object, so that a missing value means that there is none. With a
// recorded list of attributes, or of attributes by class, the list decides. Without one (LDIF) the attribute counts as asked for when some object of
// the same class in the same partition has it, or when the source visibly exported every attribute.
func (d *Directory) Collected(id ID, attr string) bool {
	if base, _ := store.BaseName(attr); d.Has(id, base) {
		return true
	}
	if int(id) >= len(d.s.Part) || d.s.Part[id] < 0 {
		return false
	}
	return d.s.Partitions[d.s.Part[id]].Collected(d.Class(id), attr)
}

// CollectedFor is Collected for a class of objects of the naming context named dn, whether or not there is such an object.
// An empty class stands for any class. False when nothing of that naming context was collected.
func (d *Directory) CollectedFor(dn, class, attr string) bool {
	node, ok := d.s.Tree.Find(dn)
	if !ok {
		return false
	}
	for i := range d.s.Partitions {
		if p := &d.s.Partitions[i]; p.Node == node {
			return p.Collected(class, attr)
		}
	}
	return false
}
