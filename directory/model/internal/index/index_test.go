package index

import "testing"

// Numbers are found by their keys, whatever their hashes share, and growth loses none.
func TestTable(t *testing.T) {
	for _, row := range []struct {
		name string
		hash func(key uint32) uint32
	}{
		{"spread", func(key uint32) uint32 { return key * 2654435761 }},
		{"all the same", func(uint32) uint32 { return 7 }},
		{"at the end of the table", func(uint32) uint32 { return 0xffffffff }},
	} {
		t.Run(row.name, func(t *testing.T) {
			var x Table
			if _, ok := x.Find(1, func(uint32) bool { return true }); ok {
				t.Error("something in an empty table")
			}
			const many = 500
			keys := make([]uint32, many)
			for i := range uint32(many) {
				keys[i] = i*3 + 1
				x.Add(row.hash(keys[i]), i, func(at uint32) uint32 { return row.hash(keys[at]) })
			}
			for i, key := range keys {
				if got, ok := x.Find(row.hash(key), func(at uint32) bool { return keys[at] == key }); !ok || got != uint32(i) {
					t.Fatalf("key %d: %d %v", key, got, ok)
				}
				if got, ok := x.Find(row.hash(key+1), func(at uint32) bool { return keys[at] == key+1 }); ok {
					t.Fatalf("key %d, which is not there: %d", key+1, got)
				}
			}
		})
	}
}
