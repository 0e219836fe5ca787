package referential

// IntervalRule holds when two events lie a number of days apart, both bounds included: from 1 January to 15 February are 45 days. Of several
// events on one day the last observed stands for the day. With Successive, the two must follow each other: when others lie between
// them the answer is unknown (the text can be read both ways), and when one between does not count, the pair does not either.
//
//	interval: {fact: exposure.run, min_days: 45, max_days: 60, successive: true}
type IntervalRule struct {
	Events
	MinDays, MaxDays Operand
	Successive       bool
	Span             Span
}

func (r IntervalRule) uses(u *Uses) {
	r.Events.uses(u, r.Span.MaxAge)
	r.MinDays.uses(u)
	r.MaxDays.uses(u)
	r.Span.uses(u)
}

func (r IntervalRule) eval(f *frame) Reason {
	least, missing := f.resolveWhole(r.MinDays)
	if missing != nil {
		return f.unresolved(*missing)
	}
	most, missing := f.resolveWhole(r.MaxDays)
	if missing != nil {
		return f.unresolved(*missing)
	}
	events, _, missing := r.Span.cut(f, r.of(f))
	if missing != nil {
		return f.unresolved(*missing)
	}
	w := window{least: day(least), most: day(most)}
	events = lastOfDays(events)
	params := []Param{label("one", f.kind(r.Fact).One), label("many", f.kind(r.Fact).Many), number("min", float64(least)), number("max", float64(most))}
	pair, status := w.search(events, r.Successive)
	if status == NotMet {
		return r.without(f, events, w, params)
	}
	first, second := events[pair.first], events[pair.second]
	params = append(params, f.date("first", first.day), f.date("second", second.day), number("days", float64(second.day-first.day)))
	reason := Reason{Status: status, Code: "interval.met", Params: params, Facts: []Fact{first.fact, second.fact}}
	if status == Unknown {
		reason.Children = f.excluded(events[pair.first : pair.second+1])
		reason.Code, reason.Next = "interval.unclear", best(reason.Children, f.today)
		if len(reason.Children) == 0 {
			reason.Code = "interval.between"
			reason.Next = &Action{Kind: ConfirmAct, Subject: r.Fact, Structure: f.subject.Structure, Effort: 1, Code: "action.confirm", Params: params}
		}
	}
	return reason
}

// without is the answer when no pair fits: what there is, and when to do the next.
func (r IntervalRule) without(f *frame, events []event, w window, params []Param) Reason {
	reason := Reason{Status: NotMet, Code: "interval.none", Params: params, Children: f.excluded(events), Facts: factsOf(events)}
	counted := append(that(events, Met), that(events, Unknown)...)
	counted = lastOfDays(ordered(counted))
	switch len(counted) {
	case 0:
	case 1:
		reason.Code, reason.Params = "interval.one", append(params, f.date("first", counted[0].day))
	default:
		a, b := w.nearest(counted)
		reason.Code = "interval.apart"
		reason.Params = append(params, f.date("first", a), f.date("second", b), number("days", float64(b-a)))
	}
	reason.Next = r.next(f, events, w)
	return reason
}

// next says when another event would make a pair: after the last one when they must follow each other, else after the first whose
// window is still open. When there is none, it is time to begin again.
func (r IntervalRule) next(f *frame, events []event, w window) *Action {
	kind := f.kind(r.Fact)
	if n := len(events); r.Successive && n > 0 {
		events = events[n-1:]
		if events[0].counts == NotMet {
			if mend := best(events[0].why, f.today); mend != nil {
				return mend
			}
		}
	}
	for _, e := range events {
		if e.counts != NotMet && e.day+w.most >= f.today {
			return f.repeat(kind, max(e.day+w.least, f.today), e.day+w.most)
		}
	}
	return f.run(kind)
}

// window is the number of days that may lie between two events.
type window struct{ least, most day }

type pair struct{ first, second int }

// search looks for the latest pair that fits; a sure one before an unclear one.
func (w window) search(events []event, successive bool) (pair, Status) {
	found, status := pair{}, NotMet
	for j := len(events) - 1; j >= 0; j-- {
		for i := j - 1; i >= 0 && events[j].day-events[i].day <= w.most; i-- {
			if events[j].day-events[i].day < w.least {
				continue
			}
			switch answer := judge(events[i:j+1], successive); {
			case answer == Met:
				return pair{i, j}, Met
			case answer == Unknown && status == NotMet:
				found, status = pair{i, j}, Unknown
			}
		}
	}
	return found, status
}

// judge answers for the first and the last of some events.
func judge(events []event, successive bool) Status {
	last := len(events) - 1
	ends := allStatus(events[0].counts, events[last].counts)
	if !successive || last == 1 || ends == NotMet {
		return ends
	}
	if len(that(events, NotMet)) > 0 {
		return NotMet
	}
	return Unknown
}

// nearest gives the two days whose distance is the least outside the window.
func (w window) nearest(events []event) (a, b day) {
	least := -1
	for j := range events {
		for i := range j {
			off := max(w.least-(events[j].day-events[i].day), events[j].day-events[i].day-w.most)
			if n := max(int(off), 0); least < 0 || n <= least {
				least, a, b = n, events[i].day, events[j].day
			}
		}
	}
	return a, b
}
