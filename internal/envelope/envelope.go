// Package envelope is the pages of the money of calls: what an envelope holds, what is committed, paid and to come back, by region and category while dossiers
// move; the payments and what is paid back; the simulator; and the files that leave for the accounting system, for open data and for other platforms.
//
// The rules are those of package funding: no page here adds up an amount that does not come from its tables, and every sum is exact to the cent.
//
// # Files
//
// [Ledger] is what accounting reads: a line for each movement, whose name never changes, so that a file that is read twice changes nothing. [Grants] are the
// essential data of grants in the columns of the common base of local data (SCDL), each row validated: what is wrong with one is said, and it is left out.
package envelope

import (
	"time"

	"hygie/internal/funding"
	"hygie/internal/funding/callshelf"
	"hygie/internal/funding/pack"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/referential/call"
)

// Options is what the module needs; all of it is required.
type Options struct {
	DB      *store.DB
	Trail   *trail.Trail
	Funding *funding.Service
	Packer  *pack.Packer
	Calls   *callshelf.Shelf
	Address string // public address of the platform, without a slash at its end
	Now     func() time.Time
}

// Module serves the pages.
type Module struct{ o Options }

// New makes the module.
func New(o Options) *Module { return &Module{o} }

const (
	home = "/envelopes"
	one  = home + "/{call}"

	files = "/structures/{structure}/dossiers/{dossier}/files"
)

// Routes declares every page of the module.
func (m *Module) Routes(rt *web.Router) {
	see := web.Needs(right.SeeEnvelope)
	rt.Page("GET "+home, see, m.list)
	rt.Page("GET "+one, see, m.show)
	rt.Page("POST "+one, web.Needs(right.ManageEnvelope), m.size)
	rt.Page("GET "+one+"/fields", web.Needs(right.ManageEnvelope), m.fields)
	rt.Page("POST "+one+"/fields", web.Needs(right.ManageEnvelope), m.fill)
	rt.Page("GET "+one+"/simulator", see, m.simulator)
	rt.Page("GET "+one+"/grants", see, m.grants, web.Stream())
	rt.Page("GET "+one+"/accounting", web.Needs(right.PayDossier), m.accounting, web.Stream())
	rt.Page("GET "+one+"/dossiers", web.Needs(right.PayDossier), m.dossiers, web.Stream())
	rt.Page("GET "+one+"/dossiers/{dossier}", web.Needs(right.PayDossier), m.money)
	rt.Page("POST "+one+"/dossiers/{dossier}/{act}", web.Needs(right.PayDossier), m.move)
	rt.Page("GET "+files, web.Needs(right.SeeProof), m.files)
	rt.Page("GET "+files+"/sealed", web.Needs(right.SeeProof), m.sealed, web.Stream())
	rt.Page("GET "+files+"/upload", web.Needs(right.SeeProof), m.upload, web.Stream())
	rt.Page("GET /calls/{call}/calendar.ics", web.Public, m.calendar)
	rt.Nav(web.Entry{Key: "envelope.nav", Path: home, Icon: "euro", Rule: see, Order: 38})
}

func address(call string) string { return home + "/" + call }

// find gives a call by its id.
func (m *Module) find(id string) (*call.Call, bool) { return m.o.Calls.Find(id) }
