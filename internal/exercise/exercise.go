// Package exercise prepares, plays and draws the lessons of crisis exercises. What a scenario is and how a game runs stands in the engine hygie/exercise;
// here are the people, the pages and what stays.
//
// # One exercise
//
// It is prepared in ten minutes: four questions advise a level, a scenario is chosen, seats get names. Each seat has an address of its own with a secret,
// which its player opens on a telephone without an account; answering there is also the test of contacts, which a mail can ask for. People come from a list that the
// establishment has, or one by one. The kit is printed.
// Scenarios of one's own are made from a table of events or an archive of OpenBAS.
//
// On the day the animator holds the room: what is due, played now, skipped or shifted, pauses, what players did. Players see what reaches their seat,
// observers fill in the grid, on the screen, which needs no network once it was opened, or on a printed sheet that is typed back, a wall shows the clock. Events that come by mail are mailed to those who confirmed
// their address. How long things took is read from the lines of the main courante, and the animator corrects it. The word EXERCICE stands on every screen, page and mail.
//
// Afterwards everybody answers two questions without a name, at once (hot) and again weeks later (cold); the draft of the debrief (RETEX) is there at once.
// Concluding deposits it, puts what was learnt into the plan of actions and, only when the exercise counts for the programme, records the facts
// "exercise.held", "exercise.kind", "exercise.management" and "exercise.business", and "continuity.tested" when a service worked by its continuity plan for real.
//
// A game is its events: an act that is not possible is refused by replaying with it, and nothing of a past game can be changed.
package exercise

import (
	"context"
	"fmt"
	"io"
	"time"

	drill "hygie/exercise"
	"hygie/exercise/scenarios"
	"hygie/internal/blob"
	"hygie/internal/bring"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
)

// Log is a main courante as an exercise uses it.
type Log interface {
	// Open begins one for a structure in scope and gives its id.
	Open(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, title, person string) (string, error)
	// Note adds a line, in the transaction of the act it tells of.
	Note(ctx context.Context, tx *store.Tx, scope territory.Scope, book string, l Line) error
	// Lines are what it says, as far as milestones are read from it.
	Lines(ctx context.Context, tx *store.Tx, scope territory.Scope, book string) ([]drill.Note, error)
	// Close ends it.
	Close(ctx context.Context, tx *store.Tx, scope territory.Scope, book string) error
}

// A Line is what an exercise says to its main courante.
type Line struct {
	Stimulus     bool // brought in by the animator; else it is something that happened
	Text         string
	At           time.Time
	Person, Name string
	Links        []string // "milestone/NAME"
}

// Vault keeps the bytes of evidence.
type Vault interface {
	Put(ctx context.Context, r io.Reader) (blob.Digest, int64, error)
}

// Options is what the module needs.
type Options struct {
	DB      *store.DB
	Trail   *trail.Trail
	Vault   Vault
	Log     Log                // may be nil
	Post    Post               // sends mail; nil when no mail server is set
	Bring   *bring.Wizard      // brings tables of events in
	Changed func(topic string) // tells open pages; may be nil
	Address string             // of the platform, for the addresses of seats: https://hygie.example
	Script  string             // address of [Script]
	Now     func() time.Time
}

// Module serves the pages.
type Module struct {
	Options
	shipped []*drill.Scenario
}

// New makes the module with the scenarios that come with hygie.
func New(o Options) (*Module, error) {
	shipped, err := scenarios.Shipped()
	if err != nil {
		return nil, err
	}
	return &Module{Options: o, shipped: shipped}, nil
}

// An Exercise is one exercise of one structure.
type Exercise struct {
	ID        string
	Structure string
	Scenario  *drill.Scenario // at its level, as it is played
	Level     drill.Level
	PlannedAt time.Time
	CreatedBy string
	Book      string // its main courante, or empty
	Started   time.Time
	Ended     time.Time
	Concluded time.Time
	Counted   bool
}

// A Seat is somebody who takes part.
type Seat struct {
	ID       string
	Exercise string
	Role     string // of the scenario; empty: observer
	Name     string
	Contact  string
	Secret   string
	Tested   time.Time // zero: did not answer the test of contacts
	Present  bool
	Hot      bool // answered at the end of the exercise
	Cold     bool // answered weeks later
}

// Topic is what pages of an exercise follow.
func Topic(id string) string { return "exercise/" + id }

const (
	home     = "/structures/{structure}/exercises"
	one      = home + "/{exercise}"
	seatPath = "/exercise-seats/{secret}"
	library  = "/structures/{structure}/exercise-scenarios"
)

// Routes declares every page of the module. Who may write the plan prepares and animates; players need no account, their address is their key.
func (m *Module) Routes(rt *web.Router) {
	see, act, prove := web.Needs(right.SeeActions), web.Needs(right.EditActions), web.Needs(right.AddProof)
	rt.Page("GET "+home, see, m.list)
	rt.Page("GET "+home+"/new", act, m.blank)
	rt.Page("POST "+home, act, m.create)
	rt.Page("GET "+one, act, m.prepare)
	rt.Page("POST "+one+"/seats", act, m.seatAct)
	m.Bring.Routes(rt, one+"/import", act, m.seatTarget)
	rt.Page("GET "+one+"/kit", act, m.kit)
	rt.Page("GET "+one+"/room", act, m.room)
	rt.Page("POST "+one+"/room", act, m.roomAct)
	rt.Page("GET "+one+"/wall", see, m.wall)
	rt.Page("GET "+one+"/debrief", act, m.debrief)
	rt.Page("GET "+one+"/report", act, m.report)
	rt.Page("POST "+one+"/conclusion", prove, m.conclude)
	rt.Page("GET "+one+"/figures", act, m.correctPage)
	rt.Page("GET "+one+"/grids/{seat}", act, m.grid)
	rt.Page("POST "+one+"/grids/{seat}", act, m.typeGrid)
	rt.Page("GET "+library, act, m.library)
	rt.Page("POST "+library, act, m.addScenario)
	rt.Page("POST "+library+"/upload", act, m.uploadScenario, web.MaxBody(maxScenarioFile+1<<20))
	rt.Page("GET "+library+"/{scenario}", act, m.scenario)
	rt.Page("POST "+library+"/{scenario}", act, m.changeScenario)
	rt.Page("GET "+library+"/{scenario}/openbas", act, m.archive)
	rt.Page("GET "+library+"/{scenario}/file", act, m.scenarioFile)
	m.Bring.Routes(rt, library+"/{scenario}/import", act, m.target)
	rt.Page("GET "+seatPath, web.Public, m.seat)
	rt.Page("POST "+seatPath+"/here", web.Public, m.here)
	rt.Page("POST "+seatPath+"/observations", web.Public, m.observe)
	rt.Page("POST "+seatPath+"/answers", web.Public, m.answer)
	rt.Nav(web.Entry{Key: "exercise.nav", Path: home, Icon: "bolt", Rule: see, Order: 14})
}

func address(structure string) string { return "/structures/" + structure + "/exercises" }

func (e Exercise) address() string { return address(e.Structure) + "/" + e.ID }

func (s Seat) path() string { return "/exercise-seats/" + s.Secret }

// Title is what the scenario is called, in the reader's language.
func (e Exercise) Title(ctx context.Context) string { return words(ctx, e.Scenario.Title) }

// role gives a seat of the scenario; nil for an observer.
func (e Exercise) role(id string) *drill.Role {
	for i := range e.Scenario.Roles {
		if e.Scenario.Roles[i].ID == id {
			return &e.Scenario.Roles[i]
		}
	}
	return nil
}

// act names an act of the module in the trail.
func act(name string) string { return fmt.Sprintf("exercise.%s", name) }
