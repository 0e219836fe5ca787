package referential

import (
	"slices"
	"strings"
	"testing"
)

func TestClashes(t *testing.T) {
	read := func(facts string) *Package {
		text := strings.Replace(unsureText, "  - {key: level, kind: number, label: {fr: le niveau, en: the level}}\n", "  - {key: level, kind: number, label: {fr: a, en: a}}\n"+facts, 1)
		p, err := Read("x.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	one := read("  - {key: grade, kind: text, scale: [F, A], label: {fr: a, en: a}}\n  - {key: seen, kind: date, label: {fr: a, en: a}}\n  - {key: mine, kind: bool, label: {fr: a, en: a}}\n")
	for _, row := range []struct {
		name, facts string
		want        []Clash
	}{
		{"the same", "  - {key: grade, kind: text, scale: [F, A], label: {fr: b, en: b}}\n", nil},
		{"a text without scale is read like one with", "  - {key: grade, kind: text, label: {fr: b, en: b}}\n", nil},
		{"another form", "  - {key: seen, kind: bool, label: {fr: b, en: b}}\n", []Clash{{Key: "seen", Kind: DateKind, Package: "call", Other: BoolKind}}},
		{"another scale", "  - {key: grade, kind: text, scale: [A, F], label: {fr: b, en: b}}\n", []Clash{{Key: "grade", Kind: TextKind, Package: "call", Other: TextKind, Scale: true}}},
	} {
		if got := one.Clashes(read(row.facts)); !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

func TestIsCISO(t *testing.T) {
	for text, want := range map[string]bool{"urn: x\nobjects: {}\n": true, "urn: x\n": false, unsureText: false, "": false, "[": false, "- a\n": false} {
		if got := IsCISO([]byte(text)); got != want {
			t.Errorf("IsCISO(%.20q) = %v", text, got)
		}
	}
}
