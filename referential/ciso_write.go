package referential

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// WriteCISO gives a package as a framework library of CISO Assistant: axes and objectives as nodes, requirements as assessable nodes with their
// questions, French first with English translations. Rules over facts, parameters, roles and proposals have no place there: a requirement that
// rules decide is written without questions, with its criteria in words. Notes tell what was left out.
func WriteCISO(p *Package) (data []byte, notes []string, err error) {
	w := cisoWriter{pkg: p, base: ownURN}
	var e emitter
	if err := e.mapping(yaml.MapSlice(w.library()), 0, false); err != nil {
		return nil, nil, fmt.Errorf("write package %s for CISO Assistant: %w", p.ID, err)
	}
	rules := 0
	for _, r := range p.Requirements() {
		for _, c := range r.Criteria {
			if !c.implied {
				rules++
			}
		}
	}
	if rules > 0 {
		notes = append(notes, fmt.Sprintf("%d criteria are decided by rules over facts: written as words only", rules))
	}
	if len(p.Parameters) > 0 {
		notes = append(notes, fmt.Sprintf("%d parameters: not carried over", len(p.Parameters)))
	}
	return []byte(e.out.String()), notes, nil
}

type cisoWriter struct {
	pkg  *Package
	base string
}

func (w cisoWriter) urn(kind, rest string) string {
	return w.base + kind + ":" + w.pkg.ID + strings.ToLower(rest)
}

func (w cisoWriter) library() (d doc) {
	p := w.pkg
	d.set("urn", w.libraryURN())
	d.set("locale", "fr")
	d.set("ref_id", p.ID)
	d.set("name", p.Title.FR)
	d.set("description", p.Aim.FR)
	d.set("copyright", p.Source.Text.FR)
	d.set("version", wholeVersion(p.Version))
	d.set("provider", "hygie")
	d.set("packager", cisoPackager)
	source := annotation(p.Source)
	d.set("annotation", source.FR)
	d.set("translations", translations("name", p.Title, "description", p.Aim, "annotation", source))
	var objects doc
	objects.set("reference_controls", w.references(ReferenceControl))
	objects.set("threats", w.references(ReferenceThreat))
	objects.set("framework", w.framework())
	d.set("dependencies", w.dependencies())
	d.set("objects", objects)
	return d
}

// cisoPackager is who makes the libraries that [WriteCISO] writes.
const cisoPackager = "hygie"

// The whole number that a library has for a version holds two digits for each part after the first, so that a later version has a greater one.
const (
	versionPart  = 100
	versionFirst = versionPart * versionPart
)

// wholeVersion makes that number. A version of one number is that number.
func wholeVersion(version string) int {
	parts := strings.Split(version, ".")
	var n [3]int
	for i := range min(len(parts), len(n)) {
		part, err := strconv.Atoi(parts[i])
		if err != nil {
			return 1
		}
		n[i] = part
	}
	if len(parts) == 1 {
		return n[0]
	}
	return n[0]*versionFirst + min(n[1], versionPart-1)*versionPart + min(n[2], versionPart-1)
}

// versionOf reads it back.
func versionOf(whole float64) string {
	n := int(math.Min(math.Max(whole, 0), 1e12))
	first, second, third := n/versionFirst, n/versionPart%versionPart, n%versionPart
	switch {
	case first == 0:
		return strconv.Itoa(n)
	case third == 0:
		return fmt.Sprintf("%d.%d", first, second)
	}
	return fmt.Sprintf("%d.%d.%d", first, second, third)
}

// translations are the English words of some keys.
func translations(pairs ...any) doc {
	var english, d doc
	for i := 0; i+1 < len(pairs); i += 2 {
		if t, ok := pairs[i+1].(Text); ok {
			if key, ok := pairs[i].(string); ok {
				english.set(key, t.EN)
			}
		}
	}
	d.set("en", english)
	return d
}

func (w cisoWriter) framework() (d doc) {
	p := w.pkg
	d.set("urn", w.frameworkURN())
	d.set("ref_id", p.ID)
	d.set("name", p.Title.FR)
	d.set("description", p.Aim.FR)
	d.set("translations", translations("name", p.Title, "description", p.Aim))
	d.set("min_score", 0)
	d.set("max_score", scoreOf(p.MaxScore()))
	var levels []doc
	for _, l := range wholeLevels(p) {
		var one doc
		one.set("score", scoreOf(l.Score))
		one.set("name", l.Title.FR)
		one.set("description", l.Help.FR)
		one.set("translations", translations("name", l.Title, "description", l.Help))
		levels = append(levels, one)
	}
	if len(levels) > 0 {
		d.set("scores_definition", levels)
	}
	d.set("implementation_groups_definition", docs(p.Groups, cisoGroup))
	d.set("requirement_nodes", w.nodes())
	return d
}

// wholeLevels are the levels of a package as a library may have them, whose scores are whole: its own, else those that whole scores reach.
func wholeLevels(p *Package) []Level {
	whole := func(l Level) bool { return l.Score == math.Trunc(l.Score) }
	if own := p.Scale.Levels; len(own) > 0 && !slices.ContainsFunc(own, func(l Level) bool { return !whole(l) }) {
		return own
	}
	var all []Level
	for score := 0.0; score <= math.Min(p.MaxScore(), mostLevels); score++ {
		if title := p.Level(score); !title.IsZero() {
			all = append(all, Level{Score: score, Title: title})
		}
	}
	return all
}

// mostLevels is up to which score levels are written one by one.
const mostLevels = 100

// scoreOf is a whole number where it can be one.
func scoreOf(score float64) any {
	if score == math.Trunc(score) {
		return int(score)
	}
	return score
}

func (w cisoWriter) nodes() []doc {
	var all []doc
	for _, a := range w.pkg.Axes {
		axis := w.node(a.Line, "", 1, false)
		all = append(all, axis)
		for _, o := range a.Objectives {
			all = append(all, w.node(o.Line, a.Code, 2, false))
			for _, r := range o.Requirements {
				all = append(all, w.requirement(r, o.Code))
			}
		}
	}
	return all
}

func (w cisoWriter) node(l Line, parent string, depth int, assessable bool) (d doc) {
	d.set("urn", w.urn("req_node", ":"+l.Code))
	d = append(d, yaml.MapItem{Key: "assessable", Value: assessable}) // set would leave out a no
	d.set("depth", depth)
	if parent != "" {
		d.set("parent_urn", w.urn("req_node", ":"+parent))
	}
	d.set("ref_id", l.Code)
	description := Text{FR: paragraphs(l.Aim.FR, l.Help.FR), EN: paragraphs(l.Aim.EN, l.Help.EN)}
	source := annotation(l.Source)
	d.set("name", l.Title.FR)
	d.set("description", description.FR)
	d.set("annotation", source.FR)
	d.set("translations", translations("name", l.Title, "description", description, "annotation", source))
	return d
}

// annotation says where a line comes from, and how sure that is.
func annotation(s Source) Text {
	mark := "[" + string(s.Mark) + "] "
	return Text{FR: mark + s.Text.FR, EN: mark + s.Text.EN}
}

func paragraphs(texts ...string) string {
	var kept []string
	for _, t := range texts {
		if t != "" {
			kept = append(kept, t)
		}
	}
	return strings.Join(kept, "\n\n")
}

func (w cisoWriter) requirement(r Requirement, parent string) doc {
	l := r.Line
	for _, c := range r.Criteria {
		if !c.implied {
			l.Help = Text{FR: paragraphs(l.Help.FR, "– "+c.Title.FR), EN: paragraphs(l.Help.EN, "– "+c.Title.EN)}
		}
	}
	d := w.node(l, parent, 3, true)
	if r.URN != "" {
		d[0].Value = r.URN
	}
	w.belonging(&d, r)
	if labels := w.evidence(r, French); labels != "" {
		d.set("typical_evidence", labels)
	}
	if len(r.Questions) == 1 && w.implied(r, r.Questions[0]) {
		if weight := r.Questions[0].Weight; weight != 1 {
			d.set("weight", scoreOf(weight))
		}
		return d
	}
	if len(r.Questions) > 0 {
		weight := 0.0
		var questions doc
		for _, q := range r.Questions {
			weight += q.Weight
			urn := w.requirementURN(r) + ":question:" + q.Code
			questions = append(questions, yaml.MapItem{Key: urn, Value: yaml.MapSlice(w.question(q, urn))})
		}
		if weight /= float64(len(r.Questions)); weight != 1 {
			d.set("weight", scoreOf(weight))
		}
		d.set("questions", questions)
	}
	return d
}

// implied tells a question that asks for the requirement itself, by the scores of the framework: a library needs none for that.
func (w cisoWriter) implied(r Requirement, q Question) bool {
	return q.Text == r.Title && q.Help == r.Help && reflect.DeepEqual(q.Choices, compliance(Scale{Max: w.pkg.MaxScore(), Levels: wholeLevels(w.pkg)}))
}

func (w cisoWriter) evidence(r Requirement, lang Lang) string {
	var labels []string
	for _, code := range r.Evidence {
		for _, k := range w.pkg.Documents {
			if k.Code == code {
				labels = append(labels, "- "+k.Label.In(lang))
			}
		}
	}
	return strings.Join(labels, "\n")
}

func (w cisoWriter) question(q Question, urn string) (d doc) {
	d.set("type", "unique_choice")
	d.set("text", q.Text.FR)
	help := Text{FR: paragraphs(q.Help.FR, q.Example.FR), EN: paragraphs(q.Help.EN, q.Example.EN)}
	d.set("annotation", help.FR)
	d.set("translations", translations("text", q.Text, "annotation", help))
	var choices []doc
	for _, c := range q.Choices {
		var one doc
		one.set("urn", urn+":choice:"+c.Code)
		one.set("value", c.Text.FR)
		if c.Outcome != OutcomeNotApplicable {
			one.set("add_score", scoreOf(c.Score))
		}
		one.set("compute_result", map[Outcome]string{OutcomeMet: "compliant", OutcomePartial: "partially_compliant", OutcomeNotMet: "non_compliant", OutcomeNotApplicable: "not_applicable"}[c.Outcome])
		one.set("translations", translations("value", c.Text))
		choices = append(choices, one)
	}
	d.set("choices", choices)
	return d
}
