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
	"time"

	"github.com/google/go-cmp/cmp"

	"hygie/directory/findings"
	"hygie/directory/internal/drawn"
	"hygie/directory/paths"
	"hygie/directory/points"
	"hygie/directory/report"
)

var update = flag.Bool("update", false, "write the golden files again")

// sick is a world with weaknesses of several levels, names that try to break the output, and something unread.
const sick = `
alice uac=0x410200
"Domain Admins" member=@Administrator member=@alice
AdminSDHolder acl+=(A;;WD;;;S-1-5-21-100-200-300-1108)
Infirmiers member=@alice member=@bruno
bruno acl+=(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;S-1-5-21-100-200-300-1105)
SRV1 uac=0x81000 pwd=-95d
user "<script>alert(1)</script>" uac=0x410200 pgid=513 pwd=-1200d logon=-500d
unread dSHeuristics
`

func audit(t *testing.T, lang string, lines ...string) *report.Report {
	t.Helper()
	return auditAt(t, lang, drawn.AsOf, lines...)
}

func auditAt(t *testing.T, lang string, asOf time.Time, lines ...string) *report.Report {
	t.Helper()
	d := drawn.New(t, lines...).Freeze()
	survey := points.NewSurvey(d, points.Options{AsOf: asOf})
	results := survey.Points()
	r, err := report.New(d, results, report.Options{AsOf: asOf, Language: lang, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.AddFindings(findings.Evaluate(survey, results, findings.Options{Tool: "hygie test"})); err != nil {
		t.Fatal(err)
	}
	r.AddTies(survey)
	n, err := paths.Build(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.AddControl(n); err != nil {
		t.Fatal(err)
	}
	return r
}

// compared is the report of the sick world against the healthy one with one weakness since mended.
func compared(t *testing.T, lang string) *report.Report {
	t.Helper()
	before := auditAt(t, lang, drawn.AsOf.AddDate(0, -2, 0), "Guest uac=0x10220", "SRV1 uac=0x81000")
	r := audit(t, lang, sick)
	if err := r.Compare(before); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestGolden(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		r := compared(t, lang)
		for _, f := range []struct {
			name  string
			write func(*bytes.Buffer) error
		}{
			{"report." + lang + ".json", func(b *bytes.Buffer) error { return report.WriteJSON(b, r) }},
			{"report." + lang + ".txt", func(b *bytes.Buffer) error { return report.WriteText(b, r, report.TextOptions{}) }},
			{"report." + lang + ".html", func(b *bytes.Buffer) error { return report.WriteHTML(b, r) }},
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
		r := compared(t, "fr")
		for _, err := range []error{report.WriteJSON(&b, r), report.WriteHTML(&b, r), report.WriteText(&b, r, report.TextOptions{All: true})} {
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
	if err := report.WriteJSON(&b, compared(t, "fr")); err != nil {
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
	if diff := cmp.Diff(compared(t, "en"), translated); diff != "" {
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
		if err := r.Compare(r); err != nil { // must not panic on a report that somebody wrote by hand
			t.Fatal(err)
		}
		out, err := r.In("en")
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := report.WriteText(&b, out, report.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(report.WriteHTML(&b, out), report.WriteODS(&b, out), report.WriteSARIF(&b, out)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestHTMLStandsAlone(t *testing.T) {
	var b bytes.Buffer
	if err := report.WriteHTML(&b, compared(t, "fr")); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	if n := strings.Count(page, "<script"); n != 1 || !strings.Contains(page, "script-src 'sha256-") {
		t.Errorf("%d scripts, want that of the drawing, and a policy that allows no other", n)
	}
	for _, forbidden := range []string{"<link", "<img", "@import", "url(", " src=", "onclick", "{{", "ZgotmplZ", "<no value>"} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the page holds %q", forbidden)
		}
	}
	for _, wanted := range []string{`lang="fr"`, `\&lt;script\&gt;alert(1)`, "niveau", "Par où commencer", "Revenir en arrière", "nouveau", "corrigé", "vuln_permissions_adminsdholder"} {
		if !strings.Contains(page, wanted) {
			t.Errorf("the page lacks %q", wanted)
		}
	}
}

func TestTextHidesControlCharacters(t *testing.T) {
	r := audit(t, "fr", "user \"mal\x1b[2Jin\u202e\" uac=0x400200")
	var b bytes.Buffer
	if err := report.WriteText(&b, r, report.TextOptions{All: true}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\u202e") {
		t.Error("a control character of a name reaches the terminal")
	}
}

func TestComparison(t *testing.T) {
	march, april := drawn.AsOf.AddDate(0, -3, 0), drawn.AsOf.AddDate(0, -2, 0)
	sickServer := "SRV1 uac=0x81000"
	first := auditAt(t, "fr", march, sickServer)
	second := auditAt(t, "fr", april)
	tests := []struct {
		name     string
		lines    []string
		baseline *report.Report
		history  []*report.Report
		want     string // of the server and of the point about delegation
	}{
		{"new", []string{sickServer}, second, nil, "new"},
		{"back", []string{sickServer}, second, []*report.Report{first}, "back"},
		{"fixed", nil, first, nil, "fixed"},
		{"persisting is not listed", []string{sickServer}, first, nil, ""},
		{"unverified", []string{sickServer, "unread userAccountControl"}, first, nil, "unverified"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := audit(t, "fr", tt.lines...)
			if err := r.Compare(tt.baseline, tt.history...); err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, ch := range r.Comparison.Changes {
				if ch.Point == "vuln_delegation_t4d" {
					got = string(ch.Status)
				}
			}
			if got != tt.want {
				t.Errorf("server is %q, want %q", got, tt.want)
			}
		})
	}
}

// TestNoPraiseForWhatWasNotRead reads the sentence under the level: it must not call a directory good, or known, that was not looked at.
func TestNoPraiseForWhatWasNotRead(t *testing.T) {
	const readable = "hop -gPLink\n" // without a policy there is no folder of SYSVOL whose permissions would lack
	for _, row := range []struct{ name, lines, fr, en string }{
		{"all read", readable, "l’état de l’art", "state of the art"},
		{"one point unread", readable + "unread dSHeuristics", "1\u00a0point n’a pas pu être évalué\u00a0: le vrai niveau est peut-être plus bas", "1 point could not be evaluated: the true level may be lower"},
		{"one point unread, level 2", readable + "unread dSHeuristics\nGuest uac=0x10220", "à court terme. 1\u00a0point n’a pas", "short term. 1 point could"},
		{"rights unread", "unread nTSecurityDescriptor", "Aucun chemin n’apparaît dans ce qui a été lu. Des droits n’ont pas été lus", "No path shows in what was read. Some rights were not read"},
		{"rights unread, a path all the same", "unread nTSecurityDescriptor\nSRV1 uac=0x81000", "d’autres chemins peuvent exister", "there may be other paths"},
		{"rights read", readable, "Aucun compte ordinaire ne mène", "No ordinary account leads"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for lang, want := range map[string]string{"fr": row.fr, "en": row.en} {
				r := audit(t, lang, row.lines)
				var text, page bytes.Buffer
				if err := errors.Join(report.WriteText(&text, r, report.TextOptions{}), report.WriteHTML(&page, r)); err != nil {
					t.Fatal(err)
				}
				for form, out := range map[string]string{"text": strings.ReplaceAll(text.String(), "\n  ", " "), "html": page.String()} {
					if !strings.Contains(out, want) {
						t.Errorf("%s in %s does not say %q", form, lang, want)
					}
					if row.lines != readable && (strings.Contains(out, "l’état de l’art") || strings.Contains(out, "state of the art")) {
						t.Errorf("%s in %s praises what was not read", form, lang)
					}
				}
			}
		})
	}
}
