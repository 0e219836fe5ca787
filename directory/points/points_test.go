package points

import (
	"slices"
	"testing"

	"hygie/directory/internal/drawn"
	"hygie/directory/points/guidance"
)

func TestHealthyWorldPasses(t *testing.T) {
	results := Evaluate(drawn.New(t).Freeze(), Options{AsOf: drawn.AsOf})
	if len(results) != 1 {
		t.Fatalf("%d domains, want 1", len(results))
	}
	for _, v := range results[0].Verdicts {
		want := "passed"
		if v.Point.ID == "vuln_permissions_gpo_priv" {
			want = "not_evaluated" // the folder of a policy is not in the directory
		}
		if got := sum(v); got != want {
			t.Errorf("%s: %s, want %s; missing %q", v.Point.ID, got, want, v.Missing)
			for o := range v.Objects.All() {
				t.Logf("  %s: %s", o.DN, o.Reason.Text("en"))
			}
		}
	}
	if r := results[0]; r.Level != BestLevel || !r.UpperBound {
		t.Errorf("level %d, upper bound %v; want 5, true", r.Level, r.UpperBound)
	}
}

func TestFamiliesAreThoseOfTheGuidance(t *testing.T) {
	for _, p := range Table() {
		if family, ok := guidance.FamilyOf(p.ID); !ok || family != p.Family {
			t.Errorf("%s: family %q, guidance has %q", p.ID, p.Family, family)
		}
		if !slices.IsSorted(p.Levels) || len(p.Levels) == 0 {
			t.Errorf("%s: levels %v", p.ID, p.Levels)
		}
		for _, l := range p.Limits {
			if !slices.Contains(p.Levels, l.Level) {
				t.Errorf("%s: limit %s at level %d, not one of %v", p.ID, l.Name, l.Level, p.Levels)
			}
		}
	}
}
