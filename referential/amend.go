package referential

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// LineKind says what sort of line of a package is meant.
type LineKind string

// The sorts of lines that have a source, and so a mark.
const (
	PackageLine     LineKind = "package" // the package itself; its code is its id
	CategoryLine    LineKind = "category"
	MilestoneLine   LineKind = "milestone"
	ParameterLine   LineKind = "parameter"
	DocumentLine    LineKind = "document"
	AxisLine        LineKind = "axis"
	ObjectiveLine   LineKind = "objective"
	RequirementLine LineKind = "requirement"
	CriterionLine   LineKind = "criterion"
)

// LineRef names a line of a package.
type LineRef struct {
	Kind LineKind `json:"kind"`
	Code string   `json:"code"`
}

// Amendment completes a line that the authors of a package had to leave open, without touching the package: words, a value, and the source
// in which somebody read them. What is zero stays as the package has it.
type Amendment struct {
	LineRef
	Value    Value    `json:"value,omitzero"` // of a parameter; a day, of a milestone
	Title    Text     `json:"title,omitzero"` // the label of a document
	Help     Text     `json:"help,omitzero"`
	Validity Validity `json:"validity,omitzero"` // of an axis, objective, requirement or criterion
	Source   Source   `json:"source"`            // its mark is always [Completed]
}

// Open is a line that may be completed, as the package has it.
type Open struct {
	LineRef
	Title    Text
	Help     Text
	Source   Source
	Validity Validity
	Value    Value      // of a parameter or a milestone
	Accepts  *Parameter // the bounds of a parameter's value; nil for other lines
}

// Dated tells whether a line has days of validity.
func (o Open) Dated() bool {
	switch o.Kind {
	case PackageLine, AxisLine, ObjectiveLine, RequirementLine, CriterionLine:
		return true
	}
	return false
}

// Lines gives every line of the package that has a source, in order.
func (p *Package) Lines() []Open {
	var all []Open
	for s := range p.slots {
		all = append(all, s.open())
	}
	return all
}

// Line finds a line.
func (p *Package) Line(ref LineRef) (Open, bool) {
	for s := range p.slots {
		if s.ref == ref {
			return s.open(), true
		}
	}
	return Open{}, false
}

// Amendable tells whether a line may be completed: what is unsure, or was completed before; and any parameter, whose value may be another one
// here than where the package was written.
func (o Open) Amendable() bool {
	return o.Source.Mark == Unsure || o.Source.Mark == Completed || o.Kind == ParameterLine
}

// slot points to the parts of a line inside a package.
type slot struct {
	ref         LineRef
	title, help *Text
	source      *Source
	validity    *Validity
	parameter   *Parameter
	date        *time.Time
}

func (s slot) open() Open {
	o := Open{LineRef: s.ref, Title: *s.title, Source: *s.source, Accepts: s.parameter}
	if s.help != nil {
		o.Help = *s.help
	}
	if s.validity != nil {
		o.Validity = *s.validity
	}
	switch {
	case s.parameter != nil:
		o.Value = s.parameter.Value
	case s.date != nil && !s.date.IsZero():
		o.Value = Date(*s.date)
	}
	return o
}

// slots goes through the lines of a package in place, in order.
func (p *Package) slots(yield func(slot) bool) {
	if !yield(slot{ref: LineRef{PackageLine, p.ID}, title: &p.Title, help: &p.Aim, source: &p.Source, validity: &p.Validity}) {
		return
	}
	for i := range p.Categories {
		c := &p.Categories[i]
		if !yield(slot{ref: LineRef{CategoryLine, c.Code}, title: &c.Title, source: &c.Source}) {
			return
		}
	}
	for i := range p.Milestones {
		m := &p.Milestones[i]
		if !yield(slot{ref: LineRef{MilestoneLine, m.Code}, title: &m.Title, source: &m.Source, date: &m.Date}) {
			return
		}
	}
	for i := range p.Parameters {
		q := &p.Parameters[i]
		if !yield(slot{ref: LineRef{ParameterLine, q.Code}, title: &q.Title, help: &q.Help, source: &q.Source, parameter: q}) {
			return
		}
	}
	for i := range p.Documents {
		d := &p.Documents[i]
		if !yield(slot{ref: LineRef{DocumentLine, d.Code}, title: &d.Label, help: &d.Help, source: &d.Source}) {
			return
		}
	}
	of := func(kind LineKind, l *Line) slot {
		return slot{ref: LineRef{kind, l.Code}, title: &l.Title, help: &l.Help, source: &l.Source, validity: &l.Validity}
	}
	for i := range p.Axes {
		a := &p.Axes[i]
		if !yield(of(AxisLine, &a.Line)) {
			return
		}
		for j := range a.Objectives {
			o := &a.Objectives[j]
			if !yield(of(ObjectiveLine, &o.Line)) {
				return
			}
			for k := range o.Requirements {
				r := &o.Requirements[k]
				if !yield(of(RequirementLine, &r.Line)) {
					return
				}
				for l := range r.Criteria {
					if c := &r.Criteria[l]; !c.implied && !yield(of(CriterionLine, &c.Line)) {
						return
					}
				}
			}
		}
	}
}

// The faults of an amendment.
var (
	ErrNoLine   = errors.New("the package has no such line")
	ErrSettled  = errors.New("the line is not open: the package itself says what it holds")
	ErrNoSource = errors.New("the source is missing: document and place, at least in French")
	ErrValue    = errors.New("the value has not the form of the line, or lies outside its bounds")
	ErrLink     = errors.New("the address of the source must begin with https://")
	ErrLong     = errors.New("a text is too long")
	ErrUntil    = errors.New("the last day lies before the first")
)

// Fits tells what is wrong with an amendment of the package, or nil.
func (p *Package) Fits(a Amendment) error {
	line, ok := p.Line(a.LineRef)
	switch {
	case !ok:
		return ErrNoLine
	case !line.Amendable():
		return ErrSettled
	case strings.TrimSpace(a.Source.Text.FR) == "":
		return ErrNoSource
	case a.Source.URL != "" && !strings.HasPrefix(a.Source.URL, "https://"):
		return ErrLink
	case !a.Validity.Until.IsZero() && a.Validity.Until.Before(a.Validity.From):
		return ErrUntil
	}
	for _, t := range []string{a.Title.FR, a.Title.EN, a.Help.FR, a.Help.EN, a.Source.Text.FR, a.Source.Text.EN, a.Source.URL} {
		if len(t) > longest {
			return ErrLong
		}
	}
	switch line.Kind {
	case ParameterLine:
		if a.Value.Kind == "" || !line.Accepts.Accepts(a.Value) {
			return ErrValue
		}
	case MilestoneLine:
		if a.Value.Kind != "" && a.Value.Kind != DateKind || a.Value.Kind == "" && line.Value.Kind == "" {
			return ErrValue
		}
	default:
		if a.Value.Kind != "" {
			return ErrValue
		}
	}
	return nil
}

// Amend gives the package with lines completed; the package itself does not change. Of several amendments of one line the last counts. Those
// that do not fit, because a newer version has no such line or says by now what it holds, are left out and given back with why.
func (p *Package) Amend(list ...Amendment) (*Package, []Unfit) {
	last := map[LineRef]Amendment{}
	var order []LineRef
	for _, a := range list {
		if _, known := last[a.LineRef]; !known {
			order = append(order, a.LineRef)
		}
		last[a.LineRef] = a
	}
	var unfit []Unfit
	fitting := map[LineRef]Amendment{}
	for _, ref := range order {
		if err := p.Fits(last[ref]); err != nil {
			unfit = append(unfit, Unfit{Amendment: last[ref], Why: err})
			continue
		}
		fitting[ref] = last[ref]
	}
	if len(fitting) == 0 {
		return p, unfit
	}
	amended := p.clone()
	for s := range amended.slots {
		if a, ok := fitting[s.ref]; ok {
			s.write(a)
		}
	}
	amended.settle(fitting)
	return amended, unfit
}

// settle gives criteria that were unsure for want of a value alone the source of the value that was completed. What was completed itself stays.
func (p *Package) settle(completed map[LineRef]Amendment) {
	for _, a := range p.Axes {
		for _, o := range a.Objectives {
			for _, r := range o.Requirements {
				for i := range r.Criteria {
					c := &r.Criteria[i]
					if _, itself := completed[LineRef{CriterionLine, c.Code}]; itself || c.Source.Mark != Unsure {
						continue
					}
					if source, ok := p.valueSource(*c); ok {
						c.Source = source
					}
				}
			}
		}
	}
}

// valueSource is the source of the values of a criterion, when they were completed and none is open.
func (p *Package) valueSource(c Criterion) (source Source, ok bool) {
	asked := newUses()
	c.Rule.uses(&asked)
	for _, q := range p.Parameters {
		switch {
		case !asked.Parameters[q.Code]:
		case q.Source.Mark == Unsure:
			return Source{}, false
		case q.Source.Mark == Completed && !ok:
			source, ok = q.Source, true
		}
	}
	return source, ok
}

// Unfit is an amendment that could not be used.
type Unfit struct {
	Amendment
	Why error
}

// Error names the line and says why.
func (u Unfit) Error() string { return fmt.Sprintf("%s %s: %v", u.Kind, u.Code, u.Why) }

func (s slot) write(a Amendment) {
	merge := func(to *Text, from Text) {
		if to == nil {
			return
		}
		if from.FR != "" {
			*to = Text{FR: from.FR, EN: from.EN}
			if from.EN == "" {
				to.EN = from.FR // an administrator writes in one language; the words say more than those they replace
			}
		}
	}
	merge(s.title, a.Title)
	merge(s.help, a.Help)
	source := a.Source
	source.Mark = Completed
	if source.Text.EN == "" {
		source.Text.EN = source.Text.FR
	}
	*s.source = source
	if s.validity != nil && a.Validity != (Validity{}) {
		*s.validity = a.Validity
	}
	switch {
	case s.parameter != nil:
		s.parameter.Value = a.Value
		if a.Value.Kind == DateKind {
			s.parameter.Value.Date = dayOf(a.Value.Date, time.UTC).start(time.UTC)
		}
	case s.date != nil && a.Value.Kind == DateKind:
		*s.date = dayOf(a.Value.Date, time.UTC).start(time.UTC)
	}
}

// clone copies the parts of a package that an amendment may write.
func (p *Package) clone() *Package {
	c := *p
	c.Categories = slices.Clone(p.Categories)
	c.Milestones = slices.Clone(p.Milestones)
	c.Parameters = slices.Clone(p.Parameters)
	c.Documents = slices.Clone(p.Documents)
	c.Axes = slices.Clone(p.Axes)
	for i := range c.Axes {
		a := &c.Axes[i]
		a.Objectives = slices.Clone(a.Objectives)
		for j := range a.Objectives {
			o := &a.Objectives[j]
			o.Requirements = slices.Clone(o.Requirements)
			for k := range o.Requirements {
				o.Requirements[k].Criteria = slices.Clone(o.Requirements[k].Criteria)
			}
		}
	}
	return &c
}
