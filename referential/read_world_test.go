package referential

import (
	"errors"
	"strings"
	"testing"
	"time"
)

const worldText = `{
	"subject": {"structure": "h1", "category": "public"},
	"facts": [
		{"key": "level", "value": 2, "observed_at": "2026-03-03", "source": "run/1"},
		{"key": "at-most", "value": false, "observed_at": "2026-03-03T23:30:00Z"},
		{"key": "run", "value": "2026-03-03", "observed_at": "2026-03-03"},
		{"key": "answer.test.q", "value": "full", "observed_at": "2026-03-03", "structure": "h2"}
	],
	"documents": [{"kind": "plan", "from": "2026-01-01", "deposited_at": "2026-01-05", "signer_role": "director"}],
	"parameters": {"level": 2, "last-day": "2026-12-31"}
}`

func TestReadWorld(t *testing.T) {
	p := withRule(t, "{all: [{value: {fact: level, at_least: {parameter: level}}}, {signer: {kind: plan, roles: [director]}}, {fresh: {fact: run, max_age: 1 month}}]}")
	paris := time.FixedZone("CET", 3600)
	w, err := ReadWorld("facts.json", []byte(worldText), p, paris)
	if err != nil {
		t.Fatal(err)
	}
	if f := w.Facts[0]; f.Value != Number(2) || f.Source != "run/1" || f.Structure != "h1" || !f.ObservedAt.Equal(time.Date(2026, 3, 2, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", f)
	}
	if w.Facts[1].Value != YesNo(false) || w.Facts[2].Value.Kind != DateKind || w.Facts[3].Value != Words("full") || w.Facts[3].Structure != "h2" || w.Parameters["last-day"].Kind != DateKind {
		t.Errorf("%+v %+v", w.Facts, w.Parameters)
	}
	if v, _ := p.Evaluate(w, date("2026-03-31")).Verdict("r"); v.Status != Met {
		t.Errorf("%s: %+v", v.Status, v.Reasons)
	}
	for _, row := range []struct{ old, new, want string }{
		{`"value": 2,`, `"value": "2",`, `facts.json:4:29: fact: value must be a number`},
		{`"value": 2,`, `"value": [2],`, "must be a number, not list"},
		{`"observed_at": "2026-03-03", "source"`, `"observed_at": "3 mars", "source"`, "must be a day such as"},
		{`"subject": {"structure": "h1", "category": "public"},`, ``, `"subject" is missing`},
		{`"key": "level", `, ``, `"key" is missing`},
		{`{"level": 2,`, `{"levels": 2,`, `has no parameter "levels"`},
		{`"kind": "plan", `, `"kind": "plan", "sort": 1, `, `unknown key "sort"`},
		{`}`, `]`, ""},
	} {
		text := strings.Replace(worldText, row.old, row.new, 1)
		_, err := ReadWorld("facts.json", []byte(text), p, nil)
		var faults Problems
		if err == nil || !errors.As(err, &faults) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q", row.new, err, row.want)
		}
	}
}

func FuzzReadWorld(f *testing.F) {
	f.Add([]byte(worldText))
	p := withRule(f, everyRule)
	f.Fuzz(func(t *testing.T, data []byte) {
		if w, err := ReadWorld("x.json", data, p, nil); err == nil {
			p.Evaluate(w, date("2026-03-31"))
		}
	})
}
