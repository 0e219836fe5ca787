// Package identifiers numbers the SIDs and the GUIDs of SharpHound files, and notes which object has which: files name most of what they tell
// by identifier, a million times over.
package identifiers

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// Ref is an identifier of the files, interned: a SID or a GUID (MS-DTYP 2.4.2.1).
type Ref uint64

const guid Ref = 1 << 63 // the rest is a number in Table.guids

// A Table gives each identifier a number (MS-DTYP 2.4.2). SIDs share their part before the last number, so that a million of them take
// little.
type Table struct {
	prefixes map[string]uint32
	prefix   []string
	guids    map[string]uint32
	guid     []string
	dense    [][]uint32      // by prefix, then by last number: number of the object in the builder + 1, 0 for none
	objects  map[Ref]uint32  // the same of GUIDs, and of SIDs whose last number is far above the others
	count    int             // objects noted
	lived    map[uint32]bool // by prefix: objects of it were met
}

// A SID has its place in the list of its prefix while its last number is below denseFloor, or below denseSpread times the number of
// objects met: domains number their accounts one after the other, a hostile file does not.
const (
	denseFloor  = 1 << 12
	denseSpread = 8
)

// New is an empty table (MS-DTYP 2.4.2).
func New() *Table {
	return &Table{
		prefixes: make(map[string]uint32), guids: make(map[string]uint32), objects: make(map[Ref]uint32),
		lived: make(map[uint32]bool),
	}
}

// Intern interns an identifier; false for an empty one.
func (x *Table) Intern(id []byte) (Ref, bool) {
	if len(id) == 0 {
		return 0, false
	}
	if i := bytes.LastIndexByte(id, '-'); i > 0 && bytes.Contains(id, []byte("S-1-")) {
		if rid, err := strconv.ParseUint(string(id[i+1:]), 10, 32); err == nil {
			n, ok := x.prefixes[string(id[:i])]
			if !ok {
				n = uint32(len(x.prefix))
				x.prefix = append(x.prefix, string(id[:i]))
				x.prefixes[x.prefix[n]] = n
			}
			return Ref(n)<<32 | Ref(rid), true
		}
	}
	key := strings.ToUpper(string(id))
	n, ok := x.guids[key]
	if !ok {
		n = uint32(len(x.guid))
		x.guid = append(x.guid, key)
		x.guids[key] = n
	}
	return guid | Ref(n), true
}

// Text gives an identifier back.
func (x *Table) Text(r Ref) string {
	if r&guid != 0 {
		return x.guid[uint32(r)]
	}
	return x.prefix[uint32(r>>32)] + "-" + strconv.FormatUint(uint64(uint32(r)), 10)
}

// Put notes which object of the builder has an identifier; the first one stays.
func (x *Table) Put(r Ref, object int) {
	x.Settle(r)
	if _, known := x.Object(r); known {
		return
	}
	x.count++
	prefix, rid := uint32(r>>32), int(uint32(r))
	if r&guid != 0 || rid >= max(denseFloor, denseSpread*x.count) {
		x.objects[r] = uint32(object)
		return
	}
	for len(x.dense) <= int(prefix) {
		x.dense = append(x.dense, nil)
	}
	list := x.dense[prefix]
	if rid >= len(list) {
		list = slices.Grow(list, rid+1-len(list))[:rid+1]
		x.dense[prefix] = list
	}
	list[rid] = uint32(object) + 1
}

// Object gives the object that has an identifier.
func (x *Table) Object(r Ref) (uint32, bool) {
	if prefix, rid := int(r>>32), int(uint32(r)); r&guid == 0 && prefix < len(x.dense) && rid < len(x.dense[prefix]) {
		if n := x.dense[prefix][rid]; n != 0 {
			return n - 1, true
		}
	}
	n, ok := x.objects[r]
	return n, ok
}

// Settle notes that an object was met whose SID has this domain. A GUID has none.
func (x *Table) Settle(r Ref) {
	if r&guid == 0 {
		x.lived[uint32(r>>32)] = true
	}
}

// Home tells whether objects were met whose SID has the same domain.
func (x *Table) Home(r Ref) bool { return r&guid == 0 && x.lived[uint32(r>>32)] }
