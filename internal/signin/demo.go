package signin

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
)

// DemoPath is where the one-click sign-in of a demonstration lies.
const DemoPath = "/demonstration/"

// DemoLink signs in as one person of the demonstration.
type DemoLink struct {
	Person    people.Person
	Role      right.Role
	Structure string // name
	Path      string // "/demonstration/PERSON?k=…"
}

// DemoLinks returns one link for each role that somebody holds, by role. There is none unless the service was made for a
// demonstration.
func (s *Service) DemoLinks(ctx context.Context) ([]DemoLink, error) {
	if !s.demo {
		return nil, nil
	}
	var links []DemoLink
	err := s.people.DB().View(ctx, func(tx *store.Tx) error {
		links = nil
		for _, role := range right.Roles() {
			held, err := s.people.HoldersOf(ctx, tx, role)
			if err != nil {
				return err
			}
			for _, h := range held {
				path := DemoPath + url.PathEscape(h.Person.ID) + "?" + url.Values{"k": {s.demoKey(h.Person.ID)}}.Encode()
				links = append(links, DemoLink{Person: h.Person, Role: h.Role, Structure: h.StructureName, Path: path})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list who to sign in as: %w", err)
	}
	return links, nil
}

// demoKey keeps other sites from signing a visitor in by a link they can guess.
func (s *Service) demoKey(person string) string {
	mac := hmac.New(sha256.New, s.key)
	fmt.Fprintf(mac, "hygie demonstration 1\n%s", person)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// AsDemo opens a session for the person of a [DemoLink]. The error is fault.NotFound outside of a demonstration and for a wrong key.
func (s *Service) AsDemo(ctx context.Context, person, key string, from From) (Session, error) {
	if !s.demo || !hmac.Equal([]byte(key), []byte(s.demoKey(person))) {
		return Session{}, fault.NotFound("signin.no_demo")
	}
	var session Session
	err := s.people.DB().Update(ctx, func(tx *store.Tx) error {
		p, err := s.people.PersonByID(ctx, tx, person)
		if err != nil {
			return fmt.Errorf("read the account: %w", err)
		}
		session.Person = p
		session.Secret, err = s.people.OpenSession(ctx, tx, p.ID, people.ByDemo, from.Device, from.Address, from.Previous)
		return err
	})
	return session, err
}
