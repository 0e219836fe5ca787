package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/webauthn"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/store"
)

// MeansOf returns what a person has set up, passkeys in the order they were added.
func (s *Service) MeansOf(ctx context.Context, tx *store.Tx, person string) (Means, error) {
	var m Means
	var passwords int
	var err error
	m.Passkeys, err = store.All(ctx, tx, scanPasskey, `
		select id, label, credential, created_at, used_at from passkey where person_id = $1 order by created_at, id`, person)
	err = errors.Join(err,
		scanInto(ctx, tx, &passwords, `select count(*) from password where person_id = $1`, person),
		scanInto(ctx, tx, &m.RecoveryCodes, `select count(*) from recovery_code where person_id = $1 and used_at = 0`, person))
	if err != nil {
		return Means{}, fmt.Errorf("read the means of proof: %w", err)
	}
	m.Code = passwords > 0
	return m, nil
}

func scanPasskey(row store.Row) (Passkey, error) {
	var p Passkey
	var text string
	var created, used int64
	if err := row.Scan(&p.ID, &p.Label, &text, &created, &used); err != nil {
		return p, err
	}
	var credential webauthn.Credential
	if err := json.Unmarshal([]byte(text), &credential); err != nil {
		return p, fmt.Errorf("read passkey %s: %w", p.ID, err)
	}
	p.Created, p.Used, p.Synced = store.Time(created), store.Time(used), credential.Flags.BackupState
	return p, nil
}

// The changes below are for a person's own account. The caller has checked that the session's proof is fresh; keep is the id of that
// session, which survives when the others end.

// BeginAddPasskey opens the dialog that adds a passkey.
func (s *Service) BeginAddPasskey(ctx context.Context, person string) (Dialog, error) {
	var h holder
	err := s.people.DB().View(ctx, func(tx *store.Tx) error {
		p, err := s.people.PersonByID(ctx, tx, person)
		if err != nil {
			return fmt.Errorf("read the account: %w", err)
		}
		h, err = s.holder(ctx, tx, p)
		return err
	})
	if err != nil {
		return Dialog{}, err
	}
	return s.beginRegistration("add "+person, h, "")
}

// FinishAddPasskey checks the browser's answer and stores the passkey. The errors are fault.Conflict and fault.Refused.
func (s *Service) FinishAddPasskey(ctx context.Context, person, ceremony string, answer []byte, label string, from From) error {
	_, credential, err := s.finishRegistration(ctx, "add "+person, ceremony, answer)
	if err != nil {
		return err
	}
	return s.people.DB().Update(ctx, func(tx *store.Tx) error {
		return s.insertPasskey(ctx, tx, person, cleanLabel(label, from), credential)
	})
}

// cleanLabel is what a passkey is called in the list: as the person wrote, else after the device it was made on.
func cleanLabel(label string, from From) string {
	if clean, wrong := people.CheckName(label); wrong == nil {
		return clean
	}
	return from.Device
}

var errLastMeans = fault.Conflict("signin.last_means")

// RemovePasskey removes a passkey. The error is fault.NotFound when it is not the person's, fault.Conflict when nothing would be left to
// sign in with.
func (s *Service) RemovePasskey(ctx context.Context, person, id string) error {
	return s.people.DB().Update(ctx, func(tx *store.Tx) error {
		changed, err := tx.Exec(ctx, `delete from passkey where id = $1 and person_id = $2`, id, person)
		if err != nil {
			return fmt.Errorf("remove the passkey: %w", err)
		}
		if changed == 0 {
			return fault.NotFound("signin.no_passkey")
		}
		return s.removed(ctx, tx, person, "signin.remove_passkey")
	})
}

// RemoveCode removes password, one-time code and recovery codes. The error is fault.Conflict when nothing would be left to sign in with.
func (s *Service) RemoveCode(ctx context.Context, person string) error {
	return s.people.DB().Update(ctx, func(tx *store.Tx) error {
		for _, statement := range []string{`delete from password where person_id = $1`, `delete from totp where person_id = $1`, `delete from recovery_code where person_id = $1`} {
			if _, err := tx.Exec(ctx, statement, person); err != nil {
				return fmt.Errorf("remove the password: %w", err)
			}
		}
		return s.removed(ctx, tx, person, "signin.remove_code")
	})
}

// removed makes sure that something is left, and records the removal; its error undoes it.
func (s *Service) removed(ctx context.Context, tx *store.Tx, person, action string) error {
	left, err := s.MeansOf(ctx, tx, person)
	if err != nil {
		return err
	}
	if !left.Any() {
		return errLastMeans
	}
	return s.people.Record(ctx, tx, s.event(person, action, nil))
}

// SetCode sets or replaces password and one-time code together, ends the other sessions, and returns new recovery codes. The error is
// fault.Invalid with the fields "password" and "code", or fault.Conflict for a form that was open too long.
func (s *Service) SetCode(ctx context.Context, person people.Person, password, sealed, code, keep string) ([]string, error) {
	seed, err := s.OpenSeed(person.ID, person.Email, sealed)
	if err != nil {
		return nil, err
	}
	used, proved, err := stepOf(seed.Secret, code, s.people.Now(), 0)
	if err != nil {
		return nil, err
	}
	wrong := CheckPassword(password, person.Email, person.Name)
	if !proved {
		wrong = errors.Join(wrong, fault.Invalid(fault.Field{Name: "code", Key: "signin.code_wrong"}))
	}
	if wrong != nil {
		return nil, fault.Invalid(fault.Fields(wrong)...)
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	var codes []string
	err = s.people.DB().Update(ctx, func(tx *store.Tx) error {
		var err error
		if codes, err = s.storeCode(ctx, tx, person.ID, hash, seed.Secret, used); err != nil {
			return err
		}
		_, err = s.people.EndOtherSessions(ctx, tx, person.ID, keep)
		return err
	})
	return codes, err
}

// storeCode writes password and seed, and makes new recovery codes.
func (s *Service) storeCode(ctx context.Context, tx *store.Tx, person, hash, secret string, used int64) ([]string, error) {
	_, err := tx.Exec(ctx, `
		insert into password (person_id, hash, changed_at) values ($1, $2, $3)
		on conflict (person_id) do update set hash = excluded.hash, changed_at = excluded.changed_at`,
		person, hash, store.Millis(s.people.Now()))
	if err != nil {
		return nil, fmt.Errorf("store the password: %w", err)
	}
	if err := s.setSeed(ctx, tx, person, secret, used); err != nil {
		return nil, err
	}
	codes, err := s.newRecoveryCodes(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	return codes, s.people.Record(ctx, tx, s.event(person, "signin.set_code", nil))
}

// NewRecoveryCodes replaces the recovery codes. The error is fault.Conflict for a person without a password.
func (s *Service) NewRecoveryCodes(ctx context.Context, person string) ([]string, error) {
	var codes []string
	err := s.people.DB().Update(ctx, func(tx *store.Tx) error {
		means, err := s.MeansOf(ctx, tx, person)
		if err != nil {
			return err
		}
		if !means.Code {
			return fault.Conflict("signin.no_code")
		}
		if codes, err = s.newRecoveryCodes(ctx, tx, person); err != nil {
			return err
		}
		return s.people.Record(ctx, tx, s.event(person, "signin.new_recovery_codes", nil))
	})
	return codes, err
}
