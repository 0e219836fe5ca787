// Package declaration is where people say what no module measures: that a restore was tested, when an exercise was held, whether all remote access asks
// for a second factor.
//
// What can be declared is what the referentials that hold ask for: every fact they name, but those that a module of the platform measures by itself
// ([measured]) and those about many keys at once. Each has the form of its kind: a day, a number, yes or no, one of the values that referentials
// name, or words. Facts that rules want of one observation, such as who took part in an exercise, are declared with it, in one form and at one
// moment, so that the rules find them together.
//
// A declaration is a fact like any other, with the source "declaration/PERSON", the day on which it was so, the evidence behind it and a note. Nothing
// is edited: a correction is a new fact that names the one it corrects, which stays readable in the history and counts no more.
package declaration

import (
	"net/url"
	"strings"
	"time"

	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
)

// Options is what the module needs; all of it is required.
type Options struct {
	DB    *store.DB
	Trail *trail.Trail
	Shelf *proof.Shelf // what its referentials ask for can be declared
	Now   func() time.Time
}

// Module serves the pages.
type Module struct {
	db    *store.DB
	trail *trail.Trail
	shelf *proof.Shelf
	now   func() time.Time
}

// New makes the module.
func New(o Options) *Module {
	return &Module{db: o.DB, trail: o.Trail, shelf: o.Shelf, now: o.Now}
}

const (
	home = "/structures/{structure}/declarations"
	one  = home + "/{fact}"
)

// Routes declares every page of the module.
func (m *Module) Routes(rt *web.Router) {
	rt.Page("GET "+home, web.Needs(right.SeeProof), m.list)
	rt.Page("GET "+one, web.Needs(right.SeeProof), m.show)
	rt.Page("GET "+one+"/new", web.Needs(right.AddProof), m.blank)
	rt.Page("POST "+one, web.Needs(right.AddProof), m.declare)
	rt.Page("GET "+one+"/withdraw", web.Needs(right.AddProof), m.doubt)
	rt.Page("POST "+one+"/withdraw", web.Needs(right.AddProof), m.withdraw)
	rt.Nav(web.Entry{Key: "declaration.nav", Path: home, Icon: "plus", Rule: web.Needs(right.SeeProof), Order: 48})
}

// address of what is declared about a structure.
func address(structure string) string {
	return "/structures/" + url.PathEscape(structure) + "/declarations"
}

// addressOf is the page of one fact.
func addressOf(structure, key string) string { return address(structure) + "/" + url.PathEscape(key) }

// sourceOf names who declared.
func sourceOf(person string) string { return sourcePrefix + person }

const sourcePrefix = "declaration/"

// declared tells whether people said a fact, through this module.
func declared(f proof.Fact) bool { return strings.HasPrefix(f.Source, sourcePrefix) }

// measured tells whether a module of the platform establishes such facts by itself: what is measured is not declared.
func measured(key string) bool {
	first, _, _ := strings.Cut(key, ".")
	switch first {
	case "directory", "exposure", "assessment", "answer":
		return true
	}
	return key == proof.StatusKey // declared on the record of the structure, with its own right
}
