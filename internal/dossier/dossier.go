// Package dossier is the pages by which structures apply for funding: the calls that are open, what one would get and what is missing, the dossier drafted by
// several people, its deposit, and its life until it is closed. The rules and the tables are those of package funding; what a call says comes from its data.
//
// A dossier has a page for each kind of work, each of which works without a script: what is happening (the timeline, the messages), the project, the requirements
// with their live verdicts and the evidence picked for them, the money with the ceiling and why it is what it is, and for a group its members one by one.
//
// Every field is saved by itself. Two people who write in one lose nothing: the second is shown what the first wrote.
package dossier

import (
	"context"
	"io"
	"time"

	"hygie/internal/funding"
	"hygie/internal/funding/callshelf"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/referential/call"
)

// Options is what the module needs; all of it is required.
type Options struct {
	DB      *store.DB
	Trail   *trail.Trail
	Shelf   *proof.Shelf
	Funding *funding.Service
	People  *people.Service
	Calls   *callshelf.Shelf
	Receive Receiver
	MaxFile int64  // bytes of a document
	Address string // public address of the platform, without a slash at its end
	Now     func() time.Time
}

// Incoming is what is said of a document that is deposited from a dossier.
type Incoming struct {
	Structure   string
	Kind        proof.Kind
	From, Until time.Time // the period it speaks of; Until may be zero
	Signer      string    // role of who signed it, as referentials name roles; empty: not said
}

// Receiver takes a document in as evidence of a structure. Its errors name the fields "file", "kind", "from", "until" and "signer".
type Receiver func(ctx context.Context, actor right.Actor, scope territory.Scope, in Incoming, name string, content io.Reader) (proof.Evidence, error)

// Module serves the pages.
type Module struct {
	db      *store.DB
	trail   *trail.Trail
	shelf   *proof.Shelf
	funding *funding.Service
	people  *people.Service
	calls   *callshelf.Shelf
	receive Receiver
	maxFile int64
	address string
	now     func() time.Time
}

// New makes the module.
func New(o Options) *Module {
	return &Module{db: o.DB, trail: o.Trail, shelf: o.Shelf, funding: o.Funding, people: o.People, calls: o.Calls, receive: o.Receive, maxFile: o.MaxFile, address: o.Address, now: o.Now}
}

const (
	home = "/structures/{structure}/dossiers"
	one  = home + "/{dossier}"
)

// Routes declares every page of the module. Who may do an act on a dossier is asked again by package funding, which knows its state.
func (m *Module) Routes(rt *web.Router) {
	rt.Page("GET /calls", web.Public, m.published)
	rt.Page("GET /calls/{call}", web.Public, m.public)
	rt.Page("GET "+home, web.Needs(right.SeeDossier), m.list)
	rt.Page("POST "+home, web.Needs(right.EditDossier), m.begin)
	rt.Page("GET "+one, web.Needs(right.SeeDossier), m.show)
	rt.Page("GET "+one+"/project", web.Needs(right.SeeDossier), m.project)
	rt.Page("POST "+one+"/fields", web.Needs(right.EditDossier), m.save)
	rt.Page("POST "+one+"/closing", web.Needs(right.EditDossier), m.seeClosing)
	rt.Page("GET "+one+"/requirements", web.Needs(right.SeeDossier), m.requirements)
	rt.Page("POST "+one+"/evidence", web.Needs(right.EditDossier), m.pick)
	rt.Page("POST "+one+"/evidence/deposit", web.Needs(right.EditDossier), m.upload, web.MaxBody(m.maxFile+1<<20), web.Stream())
	rt.Page("GET "+one+"/team", web.Needs(right.SeeDossier), m.team)
	rt.Page("POST "+one+"/team", web.Needs(right.SeeDossier), m.invite) // package people asks who may invite
	rt.Page("POST "+one+"/evidence/remove", web.Needs(right.EditDossier), m.unpick)
	rt.Page("GET "+one+"/members", web.Needs(right.SeeDossier), m.members)
	rt.Page("GET "+one+"/money", web.Needs(right.SeeDossier), m.money)
	rt.Page("POST "+one+"/expenses", web.Needs(right.EditDossier), m.spend)
	rt.Page("POST "+one+"/expenses/remove", web.Needs(right.EditDossier), m.unspend)
	rt.Page("GET "+one+"/deposit", web.Needs(right.SubmitDossier), m.askDeposit)
	rt.Page("POST "+one+"/deposit", web.Needs(right.SubmitDossier), m.deposit)
	rt.Page("GET "+one+"/receipt/{revision}", web.Needs(right.SeeDossier), m.receipt)
	rt.Page("GET "+one+"/receipt/{revision}/content", web.Needs(right.SeeDossier), m.content)
	rt.Page("POST "+one+"/messages", web.Needs(right.SeeDossier), m.say)
	rt.Page("GET "+one+"/corrections", web.Needs(right.SeeDossier), m.corrections)
	rt.Page("POST "+one+"/corrections/{correction}", web.Needs(right.EditDossier), m.correct)
	rt.Page("POST "+one+"/answer", web.Needs(right.EditDossier), m.giveBack)
	rt.Page("GET "+one+"/acts/{act}", web.Needs(right.EditDossier), m.askAct)
	rt.Page("POST "+one+"/acts/{act}", web.Needs(right.EditDossier), m.act)
	rt.Nav(
		web.Entry{Key: "dossier.nav_calls", Path: "/calls", Icon: "book", Rule: web.SignedIn, Order: 35},
		web.Entry{Key: "dossier.nav", Path: home, Icon: "euro", Rule: web.Needs(right.SeeDossier), Order: 55},
	)
}

// address of the dossiers of a structure.
func address(structure string) string { return "/structures/" + structure + "/dossiers" }

// href is the page of one.
func href(d funding.Dossier) string { return address(d.Structure) + "/" + d.ID }

// find gives a call by its id.
func (m *Module) find(id string) (*call.Call, bool) { return m.calls.Find(id) }
