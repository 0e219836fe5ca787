package app

import (
	"testing"
	"time"

	"hygie/directory"
)

// The demonstration's hospital is at level 1 for reasons one believes, and better the second time.
func TestDemonstrationAudits(t *testing.T) {
	day := time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)
	failing := func(second bool) map[string]bool {
		content, err := demoDump(day, demoWeaknesses(second))
		if err != nil {
			t.Fatal(err)
		}
		d, err := directory.Open(t.Context(), []directory.Source{{Name: "demo", Reader: content}}, directory.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := directory.Audit(d, directory.Options{AsOf: day})
		if err != nil {
			t.Fatal(err)
		}
		out := make(map[string]bool)
		for _, p := range r.Domains[0].Failed() {
			out[p.ID] = true
		}
		if r.Level != 1 {
			t.Errorf("level %d", r.Level)
		}
		return out
	}
	first, second := failing(false), failing(true)
	fresh := 0
	for id := range second {
		if !first[id] {
			fresh++
		}
	}
	if len(first) < 25 || len(first) > 30 || len(second) >= len(first)-3 || fresh != 2 {
		t.Errorf("%d points fail, then %d of which %d are new", len(first), len(second), fresh)
	}
}
