package people

import (
	"context"
	"time"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
)

// maxDelegation is how long a delegation may last: beyond that it is a role, to be given as such.
const maxDelegation = 366 * 24 * time.Hour

// Delegation passes one of the actor's grants on to somebody.
type Delegation struct {
	Grant     string // id of the actor's own grant
	Person    string // id of who stands in
	Structure string // id of the structure of the grant or of one below; empty for the same as the grant's
	Until     time.Time
	Reason    string
}

// Delegate passes a role on until a date that must be given, for the structure of the grant or a narrower one. The grant must be
// the actor's own, not itself a delegation. The error is fault.NotFound, fault.Refused, fault.Invalid (field "until") or
// fault.Conflict as for [Service.GiveRole].
func (s *Service) Delegate(ctx context.Context, tx *store.Tx, actor right.Actor, d Delegation) (string, error) {
	held, err := s.ownGrant(ctx, tx, actor, d.Grant)
	if err != nil {
		return "", err
	}
	if d.Structure == "" {
		d.Structure = held.Structure
	}
	// Asked with this grant alone: another role of the actor must not carry this one to a structure it does not cover.
	alone := actor
	alone.Grants = []right.Grant{held}
	if _, err := right.Authorize(ctx, tx, alone, right.Delegate, d.Structure); err != nil {
		return "", err
	}
	if d.Person == actor.Person {
		return "", fault.Refused("people.not_to_oneself")
	}
	if err := s.checkDelegationEnd(held, d.Until); err != nil {
		return "", err
	}
	if _, err := s.activePerson(ctx, tx, d.Person); err != nil {
		return "", err
	}
	return s.insertGrant(ctx, tx, Giving{Person: d.Person, Role: held.Role, Structure: d.Structure, Until: d.Until, Reason: d.Reason}, actor.Person, held.ID)
}

// ownGrant finds the grant among those of the actor that count now, as the database has them and not as the session began.
func (s *Service) ownGrant(ctx context.Context, tx *store.Tx, actor right.Actor, id string) (right.Grant, error) {
	grants, err := s.GrantsOf(ctx, tx, actor.Person)
	if err != nil {
		return right.Grant{}, err
	}
	for _, g := range grants {
		if g.ID != id {
			continue
		}
		if g.DelegatedBy != "" {
			return g, fault.Refused("people.no_chain")
		}
		return g, nil
	}
	return right.Grant{}, fault.NotFound("people.no_grant")
}

func (s *Service) checkDelegationEnd(held right.Grant, until time.Time) error {
	if until.IsZero() {
		return fault.Invalid(fault.Field{Name: "until", Key: "people.until_missing"})
	}
	if err := s.checkUntil(until); err != nil {
		return err
	}
	if until.Sub(s.now()) > maxDelegation {
		return fault.Invalid(fault.Field{Name: "until", Key: "people.until_too_far"})
	}
	if !held.Until.IsZero() && until.After(held.Until) {
		return fault.Invalid(fault.Field{Name: "until", Key: "people.until_after_own", Args: []any{"until", held.Until}})
	}
	return nil
}
