// Package people knows who uses the platform: persons, the roles they were given and for how long, the invitations that
// bring them in, and the sessions in which they work.
//
// A person is an address and a name; everything a person may do comes from grants (see package right). A grant is given by
// somebody who may, for a structure, with dates; it is withdrawn, never deleted, so that one can always tell who could see
// what on a given day. A delegation is a grant passed on for a time: it ends with its own date, with the grant it comes from, or
// when either person leaves, whichever is first.
//
// Nobody gives a role to oneself, and nobody gives more than right.MayGive says. The first administrator of an installation
// comes in by a link that the server prints on its console (see [Service.FirstAdministratorLink]).
//
// Secrets of links and sessions are 256 random bits of which only the SHA-256 is stored: a stolen database opens no session.
// How a person proves who they are is the business of package signin, which ends in [Service.OpenSession].
//
// Every change of rights is written to the [Recorder] in the same transaction.
package people

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"hygie/internal/store"
)

// Options are what a [Service] needs from outside. Key and Recorder are required.
type Options struct {
	Key      []byte           // installation key, at least 32 bytes: what is counted by address or account is stored under it
	Recorder Recorder         // where changes of rights are written
	Now      func() time.Time // the clock; nil for time.Now
	Random   io.Reader        // source of secrets; nil for crypto/rand
	Idle     time.Duration    // a session ends after so long without a request; zero for 2 hours
	Absolute time.Duration    // a session ends after so long in any case; zero for 12 hours
}

// Service does everything about people. It is safe for concurrent use.
type Service struct {
	db       *store.DB
	key      []byte
	recorder Recorder
	now      func() time.Time
	random   io.Reader
	idle     time.Duration
	absolute time.Duration
}

// New makes the service on a migrated database.
func New(db *store.DB, o Options) (*Service, error) {
	if len(o.Key) < 32 {
		return nil, fmt.Errorf("people: the installation key has %d bytes, at least 32 are needed", len(o.Key))
	}
	if o.Recorder == nil {
		return nil, fmt.Errorf("people: no recorder for changes of rights")
	}
	s := &Service{db: db, key: o.Key, recorder: o.Recorder, now: o.Now, random: o.Random, idle: o.Idle, absolute: o.Absolute}
	if s.now == nil {
		s.now = time.Now
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	if s.idle == 0 {
		s.idle = 2 * time.Hour
	}
	if s.absolute == 0 {
		s.absolute = 12 * time.Hour
	}
	return s, nil
}

// DB is the database of the service, for callers that open the transaction themselves.
func (s *Service) DB() *store.DB { return s.db }

// Now is the service's clock.
func (s *Service) Now() time.Time { return s.now() }

// Event is a change of rights or of the means of proof, as the audit trail keeps it.
type Event struct {
	At        time.Time
	Actor     string            // person id; empty for the installation itself
	Action    string            // "people.give_role", "signin.add_passkey" …
	Subject   string            // id of the person, grant, invitation or session it is about
	Structure string            // empty for the whole installation, or when it is about none
	Detail    map[string]string // never a secret
}

// Recorder writes events to the audit trail, in the transaction of the act.
type Recorder interface {
	Record(ctx context.Context, tx *store.Tx, event Event) error
}

// RecorderFunc makes a function a Recorder.
type RecorderFunc func(ctx context.Context, tx *store.Tx, event Event) error

// Record calls f.
func (f RecorderFunc) Record(ctx context.Context, tx *store.Tx, event Event) error {
	return f(ctx, tx, event)
}

// Record writes an event about people that another package made happen, with the service's time.
func (s *Service) Record(ctx context.Context, tx *store.Tx, event Event) error {
	event.At = s.now()
	if err := s.recorder.Record(ctx, tx, event); err != nil {
		return fmt.Errorf("write %s to the audit trail: %w", event.Action, err)
	}
	return nil
}

// NewSecret makes the secret of a link or of a session: 256 random bits in 43 letters, digits, "-" and "_".
func (s *Service) NewSecret() (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(s.random, b); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// HashSecret is what is stored of a secret made by [Service.NewSecret]. A plain hash is enough for 256 random bits, and finding
// the row by it compares no secret byte by byte.
func HashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// keyed hides a short or guessable text, such as an address, so that it can only be recognised with the installation key.
func (s *Service) keyed(kind, text string) string {
	mac := hmac.New(sha256.New, s.key)
	fmt.Fprintf(mac, "people %s\n%s", kind, text)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func nullable(id string) any {
	if id == "" {
		return nil
	}
	return id
}
