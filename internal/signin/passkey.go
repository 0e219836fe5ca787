package signin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/store"
)

// Passkey is a key that a person registered, as a list shows it.
type Passkey struct {
	ID      string // credential id, base64url
	Label   string
	Created time.Time
	Used    time.Time // zero when never
	Synced  bool      // kept by the maker's cloud on several devices
}

// Dialog is what the browser needs to open its passkey dialog: Options for navigator.credentials, and Ceremony to send back with the
// answer.
type Dialog struct {
	Options  any    `json:"options"`
	Ceremony string `json:"ceremony"`
}

// dialogLife is how long a passkey dialog may stay open.
const dialogLife = 5 * time.Minute

// maxPasskeys is how many one person may register.
const maxPasskeys = 10

// holder is a person as the passkey library sees it.
type holder struct {
	handle      []byte
	email, name string
	credentials []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return h.handle }
func (h holder) WebAuthnName() string                       { return h.email }
func (h holder) WebAuthnDisplayName() string                { return h.name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

func (s *Service) holder(ctx context.Context, tx *store.Tx, p people.Person) (holder, error) {
	handle, err := base64.RawURLEncoding.DecodeString(p.Handle)
	if err != nil {
		return holder{}, fmt.Errorf("read the user handle: %w", err)
	}
	credentials, err := store.All(ctx, tx, scanCredential, `select credential from passkey where person_id = $1 order by created_at, id`, p.ID)
	if err != nil {
		return holder{}, fmt.Errorf("read passkeys: %w", err)
	}
	return holder{handle: handle, email: p.Email, name: p.Name, credentials: credentials}, nil
}

func scanCredential(row store.Row) (c webauthn.Credential, err error) {
	var text string
	if err := row.Scan(&text); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(text), &c)
}

// registering is what a registration carries from its first step to its second.
type registering struct {
	Session webauthn.SessionData `json:"session"`
	Handle  string               `json:"handle"`
	Email   string               `json:"email"`
	Name    string               `json:"name"`
	Locale  string               `json:"locale"`
}

// beginRegistration opens the dialog that makes a passkey.
func (s *Service) beginRegistration(use string, h holder, locale string) (Dialog, error) {
	var known []protocol.CredentialDescriptor
	for _, c := range h.credentials {
		known = append(known, c.Descriptor())
	}
	if !s.Passkeys() {
		return Dialog{}, errNoPasskeys
	}
	options, session, err := s.webauthn.BeginRegistration(h, webauthn.WithExclusions(known))
	if err != nil {
		return Dialog{}, fmt.Errorf("prepare the passkey: %w", err)
	}
	ceremony, err := s.carry(use, registering{Session: *session, Handle: base64.RawURLEncoding.EncodeToString(h.handle),
		Email: h.email, Name: h.name, Locale: locale}, dialogLife)
	return Dialog{Options: options.Response, Ceremony: ceremony}, err
}

// finishRegistration checks the browser's answer (the JSON of a PublicKeyCredential). The error is fault.Conflict for a dialog that was
// open too long or is answered twice, fault.Refused for an answer that does not hold.
func (s *Service) finishRegistration(ctx context.Context, use, ceremony string, answer []byte) (registering, *webauthn.Credential, error) {
	var r registering
	if !s.Passkeys() {
		return r, nil, errNoPasskeys
	}
	if err := s.uncarry(use, ceremony, &r); err != nil {
		return r, nil, err
	}
	if err := s.spend(ctx, ceremony, dialogLife); err != nil {
		return r, nil, err
	}
	handle, err := base64.RawURLEncoding.DecodeString(r.Handle)
	if err != nil {
		return r, nil, fmt.Errorf("read the user handle: %w", err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return r, nil, fault.Refused("signin.passkey_refused").Because(err)
	}
	credential, err := s.webauthn.CreateCredential(holder{handle: handle, email: r.Email, name: r.Name}, r.Session, parsed)
	if err != nil {
		return r, nil, fault.Refused("signin.passkey_refused").Because(err)
	}
	return r, credential, nil
}

// insertPasskey stores a new passkey. The error is fault.Conflict for a key known already or one too many.
func (s *Service) insertPasskey(ctx context.Context, tx *store.Tx, person, label string, credential *webauthn.Credential) error {
	id := base64.RawURLEncoding.EncodeToString(credential.ID)
	var known, own int
	err := errors.Join(
		scanInto(ctx, tx, &known, `select count(*) from passkey where id = $1`, id),
		scanInto(ctx, tx, &own, `select count(*) from passkey where person_id = $1`, person))
	switch {
	case err != nil:
		return fmt.Errorf("count passkeys: %w", err)
	case known > 0:
		return fault.Conflict("signin.passkey_known")
	case own >= maxPasskeys:
		return fault.Conflict("signin.passkeys_too_many", "max", maxPasskeys)
	}
	text, err := json.Marshal(credential)
	if err != nil {
		return fmt.Errorf("write the passkey: %w", err)
	}
	_, err = tx.Exec(ctx, `insert into passkey (id, person_id, label, credential, created_at) values ($1, $2, $3, $4, $5)`,
		id, person, label, string(text), store.Millis(s.people.Now()))
	if err != nil {
		return fmt.Errorf("store the passkey: %w", err)
	}
	return s.people.Record(ctx, tx, s.event(person, "signin.add_passkey", map[string]string{"label": label}))
}

func scanInto[T any](ctx context.Context, tx *store.Tx, into *T, query string, args ...any) (err error) {
	*into, err = store.One(ctx, tx, store.Column[T], query, args...)
	return err
}

// BeginPasskey opens the dialog of a sign-in. Nobody is named: the device offers the passkeys it has for this place.
func (s *Service) BeginPasskey() (Dialog, error) {
	if !s.Passkeys() {
		return Dialog{}, errNoPasskeys
	}
	options, session, err := s.webauthn.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Dialog{}, fmt.Errorf("prepare the sign-in: %w", err)
	}
	ceremony, err := s.carry("login", session, dialogLife)
	return Dialog{Options: options.Response, Ceremony: ceremony}, err
}

var errNoPasskeys = fault.Refused("signin.no_passkeys_here")

var errPasskey = fault.Refused("signin.passkey_unknown")

// FinishPasskey checks the browser's answer and opens a session. The error is fault.Conflict for a dialog open too long or answered
// twice, fault.Refused for a key that is unknown here, does not prove what it should or seems to have been copied, or after too many failures.
func (s *Service) FinishPasskey(ctx context.Context, ceremony string, answer []byte, from From) (Session, error) {
	if !s.Passkeys() {
		return Session{}, errNoPasskeys
	}
	attempt, err := s.people.Admit(ctx, "", from.Address)
	if err != nil {
		return Session{}, err
	}
	var data webauthn.SessionData
	if err := s.uncarry("login", ceremony, &data); err != nil {
		return Session{}, err
	}
	if err := s.spend(ctx, ceremony, dialogLife); err != nil {
		return Session{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Session{}, errPasskey.Because(err)
	}
	var session Session
	err = s.people.DB().Update(ctx, func(tx *store.Tx) error {
		session = Session{}
		credential, person, err := s.provePasskey(ctx, tx, data, parsed)
		if err != nil {
			return err
		}
		if err := s.usePasskey(ctx, tx, credential); err != nil {
			return err
		}
		secret, err := s.people.OpenSession(ctx, tx, person.ID, people.ByPasskey, from.Device, from.Address, from.Previous)
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

// provePasskey finds whose key signed, and checks the signature.
func (s *Service) provePasskey(ctx context.Context, tx *store.Tx, data webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) (*webauthn.Credential, people.Person, error) {
	var person people.Person
	var broken error
	find := func(_, handle []byte) (webauthn.User, error) {
		var err error
		person, err = s.people.PersonByHandle(ctx, tx, base64.RawURLEncoding.EncodeToString(handle))
		if err != nil {
			if !errors.Is(err, store.ErrNotFound) {
				broken = err
			}
			return nil, err
		}
		h, err := s.holder(ctx, tx, person)
		broken = err
		return h, err
	}
	_, credential, err := s.webauthn.ValidatePasskeyLogin(find, data, parsed)
	switch {
	case broken != nil:
		return nil, person, fmt.Errorf("find the passkey: %w", broken)
	case err != nil:
		return nil, person, errPasskey.Because(err)
	case credential.Authenticator.CloneWarning:
		return nil, person, fault.Refused("signin.passkey_copied")
	}
	return credential, person, nil
}

// usePasskey keeps the new counter and the day.
func (s *Service) usePasskey(ctx context.Context, tx *store.Tx, credential *webauthn.Credential) error {
	text, err := json.Marshal(credential)
	if err != nil {
		return fmt.Errorf("write the passkey: %w", err)
	}
	_, err = tx.Exec(ctx, `update passkey set credential = $1, used_at = $2 where id = $3`,
		string(text), store.Millis(s.people.Now()), base64.RawURLEncoding.EncodeToString(credential.ID))
	if err != nil {
		return fmt.Errorf("note the use of the passkey: %w", err)
	}
	return nil
}
