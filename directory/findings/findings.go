// Package findings tells what is worth knowing of a directory beside the control points: the warnings and informations of the
// same list, which never change the level, and weaknesses that the list does not have.
//
//	survey := points.NewSurvey(dir, points.Options{AsOf: asOf})
//	for _, r := range findings.Evaluate(survey, survey.Points(), findings.Options{}) {
//		for _, v := range r.Verdicts { … v.Rule.ID, v.Status, v.Objects … }
//	}
//
// A rule is a record: identifier, kind, severity, source, and one predicate that gives the verdict and its objects at once. A
// rule that lacks data is not evaluated and says what is missing; it is never clear. What the directory cannot tell (the
// registry of a certification authority, say) is a rule too, so that nobody takes silence for safety.
//
// Who is privileged, and whose rights are no weakness, is what package points says. Thresholds that the list does not give
// are ours; each stands beside its rule with the reason for it.
//
// Texts are in fr/beyond.toml and en/beyond.toml for our own rules, and in package guidance for the warnings and
// informations of the list.
package findings

import (
	"cmp"
	"slices"
	"strings"

	"hygie/directory/model"
	"hygie/directory/points"
	"hygie/directory/points/reasons"
	"hygie/directory/sid"
)

// Kind tells where a rule comes from.
type Kind string

// The kinds.
const (
	Warning     Kind = "warning"     // a warning of the list of control points
	Information Kind = "information" // an information of that list
	Beyond      Kind = "beyond"      // a weakness that the list does not have
)

// Severity tells how much a finding matters.
type Severity string

// The severities, from the control of the directory at once to a mere fact.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
	Info     Severity = "info"
)

// Status is the outcome of a rule on a domain.
type Status string

// The outcomes.
const (
	Found        Status = "found"
	Clear        Status = "clear"
	NotEvaluated Status = "not_evaluated"
)

// Rule is a rule, as data.
type Rule struct {
	ID       string
	Kind     Kind
	Severity Severity
	Source   string // document or article that describes the weakness
	Forest   bool   // decided once for the forest: the same verdict in each of its domains
}

// Object is an object that a rule found. ID is model.None for what is not an object: a file, a name.
type Object struct {
	ID     model.ID
	DN     string
	SID    sid.SID
	GUID   string
	Reason reasons.Reason
}

// Verdict is the outcome of a rule on a domain.
type Verdict struct {
	Rule    Rule
	Status  Status
	Missing []string // what was lacking, as in points.Verdict
	Objects []Object // at most MaxObjects
	Total   int      // objects found, those not listed included
}

// MaxObjects bounds the objects listed by a verdict; Total counts them all.
const MaxObjects = 1000

// Result is the outcome of every rule on a domain.
type Result struct {
	Domain   model.DomainInfo
	Verdicts []Verdict
}

// Options of an evaluation.
type Options struct {
	Tool string // name and version of this program, "hygie 1.2", to tell a collection of an older one; "": unknown
}

// record is a rule and how to decide it.
type record struct {
	Rule
	needs  []need // without one of these the predicate does not run
	decide func(*outcome)
}

// need is an attribute that a predicate uses, on the objects of a class of the domain.
type need struct{ class, attribute string }

// Rules lists the rules, warnings first, then informations, then our own. The caller owns the result.
func Rules() []Rule {
	var out []Rule
	for _, r := range records() {
		out = append(out, r.Rule)
	}
	return out
}

func records() []record {
	return slices.Concat(warningRecords(), informationRecords(), beyondRecords())
}

// Evaluate decides every rule on every domain. The results of the points, in the same order of domains, tell a warning "below
// the threshold" from a point that failed.
func Evaluate(s *points.Survey, results []points.Result, o Options) []Result {
	table := records()
	shared := make(map[string]Verdict) // rules of the forest, by rule and forest
	scans := make(map[string]*scan)
	var out []Result
	for i, v := range s.Views() {
		root := v.Forest().RootDN
		if scans[root] == nil {
			scans[root] = newScan(v)
		}
		c := &context{View: v, options: o, scan: scans[root], dir: v.Directory()}
		if i < len(results) {
			c.points = results[i].Verdicts
		}
		r := Result{Domain: v.Domain()}
		for _, rec := range table {
			key := rec.ID + " " + root
			verdict, done := shared[key]
			if !done {
				verdict = decide(c, rec)
				if rec.Forest {
					shared[key] = verdict
				}
			}
			r.Verdicts = append(r.Verdicts, verdict)
		}
		out = append(out, r)
	}
	return out
}

// context is what predicates share on a domain.
type context struct {
	points.View
	options Options
	dir     *model.Directory
	points  []points.Verdict
	scan    *scan
	pki     *pki // filled by templates
}

// point gives the verdict of a control point.
func (c *context) point(id string) (points.Verdict, bool) {
	i := slices.IndexFunc(c.points, func(v points.Verdict) bool { return v.Point.ID == id })
	if i < 0 {
		return points.Verdict{}, false
	}
	return c.points[i], true
}

func decide(c *context, rec record) Verdict {
	o := &outcome{context: c, verdict: Verdict{Rule: rec.Rule}}
	if !c.Collected() && !rec.Forest {
		o.missing("partition:" + c.Domain().DN)
		return o.end()
	}
	for _, s := range c.dir.Sources() {
		if s.Partial {
			o.missing("partial:" + s.Name)
		}
	}
	runs := true
	for _, n := range rec.needs {
		if !c.Collects(n.class, n.attribute) {
			o.missing(n.class + ":" + n.attribute)
			runs = false
		}
	}
	if runs {
		rec.decide(o)
	}
	return o.end()
}

// outcome gathers what a predicate says.
type outcome struct {
	*context
	verdict Verdict
	full    bool // MaxObjects are listed, the first of them sorted
}

func (o *outcome) found(id model.ID, r reason) {
	if o.beyond(id) {
		o.verdict.Total++
		return
	}
	obj := Object{ID: id, DN: o.dir.DN(id), SID: o.dir.SID(id), Reason: r.said()}
	if g := o.dir.GUID(id); !g.IsZero() {
		obj.GUID = g.String()
	}
	o.add(obj)
}

// beyond tells whether an object would stand behind those that are listed: a rule may find most of a large domain, of which only the
// first ones are worth writing down.
func (o *outcome) beyond(id model.ID) bool {
	return o.full && id > o.verdict.Objects[MaxObjects-1].ID
}

// foundName reports what is not an object of the directory: a file, an identifier.
func (o *outcome) foundName(name string, r reason) {
	o.add(Object{ID: model.None, DN: name, Reason: r.said()})
}

// foundDomain reports a setting or a count of the whole domain.
func (o *outcome) foundDomain(r reason) {
	if root := o.Domain().Root; root != model.None {
		o.found(root, r)
		return
	}
	o.foundName(o.Domain().DN, r)
}

func (o *outcome) add(obj Object) {
	o.verdict.Total++
	o.verdict.Objects = append(o.verdict.Objects, obj)
	if len(o.verdict.Objects) >= 2*MaxObjects {
		o.cut()
	}
}

// cut sorts and keeps the first objects, so that which ones are listed does not depend on the order in which they were met.
func (o *outcome) cut() {
	slices.SortStableFunc(o.verdict.Objects, func(a, b Object) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), strings.Compare(a.DN, b.DN))
	})
	if len(o.verdict.Objects) > MaxObjects {
		clear(o.verdict.Objects[MaxObjects:])
		o.verdict.Objects = o.verdict.Objects[:MaxObjects]
		o.full = true
	}
}

// missing says that the rule lacks something: it may find, it cannot be clear.
func (o *outcome) missing(what string) {
	if !slices.Contains(o.verdict.Missing, what) && len(o.verdict.Missing) < MaxObjects {
		o.verdict.Missing = append(o.verdict.Missing, what)
	}
}

// configured says what is missing without the configuration partition.
func (o *outcome) configured() bool {
	if !o.Configured() {
		o.missing("partition:configuration")
	}
	return o.Configured()
}

// covers says what is missing when the sources would not have given the objects of a class of the domain.
func (o *outcome) covers(class string) bool {
	if !o.Covers(class) {
		o.missing("objects:" + class)
		return false
	}
	return true
}

// coversSettings is covers for the configuration partition.
func (o *outcome) coversSettings(classes ...string) {
	for _, class := range classes {
		if !o.dir.Covers(o.Forest().ConfigurationDN, class) {
			o.missing("objects:" + class)
		}
	}
}

func (o *outcome) end() Verdict {
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

// reason is a reason that is not written down yet.
type reason struct {
	code  string
	pairs []any // name, value, name, value …
}

func because(code string, pairs ...any) reason { return reason{code, pairs} }

func (r reason) said() reasons.Reason { return reasons.Because(r.code, r.pairs...) }
