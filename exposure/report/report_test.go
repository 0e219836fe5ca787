package report_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/exposure/check"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/ports"
	"hygie/exposure/report"
	"hygie/exposure/service"
	"hygie/exposure/signature"
	"hygie/finding"
)

var update = flag.Bool("update", false, "write the golden files anew")

var day = time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC)

// facts of an invented establishment: two domains, two addresses, one name of a stranger.
func facts() *observe.Run {
	at := netip.MustParseAddrPort
	p := &perimeter.Perimeter{Name: "Clinique inventée", Contact: "rssi@clinique.example", Domains: []string{"clinique.example", "vieux.example"}, Ranges: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/29")}}
	return &observe.Run{
		Format: observe.Format, AsOf: day, Perimeter: p.Hash(), Declared: p,
		Proofs: []perimeter.Proof{{Kind: "domain", Item: "clinique.example", By: perimeter.ByDNS}, {Kind: "domain", Item: "vieux.example", Why: "no_token"}, {Kind: "range", Item: "192.0.2.0/29", By: perimeter.ByMandate, Mandate: "mandat.pdf"}},
		Mandates: []perimeter.Paper{
			{File: "mandat.pdf", Signer: "A. Exemple", From: perimeter.Day{Time: day}, Until: perimeter.Day{Time: day.AddDate(0, 6, 0)}, Covers: []string{"192.0.2.0/29"}, Signed: &signature.Paper{Kind: "pdf", Signatures: []signature.Signature{
				{Signer: "A. Exemple", Company: "Clinique inventée", Issuer: "Autorité inventée", At: day, Whole: true, Trust: signature.NotVerified}, {Fault: signature.Altered}}}},
			{File: "vieux.pdf", Signer: "B. Exemple", From: perimeter.Day{Time: day.AddDate(-1, 0, 0)}, Until: perimeter.Day{Time: day.AddDate(0, -1, 0)}, Covers: []string{"vieux.example"}, Why: "late", Signed: &signature.Paper{}},
		},
		Domains: []observe.Domain{
			{Name: "clinique.example", Proven: true, Registration: &observe.Registration{Expires: day.AddDate(0, 0, 10), Registrar: "Registre inventé", Source: "domaines.csv"}},
			{Name: "vieux.example", Registration: &observe.Registration{Expires: day.AddDate(1, 0, 0), Source: "domaines.csv"}},
		},
		Names: []observe.Name{
			{Name: "www.clinique.example", Proven: true, From: []observe.Source{{Kind: "usual"}}, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1")}},
			{Name: "www.inconnu.example", From: []observe.Source{{Kind: "san", In: "192.0.2.1:443"}}},
		},
		Hosts: []ports.Host{{Address: netip.MustParseAddr("192.0.2.1"), Open: []uint16{443}}, {Address: netip.MustParseAddr("192.0.2.2"), Why: "silent", Silent: []uint16{443}}},
		Endpoints: []observe.Endpoint{{Address: at("192.0.2.1:443"), Transport: "tcp", Service: &service.Facts{Protocol: "http", TLS: true, Product: "<b>nginx</b>", Version: "1.22"},
			Views: []observe.View{{Name: "www.clinique.example"}}}},
		Gaps:    []observe.Gap{{Subject: "192.0.2.2", Part: "ports", Why: "silent"}, {Subject: "vieux.example", Part: "all", Why: observe.NotProven, Detail: "no_token"}},
		Imports: []observe.Import{{Kind: "registrar", File: "domaines.csv", SHA256: strings.Repeat("a", 64), Names: 2}},
	}
}

// found is one finding of the web family, for tests that need one of a severity.
func found(id, asset string, s check.Severity, c check.Confidence) check.Result {
	record, _ := check.Find(id)
	return check.Result{Record: record, Outcome: check.Outcome{Found: []check.Found{{Asset: asset, Endpoint: "192.0.2.1:443/tcp", Severity: s, Confidence: c, Evidence: []string{"seen"}, Params: map[string]string{}}}}}
}

// results are what the checks of the inventory and of proof say of facts.
func results(t testing.TB, run *observe.Run) []check.Result {
	t.Helper()
	threshold, err := check.DefaultThreshold()
	if err != nil {
		t.Fatal(err)
	}
	var out []check.Result
	for _, r := range check.Decide(run, check.Settings{AsOf: run.AsOf, Perimeter: run.Declared, Threshold: threshold}) {
		if strings.HasPrefix(r.Record.ID, "INV-0") && r.Record.ID != "INV-02" || r.Record.ID == "PRC-01" {
			out = append(out, r)
		}
	}
	return out
}

func newReport(t testing.TB, run *observe.Run, list []check.Result, lang string, change ...func(*report.Options)) *report.Report {
	t.Helper()
	threshold, err := check.DefaultThreshold()
	if err != nil {
		t.Fatal(err)
	}
	o := report.Options{Language: lang, ToolVersion: "1.2.3", Threshold: threshold}
	for _, c := range change {
		c(&o)
	}
	r, err := report.New(run, list, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// full is a report with a comparison.
func full(t testing.TB, lang string) *report.Report {
	t.Helper()
	before := facts()
	before.AsOf = day.AddDate(0, 0, -50)
	before.Domains[0].Registration.Expires = day.AddDate(1, 0, 0)
	before.Declared.Domains = []string{"clinique.example"}
	before.Perimeter = before.Declared.Hash()
	older := newReport(t, before, append(results(t, before), found("TLS-05", "www.clinique.example", check.Important, check.Proven), found("WEB-05", "ancien.clinique.example", check.Critical, check.Proven)), "fr")
	run := facts()
	tls, _ := check.Find("TLS-05")
	r := newReport(t, run, append(results(t, run), check.Result{Record: tls, Outcome: check.Outcome{Passed: []string{"www.clinique.example"}, Unknown: []check.Undecided{{Asset: "mail.clinique.example", Why: "silent"}}}}), lang,
		func(o *report.Options) { o.Known = &report.Knowledge{Date: day.AddDate(0, -2, 0), Stale: true} })
	r.Compare(older)
	return r
}

func golden(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, b.Bytes()) {
		t.Errorf("%s differs from what is written now; look at the difference with -update and git", name)
	}
}

func TestOutputs(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		r := full(t, lang)
		r.RulesVersion = "0123456789abcdef" // the texts of other families change it
		golden(t, "report."+lang+".txt", func(w io.Writer) error { return report.WriteText(w, r, report.TextOptions{All: true}) })
		golden(t, "report."+lang+".html", func(w io.Writer) error { return report.WriteHTML(w, r) })
		golden(t, "report."+lang+".json", func(w io.Writer) error { return report.WriteJSON(w, r) })
	}
}

func TestPageIsSafeAndAlone(t *testing.T) {
	var b bytes.Buffer
	if err := report.WriteHTML(&b, full(t, "fr")); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, bad := range []string{"<script", "http://", "src=", "<link", "<b>nginx", "ZgotmplZ", "<no value>"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	order := []string{`id="perimeter"`, `id="situation"`, `id="findings"`, `id="plan"`, `id="sheets"`, `id="limits"`}
	last := 0
	for _, part := range order {
		at := strings.Index(page, part)
		if at < last {
			t.Errorf("%s is not in its place", part)
		}
		last = at
	}
	if !strings.Contains(page, "répétition des audits officiels") {
		t.Error("the cover does not say that this is a rehearsal")
	}
}

func TestSameReportSameBytes(t *testing.T) {
	for name, write := range map[string]func(io.Writer, *report.Report) error{"json": report.WriteJSON, "html": report.WriteHTML, "sarif": report.WriteSARIF, "ods": report.WriteODS} {
		var a, b bytes.Buffer
		if err := errors.Join(write(&a, full(t, "fr")), write(&b, full(t, "fr"))); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s: two writings differ", name)
		}
		if err := write(broken{}, full(t, "fr")); !errors.Is(err, errBroken) {
			t.Errorf("%s: the error of the writer is lost: %v", name, err)
		}
	}
}

var errBroken = errors.New("disk full")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestRead(t *testing.T) {
	r := full(t, "fr")
	var b bytes.Buffer
	if err := report.WriteJSON(&b, r); err != nil {
		t.Fatal(err)
	}
	again, err := report.Read(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	var c bytes.Buffer
	if err := report.WriteJSON(&c, again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), c.Bytes()) {
		t.Error("a report read and written again differs")
	}
	for text, want := range map[string]string{
		`{"format":"hygie-directory-audit/1"}`: "not the report of an exposure audit", `{"format":"hygie-exposure-audit/2"}`: `this version reads`,
		`{"format":`: "at byte", ``: "at byte", `[]`: "at byte",
	} {
		if _, err := report.Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestGradeAndThreshold(t *testing.T) {
	for name, test := range map[string]struct {
		list  []check.Result
		grade string
		holds bool
	}{
		"nothing":              {nil, "A", true},
		"a banner":             {[]check.Result{found("VUL-02", "a", check.ToVerify, check.Deduced)}, "A", true},
		"an imported critical": {[]check.Result{found("WEB-05", "a", check.Critical, check.Declared)}, "A", true},
		"an important one":     {[]check.Result{found("TLS-05", "a", check.Important, check.Proven)}, "B", true},
		"a major one":          {[]check.Result{found("TLS-01", "a", check.Major, check.Observed)}, "D", false},
		"a critical one":       {[]check.Result{found("WEB-05", "a", check.Critical, check.Proven)}, "F", false},
	} {
		r := newReport(t, facts(), test.list, "fr")
		if r.Grade != test.grade || r.Holds != test.holds {
			t.Errorf("%s: grade %s, held %v", name, r.Grade, r.Holds)
		}
		if partial := newReport(t, facts(), test.list, "fr", func(o *report.Options) { o.Partial = true }); partial.Holds {
			t.Errorf("%s: an audit that did not end holds the threshold", name)
		}
	}
	if r := newReport(t, &observe.Run{AsOf: day}, nil, "fr"); r.Grade != "" {
		t.Errorf("an audit that saw nothing has the grade %s", r.Grade)
	}
}

func TestAcceptances(t *testing.T) {
	critical := []check.Result{found("WEB-05", "www.clinique.example", check.Critical, check.Proven)}
	id := critical[0].Outcome.Found[0].ID("WEB-05")
	list, err := report.ReadAcceptances("x", strings.NewReader(`[{"finding":"`+id+`","author":"A. Martin","reason":"relais isolé","false_positive":false,"until":"2026-04-01T00:00:00Z"}]`))
	if err != nil {
		t.Fatal(err)
	}
	r := newReport(t, facts(), critical, "fr", func(o *report.Options) { o.Accepted = list })
	if r.Findings[0].Accepted == nil || r.Findings[0].Counts || !r.Holds || r.Statistics.Accepted != 1 || len(r.Plan) != 0 {
		t.Errorf("accepted: %+v, plan %+v", r.Findings[0], r.Plan)
	}
	late := facts()
	late.AsOf = time.Date(2026, 4, 1, 0, 0, 1, 0, time.UTC)
	if r := newReport(t, late, critical, "fr", func(o *report.Options) { o.Accepted = list }); r.Findings[0].Accepted != nil || r.Holds {
		t.Error("an acceptance outlives its end")
	}
	for _, bad := range []string{`[{"finding":"x","author":"a","reason":"r"}]`, `[{"finding":"x","author":" ","reason":"r","until":"2026-04-01T00:00:00Z"}]`, `[{"finding":"x","for_ever":true}]`, `{`} {
		if _, err := report.ReadAcceptances("x", strings.NewReader(bad)); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

func TestPlan(t *testing.T) {
	r := newReport(t, facts(), []check.Result{
		found("TLS-05", "a.example", check.Important, check.Proven), found("TLS-04", "b.example", check.Major, check.Proven), found("WEB-02", "a.example", check.Minor, check.Observed),
		found("TLS-05", "b.example", check.Important, check.Proven), found("PRC-03", "a.example", check.Info, check.Observed), found("PRC-01", "x", check.Info, check.Observed), found("ADM-01", "c.example", check.Critical, check.Proven),
	}, "en")
	var got []string
	for _, a := range r.Plan {
		got = append(got, a.Key+":"+string(a.Severity)+":"+strings.Join(a.Checks, "+")+":"+strings.Join(a.Assets, "+"))
	}
	want := "close-remote:critical:ADM-01:c.example tls-settings:major:TLS-04+TLS-05:a.example+b.example web-settings:minor:WEB-02:a.example prc-03:info:PRC-03:a.example"
	if strings.Join(got, " ") != want {
		t.Errorf("plan %s\nwant %s", strings.Join(got, " "), want)
	}
	for _, a := range r.Plan {
		if a.Title == "" || len(a.Findings) == 0 {
			t.Errorf("action %+v", a)
		}
	}
}

func TestCompare(t *testing.T) {
	base := func(change func(*observe.Run)) *observe.Run {
		r := facts()
		r.AsOf = day.AddDate(0, 0, -50)
		if change != nil {
			change(r)
		}
		return r
	}
	tls, _ := check.Find("TLS-05")
	passed := check.Result{Record: tls, Outcome: check.Outcome{Passed: []string{"www.clinique.example"}}}
	weak := found("TLS-05", "www.clinique.example", check.Important, check.Proven)
	silent := check.Result{Record: tls, Outcome: check.Outcome{Unknown: []check.Undecided{{Asset: "www.clinique.example", Why: "silent"}}}}
	closed := weak
	closed.Outcome.Found = slices.Clone(weak.Outcome.Found)
	closed.Outcome.Found[0].Endpoint = "192.0.2.1:8443/tcp"
	away := weak
	away.Outcome.Found = slices.Clone(weak.Outcome.Found)
	away.Outcome.Found[0].Asset, away.Outcome.Found[0].Endpoint = "parti.clinique.example", "192.0.2.5:443/tcp"
	elsewhere := weak
	elsewhere.Outcome.Found = slices.Clone(weak.Outcome.Found)
	elsewhere.Outcome.Found[0].Asset, elsewhere.Outcome.Found[0].Endpoint = "x.vieux.example", ""
	shared := func(names ...string) check.Result {
		f := found("TLS-05", names[0], check.Important, check.Proven)
		f.Outcome.Found = slices.Clone(f.Outcome.Found)
		f.Outcome.Found[0].Names = names
		return f
	}
	halfSilent := check.Result{Record: tls, Outcome: check.Outcome{Passed: []string{"a.clinique.example"}, Unknown: []check.Undecided{{Asset: "b.clinique.example", Why: "silent"}}}}
	bothPassed := check.Result{Record: tls, Outcome: check.Outcome{Passed: []string{"a.clinique.example", "b.clinique.example"}}}
	for name, test := range map[string]struct {
		before, older, now []check.Result
		run                *observe.Run
		want               string
	}{
		"new":                              {nil, nil, []check.Result{weak}, facts(), "new"},
		"persisting":                       {[]check.Result{weak}, nil, []check.Result{weak}, facts(), "persisting"},
		"fixed":                            {[]check.Result{weak}, nil, []check.Result{passed}, facts(), "fixed"},
		"fixed by closing the port":        {[]check.Result{closed}, nil, nil, facts(), "fixed closed"},
		"silent now":                       {[]check.Result{weak}, nil, []check.Result{silent}, facts(), "unverified"},
		"a machine that answers no more":   {[]check.Result{away}, nil, nil, facts(), "unverified"},
		"back":                             {[]check.Result{passed}, []check.Result{weak}, []check.Result{weak}, facts(), "back"},
		"taken out of the perimeter":       {[]check.Result{elsewhere}, nil, nil, base(func(r *observe.Run) { r.Declared.Domains = r.Declared.Domains[:1]; r.Perimeter = r.Declared.Hash() }), "out_of_scope"},
		"new where nobody looked before":   {nil, nil, []check.Result{away}, facts(), "new newly"},
		"one name more":                    {[]check.Result{shared("b.clinique.example")}, nil, []check.Result{shared("a.clinique.example", "b.clinique.example")}, facts(), "persisting"},
		"fixed under both names":           {[]check.Result{shared("a.clinique.example", "b.clinique.example")}, nil, []check.Result{bothPassed}, facts(), "fixed"},
		"silent under one of two names":    {[]check.Result{shared("a.clinique.example", "b.clinique.example")}, nil, []check.Result{halfSilent}, facts(), "unverified"},
		"another severity, the same thing": {[]check.Result{found("TLS-01", "www.clinique.example", check.Major, check.Proven)}, nil, []check.Result{found("TLS-01", "www.clinique.example", check.Important, check.Proven)}, facts(), "persisting"},
	} {
		before := newReport(t, base(nil), test.before, "fr")
		var history []*report.Report
		if test.older != nil {
			history = append(history, newReport(t, base(func(r *observe.Run) { r.AsOf = r.AsOf.AddDate(0, -2, 0) }), test.older, "fr"))
		}
		r := newReport(t, test.run, test.now, "fr")
		r.Compare(before, history...)
		got := ""
		for _, f := range r.Findings {
			got += string(f.Status)
		}
		for _, g := range r.Comparison.Gone {
			got += strings.TrimSpace(string(g.Status) + " " + g.Why)
		}
		if len(r.Comparison.Newly) > 0 {
			got += " newly"
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
		total := 0
		for _, n := range r.Comparison.Counts {
			total += n
		}
		if total != 1 {
			t.Errorf("%s: counts %v", name, r.Comparison.Counts)
		}
	}
	partial := newReport(t, facts(), []check.Result{passed}, "fr", func(o *report.Options) { o.Partial = true })
	partial.Compare(newReport(t, base(nil), []check.Result{weak}, "fr"))
	if partial.Comparison.Counts["fixed"] != 0 || partial.Comparison.Counts["unverified"] != 1 {
		t.Errorf("an audit that did not end says that something is fixed: %v", partial.Comparison.Counts)
	}
}

func TestEarlier(t *testing.T) {
	weak := found("TLS-05", "www.clinique.example", check.Important, check.Proven)
	id := weak.Outcome.Found[0].ID("TLS-05")
	tls, _ := check.Find("TLS-05")
	first := newReport(t, facts(), []check.Result{weak}, "fr")
	second := newReport(t, facts(), []check.Result{{Record: tls, Outcome: check.Outcome{Passed: []string{"www.clinique.example"}}}}, "fr")
	second.Compare(first)
	e := second.Earlier()
	if !e.Fixed[id] || e.Open[id] || !e.Ready || len(e.Endpoints) != 1 || len(e.Addresses) != 2 {
		t.Errorf("earlier %+v", e)
	}
	if e := second.Earlier(first); !e.Fixed[id] {
		t.Error("what an older audit had and this one says is held is not taken for fixed")
	}
	if e := first.Earlier(); e.Fixed[id] || !e.Open[id] {
		t.Errorf("earlier %+v", e)
	}
}

func TestSARIF(t *testing.T) {
	var b bytes.Buffer
	if err := report.WriteSARIF(&b, full(t, "en")); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID, Kind, Level, BaselineState string
				RuleIndex                          int
				Message                            struct{ Text string }
				PartialFingerprints                map[string]string
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &log); err != nil || log.Version != "2.1.0" || len(log.Runs) != 1 {
		t.Fatalf("not a log: %v", err)
	}
	states := map[string]int{}
	for _, r := range log.Runs[0].Results {
		if log.Runs[0].Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || r.Message.Text == "" {
			t.Errorf("result %+v", r)
		}
		if r.Kind == "fail" && len(r.PartialFingerprints["hygieFinding/v1"]) != 16 {
			t.Errorf("%s has no fingerprint", r.RuleID)
		}
		states[r.Kind+" "+r.BaselineState]++
	}
	if states["fail new"] == 0 || states["fail absent"] == 0 || states["open "] == 0 {
		t.Errorf("results by kind and state: %v", states)
	}
}

// Whoever takes a copy away is named in it, in the forms for programs too; the report as it was made names nobody.
func TestCopiesNameWhoTookThem(t *testing.T) {
	for name, write := range map[string]func(io.Writer, *report.Report) error{"html": report.WriteHTML, "json": report.WriteJSON, "sarif": report.WriteSARIF} {
		for _, mark := range []string{"", "Remis à A. Exemple"} {
			var b bytes.Buffer
			if err := write(&b, full(t, "fr").Marked(mark)); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(b.String(), "Remis à A. Exemple"); got != (mark != "") {
				t.Errorf("%s given with mark %q: named %v", name, mark, got)
			}
			if got := strings.Contains(b.String(), "handed_to"); got != (mark != "" && name != "html") {
				t.Errorf("%s given with mark %q: has the field %v", name, mark, got)
			}
		}
	}
}

func TestODS(t *testing.T) {
	var b bytes.Buffer
	if err := report.WriteODS(&b, full(t, "fr").Marked("Remis à A. Exemple")); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	content, err := z.Open("content.xml")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(raw, new(struct{})); err != nil {
		t.Errorf("content: %v", err)
	}
	for _, want := range []string{"Clinique inventée", "Situation", "Périmètre", "mandat de A. Exemple", "Remis à A. Exemple", "Constats", "Fiches", "Comment corriger", "Plan", "Actifs", "Non regardé", "Contrôles", "Depuis le 2026-01-19"} {
		if !bytes.Contains(raw, []byte(want)) {
			t.Errorf("the spreadsheet lacks %q", want)
		}
	}
}

func TestChecksAreTold(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		list, err := report.Checks(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			var b bytes.Buffer
			if err := report.WriteCheck(&b, c, lang); err != nil || !strings.Contains(b.String(), c.Title) || !strings.Contains(b.String(), c.Source.Document) {
				t.Errorf("%s in %s: %v\n%s", c.ID, lang, err, b.String())
			}
		}
	}
}

func TestEveryCheckOfThePlanExists(t *testing.T) {
	for _, r := range check.Catalogue() {
		if r.ID == "PRC-01" || r.ID == "PRC-02" {
			continue
		}
		made := newReport(t, facts(), []check.Result{found(r.ID, "a", r.Severity, check.Proven)}, "fr")
		if len(made.Plan) != 1 || made.Plan[0].Title == "" {
			t.Errorf("%s: plan %+v", r.ID, made.Plan)
		}
	}
}

func TestStatuses(t *testing.T) {
	r := full(t, "fr")
	for _, s := range []finding.Status{finding.New, finding.Fixed, report.OutOfScope} {
		if _, ok := r.Comparison.Counts[string(s)]; !ok {
			t.Errorf("status %s is not counted", s)
		}
	}
}
