package hygie_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "hygie"

// goPackage is what `go list` says of one package.
type goPackage struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	decoder := json.NewDecoder(out)
	for {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if err := command.Wait(); err != nil {
		t.Fatal(err)
	}
	return all
}

// room is a row of the table: a package, with those below it that have no row, and what it may import.
type room struct {
	name    string
	imports []string
}

func table(t *testing.T) []room {
	t.Helper()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "<!-- imports:begin -->")
	rows, _, ended := strings.Cut(rest, "<!-- imports:end -->")
	if !found || !ended {
		t.Fatal("ARCHITECTURE.md has no table of imports")
	}
	var rooms []room
	for line := range strings.Lines(rows) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || !strings.Contains(cells[1], "`") {
			continue
		}
		r := room{name: strings.Trim(strings.TrimSpace(cells[1]), "`")}
		for _, item := range strings.Fields(strings.NewReplacer("`", " ", ",", " ").Replace(cells[2])) {
			if item != "–" {
				r.imports = append(r.imports, item)
			}
		}
		rooms = append(rooms, r)
	}
	return rooms
}

// local is a package path inside the module, "." for its root; false for others.
func local(path string) (string, bool) {
	if path == module {
		return ".", true
	}
	return strings.CutPrefix(path, module+"/")
}

// under tells whether a package is a room or below it.
func under(pkg, room string) bool { return pkg == room || strings.HasPrefix(pkg, room+"/") }

// roomOf is the most particular room of a package.
func roomOf(rooms []room, pkg string) (room, bool) {
	var best room
	for _, r := range rooms {
		if under(pkg, r.name) && len(r.name) > len(best.name) {
			best = r
		}
	}
	return best, best.name != ""
}

func isEngine(pkg string) bool {
	return pkg != "." && !under(pkg, "internal") && !under(pkg, "cmd") && !under(pkg, "e2e")
}

func TestImportsFollowTheTable(t *testing.T) {
	rooms := table(t)
	used := map[string]bool{}
	for _, p := range packages(t) {
		pkg, _ := local(p.ImportPath)
		if pkg == "." {
			continue // this test
		}
		r, ok := roomOf(rooms, pkg)
		if !ok {
			t.Errorf("package %s has no row in ARCHITECTURE.md", pkg)
			continue
		}
		used[r.name] = true
		for _, imported := range p.Imports {
			target, ok := local(imported)
			if !ok || sameRoom(rooms, r, target) {
				continue
			}
			if !allowed(r, target) {
				t.Errorf("%s imports %s, which its row %q does not allow", pkg, target, r.name)
			}
			if isEngine(pkg) && under(target, "internal") {
				t.Errorf("engine %s imports %s", pkg, target)
			}
		}
	}
	for _, r := range rooms {
		if !used[r.name] {
			t.Errorf("ARCHITECTURE.md has a row for %s, which does not exist", r.name)
		}
	}
}

// sameRoom tells whether a package belongs to this very row.
func sameRoom(rooms []room, r room, pkg string) bool {
	other, ok := roomOf(rooms, pkg)
	return ok && other.name == r.name
}

func allowed(r room, target string) bool {
	return slices.ContainsFunc(r.imports, func(item string) bool {
		return item == "everything" || item == "engines" && isEngine(target) || under(target, item)
	})
}

// The table itself must lead downwards only: following it never comes back.
func TestTheTableHasNoCircle(t *testing.T) {
	rooms := table(t)
	byName := map[string]room{}
	for _, r := range rooms {
		byName[r.name] = r
	}
	var visit func(name string, trail []string) error
	visit = func(name string, trail []string) error {
		if slices.Contains(trail, name) {
			return fmt.Errorf("%s → %s", strings.Join(trail, " → "), name)
		}
		for _, next := range byName[name].imports {
			if next == name || next == "engines" || next == "everything" {
				continue
			}
			if err := visit(next, append(trail, name)); err != nil {
				return err
			}
		}
		return nil
	}
	for _, r := range rooms {
		if err := visit(r.name, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// Names that say nothing about their subject make bad rooms.
func TestNoRoomForEverything(t *testing.T) {
	for _, p := range packages(t) {
		name := p.ImportPath[strings.LastIndex(p.ImportPath, "/")+1:]
		if slices.Contains([]string{"util", "utils", "common", "helpers", "models", "misc", "shared", "base"}, name) {
			t.Errorf("package %s: name it after its subject", p.ImportPath)
		}
	}
}
