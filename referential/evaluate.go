package referential

import (
	"math"
	"slices"
	"time"
)

// Evaluate judges a structure at a moment. It is pure: the same world and moment give the same assessment, whatever the order of the
// facts, and what was observed or deposited later is not looked at.
func (p *Package) Evaluate(w World, at time.Time) Assessment {
	return p.frame(&w, at).assess()
}

// frame is what the rules of the package see of a world at a moment.
func (p *Package) frame(w *World, at time.Time) *frame { return p.frameOn(w, newIndex(w, at), at) }

// frameOn is the same with facts that are in order already.
func (p *Package) frameOn(w *World, x *index, at time.Time) *frame {
	zone := w.Zone
	if zone == nil {
		zone = time.UTC
	}
	return &frame{pkg: p, world: w, index: x, subject: w.Subject, at: at, today: dayOf(at, zone), zone: zone}
}

// assess judges every requirement of the package.
func (f *frame) assess() Assessment {
	a := Assessment{Package: f.pkg.ID, Version: f.pkg.Version, Structure: f.subject.Structure, At: f.at}
	var acts []*Action
	n := 0
	for range f.pkg.each {
		n++
	}
	a.Requirements = make([]Verdict, 0, n)
	for r := range f.pkg.each {
		a.Requirements = append(a.Requirements, f.judge(r))
	}
	for i := range a.Requirements {
		acts = append(acts, a.Requirements[i].NextAction)
	}
	a.NextAction = first(acts, nil, f.today)
	return a
}

// judge gives the verdict on one requirement.
func (f *frame) judge(r *Requirement) Verdict {
	v := Verdict{Code: r.Code}
	if reason, out := f.outside(r.Validity); out {
		v.Status, v.Reasons = NotApplicable, reason
		for _, c := range r.Criteria {
			v.Criteria = append(v.Criteria, CriterionVerdict{Code: c.Code, Advice: c.Advice, Reasons: reason})
		}
		return v
	}
	binding := make([]Reason, 0, len(r.Criteria))
	var acts []*Action
	var seen used
	if len(r.Criteria) > 0 {
		v.Criteria = make([]CriterionVerdict, 0, len(r.Criteria))
	}
	for i := range r.Criteria {
		c := &r.Criteria[i] // in place, for they are large
		reason, out := f.outside(c.Validity)
		if !out {
			reason = c.Rule.eval(f)
		}
		if c.Advice && reason.Next != nil && (reason.Status == NotMet || reason.Status == Unknown) {
			advice := *reason.Next
			advice.Advice = true
			reason.Next = &advice
			acts = append(acts, &advice)
		}
		v.Criteria = append(v.Criteria, CriterionVerdict{Code: c.Code, Advice: c.Advice, Reasons: reason})
		v.collect(&reason, &seen)
		if !c.Advice {
			binding = append(binding, reason)
		}
	}
	v.Reasons = f.all(binding)
	v.Status = v.Reasons.Status
	if v.Status != NotApplicable {
		v.NextAction = first(append(acts, v.Reasons.Next), nil, f.today)
	}
	return v
}

// outside tells whether nothing is asked of the structure on that day, and why.
func (f *frame) outside(v Validity) (Reason, bool) {
	r := Reason{Status: NotApplicable}
	for _, v := range []Validity{f.pkg.Validity, v} {
		switch {
		case !v.From.IsZero() && f.today < dayOf(v.From, time.UTC):
			r.Code, r.Params = "validity.before", []Param{f.date("date", dayOf(v.From, time.UTC))}
			return r, true
		case !v.Until.IsZero() && f.today > dayOf(v.Until, time.UTC):
			r.Code, r.Params = "validity.after", []Param{f.date("date", dayOf(v.Until, time.UTC))}
			return r, true
		}
	}
	i := slices.IndexFunc(f.pkg.Categories, func(c Category) bool { return c.Code == f.subject.Category })
	if i >= 0 && f.pkg.Categories[i].Ineligible {
		r.Code, r.Params = "choose.not_applicable", []Param{label("category", f.pkg.Categories[i].Title)}
		return r, true
	}
	return Reason{}, false
}

// collect adds the facts and documents that a reason looked at, each once.
func (v *Verdict) collect(r *Reason, seen *used) {
	for i := range r.Facts {
		if seen.first(v.UsedFacts, &r.Facts[i]) {
			v.UsedFacts = append(v.UsedFacts, r.Facts[i])
		}
	}
	for _, d := range r.Documents {
		if !slices.Contains(v.UsedDocuments, d) {
			v.UsedDocuments = append(v.UsedDocuments, d)
		}
	}
	for i := range r.Children {
		v.collect(&r.Children[i], seen)
	}
}

// used remembers the facts that were collected: most requirements use a handful, which are compared; more are looked up.
type used struct {
	known map[factKey]bool // nil for a handful
}

const handful = 8

// first tells whether a fact is not among those collected so far, and then counts it among them.
func (u *used) first(collected []Fact, f *Fact) bool {
	key := keyOf(f)
	if u.known == nil {
		for i := range collected {
			if keyOf(&collected[i]) == key {
				return false
			}
		}
		if len(collected) < handful {
			return true
		}
		u.known = map[factKey]bool{}
		for i := range collected {
			u.known[keyOf(&collected[i])] = true
		}
	}
	if u.known[key] {
		return false
	}
	u.known[key] = true
	return true
}

// factKey tells facts apart, whatever the zone in which their moments are written.
type factKey struct {
	structure, key, source, evidence string
	observed, date                   int64
	kind                             ValueKind
	number                           uint64
	text                             string
	yes                              bool
}

func keyOf(f *Fact) factKey {
	v := &f.Value
	return factKey{f.Structure, f.Key, f.Source, f.Evidence, f.ObservedAt.UnixNano(), v.Date.UnixNano(), v.Kind, math.Float64bits(v.Number), v.Text, v.Bool}
}
