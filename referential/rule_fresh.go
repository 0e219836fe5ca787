package referential

// FreshRule holds when an event is not older than an age: the day exactly that age ago still counts.
//
//	fresh: {fact: directory.run, max_age: 12 months}
type FreshRule struct {
	Events
	MaxAge Age
}

func (r FreshRule) uses(u *Uses) {
	r.Events.uses(u, r.MaxAge)
	u.age(r.MaxAge)
}

func (r FreshRule) eval(f *frame) Reason {
	kind := f.kind(r.Fact)
	all := r.of(f)
	recent := since(all, r.MaxAge.since(f.today))
	params := []Param{label("one", kind.One), r.MaxAge.param("age")}
	if sure := that(recent, Met); len(sure) > 0 {
		last := sure[len(sure)-1]
		return Reason{Status: Met, Code: "fresh.met", Params: append(params, f.date("date", last.day)), Facts: []Fact{last.fact}}
	}
	if unclear := that(recent, Unknown); len(unclear) > 0 {
		why := f.excluded(unclear)
		return Reason{Status: Unknown, Code: "fresh.unclear", Params: params, Children: why, Facts: factsOf(unclear), Next: best(why, f.today)}
	}
	reason := Reason{Status: NotMet, Code: "fresh.none", Params: params, Children: f.excluded(recent), Next: f.run(kind)}
	if old := that(all, Met); len(old) > 0 {
		last := old[len(old)-1]
		reason.Code, reason.Params, reason.Facts = "fresh.old", append(params, f.date("date", last.day)), []Fact{last.fact}
	}
	return reason
}
