package dump

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hygie/directory/model"
	"hygie/directory/points/reasons"
	"hygie/directory/reading"
)

const root = "DC=hopital,DC=test"

var collected = time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC)

func header() Header {
	return Header{
		Tool: "hygie test", Collected: collected, Server: "dc1.hopital.test", Account: "HOPITAL\\lecteur", Level: "full",
		Partitions: []Partition{{DN: root, Kind: model.Domain, DNSName: "hopital.test", Attributes: []string{"cn", "member"}}},
	}
}

func entry(i int) model.Entry {
	sd := emptyDescriptor(byte(i % 3))
	return model.Entry{DN: fmt.Sprintf("CN=Agent %d,OU=Soins,%s", i, root), Attributes: []model.Attribute{
		{Name: "objectClass", Values: [][]byte{[]byte("top"), []byte("user")}},
		{Name: "cn", Values: [][]byte{fmt.Appendf(nil, "Agent %d", i)}},
		{Name: "description", Values: [][]byte{bytes.Repeat([]byte{byte(i)}, i%50)}},
		{Name: "nTSecurityDescriptor", Values: [][]byte{sd}},
	}}
}

// emptyDescriptor is a self-relative descriptor without owner, group or list; its reserved byte tells variants apart.
func emptyDescriptor(variant byte) []byte {
	b := make([]byte, 20)
	b[0], b[1], b[3] = 1, variant, 0x80
	return b
}

func write(t testing.TB, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, header())
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := w.WriteEntry(entry(i)); err != nil {
			t.Fatal(err)
		}
	}
	told := reading.Warning("source_sysvol", fs.ErrNotExist, "file", "a/b")
	if err := w.Notice(Notice{Text: told.Text("en"), Said: &told}); err != nil {
		t.Fatal(err)
	}
	if err := w.Notice(Notice{Partition: root, Partial: true, Text: "OU=Fermée: refused"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal("second Close:", err)
	}
	return out.Bytes()
}

func TestRoundTrip(t *testing.T) {
	file := write(t, 5000)
	if !Is(file) || Is(file[:4]) {
		t.Error("Is is wrong")
	}
	b := model.NewBuilder()
	s, err := Read(iotest.OneByteReader(bytes.NewReader(file[:2000])), model.NewBuilder(), Options{})
	if err != nil || s.Damage == nil {
		t.Errorf("slow reader: %v, %v", s.Damage, err)
	}
	s, err = Read(bytes.NewReader(file), b, Options{Name: "a.hygie"})
	if err != nil || s.Damage != nil || s.Entries != 5000 || s.Ignored != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	if diff := cmp.Diff(header(), s.Header); diff != "" {
		t.Error(diff)
	}
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	if d.Count() != 5000 || d.DescriptorCount() != 3 {
		t.Errorf("%d objects, %d descriptors", d.Count(), d.DescriptorCount())
	}
	for i := range 5000 {
		want := entry(i)
		id, ok := d.ByDN(want.DN)
		if !ok {
			t.Fatalf("%s is missing", want.DN)
		}
		for _, a := range want.Attributes {
			if got := slices.Collect(d.Values(id, a.Name)); !slices.EqualFunc(got, a.Values, bytes.Equal) {
				t.Fatalf("%s %s: %q, want %q", want.DN, a.Name, got, a.Values)
			}
		}
	}
	source := d.Sources()[0]
	if !source.Collected.Equal(collected) || source.Name != "a.hygie" || source.Partial || !slices.EqualFunc(source.Warnings, []string{"SYSVOL\u00a0: a/b\u00a0: ce fichier n’existe pas", "OU=Fermée: refused"}, func(w reasons.Reason, want string) bool { return w.Text("fr") == want }) {
		t.Errorf("source: %+v", source)
	}
	p := d.Partitions()[0]
	if !p.Partial || !slices.Equal(p.Attributes, []string{"cn", "member"}) || !d.Partial() {
		t.Errorf("partition: %+v", p)
	}
}

func TestSameInputSameBytes(t *testing.T) {
	if !bytes.Equal(write(t, 300), write(t, 300)) {
		t.Error("two runs differ")
	}
}

// Cut anywhere, the file is either refused or read in part and said to be partial; never taken for whole.
func TestTruncatedAnywhere(t *testing.T) {
	file := write(t, 200)
	whole := 0
	for n := range len(file) {
		b := model.NewBuilder()
		s, err := Read(bytes.NewReader(file[:n]), b, Options{Name: "cut"})
		if err != nil {
			continue
		}
		if s.Damage == nil {
			t.Fatalf("cut at %d of %d: taken for whole", n, len(file))
		}
		if s.Damage.Offset > int64(n) {
			t.Fatalf("cut at %d: damage at %d", n, s.Damage.Offset)
		}
		d, err := b.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		if !d.Partial() || d.Count() != s.Entries || !strings.Contains(strings.Join(d.Warnings(), "\n"), "byte") {
			t.Fatalf("cut at %d: partial %v, %d objects, warnings %q", n, d.Partial(), d.Count(), d.Warnings())
		}
		if s.Entries == 200 {
			whole++
		}
	}
	if whole == 0 {
		t.Error("no cut kept the entries that precede it")
	}
}

// One changed byte anywhere is noticed.
func TestFlippedAnywhere(t *testing.T) {
	file := write(t, 50)
	for i := range file {
		if i == len(magic)+2 || i == len(magic)+3 {
			continue // reserved
		}
		broken := bytes.Clone(file)
		broken[i] ^= 0x10
		s, err := Read(bytes.NewReader(broken), model.NewBuilder(), Options{})
		if err == nil && s.Damage == nil {
			t.Errorf("byte %d changed: not noticed", i)
		}
	}
}

// hostile builds a file of frames with right checksums and wrong content.
func hostile(frames ...frame) []byte {
	out := append([]byte(magic), version, 0, 0, 0)
	for _, f := range frames {
		start := make([]byte, frameStart)
		start[0] = byte(f.kind)
		binary.LittleEndian.PutUint32(start[2:], uint32(len(f.raw)))
		binary.LittleEndian.PutUint32(start[6:], uint32(len(f.raw)))
		binary.LittleEndian.PutUint32(start[10:], checksum(start[:10], f.raw))
		out = append(append(out, start...), f.raw...)
	}
	return out
}

func TestHostileContent(t *testing.T) {
	head := frame{kind: frameHeader, raw: []byte(`{"tool":"x"}`)}
	entries := func(raw ...byte) frame { return frame{kind: frameEntries, raw: raw} }
	for _, row := range []struct {
		name   string
		file   []byte
		want   string // in the error or the damage
		refuse bool   // nothing can be used
	}{
		{"empty", nil, "signature", true},
		{"other file", []byte("dn: CN=a\n\n"), "signature", true},
		{"later version", append([]byte(magic), version+1, 0, 0, 0), "later version", true},
		{"version 0", append([]byte(magic), 0, 0, 0, 0), "version 0", true},
		{"no header", hostile(entries(0)), "header missing", true},
		{"header is not json", hostile(frame{kind: frameHeader, raw: []byte("{")}), "header", true},
		{"unknown frame", hostile(head, frame{kind: 9}), "unknown kind", false},
		{"entry longer than its block", hostile(head, entries(200, 1)), "cut short", false},
		{"name shares more than there is", hostile(head, entries(4, 3, 1, 'a', 0)), "cut short", false},
		{"attributes that are not there", hostile(head, entries(8, 0, 4, 'C', 'N', '=', 'a', 200, 1)), "more attributes", false},
		{"values that are not there", hostile(head, entries(10, 0, 4, 'C', 'N', '=', 'a', 1, 0, 0, 99)), "cut short", false},
		{"undefined attribute", hostile(head, entries(8, 0, 4, 'C', 'N', '=', 'a', 1, 7)), "not defined", false},
		{"trailer lies", hostile(head, frame{kind: frameTrailer, raw: []byte(`{"entries":3,"frames":1}`)}), "announces 3", false},
		{"trailer is not json", hostile(head, frame{kind: frameTrailer, raw: []byte(`[]`)}), "trailer", false},
		{"notice is not json", hostile(head, frame{kind: frameNotice, raw: []byte(`[]`)}), "notice", false},
		{"number without end", hostile(head, entries(bytes.Repeat([]byte{0xff}, 20)...)), "cut short", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := Read(bytes.NewReader(row.file), model.NewBuilder(), Options{})
			if (err != nil) != row.refuse {
				t.Fatalf("err = %v, refuse = %v", err, row.refuse)
			}
			if err == nil {
				if s.Damage == nil {
					t.Fatal("no damage")
				}
				err = s.Damage
			}
			if !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v does not say %q", err, row.want)
			}
		})
	}
}

func TestFrameThatGrowsTooMuch(t *testing.T) {
	var out bytes.Buffer
	w, err := NewWriter(&out, Header{})
	if err != nil {
		t.Fatal(err)
	}
	at := out.Len()
	if err := w.frame(frameEntries, make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	file := out.Bytes()
	binary.LittleEndian.PutUint32(file[at+6:], 1000) // says 1,000 bytes, gives a million
	binary.LittleEndian.PutUint32(file[at+10:], checksum(file[at:at+10], file[at+frameStart:]))
	s, err := Read(bytes.NewReader(file), model.NewBuilder(), Options{})
	if err != nil || s.Damage == nil {
		t.Fatalf("%+v, %v", s, err)
	}
}

func TestLimits(t *testing.T) {
	file := write(t, 100)
	for _, o := range []Options{{Objects: 10}, {Bytes: 2000}} {
		b := model.NewBuilder()
		s, err := Read(bytes.NewReader(file), b, o)
		if err != nil || s.Damage == nil || !strings.Contains(s.Damage.Error(), "more than") || s.Entries == 0 || s.Entries > 30 {
			t.Errorf("%+v: %d entries, %v, %v", o, s.Entries, s.Damage, err)
		}
	}
}

func TestEntriesTheModelRefusesAreCounted(t *testing.T) {
	var out bytes.Buffer
	w, _ := NewWriter(&out, Header{})
	for _, dn := range []string{"CN=good", "bad", "CN=fine"} {
		if err := w.WriteEntry(model.Entry{DN: dn}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Read(&out, model.NewBuilder(), Options{})
	if err != nil || s.Damage != nil || s.Entries != 2 || s.Ignored != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

type fullDisk struct{ left int }

var errFull = errors.New("no space left")

func (f *fullDisk) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriterKeepsItsFirstError(t *testing.T) {
	w, err := NewWriter(&fullDisk{left: 400}, Header{})
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	for i := 0; failed == nil && i < 100; i++ {
		failed = w.WriteEntry(model.Entry{DN: fmt.Sprintf("CN=%d", i), Attributes: []model.Attribute{{Name: "x", Values: [][]byte{make([]byte, 1<<20)}}}})
		if failed == nil {
			failed = w.Notice(Notice{Text: "x"})
		}
	}
	if !errors.Is(failed, errFull) || !errors.Is(w.WriteEntry(model.Entry{DN: "CN=z"}), errFull) || !errors.Is(w.Close(), errFull) {
		t.Errorf("failed = %v", failed)
	}
	if _, err := NewWriter(&fullDisk{}, Header{}); !errors.Is(err, errFull) {
		t.Error("NewWriter hides the error")
	}
}

func TestWriterRefusesWhatReadersRefuse(t *testing.T) {
	w, err := NewWriter(io.Discard, Header{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []model.Entry{
		{DN: "CN=" + strings.Repeat("a", maxName)},
		{DN: "CN=a", Attributes: make([]model.Attribute, maxAttributes+1)},
		{DN: "CN=a", Attributes: []model.Attribute{{Name: "x", Values: [][]byte{make([]byte, maxRaw)}}}},
	} {
		if w.WriteEntry(e) == nil {
			t.Errorf("%.20s: accepted", e.DN)
		}
	}
	if err := w.Close(); err != nil {
		t.Error("a refused entry spoils the dump:", err)
	}
	if w.WriteEntry(model.Entry{DN: "CN=a"}) == nil || w.Notice(Notice{}) == nil {
		t.Error("written after Close")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(writeShare(f, share(2, 2)))
	f.Add(write(f, 3))
	f.Add(hostile(frame{kind: frameHeader, raw: []byte(`{"partitions":[{"dn":"DC=a"}]}`)},
		frame{kind: frameEntries, raw: []byte{10, 0, 4, 'C', 'N', '=', 'a', 1, 0, 1, 'x', 1, 1, 'y'}}))
	f.Fuzz(func(t *testing.T, file []byte) {
		b := model.NewBuilder()
		if _, err := Read(bytes.NewReader(file), b, Options{Objects: 1000, Bytes: 1 << 20}); err != nil {
			return
		}
		if _, err := b.Freeze(); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzEntries reaches the entry decoder, which checksums shield from FuzzRead.
func FuzzEntries(f *testing.F) {
	f.Add([]byte{10, 0, 4, 'C', 'N', '=', 'a', 1, 0, 1, 'x', 1, 1, 'y'})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > maxRaw {
			return
		}
		b := model.NewBuilder()
		file := hostile(frame{kind: frameHeader, raw: []byte(`{}`)}, frame{kind: frameEntries, raw: raw})
		if _, err := Read(bytes.NewReader(file), b, Options{Objects: 1000, Bytes: 1 << 20}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Freeze(); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	const n = 20000
	file := write(b, n)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		builder := model.NewBuilder()
		if s, err := Read(bytes.NewReader(file), builder, Options{}); err != nil || s.Entries != n {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkWrite(b *testing.B) {
	const n = 20000
	b.ReportAllocs()
	for b.Loop() {
		write(b, n)
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
