package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
)

// Purpose is what an invitation is for.
type Purpose string

// The purposes.
const (
	Join    Purpose = "join"    // take up a role
	Recover Purpose = "recover" // set new means of proof after losing them
	First   Purpose = "first"   // be the first administrator
)

// lifetime is how long the link of an invitation works: long enough for a holiday week, short where it opens more.
func (p Purpose) lifetime() time.Duration {
	if p == Join {
		return 7 * 24 * time.Hour
	}
	return 24 * time.Hour
}

// Invitation is a link by which somebody comes in, once.
type Invitation struct {
	ID            string
	Purpose       Purpose
	Email, Name   string // of who is invited; both empty for the first administrator
	Role          right.Role
	Structure     string // id; empty for the whole installation
	StructureName string
	Until         time.Time // end of the role
	Reason        string
	Person        string // Recover: id of the account
	InvitedBy     string // id; empty for the installation itself
	InvitedByName string
	Created       time.Time
	Expires       time.Time
}

const invitationColumns = `i.id, i.purpose, i.email, i.name, i.role, coalesce(i.structure_id, ''), coalesce(s.name, ''), i.grant_until, i.reason,
	coalesce(i.person_id, ''), coalesce(i.invited_by, ''), coalesce(by.name, ''), i.created_at, i.expires_at`

const invitationFrom = `
	from invitation i
	left join structure s on s.id = i.structure_id
	left join person by on by.id = i.invited_by`

func scanInvitation(row store.Row) (Invitation, error) {
	var i Invitation
	var until, created, expires int64
	err := row.Scan(&i.ID, &i.Purpose, &i.Email, &i.Name, &i.Role, &i.Structure, &i.StructureName, &until, &i.Reason,
		&i.Person, &i.InvitedBy, &i.InvitedByName, &created, &expires)
	i.Until, i.Created, i.Expires = store.Time(until), store.Time(created), store.Time(expires)
	return i, err
}

// Inviting is who to invite, for what.
type Inviting struct {
	Email, Name string
	Role        right.Role
	Structure   string
	Until       time.Time // end of the role; zero without end
	Reason      string
}

// Invite makes an invitation and returns the secret of its link, which is shown once. It says the same whether the address has
// an account or not. The errors are those of [Service.GiveRole].
func (s *Service) Invite(ctx context.Context, tx *store.Tx, actor right.Actor, in Inviting) (Invitation, string, error) {
	if _, err := right.Authorize(ctx, tx, actor, right.InvitePeople, in.Structure); err != nil {
		return Invitation{}, "", err
	}
	email, name, err := s.checkInviting(in)
	if err != nil {
		return Invitation{}, "", err
	}
	if err := s.mayGive(ctx, tx, actor, in.Role, in.Structure); err != nil {
		return Invitation{}, "", err
	}
	if err := s.checkGiving(ctx, tx, Giving{Role: in.Role, Structure: in.Structure, Until: in.Until}); err != nil {
		return Invitation{}, "", err
	}
	if EmailKey(email) == EmailKey(actor.Email) {
		return Invitation{}, "", fault.Refused("people.not_to_oneself")
	}
	return s.insertInvitation(ctx, tx, Invitation{Purpose: Join, Email: email, Name: name, Role: in.Role, Structure: in.Structure,
		Until: in.Until, Reason: in.Reason, InvitedBy: actor.Person})
}

// checkInviting says everything that is wrong with what was typed, at once.
func (s *Service) checkInviting(in Inviting) (email, name string, err error) {
	email, wrongEmail := CheckEmail(in.Email)
	name, wrongName := CheckName(in.Name)
	var wrong []fault.Field
	for _, field := range []*fault.Field{wrongName, wrongEmail} {
		if field != nil {
			wrong = append(wrong, *field)
		}
	}
	if !in.Role.Valid() {
		wrong = append(wrong, fault.Field{Name: "role", Key: "people.role_missing"})
	}
	wrong = append(wrong, fault.Fields(s.checkUntil(in.Until))...)
	if len(wrong) > 0 {
		return "", "", fault.Invalid(wrong...)
	}
	return email, name, nil
}

// InviteToRecover makes a link by which a person who lost their means of proof sets new ones. Whoever has the link becomes that
// person, so it is only given by an actor who could give every role that the person holds: nobody climbs by recovering somebody else's
// account. It makes former links for the same person useless: one that was read aloud, or sent to the wrong place, is put right by making another.
// The error is fault.NotFound, or fault.Refused with the reason.
func (s *Service) InviteToRecover(ctx context.Context, tx *store.Tx, actor right.Actor, person string) (Invitation, string, error) {
	p, err := s.activePerson(ctx, tx, person)
	if err != nil {
		return Invitation{}, "", err
	}
	if person == actor.Person {
		return Invitation{}, "", fault.Refused("people.not_to_oneself")
	}
	if err := s.answersFor(ctx, tx, actor, person); err != nil {
		return Invitation{}, "", err
	}
	if _, err := tx.Exec(ctx, `update invitation set revoked_at = $1 where person_id = $2 and purpose = $3 and accepted_at = 0 and revoked_at = 0`,
		store.Millis(s.now()), p.ID, Recover); err != nil {
		return Invitation{}, "", fmt.Errorf("withdraw the former link: %w", err)
	}
	return s.insertInvitation(ctx, tx, Invitation{Purpose: Recover, Email: p.Email, Name: p.Name, Person: p.ID, InvitedBy: actor.Person})
}

func (s *Service) insertInvitation(ctx context.Context, tx *store.Tx, i Invitation) (Invitation, string, error) {
	secret, err := s.NewSecret()
	if err != nil {
		return Invitation{}, "", err
	}
	now := s.now()
	i.ID, i.Created, i.Expires = store.NewID(now), now, now.Add(i.Purpose.lifetime())
	_, err = tx.Exec(ctx, `
		insert into invitation (id, token_hash, purpose, email, email_key, name, role, structure_id, grant_until, reason, person_id, invited_by, created_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		i.ID, HashSecret(secret), i.Purpose, i.Email, EmailKey(i.Email), i.Name, i.Role, nullable(i.Structure), store.Millis(i.Until), i.Reason,
		nullable(i.Person), nullable(i.InvitedBy), store.Millis(now), store.Millis(i.Expires))
	if err != nil {
		return Invitation{}, "", fmt.Errorf("write the invitation: %w", err)
	}
	return i, secret, s.Record(ctx, tx, Event{Actor: i.InvitedBy, Action: "people.invite", Subject: i.ID, Structure: i.Structure,
		Detail: map[string]string{"purpose": string(i.Purpose), "email": i.Email, "role": string(i.Role), "until": day(i.Until), "reason": i.Reason}})
}

// Invitation finds the open invitation of a link's secret without using it up: looking at the page of a link, as mail scanners do,
// changes nothing. The error is fault.NotFound when there is none, it was used or withdrawn, or is too old; all look the same.
func (s *Service) Invitation(ctx context.Context, tx *store.Tx, secret string) (Invitation, error) {
	i, err := store.One(ctx, tx, scanInvitation, `select `+invitationColumns+invitationFrom+`
		where i.token_hash = $1 and i.accepted_at = 0 and i.revoked_at = 0 and i.expires_at > $2`, HashSecret(secret), store.Millis(s.now()))
	if errors.Is(err, store.ErrNotFound) {
		return i, fault.NotFound("people.no_invitation")
	}
	if err != nil {
		return i, fmt.Errorf("read the invitation: %w", err)
	}
	return i, nil
}

// Accept uses the invitation up for the person, who has an account and has proved it, and gives the role. The error is fault.NotFound
// as for [Service.Invitation], fault.Refused when the invitation is for another address, or fault.Conflict when whoever invited may no longer
// give that role.
func (s *Service) Accept(ctx context.Context, tx *store.Tx, secret string, person Person) (Invitation, error) {
	i, err := s.Invitation(ctx, tx, secret)
	if err != nil {
		return i, err
	}
	if i.Purpose == Recover && i.Person != person.ID || i.Purpose == Join && EmailKey(i.Email) != EmailKey(person.Email) {
		return i, fault.Refused("people.other_address")
	}
	if err := s.stillStands(ctx, tx, i); err != nil {
		return i, err
	}
	changed, err := tx.Exec(ctx, `update invitation set accepted_at = $1, accepted_by = $2 where id = $3 and accepted_at = 0 and revoked_at = 0`,
		store.Millis(s.now()), person.ID, i.ID)
	if err != nil {
		return i, fmt.Errorf("use the invitation up: %w", err)
	}
	if changed != 1 {
		return i, fault.NotFound("people.no_invitation")
	}
	if err := s.Record(ctx, tx, Event{Actor: person.ID, Action: "people.accept_invitation", Subject: i.ID, Structure: i.Structure}); err != nil {
		return i, err
	}
	if i.Purpose == Recover {
		return i, nil
	}
	_, err = s.insertGrant(ctx, tx, Giving{Person: person.ID, Role: i.Role, Structure: i.Structure, Until: i.Until, Reason: i.Reason}, i.InvitedBy, "")
	if fault.KindOf(err) == fault.KindConflict { // has the role already: the aim is reached
		err = nil
	}
	return i, err
}

// stillStands checks that whoever invited could do so still: an invitation does not outlive the right to make it.
func (s *Service) stillStands(ctx context.Context, tx *store.Tx, i Invitation) error {
	if err := s.checkUntil(i.Until); err != nil {
		return fault.Conflict("people.invitation_stale")
	}
	if i.Purpose == First {
		chiefs, err := s.administrators(ctx, tx)
		if err == nil && len(chiefs) > 0 {
			err = fault.Conflict("people.invitation_stale")
		}
		return err
	}
	inviter, err := s.PersonByID(ctx, tx, i.InvitedBy)
	if err != nil {
		return fmt.Errorf("read who invited: %w", err)
	}
	actor, err := s.Actor(ctx, tx, i.InvitedBy, true)
	if err != nil {
		return fmt.Errorf("read who invited: %w", err)
	}
	if i.Purpose == Recover {
		err = s.answersFor(ctx, tx, actor, i.Person)
	} else {
		err = s.mayGive(ctx, tx, actor, i.Role, i.Structure)
	}
	if !inviter.Active() || fault.As(err) != nil {
		return fault.Conflict("people.invitation_stale")
	}
	return err
}

// Invitations returns the open invitations for the structure, the newest first. The caller has authorised right.SeePeople on it.
func (s *Service) Invitations(ctx context.Context, tx *store.Tx, structure string) ([]Invitation, error) {
	var w store.Where
	w.And("i.accepted_at = 0 and i.revoked_at = 0 and i.purpose = ? and i.expires_at > ?", Join, store.Millis(s.now()))
	if structure == "" {
		w.And("i.structure_id is null")
	} else {
		w.And("i.structure_id = ?", structure)
	}
	open, err := store.All(ctx, tx, scanInvitation, `select `+invitationColumns+invitationFrom+w.SQL()+` order by i.id desc limit `+w.Arg(heldLimit), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	return open, nil
}

// WithdrawInvitation makes the link useless. It may be done by who could have made it. The error is fault.NotFound or fault.Refused.
func (s *Service) WithdrawInvitation(ctx context.Context, tx *store.Tx, actor right.Actor, id string) error {
	i, err := store.One(ctx, tx, scanInvitation, `select `+invitationColumns+invitationFrom+`
		where i.id = $1 and i.purpose = $2 and i.accepted_at = 0 and i.revoked_at = 0`, id, Join)
	if errors.Is(err, store.ErrNotFound) {
		return fault.NotFound("people.no_invitation")
	}
	if err != nil {
		return fmt.Errorf("read the invitation: %w", err)
	}
	if actor.Person == "" || i.InvitedBy != actor.Person {
		err := s.mayGive(ctx, tx, actor, i.Role, i.Structure)
		if fault.KindOf(err) == fault.KindNotFound {
			return fault.NotFound("people.no_invitation")
		}
		if err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `update invitation set revoked_at = $1 where id = $2`, store.Millis(s.now()), i.ID); err != nil {
		return fmt.Errorf("withdraw the invitation: %w", err)
	}
	return s.Record(ctx, tx, Event{Actor: actor.Person, Action: "people.withdraw_invitation", Subject: i.ID, Structure: i.Structure})
}
