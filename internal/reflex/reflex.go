// Package reflex puts reflex cards (package hygie/card) into the hands of people: run on a telephone, one question a screen, with "I do not know" as wide as
// "yes"; printed before it is too late; adapted by the establishment.
//
// # Running
//
// A run keeps the card as it was when it began, and answers are only ever added: the last one to a step counts. Inside a crisis each answer is also a line
// of the main courante, through [Log]. The time of a card is a limit, not a stop: when it is over the page says so and offers to conclude with what is known.
//
// # Own versions
//
// An establishment writes its version in the same YAML (docs/formats/card.md). What it changed is shown line by line before it is kept; every version stays,
// and the card that comes with hygie can be taken back at any time.
package reflex

import (
	"context"
	"fmt"
	"time"

	"hygie/card"
	"hygie/card/cards"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
)

// Log takes what a run says into a main courante.
type Log interface {
	// Books lists the main courantes of a structure in scope that take lines now.
	Books(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Book, error)
	// Note adds a line, in the transaction of the answer it tells of.
	Note(ctx context.Context, tx *store.Tx, scope territory.Scope, book string, l Line) error
}

// A Book is a main courante that takes lines.
type Book struct{ ID, Title string }

// A Line is what a run says to a main courante.
type Line struct {
	Done         bool // something was done; else it is something that is known
	Text         string
	At           time.Time
	Person, Name string // who answered
	Source       string // "card ID"
}

// A Run is one time that a card was taken out.
type Run struct {
	ID        string
	Structure string
	Card      *card.Card // as it was then
	Book      string     // main courante that takes the answers, or empty
	After     string     // run that led here, or empty
	StartedAt time.Time
	StartedBy string // person
	EndedAt   time.Time
	Given     card.Given // the last answer to each step
}

// A Version is a card as an establishment wrote it.
type Version struct {
	Structure string
	Card      string // id
	Number    int64
	Content   string // YAML; empty: the card that comes with hygie holds again
	Note      string // why
	At        time.Time
	By        string // person
}

// Options is what the module needs.
type Options struct {
	DB    *store.DB
	Trail *trail.Trail
	Log   Log // may be nil: cards are then run without a main courante
	Now   func() time.Time
	// Changed is told that a card of a structure was adapted or restored, in the transaction of it; it may be nil.
	Changed func(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, title, by string) error
}

// Module serves the pages.
type Module struct {
	Options
	shipped []*card.Card
}

// New makes the module with the cards that come with hygie.
func New(o Options) (*Module, error) {
	shipped, err := cards.Shipped()
	if err != nil {
		return nil, err
	}
	return &Module{Options: o, shipped: shipped}, nil
}

const (
	home = "/structures/{structure}/cards"
	runs = "/structures/{structure}/card-runs"
)

// maxContent is how large the YAML of a card may be when it comes from a form, in characters.
const maxContent = 60_000

// Routes declares every page of the module. Who may write the plan of actions runs and adapts cards, in a weak session too: a night has no time for more.
func (m *Module) Routes(rt *web.Router) {
	see, act := web.Needs(right.SeeActions), web.Needs(right.EditActions)
	rt.Page("GET "+home, see, m.list)
	rt.Page("GET "+home+"/booklet", see, m.booklet)
	rt.Page("GET "+home+"/{card}", see, m.show)
	rt.Page("GET "+home+"/{card}/sheet", see, m.sheet)
	rt.Page("GET "+home+"/{card}/adapt", act, m.adapt)
	rt.Page("POST "+home+"/{card}/adapt", act, m.keep, web.MaxBody(8*maxContent))
	rt.Page("POST "+home+"/{card}/restore", act, m.restore)
	rt.Page("POST "+home+"/{card}/runs", act, m.start)
	rt.Page("GET "+runs+"/{run}", see, m.run)
	rt.Page("POST "+runs+"/{run}", act, m.answer)
	rt.Page("POST "+runs+"/{run}/end", act, m.end)
	rt.Nav(web.Entry{Key: "reflex.nav", Path: home, Icon: "siren", Rule: see, Order: 12})
}

func address(structure string) string { return "/structures/" + structure + "/cards" }

func cardAddress(structure, id string) string { return address(structure) + "/" + id }

func (r Run) address() string { return fmt.Sprintf("/structures/%s/card-runs/%s", r.Structure, r.ID) }
