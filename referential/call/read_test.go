package call

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"hygie/referential"
	"hygie/referential/packages"
)

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func invented(t testing.TB) *Call {
	t.Helper()
	c, err := Read("invented.yaml", testdata(t, "invented.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Each fault is found where it stands: the place is the line of the text that was put in.
func TestFaultsHaveTheirPlace(t *testing.T) {
	whole := string(testdata(t, "invented.yaml"))
	for _, c := range []struct{ name, old, new, want string }{
		{"format", "format: 1", "format: 2", "format must be 1"},
		{"unknown key", "programme: demo", "programme: demo\nprogram: x", `unknown key "program"`},
		{"mode", "mode: one_off", "mode: always", "mode must be one of"},
		{"yearly without renewal", "mode: one_off", "mode: yearly", "a yearly call says under renewal"},
		{"offer without services", "mode: one_off", "mode: service_offer", "an offer of services lists its services"},
		{"zone", "zone: Europe/Paris", "zone: Europe/Lutece", "is not a time zone"},
		{"closes before it opens", `opens: "2026-04-01 09:00"`, `opens: "2026-10-25 03:00"`, "closes before it opens"},
		{"hour that does not exist", `opens: "2026-04-01 09:00"`, `opens: "2026-03-29 02:30"`, "no clock in Europe/Paris shows"},
		{"day that does not exist", "closes: 2026-10-31, categories", "closes: 2026-10-32, categories", "is not a moment"},
		{"overlap", "categories: [clinic], title: {fr: \"cliniques\"", "title: {fr: \"cliniques\"", "window clinics overlaps window groups"},
		{"unknown phase", "phase: apply, opens: 2026-03-29", "phase: aply, opens: 2026-03-29", `phase "aply" is not declared`},
		{"phase after nothing", "after: [apply]", "after: [aply]", `pay comes after "aply", which is not there`},
		{"cycle of instalments", "{code: start, share: 30 %,", "{code: start, share: 30 %, after: [end],", "comes after itself"},
		{"split below", "share: 30 %", "share: 29 %", "make 99 % of what is granted, not 100 %"},
		{"split above", "share: 11/30", "share: 12/30", "make 103.33 % of what is granted, not 100 %"},
		{"share beyond the whole", "cofinancing: 80 %", "cofinancing: 180 %", "cofinancing is 180 %, more than the whole"},
		{"unknown requirement", "when: [directory, interview, path]", "when: [directory, interviw, path]", `requirement "interviw" is not declared`},
		{"unknown category", "categories: [group], measure: activity, below: 1000", "categories: [groups], measure: activity, below: 1000", `category "groups" is not an eligible one`},
		{"category that is not eligible", "categories: [clinic], measure", "categories: [clinic, home], measure", `category "home" is not an eligible one`},
		{"hole", "from: 1000, below: 5000.5", "from: 1001, below: 5000.5", "nothing is given to category group from 1000 to 1001"},
		{"overlap of bands", "from: 1000, below: 5000.5", "from: 999.5, below: 5000.5", "overlaps line small for category group"},
		{"hole at the end", "from: 5000.5, per_unit: 10", "from: 5000.5, below: 9000, per_unit: 10", "nothing is given to category group from 9000 on"},
		{"hole at the beginning", "measure: activity, below: 1000, flat: 10000", "measure: activity, from: 10, below: 1000, flat: 10000", "nothing is given to category group below 10"},
		{"band that ends before", "from: 1000, below: 5000.5", "from: 6000, below: 5000.5", "the band ends before it begins"},
		{"category without line", "- {code: clinic, categories: [clinic], measure", "- {code: clinic, categories: [group], measure", "the scale has no line for category clinic"},
		{"line that gives nothing", "per_unit: 10, most: 200000", "most: 200000", "the line gives nothing"},
		{"per member of one", "flat: {to_fill: bonus}", "per_member: 5", "category clinic has no members"},
		{"unknown field", "four_eyes: {to_fill: threshold}", "four_eyes: {to_fill: treshold}", `field "treshold" is not declared`},
		{"field of another kind", "share: 30 %", "share: {to_fill: threshold}", "field threshold holds amount, and ratio is needed here"},
		{"field of a dossier elsewhere", "national: 1000000", "national: {to_fill: bonus}", "field bonus is filled for each dossier"},
		{"field nobody uses", "four_eyes: {to_fill: threshold}", "four_eyes: 1000", "field threshold: nothing waits for it"},
		{"field that is known", "mark: unsure, text: {fr: \"Non lu.\", en: \"Not read.\"}}}\n  - {code: bonus", "mark: sourced, text: {fr: \"Non lu.\", en: \"Not read.\"}}}\n  - {code: bonus", "a field to be filled is marked unsure"},
		{"amount with a comma", "national: 1000000", `national: "1000000,00"`, "is not an amount"},
		{"amount too large", "national: 1000000", "national: 99999999999999", "is more than any call can give"},
		{"region share beyond the whole", `amount: "600000.50"`, `amount: "1000000.01"`, "make more than the national envelope"},
		{"expenses end before", "from: 2026-01-01, until: 2026-12-31", "from: 2026-01-01, until: 2025-12-31", "until lies before from"},
		{"yearly requirement", "title: {fr: \"un entretien a eu lieu\", en: \"an interview was held\"}, stage: candidature", "title: {fr: \"un entretien a eu lieu\", en: \"an interview was held\"}, stage: yearly", "only a yearly call asks for something each year"},
		{"requirement twice over", "{id: interview, title", "{id: interview, code: x, title", "not both"},
		{"document without its package", "referential: care-d1, document: directory-report", "document: directory-report", "is named by its referential and its code"},
		{"group through nothing", "through: group", "through: clinic", "which is no eligible group"},
		{"members below", "most_members: 3", "most_members: 1", "most_members lies below least_members"},
		{"former that says nothing", "former: [{closes: 2026-09-30, announced: 2026-09-01,", "former: [{announced: 2026-09-01,", "says which end moved"},
		{"code twice", "{code: unclear, act", "{code: no-report, act", `"no-report" is declared twice`},
		{"most below least", "most: 250000", "most: 999", "most lies below least"},
		{"figure without number", "value: 12", "value: twelve", "value is missing or no number"},
		{"region of a category", `regions: ["84"], title`, `regions: ["11"], title`, `the call is not open to region "11"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.Count(whole, c.old) != 1 {
				t.Fatalf("%q stands %d times in the call", c.old, strings.Count(whole, c.old))
			}
			_, err := Read("x.yaml", []byte(strings.Replace(whole, c.old, c.new, 1)))
			var faults referential.Problems
			if !errors.As(err, &faults) {
				t.Fatalf("no faults: %v", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v; want %q", err, c.want)
			}
			for _, f := range faults {
				if f.File != "x.yaml" || f.Line == 0 || f.Column == 0 {
					t.Errorf("without a place: %+v", f)
				}
			}
		})
	}
}

func TestPlaceOfAHole(t *testing.T) {
	text := strings.Replace(string(testdata(t, "invented.yaml")), "from: 1000, below: 5000.5", "from: 1001, below: 5000.5", 1)
	line := 1 + strings.Count(text[:strings.Index(text, "code: middle, categories")], "\n")
	_, err := Read("x.yaml", []byte(text))
	if err == nil || !strings.HasPrefix(err.Error(), "x.yaml:"+strconv.Itoa(line)+":") {
		t.Errorf("%v; want line %d", err, line)
	}
}

func TestCheckFindsWhatNoPackageDeclares(t *testing.T) {
	all, err := packages.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := invented(t).Check(all); err != nil {
		t.Fatal(err)
	}
	text := string(testdata(t, "invented.yaml"))
	for old, new := range map[string]string{
		"id: path, referential: care-d1": "id: path, referential: care-d9", "code: D1.O6.B": "code: D1.O9.Z", "criteria: [directory-audited]": "criteria: [directory-audit]",
		"document: directory-report": "document: directory-raport",
	} {
		c, err := Read("x.yaml", []byte(strings.Replace(text, old, new, 1)))
		if err != nil {
			t.Fatal(err)
		}
		var faults referential.Problems
		if err := c.Check(all); !errors.As(err, &faults) || len(faults) != 1 || faults[0].Line == 0 {
			t.Errorf("%s: %v", new, err)
		}
	}
}

func TestFillChecksTheWholeAgain(t *testing.T) {
	c := invented(t)
	if got := c.Blank(PerCall); len(got) != 1 || got[0].Code != "threshold" {
		t.Errorf("to be filled: %v", got)
	}
	filled, err := c.Fill(map[string]string{"threshold": "50000.10"})
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := filled.FourEyes.Get(); !ok || v != 5_000_010 || len(filled.Blank(PerCall)) != 0 {
		t.Errorf("filled: %v, %v", filled.FourEyes, filled.Blank(PerCall))
	}
	if _, ok := c.FourEyes.Get(); ok {
		t.Error("the call itself changed")
	}
	for name, values := range map[string]map[string]string{"wrong form": {"threshold": "much"}, "unknown": {"ceiling": "1"}, "of a dossier": {"bonus": "1"}} {
		if _, err := c.Fill(values); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	// A value that makes the call unsound is refused where it is used.
	split := strings.Replace(string(testdata(t, "invented.yaml")), "share: 30 %", "share: {to_fill: part}", 1)
	split = strings.Replace(split, "fields:\n", "fields:\n  - {code: part, kind: ratio, title: {fr: a, en: a}, note: {fr: a, en: a}, source: {mark: own, text: {fr: a, en: a}}}\n", 1)
	c, err = Read("x.yaml", []byte(split))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Fill(map[string]string{"part": "31 %"}); err == nil || !strings.Contains(err.Error(), "101 %") {
		t.Errorf("31 %% fits: %v", err)
	}
	if _, err := c.Fill(map[string]string{"part": "30 %"}); err != nil {
		t.Error(err)
	}
}

func TestLoadJoinsLibraries(t *testing.T) {
	call := strings.Replace(string(testdata(t, "invented.yaml")), "libraries: []", "libraries: [shared]", 1)
	files := fstest.MapFS{"a/call.yaml": {Data: []byte(call)}, "b/library.yml": {Data: testdata(t, "library.yaml")}, "note.txt": {Data: []byte("not read")}}
	all, err := Load(files)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if got := all[0].ReasonsFor(Refuse, ""); len(got) != 1 || got[0].Code != "late" {
		t.Errorf("reasons for a refusal: %v", got)
	}
	if got := all[0].ReasonsFor(Correct, "directory"); len(got) != 2 || got[0].Code != "no-report" {
		t.Errorf("reasons for a correction of the directory: %v", got)
	}
	filled, err := all[0].Fill(map[string]string{"threshold": "1"})
	if err != nil || len(filled.ReasonsFor(Refuse, "")) != 1 {
		t.Errorf("the library is lost when a field is filled: %v", err)
	}
	delete(files, "b/library.yml")
	if _, err := Load(files); err == nil || !strings.Contains(err.Error(), `no library of reasons "shared"`) {
		t.Errorf("without the library: %v", err)
	}
	files = fstest.MapFS{"a.yaml": {Data: testdata(t, "yearly.yaml")}, "b.yaml": {Data: testdata(t, "yearly.yaml")}}
	if _, err := Load(files); err == nil || !strings.Contains(err.Error(), "b.yaml: version 1 of call yearly is already given by a.yaml") {
		t.Errorf("one version twice: %v", err)
	}
}

// The keys that the reader knows are the keys of the schemas, object by object.
func TestSchemasHaveTheKeysOfTheReader(t *testing.T) {
	known := map[string]map[string]bool{}
	watch := func(name, key string) {
		name = strings.ReplaceAll(name, " ", "-")
		if known[name] == nil {
			known[name] = map[string]bool{}
		}
		known[name][key] = true
	}
	for _, file := range []string{"invented.yaml", "yearly.yaml", "services.yaml"} {
		if _, err := read(file, testdata(t, file), nil, watch); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := readLibrary("library.yaml", testdata(t, "library.yaml"), watch); err != nil {
		t.Fatal(err)
	}
	type object struct {
		Properties map[string]any `json:"properties"`
	}
	want := map[string][]string{}
	for _, name := range []string{"call", "call-library"} {
		raw, err := os.ReadFile("../../docs/schema/" + name + ".schema.json")
		if err != nil {
			t.Fatal(err)
		}
		var schema struct {
			object
			Defs map[string]object `json:"$defs"`
		}
		if err := json.Unmarshal(raw, &schema); err != nil {
			t.Fatal(err)
		}
		want[strings.TrimPrefix(name, "call-")] = slices.Sorted(maps.Keys(schema.Properties))
		for def, o := range schema.Defs {
			if o.Properties != nil {
				want[def] = slices.Sorted(maps.Keys(o.Properties))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if got := slices.Sorted(maps.Keys(known[name])); !slices.Equal(got, want[name]) {
			t.Errorf("%s: the reader knows %v, the schema %v", name, got, want[name])
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("only in a schema: %v", slices.Sorted(maps.Keys(want)))
	}
}

// Every message is used, and each sentence that the code asks for is there.
func TestMessagesAndCode(t *testing.T) {
	code := ""
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") && e.Name() != "messages.go" {
			data, err := os.ReadFile(e.Name())
			if err != nil {
				t.Fatal(err)
			}
			code += string(data)
		}
	}
	for key, m := range messages {
		family := key[:strings.LastIndex(key, ".")]
		if !strings.Contains(code, `"`+key+`"`) && !strings.Contains(code, `"`+family+`"`) && !strings.Contains(code, `"`+family+`."`) && key != "ceiling.sum" {
			t.Errorf("nobody says %s", key)
		}
		places := regexp.MustCompile(`\{(\w+)`)
		if a, b := places.FindAllString(m.FR, -1), places.FindAllString(m.EN, -1); !slices.Equal(slices.Compact(slices.Sorted(slices.Values(a))), slices.Compact(slices.Sorted(slices.Values(b)))) {
			t.Errorf("%s: the places differ between the languages: %v and %v", key, a, b)
		}
	}
	for _, m := range regexp.MustCompile(`Code: "([a-z_.]+)"`).FindAllStringSubmatch(code, -1) {
		if _, ok := messages[m[1]]; !ok && !strings.HasSuffix(m[1], ".") {
			t.Errorf("there is no message %s", m[1])
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"invented.yaml", "yearly.yaml", "services.yaml", "library.yaml"} {
		f.Add(testdata(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		IsCall(data)
		if _, err := ReadLibrary("x.yaml", data); err != nil && len(err.Error()) == 0 {
			t.Error("an error says nothing")
		}
		c, err := Read("x.yaml", data)
		if err != nil {
			return
		}
		for _, k := range c.Categories {
			f := Facts{Structure: "s", Category: k.Code, Region: "84", Sizes: map[string]Size{}, Members: []Facts{{Structure: "m"}}}
			if r := c.Ceiling(f); !r.Known && r.Amount != 0 {
				t.Errorf("an amount that is not known: %v", r)
			}
			c.Eligible(f)
			c.Timely(Candidature, k.Code, c.Source.ReadOn)
		}
		if _, err := c.Schedule(100, "", nil); err != nil {
			t.Error(err)
		}
	})
}

// Cut anywhere, the file is refused or read, and never brings the reader down.
func TestTruncated(t *testing.T) {
	whole := testdata(t, "invented.yaml")
	for n := 0; n < len(whole); n += 37 {
		if _, err := Read("x.yaml", whole[:n]); err == nil {
			t.Errorf("the first %d bytes are read as a whole call", n)
		}
	}
}
