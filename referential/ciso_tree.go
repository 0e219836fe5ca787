package referential

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// limb is a requirement node of a library with those below it.
type limb struct {
	object   *object
	urn      string
	children []*limb
	reached  bool
}

// tree reads the flat list of nodes, by the parent that each names.
func (l *library) tree(p *Package, framework *object) {
	byURN := map[string]*limb{}
	var all []*limb
	for _, n := range framework.items("requirement_nodes", true) {
		o := l.object("requirement node", n)
		if o == nil {
			continue
		}
		one := &limb{object: o, urn: words(o.get("urn"))}
		if byURN[one.urn] != nil && one.urn != "" {
			l.add(n, "requirement node: urn %s is already used on line %d", cut(one.urn, 200), byURN[one.urn].object.node.line)
			continue
		}
		byURN[one.urn] = one
		all = append(all, one)
	}
	var top []*limb
	for _, one := range all {
		switch parent := words(one.object.get("parent_urn")); {
		case parent == "":
			top = append(top, one)
		case byURN[parent] == nil:
			l.add(one.object.get("parent_urn"), "requirement node: parent_urn %s is no node of this framework", cut(parent, 200))
		default:
			byURN[parent].children = append(byURN[parent].children, one)
		}
	}
	for _, one := range top {
		one.reach()
	}
	for _, one := range all {
		if !one.reached && len(l.list) == 0 {
			l.add(one.object.node, "requirement node: its parents turn in a circle")
		}
	}
	if len(l.list) > 0 {
		return
	}
	for _, one := range top {
		l.axis(p, one)
	}
	if len(p.Axes) == 0 {
		l.add(framework.node, "framework: no node is assessable")
	}
}

// reach marks the nodes below one, without walking a circle: none leads back to a top.
func (b *limb) reach() {
	for queue := []*limb{b}; len(queue) > 0; queue = queue[1:] {
		queue[0].reached = true
		queue = append(queue, queue[0].children...)
	}
}

func (b *limb) assessable() bool {
	n := b.object.get("assessable")
	return n != nil && n.form == boolean && n.text == "true"
}

// axis turns a node of the first depth, with what is below, into an axis; one without anything assessable is left out.
func (l *library) axis(p *Package, b *limb) {
	axis := Axis{Line: l.line(b)}
	own := Objective{Line: Line{Title: axis.Title, Source: axis.Source}}
	if b.assessable() {
		own.Requirements = append(own.Requirements, l.requirement(p, b))
	}
	var deep []Objective
	for _, child := range b.children {
		if child.assessable() && len(child.children) == 0 {
			own.Requirements = append(own.Requirements, l.requirement(p, child))
			continue
		}
		o := Objective{Line: l.line(child)}
		if o.Requirements = l.leaves(p, nil, child, 2); len(o.Requirements) > 0 {
			deep = append(deep, o)
		}
	}
	if len(own.Requirements) > 0 {
		own.Code = free(l.taken, axis.Code+".0")
		axis.Objectives = append(axis.Objectives, own)
	}
	axis.Objectives = append(axis.Objectives, deep...)
	if len(axis.Objectives) == 0 {
		l.note(b.object.node, "%s: nothing below can be assessed; left out", axis.Code)
		return
	}
	p.Axes = append(p.Axes, axis)
}

// deepest is how many levels of nodes are followed.
const deepest = 64

// leaves gives the requirements of a node and all below it, in order.
func (l *library) leaves(p *Package, all []Requirement, b *limb, depth int) []Requirement {
	if depth > deepest {
		l.note(b.object.node, "nodes below depth %d are left out", deepest)
		return all
	}
	if b.assessable() {
		all = append(all, l.requirement(p, b))
	}
	for _, child := range b.children {
		all = l.leaves(p, all, child, depth+1)
	}
	return all
}

// line reads what every node has. An assessable node that also divides gives two lines, with two codes.
func (l *library) line(b *limb) Line {
	o := b.object
	ref := words(o.get("ref_id"))
	line := Line{Code: l.code(ref, b.urn), Title: l.text(o, "name"), Help: l.text(o, "description")}
	if line.Title.IsZero() {
		line.Title = Text{FR: cut(line.Help.FR, 200), EN: cut(line.Help.EN, 200)}
	}
	if line.Title.IsZero() {
		line.Title = Text{FR: line.Code, EN: line.Code}
	}
	if line.Title == line.Help {
		line.Help = Text{}
	}
	if !l.own {
		for _, key := range []string{"annotation", "typical_evidence"} {
			line.Help = l.both(line.Help, l.text(o, key))
		}
	}
	name := cut(firstOf(ref, line.Code), 80)
	line.Source = Source{Mark: Derived, Text: Text{FR: "Bibliothèque importée, ligne " + name, EN: "Imported library, line " + name}}
	if source, ok := l.source(o); ok {
		line.Source = source
	}
	return line
}

func (l *library) requirement(p *Package, b *limb) Requirement {
	r := Requirement{Line: l.line(b)}
	weight := 1.0
	if n := b.object.get("weight"); n != nil && n.form == numeric && n.number >= 0.01 && n.number <= 1000 {
		weight = n.number
	}
	r.URN = l.urnOf(b.object.get("urn"))
	l.belonging(p, &r, b.object)
	if n := b.object.get("importance"); n != nil && words(n) != "undefined" {
		l.note(n, "importance of requirements: not carried over")
	}
	switch all := b.object.get("questions"); {
	case all == nil:
	case all.form != mapping:
		l.note(all, "questions that are not named by their URN are left out")
	default:
		for _, e := range all.pairs {
			if q, ok := l.oneQuestion(r, e.key, e.value); ok {
				q.Weight = weight
				r.Questions = append(r.Questions, q)
			}
		}
	}
	if len(r.Questions) == 0 {
		r.Questions = []Question{{Code: l.question(r.Code), Text: r.Title, Help: r.Help, Weight: weight, Choices: l.scores, set: cisoSet}}
	}
	return r
}

// oneQuestion reads a question with one answer; others have no place in a package.
func (l *library) oneQuestion(r Requirement, urn, n *node) (Question, bool) {
	o := l.object("question", n)
	if o == nil {
		return Question{}, false
	}
	switch kind := words(o.get("type")); kind {
	case "unique_choice", "":
	default:
		l.note(urn, "questions of type %s: not carried over; compliance is asked instead when a requirement has no other", cut(kind, 40))
		return Question{}, false
	}
	if on := o.get("depends_on"); on != nil {
		l.note(on, "questions that depend on another are asked always")
	}
	q := Question{Code: l.question(tail(urn.text, r.Code)), Text: l.text(o, "text"), Help: l.text(o, "annotation"), Weight: 1}
	if q.Text.IsZero() {
		q.Text = r.Title
	}
	choices := o.items("choices", false)
	best, judged := l.best(choices)
	if len(choices) > 0 && !judged {
		l.note(urn, "questions whose choices have neither score nor result decide nothing and are left out")
		return Question{}, false
	}
	taken := map[string]bool{}
	for i, n := range choices {
		if c := l.object("choice", n); c != nil {
			one := l.oneChoice(c, i, best)
			one.Code = free(taken, one.Code)
			q.Choices = append(q.Choices, one)
		}
	}
	if len(q.Choices) < 2 {
		l.note(urn, "%s: a question with fewer than two choices is left out", r.Code)
		return Question{}, false
	}
	return q, true
}

// best is the highest score of some choices, from the bottom of the scale, and whether any says what it means. Scores of the questions of one
// requirement may be made to add up to the scale, so that the best choice of one of them lies below its top.
func (l *library) best(choices []*node) (best float64, judged bool) {
	for _, n := range choices {
		if n.form != mapping {
			continue
		}
		for _, e := range n.pairs {
			switch {
			case e.key.text == "compute_result" && words(e.value) != "":
				judged = true
			case e.key.text == "add_score" && e.value.form == numeric:
				best, judged = math.Max(best, e.value.number-l.low), true
			}
		}
	}
	if best <= 0 || best > l.high-l.low {
		best = l.high - l.low
	}
	return best, judged
}

func (l *library) oneChoice(c *object, i int, best float64) Choice {
	choice := Choice{Code: tail(words(c.get("urn")), "c"+strconv.Itoa(i+1)), Text: l.text(c, "value")}
	if choice.Text.IsZero() {
		choice.Text = Text{FR: choice.Code, EN: choice.Code}
	}
	top := l.high - l.low
	scored := false
	if n := c.get("add_score"); n != nil && n.form == numeric {
		choice.Score, scored = math.Min(math.Max(n.number-l.low, 0), top), true
		if choice.Score != n.number-l.low {
			l.note(n, "scores outside the scale are brought to its bounds")
		}
	}
	switch words(c.get("compute_result")) {
	case "compliant", "true":
		choice.Outcome = OutcomeMet
	case "partially_compliant":
		choice.Outcome = OutcomePartial
	case "non_compliant", "false":
		choice.Outcome = OutcomeNotMet
	case "not_applicable":
		choice.Outcome, choice.Score = OutcomeNotApplicable, 0
		return choice
	default:
		choice.Outcome = byScore(choice.Score, best)
	}
	for _, key := range []string{"description", "select_implementation_groups"} {
		if n := c.get(key); n != nil {
			l.note(n, "%s of choices: not carried over", key)
		}
	}
	if !scored {
		choice.Score = map[Outcome]float64{OutcomeMet: top, OutcomePartial: top / 2}[choice.Outcome]
	}
	return choice
}

// tail is the last part of an URN when it is a word that a code can be, else the fallback: numbers say little and are seldom unique.
func tail(urn, fallback string) string {
	last := urn[strings.LastIndex(urn, ":")+1:]
	if questionForm.MatchString(last) && strings.ContainsAny(last, "abcdefghijklmnopqrstuvwxyz") && last != DontKnow {
		return last
	}
	return fallback
}

func byScore(score, top float64) Outcome {
	switch {
	case score >= top:
		return OutcomeMet
	case score > 0:
		return OutcomePartial
	}
	return OutcomeNotMet
}

// cisoSet is the set of answers of requirements that are asked for compliance.
const cisoSet = "compliance"

// scale reads the scores of the framework and makes the answers to compliance. Scores of a package begin at 0.
func (l *library) scale(p *Package, framework *object) {
	l.low, l.high = 0, 4
	bound := func(key string, fallback float64) float64 {
		if n := framework.get(key); n != nil && n.form == numeric && math.Abs(n.number) <= 1000 {
			return n.number
		}
		return fallback
	}
	low := bound("min_score", 0)
	if high := bound("max_score", low); high > low && high-low <= 1000 {
		l.low, l.high = low, high
	}
	top := l.high - l.low
	p.Scale.Max = top
	for _, n := range framework.items("scores_definition", false) {
		s := l.object("score", n)
		if s == nil {
			continue
		}
		at := s.get("score")
		if at == nil || at.form != numeric || at.number < l.low || at.number > l.high {
			l.note(at, "a score definition outside the scale is left out")
			continue
		}
		title := l.text(s, "name")
		if title.IsZero() {
			title = Text{FR: at.text, EN: at.text}
		}
		score := at.number - l.low
		if n := len(p.Scale.Levels); n > 0 && score <= p.Scale.Levels[n-1].Score {
			l.note(at, "score definitions out of order are left out")
			continue
		}
		p.Scale.Levels = append(p.Scale.Levels, Level{Score: score, Title: title, Help: l.text(s, "description")})
	}
	l.scores = compliance(p.Scale)
	p.Answers = []AnswerSet{{Code: cisoSet, Choices: l.scores}}
}

// compliance are the answers to a requirement that is asked for itself: by the levels of a scale when it has some.
func compliance(s Scale) (all []Choice) {
	for i, l := range s.Levels {
		all = append(all, Choice{Code: fmt.Sprintf("s%d", i+1), Text: l.Title, Score: l.Score, Outcome: byScore(l.Score, s.Max)})
	}
	if len(all) < 2 {
		all = []Choice{
			{Code: "non-compliant", Text: Text{FR: "Non conforme", EN: "Not compliant"}, Outcome: OutcomeNotMet},
			{Code: "partially-compliant", Text: Text{FR: "Partiellement conforme", EN: "Partially compliant"}, Score: s.Max / 2, Outcome: OutcomePartial},
			{Code: "compliant", Text: Text{FR: "Conforme", EN: "Compliant"}, Score: s.Max, Outcome: OutcomeMet},
		}
	}
	return append(all, Choice{Code: "not-applicable", Text: Text{FR: "Non applicable", EN: "Not applicable"}, Outcome: OutcomeNotApplicable})
}
