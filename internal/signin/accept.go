package signin

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/store"
)

// Joining is what a person types to take up an invitation. Email and Name are only asked of the first administrator; for the others
// the invitation has the address, and the name may be corrected.
type Joining struct {
	Email, Name, Locale string
	Password            string
	Seed                string // Seed.Sealed
	Code                string // a code that the seed gives
}

// Accepted is the outcome: the session, and the recovery codes to print when there are any.
type Accepted struct {
	Session
	Invitation    people.Invitation
	RecoveryCodes []string
}

// HasAccount tells whether the invitation is for an address that has an account already: its holder then signs in and accepts, and sets up
// nothing. Only the holder of the link may be told.
func (s *Service) HasAccount(ctx context.Context, tx *store.Tx, i people.Invitation) (bool, error) {
	if i.Purpose != people.Join {
		return false, nil
	}
	_, err := s.people.PersonByEmail(ctx, tx, i.Email)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// AcceptWithCode takes up an invitation with a password and a one-time code. The error is fault.Invalid with the fields "email", "name",
// "password" and "code", fault.NotFound for a link that does not work (any more), or fault.Conflict.
func (s *Service) AcceptWithCode(ctx context.Context, link string, in Joining, from From) (Accepted, error) {
	invitation, err := s.look(ctx, link)
	if err != nil {
		return Accepted{}, err
	}
	in, err = checkJoining(invitation, in)
	seed, seedErr := s.OpenSeed(invitation.ID, in.Email, in.Seed)
	if seedErr != nil {
		return Accepted{}, seedErr
	}
	used, proved, codeErr := stepOf(seed.Secret, in.Code, s.people.Now(), 0)
	if codeErr != nil {
		return Accepted{}, codeErr
	}
	if !proved {
		err = errors.Join(err, fault.Invalid(fault.Field{Name: "code", Key: "signin.code_wrong"}))
	}
	if err = errors.Join(err, CheckPassword(in.Password, in.Email, in.Name)); err != nil {
		return Accepted{}, fault.Invalid(fault.Fields(err)...)
	}
	hash, err := s.hash(ctx, in.Password)
	if err != nil {
		return Accepted{}, err
	}
	return s.accept(ctx, link, in, "", people.ByCode, from, func(tx *store.Tx, person string) ([]string, error) {
		return s.storeCode(ctx, tx, person, hash, seed.Secret, used)
	})
}

// BeginAcceptWithPasskey opens the dialog that makes a passkey for an invitation. The errors are those of [Service.AcceptWithCode].
func (s *Service) BeginAcceptWithPasskey(ctx context.Context, link string, in Joining) (Dialog, error) {
	invitation, err := s.look(ctx, link)
	if err != nil {
		return Dialog{}, err
	}
	if in, err = checkJoining(invitation, in); err != nil {
		return Dialog{}, fault.Invalid(fault.Fields(err)...)
	}
	handle, err := s.handleFor(ctx, invitation)
	if err != nil {
		return Dialog{}, err
	}
	return s.beginRegistration("accept "+invitation.ID, holder{handle: handle, email: in.Email, name: in.Name}, in.Locale)
}

// FinishAcceptWithPasskey checks the browser's answer and takes the invitation up.
func (s *Service) FinishAcceptWithPasskey(ctx context.Context, link, ceremony string, answer []byte, label string, from From) (Accepted, error) {
	invitation, err := s.look(ctx, link)
	if err != nil {
		return Accepted{}, err
	}
	r, credential, err := s.finishRegistration(ctx, "accept "+invitation.ID, ceremony, answer)
	if err != nil {
		return Accepted{}, err
	}
	in := Joining{Email: r.Email, Name: r.Name, Locale: r.Locale}
	return s.accept(ctx, link, in, r.Handle, people.ByPasskey, from, func(tx *store.Tx, person string) ([]string, error) {
		return nil, s.insertPasskey(ctx, tx, person, cleanLabel(label, from), credential)
	})
}

// look reads the invitation of a link.
func (s *Service) look(ctx context.Context, link string) (invitation people.Invitation, err error) {
	err = s.people.DB().View(ctx, func(tx *store.Tx) error {
		invitation, err = s.people.Invitation(ctx, tx, link)
		return err
	})
	return invitation, err
}

// checkJoining fills in what the invitation knows and checks the rest.
func checkJoining(i people.Invitation, in Joining) (Joining, error) {
	if i.Purpose != people.First {
		in.Email = i.Email
	}
	if i.Purpose == people.Recover {
		in.Name = i.Name
	}
	email, wrongEmail := people.CheckEmail(in.Email)
	name, wrongName := people.CheckName(in.Name)
	var wrong []fault.Field
	for _, field := range []*fault.Field{wrongEmail, wrongName} {
		if field != nil {
			wrong = append(wrong, *field)
		}
	}
	if len(wrong) > 0 {
		return in, fault.Invalid(wrong...)
	}
	in.Email, in.Name = email, name
	return in, nil
}

// handleFor is the user handle to register a passkey under: that of the account which is recovered, else a new one.
func (s *Service) handleFor(ctx context.Context, i people.Invitation) ([]byte, error) {
	if i.Purpose != people.Recover {
		return s.draw(64)
	}
	var p people.Person
	err := s.people.DB().View(ctx, func(tx *store.Tx) (err error) {
		p, err = s.people.PersonByID(ctx, tx, i.Person)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the account to recover: %w", err)
	}
	return base64.RawURLEncoding.DecodeString(p.Handle)
}

// accept does everything in one transaction: the account, its means, the invitation, the session. Nothing is half done.
func (s *Service) accept(ctx context.Context, link string, in Joining, handle string, means people.Means, from From,
	keep func(tx *store.Tx, person string) ([]string, error)) (Accepted, error) {
	var done Accepted
	err := s.people.DB().Update(ctx, func(tx *store.Tx) error {
		done = Accepted{}
		invitation, err := s.people.Invitation(ctx, tx, link)
		if err != nil {
			return err
		}
		person, err := s.account(ctx, tx, invitation, in, handle)
		if err != nil {
			return err
		}
		if done.Invitation, err = s.people.Accept(ctx, tx, link, person); err != nil {
			return err
		}
		if done.RecoveryCodes, err = keep(tx, person.ID); err != nil {
			return err
		}
		done.Person = person
		done.Secret, err = s.people.OpenSession(ctx, tx, person.ID, means, from.Device, from.Address, from.Previous)
		return err
	})
	if err != nil {
		return Accepted{}, err
	}
	return done, nil
}

// account makes the account of a newcomer, or empties the one to recover of its former means and sessions.
func (s *Service) account(ctx context.Context, tx *store.Tx, i people.Invitation, in Joining, handle string) (people.Person, error) {
	if i.Purpose == people.Recover {
		person, err := s.people.PersonByID(ctx, tx, i.Person)
		if err != nil {
			return person, fmt.Errorf("read the account to recover: %w", err)
		}
		return person, s.forget(ctx, tx, person.ID)
	}
	return s.people.CreatePerson(ctx, tx, in.Email, in.Name, in.Locale, handle)
}

// forget removes every means of a person and ends every session.
func (s *Service) forget(ctx context.Context, tx *store.Tx, person string) error {
	for _, statement := range []string{
		`delete from passkey where person_id = $1`, `delete from password where person_id = $1`,
		`delete from totp where person_id = $1`, `delete from recovery_code where person_id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, person); err != nil {
			return fmt.Errorf("remove the former means of proof: %w", err)
		}
	}
	if _, err := s.people.EndOtherSessions(ctx, tx, person, ""); err != nil {
		return err
	}
	return s.people.Record(ctx, tx, s.event(person, "signin.recover", nil))
}

// AcceptSignedIn takes up an invitation for a person who has an account and is signed in to it. The errors are those of
// people.Service.Accept; a recovery is refused, because it must set new means.
func (s *Service) AcceptSignedIn(ctx context.Context, link, person string) (people.Invitation, error) {
	var done people.Invitation
	err := s.people.DB().Update(ctx, func(tx *store.Tx) error {
		p, err := s.people.PersonByID(ctx, tx, person)
		if err != nil {
			return fmt.Errorf("read the account: %w", err)
		}
		open, err := s.people.Invitation(ctx, tx, link)
		if err != nil {
			return err
		}
		if open.Purpose == people.Recover {
			return fault.Refused("signin.recover_signed_in")
		}
		done, err = s.people.Accept(ctx, tx, link, p)
		return err
	})
	return done, err
}
