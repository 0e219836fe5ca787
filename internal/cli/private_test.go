package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func say(text string, err error) func(io.Writer) error {
	return func(w io.Writer) error {
		_, failed := io.WriteString(w, text)
		return errors.Join(failed, err)
	}
}

func TestWritePrivate(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "report"), filepath.Join(dir, "link")
	if err := os.Symlink("report", link); err != nil {
		t.Skip(err)
	}
	for _, row := range []struct {
		name, path, text string
		err              error
		want             string // content of the report afterwards
	}{
		{"a new file", path, "one", nil, "one"},
		{"through a link", link, "two", nil, "two"},
		{"a failure leaves what was", path, "half", io.ErrUnexpectedEOF, "two"},
		{"a folder", dir, "x", nil, "two"},
		{"no such folder", filepath.Join(dir, "none", "x"), "x", nil, "two"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := writePrivate(row.path, say(row.text, row.err))
			if (err == nil) != (row.want == row.text) {
				t.Errorf("error %v", err)
			}
			got, readErr := os.ReadFile(path)
			if readErr != nil || string(got) != row.want {
				t.Errorf("%q, %v, want %q", got, readErr, row.want)
			}
		})
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if kind, err := os.Lstat(link); err != nil || kind.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
	list, _ := os.ReadDir(dir)
	if len(list) != 2 {
		t.Errorf("left behind: %v", list)
	}
}
