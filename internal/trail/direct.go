package trail

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"time"

	"hygie/internal/store"
	"hygie/journal"
)

// Begin begins the journal with this id in the transaction that makes what it is about. Beginning one that is there changes nothing.
func Begin(ctx context.Context, tx *store.Tx, id string, now time.Time) error {
	var zero journal.Hash
	_, err := tx.Exec(ctx, `insert into journal (id, origin, last) values ($1, $2, $3) on conflict (id) do nothing`, id, "hygie/"+id+"/"+store.NewID(now), zero[:])
	if err != nil {
		return fmt.Errorf("begin journal %s: %w", id, err)
	}
	return nil
}

// Find gives the journal with this id, which [Begin] or [Open] made; the error wraps [store.ErrNotFound] when there is none.
func Find(ctx context.Context, tx *store.Tx, db *store.DB, id string, private ed25519.PrivateKey, now func() time.Time) (*Trail, error) {
	origin, err := store.One(ctx, tx, store.Column[string], `select origin from journal where id = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("find journal %s: %w", id, err)
	}
	signer, err := journal.NewSigner(origin, private)
	if err != nil {
		return nil, fmt.Errorf("find journal %s: %w", id, err)
	}
	return &Trail{db: db, id: id, signer: signer, now: now, wake: make(chan struct{}, 1)}, nil
}

// Lock keeps other writers from the journal until the transaction ends. As the first statement of a transaction it also lets a writer that waited see what
// the one before committed, so that many may write to one journal at once without trying again and again.
func Lock(ctx context.Context, tx *store.Tx, id string, first bool) error {
	if first && tx.Engine() == store.PostgreSQL {
		if _, err := tx.Exec(ctx, `set transaction isolation level read committed`); err != nil {
			return fmt.Errorf("lock journal %s: %w", id, err)
		}
	}
	n, err := tx.Exec(ctx, `update journal set size = size where id = $1`, id)
	if err == nil && n != 1 {
		err = store.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("lock journal %s: %w", id, err)
	}
	return nil
}

// AppendNow gives entries their numbers in the transaction itself, instead of leaving that to [Trail.Seal]: for a journal whose writers need the number
// as a receipt. The transaction must hold the journal ([Lock]). Entries are noted in the order given, at the time they say. Do not mix with [Trail.Append]
// on one journal: what that one notes takes its number later.
func AppendNow(ctx context.Context, tx *store.Tx, id string, entries ...journal.Entry) ([]journal.Line, error) {
	to := &writer{reader: reader{ctx: ctx, tx: tx, id: id}, fresh: map[int64]journal.Hash{}}
	lines := make([]journal.Line, 0, len(entries))
	for _, e := range entries {
		line, err := journal.Append(to, e)
		if err != nil {
			return nil, fmt.Errorf("note %s in journal %s: %w", e.Action, id, err)
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return lines, nil
	}
	if _, err := tx.Exec(ctx, `update journal set size = $1, last = $2 where id = $3`, to.tip.Size, to.tip.Last[:], id); err != nil {
		return nil, fmt.Errorf("note in journal %s: %w", id, err)
	}
	return lines, nil
}

// Read gives the head of the journal as the transaction sees it, signed.
func (t *Trail) Read(ctx context.Context, tx *store.Tx) (journal.SignedHead, error) {
	return t.head(ctx, tx)
}
