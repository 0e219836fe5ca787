package build

import (
	"bytes"
	"slices"
	"strings"

	"hygie/directory/model/distname"
	"hygie/directory/model/entry"
	"hygie/directory/secdesc"
)

// joinClasses adds the lists of attributes by class of b to a; names of classes in lower case.
func joinClasses(a, b map[string][]string) map[string][]string {
	if len(b) == 0 {
		return a
	}
	out := make(map[string][]string, len(a)+len(b))
	for class, names := range a {
		out[class] = names
	}
	for class, names := range b {
		low := strings.ToLower(class)
		out[low] = slices.Concat(out[low], names)
	}
	return out
}

func hasAttribute(list []entry.Attribute, name string) bool {
	return slices.ContainsFunc(list, func(a entry.Attribute) bool { return strings.EqualFold(a.Name, name) })
}

func partialDescriptor(raw []byte) bool {
	d, err := secdesc.Parse(raw)
	return err == nil && d.Partial()
}

// Complete is [Builder.Add] for a source that gives an object in several places: that it is known already is not worth
// counting.
func (b *Builder) Complete(e entry.Entry) error {
	before := b.stats.Duplicates
	err := b.Add(e)
	b.stats.Duplicates = before
	return err
}

// Object gives the number of the object with a name, in the order in which objects were added; false when there is none.
func (b *Builder) Object(dn string) (int, bool) {
	node, ok := b.names.Find(dn)
	if !ok || int(node) >= len(b.object) || b.object[node] == 0 {
		return 0, false
	}
	return int(b.object[node] - 1), true
}

// AppendDN appends the name of an object, given by its number.
func (b *Builder) AppendDN(dst []byte, object int) []byte {
	return b.names.AppendDN(dst, b.nodes[object])
}

// Declared tells whether a naming context was declared with [Builder.Partition].
func (b *Builder) Declared(dn string) bool {
	key, err := distname.NormalizeDN(dn)
	return err == nil && slices.ContainsFunc(b.partitions, func(p entry.Partition) bool {
		known, _ := distname.NormalizeDN(p.DN)
		return known == key
	})
}

// isDeleted marks what remains of a deleted object (MS-ADTS 3.1.1.5.5).
const isDeleted = "isDeleted"

func isTrue(values [][]byte) bool {
	return len(values) > 0 && bytes.EqualFold(values[0], []byte("TRUE"))
}
