package notice

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hygie/internal/people"
	"hygie/internal/store"
)

// MailState says where a mail is.
type MailState string

// The states of a mail. A refused one stays to be read by who runs the installation.
const (
	Waiting MailState = "waiting"
	Sent    MailState = "sent"
	Refused MailState = "refused"
)

// write puts a mail to somebody into the outbox.
func write(ctx context.Context, tx *store.Tx, to people.Person, subject, body string, now time.Time) error {
	_, err := Post(ctx, tx, to.ID, to.Email, subject, body, now)
	return err
}

// Post puts a mail to any address into the outbox, on behalf of a person, and gives its id. Who calls it has the consent of whoever reads it.
func Post(ctx context.Context, tx *store.Tx, person, to, subject, body string, now time.Time) (string, error) {
	id := store.NewID(now)
	_, err := tx.Exec(ctx, `insert into mail (id, person_id, recipient, subject, body, state, queued_at, next_at) values ($1, $2, $3, $4, $5, 'waiting', $6, $6)`,
		id, person, to, store.Text(subject), store.Text(body), store.Millis(now))
	if err != nil {
		return "", fmt.Errorf("write a mail: %w", err)
	}
	return id, nil
}

// StateOf tells where a mail is; [Sent] when it ended so long ago that it is forgotten.
func StateOf(ctx context.Context, tx *store.Tx, id string) (MailState, error) {
	state, err := store.One(ctx, tx, store.Column[string], `select state from mail where id = $1`, id)
	if errors.Is(err, store.ErrNotFound) {
		return Sent, nil
	}
	if err != nil {
		return "", fmt.Errorf("read where a mail is: %w", err)
	}
	return MailState(state), nil
}

// tell notes that a person is told something; false when they were told already.
func tell(ctx context.Context, tx *store.Tx, person, about string, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `insert into mail_told (person_id, about, told_at) values ($1, $2, $3) on conflict (person_id, about) do nothing`, person, about, store.Millis(now))
	if err != nil {
		return false, fmt.Errorf("note what somebody is told: %w", err)
	}
	return n == 1, nil
}

// sending is how long a try may take before another node may try again.
const sending = 5 * time.Minute

// mostAtOnce is how many mails one [Service.Deliver] sends: what is left is sent the next time.
const mostAtOnce = 100

// wait is how long after a number of failed tries the next one comes: a minute, doubled each time, six hours at most.
func wait(attempts int) time.Duration {
	return min(time.Minute<<min(max(attempts-1, 0), 10), 6*time.Hour)
}

// queued is a mail whose turn has come.
type queued struct {
	Message
	attempts int
}

// Deliver sends the mails whose turn has come and returns how many the server took. A try is noted before it is made: a program killed in the middle sends that mail a second
// time rather than never. When the server cannot be reached the others wait too.
func (s *Service) Deliver(ctx context.Context) (sent int, err error) {
	if s.Sender == nil {
		return 0, nil
	}
	for range mostAtOnce {
		m, err := s.claim(ctx)
		if errors.Is(err, store.ErrNotFound) {
			return sent, nil
		}
		if err != nil {
			return sent, err
		}
		failed := s.Sender.Send(ctx, m.Message)
		if err := s.settle(context.WithoutCancel(ctx), m, failed); err != nil {
			return sent, err
		}
		if failed == nil {
			sent++
		} else if !errors.Is(failed, ErrRefused) {
			return sent, failed
		}
	}
	return sent, nil
}

// claim takes the mail that waits longest and keeps others from it for a while.
func (s *Service) claim(ctx context.Context) (m queued, err error) {
	now := s.Now()
	err = s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		m, err = store.One(ctx, tx, func(row store.Row) (m queued, err error) {
			var at int64
			err = row.Scan(&m.ID, &m.To, &m.Subject, &m.Body, &at, &m.attempts)
			m.At = store.Time(at)
			return m, err
		}, `select id, recipient, subject, body, queued_at, attempts from mail where state = 'waiting' and next_at <= $1 order by next_at, id limit 1`, store.Millis(now))
		if err != nil {
			return err
		}
		m.attempts++
		_, err = tx.Exec(ctx, `update mail set attempts = $1, next_at = $2 where id = $3`, m.attempts, store.Millis(now.Add(sending)), m.ID)
		return err
	})
	return m, err
}

// settle notes how a try ended.
func (s *Service) settle(ctx context.Context, m queued, failed error) error {
	now := s.Now()
	state, next, ended, problem := Sent, now, store.Millis(now), ""
	if failed != nil {
		problem = store.Text(failed.Error())
		if state = Refused; !errors.Is(failed, ErrRefused) {
			state, next, ended = Waiting, now.Add(wait(m.attempts)), 0
		}
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `update mail set state = $1, next_at = $2, ended_at = $3, problem = $4 where id = $5`, string(state), store.Millis(next), ended, problem, m.ID)
		return err
	})
}

// Standing is how the sending of mail stands.
type Standing struct {
	Set           bool // a server is set
	Server, From  string
	Waiting       int
	Oldest        time.Time // of those that wait; zero when none does
	Problem       string    // of the last try of one that waits
	SentThisWeek  int
	LastSent      time.Time
	RefusedInWeek int
	LastRefusal   string
}

// State says how the sending of mail stands.
func (s *Service) State(ctx context.Context, tx *store.Tx) (st Standing, err error) {
	st.Set, st.Server, st.From = s.Sender != nil, s.Server, s.From
	week := store.Millis(s.Now().AddDate(0, 0, -7))
	var oldest, last int64
	_, err = store.One(ctx, tx, func(row store.Row) (_ struct{}, err error) {
		return struct{}{}, row.Scan(&st.Waiting, &oldest, &st.SentThisWeek, &last, &st.RefusedInWeek)
	}, `select count(*) filter (where state = 'waiting'), coalesce(min(queued_at) filter (where state = 'waiting'), 0), count(*) filter (where state = 'sent' and ended_at >= $1),
		coalesce(max(ended_at) filter (where state = 'sent'), 0), count(*) filter (where state = 'refused' and ended_at >= $1) from mail`, week)
	if err != nil {
		return st, fmt.Errorf("read how mail stands: %w", err)
	}
	st.Oldest, st.LastSent = store.Time(oldest), store.Time(last)
	for state, into := range map[MailState]*string{Waiting: &st.Problem, Refused: &st.LastRefusal} {
		*into, err = store.One(ctx, tx, store.Column[string], `select problem from mail where state = $1 and problem <> '' order by next_at desc, id desc limit 1`, string(state))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return st, fmt.Errorf("read how mail stands: %w", err)
		}
	}
	return st, nil
}

// Prune forgets mails that ended before a moment, and what was told before it; what waits is never forgotten.
func Prune(ctx context.Context, tx *store.Tx, before time.Time) error {
	if _, err := tx.Exec(ctx, `delete from mail where state <> 'waiting' and ended_at < $1`, store.Millis(before)); err != nil {
		return fmt.Errorf("forget old mail: %w", err)
	}
	if _, err := tx.Exec(ctx, `delete from mail_told where told_at < $1`, store.Millis(before)); err != nil {
		return fmt.Errorf("forget old mail: %w", err)
	}
	return nil
}
