package generate_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hygie/directory/dump"
	"hygie/directory/generate"
	"hygie/directory/ldif"
)

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "domain")
	truth, err := generate.Folder(options(generate.Demo, 300, 8), dir)
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		t.Helper()
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
		return b
	}
	if !dump.Is(read(generate.DumpFile)) || !ldif.Is(read(generate.LDIFFile)[:200]) {
		t.Error("the files are not what their names say")
	}
	var again generate.Truth
	if err := json.Unmarshal(read(generate.TruthFile), &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*truth, again); diff != "" {
		t.Error(diff)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 6 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestFolderOfSomeForms(t *testing.T) {
	dir := t.TempDir()
	if _, err := generate.Folder(options(generate.Healthy, 300, 8), dir, generate.DumpFile); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
	if _, err := generate.Folder(options(generate.Healthy, 300, 8), dir, "x"); err == nil {
		t.Error("an unknown form is written")
	}
}

func TestFolderLeavesNothingHalfWritten(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, generate.DumpFile), 0o700); err != nil { // its place is taken
		t.Fatal(err)
	}
	if _, err := generate.Folder(options(generate.Demo, 300, 8), dir); err == nil {
		t.Fatal("no error")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}
