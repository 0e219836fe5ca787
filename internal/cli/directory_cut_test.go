package cli

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hygie/directory/generate"
	"hygie/directory/report"
)

// An ORADAD folder of which one table was cut, or is missing, is audited all the same: whichever it is, what was read is decided, and the report says that
// it is not whole.
func TestCutTables(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "domain")
	if code, _, errs := directoryRun(t, nil, "generate", "--objects", "300", "--out", dir, "--only", generate.ORADADFolder); code != Done {
		t.Fatal(errs)
	}
	var tables []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".tsv") && d.Name() != "metadata.tsv" && d.Name() != "tables.tsv" {
			tables = append(tables, path)
		}
		return err
	})
	if err != nil || len(tables) < 10 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	for _, path := range tables {
		name, _ := filepath.Rel(dir, path)
		t.Run(name, func(t *testing.T) {
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := os.WriteFile(path, whole, 0o600); err != nil {
					t.Fatal(err)
				}
			}()
			for _, cut := range [][]byte{whole[:len(whole)/2|1], nil} { // in the middle of a character of two bytes; and gone
				if cut == nil {
					err = os.Remove(path)
				} else {
					err = os.WriteFile(path, cut, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
				code, out, errs := directoryRun(t, nil, "audit", dir, "--format", "json")
				var r report.Report
				if code != Done && code != Failed {
					t.Fatalf("%d %s", code, errs)
				}
				if err := json.Unmarshal([]byte(out), &r); code == Done && err != nil {
					t.Errorf("%v: %.200s", err, out)
				}
				if code == Failed && !strings.Contains(errs, "\n") {
					t.Errorf("no reason is given: %q", errs)
				}
			}
		})
	}
}
