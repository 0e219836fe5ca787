package referential

import (
	"cmp"
	"slices"
)

// Score is how well some questions are answered.
type Score struct {
	Value         float64 // weighted mean, from 0 to Max; zero when nothing counts
	Max           float64
	Questions     int
	Answered      int // with any answer
	Unknown       int // of these, "I don't know"
	NotApplicable int // of these, set aside
	weight, sum   float64
}

// Complete tells whether every question has an answer.
func (s Score) Complete() bool { return s.Answered == s.Questions }

// Counts tells whether any answer has a score.
func (s Score) Counts() bool { return s.weight > 0 }

// Part is the score of an axis or an objective.
type Part struct {
	Code  string
	Title Text
	Score Score
}

// Result is the score of a questionnaire, with its parts.
type Result struct {
	Score
	Axes []Part
}

// Score counts answers: code of the question to code of the choice, or [DontKnow]. The value is the mean of the scores, by weight. What is not
// applicable is set aside; "I don't know" counts as 0, because what nobody knows to be done must be taken as not done; a question without an
// answer, or with one the question does not have, does not count yet.
func (p *Package) Score(answers map[string]string) Result {
	result := Result{Score: Score{Max: p.MaxScore()}}
	for _, a := range p.Axes {
		part := Part{Code: a.Code, Title: a.Title, Score: Score{Max: p.MaxScore()}}
		for _, o := range a.Objectives {
			for _, r := range o.Requirements {
				for _, q := range r.Questions {
					part.Score.add(q, answers[q.Code])
					result.add(q, answers[q.Code])
				}
			}
		}
		if part.Score.Questions > 0 {
			result.Axes = append(result.Axes, part)
		}
	}
	return result
}

func (s *Score) add(q Question, answer string) {
	s.Questions++
	if !q.Accepts(answer) {
		return
	}
	s.Answered++
	choice, _ := q.Choice(answer)
	switch {
	case answer == DontKnow:
		s.Unknown++
	case choice.Outcome == OutcomeNotApplicable:
		s.NotApplicable++
		return
	}
	s.weight += q.Weight
	s.sum += q.Weight * choice.Score
	if s.weight > 0 {
		s.Value = s.sum / s.weight
	}
}

// Gap is a question whose answer leaves something to gain.
type Gap struct {
	Requirement string // code
	Question    Question
	Answer      string  // code of the choice, or [DontKnow]
	Gain        float64 // what the best answer would add to the score, from 0 to 1, as a share of the whole questionnaire
	Effort      int     // 1 an hour, 2 a day, 3 a week, 4 a month, 5 more
	// Level is the level that the score comes to with the best answer to this question, and to as many of the gaps before it as Beside says: none of
	// them, or all. It has no words when the level stays the same.
	Level  Text
	Beside int
}

// Gaps lists what remains to be gained, the most gain per effort first; equal ones in the order of the package. Questions without an answer
// are not gaps: nothing is known of them.
func (p *Package) Gaps(answers map[string]string) []Gap {
	var all []Gap
	total := 0.0
	for _, r := range p.Requirements() {
		for _, q := range r.Questions {
			answer := answers[q.Code]
			choice, _ := q.Choice(answer)
			if choice.Outcome == OutcomeNotApplicable {
				continue
			}
			total += q.Weight
			if best := q.best(); q.Accepts(answer) && choice.Score < best {
				all = append(all, Gap{Requirement: r.Code, Question: q, Answer: answer, Gain: q.Weight * (best - choice.Score) / p.MaxScore(), Effort: q.effort()})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Gap) int {
		return cmp.Compare(b.Gain*float64(a.Effort), a.Gain*float64(b.Effort))
	})
	for i := range all {
		all[i].Gain /= total
	}
	p.levels(all, answers)
	return all
}

// levels tells which gaps raise the level, each by itself, else with all those before it.
func (p *Package) levels(gaps []Gap, answers map[string]string) {
	score := p.Score(answers)
	if !score.Counts() {
		return
	}
	now, together := p.Level(score.Value), score.sum
	for i := range gaps {
		g := &gaps[i]
		choice, _ := g.Question.Choice(g.Answer)
		more := g.Question.Weight * (g.Question.best() - choice.Score)
		before := p.Level(together / score.weight)
		together += more
		if alone := p.Level((score.sum + more) / score.weight); alone != now {
			g.Level = alone
		} else if level := p.Level(together / score.weight); level != before {
			g.Level, g.Beside = level, i
		}
	}
}

// best is the highest score of the choices.
func (q Question) best() float64 {
	best := 0.0
	for _, c := range q.Choices {
		if c.Outcome != OutcomeNotApplicable {
			best = max(best, c.Score)
		}
	}
	return best
}

// effort of the improvement; a day when the package does not say.
func (q Question) effort() int { return cmp.Or(q.Improve.Effort, 2) }
