package referential

import (
	"strings"
	"testing"
	"time"
)

// changed reads the test package, with a rule that is met by a fact of 3 March 2026, after a change of its text.
func changed(t *testing.T, old, new string) *Package {
	t.Helper()
	text := vocabulary(t) + "                rule: {value: {fact: done, equals: true}}\n"
	other := strings.Replace(text, old, new, 1)
	if other == text {
		t.Fatalf("the test package has no %q", old)
	}
	p, err := Read("test.yaml", []byte(other))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestValidity(t *testing.T) {
	bounds := "valid: {from: 2026-04-01, until: 2026-04-30}"
	places := map[string]*Package{
		"package":     changed(t, `version: "1"`, "version: \"1\"\n"+bounds),
		"requirement": changed(t, "          - code: r", "          - code: r\n            "+bounds),
		"criterion":   changed(t, "              - code: c", "              - code: c\n                "+bounds),
	}
	w := World{Subject: Subject{Structure: "h1", Category: "public"}, Facts: facts(t, "2026-03-03 done=yes")}
	for place, p := range places {
		for at, want := range map[string]string{"2026-03-31": "validity.before", "2026-04-01": "answer.met", "2026-04-30": "answer.met", "2026-05-01": "validity.after"} {
			v, ok := p.Evaluate(w, date(at).Add(23*time.Hour)).Verdict("r")
			if !ok || len(v.Criteria) != 1 {
				t.Fatalf("%s on %s: %+v", place, at, v)
			}
			if got := v.Criteria[0].Reasons; got.Code != want || (v.Status == Met) != (want == "answer.met") || v.Status != Met && v.Status != NotApplicable {
				t.Errorf("%s on %s: %s %s, want %s", place, at, v.Status, got.Code, want)
			}
			if v.NextAction != nil {
				t.Errorf("%s on %s proposes %s", place, at, v.NextAction.Kind)
			}
		}
	}
}

// Advice has reasons and an act, and does not change the verdict.
func TestAdvice(t *testing.T) {
	advice := `              - code: also
                advice: true
                title: {fr: conseil, en: advice}
                source: {mark: own, text: {fr: a, en: a}}
                rule: {value: {fact: level, at_least: 3}}
              - code: c`
	p := changed(t, "              - code: c", advice)
	a := p.Evaluate(World{Subject: Subject{Structure: "h1", Category: "public"}, Facts: facts(t, "2026-03-03 done=yes level=1")}, date("2026-06-30"))
	v := a.Requirements[0]
	if v.Status != Met || !v.Criteria[0].Advice || v.Criteria[0].Reasons.Status != NotMet {
		t.Errorf("verdict %s, advice %+v", v.Status, v.Criteria[0])
	}
	if v.NextAction == nil || !v.NextAction.Advice || v.NextAction.Act != "mend" || a.NextAction == nil || a.NextAction.Act != "mend" {
		t.Errorf("proposes %+v", v.NextAction)
	}
	if a.Count(Met) != 1 || a.Count(NotMet) != 0 {
		t.Errorf("counts %d met, %d not met", a.Count(Met), a.Count(NotMet))
	}
	if len(v.UsedFacts) != 2 {
		t.Errorf("used facts %v", v.UsedFacts)
	}
	// What decides the verdict comes before advice, though it is more work.
	a = p.Evaluate(World{Subject: Subject{Structure: "h1", Category: "public"}, Facts: facts(t, "2026-03-03 done=no level=1")}, date("2026-06-30"))
	if next := a.NextAction; next == nil || next.Advice || next.Subject != "done" {
		t.Errorf("proposes %+v", next)
	}
}

// The sentence of the reasons, word for word.
func TestReasonText(t *testing.T) {
	p := withRule(t, "{value: {fact: level, at_least: {parameter: level}, max_age: 12 months}}")
	a := p.Evaluate(World{Subject: Subject{Structure: "h1"}, Facts: facts(t, "2026-03-01 level=1")}, date("2026-06-30"))
	r := a.Requirements[0].Criteria[0].Reasons
	for _, c := range []struct{ got, want string }{
		{r.Text(French, nil), "Le niveau était 1 le 1er\u00a0mars 2026\u00a0: des faiblesses critiques restent ouvertes. On ne sait pas encore quelle valeur il faut."},
		{r.Text(English, nil), "The level was 1 on 1\u00a0March 2026: critical weaknesses remain open. What is needed is not known yet."},
		{r.Children[0].Text(French, nil), "«\u00a0niveau\u00a0»\u00a0: la valeur officielle n’est pas publiée\u202f; un administrateur peut la renseigner."},
		{r.Next.Text(English, nil), "Ask an administrator to enter “level”."},
	} {
		if c.got != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
}
