package assessment

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
	"hygie/referential"
)

// Begin begins a questionnaire for a structure in scope, or gives the one that is open already. A checklist needs a subject, what it is about; the
// other questionnaires are about the structure and have none.
func (m *Module) Begin(ctx context.Context, actor right.Actor, scope territory.Scope, structure, pkg, subject string) (a Assessment, err error) {
	subject = strings.TrimSpace(subject)
	err = m.db.Update(ctx, func(tx *store.Tx) error {
		p, ok, err := m.of(ctx, tx, pkg)
		switch {
		case err != nil:
			return err
		case !ok:
			return fault.Invalid(fault.Field{Name: "package", Key: "assessment.choose"})
		case p.Kind != referential.Checklist:
			subject = ""
		case subject == "" || utf8.RuneCountInString(subject) > maxSubject:
			return fault.Invalid(fault.Field{Name: "subject-" + p.ID, Key: "assessment.subject_needed"})
		}
		existing, err := of(ctx, tx, scope, structure, pkg)
		if err != nil {
			return err
		}
		for _, a = range existing {
			if a.State == Open && a.Subject == subject {
				return nil
			}
		}
		now := m.now()
		a = Assessment{ID: store.NewID(now), Structure: structure, Package: p.ID, Subject: subject, Version: p.Version, State: Open, BegunAt: now, BegunBy: actor.Person}
		if err := add(ctx, tx, scope, a); err != nil {
			return err
		}
		return m.trail.Append(ctx, tx, m.entry(actor, "assessment.begin", a, nil))
	})
	return a, err
}

// entry is a line of the trail about a self-assessment.
func (m *Module) entry(actor right.Actor, action string, a Assessment, data map[string]any) journal.Entry {
	if data == nil {
		data = map[string]any{}
	}
	data["package"] = a.Package
	return journal.Entry{Actor: actor.Person, Action: action, Structure: a.Structure, Subject: "assessment/" + a.ID, Data: trail.Data(data)}
}

// longest note and name of a subject, in characters.
const (
	maxNote    = 2000
	maxSubject = 120
)

// Reply answers one question of an open self-assessment in scope. The same answer given again adds nothing.
func (m *Module) Reply(ctx context.Context, actor right.Actor, scope territory.Scope, structure, id string, x Answer) error {
	return m.db.Update(ctx, func(tx *store.Tx) error {
		a, p, err := m.found(ctx, tx, scope, structure, id)
		if err != nil {
			return err
		}
		return m.reply(ctx, tx, actor, scope, a, p, x)
	})
}

// found reads a self-assessment with its package.
func (m *Module) found(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, id string) (Assessment, *referential.Package, error) {
	a, err := byID(ctx, tx, scope, structure, id)
	if err != nil {
		return a, nil, err
	}
	p, ok, err := m.of(ctx, tx, a.Package)
	if err == nil && !ok {
		err = fault.NotFound("assessment.no_package")
	}
	return a, p, err
}

func (m *Module) reply(ctx context.Context, tx *store.Tx, actor right.Actor, scope territory.Scope, a Assessment, p *referential.Package, x Answer) error {
	q, ok := p.Question(x.Question)
	switch {
	case !ok:
		return fault.NotFound("assessment.no_question")
	case a.State != Open:
		return fault.Conflict("assessment.already_done")
	case !q.Accepts(x.Choice):
		return fault.Invalid(fault.Field{Name: field(q), Key: "assessment.choose_answer"})
	case utf8.RuneCountInString(x.Note) > maxNote:
		return fault.Invalid(fault.Field{Name: "note", Key: "web.too_long", Args: []any{"limit", maxNote}})
	}
	before, err := answers(ctx, tx, scope, a.ID)
	if err != nil {
		return err
	}
	x.Meaning = q.Fingerprint()
	if last, ok := latest(before)[q.Code]; ok && last.Choice == x.Choice && last.Note == x.Note && last.Meaning == x.Meaning && last.By == actor.Person {
		return nil
	}
	x.At, x.By = m.now(), actor.Person
	x.ID = store.NewID(x.At)
	return put(ctx, tx, scope, a.ID, x)
}

// field is the name of the form field of a question.
func field(q referential.Question) string { return "answer-" + q.Code }

// Finish closes a self-assessment in scope of which every question has an answer, and records its facts.
func (m *Module) Finish(ctx context.Context, actor right.Actor, scope territory.Scope, structure, id string) (Assessment, error) {
	var a Assessment
	err := m.db.Update(ctx, func(tx *store.Tx) error {
		var p *referential.Package
		var err error
		if a, p, err = m.found(ctx, tx, scope, structure, id); err != nil {
			return err
		}
		if a.State != Open {
			return fault.Conflict("assessment.already_done")
		}
		given, err := answers(ctx, tx, scope, a.ID)
		if err != nil {
			return err
		}
		last := latest(given)
		result := p.Score(choices(last))
		if !result.Complete() {
			return fault.Conflict("assessment.incomplete", "left", result.Questions-result.Answered)
		}
		a.State, a.Version, a.DoneAt, a.DoneBy, a.Score, a.Max = Done, p.Version, m.now(), actor.Person, result.Value, result.Max
		if err := conclude(ctx, tx, scope, a); err != nil {
			return err
		}
		if err := m.reopen(ctx, tx, scope, a, p, last); err != nil {
			return err
		}
		if a.Subject != "" { // what a checklist says is not about the structure
			return m.trail.Append(ctx, tx, m.entry(actor, "assessment.finish", a, map[string]any{"score": a.Score}))
		}
		if err := proof.Record(ctx, tx, scope, factsOf(a, p, last, result)...); err != nil {
			return fmt.Errorf("record what self-assessment %s says: %w", a.ID, err)
		}
		return m.trail.Append(ctx, tx, m.entry(actor, "assessment.finish", a, map[string]any{"score": a.Score}))
	})
	return a, err
}

// reopen opens again the actions that were said to be done when a later answer still finds the gap: one given after the action was closed.
func (m *Module) reopen(ctx context.Context, tx *store.Tx, scope territory.Scope, a Assessment, p *referential.Package, last map[string]Answer) error {
	for _, gap := range p.Gaps(choices(last)) {
		code := gap.Question.Code
		opened, err := plan.SeenAgain(ctx, tx, scope, a.Structure, plan.AssessmentAnswer, []string{refOf(a, code)}, last[code].At, m.now())
		if err != nil {
			return fmt.Errorf("look at the actions of self-assessment %s: %w", a.ID, err)
		}
		for _, one := range opened {
			e := m.entry(right.Actor{Person: a.DoneBy}, "assessment.reopen", a, map[string]any{"action": one.ID, "question": code})
			if err := m.trail.Append(ctx, tx, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// factsOf is what a finished self-assessment states. One in which nothing applies has no score.
func factsOf(a Assessment, p *referential.Package, last map[string]Answer, result referential.Result) []proof.Fact {
	fact := func(key string, v referential.Value) proof.Fact {
		return proof.Fact{Structure: a.Structure, Key: key, Value: v, ObservedAt: a.DoneAt, Source: "assessment/" + a.ID, RecordedAt: a.DoneAt, RecordedBy: a.DoneBy}
	}
	facts := []proof.Fact{fact("assessment."+a.Package+".done", referential.Date(a.DoneAt))}
	if result.Counts() {
		facts = append(facts, fact(scoreKey(a.Package), referential.Number(result.Value)))
	}
	for _, q := range p.Questions() {
		facts = append(facts, fact(referential.AnswerKey(p.ID, q.Code), referential.Words(last[q.Code].Choice)))
	}
	return facts
}

// scoreKey is the fact that holds the score of a package.
func scoreKey(pkg string) string { return "assessment." + pkg + ".score" }
