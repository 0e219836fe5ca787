package referential

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// vocabulary is the head of the package in which the tests write their rules.
func vocabulary(t testing.TB) string {
	t.Helper()
	head, err := os.ReadFile("testdata/vocabulary.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(head)
}

// withRule reads the test package with one requirement, "r", of one criterion with this rule, written in flow style.
func withRule(t testing.TB, rule string) *Package {
	t.Helper()
	p, err := Read("test.yaml", []byte(vocabulary(t)+"                rule: "+rule+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func date(s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}

// facts reads "DAY KEY=VALUE …" lines: each line is one observation, at noon of the day. A line may begin with "STRUCTURE:".
func facts(t testing.TB, lines ...string) []Fact {
	t.Helper()
	var all []Fact
	for i, line := range lines {
		structure := "h1"
		if s, rest, ok := strings.Cut(line, ": "); ok {
			structure, line = s, rest
		}
		day, pairs, _ := strings.Cut(line, " ")
		for pair := range strings.FieldsSeq(pairs) {
			key, text, _ := strings.Cut(pair, "=")
			all = append(all, Fact{Structure: structure, Key: key, Value: valueOf(text), ObservedAt: date(day).Add(12 * time.Hour), Source: fmt.Sprint("run-", i)})
		}
	}
	return all
}

// valueOf guesses the form: yes and no, a day, a number, else a text.
func valueOf(s string) Value {
	if s == "yes" || s == "no" {
		return YesNo(s == "yes")
	}
	if d, err := time.Parse(time.DateOnly, s); err == nil {
		return Date(d)
	}
	var n float64
	if _, err := fmt.Sscanf(s, "%g", &n); err == nil {
		return Number(n)
	}
	return Words(s)
}

// ruleCase is one row of the tables: a rule, what is known, and the answer expected on a day, with the code of the first reason.
type ruleCase struct {
	name  string
	rule  string
	facts []string
	world func(*World)
	at    string // 2026-06-30 when empty
	want  Status
	code  string
}

func runRules(t *testing.T, cases []ruleCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := withRule(t, c.rule)
			w := World{Subject: Subject{Structure: "h1", Category: "public"}, Facts: facts(t, c.facts...)}
			if c.world != nil {
				c.world(&w)
			}
			at := date("2026-06-30")
			if c.at != "" {
				at = date(c.at)
			}
			v := p.Evaluate(w, at.Add(23*time.Hour)).Requirements[0]
			got := v.Criteria[0].Reasons
			if got.Status != c.want || got.Code != c.code || v.Status != c.want {
				t.Errorf("got %s (requirement %s), %s: %s; want %s, %s", got.Status, v.Status, got.Code, got.Text(English, nil), c.want, c.code)
			}
			checkReason(t, got)
			if needsAct := got.Status == NotMet || got.Status == Unknown; !needsAct && v.NextAction != nil {
				t.Errorf("nothing is to be done, yet it says: %s", v.NextAction.Text(English, nil))
			}
		})
	}
}

// checkReason looks for holes in the sentences of a tree.
func checkReason(t *testing.T, r Reason) {
	t.Helper()
	for _, lang := range []Lang{French, English} {
		if s := r.Text(lang, nil); strings.ContainsAny(s, "{}[]…") || s == r.Code || s == "" {
			t.Errorf("%s in %s: %q", r.Code, lang, s)
		}
		if r.Next != nil {
			if s := r.Next.Text(lang, nil); strings.ContainsAny(s, "{}[]…") || s == r.Next.Code {
				t.Errorf("%s in %s: %q", r.Next.Code, lang, s)
			}
		}
	}
	for _, child := range r.Children {
		checkReason(t, child)
	}
}

func parameter(code string, v Value) func(*World) {
	return func(w *World) { w.Parameters = map[string]Value{code: v} }
}

func holding(d Document) func(*World) {
	return func(w *World) {
		d.Structure, d.Kind, d.ID = "h1", "plan", "d1"
		d.DepositedAt = date("2026-01-10")
		w.Documents = []Document{d}
	}
}
