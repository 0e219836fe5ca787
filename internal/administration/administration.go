// Package administration is what whoever runs the installation needs in the browser: the state of the machine, the work in the
// background, the territory (the FINESS import, and structures made, renamed, moved and closed by hand), the
// referentials (their versions, and what their authors had to leave open), and the audit trail with its sealed journal. The trail of one structure is here too, for its own management.
//
// Running the installation gives no right to read what hospitals put into it: nothing here shows a finding or a document.
//
// Every act here is a line of the audit trail, in the transaction of the act.
package administration

import (
	"context"
	"errors"
	"time"

	"hygie/internal/doctor"
	"hygie/internal/job"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// Options is what the module needs; all of it is required but Log.
type Options struct {
	DB        *store.DB
	Queue     *job.Queue
	Trail     *trail.Trail
	Shelf     *proof.Shelf
	Now       func() time.Time
	Version   string
	Address   string                                     // where people reach the installation
	Imports   string                                     // folder of published files that wait for their import
	FreeBytes func() (uint64, error)                     // room left on the disk of the data
	Examine   func(ctx context.Context) []doctor.Finding // looks at the whole installation; may take seconds
	Follower  Follower
}

// Module serves the pages and works on imports.
type Module struct {
	Options
	largest int64 // bytes of a published file
}

// New makes the module and the folder of imports.
func New(o Options) (*Module, error) {
	if o.DB == nil || o.Queue == nil || o.Trail == nil || o.Shelf == nil || o.Now == nil || o.Imports == "" || o.FreeBytes == nil || o.Examine == nil || o.Follower == nil {
		return nil, errors.New("administration: an option is missing")
	}
	m := &Module{Options: o, largest: maxPublished}
	return m, m.sweep()
}

// Paths of the pages.
const (
	home       = "/administration"
	doctorPath = home + "/doctor"
	jobsPath   = home + "/jobs"
	finessPath = home + "/finess"
	trailPath  = home + "/trail"
	record     = "/structures/{structure}/record"
)

// Routes declares every page of the module.
func (m *Module) Routes(rt *web.Router) {
	administer, territory, see := web.NeedsEverywhere(right.Administer), web.NeedsEverywhere(right.ImportTerritory), web.NeedsEverywhere(right.SeeTrail)
	rt.Page("GET "+home, administer, m.installation)
	rt.Page("GET "+doctorPath, administer, m.doctor, web.Stream()) // may take longer than other pages on a large database
	rt.Page("GET "+jobsPath, administer, m.jobs)
	rt.Page("POST "+jobsPath+"/{job}/again", administer, m.again)

	rt.Page("GET "+finessPath, territory, m.finess)
	rt.Page("POST "+finessPath, territory, m.upload, web.MaxBody(maxPublished+1<<20), web.Stream())
	rt.Page("GET "+finessPath+"/{job}", territory, m.importPage)
	rt.Page("POST "+finessPath+"/{job}/preview", territory, m.previewAgain)
	rt.Page("POST "+finessPath+"/{job}/apply", territory, m.apply)
	rt.Page("POST "+finessPath+"/{job}/cancel", territory, m.cancel)
	rt.Page("POST "+home+"/territory", territory, m.begin)

	m.referentialRoutes(rt)

	rt.Page("GET "+trailPath, see, m.wholeTrail)
	rt.Page("GET "+trailPath+"/journal", see, m.journal, web.Stream())
	rt.Page("GET "+trailPath+"/key", see, m.key)
	rt.Page("GET /structures/{structure}/trail", web.Needs(right.SeeTrail), m.structureTrail)

	m.recordRoutes(rt)
	m.declareRoutes(rt)
	rt.Nav(
		web.Entry{Key: "administration.nav_record", Path: record, Icon: "building", Rule: web.Needs(right.EditStructure), Order: 70},
		web.Entry{Key: "administration.nav_trail", Path: "/structures/{structure}/trail", Icon: "book", Rule: web.Needs(right.SeeTrail), Order: 90},
		web.Entry{Key: "administration.nav_installation", Group: "account.administration", Path: home, Icon: "gauge", Rule: administer, Order: 910},
		web.Entry{Key: "administration.nav_finess", Group: "account.administration", Path: finessPath, Icon: "building", Rule: territory, Order: 920},
		web.Entry{Key: "administration.nav_trail", Group: "account.administration", Path: trailPath, Icon: "book", Rule: see, Order: 940},
	)
}

// machine are the tabs of the pages about the machine.
func machine(c *web.Context, current string) []ui.Tab {
	var tabs []ui.Tab
	for _, t := range []struct{ key, path string }{{"tab_state", home}, {"tab_doctor", doctorPath}, {"tab_jobs", jobsPath}, {"tab_mail", "/administration/mail"}} {
		tabs = append(tabs, ui.Tab{Link: ui.Link{Href: t.path, Text: c.T("administration." + t.key)}, Current: t.path == current})
	}
	return tabs
}
