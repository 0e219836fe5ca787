package rule

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/points"
	"hygie/directory/points/reasons"
)

// Context is what predicates share on a domain (docs/schema/directory-audit.schema.json, finding).
type Context struct {
	points.View
	Tool   string // name and version of this program, "hygie 1.2"; "": unknown
	Dir    *model.Directory
	Points []points.Verdict
	scan   *Scan
	read   map[reflect.Type]any // what families keep, see Once
}

// NewContext makes the context of a domain, without the verdicts of its control points (docs/schema/directory-audit.schema.json, finding).
func NewContext(v points.View, s *Scan, tool string) *Context {
	return &Context{View: v, Tool: tool, scan: s, Dir: v.Directory(), read: make(map[reflect.Type]any)}
}

// Once gives what read says the first time that a rule of the domain asks for a T: families keep there what several of their rules
// need, each in a type of its own (docs/schema/directory-audit.schema.json, finding).
func Once[T any](c *Context, read func() T) T {
	kind := reflect.TypeFor[T]()
	if kept, ok := c.read[kind]; ok {
		return kept.(T)
	}
	t := read()
	c.read[kind] = t
	return t
}

// Point gives the verdict of a control point.
func (c *Context) Point(id string) (points.Verdict, bool) {
	i := slices.IndexFunc(c.Points, func(v points.Verdict) bool { return v.Point.ID == id })
	if i < 0 {
		return points.Verdict{}, false
	}
	return c.Points[i], true
}

// Decide gives the verdict of a rule on the domain of a context; without what the rule needs, it is not evaluated
// (docs/schema/directory-audit.schema.json, finding).
func Decide(c *Context, rec Record) Verdict {
	o := &Outcome{Context: c, verdict: Verdict{Rule: rec.Rule}}
	if !c.Collected() && !rec.Forest {
		o.Missing("partition:" + c.Domain().DN)
		return o.end()
	}
	for _, s := range c.Dir.Sources() {
		if s.Partial {
			o.Missing("partial:" + s.Name)
		}
	}
	runs := true
	for _, n := range rec.Needs {
		if !c.Collects(n.Class, n.Attribute) {
			o.Missing(n.Class + ":" + n.Attribute)
			runs = false
		}
	}
	if runs {
		rec.Decide(o)
	}
	return o.end()
}

// Outcome gathers what a predicate says (docs/schema/directory-audit.schema.json, finding).
type Outcome struct {
	*Context
	verdict Verdict
	full    bool // MaxObjects are listed, the first of them sorted
}

// Found reports an object of the directory.
func (o *Outcome) Found(id model.ID, r Reason) {
	if o.beyond(id) {
		o.verdict.Total++
		return
	}
	obj := Object{ID: id, DN: o.Dir.DN(id), SID: o.Dir.SID(id), Reason: r.said()}
	if g := o.Dir.GUID(id); !g.IsZero() {
		obj.GUID = g.String()
	}
	o.add(obj)
}

// beyond tells whether an object would stand behind those that are listed: a rule may find most of a large domain, of which only the
// first ones are worth writing down.
func (o *Outcome) beyond(id model.ID) bool {
	return o.full && id > o.verdict.Objects[MaxObjects-1].ID
}

// FoundName reports what is not an object of the directory: a file, an identifier.
func (o *Outcome) FoundName(name string, r Reason) {
	o.add(Object{ID: model.None, DN: name, Reason: r.said()})
}

// FoundDomain reports a setting or a count of the whole domain.
func (o *Outcome) FoundDomain(r Reason) {
	if root := o.Domain().Root; root != model.None {
		o.Found(root, r)
		return
	}
	o.FoundName(o.Domain().DN, r)
}

func (o *Outcome) add(obj Object) {
	o.verdict.Total++
	o.verdict.Objects = append(o.verdict.Objects, obj)
	if len(o.verdict.Objects) >= 2*MaxObjects {
		o.cut()
	}
}

// cut sorts and keeps the first objects, so that which ones are listed does not depend on the order in which they were met.
func (o *Outcome) cut() {
	slices.SortStableFunc(o.verdict.Objects, func(a, b Object) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), strings.Compare(a.DN, b.DN))
	})
	if len(o.verdict.Objects) > MaxObjects {
		clear(o.verdict.Objects[MaxObjects:])
		o.verdict.Objects = o.verdict.Objects[:MaxObjects]
		o.full = true
	}
}

// Missing says that the rule lacks something: it may find, it cannot be clear.
func (o *Outcome) Missing(what string) {
	if !slices.Contains(o.verdict.Missing, what) && len(o.verdict.Missing) < MaxObjects {
		o.verdict.Missing = append(o.verdict.Missing, what)
	}
}

// RequireConfiguration says what is missing without the configuration partition.
func (o *Outcome) RequireConfiguration() bool {
	if !o.Configured() {
		o.Missing("partition:configuration")
	}
	return o.Configured()
}

// RequireObjects says what is missing when the sources would not have given the objects of a class of the domain.
func (o *Outcome) RequireObjects(class string) bool {
	if !o.Covers(class) {
		o.Missing("objects:" + class)
		return false
	}
	return true
}

// RequireSettings is RequireObjects for the configuration partition.
func (o *Outcome) RequireSettings(classes ...string) {
	for _, class := range classes {
		if !o.Dir.Covers(o.Forest().ConfigurationDN, class) {
			o.Missing("objects:" + class)
		}
	}
}

func (o *Outcome) end() Verdict {
	o.cut()
	slices.Sort(o.verdict.Missing)
	switch {
	case o.verdict.Total > 0:
		o.verdict.Status = Found
	case len(o.verdict.Missing) > 0:
		o.verdict.Status = NotEvaluated
	default:
		o.verdict.Status = Clear
	}
	return o.verdict
}

// Reason is a reason that is not written down yet (docs/schema/directory-audit.schema.json, findingObject).
type Reason struct {
	code  string
	pairs []any // name, value, name, value …
}

// Because makes a reason: a code of package reasons, then name, value, name, value … (docs/schema/directory-audit.schema.json, findingObject)
func Because(code string, pairs ...any) Reason { return Reason{code, pairs} }

// Told makes a reason of what a source has to say of itself (docs/schema/directory-audit.schema.json, warning).
func Told(said reasons.Reason) Reason {
	r := Reason{code: said.Code}
	for _, p := range said.Params {
		r.pairs = append(r.pairs, p.Name, p.Value)
	}
	return r
}

// With gives the reason with one more parameter.
func (r Reason) With(name string, value any) Reason {
	return Reason{r.code, append(slices.Clone(r.pairs), name, value)}
}

func (r Reason) said() reasons.Reason { return reasons.Because(r.code, r.pairs...) }
