package referential

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// Faults in rules, each with words of the message that is expected. The rule stands on one line at the end of the test package.
func TestReadRuleFaults(t *testing.T) {
	for _, c := range []struct{ name, rule, want string }{
		{"unknown kind", "{guess: {}}", "a rule is a mapping with one key"},
		{"two kinds", "{not: {}, all: []}", "a rule is a mapping with one key"},
		{"not a mapping", "[]", "rule must be a mapping, not list"},
		{"unknown fact", "{value: {fact: levels, at_least: 2}}", `fact "levels" is not declared`},
		{"unknown key", "{value: {fact: level, atleast: 2}}", `unknown key "atleast"`},
		{"no comparison", "{value: {fact: level}}", "a comparison is missing"},
		{"two comparisons", "{value: {fact: level, at_least: 2, at_most: 3}}", "has both at_most and at_least"},
		{"text for a number", "{value: {fact: level, at_least: high}}", "must be a number, not text"},
		{"number for a text", "{value: {fact: sort, equals: 2}}", "write it between quotes"},
		{"order without order", "{value: {fact: sort, at_least: b}}", "has no order"},
		{"not on the scale", "{value: {fact: grade, at_least: Z}}", "is not on the scale"},
		{"not a day", "{value: {fact: since, at_most: 2026-02-30}}", "must be a day such as"},
		{"one of nothing", "{value: {fact: sort, one_of: []}}", "a comparison is missing"},
		{"one of no list", "{value: {fact: sort, one_of: a}}", "must be a list"},
		{"ceiling that is not yes or no", "{value: {fact: level, at_least: 2, ceiling_if: grade}}", "must name a fact that says yes or no"},
		{"ceiling of a text", "{value: {fact: grade, at_least: B, ceiling_if: at-most}}", "only a number has a ceiling"},
		{"unknown parameter", "{value: {fact: level, at_least: {parameter: x}}}", `parameter "x" is not declared`},
		{"parameter of another kind", "{value: {fact: level, at_least: {parameter: last-day}}}", "is a date; a number is needed"},
		{"age without unit", "{fresh: {fact: run, max_age: '12'}}", "the unit must be days, months or years"},
		{"age of nothing", "{fresh: {fact: run, max_age: 0 days}}", "is not an age"},
		{"no age", "{fresh: {fact: run}}", `"max_age" is missing`},
		{"event without words", "{fresh: {fact: level, max_age: 1 month}}", "its declaration needs one and many"},
		{"period the wrong way round", "{period: {fact: run, from: 2026-02-01, until: 2026-01-01}}", "until lies before from"},
		{"period without end", "{period: {fact: run, from: 2026-02-01}}", `"until" is missing`},
		{"count of a half", "{count: {fact: run, at_least: 1.5}}", "must be a whole number"},
		{"count of none", "{count: {fact: run, at_least: 0}}", "must be a whole number from 1"},
		{"interval the wrong way round", "{interval: {fact: run, min_days: 60, max_days: 45}}", "max_days is less than min_days"},
		{"coverage of both", "{coverage: {members: all, weight: 66, size: {fr: a, en: a}, rule: {document: {kind: plan}}}}", "needs either members: all, or weight"},
		{"coverage of neither", "{coverage: {rule: {document: {kind: plan}}}}", "needs either members: all, or weight"},
		{"coverage of more than all", "{coverage: {weight: 101, size: {fr: a, en: a}, rule: {document: {kind: plan}}}}", "percentage above 0"},
		{"coverage of what", "{coverage: {weight: 66, rule: {document: {kind: plan}}}}", `"size" is missing`},
		{"coverage without rule", "{coverage: {members: all}}", `"rule" is missing`},
		{"unknown document", "{document: {kind: novel}}", `document "novel" is not declared`},
		{"unknown role", "{signer: {kind: plan, roles: [king]}}", `role "king" is not declared`},
		{"unknown category", "{choose: {cases: [{categories: [x], rule: {document: {kind: plan}}}]}}", `category "x" is not declared`},
		{"category twice", "{choose: {cases: [{categories: [ght], rule: {document: {kind: plan}}}, {categories: [ght], rule: {document: {kind: plan}}}]}}", "already has a case"},
		{"all of nothing", "{all: []}", "hold a list of rules"},
		{"fault inside", "{any: [{not: {all: [{fresh: {fact: run}}]}}]}", `"max_age" is missing`},
		{"alias", "*a", "anchors, aliases"},
		{"anchor", "&a {document: {kind: plan}}", "anchors, aliases"},
		{"tag", "!!map {document: {kind: plan}}", "anchors, aliases"},
		{"too deep", strings.Repeat("{not: ", 40) + "{document: {kind: plan}}" + strings.Repeat("}", 40), "nests more than 32 levels"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := vocabulary(t) + "                rule: " + c.rule + "\n"
			_, err := Read("test.yaml", []byte(text))
			var faults Problems
			if !errors.As(err, &faults) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			last := strings.Count(text, "\n")
			if faults[0].Line != last && !strings.Contains(c.want, "is missing") || faults[0].Line < last-8 || faults[0].Column < 1 {
				t.Errorf("place %d:%d, want line %d: %v", faults[0].Line, faults[0].Column, last, err)
			}
		})
	}
}

// Faults in the head of the package: one line of it is replaced.
func TestReadHeadFaults(t *testing.T) {
	rule := "                rule: {document: {kind: plan}}\n"
	for _, c := range []struct{ name, old, new, want string }{
		{"format", "format: 1", "format: 2", "format must be 1"},
		{"id", "id: test", "id: Test pack", "has not the form of a code"},
		{"version is a number", `version: "1"`, "version: 1", "write it between quotes"},
		{"one language", "title: {fr: essai, en: test}", "title: {fr: essai}", `"en" is missing`},
		{"empty text", "title: {fr: essai, en: test}", "title: {fr: essai, en: ''}", "en is empty"},
		{"no source", "source: {mark: own, text: {fr: essai, en: test}}", "", `"source" is missing`},
		{"unknown mark", "source: {mark: own,", "source: {mark: sure,", "mark must be one of sourced derived unsure own"},
		{"key twice", "id: test", "id: test\nid: test", "test.yaml:3"},
		{"a value for what is unsure", "{code: level, kind: number,", "{code: level, kind: number, value: 2,", "what is unsure has no value"},
		{"a value out of its bounds", "value: 2,", "value: 2, max: 1,", "outside its own bounds"},
		{"fact twice", "  - {key: done,", "  - {key: sort,", `"sort" is declared twice`},
		{"scale of a number", "{key: sort, kind: text,", "{key: sort, kind: number, scale: [a],", "only a text has a scale"},
		{"official without source", "          - code: r", "          - code: r\n            official: true", "needs a source with mark sourced"},
		{"code twice", "              - code: c", "              - code: axis", `code "axis" is already used on line`},
		{"only advice", "              - code: c", "              - code: c\n                advice: true", "all criteria are advice"},
		{"validity the wrong way round", "          - code: r", "          - code: r\n            valid: {from: 2026-02-01, until: 2026-01-01}", "until lies before from"},
		{"evidence of no kind", "          - code: r", "          - code: r\n            evidence: [novel]", `document "novel" is not declared`},
		{"link that is no link", "source: {mark: own, text: {fr: essai, en: test}}", "source: {mark: own, url: 'javascript:x', text: {fr: essai, en: test}}", "must begin with https://"},
		{"two documents", "format: 1", "format: 1\n---", "holds 2 documents"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := vocabulary(t) + rule
			changed := strings.Replace(text, c.old, c.new, 1)
			if changed == text {
				t.Fatalf("the test package has no %q", c.old)
			}
			_, err := Read("test.yaml", []byte(changed))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestReadSaysAllFaultsInOrder(t *testing.T) {
	text := strings.Replace(vocabulary(t), "format: 1", "format: 7", 1) + "                rule: {count: {fact: nothing, at_least: 0, often: true}}\n"
	_, err := Read("test.yaml", []byte(text))
	var faults Problems
	if !errors.As(err, &faults) || len(faults) != 4 {
		t.Fatalf("want 4 faults: %v", err)
	}
	for i, f := range faults[1:] {
		if f.Line < faults[i].Line {
			t.Errorf("not in the order of the file: %v", err)
		}
	}
}

func TestReadBounds(t *testing.T) {
	for name, data := range map[string]string{
		"empty":          "",
		"only a comment": "# nothing\n",
		"a list":         "- 1\n",
		"too long":       "format: 1\n#" + strings.Repeat("x", maxBytes),
		"brackets":       strings.Repeat("[", 100_000),
		"dashes":         strings.Repeat("- ", 100_000),
		"questions":      strings.Repeat("? ", 100_000),
		"colons":         strings.Repeat("a: ", 10_000),
		"bytes":          "\x00\xff\xfe",
		"keys":           manyKeys("", mostKeys+1),
		"keys below":     "a:\n- b:\n" + manyKeys("    ", mostKeys+1),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Read("x.yaml", []byte(data)); err == nil {
				t.Error("no fault")
			}
		})
	}
}

// manyKeys is a mapping, each key on a line.
func manyKeys(indent string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%sk%d: 1\n", indent, i)
	}
	return b.String()
}

// Keys are counted for each mapping, wherever it begins and ends.
func TestKeysOfAMapping(t *testing.T) {
	items := "a:\n" + strings.Repeat("- b:\n"+manyKeys("    ", mostKeys), 3) + "c:\n" + manyKeys("  ", mostKeys)
	faults := &problems{file: "x.yaml"}
	if n := parse(faults, []byte(items)); n == nil || len(n.pairs) != 2 || len(n.pairs[0].value.items) != 3 {
		t.Errorf("%v", faults.err())
	}
	faults = &problems{file: "x.yaml"}
	parse(faults, []byte(items+manyKeys("  ", 1)))
	if err := faults.err(); err == nil || !strings.Contains(err.Error(), "a mapping holds more than 256 keys") {
		t.Errorf("%v", err)
	}
}

// Files that other programs wrote in their own way are read, or refused with the line.
func TestReadEncodings(t *testing.T) {
	good := vocabulary(t) + "                rule: {document: {kind: plan}}\n"
	for name, text := range map[string]string{"byte order mark": "\ufeff" + good, "lines of Windows": strings.ReplaceAll(good, "\n", "\r\n")} {
		if _, err := Read("x.yaml", []byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read("x.yaml", []byte(strings.Replace(good, "version:", "# \x00\nversion:", 1))); err == nil || !strings.Contains(err.Error(), "the file holds a NUL character") {
		t.Errorf("NUL: %v", err)
	}
	for name, text := range map[string]string{"Windows-1252": strings.Replace(good, "version:", "# r\xe9seau\nversion:", 1), "UTF-16": "\xff\xfe" + good} {
		_, err := Read("x.yaml", []byte(text))
		line := 1
		if name == "Windows-1252" {
			line += strings.Count(text[:strings.Index(text, "\xe9")], "\n")
		}
		if want := fmt.Sprintf("x.yaml:%d:1: the file is not written in UTF-8", line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}

// An age that cannot be read is not also missing.
func TestReadSaysAFaultOnce(t *testing.T) {
	_, err := Read("x.yaml", []byte(vocabulary(t)+"                rule: {fresh: {fact: run, max_age: three months}}\n"))
	var faults Problems
	if !errors.As(err, &faults) || len(faults) != 1 || !strings.Contains(faults[0].Message, "is not an age") {
		t.Errorf("%v", err)
	}
}

// Many keys on one line are not many levels.
func TestReadLongLine(t *testing.T) {
	rule := "{any: [" + strings.Repeat("{document: {kind: plan}}, ", 100) + "{document: {kind: plan}}]}"
	if got := len(withRule(t, rule).Requirements()[0].Criteria[0].Rule.(AnyRule).Rules); got != 101 {
		t.Errorf("%d rules", got)
	}
}

func TestCheck(t *testing.T) {
	good := vocabulary(t) + "                rule: {document: {kind: plan}}\n"
	fsys := fstest.MapFS{
		"a.yaml":       {Data: []byte(good)},
		"b/other.yml":  {Data: []byte(strings.Replace(good, "id: test", "id: other", 1))},
		"c.yaml":       {Data: []byte(good)},
		"d.yaml":       {Data: []byte("format: 1\n")},
		"e.txt":        {Data: []byte("not a package")},
		"b/newer.yaml": {Data: []byte(strings.Replace(good, `version: "1"`, `version: "1.1"`, 1))},
	}
	all, err := Check(fsys)
	var ids []string
	for _, p := range all {
		ids = append(ids, p.ID+" "+p.Version)
	}
	if got := strings.Join(ids, ", "); got != "test 1, test 1.1, other 1" {
		t.Errorf("packages %s", got)
	}
	for _, want := range []string{"c.yaml: version 1 of package test is already given by a.yaml", "d.yaml:1:1: package: \"id\" is missing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(vocabulary(f) + "                rule: {any: [{document: {kind: plan}}, {interval: {fact: run, min_days: 45, max_days: 60}}]}\n"))
	f.Add([]byte("format: 1\nid: x\n? [a]\n: b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Read("x.yaml", data)
		if (p == nil) != (err != nil) {
			t.Fatalf("package %v, error %v", p, err)
		}
		if err == nil {
			// What was accepted can be evaluated, on nothing at all.
			p.Evaluate(World{Subject: Subject{Structure: "h", IsGroup: true}}, date("2026-06-30"))
			p.Evaluate(World{}, date("2026-06-30"))
		}
	})
}

// What YAML can say in one place, and what is made of it.
func TestReadScalars(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"a plain word", "aim: {fr: oui, en: yes}", ""},
		{"lines", "aim:\n      fr: |\n        deux\n        lignes\n      en: >-\n        two\n        lines", ""},
		{"nothing", "aim:", "36:9: text must be a mapping, not nothing"},
		{"null", "aim: null", "36:10: text must be a mapping, not nothing"},
		{"not a number", "aim: {fr: .nan, en: a}", "36:15: nan cannot be used"},
		{"hexadecimal", "aim: {fr: 0x1F, en: a}", `36:15: "0x1F" is not a number that can be used`},
		{"true", "aim: {fr: true, en: a}", "36:15: text: fr must be a text, not yes or no: write it between quotes"},
		{"a key that is a list", "{[a]: b}: c", "36:"},
		{"an open quote", "aim: {fr: \"a, en: a}", "36:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(vocabulary(t), "    title: {fr: axe, en: axis}", "    title: {fr: axe, en: axis}\n    "+c.line, 1)
			_, err := Read("test.yaml", []byte(text+"                rule: {document: {kind: plan}}\n"))
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), "test.yaml:"+c.want) || c.want != "36:" && strings.Contains(err.Error(), "\n")):
				t.Errorf("got %v, want the one fault %s", err, c.want)
			}
		})
	}
}
