package generate_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hygie/directory/dump"
	"hygie/directory/findings"
	"hygie/directory/generate"
	"hygie/directory/ldif"
	"hygie/directory/model"
	"hygie/directory/points"
)

var asOf = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

func options(w generate.Weaknesses, objects int, seed uint64) generate.Options {
	return generate.Options{Objects: objects, Seed: seed, AsOf: asOf, Weaknesses: w}
}

func build(t testing.TB, o generate.Options) (*model.Directory, *generate.Truth) {
	t.Helper()
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

// failed gives, for each failed point, the names of the objects it lists; and the points that could not be decided.
func failed(t testing.TB, d *model.Directory) (map[string][]string, []string) {
	t.Helper()
	results := points.Evaluate(d, points.Options{AsOf: asOf})
	if len(results) != 1 {
		t.Fatalf("%d domains", len(results))
	}
	out := make(map[string][]string)
	var undecided []string
	for _, v := range results[0].Verdicts {
		// The rights on the files of group policies lie in SYSVOL, which the directory does not hold.
		if slices.Equal(v.Missing, []string{"sysvol:permissions"}) {
			v.Undecided = nil
		}
		if len(v.Undecided) > 0 {
			undecided = append(undecided, v.Point.ID+": "+strings.Join(v.Missing, ", "))
		}
		if v.Status != points.Failed {
			continue
		}
		names := []string{}
		for object := range v.Objects.All() {
			names = append(names, object.DN)
		}
		slices.Sort(names)
		out[v.Point.ID] = slices.Compact(names)
	}
	return out, undecided
}

func TestHealthyDomainHasNoWeakness(t *testing.T) {
	for _, o := range []generate.Options{options(generate.Healthy, 1000, 1), options("", 3000, 77)} {
		d, truth := build(t, o)
		if len(truth.Weaknesses) != 0 {
			t.Errorf("planted: %+v", truth.Weaknesses)
		}
		found, undecided := failed(t, d)
		for id, objects := range found {
			t.Errorf("seed %d: %s fails on %d objects: %.300q", o.Seed, id, len(objects), objects)
		}
		for _, what := range undecided {
			t.Errorf("seed %d: not decided: %.300s", o.Seed, what)
		}
		if results := points.Evaluate(d, points.Options{AsOf: asOf}); results[0].Level != points.BestLevel {
			t.Errorf("seed %d: level %d", o.Seed, results[0].Level)
		}
	}
}

// Every planted weakness is found on its objects, and nothing else is.
func TestDemonstrationFailsWhereItSays(t *testing.T) {
	for _, o := range []generate.Options{options(generate.Demo, 1000, 1), options(generate.Demo, 4000, 2)} {
		d, truth := build(t, o)
		found, undecided := failed(t, d)
		for _, what := range undecided {
			t.Errorf("seed %d: not decided: %.300s", o.Seed, what)
		}
		for _, w := range truth.Weaknesses {
			objects, ok := found[w.Point]
			delete(found, w.Point)
			if !ok {
				t.Errorf("seed %d: %s is planted and not found", o.Seed, w.Point)
				continue
			}
			want := slices.Sorted(slices.Values(w.Objects))
			if w.Partial {
				for _, dn := range want {
					if !slices.Contains(objects, dn) {
						t.Errorf("seed %d: %s does not list %s", o.Seed, w.Point, dn)
					}
				}
				continue
			}
			if diff := cmp.Diff(want, objects); diff != "" {
				t.Errorf("seed %d: %s: planted (-), found (+):\n%s", o.Seed, w.Point, diff)
			}
		}
		for id, objects := range found {
			t.Errorf("seed %d: %s is found and not planted: %.300q", o.Seed, id, objects)
		}
		if n := len(truth.Weaknesses); n < 25 {
			t.Errorf("%d weaknesses", n)
		}
	}
}

// Any choice of points plants those and what shares their cause, and nothing else.
func TestChosenWeaknesses(t *testing.T) {
	_, all := build(t, options(generate.Demo, 400, 1))
	choices := make([][]string, 2)
	for i, w := range all.Weaknesses {
		choices[i%2] = append(choices[i%2], w.Point)
		choices = append(choices, []string{w.Point})
	}
	for _, chosen := range choices {
		o := options(generate.Demo, 400, 1)
		o.Points = chosen
		d, truth := build(t, o)
		found, _ := failed(t, d)
		for _, w := range truth.Weaknesses {
			if _, ok := found[w.Point]; !ok {
				t.Errorf("%v: %s is planted and not found", chosen, w.Point)
			}
			delete(found, w.Point)
		}
		for id, objects := range found {
			t.Errorf("%v: %s is found and not planted: %.300q", chosen, id, objects)
		}
		if len(chosen) == 1 && len(truth.Weaknesses) > 3 {
			t.Errorf("%v: %d weaknesses for one point", chosen, len(truth.Weaknesses))
		}
	}
	o := options(generate.Demo, 400, 1)
	o.Points = []string{"vuln_nothing"}
	if _, err := generate.Hospital(o, discard{}); err == nil {
		t.Error("a point that does not exist was planted")
	}
}

func TestDomain(t *testing.T) {
	d, truth := build(t, options(generate.Demo, 2000, 5))
	if d.Count() != truth.Objects {
		t.Errorf("%d objects, truth says %d: some name twice", d.Count(), truth.Objects)
	}
	if s := d.Stats(); s.Duplicates != 0 || s.BadDescriptors != 0 || s.BadSIDs != 0 || s.UnresolvedMembers != 0 {
		t.Errorf("%+v", s)
	}
	domains := d.Domains()
	if len(domains) != 1 || domains[0].DNSName != "valombre.test" || domains[0].NetBIOS != "VALOMBRE" || !domains[0].ForestRoot ||
		domains[0].SID.String() != truth.DomainSID {
		t.Errorf("%+v", domains)
	}
	seen := make(map[string]model.ID)
	for id := range d.All() {
		if _, ok := d.Descriptor(id); !ok {
			t.Errorf("%s has no descriptor", d.DN(id))
		}
		if s := d.SID(id); !s.IsZero() {
			if other, twice := seen[s.String()]; twice && !d.Is(id, "foreignSecurityPrincipal") {
				t.Errorf("%s and %s have the same SID", d.DN(id), d.DN(other))
			}
			seen[s.String()] = id
		}
		for attr := range d.Attributes(id) {
			if !d.Collected(id, attr) {
				t.Errorf("%s of %s is not in the list of what was asked for", attr, d.DN(id))
			}
		}
	}
	people := 0
	for range d.OfExactClass("user") {
		people++
	}
	if people < 1100 || people > 1200 {
		t.Errorf("%d users of 2,000 objects", people)
	}
}

// The three ways out hold the same domain, and two runs give the same bytes.
func TestSameDomainByEveryWay(t *testing.T) {
	o := options(generate.Demo, 600, 9)
	direct, _ := build(t, o)
	write := func() ([]byte, []byte) {
		var dumped, text bytes.Buffer
		h, err := generate.Header(o)
		if err != nil {
			t.Fatal(err)
		}
		dw, err := dump.NewWriter(&dumped, h)
		if err != nil {
			t.Fatal(err)
		}
		lw, err := ldif.NewWriter(&text)
		if err != nil {
			t.Fatal(err)
		}
		for _, sink := range []generate.Sink{dw, lw} {
			if _, err := generate.Hospital(o, sink); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(dw.Close(), lw.Close()); err != nil {
			t.Fatal(err)
		}
		return dumped.Bytes(), text.Bytes()
	}
	dumped, text := write()
	again, textAgain := write()
	if !bytes.Equal(dumped, again) || !bytes.Equal(text, textAgain) {
		t.Error("two runs differ")
	}
	b := model.NewBuilder()
	if s, err := dump.Read(bytes.NewReader(dumped), b, dump.Options{}); err != nil || s.Damage != nil || s.Ignored != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	fromDump, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	b = model.NewBuilder()
	if s, err := ldif.Read(bytes.NewReader(text), b, ldif.Options{}); err != nil || s.Partial {
		t.Fatalf("%+v, %v", s, err)
	}
	fromLDIF, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*model.Directory{"dump": fromDump, "ldif": fromLDIF} {
		if diff := cmp.Diff(describe(direct), describe(d)); diff != "" {
			t.Errorf("%s differs: %.2000s", name, diff)
		}
	}
}

// An export in LDIF, which does not say what was asked for, leads to the same verdicts.
func TestExportIsDecidedLikeTheDump(t *testing.T) {
	o := options(generate.Demo, 700, 4)
	direct, _ := build(t, o)
	var file bytes.Buffer
	w, err := ldif.NewWriter(&file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := generate.Hospital(o, generate.Export(w)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b := model.NewBuilder()
	if s, err := ldif.Read(&file, b, ldif.Options{}); err != nil || s.Partial {
		t.Fatalf("%+v, %v", s, err)
	}
	exported, err := b.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	want, _ := failed(t, direct)
	got, undecided := failed(t, exported)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dump (-), export (+): %.2000s", diff)
	}
	for _, what := range undecided {
		t.Errorf("not decided: %.300s", what)
	}
}

func describe(d *model.Directory) []string {
	var out []string
	for id := range d.All() {
		line := d.DN(id) + " " + d.Class(id) + " " + d.SID(id).String()
		names := slices.Sorted(d.Attributes(id))
		for _, name := range names {
			line += " " + name + "=" + strings.Join(d.Texts(id, name), "|")
		}
		out = append(out, line)
	}
	return out
}

func TestSeedsDiffer(t *testing.T) {
	one, _ := build(t, options(generate.Healthy, 300, 1))
	two, _ := build(t, options(generate.Healthy, 300, 2))
	if one.Domains()[0].SID == two.Domains()[0].SID {
		t.Error("two seeds give the same domain")
	}
}

func TestRefuses(t *testing.T) {
	for name, o := range map[string]generate.Options{
		"too small":       options(generate.Healthy, 10, 1),
		"too large":       options(generate.Healthy, 10_000_000, 1),
		"no date":         {Objects: 1000},
		"unknown choice":  options("some", 1000, 1),
		"not a DNS name":  {AsOf: asOf, DNSName: "a,b"},
		"empty DNS label": {AsOf: asOf, DNSName: "a..test"},
	} {
		if _, err := generate.Hospital(o, discard{}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	full := errors.New("no space left")
	if _, err := generate.Hospital(options(generate.Demo, 500, 1), discard{full}); !errors.Is(err, full) {
		t.Errorf("the error of the sink is lost: %v", err)
	}
}

type discard struct{ err error }

func (d discard) WriteEntry(model.Entry) error { return d.err }

func BenchmarkHospital(b *testing.B) {
	const n = 20_000
	for b.Loop() {
		if _, err := generate.Hospital(options(generate.Demo, n, 1), discard{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "objects/s")
}

// BenchmarkLoadDump reads a generated domain the way an audit does.
func BenchmarkLoadDump(b *testing.B) {
	o := options(generate.Demo, 20_000, 1)
	var file bytes.Buffer
	h, err := generate.Header(o)
	if err != nil {
		b.Fatal(err)
	}
	w, err := dump.NewWriter(&file, h)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := generate.Hospital(o, w); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		builder := model.NewBuilder()
		if _, err := dump.Read(bytes.NewReader(file.Bytes()), builder, dump.Options{}); err != nil {
			b.Fatal(err)
		}
		if _, err := builder.Freeze(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(20_000*float64(b.N)/b.Elapsed().Seconds(), "objects/s")
}

// BenchmarkLoadLDIF reads the same domain as text.
func BenchmarkLoadLDIF(b *testing.B) {
	o := options(generate.Demo, 20_000, 1)
	var file bytes.Buffer
	w, err := ldif.NewWriter(&file)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := generate.Hospital(o, w); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		builder := model.NewBuilder()
		if _, err := ldif.Read(bytes.NewReader(file.Bytes()), builder, ldif.Options{}); err != nil {
			b.Fatal(err)
		}
		if _, err := builder.Freeze(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(20_000*float64(b.N)/b.Elapsed().Seconds(), "objects/s")
}

// Weaknesses that no control point has are found by their rules, and by those only where they were planted.
func TestPlantedFindings(t *testing.T) {
	for _, o := range []generate.Options{options(generate.Demo, 1000, 1), options(generate.Demo, 3000, 6), options(generate.Healthy, 1000, 3)} {
		d, truth := build(t, o)
		survey := points.NewSurvey(d, points.Options{AsOf: asOf})
		found := make(map[string][]string)
		for _, v := range findings.Evaluate(survey, survey.Points(), findings.Options{})[0].Verdicts {
			for _, object := range v.Objects {
				found[v.Rule.ID] = append(found[v.Rule.ID], object.DN)
			}
		}
		for _, w := range truth.Findings {
			for _, dn := range w.Objects {
				if !slices.Contains(found[w.Point], dn) {
					t.Errorf("seed %d: %s is planted on %s, found on %q", o.Seed, w.Point, dn, found[w.Point])
				}
			}
		}
		if o.Weaknesses == generate.Demo {
			if len(truth.Findings) < 2 {
				t.Errorf("seed %d: %d weaknesses beyond the points", o.Seed, len(truth.Findings))
			}
			continue
		}
		for _, rule := range []string{"adcs_esc1", "adcs_esc2", "adcs_esc3", "adcs_esc4", "gpp_password", "gpo_broad_rights", "gpo_broad_admins", "gpo_autologon"} {
			if len(found[rule]) > 0 {
				t.Errorf("seed %d: %s is found in a healthy domain: %q", o.Seed, rule, found[rule])
			}
		}
	}
}
