// Package logbook keeps main courantes: what happened, was decided, done, said and ordered in a crisis, real or rehearsed, line by line, in a form that
// cannot be altered unseen.
//
//	book, err := books.Open(ctx, tx, scope, logbook.Book{Structure: …, Kind: logbook.Incident, Title: …, OpenedBy: …})
//	receipts, err := books.Receive(ctx, scope, book.ID, author, drafts)
//	lines, err := books.Lines(ctx, tx, scope, book.ID, logbook.Filter{})
//
// # A line
//
// A line is never edited; a mistake is corrected by a new line that names the old one. It keeps three times: when the fact happened, when somebody noted it
// (by the clock of the telephone that was at hand), and when it arrived here. The number follows arrival. A main courante is a journal (package
// hygie/journal), so each line carries the hash of the one before, and exports prove themselves without network.
//
// # Without network
//
// The page keeps lines in the browser when the server cannot be reached and sends them later, each under the id it got when it was written, so that
// sending again does no harm. [Merge] gives them their place: arrival decides, and a line that was written before one that stands above it says so. Only the
// answer of the server, a [Receipt] with number and hash, makes a line "recorded".
//
// # Paper
//
// Numbered sheets are printed with a code that names book, sheet and the state of the journal. What was written on them is typed back line by line, beside
// the photograph, with the source "paper SHEET.LINE".
//
// Modules mount the pages with [Books.Routes]; whoever opens a book decides who may see it and write in it.
package logbook

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// BookKind says what a book is about.
type BookKind string

// The kinds of book.
const (
	Incident BookKind = "incident"
	Exercise BookKind = "exercise"
)

// Book is one main courante.
type Book struct {
	ID        string
	Structure string
	Kind      BookKind
	Title     string
	OpenedAt  time.Time
	OpenedBy  string
	ClosedAt  time.Time // zero while lines are taken
}

// Options is what main courantes need.
type Options struct {
	DB      *store.DB
	Private ed25519.PrivateKey // signs heads
	Vault   *blob.Vault        // files behind lines
	Now     func() time.Time
	Changed func(topic string) // tells open pages; may be nil
	Stamper Stamper            // authority of time; may be nil
}

// Stamper gives a timestamp of RFC 3161 for a SHA-256.
type Stamper interface {
	// Name is the address of the authority.
	Name() string
	// Stamp returns the answer of the authority (TimeStampResp, DER), checked, and the time it states.
	Stamp(ctx context.Context, digest [32]byte) (token []byte, at time.Time, err error)
}

// Books are all main courantes of an installation.
type Books struct{ o Options }

// New makes them.
func New(o Options) *Books { return &Books{o} }

// Topic is what pages follow to hear of new lines.
func Topic(book string) string { return "logbook/" + book }

// journalOf is the journal of a book.
func journalOf(book string) string { return "logbook/" + book }

// Open begins a book for a structure in scope, in the transaction that makes what it is about.
func (b *Books) Open(ctx context.Context, tx *store.Tx, scope territory.Scope, book Book) (Book, error) {
	if _, err := territory.Get(ctx, tx, scope, territory.ID(book.Structure)); err != nil {
		return book, err
	}
	now := b.o.Now().UTC().Truncate(time.Millisecond)
	book.ID, book.OpenedAt = store.NewID(now), now
	_, err := tx.Exec(ctx, `insert into logbook (id, structure_id, kind, title, opened_at, opened_by) values ($1, $2, $3, $4, $5, $6)`,
		book.ID, book.Structure, string(book.Kind), book.Title, store.Millis(now), book.OpenedBy)
	if err != nil {
		return book, fmt.Errorf("open a main courante for %s: %w", book.Structure, err)
	}
	return book, trail.Begin(ctx, tx, journalOf(book.ID), now)
}

// Close ends a book in scope: no line is taken any more.
func (b *Books) Close(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) error {
	if _, err := ByID(ctx, tx, scope, id); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update logbook set closed_at = $1 where id = $2 and closed_at = 0`, store.Millis(b.o.Now()), id)
	return err
}

// Reopen takes lines again.
func (b *Books) Reopen(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) error {
	if _, err := ByID(ctx, tx, scope, id); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update logbook set closed_at = 0 where id = $1`, id)
	return err
}

// ByID finds a book of a structure in scope; a [fault.NotFound] otherwise.
func ByID(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) (Book, error) {
	var w store.Where
	w.And("b.id = ?", id)
	scope.Within(&w, "b.structure_id")
	book, err := store.One(ctx, tx, func(row store.Row) (book Book, err error) {
		var opened, closed int64
		err = row.Scan(&book.ID, &book.Structure, &book.Kind, &book.Title, &opened, &book.OpenedBy, &closed)
		book.OpenedAt, book.ClosedAt = store.Time(opened), store.Time(closed)
		return book, err
	}, `select b.id, b.structure_id, b.kind, b.title, b.opened_at, b.opened_by, b.closed_at from logbook b`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return book, fault.NotFound("logbook.not_found")
	}
	return book, err
}

// Receipt tells a writer what became of a line.
type Receipt struct {
	ID     string `json:"id"`               // as it was sent
	Number int64  `json:"number,omitempty"` // in the journal; 0: refused
	Hash   string `json:"hash,omitempty"`   // of the line, when it was added now
	New    bool   `json:"new,omitempty"`    // added by this call
	Reason string `json:"reason,omitempty"` // why it was refused: a key of a message
}

// Receive takes lines in, in the order given, durably: when it returns without an error, what has a number in its receipt is kept. A draft that cannot be kept
// is refused alone. It opens a transaction of its own, short and without retries, so that many may write at once.
func (b *Books) Receive(ctx context.Context, scope territory.Scope, id string, by Author, drafts []Draft) (receipts []Receipt, err error) {
	err = b.o.DB.Update(ctx, func(tx *store.Tx) error {
		if err := trail.Lock(ctx, tx, journalOf(id), true); err != nil {
			if errors.Is(err, store.ErrNotFound) {
				return fault.NotFound("logbook.not_found")
			}
			return err
		}
		receipts, err = b.take(ctx, tx, scope, id, by, drafts)
		return err
	})
	return receipts, err
}

// Note adds lines in the transaction of an act that they tell of. A draft that cannot be kept fails it.
func (b *Books) Note(ctx context.Context, tx *store.Tx, scope territory.Scope, id string, by Author, drafts ...Draft) ([]Receipt, error) {
	if err := trail.Lock(ctx, tx, journalOf(id), false); err != nil {
		return nil, err
	}
	for i := range drafts {
		if drafts[i].ID == "" {
			drafts[i].ID = store.NewID(b.o.Now())
		}
	}
	receipts, err := b.take(ctx, tx, scope, id, by, drafts)
	if err != nil {
		return nil, err
	}
	for _, r := range receipts {
		if r.Number == 0 {
			return nil, fault.Invalid(fault.Field{Name: "text", Key: r.Reason, Args: []any{"limit", MaxText}})
		}
	}
	return receipts, nil
}

// errClosed tells that a book takes no line any more. The receipts beside it still name those that it had taken before.
var errClosed = errors.New("the main courante is closed")

// take places lines in a journal that the transaction holds.
func (b *Books) take(ctx context.Context, tx *store.Tx, scope territory.Scope, id string, by Author, drafts []Draft) ([]Receipt, error) {
	book, err := ByID(ctx, tx, scope, id)
	if err != nil {
		return nil, err
	}
	if len(drafts) > MaxBatch {
		return nil, fault.Invalid(fault.Field{Key: "logbook.too_many", Args: []any{"limit", MaxBatch}})
	}
	receipts := make([]Receipt, len(drafts))
	var good []Draft
	var places []int // of the good ones in the receipts
	for i, d := range drafts {
		receipts[i] = Receipt{ID: d.ID, Reason: d.Check()}
		if receipts[i].Reason == "" {
			good, places = append(good, d), append(places, i)
		}
	}
	if len(good) == 0 && book.ClosedAt.IsZero() {
		return receipts, nil
	}
	held, err := held(ctx, tx, id, good)
	if err != nil {
		return nil, err
	}
	now := b.o.Now()
	placed := Merge(held, now, good)
	for i := range placed {
		if c := placed[i].Corrects; c >= placed[i].Number && !placed[i].Already {
			placed[i].Corrects = 0 // a line cannot correct what comes after it; the words stay
		}
	}
	if !book.ClosedAt.IsZero() {
		for i, p := range placed {
			if r := &receipts[places[i]]; p.Already {
				r.Number = p.Number
			} else {
				r.Reason = "logbook.closed"
			}
		}
		return receipts, fault.Conflict("logbook.closed").Because(errClosed)
	}
	lines, err := b.append(ctx, tx, book, by, placed, now)
	if err != nil {
		return nil, err
	}
	for i, p := range placed {
		r := &receipts[places[i]]
		r.Number = p.Number
		if l, ok := lines[p.Number]; ok && !p.Already {
			hash := l.Hash()
			r.New, r.Hash = true, fmt.Sprintf("%x", hash[:])
		}
	}
	if b.o.Changed != nil && len(lines) > 0 {
		tx.AfterCommit(func() { b.o.Changed(Topic(id)) })
	}
	return receipts, nil
}

// append writes what is new, and gives the lines by number.
func (b *Books) append(ctx context.Context, tx *store.Tx, book Book, by Author, placed []Placed, now time.Time) (map[int64]journal.Line, error) {
	var entries []journal.Entry
	for _, p := range placed {
		if p.Already {
			continue
		}
		e, err := p.entry(book.ID, book.Structure, by, now)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
		_, err = tx.Exec(ctx, `insert into logbook_line (book_id, id, n, kind, at, written, device, seq, corrects, digest) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			book.ID, p.ID, p.Number, string(p.Kind), store.Millis(p.At), store.Millis(p.Written), p.Device, p.Seq, p.Corrects, p.Digest)
		if err != nil {
			return nil, fmt.Errorf("note line %d of %s: %w", p.Number, book.ID, err)
		}
	}
	lines, err := trail.AppendNow(ctx, tx, journalOf(book.ID), entries...)
	if err != nil {
		return nil, err
	}
	byNumber := map[int64]journal.Line{}
	for _, l := range lines {
		byNumber[l.Number] = l
	}
	return byNumber, nil
}

// held reads what the placing of drafts needs.
func held(ctx context.Context, tx *store.Tx, book string, drafts []Draft) (h Held, err error) {
	h.Lines, h.Devices = map[string]Known{}, map[string]Device{}
	ids, devices := map[string]bool{}, map[string]bool{}
	for _, d := range drafts {
		ids[d.ID], ids[apart(d.ID, d.digest())] = true, true
		if d.Device != "" {
			devices[d.Device] = true
		}
	}
	h, err = store.One(ctx, tx, func(row store.Row) (Held, error) {
		var latest int64
		err := row.Scan(&h.Size, &latest)
		h.Latest = store.Time(latest)
		return h, err
	}, `select coalesce(max(n), 0), coalesce(max(written), 0) from logbook_line where book_id = $1`, book)
	if err != nil {
		return h, err
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(ids)), 200) {
		var w store.Where
		w.And("book_id = ?", book)
		w.And("id in (''"+strings.Repeat(", ?", len(part))+")", anys(part)...)
		_, err := store.All(ctx, tx, func(row store.Row) (struct{}, error) {
			var id string
			var k Known
			err := row.Scan(&id, &k.Number, &k.Digest)
			h.Lines[id] = k
			return struct{}{}, err
		}, `select id, n, digest from logbook_line`+w.SQL(), w.Args()...)
		if err != nil {
			return h, err
		}
	}
	for device := range devices {
		d, err := store.One(ctx, tx, func(row store.Row) (d Device, err error) {
			var written int64
			err = row.Scan(&d.Seq, &written)
			d.Written = store.Time(written)
			return d, err
		}, `select seq, written from logbook_line where book_id = $1 and device = $2 order by seq desc limit 1`, book, device)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return h, err
		}
		h.Devices[device] = d
	}
	return h, nil
}

func anys(words []string) []any {
	all := make([]any, len(words))
	for i, w := range words {
		all[i] = w
	}
	return all
}

// Filter narrows a list of lines; its zero value is everything, the latest first.
type Filter struct {
	Kind    Kind
	Before  int64 // only lines with a lower number: the next page
	From    int64 // only lines from this number
	Oldest  bool  // the oldest first
	Chronic bool  // in the order of the facts instead of arrival
	Limit   int   // 0: all
}

// Lines reads lines of a book in scope.
func (b *Books) Lines(ctx context.Context, tx *store.Tx, scope territory.Scope, book string, f Filter) ([]Line, error) {
	if _, err := ByID(ctx, tx, scope, book); err != nil {
		return nil, err
	}
	var w store.Where
	w.And("k.book_id = ?", book)
	w.And("l.journal_id = ?", journalOf(book))
	if f.Kind != "" {
		w.And("k.kind = ?", string(f.Kind))
	}
	if f.Before > 0 {
		w.And("k.n < ?", f.Before)
	}
	if f.From > 0 {
		w.And("k.n >= ?", f.From)
	}
	order := " order by k.n"
	if f.Chronic {
		order = " order by k.at, k.n"
	}
	if !f.Oldest {
		order = strings.ReplaceAll(order, ",", " desc,") + " desc"
	}
	where := w.SQL() // before further parameters
	if f.Limit > 0 {
		order += " limit " + w.Arg(f.Limit)
	}
	lines, err := store.All(ctx, tx, func(row store.Row) (Line, error) {
		var text string
		if err := row.Scan(&text); err != nil {
			return Line{}, err
		}
		l, err := journal.ParseLine([]byte(text))
		if err != nil {
			return Line{}, err
		}
		return ReadLine(l)
	}, `select l.line from logbook_line k join journal_line l on l.n = k.n`+where+order, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the lines of %s: %w", book, err)
	}
	return lines, nil
}

// Corrections tells which lines are corrected, and by which line.
func Corrections(lines []Line) map[int64]int64 {
	by := map[int64]int64{}
	for _, l := range lines {
		if l.Corrects > 0 {
			by[l.Corrects] = max(by[l.Corrects], l.Number)
		}
	}
	return by
}

// Public is the key that verifies exports.
func (b *Books) Public() ed25519.PublicKey { return b.o.Private.Public().(ed25519.PublicKey) }

// trail gives the journal of a book in scope.
func (b *Books) trail(ctx context.Context, tx *store.Tx, scope territory.Scope, book string) (*trail.Trail, error) {
	if _, err := ByID(ctx, tx, scope, book); err != nil {
		return nil, err
	}
	return trail.Find(ctx, tx, b.o.DB, journalOf(book), b.o.Private, b.o.Now)
}

// At gives the same books with another clock: a story that is staged, a test.
func (b *Books) At(now func() time.Time) *Books {
	o := b.o
	o.Now = now
	return &Books{o}
}
