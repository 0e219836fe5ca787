package paths_test

import (
	"slices"
	"strings"
	"testing"

	"hygie/directory/generate"
	"hygie/directory/paths"
)

// A forest of two domains: the ways planted in each are found and no other is, and those of the child go on into the root.
func TestWaysOfAForest(t *testing.T) {
	options := []generate.Options{{Objects: 1_000, Seed: 3}, {Objects: 10_000, Seed: 2, Weaknesses: generate.Demo}}
	if !testing.Short() {
		options = append(options, generate.Options{Objects: 100_000, Seed: 4, Weaknesses: generate.Demo})
	}
	for _, o := range options {
		o.Child = true
		d, truth := generated(t, o)
		n := network(t, d)
		ways := n.Ways(1000)
		all := slices.Concat(truth.Paths, truth.Child.Paths)
		if ways.Total != len(all) {
			for _, w := range ways.List {
				t.Log(show(n, w.Path))
			}
			t.Errorf("%d objects: %d ways, %d planted", o.Objects, ways.Total, len(all))
		}
		for _, p := range slices.Concat(all, truth.Child.Crossing) {
			from, to := n.Find(p.Source), n.Find(p.Target)
			if len(from) != 1 || len(to) != 1 {
				t.Fatalf("%s: the ends are not in the directory: %v", p.Name, p)
			}
			if found, ok := n.Path(from[0], to...); !ok || len(found.Steps) > len(p.Kinds) {
				t.Errorf("%d objects: %s: want %s, found %s", o.Objects, p.Name, strings.Join(p.Kinds, " "), show(n, found))
			}
		}
		for _, p := range truth.Child.Crossing {
			if got := kinds(shortest(t, n, p.Source, p.Target)); !strings.HasSuffix(got, "SameForest") {
				t.Errorf("%s crosses by %s", p.Name, got)
			}
		}
		if crossing := len(truth.Child.Crossing); crossing > 0 != (o.Weaknesses == generate.Demo) {
			t.Errorf("%d objects: %d ways cross", o.Objects, crossing)
		}
	}
}

func shortest(t *testing.T, n *paths.Network, from, to string) paths.Path {
	t.Helper()
	p, ok := n.Path(n.Find(from)[0], n.Find(to)...)
	if !ok {
		t.Fatalf("no way from %s to %s", from, to)
	}
	return p
}
