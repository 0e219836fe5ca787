// Package evidence is the pages of the evidence of a structure: what was deposited, what it proves, who opened it.
//
// A deposit is streamed into the vault, encrypted, as it arrives, and recorded with the kind of document it is, the period it speaks of
// and who brought it. From then on it counts: the referentials that ask for such a document judge with it. Nothing is edited or removed; a
// better document replaces an older one, which stays readable and no longer counts.
//
// Depositing and opening are both lines of the audit trail: people may know who read what they deposited. The dump and the report of a
// directory audit name the accounts through which to break in, so their content opens only to who may see audits ([right.SeeAudit]);
// others see that they exist.
//
// What a file is told to be by the browser that sends it is not believed: its first bytes decide (media.go). Only PDF, images and plain
// text are ever shown inside the browser, without scripts and without our origin; everything else is downloaded.
package evidence

import (
	"time"

	"hygie/internal/blob"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
)

// Options is what the module needs; all of it is required.
type Options struct {
	DB    *store.DB
	Vault *blob.Vault
	Trail *trail.Trail
	Shelf *proof.Shelf // what its referentials call for can be deposited
	Now   func() time.Time
}

// Module serves the pages.
type Module struct {
	db       *store.DB
	vault    *blob.Vault
	trail    *trail.Trail
	packages *proof.Shelf
	now      func() time.Time
	max      int64 // bytes of a deposit
}

// MaxDeposit is the largest document, in bytes: a thick report with its pictures, not an archive.
const MaxDeposit = 200_000_000

// New makes the module.
func New(o Options) *Module {
	return &Module{db: o.DB, vault: o.Vault, trail: o.Trail, packages: o.Shelf, now: o.Now, max: MaxDeposit}
}

const (
	home = "/structures/{structure}/evidence"
	one  = home + "/{evidence}"
)

// Routes declares every page of the module.
func (m *Module) Routes(rt *web.Router) {
	rt.Page("GET "+home, web.Needs(right.SeeProof), m.list)
	rt.Page("GET "+home+"/new", web.Needs(right.AddProof), m.blank)
	// The fields around the file take a little more.
	rt.Page("POST "+home, web.Needs(right.AddProof), m.deposit, web.MaxBody(MaxDeposit+1<<20), web.Stream())
	rt.Page("GET "+one, web.Needs(right.SeeProof), m.show)
	rt.Page("GET "+one+"/file", web.Needs(right.SeeProof), m.download, web.Stream())
	rt.Page("GET "+one+"/preview", web.Needs(right.SeeProof), m.preview, web.Stream())
	rt.Nav(web.Entry{Key: "evidence.nav", Path: home, Icon: "file", Rule: web.Needs(right.SeeProof), Order: 50})
}

// address of the evidence of a structure.
func address(structure string) string { return "/structures/" + structure + "/evidence" }

// mayOpen tells whether the reader may open the content.
func mayOpen(c *web.Context, at *web.Place, k proof.Kind) bool {
	return !k.Weaknesses() || c.May(right.SeeAudit, at.Interval)
}
