package pack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"hygie/document/pdf"
	"hygie/internal/funding"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/journal"
	"hygie/seal"
	"hygie/sheet"
)

// Names of the files of a sealed dossier, beside the evidence and those of every pack.
const (
	dossierName = "dossier.json"
	printedName = "dossier.pdf"
	tablesName  = "dossier.ods"
	journalName = "journal-du-dossier.txt"
)

// Sealing is a dossier that is ready to be written: everything that may fail for a reason a person can act on has been done.
type Sealing struct {
	packer  *Packer
	w       whole
	reader  Reader
	journal []byte
	head    []byte
	at      time.Time
}

// Seal reads a dossier in the reader's scope that was deposited at least once. [Sealing.Write] then writes it.
func (p *Packer) Seal(ctx context.Context, r Reader, id string) (*Sealing, error) {
	w, err := p.gather(ctx, r, id)
	if err != nil {
		return nil, err
	}
	if len(w.Receipts) == 0 {
		return nil, errNoDeposit()
	}
	s := &Sealing{packer: p, w: w, reader: r, at: p.o.Now()}
	head, err := p.o.Trail.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("seal dossier %s: %w", w.Number, err)
	}
	if s.head, err = head.MarshalText(); err != nil {
		return nil, fmt.Errorf("seal dossier %s: %w", w.Number, err)
	}
	if s.journal, err = p.journal(ctx, r, w); err != nil {
		return nil, err
	}
	return s, nil
}

// Name is what the file is called.
func (s *Sealing) Name() string { return Name(s.w.Dossier, "scelle") }

// Write writes the sealed dossier, one file after the other; no file is held whole but those that this package makes.
func (s *Sealing) Write(ctx context.Context, out io.Writer) error {
	pack := seal.NewWriter(out, s.packer.o.Private, s.readme())
	add := func(name string, content io.Reader) error {
		_, err := pack.Add(name, content)
		if err != nil {
			return fmt.Errorf("seal %s of dossier %s: %w", name, s.w.Number, err)
		}
		return nil
	}
	for _, r := range s.w.Receipts {
		if err := add(depositName(r.Revision), bytes.NewReader(r.Content)); err != nil {
			return err
		}
	}
	described, err := json.MarshalIndent(s.describe(), "", "  ")
	if err != nil {
		return fmt.Errorf("write dossier %s: %w", s.w.Number, err)
	}
	var tables, printed bytes.Buffer
	title := sheet.Document{Title: s.w.Number, Language: string(s.reader.Printer.Lang()), Created: s.at}
	if err := sheet.WriteODS(&tables, title, s.tables()...); err != nil {
		return fmt.Errorf("write the tables of dossier %s: %w", s.w.Number, err)
	}
	if err := pdf.Write(&printed, s.document()); err != nil {
		return fmt.Errorf("print dossier %s: %w", s.w.Number, err)
	}
	for _, f := range []struct {
		name    string
		content []byte
	}{{dossierName, append(described, '\n')}, {tablesName, tables.Bytes()}, {printedName, printed.Bytes()}, {journalName, s.journal}, {seal.HeadName, s.head}} {
		if err := add(f.name, bytes.NewReader(f.content)); err != nil {
			return err
		}
	}
	for _, one := range s.w.Pieces {
		if err := s.packer.put(ctx, one, add); err != nil {
			return err
		}
	}
	if err := pack.Close(); err != nil {
		return fmt.Errorf("seal dossier %s: %w", s.w.Number, err)
	}
	return nil
}

// put adds a piece that is in the pack.
func (p *Packer) put(ctx context.Context, one *piece, add func(string, io.Reader) error) error {
	if one.Path == "" {
		return nil
	}
	content, err := p.open(ctx, one)
	if err != nil {
		return err
	}
	defer content.Close()
	return add(one.Path, content)
}

func depositName(revision int64) string { return fmt.Sprintf("depots/depot-%d.json", revision) }

// readme is the text of LISEZMOI.txt.
func (s *Sealing) readme() string {
	return fmt.Sprintf("Dossier %s, déposé par %s (%s).\nScellé le %s.\n\n%s", s.w.Number, s.w.Candidate.Name, s.w.Dossier.Call,
		s.at.In(s.packer.o.Funding.Zone()).Format("02/01/2006 15:04:05 MST"), seal.Instructions)
}

// prepares tells whether a line of the audit trail is about what agencies do before they decide: what it says beside who and when is theirs, and earlier versions
// of this program wrote more of it.
func prepares(action string) bool {
	act, ok := strings.CutPrefix(action, "dossier.")
	return ok && funding.Act(act).Prepares() || strings.HasPrefix(action, "instruction.")
}

// told is a line of the audit trail as the journal of a dossier repeats it.
type told struct {
	Number int64           `json:"audit_line"`
	Hash   string          `json:"audit_hash"` // of that line, hexadecimal
	Data   json.RawMessage `json:"data,omitempty"`
}

// journal gives the lines of the audit trail that tell of the dossier as a journal of their own, which names of each its number and hash in the trail: whoever
// holds an export of the trail can find them there.
func (p *Packer) journal(ctx context.Context, r Reader, w whole) ([]byte, error) {
	var lines []journal.Line
	err := p.o.DB.View(ctx, func(tx *store.Tx) error {
		lines = nil
		for before := int64(0); ; {
			page, err := p.o.Trail.List(ctx, tx, r.Scope, trail.Filter{Subject: "dossier/" + w.ID, Before: before, Limit: 500})
			if err != nil {
				return err
			}
			lines = append(lines, page...)
			if len(page) < 500 {
				return nil
			}
			before = page[len(page)-1].Number
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read the journal of dossier %s: %w", w.Number, err)
	}
	slices.Reverse(lines)
	var own journal.Memory
	for _, l := range lines {
		hash, entry := l.Hash(), l.Entry
		if !r.Agency && prepares(l.Action) {
			l.Data = nil
		}
		if entry.Data, err = json.Marshal(told{Number: l.Number, Hash: fmt.Sprintf("%x", hash[:]), Data: l.Data}); err != nil {
			return nil, fmt.Errorf("repeat line %d of the trail: %w", l.Number, err)
		}
		if _, err := own.Append(entry); err != nil {
			return nil, fmt.Errorf("repeat line %d of the trail: %w", l.Number, err)
		}
	}
	signer, err := journal.NewSigner("hygie/dossier/"+w.ID, p.o.Private)
	if err != nil {
		return nil, err
	}
	head, err := journal.ReadHead(&own, signer.Origin(), p.o.Now())
	if err != nil {
		return nil, err
	}
	signed, err := signer.Sign(head)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := journal.Export(&out, signed, own.Lines()); err != nil {
		return nil, fmt.Errorf("export the journal of dossier %s: %w", w.Number, err)
	}
	return out.Bytes(), nil
}
