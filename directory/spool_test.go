//go:build unix

package directory_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"testing"

	"hygie/directory"
)

// watchful looks into a folder each time that it is read.
type watchful struct {
	io.Reader
	folder string
	seen   []string
}

func (w *watchful) Read(p []byte) (int, error) {
	entries, err := os.ReadDir(w.folder)
	for _, e := range entries {
		w.seen = append(w.seen, e.Name())
	}
	if err != nil {
		return 0, err
	}
	return w.Reader.Read(p)
}

// An archive that comes as a stream is copied to be read from its end; a program that is killed meanwhile leaves no copy behind.
func TestTheCopyOfAnArchiveHasNoName(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	w, err := z.CreateHeader(&zip.FileHeader{Name: "x.bin", Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(bytes.Repeat([]byte("x"), 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	in := &watchful{Reader: &file, folder: folder}
	if _, err := directory.Open(t.Context(), []directory.Source{{Name: "a.zip", Reader: in}}, directory.Limits{}); err == nil {
		t.Error("an archive without a directory was opened")
	}
	if len(in.seen) > 0 {
		t.Errorf("while it was read, the copy lay in the open: %q", in.seen)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
