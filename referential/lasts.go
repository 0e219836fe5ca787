package referential

import (
	"slices"
	"time"
)

// farthest is how far ahead a verdict is followed, in days: beyond, nobody plans.
const farthest = 3 * 366

// HoldsUntil gives the last day on which a requirement that is met stays so when nothing new comes: a document ends, an observation grows too old, a period
// is over. The zero time means that it holds for at least three years; ok is false when the requirement is not met at the moment, or not on the board.
func (b *Board) HoldsUntil(w World, at time.Time, ref Ref) (last time.Time, ok bool) {
	s, known := b.requirements[ref]
	if !known {
		return time.Time{}, false
	}
	zone := w.Zone
	if zone == nil {
		zone = time.UTC
	}
	// Nothing new comes: what is announced for later is not counted on.
	w.Facts = slices.DeleteFunc(slices.Clone(w.Facts), func(f Fact) bool { return f.ObservedAt.After(at) || !s.uses.Fact(f.Key) })
	w.Documents = slices.DeleteFunc(slices.Clone(w.Documents), func(d Document) bool { return d.DepositedAt.After(at) || !s.uses.Documents[d.Kind] })
	x := newIndex(&w, at)
	met := func(d day) bool {
		f := s.pkg.frameOn(&w, x, at)
		f.today = d
		return f.judge(s.requirement).Status == Met
	}
	today := dayOf(at, zone)
	if !met(today) {
		return time.Time{}, false
	}
	for _, d := range s.turns(&w, zone, today) {
		if !met(d) {
			return (d - 1).start(zone), true
		}
	}
	return time.Time{}, true
}

// turns are the days ahead on which an answer may change without news, in order: those on which an observation passes a limit of age or a day that it
// speaks of comes, those that documents begin and are over, and those that rules and lines name.
func (s seat) turns(w *World, zone *time.Location, today day) []day {
	var days []day
	add := func(all ...day) {
		for _, d := range all {
			if d > today && d <= today+farthest {
				days = append(days, d)
			}
		}
	}
	for i := range w.Facts {
		f := &w.Facts[i]
		happened := []day{dayOf(f.ObservedAt, zone)}
		if f.Value.Kind == DateKind {
			happened = append(happened, dayOf(f.Value.Date, zone))
		}
		for _, d := range happened {
			add(d)
			for age := range s.uses.ages {
				add(age.passed(d))
			}
		}
	}
	for _, d := range w.Documents {
		add(dayOf(d.From, zone), dayOf(d.Until, zone)+1)
	}
	for d := range s.uses.days {
		add(d, d+1)
	}
	for _, p := range s.pkg.Parameters {
		if v := w.Parameters[p.Code]; v.Kind == DateKind {
			d := dayOf(v.Date, zone)
			add(d, d+1)
		}
		if p.Value.Kind == DateKind {
			d := dayOf(p.Value.Date, time.UTC)
			add(d, d+1)
		}
	}
	bounds := []Validity{s.pkg.Validity, s.requirement.Validity}
	for i := range s.requirement.Criteria {
		bounds = append(bounds, s.requirement.Criteria[i].Validity)
	}
	for _, v := range bounds {
		add(dayOf(v.From, time.UTC), dayOf(v.Until, time.UTC)+1)
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// passed is the first day on which what happened on a day is too old.
func (a Age) passed(d day) day {
	first := d + day(a.N) + 1
	if a.Months {
		first = d.addMonths(a.N)
		for a.since(first) > d { // months have different lengths: begin before, then look
			first--
		}
	}
	for a.since(first) <= d {
		first++
	}
	return first
}
