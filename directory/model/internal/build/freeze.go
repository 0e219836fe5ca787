package build

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"

	"hygie/directory/model/distname"
	"hygie/directory/model/entry"
	"hygie/directory/model/internal/store"
	"hygie/directory/secdesc"
)

// Freeze gives what was read, its objects in the order of their numbers, and ends the builder, whose memory it takes over.
func (b *Builder) Freeze() (*store.Frozen, error) {
	if b.frozen {
		return nil, errors.New("freeze directory: the builder is frozen already")
	}
	b.frozen = true
	for len(b.object) < b.names.Len() {
		b.object = append(b.object, 0)
	}
	b.names.Freeze()

	d := &store.Frozen{
		Tree:        b.names,
		Arena:       b.arena,
		Attrs:       make(map[string]uint16, 2*len(b.attrLower)),
		Usual:       new(store.AttrCache),
		Nowhere:     make(map[string]bool),
		AttrNames:   b.attrNames,
		AttrSyntax:  b.attrSyntax,
		ShapeSet:    b.shapeSet,
		DescBytes:   b.descs,
		DomainSIDs:  b.domains,
		Classes:     b.classes,
		Sources:     b.sources,
		Shares:      b.shares,
		Conclusions: b.conclusions,
		Seed:        b.seed,
	}
	for attr, name := range b.attrLower {
		if spelling := b.attrNames[attr]; spelling != "" {
			d.Attrs[name], d.Attrs[spelling] = uint16(attr), uint16(attr)
			d.Usual.Put(name, uint16(attr))
			d.Usual.Put(spelling, uint16(attr))
		}
	}
	for _, p := range b.partitions {
		for _, name := range p.Attributes {
			if _, ok := d.Attrs[strings.ToLower(name)]; !ok {
				d.Nowhere[name] = true
			}
		}
	}
	d.Decoder = store.Decoder{Tree: d.Tree, Domains: d.DomainSIDs, Descs: d.DescBytes, Classes: d.Classes}
	d.Descs = make([]secdesc.Descriptor, len(d.DescBytes))
	for i, raw := range d.DescBytes {
		d.Descs[i], _ = secdesc.Parse(raw) // read without error when it was added
	}

	tree := newTree(b)
	d.Partitions = tree.placePartitions(b)
	tree.number(d, b)
	d.Stats = b.Stats()
	*b = Builder{frozen: true}
	return d, nil
}

// tree gives the children of each node, sorted, while objects are numbered.
type tree struct {
	names    *distname.Tree
	object   []uint32 // of the builder: number + 1
	first    []uint32 // length = nodes+1; children[first[n]:first[n+1]] are the children of n
	children []uint32
	part     []int32 // length = nodes; partition whose root is n, else -1
}

func newTree(b *Builder) *tree {
	n := b.names.Len()
	t := &tree{names: b.names, object: b.object, first: make([]uint32, n+1), children: make([]uint32, n-1), part: make([]int32, n)}
	for node := 1; node < n; node++ {
		t.first[b.names.Parent[node]+1]++
	}
	for i := range n {
		t.first[i+1] += t.first[i]
		t.part[i] = -1
	}
	next := slices.Clone(t.first)
	for node := 1; node < n; node++ {
		up := b.names.Parent[node]
		t.children[next[up]] = uint32(node)
		next[up]++
	}
	t.sort()
	return t
}

// sort orders siblings by key. Keys are made once per family; the first eight bytes decide most comparisons.
func (t *tree) sort() {
	type sibling struct {
		prefix     uint64
		node       uint32
		start, end uint32 // in keys
	}
	var (
		family []sibling
		keys   []byte
	)
	for up := range len(t.first) - 1 {
		children := t.children[t.first[up]:t.first[up+1]]
		if len(children) < 2 {
			continue
		}
		family, keys = family[:0], keys[:0]
		for _, node := range children {
			start := len(keys)
			keys, _ = distname.AppendRDNKey(keys, t.names.RDN(node))
			s := sibling{node: node, start: uint32(start), end: uint32(len(keys))}
			for i := range 8 {
				s.prefix <<= 8
				if start+i < len(keys) {
					s.prefix |= uint64(keys[start+i])
				}
			}
			family = append(family, s)
		}
		slices.SortFunc(family, func(a, b sibling) int {
			if a.prefix != b.prefix {
				return cmp.Compare(a.prefix, b.prefix)
			}
			return bytes.Compare(keys[a.start:a.end], keys[b.start:b.end])
		})
		for i, s := range family {
			children[i] = s.node
		}
	}
}

func (t *tree) childrenOf(node uint32) []uint32 { return t.children[t.first[node]:t.first[node+1]] }

// placePartitions marks the roots of the declared naming contexts, or deduces them when none covers a domain.
func (t *tree) placePartitions(b *Builder) []store.NamingContext {
	var out []store.NamingContext
	for _, p := range b.partitions {
		node, ok := b.names.Find(p.DN)
		if !ok {
			node = 0 // declared, but nothing of it came
		}
		p.Kind = cmp.Or(p.Kind, kindOfDN(p.DN))
		p.DNSName = cmp.Or(p.DNSName, distname.DNSNameOf(p.DN))
		if node != 0 {
			t.part[node] = int32(len(out))
		}
		out = append(out, store.NewNamingContext(p, node))
	}
	return t.deduce(0, false, b, out)
}

// deduce adds the partitions that no source declared, from the shape of the names: a chain of DC components that holds
// objects is a domain, or DNS zones; below it the configuration and the schema have fixed names (MS-ADTS 3.1.1.1.1.2). Names
// that only links mention are no partitions. Below a domain that is covered already, a DC component is a domain of its own
// only when its object says so.
func (t *tree) deduce(node uint32, covered bool, b *Builder, out []store.NamingContext) []store.NamingContext {
	above := kindOfRDN(t.names.RDN(node))
	for _, child := range t.childrenOf(node) {
		if len(out) >= 2*MaxPartitions {
			break
		}
		kind := kindOfRDN(t.names.RDN(child))
		if kind == entry.Configuration && above != entry.Domain || kind == entry.Schema && above != entry.Configuration {
			continue // the schema has classes of these names
		}
		declared := t.part[child] >= 0
		root := false
		switch {
		case declared || kind == "":
		case kind == entry.Domain:
			root = t.holdsDomain(child, b) && (!covered || t.object[child] != 0)
		default:
			root = t.holdsObject(child)
		}
		if root {
			dn := string(b.names.AppendDN(nil, child))
			t.part[child] = int32(len(out))
			out = append(out, store.NewNamingContext(entry.Partition{DN: dn, Kind: kind, DNSName: distname.DNSNameOf(dn)}, child))
		}
		if kind != "" { // partitions only lie below partitions and DC components
			out = t.deduce(child, covered || declared || root, b, out)
		}
	}
	return out
}

// holdsDomain tells whether a DC node is an object of a domain class, or is a name only and holds objects of its own.
func (t *tree) holdsDomain(node uint32, b *Builder) bool {
	if object := t.object[node]; object != 0 {
		return b.isClass(object-1, "domaindns") || b.isClass(object-1, "domain")
	}
	return slices.ContainsFunc(t.childrenOf(node), func(child uint32) bool {
		return kindOfRDN(t.names.RDN(child)) == "" && t.holdsObject(child)
	})
}

// holdsObject tells whether a name or one below it is that of an object.
func (t *tree) holdsObject(node uint32) bool {
	return t.object[node] != 0 || slices.ContainsFunc(t.childrenOf(node), t.holdsObject)
}

func (b *Builder) isClass(object uint32, lower string) bool {
	attr, ok := b.attrs["objectclass"]
	if !ok {
		return false
	}
	set := b.shapeSet[b.shape[object]]
	at, ok := slices.BinarySearch(set, attr)
	if !ok {
		return false
	}
	_, content := store.Slot(b.arena.At(b.record[object]), at)
	return b.classes[store.Uvarint(content)].Is(lower)
}

// kindOfRDN guesses a naming context from the first component of its name; "" when it is none.
func kindOfRDN(rdn []byte) entry.Kind {
	switch strings.ToLower(string(rdn)) {
	case "cn=configuration":
		return entry.Configuration
	case "cn=schema":
		return entry.Schema
	case "dc=domaindnszones", "dc=forestdnszones":
		return entry.DNSZones
	}
	if len(rdn) > 3 && strings.EqualFold(string(rdn[:3]), "dc=") {
		return entry.Domain
	}
	return ""
}

func kindOfDN(dn string) entry.Kind {
	rdn, _ := distname.CutRDN(dn)
	return cmp.Or(kindOfRDN([]byte(rdn)), entry.Application)
}

// number gives each object its place in preorder, and lays out the columns in that order.
func (t *tree) number(d *store.Frozen, b *Builder) {
	n := len(b.nodes)
	d.Node = make([]uint32, 0, n)
	d.End = make([]uint32, n)
	d.Shape = make([]uint32, 0, n)
	d.Record = make([]uint64, 0, n)
	d.Part = make([]int16, 0, n)
	d.ID = make([]uint32, t.names.Len())

	var visit func(node uint32, part int32)
	visit = func(node uint32, part int32) {
		if t.part[node] >= 0 {
			part = t.part[node]
		}
		id := uint32(len(d.Node))
		object := t.object[node]
		if object != 0 {
			d.ID[node] = id + 1
			d.Node = append(d.Node, node)
			d.Shape = append(d.Shape, b.shape[object-1])
			d.Record = append(d.Record, b.record[object-1])
			d.Part = append(d.Part, int16(part))
			if part >= 0 {
				d.Partitions[part].Objects++
			}
		}
		for _, child := range t.childrenOf(node) {
			visit(child, part)
		}
		if object != 0 {
			d.End[id] = uint32(len(d.Node))
		}
	}
	visit(0, -1)
}
