package seal_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hygie/seal"
)

var update = flag.Bool("update", false, "write the golden file")

// key is made from a constant: tests give the same bytes everywhere.
func key(b byte) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, 32)) }

func public(b byte) ed25519.PublicKey { return key(b).Public().(ed25519.PublicKey) }

// history is an exported journal, and the signed head of it.
func history(t testing.TB) (export, head []byte) {
	t.Helper()
	export, err := os.ReadFile("../journal/testdata/seven.journal")
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(export, []byte("\n"))
	return export, bytes.Join(lines[1:10], nil)
}

// sample is a small pack with a journal.
func sample(t testing.TB) []byte {
	t.Helper()
	export, head := history(t)
	return pack(t, map[string][]byte{"dossier.json": []byte(`{"call":"d1"}`), "preuves/001 rapport.pdf": []byte("%PDF-"), "vide.txt": nil,
		"journal.journal": export, seal.HeadName: head}, "dossier.json", "journal.journal", "preuves/001 rapport.pdf", seal.HeadName, "vide.txt")
}

func pack(t testing.TB, files map[string][]byte, order ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := seal.NewWriter(&b, key(1), seal.Instructions)
	for _, name := range order {
		if _, err := w.Add(name, bytes.NewReader(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func verified(t testing.TB, data []byte, trusted ...ed25519.PublicKey) seal.Result {
	t.Helper()
	res, err := seal.Verify(bytes.NewReader(data), int64(len(data)), trusted...)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestIntact(t *testing.T) {
	res := verified(t, sample(t), public(1))
	if !res.Intact() || !res.Trusted || res.Files != 7 || res.Journals != 2 || res.Head == nil || res.Head.Size != 7 {
		t.Errorf("%+v", res)
	}
	if res := verified(t, sample(t)); !res.Intact() || res.Trusted {
		t.Errorf("without a key: %+v", res)
	}
	if res := verified(t, sample(t), public(2)); res.Intact() || res.Trusted || res.Problems[0].Kind != seal.BadKey {
		t.Errorf("with another key: %+v", res)
	}
	if !bytes.Equal(sample(t), sample(t)) {
		t.Error("two packs of the same files differ")
	}
}

// A pack sealed by this version stays readable: a change of the container, even by a newer standard library, is seen here first.
func TestGolden(t *testing.T) {
	const name = "testdata/sample.zip"
	if *update {
		if err := os.WriteFile(name, sample(t), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(sample(t), want) {
		t.Error("the same files are sealed otherwise than before")
	}
	if res := verified(t, want); !res.Intact() {
		t.Errorf("%+v", res)
	}
}

// No bit of a pack can be turned unnoticed, wherever it is.
func TestEveryBit(t *testing.T) {
	var b bytes.Buffer
	w := seal.NewWriter(&b, key(1), "")
	if _, err := w.Add("dossier.json", strings.NewReader("{}")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	for i := range data {
		for bit := range 8 {
			data[i] ^= 1 << bit
			res, err := seal.Verify(bytes.NewReader(data), int64(len(data)))
			if err == nil && res.Intact() {
				t.Fatalf("bit %d of byte %d is not missed", bit, i)
			}
			data[i] ^= 1 << bit
		}
	}
}

// What was done to a pack is told.
func TestTampered(t *testing.T) {
	remade := func(change func(name string, content []byte) (string, []byte), more ...string) []byte {
		old, err := zip.NewReader(bytes.NewReader(sample(t)), int64(len(sample(t))))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		put := func(name string, content []byte) {
			f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
			if err == nil {
				_, err = f.Write(content)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, f := range old.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			if name, content := change(f.Name, content); name != "" {
				put(name, content)
			}
		}
		for _, name := range more {
			put(name, []byte("x"))
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	same := func(name string, content []byte) (string, []byte) { return name, content }
	replace := func(wanted, by string) func(string, []byte) (string, []byte) {
		return func(name string, content []byte) (string, []byte) {
			if name == wanted {
				return name, []byte(by)
			}
			return name, content
		}
	}
	without := func(wanted string) func(string, []byte) (string, []byte) {
		return func(name string, content []byte) (string, []byte) {
			if name == wanted {
				return "", nil
			}
			return name, content
		}
	}
	data := sample(t)
	for _, row := range []struct {
		name string
		data []byte
		want seal.Kind
		file string
	}{
		{"another content", remade(replace("dossier.json", "{}")), seal.Altered, "dossier.json"},
		{"a file taken out", remade(without("vide.txt")), seal.Missing, "vide.txt"},
		{"a file put in", remade(same, "autre.txt"), seal.Added, "autre.txt"},
		{"a name twice", remade(same, "vide.txt"), seal.BadName, "vide.txt"},
		{"a name that leads out", remade(same, "../x"), seal.BadName, "../x"},
		{"another list", remade(replace(seal.SumsName, "0  x\n")), seal.BadSignature, seal.SignatureName},
		{"another signature", remade(replace(seal.SignatureName, strings.Repeat("x", 64))), seal.BadSignature, seal.SignatureName},
		{"no key", remade(replace(seal.KeyName, "x")), seal.BadKey, seal.KeyName},
		{"bytes after the end", append(bytes.Clone(data), 0), seal.BadContainer, ""},
		{"bytes before the beginning", append([]byte("MZ"), data...), seal.BadContainer, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			res, err := seal.Verify(bytes.NewReader(row.data), int64(len(row.data)))
			if errors.Is(err, seal.ErrFormat) && row.want == seal.BadContainer {
				return
			}
			if err != nil || res.Intact() {
				t.Fatalf("%+v, %v", res, err)
			}
			for _, p := range res.Problems {
				if p.Kind == row.want && (p.File == row.file || row.want == seal.BadContainer) {
					return
				}
			}
			t.Errorf("%+v", res.Problems)
		})
	}
}

// A journal inside is verified as a journal, whoever signed the pack around it.
func TestForgedJournal(t *testing.T) {
	export, _ := history(t)
	forged := bytes.Replace(export, []byte("Ligne 3"), []byte("Ligne 9"), 1)
	if bytes.Equal(forged, export) {
		t.Fatal("the line to forge was not found")
	}
	res := verified(t, pack(t, map[string][]byte{"j": forged}, "j"))
	if res.Intact() || res.Problems[0].Kind != seal.BadJournal {
		t.Errorf("%+v", res)
	}
}

func TestCompressedIsRefused(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{seal.SumsName, seal.SignatureName, seal.KeyName} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err == nil {
			_, err = f.Write(make([]byte, 1<<20))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Verify(bytes.NewReader(b.Bytes()), int64(b.Len())); !errors.Is(err, seal.ErrFormat) {
		t.Error(err)
	}
}

func TestNames(t *testing.T) {
	w := seal.NewWriter(io.Discard, key(1), "")
	for _, name := range []string{"", ".", "..", "../a", "/a", "a/../b", "a//b", `a\b`, "c:x", "a\x00b", "a\u202eb", "NUL.txt", "com1", "a/", "a.", " a", "\xff", "é", strings.Repeat("a", 201), seal.SumsName, seal.KeyName} {
		if _, err := w.Add(name, strings.NewReader("")); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
	if _, err := w.Add("Preuve.pdf", strings.NewReader("")); err != nil {
		t.Error(err)
	}
	if _, err := w.Add("preuve.PDF", strings.NewReader("")); err == nil {
		t.Error("two names that some systems take for one")
	}
}

// Any text becomes a name that a pack takes.
func TestSafeName(t *testing.T) {
	for _, row := range []struct{ in, want string }{
		{"Rapport d’audit n° 3.PDF", "Rapport-d-audit-n-3.PDF"}, {"../../etc/passwd", "etc-passwd"}, {"", "fichier"}, {"CON.txt", "fichierCON.txt"},
		{"a\x00b.ods", "ab.ods"}, {"...", "fichier"}, {"é.pdf", "e.pdf"}, {strings.Repeat("é", 40) + ".pdf", strings.Repeat("e", 26) + ".pdf"},
	} {
		got := seal.SafeName(row.in, 30)
		if got != row.want || seal.CheckName(got) != nil {
			t.Errorf("%q became %q, want %q", row.in, got, row.want)
		}
	}
}

func FuzzSafeName(f *testing.F) {
	f.Add("a.b", 3)
	f.Fuzz(func(t *testing.T, name string, longest int) {
		longest = min(max(longest, 20), 150)
		if got := seal.SafeName(name, longest); seal.CheckName(got) != nil {
			t.Errorf("%q became %q: %v", name, got, seal.CheckName(got))
		}
	})
}

func FuzzVerify(f *testing.F) {
	f.Add(sample(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		want, err := os.ReadFile("testdata/sample.zip")
		if err != nil {
			t.Fatal(err)
		}
		res, err := seal.Verify(bytes.NewReader(data), int64(len(data)), public(1))
		if err == nil && res.Intact() && !bytes.Equal(data, want) {
			t.Error("another file passes for sealed by our key")
		}
	})
}

// The commands of LISEZMOI.txt do what it says, with the real tools.
func TestByHand(t *testing.T) {
	for _, tool := range []string{"unzip", "sha256sum", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED, %s is not installed", tool)
		}
	}
	_, script, ok := strings.Cut(seal.Instructions, "    unzip")
	if !ok {
		t.Fatal("no commands")
	}
	script, _, _ = strings.Cut("unzip"+script, "\n\n")
	run := func(data []byte) (string, error) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "FICHIER.zip"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "-ec", script)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := run(sample(t))
	if err != nil || !strings.Contains(out, "Signature Verified Successfully") {
		t.Errorf("%v\n%s", err, out)
	}
	if print := verified(t, sample(t)).Fingerprint; !strings.Contains(out, strings.ReplaceAll(print, " ", "")) {
		t.Errorf("the commands show another fingerprint than %s:\n%s", print, out)
	}
	altered := bytes.Replace(sample(t), []byte(`{"call":"d1"}`), []byte(`{"call":"d2"}`), 1)
	if out, err := run(altered); err == nil {
		t.Errorf("an altered pack passes:\n%s", out)
	}
}

// Sealing and verifying hold nothing of the files: a gigabyte passes in a few megabytes.
func BenchmarkSeal(b *testing.B) {
	const size = 256 << 20
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		w := seal.NewWriter(io.Discard, key(1), "")
		if _, err := w.Add("a.bin", io.LimitReader(zeros{}, size)); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
