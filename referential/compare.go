package referential

import (
	"cmp"
	"slices"
	"time"
)

// Op is how a value is compared.
type Op string

// The comparisons. Only Equals, Differs and OneOf are for yes or no and for texts without a scale.
const (
	Equals   Op = "equals"
	Differs  Op = "differs"
	LessThan Op = "less_than"
	AtMost   Op = "at_most"
	MoreThan Op = "more_than"
	AtLeast  Op = "at_least"
	OneOf    Op = "one_of"
)

// Ops gives the comparisons.
func Ops() []Op { return []Op{Equals, Differs, LessThan, AtMost, MoreThan, AtLeast, OneOf} }

// Comparison is a condition on the value of a fact. A text that has a scale is compared by its place on it, worst first.
type Comparison struct {
	Fact string
	Op   Op
	To   []Operand // one, or several for OneOf
	// CeilingIf names a yes-or-no fact of the same observation; when it says yes, the value is only the most it can be, and what a smaller
	// value would change is not known.
	CeilingIf string
}

func (c Comparison) uses(u *Uses) {
	c.usesWithin(u, Age{})
}

// usesWithin is the same for a fact that is looked at up to an age.
func (c Comparison) usesWithin(u *Uses, age Age) {
	u.back(c.Fact, age)
	if c.CeilingIf != "" {
		u.back(c.CeilingIf, age)
	}
	for _, o := range c.To {
		o.uses(u)
	}
}

// of judges one fact: whether the condition holds, with the reason.
func (c Comparison) of(f *frame, fact Fact) Reason {
	kind := f.kind(c.Fact)
	params := f.observed(kind, fact)
	got, ok := place(kind, fact.Value, f.zone)
	if !ok {
		return Reason{Status: Unknown, Code: "value.form", Params: params, Facts: []Fact{fact}, Next: f.run(kind)}
	}
	wanted, missing := c.wanted(f, kind)
	if missing != nil {
		return Reason{Status: Unknown, Code: kind.speaks() + "parameter", Params: params, Facts: []Fact{fact}, Children: []Reason{*missing}, Next: missing.Next}
	}
	params = append(params, c.words(f, kind))
	facts := []Fact{fact}
	ceiling := false
	if c.CeilingIf != "" {
		if bound, ok := f.sibling(fact, c.CeilingIf); ok {
			ceiling = bound.Value.Kind == BoolKind && bound.Value.Bool
			facts = append(facts, bound)
		}
	}
	r := Reason{Status: c.Op.holds(got, wanted), Code: kind.speaks() + "met", Params: params, Facts: facts}
	if ceiling {
		r.Status = c.Op.holdsBelow(got, wanted)
	}
	switch {
	case r.Status == NotMet:
		r.Code, r.Next = kind.speaks()+"not_met", f.improve(kind)
	case r.Status == Unknown:
		r.Code, r.Next = "value.ceiling", f.improve(f.kind(c.CeilingIf))
	}
	return r
}

// wanted resolves what the fact is compared with, as places of the same order.
func (c Comparison) wanted(f *frame, kind FactKind) ([]scalar, *Reason) {
	all := make([]scalar, 0, len(c.To))
	for _, o := range c.To {
		v, missing := f.resolve(o)
		if missing != nil {
			return nil, missing
		}
		p, ok := place(kind, v, time.UTC)
		if !ok {
			return nil, f.wrong(o)
		}
		all = append(all, p)
	}
	return all, nil
}

// words is the condition in words: "au moins 2".
func (c Comparison) words(f *frame, kind FactKind) Param {
	var list []Text
	for _, o := range c.To {
		v, _ := f.resolve(o)
		if v.Kind == DateKind {
			list = append(list, f.date("", dayOf(v.Date, time.UTC)).Label)
			continue
		}
		list = append(list, kind.words(v))
	}
	op := "op."
	if kind.Kind == DateKind {
		op = "op.day."
	}
	return said("wanted", op+string(c.Op), label("value", enumerate(list)))
}

// scalar is a value made comparable: a number, or a text without order.
type scalar struct {
	number float64
	text   string
}

// place gives the place of a value in the order of its kind; false when it has another form, or is not on the scale.
func place(kind FactKind, v Value, zone *time.Location) (scalar, bool) {
	switch {
	case v.Kind != kind.Kind:
		return scalar{}, false
	case v.Kind == NumberKind:
		return scalar{number: v.Number}, v.Number == v.Number
	case v.Kind == DateKind:
		return scalar{number: float64(dayOf(v.Date, zone))}, true
	case v.Kind == BoolKind && v.Bool:
		return scalar{number: 1}, true
	case v.Kind == BoolKind:
		return scalar{}, true
	case len(kind.Scale) > 0:
		i := slices.Index(kind.Scale, v.Text)
		return scalar{number: float64(i)}, i >= 0
	}
	return scalar{text: v.Text}, true
}

func (op Op) holds(got scalar, wanted []scalar) Status {
	w := wanted[0]
	var yes bool
	switch op {
	case Equals:
		yes = got == w
	case Differs:
		yes = got != w
	case LessThan:
		yes = got.number < w.number
	case AtMost:
		yes = got.number <= w.number
	case MoreThan:
		yes = got.number > w.number
	case AtLeast:
		yes = got.number >= w.number
	case OneOf:
		yes = slices.Contains(wanted, got)
	}
	return met(yes)
}

// holdsBelow answers when the true number is got or less: only what holds, or fails, for all of them is sure.
func (op Op) holdsBelow(got scalar, wanted []scalar) Status {
	least := slices.MinFunc(wanted, func(a, b scalar) int { return cmp.Compare(a.number, b.number) }).number
	switch op {
	case LessThan, AtMost, Differs:
		if op == Differs && got.number < least || op != Differs && op.holds(got, wanted) == Met {
			return Met
		}
	case MoreThan, AtLeast:
		if op.holds(got, wanted) == NotMet {
			return NotMet
		}
	case Equals, OneOf:
		if got.number < least {
			return NotMet
		}
	}
	return Unknown
}

func met(yes bool) Status {
	if yes {
		return Met
	}
	return NotMet
}
