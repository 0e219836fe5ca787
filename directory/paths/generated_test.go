package paths_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hygie/directory/generate"
	"hygie/directory/generate/planted"
	"hygie/directory/model"
	"hygie/directory/model/distname"
	"hygie/directory/paths"
)

// generatedAt is the day of generated hospitals.
var generatedAt = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

// generated makes a generated hospital.
func generated(t testing.TB, o generate.Options) (*model.Directory, *generate.Truth) {
	t.Helper()
	o.AsOf = generatedAt
	b := model.NewBuilder()
	sink, err := generate.Into(b, o)
	if err != nil {
		t.Fatal(err)
	}
	truth, err := generate.Hospital(o, sink)
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return d, truth
}

func network(t testing.TB, d *model.Directory) *paths.Network {
	t.Helper()
	n, err := paths.Build(d)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// show draws a path on one line, by short names.
func show(n *paths.Network, p paths.Path) string {
	short := func(node paths.Node) string {
		name, _ := n.Name(node, "en")
		if value := distname.RDNValue(name); value != "" {
			return value
		}
		return name
	}
	var b strings.Builder
	b.WriteString(short(p.Source))
	for _, s := range p.Steps {
		fmt.Fprintf(&b, " -%s-> %s", s.Kind, short(s.To))
	}
	return b.String()
}

func kinds(p paths.Path) string {
	var out []string
	for _, s := range p.Steps {
		out = append(out, s.Kind.String())
	}
	return strings.Join(out, " ")
}

// The sizes at which the generated hospitals are checked.
func sizes(t *testing.T) []int {
	if testing.Short() {
		return []int{10_000}
	}
	return []int{10_000, 100_000}
}

// A healthy hospital has no way in, whatever its size and seed.
func TestHealthyHospitalHasNoWayIn(t *testing.T) {
	for _, size := range sizes(t) {
		for seed := range uint64(2) {
			d, _ := generated(t, generate.Options{Objects: size, Seed: seed + 1})
			n := network(t, d)
			ways := n.Ways(100)
			for _, w := range ways.List {
				t.Errorf("%d objects, seed %d: %s", size, seed, show(n, w.Path))
			}
			if plan := n.Plan(ways); ways.Exposed != 0 || len(plan.Fixes) != 0 || plan.Cost != 0 {
				t.Errorf("exposed to %d accounts, plan %+v", ways.Exposed, plan)
			}
			if len(n.Targets()) < 15 || n.Statistics().Ordinary < size/2 {
				t.Errorf("%d targets, %+v", len(n.Targets()), n.Statistics())
			}
		}
	}
}

// Every planted way is found between its ends with its kinds, and nothing else leads in.
func TestPlantedWays(t *testing.T) {
	options := []generate.Options{
		{Objects: 10_000, Seed: 1, Weaknesses: generate.Demo},
		{Objects: 10_000, Seed: 5, Weaknesses: generate.Demo},
		{Objects: 1_000, Seed: 2, Weaknesses: generate.Demo, Points: []string{"vuln_permissions_dc", "vuln_dnsadmins"}},
		{Objects: 1_000, Seed: 3, Weaknesses: generate.Demo, Points: []string{"vuln_guest"}},
	}
	if !testing.Short() {
		options = append(options, generate.Options{Objects: 100_000, Seed: 7, Weaknesses: generate.Demo})
	}
	for _, name := range planted.Names() { // each alone, in a healthy domain
		options = append(options, generate.Options{Objects: 1_000, Seed: 4, Paths: []string{name}})
	}
	for _, o := range options {
		d, truth := generated(t, o)
		n := network(t, d)
		ways := n.Ways(1000)
		if len(o.Paths) > 0 && len(truth.Paths) != 1 {
			t.Errorf("%v: %d paths planted", o.Paths, len(truth.Paths))
		}
		found := make([]string, 0, len(ways.List)) // kinds of each way
		for _, w := range ways.List {
			found = append(found, kinds(w.Path))
		}
		for _, planted := range truth.Paths {
			from, to := n.Find(planted.Source), n.Find(planted.Target)
			if len(from) != 1 || len(to) != 1 {
				t.Fatalf("%s: the ends are not in the directory: %v", planted.Name, planted)
			}
			// A shortest path; another of the same length may exist, and a way is listed from the nearest account on it.
			p, ok := n.Path(from[0], to...)
			want := strings.Join(planted.Kinds, " ")
			if !ok || len(p.Steps) > len(planted.Kinds) {
				t.Errorf("%d objects, seed %d: %s: want %s, found %s", o.Objects, o.Seed, planted.Name, want, show(n, p))
			}
			at := slices.IndexFunc(found, func(k string) bool { return strings.HasSuffix(" "+want, " "+k) })
			if at < 0 {
				t.Errorf("%d objects, seed %d: %s: no way is %s", o.Objects, o.Seed, planted.Name, want)
				continue
			}
			found = slices.Delete(found, at, at+1)
		}
		if ways.Total != len(truth.Paths) || len(ways.List) != ways.Total {
			t.Errorf("%d objects, seed %d: %d ways, %d planted", o.Objects, o.Seed, ways.Total, len(truth.Paths))
		}
		for _, k := range found {
			t.Errorf("%d objects, seed %d: nobody planted %s", o.Objects, o.Seed, k)
		}
		if t.Failed() {
			for _, w := range ways.List {
				t.Log(show(n, w.Path))
			}
			t.FailNow()
		}
	}
}

// The plan separates ordinary accounts from tier 0, each of its changes is needed, and a change counts what it says.
func TestPlanSeparates(t *testing.T) {
	for seed := range uint64(3) {
		d, _ := generated(t, generate.Options{Objects: 3_000, Seed: seed, Weaknesses: generate.Demo})
		n := network(t, d)
		ways := n.Ways(1000)
		if ways.Exposed != n.Exposed(nil) || ways.Exposed == 0 {
			t.Errorf("exposed to %d accounts, %d", ways.Exposed, n.Exposed(nil))
		}
		plan := n.Plan(ways)
		if left := n.Exposed(n.Without(plan.Fixes...)); left != 0 || plan.Open != 0 {
			t.Errorf("seed %d: %d accounts still get in, the plan says %d", seed, left, plan.Open)
		}
		cost, before := int64(0), ways.Exposed
		for i, f := range plan.Fixes {
			cost += f.Cost
			others := slices.Delete(slices.Clone(plan.Fixes), i, i+1)
			if n.Exposed(n.Without(others...)) == 0 {
				t.Errorf("seed %d: fix %d (%s) is not needed", seed, i+1, f.Kind)
			}
			const asked = 20 // of the fixes beyond, only the last is asked what it leaves
			left := n.Exposed(n.Without(plan.Fixes[:i+1]...))
			if i >= asked && i < len(plan.Fixes)-1 {
				if f.Remaining != -1 {
					t.Errorf("seed %d: fix %d leaves %d", seed, i+1, f.Remaining)
				}
				plan.Fixes[i].Remaining, f.Remaining = left, left
			}
			if f.Remaining != left || f.Remaining > before {
				t.Errorf("seed %d: fix %d leaves %d", seed, i+1, f.Remaining)
			}
			if before = f.Remaining; f.Object == model.None || f.Ways == 0 {
				t.Errorf("seed %d: fix %+v", seed, f)
			}
		}
		if cost != plan.Cost {
			t.Errorf("seed %d: fixes cost %d, the cut %d", seed, cost, plan.Cost)
		}
		for _, c := range n.Controllers(ways) {
			if c.Accounts > ways.Exposed {
				t.Errorf("%d accounts reach %s", c.Accounts, d.DN(model.ID(c.Node)))
			}
		}
	}
}

// benchObjects is the size of the domain of benchmarks: 100,000, or what HYGIE_BENCH_OBJECTS says.
func benchObjects(b *testing.B) int {
	b.Helper()
	text := os.Getenv("HYGIE_BENCH_OBJECTS")
	if text == "" {
		return 100_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

func BenchmarkBuild(b *testing.B) {
	d, _ := generated(b, generate.Options{Objects: benchObjects(b), Seed: 1, Weaknesses: generate.Demo})
	b.ReportAllocs()
	for b.Loop() {
		network(b, d)
	}
}

func BenchmarkWaysAndPlan(b *testing.B) {
	d, _ := generated(b, generate.Options{Objects: benchObjects(b), Seed: 1, Weaknesses: generate.Demo})
	n := network(b, d)
	b.ReportAllocs()
	for b.Loop() {
		ways := n.Ways(200)
		n.Plan(ways)
		n.Controllers(ways)
	}
}

func BenchmarkPlan(b *testing.B) {
	d, _ := generated(b, generate.Options{Objects: benchObjects(b), Seed: 1, Weaknesses: generate.Demo})
	n := network(b, d)
	ways := n.Ways(200)
	b.ReportAllocs()
	for b.Loop() {
		n.Plan(ways)
	}
}
