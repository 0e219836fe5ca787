package referential

// CountRule holds when there are enough events, of any date, or inside a time. With DistinctDays, two on one day are one.
//
//	count: {fact: exposure.run, at_least: 3, max_age: 6 months, distinct_days: true}
type CountRule struct {
	Events
	AtLeast      Operand
	DistinctDays bool
	Span         Span
}

func (r CountRule) uses(u *Uses) {
	r.Events.uses(u, r.Span.MaxAge)
	r.AtLeast.uses(u)
	r.Span.uses(u)
}

func (r CountRule) eval(f *frame) Reason {
	kind := f.kind(r.Fact)
	wanted, missing := f.resolveWhole(r.AtLeast)
	if missing != nil {
		return f.unresolved(*missing)
	}
	events, first, missing := r.Span.cut(f, r.of(f))
	if missing != nil {
		return f.unresolved(*missing)
	}
	sure, unclear := that(events, Met), that(events, Unknown)
	n, maybe := len(sure), len(unclear)
	if r.DistinctDays {
		n, maybe = days(sure, nil), days(unclear, sure)
	}
	params := []Param{needed(kind, wanted), number("n", float64(n))}
	if first != nil {
		params = append(params, f.date("from", *first))
	}
	if r.DistinctDays && wanted > 1 {
		params = append(params, said("distinct", "count.distinct"))
	}
	why := f.excluded(events)
	reason := Reason{Status: answer(n, maybe, wanted), Code: "count.met", Params: params, Facts: factsOf(sure)}
	switch reason.Status {
	case Unknown:
		reason.Code, reason.Children, reason.Next = "count.unclear", why, best(why, f.today)
		reason.Facts = append(reason.Facts, factsOf(unclear)...)
	case NotMet:
		reason.Code, reason.Children, reason.Next = "count.not_met", why, f.run(kind)
		if n == 0 {
			reason.Code = "count.none"
		}
	}
	return reason
}

// needed writes how many are asked for: "un exercice", "3 exercices".
func needed(kind FactKind, n int) Param {
	if n == 1 {
		return label("needed", kind.One)
	}
	return said("needed", "count.needed", number("n", float64(n)), label("many", kind.Many))
}

// days counts the days of some events that are not days of others.
func days(events, others []event) int {
	seen := map[day]bool{}
	for _, e := range others {
		seen[e.day] = true
	}
	n := 0
	for _, e := range events {
		if !seen[e.day] {
			seen[e.day] = true
			n++
		}
	}
	return n
}
