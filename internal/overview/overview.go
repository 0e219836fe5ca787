// Package overview is where people arrive: the home page, different for who works in one structure, watches many or runs the
// installation; the list of structures; the page of a structure, which says where it stands and what to do next; and the page of a
// referential, which says why.
//
// It measures nothing itself: it reads the facts and verdicts of package proof and the tallies of package plan.
package overview

import (
	"net/url"
	"time"

	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
)

// Module serves the pages.
type Module struct {
	db     *store.DB
	shelf  *proof.Shelf
	trail  *trail.Trail
	now    func() time.Time
	signIn string // path of the sign-in page, for visitors
	acts   map[string]Act
	setup  Setup
	alarm  Alarm
	waits  Waits
}

// Act is how the platform does something that a verdict proposes: the address of its page, with "{structure}" and "{subject}" to be filled in, and the right it needs.
type Act struct {
	Path  string
	Right right.Action
	Fits  func(subject string) bool // whether the page is for such a subject; nil: for all
}

// SayAct is the code of the act by which people say a fact for which a referential names no act.
const SayAct = "declaration.say"

// Setup are the pages by which an administrator brings an empty installation to life; a step without a page is left out.
type Setup struct {
	Territory, People, Parameters, Doctor string
}

// Options is what the module needs.
type Options struct {
	DB     *store.DB
	Shelf  *proof.Shelf
	Trail  *trail.Trail
	Now    func() time.Time
	SignIn string
	Acts   map[string]Act // by code of the act, such as "directory.audit"
	Setup  Setup
	Alarm  Alarm // what comes before everything, such as an incident under way; nil: nothing does
	Waits  Waits // work that other modules keep; nil: none
}

// New makes the module.
func New(o Options) *Module {
	return &Module{db: o.DB, shelf: o.Shelf, trail: o.Trail, now: o.Now, signIn: o.SignIn, acts: o.Acts, setup: o.Setup, alarm: o.Alarm, waits: o.Waits}
}

// Routes declares every page of the module.
func (m *Module) Routes(rt *web.Router) {
	rt.Page("GET /{$}", web.Public, m.home)
	rt.Page("GET /structures", web.Needs(right.SeeStructure), m.list)
	rt.Page("GET /structures/{structure}", web.Needs(right.SeeStructure), m.situation)
	rt.Page("GET /structures/{structure}/referentials/{package}", web.Needs(right.SeePosture), m.referential)
	rt.Page("POST /structures/{structure}/referentials/{package}/plan", web.Needs(right.EditActions), m.planRequirement)
	rt.Page("GET /structures/{structure}/trajectory", web.Needs(right.SeePosture), m.trajectoryPage)
	rt.Page("POST /structures/{structure}/trajectory", web.Needs(right.EditStructure), m.setTarget)
	rt.Page("POST /structures/{structure}/aims", web.Needs(right.SetAim), m.setAim)
	rt.Page("GET /structures/{structure}/standings", web.Needs(right.SeePosture), m.tallyPage)
	rt.Page("GET /structures/{structure}/standings/list", web.Needs(right.SeePosture), m.stoodPage)
	rt.Nav(
		web.Entry{Key: "overview.nav_home", Path: "/", Icon: "home", Rule: web.SignedIn, Order: 10},
		web.Entry{Key: "overview.nav_structures", Path: "/structures", Icon: "building", Rule: web.Needs(right.SeeStructure), Order: 20},
		web.Entry{Key: "overview.nav_situation", Path: "/structures/{structure}", Icon: "gauge", Rule: web.Needs(right.SeeStructure), Order: 10},
	)
}

// assessed tells whether referentials are about such a structure: the programme speaks to groups and legal entities, not to their single
// establishments, nor to a region.
func assessed(k territory.Kind) bool { return k == territory.Group || k == territory.Entity }

// wide tells whether such a structure is there to hold others.
func wide(k territory.Kind) bool {
	return k == territory.Nation || k == territory.Region || k == territory.Group
}

// address of a structure's page.
func address(id territory.ID) string { return "/structures/" + url.PathEscape(string(id)) }
