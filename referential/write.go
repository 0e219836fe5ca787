package referential

import (
	"fmt"
	"time"

	"github.com/goccy/go-yaml"
)

// Write gives a package as a file that [Read] reads back into an equal package. The layout is always the same; comments of a file that was read
// are not kept.
func Write(p *Package) ([]byte, error) {
	var e emitter
	if err := e.mapping(yaml.MapSlice(fileOf(p)), 0, false); err != nil {
		return nil, fmt.Errorf("write package %s: %w", p.ID, err)
	}
	return []byte(e.out.String()), nil
}

// doc is a mapping of the file, in order.
type doc yaml.MapSlice

// set adds a key, unless its value says nothing.
func (d *doc) set(key string, value any) {
	switch v := value.(type) {
	case nil:
		return
	case string:
		if v == "" {
			return
		}
	case bool:
		if !v {
			return
		}
	case Text:
		if v.IsZero() {
			return
		}
		value = yaml.MapSlice{{Key: "fr", Value: v.FR}, {Key: "en", Value: v.EN}}
	case time.Time:
		if v.IsZero() {
			return
		}
		value = v.Format(time.DateOnly)
	case []string:
		if len(v) == 0 {
			return
		}
	case doc:
		if len(v) == 0 {
			return
		}
		value = yaml.MapSlice(v)
	case []doc:
		if len(v) == 0 {
			return
		}
		list := make([]yaml.MapSlice, len(v))
		for i, one := range v {
			list[i] = yaml.MapSlice(one)
		}
		value = list
	case Value:
		value = scalarOf(v)
		if value == nil {
			return
		}
	}
	*d = append(*d, yaml.MapItem{Key: key, Value: value})
}

// scalarOf is a value as the file has it.
func scalarOf(v Value) any {
	switch v.Kind {
	case NumberKind:
		return v.Number
	case BoolKind:
		return v.Bool
	case DateKind:
		return v.Date.Format(time.DateOnly)
	case TextKind:
		return v.Text
	}
	return nil
}

func docs[T any](list []T, write func(T) doc) []doc {
	all := make([]doc, len(list))
	for i, one := range list {
		all[i] = write(one)
	}
	return all
}

func fileOf(p *Package) (d doc) {
	d.set("format", Format)
	d.set("id", p.ID)
	d.set("version", p.Version)
	if p.Kind != Guide {
		d.set("kind", string(p.Kind))
	}
	d.set("title", p.Title)
	d.set("aim", p.Aim)
	d.set("source", sourceOf(p.Source))
	d.set("valid", validityOf(p.Validity))
	d.set("categories", docs(p.Categories, categoryOf))
	d.set("suits", p.Suits)
	d.set("roles", docs(p.Roles, func(r Role) (d doc) { d.set("code", r.Code); d.set("title", r.Title); return d }))
	d.set("milestones", docs(p.Milestones, milestoneOf))
	d.set("parameters", docs(p.Parameters, parameterOf))
	d.set("facts", docs(p.Facts, factOf))
	d.set("documents", docs(p.Documents, documentOf))
	if p.Scale.Max > 0 {
		var s doc
		s.set("max", p.Scale.Max)
		s.set("levels", docs(p.Scale.Levels, func(l Level) (d doc) {
			d.set("score", l.Score)
			d.set("title", l.Title)
			d.set("help", l.Help)
			return d
		}))
		d.set("scale", s)
	}
	d.set("respondents", docs(p.Respondents, func(r Respondent) (d doc) { d.set("code", r.Code); d.set("title", r.Title); return d }))
	d.set("answers", docs(p.Answers, func(s AnswerSet) (d doc) {
		d.set("code", s.Code)
		d.set("choices", docs(s.Choices, choiceOf))
		return d
	}))
	d.set("groups", docs(p.Groups, groupOf))
	d.set("references", docs(p.References, referenceOf))
	d.set("urn", p.URN)
	d.set("axes", docs(p.Axes, axisOf))
	return d
}

func sourceOf(s Source) (d doc) {
	d.set("mark", string(s.Mark))
	d.set("text", s.Text)
	d.set("url", s.URL)
	d.set("read_on", s.ReadOn)
	return d
}

func validityOf(v Validity) (d doc) {
	d.set("from", v.From)
	d.set("until", v.Until)
	return d
}

func categoryOf(c Category) (d doc) {
	d.set("code", c.Code)
	d.set("title", c.Title)
	d.set("ineligible", c.Ineligible)
	d.set("source", sourceOf(c.Source))
	return d
}

func milestoneOf(m Milestone) (d doc) {
	d.set("code", m.Code)
	d.set("title", m.Title)
	d.set("date", m.Date)
	var former []string
	for _, day := range m.Former {
		former = append(former, day.Format(time.DateOnly))
	}
	d.set("former", former)
	d.set("source", sourceOf(m.Source))
	return d
}

func parameterOf(p Parameter) (d doc) {
	d.set("code", p.Code)
	d.set("kind", string(p.Kind))
	d.set("title", p.Title)
	d.set("help", p.Help)
	d.set("value", p.Value)
	if p.Min != nil {
		d.set("min", *p.Min)
	}
	if p.Max != nil {
		d.set("max", *p.Max)
	}
	d.set("one_of", p.OneOf)
	d.set("source", sourceOf(p.Source))
	return d
}

func factOf(k FactKind) (d doc) {
	d.set("key", k.Key)
	d.set("kind", string(k.Kind))
	d.set("label", k.Label)
	d.set("one", k.One)
	d.set("many", k.Many)
	d.set("scale", k.Scale)
	d.set("meanings", docs(k.Meanings, func(m Meaning) (d doc) { d.set("value", m.Value); d.set("text", m.Text); return d }))
	d.set("obtain", adviceOf(k.Obtain))
	d.set("improve", adviceOf(k.Improve))
	return d
}

func documentOf(k DocumentKind) (d doc) {
	d.set("code", k.Code)
	d.set("label", k.Label)
	d.set("help", k.Help)
	d.setEffort(k.Effort)
	d.set("source", sourceOf(k.Source))
	return d
}

func adviceOf(a Advice) (d doc) {
	d.set("act", a.Act)
	d.set("text", a.Text)
	d.setEffort(a.Effort)
	return d
}

func (d *doc) setEffort(effort int) {
	if effort > 0 {
		d.set("effort", effort)
	}
}

func choiceOf(c Choice) (d doc) {
	d.set("code", c.Code)
	d.set("text", c.Text)
	if c.Outcome != OutcomeNotApplicable || c.Score != 0 {
		d.set("score", c.Score)
	}
	d.set("outcome", string(c.Outcome))
	return d
}

// lineOf writes what axes, objectives, requirements and criteria have in common.
func lineOf(l Line) (d doc) {
	d.set("code", l.Code)
	d.set("official", l.Official)
	d.set("title", l.Title)
	d.set("aim", l.Aim)
	d.set("help", l.Help)
	d.set("source", sourceOf(l.Source))
	d.set("valid", validityOf(l.Validity))
	return d
}

func axisOf(a Axis) doc {
	d := lineOf(a.Line)
	d.set("objectives", docs(a.Objectives, objectiveOf))
	return d
}

func objectiveOf(o Objective) doc {
	d := lineOf(o.Line)
	d.set("requirements", docs(o.Requirements, requirementOf))
	return d
}

func requirementOf(r Requirement) doc {
	d := lineOf(r.Line)
	d.set("urn", r.URN)
	d.set("groups", r.Groups)
	d.set("references", r.References)
	d.set("evidence", r.Evidence)
	d.set("questions", docs(r.Questions, questionOf))
	var written []Criterion
	for _, c := range r.Criteria {
		if !c.implied {
			written = append(written, c)
		}
	}
	d.set("criteria", docs(written, criterionOf))
	return d
}

func criterionOf(c Criterion) doc {
	d := lineOf(c.Line)
	d.set("advice", c.Advice)
	d.set("rule", ruleOf(c.Rule))
	return d
}

func questionOf(q Question) (d doc) {
	d.set("code", q.Code)
	d.set("text", q.Text)
	d.set("help", q.Help)
	d.set("example", q.Example)
	if q.Weight != 1 {
		d.set("weight", q.Weight)
	}
	d.set("who", q.Who)
	if q.set != "" {
		d.set("choices", q.set)
	} else {
		d.set("choices", docs(q.Choices, choiceOf))
	}
	d.set("propose", docs(q.Propose, func(p Proposing) (d doc) { d.set("choice", p.Choice); d.set("rule", ruleOf(p.Rule)); return d }))
	d.set("improve", adviceOf(q.Improve))
	return d
}
