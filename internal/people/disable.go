package people

import (
	"context"
	"fmt"
	"slices"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
)

// answersFor checks that the actor could give every role that the person holds, and is not that person: the condition to recover
// or to close an account. Without it somebody would climb by taking over the account of a wider role. For an account without any role it takes
// an administrator of the whole installation. The error is fault.NotFound when the actor could give none of them, else fault.Refused.
func (s *Service) answersFor(ctx context.Context, tx *store.Tx, actor right.Actor, person string) error {
	if person == actor.Person {
		return fault.Refused("people.not_to_oneself")
	}
	held, err := s.allGrants(ctx, tx, person)
	if err != nil {
		return fmt.Errorf("read the roles of the person: %w", err)
	}
	covered := 0
	for _, g := range held {
		err := s.mayGive(ctx, tx, actor, g.Role, g.Structure)
		switch {
		case err == nil:
			covered++
		case fault.As(err) == nil:
			return err
		}
	}
	switch {
	case covered == 0 && !givesEverywhere(actor):
		return fault.NotFound("people.no_person")
	case covered < len(held):
		return fault.Refused("people.does_not_answer_for")
	}
	return nil
}

// allGrants returns role and structure of every grant that counts now or may count later.
func (s *Service) allGrants(ctx context.Context, tx *store.Tx, person string) ([]right.Grant, error) {
	return store.All(ctx, tx, func(row store.Row) (g right.Grant, err error) {
		return g, row.Scan(&g.Role, &g.Structure)
	}, `select g.role, coalesce(g.structure_id, '') from role_grant g
		where g.person_id = $1 and g.revoked_at = 0 and (g.until_at = 0 or g.until_at > $2)`, person, store.Millis(s.now()))
}

// givesEverywhere tells whether the actor is an administrator of the whole installation, for accounts that hold no role.
func givesEverywhere(actor right.Actor) bool {
	return slices.ContainsFunc(actor.Grants, func(g right.Grant) bool {
		return actor.Strong && g.Structure == "" && g.Role == right.Administrator && g.DelegatedBy == ""
	})
}

// Disable closes an account: its sessions end, its delegations count no more, nobody signs in to it. Its roles stay written for
// those who ask later who could do what. The actor must answer for the person: fault.NotFound or fault.Refused otherwise;
// fault.Conflict for the last administrator.
func (s *Service) Disable(ctx context.Context, tx *store.Tx, actor right.Actor, person string) error {
	if _, err := s.activePerson(ctx, tx, person); err != nil {
		return err
	}
	if err := s.answersFor(ctx, tx, actor, person); err != nil {
		return err
	}
	grants, err := s.GrantsOf(ctx, tx, person)
	if err != nil {
		return fmt.Errorf("read the roles of the person: %w", err)
	}
	for _, g := range grants {
		if err := s.keepAnAdministrator(ctx, tx, g.ID); err != nil {
			return err
		}
	}
	if err := s.setDisabled(ctx, tx, person, store.Millis(s.now())); err != nil {
		return err
	}
	if _, err := s.EndOtherSessions(ctx, tx, person, ""); err != nil {
		return err
	}
	return s.Record(ctx, tx, Event{Actor: actor.Person, Action: "people.disable", Subject: person})
}

// Enable opens a closed account again, under the same condition as [Service.Disable].
func (s *Service) Enable(ctx context.Context, tx *store.Tx, actor right.Actor, person string) error {
	if err := s.answersFor(ctx, tx, actor, person); err != nil {
		return err
	}
	if err := s.setDisabled(ctx, tx, person, 0); err != nil {
		return err
	}
	return s.Record(ctx, tx, Event{Actor: actor.Person, Action: "people.enable", Subject: person})
}

func (s *Service) setDisabled(ctx context.Context, tx *store.Tx, person string, at int64) error {
	_, err := tx.Exec(ctx, `update person set disabled_at = $1, updated_at = $2 where id = $3`, at, store.Millis(s.now()), person)
	if err != nil {
		return fmt.Errorf("close or open the account: %w", err)
	}
	return nil
}

// AnswersFor returns the account of a person whom the actor may recover or close, or the error of those acts.
func (s *Service) AnswersFor(ctx context.Context, tx *store.Tx, actor right.Actor, person string) (Person, error) {
	p, err := s.activePerson(ctx, tx, person)
	if err != nil {
		return Person{}, err
	}
	return p, s.answersFor(ctx, tx, actor, person)
}
