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
	MaxAge   Age    // zero: no limit
}

func (r AnswerRule) uses(u *Uses) { u.Facts[AnswerKey(r.Package, r.Question)] = true }

func (r AnswerRule) eval(f *frame) Reason {
	q, _ := f.pkg.Question(r.Question)
	params := []Param{label("question", q.Text)}
	start := &Action{Kind: RunAct, Subject: AnswerKey(r.Package, r.Question), Act: AssessmentAct, Structure: f.subject.Structure, Effort: 1,
		Code: "action.answer", Params: []Param{label("package", f.pkg.Title)}}
	known := f.facts(AnswerKey(r.Package, r.Question))
	if len(known) == 0 {
		return Reason{Status: Unknown, Code: "question.none", Params: params, Next: start}
	}
	fact := known[len(known)-1]
	d := dayOf(fact.ObservedAt, f.zone)
	params = append(params, f.date("date", d))
	reason := Reason{Status: Unknown, Params: params, Facts: []Fact{fact}, Next: start}
	choice, ok := q.Choice(fact.Value.Text)
	switch {
	case fact.Value.Kind == TextKind && fact.Value.Text == DontKnow:
		reason.Code = "question.unknown"
		return reason
	case !ok || fact.Value.Kind != TextKind:
		reason.Code = "question.gone"
		return reason
	}
	reason.Params = append(reason.Params, label("answer", choice.Text))
	if !r.MaxAge.IsZero() && d < r.MaxAge.since(f.today) {
		reason.Code, reason.Params = "question.stale", append(reason.Params, r.MaxAge.param("age"))
		return reason
	}
	reason.Code, reason.Next = "question."+string(choice.Outcome), nil
	switch choice.Outcome {
	case OutcomeMet:
		reason.Status = Met
	case OutcomeNotApplicable:
		reason.Status = NotApplicable
	default:
		reason.Status, reason.Next = NotMet, f.mend(q, start)
	}
	return reason
}

// AssessmentAct is the code of the act that begins a self-assessment.
const AssessmentAct = "assessment.start"

// mend proposes what improves the answer to a question; without words for that, to answer again.
func (f *frame) mend(q Question, start *Action) *Action {
	if q.Improve.Text.IsZero() {
		return start
	}
	return &Action{Kind: ImproveAct, Subject: start.Subject, Act: q.Improve.Act, Structure: f.subject.Structure, Effort: q.effort(),
		Code: "action.said", Params: []Param{label("said", q.Improve.Text)}}
}
