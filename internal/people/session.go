package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
)

// Means is how a person proved who they are.
type Means string

// The means of proof.
const (
	ByPasskey  Means = "passkey"
	ByCode     Means = "code"     // password and one-time code
	ByRecovery Means = "recovery" // password and recovery code
	ByDemo     Means = "demo"     // one-click sign-in of a demonstration
)

// Strong tells whether the means proves possession of something besides knowledge of a secret. A recovery code is such a
// thing: it is used once, together with the password.
func (m Means) Strong() bool {
	return m == ByPasskey || m == ByCode || m == ByRecovery || m == ByDemo
}

// fresh is how long after a proof the person may change their own means of proof without proving again.
const fresh = 15 * time.Minute

// Session is a time of work of one person in one browser.
type Session struct {
	ID      string
	Person  string
	Strong  bool
	Means   Means
	Device  string    // browser and system in plain words
	Address string    // network address at the beginning
	Created time.Time // began
	Seen    time.Time // last request, to the minute
	Proved  time.Time // the person last proved who they are
	Expires time.Time // ends in any case
}

// Fresh tells whether the proof is recent enough to change passwords, passkeys and codes.
func (s Session) Fresh(now time.Time) bool { return now.Sub(s.Proved) < fresh }

const sessionColumns = `x.id, x.person_id, x.strong, x.means, x.device, x.address, x.created_at, x.seen_at, x.proved_at, x.expires_at`

func scanSession(row store.Row) (Session, error) {
	var s Session
	var created, seen, proved, expires int64
	err := row.Scan(&s.ID, &s.Person, &s.Strong, &s.Means, &s.Device, &s.Address, &created, &seen, &proved, &expires)
	s.Created, s.Seen, s.Proved, s.Expires = store.Time(created), store.Time(seen), store.Time(proved), store.Time(expires)
	return s, err
}

// OpenSession begins a session for a person who has just proved who they are, and returns its secret, which only the
// browser keeps. previous is the secret that the browser came with, or empty: that session ends, so that nobody can hand a
// victim a session prepared beforehand. The error is fault.Refused when the account may not be used.
func (s *Service) OpenSession(ctx context.Context, tx *store.Tx, person string, means Means, device, address, previous string) (secret string, err error) {
	p, err := s.PersonByID(ctx, tx, person)
	if err != nil {
		return "", fmt.Errorf("read the account: %w", err)
	}
	if !p.Active() {
		return "", fault.Refused("people.disabled")
	}
	if err := s.CloseSession(ctx, tx, previous); err != nil {
		return "", err
	}
	if secret, err = s.NewSecret(); err != nil {
		return "", err
	}
	now := s.now()
	id := store.NewID(now)
	_, err = tx.Exec(ctx, `
		insert into session (id, token_hash, person_id, strong, means, device, address, created_at, seen_at, proved_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		id, HashSecret(secret), person, means.Strong(), means, clip(device, 200), clip(address, 64),
		store.Millis(now), store.Millis(now), store.Millis(now), store.Millis(now.Add(s.absolute)))
	if err != nil {
		return "", fmt.Errorf("open a session: %w", err)
	}
	return secret, s.Record(ctx, tx, Event{Actor: person, Action: "people.sign_in", Subject: id, Detail: map[string]string{"means": string(means)}})
}

func clip(text string, most int) string {
	runes := []rune(text)
	return string(runes[:min(len(runes), most)])
}

// touchEvery is how exactly the last request is remembered: a write for each request would cost more than it tells.
const touchEvery = time.Minute

// Whoami finds who works in the session of this secret: the session, and the actor with the grants that count now. The zero Actor
// comes back, without error, when the secret opens nothing: unknown, ended, idle for too long, or the account was disabled.
func (s *Service) Whoami(ctx context.Context, secret string) (right.Actor, Session, error) {
	actor, session, err := s.Glance(ctx, secret)
	if err != nil || !actor.SignedIn() {
		return actor, session, err
	}
	if now := s.now(); now.Sub(session.Seen) >= touchEvery {
		session.Seen = now
		if err := s.touch(ctx, session.ID, now); err != nil {
			return right.Actor{}, Session{}, err
		}
	}
	return actor, session, nil
}

// Glance is [Service.Whoami] for a request that nobody made, such as a page that listens for news by itself: it does not count as use of the session,
// which ends when its person has gone.
func (s *Service) Glance(ctx context.Context, secret string) (right.Actor, Session, error) {
	if secret == "" {
		return right.Actor{}, Session{}, nil
	}
	var actor right.Actor
	var session Session
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		actor, session, err = s.whoami(ctx, tx, secret)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return right.Actor{}, Session{}, nil
	}
	if err != nil {
		return right.Actor{}, Session{}, fmt.Errorf("read the session: %w", err)
	}
	return actor, session, nil
}

func (s *Service) whoami(ctx context.Context, tx *store.Tx, secret string) (right.Actor, Session, error) {
	now := s.now()
	session, err := store.One(ctx, tx, scanSession, `
		select `+sessionColumns+` from session x join person p on p.id = x.person_id
		where x.token_hash = $1 and x.revoked_at = 0 and x.expires_at > $2 and x.seen_at > $3 and p.disabled_at = 0`,
		HashSecret(secret), store.Millis(now), store.Millis(now.Add(-s.idle)))
	if err != nil {
		return right.Actor{}, Session{}, err
	}
	actor, err := s.Actor(ctx, tx, session.Person, session.Strong)
	return actor, session, err
}

// Actor is the person as one who asks for rights, with the grants that count now.
func (s *Service) Actor(ctx context.Context, tx *store.Tx, person string, strong bool) (right.Actor, error) {
	p, err := s.PersonByID(ctx, tx, person)
	if err != nil {
		return right.Actor{}, err
	}
	grants, err := s.GrantsOf(ctx, tx, person)
	if err != nil {
		return right.Actor{}, err
	}
	return right.Actor{Person: p.ID, Name: p.Name, Email: p.Email, Locale: p.Locale, Grants: grants, Strong: strong}, nil
}

func (s *Service) touch(ctx context.Context, session string, now time.Time) error {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `update session set seen_at = $1 where id = $2 and seen_at < $1`, store.Millis(now), session)
		return err
	})
	if err != nil {
		return fmt.Errorf("note the last use of the session: %w", err)
	}
	return nil
}

// CloseSession ends the session of this secret; a secret that opens nothing is no error.
func (s *Service) CloseSession(ctx context.Context, tx *store.Tx, secret string) error {
	if secret == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `update session set revoked_at = $1 where token_hash = $2 and revoked_at = 0`, store.Millis(s.now()), HashSecret(secret))
	if err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	return nil
}

// Sessions returns the open sessions of a person, the last used first.
func (s *Service) Sessions(ctx context.Context, tx *store.Tx, person string) ([]Session, error) {
	now := s.now()
	sessions, err := store.All(ctx, tx, scanSession, `
		select `+sessionColumns+` from session x
		where x.person_id = $1 and x.revoked_at = 0 and x.expires_at > $2 and x.seen_at > $3
		order by x.seen_at desc, x.id`, person, store.Millis(now), store.Millis(now.Add(-s.idle)))
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return sessions, nil
}

// EndSession ends one of the person's own sessions, named by its id. The error is fault.NotFound when it is not theirs or has ended.
func (s *Service) EndSession(ctx context.Context, tx *store.Tx, person, session string) error {
	changed, err := tx.Exec(ctx, `update session set revoked_at = $1 where id = $2 and person_id = $3 and revoked_at = 0`,
		store.Millis(s.now()), session, person)
	if err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	if changed == 0 {
		return fault.NotFound("people.no_session")
	}
	return s.Record(ctx, tx, Event{Actor: person, Action: "people.end_session", Subject: session})
}

// EndOtherSessions ends every session of the person but the one named, which may be empty, and returns how many there were.
func (s *Service) EndOtherSessions(ctx context.Context, tx *store.Tx, person, keep string) (int64, error) {
	changed, err := tx.Exec(ctx, `update session set revoked_at = $1 where person_id = $2 and id <> $3 and revoked_at = 0`,
		store.Millis(s.now()), person, keep)
	if err != nil {
		return 0, fmt.Errorf("end the other sessions: %w", err)
	}
	if changed == 0 {
		return 0, nil
	}
	return changed, s.Record(ctx, tx, Event{Actor: person, Action: "people.end_sessions", Subject: person, Detail: map[string]string{"count": fmt.Sprint(changed)}})
}

// Tidy deletes sessions, spent forms and counters that have no use any more; the audit trail keeps who signed in when.
func (s *Service) Tidy(ctx context.Context) error {
	now := s.now()
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		_, one := tx.Exec(ctx, `delete from session where expires_at < $1`, store.Millis(now.AddDate(0, 0, -1)))
		_, two := tx.Exec(ctx, `delete from spent where expires_at < $1`, store.Millis(now))
		_, three := tx.Exec(ctx, `delete from attempt where last_at < $1`, store.Millis(now.Add(-forgetAccount)))
		_, four := tx.Exec(ctx, `delete from api_token where expires_at < $1`, store.Millis(now.AddDate(-1, 0, 0))) // the trail keeps who made which
		return errors.Join(one, two, three, four)
	})
	if err != nil {
		return fmt.Errorf("delete ended sessions: %w", err)
	}
	return nil
}
