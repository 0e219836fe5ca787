package dossier

import (
	"errors"

	"hygie/internal/fault"
	"hygie/internal/funding/candidate"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/referential/call"
)

// answer is the verdict on one requirement of a call.
type answer = candidate.Answer

// candidate is what a call needs to know of a structure in scope.
func (m *Module) candidate(c *web.Context, tx *store.Tx, s territory.Structure) (call.Facts, error) {
	return candidate.Facts(c.Ctx, tx, c.Scope, s, m.now(), c.Printer.Zone())
}

// judge gives the verdicts of the packages that some calls name, on a structure in scope, now.
func (m *Module) judge(c *web.Context, tx *store.Tx, s territory.Structure, calls ...*call.Call) (candidate.Verdicts, error) {
	return candidate.Judge(c.Ctx, tx, c.Scope, m.shelf, s, m.now(), c.Printer.Zone(), calls...)
}

// applicant tells whether a kind of structure applies for funding.
func applicant(k territory.Kind) bool { return k == territory.Group || k == territory.Entity }

// isNotFound tells whether a page has to do without something that is not there.
func isNotFound(err error) bool {
	return errors.Is(err, store.ErrNotFound) || fault.KindOf(err) == fault.KindNotFound
}
