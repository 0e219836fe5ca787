package signin

import (
	"context"
	"errors"
	"fmt"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/store"
)

// errWrong says the same whatever was wrong, so that nobody learns which addresses have an account, or that a password was right.
var errWrong = fault.Invalid(fault.Field{Key: "signin.wrong"})

// SignIn is what the form of a sign-in without passkey holds. Code is the one-time code or a recovery code.
type SignIn struct {
	Email, Password, Code string
}

// WithCode checks password and code and opens a session. The error is fault.Invalid, the same for whatever was wrong, or fault.Refused
// after too many failures, with the wait.
func (s *Service) WithCode(ctx context.Context, in SignIn, from From) (Session, error) {
	attempt, err := s.people.Admit(ctx, in.Email, from.Address)
	if err != nil {
		return Session{}, err
	}
	person, stored, err := s.passwordOf(ctx, in.Email)
	if err != nil {
		return Session{}, err
	}
	right, err := s.verify(ctx, in.Password, stored)
	if err != nil {
		return Session{}, fmt.Errorf("check the password: %w", err)
	}
	if !right {
		return Session{}, errWrong
	}
	var session Session
	err = s.people.DB().Update(ctx, func(tx *store.Tx) error {
		session = Session{}
		means, err := s.secondFactor(ctx, tx, person.ID, in.Code)
		if err != nil {
			return err
		}
		secret, err := s.people.OpenSession(ctx, tx, person.ID, means, from.Device, from.Address, from.Previous)
		if err != nil {
			return err
		}
		session = Session{Person: person, Secret: secret}
		return s.people.Succeeded(ctx, tx, attempt)
	})
	if err != nil {
		return Session{}, err
	}
	return session, nil
}

// passwordOf reads the account and the hash of its password; both are empty, without error, when there is none.
func (s *Service) passwordOf(ctx context.Context, email string) (person people.Person, stored string, err error) {
	err = s.people.DB().View(ctx, func(tx *store.Tx) error {
		person, err = s.people.PersonByEmail(ctx, tx, email)
		if err != nil {
			return err
		}
		stored, err = store.One(ctx, tx, store.Column[string], `select hash from password where person_id = $1`, person.ID)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && !person.Active() {
		return people.Person{}, "", nil
	}
	if err != nil {
		return people.Person{}, "", fmt.Errorf("read the account: %w", err)
	}
	return person, stored, nil
}

// secondFactor uses a one-time code or a recovery code up.
func (s *Service) secondFactor(ctx context.Context, tx *store.Tx, person, typed string) (people.Means, error) {
	if code, looksLike := recoveryCode(typed); looksLike {
		used, err := s.useRecoveryCode(ctx, tx, person, code)
		if err != nil || used {
			return people.ByRecovery, err
		}
		return "", errWrong
	}
	used, err := s.useCode(ctx, tx, person, typed)
	if err != nil || used {
		return people.ByCode, err
	}
	return "", errWrong
}
