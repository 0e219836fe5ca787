package trail

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/journal"
)

// batch is how many lines one transaction seals, or one query reads.
const batch = 500

// Seal gives numbers to all entries noted by transactions that committed before
// the call, and tells how many. Several nodes may seal at once. It opens
// transactions of its own: calling it inside of one would wait for ever.
func (t *Trail) Seal(ctx context.Context) (sealed int, err error) {
	for {
		some, err := t.waiting(ctx)
		if err != nil || !some {
			return sealed, err
		}
		n, err := t.sealBatch(ctx)
		if err != nil {
			return sealed, fmt.Errorf("seal journal %s: %w", t.id, err)
		}
		sealed += n
	}
}

// waiting tells whether there is anything to seal, without a lock.
func (t *Trail) waiting(ctx context.Context) (some bool, err error) {
	err = t.db.View(ctx, func(tx *store.Tx) error {
		some, err = store.One(ctx, tx, store.Column[bool], `select exists (select 1 from journal_intake where journal_id = $1)`, t.id)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("seal journal %s: %w", t.id, err)
	}
	return some, nil
}

func (t *Trail) sealBatch(ctx context.Context) (n int, err error) {
	err = t.db.Update(ctx, func(tx *store.Tx) error {
		n, err = t.sealIn(ctx, tx)
		return err
	})
	return n, err
}

// intake is an entry that waits for its number.
type intake struct{ id, line string }

func (t *Trail) sealIn(ctx context.Context, tx *store.Tx) (int, error) {
	if tx.Engine() == store.PostgreSQL {
		// The lock below orders the sealers. Under it each must see what the one
		// before committed, which a serialisable transaction would refuse to.
		if _, err := tx.Exec(ctx, `set transaction isolation level read committed`); err != nil {
			return 0, err
		}
	}
	// Two writers that read the same size would fork the tree: this locks the
	// journal until the end of the transaction. SQLite has one writer anyway.
	if _, err := tx.Exec(ctx, `update journal set size = size where id = $1`, t.id); err != nil {
		return 0, err
	}
	entries, err := store.All(ctx, tx, func(row store.Row) (e intake, err error) {
		return e, row.Scan(&e.id, &e.line)
	}, `select id, line from journal_intake where journal_id = $1 order by seq, id limit $2`, t.id, batch)
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	to := &writer{reader: reader{ctx: ctx, tx: tx, id: t.id}, fresh: map[int64]journal.Hash{}}
	for _, e := range entries {
		line, err := journal.ParseLine([]byte(e.line))
		if err != nil {
			return 0, fmt.Errorf("what was noted as %s is damaged: %w", e.id, err)
		}
		if _, err := journal.Append(to, line.Entry); err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, `delete from journal_intake where id = $1`, e.id); err != nil {
			return 0, err
		}
	}
	_, err = tx.Exec(ctx, `update journal set size = $1, last = $2 where id = $3`, to.tip.Size, to.tip.Last[:], t.id)
	return len(entries), err
}

// reader reads a journal in a transaction. It implements [journal.Reader].
type reader struct {
	ctx context.Context // of the transaction, which does not outlive it
	tx  *store.Tx
	id  string
	tip *journal.Tip
}

// Tip implements [journal.Reader].
func (r *reader) Tip() (journal.Tip, error) {
	if r.tip != nil {
		return *r.tip, nil
	}
	tip, err := store.One(r.ctx, r.tx, func(row store.Row) (tip journal.Tip, err error) {
		var last []byte
		if err = row.Scan(&tip.Size, &last); err == nil && len(last) != len(tip.Last) {
			err = fmt.Errorf("the hash of the last line has %d bytes", len(last))
		}
		copy(tip.Last[:], last)
		return tip, err
	}, `select size, last from journal where id = $1`, r.id)
	if err == nil {
		r.tip = &tip
	}
	return tip, err
}

// ReadHashes implements [journal.Reader].
func (r *reader) ReadHashes(indexes []int64) ([]journal.Hash, error) {
	if len(indexes) == 0 {
		return nil, nil
	}
	args := []any{r.id}
	var marks strings.Builder
	for i, x := range indexes {
		if i > 0 {
			marks.WriteString(", ")
		}
		args = append(args, x)
		fmt.Fprintf(&marks, "$%d", len(args))
	}
	found := map[int64]journal.Hash{}
	_, err := store.All(r.ctx, r.tx, func(row store.Row) (struct{}, error) {
		var i int64
		var b []byte
		if err := row.Scan(&i, &b); err != nil {
			return struct{}{}, err
		}
		var h journal.Hash
		if copy(h[:], b) != len(b) || len(b) != len(h) {
			return struct{}{}, fmt.Errorf("hash %d has %d bytes", i, len(b))
		}
		found[i] = h
		return struct{}{}, nil
	}, `select i, hash from journal_hash where journal_id = $1 and i in (`+marks.String()+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("read the tree: %w", err)
	}
	hashes := make([]journal.Hash, len(indexes))
	for n, x := range indexes {
		h, ok := found[x]
		if !ok {
			return nil, fmt.Errorf("read the tree: hash %d is missing", x)
		}
		hashes[n] = h
	}
	return hashes, nil
}

// writer appends to a journal that the transaction has locked. It implements [journal.Store].
type writer struct {
	reader
	fresh map[int64]journal.Hash // added by this transaction
}

var _ journal.Store = (*writer)(nil)

// ReadHashes looks first at what was just added, which is most of what the next line needs.
func (w *writer) ReadHashes(indexes []int64) ([]journal.Hash, error) {
	hashes := make([]journal.Hash, len(indexes))
	var missing []int64
	for n, x := range indexes {
		h, ok := w.fresh[x]
		if hashes[n] = h; !ok {
			missing = append(missing, x)
		}
	}
	stored, err := w.reader.ReadHashes(missing)
	if err != nil {
		return nil, err
	}
	for n, x := range indexes {
		if _, ok := w.fresh[x]; !ok {
			hashes[n], stored = stored[0], stored[1:]
			w.fresh[x] = hashes[n]
		}
	}
	return hashes, nil
}

// Add implements [journal.Store]. The primary keys refuse a number that is taken.
func (w *writer) Add(l journal.Line, canonical []byte, first int64, hashes []journal.Hash) error {
	_, err := w.tx.Exec(w.ctx, `
		insert into journal_line (journal_id, n, noted, actor, action, structure_id, subject, line)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		w.id, l.Number, store.Millis(l.Noted), l.Actor, l.Action, l.Structure, l.Subject, string(canonical))
	if err != nil {
		return err
	}
	for i, h := range hashes {
		if _, err := w.tx.Exec(w.ctx, `insert into journal_hash (journal_id, i, hash) values ($1, $2, $3)`, w.id, first+int64(i), h[:]); err != nil {
			return err
		}
		w.fresh[first+int64(i)] = h
	}
	w.tip = &journal.Tip{Size: l.Number, Last: hashes[0]}
	return nil
}

// lines gives the canonical lines in order, a batch at a time.
func (t *Trail) lines(ctx context.Context, tx *store.Tx) iter.Seq2[[]byte, error] {
	type numbered struct {
		n    int64
		line string
	}
	return func(yield func([]byte, error) bool) {
		for last := int64(-1) << 62; ; {
			lines, err := store.All(ctx, tx, func(row store.Row) (l numbered, err error) {
				return l, row.Scan(&l.n, &l.line)
			}, `select n, line from journal_line where journal_id = $1 and n > $2 order by n limit $3`, t.id, last, batch)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, l := range lines {
				if last = l.n; !yield([]byte(l.line), nil) {
					return
				}
			}
			if len(lines) < batch {
				return
			}
		}
	}
}

// Filter narrows a list of lines. Its zero value is everything in scope.
type Filter struct {
	Structure string
	Subject   string
	Actor     string
	Actors    []string  // any of these; nobody when empty and not nil
	Family    string    // the first word of the action: "audit" for audit.start and audit.done
	From      time.Time // noted at or after
	Until     time.Time // noted before
	Before    int64     // only lines with a lower number: the next page
	Limit     int       // 50 when 0; at most 500
}

// conditions adds what the filter asks for to a query on journal_line l.
func (f Filter) conditions(w *store.Where) {
	for _, c := range []struct{ condition, value string }{
		{"l.structure_id = ?", f.Structure}, {"l.subject = ?", f.Subject}, {"l.actor = ?", f.Actor},
	} {
		if c.value != "" {
			w.And(c.condition, c.value)
		}
	}
	if f.Actors != nil {
		args := make([]any, len(f.Actors))
		for i, actor := range f.Actors {
			args[i] = actor
		}
		w.And("l.actor in (''"+strings.Repeat(", ?", len(args))+")", args...) // a line always has an actor
	}
	if f.Family != "" {
		w.And("substr(l.action, 1, ?) = ?", len(f.Family)+1, f.Family+".")
	}
	if !f.From.IsZero() {
		w.And("l.noted >= ?", store.Millis(f.From))
	}
	if !f.Until.IsZero() {
		w.And("l.noted < ?", store.Millis(f.Until))
	}
	if f.Before > 0 {
		w.And("l.n < ?", f.Before)
	}
}

// List reads sealed lines in scope, the latest first: the access log that
// people can read. Lines that concern no structure are in the scope of the
// whole installation only (see [territory.Scope.Whole]).
func (t *Trail) List(ctx context.Context, tx *store.Tx, scope territory.Scope, f Filter) ([]journal.Line, error) {
	var w store.Where
	w.And("l.journal_id = ?", t.id)
	if !scope.Whole() {
		scope.Within(&w, "l.structure_id")
	}
	f.conditions(&w)
	limit := min(f.Limit, 500)
	if limit <= 0 {
		limit = 50
	}
	where := w.SQL()
	lines, err := store.All(ctx, tx, func(row store.Row) (journal.Line, error) {
		var text string
		if err := row.Scan(&text); err != nil {
			return journal.Line{}, err
		}
		return journal.ParseLine([]byte(text))
	}, `select l.line from journal_line l`+where+` order by l.n desc limit `+w.Arg(limit), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read journal %s: %w", t.id, err)
	}
	return lines, nil
}
