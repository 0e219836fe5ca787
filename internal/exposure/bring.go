package exposure

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"hygie/exposure/foreign"
	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
	"hygie/sheet"
)

// maxForeign bounds a report that is brought.
const maxForeign = 64 << 20

// Import is a report of someone else on the same perimeter.
type Import struct {
	ID            string
	Structure     string
	Evidence      string
	Tool          foreign.Tool
	Findings      []foreign.Finding
	CreatedAt     time.Time
	CreatedByName string
}

// ReadForeign reads a report without keeping anything, to be shown first.
func ReadForeign(content []byte, o foreign.Options) (*foreign.Report, error) {
	r, err := foreign.Read(bytes.NewReader(content), int64(len(content)), o)
	switch {
	case err == nil, errors.Is(err, foreign.ErrColumns) && r != nil:
		return r, nil
	case errors.Is(err, sheet.ErrOld):
		return nil, fault.Invalid(fault.Field{Name: "file", Key: "exposure.foreign_old"}).Because(err)
	case errors.Is(err, sheet.ErrEncrypted):
		return nil, fault.Invalid(fault.Field{Name: "file", Key: "exposure.foreign_encrypted"}).Because(err)
	case errors.Is(err, sheet.ErrTooLarge):
		return nil, fault.Invalid(fault.Field{Name: "file", Key: "exposure.foreign_large"}).Because(err)
	default:
		return nil, fault.Invalid(fault.Field{Name: "file", Key: "exposure.foreign_unknown"}).Because(err)
	}
}

// KeepForeign keeps a report as evidence, with its findings. The same file brought twice is one.
func (s *Service) KeepForeign(ctx context.Context, actor right.Actor, scope territory.Scope, structure, name string, content []byte, r *foreign.Report) (bool, error) {
	digest, size, err := s.vault.Put(ctx, bytes.NewReader(content))
	if err != nil {
		return false, fmt.Errorf("store the report: %w", err)
	}
	text, err := json.Marshal(r.Findings)
	if err != nil {
		return false, err
	}
	now, sum, kept := s.now(), hex.EncodeToString(digest[:]), false
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		kept = false
		earlier, err := importsOf(ctx, tx, scope, structure)
		if err != nil {
			return err
		}
		for _, i := range earlier {
			if e, err := proof.ByID(ctx, tx, scope, i.Evidence); err == nil && e.SHA256 == sum {
				return nil
			}
		}
		kept = true
		id, err := proof.Add(ctx, tx, scope, proof.Evidence{Structure: structure, Kind: proof.ExposureForeign, Name: proof.SafeName(name), MediaType: "application/octet-stream", SHA256: sum, Size: size,
			EffectiveFrom: now, EffectiveUntil: now, DepositedAt: now, DepositedBy: actor.Person})
		if err != nil {
			return err
		}
		if err := insert(ctx, tx, scope, structure, "exposure_import", "id, evidence_id, tool, findings, count, created_at, created_by, created_by_name",
			store.NewID(now), id, string(r.Tool), store.Text(string(text)), len(r.Findings), store.Millis(now), actor.Person, actor.Name); err != nil {
			return err
		}
		return s.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "exposure.import", Structure: structure, Subject: "evidence/" + id, Data: trail.Data(map[string]any{"tool": string(r.Tool), "findings": len(r.Findings)})})
	})
	return kept, err
}

// RemoveImport takes the findings of a report out of the list; the report stays evidence.
func (s *Service) RemoveImport(ctx context.Context, actor right.Actor, scope territory.Scope, structure, id string) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		var w store.Where
		set := `update exposure_import set withdrawn_at = ` + w.Arg(store.Millis(s.now()))
		w.And("structure_id = ?", structure)
		w.And("id = ?", id)
		w.And("withdrawn_at = 0")
		scope.Within(&w, "structure_id")
		n, err := tx.Exec(ctx, set+w.SQL(), w.Args()...)
		if err != nil || n == 0 {
			return err
		}
		return s.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "exposure.import_remove", Structure: structure, Subject: "exposure-import/" + id})
	})
}

// importsOf lists the reports of others that stand, the latest first.
func importsOf(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Import, error) {
	var w store.Where
	w.And("i.structure_id = ?", structure)
	w.And("i.withdrawn_at = 0")
	scope.Within(&w, "i.structure_id")
	return store.All(ctx, tx, func(row store.Row) (i Import, err error) {
		var text string
		var at int64
		if err = row.Scan(&i.ID, &i.Structure, &i.Evidence, &i.Tool, &text, &at, &i.CreatedByName); err != nil {
			return i, err
		}
		i.CreatedAt = store.Time(at)
		return i, json.Unmarshal([]byte(text), &i.Findings)
	}, `select i.id, i.structure_id, i.evidence_id, i.tool, i.findings, i.created_at, i.created_by_name from exposure_import i`+w.SQL()+` order by i.created_at desc, i.id desc`, w.Args()...)
}

// readAll reads a file that is brought, within its bound.
func readAll(content io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(content, most+1))
	if err == nil && int64(len(data)) > most {
		return nil, fault.Invalid(fault.Field{Name: "file", Key: "exposure.foreign_large"})
	}
	return data, err
}
