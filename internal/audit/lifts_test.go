package audit

import (
	"testing"

	"hygie/directory/points"
)

// The level that mending a point leads to is that of what remains once all that hold the domain as low are mended.
func TestLifts(t *testing.T) {
	failed := func(id, domain string, levels ...int) Point {
		return Point{ID: id, Domain: domain, Status: points.Failed, FailedLevels: levels}
	}
	for _, row := range []struct {
		name          string
		all           []Point // the first is mended
		level, others int
	}{
		{"alone", []Point{failed("a", "x", 1)}, 5, 0},
		{"alone at its level", []Point{failed("a", "x", 1), failed("b", "x", 3), failed("c", "x", 2, 3)}, 2, 0},
		{"with two others", []Point{failed("a", "x", 1), failed("b", "x", 1), failed("c", "x", 1, 2), failed("d", "x", 4)}, 4, 2},
		{"not what holds it down", []Point{failed("a", "x", 3), failed("b", "x", 1)}, 0, 0},
		{"another domain", []Point{failed("a", "x", 2), failed("b", "y", 1)}, 5, 0},
		{"a passed point", []Point{failed("a", "x", 1), {ID: "b", Domain: "x", Status: points.Passed}}, 5, 0},
	} {
		if level, others := lifts(row.all[0], row.all); level != row.level || others != row.others {
			t.Errorf("%s: level %d with %d others, want %d with %d", row.name, level, others, row.level, row.others)
		}
	}
}
