// Package continuity keeps what an establishment needs when no screen works, and makes its crisis folder of it: contacts, care services with their
// degraded procedures, reflex cards, blank sheets (package hygie/crisisfolder), in the language of its staff: French unless they chose English. Contacts come from forms or
// from the list that the establishment has (CSV, XLSX, ODS, vCard).
//
// The folder is made in the background, never by a request: what it depends on marks it ([Module.Changed], in the transaction of the change) and asks for a job;
// the job reads everything at one moment, writes a PDF and one HTML page into the evidence store, and takes the place of the making before. A change that comes meanwhile
// has its own job, so none is lost. [Module.Watch] finds what no act tells: a structure renamed, a region that changed its numbers, a newer
// program.
//
// Nobody is told to trust paper: the page says which making was last printed and what has changed since.
package continuity

import (
	"context"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"hygie/crisisfolder"
	"hygie/internal/blob"
	"hygie/internal/bring"
	"hygie/internal/fault"
	"hygie/internal/job"
	"hygie/internal/locale"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/sheet"
)

// Longest texts, in characters, and most rows of a list.
const (
	maxText     = 200
	maxNote     = 1000
	maxContacts = 500
	maxServices = 300
)

// Contact is somebody of the establishment's own list.
type Contact struct {
	ID, Structure string
	Place         int64 // in the list, from 1
	Name          string
	Role          string
	Phones        string // one a line
	Mail          string
	Hours         string
	Note          string
	Version       int64
}

// Service is a service of the establishment with its degraded procedure.
type Service struct {
	ID, Structure string
	Name          string
	Tolerance     int64 // hours; 0: nobody said
	Manager       string
	Phone         string
	Box           string
	Procedure     string
	Version       int64
}

// Folder is how the folder of a structure stands.
type Folder struct {
	Changes, Built    int64 // changes there were, and those that are in it
	Number            int64 // of the making; 0: none yet
	At                time.Time
	PDF, HTML         string // SHA-256
	PDFSize, HTMLSize int64
	Services          int64
	Printed           int64     // making that was last printed; 0: none
	PrintedChanges    int64     // changes that are on paper
	PrintedAt         time.Time // when what is on paper was made
	Language          locale.Lang
}

// Stale tells whether something changed that is not in the folder yet.
func (f Folder) Stale() bool { return f.Built < f.Changes }

// Change is one thing that changed.
type Change struct {
	N       int64
	What    string
	Subject string
	At      time.Time
}

// Options is what the module needs.
type Options struct {
	DB      *store.DB
	Vault   *blob.Vault
	Trail   *trail.Trail
	Queue   *job.Queue
	Now     func() time.Time
	Log     *slog.Logger
	Bring   *bring.Wizard // brings lists of contacts in
	Printer func(locale.Lang) *locale.Printer
	Program string // version: a newer one makes folders again
	// Calls are the outside contacts of a structure in scope, in the order to call, in the language of the context.
	Calls func(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]crisisfolder.Contact, error)
	// Outside tells when the outside contacts of the structures of an interval last changed; nil: they never do.
	Outside func(ctx context.Context, tx *store.Tx) (map[territory.Interval]time.Time, error)
	// Cards are the reflex cards that hold for a structure in scope, in the language of the context.
	Cards func(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]crisisfolder.Card, error)
}

// Module serves the pages and makes folders.
type Module struct{ o Options }

// New makes the module.
func New(o Options) *Module { return &Module{o} }

const home = "/structures/{structure}/continuity"

func address(structure string) string { return "/structures/" + structure + "/continuity" }

// Routes declares every page of the module. Who follows incidents has the folder at hand, who writes in them keeps it.
func (m *Module) Routes(rt *web.Router) {
	see, write := web.Needs(right.SeeIncident), web.Needs(right.WriteIncident)
	rt.Page("GET "+home, see, m.show)
	rt.Page("POST "+home+"/build", write, m.ask)
	rt.Page("POST "+home+"/printed", write, m.printed)
	rt.Page("GET "+home+"/folder/{format}", see, m.download)
	rt.Page("POST "+home+"/language", write, m.speak)
	m.o.Bring.Routes(rt, home+"/contacts/import", write, m.target)
	rt.Page("GET "+home+"/contacts/new", write, m.blankContact)
	rt.Page("POST "+home+"/contacts", write, m.addContact)
	rt.Page("GET "+home+"/contacts/{contact}", write, m.contact)
	rt.Page("POST "+home+"/contacts/{contact}", write, m.changeContact)
	rt.Page("POST "+home+"/contacts/{contact}/remove", write, m.removeContact)
	rt.Page("GET "+home+"/services/new", write, m.blankService)
	rt.Page("POST "+home+"/services", write, m.addService)
	rt.Page("GET "+home+"/services/{service}", see, m.service)
	rt.Page("POST "+home+"/services/{service}", write, m.changeService)
	rt.Page("POST "+home+"/services/{service}/remove", write, m.removeService)
	rt.Nav(web.Entry{Key: "continuity.nav", Path: home, Icon: "book", Rule: see, Order: 13})
}

// check says what is wrong with a contact, field by field.
func (c Contact) check() error {
	w := wrong{}
	w.required("name", c.Name, maxText)
	w.most("role", c.Role, maxText)
	w.most("mail", c.Mail, maxText)
	w.most("hours", c.Hours, maxText)
	w.most("phones", c.Phones, maxText)
	w.most("note", c.Note, maxNote)
	return w.err()
}

func (s Service) check() error {
	w := wrong{}
	w.required("name", s.Name, maxText)
	w.most("manager", s.Manager, maxText)
	w.most("phone", s.Phone, maxText)
	w.most("box", s.Box, maxText)
	w.most("procedure", s.Procedure, crisisfolder.MaxProcedure)
	if s.Tolerance < 0 || s.Tolerance > 24*365 {
		w.add("tolerance", "continuity.not_hours")
	}
	return w.err()
}

// wrong collects what is wrong with a form.
type wrong []fault.Field

func (w *wrong) add(name, key string, args ...any) {
	*w = append(*w, fault.Field{Name: name, Key: key, Args: args})
}

func (w *wrong) required(name, text string, most int) {
	if strings.TrimSpace(text) == "" || sheet.Fold(text) == "" {
		w.add(name, "continuity.missing")
	}
	w.most(name, text, most)
}

func (w *wrong) most(name, text string, most int) {
	if utf8.RuneCountInString(text) > most {
		w.add(name, "web.too_long", "limit", most)
	}
}

func (w *wrong) err() error {
	if len(*w) == 0 {
		return nil
	}
	return fault.Invalid(*w...)
}
