package logbook

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"hygie/document"
	"hygie/document/html"
	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/seal"
)

// Target is the book that a request is about, as the module that opened it shows it.
type Target struct {
	Book    string
	Title   string     // of what it is about
	Owner   string     // the structure's name, on what is printed
	Banner  string     // over each page and print: EXERCICE; may be empty
	Place   *web.Place // its structure must be in the scope of the request
	Crumbs  []ui.Link
	Tabs    []ui.Tab
	Address string   // of the pages of the book
	Author  Author   // who writes
	Write   bool     // the reader may write
	Cells   []string // proposed
	Role    string   // proposed: what the reader is in this crisis
}

// Targeting finds the target of a request.
type Targeting func(c *web.Context) (Target, error)

// WorkerRoute adds the script that opens the offline pages; once for the whole program.
func WorkerRoute(rt *web.Router) {
	rt.Handle("GET /offline.js", web.Public, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		w.Write(worker) //nolint:errcheck // the reader left
	}))
}

// Pages are the pages of main courantes.
type Pages struct {
	Books  *Books
	Script string // address of [Script]
}

const (
	pageLines = 100
	maxSync   = 4 << 20
	maxFile   = 64 << 20
)

// Routes adds the pages of a book below a path. See and write are who may read and who may add lines.
func (p Pages) Routes(rt *web.Router, path string, see, write web.Rule, of Targeting) {
	with := func(page func(*web.Context, Target) error) func(*web.Context) error {
		return func(c *web.Context) error {
			t, err := of(c)
			if err != nil {
				return err
			}
			return page(c, t)
		}
	}
	rt.Page("GET "+path, see, with(p.list))
	rt.Page("POST "+path, write, with(p.note))
	rt.Page("POST "+path+"/sync", write, with(p.sync), web.MaxBody(maxSync))
	rt.Page("GET "+path+"/offline", write, with(p.offline))
	rt.Page("POST "+path+"/files", write, with(p.attach), web.MaxBody(maxFile+1<<20))
	rt.Page("GET "+path+"/files/{sha256}", see, with(p.file))
	rt.Page("GET "+path+"/export/{format}", see, with(p.export))
	rt.Page("GET "+path+"/sheets", see, with(p.sheets))
	rt.Page("POST "+path+"/sheets", write, with(p.printSheets))
	rt.Page("GET "+path+"/sheets/{sheet}", see, with(p.sheet))
	rt.Page("GET "+path+"/sheets/{sheet}/print", see, with(p.paper))
	rt.Page("POST "+path+"/sheets/{sheet}", write, with(p.typeBack))
	rt.Page("POST "+path+"/sheets/{sheet}/photo", write, with(p.photo), web.MaxBody(maxFile+1<<20))
}

// form is a line as the page sends it.
type form struct {
	ID       string `form:"id,max=80"`
	Kind     Kind   `form:"kind,max=20"`
	Text     string `form:"text,max=4000"`
	At       string `form:"at,max=40"`
	About    bool   `form:"about"`
	Role     string `form:"role,max=200"`
	Cell     string `form:"cell,max=200"`
	From     string `form:"from,max=200"`
	To       string `form:"to,max=200"`
	Channel  string `form:"channel,max=200"`
	Link     string `form:"link,max=200"`
	Corrects int64  `form:"corrects"`
}

// draft reads the form.
func (f form) draft(now time.Time, zone *time.Location) (Draft, error) {
	d := Draft{ID: f.ID, Kind: f.Kind, Text: f.Text, About: f.About, Role: f.Role, Cell: f.Cell, From: f.From, To: f.To, Channel: f.Channel, Corrects: f.Corrects}
	d.Links = nonEmpty(f.Link)
	if d.ID == "" {
		d.ID = store.NewID(now)
	}
	if d.Kind == "" {
		d.Kind = Fact
	}
	if f.At != "" {
		at, ok := WallTime(f.At, now, zone)
		if !ok || at.After(now.Add(time.Minute)) {
			return d, fault.Invalid(fault.Field{Name: "at", Key: "logbook.wrong_time"})
		}
		d.At = at
	}
	return d, nil
}

// WallTime reads a day and an hour as a person reads them off a wall clock: 2026-10-25T02:30. In the hour that comes twice when clocks go back it takes the
// later moment that is not after now, which is the one people mean while they live it; a moment that clocks jump over is moved on by the jump.
func WallTime(text string, now time.Time, zone *time.Location) (time.Time, bool) {
	var t time.Time
	var err error
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err = time.ParseInLocation(layout, text, zone); err == nil {
			break
		}
	}
	if err != nil {
		return t, false
	}
	clock := t.Format(time.DateTime)
	best := t
	for _, other := range []time.Time{t.Add(-time.Hour), t.Add(-30 * time.Minute), t.Add(30 * time.Minute), t.Add(time.Hour)} {
		if other.Format(time.DateTime) != clock {
			continue
		}
		if !other.After(now) && (best.After(now) || other.After(best)) {
			best = other
		}
	}
	return best.UTC(), true
}

// note takes one line from the form.
func (p Pages) note(c *web.Context, t Target) error {
	var f form
	err := c.Decode(&f)
	var d Draft
	if err == nil {
		d, err = f.draft(p.Books.o.Now(), c.Printer.Zone())
	}
	if err == nil {
		var receipts []Receipt
		receipts, err = p.Books.Receive(c.Ctx, c.Scope, t.Book, t.Author, []Draft{d})
		if err == nil && receipts[0].Number == 0 {
			err = fault.Invalid(fault.Field{Name: "text", Key: receipts[0].Reason})
		}
		if err == nil {
			c.Flash(ui.Good, "logbook.noted", "number", receipts[0].Number)
			return c.Redirect(t.Address)
		}
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return p.show(c, t, f, wrong)
	}
	return err
}

func (p Pages) list(c *web.Context, t Target) error {
	return p.show(c, t, form{Kind: Fact, Role: t.Role, Corrects: int64(c.QueryInt("corrects", 0, 0, 1<<30))}, nil)
}

// view is what the page of a book shows.
type view struct {
	Target
	Lines     []Line
	Corrected map[int64]int64
	Form      form
	Wrong     ui.Errors
	Closed    time.Time
	Next      string // page of older lines
	Chronic   bool
	Script    string
	Person    string
	Now       time.Time
	Here      string // address of this page with its query
	Stamps    Stamped
}

func (p Pages) show(c *web.Context, t Target, f form, wrong ui.Errors) error {
	v := view{Target: t, Form: f, Wrong: wrong, Chronic: c.Query("order") == "fact", Script: p.Script, Person: c.Actor.Person, Now: p.Books.o.Now(), Here: c.R.URL.RequestURI()}
	if v.Form.ID == "" {
		v.Form.ID = store.NewID(v.Now)
	}
	before := int64(c.QueryInt("before", 0, 0, 1<<30))
	err := p.Books.o.DB.View(c.Ctx, func(tx *store.Tx) error {
		book, err := ByID(c.Ctx, tx, c.Scope, t.Book)
		if err != nil {
			return err
		}
		v.Closed = book.ClosedAt
		filter := Filter{Before: before, Limit: pageLines + 1, Chronic: v.Chronic, Kind: Kind(c.Query("kind"))}
		if v.Chronic {
			filter.Before, filter.Limit = 0, 0
		}
		if v.Lines, err = p.Books.Lines(c.Ctx, tx, c.Scope, t.Book, filter); err != nil {
			return err
		}
		if v.Corrected, err = p.Books.corrected(c, tx, t.Book); err != nil {
			return err
		}
		v.Stamps, err = p.Books.Stamped(c.Ctx, tx, c.Scope, t.Book)
		return err
	})
	if err != nil {
		return err
	}
	if len(v.Lines) > pageLines && !v.Chronic {
		v.Lines = v.Lines[:pageLines]
		v.Next = fmt.Sprintf("%s?before=%d", t.Address, v.Lines[pageLines-1].Number)
	}
	return c.Page(web.Page{Title: c.T("logbook.title"), Over: t.Title, Place: t.Place, Crumbs: t.Crumbs, Tabs: t.Tabs, Errors: wrong}, listBody(v))
}

// corrected tells by which line each corrected line of a book is.
func (b *Books) corrected(c *web.Context, tx *store.Tx, book string) (map[int64]int64, error) {
	by := map[int64]int64{}
	_, err := store.All(c.Ctx, tx, func(row store.Row) (struct{}, error) {
		var n, corrects int64
		err := row.Scan(&n, &corrects)
		by[corrects] = n
		return struct{}{}, err
	}, `select n, corrects from logbook_line where book_id = $1 and corrects > 0 order by n`, book)
	return by, err
}

// offline is the page without anything in it that a prepared device keeps.
func (p Pages) offline(c *web.Context, t Target) error {
	v := view{Target: t, Form: form{Kind: Fact}, Script: p.Script, Person: c.Actor.Person, Now: p.Books.o.Now()}
	return c.Page(web.Page{Title: c.T("logbook.offline_title"), Lead: c.T("logbook.offline_lead"), Bare: true}, offlineBody(v))
}

// sent is a line as a browser sends it.
type sent struct {
	ID       string `json:"id"`
	Kind     Kind   `json:"kind"`
	Text     string `json:"text"`
	Written  string `json:"written"`
	At       string `json:"at"`
	Role     string `json:"role"`
	Cell     string `json:"cell"`
	From     string `json:"from"`
	To       string `json:"to"`
	Channel  string `json:"channel"`
	Link     string `json:"link"`
	Corrects int64  `json:"corrects"`
	Device   string `json:"device"`
	Seq      int64  `json:"seq"`
	Offline  bool   `json:"offline"`
}

// sync takes lines that a browser kept. What it does not name in a receipt with a number still waits there.
func (p Pages) sync(c *web.Context, t Target) error {
	var in struct {
		Person string `json:"person"`
		Sent   string `json:"sent"` // clock of the device at the moment of sending
		Lines  []sent `json:"lines"`
	}
	if err := json.NewDecoder(io.LimitReader(c.R.Body, maxSync)).Decode(&in); err != nil {
		return fault.Invalid(fault.Field{Key: "logbook.unreadable"}).Because(err)
	}
	if in.Person != c.Actor.Person {
		return fault.Conflict("logbook.other_person") // nobody signs for somebody else
	}
	now := p.Books.o.Now()
	var offset time.Duration
	if clock, err := time.Parse(time.RFC3339, in.Sent); err == nil {
		offset = now.Sub(clock).Truncate(time.Second)
	}
	drafts := make([]Draft, len(in.Lines))
	for i, l := range in.Lines {
		drafts[i] = l.draft(offset)
	}
	receipts, err := p.Books.Receive(c.Ctx, c.Scope, t.Book, t.Author, drafts)
	if err != nil && !errors.Is(err, errClosed) { // a close is said line by line: each is still in the hands of its writer
		return err
	}
	for i := range receipts {
		if receipts[i].Reason != "" {
			receipts[i].Reason = c.T(receipts[i].Reason)
		}
	}
	c.W.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(c.W).Encode(map[string]any{"receipts": receipts})
}

func (l sent) draft(offset time.Duration) Draft {
	d := Draft{ID: l.ID, Kind: l.Kind, Text: l.Text, Role: l.Role, Cell: l.Cell, From: l.From, To: l.To, Channel: l.Channel, Corrects: l.Corrects, Device: l.Device, Seq: l.Seq, Offset: offset, Links: nonEmpty(l.Link)}
	d.Written, _ = time.Parse(time.RFC3339, l.Written) // zero: the time of arrival
	d.At, _ = time.Parse(time.RFC3339, l.At)           // zero: the time of writing
	if l.Offline {
		d.Source = "offline"
	}
	return d
}

// export gives the book as a file.
func (p Pages) export(c *web.Context, t Target) error {
	format := c.Path("format")
	name := seal.SafeName("main-courante-"+t.Title, 80)
	if format == "journal" || format == "pack" {
		if _, err := p.book(c, t); err != nil { // before anything is sent
			return err
		}
	}
	switch format {
	case "journal":
		c.Download(name+".jsonl", "application/jsonl")
		return p.Books.WriteJournal(c.Ctx, c.Scope, t.Book, c.W)
	case "pack":
		c.Download(name+".zip", "application/zip")
		return p.Books.WritePack(c.Ctx, c.Scope, t.Book, c.Printer, t.Owner, t.Banner, c.W)
	}
	lines, head, err := p.Books.all(c.Ctx, c.Scope, t.Book)
	if err != nil {
		return err
	}
	register := func() document.Document {
		return Register(c.Printer, t.Title, t.Owner, t.Banner, lines, &head, p.Books.o.Now())
	}
	switch format {
	case "csv":
		c.Download(name+".csv", "text/csv; charset=utf-8")
		return WriteCSV(c.W, lines, c.Printer.Zone())
	case "timesketch":
		c.Download(name+"-timesketch.jsonl", "application/jsonl")
		return WriteTimesketch(c.W, lines)
	case "pdf":
		c.Download(name+".pdf", "application/pdf")
		_, err := p.Books.writeSigned(c.W, register(), t.Owner)
		return err
	case "html":
		c.Download(name+".html", "text/html; charset=utf-8")
		return html.Write(c.W, register())
	}
	return fault.NotFound("logbook.no_format")
}

func (p Pages) book(c *web.Context, t Target) (book Book, err error) {
	err = p.Books.o.DB.View(c.Ctx, func(tx *store.Tx) error {
		book, err = ByID(c.Ctx, tx, c.Scope, t.Book)
		return err
	})
	return book, err
}

// options of the kinds, and what a line shows of its head.
func (l Line) title() string { return strings.Join(nonEmpty(l.Name, l.Role, l.Cell), ", ") }

// errNoVault tells that this installation keeps no files.
var errNoVault = errors.New("main courantes have no store of files")
