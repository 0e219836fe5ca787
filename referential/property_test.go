package referential

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// everyRule uses every kind of rule.
const everyRule = `{all: [{value: {fact: level, at_least: 2, ceiling_if: at-most, max_age: 12 months}}, {any: [{fresh: {fact: run, max_age: 3 months}},
 {interval: {fact: run, min_days: 45, max_days: 60, successive: true, having: [{fact: grade, at_least: B}]}}, {not: {period: {fact: run, from: 2026-01-01, until: 2026-03-31}}}]},
 {coverage: {weight: 66, size: {fr: a, en: a}, rule: {count: {fact: score.*.total, at_least: 2, distinct_days: true}}}},
 {choose: {cases: [{categories: [ght], rule: {signer: {kind: plan, roles: [director]}}}], otherwise: {group: {document: {kind: plan}}}}}]}`

func drawFact(t *rapid.T, keys []string) Fact {
	key := rapid.SampledFrom(keys).Draw(t, "key")
	day := date("2025-12-01").AddDate(0, 0, rapid.IntRange(0, 250).Draw(t, "day"))
	f := Fact{Structure: rapid.SampledFrom([]string{"h1", "a", "b"}).Draw(t, "structure"), Key: key, ObservedAt: day,
		Source: rapid.SampledFrom([]string{"s1", "s2"}).Draw(t, "source")}
	switch key {
	case "run":
		f.Value = Date(day.AddDate(0, 0, rapid.IntRange(-3, 3).Draw(t, "shift")))
	case "grade":
		f.Value = Words(rapid.SampledFrom([]string{"A", "B", "C", "D"}).Draw(t, "grade"))
	case "at-most":
		f.Value = YesNo(rapid.Bool().Draw(t, "bound"))
	default:
		f.Value = Number(float64(rapid.IntRange(1, 5).Draw(t, "number")))
	}
	return f
}

func drawWorld(t *rapid.T) World {
	w := World{Subject: Subject{Structure: "h1", Category: rapid.SampledFrom([]string{"", "public", "ght", "esms"}).Draw(t, "category"), Group: "a"}}
	if w.Subject.IsGroup = rapid.Bool().Draw(t, "group"); w.Subject.IsGroup {
		w.Subject.Members = []Member{{Structure: "a", Weight: 2}, {Structure: "b", Weight: 1}}
	}
	for range rapid.IntRange(0, 25).Draw(t, "facts") {
		w.Facts = append(w.Facts, drawFact(t, []string{"level", "at-most", "grade", "run", "score.x.total", "score.y.total"}))
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "documents") {
		from := date("2026-01-01").AddDate(0, 0, rapid.IntRange(0, 200).Draw(t, "from"))
		w.Documents = append(w.Documents, Document{Structure: rapid.SampledFrom([]string{"h1", "a"}).Draw(t, "of"), ID: fmt.Sprint(i), Kind: "plan",
			From: from, DepositedAt: from, SignerRole: rapid.SampledFrom([]string{"", "director", "officer"}).Draw(t, "signer")})
	}
	return w
}

// same compares quickly, and says slowly what differs.
func same(t *rapid.T, want, got Assessment) {
	t.Helper()
	if !reflect.DeepEqual(want, got) {
		t.Fatal(cmp.Diff(want, got))
	}
}

// The order in which facts and documents come changes nothing.
func TestOrderDoesNotMatter(t *testing.T) {
	p := withRule(t, everyRule)
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want := p.Evaluate(w, date("2026-06-30"))
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		r.Shuffle(len(w.Facts), func(i, j int) { w.Facts[i], w.Facts[j] = w.Facts[j], w.Facts[i] })
		r.Shuffle(len(w.Documents), func(i, j int) { w.Documents[i], w.Documents[j] = w.Documents[j], w.Documents[i] })
		slices.Reverse(w.Subject.Members)
		same(t, want, p.Evaluate(w, date("2026-06-30")))
	})
}

// A fact that the rules do not use, or about somebody else, changes nothing; nor does the same fact handed in twice.
func TestIrrelevantFactsDoNotMatter(t *testing.T) {
	p := withRule(t, everyRule)
	uses := p.Uses(p.Requirements()[0])
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		want := p.Evaluate(w, date("2026-06-30"))
		if len(w.Facts) > 0 {
			w.Facts = append(w.Facts, rapid.SampledFrom(w.Facts).Draw(t, "twice"))
		}
		for range 3 {
			f := drawFact(t, []string{"done", "sort", "since", "score.x", "levels"})
			if uses.Fact(f.Key) {
				t.Fatalf("the rules say that they use %s", f.Key)
			}
			w.Facts = append(w.Facts, f)
		}
		other := drawFact(t, []string{"level", "run", "score.x.total"})
		other.Structure = "stranger"
		w.Facts = append(w.Facts, other)
		same(t, want, p.Evaluate(w, date("2026-06-30")))
	})
}

// What came after a day does not change what is said of that day.
func TestReplayIgnoresWhatCameLater(t *testing.T) {
	p := withRule(t, everyRule)
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		at := date("2026-01-01").AddDate(0, 0, rapid.IntRange(0, 200).Draw(t, "at"))
		then := w
		then.Facts = slices.DeleteFunc(slices.Clone(w.Facts), func(f Fact) bool { return f.ObservedAt.After(at) })
		then.Documents = slices.DeleteFunc(slices.Clone(w.Documents), func(d Document) bool { return d.DepositedAt.After(at) })
		same(t, p.Evaluate(then, at), p.Evaluate(w, at))
	})
}

// Every used fact is one that was given, and every rule says in Uses what it may look at.
func TestUsedFactsAreGiven(t *testing.T) {
	p := withRule(t, everyRule)
	uses := p.Uses(p.Requirements()[0])
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for _, f := range p.Evaluate(w, date("2026-06-30")).Requirements[0].UsedFacts {
			if !slices.Contains(w.Facts, f) || !uses.Fact(f.Key) {
				t.Fatalf("used %v", f)
			}
		}
	})
}

func TestBetter(t *testing.T) {
	today := dayOf(date("2026-06-30"), time.UTC)
	in := func(days int) time.Time { return date("2026-06-30").AddDate(0, 0, days) }
	// Each comes before the next.
	order := []Action{
		{Kind: RepeatAct, Effort: 5, Due: in(0)},
		{Kind: RepeatAct, Effort: 1, Due: in(30)},
		{Kind: RunAct, Effort: 1, Due: in(31)},
		{Kind: RunAct, Effort: 1},
		{Kind: RunAct, Effort: 2, Due: in(31)},
		{Kind: ImproveAct, Effort: 3},
		{Kind: RunAct, Effort: 1, Advice: true},
		{Kind: ParameterAct, Effort: 1},
		{Kind: RepeatAct, Effort: 1, NotBefore: in(1), Due: in(10)},
	}
	for i := range order {
		for j := range order {
			if got, want := better(&order[i], &order[j], nil, today), i-j; (got < 0) != (want < 0) || (got > 0) != (want > 0) {
				t.Errorf("%d against %d: %d", i, j, got)
			}
		}
	}
}

func TestFirst(t *testing.T) {
	small, great := &Action{Kind: RunAct, Subject: "small", Effort: 1}, &Action{Kind: RunAct, Subject: "great", Effort: 3}
	if got, times := First(date("2026-06-30"), nil, nil, great, small, nil); got != small || times != 1 {
		t.Errorf("got %+v, %d times", got, times)
	}
	if got, times := First(date("2026-06-30"), nil, nil, nil); got != nil || times != 0 {
		t.Errorf("got %+v, %d times", got, times)
	}
	// Of two that cost the same, the one that more requirements wait for; who else has to do it is another act.
	audit := func() *Action { return &Action{Kind: RunAct, Subject: "level", Effort: 1} }
	wanted := audit()
	if got, times := First(date("2026-06-30"), nil, small, great, wanted, great, great, audit()); got != wanted || times != 2 {
		t.Errorf("got %+v, %d times", got, times)
	}
	other := &Action{Kind: RunAct, Subject: "level", Structure: "b", Effort: 1}
	if got, times := First(date("2026-06-30"), nil, small, other, wanted); got != small || times != 1 {
		t.Errorf("got %+v, %d times", got, times)
	}
}

func TestAge(t *testing.T) {
	for _, c := range []struct{ age, today, since string }{
		{"1 day", "2026-03-01", "2026-02-28"},
		{"45 days", "2026-02-15", "2026-01-01"},
		{"1 month", "2026-03-31", "2026-02-28"},
		{"1 month", "2024-03-31", "2024-02-29"},
		{"12 months", "2024-02-29", "2023-02-28"},
		{"2 years", "2026-06-30", "2024-06-30"},
		{"13 months", "2026-01-31", "2024-12-31"},
	} {
		a, err := ParseAge(c.age)
		if err != nil {
			t.Fatal(err)
		}
		if got := isoDay(a.since(dayOf(date(c.today), time.UTC)).start(time.UTC)); got != c.since {
			t.Errorf("%s before %s: %s, want %s", c.age, c.today, got, c.since)
		}
	}
}

// Both languages of a message fill the same places, and no rule speaks a message that is not there.
func TestMessages(t *testing.T) {
	for code, text := range messages {
		if text.FR == "" || text.EN == "" {
			t.Errorf("%s: a language is missing", code)
		}
		if fr, en := places(text.FR), places(text.EN); !slices.Equal(fr, en) {
			t.Errorf("%s: %v in French, %v in English", code, fr, en)
		}
	}
}

func places(template string) []string {
	var names []string
	for i, r := range template {
		if r != '{' {
			continue
		}
		name := template[i+1:]
		name = name[:slices.IndexFunc([]byte(name), func(b byte) bool { return b == '}' || b == ':' })]
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// French has no-break spaces before its high signs, and typographic apostrophes.
func TestFrenchSpaces(t *testing.T) {
	for code, text := range messages {
		for _, wrong := range []string{" :", " ;", " !", " ?", " %", "« ", " »", "'"} {
			if strings.Contains(text.FR, wrong) {
				t.Errorf("%s: %q in %q", code, wrong, text.FR)
			}
		}
	}
}
