package logbook

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal/stamp"
)

// Stamp is a signed head that an authority of time has stamped: from then on even the holder of the key cannot write the lines before anew.
type Stamp struct {
	Size      int64
	Head      string // signed note; its SHA-256 is what was stamped
	Token     []byte // TimeStampResp, DER
	At        time.Time
	Authority string
}

// Stamped says how far the lines of a book are stamped, and how the authority is doing.
type Stamped struct {
	Authority string    // that is asked now; empty: none, and nothing is stamped
	Size      int64     // lines that are stamped
	At        time.Time // as the authority that stamped them says
	Tried     time.Time // when the authority was last asked in vain
	Reason    string    // why in vain: unreachable, unsound; empty when the last answer held
}

// stampedAtOnce is how many books are looked up at a time.
const stampedAtOnce = 200

// Stamping has every book that grew stamped, now and every so often until ctx ends. Without an authority it does nothing. A failure is kept for the pages and
// logged; it holds up nobody who writes.
func (b *Books) Stamping(ctx context.Context, every time.Duration, log *slog.Logger) {
	if b.o.Stamper == nil {
		return
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if err := b.StampAll(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "main courantes could not be stamped", "authority", b.o.Stamper.Name(), "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// StampAll has every book that grew since its last stamp stamped. It ends with the first failure: an authority that does not answer for one book does not for
// the next.
func (b *Books) StampAll(ctx context.Context) error {
	for {
		var grown []string
		err := b.o.DB.View(ctx, func(tx *store.Tx) (err error) {
			grown, err = store.All(ctx, tx, store.Column[string], `select b.id from logbook b join journal j on j.id = 'logbook/' || b.id
				where j.size > coalesce((select max(s.size) from logbook_stamp s where s.book_id = b.id), 0) order by b.id limit $1`, stampedAtOnce)
			return err
		})
		if err != nil {
			return fmt.Errorf("find the main courantes to stamp: %w", err)
		}
		for _, book := range grown {
			if err := b.stamp(ctx, book); err != nil {
				return err
			}
		}
		if len(grown) < stampedAtOnce {
			return nil
		}
	}
}

// stamp has the present state of a book stamped, and notes how the authority answered.
func (b *Books) stamp(ctx context.Context, book string) error {
	var s Stamp
	err := b.o.DB.View(ctx, func(tx *store.Tx) error {
		t, err := b.trail(ctx, tx, territory.Everything(), book)
		if err != nil {
			return err
		}
		head, err := t.Read(ctx, tx)
		if err != nil {
			return err
		}
		note, err := head.MarshalText()
		s.Size, s.Head = head.Size, string(note)
		return err
	})
	if err != nil {
		return fmt.Errorf("read the head of %s: %w", book, err)
	}
	s.Authority = b.o.Stamper.Name()
	var failed error
	if s.Token, s.At, failed = b.o.Stamper.Stamp(ctx, sha256.Sum256([]byte(s.Head))); failed != nil && ctx.Err() != nil {
		return ctx.Err() // stopped in the middle: that says nothing of the authority
	}
	reason := ""
	switch {
	case errors.Is(failed, stamp.ErrUnsound):
		reason = "unsound"
	case failed != nil:
		reason = "unreachable"
	}
	err = b.o.DB.Update(ctx, func(tx *store.Tx) error {
		if failed == nil {
			if err := trail.Lock(ctx, tx, journalOf(book), true); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `insert into logbook_stamp (book_id, size, head, token, at, authority) values ($1, $2, $3, $4, $5, $6) on conflict (book_id, size) do nothing`,
				book, s.Size, s.Head, s.Token, store.Millis(s.At), s.Authority); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `insert into logbook_stamping (authority, tried_at, reason) values ($1, $2, $3)
			on conflict (authority) do update set tried_at = excluded.tried_at, reason = excluded.reason`, s.Authority, store.Millis(b.o.Now()), reason)
		return err
	})
	if err != nil {
		return errors.Join(failed, fmt.Errorf("keep the stamp of %s: %w", book, err))
	}
	return failed
}

// Stamps lists the stamps of a book in scope, the first first.
func (b *Books) Stamps(ctx context.Context, tx *store.Tx, scope territory.Scope, book string) ([]Stamp, error) {
	if _, err := ByID(ctx, tx, scope, book); err != nil {
		return nil, err
	}
	return store.All(ctx, tx, func(row store.Row) (s Stamp, err error) {
		var at int64
		err = row.Scan(&s.Size, &s.Head, &s.Token, &at, &s.Authority)
		s.At = store.Time(at)
		return s, err
	}, `select size, head, token, at, authority from logbook_stamp where book_id = $1 order by size`, book)
}

// Stamped says how far a book in scope is stamped.
func (b *Books) Stamped(ctx context.Context, tx *store.Tx, scope territory.Scope, book string) (s Stamped, err error) {
	if b.o.Stamper == nil {
		return s, nil
	}
	if _, err := ByID(ctx, tx, scope, book); err != nil {
		return s, err
	}
	s, err = store.One(ctx, tx, func(row store.Row) (s Stamped, err error) {
		var at int64
		err = row.Scan(&s.Size, &at)
		s.At = store.Time(at)
		return s, err
	}, `select size, at from logbook_stamp where book_id = $1 order by size desc limit 1`, book)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return s, err
	}
	s.Authority = b.o.Stamper.Name()
	_, err = store.All(ctx, tx, func(row store.Row) (struct{}, error) {
		var tried int64
		err := row.Scan(&tried, &s.Reason)
		s.Tried = store.Time(tried)
		return struct{}{}, err
	}, `select tried_at, reason from logbook_stamping where authority = $1 and reason <> ''`, s.Authority)
	return s, err
}
