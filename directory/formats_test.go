package directory_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hygie/directory"
	"hygie/directory/generate"
	"hygie/directory/generate/oradad"
	"hygie/directory/generate/sharphound"
	"hygie/directory/model"
	"hygie/directory/points"
)

// invented is a generated domain in every format.
type invented struct {
	dump, ldif, notes []byte
	tables            string // folder of ORADAD
}

func invent(t testing.TB) invented {
	t.Helper()
	o := options(generate.Demo, 500)
	v := invented{dump: asDump(t, o), ldif: asLDIF(t, o)}
	d, err := directory.Open(t.Context(), []directory.Source{{Name: "d", Reader: bytes.NewReader(v.dump)}}, directory.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := sharphound.Write(&b, d, asOf); err != nil {
		t.Fatal(err)
	}
	v.notes = b.Bytes()
	if v.tables, err = oradad.Write(t.TempDir(), d, asOf); err != nil {
		t.Fatal(err)
	}
	return v
}

// levels sums up the verdicts on the only domain of the sources: status and failed levels by point.
func levels(t testing.TB, sources ...directory.Source) map[string]string {
	t.Helper()
	d, err := directory.Open(t.Context(), sources, directory.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return verdictsOf(t, d)
}

func verdictsOf(t testing.TB, d *model.Directory) map[string]string {
	t.Helper()
	results := points.Evaluate(d, points.Options{AsOf: asOf})
	if len(results) != 1 {
		t.Fatalf("%d domains", len(results))
	}
	out := make(map[string]string)
	for _, v := range results[0].Verdicts {
		out[v.Point.ID] = string(v.Status)
	}
	return out
}

func stream(name string, b []byte) directory.Source {
	return directory.Source{Name: name, Reader: io.MultiReader(bytes.NewReader(b))} // neither a file nor seekable
}

// packed gives the files of a folder as an archive.
func packed(t testing.TB, dir, kind string) []byte {
	t.Helper()
	var out bytes.Buffer
	z, g := zip.NewWriter(&out), gzip.NewWriter(&out)
	a := tar.NewWriter(g)
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if kind == "zip" {
			w, err := z.Create(filepath.ToSlash(name))
			if err != nil {
				return err
			}
			_, err = w.Write(text)
			return err
		}
		if err := a.WriteHeader(&tar.Header{Name: "./" + filepath.ToSlash(name), Mode: 0o600, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
			return err
		}
		_, err = a.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if kind == "zip" {
		err = z.Close()
	} else {
		err = errors.Join(a.Close(), g.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func same(t *testing.T, name string, want, got map[string]string) {
	t.Helper()
	for id, w := range want {
		if got[id] != w {
			t.Errorf("%s: %s is %s, want %s", name, id, got[id], w)
		}
	}
}

// A domain leads to the same verdicts in every format that holds it whole, however it is packed.
func TestEveryFormat(t *testing.T) {
	v := invent(t)
	want := levels(t, stream("dump", v.dump))
	var compressed bytes.Buffer
	g := gzip.NewWriter(&compressed)
	_, _ = g.Write(v.dump)
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "a.dump"), v.dump, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "lisez-moi.txt"), []byte("rien à lire ici"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, source := range map[string]directory.Source{
		"dump.gz":       stream("x.gz", compressed.Bytes()),
		"folder":        {Path: folder},
		"zip of a dump": stream("x.zip", packed(t, folder, "zip")),
		"tables":        {Path: v.tables},
		"tables above":  {Path: filepath.Dir(filepath.Dir(v.tables))},
		"tables zip":    stream("t.zip", packed(t, v.tables, "zip")),
		"tables tar.gz": stream("t.tgz", packed(t, filepath.Dir(v.tables), "tar")),
	} {
		same(t, name, want, levels(t, source))
	}
}

// Notes of SharpHound decide less; beside the whole directory they change nothing, in whatever order they are given.
func TestSourcesCompleteEachOther(t *testing.T) {
	v := invent(t)
	want := levels(t, stream("dump", v.dump))
	report := `<HealthcheckData><DomainFQDN>valombre.test</DomainFQDN><RiskRules><HealthcheckRiskRule><RiskId>P-DelegationDCa2d2</RiskId></HealthcheckRiskRule><HealthcheckRiskRule><RiskId>S-DesEnabled</RiskId></HealthcheckRiskRule></RiskRules></HealthcheckData>`
	for name, sources := range map[string][]directory.Source{
		"notes after":  {stream("dump", v.dump), stream("n.zip", v.notes)},
		"notes before": {stream("n.zip", v.notes), stream("dump", v.dump)},
		"all":          {stream("r.xml", []byte(report)), stream("n.zip", v.notes), stream("dump", v.dump)},
	} {
		same(t, name, want, levels(t, sources...))
	}
	alone := levels(t, stream("n.zip", v.notes))
	if alone["vuln_delegation_a2d2"] != "not_evaluated" || alone["vuln_delegation_t2a4d"] != "failed" {
		t.Errorf("notes alone: %v", alone)
	}
	with := levels(t, stream("n.zip", v.notes), stream("r.xml", []byte(report)))
	if with["vuln_delegation_a2d2"] != "failed" {
		t.Errorf("a conclusion does not fill a gap: %s", with["vuln_delegation_a2d2"])
	}
	// An export of the accounts alone is completed by the notes.
	d, err := directory.Open(t.Context(), []directory.Source{stream("n.zip", v.notes), stream("x.ldif", v.ldif)}, directory.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, export := verdictsOf(t, d), levels(t, stream("x.ldif", v.ldif))
	for id, w := range want {
		if (export[id] == "failed" || alone[id] == "failed") && got[id] != "failed" || got[id] == "passed" && w != "passed" {
			t.Errorf("export and notes: %s is %s", id, got[id])
		}
	}
}

// The files of SharpHound may be given one by one: they refer to one another.
func TestNotesOneByOne(t *testing.T) {
	v := invent(t)
	z, err := zip.NewReader(bytes.NewReader(v.notes), int64(len(v.notes)))
	if err != nil {
		t.Fatal(err)
	}
	var sources []directory.Source
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, stream(f.Name, text))
	}
	slices.Reverse(sources)
	same(t, "one by one", levels(t, stream("n.zip", v.notes)), levels(t, sources...))
}

func TestArchivesThatAreRefused(t *testing.T) {
	var nothing, text, bomb bytes.Buffer
	if err := zip.NewWriter(&nothing).Close(); err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(&text)
	w, _ := z.Create("a.txt")
	_, _ = w.Write([]byte("bonjour"))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	g := gzip.NewWriter(&bomb)
	_, _ = g.Write([]byte("version: 1\n\ndn: dc=a,dc=test\nobjectClass: domainDNS\ndescription: "))
	for range 1100 {
		_, _ = g.Write(make([]byte, 1<<20))
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"empty zip": nothing.Bytes(), "zip of text": text.Bytes(), "zip cut": text.Bytes()[:40], "gzip cut": bomb.Bytes()[:15],
		"gzip bomb": bomb.Bytes(), "tar of nothing": append(make([]byte, 257), append([]byte("ustar"), make([]byte, 700)...)...),
	} {
		d, err := directory.Open(t.Context(), []directory.Source{stream("x", file)}, directory.Limits{})
		if err == nil && !d.Partial() {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := directory.Open(t.Context(), []directory.Source{{Path: t.TempDir()}}, directory.Limits{}); !errors.Is(err, directory.ErrFormat) {
		t.Errorf("empty folder: %v", err)
	}
	if _, err := directory.Open(t.Context(), []directory.Source{{Path: filepath.Join(t.TempDir(), "absent")}}, directory.Limits{}); err == nil || !strings.Contains(err.Error(), "absent") {
		t.Errorf("no such file: %v", err)
	}
}
