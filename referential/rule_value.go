package referential

// ValueRule holds when the latest observation of a fact satisfies a comparison. Without an observation, or with one older than MaxAge, the
// answer is unknown: a value that was not measured is not a bad value.
//
//	value: {fact: directory.level, at_least: 2, max_age: 12 months, ceiling_if: directory.level_upper_bound}
type ValueRule struct {
	Comparison
	MaxAge Age
}

func (r ValueRule) uses(u *Uses) {
	u.age(r.MaxAge)
	if r.CeilingIf != "" { // beside the latest observation, which need not be the latest of that key
		r.usesWithin(u, r.MaxAge)
		return
	}
	u.latest(r.Fact)
	for _, o := range r.To {
		o.uses(u)
	}
}

func (r ValueRule) eval(f *frame) Reason {
	kind := f.kind(r.Fact)
	facts := f.facts(r.Fact)
	if len(facts) == 0 {
		return Reason{Status: Unknown, Code: "value.none", Params: []Param{label("fact", kind.Label)}, Next: f.run(kind)}
	}
	latest := facts[len(facts)-1]
	if !r.MaxAge.IsZero() && dayOf(latest.ObservedAt, f.zone) < r.MaxAge.since(f.today) {
		code := "value.stale"
		if kind.Kind == DateKind {
			code = "day.stale"
		}
		return Reason{Status: Unknown, Code: code, Params: append(f.observed(kind, latest), r.MaxAge.param("age")), Facts: []Fact{latest}, Next: f.run(kind)}
	}
	return r.Comparison.of(f, latest)
}
