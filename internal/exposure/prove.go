package exposure

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	engine "hygie/exposure"
	"hygie/exposure/perimeter"
	"hygie/exposure/signature"
	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// longestProof bounds how long a person waits for the check of their tokens.
const longestProof = 40 * time.Second

// current is what a structure declares now, with the key of its tokens in place.
func current(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) (Declaration, Owner, error) {
	list, err := declarations(ctx, tx, scope, structure, 1)
	if err != nil {
		return Declaration{}, Owner{}, err
	}
	if len(list) == 0 {
		return Declaration{}, Owner{}, fault.Conflict("exposure.not_declared")
	}
	owner, err := ownerOf(ctx, tx, scope, structure)
	list[0].Perimeter.ProofKey = owner.ProofKey
	return list[0], owner, err
}

// config is what the engine needs to look at a perimeter.
func (s *Service) config(ctx context.Context, scope territory.Scope, p *perimeter.Perimeter) (engine.Config, error) {
	resolvers, err := s.o.Resolvers()
	if err != nil {
		return engine.Config{}, err
	}
	return engine.Config{
		Perimeter: p, Resolvers: resolvers, Anchors: s.o.Anchors, Local: s.o.Local, Now: s.now, Tool: "hygie " + s.o.Version,
		Signers: s.o.Signers,
		Open:    func(id string) ([]byte, error) { return s.mandateFile(ctx, scope, id) },
	}, nil
}

// mandateFile reads the paper of a mandate, which is evidence named by its id.
func (s *Service) mandateFile(ctx context.Context, scope territory.Scope, id string) ([]byte, error) {
	var e proof.Evidence
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		e, err = proof.ByID(ctx, tx, scope, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	content, err := e.Open(ctx, s.vault)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return io.ReadAll(content)
}

// Prove looks for the tokens and mandates of what a structure declares, and keeps what it saw.
func (s *Service) Prove(ctx context.Context, actor right.Actor, scope territory.Scope, structure string) ([]perimeter.Proof, error) {
	if s.o.Deposits {
		return nil, fault.Refused("exposure.deposits_only")
	}
	var d Declaration
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		d, _, err = current(ctx, tx, scope, structure)
		return err
	})
	if err != nil {
		return nil, err
	}
	c, err := s.config(ctx, scope, d.Perimeter)
	if err != nil {
		return nil, err
	}
	bounded, stop := context.WithTimeout(ctx, longestProof)
	defer stop()
	proven, err := engine.Prove(bounded, c)
	if err != nil {
		return nil, fault.Conflict("exposure.proof_slow").Because(err)
	}
	text, err := json.Marshal(proven.Proofs())
	if err != nil {
		return nil, err
	}
	return proven.Proofs(), s.db.Update(ctx, func(tx *store.Tx) error {
		var w store.Where
		set := `update exposure_owner set proofs = ` + w.Arg(store.Text(string(text))) + `, proofs_hash = ` + w.Arg(d.Hash) + `, proofs_at = ` + w.Arg(store.Millis(s.now()))
		w.And("structure_id = ?", structure)
		scope.Within(&w, "structure_id")
		if _, err := tx.Exec(ctx, set+w.SQL(), w.Args()...); err != nil {
			return err
		}
		count := 0
		for _, p := range proven.Proofs() {
			if p.By != perimeter.Unproven {
				count++
			}
		}
		return s.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "exposure.prove", Structure: structure, Subject: "exposure-perimeter/" + d.ID,
			Data: trail.Data(map[string]any{"proven": count, "items": len(proven.Proofs())})})
	})
}

// Mandate is a signed paper as a person registers it.
type Mandate struct {
	Signer  string    `form:"signer,max=300"`
	Contact string    `form:"contact,max=300"`
	From    time.Time `form:"from"`
	Until   time.Time `form:"until"`
	Covers  string    `form:"covers,max=100000"`
	Classes []string  `form:"classes"`
	Hours   string    `form:"hours,max=2000"`
	Sources string    `form:"sources,max=2000"`
}

// maxPaper bounds the paper of a mandate.
const maxPaper = 32 << 20

// longestMandate bounds a mandate: it must be signed anew each year.
const longestMandate = 366 * 24 * time.Hour

func (m Mandate) check(now time.Time) (wrong []fault.Field) {
	add := func(name, key string) { wrong = append(wrong, fault.Field{Name: name, Key: key}) }
	if strings.TrimSpace(m.Signer) == "" {
		add("signer", "exposure.signer_missing")
	}
	switch {
	case m.From.IsZero() || m.Until.IsZero():
		add("until", "exposure.mandate_days")
	case m.Until.Before(m.From) || m.Until.Before(now.AddDate(0, 0, -1)):
		add("until", "exposure.mandate_over")
	case m.Until.Sub(m.From) > longestMandate:
		add("until", "exposure.mandate_long")
	}
	if len(lines(m.Covers)) == 0 {
		add("covers", "exposure.mandate_covers")
	}
	_, odd := windows("hours", m.Hours)
	wrong = append(wrong, odd...)
	for _, c := range m.Classes {
		if _, err := perimeter.ParseClass(c); err != nil {
			add("classes", "exposure.mandate_class")
		}
	}
	return wrong
}

// Mandate keeps the paper as evidence and makes a new version of the declaration that names it.
func (s *Service) Mandate(ctx context.Context, actor right.Actor, scope territory.Scope, structure string, m Mandate, name, media string, content io.Reader) error {
	now := s.now()
	if wrong := m.check(now); len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	if err := s.fits(ctx, scope, structure, m); err != nil {
		return err
	}
	paper, err := io.ReadAll(io.LimitReader(content, maxPaper+1))
	switch {
	case err != nil:
		return fmt.Errorf("read the mandate: %w", err)
	case len(paper) > maxPaper:
		return fault.Invalid(fault.Field{Name: "file", Key: "exposure.paper_large"})
	case len(paper) == 0:
		return fault.Invalid(fault.Field{Name: "file", Key: "exposure.file_empty"})
	}
	digest, size, err := s.vault.Put(ctx, bytes.NewReader(paper))
	if errors.Is(err, blob.ErrFull) {
		return fault.Conflict("exposure.disk_full").Because(err)
	}
	if err != nil {
		return fmt.Errorf("store the mandate: %w", err)
	}
	signed := signature.Read(paper, signature.Options{Authorities: s.o.Signers, Now: now})
	var d Declaration
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if d, _, err = current(ctx, tx, scope, structure); err != nil {
			return err
		}
		id, err := proof.Add(ctx, tx, scope, proof.Evidence{Structure: structure, Kind: proof.ExposureMandate, Name: proof.SafeName(name), MediaType: media, SHA256: hex.EncodeToString(digest[:]), Size: size,
			EffectiveFrom: m.From, EffectiveUntil: m.Until.AddDate(0, 0, 1), DepositedAt: now, DepositedBy: actor.Person, Note: m.Signer})
		if err != nil {
			return err
		}
		kept := m.declared(id, hex.EncodeToString(digest[:]))
		kept.Paper = &signed
		d.Perimeter.Mandates = append(d.Perimeter.Mandates, kept)
		return nil
	})
	if err != nil {
		return err
	}
	return s.redeclare(ctx, actor, scope, structure, d, "covers")
}

// declared is the mandate as the declaration names it: by the evidence that holds its paper, and the digest of that.
func (m Mandate) declared(evidence, digest string) perimeter.Mandate {
	hours, _ := windows("hours", m.Hours) // check told what is wrong with them
	return perimeter.Mandate{File: evidence, SHA256: digest, Signer: m.Signer, Contact: strings.TrimSpace(m.Contact), From: perimeter.Day{Time: m.From}, Until: perimeter.Day{Time: m.Until},
		Covers: lines(m.Covers), Classes: m.Classes, Hours: hours, Sources: lines(m.Sources)}
}

// fits tells whether the declaration would take the mandate, before its paper is kept.
func (s *Service) fits(ctx context.Context, scope territory.Scope, structure string, m Mandate) error {
	var d Declaration
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		d, _, err = current(ctx, tx, scope, structure)
		return err
	})
	if err != nil {
		return err
	}
	d.Perimeter.Mandates = append(d.Perimeter.Mandates, m.declared("mandate", strings.Repeat("0", 64)))
	if err := d.Perimeter.Check(); err != nil {
		return refused("covers", err)
	}
	return nil
}

// Revoke takes a mandate out of the declaration; the paper stays evidence.
func (s *Service) Revoke(ctx context.Context, actor right.Actor, scope territory.Scope, structure, evidence string) error {
	var d Declaration
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		d, _, err = current(ctx, tx, scope, structure)
		return err
	})
	if err != nil {
		return err
	}
	before := len(d.Perimeter.Mandates)
	d.Perimeter.Mandates = slices.DeleteFunc(d.Perimeter.Mandates, func(m perimeter.Mandate) bool { return m.File == evidence })
	if len(d.Perimeter.Mandates) == before {
		return fault.NotFound("exposure.no_mandate")
	}
	return s.redeclare(ctx, actor, scope, structure, d, "")
}

// redeclare keeps a declaration that was changed in place, as its next version.
func (s *Service) redeclare(ctx context.Context, actor right.Actor, scope territory.Scope, structure string, d Declaration, field string) error {
	if err := d.Perimeter.Check(); err != nil {
		return refused(field, err)
	}
	_, _, err := s.Declare(ctx, actor, scope, structure, d.Version, d.Perimeter)
	return err
}
