package referential

// AllRule holds when all its rules do: one that fails decides, else one that is unknown. Rules that do not apply are left out.
//
//	all: [RULE, RULE]
type AllRule struct{ Rules []Rule }

// AnyRule holds when one of its rules does; when none does, one that is unknown keeps the answer open.
//
//	any: [RULE, RULE]
type AnyRule struct{ Rules []Rule }

// NotRule holds when its rule fails. Unknown stays unknown.
//
//	not: RULE
type NotRule struct{ Rule Rule }

func (r AllRule) uses(u *Uses) { usesOf(u, r.Rules) }
func (r AnyRule) uses(u *Uses) { usesOf(u, r.Rules) }
func (r NotRule) uses(u *Uses) { r.Rule.uses(u) }

func usesOf(u *Uses, rules []Rule) {
	for _, r := range rules {
		r.uses(u)
	}
}

func (r AllRule) eval(f *frame) Reason { return f.all(evalEach(f, r.Rules)) }

func (r AnyRule) eval(f *frame) Reason {
	children := evalEach(f, r.Rules)
	reason := Reason{Status: anyOf(children), Children: children}
	reason.Code = "any." + string(reason.Status)
	if reason.Status == NotMet || reason.Status == Unknown {
		reason.Next = best(children, f.today)
	}
	return reason
}

func (r NotRule) eval(f *frame) Reason {
	child := r.Rule.eval(f)
	reason := Reason{Status: child.Status, Children: []Reason{child}}
	switch child.Status {
	case Met:
		reason.Status = NotMet
	case NotMet:
		reason.Status = Met
	case Unknown:
		reason.Next = child.Next
	}
	reason.Code = "not." + string(reason.Status)
	return reason
}

func evalEach(f *frame, rules []Rule) []Reason {
	reasons := make([]Reason, len(rules))
	for i, r := range rules {
		reasons[i] = r.eval(f)
	}
	return reasons
}

// all joins reasons that must all be met.
func (f *frame) all(children []Reason) Reason {
	reason := Reason{Status: allOf(children), Children: children}
	failed, open, total := 0, 0, 0
	for _, c := range children {
		switch c.Status {
		case NotApplicable:
			continue
		case NotMet:
			failed++
		case Unknown:
			open++
		}
		total++
	}
	reason.Code = "all." + string(reason.Status)
	reason.Params = f.index.tally(failed, open, total)
	if reason.Status == NotMet || reason.Status == Unknown {
		reason.Next = best(children, f.today)
	}
	return reason
}

// allOf is the status of reasons that must all be met: of none at all, met.
func allOf(reasons []Reason) Status {
	var t statuses
	for i := range reasons {
		t.add(reasons[i].Status)
	}
	return t.all()
}

func allStatus(all ...Status) Status {
	var t statuses
	for _, s := range all {
		t.add(s)
	}
	return t.all()
}

func anyOf(reasons []Reason) Status {
	var t statuses
	for i := range reasons {
		t.add(reasons[i].Status)
	}
	return t.any()
}

// statuses counts answers.
type statuses struct{ met, notMet, unknown, notApplicable int }

func (t *statuses) add(s Status) {
	switch s {
	case Met:
		t.met++
	case NotMet:
		t.notMet++
	case Unknown:
		t.unknown++
	case NotApplicable:
		t.notApplicable++
	}
}

// nothing tells whether there are answers, and none of them applies.
func (t *statuses) nothing() bool {
	return t.notApplicable > 0 && t.met+t.notMet+t.unknown == 0
}

func (t *statuses) all() Status {
	switch {
	case t.notMet > 0:
		return NotMet
	case t.unknown > 0:
		return Unknown
	case t.nothing():
		return NotApplicable
	}
	return Met
}

func (t *statuses) any() Status {
	switch {
	case t.met > 0:
		return Met
	case t.unknown > 0:
		return Unknown
	case t.nothing():
		return NotApplicable
	}
	return NotMet
}
