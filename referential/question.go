package referential

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// PackageKind says what a package is for its readers.
type PackageKind string

// The kinds of package. A call and a duty are owed, and are judged on the home pages; a programme and a guide are consulted.
const (
	Call      PackageKind = "call"      // a funding call: objectives to reach for a payment
	Duty      PackageKind = "duty"      // something that a text obliges to
	Programme PackageKind = "programme" // what a national programme is made of
	Guide     PackageKind = "guide"     // good practice, standards, questionnaires
	Checklist PackageKind = "checklist" // asked about one thing, such as a solution to buy, and not about the structure
)

// Outcome is what a choice means for the requirement of its question.
type Outcome string

// The outcomes. Partial is not met: something remains to be done.
const (
	OutcomeMet           Outcome = "met"
	OutcomePartial       Outcome = "partial"
	OutcomeNotMet        Outcome = "not_met"
	OutcomeNotApplicable Outcome = "not_applicable"
)

// DontKnow is the answer "I don't know", which every question accepts. No choice has this code.
const DontKnow = "unknown"

// Scale is how a questionnaire counts: from 0 to Max. Without one, a package counts from 0 to 4.
type Scale struct {
	Max    float64
	Levels []Level // what a score means, ascending
}

// Level is the meaning of a score from Score on, up to the next level.
type Level struct {
	Score float64
	Title Text
	Help  Text
}

// defaultMax is the best score of a package that gives no scale.
const defaultMax = 4

// Respondent is a part of those who answer: the people who know about their questions.
type Respondent struct {
	Code  string
	Title Text
}

// Question asks for what no fact tells. Without criteria of its own, a requirement is judged by the answers to its questions.
type Question struct {
	Code    string
	Text    Text
	Help    Text
	Example Text     // what an answer looks like in a real place
	Weight  float64  // in the score; 1 unless the package says otherwise
	Who     []string // codes of respondents; empty: anybody
	Choices []Choice
	Propose []Proposing
	Improve Advice // what to do when the answer is not the best one

	set string // code of the shared set that Choices came from, or empty
}

// Choice is one possible answer.
type Choice struct {
	Code    string
	Text    Text
	Score   float64 // from 0 to the maximum of the scale; without meaning when not applicable
	Outcome Outcome
}

// AnswerSet is a list of choices that several questions share.
type AnswerSet struct {
	Code    string
	Choices []Choice
}

// Proposing names the choice that facts speak for: when the rule is met, the choice is proposed, never taken.
type Proposing struct {
	Choice string
	Rule   Rule
}

// Choice finds a choice of the question by its code.
func (q Question) Choice(code string) (Choice, bool) {
	i := slices.IndexFunc(q.Choices, func(c Choice) bool { return c.Code == code })
	if i < 0 {
		return Choice{}, false
	}
	return q.Choices[i], true
}

// Accepts tells whether an answer is one of the choices, or [DontKnow].
func (q Question) Accepts(answer string) bool {
	_, ok := q.Choice(answer)
	return ok || answer == DontKnow
}

// Fingerprint changes when the question or its choices mean something else, and stays when help, examples or weights change. An answer kept with
// it can be flagged for review when a newer package asks differently.
func (q Question) Fingerprint() string {
	type meaning struct {
		Text    Text
		Choices []Choice
	}
	data, err := json.Marshal(meaning{q.Text, q.Choices})
	if err != nil {
		return "" // texts and numbers always have a JSON form
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// AnswerKey is the key of the fact that holds the answer to a question of a package: "answer.esms-13.backup". Its value is the code of the
// choice, or [DontKnow].
func AnswerKey(pkg, question string) string { return "answer." + pkg + "." + question }

// Questions gives the questions of all requirements, in order.
func (p *Package) Questions() []Question {
	var all []Question
	for _, r := range p.Requirements() {
		all = append(all, r.Questions...)
	}
	return all
}

// Question finds a question by its code.
func (p *Package) Question(code string) (Question, bool) {
	q := p.question(code)
	return *q, q.Code != ""
}

// question finds a question in place: copying every question to find one would be most of the work of judging a questionnaire. An unknown code
// gives an empty question.
func (p *Package) question(code string) *Question {
	for r := range p.each {
		for i := range r.Questions {
			if r.Questions[i].Code == code {
				return &r.Questions[i]
			}
		}
	}
	return &Question{}
}

// MaxScore is the best score of the package.
func (p *Package) MaxScore() float64 {
	if p.Scale.Max > 0 {
		return p.Scale.Max
	}
	return defaultMax
}

// Level says what a score means in the words of the package; no words when the package has none.
func (p *Package) Level(score float64) Text {
	var title Text
	for _, l := range p.Scale.Levels {
		if score >= l.Score-1e-9 {
			title = l.Title
		}
	}
	return title
}

// Proposal is an answer that facts speak for, with why.
type Proposal struct {
	Question string
	Choice   string
	Reasons  Reason
}

// Propose gives, for each question of which some choice is borne out by what is known, the first such choice in the order of the package. Like
// [Package.Evaluate], it looks at nothing later than the moment.
func (p *Package) Propose(w World, at time.Time) []Proposal {
	f := p.frame(&w, at)
	var all []Proposal
	for _, q := range p.Questions() {
		for _, one := range q.Propose {
			if r := one.Rule.eval(f); r.Status == Met {
				all = append(all, Proposal{Question: q.Code, Choice: one.Choice, Reasons: r})
				break
			}
		}
	}
	return all
}
