package paths_test

import (
	"slices"
	"strings"
	"testing"

	"hygie/directory/control"
)

// Every kind of edge is drawn in a row that leads somewhere, and beside it in a row that differs by little and leads nowhere.
func TestEveryKindIsDrawn(t *testing.T) {
	drawn, missed := make(map[string]int), make(map[string]int)
	near := 0
	// Rows stand by subject: a near miss is one of the kinds of the row before it that leads somewhere.
	var subject []string
	note := func(want string) {
		if want == "" {
			near++
			for _, kind := range subject {
				missed[kind]++
			}
			return
		}
		subject = strings.Fields(want)
		for _, kind := range subject {
			drawn[kind]++
		}
	}
	for _, r := range kindRows() {
		note(r.want)
	}
	for _, r := range authorityRows() {
		note(r.want)
	}
	for _, r := range policyRows() {
		note(r.want)
	}
	for _, r := range trustRows() {
		note(r.want)
	}
	for _, k := range control.Kinds() {
		if drawn[k.String()] == 0 {
			t.Errorf("%s is in no row", k)
		}
		if missed[k.String()] == 0 {
			t.Errorf("%s has no near miss", k)
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
