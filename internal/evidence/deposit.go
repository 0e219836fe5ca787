package evidence

import (
	"bufio"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// Draft is what a person says of the document they deposit.
type Draft struct {
	Structure  string
	Kind       proof.Kind
	From       time.Time // the document speaks of this period; From is needed
	Until      time.Time // zero: no known end
	Note       string
	Supersedes string // id of the evidence this document replaces, or empty
	Signer     string // role of who signed it, as the referentials name roles; empty: not said
}

// longest note, in characters.
const maxNote = 2000

// check says what is wrong with a draft, field by field.
func (m *Module) check(d Draft) error {
	var wrong []fault.Field
	if !m.depositable(d.Kind) {
		wrong = append(wrong, fault.Field{Name: "kind", Key: "evidence.kind_missing"})
	}
	switch {
	case d.From.IsZero():
		wrong = append(wrong, fault.Field{Name: "from", Key: "evidence.from_missing"})
	case !d.Until.IsZero() && d.Until.Before(d.From):
		wrong = append(wrong, fault.Field{Name: "until", Key: "evidence.until_before"})
	}
	if _, known := m.role(d.Signer); d.Signer != "" && !known {
		wrong = append(wrong, fault.Field{Name: "signer", Key: "evidence.signer_unknown"})
	}
	if utf8.RuneCountInString(d.Note) > maxNote {
		wrong = append(wrong, fault.Field{Name: "note", Key: "web.too_long", Args: []any{"limit", maxNote}})
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

// Deposit takes a document in. Its bytes are stored, encrypted, before anything is recorded, so that a deposit cut halfway leaves
// nothing that counts. The same file deposited again for the same use is refused, with the name of the first.
func (m *Module) Deposit(ctx context.Context, actor right.Actor, scope territory.Scope, d Draft, name string, content io.Reader) (proof.Evidence, error) {
	if err := m.check(d); err != nil {
		return proof.Evidence{}, err
	}
	buffered := bufio.NewReaderSize(content, sniffed)
	head, err := buffered.Peek(sniffed)
	if len(head) == 0 && errors.Is(err, io.EOF) {
		return proof.Evidence{}, fault.Invalid(fault.Field{Name: "file", Key: "evidence.file_empty"})
	}
	if dangerous(head) {
		return proof.Evidence{}, fault.Invalid(fault.Field{Name: "file", Key: "evidence.file_dangerous"})
	}
	name = proof.SafeName(name)
	media := mediaOf(name, head)
	digest, size, err := m.vault.Put(ctx, buffered)
	switch {
	case errors.Is(err, blob.ErrFull):
		return proof.Evidence{}, fault.Conflict("evidence.disk_full").Because(err)
	case err != nil:
		return proof.Evidence{}, fmt.Errorf("store the deposited document: %w", err)
	}
	e := proof.Evidence{
		Structure: d.Structure, Kind: d.Kind, Name: name, MediaType: media, SHA256: hex.EncodeToString(digest[:]), Size: size, EffectiveFrom: d.From,
		EffectiveUntil: d.Until, DepositedBy: actor.Person, Note: strings.TrimSpace(d.Note), Supersedes: d.Supersedes, SignerRole: d.Signer,
	}
	err = m.db.Update(ctx, func(tx *store.Tx) error {
		e.DepositedAt = m.now()
		if err := m.fits(ctx, tx, scope, e); err != nil {
			return err
		}
		if e.ID, err = proof.Add(ctx, tx, scope, e); err != nil {
			return err
		}
		return m.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "evidence.add", Structure: e.Structure, Subject: "evidence/" + e.ID,
			Data: trail.Data(map[string]any{"name": e.Name, "kind": string(e.Kind), "sha256": e.SHA256, "supersedes": e.Supersedes, "signer": e.SignerRole})})
	})
	return e, err
}

// fits refuses what is already there, and the replacement of what is not or no longer in force.
func (m *Module) fits(ctx context.Context, tx *store.Tx, scope territory.Scope, e proof.Evidence) error {
	all, err := proof.Of(ctx, tx, scope, e.Structure)
	if err != nil {
		return err
	}
	replaced := proof.Superseded(all, e.DepositedAt)
	found := e.Supersedes == ""
	for _, other := range all {
		_, old := replaced[other.ID]
		if other.ID == e.Supersedes {
			if old {
				return fault.Conflict("evidence.already_replaced")
			}
			if byHand, err := m.byHand(ctx, tx, other); err != nil || !byHand {
				return cmp.Or(err, error(fault.Conflict("evidence.made_here")))
			}
			found = true
			continue
		}
		if !old && other.SHA256 == e.SHA256 && other.Kind == e.Kind && other.EffectiveFrom.Equal(e.EffectiveFrom) && other.EffectiveUntil.Equal(e.EffectiveUntil) {
			return fault.Invalid(fault.Field{Name: "file", Key: "evidence.same_file", Args: []any{"name", other.Name, "date", other.DepositedAt}})
		}
	}
	if !found {
		return fault.NotFound("evidence.not_found")
	}
	return nil
}

// byHand tells whether a person deposited the evidence: what the platform itself concluded is replaced by measuring again.
func (m *Module) byHand(ctx context.Context, tx *store.Tx, e proof.Evidence) (bool, error) {
	names, err := people.Names(ctx, tx, e.DepositedBy)
	return m.depositable(e.Kind) && names[e.DepositedBy] != "", err
}
