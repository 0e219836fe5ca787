package referential

import (
	"math"
	"slices"
	"time"
)

// Operand is a value that a rule compares with: written in the package, or a parameter that may be given later.
type Operand struct {
	Value     Value
	Parameter string // code; empty when Value is meant
}

func (o Operand) uses(u *Uses) {
	if o.Parameter != "" {
		u.Parameters[o.Parameter] = true
	} else if o.Value.Kind == DateKind {
		u.days[dayOf(o.Value.Date, time.UTC)] = true
	}
}

// resolve gives the value, or the reason why there is none.
func (f *frame) resolve(o Operand) (Value, *Reason) {
	if o.Parameter == "" {
		return o.Value, nil
	}
	i := slices.IndexFunc(f.pkg.Parameters, func(p Parameter) bool { return p.Code == o.Parameter })
	if i < 0 {
		return Value{}, f.lacking(o.Parameter, "parameter.unset")
	}
	p := f.pkg.Parameters[i]
	v := p.Value
	if given, ok := f.world.Parameters[p.Code]; ok && given.Kind != "" {
		v = given
		if v.Kind == DateKind {
			v.Date = dayOf(v.Date, f.zone).start(time.UTC)
		}
	}
	switch {
	case v.Kind == "" && p.Source.Mark == Unsure:
		return Value{}, f.lacking(p.Code, "parameter.unsure")
	case v.Kind == "":
		return Value{}, f.lacking(p.Code, "parameter.unset")
	case !p.Accepts(v):
		return Value{}, f.wrong(o)
	}
	return v, nil
}

// Accepts tells whether a value has the form, the bounds and the choices of the parameter.
func (p Parameter) Accepts(v Value) bool {
	switch {
	case v.Kind != p.Kind:
		return false
	case v.Kind == NumberKind:
		return (p.Min == nil || v.Number >= *p.Min) && (p.Max == nil || v.Number <= *p.Max) && v.Number == v.Number
	case v.Kind == TextKind && len(p.OneOf) > 0:
		return slices.Contains(p.OneOf, v.Text)
	}
	return true
}

// resolveDay gives the day that an operand means. Dates of the package and, once resolved, of parameters are days in UTC.
func (f *frame) resolveDay(o Operand) (day, *Reason) {
	v, missing := f.resolve(o)
	return dayOf(v.Date, time.UTC), missing
}

func (f *frame) resolveNumber(o Operand) (float64, *Reason) {
	v, missing := f.resolve(o)
	return v.Number, missing
}

// resolveWhole gives a number of days or of events.
func (f *frame) resolveWhole(o Operand) (int, *Reason) {
	n, missing := f.resolveNumber(o)
	if missing == nil && (n != math.Trunc(n) || n < 0 || n > maxWhole) {
		return 0, f.wrong(o)
	}
	return int(n), missing
}

// maxWhole is the greatest number of days or events that a rule may ask for.
const maxWhole = 100_000

// wrong is the reason of a parameter whose value cannot be used.
func (f *frame) wrong(o Operand) *Reason { return f.lacking(o.Parameter, "parameter.wrong") }

// lacking is the reason of a parameter that gives no value.
func (f *frame) lacking(code, message string) *Reason {
	name := label("parameter", Text{code, code})
	if i := slices.IndexFunc(f.pkg.Parameters, func(p Parameter) bool { return p.Code == code }); i >= 0 {
		name = label("parameter", f.pkg.Parameters[i].Title)
	}
	return &Reason{Status: Unknown, Code: message, Params: []Param{name},
		Next: &Action{Kind: ParameterAct, Subject: code, Structure: f.subject.Structure, Effort: 1, Code: "action.parameter", Params: []Param{name}}}
}
