// Package notice tells people by mail what waits for them: reminders of due actions, evidence that ends soon, what happens to dossiers of funding, and a weekly digest, each as the person wants it.
//
// A mail is written into an outbox in the transaction that decides on it ([Service.Prepare]), with a note of what it tells, so that nothing is told
// twice. [Service.Deliver] hands it to the mail server; while the server is away, mails wait and are tried again, ever more rarely, and none is given up but one
// that the server refuses for good. [Service.State] says how it stands, without embellishment.
//
// Mail crosses many hands in clear. A mail holds the titles of actions, the names of evidence and links, never their details: what the links lead to asks who one is.
package notice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"hygie/internal/funding/callshelf"
	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/store"
)

// Message is one mail to one person.
type Message struct {
	ID      string // makes the Message-ID, so that the same mail sent twice is seen as one
	To      string // address
	Subject string
	Body    string // plain text, lines ending in \n
	At      time.Time
}

// Sender hands a message to a mail server. The error wraps [ErrRefused] when trying again is useless; any other error is for later.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// ErrRefused says that the server will not take this mail, now or later.
var ErrRefused = errors.New("refused by the mail server")

// Options are what the service needs.
type Options struct {
	DB        *store.DB
	People    *people.Service
	Catalogue *locale.Catalogue
	Sender    Sender // nil: no mail server is set, and nothing is written
	Server    string // as the page of the state names it
	From      string
	Address   string // public address of the platform, without a slash at its end
	Zone      *time.Location
	Calls     *callshelf.Shelf // of which windows that close soon are told; nil: none
	Now       func() time.Time
	Log       *slog.Logger
}

// Service writes and sends mail.
type Service struct{ Options }

// New makes the service.
func New(o Options) *Service { return &Service{o} }

// Choice is which mails a person wants.
type Choice struct {
	Reminders bool
	Digest    bool
	DigestDay time.Weekday
}

// Default is the choice of who has not chosen: both, the digest on Mondays.
func Default() Choice { return Choice{Reminders: true, Digest: true, DigestDay: time.Monday} }

// ChoiceOf returns what a person chose.
func ChoiceOf(ctx context.Context, tx *store.Tx, person string) (Choice, error) {
	c, err := store.One(ctx, tx, func(row store.Row) (c Choice, err error) {
		var day int
		err = row.Scan(&c.Reminders, &c.Digest, &day)
		c.DigestDay = time.Weekday(day % 7)
		return c, err
	}, `select reminders, digest, digest_day from mail_choice where person_id = $1`, person)
	if errors.Is(err, store.ErrNotFound) {
		return Default(), nil
	}
	if err != nil {
		return c, fmt.Errorf("read which mails somebody wants: %w", err)
	}
	return c, nil
}

// Choose keeps what a person wants.
func Choose(ctx context.Context, tx *store.Tx, person string, c Choice) error {
	day := int(c.DigestDay)
	if day == 0 {
		day = 7
	}
	_, err := tx.Exec(ctx, `insert into mail_choice (person_id, reminders, digest, digest_day) values ($1, $2, $3, $4)
		on conflict (person_id) do update set reminders = excluded.reminders, digest = excluded.digest, digest_day = excluded.digest_day`, person, c.Reminders, c.Digest, day)
	if err != nil {
		return fmt.Errorf("keep which mails somebody wants: %w", err)
	}
	return nil
}

// prepareEvery and deliverEvery are how often the service looks for what to tell, and for what to send.
const (
	prepareEvery = 15 * time.Minute
	deliverEvery = 30 * time.Second
)

// Run prepares and delivers until ctx ends. A failure is logged and tried again.
func (s *Service) Run(ctx context.Context) {
	if s.Sender == nil {
		return
	}
	ticker := time.NewTicker(deliverEvery)
	defer ticker.Stop()
	var prepared time.Time
	for {
		if now := s.Now(); now.Sub(prepared) >= prepareEvery {
			prepared = now
			if _, err := s.Prepare(ctx); err != nil && ctx.Err() == nil {
				s.Log.WarnContext(ctx, "reminders could not be prepared", "error", err)
			}
		}
		if _, err := s.Deliver(ctx); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "mail could not be sent", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
