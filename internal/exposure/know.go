package exposure

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"hygie/exposure/knowledge"
	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/journal"
)

// maxBundle bounds a bundle of knowledge that is brought.
const maxBundle = 128 << 20

// Brought is a bundle of knowledge that an administrator brought.
type Brought struct {
	SHA256        string
	Size          int64
	Made, Dated   time.Time
	Signer        string // fingerprint of the key
	CreatedAt     time.Time
	CreatedByName string
}

// BringKnowledge takes in a bundle. Its signature must hold; whose it is, the administrator sees and answers for.
func (s *Service) BringKnowledge(ctx context.Context, actor right.Actor, content io.Reader) (*knowledge.Bundle, error) {
	data, err := io.ReadAll(io.LimitReader(content, maxBundle+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxBundle {
		return nil, fault.Invalid(fault.Field{Name: "file", Key: "exposure.bundle_large"})
	}
	b, signer, err := knowledge.Read(bytes.NewReader(data), int64(len(data)))
	switch {
	case errors.Is(err, knowledge.ErrAltered):
		return nil, fault.Invalid(fault.Field{Name: "file", Key: "exposure.bundle_altered"}).Because(err)
	case err != nil:
		return nil, fault.Invalid(fault.Field{Name: "file", Key: "exposure.bundle_format"}).Because(err)
	}
	digest, size, err := s.vault.Put(ctx, bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("store the knowledge: %w", err)
	}
	now := s.now()
	return b, s.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `insert into exposure_knowledge (id, sha256, size, made, dated, signer, created_at, created_by, created_by_name) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			store.NewID(now), hex.EncodeToString(digest[:]), size, store.Millis(b.Made), store.Millis(b.Date()), journal.Fingerprint(signer), store.Millis(now), actor.Person, actor.Name); err != nil {
			return err
		}
		return s.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "exposure.knowledge", Subject: "exposure-knowledge", Data: trail.Data(map[string]any{"made": b.Made.Format(time.DateOnly), "sha256": hex.EncodeToString(digest[:])})})
	})
}

// bundles lists what was brought, the latest first.
func bundles(ctx context.Context, tx *store.Tx, limit int) ([]Brought, error) {
	return store.All(ctx, tx, func(row store.Row) (b Brought, err error) {
		var made, dated, at int64
		err = row.Scan(&b.SHA256, &b.Size, &made, &dated, &b.Signer, &at, &b.CreatedByName)
		b.Made, b.Dated, b.CreatedAt = store.Time(made), store.Time(dated), store.Time(at)
		return b, err
	}, `select sha256, size, made, dated, signer, created_at, created_by_name from exposure_knowledge order by created_at desc, id desc limit $1`, limit)
}

// knowledge reads the newest bundle of the installation; nil when there is none.
func (s *Service) knowledge(ctx context.Context) (*knowledge.Bundle, error) {
	var list []Brought
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		list, err = bundles(ctx, tx, 1)
		return err
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	content, err := proof.Evidence{SHA256: list[0].SHA256}.Open(ctx, s.vault)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	data, err := io.ReadAll(content)
	if err != nil {
		return nil, err
	}
	b, _, err := knowledge.Read(bytes.NewReader(data), int64(len(data)))
	return b, err
}
