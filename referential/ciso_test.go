package referential

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func library1(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/ciso.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestReadCISO(t *testing.T) {
	p, notes, err := ReadCISO("ciso.yaml", library1(t))
	if err != nil {
		t.Fatal(err)
	}
	if p.ID != "essai-soin-1-0" || p.Version != "3" || p.Title != (Text{"Référentiel inventé", "Invented framework"}) || p.Source.Mark != Derived || !strings.Contains(p.Source.Text.FR, "Personne") || p.Scale.Max != 4 {
		t.Errorf("head %+v %v %v", p.ID, p.Title, p.Source)
	}
	var lines []string
	for _, a := range p.Axes {
		lines = append(lines, a.Code+" "+a.Title.EN)
		for _, o := range a.Objectives {
			lines = append(lines, "  "+o.Code+" "+o.Title.FR)
			for _, r := range o.Requirements {
				for _, q := range r.Questions {
					line := fmt.Sprintf("    %s %s | %s %s ×%v", r.Code, r.Title.FR, q.Code, q.Text.FR, q.Weight)
					for _, c := range q.Choices {
						line += fmt.Sprintf(" [%s %v %s]", c.Text.FR, c.Score, c.Outcome)
					}
					lines = append(lines, line)
				}
			}
		}
	}
	compliance := " [Initial 0 not_met] [Défini 2 partial] [Optimisé 4 met] [Non applicable 0 not_applicable]"
	want := []string{"1 Backups", "  1.0 Sauvegardes", "    1.1 Copier | 1-1 Copier ×2" + compliance, "  1.2 Restaurer",
		"    1.2-a Un test de restauration a lieu chaque année. | 1-2-a Testez-vous ? ×1 [Oui 4 met] [Parfois 2 partial] [Non 0 not_met] [Sans objet 0 not_applicable]",
		"1-2 Former", "  1-2.0 Former", "    1-3 Former | 1-3 Former ×1" + compliance}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	for _, part := range []string{"questions of type text: not carried over; compliance is asked instead when a requirement has no other (line 64)", "nothing below can be assessed", "one language only"} {
		if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, part) }) {
			t.Errorf("no note about %q: %q", part, notes)
		}
	}
}

func TestReadCISOFaults(t *testing.T) {
	good := string(library1(t))
	for _, row := range []struct{ name, old, new, want string }{
		{"no framework", "  framework:\n", "  frames:\n", `"framework" is missing`},
		{"no nodes", "    requirement_nodes:\n", "    nodes:\n", `"requirement_nodes" is missing`},
		{"unknown parent", "parent_urn: urn:invented:risk:req_node:essai-soin:1.2\n", "parent_urn: urn:none\n", "ciso.yaml:52:19: requirement node: parent_urn urn:none is no node"},
		{"urn twice", "- urn: urn:invented:risk:req_node:essai-soin:3\n", "- urn: urn:invented:risk:req_node:essai-soin:2\n", "is already used on line"},
		{"circle", "      depth: 1\n      ref_id: 1\n      name: Sauvegardes", "      depth: 1\n      parent_urn: urn:invented:risk:req_node:essai-soin:1.2\n      ref_id: 1\n      name: Sauvegardes", "turn in a circle"},
		{"anchor", "name: Former", "name: &a Former", "anchors"},
		{"not a mapping", "  framework:\n", "  framework: 3\n  other:\n", "framework must be a mapping"},
	} {
		t.Run(row.name, func(t *testing.T) {
			text := strings.Replace(good, row.old, row.new, 1)
			if text == good {
				t.Fatalf("no %q", row.old)
			}
			_, _, err := ReadCISO("ciso.yaml", []byte(text))
			var faults Problems
			if err == nil || !errors.As(err, &faults) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
	if _, _, err := ReadCISO("x", []byte(strings.ReplaceAll(good, "assessable: true", "assessable: false"))); err == nil || !strings.Contains(err.Error(), "no node is assessable") {
		t.Errorf("nothing assessable: %v", err)
	}
	nameless := "urn: a\n" + good[strings.Index(good, "objects:"):]
	if _, _, err := ReadCISO("x", []byte(nameless)); err == nil || !strings.Contains(err.Error(), `"name" is missing`) {
		t.Errorf("no name: %v", err)
	}
	if _, _, err := ReadCISO("x", make([]byte, maxLibrary+1)); err == nil {
		t.Error("too long a file is read")
	}
}

// A package that asks questions survives the way to CISO Assistant and back: lines, words, choices, scores and outcomes.
func TestCISOAndBack(t *testing.T) {
	for _, name := range []string{"", "esms-13", "anssi-hygiene-42"} {
		p := asking(t)
		if name != "" {
			data, err := os.ReadFile("packages/" + name + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			if p, err = Read(name, data); err != nil {
				t.Fatal(err)
			}
		}
		data, _, err := WriteCISO(p)
		if err != nil {
			t.Fatal(err)
		}
		q, notes, err := ReadCISO("back.yaml", data)
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		if q.ID != p.ID || q.Title != p.Title || q.MaxScore() != p.MaxScore() || len(q.Axes) != len(p.Axes) {
			t.Errorf("%s: head %s %v", name, q.ID, q.Title)
		}
		for _, note := range notes {
			if strings.Contains(note, "language") || strings.Contains(note, "score") {
				t.Errorf("%s: %s", name, note)
			}
		}
		before, after := p.Requirements(), q.Requirements()
		for i, r := range before {
			if i >= len(after) || after[i].Code != r.Code || after[i].Title != r.Title || len(after[i].Questions) != len(r.Questions) {
				t.Fatalf("%s: requirement %s became %+v", name, r.Code, after[min(i, len(after)-1)].Line)
			}
			for j, question := range r.Questions {
				other := after[i].Questions[j]
				if other.Code != question.Code || other.Text != question.Text || !reflect.DeepEqual(other.Choices, question.Choices) {
					t.Errorf("%s: question %s became %+v", name, question.Code, other)
				}
			}
		}
	}
}

func TestWholeVersion(t *testing.T) {
	for version, want := range map[string]int{"1": 1, "1.0": 10000, "2.0.0": 20000, "1.2": 10200, "1.2.3": 10203, "12.1": 120100} {
		if got := wholeVersion(version); got != want {
			t.Errorf("%s: %d, want %d", version, got, want)
		}
		if back := versionOf(float64(want)); back != strings.TrimSuffix(version, ".0.0") && back+".0" != version && back != version {
			t.Errorf("%d: %s, want %s", want, back, version)
		}
	}
}

// Programs write keys without a value.
func TestReadCISONothing(t *testing.T) {
	good := string(library1(t))
	for _, row := range []struct{ old, new string }{
		{"    implementation_groups_definition:", "    scores_to_come: null\n    implementation_groups_definition: null\n    groups:"},
		{"    scores_definition:", "    scores_definition: null\n    scores:"},
		{"      depth: 1\n      ref_id: 1\n      name: Sauvegardes", "      depth: 1\n      parent_urn: null\n      description: ~\n      ref_id: 1\n      name: Sauvegardes"},
		{"          - {urn: \"a\", value: Oui,", "          - {urn: \"a\", color: null, description: null, value: Oui,"},
	} {
		text := strings.Replace(good, row.old, row.new, 1)
		if text == good {
			t.Fatalf("no %q", row.old)
		}
		if _, _, err := ReadCISO("ciso.yaml", []byte(text)); err != nil {
			t.Errorf("%s: %v", row.new, err)
		}
	}
}

// Whatever is read as a library is a package that can be written both ways.
func FuzzReadCISO(f *testing.F) {
	f.Add(library1(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, _, err := ReadCISO("x.yaml", data)
		if err != nil {
			return
		}
		out, _, err := WriteCISO(p)
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := ReadCISO("again.yaml", out)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if a, b := len(p.Questions()), len(again.Questions()); a != b {
			t.Fatalf("%d questions become %d\n%s", a, b, out)
		}
	})
}
