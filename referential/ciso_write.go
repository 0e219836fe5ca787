package referential

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// WriteCISO gives a package as a framework library of CISO Assistant: axes and objectives as nodes, requirements as assessable nodes with their
// questions, French first with English translations. Rules over facts, parameters, roles and proposals have no place there: a requirement that
// rules decide is written without questions, with its criteria in words. Notes tell what was left out.
func WriteCISO(p *Package) (data []byte, notes []string, err error) {
	w := cisoWriter{pkg: p, base: "urn:hygie:risk:"}
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
	d.set("urn", w.urn("library", ""))
	d.set("locale", "fr")
	d.set("ref_id", p.ID)
	d.set("name", p.Title.FR)
	d.set("description", p.Aim.FR)
	d.set("copyright", p.Source.Text.FR)
	d.set("version", wholeVersion(p.Version))
	d.set("provider", "hygie")
	d.set("packager", "hygie")
	d.set("translations", translations("name", p.Title, "description", p.Aim))
	var objects doc
	objects.set("framework", w.framework())
	d.set("objects", objects)
	return d
}

// wholeVersion makes the whole number that a library has for a version, so that a later version has a greater one.
func wholeVersion(version string) int {
	parts := append(strings.Split(version, "."), "0", "0")
	n := 0
	for i, weight := range []int{10_000, 100, 1} {
		part, err := strconv.Atoi(parts[i])
		if err == nil {
			n += weight * min(part, 9_999)
		}
	}
	if n%10_000 == 0 {
		return n / 10_000
	}
	return n
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
	d.set("urn", w.urn("framework", ""))
	d.set("ref_id", p.ID)
	d.set("name", p.Title.FR)
	d.set("description", p.Aim.FR)
	d.set("translations", translations("name", p.Title, "description", p.Aim))
	d.set("min_score", 0)
	d.set("max_score", scoreOf(p.MaxScore()))
	if top := p.MaxScore(); top == math.Trunc(top) && top <= 100 {
		var levels []doc
		for score := range int(top) + 1 {
			var l doc
			title := p.Level(float64(score))
			if title.IsZero() {
				break
			}
			l.set("score", score)
			l.set("name", title.FR)
			l.set("translations", translations("name", title))
			levels = append(levels, l)
		}
		d.set("scores_definition", levels)
	}
	d.set("requirement_nodes", w.nodes())
	return d
}

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
	annotation := Text{FR: "[" + string(l.Source.Mark) + "] " + l.Source.Text.FR, EN: "[" + string(l.Source.Mark) + "] " + l.Source.Text.EN}
	d.set("name", l.Title.FR)
	d.set("description", description.FR)
	d.set("annotation", annotation.FR)
	d.set("translations", translations("name", l.Title, "description", description, "annotation", annotation))
	return d
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
	if labels := w.evidence(r, French); labels != "" {
		d.set("typical_evidence", labels)
	}
	if len(r.Questions) > 0 {
		weight := 0.0
		var questions doc
		for _, q := range r.Questions {
			weight += q.Weight
			urn := w.urn("req_node", ":"+r.Code) + ":question:" + q.Code
			questions = append(questions, yaml.MapItem{Key: urn, Value: yaml.MapSlice(w.question(q, urn))})
		}
		if weight /= float64(len(r.Questions)); weight != 1 {
			d.set("weight", scoreOf(weight))
		}
		d.set("questions", questions)
	}
	return d
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
	d.set("translations", translations("text", q.Text))
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
