// Package instruction is the pages by which agencies instruct applications for funding, at two levels: the regional agency first, then the national one. The life
// of a dossier, its guards and its money are those of package funding; this package is what instructors see and press.
//
// # The queue
//
// Each level has a queue ([Region], [Nation] in the path), ordered by what is due first. What can be checked without a person is checked before anybody opens a
// dossier ([Module.CheckWaiting]): whether the candidate may apply, what the scale gives, each requirement by its rules, each document asked for. A dossier in
// which nothing is open is clean. A share of the clean ones is drawn by the rules of the call, to be looked at in depth all the same.
//
// # Looking
//
// A point that the checks leave open needs a person: an instructor says for each that it was seen, fine or not. No visa and no grant is given while such a point
// has not been looked at since the candidate last changed something. Refusing needs a reason instead.
//
// # Two people at once
//
// Every form carries the version of the dossier that it was made from. Who comes second is shown what the first one did, and what was typed stays on the page.
//
// # Standing in
//
// Somebody on leave passes the role on (package people); the dossiers in hand then show among those of who stands in, whose acts are noted as done on behalf.
package instruction

import (
	"io"
	"log/slog"
	"time"

	"hygie/internal/funding"
	"hygie/internal/funding/callshelf"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/referential/call"

	_ "embed" // the script of the keys
)

// Script is what the keyboard needs; pages work without it. The program serves it under [ScriptName].
//
//go:embed keys.js
var Script []byte

// ScriptName is the name of the script among the assets.
const ScriptName = "instruction-keys.js"

// Options is what the module needs; all of it is required.
type Options struct {
	DB      *store.DB
	Trail   *trail.Trail
	Shelf   *proof.Shelf
	Funding *funding.Service
	People  *people.Service
	Calls   *callshelf.Shelf
	Random  io.Reader // for the secrets of draws
	Now     func() time.Time
	Log     *slog.Logger
	Keys    string // address of the script
}

// Module serves the pages.
type Module struct {
	db      *store.DB
	trail   *trail.Trail
	shelf   *proof.Shelf
	funding *funding.Service
	people  *people.Service
	calls   *callshelf.Shelf
	random  io.Reader
	now     func() time.Time
	log     *slog.Logger
	keys    string
}

// New makes the module.
func New(o Options) *Module {
	return &Module{db: o.DB, trail: o.Trail, shelf: o.Shelf, funding: o.Funding, people: o.People, calls: o.Calls, random: o.Random, now: o.Now, log: o.Log, keys: o.Keys}
}

// home is the queue of a level.
func home(l funding.Level) string { return "/instruction/" + string(l) }

// Routes declares every page of the module, once for each level. Who may do an act on a dossier is asked again by package funding, which knows its state.
func (m *Module) Routes(rt *web.Router) {
	for _, d := range desks() {
		rule := web.Needs(d.Right)
		bind := func(handler func(*web.Context, desk) error) web.Handler {
			return func(c *web.Context) error { return handler(c, d) }
		}
		at := home(d.Level)
		rt.Page("GET "+at, rule, bind(m.queue))
		rt.Page("GET "+at+"/delays", rule, bind(m.delays))
		rt.Page("POST "+at+"/batch", rule, bind(m.preview))
		rt.Page("POST "+at+"/batch/confirm", rule, bind(m.batch))
		rt.Page("GET "+at+"/{dossier}", rule, bind(m.show))
		rt.Page("POST "+at+"/{dossier}/looks", rule, bind(m.look))
		rt.Page("POST "+at+"/{dossier}/hand", rule, bind(m.hand))
		rt.Page("POST "+at+"/{dossier}/messages", rule, bind(m.say))
		rt.Page("GET "+at+"/{dossier}/corrections", rule, bind(m.askCorrections))
		rt.Page("POST "+at+"/{dossier}/corrections", rule, bind(m.corrections))
		rt.Page("GET "+at+"/{dossier}/acts/{move}", rule, bind(m.ask))
		rt.Page("POST "+at+"/{dossier}/acts/{move}", rule, bind(m.act))
	}
	rt.Nav(
		web.Entry{Key: "instruction.nav_region", Path: home(funding.Region), Icon: "list", Rule: web.Needs(right.InstructRegion), Order: 36},
		web.Entry{Key: "instruction.nav_nation", Path: home(funding.Nation), Icon: "list", Rule: web.Needs(right.InstructNation), Order: 37},
	)
}

// find gives a call by its id.
func (m *Module) find(id string) (*call.Call, bool) { return m.calls.Find(id) }
