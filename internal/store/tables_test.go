package store

import (
	"io/fs"
	"regexp"
	"slices"
	"testing"
)

// A backup restores table after table, in the order of the migrations: what refers to itself or forward must wait for the
// commit.
func TestReferencesPointBackOrAreDeferred(t *testing.T) {
	tables, err := Tables()
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) < 5 || slices.Index(tables, "structure") != 0 {
		t.Fatalf("tables %v", tables)
	}
	names, err := fs.Glob(schemaFiles, "schema/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	statement := regexp.MustCompile(`(?is)create table (\w+) \((.*?)\n\);`)
	reference := regexp.MustCompile(`(?i)references (\w+) \(\w+\)( deferrable initially deferred)?`)
	found := 0
	for _, name := range names {
		text, err := schemaFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, create := range statement.FindAllStringSubmatch(string(text), -1) {
			for _, ref := range reference.FindAllStringSubmatch(create[2], -1) {
				found++
				if slices.Index(tables, ref[1]) >= slices.Index(tables, create[1]) && ref[2] == "" {
					t.Errorf("%s: table %s refers to %s, which is not made before it: say deferrable initially deferred", name, create[1], ref[1])
				}
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d references found; is the pattern still right?", found)
	}
}
