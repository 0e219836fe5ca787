package journal

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files")

// start is the moment at which every test begins.
var start = time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.UTC)

// testSigner gives a signer whose key is made from one byte, so that files are the same each time.
func testSigner(t testing.TB, origin string, seed byte) Signer {
	t.Helper()
	s, err := NewSigner(origin, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func testEntry(i int) Entry {
	e := Entry{
		Noted: start.Add(time.Duration(i) * time.Second), Actor: "person/anne", Action: "exercise.note",
		Structure: "structure/vallon", Subject: "exercise/7", Text: fmt.Sprintf("Ligne %d : appel du SAMU\n« tout va bien »", i),
	}
	if i%3 == 0 {
		e.At = e.Noted.Add(-time.Minute)
		e.Data = json.RawMessage(fmt.Sprintf(`{"z": %d, "a": [true, null, 1.50]}`, i))
	}
	return e
}

func filled(t testing.TB, n int) *Memory {
	t.Helper()
	var m Memory
	for i := range n {
		if _, err := m.Append(testEntry(i)); err != nil {
			t.Fatal(err)
		}
	}
	return &m
}

func exported(t testing.TB, m *Memory, s Signer) []byte {
	t.Helper()
	head, err := ReadHead(m, s.Origin(), start.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(head)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Export(&out, signed, m.Lines()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestExportIsProven(t *testing.T) {
	s := testSigner(t, "test.invalid/journal", 1)
	for _, n := range []int{0, 1, 2, 3, 7, 8, 100} {
		file := exported(t, filled(t, n), s)
		res, err := VerifyExport(bytes.NewReader(file), s.Public())
		if err != nil || !res.Proven() || !res.Exact || res.Lines != int64(n) {
			t.Errorf("%d lines: %+v, %v", n, res, err)
		}
		anyone, err := VerifyExport(bytes.NewReader(file))
		if err != nil || !anyone.Intact() || anyone.Proven() {
			t.Errorf("%d lines, no trusted key: %+v, %v", n, anyone, err)
		}
	}
}

// TestVectors keeps the format: a file sealed by this version must be the same, and must be proven, for ever.
func TestVectors(t *testing.T) {
	s := testSigner(t, "test.invalid/journal", 1)
	for name, n := range map[string]int{"empty": 0, "one": 1, "seven": 7} {
		path := filepath.Join("testdata", name+".journal")
		got := exported(t, filled(t, n), s)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s: the format changed (-kept +now):\n%s", name, d)
		}
		if res, err := VerifyExport(bytes.NewReader(want), s.Public()); err != nil || !res.Proven() {
			t.Errorf("%s: %+v, %v", name, res, err)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	ok := testEntry(0)
	for name, change := range map[string]func(*Entry){
		"no time":               func(e *Entry) { e.Noted = time.Time{} },
		"no actor":              func(e *Entry) { e.Actor = "" },
		"no action":             func(e *Entry) { e.Action = "" },
		"line feed in a name":   func(e *Entry) { e.Subject = "a\nb" },
		"long name":             func(e *Entry) { e.Structure = strings.Repeat("x", maxName+1) },
		"invalid UTF-8 in name": func(e *Entry) { e.Actor = "\xff" },
		"invalid UTF-8 in text": func(e *Entry) { e.Text = "\xff" },
		"year 10000":            func(e *Entry) { e.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"broken data":           func(e *Entry) { e.Data = json.RawMessage(`{"a":`) },
		"data with a twin":      func(e *Entry) { e.Data = json.RawMessage(`{"a":1,"a":2}`) },
		"too long":              func(e *Entry) { e.Text = strings.Repeat("x", MaxLine) },
	} {
		var m Memory
		e := ok
		change(&e)
		if l, err := m.Append(e); err == nil {
			t.Errorf("%s: accepted as %s", name, l.Bytes())
		}
		if tip, _ := m.Tip(); tip.Size != 0 {
			t.Errorf("%s: refused, yet kept", name)
		}
	}
}

func TestParseLineIsStrict(t *testing.T) {
	var m Memory
	l, err := m.Append(testEntry(3))
	if err != nil {
		t.Fatal(err)
	}
	good := string(l.Bytes())
	back, err := ParseLine([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(l, back); d != "" {
		t.Errorf("line read back (-written +read):\n%s", d)
	}
	for name, bad := range map[string]string{
		"empty":           "",
		"not an object":   "[]",
		"a space":         strings.Replace(good, ",", ", ", 1),
		"other order":     `{"actor":"person/anne","action":"exercise.note"` + good[strings.Index(good, `,"at"`):],
		"unknown member":  strings.Replace(good, `{"action"`, `{"aa":1,"action"`, 1),
		"missing member":  strings.Replace(good, `"subject":"exercise/7",`, "", 1),
		"another type":    strings.Replace(good, `"subject":"exercise/7"`, `"subject":7`, 1),
		"number zero":     strings.Replace(good, `"n":1`, `"n":0`, 1),
		"broken number":   strings.Replace(good, `"n":1`, `"n":1.5`, 1),
		"other time zone": strings.Replace(good, `Z","prev"`, `+00:00","prev"`, 1),
		"capital hash":    strings.Replace(good, `"prev":"0`, `"prev":"A`, 1),
		"more digits":     strings.Replace(good, `"a":[true,null,1.5]`, `"a":[true,null,1.50]`, 1),
		"trailing text":   good + " ",
	} {
		if _, err := ParseLine([]byte(bad)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestProofs(t *testing.T) {
	const n = 21
	m := filled(t, n)
	head, err := ReadHead(m, "o", start)
	if err != nil {
		t.Fatal(err)
	}
	i := int64(0)
	for line := range m.Lines() {
		i++
		p, err := ProveLine(m, n, i)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := p.MarshalText()
		var again Proof
		if err := again.UnmarshalText(text); err != nil {
			t.Fatal(err)
		}
		if l, err := CheckLine(again, head, line); err != nil || l.Number != i {
			t.Errorf("line %d: %v", i, err)
		}
		if _, err := CheckLine(p, head, bytes.Replace(line, []byte("SAMU"), []byte("samu"), 1)); err == nil {
			t.Errorf("line %d: an altered line was accepted", i)
		}
		p[0][0] ^= 1
		if _, err := CheckLine(p, head, line); err == nil {
			t.Errorf("line %d: a broken proof was accepted", i)
		}
	}
	if _, err := ProveLine(m, n, n+1); err == nil {
		t.Error("proved a line that is not there")
	}
	if _, err := CheckLine(nil, Head{Origin: "o", Size: 1<<63 - 1}, []byte("{}")); err == nil {
		t.Error("accepted an impossible head")
	}
}

func TestGrowth(t *testing.T) {
	const n = 13
	full, other := filled(t, n), filled(t, n)
	later, _ := ReadHead(full, "o", start)
	for size := range int64(n + 1) {
		root, err := tlog.TreeHash(size, other)
		if err != nil {
			t.Fatal(err)
		}
		earlier := Head{Origin: "o", Size: size, Root: root}
		p, err := ProveGrowth(full, size, n)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckGrowth(p, earlier, later); err != nil {
			t.Errorf("from %d: %v", size, err)
		}
		earlier.Root[3] ^= 1
		if CheckGrowth(p, earlier, later) == nil {
			t.Errorf("from %d: another past was accepted", size)
		}
		earlier.Root[3] ^= 1
		if earlier.Origin = "p"; CheckGrowth(p, earlier, later) == nil {
			t.Errorf("from %d: another journal was accepted", size)
		}
	}
	if CheckGrowth(nil, later, Head{Origin: "o", Size: 3}) == nil {
		t.Error("a shrinking journal was accepted")
	}
	if CheckGrowth(nil, Head{Origin: "o", Size: 1<<63 - 1}, Head{Origin: "o", Size: 1<<63 - 1}) == nil {
		t.Error("an impossible size was accepted")
	}
}

func TestMemoryKeepsWritersApart(t *testing.T) {
	var m Memory
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 25 {
				if _, err := m.Append(testEntry(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	s := testSigner(t, "o", 1)
	if res, err := VerifyExport(bytes.NewReader(exported(t, &m, s)), s.Public()); err != nil || !res.Proven() || res.Lines != 200 {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestExportTellsThatTheStoreWasChanged(t *testing.T) {
	m := filled(t, 9)
	m.lines[4] = bytes.Replace(m.lines[4], []byte("SAMU"), []byte("15  "), 1)
	s := testSigner(t, "o", 1)
	head, _ := ReadHead(m, "o", start)
	signed, err := s.Sign(head)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Export(&out, signed, m.Lines()); err == nil {
		t.Error("exported without a word")
	}
	res, err := VerifyExport(&out, s.Public())
	if err != nil || !res.Exact || len(res.Problems) != 1 || res.Problems[0].Kind != Altered || res.Problems[0].Line != 5 {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestHeadIsStrict(t *testing.T) {
	s := testSigner(t, "test.invalid/journal", 1)
	head, _ := ReadHead(filled(t, 5), s.Origin(), start)
	signed, err := s.Sign(head)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseSignedHead(text)
	if err != nil || back.Head != head || !bytes.Equal(back.Key, s.Public()) {
		t.Fatalf("%+v, %v", back, err)
	}
	for i := range text {
		for _, bit := range []byte{0x01, 0x20, 0x80} {
			bad := bytes.Clone(text)
			bad[i] ^= bit
			if _, err := ParseSignedHead(bad); err == nil {
				t.Errorf("byte %d changed to %q: accepted", i, bad[i])
			}
		}
	}
	if _, err := s.Sign(Head{Origin: "another"}); err == nil {
		t.Error("signed the head of another journal")
	}
	for _, origin := range []string{"", "a b", "a+b", "a\nb", "\xff"} {
		if _, err := NewSigner(origin, s.private); err == nil {
			t.Errorf("origin %q: accepted", origin)
		}
	}
}

func TestPublicPEM(t *testing.T) {
	s := testSigner(t, "o", 1)
	text, err := PublicPEM(s.Public())
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("not PEM: %s", text)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil || !s.Public().Equal(key.(ed25519.PublicKey)) {
		t.Errorf("%v, %v", key, err)
	}
}

func TestFoldIsTheTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 70).Draw(t, "lines")
		var m Memory
		var f fold
		for i := range n {
			l, err := m.Append(testEntry(i))
			if err != nil {
				t.Fatal(err)
			}
			f.add(l.Hash())
		}
		want, err := tlog.TreeHash(int64(n), &m)
		if err != nil || f.root() != want {
			t.Fatalf("%d lines: %v, want %v (%v)", n, f.root(), want, err)
		}
	})
}
