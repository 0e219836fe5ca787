package directory_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hygie/directory"
	"hygie/directory/generate"
	"hygie/directory/generate/planted"
	"hygie/directory/paths"
	"hygie/directory/points"
)

// A forest of two domains, written in every form and read again: what was planted in each domain is found there, unless the form does not tell,
// nothing is invented, and the ways of the child go on into the root.
func TestChildDomainInEveryForm(t *testing.T) {
	o := options(generate.Demo, 600)
	o.Child = true
	dir := t.TempDir()
	truth, err := generate.Folder(o, dir)
	if err != nil {
		t.Fatal(err)
	}
	shared := func(list []planted.Path) (n int) { // seen by who reads the permissions of SYSVOL, or its files
		for _, p := range list {
			if p.Share {
				n++
			}
		}
		return n
	}
	all := slices.Concat(truth.Paths, truth.Child.Paths)
	for _, form := range []string{generate.DumpFile, generate.LDIFFile, generate.SharpHoundFile, generate.ORADADFolder} {
		t.Run(form, func(t *testing.T) {
			d, err := directory.Open(t.Context(), []directory.Source{{Name: form, Path: filepath.Join(dir, form)}}, directory.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			results := points.Evaluate(d, points.Options{AsOf: asOf})
			if len(results) != 2 {
				t.Fatalf("%d domains", len(results))
			}
			for _, r := range results {
				own := truth
				if strings.EqualFold(r.Domain.DNSName, truth.Child.DNSName) {
					own = truth.Child
				}
				for _, v := range r.Verdicts {
					was := slices.ContainsFunc(own.Weaknesses, func(w planted.Weakness) bool { return w.Point == v.Point.ID })
					if v.Status == points.Failed && !was || v.Status == points.Passed && was {
						t.Errorf("%s: %s is %s, planted: %v", own.DNSName, v.Point.ID, v.Status, was)
					}
				}
			}
			n, err := paths.Build(d)
			if err != nil {
				t.Fatal(err)
			}
			ways := n.Ways(0).Total
			if whole := form == generate.DumpFile; ways > len(all) || ways < len(all)-shared(all) || whole && ways != len(all) {
				t.Errorf("%d ways, %d planted, of which %d in SYSVOL", ways, len(all), shared(all))
			}
			for _, p := range truth.Child.Crossing {
				from, to := n.Find(p.Source), n.Find(p.Target)
				if len(from) != 1 || len(to) != 1 {
					t.Fatalf("%s: %v to %v", p.Name, from, to)
				}
				if way, ok := n.Path(from[0], to...); !ok || way.Steps[len(way.Steps)-1].Kind.String() != "SameForest" {
					t.Errorf("%s: the way does not cross: %+v", p.Name, way)
				}
			}
		})
	}
}
