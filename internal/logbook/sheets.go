package logbook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"hygie/document"
	"hygie/document/pdf"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// SheetLines is how many lines a printed sheet has.
const SheetLines = 12

// maxSheets is how many sheets are printed at once.
const maxSheets = 50

// Sheet is a numbered page on which a cell goes on with a pen.
type Sheet struct {
	Number int64
	Cell   string
	Lines  int64
	Size   int64        // lines of the journal when it was printed
	Root   journal.Hash // of the journal then
	At     time.Time
	By     string
	Photo  string // SHA-256 of the photograph, once the sheet is back
	Typed  int64  // lines that came back from it
}

// Code is the text of the square code of a sheet: what it belongs to and the state of the journal when it was printed; at most 150 bytes, so that a
// telephone reads it off a bad copy.
func (s Sheet) Code(book string) string {
	return fmt.Sprintf("hygie:%s/%d/%d/%x", book, s.Number, s.Size, s.Root[:8])
}

// Sheets lists the sheets of a book in scope.
func (b *Books) Sheets(ctx context.Context, tx *store.Tx, scope territory.Scope, book string) ([]Sheet, error) {
	if _, err := ByID(ctx, tx, scope, book); err != nil {
		return nil, err
	}
	all, err := store.All(ctx, tx, func(row store.Row) (s Sheet, err error) {
		var at int64
		var root []byte
		err = row.Scan(&s.Number, &s.Cell, &s.Lines, &s.Size, &root, &at, &s.By, &s.Photo, &s.Typed)
		s.At = store.Time(at)
		copy(s.Root[:], root)
		return s, err
	}, `select s.number, s.cell, s.lines, s.size, s.root, s.at, s.by, s.photo,
			(select count(*) from logbook_line l where l.book_id = s.book_id and l.device = 'paper-' || s.number)
		from logbook_sheet s where s.book_id = $1 order by s.number`, book)
	if err != nil {
		return nil, fmt.Errorf("list the sheets of %s: %w", book, err)
	}
	return all, nil
}

// Print makes numbered sheets, and notes it: a number that was given out is awaited.
func (b *Books) Print(ctx context.Context, scope territory.Scope, book string, by Author, cell string, count int, words func(first, last int64) string) error {
	return b.o.DB.Update(ctx, func(tx *store.Tx) error {
		if err := trail.Lock(ctx, tx, journalOf(book), true); err != nil {
			return err
		}
		t, err := b.trail(ctx, tx, scope, book)
		if err != nil {
			return err
		}
		head, err := t.Read(ctx, tx)
		if err != nil {
			return err
		}
		last, err := store.One(ctx, tx, store.Column[int64], `select coalesce(max(number), 0) from logbook_sheet where book_id = $1`, book)
		if err != nil {
			return err
		}
		for n := last + 1; n <= last+int64(count); n++ {
			_, err := tx.Exec(ctx, `insert into logbook_sheet (book_id, number, cell, lines, size, root, at, by) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
				book, n, cell, SheetLines, head.Size, head.Root[:], store.Millis(b.o.Now()), by.Person)
			if err != nil {
				return fmt.Errorf("number a sheet of %s: %w", book, err)
			}
		}
		_, err = b.take(ctx, tx, scope, book, by, []Draft{{ID: store.NewID(b.o.Now()), Kind: State, Text: words(last+1, last+int64(count)), Cell: cell}})
		return err
	})
}

// Paper is a sheet to print: one page, with the code on it, so that its photograph names it.
func (s Sheet) Paper(p *locale.Printer, book, title, owner, banner string, of int) document.Document {
	const hand, words = "\n\n\n", 46 // rows high enough for a hand, most of the width for what is said
	table := document.Table{Caption: p.T("logbook.sheet_caption"), Columns: []document.Column{{Name: p.T("logbook.number"), Right: true, Header: true}, {Name: p.T("logbook.at")}, {Name: p.T("logbook.written")},
		{Name: p.T("logbook.who")}, {Name: p.T("logbook.kind_of")}, {Name: p.T("logbook.sheet_what")}}}
	for n := range s.Lines {
		table.Rows = append(table.Rows, []string{fmt.Sprintf("%d.%d%s", s.Number, n+1, hand), "", "", strings.Repeat("\u00a0", 14), "", strings.Repeat("\u00a0", words)})
	}
	cell := s.Cell
	if cell == "" {
		cell = "…………………………"
	}
	return document.Document{Title: p.T("logbook.sheet_title", "number", s.Number, "count", of), Subtitle: title, Language: string(p.Lang()), Author: owner, Date: s.At, Header: owner,
		Footer: p.T("logbook.sheet_footer"), Banner: banner, Blocks: []document.Block{
			document.P(p.T("logbook.sheet_lead", "cell", cell, "when", p.DateTime(s.At), "size", s.Size)), document.P(p.T("logbook.sheet_kinds")), table, document.Code{Text: s.Code(book), Caption: p.T("logbook.sheet_code")}}}
}

func (p Pages) allSheets(c *web.Context, t Target) (all []Sheet, err error) {
	err = p.Books.o.DB.View(c.Ctx, func(tx *store.Tx) error {
		all, err = p.Books.Sheets(c.Ctx, tx, c.Scope, t.Book)
		return err
	})
	return all, err
}

// sheets lists what was printed, with what is still out.
func (p Pages) sheets(c *web.Context, t Target) error { return p.showSheets(c, t, nil) }

func (p Pages) showSheets(c *web.Context, t Target, wrong ui.Errors) error {
	all, err := p.allSheets(c, t)
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("logbook.sheets"), Over: t.Title, Lead: c.T("logbook.sheets_lead"), Place: t.Place, Crumbs: append(t.Crumbs, ui.Link{Href: t.Address, Text: c.T("logbook.title")}), Errors: wrong},
		sheetsBody(t, all, wrong))
}

func (p Pages) printSheets(c *web.Context, t Target) error {
	var f struct {
		Cell  string `form:"cell,max=200"`
		Count int    `form:"count"`
	}
	err := c.Decode(&f)
	if err == nil && (f.Count < 1 || f.Count > maxSheets) {
		err = fault.Invalid(fault.Field{Name: "count", Key: "logbook.sheets_count", Args: []any{"limit", maxSheets}})
	}
	if err == nil {
		err = p.Books.Print(c.Ctx, c.Scope, t.Book, t.Author, f.Cell, f.Count, func(first, last int64) string {
			return c.T("logbook.sheets_printed", "first", first, "last", last)
		})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return p.showSheets(c, t, wrong)
	}
	if err != nil {
		return err
	}
	return c.Redirect(t.Address + "/sheets")
}

// one finds the sheet of the path among all.
func (p Pages) one(c *web.Context, t Target) (s Sheet, of int, err error) {
	all, err := p.allSheets(c, t)
	if err != nil {
		return s, 0, err
	}
	for _, s := range all {
		if strconv.FormatInt(s.Number, 10) == c.Path("sheet") {
			return s, len(all), nil
		}
	}
	return s, 0, fault.NotFound("logbook.no_sheet")
}

func (p Pages) paper(c *web.Context, t Target) error {
	s, of, err := p.one(c, t)
	if err != nil {
		return err
	}
	c.Download(fmt.Sprintf("feuille-%d.pdf", s.Number), "application/pdf")
	return pdf.Write(c.W, s.Paper(c.Printer, t.Book, t.Title, t.Owner, t.Banner, of))
}

// sheet shows the photograph beside the lines to type.
func (p Pages) sheet(c *web.Context, t Target) error {
	s, _, err := p.one(c, t)
	if err != nil {
		return err
	}
	return p.showSheet(c, t, s, nil)
}

func (p Pages) showSheet(c *web.Context, t Target, s Sheet, wrong ui.Errors) error {
	var typed []Line
	err := p.Books.o.DB.View(c.Ctx, func(tx *store.Tx) error {
		all, err := p.Books.Lines(c.Ctx, tx, c.Scope, t.Book, Filter{Oldest: true})
		for _, l := range all {
			if l.Device == s.device() {
				typed = append(typed, l)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("logbook.sheet_name", "number", s.Number), Over: t.Title, Lead: c.T("logbook.type_lead"), Place: t.Place, Errors: wrong,
		Crumbs: append(t.Crumbs, ui.Link{Href: t.Address, Text: c.T("logbook.title")}, ui.Link{Href: t.Address + "/sheets", Text: c.T("logbook.sheets")})}
	return c.Page(page, sheetBody(t, s, typed, p.Books.o.Now()))
}

// device is the name under which lines of a sheet are counted.
func (s Sheet) device() string { return fmt.Sprintf("paper-%d", s.Number) }

// typeBack takes the lines of a sheet. A line typed twice alike is one; typed otherwise it becomes a line of its own, and both stay.
func (p Pages) typeBack(c *web.Context, t Target) error {
	s, _, err := p.one(c, t)
	if err != nil {
		return err
	}
	if err := c.R.ParseForm(); err != nil {
		return fault.Invalid(fault.Field{Key: "logbook.unreadable"}).Because(err)
	}
	get := func(name string, n int64) string {
		return strings.TrimSpace(c.R.Form.Get(fmt.Sprintf("%s-%d", name, n)))
	}
	var drafts []Draft
	now := p.Books.o.Now()
	for n := int64(1); n <= s.Lines; n++ {
		f := form{ID: fmt.Sprintf("paper-%d-%d", s.Number, n), Kind: Kind(get("kind", n)), Text: get("text", n), At: get("at", n), Role: get("who", n), Cell: s.Cell}
		if f.Text == "" {
			continue
		}
		d, err := f.draft(now, c.Printer.Zone())
		if err != nil {
			return p.showSheet(c, t, s, ui.Errors{{Name: fmt.Sprintf("at-%d", n), Key: "logbook.wrong_time"}})
		}
		d.Device, d.Seq, d.Source = s.device(), n, fmt.Sprintf("paper %d.%d", s.Number, n)
		d.Written = d.At // the pen noted it then; when nobody wrote the hour, the time of typing stands
		drafts = append(drafts, d)
	}
	if len(drafts) == 0 {
		return p.showSheet(c, t, s, ui.Errors{{Name: "text-1", Key: "logbook.text_missing"}})
	}
	receipts, err := p.Books.Receive(c.Ctx, c.Scope, t.Book, t.Author, drafts)
	if err != nil {
		return err
	}
	var wrong ui.Errors
	for i, r := range receipts {
		if r.Number == 0 {
			wrong = append(wrong, fault.Field{Name: fmt.Sprintf("text-%d", drafts[i].Seq), Key: r.Reason})
		}
	}
	if wrong != nil {
		return p.showSheet(c, t, s, wrong)
	}
	c.Flash(ui.Good, "logbook.typed", "count", len(receipts))
	return c.Redirect(fmt.Sprintf("%s/sheets/%d", t.Address, s.Number))
}

// photo takes the photograph of a sheet that came back.
func (p Pages) photo(c *web.Context, t Target) error {
	s, _, err := p.one(c, t)
	if err != nil {
		return err
	}
	var none struct{}
	var f File
	err = c.Upload(&none, "file", maxFile, func(name string, content io.Reader) (err error) {
		f, err = p.Books.Keep(c.Ctx, c.Scope, t.Book, c.Actor.Person, name, content)
		if err == nil && !shown(f.Media) {
			err = fault.Invalid(fault.Field{Name: "file", Key: "logbook.not_picture"})
		}
		return err
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return p.showSheet(c, t, s, wrong)
	}
	if err != nil {
		return err
	}
	err = p.Books.o.DB.Update(c.Ctx, func(tx *store.Tx) error {
		if err := trail.Lock(c.Ctx, tx, journalOf(t.Book), true); err != nil {
			return err
		}
		if _, err := tx.Exec(c.Ctx, `update logbook_sheet set photo = $1 where book_id = $2 and number = $3`, f.SHA256, t.Book, s.Number); err != nil {
			return err
		}
		_, err := p.Books.take(c.Ctx, tx, c.Scope, t.Book, t.Author, []Draft{{ID: store.NewID(p.Books.o.Now()), Kind: State, Text: c.T("logbook.photographed", "number", s.Number), Files: []File{f}}})
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return fault.NotFound("logbook.not_found")
	}
	if err != nil {
		return err
	}
	return c.Redirect(fmt.Sprintf("%s/sheets/%d", t.Address, s.Number))
}
