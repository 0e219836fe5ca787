// Package bring is how people bring tables they have into the platform: one wizard for everything that can come as CSV, XLSX or ODS.
//
// A file is uploaded, its columns are recognised or told, and the difference with what is there is shown, row by row, before anything is
// written: what is new, what changes, what is the same, what is absent, and which rows cannot be read and why. Only what a person accepts is written, in one
// transaction with a line of the trail. The same file brought again changes nothing.
//
// A module says what it takes in a [Target]: its columns, how a row is identified, what is there, and how accepted changes are written.
// [Wizard.Routes] adds the pages:
//
//	wizard.Routes(rt, "/structures/{structure}/assets/import", web.Needs(right.EditActions), m.target)
//
// An empty cell never takes anything away: a table that says less than the platform knows is the usual case. How the columns of a table were
// read is remembered for the structure, and taken again for the next table with the same columns.
//
// Uploaded files are kept encrypted, beside the evidence and apart from it, until the import ends, a day at most.
package bring

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/sheet"
)

// Files keeps the uploaded bytes by their digest; a blob.Vault of its own does.
type Files interface {
	Put(ctx context.Context, r io.Reader) (digest [32]byte, size int64, err error)
	Open(ctx context.Context, digest [32]byte) (io.ReadCloser, error)
	Delete(ctx context.Context, digest [32]byte) error
}

// Options is what the wizard needs; all of it is required.
type Options struct {
	DB    *store.DB
	Files Files
	Trail *trail.Trail
	Now   func() time.Time
}

// Wizard serves the pages of every import.
type Wizard struct {
	db    *store.DB
	files Files
	trail *trail.Trail
	now   func() time.Time
}

// New makes the wizard.
func New(o Options) *Wizard { return &Wizard{db: o.DB, files: o.Files, trail: o.Trail, now: o.Now} }

// Target is one import: what is brought, and where to. Modules make one for each request.
type Target struct {
	Kind      string // what is brought, in the trail and for what is remembered: "assets"
	Structure string
	Address   string // of the page of the import
	Back      string // page that shows what was brought
	Title     string // of the pages, in the reader's language
	Lead      string
	Place     *web.Place
	Crumbs    []ui.Link

	Columns []Column
	OneOf   []string // keys of columns of which at least one is needed, beside those that are required
	Most    int      // rows that one file may have
	Formats []Format // beside spreadsheets
	Accept  string   // endings of files, when there are other formats than spreadsheets

	// Identify completes what a row says: its identity in Key, its name in Title; it may change values that depend on each other. A wrong row is left
	// out and said.
	Identify func(*Item) *Wrong
	// Present lists what is there already, by key, with a value for each column that has one.
	Present func(ctx context.Context, tx *store.Tx) (map[string]Item, error)
	// Write writes what was accepted, in one transaction with the line of the trail.
	Write func(ctx context.Context, tx *store.Tx, accepted Difference) error
	// Retire tells whether what is absent from the file may be taken out when a person says so; what that means is said by the message of this key.
	Retire string
}

// Format is a kind of file that is no spreadsheet and says the same things.
type Format struct {
	Is   func(file []byte) bool
	Read func(file []byte) (sheet.Book, error)
}

// Column is something that a row may say.
type Column struct {
	sheet.Field
	Label string                             // in the reader's language
	Help  string                             // what is understood; may be empty
	Read  func(text string) (string, *Wrong) // the value as it is compared and written; nil takes the text as it is
	Show  func(value string) string          // the value as people read it; nil shows it as it is
}

// Wrong is what cannot be taken, as a message.
type Wrong struct {
	Key  string
	Args []any
}

// Item is one thing that a row says, or that is there.
type Item struct {
	Row    int // as the spreadsheet counts; 0 when it is there already
	Key    string
	Title  string
	Values map[string]string // by column; without those that say nothing
}

// Change is a row that differs from what is there.
type Change struct {
	Item
	Before  Item     // what is there; its Values are nil for something new
	Differs []string // keys of the columns that change, in their order
}

// New tells whether nothing with this identity is there.
func (c Change) New() bool { return c.Before.Values == nil }

// Difference is what a file would change.
type Difference struct {
	New     []Change
	Changed []Change
	Same    int
	Absent  []Item // there, but not in the file
	Remarks []Remark
	Refused int // rows that cannot be read
}

// Remark is something that the author of a file should know; row 0 is the whole file.
type Remark struct {
	Row int
	Wrong
}

// Empty tells whether nothing would be written.
func (d Difference) Empty() bool { return len(d.New)+len(d.Changed) == 0 }

// Changes are the new and the changed rows, in the order of the file.
func (d Difference) Changes() []Change {
	all := slices.Concat(d.New, d.Changed)
	slices.SortStableFunc(all, func(a, b Change) int { return a.Row - b.Row })
	return all
}

// fields are the columns as the reader of tables looks for them.
func (t Target) fields() []sheet.Field {
	fields := make([]sheet.Field, len(t.Columns))
	for i, c := range t.Columns {
		fields[i] = c.Field
		fields[i].Names = append([]string{c.Label}, c.Names...)
	}
	return fields
}

// column finds a column by its key.
func (t Target) column(key string) (Column, bool) {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Key == key })
	if i < 0 {
		return Column{}, false
	}
	return t.Columns[i], true
}

// missing lists the columns that a reading lacks to be of use.
func (t Target) missing(columns map[string]int) (keys []string) {
	for _, c := range t.Columns {
		if _, ok := columns[c.Key]; c.Required && !ok {
			keys = append(keys, c.Key)
		}
	}
	if len(t.OneOf) > 0 && !slices.ContainsFunc(t.OneOf, func(key string) bool { _, ok := columns[key]; return ok }) {
		keys = append(keys, t.OneOf...)
	}
	return keys
}

// Tidy forgets the files whose import nobody ended within a day.
func (w *Wizard) Tidy(ctx context.Context) error {
	var old []draft
	err := w.db.View(ctx, func(tx *store.Tx) (err error) {
		old, err = draftsBefore(ctx, tx, territory.Everything(), w.now().Add(-keepDrafts))
		return err
	})
	if err != nil {
		return err
	}
	for _, d := range old {
		if err := w.forget(ctx, territory.Everything(), d); err != nil {
			return fmt.Errorf("forget the uploaded file %s: %w", d.ID, err)
		}
	}
	return nil
}

// keepDrafts is how long an uploaded file waits for a decision.
const keepDrafts = 24 * time.Hour
