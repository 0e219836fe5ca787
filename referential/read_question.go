package referential

import (
	"regexp"
	"slices"
)

// questionForm is the form of the code of a question, which is also a part of the key of a fact.
var questionForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// questionnaire reads what questions share: the scale, the respondents, the sets of answers.
func (r *reader) questionnaire(p *Package, o *object) {
	if n := o.get("scale"); n != nil {
		r.scale(p, n)
	}
	each(r, o, "respondents", "respondent", func(c *object) string {
		one := Respondent{Code: r.code(c, "code", questionForm), Title: c.bilingual(r, "title", true)}
		p.Respondents = append(p.Respondents, one)
		return one.Code
	})
	each(r, o, "answers", "answer set", func(c *object) string {
		set := AnswerSet{Code: r.code(c, "code", questionForm), Choices: r.choices(c, c.need("choices"))}
		p.Answers = append(p.Answers, set)
		return set.Code
	})
}

func (r *reader) scale(p *Package, n *node) {
	o := r.object("scale", n)
	if o == nil {
		return
	}
	defer o.done()
	if top, ok := o.number("max", 0.01, 1000); ok {
		p.Scale.Max = top
	} else if o.get("max") == nil {
		r.add(n, "scale: %q is missing", "max")
	}
	last := -1.0
	for _, n := range o.items("levels", false) {
		l := r.object("level", n)
		if l == nil {
			continue
		}
		level := Level{Title: l.bilingual(r, "title", true), Help: l.bilingual(r, "help", false)}
		score, ok := l.number("score", 0, p.MaxScore())
		if !ok && l.get("score") == nil {
			r.add(n, "level: %q is missing", "score")
		}
		if level.Score = score; ok && level.Score <= last {
			r.add(n, "level: the scores of the levels must rise")
		}
		last = level.Score
		l.done()
		p.Scale.Levels = append(p.Scale.Levels, level)
	}
}

func (r *reader) choices(o *object, n *node) []Choice {
	if !o.is(n, "choices", list) {
		return nil
	}
	var all []Choice
	for _, n := range n.items {
		c := r.object("choice", n)
		if c == nil {
			continue
		}
		one := Choice{Code: r.code(c, "code", questionForm), Text: c.bilingual(r, "text", true),
			Outcome: choice(c, "outcome", true, OutcomeMet, OutcomePartial, OutcomeNotMet, OutcomeNotApplicable)}
		score, ok := c.number("score", 0, r.pkg.MaxScore())
		if one.Score = score; !ok && c.get("score") == nil && one.Outcome != OutcomeNotApplicable {
			r.add(n, "choice %s: %q is missing", one.Code, "score")
		}
		if one.Code == DontKnow {
			r.add(n, "choice: %q is the answer that every question has already", DontKnow)
		}
		if slices.ContainsFunc(all, func(other Choice) bool { return other.Code == one.Code }) {
			r.add(n, "choice: code %q is used twice", one.Code)
		}
		c.done()
		all = append(all, one)
	}
	if len(all) < 2 {
		r.add(n, "%s: a question needs two choices at least", o.name)
	}
	return all
}

// questions reads the questions of a requirement.
func (r *reader) questions(o *object) []Question {
	var all []Question
	for _, n := range o.items("questions", false) {
		c := r.object("question", n)
		if c == nil {
			continue
		}
		q := Question{Code: r.code(c, "code", questionForm), Text: c.bilingual(r, "text", true), Help: c.bilingual(r, "help", false),
			Example: c.bilingual(r, "example", false), Weight: 1, Who: c.codes("who", false), Improve: r.advice(c, "improve")}
		if weight, ok := c.number("weight", 0.01, 1000); ok {
			q.Weight = weight
		}
		for _, code := range q.Who {
			if !slices.ContainsFunc(r.pkg.Respondents, func(one Respondent) bool { return one.Code == code }) {
				r.add(c.get("who"), "respondent %q is not declared under respondents", code)
			}
		}
		r.chosen(c, &q)
		r.proposed(c, &q)
		c.done()
		if first, twice := r.asked[q.Code]; twice && q.Code != "" {
			r.add(n, "question: code %q is already used on line %d", q.Code, first.line)
		}
		r.asked[q.Code] = n
		all = append(all, q)
	}
	return all
}

// chosen reads the choices of a question: its own, or the name of a set.
func (r *reader) chosen(o *object, q *Question) {
	n := o.need("choices")
	if n == nil {
		return
	}
	if n.form == list {
		q.Choices = r.choices(o, n)
		return
	}
	if !o.is(n, "choices", text) {
		return
	}
	i := slices.IndexFunc(r.pkg.Answers, func(s AnswerSet) bool { return s.Code == n.text })
	if i < 0 {
		r.add(n, "answer set %q is not declared under answers", n.text)
		return
	}
	q.set, q.Choices = n.text, r.pkg.Answers[i].Choices
}

func (r *reader) proposed(o *object, q *Question) {
	for _, n := range o.items("propose", false) {
		c := r.object("proposal", n)
		if c == nil {
			continue
		}
		one := Proposing{Choice: c.words("choice", true), Rule: r.rule(c.need("rule"))}
		if _, ok := q.Choice(one.Choice); !ok && one.Choice != "" {
			r.add(c.get("choice"), "question %s has no choice %q", q.Code, one.Choice)
		}
		c.done()
		q.Propose = append(q.Propose, one)
	}
}

func (r *reader) answerRule(n *node) Rule {
	o := r.object("answer rule", n)
	if o == nil {
		return nil
	}
	defer o.done()
	rule := answerTo(r.pkg.ID, o.words("question", true))
	rule.MaxAge = r.age(o)
	if rule.Question != "" {
		// Questions may stand anywhere in the file: whether this one exists is known at the end.
		r.wanted = append(r.wanted, wanted{o.get("question"), rule.Question})
	}
	return rule
}

// wanted is a question that a rule names.
type wanted struct {
	at       *node
	question string
}

func (r *reader) everyQuestionExists() {
	for _, w := range r.wanted {
		if r.asked[w.question] == nil {
			r.add(w.at, "question %q is not asked by any requirement", w.question)
		}
	}
}

// byAnswers are the criteria of a requirement that gives none: one for each question.
func (r *reader) byAnswers(q Requirement) []Criterion {
	var all []Criterion
	for _, one := range q.Questions {
		all = append(all, Criterion{Line: Line{Code: one.Code, Title: one.Text, Help: one.Help, Source: q.Source}, Rule: answerTo(r.pkg.ID, one.Code), implied: true})
	}
	return all
}
