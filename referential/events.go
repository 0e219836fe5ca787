package referential

import (
	"slices"
	"time"
)

// Events selects the observations that a rule about time counts: each fact of a key, on the day that it says when it is a date, else on the
// day it was observed. What is announced for a later day has not happened yet.
type Events struct {
	Fact   string
	Having []Comparison // on facts of the same observation
}

// uses adds what selects events no older than an age, or all of them without one. What is asked of the same observation may have been announced long before
// its day, so that then all observations matter.
func (e Events) uses(u *Uses, age Age) {
	if len(e.Having) > 0 {
		age = Age{}
	}
	u.back(e.Fact, age)
	for _, c := range e.Having {
		c.uses(u)
		u.beside(e.Fact, c.Fact)
	}
}

// event is one observation, and whether it counts: met, not met, or unknown when a condition cannot be judged.
type event struct {
	day    day
	fact   Fact
	counts Status
	why    []Reason // the conditions that do not hold, or are not known to
}

// of lists the events until today, oldest first.
func (e Events) of(f *frame) []event {
	var all []event
	kind := f.kind(e.Fact)
	for _, fact := range f.facts(e.Fact) {
		d, ok := happened(kind, fact, f.zone)
		if !ok {
			unclear := Reason{Status: Unknown, Code: "value.form", Params: f.observed(kind, fact), Facts: []Fact{fact}, Next: f.run(kind)}
			all = append(all, event{day: dayOf(fact.ObservedAt, f.zone), fact: fact, counts: Unknown, why: []Reason{unclear}})
			continue
		}
		if d > f.today {
			continue
		}
		ev := event{day: d, fact: fact, counts: Met}
		for _, c := range e.Having {
			if r := c.beside(f, fact, kind); r.Status != Met {
				ev.why = append(ev.why, r)
			}
		}
		ev.counts = allOf(ev.why)
		all = append(all, ev)
	}
	return ordered(all)
}

// happened is the day of an observation; false when the fact has not the form that is declared.
func happened(kind FactKind, fact Fact, zone *time.Location) (day, bool) {
	if fact.Value.Kind != kind.Kind || kind.Kind == DateKind && fact.Value.Date.IsZero() {
		return 0, false
	}
	if kind.Kind == DateKind {
		return dayOf(fact.Value.Date, zone), true
	}
	return dayOf(fact.ObservedAt, zone), true
}

// beside judges the condition on a fact of the same observation.
func (c Comparison) beside(f *frame, of Fact, kind FactKind) Reason {
	if s, ok := f.sibling(of, c.Fact); ok {
		return c.of(f, s)
	}
	d, _ := happened(kind, of, f.zone)
	params := []Param{label("fact", f.kind(c.Fact).Label), label("one", kind.One), f.date("date", d)}
	return Reason{Status: Unknown, Code: "event.incomplete", Params: params, Facts: []Fact{of},
		Next: &Action{Kind: CompleteAct, Subject: c.Fact, Act: f.kind(c.Fact).Obtain.Act, Structure: f.subject.Structure, Effort: 1,
			Code: "action.complete", Params: params}}
}

// since keeps the events from a day on.
func since(events []event, first day) []event {
	return slices.DeleteFunc(slices.Clone(events), func(e event) bool { return e.day < first })
}

// that keeps the events of one status.
func that(events []event, s Status) []event {
	return slices.DeleteFunc(slices.Clone(events), func(e event) bool { return e.counts != s })
}

// shown is how many events that do not count are explained.
const shown = 3

// excluded explains the latest events that do not count, or are not known to.
func (f *frame) excluded(events []event) []Reason {
	var reasons []Reason
	for _, e := range slices.Backward(events) {
		if e.counts == Met || len(reasons) == shown {
			continue
		}
		code := "event.excluded"
		if e.counts == Unknown {
			code = "event.unclear"
		}
		params := []Param{label("one", f.kind(e.fact.Key).One), f.date("date", e.day)}
		reasons = append(reasons, Reason{Status: e.counts, Code: code, Params: params, Children: e.why, Facts: []Fact{e.fact}, Next: best(e.why, f.today)})
	}
	return reasons
}

func factsOf(events []event) []Fact {
	facts := make([]Fact, len(events))
	for i, e := range events {
		facts[i] = e.fact
	}
	return facts
}

// answer judges "at least so many": sure ones suffice; with the unclear ones it is unknown.
func answer(sure, unclear, wanted int) Status {
	switch {
	case sure >= wanted:
		return Met
	case sure+unclear >= wanted:
		return Unknown
	}
	return NotMet
}

// ordered sorts events by day, as [Events.of] does.
func ordered(events []event) []event {
	slices.SortStableFunc(events, func(a, b event) int { return int(a.day - b.day) })
	return events
}

// lastOfDays keeps the last observed event of each day.
func lastOfDays(events []event) []event {
	var kept []event
	for _, e := range events {
		if n := len(kept); n > 0 && kept[n-1].day == e.day {
			kept[n-1] = e
			continue
		}
		kept = append(kept, e)
	}
	return kept
}
