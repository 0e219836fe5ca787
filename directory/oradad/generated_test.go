package oradad_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/directory/generate"
	tables "hygie/directory/generate/oradad"
	"hygie/directory/internal/pack"
	"hygie/directory/model"
	"hygie/directory/oradad"
	"hygie/directory/points"
)

var asOf = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

func verdicts(t testing.TB, d *model.Directory) map[string]points.Verdict {
	t.Helper()
	results := points.Evaluate(d, points.Options{AsOf: asOf})
	if len(results) != 1 {
		t.Fatalf("%d domains", len(results))
	}
	out := make(map[string]points.Verdict)
	for _, v := range results[0].Verdicts {
		out[v.Point.ID] = v
	}
	return out
}

func objects(v points.Verdict) []string {
	var out []string
	for o := range v.Objects.All() {
		out = append(out, strings.ToUpper(o.DN)+" "+o.Reason.Text("en"))
	}
	slices.Sort(out)
	return out
}

// A collection of ORADAD leads to the verdicts of the whole directory.
func TestSameVerdictsAsTheWholeDirectory(t *testing.T) {
	for _, o := range []generate.Options{
		{Objects: 1000, Seed: 1, AsOf: asOf, Weaknesses: generate.Demo},
		{Objects: 800, Seed: 2, AsOf: asOf, Weaknesses: generate.Healthy},
	} {
		b := model.NewBuilder()
		sink, err := generate.Into(b, o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := generate.Hospital(o, sink); err != nil {
			t.Fatal(err)
		}
		whole, err := b.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		dir, err := tables.Write(t.TempDir(), whole, asOf)
		if err != nil {
			t.Fatal(err)
		}
		b = model.NewBuilder()
		s, err := oradad.Read(pack.Folder(dir, pack.Limits{}), b, oradad.Options{Name: "collecte"})
		if err != nil || s.Partial || s.Bad > 0 {
			t.Fatalf("%+v, %v", s, err)
		}
		d, err := b.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Sources()[0]; !got.Collected.Equal(asOf) || got.Tool != "oradad 3.6.218.0" || got.Level != "4" {
			t.Errorf("source %+v", got)
		}
		if st := d.Stats(); st.Objects != whole.Count() || st.Duplicates+st.Conflicts+st.BadDescriptors+st.BadSIDs > 0 {
			t.Errorf("%+v, want %d objects", st, whole.Count())
		}
		want, got := verdicts(t, whole), verdicts(t, d)
		for id, w := range want {
			g := got[id]
			if g.Status != w.Status || !slices.Equal(objects(g), objects(w)) {
				t.Errorf("seed %d: %s is %s %v, want %s; missing %q", o.Seed, id, g.Status, g.Failed, w.Status, g.Missing)
			}
		}
	}
}
