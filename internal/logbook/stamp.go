package logbook

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
)

// Stamp is a signed head that an authority of time has stamped: from then on even the holder of the key cannot write the lines before anew.
type Stamp struct {
	Size      int64
	Head      string // signed note; its SHA-256 is what was stamped
	Token     []byte // TimeStampResp, DER
	At        time.Time
	Authority string
}

// ErrNoStamper tells that this installation knows no authority of time.
var ErrNoStamper = errors.New("no authority of time is set")

// Stamp has the present state of a book in scope stamped, when it grew since the last time.
func (b *Books) Stamp(ctx context.Context, scope territory.Scope, book string) (Stamp, error) {
	if b.o.Stamper == nil {
		return Stamp{}, ErrNoStamper
	}
	var s Stamp
	var note []byte
	err := b.o.DB.View(ctx, func(tx *store.Tx) error {
		t, err := b.trail(ctx, tx, scope, book)
		if err != nil {
			return err
		}
		head, err := t.Read(ctx, tx)
		if err != nil {
			return err
		}
		s.Size = head.Size
		note, err = head.MarshalText()
		return err
	})
	if err != nil {
		return s, err
	}
	s.Head, s.Authority = string(note), b.o.Stamper.Name()
	if s.Token, s.At, err = b.o.Stamper.Stamp(ctx, sha256.Sum256(note)); err != nil {
		return s, fmt.Errorf("have %s stamped: %w", book, err)
	}
	return s, b.o.DB.Update(ctx, func(tx *store.Tx) error {
		if err := trail.Lock(ctx, tx, journalOf(book), true); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into logbook_stamp (book_id, size, head, token, at, authority) values ($1, $2, $3, $4, $5, $6) on conflict (book_id, size) do nothing`,
			book, s.Size, s.Head, s.Token, store.Millis(s.At), s.Authority)
		return err
	})
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
