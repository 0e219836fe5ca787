// Package trail keeps the audit trail of the platform: who did what, on which
// structure, when. It is a journal (package hygie/journal) in the database, so
// lines cannot be changed, removed or added unseen, and it can be exported and
// verified offline.
//
//	trail, err := trail.Open(ctx, db, "audit", private, time.Now)
//	err = db.Update(ctx, func(tx *store.Tx) error {
//		… the act …
//		return trail.Append(ctx, tx, journal.Entry{Actor: …, Action: "evidence.add", Structure: …, Subject: …})
//	})
//	go trail.Run(ctx)
//
// # Two steps, and why
//
// Append notes the entry in the transaction of the act, so that both
// happen or neither does. It takes no number yet: numbers come one after
// the other, and if every act took one, every two acts at once would
// conflict, and a long one would never get through. Run, or Seal, which
// [Trail.Export] and [Trail.Head] call first, gives numbers afterwards in short transactions of
// its own that lock the journal, on whichever node. Between the two, usually some milliseconds,
// the tree does not yet protect the entry.
//
// The time of noting is that of the act. A long transaction commits
// late, so times of noting need not rise with the numbers.
package trail

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"hygie/internal/store"
	"hygie/journal"
)

// Audit is the id of the audit trail.
const Audit = "audit"

// Trail is one journal in the database.
type Trail struct {
	db     *store.DB
	id     string
	signer journal.Signer
	now    func() time.Time
	wake   chan struct{} // capacity 1

	mu  sync.Mutex
	seq int64 // last order of arrival given by this process
}

// Open opens the journal with this id, and begins it when it is not there. Its
// origin, "hygie/ID/" and a word of its own, is made then and never changes.
func Open(ctx context.Context, db *store.DB, id string, private ed25519.PrivateKey, now func() time.Time) (*Trail, error) {
	var origin string
	err := db.Update(ctx, func(tx *store.Tx) error {
		var zero journal.Hash
		_, err := tx.Exec(ctx, `insert into journal (id, origin, last) values ($1, $2, $3) on conflict (id) do nothing`,
			id, "hygie/"+id+"/"+store.NewID(now()), zero[:])
		if err != nil {
			return err
		}
		origin, err = store.One(ctx, tx, store.Column[string], `select origin from journal where id = $1`, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open journal %s: %w", id, err)
	}
	signer, err := journal.NewSigner(origin, private)
	if err != nil {
		return nil, fmt.Errorf("open journal %s: %w", id, err)
	}
	return &Trail{db: db, id: id, signer: signer, now: now, wake: make(chan struct{}, 1)}, nil
}

// Public gives the key that verifies exports of this journal; see
// [journal.Fingerprint].
func (t *Trail) Public() ed25519.PublicKey { return t.signer.Public() }

// Origin gives the name of the journal in the world.
func (t *Trail) Origin() string { return t.signer.Origin() }

// Append notes an entry, in the transaction of the act it tells of. The time
// of noting is now, whatever the entry says. An entry that a journal cannot hold is
// refused, and so should the act be.
func (t *Trail) Append(ctx context.Context, tx *store.Tx, e journal.Entry) error {
	e.Noted = t.now()
	e, err := journal.Check(e)
	if err != nil {
		return fmt.Errorf("note %s: %w", e.Action, err)
	}
	line := journal.Line{Number: 1, Entry: e}
	_, err = tx.Exec(ctx, `insert into journal_intake (id, journal_id, seq, line) values ($1, $2, $3, $4)`,
		store.NewID(e.Noted), t.id, t.arrival(e.Noted), string(line.Bytes()))
	if err != nil {
		return fmt.Errorf("note %s: %w", e.Action, err)
	}
	tx.AfterCommit(t.Wake)
	return nil
}

// arrival gives a number that rises within this process and, as far as clocks
// agree, between processes.
func (t *Trail) arrival(now time.Time) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seq = max(t.seq+1, now.UnixNano())
	return t.seq
}

// Wake makes Run seal now. It never blocks.
func (t *Trail) Wake() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// poll is how often Run looks for what other nodes, or a process that died, left.
const poll = time.Second

// Run seals what is noted, until ctx ends. One more Seal after the last act of
// a stopping program is welcome but not needed: what is noted is durable.
func (t *Trail) Run(ctx context.Context, log *slog.Logger) error {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		if _, err := t.Seal(ctx); err != nil && ctx.Err() == nil {
			log.Error("lines of the journal could not be sealed; trying again", "journal", t.id, "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.wake:
		case <-ticker.C:
		}
	}
}

// Head gives the signed head of all that was noted before the call.
func (t *Trail) Head(ctx context.Context) (journal.SignedHead, error) {
	if _, err := t.Seal(ctx); err != nil {
		return journal.SignedHead{}, err
	}
	var head journal.SignedHead
	err := t.db.View(ctx, func(tx *store.Tx) (err error) {
		head, err = t.head(ctx, tx)
		return err
	})
	return head, err
}

func (t *Trail) head(ctx context.Context, tx *store.Tx) (journal.SignedHead, error) {
	head, err := journal.ReadHead(&reader{ctx: ctx, tx: tx, id: t.id}, t.signer.Origin(), t.now())
	if err != nil {
		return journal.SignedHead{}, fmt.Errorf("journal %s: %w", t.id, err)
	}
	return t.signer.Sign(head)
}

// Export writes the sealed journal of all that was noted before the call. The
// error wraps [journal.ErrDiffers] when the database was changed behind the
// program; the file is whole then too, and verifying it shows where.
func (t *Trail) Export(ctx context.Context, w io.Writer) error {
	if _, err := t.Seal(ctx); err != nil {
		return err
	}
	return t.db.View(ctx, func(tx *store.Tx) error {
		head, err := t.head(ctx, tx)
		if err != nil {
			return err
		}
		return journal.Export(w, head, t.lines(ctx, tx))
	})
}

// Verify checks the journal as it stands in the database.
func (t *Trail) Verify(ctx context.Context) (journal.Result, error) {
	r, w := io.Pipe()
	exported := make(chan error, 1)
	go func() {
		err := t.Export(ctx, w)
		w.CloseWithError(err)
		exported <- err
	}()
	res, err := journal.VerifyExport(ignoreDiffers{r}, t.Public())
	r.Close()
	if failed := <-exported; failed != nil && !errors.Is(failed, journal.ErrDiffers) {
		return res, failed
	}
	return res, err
}

// ignoreDiffers turns the error of an export that is whole but wrong into the
// end of the file: the verifier says what is wrong.
type ignoreDiffers struct{ io.Reader }

func (i ignoreDiffers) Read(p []byte) (int, error) {
	n, err := i.Reader.Read(p)
	if errors.Is(err, journal.ErrDiffers) {
		err = io.EOF
	}
	return n, err
}
