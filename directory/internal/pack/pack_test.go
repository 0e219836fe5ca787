package pack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func all(string) bool { return true }

// content gives the files of a pack as name=text, and the error of the walk.
func content(p Pack) ([]string, error) {
	var out []string
	err := p.Each(all, func(f File) error {
		text, err := io.ReadAll(f)
		out = append(out, f.Name+"="+string(text[:min(len(text), 10)]))
		return err
	})
	slices.Sort(out)
	return out, err
}

func zipOf(t testing.TB, files map[string]string) Pack {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := Zip(bytes.NewReader(b.Bytes()), int64(b.Len()), Limits{Files: 5, Bytes: 500 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Every kind of pack gives its files in the same way; names never lead out of it.
func TestPacks(t *testing.T) {
	files := map[string]string{"a/b.txt": "un", "../../c.txt": "deux", `d\e.txt`: "trois"}
	want := []string{"a/b.txt=un", "c.txt=deux", "d/e.txt=trois"}
	if got, err := content(zipOf(t, files)); err != nil || !slices.Equal(got, want) {
		t.Errorf("zip: %q, %v", got, err)
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.WriteHeader(&tar.Header{Name: "l", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}), w.Close()); err != nil {
		t.Fatal(err)
	}
	p, err := Tar(bytes.NewReader(b.Bytes()), int64(b.Len()), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a walk can be repeated
		if got, err := content(p); err != nil || !slices.Equal(got, want) {
			t.Errorf("tar: %q, %v", got, err)
		}
	}
	dir := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "a"), 0o700), os.WriteFile(filepath.Join(dir, "a", "b.txt"), []byte("un"), 0o600),
		os.Symlink("/etc/passwd", filepath.Join(dir, "link"))); err != nil {
		t.Fatal(err)
	}
	if got, err := content(Folder(dir, Limits{})); err != nil || !slices.Equal(got, want[:1]) {
		t.Errorf("folder: %q, %v", got, err)
	}
}

func TestLimits(t *testing.T) {
	for name, row := range map[string]struct {
		p    Pack
		want error
	}{
		"files": {zipOf(t, map[string]string{"1": "", "2": "", "3": "", "4": "", "5": "", "6": ""}), ErrFiles},
		"ratio": {zipOf(t, map[string]string{"1": strings.Repeat("a", 200<<20)}), ErrRatio},
	} {
		if _, err := content(row.p); !errors.Is(err, row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), make([]byte, 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := content(Folder(dir, Limits{Bytes: 999})); !errors.Is(err, ErrBytes) {
		t.Errorf("bytes: %v", err)
	}
	if _, err := content(Folder(dir, Limits{Bytes: 1000})); err != nil {
		t.Errorf("bytes at the limit: %v", err)
	}
}
