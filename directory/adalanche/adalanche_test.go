package adalanche

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"hygie/directory/generate"
	"hygie/directory/model"
	"hygie/directory/points"
	"time"
)

var asOf = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

// pack writes objects as Adalanche does.
type packer struct{ out []byte }

func (p *packer) text(s []byte) {
	switch n := len(s); {
	case n < 32:
		p.out = append(p.out, 0xa0|byte(n))
	case n < 256:
		p.out = append(p.out, 0xd9, byte(n))
	case n < 1<<16:
		p.out = binary.BigEndian.AppendUint16(append(p.out, 0xda), uint16(n))
	default:
		p.out = binary.BigEndian.AppendUint32(append(p.out, 0xdb), uint32(n))
	}
	p.out = append(p.out, s...)
}

func (p *packer) head(short, long byte, n int) {
	if n < 16 {
		p.out = append(p.out, short|byte(n))
		return
	}
	p.out = binary.BigEndian.AppendUint16(append(p.out, long), uint16(n))
}

// WriteEntry makes a sink of the packer.
func (p *packer) WriteEntry(e model.Entry) error {
	p.head(0x80, 0xde, 2)
	p.text([]byte("DistinguishedName"))
	p.text([]byte(e.DN))
	p.text([]byte("Attributes"))
	p.head(0x80, 0xde, len(e.Attributes))
	for _, a := range e.Attributes {
		p.text([]byte(a.Name))
		p.head(0x90, 0xdc, len(a.Values))
		for _, v := range a.Values {
			p.text(v)
		}
	}
	return nil
}

// frame puts bytes into an LZ4 frame of blocks that are not compressed, without checksums.
func frame(b []byte) []byte {
	out := []byte{4, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73}
	for len(b) > 0 {
		n := min(len(b), 4<<20)
		out = binary.LittleEndian.AppendUint32(out, uint32(n)|0x80000000)
		out = append(out, b[:n]...)
		b = b[n:]
	}
	return append(out, 0, 0, 0, 0)
}

func read(t testing.TB, file []byte) (*model.Directory, error) {
	t.Helper()
	b := model.NewBuilder()
	err := Read(bytes.NewReader(file), b, Options{Name: "x.objects.msgp.lz4"})
	d, freezing := b.Freeze()
	if freezing != nil {
		t.Fatal(freezing)
	}
	return d, err
}

// A domain that Adalanche collected leads to the verdicts of the same domain read elsewhere.
func TestSameVerdicts(t *testing.T) {
	o := generate.Options{Objects: 600, Seed: 3, AsOf: asOf, Weaknesses: generate.Demo}
	b := model.NewBuilder()
	sink, err := generate.Into(b, o)
	if err != nil {
		t.Fatal(err)
	}
	var p packer
	if _, err := generate.Hospital(o, sink); err != nil {
		t.Fatal(err)
	}
	if _, err := generate.Hospital(o, generate.Export(&p)); err != nil {
		t.Fatal(err)
	}
	whole, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	d, err := read(t, frame(p.out))
	if err != nil || d.Partial() || d.Count() != whole.Count() {
		t.Fatalf("%d objects, want %d; %v, %q", d.Count(), whole.Count(), err, d.Warnings())
	}
	want, got := points.Evaluate(whole, points.Options{AsOf: asOf}), points.Evaluate(d, points.Options{AsOf: asOf})
	for i, w := range want[0].Verdicts {
		if g := got[0].Verdicts[i]; g.Status != w.Status || g.Objects.Len() != w.Objects.Len() {
			t.Errorf("%s: %s on %d objects, want %s on %d; missing %q", w.Point.ID, g.Status, g.Objects.Len(), w.Status, w.Objects.Len(), g.Missing)
		}
	}
}

func TestObject(t *testing.T) {
	long := strings.Repeat("é", 70000)
	var p packer
	for _, e := range []model.Entry{
		{DN: "", Attributes: []model.Attribute{{Name: "dnsHostName", Values: [][]byte{[]byte("dc1")}}}},
		{DN: "DC=a,DC=test", Attributes: []model.Attribute{
			{Name: "objectClass", Values: [][]byte{[]byte("top"), []byte("domainDNS")}},
			{Name: "description", Values: [][]byte{[]byte(long)}},
			{Name: "empty", Values: [][]byte{{}}},
		}},
	} {
		if err := p.WriteEntry(e); err != nil {
			t.Fatal(err)
		}
	}
	d, err := read(t, frame(p.out))
	if err != nil || d.Count() != 1 {
		t.Fatalf("%d objects, %v", d.Count(), err)
	}
	if got, _ := d.Text(0, "description"); got != long || d.Has(0, "empty") || d.Class(0) != "domainDNS" {
		t.Errorf("%d bytes, class %s", len(got), d.Class(0))
	}
}

// What precedes a fault is kept, and the fault has a place.
func TestFaults(t *testing.T) {
	var p packer
	_ = p.WriteEntry(model.Entry{DN: "DC=a,DC=test", Attributes: []model.Attribute{{Name: "objectClass", Values: [][]byte{[]byte("domainDNS")}}}})
	good := p.out
	for name, rest := range map[string][]byte{
		"not a map":    {0xc3},
		"number":       {0x82, 0xb1, 'D'},
		"huge text":    append([]byte{0x81, 0xdb}, 0xff, 0xff, 0xff, 0xff),
		"huge map":     {0xdf, 0xff, 0xff, 0xff, 0xff},
		"deep":         append([]byte{0x81, 0xa1, 'x'}, bytes.Repeat([]byte{0x91}, 100)...),
		"list of ints": {0x81, 0xaa, 'A', 't', 't', 'r', 'i', 'b', 'u', 't', 'e', 's', 0x81, 0xa1, 'x', 0x91, 0x05},
	} {
		d, err := read(t, frame(append(bytes.Clone(good), rest...)))
		if err != nil || d.Count() != 1 || !d.Partial() || !strings.Contains(strings.Join(d.Warnings(), ""), "byte ") {
			t.Errorf("%s: %d objects, %v, %q", name, d.Count(), err, d.Warnings())
		}
	}
	whole := frame(append(bytes.Clone(good), good...))
	for n := range len(whole) {
		d, err := read(t, whole[:n])
		if err == nil && !d.Partial() {
			t.Errorf("cut at %d: not noticed", n)
		}
	}
	for name, file := range map[string][]byte{"empty": nil, "foreign": []byte("{}"), "no object": frame(nil)} {
		if _, err := read(t, file); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestLimits(t *testing.T) {
	var p packer
	for i := range 20 {
		_ = p.WriteEntry(model.Entry{DN: fmt.Sprintf("CN=%d,DC=a,DC=test", i), Attributes: []model.Attribute{{Name: "cn", Values: [][]byte{[]byte("x")}}}})
	}
	for name, o := range map[string]Options{"objects": {Objects: 5}, "bytes": {Bytes: 300}} {
		b := model.NewBuilder()
		if err := Read(bytes.NewReader(frame(p.out)), b, o); err != nil {
			t.Fatal(err)
		}
		if d, _ := b.Freeze(); !d.Partial() || d.Count() == 0 || d.Count() > 10 {
			t.Errorf("%s: %d objects, partial %v", name, d.Count(), d.Partial())
		}
	}
}

func FuzzRead(f *testing.F) {
	var p packer
	_ = p.WriteEntry(model.Entry{DN: "DC=a,DC=test", Attributes: []model.Attribute{{Name: "cn", Values: [][]byte{[]byte("x"), []byte("y")}}}})
	f.Add(p.out)
	f.Fuzz(func(t *testing.T, objects []byte) {
		_ = Read(bytes.NewReader(frame(objects)), model.NewBuilder(), Options{Bytes: 1 << 22, Objects: 1000})
		_ = Read(bytes.NewReader(objects), model.NewBuilder(), Options{Bytes: 1 << 22, Objects: 1000})
	})
}

func BenchmarkRead(b *testing.B) {
	o := generate.Options{Objects: 5000, Seed: 3, AsOf: asOf}
	var p packer
	if _, err := generate.Hospital(o, &p); err != nil {
		b.Fatal(err)
	}
	file := frame(p.out)
	b.SetBytes(int64(len(p.out)))
	for b.Loop() {
		if err := Read(bytes.NewReader(file), model.NewBuilder(), Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
