package paths_test

import (
	"slices"
	"strings"
	"testing"

	"hygie/directory/control"
)

// Every kind of edge is drawn in a row that leads somewhere.
func TestEveryKindIsDrawn(t *testing.T) {
	drawn := make(map[string]int)
	note := func(want string) {
		for kind := range strings.FieldsSeq(want) {
			drawn[kind]++
		}
	}
	near := 0
	for _, r := range kindRows() {
		if note(r.want); r.want == "" {
			near++
		}
	}
	for _, r := range authorityRows() {
		if note(r.want); r.want == "" {
			near++
		}
	}
	for _, r := range policyRows() {
		if note(r.want); r.want == "" {
			near++
		}
	}
	for _, r := range trustRows() {
		if note(r.want); r.want == "" {
			near++
		}
	}
	for _, k := range control.Kinds() {
		if drawn[k.String()] == 0 {
			t.Errorf("%s is in no row", k)
		}
	}
	for kind := range drawn {
		if !slices.ContainsFunc(control.Kinds(), func(k control.Kind) bool { return k.String() == kind }) {
			t.Errorf("%s is no kind", kind)
		}
	}
	if near < 60 {
		t.Errorf("%d near misses", near)
	}
}
