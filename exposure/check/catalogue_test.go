package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/exposure/knowledge"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
)

// wanted are the identifiers of the whole catalogue: how many checks each family has.
func wanted() []string {
	var out []string
	for _, family := range []struct {
		prefix string
		count  int
	}{{"INV", 4}, {"DNS", 7}, {"MEL", 13}, {"TLS", 13}, {"WEB", 9}, {"ADM", 8}, {"SVC", 11}, {"VUL", 4}, {"FUI", 1}, {"PRC", 3}} {
		for n := 1; n <= family.count; n++ {
			out = append(out, fmt.Sprintf("%s-%02d", family.prefix, n))
		}
	}
	return out
}

func TestCatalogueIsWhole(t *testing.T) {
	var ids []string
	for _, r := range Catalogue() {
		ids = append(ids, r.ID)
		if r.Severity.Rank() >= len(Severities()) || r.Source.Document == "" || r.Decide == nil || r.Family == "" {
			t.Errorf("%s: severity %q, source %q, family %q", r.ID, r.Severity, r.Source.Document, r.Family)
		}
		if !slices.Contains([]string{"S", "M", "L"}, r.Effort) {
			t.Errorf("%s: effort %q", r.ID, r.Effort)
		}
		if !slices.Contains([]string{"web", "mail", "dns", "network", "system", "biomedical", "direction"}, r.Owner) {
			t.Errorf("%s: owner %q", r.ID, r.Owner)
		}
	}
	if want := wanted(); !slices.Equal(ids, want) {
		t.Errorf("the catalogue has %d checks %v, want %d", len(ids), ids, len(want))
		for _, id := range want {
			if !slices.Contains(ids, id) {
				t.Errorf("%s is missing", id)
			}
		}
	}
	if _, ok := Find("TLS-05"); !ok {
		t.Error("TLS-05 is not found")
	}
	if _, ok := Find("TLS-99"); ok {
		t.Error("TLS-99 is found")
	}
}

// Every check has its texts in both languages, with the same variants and the same values, and no text stands without a check.
func TestTextsAreWhole(t *testing.T) {
	fr, err := LoadTexts("fr")
	if err != nil {
		t.Fatal(err)
	}
	en, err := LoadTexts("en")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LoadTexts("de"); err == nil {
		t.Error("texts in a language that has none")
	}
	for _, r := range Catalogue() {
		a, okFR := fr.Text(r.ID)
		b, okEN := en.Text(r.ID)
		if !okFR || !okEN {
			t.Errorf("%s: texts in French %v, in English %v", r.ID, okFR, okEN)
			continue
		}
		whole(t, r.ID+" fr", a)
		whole(t, r.ID+" en", b)
		if got, want := variants(b), variants(a); !slices.Equal(got, want) {
			t.Errorf("%s: variants %v in English, %v in French", r.ID, got, want)
		}
		if got, want := b.Placeholders(), a.Placeholders(); !slices.Equal(got, want) {
			t.Errorf("%s: values %v in English, %v in French", r.ID, got, want)
		}
		if len(a.Remedies) != len(b.Remedies) {
			t.Errorf("%s: %d remedies in English, %d in French", r.ID, len(b.Remedies), len(a.Remedies))
		}
	}
	for _, texts := range []Texts{fr, en} {
		for _, id := range texts.IDs() {
			if _, ok := Find(id); !ok {
				t.Errorf("%s has a text and is no check", id)
			}
		}
	}
}

// What is set on a server is said for each of the servers that hospitals run.
func TestRemediesNameTheServers(t *testing.T) {
	web, mail, names := []string{"nginx", "Apache", "IIS", "HAProxy"}, []string{"Postfix", "Exchange"}, []string{"bind"}
	wanted := map[string][]string{}
	for _, family := range []struct {
		ids      string
		products []string
	}{{"WEB-01 WEB-02 WEB-03 WEB-05 WEB-06 WEB-07 WEB-08", web}, {"TLS-01 TLS-02 TLS-03 TLS-04 TLS-05 TLS-06 TLS-07 TLS-08 TLS-09 TLS-10 TLS-11 TLS-13", web},
		{"MEL-07 MEL-08 MEL-09 MEL-10 MEL-12", mail}, {"DNS-01 DNS-02 DNS-03 DNS-04 DNS-05 DNS-06 DNS-07", names}} {
		for id := range strings.FieldsSeq(family.ids) {
			wanted[id] = family.products
		}
	}
	for _, lang := range []string{"fr", "en"} {
		texts, err := LoadTexts(lang)
		if err != nil {
			t.Fatal(err)
		}
		for id, products := range wanted {
			text, _ := texts.Text(id)
			for _, p := range products {
				if !slices.ContainsFunc(text.Remedies, func(r Remedy) bool {
					return strings.Contains(r.Product, p) || r.Product == "Tout serveur" || r.Product == "Any server"
				}) {
					t.Errorf("%s in %s says nothing of %s", id, lang, p)
				}
			}
		}
	}
}

func variants(t Text) []string {
	var out []string
	for name := range t.Variants {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// whole tells what a text lacks. A sentence may be missing when each variant has it.
func whole(t *testing.T, id string, text Text) {
	t.Helper()
	every := func(of func(Variant) string) bool {
		if len(text.Variants) == 0 {
			return false
		}
		for _, v := range text.Variants {
			if of(v) == "" {
				return false
			}
		}
		return true
	}
	for name, missing := range map[string]bool{
		"title": text.Title == "", "found": text.Found == "" && !every(func(v Variant) string { return v.Found }),
		"risk":         text.Risk == "" && !every(func(v Variant) string { return v.Risk }),
		"why_severity": text.WhySeverity == "" && !every(func(v Variant) string { return v.WhySeverity }),
		"rollback":     text.Rollback == "" && !every(func(v Variant) string { return v.Rollback }),
		"verify":       text.Verify == "" && !every(func(v Variant) string { return v.Verify }),
		"remedy":       len(text.Remedies) == 0,
	} {
		if missing {
			t.Errorf("%s: no %s", id, name)
		}
	}
	for _, r := range text.Remedies {
		if r.Product == "" || len(r.Steps)+len(r.Commands) == 0 {
			t.Errorf("%s: remedy %q says nothing", id, r.Product)
		}
	}
}

// No check falls on a run that saw nothing, and none finds anything there but what a first audit must say.
func TestNothingSeenIsNothingFound(t *testing.T) {
	run := &observe.Run{AsOf: time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC), Perimeter: "0123456789abcdef"}
	for _, result := range Decide(run, Settings{AsOf: run.AsOf, Perimeter: &perimeter.Perimeter{}, Known: &knowledge.Bundle{}}) {
		if n := len(result.Outcome.Found); n > 0 && result.Record.ID != "PRC-01" {
			t.Errorf("%s finds %d things in nothing", result.Record.ID, n)
		}
		if n := len(result.Outcome.Passed); n > 0 {
			t.Errorf("%s holds for %v in nothing", result.Record.ID, result.Outcome.Passed)
		}
	}
}

func TestTidy(t *testing.T) {
	banner := Found{Asset: "a.test", Severity: Critical, Confidence: Deduced, Evidence: []string{"banner"}}
	seen := Found{Asset: "a.test", Endpoint: "192.0.2.1:22/tcp", Severity: Minor, Confidence: Proven, Evidence: []string{"one"}}
	worse := Found{Asset: "a.test", Endpoint: "192.0.2.1:22/tcp", Severity: Major, Confidence: Proven, Evidence: []string{"two", "one"}}
	o := Outcome{Found: []Found{seen, worse, banner}, Passed: []string{"b", "a", "b"}}
	o.tidy(Record{ID: "X-01"})
	if len(o.Found) != 2 || o.Found[0].Severity != ToVerify || o.Found[1].Severity != Major {
		t.Errorf("found %+v", o.Found)
	}
	if got := strings.Join(o.Found[1].Evidence, " "); got != "one two" {
		t.Errorf("evidence %q", got)
	}
	if got := strings.Join(o.Passed, ""); got != "ab" {
		t.Errorf("passed %q", got)
	}
	exact := Outcome{Found: []Found{banner}}
	exact.tidy(Record{ID: "X-02", Deduces: true})
	if exact.Found[0].Severity != Critical {
		t.Errorf("a check that knows the exact build is made a question: %s", exact.Found[0].Severity)
	}
}

func TestTextOfAFinding(t *testing.T) {
	texts := Texts{lang: "fr", byID: map[string]Text{"X-01": {
		Title: "Titre", Found: "{{asset}} ({{endpoint}}) : {{what}} jusqu’au {{date}}", VerifyCommand: "curl {{url}} {{hostport}}",
		Remedies: []Remedy{{Product: "p", Steps: []string{"voir : {{host}}"}, Commands: []string{"rm {{what}}"}}},
		Variants: map[string]Variant{"odd": {Title: "Autre"}},
	}}}
	got := texts.For("X-01", Found{Asset: "www.a.test", Endpoint: "192.0.2.1:443/tcp", Params: map[string]string{"what": "x; reboot", "url": "https://a/$(id)", "date": "2026-03-10"}})
	if got.Found != "www.a.test (192.0.2.1:443)\u00a0: x; reboot jusqu’au 10/03/2026" {
		t.Errorf("found %q", got.Found)
	}
	if got.VerifyCommand != "curl 'https://a/$(id)' www.a.test:443" {
		t.Errorf("command %q", got.VerifyCommand)
	}
	if r := got.Remedies[0]; r.Steps[0] != "voir\u00a0: www.a.test" || r.Commands[0] != "rm 'x; reboot'" {
		t.Errorf("remedy %+v", r)
	}
	if odd := texts.For("X-01", Found{Asset: "a.test", Variant: "odd"}); odd.Title != "Autre" || !strings.HasPrefix(odd.Found, "a.test (a.test)") {
		t.Errorf("variant %+v", odd)
	}
	if got := Fill("a {{b} c {{", nil); got != "a {{b} c {{" {
		t.Errorf("unclosed braces: %q", got)
	}
}

func TestGrades(t *testing.T) {
	scale, err := Grades()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		counts Counts
		want   string
	}{
		{Counts{}, "A"}, {Counts{Minor: 400, Info: 3, ToVerify: 9}, "A"}, {Counts{Important: 5}, "B"}, {Counts{Important: 6}, "C"},
		{Counts{Major: 1}, "D"}, {Counts{Major: 3, Important: 90}, "D"}, {Counts{Major: 4}, "E"}, {Counts{Critical: 1}, "F"},
	} {
		if got := scale.Grade(test.counts); got != test.want {
			t.Errorf("%v: grade %s, want %s", test.counts, got, test.want)
		}
	}
	threshold, err := DefaultThreshold()
	if err != nil {
		t.Fatal(err)
	}
	if !threshold.Unsure || threshold.Reference != "" {
		t.Error("the default threshold passes for sourced")
	}
	if !threshold.Holds(Counts{Important: 99}) || threshold.Holds(Counts{Major: 1}) || threshold.Holds(Counts{Critical: 1}) {
		t.Error("the default threshold is not: no critical, no major")
	}
}
