package hook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"hygie/internal/store"
)

// How long an address may take to answer, how long a try keeps others away, after how long a message is given up, how much one round sends, and how long ended
// messages are kept.
const (
	patience  = 10 * time.Second
	holding   = time.Minute
	givenUp   = 72 * time.Hour
	mostSent  = 100
	keepEnded = 31 * 24 * time.Hour
)

// wait is how long after a number of failed tries the next one comes: half a minute, doubled each time, six hours at most.
func wait(attempts int) time.Duration {
	return min(30*time.Second<<min(max(attempts-1, 0), 10), 6*time.Hour)
}

// message is one whose turn has come.
type message struct {
	Hook
	id, event, body string
	queued          time.Time
	attempts        int
}

// Deliver sends the messages whose turn has come and returns how many were taken. A try is noted before it is made: a program killed in the middle sends that
// message a second time rather than never. An address that does not answer keeps no other waiting.
func (s *Service) Deliver(ctx context.Context) (sent int, err error) {
	for range mostSent {
		m, err := s.claim(ctx)
		if errors.Is(err, store.ErrNotFound) {
			return sent, nil
		}
		if err != nil {
			return sent, err
		}
		status, failed := s.send(ctx, m)
		if err := s.settle(context.WithoutCancel(ctx), m, status, failed); err != nil {
			return sent, err
		}
		if failed == nil {
			sent++
		}
		if ctx.Err() != nil {
			return sent, ctx.Err()
		}
	}
	return sent, nil
}

// claim takes the message that waits longest and keeps others from it for a while.
func (s *Service) claim(ctx context.Context) (m message, err error) {
	now := s.Now()
	err = s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		m, err = store.One(ctx, tx, func(row store.Row) (m message, err error) {
			var queued int64
			err = row.Scan(&m.id, &m.event, &m.body, &queued, &m.attempts, &m.ID, &m.URL, &m.salt)
			m.queued = store.Time(queued)
			return m, err
		}, `select d.id, d.event, d.body, d.queued_at, d.attempts, h.id, h.url, h.secret from webhook_delivery d join webhook h on h.id = d.webhook_id
			where d.state = 'waiting' and d.next_at <= $1 order by d.next_at, d.id limit 1`, store.Millis(now))
		if err != nil {
			return err
		}
		m.attempts++
		_, err = tx.Exec(ctx, `update webhook_delivery set attempts = $1, next_at = $2 where id = $3`, m.attempts, store.Millis(now.Add(holding)), m.id)
		return err
	})
	return m, err
}

// errGone says that an address wants no more.
var errGone = errors.New("the address answers that it is gone for good (410)")

// send tries once. Whatever is not 2xx is a failure.
func (s *Service) send(ctx context.Context, m message) (status int, err error) {
	if key := s.wrongURL(m.URL); key != "" { // the setting was narrowed since
		return 0, fmt.Errorf("the address is not one to which messages may go (%s)", key)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	body := []byte(m.body)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "hygie/"+s.Version)
	r.Header.Set("Hygie-Event", m.event)
	r.Header.Set("Hygie-Delivery", m.id)
	r.Header.Set("Hygie-Signature", Sign(s.secret(m.Hook), s.Now(), body))
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, plain(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection can serve again
	switch {
	case answer.StatusCode == http.StatusGone:
		return answer.StatusCode, errGone
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		return answer.StatusCode, fmt.Errorf("the address answers %d", answer.StatusCode)
	}
	return answer.StatusCode, nil
}

// plain leaves the address out of an error: it may hold a secret.
func plain(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil || errors.Is(err, errPrivate) && !errors.Is(inner, errPrivate) {
			return err
		}
		err = inner
	}
}

// settle notes how a try ended.
func (s *Service) settle(ctx context.Context, m message, status int, failed error) error {
	now := s.Now()
	state, next, ended, problem := "sent", now, store.Millis(now), ""
	if failed != nil {
		problem = store.Text(failed.Error())
		state = "refused"
		if !errors.Is(failed, errGone) && now.Sub(m.queued) < givenUp {
			state, next, ended = "waiting", now.Add(wait(m.attempts)), 0
		}
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `update webhook_delivery set state = $1, next_at = $2, ended_at = $3, status = $4, problem = $5 where id = $6 and state = 'waiting'`,
			state, store.Millis(next), ended, status, problem, m.id)
		if err == nil && errors.Is(failed, errGone) {
			_, err = tx.Exec(ctx, `update webhook set revoked_at = $1 where id = $2`, store.Millis(now), m.ID)
		}
		return err
	})
}

// Prune deletes messages that ended long ago.
func (s *Service) Prune(ctx context.Context) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `delete from webhook_delivery where state <> 'waiting' and ended_at < $1`, store.Millis(s.Now().Add(-keepEnded)))
		return err
	})
}

// lookEvery is how often the service looks for what to tell; pruneEvery is counted in looks.
const (
	lookEvery  = 5 * time.Second
	pruneEvery = 720
)

// Run gathers and delivers until ctx ends. A failure is logged and tried again.
func (s *Service) Run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for looks := 0; ; looks++ {
		_, gathered := s.Gather(ctx)
		_, delivered := s.Deliver(ctx)
		var pruned error
		if looks%pruneEvery == 0 {
			pruned = s.Prune(ctx)
		}
		if err := errors.Join(gathered, delivered, pruned); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "other programs could not be told", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

var errPrivate = errors.New("the address is not a public one")

// guarded is the network, without private addresses unless they are let in. The address is looked at when the connection is made, after the name was resolved: a
// name that changes its mind in between gains nothing. A proxy of the environment is not used, since it would connect for us unseen.
func guarded(private bool) http.RoundTripper {
	dialer := &net.Dialer{Timeout: patience, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%w: %w", errPrivate, err)
		}
		if !private && !public(to.Addr()) {
			return fmt.Errorf("%w: %s", errPrivate, to.Addr())
		}
		return nil
	}}
	return &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: patience, ResponseHeaderTimeout: patience, MaxResponseHeaderBytes: 64 << 10, MaxIdleConns: 20, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true}
}

// special are networks that are no one's on the internet, or that lead into other networks (IANA special-purpose registries, RFC 6890 and after).
func special() []netip.Prefix {
	var list []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
	} {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// public tells whether an address is one of the internet.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range special() {
		if p.Contains(a) {
			return false
		}
	}
	return a.IsValid()
}
