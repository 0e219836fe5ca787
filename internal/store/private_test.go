//go:build unix

package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"hygie/internal/store"
)

// The database holds findings, hashes of passwords and sealed secrets: nobody else on the machine reads it, whatever the mode of its folder.
func TestTheSQLiteFileIsItsOwnersAlone(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(folder, "hygie.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) < 2 {
		t.Fatalf("%d files, %v; want the database and its log", len(files), err)
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %04o", file.Name(), mode)
		}
	}
}
