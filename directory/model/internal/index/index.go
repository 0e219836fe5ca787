// Package index finds numbers by the keys that their owner keeps.
package index

// Table is an open-addressing table of numbers kept elsewhere: 4 bytes a place, at most half full (Peterson 1957, open addressing). The caller owns
// the keys and gives their hash and equality.
type Table struct {
	slots []uint32 // number+1, 0 when free; length is a power of two
	used  int
}

// Find gives the number with the hash for which equal holds.
func (x *Table) Find(hash uint32, equal func(uint32) bool) (uint32, bool) {
	if len(x.slots) == 0 {
		return 0, false
	}
	mask := uint32(len(x.slots) - 1)
	for at := hash & mask; x.slots[at] != 0; at = (at + 1) & mask {
		if i := x.slots[at] - 1; equal(i) {
			return i, true
		}
	}
	return 0, false
}

// Add puts number i, which must not be there yet. hashOf gives the hash of the numbers already in, for growth.
func (x *Table) Add(hash, i uint32, hashOf func(uint32) uint32) {
	if 2*(x.used+1) > len(x.slots) {
		old := x.slots
		x.slots = make([]uint32, max(16, 2*len(old)))
		for _, slot := range old {
			if slot != 0 {
				x.put(hashOf(slot-1), slot)
			}
		}
	}
	x.put(hash, i+1)
	x.used++
}

func (x *Table) put(hash, slot uint32) {
	mask := uint32(len(x.slots) - 1)
	at := hash & mask
	for x.slots[at] != 0 {
		at = (at + 1) & mask
	}
	x.slots[at] = slot
}
