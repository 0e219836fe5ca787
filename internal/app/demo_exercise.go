package app

import (
	"context"
	"fmt"
	"time"

	"hygie/card"
	"hygie/card/cards"
	drill "hygie/exercise"
	"hygie/exercise/scenarios"
	"hygie/internal/exercise"
	"hygie/internal/reflex"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// demoExercise gives the hospital of the demonstration an exercise that is being prepared, with invented players, and a reflex card that was run last month.
func (p *Platform) demoExercise(ctx context.Context, hospital string, officer right.Actor, now time.Time) error {
	all, err := scenarios.Shipped()
	if err != nil {
		return err
	}
	shipped, err := cards.Shipped()
	if err != nil {
		return err
	}
	err = p.DB.Update(ctx, func(tx *store.Tx) error {
		e := exercise.Exercise{Structure: hospital, Scenario: all[1].At(drill.Intermediate), Level: drill.Intermediate, PlannedAt: now.AddDate(0, 0, 12), CreatedBy: officer.Person}
		if e.ID, err = exercise.Plan(ctx, tx, territory.Everything(), e, now); err != nil {
			return err
		}
		for i, role := range e.Scenario.Roles {
			s := exercise.Seat{Exercise: e.ID, Role: role.ID, Name: fmt.Sprintf("Participant fictif %d", i+1), Contact: fmt.Sprintf("poste 00%d", i+1)}
			if err := exercise.AddSeat(ctx, tx, s, now); err != nil {
				return err
			}
		}
		if err := exercise.AddSeat(ctx, tx, exercise.Seat{Exercise: e.ID, Name: "Observateur fictif"}, now); err != nil {
			return err
		}
		return demoCard(ctx, tx, hospital, shipped[0], officer, now.AddDate(0, -1, 0))
	})
	if err != nil {
		return fmt.Errorf("stage the demonstration's exercise: %w", err)
	}
	return nil
}

// demoCard is a card that was taken out and concluded with what was known.
func demoCard(ctx context.Context, tx *store.Tx, hospital string, k *card.Card, officer right.Actor, at time.Time) error {
	id, err := reflex.Begin(ctx, tx, territory.Everything(), reflex.Run{Structure: hospital, Card: k, StartedAt: at, StartedBy: officer.Person})
	if err != nil {
		return err
	}
	return reflex.Finish(ctx, tx, id, at.Add(9*time.Minute))
}
