package referential

// AnswerRule is what the latest answer to a question of the package says: met, partly or not met, not applicable. Without an answer, and after
// "I don't know", the answer is unknown.
//
//	answer: {question: backup}
//
// A requirement without criteria has one such rule for each of its questions.
type AnswerRule struct {
	Package  string // id
	Question string // code
	Key      string // of the facts that answer it, as [AnswerKey] has it
	MaxAge   Age    // zero: no limit
}

func answerTo(pkg, question string) AnswerRule {
	return AnswerRule{Package: pkg, Question: question, Key: AnswerKey(pkg, question)}
}

func (r AnswerRule) uses(u *Uses) {
	u.latest(r.Key)
	u.age(r.MaxAge)
}

func (r AnswerRule) eval(f *frame) Reason {
	q := f.pkg.question(r.Question)
	start := func() *Action {
		return &Action{Kind: RunAct, Subject: r.Key, Act: AssessmentAct, Structure: f.subject.Structure, Effort: 1, Code: "action.answer", Params: f.index.title(f.pkg)}
	}
	known := f.facts(r.Key)
	if len(known) == 0 {
		return Reason{Status: Unknown, Code: "question.none", Params: []Param{label("question", q.Text)}, Next: start()}
	}
	fact := known[len(known)-1]
	d := dayOf(fact.ObservedAt, f.zone)
	params := append(make([]Param, 0, 4), label("question", q.Text), f.date("date", d))
	reason := Reason{Status: Unknown, Params: params, Facts: []Fact{fact}}
	choice, ok := q.Choice(fact.Value.Text)
	switch {
	case fact.Value.Kind == TextKind && fact.Value.Text == DontKnow:
		reason.Code, reason.Next = "question.unknown", start()
		return reason
	case !ok || fact.Value.Kind != TextKind:
		reason.Code, reason.Next = "question.gone", start()
		return reason
	}
	reason.Params = append(reason.Params, label("answer", choice.Text))
	if !r.MaxAge.IsZero() && d < r.MaxAge.since(f.today) {
		reason.Code, reason.Params, reason.Next = "question.stale", append(reason.Params, r.MaxAge.param("age")), start()
		return reason
	}
	reason.Code = "question." + string(choice.Outcome)
	switch choice.Outcome {
	case OutcomeMet:
		reason.Status = Met
	case OutcomeNotApplicable:
		reason.Status = NotApplicable
	default:
		reason.Status, reason.Next = NotMet, f.mend(q, start())
	}
	return reason
}

// AssessmentAct is the code of the act that begins a self-assessment.
const AssessmentAct = "assessment.start"

// mend proposes what improves the answer to a question; without words for that, to answer again.
func (f *frame) mend(q *Question, start *Action) *Action {
	if q.Improve.Text.IsZero() {
		return start
	}
	return &Action{Kind: ImproveAct, Subject: start.Subject, Act: q.Improve.Act, Structure: f.subject.Structure, Effort: q.effort(),
		Code: "action.said", Params: []Param{label("said", q.Improve.Text)}}
}
