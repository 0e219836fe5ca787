package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hygie/card"
	"hygie/card/cards"
	drill "hygie/exercise"
	"hygie/exercise/scenarios"
	"hygie/internal/campaign"
	"hygie/internal/demo"
	"hygie/internal/exercise"
	"hygie/internal/proof"
	"hygie/internal/reflex"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
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
		e := exercise.Exercise{Structure: hospital, Scenario: story(all).At(drill.Intermediate), Level: drill.Intermediate, PlannedAt: now.AddDate(0, 0, 12), CreatedBy: officer.Person}
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
		if err := demoScenario(ctx, tx, hospital, story(all), officer, now); err != nil {
			return err
		}
		return demoCard(ctx, tx, hospital, shipped[0], officer, now.AddDate(0, -1, 0))
	})
	if err != nil {
		return fmt.Errorf("stage the demonstration's exercise: %w", err)
	}
	return nil
}

// story is the shipped scenario that the demonstration plays.
func story(all []*drill.Scenario) *drill.Scenario {
	return all[slices.IndexFunc(all, func(s *drill.Scenario) bool { return s.ID == "hopital-nuit-rancon" })]
}

// demoScenario is a scenario that the hospital adapted from one that comes with hygie.
func demoScenario(ctx context.Context, tx *store.Tx, hospital string, from *drill.Scenario, officer right.Actor, now time.Time) error {
	own := *from
	own.Title = referential.Text{FR: own.Title.FR + " (adapté)", EN: own.Title.EN + " (adapted)"}
	_, err := exercise.Keep(ctx, tx, territory.Everything(), exercise.Own{Structure: hospital, Scenario: &own, CreatedBy: officer.Person}, now)
	return err
}

// demoCampaign is what the agency of the demonstration asks of some of its establishments: some accepted and prepare their exercise, one declined, and most did not answer. What was
// held before is in the facts of three establishments.
func (p *Platform) demoCampaign(ctx context.Context, world demo.World, now time.Time) error {
	all, err := scenarios.Shipped()
	if err != nil {
		return err
	}
	var invited []string
	for _, g := range world.Groups[1:] {
		for _, id := range g.Members {
			invited = append(invited, string(id))
		}
	}
	invited = append(invited, string(world.Clinic), string(world.Hospital))
	region := string(world.Region)
	err = p.DB.Update(ctx, func(tx *store.Tx) error {
		scope := territory.Everything()
		agent, err := p.People.PersonByEmail(ctx, tx, "ars@demonstration.invalid")
		if err != nil {
			return err
		}
		id, err := campaign.Launch(ctx, tx, scope, campaign.Campaign{Structure: region, Title: "Une nuit d’hiver (fictif)", Story: story(all).ID, Note: "Campagne inventée pour la démonstration.", Opens: now.AddDate(0, 0, -20),
			Closes: now.AddDate(0, 3, 0), By: agent.ID}, invited, now.AddDate(0, 0, -20))
		if err != nil {
			return err
		}
		for i, structure := range invited[:min(5, len(invited))] {
			if err := demoAnswer(ctx, tx, id, structure, i, story(all), agent.ID, now); err != nil {
				return err
			}
		}
		for back := range 3 {
			target := campaign.Target{Year: now.Year() - back, Audience: campaign.All, Share: 60 - 15*back}
			if err := campaign.Aim(ctx, tx, scope, region, target); err != nil {
				return err
			}
		}
		return campaign.NoteEssential(ctx, tx, scope, invited[:min(3, len(invited))], invited[:min(2, len(invited))], agent.ID, now)
	})
	if err != nil {
		return fmt.Errorf("stage the demonstration's campaign: %w", err)
	}
	return nil
}

// demoAnswer is what one establishment answered, and the exercises it held in the years before.
func demoAnswer(ctx context.Context, tx *store.Tx, id, structure string, i int, story *drill.Scenario, agent string, now time.Time) error {
	answer := campaign.Invitation{Campaign: id, Structure: structure, State: campaign.Accepted}
	if i == 4 {
		answer.State, answer.Reason = campaign.Declined, "Déménagement du site cet automne"
	} else {
		planned, err := exercise.Plan(ctx, tx, territory.Everything(), exercise.Exercise{Structure: structure, Scenario: story.At(drill.Beginner), Level: drill.Beginner, PlannedAt: now.AddDate(0, 0, 10+7*i), CreatedBy: agent}, now)
		if err != nil {
			return err
		}
		answer.Exercise = planned
	}
	if err := campaign.Answer(ctx, tx, territory.Everything(), answer, agent, now.AddDate(0, 0, -10+i)); err != nil {
		return err
	}
	var facts []proof.Fact
	for back := 1; back <= min(i, 2); back++ {
		held := time.Date(now.Year()-back, time.October, 4+i, 0, 0, 0, 0, time.UTC)
		for key, v := range map[string]referential.Value{"exercise.held": referential.Date(held), "exercise.kind": referential.Words("care-continuity"), "exercise.management": referential.YesNo(true)} {
			facts = append(facts, proof.Fact{Structure: structure, Key: key, Value: v, ObservedAt: held.Add(15 * time.Hour), Source: "demonstration", RecordedAt: held.Add(16 * time.Hour), RecordedBy: agent})
		}
	}
	return proof.Record(ctx, tx, territory.Everything(), facts...)
}

// demoCard is a card that was taken out and concluded with what was known.
func demoCard(ctx context.Context, tx *store.Tx, hospital string, k *card.Card, officer right.Actor, at time.Time) error {
	id, err := reflex.Begin(ctx, tx, territory.Everything(), reflex.Run{Structure: hospital, Card: k, StartedAt: at, StartedBy: officer.Person})
	if err != nil {
		return err
	}
	return reflex.Finish(ctx, tx, id, at.Add(9*time.Minute))
}
