package signin

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"hygie/internal/fault"
	"hygie/internal/store"
)

// Between two steps the server keeps nothing: what it must know again travels with the browser, sealed, with an end. Whatever must
// not serve twice is spent when it comes back.

type carried struct {
	Value   json.RawMessage `json:"v"`
	Expires int64           `json:"e"` // Unix milliseconds
}

// carry seals a value for one use, for so long.
func (s *Service) carry(use string, value any, life time.Duration) (string, error) {
	inner, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("write the %s: %w", use, err)
	}
	text, err := json.Marshal(carried{Value: inner, Expires: store.Millis(s.people.Now().Add(life))})
	if err != nil {
		return "", fmt.Errorf("write the %s: %w", use, err)
	}
	sealed, err := s.sealer.seal(text, use)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// errCarried is what a person is told of a form that was open too long, or that was tampered with.
var errCarried = fault.Conflict("signin.form_too_old")

// uncarry reads what [Service.carry] sealed for the same use. The error is fault.Conflict.
func (s *Service) uncarry(use, sealed string, into any) error {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return errCarried.Because(err)
	}
	text, err := s.sealer.open(raw, use)
	if err != nil {
		return errCarried.Because(err)
	}
	var c carried
	if err := json.Unmarshal(text, &c); err != nil {
		return errCarried.Because(err)
	}
	if store.Millis(s.people.Now()) >= c.Expires {
		return errCarried
	}
	if err := json.Unmarshal(c.Value, into); err != nil {
		return errCarried.Because(err)
	}
	return nil
}

// spend marks a sealed value as used, in a transaction of its own, so that it stays used when what follows fails. The error is
// fault.Conflict the second time.
func (s *Service) spend(ctx context.Context, sealed string, life time.Duration) error {
	sum := sha256.Sum256([]byte(sealed))
	var changed int64
	err := s.people.DB().Update(ctx, func(tx *store.Tx) (err error) {
		changed, err = tx.Exec(ctx, `insert into spent (id, expires_at) values ($1, $2) on conflict (id) do nothing`,
			base64.RawURLEncoding.EncodeToString(sum[:]), store.Millis(s.people.Now().Add(life)))
		return err
	})
	if err != nil {
		return fmt.Errorf("mark the form as used: %w", err)
	}
	if changed != 1 {
		return errCarried
	}
	return nil
}
