package report_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hygie/directory/report"
	"hygie/directory/report/compare"
	"hygie/directory/report/html"
	"hygie/directory/report/ods"
	"hygie/directory/report/reporttest"
	"hygie/directory/report/sarif"
	"hygie/directory/report/text"
)

var update = flag.Bool("update", false, "write the golden files again")

func TestGolden(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		r := reporttest.Compared(t, lang)
		for _, f := range []struct {
			name  string
			write func(*bytes.Buffer) error
		}{
			{"report." + lang + ".json", func(b *bytes.Buffer) error { return report.WriteJSON(b, r) }},
			{"report." + lang + ".txt", func(b *bytes.Buffer) error { return text.Write(b, r, text.Options{}) }},
			{"report." + lang + ".html", func(b *bytes.Buffer) error { return html.Write(b, r) }},
		} {
			t.Run(f.name, func(t *testing.T) {
				var b bytes.Buffer
				if err := f.write(&b); err != nil {
					t.Fatal(err)
				}
				path := filepath.Join("testdata", f.name)
				if *update {
					if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), b.String()); diff != "" {
					t.Errorf("%s differs (-want +got); run the test with -update if that is meant:\n%s", path, diff)
				}
			})
		}
	}
}

func TestSameBytesWhateverTheProcessors(t *testing.T) {
	write := func(procs int) string {
		t.Helper()
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		var b bytes.Buffer
		r := reporttest.Compared(t, "fr")
		for _, err := range []error{report.WriteJSON(&b, r), html.Write(&b, r), text.Write(&b, r, text.Options{All: true})} {
			if err != nil {
				t.Fatal(err)
			}
		}
		return b.String()
	}
	want := write(1)
	for range 3 {
		for _, procs := range []int{1, 2, 7} {
			if write(procs) != want {
				t.Fatalf("other bytes with GOMAXPROCS=%d", procs)
			}
		}
	}
}

func TestJSONReadsBackInAnotherLanguage(t *testing.T) {
	var b bytes.Buffer
	if err := report.WriteJSON(&b, reporttest.Compared(t, "fr")); err != nil {
		t.Fatal(err)
	}
	r, err := report.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	translated, err := r.In("en")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(reporttest.Compared(t, "en"), translated); diff != "" {
		t.Errorf("read back and translated (-want +got):\n%s", diff)
	}
	if r.Language != "fr" || r.Domains[0].Points[0].Title == translated.Domains[0].Points[0].Title {
		t.Error("the translation changed the original")
	}
}

func TestReadRefuses(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "byte 0"},
		{"cut", `{"format":"hygie-directory-audit/1","domains":[`, "unexpected EOF"},
		{"something else", `{"format":"hygie-exposure-audit/1"}`, "not the report of a directory audit"},
		{"no format", `{}`, "not the report of a directory audit"},
		{"later version", `{"format":"hygie-directory-audit/2"}`, "this version reads"},
		{"wrong type", `{"format":"hygie-directory-audit/1","level":"one"}`, "level"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := report.Read(strings.NewReader(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"format":"hygie-directory-audit/1","domains":[{"points":[{"id":"x","failed_levels":[],"status":"failed","objects":[{}]}]}]}`))
	f.Add([]byte(`{"format":"hygie-directory-audit/1","domains":[{"points":[{"status":"failed","objects":[{"reason_code":"right"}]}]}],"comparison":{}}`))
	f.Add([]byte(`{"format":"hygie-directory-audit/1","language":"fr","statistics":{"control":{"ways":1}},"paths":[{"door":9,"steps":[{"from":"a","to":"b","right":"Owner"}]},{"door":-1}],"fixes":[{}],"what_if":{"fixes":[0,1,7],"mended":[{}],"level":{"level_now":9},"holding":[{}],"points":[{}],"paths":[{}]},"domains":[{"dns_name":"x","ties":{},"findings":[{"id":"f","status":"found","count":3,"objects":[{"dn":"a"},{}]}]}]}`))
	f.Add([]byte(`{"format":"hygie-directory-audit/1","comparison":{"trend":[{},{},{}],"points":[{}],"findings":{"compared":true,"rules":[{}],"changes":[{}]},"paths":{"compared":true,"changes":[{"path":{}}]}}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := report.Read(bytes.NewReader(in))
		if err != nil {
			return
		}
		if err := compare.Reports(r, r); err != nil { // must not panic on a report that somebody wrote by hand
			t.Fatal(err)
		}
		out, err := r.In("en")
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := text.Write(&b, out, text.Options{}); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(html.Write(&b, out), ods.Write(&b, out), sarif.Write(&b, out)); err != nil {
			t.Fatal(err)
		}
	})
}
