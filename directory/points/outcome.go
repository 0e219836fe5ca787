package points

import (
	"slices"

	"hygie/directory/model"
)

// outcome gathers what a predicate says.
type outcome struct {
	domain  *domain
	point   Point
	objects Objects
	lacks   []lack
}

// lack is something that was not there to be read. No levels: every level of the point.
type lack struct {
	what   string
	levels []int
}

// limit gives a threshold of a level. A record that asks for one that it does not declare is a fault of the program, shown
// by the first test that runs it.
func (o *outcome) limit(level int, name string) int64 {
	for _, l := range o.point.Limits {
		if l.Level == level && l.Name == name {
			return l.Value
		}
	}
	panic("points: " + o.point.ID + " has no limit " + name)
}

// fail reports an object. Without levels, it fails every level of the point.
func (o *outcome) fail(id model.ID, r Reason, levels ...int) {
	if len(levels) == 0 {
		levels = o.point.Levels
	}
	o.objects.add(id, r, levels)
}

// failAbsent reports an object that should be in the directory and is not, by its name; by "<SID=…>", a form that the
// directory accepts as a name (MS-ADTS 3.1.1.3.1.2.4), when it is known by its SID alone.
func (o *outcome) failAbsent(dn string, r Reason, levels ...int) {
	if len(levels) == 0 {
		levels = o.point.Levels
	}
	o.objects.addAbsent(dn, r, levels)
}

// failDomain reports the root of the domain, for a setting or a count of the whole domain.
func (o *outcome) failDomain(r Reason, levels ...int) {
	if root := o.domain.info.Root; root != model.None {
		o.fail(root, r, levels...)
		return
	}
	o.failAbsent(o.domain.info.DN, r, levels...)
}

// missing says that the levels cannot be decided for lack of something: they are never passed, though they may still fail.
// Without levels, it concerns every level of the point.
func (o *outcome) missing(what string, levels ...int) {
	for _, l := range o.lacks {
		if l.what == what && slices.Equal(l.levels, levels) {
			return
		}
	}
	o.lacks = append(o.lacks, lack{what, levels})
}

// lack notes the attributes that were not asked for.
func (o *outcome) lack(list []need) {
	for _, n := range list {
		if !o.domain.collects(n.class, n.attribute) {
			o.missing(n.class + ":" + n.attribute)
		}
	}
}

func (o *outcome) verdict() Verdict {
	v := Verdict{Point: o.point, Status: Passed}
	o.objects.sort()
	v.Objects = o.objects
	for _, level := range o.point.Levels {
		switch {
		case o.objects.fails(level):
			v.Failed = append(v.Failed, level)
		case slices.ContainsFunc(o.lacks, func(l lack) bool { return len(l.levels) == 0 || slices.Contains(l.levels, level) }):
			v.Undecided = append(v.Undecided, level)
		}
	}
	for _, l := range o.lacks {
		v.Missing = append(v.Missing, l.what)
	}
	slices.Sort(v.Missing)
	v.Missing = slices.Compact(v.Missing)
	switch {
	case len(v.Failed) > 0:
		v.Status = Failed
	case len(v.Undecided) > 0:
		v.Status = NotEvaluated
	}
	return v
}
