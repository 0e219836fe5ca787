package hygie_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// Every direct dependency has a line that says why it is there, and every line a dependency.
func TestDependenciesAreExplained(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	file, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("docs/decisions/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(doc), -1) {
		explained[row[1]] = false
	}
	tools := map[string]bool{}
	for _, tool := range file.Tool {
		tools[tool.Path] = true
	}
	for _, r := range file.Require {
		isTool := slices.ContainsFunc(file.Tool, func(tool *modfile.Tool) bool { return strings.HasPrefix(tool.Path, r.Mod.Path+"/") })
		if r.Indirect && !isTool {
			continue
		}
		if _, ok := explained[r.Mod.Path]; !ok {
			t.Errorf("%s has no line in docs/decisions/dependencies.md", r.Mod.Path)
		}
		explained[r.Mod.Path] = true
	}
	for path, used := range explained {
		if !used {
			t.Errorf("docs/decisions/dependencies.md explains %s, which go.mod does not require directly", path)
		}
	}
}

// What is linked into the program may be given to anyone under a permissive licence.
func TestLinkedLicencesArePermissive(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}", "./cmd/hygie").Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if path, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			modules[path] = dir
		}
	}
	if len(modules) < 5 {
		t.Fatalf("only %d modules found", len(modules))
	}
	// Titles of licences: the Mozilla licence names the GNU ones in its text without being one.
	refused := regexp.MustCompile(`(?im)^\W*GNU (lesser |affero |library )?general public license\W*$|^\W*non-?profit.*licen[cs]e|commons clause|^\W*business source license`)
	for path, dir := range modules {
		files, err := filepath.Glob(filepath.Join(dir, "[LC][IiOo][CcPp][EeYy][NnIi]*"))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) == 0 {
			t.Errorf("%s: no licence file", path)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				continue // a folder of that name
			}
			if found := refused.Find(text); found != nil {
				t.Errorf("%s: %s says %q", path, filepath.Base(name), found)
			}
		}
	}
}
