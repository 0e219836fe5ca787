package sharphound_test

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/directory/generate"
	archive "hygie/directory/generate/sharphound"
	"hygie/directory/model"
	"hygie/directory/points"
	"hygie/directory/sharphound"
)

var asOf = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

// invent gives a generated domain.
func invent(t testing.TB, o generate.Options) *model.Directory {
	t.Helper()
	b := model.NewBuilder()
	sink, err := generate.Into(b, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := generate.Hospital(o, sink); err != nil {
		t.Fatal(err)
	}
	d, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// through gives a directory as it comes back from an archive of SharpHound.
func through(t testing.TB, d *model.Directory) *model.Directory {
	t.Helper()
	var file bytes.Buffer
	if err := archive.Write(&file, d, asOf); err != nil {
		t.Fatal(err)
	}
	b := model.NewBuilder()
	r := sharphound.NewReader(b, sharphound.Options{})
	if err := r.Zip("collecte.zip", bytes.NewReader(file.Bytes()), int64(file.Len())); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// verdicts gives the verdict of each point on the only domain of a directory.
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
		out = append(out, strings.ToUpper(o.DN))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// What SharpHound can decide is decided as on the whole directory; what it cannot is not decided.
func TestSameVerdictsAsTheWholeDirectory(t *testing.T) {
	for _, o := range []generate.Options{
		{Objects: 1000, Seed: 1, AsOf: asOf, Weaknesses: generate.Demo},
		{Objects: 1500, Seed: 2, AsOf: asOf, Weaknesses: generate.Healthy},
	} {
		whole := invent(t, o)
		noted := through(t, whole)
		if w := noted.Warnings(); len(w) > 0 || noted.Partial() {
			t.Errorf("seed %d: warnings %q", o.Seed, w)
		}
		want, got := verdicts(t, whole), verdicts(t, noted)
		decided := map[points.Status]int{}
		for id, g := range got {
			w := want[id]
			decided[g.Status]++
			switch g.Status {
			case points.Passed:
				if w.Status != points.Passed {
					t.Errorf("seed %d: %s passes, and is %s on the whole directory", o.Seed, id, w.Status)
				}
			case points.Failed:
				if w.Status != points.Failed {
					t.Errorf("seed %d: %s fails, and is %s on the whole directory: %v", o.Seed, id, w.Status, g.Objects)
				}
				known := objects(w)
				for _, dn := range objects(g) {
					if !slices.Contains(known, dn) {
						t.Errorf("seed %d: %s fails on %s, which the whole directory does not list", o.Seed, id, dn)
					}
				}
			default:
				t.Logf("seed %d: %s (%s on the whole): missing %.200q", o.Seed, id, w.Status, g.Missing)
			}
		}
		t.Logf("seed %d: %v", o.Seed, decided)
	}
}

func BenchmarkReader(b *testing.B) {
	d := invent(b, generate.Options{Objects: 20_000, Seed: 1, AsOf: asOf, Weaknesses: generate.Demo})
	var file bytes.Buffer
	if err := archive.Write(&file, d, asOf); err != nil {
		b.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		b.Fatal(err)
	}
	texts := make(map[string][]byte)
	total := 0
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			b.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			b.Fatal(err)
		}
		texts[f.Name] = text
		total += len(text)
	}
	b.Run("json", func(b *testing.B) {
		b.SetBytes(int64(total))
		b.ReportAllocs()
		for b.Loop() {
			r := sharphound.NewReader(model.NewBuilder(), sharphound.Options{})
			for _, f := range z.File {
				if err := r.JSON(f.Name, bytes.NewReader(texts[f.Name])); err != nil {
					b.Fatal(err)
				}
			}
			if err := r.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("zip", func(b *testing.B) {
		b.SetBytes(int64(total))
		for b.Loop() {
			r := sharphound.NewReader(model.NewBuilder(), sharphound.Options{})
			if err := r.Zip("x.zip", bytes.NewReader(file.Bytes()), int64(file.Len())); err != nil {
				b.Fatal(err)
			}
			if err := r.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
