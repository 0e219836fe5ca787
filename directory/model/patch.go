package model

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"hygie/directory/model/internal/store"
	"hygie/directory/secdesc"
	"hygie/directory/sysvol"
)

// Patch is a change to one attribute of an object, made in a copy of the directory and nowhere else: what would be if an administrator did this
// (docs/decisions/016-what-if-on-a-copy.md).
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
// attribute that the object does not have changes nothing. shares, when there are any, take the place of what was read of SYSVOL.
func (d *Directory) Patched(patches []Patch, shares ...*sysvol.Share) (*Directory, error) {
	out := &Directory{
		s: d.s, class: d.class, desc: slices.Clone(d.desc), sidDom: d.sidDom, sidRID: d.sidRID, domainNum: d.domainNum, bySID: d.bySID,
		domains: d.domains, forest: d.forest,
	}
	out.s.Shape, out.s.Record = slices.Clone(d.s.Shape), slices.Clone(d.s.Record)
	out.s.ShapeSet = slices.Clip(d.s.ShapeSet)
	out.s.Descs, out.s.DescBytes = slices.Clone(d.s.Descs), slices.Clip(d.s.DescBytes)
	if len(shares) > 0 {
		out.s.Shares = shares
	}
	// The chunks are shared; what is added goes to a chunk of its own.
	out.s.Arena = store.Arena{Chunks: append(slices.Clone(d.s.Arena.Chunks), []byte{})}
	known := make(map[string]uint32) // descriptors of this copy, so that equal ones stay one
	for _, p := range patches {
		if int(p.ID) >= len(d.s.Node) {
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
			n = uint32(len(out.s.Descs))
			known[string(p.Descriptor)] = n
			out.s.Descs, out.s.DescBytes = append(out.s.Descs, parsed), append(out.s.DescBytes, p.Descriptor)
		}
		out.desc[p.ID] = n
	}
	out.s.Decoder.Descs = out.s.DescBytes
	out.linkMembers()
	out.s.Stats.Descriptors = len(out.s.Descs)
	out.s.Stats.UnresolvedMembers = out.countUnresolved()
	return out, nil
}

// kept is the slot of one attribute in a record being written again.
type kept struct {
	attr    uint16
	form    store.Form
	content []byte
}

// rewrite writes the record of an object again without what a patch takes away.
func (d *Directory) rewrite(p Patch) {
	attr, ok := d.s.Attrs[strings.ToLower(p.Attribute)]
	if !ok {
		return
	}
	set := d.s.ShapeSet[d.s.Shape[p.ID]]
	at, ok := slices.BinarySearch(set, attr)
	if !ok {
		return
	}
	record := d.s.Arena.At(d.s.Record[p.ID])
	slots := make([]kept, 0, len(set))
	for i, a := range set {
		f, content := store.Slot(record, i)
		slots = append(slots, kept{a, f, content})
	}
	switch content, left := d.without(slots[at], p); {
	case p.Set != nil:
		slots[at].form, slots[at].content = store.FormInt, binary.AppendVarint(nil, *p.Set)
	case p.Value != nil:
		slots[at].form, slots[at].content = store.FormRaw, p.Value
	case left == 0:
		slots = slices.Delete(slots, at, at+1)
	default:
		slots[at].content = content
	}
	d.s.Shape[p.ID], d.s.Record[p.ID] = d.shapeOf(slots), d.s.Arena.Add(encodeSlots(slots))
}

// without gives the content of a slot without the values that go, and how many stay.
func (d *Directory) without(s kept, p Patch) (content []byte, left int) {
	if p.Set != nil || p.Value != nil {
		return nil, 1
	}
	gone := func(v []byte) bool { return p.Drop == nil || p.Drop(v) }
	switch s.form {
	case store.FormLink:
		for node, raw := range store.Links(s.content) {
			v := raw
			if raw == nil {
				v = d.s.Tree.AppendDN(nil, node)
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
	case store.FormMulti:
		d.s.Decoder.Each(s.form, s.content, func(v []byte) bool {
			if !gone(v) {
				left++
				content = binary.AppendUvarint(content, uint64(len(v)))
				content = append(content, v...)
			}
			return true
		})
	default:
		content = s.content
		d.s.Decoder.Each(s.form, s.content, func(v []byte) bool {
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
	if i := slices.IndexFunc(d.s.ShapeSet, func(known []uint16) bool { return slices.Equal(known, set) }); i >= 0 {
		return uint32(i)
	}
	d.s.ShapeSet = append(d.s.ShapeSet, set)
	return uint32(len(d.s.ShapeSet) - 1)
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
