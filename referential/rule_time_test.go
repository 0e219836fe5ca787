package referential

import (
	"testing"
	"time"
)

func TestFreshRule(t *testing.T) {
	rule, having := "{fresh: {fact: run, max_age: 12 months}}", "{fresh: {fact: run, max_age: 12 months, having: [{fact: sort, equals: x}]}}"
	runRules(t, []ruleCase{
		{name: "recent", rule: rule, facts: []string{"2026-03-03 run=2026-03-03"}, want: Met, code: "fresh.met"},
		{name: "exactly as old as allowed", rule: rule, facts: []string{"2026-03-03 run=2025-06-30"}, want: Met, code: "fresh.met"},
		{name: "a day older", rule: rule, facts: []string{"2026-03-03 run=2025-06-29"}, want: NotMet, code: "fresh.old"},
		{name: "never", rule: rule, want: NotMet, code: "fresh.none"},
		{name: "announced for tomorrow", rule: rule, facts: []string{"2026-03-03 run=2026-07-01"}, want: NotMet, code: "fresh.none"},
		{name: "today", rule: rule, facts: []string{"2026-03-03 run=2026-06-30"}, want: Met, code: "fresh.met"},
		{name: "not a date", rule: rule, facts: []string{"2026-03-03 run=3"}, want: Unknown, code: "fresh.unclear"},
		{name: "counts", rule: having, facts: []string{"2026-03-03 run=2026-03-03 sort=x"}, want: Met, code: "fresh.met"},
		{name: "does not count", rule: having, facts: []string{"2026-03-03 run=2026-03-03 sort=y"}, want: NotMet, code: "fresh.none"},
		{name: "not known whether it counts", rule: having, facts: []string{"2026-03-03 run=2026-03-03"}, want: Unknown, code: "fresh.unclear"},
		{name: "the condition of another run", rule: having, facts: []string{"2026-03-03 run=2026-03-03", "2026-03-03 sort=x"}, want: Unknown, code: "fresh.unclear"},
		{name: "one counts, the other not", rule: having, facts: []string{"2026-03-03 run=2026-03-03 sort=x", "2026-04-03 run=2026-04-03 sort=y"}, want: Met, code: "fresh.met"},
		{name: "a month ends early", rule: "{fresh: {fact: run, max_age: 1 month}}", facts: []string{"2026-02-28 run=2026-02-28"}, at: "2026-03-31", want: Met, code: "fresh.met"},
		{name: "a month ends early, a day more", rule: "{fresh: {fact: run, max_age: 1 month}}", facts: []string{"2026-02-27 run=2026-02-27"}, at: "2026-03-31", want: NotMet, code: "fresh.old"},
	})
}

func TestPeriodRule(t *testing.T) {
	rule := "{period: {fact: run, from: 2026-01-01, until: 2026-05-31}}"
	open := "{period: {fact: run, from: 2026-01-01, until: 2026-12-31, having: [{fact: sort, equals: x}]}}"
	later := "{period: {fact: run, from: 2026-01-01, until: {parameter: last-day}}}"
	runRules(t, []ruleCase{
		{name: "first day", rule: rule, facts: []string{"2026-01-02 run=2026-01-01"}, want: Met, code: "period.met"},
		{name: "last day", rule: rule, facts: []string{"2026-06-02 run=2026-05-31"}, want: Met, code: "period.met"},
		{name: "the day before", rule: rule, facts: []string{"2026-01-02 run=2025-12-31"}, want: NotMet, code: "period.over"},
		{name: "the day after", rule: rule, facts: []string{"2026-06-02 run=2026-06-01"}, want: NotMet, code: "period.over"},
		{name: "still time", rule: open, want: NotMet, code: "period.none"},
		{name: "does not count", rule: open, facts: []string{"2026-03-03 run=2026-03-03 sort=y"}, want: NotMet, code: "period.none"},
		{name: "not known whether it counts", rule: open, facts: []string{"2026-03-03 run=2026-03-03"}, want: Unknown, code: "period.unclear"},
		{name: "parameter unset", rule: later, facts: []string{"2026-03-03 run=2026-03-03"}, want: Unknown, code: "rule.parameter"},
		{name: "parameter, last day", rule: later, facts: []string{"2026-03-03 run=2026-03-03"}, world: parameter("last-day", Date(date("2026-03-03"))), want: Met, code: "period.met"},
		{name: "parameter, day after", rule: later, facts: []string{"2026-03-03 run=2026-03-03"}, world: parameter("last-day", Date(date("2026-03-02"))), want: NotMet, code: "period.over"},
	})
}

func TestCountRule(t *testing.T) {
	rule, distinct := "{count: {fact: run, at_least: 2}}", "{count: {fact: run, at_least: 2, max_age: 6 months, distinct_days: true}}"
	having := "{count: {fact: run, at_least: 2, having: [{fact: sort, equals: x}]}}"
	runRules(t, []ruleCase{
		{name: "enough", rule: rule, facts: []string{"2026-03-03 run=2026-03-03", "2026-03-04 run=2026-03-04"}, want: Met, code: "count.met"},
		{name: "two on one day", rule: rule, facts: []string{"2026-03-03 run=2026-03-03", "2026-03-04 run=2026-03-03"}, want: Met, code: "count.met"},
		{name: "one too few", rule: rule, facts: []string{"2026-03-03 run=2026-03-03"}, want: NotMet, code: "count.not_met"},
		{name: "none", rule: rule, want: NotMet, code: "count.none"},
		{name: "one is still to come", rule: rule, facts: []string{"2026-03-03 run=2026-03-03", "2026-03-03 run=2026-07-01"}, want: NotMet, code: "count.not_met"},
		{name: "two days", rule: distinct, facts: []string{"2026-03-03 run=2026-03-03", "2026-03-04 run=2026-03-04"}, want: Met, code: "count.met"},
		{name: "one day twice", rule: distinct, facts: []string{"2026-03-03 run=2026-03-03", "2026-03-04 run=2026-03-03"}, want: NotMet, code: "count.not_met"},
		{name: "first day of the time", rule: distinct, facts: []string{"2026-03-03 run=2025-12-30", "2026-03-04 run=2026-03-03"}, want: Met, code: "count.met"},
		{name: "a day before the time", rule: distinct, facts: []string{"2026-03-03 run=2025-12-29", "2026-03-04 run=2026-03-03"}, want: NotMet, code: "count.not_met"},
		{name: "one counts, one may", rule: having, facts: []string{"2026-03-03 run=2026-03-03 sort=x", "2026-03-04 run=2026-03-04"}, want: Unknown, code: "count.unclear"},
		{name: "one counts, one does not", rule: having, facts: []string{"2026-03-03 run=2026-03-03 sort=x", "2026-03-04 run=2026-03-04 sort=y"}, want: NotMet, code: "count.not_met"},
		{name: "the number is a parameter", rule: "{count: {fact: run, at_least: {parameter: how-many}}}", facts: []string{"2026-03-03 run=2026-03-03"}, want: NotMet, code: "count.not_met"},
		{name: "half a run", rule: "{count: {fact: run, at_least: {parameter: how-many}}}", world: parameter("how-many", Number(1.5)), want: Unknown, code: "rule.parameter"},
		{name: "inside days", rule: "{count: {fact: run, at_least: 1, from: 2026-03-03, until: 2026-03-03}}", facts: []string{"2026-03-03 run=2026-03-03"}, want: Met, code: "count.met"},
		{name: "after the last day", rule: "{count: {fact: run, at_least: 1, until: 2026-03-02}}", facts: []string{"2026-03-03 run=2026-03-03"}, want: NotMet, code: "count.none"},
		{name: "what is not a date counts on the day it was observed", rule: "{count: {fact: score.*.total, at_least: 2}}", facts: []string{"2026-03-03 score.a.total=1", "2026-03-03 score.b.total=2"}, want: Met, code: "count.met"},
	})
}

func TestIntervalRule(t *testing.T) {
	rule := "{interval: {fact: run, min_days: 45, max_days: 60, successive: true}}"
	free := "{interval: {fact: run, min_days: 45, max_days: 60}}"
	having := "{interval: {fact: run, min_days: 45, max_days: 60, successive: true, having: [{fact: grade, at_least: B}]}}"
	runRules(t, []ruleCase{
		{name: "45 days", rule: rule, facts: []string{"2026-01-01 run=2026-01-01", "2026-02-15 run=2026-02-15"}, want: Met, code: "interval.met"},
		{name: "44 days", rule: rule, facts: []string{"2026-01-01 run=2026-01-01", "2026-02-14 run=2026-02-14"}, want: NotMet, code: "interval.apart"},
		{name: "60 days", rule: rule, facts: []string{"2026-01-01 run=2026-01-01", "2026-03-02 run=2026-03-02"}, want: Met, code: "interval.met"},
		{name: "61 days", rule: rule, facts: []string{"2026-01-01 run=2026-01-01", "2026-03-03 run=2026-03-03"}, want: NotMet, code: "interval.apart"},
		{name: "61 days the other way round", rule: rule, facts: []string{"2026-03-03 run=2026-03-03", "2026-01-01 run=2026-01-01"}, want: NotMet, code: "interval.apart"},
		{name: "one", rule: rule, facts: []string{"2026-01-01 run=2026-01-01"}, want: NotMet, code: "interval.one"},
		{name: "one, twice the same day", rule: rule, facts: []string{"2026-01-01 run=2026-01-01", "2026-01-02 run=2026-01-01"}, want: NotMet, code: "interval.one"},
		{name: "none", rule: rule, want: NotMet, code: "interval.none"},
		{name: "another between", rule: rule, facts: []string{"2026-01-01 run=2026-01-01", "2026-01-20 run=2026-01-20", "2026-02-20 run=2026-02-20"}, want: Unknown, code: "interval.between"},
		{name: "another between, and it may", rule: free, facts: []string{"2026-01-01 run=2026-01-01", "2026-01-20 run=2026-01-20", "2026-02-20 run=2026-02-20"}, want: Met, code: "interval.met"},
		{name: "a sure pair beside one with another between", rule: rule, facts: []string{"2026-01-01 run=2026-01-01", "2026-02-20 run=2026-02-20", "2026-03-10 run=2026-03-10", "2026-04-10 run=2026-04-10"}, want: Met, code: "interval.met"},
		{name: "both hold", rule: having, facts: []string{"2026-01-01 run=2026-01-01 grade=B", "2026-02-20 run=2026-02-20 grade=A"}, want: Met, code: "interval.met"},
		{name: "the second fails", rule: having, facts: []string{"2026-01-01 run=2026-01-01 grade=B", "2026-02-20 run=2026-02-20 grade=C"}, want: NotMet, code: "interval.one"},
		{name: "one between fails", rule: having, facts: []string{"2026-01-01 run=2026-01-01 grade=B", "2026-01-20 run=2026-01-20 grade=C", "2026-02-20 run=2026-02-20 grade=A"}, want: NotMet, code: "interval.apart"},
		{name: "one is not graded", rule: having, facts: []string{"2026-01-01 run=2026-01-01 grade=B", "2026-02-20 run=2026-02-20"}, want: Unknown, code: "interval.unclear"},
		{name: "failed in the morning, passed at night", rule: having, facts: []string{"2026-01-01 run=2026-01-01 grade=B", "2026-02-20 run=2026-02-20 grade=C", "2026-02-21 run=2026-02-20 grade=A"}, want: Met, code: "interval.met"},
		{name: "summer time does not shorten a day", rule: rule, facts: []string{"2026-03-01 run=2026-03-01", "2026-04-15 run=2026-04-15"},
			world: func(w *World) { w.Zone, _ = time.LoadLocation("Europe/Paris") }, want: Met, code: "interval.met"},
	})
}

// When the next audit has to be done follows from the last.
func TestIntervalNext(t *testing.T) {
	for _, c := range []struct {
		name, rule, at   string
		facts            []string
		kind             ActionKind
		notBefore, until string
	}{
		{"none", "successive: true", "2026-01-10", nil, RunAct, "", ""},
		{"the window is to come", "successive: true", "2026-01-10", []string{"2026-01-01 run=2026-01-01"}, RepeatAct, "2026-02-15", "2026-03-02"},
		{"the window is open", "successive: true", "2026-02-20", []string{"2026-01-01 run=2026-01-01"}, RepeatAct, "2026-02-20", "2026-03-02"},
		{"the last day of the window", "successive: true", "2026-03-02", []string{"2026-01-01 run=2026-01-01"}, RepeatAct, "2026-03-02", "2026-03-02"},
		{"the window is closed", "successive: true", "2026-03-03", []string{"2026-01-01 run=2026-01-01"}, RunAct, "", ""},
		{"from the last when they must follow", "successive: true", "2026-01-25", []string{"2026-01-01 run=2026-01-01", "2026-01-20 run=2026-01-20"}, RepeatAct, "2026-03-06", "2026-03-21"},
		{"from the first still open when not", "successive: false", "2026-01-25", []string{"2026-01-01 run=2026-01-01", "2026-01-20 run=2026-01-20"}, RepeatAct, "2026-02-15", "2026-03-02"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := withRule(t, "{interval: {fact: run, min_days: 45, max_days: 60, "+c.rule+"}}")
			a := p.Evaluate(World{Subject: Subject{Structure: "h1"}, Facts: facts(t, c.facts...)}, date(c.at).Add(23*time.Hour))
			next := a.NextAction
			if next == nil || next.Kind != c.kind {
				t.Fatalf("got %+v, want %s", next, c.kind)
			}
			if got := isoDay(next.NotBefore); got != c.notBefore {
				t.Errorf("not before %s, want %s", got, c.notBefore)
			}
			if got := isoDay(next.Due); got != c.until {
				t.Errorf("due %s, want %s", got, c.until)
			}
		})
	}
}

func isoDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// A day begins at midnight where the structure is: 23:30 in UTC on 30 June is 1 July in Paris.
func TestDaysFollowTheZone(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Skip("no time zones on this machine:", err)
	}
	p := withRule(t, "{period: {fact: score.*.total, from: 2026-07-01, until: 2026-07-31}}")
	late := Fact{Structure: "h1", Key: "score.a.total", Value: Number(1), ObservedAt: time.Date(2026, 6, 30, 23, 30, 0, 0, time.UTC), Source: "s"}
	for zone, want := range map[*time.Location]Status{time.UTC: NotMet, paris: Met} {
		w := World{Subject: Subject{Structure: "h1"}, Facts: []Fact{late}, Zone: zone}
		if got := p.Evaluate(w, time.Date(2026, 7, 2, 0, 0, 0, 0, time.UTC)).Requirements[0].Status; got != want {
			t.Errorf("in %s: %s, want %s", zone, got, want)
		}
	}
}
