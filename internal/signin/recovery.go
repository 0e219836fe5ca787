package signin

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"strings"

	"hygie/internal/store"
)

// Recovery codes: ten, of 80 bits each, in four groups of four letters and digits that are not mistaken for one another on paper.
const (
	recoveryCodes = 10
	recoveryBytes = 10
	recoveryChars = 16
)

// recoveryEncoding is Crockford's alphabet: without i, l, o, u.
var recoveryEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newRecoveryCodes replaces the codes of a person and returns them; they are shown this once.
func (s *Service) newRecoveryCodes(ctx context.Context, tx *store.Tx, person string) ([]string, error) {
	if _, err := tx.Exec(ctx, `delete from recovery_code where person_id = $1`, person); err != nil {
		return nil, fmt.Errorf("delete the former recovery codes: %w", err)
	}
	var codes []string
	for range recoveryCodes {
		b, err := s.draw(recoveryBytes)
		if err != nil {
			return nil, err
		}
		code := recoveryEncoding.EncodeToString(b)
		_, err = tx.Exec(ctx, `insert into recovery_code (person_id, hash, created_at) values ($1, $2, $3)`,
			person, s.recoveryHash(person, code), store.Millis(s.people.Now()))
		if err != nil {
			return nil, fmt.Errorf("store a recovery code: %w", err)
		}
		codes = append(codes, code[:4]+"-"+code[4:8]+"-"+code[8:12]+"-"+code[12:])
	}
	return codes, nil
}

// recoveryHash is what is stored of a code: the installation key makes the database alone useless to try codes.
func (s *Service) recoveryHash(person, code string) string {
	mac := hmac.New(sha256.New, s.key)
	fmt.Fprintf(mac, "hygie recovery code 1\n%s\n%s", person, code)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// recoveryCode returns what was typed as a recovery code, however it is spaced, and whether it looks like one.
func recoveryCode(typed string) (string, bool) {
	code := strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-' || r == '\t' || r == '\u00a0' || r == '\u202f':
			return -1
		case r == 'o':
			return '0'
		case r == 'i', r == 'l':
			return '1'
		}
		return r
	}, strings.ToLower(typed))
	if len(code) != recoveryChars {
		return "", false
	}
	_, err := recoveryEncoding.DecodeString(code)
	return code, err == nil
}

// useRecoveryCode uses a code up: true once for each.
func (s *Service) useRecoveryCode(ctx context.Context, tx *store.Tx, person, code string) (bool, error) {
	changed, err := tx.Exec(ctx, `update recovery_code set used_at = $1 where person_id = $2 and hash = $3 and used_at = 0`,
		store.Millis(s.people.Now()), person, s.recoveryHash(person, code))
	if err != nil {
		return false, fmt.Errorf("use the recovery code up: %w", err)
	}
	if changed != 1 {
		return false, nil
	}
	return true, s.people.Record(ctx, tx, s.event(person, "signin.use_recovery_code", nil))
}
