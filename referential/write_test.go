package referential

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// again writes a package and reads it back.
func again(t testing.TB, p *Package) *Package {
	t.Helper()
	data, err := Write(p)
	if err != nil {
		t.Fatal(err)
	}
	q, err := Read("written.yaml", data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return q
}

func TestWriteIsReadBack(t *testing.T) {
	all := map[string]*Package{"questions": asking(t), "every rule": withRule(t, everyRule),
		"values that look like others": withRule(t, `{any: [{value: {fact: done, equals: false}}, {value: {fact: since, at_least: 2026-01-01}}, {value: {fact: sort, equals: "2026-01-01"}}, {value: {fact: sort, one_of: ["true", "1", "null", "- x", "a: b", "#", "é\n"]}}, {value: {fact: level, at_most: 0}}, {value: {fact: level, at_least: {parameter: level}}}]}`)}
	files, err := filepath.Glob("packages/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if all[name], err = Read(name, data); err != nil {
			t.Fatal(err)
		}
	}
	for name, p := range all {
		t.Run(name, func(t *testing.T) {
			q := again(t, p)
			if !reflect.DeepEqual(p, q) {
				t.Errorf("differs:\n%s", differences(p, q))
			}
		})
	}
}

func differences(p, q *Package) string {
	var out strings.Builder
	for _, c := range Diff(p, q) {
		fmt.Fprintf(&out, "%+v\n", c)
	}
	return out.String()
}

// What a file may hold, written, is read back the same.
func FuzzWrite(f *testing.F) {
	f.Add([]byte(askingText))
	f.Add([]byte(vocabulary(f) + "                rule: " + strings.ReplaceAll(everyRule, "\n", "") + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Read("x.yaml", data)
		if err != nil {
			return
		}
		if q := again(t, p); !reflect.DeepEqual(p, q) {
			t.Fatalf("differs:\n%s", differences(p, q))
		}
	})
}

func TestDiff(t *testing.T) {
	read := func(pairs ...string) *Package {
		text := askingText
		for i := 0; i < len(pairs); i += 2 {
			changed := strings.Replace(text, pairs[i], pairs[i+1], 1)
			if changed == text {
				t.Fatalf("no %q", pairs[i])
			}
			text = changed
		}
		p, err := Read("x.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, row := range []struct {
		name  string
		pairs []string
		want  string
	}{
		{"nothing", nil, ""},
		{"version", []string{`version: "1"`, `version: "2"`}, "changed package asking [version] false"},
		{"help", []string{"{code: copies, ", "{code: copies, help: {fr: b, en: b}, "}, "changed question copies [help] false"},
		{"text", []string{"Sauvegardez-vous ?", "Sauvegardez-vous chaque jour ?"}, "changed question copies [text] true"},
		{"a choice that questions share", []string{"fr: En partie", "fr: Un peu"}, "changed answer set three [choices] true; changed question copies [choices] true; changed question restore [choices] true; changed question trained [choices] true"},
		{"title of a requirement", []string{"{fr: Former, en: Train}", "{fr: Instruire, en: Teach}"}, "changed requirement people [title] true"},
		{"another code", []string{"code: people", "code: staff"}, "added requirement staff [] true; changed question trained [under] false; removed requirement people [] false"},
		{"a question goes", []string{"questions: [{code: trained", "questions: [{code: told, choices: three, text: {fr: a, en: a}}, {code: trained"}, "added question told [] true"},
		{"a rule", []string{"max_age: 12 months", "max_age: 6 months"}, "changed question restore [propose] false"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var lines []string
			for _, c := range Diff(read(), read(row.pairs...)) {
				var names []string
				for _, f := range c.Fields {
					names = append(names, f.Name)
				}
				lines = append(lines, fmt.Sprint(c.Kind, " ", c.What, " ", c.Code, " ", names, " ", c.Review))
			}
			if got := strings.Join(lines, "; "); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}
