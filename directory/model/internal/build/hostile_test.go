package build

import (
	"fmt"
	"strings"
	"testing"

	"hygie/directory/model/entry"
)

// Completing a large object again and again ends before it exhausts the machine.
func TestCompletingIsBounded(t *testing.T) {
	b := New()
	b.rework = 10_000
	large := entry.Attribute{Name: "x", Values: [][]byte{[]byte(strings.Repeat("v", 1000))}}
	if err := b.Add(entry.Entry{DN: "CN=a", Attributes: []entry.Attribute{large}}); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range 100 {
		if b.Add(entry.Entry{DN: "CN=a", Attributes: []entry.Attribute{{Name: fmt.Sprint("y", i), Values: [][]byte{{'z'}}}}}) != nil {
			refused++
		}
	}
	if refused == 0 || refused > 95 {
		t.Errorf("%d of 100 refused", refused)
	}
	for _, a := range b.decode(0) {
		if a.Name == "y0" && string(a.Values[0]) == "z" {
			return
		}
	}
	t.Error("what was completed in time is lost")
}
