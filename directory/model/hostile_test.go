package model

import (
	"fmt"
	"strings"
	"testing"
)

// Completing a large object again and again ends before it exhausts the machine.
func TestCompletingIsBounded(t *testing.T) {
	b := NewBuilder()
	b.rework = 10_000
	add(t, b, "CN=a", "x="+strings.Repeat("v", 1000))
	refused := 0
	for i := range 100 {
		if b.Add(Entry{DN: "CN=a", Attributes: []Attribute{{Name: fmt.Sprint("y", i), Values: [][]byte{{'z'}}}}}) != nil {
			refused++
		}
	}
	if refused == 0 || refused > 95 {
		t.Errorf("%d of 100 refused", refused)
	}
	d := freeze(t, b)
	if text, _ := d.Text(0, "y0"); text != "z" {
		t.Error("what was completed in time is lost")
	}
}

func TestManyPartitions(t *testing.T) {
	b := NewBuilder()
	for i := range 3 * maxPartitions {
		b.Partition(Partition{DN: fmt.Sprintf("DC=declared%d", i)})
		add(t, b, fmt.Sprintf("DC=deduced%d", i), "objectClass=domainDNS")
	}
	d := freeze(t, b)
	if n := len(d.Partitions()); n < maxPartitions || n > 2*maxPartitions {
		t.Errorf("%d partitions", n)
	}
	if d.Count() != 3*maxPartitions {
		t.Errorf("%d objects", d.Count())
	}
}

func TestManyClassesAndAttributes(t *testing.T) {
	b := NewBuilder()
	e := Entry{DN: "CN=a,DC=x", Attributes: []Attribute{{Name: "objectClass"}}}
	for i := range 20_000 {
		e.Attributes[0].Values = append(e.Attributes[0].Values, fmt.Appendf(nil, "class%d", i))
		e.Attributes = append(e.Attributes, Attribute{Name: fmt.Sprint("attribute", i), Values: [][]byte{{'v'}}})
	}
	if err := b.Add(e); err != nil {
		t.Fatal(err)
	}
	d := freeze(t, b)
	if !d.Is(0, "class7") || d.Class(0) != "class19999" || !d.Has(0, "ATTRIBUTE19999") {
		t.Error("classes or attributes were lost")
	}
}

func TestTooManyAttributeNames(t *testing.T) {
	b := NewBuilder()
	var err error
	for i := 0; i <= 1<<16 && err == nil; i++ {
		err = b.Add(Entry{DN: fmt.Sprintf("CN=%d", i), Attributes: []Attribute{{Name: fmt.Sprint("a", i), Values: [][]byte{{'v'}}}}})
	}
	if err == nil || !strings.Contains(err.Error(), "65,536") {
		t.Errorf("err = %v", err)
	}
	if err := b.Add(Entry{DN: "CN=x", Attributes: []Attribute{{Name: "A1", Values: [][]byte{{'v'}}}}}); err != nil {
		t.Errorf("a known name is refused: %v", err)
	}
	freeze(t, b)
}
