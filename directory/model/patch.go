package model

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"hygie/directory/secdesc"
)

// Patch is a change to one attribute of an object, made in a copy of the directory and nowhere else: what would be if an administrator did this.
type Patch struct {
	ID        ID
	Attribute string
	// Drop tells which values go, given as [Directory.Values] gives them. The attribute goes with its last value.
	Drop func(value []byte) bool
	Set  *int64 // instead of Drop: the number that the attribute, which has one value, gets
	// Value is instead of Drop the one value that the attribute gets, in the form in which it is stored.
	Value []byte
	// Descriptor replaces nTSecurityDescriptor, instead of those above.
	Descriptor []byte
}

// Patched gives a copy of the directory with changes. Objects keep their numbers; the copy shares with the directory all that stays. A patch of an
// attribute that the object does not have changes nothing.
func (d *Directory) Patched(patches []Patch) (*Directory, error) {
	out := &Directory{
		names: d.names, id: d.id, node: d.node, end: d.end, shape: slices.Clone(d.shape), record: slices.Clone(d.record), part: d.part,
		class: d.class, desc: slices.Clone(d.desc), sidDom: d.sidDom, sidRID: d.sidRID,
		// The chunks are shared; what is added goes to a chunk of its own.
		arena: arena{chunks: append(slices.Clone(d.arena.chunks), []byte{})}, decoder: d.decoder,
		attrs: d.attrs, usual: d.usual, nowhere: d.nowhere, attrNames: d.attrNames, attrSyntax: d.attrSyntax, shapeSet: slices.Clip(d.shapeSet),
		descBytes: slices.Clip(d.descBytes), descs: slices.Clone(d.descs), domainSIDs: d.domainSIDs, domainNum: d.domainNum, classes: d.classes,
		seed: d.seed, bySID: d.bySID, partitions: d.partitions, domains: d.domains, forest: d.forest, sources: d.sources, shares: d.shares,
		conclusions: d.conclusions, stats: d.stats,
	}
	known := make(map[string]uint32) // descriptors of this copy, so that equal ones stay one
	for _, p := range patches {
		if int(p.ID) >= len(d.node) {
			return nil, fmt.Errorf("patch directory: no object %d", p.ID)
		}
		if p.Descriptor == nil {
			out.rewrite(p)
			continue
		}
		n, ok := known[string(p.Descriptor)]
		if !ok {
			parsed, err := secdesc.Parse(p.Descriptor)
			if err != nil {
				return nil, fmt.Errorf("patch directory: descriptor of %s: %w", d.DN(p.ID), err)
			}
			n = uint32(len(out.descs))
			known[string(p.Descriptor)] = n
			out.descs, out.descBytes = append(out.descs, parsed), append(out.descBytes, p.Descriptor)
		}
		out.desc[p.ID] = n
	}
	out.decoder.descs = out.descBytes
	out.linkMembers()
	out.stats.Descriptors = len(out.descs)
	out.stats.UnresolvedMembers = out.countUnresolved()
	return out, nil
}

// kept is the slot of one attribute in a record being written again.
type kept struct {
	attr    uint16
	form    form
	content []byte
}

// rewrite writes the record of an object again without what a patch takes away.
func (d *Directory) rewrite(p Patch) {
	attr, ok := d.attrs[strings.ToLower(p.Attribute)]
	if !ok {
		return
	}
	set := d.shapeSet[d.shape[p.ID]]
	at, ok := slices.BinarySearch(set, attr)
	if !ok {
		return
	}
	record := d.arena.at(d.record[p.ID])
	slots := make([]kept, 0, len(set))
	for i, a := range set {
		f, content := slot(record, i)
		slots = append(slots, kept{a, f, content})
	}
	switch content, left := d.without(slots[at], p); {
	case p.Set != nil:
		slots[at].form, slots[at].content = formInt, binary.AppendVarint(nil, *p.Set)
	case p.Value != nil:
		slots[at].form, slots[at].content = formRaw, p.Value
	case left == 0:
		slots = slices.Delete(slots, at, at+1)
	default:
		slots[at].content = content
	}
	d.shape[p.ID], d.record[p.ID] = d.shapeOf(slots), d.arena.add(encodeSlots(slots))
}

// without gives the content of a slot without the values that go, and how many stay.
func (d *Directory) without(s kept, p Patch) (content []byte, left int) {
	if p.Set != nil || p.Value != nil {
		return nil, 1
	}
	gone := func(v []byte) bool { return p.Drop == nil || p.Drop(v) }
	switch s.form {
	case formLink:
		for node, raw := range links(s.content) {
			v := raw
			if raw == nil {
				v = d.names.appendDN(nil, node)
			}
			if gone(v) {
				continue
			}
			left++
			if raw == nil {
				content = binary.AppendUvarint(content, uint64(node)<<1)
				continue
			}
			content = binary.AppendUvarint(content, uint64(len(raw))<<1|1)
			content = append(content, raw...)
		}
	case formMulti:
		d.decoder.each(s.form, s.content, func(v []byte) bool {
			if !gone(v) {
				left++
				content = binary.AppendUvarint(content, uint64(len(v)))
				content = append(content, v...)
			}
			return true
		})
	default:
		content = s.content
		d.decoder.each(s.form, s.content, func(v []byte) bool {
			if !gone(v) {
				left++
			}
			return true
		})
	}
	return content, left
}

// shapeOf finds or adds the shape of some slots.
func (d *Directory) shapeOf(slots []kept) uint32 {
	set := make([]uint16, len(slots))
	for i, s := range slots {
		set[i] = s.attr
	}
	if i := slices.IndexFunc(d.shapeSet, func(known []uint16) bool { return slices.Equal(known, set) }); i >= 0 {
		return uint32(i)
	}
	d.shapeSet = append(d.shapeSet, set)
	return uint32(len(d.shapeSet) - 1)
}

// encodeSlots writes a record: see form.
func encodeSlots(slots []kept) []byte {
	var heads []byte
	for _, s := range slots {
		heads = binary.AppendUvarint(heads, uint64(len(s.content))<<3|uint64(s.form))
	}
	out := append(binary.AppendUvarint(nil, uint64(len(heads))), heads...)
	for _, s := range slots {
		out = append(out, s.content...)
	}
	return out
}
