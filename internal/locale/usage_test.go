package locale_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hygie/internal/locale"
)

// Calls whose first argument is a message key, and struct fields that hold one. A key with something after it, such as
// "verdict." + status, is a beginning and not a key.
var keyCall = regexp.MustCompile(`\b(?:T|NotFound|Refused|Conflict|Flash)\((?:ctx, |flash\w*, |ui\.\w+, )?"([a-z0-9_]+(?:\.[a-z0-9_]+)+)"\s*[,)]` +
	`|\bKey:\s*"([a-z0-9_]+(?:\.[a-z0-9_]+)+)"\s*[,}\n]`)

// quoted finds every string that may be a key, or the beginning of one that is completed from data: "verdict." + status.
var quoted = regexp.MustCompile("[\"`]([a-z0-9_]+(?:\\.[a-z0-9_]+)*\\.?)[\"`]")

var commentLine = regexp.MustCompile(`(?m)^\s*//.*$`)

// source returns the text of every Go and templ file of the module but tests and generated files, without
// comment lines.
func source(t *testing.T) map[string]string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() && (strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules") {
			return filepath.SkipDir
		}
		generated := strings.HasSuffix(base, "_templ.go") || strings.HasSuffix(base, "_test.go")
		if d.IsDir() || generated || !(strings.HasSuffix(base, ".go") || strings.HasSuffix(base, ".templ")) {
			return nil
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		files[rel] = commentLine.ReplaceAllString(string(content), "")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestEveryKeyAskedForExists(t *testing.T) {
	p := printer(t, locale.French)
	for file, text := range source(t) {
		for _, found := range keyCall.FindAllStringSubmatch(text, -1) {
			if key := found[1] + found[2]; !p.Has(key) {
				t.Errorf("%s asks for message %q, which no file of messages has", file, key)
			}
		}
	}
}

func TestEveryMessageIsUsed(t *testing.T) {
	literal := make(map[string]bool)
	for _, text := range source(t) {
		for _, found := range quoted.FindAllStringSubmatch(text, -1) {
			literal[found[1]] = true
		}
	}
	c, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range c.Keys() {
		if !literal[key] && !begun(literal, key) {
			t.Errorf("message %q is used nowhere", key)
		}
	}
}

// begun reports whether some source text holds a beginning of the key that ends with a dot or a low line.
func begun(literal map[string]bool, key string) bool {
	for i, r := range key {
		if (r == '.' || r == '_') && literal[key[:i+1]] {
			return true
		}
	}
	return false
}
