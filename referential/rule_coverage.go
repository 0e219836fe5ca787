package referential

import (
	"math"
	"slices"
	"strings"
)

// CoverageRule holds when a rule holds for all members of a group, or for members that weigh enough. For a structure that is no group, it is
// the rule on the structure itself. With Shared, what the group itself shows stands for all its members; when that leaves the answer open, a member who
// shows nothing does not close it.
//
//	coverage: {members: all, shared: true, rule: {fresh: {fact: directory.run, max_age: 12 months}}}
//	coverage: {weight: 66, size: {fr: l’activité combinée, en: combined activity}, rule: …}
//
// A weight is a percentage of the weights of all members to which the rule applies. A share that misses it by less than a billionth counts:
// sums of decimal weights are not exact.
type CoverageRule struct {
	Weight Operand // percent; the zero Operand asks for all members
	Size   Text    // what is weighed
	Shared bool
	Rule   Rule
}

func (r CoverageRule) uses(u *Uses) {
	u.Members = true
	r.Weight.uses(u)
	r.Rule.uses(u)
}

func (r CoverageRule) eval(f *frame) Reason {
	if !f.subject.IsGroup {
		return r.Rule.eval(f)
	}
	var own Reason
	if r.Shared {
		if own = r.Rule.eval(f); own.Status == Met {
			return Reason{Status: Met, Code: "coverage.shared", Children: []Reason{own}}
		}
	}
	reason := r.members(f)
	if reason.Status == NotMet && own.Status == Unknown && own.rests() {
		return Reason{Status: Unknown, Code: "coverage.shared.unknown", Children: []Reason{own}, Next: own.Next}
	}
	return reason
}

// rests tells whether an answer rests on something that was recorded.
func (r Reason) rests() bool {
	return len(r.Facts)+len(r.Documents) > 0 || slices.ContainsFunc(r.Children, Reason.rests)
}

// members is the answer by what each member shows.
func (r CoverageRule) members(f *frame) Reason {
	share := math.NaN()
	if r.Weight != (Operand{}) {
		percent, missing := f.resolveNumber(r.Weight)
		if missing != nil {
			return f.unresolved(*missing)
		}
		share = percent
	}
	if len(f.subject.Members) == 0 {
		return Reason{Status: Unknown, Code: "coverage.nobody", Next: f.ask("members")}
	}
	t := r.count(f)
	if t.applicable == 0 {
		return Reason{Status: NotApplicable, Code: "coverage.none", Children: t.reasons}
	}
	reason := Reason{Children: t.reasons, Next: best(t.reasons, f.today),
		Params: []Param{number("n", float64(t.met)), number("total", float64(t.applicable))}}
	if math.IsNaN(share) {
		reason.Status, reason.Code = answer(t.met, t.unknown, t.applicable), "coverage.members"
		if t.met == 0 {
			reason.Code = "coverage.members.none"
		}
		return reason
	}
	return r.weigh(f, t, share, reason)
}

// weigh answers by the weights of the members.
func (r CoverageRule) weigh(f *frame, t tally, percent float64, reason Reason) Reason {
	reason.Params = append(reason.Params, label("size", r.Size), number("percent", percent))
	if !t.weighed {
		reason.Status, reason.Code = Unknown, "coverage.weights"
		switch {
		case t.met == t.applicable:
			reason.Status, reason.Code = Met, "coverage.members"
		case t.met+t.unknown == 0 && percent > 0:
			reason.Status, reason.Code = NotMet, "coverage.members.none"
		default:
			reason.Next = f.ask("weight")
		}
		return reason
	}
	enough := func(w float64) bool { return w*100 >= percent*t.weight*(1-1e-9) }
	reason.Code = "coverage.weight"
	reason.Params = append(reason.Params, number("share", math.Floor(t.metWeight/t.weight*1000+1e-9)/10))
	switch {
	case enough(t.metWeight):
		reason.Status = Met
	case enough(t.metWeight + t.unknownWeight):
		reason.Status = Unknown
	default:
		reason.Status = NotMet
	}
	return reason
}

// tally is what the members answered.
type tally struct {
	reasons                          []Reason // one a member, by structure
	met, unknown, applicable         int
	metWeight, unknownWeight, weight float64
	weighed                          bool // all applicable members have a weight
}

func (r CoverageRule) count(f *frame) tally {
	members := slices.Clone(f.subject.Members)
	slices.SortStableFunc(members, func(a, b Member) int { return strings.Compare(a.Structure, b.Structure) })
	members = slices.CompactFunc(members, func(a, b Member) bool { return a.Structure == b.Structure })
	t := tally{weighed: true}
	for _, m := range members {
		why := r.Rule.eval(f.about(Subject{Structure: m.Structure, Category: m.Category, Group: f.subject.Structure}))
		name := m.Name
		if name == "" {
			name = m.Structure
		}
		next := why.Next
		if next != nil && next.For == "" && next.Kind != ParameterAct {
			named := *next
			named.For, next = name, &named
		}
		t.reasons = append(t.reasons, Reason{Status: why.Status, Code: "coverage.member." + string(why.Status),
			Params: []Param{value("member", Words(name))}, Children: []Reason{why}, Next: next})
		if why.Status == NotApplicable {
			continue
		}
		weight := m.Weight
		if !(weight > 0) || math.IsInf(weight, 0) {
			t.weighed, weight = false, 0
		}
		t.applicable++
		t.weight += weight
		switch why.Status {
		case Met:
			t.met++
			t.metWeight += weight
		case Unknown:
			t.unknown++
			t.unknownWeight += weight
		}
	}
	return t
}
