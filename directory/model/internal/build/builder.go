// Package build makes the frozen form of a directory out of the entries of its sources.
package build

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"slices"
	"strings"

	"hygie/directory/model/distname"
	"hygie/directory/model/entry"
	"hygie/directory/model/internal/index"
	"hygie/directory/model/internal/store"
	"hygie/directory/points/reasons"
	"hygie/directory/reading"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// Builder accumulates entries from one or several sources and partitions (MS-ADTS 3.1.1.1). It is used by one goroutine, then frozen.
type Builder struct {
	names  *distname.Tree
	object []uint32 // length = nodes; number of the node's object + 1, 0 for a name that has none

	nodes  []uint32 // length = objects
	shape  []uint32 // length = objects
	record []uint64 // length = objects; place in the arena
	arena  store.Arena

	attrs      map[string]uint16 // each spelling met -> attribute
	recent     store.AttrCache   // of attrs
	attrNames  []string          // spelling first met, "" when never met
	attrLower  []string
	attrSyntax []store.Syntax

	shapes   map[string]uint32 // sorted attribute numbers, two bytes each -> shape
	orders   map[string]order  // attribute numbers in the order of an entry, two bytes each
	shapeSet [][]uint16        // length = shapes; sorted

	descs     [][]byte // distinct security descriptors
	descIndex index.Table
	seed      maphash.Seed

	domains     []sid.SID // distinct SIDs without their last sub-authority
	domainIndex map[sid.SID]uint32

	classes    []store.ClassList
	classIndex map[string]uint32

	partitions []entry.Partition
	partNames  map[string]int // normalised name -> partitions
	sources    []entry.Source
	shares     []*sysvol.Share

	conclusions []entry.Conclusion
	stats       entry.Statistics
	rework      int64 // bytes that completing known objects may still read and write
	frozen      bool

	linked []linkNode // length = linkCache, or 0
	slots  []pending  // scratch
	heads  []byte     // scratch
	body   []byte     // scratch
	buf    []byte     // scratch
}

// order is what is known of entries that give the same attributes in the same order.
type order struct {
	shape  uint32
	sorted []uint16 // places in the entry, by attribute number
	twice  bool     // an attribute is given twice; the rest is not filled
}

// maxOrders bounds a cache.
const maxOrders = 1 << 14

// pending is an encoded attribute of the entry being added.
type pending struct {
	attr       uint16
	form       store.Form
	start, end int // in Builder.body
}

// New gives an empty builder (MS-ADTS 3.1.1.1).
func New() *Builder {
	b := &Builder{
		names:       distname.NewTree(),
		attrs:       make(map[string]uint16),
		shapes:      make(map[string]uint32),
		orders:      make(map[string]order),
		seed:        maphash.MakeSeed(),
		domainIndex: make(map[sid.SID]uint32),
		classIndex:  make(map[string]uint32),
		partNames:   make(map[string]int),
		rework:      maxRework,
	}
	for _, low := range store.HotAttributes() {
		b.number(low)
	}
	return b
}

// Bounds against input made to exhaust the reader (docs/formats/directory-inputs.md, Bounds).
const (
	MaxPartitions = 1000
	maxRework     = 1 << 30 // bytes; completing a large object again and again costs its size each time
)

// Partition declares a naming context. Declared twice (two sources), the lists of attributes are joined; a source without
// a list leaves the other's as it is.
func (b *Builder) Partition(p entry.Partition) {
	p.Attributes = slices.Clone(p.Attributes)
	p.Classes = joinClasses(nil, p.Classes)
	key, err := distname.NormalizeDN(p.DN)
	if err != nil {
		b.warn(reading.Warning("source_partition_ignored", err))
		return
	}
	if at, ok := b.partNames[key]; ok {
		known := &b.partitions[at]
		known.Attributes = append(known.Attributes, p.Attributes...)
		known.Classes = joinClasses(known.Classes, p.Classes)
		known.Partial = known.Partial || p.Partial
		known.Kind = cmp.Or(known.Kind, p.Kind)
		known.DNSName = cmp.Or(known.DNSName, p.DNSName)
		return
	}
	if len(b.partitions) >= MaxPartitions {
		b.warn(reading.Warning("source_partition_ignored", reading.At(reading.Cause("partitions_many", "limit", MaxPartitions), "dn", distname.Clip(p.DN))))
		return
	}
	b.partNames[key] = len(b.partitions)
	b.partitions = append(b.partitions, p)
}

// Source declares where the entries that follow come from. It may be called again with the same Tool and Name to complete what
// is known (the server, warnings found at the end of a file): the last call replaces the earlier ones.
func (b *Builder) Source(s entry.Source) {
	s.Warnings = slices.Clone(s.Warnings)
	for i := range b.sources {
		known := &b.sources[i]
		if known.Tool == s.Tool && known.Name == s.Name && (known.Server == s.Server || known.Server == "") {
			*known = s
			return
		}
	}
	b.sources = append(b.sources, s)
}

func (b *Builder) warn(said reasons.Reason) {
	if len(b.sources) == 0 {
		b.sources = append(b.sources, entry.Source{})
	}
	if last := &b.sources[len(b.sources)-1]; len(last.Warnings) < MaxPartitions {
		last.Warnings = append(last.Warnings, said)
	}
}

// Len gives the number of distinct objects so far.
func (b *Builder) Len() int { return len(b.nodes) }

// Stats gives the counts so far.
func (b *Builder) Stats() entry.Statistics {
	s := b.stats
	s.Objects, s.Descriptors = len(b.nodes), len(b.descs)
	return s
}

// Add takes one entry. An object met again is completed with the attributes it lacks; the values already known stay, and
// differing ones are counted as conflicts, except that ranges of one attribute are joined. A malformed name or attribute
// name is an error and leaves the builder as it was; a malformed security descriptor or objectSid is counted and left out,
// so that the object shows up as unreadable rather than as harmless. A deleted object (MS-ADTS 3.1.1.5.5) is left out: it keeps
// attributes that would count on a living one.
func (b *Builder) Add(e entry.Entry) error {
	if b.frozen {
		return reading.Cause("entry_frozen")
	}
	for _, a := range e.Attributes {
		if len(a.Name) == len(isDeleted) && strings.EqualFold(a.Name, isDeleted) && isTrue(a.Values) {
			return nil
		}
	}
	for _, a := range e.Attributes {
		if a.Name == "" || a.Name[0] == ';' {
			return reading.At(store.ErrAttributeName, "dn", distname.Clip(e.DN))
		}
	}
	node, err := b.names.Node(e.DN)
	if err != nil {
		return reading.At(err, "dn", distname.Clip(e.DN))
	}
	for len(b.object) < b.names.Len() {
		b.object = append(b.object, 0)
	}
	if known := b.object[node]; known != 0 {
		b.stats.Duplicates++
		return b.complete(known-1, e)
	}
	shape, place, err := b.encode(e.Attributes)
	if err != nil {
		return reading.At(err, "dn", distname.Clip(e.DN))
	}
	b.nodes = append(b.nodes, node)
	b.shape = append(b.shape, shape)
	b.record = append(b.record, place)
	b.object[node] = uint32(len(b.nodes))
	return nil
}

// complete joins a second entry into a known object.
func (b *Builder) complete(object uint32, e entry.Entry) error {
	known := b.decode(object)
	size := int64(count(known))
	for _, a := range known {
		for _, v := range a.Values {
			size += int64(len(v))
		}
	}
	if b.rework -= size; b.rework < 0 {
		return reading.At(reading.Cause("completed_often"), "dn", distname.Clip(e.DN))
	}
	before := count(known)
	for _, a := range e.Attributes {
		name, ranged := store.BaseName(a.Name)
		if name == entry.AccountFlags && hasAttribute(known, "userAccountControl") {
			continue
		}
		at := slices.IndexFunc(known, func(k entry.Attribute) bool { return strings.EqualFold(k.Name, name) })
		switch {
		case len(a.Values) == 0:
		case at < 0:
			known = append(known, a)
		case ranged:
			known[at].Values = union(known[at].Values, a.Values)
		case store.SyntaxOf(store.LowerName(name)) == store.SyntaxDesc && partialDescriptor(a.Values[0]): // adds nothing to what is known
		case store.SyntaxOf(store.LowerName(name)) == store.SyntaxDesc && partialDescriptor(known[at].Values[0]):
			known[at].Values = a.Values
		case !b.sameValues(known[at].Name, known[at].Values, a.Values):
			b.stats.Conflicts++
		}
	}
	b.stats.Values -= before
	shape, place, err := b.encode(known)
	if err != nil {
		return reading.At(err, "dn", distname.Clip(e.DN))
	}
	b.shape[object], b.record[object] = shape, place
	return nil
}

func count(attributes []entry.Attribute) int {
	n := 0
	for _, a := range attributes {
		n += len(a.Values)
	}
	return n
}

func union(a, b [][]byte) [][]byte {
	seen := make(map[string]bool, len(a)+len(b))
	out := make([][]byte, 0, len(a)+len(b))
	for _, v := range slices.Concat(a, b) {
		if !seen[string(v)] {
			seen[string(v)] = true
			out = append(out, v)
		}
	}
	return out
}

// sameValues compares two value sets after the conversions that storage applies.
func (b *Builder) sameValues(name string, x, y [][]byte) bool {
	if len(x) != len(y) {
		return false
	}
	canon := func(values [][]byte) []string {
		out := make([]string, len(values))
		for i, v := range values {
			switch store.SyntaxOf(strings.ToLower(name)) {
			case store.SyntaxSID, store.SyntaxSIDs:
				if s, err := store.BinarySID(v); err == nil {
					v = s.Bytes()
				}
			case store.SyntaxGUID:
				v = store.BinaryGUID(v)
			case store.SyntaxLink:
				if dn, err := distname.NormalizeDN(string(store.LinkTarget(v))); err == nil {
					v = []byte(dn)
				}
			}
			out[i] = string(v)
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(canon(x), canon(y))
}

// decode gives the attributes of an object as an entry would.
func (b *Builder) decode(object uint32) []entry.Attribute {
	set := b.shapeSet[b.shape[object]]
	record := b.arena.At(b.record[object])
	d := store.Decoder{Tree: b.names, Domains: b.domains, Descs: b.descs, Classes: b.classes}
	out := make([]entry.Attribute, len(set))
	for i, attr := range set {
		out[i].Name = b.attrNames[attr]
		f, content := store.Slot(record, i)
		d.Each(f, content, func(v []byte) bool {
			out[i].Values = append(out[i].Values, bytes.Clone(v))
			return true
		})
	}
	return out
}
