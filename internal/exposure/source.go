package exposure

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"hygie/exposure/discover"
	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// maxSource bounds a file that tells of names.
const maxSource = 32 << 20

// Source of names that a structure brought: the next audits start from it beside the declaration.
type source struct {
	ID            string
	Evidence      string
	Name          string
	Kind          string // of the engine: "zone-file", "registrar", …
	Names         int
	CreatedAt     time.Time
	CreatedByName string
}

// BringSource keeps a file that tells of names and addresses. What it names is not touched by that: ownership is proven item by item.
func (s *Service) BringSource(ctx context.Context, actor right.Actor, scope territory.Scope, structure, name string, content io.Reader) (discover.Import, error) {
	data, err := readAll(content, maxSource)
	if err != nil {
		return discover.Import{}, err
	}
	found, err := discover.Read(proof.SafeName(name), bytes.NewReader(data))
	if err != nil {
		return found, fault.Invalid(fault.Field{Name: "source", Key: "exposure.bad_source", Args: []any{"text", err.Error()}}).Because(err)
	}
	digest, size, err := s.vault.Put(ctx, bytes.NewReader(data))
	if errors.Is(err, blob.ErrFull) {
		return found, fault.Conflict("exposure.disk_full").Because(err)
	}
	if err != nil {
		return found, fmt.Errorf("store the file: %w", err)
	}
	now := s.now()
	return found, s.db.Update(ctx, func(tx *store.Tx) error {
		id, err := proof.Add(ctx, tx, scope, proof.Evidence{Structure: structure, Kind: proof.ExposureSource, Name: proof.SafeName(name), MediaType: "application/octet-stream", SHA256: hex.EncodeToString(digest[:]), Size: size,
			EffectiveFrom: now, EffectiveUntil: now, DepositedAt: now, DepositedBy: actor.Person})
		if err != nil {
			return err
		}
		if err := insert(ctx, tx, scope, structure, "exposure_source", "id, evidence_id, name, kind, names, created_at, created_by, created_by_name",
			store.NewID(now), id, store.Text(proof.SafeName(name)), found.Kind, len(found.Names)+len(found.Addresses), store.Millis(now), actor.Person, actor.Name); err != nil {
			return err
		}
		return s.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "exposure.source", Structure: structure, Subject: "evidence/" + id, Data: trail.Data(map[string]any{"kind": found.Kind, "names": len(found.Names)})})
	})
}

// RemoveSource takes a file out of what the next audits start from; it stays evidence.
func (s *Service) RemoveSource(ctx context.Context, actor right.Actor, scope territory.Scope, structure, id string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		var w store.Where
		set := `update exposure_source set withdrawn_at = ` + w.Arg(store.Millis(s.now()))
		w.And("structure_id = ?", structure)
		w.And("id = ?", id)
		w.And("withdrawn_at = 0")
		scope.Within(&w, "structure_id")
		n, err := tx.Exec(ctx, set+w.SQL(), w.Args()...)
		if err != nil || n == 0 {
			return err
		}
		return s.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "exposure.source_remove", Structure: structure, Subject: "exposure-source/" + id})
	})
}

// sourcesOf lists the files that stand, the latest first.
func sourcesOf(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]source, error) {
	var w store.Where
	w.And("x.structure_id = ?", structure)
	w.And("x.withdrawn_at = 0")
	scope.Within(&w, "x.structure_id")
	return store.All(ctx, tx, func(row store.Row) (x source, err error) {
		var at int64
		err = row.Scan(&x.ID, &x.Evidence, &x.Name, &x.Kind, &x.Names, &at, &x.CreatedByName)
		x.CreatedAt = store.Time(at)
		return x, err
	}, `select x.id, x.evidence_id, x.name, x.kind, x.names, x.created_at, x.created_by_name from exposure_source x`+w.SQL()+` order by x.created_at desc, x.id desc`, w.Args()...)
}

// discoveries reads the files that an audit starts from. One that can no longer be read is left out, and the log says so.
func (s *Service) discoveries(ctx context.Context, scope territory.Scope, structure string) (list []discover.Import, err error) {
	var sources []source
	var files []proof.Evidence
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if sources, err = sourcesOf(ctx, tx, scope, structure); err != nil {
			return err
		}
		for _, x := range sources {
			e, err := proof.ByID(ctx, tx, scope, x.Evidence)
			if err != nil {
				return err
			}
			files = append(files, e)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, e := range files {
		content, err := e.Open(ctx, s.vault)
		if err == nil {
			var found discover.Import
			if found, err = discover.Read(e.Name, content); err == nil {
				list = append(list, found)
			}
			content.Close()
		}
		if err != nil {
			s.o.Log.WarnContext(ctx, "a file that tells of names cannot be read", "evidence", e.ID, "error", err)
		}
	}
	return list, nil
}
