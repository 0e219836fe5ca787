package funding

import (
	"context"
	"fmt"

	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/journal"
)

// platform is who acts when nobody did.
const platform = "hygie"

// FollowMerges hands the dossiers of structures that merged into others over to those, with everything they hold. A withdrawn one stays. It is called by the
// platform, in the transaction of a merge or after an import; it returns how many were handed over.
func (s *Service) FollowMerges(ctx context.Context, tx *store.Tx) (moved int, err error) {
	const longestChain = 16 // a structure that merged into one that merged …
	for range longestChain {
		list, err := store.All(ctx, tx, func(row store.Row) (m merged, err error) {
			d, err := scan(rowBefore{row, &m.into})
			m.Dossier = d
			return m, err
		}, `select `+columns+`, s.merged_into from dossier d join structure s on s.id = d.structure_id where s.merged_into is not null and d.state <> $1 order by d.id`, string(Withdrawn))
		if err != nil {
			return moved, fmt.Errorf("find the dossiers of merged structures: %w", err)
		}
		if len(list) == 0 {
			return moved, nil
		}
		for _, m := range list {
			if err := s.transfer(ctx, tx, m.Dossier, m.into); err != nil {
				return moved, err
			}
			moved++
		}
	}
	return moved, nil
}

// Held names the dossiers that a merge of a structure would hand over. The caller has authorised merging it.
func (s *Service) Held(ctx context.Context, tx *store.Tx, structure string) ([]string, error) {
	list, err := store.All(ctx, tx, store.Column[string], `select number from dossier where structure_id = $1 and state <> $2 order by number`, structure, string(Withdrawn))
	if err != nil {
		return nil, fmt.Errorf("find the dossiers of structure %s: %w", structure, err)
	}
	return list, nil
}

type merged struct {
	Dossier
	into string
}

// rowBefore scans one column more after those that are asked for.
type rowBefore struct {
	row  store.Row
	last any
}

func (r rowBefore) Scan(into ...any) error { return r.row.Scan(append(into, r.last)...) }

func (s *Service) transfer(ctx context.Context, tx *store.Tx, d Dossier, into string) error {
	from := d.Structure
	if _, err := tx.Exec(ctx, `update dossier set structure_id = $1 where id = $2 and version = $3`, into, d.ID, d.Version); err != nil {
		return fmt.Errorf("hand dossier %s over: %w", d.Number, err)
	}
	d.Structure = into
	e := Event{Dossier: d.ID, Position: d.Version + 1, At: s.now(), By: platform, Act: Transfer, From: d.State, To: d.State, Reference: from}
	if err := s.record(ctx, tx, &d, e); err != nil {
		return err
	}
	return s.trail.Append(ctx, tx, journal.Entry{Actor: platform, Action: "dossier.transfer", Structure: from, Subject: "dossier/" + d.ID,
		Data: trail.Data(map[string]any{"number": d.Number, "into": into})})
}
