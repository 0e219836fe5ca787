package referential

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const mapText = `format: 1
map: example
version: "1"
title: {fr: Essai, en: Test}
source: {mark: own, text: {fr: a, en: a}}
pairs:
  - from: left
    to: right
    source: {mark: own, text: {fr: a, en: a}}
    links:
      - {from: same, to: same, relation: equal}
      - {from: big, to: part, relation: superset, strength: 7, rationale: semantic, note: {fr: n, en: n}}
      - {from: part, to: big, relation: subset}
      - {from: near, to: near, relation: intersects}
`

func judged(pkg string, met ...string) Assessment {
	a := Assessment{Package: pkg}
	for _, code := range []string{"same", "big", "part", "near"} {
		status := NotMet
		if slices.Contains(met, code) {
			status = Met
		}
		a.Requirements = append(a.Requirements, Verdict{Code: code, Status: status})
	}
	return a
}

// Meeting the whole shows the part, never the other way round.
func TestShown(t *testing.T) {
	m, err := ReadMap("map.yaml", []byte(mapText))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, pkg string
		judged    map[string]Assessment
		want      string
	}{
		{"nothing judged", "right", nil, ""},
		{"nothing met", "right", map[string]Assessment{"left": judged("left")}, ""},
		{"left to right", "right", map[string]Assessment{"left": judged("left", "same", "big", "part", "near")}, "same by left same true; part by left big true; big by left part false; near by left near false"},
		{"right to left", "left", map[string]Assessment{"right": judged("right", "same", "big", "part", "near")}, "same by right same true; part by right big true; big by right part false; near by right near false"},
		{"its own verdicts show nothing", "left", map[string]Assessment{"left": judged("left", "same")}, ""},
		{"another package", "other", map[string]Assessment{"left": judged("left", "same")}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			var lines []string
			for _, s := range m.Shown(row.pkg, row.judged) {
				lines = append(lines, fmt.Sprint(s.Code, " by ", s.By.Package, " ", s.By.Code, " ", s.Whole))
			}
			if got := strings.Join(lines, "; "); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestMapFaults(t *testing.T) {
	for _, row := range []struct{ old, new, want string }{
		{"format: 1", "format: 2", "format must be 1"},
		{"relation: equal", "relation: like", "must be one of equal superset subset intersects"},
		{"to: right", "to: left", "cannot be linked to itself"},
		{"{from: near, to: near", "{from: same, to: same", "linked twice"},
		{"relation: subset", "relation: subset, why: x", `unknown key "why"`},
		{"    links:", "    ropes:", `"links" is missing`},
		{"strength: 7", "strength: 7.5", "strength is a whole number"},
		{"- {from: near, to: near, relation: intersects}", "- {from: near, to: near, relation: intersects}\n  - from: right\n    to: left\n    source: {mark: own, text: {fr: a, en: a}}\n    links: [{from: same, to: same, relation: subset}]", "same and same are linked twice"},
	} {
		text := strings.Replace(mapText, row.old, row.new, 1)
		if _, err := ReadMap("map.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q", row.new, err, row.want)
		}
	}
	m, err := ReadMap("map.yaml", []byte(mapText))
	if err != nil {
		t.Fatal(err)
	}
	err = m.Check([]*Package{asking(t)})
	if err == nil || strings.Count(err.Error(), "there is no package") != 2 {
		t.Errorf("packages that are not there: %v", err)
	}
	left, right := asking(t), asking(t)
	left.ID, right.ID = "left", "right"
	if err := m.Check([]*Package{left, right}); err == nil || !strings.Contains(err.Error(), "package left has no requirement same") {
		t.Errorf("requirements that are not there: %v", err)
	}
	if !IsMap([]byte(mapText)) || IsMap([]byte(askingText)) || IsMap([]byte("[")) {
		t.Error("which file is a map")
	}
}

func FuzzReadMap(f *testing.F) {
	f.Add([]byte(mapText))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ReadMap("x.yaml", data)
		if (m == nil) != (err != nil) {
			t.Fatalf("map %v, error %v", m, err)
		}
		if err == nil {
			m.Shown("right", map[string]Assessment{"left": judged("left", "same")})
		}
	})
}
