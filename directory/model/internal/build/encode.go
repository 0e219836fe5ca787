package build

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"math"
	"slices"
	"strings"

	"hygie/directory/model/entry"
	"hygie/directory/model/internal/store"
	"hygie/directory/reading"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
)

// encode stores attributes and gives their shape and place.
func (b *Builder) encode(attributes []entry.Attribute) (shape uint32, place uint64, err error) {
	b.slots, b.body = b.slots[:0], b.body[:0]
	values := 0
	for _, a := range attributes {
		if len(a.Values) == 0 {
			continue
		}
		attr, err := b.attribute(a.Name)
		if err != nil {
			return 0, 0, err
		}
		start := len(b.body)
		f, ok := b.appendValues(b.attrSyntax[attr], a.Values)
		if !ok {
			b.body = b.body[:start]
			continue
		}
		values += len(a.Values)
		b.slots = append(b.slots, pending{attr: attr, form: f, start: start, end: len(b.body)})
	}
	o := b.order()
	if o.twice {
		// The same attribute twice in one entry: ranges, or a tool that repeats itself. Start again with one list each.
		return b.encode(joinAttributes(attributes))
	}
	b.stats.Values += values

	b.heads = b.heads[:0]
	for _, at := range o.sorted {
		p := &b.slots[at]
		b.heads = binary.AppendUvarint(b.heads, uint64(p.end-p.start)<<3|uint64(p.form))
	}
	b.buf = append(binary.AppendUvarint(b.buf[:0], uint64(len(b.heads))), b.heads...)
	for _, at := range o.sorted {
		p := &b.slots[at]
		b.buf = append(b.buf, b.body[p.start:p.end]...)
	}
	if len(b.buf) > math.MaxInt32 {
		return 0, 0, reading.Cause("values_full")
	}
	return o.shape, b.arena.Add(b.buf), nil
}

// order gives the shape of the slots, and their order in it.
func (b *Builder) order() order {
	b.buf = b.buf[:0]
	for _, p := range b.slots {
		b.buf = binary.LittleEndian.AppendUint16(b.buf, p.attr)
	}
	if known, ok := b.orders[string(b.buf)]; ok {
		return known
	}
	given := string(b.buf)
	o := order{sorted: make([]uint16, len(b.slots))}
	for i := range o.sorted {
		o.sorted[i] = uint16(i)
	}
	slices.SortFunc(o.sorted, func(x, y uint16) int { return cmp.Compare(b.slots[x].attr, b.slots[y].attr) })
	set := make([]uint16, len(b.slots))
	for i, at := range o.sorted {
		set[i] = b.slots[at].attr
		o.twice = o.twice || i > 0 && set[i] == set[i-1]
	}
	if !o.twice {
		o.shape = b.shapeOf(set)
	}
	if len(b.orders) < maxOrders {
		b.orders[given] = o
	}
	return o
}

// shapeOf gives the number of a set of attributes, sorted.
func (b *Builder) shapeOf(set []uint16) uint32 {
	b.buf = b.buf[:0]
	for _, attr := range set {
		b.buf = binary.LittleEndian.AppendUint16(b.buf, attr)
	}
	shape, known := b.shapes[string(b.buf)]
	if !known {
		shape = uint32(len(b.shapeSet))
		b.shapeSet = append(b.shapeSet, set)
		b.shapes[string(b.buf)] = shape
	}
	return shape
}

// joinAttributes gives each attribute once, options dropped, with the values of all its occurrences.
func joinAttributes(attributes []entry.Attribute) []entry.Attribute {
	place := make(map[string]int, len(attributes))
	var out []entry.Attribute
	for _, a := range attributes {
		name, _ := store.BaseName(a.Name)
		low := strings.ToLower(name)
		if at, ok := place[low]; ok {
			out[at].Values = append(out[at].Values, a.Values...)
			continue
		}
		place[low] = len(out)
		out = append(out, entry.Attribute{Name: name, Values: slices.Clone(a.Values)})
	}
	for i := range out {
		out[i].Values = union(nil, out[i].Values)
	}
	return out
}

// attribute gives the number of a name, options dropped.
func (b *Builder) attribute(name string) (uint16, error) {
	if attr, ok := b.recent.Get(name); ok {
		return attr, nil
	}
	attr, ok := b.attrs[name]
	if ok && b.attrNames[attr] != "" {
		b.recent.Put(strings.Clone(name), attr)
		return attr, nil
	}
	base, _ := store.BaseName(name)
	low := strings.ToLower(base)
	if attr, ok = b.attrs[low]; !ok {
		if len(b.attrNames) > math.MaxUint16 {
			return 0, reading.Cause("attributes_full")
		}
		attr = b.number(low)
	}
	if b.attrNames[attr] == "" {
		b.attrNames[attr] = strings.Clone(base)
	}
	if len(b.attrs) < 4*math.MaxUint16 { // spellings are a cache
		b.attrs[strings.Clone(name)] = attr
	}
	return attr, nil
}

// number gives a number to a name in lower case that has none.
func (b *Builder) number(low string) uint16 {
	attr := uint16(len(b.attrNames))
	b.attrNames = append(b.attrNames, "")
	b.attrLower = append(b.attrLower, low)
	b.attrSyntax = append(b.attrSyntax, store.SyntaxOf(low))
	b.attrs[low] = attr
	return attr
}

// appendValues encodes values into body; false when nothing of them can be kept.
func (b *Builder) appendValues(s store.Syntax, values [][]byte) (store.Form, bool) {
	switch s {
	case store.SyntaxSID:
		id, err := store.BinarySID(values[0])
		prefix, rid, ok := id.Split()
		if err != nil || !ok {
			b.stats.BadSIDs++
			return 0, false
		}
		b.body = binary.AppendUvarint(b.body, uint64(b.domain(prefix)))
		b.body = binary.AppendUvarint(b.body, uint64(rid))
		return store.FormSID, true
	case store.SyntaxDesc:
		return b.appendDescriptor(values[0])
	case store.SyntaxClass:
		b.body = binary.AppendUvarint(b.body, uint64(b.class(values)))
		return store.FormClass, true
	case store.SyntaxLink:
		for _, v := range values {
			b.appendLink(store.LinkTarget(v))
		}
		return store.FormLink, true
	}
	if len(values) == 1 {
		v := values[0]
		switch s {
		case store.SyntaxSIDs, store.SyntaxGUID:
			b.body = append(b.body, convert(s, v)...)
			return store.FormRaw, true
		}
		var f store.Form
		b.body, f = store.AppendValue(b.body, v)
		return f, true
	}
	for _, v := range values {
		v = convert(s, v)
		b.body = binary.AppendUvarint(b.body, uint64(len(v)))
		b.body = append(b.body, v...)
	}
	return store.FormMulti, true
}

// convert gives the stored form of a value that tools print as text.
func convert(s store.Syntax, v []byte) []byte {
	switch s {
	case store.SyntaxSIDs:
		if id, err := store.BinarySID(v); err == nil {
			return id.Bytes()
		}
	case store.SyntaxGUID:
		return store.BinaryGUID(v)
	}
	return v
}

// linkNode remembers the node of a name.
type linkNode struct {
	name string
	node uint32
}

// linkCache is how many names of links are remembered: most point to few objects, the groups that everybody belongs to.
const linkCache = 1 << 12

// maxCachedLink bounds the names remembered.
const maxCachedLink = 1 << 10

func (b *Builder) appendLink(v []byte) {
	if b.linked == nil {
		b.linked = make([]linkNode, linkCache)
	}
	known := &b.linked[maphash.Bytes(b.seed, v)%linkCache]
	if known.name == string(v) && len(v) > 0 {
		b.body = binary.AppendUvarint(b.body, uint64(known.node)<<1)
		return
	}
	name := string(v)
	node, err := b.names.Node(name)
	if err == nil && len(name) <= maxCachedLink {
		*known = linkNode{name, node}
	}
	if err != nil {
		b.body = binary.AppendUvarint(b.body, uint64(len(v))<<1|1)
		b.body = append(b.body, v...)
		return
	}
	b.body = binary.AppendUvarint(b.body, uint64(node)<<1)
}

func (b *Builder) appendDescriptor(v []byte) (store.Form, bool) {
	h := func(v []byte) uint32 { return uint32(maphash.Bytes(b.seed, v)) }
	hash := h(v)
	n, ok := b.descIndex.Find(hash, func(i uint32) bool { return bytes.Equal(b.descs[i], v) })
	if !ok {
		kept := bytes.Clone(v)
		if _, err := secdesc.Parse(kept); err != nil {
			b.stats.BadDescriptors++
			return 0, false
		}
		n = uint32(len(b.descs))
		b.descs = append(b.descs, kept)
		b.descIndex.Add(hash, n, func(i uint32) uint32 { return h(b.descs[i]) })
	}
	b.body = binary.AppendUvarint(b.body, uint64(n))
	return store.FormDesc, true
}

func (b *Builder) domain(s sid.SID) uint32 {
	n, ok := b.domainIndex[s]
	if !ok {
		n = uint32(len(b.domains))
		b.domains = append(b.domains, s)
		b.domainIndex[s] = n
	}
	return n
}

func (b *Builder) class(values [][]byte) uint32 {
	b.buf = b.buf[:0]
	for _, v := range values {
		b.buf = append(b.buf, v...)
		b.buf = append(b.buf, 0)
	}
	n, ok := b.classIndex[string(b.buf)]
	if !ok {
		names := make([]string, len(values))
		for i, v := range values {
			names[i] = string(v)
		}
		n = uint32(len(b.classes))
		b.classes = append(b.classes, store.NewClassList(names))
		b.classIndex[string(b.buf)] = n
	}
	return n
}
