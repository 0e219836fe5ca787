package journal

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// say writes problems compactly: kind, lines, line of the file.
func say(res Result) string {
	var b strings.Builder
	for _, p := range res.Problems {
		fmt.Fprintf(&b, "%s", p.Kind)
		switch {
		case p.To > p.Line:
			fmt.Fprintf(&b, " %d-%d", p.Line, p.To)
		case p.Line > 0:
			fmt.Fprintf(&b, " %d", p.Line)
		}
		if p.FileLine > 0 {
			fmt.Fprintf(&b, "@%d", p.FileLine-headLines)
		}
		b.WriteString("; ")
	}
	if res.Exact {
		b.WriteString("exact")
	}
	return strings.TrimSuffix(b.String(), "; ")
}

// TestVerifyNamesTheLine tampers with the lines of a journal of nine.
func TestVerifyNamesTheLine(t *testing.T) {
	s := testSigner(t, "test.invalid/journal", 1)
	file := exported(t, filled(t, 9), s)
	other := exported(t, filled(t, 12), testSigner(t, "test.invalid/journal", 2))

	swap := func(from, to string, lines ...int) func(l [][]byte) [][]byte {
		return func(l [][]byte) [][]byte {
			for _, n := range lines {
				changed := bytes.Replace(l[n-1], []byte(from), []byte(to), 1)
				if bytes.Equal(changed, l[n-1]) {
					t.Fatalf("line %d has no %q", n, from)
				}
				l[n-1] = changed
			}
			return l
		}
	}
	remove := func(from, to int) func(l [][]byte) [][]byte {
		return func(l [][]byte) [][]byte { return slices.Delete(l, from-1, to) }
	}
	copyTo := func(n, before int) func(l [][]byte) [][]byte {
		return func(l [][]byte) [][]byte { return slices.Insert(l, before-1, l[n-1]) }
	}
	move := func(n, to int) func(l [][]byte) [][]byte {
		return func(l [][]byte) [][]byte {
			line := l[n-1]
			return slices.Insert(slices.Delete(l, n-1, n), to-1, line)
		}
	}
	for _, c := range []struct {
		name   string
		change func(l [][]byte) [][]byte
		want   string
	}{
		{"untouched", func(l [][]byte) [][]byte { return l }, "exact"},
		{"altered text", swap("SAMU", "SDIS", 4), "altered 4@4; exact"},
		{"altered first", swap("SAMU", "SDIS", 1), "altered 1@1; exact"},
		{"altered last", swap("SAMU", "SDIS", 9), "altered 9@9; exact"},
		{"altered prev", swap(`"prev":"`, `"prev":"0`, 5), "altered 5@5; exact"},
		{"altered prev, still a line", func(l [][]byte) [][]byte {
			i := bytes.Index(l[4], []byte(`"prev":"`)) + len(`"prev":"`)
			l[4][i] = map[bool]byte{true: '1', false: '0'}[l[4][i] == '0']
			return l
		}, "altered 5@5; exact"},
		{"altered number", swap(`"n":4`, `"n":7`, 4), "altered 4@4; exact"},
		{"altered number beyond the end", swap(`"n":4`, `"n":4000`, 4), "altered 4@4; exact"},
		{"unreadable", swap(`"action"`, `"Action"`, 6), "altered 6@6; exact"},
		{"two apart", swap("SAMU", "SDIS", 3, 7), "altered 3@3; altered 7@7; exact"},
		{"two in a row", swap("SAMU", "SDIS", 3, 4), "altered 3@3; altered 4@4; exact"},
		{"all of them", swap("SAMU", "SDIS", 1, 2, 3, 4, 5, 6, 7, 8, 9), "altered 1@1; altered 2@2; altered 3@3; altered 4@4; altered 5@5; altered 6@6; altered 7@7; altered 8@8; altered 9@9; exact"},
		{"removed", remove(5, 5), "missing 5; exact"},
		{"removed first", remove(1, 1), "missing 1; exact"},
		{"removed two", remove(5, 6), "missing 5-6"},
		{"truncated by one", remove(9, 9), "truncated 9; exact"},
		{"truncated", remove(6, 9), "truncated 6-9"},
		{"emptied", remove(1, 9), "truncated 1-9"},
		{"doubled", copyTo(3, 4), "inserted 3@4; exact"},
		{"doubled elsewhere", copyTo(3, 8), "inserted 3@8; exact"},
		{"swapped", move(5, 6), "reordered 6@5; exact"},
		{"moved to the end", move(2, 9), "reordered 2@9; exact"},
		{"moved to the front", move(8, 1), "reordered 8@1; exact"},
		{"foreign line", func(l [][]byte) [][]byte { return slices.Insert(l, 4, []byte("# a remark")) }, "inserted@5; exact"},
		{"empty line", func(l [][]byte) [][]byte { return slices.Insert(l, 4, nil) }, "inserted@5; exact"},
		{"false twin first", func(l [][]byte) [][]byte {
			return slices.Insert(l, 4, bytes.Replace(l[4], []byte("SAMU"), []byte("SDIS"), 1))
		}, "inserted 5@5; exact"},
		{"line added at the end", func(l [][]byte) [][]byte {
			return append(l, bytes.Split(bytes.TrimSpace(other), []byte("\n"))[headLines+9])
		}, "inserted 10@10; exact"},
		{"removed and renumbered", func(l [][]byte) [][]byte {
			l = slices.Delete(l, 7, 8)
			l[7] = bytes.Replace(l[7], []byte(`"n":9`), []byte(`"n":8`), 1)
			return l
		}, "unfitting 7-8@7; truncated 9"},
		{"swapped and renumbered", func(l [][]byte) [][]byte {
			l[3], l[4] = bytes.Replace(l[4], []byte(`"n":5`), []byte(`"n":4`), 1), bytes.Replace(l[3], []byte(`"n":4`), []byte(`"n":5`), 1)
			return l
		}, "unfitting 3-4@3; unfitting 4-5@4; altered 5@5"},
		{"removed one and altered another", func(l [][]byte) [][]byte {
			l[1] = bytes.Replace(l[1], []byte("SAMU"), []byte("SDIS"), 1)
			return slices.Delete(l, 6, 7)
		}, "altered 2@2; missing 7; exact"},
	} {
		head, lines := cut(file)
		bad := join(head, c.change(lines))
		res, err := VerifyExport(bytes.NewReader(bad), s.Public())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := say(res); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if res.Proven() != (c.want == "exact") {
			t.Errorf("%s: proven is %v", c.name, res.Proven())
		}
	}
}

func cut(file []byte) (head []byte, lines [][]byte) {
	all := bytes.SplitAfter(bytes.Clone(file), []byte("\n"))
	for _, l := range all[headLines : len(all)-1] {
		lines = append(lines, bytes.TrimSuffix(l, []byte("\n")))
	}
	return bytes.Join(all[:headLines], nil), lines
}

func join(head []byte, lines [][]byte) []byte {
	out := bytes.Clone(head)
	for _, l := range lines {
		out = append(append(out, l...), '\n')
	}
	return out
}

func TestVerifyOfTheWhole(t *testing.T) {
	s, thief := testSigner(t, "test.invalid/journal", 1), testSigner(t, "test.invalid/journal", 2)
	full := filled(t, 9)
	file := exported(t, full, s)

	// A journal made again from line 4 on, sealed with the right key: only an older head can tell.
	var forged Memory
	for i := range 9 {
		e := testEntry(i)
		if i >= 3 {
			e.Text = "rien à signaler"
		}
		if _, err := forged.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	rewritten := exported(t, &forged, s)
	oldHead, _ := cut(file)
	_, newLines := cut(rewritten)

	headAt := func(m *Memory, size int64) Head {
		root, err := tlog.TreeHash(size, m)
		if err != nil {
			t.Fatal(err)
		}
		return Head{Origin: s.Origin(), Size: size, Root: root}
	}
	for _, c := range []struct {
		name  string
		file  []byte
		known []Head
		want  string
	}{
		{"as sealed", file, nil, "exact"},
		{"grown since a known head", file, []Head{headAt(full, 0), headAt(full, 5), headAt(full, 9)}, "exact"},
		{"signed by another", exported(t, full, thief), nil, "wrong-key; exact"},
		{"rewritten under the old head", join(oldHead, newLines), nil, "altered 9@9"},
		{"rewritten and sealed again", rewritten, nil, "exact"},
		{"rewritten, known head before the change", rewritten, []Head{headAt(full, 3)}, "exact"},
		{"rewritten, known head after the change", rewritten, []Head{headAt(full, 5)}, "forked 1-5; exact"},
		{"older than a known head", exported(t, filled(t, 4), s), []Head{headAt(full, 9)}, "older 5-9; exact"},
		{"head of another journal", file, []Head{{Origin: "another", Size: 2}}, "other-journal; exact"},
		{"other size in the head", bytes.Replace(file, []byte("\n9\n"), []byte("\n8\n"), 1), nil, "bad-signature"},
		{"other time in the head", bytes.Replace(file, []byte("time 2026"), []byte("time 2025"), 1), nil, "bad-signature"},
		{"head not readable", bytes.Replace(file, []byte("\nlast "), []byte("\nlost "), 1), nil, "bad-head"},
		{"file ends in the head", file[:60], nil, "bad-head"},
		{"file ends in a line", file[:len(file)-10], nil, "altered 9@9; exact"},
		{"last line feed cut", file[:len(file)-1], nil, "altered 9@9; exact"},
		{"bad signature and a line altered", bytes.Replace(bytes.Replace(file, []byte("time 2026"), []byte("time 2025"), 1),
			[]byte("Ligne 3"), []byte("Ligne 8"), 1), nil, "bad-signature; altered 4@4"},
	} {
		res, err := Verifier{Trusted: []ed25519.PublicKey{s.Public()}, Known: c.known}.Verify(bytes.NewReader(c.file))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := say(res); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestVerifyRefusesOtherFiles(t *testing.T) {
	for name, file := range map[string]string{
		"empty":           "",
		"text":            "hello\n",
		"another version": "hygie journal 2\n",
		"a long line":     strings.Repeat("x", 1<<20),
		"line end":        "hygie journal 1\r\n",
	} {
		if _, err := VerifyExport(strings.NewReader(file)); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	file := exported(t, filled(t, 3), testSigner(t, "o", 1))
	broken := io.MultiReader(bytes.NewReader(file[:len(file)-30]), iotest.ErrReader(errors.New("no more disk")))
	if _, err := VerifyExport(broken); err == nil || !strings.Contains(err.Error(), "no more disk") {
		t.Errorf("a disk that fails: %v", err)
	}
	// A head that promises too much must not cost memory or time.
	s := testSigner(t, "o", 1)
	signed, err := s.Sign(Head{Origin: "o", Size: maxSize, Time: start})
	if err != nil {
		t.Fatal(err)
	}
	seal, _ := signed.MarshalText()
	res, err := VerifyExport(strings.NewReader(magic+"\n"+string(seal)+"\n"), s.Public())
	if err != nil || say(res) != fmt.Sprintf("truncated 1-%d", int64(maxSize)) {
		t.Errorf("%s, %v", say(res), err)
	}
}

// TestAnyByteChangeIsSeen changes one byte, anywhere, to anything.
func TestAnyByteChangeIsSeen(t *testing.T) {
	s := testSigner(t, "test.invalid/journal", 1)
	files := [][]byte{exported(t, filled(t, 0), s), exported(t, filled(t, 1), s), exported(t, filled(t, 6), s)}
	seen := func(bad []byte) bool {
		res, err := VerifyExport(bytes.NewReader(bad), s.Public())
		return err != nil || !res.Proven() && len(res.Problems) > 0
	}
	for _, file := range files {
		for i := range file {
			bad := bytes.Clone(file)
			bad[i] ^= 1
			if !seen(bad) {
				t.Errorf("byte %d: %q to %q was not seen", i, file[i], bad[i])
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		bad := bytes.Clone(rapid.SampledFrom(files).Draw(t, "file"))
		i := rapid.IntRange(0, len(bad)-1).Draw(t, "at")
		switch rapid.IntRange(0, 2).Draw(t, "act") {
		case 0:
			bad[i] ^= rapid.ByteRange(1, 255).Draw(t, "bits")
		case 1:
			if bad = slices.Delete(bad, i, i+1); i < len(bad) && i > 0 && len(bad) == 0 {
				t.Skip("nothing left")
			}
		case 2:
			bad = slices.Insert(bad, i, rapid.Byte().Draw(t, "byte"))
		}
		if slices.ContainsFunc(files, func(f []byte) bool { return bytes.Equal(f, bad) }) {
			t.Skip("the change gave a file back")
		}
		if !seen(bad) {
			t.Fatalf("not seen")
		}
	})
}

func TestWriteText(t *testing.T) {
	s := testSigner(t, "test.invalid/journal", 1)
	file := exported(t, filled(t, 9), s)
	head, lines := cut(file)
	lines[2] = bytes.Replace(lines[2], []byte("SAMU"), []byte("SDIS"), 1)
	bad := join(head, slices.Delete(lines, 5, 7))
	for _, c := range []struct {
		name, lang string
		file       []byte
		want       []string
	}{
		{"proven, French", "fr", file, []string{"PROUVÉ\u00a0: les 9 lignes", "04/03/2026 à 06:06:07,089 UTC", Fingerprint(s.Public())}},
		{"proven, English", "en", file, []string{"PROVEN: the 9 lines"}},
		{"wrong, French", "fr", bad, []string{"NON PROUVÉ", "- La ligne 3 a été modifiée (ligne 14 du fichier).", "- Les lignes 6 à 7 ont été retirées.", "peut-être incomplète"}},
		{"wrong, English", "en", bad, []string{"NOT PROVEN", "- Line 3 was altered (line 14 of the file).", "- Lines 6 to 7 were taken out."}},
	} {
		res, err := VerifyExport(bytes.NewReader(c.file), s.Public())
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := res.WriteText(&out, c.lang); err != nil {
			t.Fatal(err)
		}
		for _, w := range c.want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s: no %q in:\n%s", c.name, w, out.String())
			}
		}
	}
	for _, table := range []texts{english, french} {
		for kind := range english.problems {
			for _, p := range []Problem{{Kind: kind}, {Kind: kind, Line: 2, To: 2}, {Kind: kind, Line: 2, To: 4}} {
				if got := p.say(table); strings.Contains(got, "%!") && p.Line > 0 && table.problems[kind].one != "" {
					t.Errorf("%+v: %s", p, got)
				}
			}
			if (french.problems[kind] == phrase{}) {
				t.Errorf("%s: no French", kind)
			}
		}
	}
}

// TestByHand follows docs/formats/journal.md with tools that know nothing of this program.
func TestByHand(t *testing.T) {
	for _, tool := range []string{"sh", "sed", "openssl", "sha256sum", "base64"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: the commands of docs/formats/journal.md are not tried", tool)
		}
	}
	doc, err := os.ReadFile(filepath.Join("..", "docs", "formats", "journal.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(doc), "<!-- by hand -->\n\n```sh\n")
	script, _, ok2 := strings.Cut(rest, "```")
	if !ok || !ok2 {
		t.Fatal("the commands are not in the document")
	}
	file := exported(t, filled(t, 5), testSigner(t, "test.invalid/journal", 1))
	run := func(file []byte) (string, error) {
		path := filepath.Join(t.TempDir(), "export.journal")
		if err := os.WriteFile(path, file, 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", script, "sh", path)
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run(file); err != nil || !strings.Contains(out, "Signature Verified Successfully") || strings.Contains(out, "wrong") {
		t.Errorf("good file: %v\n%s", err, out)
	}
	if out, err := run(bytes.Replace(file, []byte("time 2026"), []byte("time 2025"), 1)); err == nil {
		t.Errorf("altered head: accepted\n%s", out)
	}
	for n := range 5 {
		bad := bytes.Replace(file, []byte("Ligne "+strconv.Itoa(n)), []byte("Ligne 9"), 1)
		if out, err := run(bad); err == nil || !strings.Contains(out, fmt.Sprintf("line %d is wrong", n+1)) {
			t.Errorf("line %d altered: %v\n%s", n+1, err, out)
		}
	}
}

func FuzzVerifyExport(f *testing.F) {
	s := testSigner(f, "test.invalid/journal", 1)
	for _, n := range []int{0, 1, 5} {
		f.Add(exported(f, filled(f, n), s))
	}
	f.Add([]byte(magic + "\n"))
	sealed := map[string]bool{}
	for n := range 8 {
		sealed[string(exported(f, filled(f, n), s))] = true
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		res, err := VerifyExport(bytes.NewReader(data), s.Public())
		if err != nil {
			return
		}
		if res.Proven() && !sealed[string(data)] {
			t.Fatalf("proven, but never sealed:\n%s", data)
		}
		if !res.Proven() && len(res.Problems) == 0 {
			t.Fatal("not proven, without a reason")
		}
		if err := res.WriteText(io.Discard, "fr"); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzParseLine(f *testing.F) {
	m := filled(f, 4)
	for l := range m.Lines() {
		f.Add(l)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := ParseLine(data); err == nil && !bytes.Equal(l.Bytes(), data) {
			t.Fatalf("%q is read, and written as %q", data, l.Bytes())
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	var m Memory
	e := testEntry(3)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Append(e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	s := testSigner(b, "o", 1)
	file := exported(b, filled(b, 10_000), s)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if res, err := VerifyExport(bytes.NewReader(file), s.Public()); err != nil || !res.Proven() {
			b.Fatal(err)
		}
	}
}
