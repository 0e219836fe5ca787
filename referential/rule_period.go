package referential

// PeriodRule holds when an event lies between two days, both included.
//
//	period: {fact: exercise.held, from: 2026-01-01, until: {parameter: exercise_deadline}}
type PeriodRule struct {
	Events
	From, Until Operand
}

func (r PeriodRule) uses(u *Uses) {
	r.Events.uses(u, Age{})
	r.From.uses(u)
	r.Until.uses(u)
}

func (r PeriodRule) eval(f *frame) Reason {
	kind := f.kind(r.Fact)
	from, missing := f.resolveDay(r.From)
	if missing != nil {
		return f.unresolved(*missing)
	}
	until, missing := f.resolveDay(r.Until)
	if missing != nil {
		return f.unresolved(*missing)
	}
	var inside []event
	for _, e := range since(r.of(f), from) {
		if e.day <= until {
			inside = append(inside, e)
		}
	}
	params := []Param{label("one", kind.One), f.date("from", from), f.date("until", until)}
	sure, unclear := that(inside, Met), that(inside, Unknown)
	reason := Reason{Status: answer(len(sure), len(unclear), 1), Params: params}
	switch reason.Status {
	case Met:
		last := sure[len(sure)-1]
		reason.Code, reason.Params, reason.Facts = "period.met", append(params, f.date("date", last.day)), []Fact{last.fact}
	case Unknown:
		why := f.excluded(unclear)
		reason.Code, reason.Children, reason.Facts, reason.Next = "period.unclear", why, factsOf(unclear), best(why, f.today)
	case NotMet:
		reason.Code, reason.Children = "period.none", f.excluded(inside)
		if f.today > until {
			reason.Code = "period.over"
			break
		}
		reason.Next = f.repeat(kind, max(from, f.today), until)
	}
	return reason
}

// unresolved is the answer of a rule that lacks a parameter.
func (f *frame) unresolved(missing Reason) Reason {
	return Reason{Status: Unknown, Code: "rule.parameter", Children: []Reason{missing}, Next: missing.Next}
}
