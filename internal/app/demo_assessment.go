package app

import (
	"context"
	"fmt"
	"time"

	"hygie/internal/assessment"
	"hygie/internal/demo"
	"hygie/internal/right"
	"hygie/internal/territory"
	"hygie/referential"
)

// The questionnaire that the demonstration's hospital filled in, how many days ago, and how far it is in the next one.
const (
	demoQuestionnaire = "anssi-hygiene-42"
	firstAssessment   = 160
	secondAssessment  = 4
	demoAnswers       = 23
)

// demoAssessments fills in a questionnaire for the hospital, and begins it again.
func (p *Platform) demoAssessments(ctx context.Context, world demo.World, officer right.Actor, now time.Time) error {
	for _, one := range []struct {
		age    int
		finish bool
	}{{firstAssessment, true}, {secondAssessment, false}} {
		at := now.AddDate(0, 0, -one.age)
		m := assessment.New(assessment.Options{DB: p.DB, Trail: p.Trail, Shelf: p.Shelf, Bring: p.Bring, Now: func() time.Time { return at }})
		scope, structure := territory.Everything(), string(world.Hospital)
		a, err := m.Begin(ctx, officer, scope, structure, demoQuestionnaire, "")
		if err != nil {
			return fmt.Errorf("begin the demonstration's self-assessment: %w", err)
		}
		answers := demoReplies(p.Shelf.Seen().Packages)
		if !one.finish {
			answers = answers[:demoAnswers]
		}
		for _, x := range answers {
			if err := m.Reply(ctx, officer, scope, structure, a.ID, x); err != nil {
				return fmt.Errorf("answer the demonstration's self-assessment: %w", err)
			}
		}
		if !one.finish {
			continue
		}
		if _, err := m.Finish(ctx, officer, scope, structure, a.ID); err != nil {
			return fmt.Errorf("finish the demonstration's self-assessment: %w", err)
		}
	}
	return nil
}

// demoReplies answers every question of the questionnaire, always the same: a hospital that has begun everywhere and finished little.
func demoReplies(packages []*referential.Package) []assessment.Answer {
	given := []string{"part", "begun", "done", "part", "none", "done", referential.DontKnow, "begun", "checked", "part"}
	var all []assessment.Answer
	for _, p := range packages {
		if p.ID != demoQuestionnaire {
			continue
		}
		for i, q := range p.Questions() {
			all = append(all, assessment.Answer{Question: q.Code, Choice: given[i*3%len(given)], Source: assessment.FromPerson})
		}
	}
	return all
}
