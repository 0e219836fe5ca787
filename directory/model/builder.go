package model

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// Builder accumulates entries from one or several sources and partitions. It is used by one goroutine, then frozen.
type Builder struct {
	names  *names
	object []uint32 // length = nodes; number of the node's object + 1, 0 for a name that has none

	nodes  []uint32 // length = objects
	shape  []uint32 // length = objects
	record []uint64 // length = objects; place in the arena
	arena  arena

	attrs      map[string]uint16 // each spelling met -> attribute
	recent     attrCache         // of attrs
	attrNames  []string          // spelling first met, "" when never met
	attrLower  []string
	attrSyntax []syntax

	shapes   map[string]uint32 // sorted attribute numbers, two bytes each -> shape
	orders   map[string]order  // attribute numbers in the order of an entry, two bytes each
	shapeSet [][]uint16        // length = shapes; sorted

	descs     [][]byte // distinct security descriptors
	descIndex index
	seed      maphash.Seed

	domains     []sid.SID // distinct SIDs without their last sub-authority
	domainIndex map[sid.SID]uint32

	classes    []classList
	classIndex map[string]uint32

	partitions []Partition
	partNames  map[string]int // normalised name -> partitions
	sources    []Source
	shares     []*sysvol.Share

	conclusions []Conclusion
	stats       Statistics
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
	form       form
	start, end int // in Builder.body
}

// NewBuilder gives an empty builder.
func NewBuilder() *Builder {
	b := &Builder{
		names:       newNames(),
		attrs:       make(map[string]uint16),
		shapes:      make(map[string]uint32),
		orders:      make(map[string]order),
		seed:        maphash.MakeSeed(),
		domainIndex: make(map[sid.SID]uint32),
		classIndex:  make(map[string]uint32),
		partNames:   make(map[string]int),
		rework:      maxRework,
	}
	for _, low := range hotAttributes() {
		b.number(low)
	}
	return b
}

// Bounds against input made to exhaust the reader.
const (
	maxPartitions = 1000
	maxRework     = 1 << 30 // bytes; completing a large object again and again costs its size each time
)

// Partition declares a naming context. Declared twice (two sources), the lists of attributes are joined; a source without
// a list leaves the other's as it is.
func (b *Builder) Partition(p Partition) {
	p.Attributes = slices.Clone(p.Attributes)
	p.Classes = joinClasses(nil, p.Classes)
	key, err := NormalizeDN(p.DN)
	if err != nil {
		b.warn(fmt.Sprintf("partition ignored: %v", err))
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
	if len(b.partitions) >= maxPartitions {
		b.warn(fmt.Sprintf("partition ignored: %s: more than %d", clip(p.DN), maxPartitions))
		return
	}
	b.partNames[key] = len(b.partitions)
	b.partitions = append(b.partitions, p)
}

// Source declares where the entries that follow come from. It may be called again with the same Tool and Name to complete what
// is known (the server, warnings found at the end of a file): the last call replaces the earlier ones.
func (b *Builder) Source(s Source) {
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

func (b *Builder) warn(text string) {
	if len(b.sources) == 0 {
		b.sources = append(b.sources, Source{})
	}
	if last := &b.sources[len(b.sources)-1]; len(last.Warnings) < maxPartitions {
		last.Warnings = append(last.Warnings, text)
	}
}

// Len gives the number of distinct objects so far.
func (b *Builder) Len() int { return len(b.nodes) }

// Stats gives the counts so far.
func (b *Builder) Stats() Statistics {
	s := b.stats
	s.Objects, s.Descriptors = len(b.nodes), len(b.descs)
	return s
}

// Add takes one entry. An object met again is completed with the attributes it lacks; the values already known stay, and
// differing ones are counted as conflicts, except that ranges of one attribute are joined. A malformed name or attribute
// name is an error and leaves the builder as it was; a malformed security descriptor or objectSid is counted and left out,
// so that the object shows up as unreadable rather than as harmless. A deleted object (MS-ADTS 3.1.1.5.5) is left out: it keeps
// attributes that would count on a living one.
func (b *Builder) Add(e Entry) error {
	if b.frozen {
		return errors.New("add entry: the builder is frozen")
	}
	for _, a := range e.Attributes {
		if len(a.Name) == len(isDeleted) && strings.EqualFold(a.Name, isDeleted) && isTrue(a.Values) {
			return nil
		}
	}
	for _, a := range e.Attributes {
		if a.Name == "" || a.Name[0] == ';' {
			return fmt.Errorf("add entry %q: %w", clip(e.DN), errAttributeName)
		}
	}
	node, err := b.names.node(e.DN)
	if err != nil {
		return fmt.Errorf("add entry %q: %w", clip(e.DN), err)
	}
	for len(b.object) < b.names.len() {
		b.object = append(b.object, 0)
	}
	if known := b.object[node]; known != 0 {
		b.stats.Duplicates++
		return b.complete(known-1, e)
	}
	shape, place, err := b.encode(e.Attributes)
	if err != nil {
		return fmt.Errorf("add entry %q: %w", clip(e.DN), err)
	}
	b.nodes = append(b.nodes, node)
	b.shape = append(b.shape, shape)
	b.record = append(b.record, place)
	b.object[node] = uint32(len(b.nodes))
	return nil
}

// complete joins a second entry into a known object.
func (b *Builder) complete(object uint32, e Entry) error {
	known := b.decode(object)
	size := int64(count(known))
	for _, a := range known {
		for _, v := range a.Values {
			size += int64(len(v))
		}
	}
	if b.rework -= size; b.rework < 0 {
		return fmt.Errorf("complete entry %q: objects were completed too often", clip(e.DN))
	}
	before := count(known)
	for _, a := range e.Attributes {
		name, ranged := baseName(a.Name)
		if name == AccountFlags && hasAttribute(known, "userAccountControl") {
			continue
		}
		at := slices.IndexFunc(known, func(k Attribute) bool { return strings.EqualFold(k.Name, name) })
		switch {
		case len(a.Values) == 0:
		case at < 0:
			known = append(known, a)
		case ranged:
			known[at].Values = union(known[at].Values, a.Values)
		case syntaxOf(lowerName(name)) == syntaxDesc && partialDescriptor(a.Values[0]): // adds nothing to what is known
		case syntaxOf(lowerName(name)) == syntaxDesc && partialDescriptor(known[at].Values[0]):
			known[at].Values = a.Values
		case !b.sameValues(known[at].Name, known[at].Values, a.Values):
			b.stats.Conflicts++
		}
	}
	b.stats.Values -= before
	shape, place, err := b.encode(known)
	if err != nil {
		return fmt.Errorf("complete entry %q: %w", clip(e.DN), err)
	}
	b.shape[object], b.record[object] = shape, place
	return nil
}

func count(attributes []Attribute) int {
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
			switch syntaxOf(strings.ToLower(name)) {
			case syntaxSID, syntaxSIDs:
				if s, err := binarySID(v); err == nil {
					v = s.Bytes()
				}
			case syntaxGUID:
				v = binaryGUID(v)
			case syntaxLink:
				if dn, err := NormalizeDN(string(linkTarget(v))); err == nil {
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
func (b *Builder) decode(object uint32) []Attribute {
	set := b.shapeSet[b.shape[object]]
	record := b.arena.at(b.record[object])
	d := decoder{names: b.names, domains: b.domains, descs: b.descs, classes: b.classes}
	out := make([]Attribute, len(set))
	for i, attr := range set {
		out[i].Name = b.attrNames[attr]
		f, content := slot(record, i)
		d.each(f, content, func(v []byte) bool {
			out[i].Values = append(out[i].Values, bytes.Clone(v))
			return true
		})
	}
	return out
}
