package store

import (
	"encoding/binary"
	"hash/maphash"

	"hygie/directory/model/distname"
	"hygie/directory/model/entry"
	"hygie/directory/secdesc"
	"hygie/directory/sid"
	"hygie/directory/sysvol"
)

// Frozen is what a builder leaves: the names, the objects in the order of their numbers, and their records (MS-ADTS 3.1.1.1). It is only read.
type Frozen struct {
	Tree *distname.Tree
	ID   []uint32 // length = nodes; number of the object + 1, 0 for a name that has no object

	// Columns, one row an object.
	Node   []uint32
	End    []uint32 // first number after the subtree
	Shape  []uint32
	Record []uint64
	Part   []int16 // partition, -1 for none

	Arena      Arena
	Decoder    Decoder
	Attrs      map[string]uint16 // lower-case name, and the spelling first met -> attribute
	Usual      *AttrCache        // the same for most names, found quicker
	Nowhere    map[string]bool   // asked for under this name, on no object: rules ask for them on every object
	AttrNames  []string
	AttrSyntax []Syntax
	ShapeSet   [][]uint16
	DescBytes  [][]byte
	Descs      []secdesc.Descriptor
	DomainSIDs []sid.SID
	Classes    []ClassList
	Seed       maphash.Seed

	Partitions  []NamingContext
	Sources     []entry.Source
	Shares      []*sysvol.Share
	Conclusions []entry.Conclusion
	Stats       entry.Statistics
}

// Uvarint reads the number at the beginning of a content (Protocol Buffers encoding, base 128 varints (2008)).
func Uvarint(b []byte) uint64 {
	n, _ := binary.Uvarint(b)
	return n
}
