package signin

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"rsc.io/qr"

	"hygie/internal/store"
)

// One-time codes are TOTP (RFC 6238) as every application understands it: SHA-1, 30 seconds, 6 digits. Clocks may be one step apart.
const (
	step      = 30 * time.Second
	seedBytes = 20 // RFC 4226, section 4, R6
	seedLife  = time.Hour
)

var seedEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Seed is a new seed of one-time codes on its way: shown to the person once, and carried by the form, sealed, until the person has
// typed a code that it gives. Nothing is stored before.
type Seed struct {
	Secret string // base32, to type by hand
	URL    string // otpauth://, to show as a QR code
	Sealed string // for the form's hidden field
}

// NewSeed draws a seed for whom subject names: the id of an invitation or of a person. account is what the application shows.
func (s *Service) NewSeed(subject, account string) (Seed, error) {
	b, err := s.draw(seedBytes)
	if err != nil {
		return Seed{}, err
	}
	secret := seedEncoding.EncodeToString(b)
	sealed, err := s.carry("seed "+subject, secret, seedLife)
	if err != nil {
		return Seed{}, err
	}
	return s.seed(secret, account, sealed), nil
}

// OpenSeed reads the hidden field again, to show the same QR code beside an error. It fails when the field is older than an hour
// or was made for another subject.
func (s *Service) OpenSeed(subject, account, sealed string) (Seed, error) {
	var secret string
	if err := s.uncarry("seed "+subject, sealed, &secret); err != nil {
		return Seed{}, err
	}
	return s.seed(secret, account, sealed), nil
}

func (s *Service) seed(secret, account, sealed string) Seed {
	label := url.PathEscape(s.name + ":" + account)
	query := url.Values{"secret": {secret}, "issuer": {s.name}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	return Seed{Secret: secret, URL: "otpauth://totp/" + label + "?" + query.Encode(), Sealed: sealed}
}

// Grouped is the secret in groups of four, as one reads it aloud.
func (s Seed) Grouped() string {
	var groups []string
	for rest := s.Secret; rest != ""; {
		n := min(4, len(rest))
		groups, rest = append(groups, rest[:n]), rest[n:]
	}
	return strings.Join(groups, " ")
}

// QR draws the address as an SVG path on a grid of size × size units, with the four units of margin that readers need (ISO/IEC 18004).
func (s Seed) QR() (path string, size int, err error) {
	code, err := qr.Encode(s.URL, qr.M)
	if err != nil {
		return "", 0, fmt.Errorf("draw the QR code: %w", err)
	}
	const margin = 4
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+margin, y+margin, x-from, x-from)
			}
		}
	}
	return b.String(), code.Size + 2*margin, nil
}

// stepOf returns the 30-second step, near now and after last, whose code this is; found is false when there is none. Every candidate is
// compared, in constant time.
func stepOf(secret, code string, now time.Time, last int64) (matched int64, found bool, err error) {
	code = strings.Join(strings.Fields(code), "")
	present := now.Unix() / int64(step/time.Second)
	for candidate := present - 1; candidate <= present+1; candidate++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(candidate), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, fmt.Errorf("compute the code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && candidate > last {
			matched, found = candidate, true
		}
	}
	return matched, found, nil
}

// useCode uses a one-time code up: true once for each code.
func (s *Service) useCode(ctx context.Context, tx *store.Tx, person, code string) (bool, error) {
	type row struct {
		sealed []byte
		last   int64
	}
	r, err := store.One(ctx, tx, func(from store.Row) (r row, err error) {
		return r, from.Scan(&r.sealed, &r.last)
	}, `select secret, last_step from totp where person_id = $1`, person)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the seed of codes: %w", err)
	}
	secret, err := s.sealer.open(r.sealed, "totp "+person)
	if err != nil {
		return false, fmt.Errorf("read the seed of codes: %w", err)
	}
	matched, found, err := stepOf(string(secret), code, s.people.Now(), r.last)
	if err != nil || !found {
		return false, err
	}
	changed, err := tx.Exec(ctx, `update totp set last_step = $1 where person_id = $2 and last_step < $1`, matched, person)
	if err != nil {
		return false, fmt.Errorf("use the code up: %w", err)
	}
	return changed == 1, nil
}

// setSeed stores the seed of a person; used is the step of the code that proved it, which does not serve again.
func (s *Service) setSeed(ctx context.Context, tx *store.Tx, person, secret string, used int64) error {
	sealed, err := s.sealer.seal([]byte(secret), "totp "+person)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into totp (person_id, secret, last_step, created_at) values ($1, $2, $3, $4)
		on conflict (person_id) do update set secret = excluded.secret, last_step = excluded.last_step, created_at = excluded.created_at`,
		person, sealed, used, store.Millis(s.people.Now()))
	if err != nil {
		return fmt.Errorf("store the seed of codes: %w", err)
	}
	return nil
}
