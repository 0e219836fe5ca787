package generate_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hygie/directory/generate"
	"hygie/directory/generate/planted"
	"hygie/directory/points"
)

// failedIn is failed for each domain of a forest, by DNS name.
func failedIn(t *testing.T, results []points.Result) map[string]map[string][]string {
	t.Helper()
	out := make(map[string]map[string][]string)
	for _, r := range results {
		found := make(map[string][]string)
		for _, v := range r.Verdicts {
			if slices.Equal(v.Missing, []string{"sysvol:permissions"}) {
				v.Undecided = nil
			}
			if len(v.Undecided) > 0 {
				t.Errorf("%s: %s is not decided: %q", r.Domain.DNSName, v.Point.ID, v.Missing)
			}
			if v.Status == points.Failed {
				names := make(map[string]bool)
				for object := range v.Objects.All() {
					names[object.DN] = true
				}
				found[v.Point.ID] = slices.Sorted(maps.Keys(names))
			}
		}
		out[r.Domain.DNSName] = found
	}
	return out
}

// planting gives what is planted in a domain, by point.
func planting(list []planted.Weakness) map[string][]string {
	out := make(map[string][]string)
	for _, w := range list {
		out[w.Point] = slices.Sorted(slices.Values(w.Objects))
	}
	return out
}

// A healthy forest has nothing wrong in either domain; a weak one has in each what was planted there, and in both what lies in the
// configuration that they share.
func TestChildDomain(t *testing.T) {
	for _, o := range []generate.Options{options(generate.Healthy, 1000, 1), options(generate.Demo, 1000, 1), options(generate.Demo, 2500, 9)} {
		o.Child = true
		d, truth := build(t, o)
		if truth.Child == nil || truth.Child.DNSName != "antenne.valombre.test" || truth.Objects != d.Count() {
			t.Fatalf("%+v, %d objects of %d", truth.Child, truth.Objects, d.Count())
		}
		found := failedIn(t, points.Evaluate(d, points.Options{AsOf: asOf}))
		if len(found) != 2 {
			t.Fatalf("%d domains", len(found))
		}
		root, child := planting(truth.Weaknesses), planting(truth.Child.Weaknesses)
		partial := make(map[string]bool)
		for _, w := range slices.Concat(truth.Weaknesses, truth.Child.Weaknesses) {
			partial[w.Point] = partial[w.Point] || w.Partial
		}
		for name, want := range map[string]map[string][]string{truth.DNSName: root, truth.Child.DNSName: child} {
			for point := range partial {
				if partial[point] && want[point] != nil && found[name][point] != nil {
					for _, dn := range want[point] {
						if !slices.Contains(found[name][point], dn) {
							t.Errorf("%s: %s does not list %s", name, point, dn)
						}
					}
					found[name][point] = want[point]
				}
			}
			if diff := cmp.Diff(want, found[name]); diff != "" {
				t.Errorf("seed %d, %s: planted (-), found (+):\n%s", o.Seed, name, diff)
			}
		}
	}
}
