// Package pack makes files of a dossier that leave the platform.
//
// # The sealed dossier
//
// [Packer.Seal] writes one ZIP file in the form of package seal: what was deposited, byte for byte; the whole dossier as JSON, as tables (ODS) and as a printed
// document (PDF); its evidence; the lines of the audit trail that tell of it, as a journal of their own; and the signed head of the trail. Whoever has the
// file can tell without network or account that nothing in it changed. docs/formats/sealed-dossier.md says what each file holds.
//
// # The pack for another platform
//
// [Packer.Upload] writes the same evidence for a platform of the State that people fill by hand: named and numbered in the order in which the call lists its
// documents, with the texts to copy and what is missing.
//
// # Who reads what
//
// The caller has authorised right.SeeProof on the structure of the dossier; the scope is the one that gave. Evidence that maps the weaknesses of a structure
// asks for more: [Reader.Weaknesses]. What agencies prepare is theirs until they decide: [Reader.Agency]. What a reader may not open is named in the file with its digest, so that it can be joined later and compared.
package pack

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/funding/callshelf"
	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/referential/call"
	"hygie/seal"
)

// Options are what the packer needs; all of it is required.
type Options struct {
	DB      *store.DB
	Trail   *trail.Trail
	Bytes   proof.Bytes
	Funding *funding.Service
	Calls   *callshelf.Shelf
	Private ed25519.PrivateKey // signs packs and the journals in them
	Now     func() time.Time
}

// Packer makes the files. It is safe for concurrent use.
type Packer struct{ o Options }

// New makes a packer.
func New(o Options) *Packer { return &Packer{o} }

// Public is the key that verifies what the packer sealed.
func (p *Packer) Public() ed25519.PublicKey { return p.o.Private.Public().(ed25519.PublicKey) }

// Reader is for whom a file is made.
type Reader struct {
	Scope      territory.Scope // of right.SeeProof
	Weaknesses bool            // may open evidence that names the weak points of a structure
	Agency     bool            // instructs or pays: reads what prepares a decision before it is taken ([funding.Told])
	Printer    *locale.Printer
}

// piece is a file of evidence, with everything it serves.
type piece struct {
	Path         string // in the pack; empty: not in it
	Name         string // as deposited
	Kind         string
	SHA256       string
	Size         int64
	From, Until  string // RFC 3339
	Evidence     string // id
	Uses         []use
	Why          string // it is not in the pack
	DepositedIn  []int64
	StillInPlace bool
}

// use is what a piece serves: a requirement, or an expense.
type use struct {
	Member      string `json:"member,omitempty"`
	Requirement string `json:"requirement,omitempty"`
	Expense     string `json:"expense,omitempty"`
}

// whole is a dossier with everything that belongs to it.
type whole struct {
	funding.Dossier
	Call        *call.Call // nil: this program does not have it any more
	Candidate   territory.Structure
	Receipts    []funding.Receipt // the first deposit first
	Fields      []funding.Field
	Events      []funding.Event
	Corrections []funding.Correction // in the order in which they were asked
	Messages    []funding.Message
	Expenses    []funding.Expense
	Pieces      []*piece
	names       map[string]string // of people and structures, by id
}

// who names somebody, or the platform.
func (w whole) who(id string) string {
	if name, ok := w.names[id]; ok {
		return name
	}
	return id
}

// Why a piece is not in a pack.
const (
	withheld = "withheld" // the reader may not open it
	absent   = "absent"   // the evidence store does not have it
)

// gather reads a dossier and everything that belongs to it, and makes sure that each piece can be opened: a pack that breaks in the middle helps nobody.
func (p *Packer) gather(ctx context.Context, r Reader, id string) (w whole, err error) {
	err = p.o.DB.View(ctx, func(tx *store.Tx) error {
		w = whole{names: map[string]string{}}
		return p.read(ctx, tx, r, id, &w)
	})
	if err != nil {
		return w, err
	}
	for i, one := range w.Pieces {
		if proof.Kind(one.Kind).Weaknesses() && !r.Weaknesses {
			one.Why = withheld
			continue
		}
		content, err := p.open(ctx, one)
		if err != nil {
			if ctx.Err() != nil {
				return w, err
			}
			one.Why = absent
			continue
		}
		if err := content.Close(); err != nil {
			return w, fmt.Errorf("close evidence %s: %w", one.Evidence, err)
		}
		one.Path = fmt.Sprintf("preuves/%03d-%s", i+1, seal.SafeName(one.Name, 120))
	}
	return w, nil
}

func (p *Packer) open(ctx context.Context, one *piece) (io.ReadCloser, error) {
	return proof.Evidence{ID: one.Evidence, SHA256: one.SHA256}.Open(ctx, p.o.Bytes)
}

func (p *Packer) read(ctx context.Context, tx *store.Tx, r Reader, id string, w *whole) (err error) {
	if w.Dossier, err = funding.ByID(ctx, tx, r.Scope, id); err != nil {
		return err
	}
	w.Call, _ = p.o.Calls.Find(w.Dossier.Call)
	if w.Candidate, err = territory.Get(ctx, tx, r.Scope, territory.ID(w.Structure)); err != nil {
		return err
	}
	if w.Receipts, err = funding.Receipts(ctx, tx, r.Scope, id); err != nil {
		return err
	}
	slices.Reverse(w.Receipts)
	if w.Fields, err = funding.Fields(ctx, tx, r.Scope, id); err != nil {
		return err
	}
	if w.Events, err = funding.Events(ctx, tx, r.Scope, id); err != nil {
		return err
	}
	if !r.Agency {
		w.Events = funding.Told(w.Events)
	}
	if w.Corrections, err = funding.Corrections(ctx, tx, r.Scope, id); err != nil {
		return err
	}
	slices.SortStableFunc(w.Corrections, func(a, b funding.Correction) int { return int(a.Round - b.Round) })
	if w.Messages, err = funding.Messages(ctx, tx, r.Scope, id); err != nil {
		return err
	}
	if w.Expenses, err = p.o.Funding.Expenses(ctx, tx, r.Scope, id); err != nil {
		return err
	}
	if err := w.collect(ctx, tx, r.Scope); err != nil {
		return err
	}
	return w.learn(ctx, tx)
}

// collect lists the evidence: what each deposit named, what is picked now, and the invoices. A file that serves twice is there once.
func (w *whole) collect(ctx context.Context, tx *store.Tx, scope territory.Scope) error {
	by := map[string]*piece{}
	add := func(one piece, u use) *piece {
		known, ok := by[one.Evidence]
		if !ok {
			known = &one
			by[one.Evidence] = known
			w.Pieces = append(w.Pieces, known)
		}
		if !slices.Contains(known.Uses, u) {
			known.Uses = append(known.Uses, u)
		}
		return known
	}
	for _, receipt := range w.Receipts {
		content, err := receipt.Open()
		if err != nil {
			return err
		}
		for _, f := range content.Evidence {
			one := add(piece{Name: f.Name, Kind: f.Kind, SHA256: f.SHA256, Size: f.Size, From: f.From, Until: f.Until, Evidence: f.Evidence}, use{Member: f.Member, Requirement: f.Requirement})
			if !slices.Contains(one.DepositedIn, receipt.Revision) {
				one.DepositedIn = append(one.DepositedIn, receipt.Revision)
			}
		}
		for _, party := range content.Members {
			w.names[party.ID] = party.Name
		}
	}
	picked, err := funding.Evidence(ctx, tx, scope, w.ID)
	if err != nil {
		return err
	}
	for _, f := range picked {
		one := add(piece{Name: f.Name, Kind: string(f.Kind), SHA256: f.SHA256, Size: f.Size, From: stamp(f.From), Until: stamp(f.Until), Evidence: f.Evidence},
			use{Member: f.Member, Requirement: f.Requirement})
		one.StillInPlace = true
	}
	for _, x := range w.Expenses {
		if x.Invoice == "" {
			continue
		}
		e, err := proof.Reach(ctx, tx, scope, x.Invoice)
		if errors.Is(err, store.ErrNotFound) { // of a structure that left the group since: the expense still names it
			continue
		}
		if err != nil {
			return err
		}
		one := add(piece{Name: e.Name, Kind: string(e.Kind), SHA256: e.SHA256, Size: e.Size, From: stamp(e.EffectiveFrom), Until: stamp(e.EffectiveUntil), Evidence: e.ID},
			use{Member: x.Member, Expense: x.ID})
		one.StillInPlace = true
	}
	return nil
}

// learn reads the names of everybody who did something.
func (w *whole) learn(ctx context.Context, tx *store.Tx) error {
	ids := []string{w.BegunBy}
	for _, e := range w.Events {
		ids = append(ids, e.By, e.OnBehalf)
	}
	for _, r := range w.Receipts {
		ids = append(ids, r.By, r.OnBehalf)
	}
	for _, f := range w.Fields {
		ids = append(ids, f.By)
	}
	for _, m := range w.Messages {
		ids = append(ids, m.By)
	}
	for _, c := range w.Corrections {
		ids = append(ids, c.AnsweredBy)
	}
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
	names, err := people.Names(ctx, tx, ids...)
	if err != nil {
		return err
	}
	for id, name := range names {
		w.names[id] = name
	}
	w.names[w.Structure] = w.Candidate.Name
	return nil
}

// stamp writes a moment as files have it, nothing for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Name is the name of the file of a dossier, such as "CARE-D2-0042-scelle.zip".
func Name(d funding.Dossier, what string) string {
	return seal.SafeName(d.Number+"-"+what+".zip", 80)
}

// ending gives the ending of a name, in small letters.
func ending(name string) string { return strings.ToLower(path.Ext(name)) }

// errNoDeposit refuses to seal what nobody has signed.
func errNoDeposit() error { return fault.Conflict("pack.no_deposit") }
