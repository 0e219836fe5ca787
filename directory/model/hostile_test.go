package model

import (
	"fmt"
	"strings"
	"testing"

	"hygie/directory/model/internal/build"
)

func TestManyPartitions(t *testing.T) {
	b := NewBuilder()
	for i := range 3 * build.MaxPartitions {
		b.Partition(Partition{DN: fmt.Sprintf("DC=declared%d", i)})
		add(t, b, fmt.Sprintf("DC=deduced%d", i), "objectClass=domainDNS")
	}
	d := freeze(t, b)
	if n := len(d.Partitions()); n < build.MaxPartitions || n > 2*build.MaxPartitions {
		t.Errorf("%d partitions", n)
	}
	if d.Count() != 3*build.MaxPartitions {
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
