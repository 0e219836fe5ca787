// Package assessment lets a structure assess itself: the questions of any referential, answered by several people, one screen each or a
// theme at once, and what follows from the answers.
//
// A self-assessment ([Assessment]) is open until every question has an answer; "I don't know" is one. Each answer is a line that is only ever
// added: the latest counts, the others stay readable, so that two people who answer the same question lose nothing. An answer keeps the
// fingerprint of its question: when a newer version of the referential asks differently, it is shown for review.
//
// Facts, what other referentials show already and the previous self-assessment propose answers. They are shown with where they come from and taken only when somebody says so.
//
// Finishing records facts, in one transaction with the score: "assessment.PACKAGE.score", "assessment.PACKAGE.done", and one
// "answer.PACKAGE.QUESTION" for each answer. Verdicts of every referential rest on these. What remains to be done is proposed for the plan, the
// most gain per effort first.
package assessment

import (
	"context"
	"time"

	"hygie/internal/bring"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/referential"
)

// Options is what the module needs; all of it is required.
type Options struct {
	DB    *store.DB
	Trail *trail.Trail
	Shelf *proof.Shelf // its referentials with questions can be filled in
	Bring *bring.Wizard
	Now   func() time.Time
}

// Module serves the pages.
type Module struct {
	db    *store.DB
	trail *trail.Trail
	shelf *proof.Shelf
	now   func() time.Time

	wizard *bring.Wizard
}

// New makes the module.
func New(o Options) *Module {
	return &Module{db: o.DB, trail: o.Trail, now: o.Now, shelf: o.Shelf, wizard: o.Bring}
}

const (
	home = "/structures/{structure}/assessments"
	one  = home + "/{assessment}"
)

// Routes declares every page of the module. Scores are posture; whoever answers states facts.
func (m *Module) Routes(rt *web.Router) {
	rt.Page("GET "+home, web.Needs(right.SeePosture), m.list)
	rt.Page("POST "+home, web.Needs(right.AddProof), m.begin)
	rt.Page("GET "+one, web.Needs(right.SeePosture), m.show)
	rt.Page("GET "+one+"/questions/{question}", web.Needs(right.AddProof), m.question)
	rt.Page("POST "+one+"/questions/{question}", web.Needs(right.AddProof), m.answer)
	rt.Page("GET "+one+"/themes/{theme}", web.Needs(right.AddProof), m.theme)
	rt.Page("GET "+one+"/proposals", web.Needs(right.AddProof), m.proposals)
	rt.Page("POST "+one+"/proposals", web.Needs(right.AddProof), m.take)
	m.wizard.Routes(rt, one+"/import", web.Needs(right.AddProof), m.target)
	rt.Page("POST "+one+"/finish", web.Needs(right.AddProof), m.finish)
	rt.Page("POST "+one+"/actions", web.Needs(right.EditActions), m.planned)
	rt.Nav(web.Entry{Key: "assessment.nav", Path: home, Icon: "check-circle", Rule: web.Needs(right.SeePosture), Order: 45})
}

// address of the self-assessments of a structure.
func address(structure string) string { return "/structures/" + structure + "/assessments" }

// href is the page of one.
func href(a Assessment) string { return address(a.Structure) + "/" + a.ID }

// of finds a package with questions among those that hold.
func (m *Module) of(ctx context.Context, tx *store.Tx, id string) (p *referential.Package, ok bool, err error) {
	set, err := m.shelf.Now(ctx, tx, m.now())
	if err != nil {
		return nil, false, err
	}
	p, ok = set.Find(id)
	return p, ok && len(p.Questions()) > 0, nil
}

// named finds a package to say what it is called.
func (m *Module) named(id string) (*referential.Package, bool) {
	p, ok := m.shelf.Seen().Find(id)
	return p, ok && len(p.Questions()) > 0
}
