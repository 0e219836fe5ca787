// Package exhibit keeps the register of what an attack left behind, on the pages of its incident: pieces with the SHA-256 of their bytes, hand-overs,
// corrections, labels, and a signed file that "hygie custody verify" checks without network.
//
// The register is that of package hygie/custody: its lines are a journal in the database and are never edited. What each act changes is a line of the main
// courante too, while that one takes lines, and a line of the audit trail, which names the account.
//
// # Large files
//
// A copy of a disk never comes here. Its SHA-256 is computed in the browser, a few megabytes at a time ([Digest], [Worker]), or by "hygie custody add" and
// taken in with the register that it wrote, or pasted. Only small files that tools write are sent, to be read and forgotten: what they list is kept, not their bytes.
//
// A register outlives its incident: an investigator takes a disk back months after the incident was closed.
package exhibit

import (
	"context"
	"crypto/ed25519"
	"time"

	"hygie/internal/logbook"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
)

// Incident is what the register is about, as the module of incidents gives it.
type Incident struct {
	ID, Structure, Title string
	Book                 string // main courante
	Open                 bool   // the main courante takes lines
}

// Options is what the module needs; all of it is required.
type Options struct {
	DB      *store.DB
	Books   *logbook.Books
	Trail   *trail.Trail
	Private ed25519.PrivateKey // signs the file that leaves
	Now     func() time.Time
	Scratch string // folder for files under way
	// Find finds an incident of a structure in scope; a fault.NotFound otherwise.
	Find func(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, id string) (Incident, error)
	// Digest and Worker are the addresses of the scripts of these names.
	Digest, Worker string
}

// Module serves the pages.
type Module struct{ o Options }

// New makes the module.
func New(o Options) *Module { return &Module{o} }

const (
	home = "/structures/{structure}/incidents/{incident}/exhibits"
	one  = home + "/{piece}"
)

// maxTool is how large a file of a tool may be that is sent to be read, in bytes; a larger one is measured where it lies.
const maxTool = 256 << 20

// address of the incident, and of its register.
func (i Incident) address() string  { return "/structures/" + i.Structure + "/incidents/" + i.ID }
func (i Incident) exhibits() string { return i.address() + "/exhibits" }

// Routes declares every page of the module. Who follows incidents sees the register, who writes in them writes in it.
func (m *Module) Routes(rt *web.Router) {
	see, write := web.Needs(right.SeeIncident), web.Needs(right.WriteIncident)
	rt.Page("GET "+home, see, m.list)
	rt.Page("GET "+home+"/new", write, m.blank)
	rt.Page("POST "+home, write, m.add)
	rt.Page("GET "+home+"/tool", write, m.blankTool)
	rt.Page("POST "+home+"/tool", write, m.tool, web.MaxBody(maxTool+1<<20))
	rt.Page("POST "+home+"/register", write, m.takeIn, web.MaxBody(maxRegister+1<<20))
	rt.Page("GET "+home+"/labels", see, m.labels)
	rt.Page("GET "+home+"/signed", see, m.signed)
	rt.Page("GET "+home+"/key", see, m.key)
	rt.Page("GET "+home+"/print", see, m.print)
	rt.Page("GET "+one, see, m.show)
	rt.Page("GET "+one+"/label", see, m.label)
	rt.Page("POST "+one+"/hand", write, m.hand)
	rt.Page("POST "+one+"/correct", write, m.correct)
}
