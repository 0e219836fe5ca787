package points

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/model/distname"
)

// verdict evaluates a drawn world and gives the verdict of a point on its domain.
func verdict(t *testing.T, point string, lines ...string) Verdict {
	t.Helper()
	return verdictOf(t, Evaluate(drawn.New(t, lines...).Freeze(), Options{AsOf: drawn.AsOf}), point)
}

func verdictOf(t *testing.T, results []Result, point string) Verdict {
	t.Helper()
	if len(results) == 0 {
		t.Fatal("no domain in the world")
	}
	for _, v := range results[0].Verdicts {
		if v.Point.ID == point {
			return v
		}
	}
	t.Fatalf("no verdict for %s", point)
	return Verdict{}
}

// sum writes a verdict in one line: status, failed levels, then each object by name with its levels.
func sum(v Verdict) string {
	out := string(v.Status)
	if len(v.Failed) > 0 {
		out += fmt.Sprintf(" %v", v.Failed)
	}
	var names []string
	for o := range v.Objects.All() {
		name := distname.RDNValue(o.DN)
		if len(v.Point.Levels) > 1 {
			name += fmt.Sprint(o.Levels)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		out += ": " + strings.Join(names, ", ")
	}
	return out
}
