package people

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"hygie/internal/fault"
	"hygie/internal/store"
)

// Person is somebody with an account.
type Person struct {
	ID       string
	Email    string // as typed
	Name     string
	Locale   string    // "fr", "en", or empty until chosen
	Handle   string    // user handle of passkeys: random, base64url
	Disabled time.Time // zero while the account may be used
	Created  time.Time
}

// Active tells whether the account may be used.
func (p Person) Active() bool { return p.Disabled.IsZero() }

const personColumns = `p.id, p.email, p.name, p.locale, p.handle, p.disabled_at, p.created_at`

func scanPerson(row store.Row) (Person, error) {
	var p Person
	var disabled, created int64
	err := row.Scan(&p.ID, &p.Email, &p.Name, &p.Locale, &p.Handle, &disabled, &created)
	p.Disabled, p.Created = store.Time(disabled), store.Time(created)
	return p, err
}

// EmailKey is the form in which addresses are compared: composed characters, lower case, no space around. Some servers tell
// capitals apart in the part before the @; people do not.
func EmailKey(email string) string {
	return strings.ToLower(norm.NFC.String(strings.TrimSpace(email)))
}

const (
	maxEmail = 254 // RFC 5321 4.5.3.1.3, less the brackets
	maxName  = 120
)

// CheckEmail returns the address without space around, or a remark about field "email".
func CheckEmail(email string) (string, *fault.Field) {
	email = strings.TrimSpace(email)
	parsed, err := mail.ParseAddress(email)
	switch {
	case email == "":
		return "", &fault.Field{Name: "email", Key: "people.email_missing"}
	case err != nil || parsed.Address != email || len(email) > maxEmail || hasControl(email):
		return "", &fault.Field{Name: "email", Key: "people.email_wrong"}
	}
	return email, nil
}

// CheckName returns the name with single spaces, or a remark about field "name".
func CheckName(name string) (string, *fault.Field) {
	name = norm.NFC.String(strings.Join(strings.Fields(name), " "))
	switch {
	case name == "":
		return "", &fault.Field{Name: "name", Key: "people.name_missing"}
	case utf8.RuneCountInString(name) > maxName || hasControl(name) || !utf8.ValidString(name):
		return "", &fault.Field{Name: "name", Key: "people.name_wrong", Args: []any{"max", maxName}}
	}
	return name, nil
}

// hasControl finds characters that print nothing or turn the direction of the text, with which one name can pass for another.
func hasControl(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co) })
}

// CreatePerson makes an account without any role. handle is the user handle under which passkeys were registered, or empty for a new one.
// The error is fault.Invalid for a wrong address or name, fault.Conflict when the
// address has an account already.
func (s *Service) CreatePerson(ctx context.Context, tx *store.Tx, email, name, locale, handle string) (Person, error) {
	email, wrongEmail := CheckEmail(email)
	name, wrongName := CheckName(name)
	var wrong []fault.Field
	for _, field := range []*fault.Field{wrongEmail, wrongName} {
		if field != nil {
			wrong = append(wrong, *field)
		}
	}
	if len(wrong) > 0 {
		return Person{}, fault.Invalid(wrong...)
	}
	if handle == "" {
		var err error
		if handle, err = s.newHandle(); err != nil {
			return Person{}, err
		}
	}
	now := s.now()
	p := Person{ID: store.NewID(now), Email: email, Name: name, Locale: locale, Handle: handle, Created: store.Time(store.Millis(now))}
	// Asked before inserting, because after a refused insert PostgreSQL lets nothing more be done in the transaction.
	switch _, err := s.PersonByEmail(ctx, tx, email); {
	case err == nil:
		return Person{}, fault.Conflict("people.email_taken")
	case !errors.Is(err, store.ErrNotFound):
		return Person{}, err
	}
	_, err := tx.Exec(ctx, `
		insert into person (id, email, email_key, name, locale, handle, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		p.ID, p.Email, EmailKey(p.Email), p.Name, p.Locale, p.Handle, store.Millis(now), store.Millis(now))
	if err != nil {
		return Person{}, fmt.Errorf("create the account: %w", err)
	}
	return p, s.Record(ctx, tx, Event{Actor: p.ID, Action: "people.create_account", Subject: p.ID})
}

// newHandle draws a user handle: 64 random bytes that say nothing of anybody (WebAuthn 3, section 14.6.1).
func (s *Service) newHandle() (string, error) {
	b := make([]byte, 64)
	if _, err := io.ReadFull(s.random, b); err != nil {
		return "", fmt.Errorf("draw a user handle: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// PersonByEmail finds an account by its address, or returns store.ErrNotFound.
func (s *Service) PersonByEmail(ctx context.Context, tx *store.Tx, email string) (Person, error) {
	return store.One(ctx, tx, scanPerson, `select `+personColumns+` from person p where p.email_key = $1`, EmailKey(email))
}

// PersonByID finds an account, or returns store.ErrNotFound.
func (s *Service) PersonByID(ctx context.Context, tx *store.Tx, id string) (Person, error) {
	return store.One(ctx, tx, scanPerson, `select `+personColumns+` from person p where p.id = $1`, id)
}

// PersonByHandle finds an account by the user handle of its passkeys, or returns store.ErrNotFound.
func (s *Service) PersonByHandle(ctx context.Context, tx *store.Tx, handle string) (Person, error) {
	return store.One(ctx, tx, scanPerson, `select `+personColumns+` from person p where p.handle = $1`, handle)
}

// SetLocale remembers the language a person reads.
func (s *Service) SetLocale(ctx context.Context, tx *store.Tx, person, locale string) error {
	_, err := tx.Exec(ctx, `update person set locale = $1, updated_at = $2 where id = $3`, locale, store.Millis(s.now()), person)
	return err
}

// Rename changes the name a person is shown by.
func (s *Service) Rename(ctx context.Context, tx *store.Tx, person, name string) error {
	name, wrong := CheckName(name)
	if wrong != nil {
		return fault.Invalid(*wrong)
	}
	if _, err := tx.Exec(ctx, `update person set name = $1, updated_at = $2 where id = $3`, name, store.Millis(s.now()), person); err != nil {
		return err
	}
	return s.Record(ctx, tx, Event{Actor: person, Action: "people.rename", Subject: person, Detail: map[string]string{"name": name}})
}
