package people

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"hygie/internal/fault"
	"hygie/internal/store"
)

// limit says how failures are answered: some are free, then each doubles the wait.
type limit struct {
	free   int64
	first  time.Duration // wait after the first failure that is not free
	most   time.Duration
	forget time.Duration // without a failure for so long, the count begins anew
}

const forgetAccount = 24 * time.Hour

// A hospital sends all its people out by one address, so an address may fail far more often than an account.
var (
	accountLimit = limit{free: 5, first: 30 * time.Second, most: time.Hour, forget: forgetAccount}
	addressLimit = limit{free: 60, first: 30 * time.Second, most: 15 * time.Minute, forget: time.Hour}
)

// wait is how long to refuse after so many failures.
func (l limit) wait(failures int64) time.Duration {
	if failures <= l.free {
		return 0
	}
	wait := l.first
	for range failures - l.free - 1 {
		if wait *= 2; wait >= l.most {
			return l.most
		}
	}
	return wait
}

// Attempt is one try at proving who one is, counted as a failure until [Service.Succeeded] says otherwise: many tries at the same
// moment are then all counted before the first is answered.
type Attempt struct{ account, address string }

// Admit counts a try for the account, which may not exist, from the address, or refuses it: fault.Refused with the wait. account may be
// empty when the means does not name one, as with passkeys; a locked account then still opens with its passkey, so that locking
// somebody out by typing wrong passwords does not work against those who have one.
//
// It commits by itself, because the count must stay when the try fails.
func (s *Service) Admit(ctx context.Context, account, address string) (Attempt, error) {
	a := Attempt{address: s.keyed("address", network(address))}
	if account != "" {
		a.account = s.keyed("account", EmailKey(account))
	}
	var refused error
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		now := s.now()
		wait, err := s.locked(ctx, tx, a, now)
		refused = nil
		if err != nil {
			return err
		}
		if wait > 0 {
			refused = fault.Refused("people.locked", "wait", wait.Round(time.Second))
			return nil
		}
		return s.count(ctx, tx, a, account, address, now)
	})
	if err != nil {
		return Attempt{}, fmt.Errorf("count the sign-in attempt: %w", err)
	}
	return a, refused
}

// locked is how long the account or the address still has to wait.
func (s *Service) locked(ctx context.Context, tx *store.Tx, a Attempt, now time.Time) (time.Duration, error) {
	until, err := store.One(ctx, tx, store.Column[int64],
		`select coalesce(max(locked_until), 0) from attempt where subject in ($1, $2)`, a.account, a.address)
	if err != nil {
		return 0, err
	}
	return store.Time(until).Sub(now), nil
}

// count counts the try as a failure, and writes to the trail when a wait begins: who is under attack, and from where. Waits double, so
// that an attacker cannot fill the trail.
func (s *Service) count(ctx context.Context, tx *store.Tx, a Attempt, account, address string, now time.Time) error {
	byAddress, err := s.fail(ctx, tx, a.address, addressLimit, now)
	if err != nil {
		return err
	}
	var byAccount time.Duration
	if a.account != "" {
		if byAccount, err = s.fail(ctx, tx, a.account, accountLimit, now); err != nil {
			return err
		}
	}
	if byAccount == 0 && byAddress == 0 {
		return nil
	}
	person, err := s.PersonByEmail(ctx, tx, account)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("read the account: %w", err)
	}
	// What was typed is not written: it may be a password. An account that exists is named by its id.
	return s.Record(ctx, tx, Event{Action: "people.lock_out", Subject: person.ID, Detail: map[string]string{
		"network": network(address), "account_wait": byAccount.String(), "network_wait": byAddress.String()}})
}

// fail adds a failure and returns the wait that it brings.
func (s *Service) fail(ctx context.Context, tx *store.Tx, subject string, l limit, now time.Time) (time.Duration, error) {
	type count struct{ failures, last int64 }
	before, err := store.One(ctx, tx, func(row store.Row) (c count, err error) {
		return c, row.Scan(&c.failures, &c.last)
	}, `select failures, last_at from attempt where subject = $1`, subject)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return 0, err
	}
	failures := before.failures + 1
	if now.Sub(store.Time(before.last)) > l.forget {
		failures = 1
	}
	_, err = tx.Exec(ctx, `
		insert into attempt (subject, failures, last_at, locked_until) values ($1, $2, $3, $4)
		on conflict (subject) do update set failures = excluded.failures, last_at = excluded.last_at, locked_until = excluded.locked_until`,
		subject, failures, store.Millis(now), store.Millis(now.Add(l.wait(failures))))
	return l.wait(failures), err
}

// Succeeded takes the try back: the account starts anew, the address forgets this one try only, for an attacker may own an account
// as well.
func (s *Service) Succeeded(ctx context.Context, tx *store.Tx, a Attempt) error {
	if a.account != "" {
		if _, err := tx.Exec(ctx, `delete from attempt where subject = $1`, a.account); err != nil {
			return fmt.Errorf("forget the failed attempts: %w", err)
		}
	}
	_, err := tx.Exec(ctx, `update attempt set failures = failures - 1, locked_until = 0 where subject = $1 and failures > 0`, a.address)
	if err != nil {
		return fmt.Errorf("forget the attempt: %w", err)
	}
	return nil
}

// network is what counts as one address: an IPv4 address, or the /64 of an IPv6 one, which a single subscriber owns whole.
func network(address string) string {
	if host, err := netip.ParseAddrPort(address); err == nil {
		address = host.Addr().String()
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return ip.String()
	}
	return prefix.String()
}
