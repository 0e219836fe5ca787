package referential

import (
	"regexp"
	"strings"
)

// Format is the version of the file format that this package reads.
const Format = 1

// Read reads one package file. The error holds all faults, each with file, line and column ([Problems]). The bytes may be hostile: the size,
// the depth and the length of texts are bounded.
func Read(file string, data []byte) (*Package, error) {
	return read(file, data, nil)
}

func read(file string, data []byte, watch func(name, key string)) (*Package, error) {
	faults := &problems{file: file}
	r := &reader{problems: faults, watch: watch, used: map[string]*node{}, asked: map[string]*node{}}
	root := parse(faults, data)
	p := &Package{}
	if root != nil {
		r.pkg = p
		r.readPackage(p, root)
	}
	if err := faults.err(); err != nil {
		return nil, err
	}
	return p, nil
}

// reader turns nodes into a package.
type reader struct {
	*problems
	pkg    *Package
	watch  func(name, key string)
	used   map[string]*node // codes of lines
	asked  map[string]*node // codes of questions
	wanted []wanted
}

// The forms of codes.
var (
	idForm      = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	versionForm = regexp.MustCompile(`^[0-9]+(\.[0-9]+){0,2}$`)
	codeForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	keyForm     = regexp.MustCompile(`^[a-z0-9_-]+(\.([a-z0-9_-]+|\*)){0,7}$`)
)

// code reads a code of a form.
func (r *reader) code(o *object, key string, form *regexp.Regexp) string {
	s := o.words(key, true)
	if s != "" && !form.MatchString(s) {
		r.add(o.get(key), "%s: %s %q has not the form of a code (%s)", o.name, key, s, form)
	}
	return s
}

func (r *reader) readPackage(p *Package, n *node) {
	o := r.object("package", n)
	if o == nil {
		return
	}
	if format, ok := o.number("format", 0, 1000); !ok || format != Format {
		r.add(o.node, "package: format must be %d", Format)
	}
	p.ID = r.code(o, "id", idForm)
	p.Version = r.code(o, "version", versionForm)
	if p.Kind = choice(o, "kind", false, Call, Duty, Programme, Guide, Checklist); p.Kind == "" {
		p.Kind = Guide
	}
	p.Title = o.bilingual(r, "title", true)
	p.Aim = o.bilingual(r, "aim", false)
	p.Source = r.source(o)
	p.Validity = r.validity(o)
	// The vocabulary comes before the rules that use it, wherever it stands in the file.
	r.categories(p, o)
	r.suits(p, o)
	r.roles(p, o)
	r.milestones(p, o)
	r.facts(p, o)
	r.documents(p, o)
	r.parameters(p, o)
	r.questionnaire(p, o)
	r.groups(p, o)
	r.references(p, o)
	p.URN = r.urn(o)
	for _, n := range o.items("axes", true) {
		r.axis(p, n)
	}
	r.everyQuestionExists()
	r.noCircle(p)
	o.done()
}

func (r *reader) source(o *object) Source {
	s := r.object("source", o.need("source"))
	if s == nil {
		return Source{}
	}
	defer s.done()
	source := Source{Mark: choice(s, "mark", true, Marks()...), Text: s.bilingual(r, "text", true),
		URL: s.words("url", false), ReadOn: s.day("read_on")}
	if source.URL != "" && !strings.HasPrefix(source.URL, "https://") {
		r.add(s.get("url"), "source: url must begin with https://")
	}
	return source
}

func (r *reader) validity(o *object) Validity {
	v := r.object("valid", o.get("valid"))
	if v == nil {
		return Validity{}
	}
	defer v.done()
	validity := Validity{From: v.day("from"), Until: v.day("until")}
	if !validity.Until.IsZero() && validity.Until.Before(validity.From) {
		r.add(v.node, "valid: until lies before from")
	}
	return validity
}

// line reads what axes, objectives, requirements and criteria have in common.
func (r *reader) line(o *object) Line {
	l := Line{Code: r.code(o, "code", codeForm), Official: o.yes("official"), Title: o.bilingual(r, "title", true), Aim: o.bilingual(r, "aim", false),
		Help: o.bilingual(r, "help", false), Source: r.source(o), Validity: r.validity(o)}
	if l.Official && l.Source.Mark != Sourced && l.Source.Mark != "" {
		r.add(o.node, "%s %s: an official code needs a source with mark sourced", o.name, l.Code)
	}
	if first, twice := r.used[l.Code]; twice && l.Code != "" {
		r.add(o.node, "%s: code %q is already used on line %d", o.name, l.Code, first.line)
	}
	r.used[l.Code] = o.node
	return l
}

func (r *reader) axis(p *Package, n *node) {
	o := r.object("axis", n)
	if o == nil {
		return
	}
	axis := Axis{Line: r.line(o)}
	for _, n := range o.items("objectives", true) {
		if objective, ok := r.objective(n); ok {
			axis.Objectives = append(axis.Objectives, objective)
		}
	}
	o.done()
	p.Axes = append(p.Axes, axis)
}

func (r *reader) objective(n *node) (Objective, bool) {
	o := r.object("objective", n)
	if o == nil {
		return Objective{}, false
	}
	objective := Objective{Line: r.line(o)}
	for _, n := range o.items("requirements", true) {
		if requirement, ok := r.requirement(n); ok {
			objective.Requirements = append(objective.Requirements, requirement)
		}
	}
	o.done()
	return objective, true
}

func (r *reader) requirement(n *node) (Requirement, bool) {
	o := r.object("requirement", n)
	if o == nil {
		return Requirement{}, false
	}
	q := Requirement{Line: r.line(o), URN: r.urn(o), Evidence: o.codes("evidence", false)}
	r.belonging(&q, o)
	for _, code := range q.Evidence {
		r.declaredDocument(o.get("evidence"), code)
	}
	q.Questions = r.questions(o)
	binding := 0
	for _, n := range o.items("criteria", len(q.Questions) == 0) {
		c := r.object("criterion", n)
		if c == nil {
			continue
		}
		criterion := Criterion{Line: r.line(c), Advice: c.yes("advice"), Rule: r.rule(c.need("rule"))}
		c.done()
		if !criterion.Advice {
			binding++
		}
		q.Criteria = append(q.Criteria, criterion)
	}
	if binding == 0 && len(q.Criteria) > 0 {
		r.add(o.node, "requirement %s: all criteria are advice, so nothing would decide the verdict", q.Code)
	}
	if len(q.Criteria) == 0 {
		q.Criteria = r.byAnswers(q)
	}
	o.done()
	return q, true
}
