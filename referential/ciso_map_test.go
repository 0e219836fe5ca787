package referential

import (
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func linkLibrary(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/ciso-links.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// both are the two frameworks that the library links, as they are once imported.
func bothFrameworks(t testing.TB) []*Package {
	t.Helper()
	var all []*Package
	for _, data := range [][]byte{watchLibrary(t), library1(t)} {
		p, _, err := ReadCISO("x.yaml", data)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func TestReadCISOMap(t *testing.T) {
	known := bothFrameworks(t)
	m, notes, err := ReadCISOMap("links.yaml", []byte(linkLibrary(t)), known)
	if err != nil {
		t.Fatal(err)
	}
	if m.ID != "watch-to-care" || m.Version != "4" || m.Title.EN != "From the watch to care" || m.Source.Mark != Derived || !strings.Contains(m.Source.Text.EN, "Nobody") {
		t.Errorf("%+v", m)
	}
	annotated := Text{"Lamps show copies.", "Lamps show copies."}
	want := []Pair{
		{From: "veille-1-0", To: "essai-soin-1-0", Source: m.Source, Links: []Link{{From: "W.1", To: "1.1", Relation: Superset, Strength: 8, Rationale: Functional, Note: annotated}, {From: "W.2", To: "1.2-a", Relation: Intersects}}},
		{From: "essai-soin-1-0", To: "veille-1-0", Source: m.Source, Links: []Link{{From: "1.2-a", To: "W.1", Relation: Subset}}}}
	if !reflect.DeepEqual(m.Pairs, want) {
		t.Errorf("%+v", m.Pairs)
	}
	if err := m.Check(known); err != nil {
		t.Error(err)
	}
	for _, note := range []string{"rationales other than syntactic, semantic and functional are left out (line 29)", "strengths outside 1 to 10 are left out (line 30)",
		"links to lines that are no requirement of package veille-1-0 are left out (line 31)", "left out (line 34)", "what is linked twice is linked as it was first (line 37)",
		"what the two directions of a set say differently is taken from the first (line 49)"} {
		if !slices.ContainsFunc(notes, func(n string) bool { return strings.HasSuffix(n, note) }) {
			t.Errorf("no %q in\n%s", note, strings.Join(notes, "\n"))
		}
	}
	// There and back again.
	data, err := WriteCISOMap(m, known)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"relationship: intersect\n", "strength_of_relationship: 8", `source_framework_urn: "urn:invented:risk:framework:veille-1.0"`} {
		if !strings.Contains(string(data), part) {
			t.Errorf("no %q in\n%s", part, data)
		}
	}
	back, notes, err := ReadCISOMap("back.yaml", data, known)
	if err != nil || len(notes) > 0 || !reflect.DeepEqual(back, m) {
		t.Errorf("%v %q\n%+v\n%+v", err, notes, back, m)
	}
	if _, err := WriteCISOMap(m, known[:1]); err == nil || !strings.Contains(err.Error(), "essai-soin-1-0") {
		t.Errorf("an unknown package: %v", err)
	}
}

// Without the frameworks, codes are what their names say.
func TestReadCISOMapAlone(t *testing.T) {
	m, notes, err := ReadCISOMap("links.yaml", []byte(linkLibrary(t)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := m.Pairs[0]; p.From != "veille-1-0" || p.To != "essai-soin" || p.Links[0].From != "w.1" || p.Links[0].To != "1.1" {
		t.Errorf("%+v", p)
	}
	if !slices.ContainsFunc(notes, func(n string) bool {
		return strings.Contains(n, "urn:invented:risk:framework:essai-soin is not among the packages given")
	}) {
		t.Errorf("%q", notes)
	}
}

func TestReadCISOMapFaults(t *testing.T) {
	good := linkLibrary(t)
	for _, row := range []struct{ old, new, want string }{
		{"  requirement_mapping_sets:", "  mappings:", "there is no link"},
		{"name: From", "title: From", `"name" is missing`},
		{"    source_framework_urn: urn:invented:risk:framework:veille-1.0\n", "", `links.yaml:14:5: mapping set: "source_framework_urn" is missing`},
		{"    requirement_mappings:\n    - source", "    requirement_mappings: 3\n    other:\n    - source", "must be a list"},
		{"name: Watch to care", "name: *x", "anchors"},
	} {
		text := strings.Replace(good, row.old, row.new, 1)
		if text == good {
			t.Fatalf("no %q", row.old)
		}
		_, _, err := ReadCISOMap("links.yaml", []byte(text), nil)
		var faults Problems
		if !errors.As(err, &faults) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", row.new, err)
		}
	}
	for data, want := range map[string]bool{good: true, string(library1(t)): false, "objects: 3": false, "": false, "urn: x\nobjects:\n  framework: {}\n  requirement_mapping_sets: []": false} {
		if IsCISOMap([]byte(data)) != want {
			t.Errorf("%.60q: %v", data, !want)
		}
	}
}

func FuzzReadCISOMap(f *testing.F) {
	f.Add([]byte(linkLibrary(f)))
	known := bothFrameworks(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, _, err := ReadCISOMap("x.yaml", data, known)
		if err != nil {
			return
		}
		if out, err := WriteCISOMap(m, known); err == nil {
			if _, _, err := ReadCISOMap("again.yaml", out, known); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
	})
}
