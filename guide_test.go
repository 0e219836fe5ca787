package hygie_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"hygie/internal/locale"
)

var bold = regexp.MustCompile(`\*\*([^*]+)\*\*`)

// The user guide names buttons and pages by the words of the screens: each is a French message.
func TestGuideUsesTheWordsOfTheScreens(t *testing.T) {
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	p := catalogue.Printer(locale.French, time.UTC)
	spaces := strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\n", " ")
	known := map[string]bool{}
	for _, key := range catalogue.Keys() {
		known[spaces.Replace(p.T(key))] = true
	}
	files, err := filepath.Glob("docs/guide/*.md")
	if err != nil || len(files) < 7 {
		t.Fatalf("%d files of the guide: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range bold.FindAllStringSubmatch(string(text), -1) {
			words := strings.Join(strings.Fields(spaces.Replace(found[1])), " ")
			question := strings.HasSuffix(words, "?") || strings.HasSuffix(words, ".") || words == "en gras"
			if !question && !known[words] {
				t.Errorf("%s: no screen says %q", file, words)
			}
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]+)\)`)

// Links between the documents lead somewhere.
func TestLinksBetweenDocuments(t *testing.T) {
	var files []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/guide/*.md", "docs/formats/*.md", "docs/decisions/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), found[1])); err != nil {
				t.Errorf("%s leads to %s, which is not there", file, found[1])
			}
		}
	}
}
