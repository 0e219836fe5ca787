package sharphound

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// ref is an identifier of the files, interned: a SID or a GUID.
type ref uint64

const guidRef ref = 1 << 63 // the rest is a number in identifiers.guids

// identifiers gives each identifier a number. SIDs share their part before the last number, so that a million of them take
// little.
type identifiers struct {
	prefixes map[string]uint32
	prefix   []string
	guids    map[string]uint32
	guid     []string
	dense    [][]uint32     // by prefix, then by last number: number of the object in the builder + 1, 0 for none
	objects  map[ref]uint32 // the same of GUIDs, and of SIDs whose last number is far above the others
	count    int            // objects noted
	lived    map[uint32]bool
}

// A SID has its place in the list of its prefix while its last number is below denseFloor, or below denseSpread times the number of
// objects met: domains number their accounts one after the other, a hostile file does not.
const (
	denseFloor  = 1 << 12
	denseSpread = 8
)

func newIdentifiers() *identifiers {
	return &identifiers{
		prefixes: make(map[string]uint32), guids: make(map[string]uint32), objects: make(map[ref]uint32),
		lived: make(map[uint32]bool),
	}
}

// ref interns an identifier; false for an empty one.
func (x *identifiers) ref(id []byte) (ref, bool) {
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
			return ref(n)<<32 | ref(rid), true
		}
	}
	key := strings.ToUpper(string(id))
	n, ok := x.guids[key]
	if !ok {
		n = uint32(len(x.guid))
		x.guid = append(x.guid, key)
		x.guids[key] = n
	}
	return guidRef | ref(n), true
}

// text gives an identifier back.
func (x *identifiers) text(r ref) string {
	if r&guidRef != 0 {
		return x.guid[uint32(r)]
	}
	return x.prefix[uint32(r>>32)] + "-" + strconv.FormatUint(uint64(uint32(r)), 10)
}

// put notes which object of the builder has an identifier; the first one stays.
func (x *identifiers) put(r ref, object int) {
	if r&guidRef == 0 {
		x.lived[uint32(r>>32)] = true
	}
	if _, known := x.object(r); known {
		return
	}
	x.count++
	prefix, rid := uint32(r>>32), int(uint32(r))
	if r&guidRef != 0 || rid >= max(denseFloor, denseSpread*x.count) {
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

// object gives the object that has an identifier.
func (x *identifiers) object(r ref) (uint32, bool) {
	if prefix, rid := int(r>>32), int(uint32(r)); r&guidRef == 0 && prefix < len(x.dense) && rid < len(x.dense[prefix]) {
		if n := x.dense[prefix][rid]; n != 0 {
			return n - 1, true
		}
	}
	n, ok := x.objects[r]
	return n, ok
}

// home tells whether objects were met whose SID has the same domain.
func (x *identifiers) home(r ref) bool { return r&guidRef == 0 && x.lived[uint32(r>>32)] }
