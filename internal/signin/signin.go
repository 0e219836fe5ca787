// Package signin is how people prove who they are: with a passkey, or with a password and a one-time code.
//
// There are two ways and no third. A passkey (WebAuthn, discoverable, with the person verified by the device) is the one to
// prefer: nothing to remember, nothing that can be typed on a false page. Whoever has no device for it uses a password together
// with the six digits of an authenticator application, and recovery codes on paper for the day the telephone is lost. A password alone
// opens nothing.
//
// Means of proof are set up at the end of an invitation (see [Service.AcceptWithCode], [Service.BeginAcceptWithPasskey]), and
// changed from the account, within a session whose proof is fresh. Whoever lost everything is invited to recover by an administrator;
// setting new means then removes all former ones and ends all sessions.
//
// What is stored: passwords as argon2id, seeds of one-time codes sealed with the installation key, recovery codes under a keyed
// hash, public keys of passkeys. A code is used once: the 30-second step of the last one is kept, and an older or equal step is refused.
//
// Every way ends in people.OpenSession. The package knows nothing of pages.
package signin

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"runtime"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"hygie/internal/people"
)

// Options are what a [Service] needs from outside. People, Key and Origin are required.
type Options struct {
	People *people.Service
	Key    []byte    // installation key, at least 32 bytes; seals what is stored
	Origin string    // where people reach the platform: "https://hygie.example.org", no path
	Others []string  // further origins from which passkeys of the same host name are accepted
	Name   string    // what passkey and authenticator dialogs call the platform; empty for "hygie"
	Random io.Reader // source of secrets; nil for crypto/rand
	Demo   bool      // offer one-click sign-in; never where real people work
	// Hashers is how many passwords are checked at the same moment, 19 MiB of memory each; zero for one per processor.
	Hashers int
}

// Service does everything about proof. It is safe for concurrent use.
type Service struct {
	people   *people.Service
	sealer   sealer
	key      []byte
	origin   string
	name     string
	random   io.Reader
	demo     bool
	webauthn *webauthn.WebAuthn // nil where passkeys cannot work
	hashing  chan struct{}      // holds one token for each password being hashed
}

// New makes the service.
func New(o Options) (*Service, error) {
	if o.People == nil {
		return nil, errors.New("signin: no people service")
	}
	s := &Service{people: o.People, key: o.Key, origin: o.Origin, name: o.Name, random: o.Random, demo: o.Demo}
	if s.name == "" {
		s.name = "hygie"
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	var err error
	if s.sealer, err = newSealer(o.Key, s.random); err != nil {
		return nil, fmt.Errorf("signin: %w", err)
	}
	if s.webauthn, err = relyingParty(o.Origin, o.Others, s.name); err != nil {
		return nil, fmt.Errorf("signin: %w", err)
	}
	if o.Hashers <= 0 {
		o.Hashers = runtime.GOMAXPROCS(0)
	}
	s.hashing = make(chan struct{}, o.Hashers)
	return s, nil
}

// Passkeys tells whether passkeys can work at the platform's address. Browsers offer them only over https, or on the same machine, and
// bind them to a name: an address in figures or a name without a dot has none. Everybody then signs in with password and code.
func (s *Service) Passkeys() bool { return s.webauthn != nil }

func relyingParty(origin string, others []string, name string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("the origin %q is not of the form https://name", origin)
	}
	if !bindable(u) {
		return nil, nil
	}
	party, err := webauthn.New(&webauthn.Config{
		RPID:          u.Hostname(),
		RPDisplayName: name,
		RPOrigins:     append([]string{origin}, others...),
		// The device proves that the right person holds it, by finger, face or PIN, so that a passkey is two factors in one.
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:      protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.VerificationRequired,
		},
		AttestationPreference: protocol.PreferNoAttestation, // which maker's key it is, is nobody's business
	})
	if err != nil {
		return nil, fmt.Errorf("prepare passkeys for %s: %w", origin, err)
	}
	return party, nil
}

// bindable tells whether a browser will bind a passkey to the address (Web Authentication 3, section 5.1.3: a valid domain and a secure
// context).
func bindable(u *url.URL) bool {
	host := u.Hostname()
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	_, err := netip.ParseAddr(host)
	return u.Scheme == "https" && err != nil && strings.Contains(strings.Trim(host, "."), ".")
}

// Demo tells whether one-click sign-in is offered.
func (s *Service) Demo() bool { return s.demo }

// From is where a sign-in comes from.
type From struct {
	Device   string // browser and system in plain words, see [Device]
	Address  string // network address
	Previous string // secret of the session the browser came with, or empty; it ends
}

// Session is the outcome of a proof: whose session, and its secret for the cookie.
type Session struct {
	Person people.Person
	Secret string
}

// Means is what a person has set up.
type Means struct {
	Passkeys      []Passkey
	Code          bool // password and one-time code
	RecoveryCodes int  // not used yet
}

// Any tells whether the person can sign in at all.
func (m Means) Any() bool { return m.Code || len(m.Passkeys) > 0 }

func (s *Service) draw(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.random, b); err != nil {
		return nil, fmt.Errorf("draw a secret: %w", err)
	}
	return b, nil
}

// event is what a person changed about their own means.
func (s *Service) event(person, action string, detail map[string]string) people.Event {
	return people.Event{Actor: person, Action: action, Subject: person, Detail: detail}
}
