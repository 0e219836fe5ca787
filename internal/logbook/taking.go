package logbook

import (
	"context"
	"fmt"

	"hygie/internal/store"
	"hygie/internal/territory"
)

// Taking lists the books of a structure in scope that take lines now, the latest first.
func Taking(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Book, error) {
	var w store.Where
	w.And("b.structure_id = ?", structure)
	w.And("b.closed_at = 0")
	scope.Within(&w, "b.structure_id")
	all, err := store.All(ctx, tx, func(row store.Row) (b Book, err error) {
		var opened int64
		err = row.Scan(&b.ID, &b.Structure, &b.Kind, &b.Title, &opened, &b.OpenedBy)
		b.OpenedAt = store.Time(opened)
		return b, err
	}, `select b.id, b.structure_id, b.kind, b.title, b.opened_at, b.opened_by from logbook b`+w.SQL()+` order by b.opened_at desc, b.id desc`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list the main courantes of %s: %w", structure, err)
	}
	return all, nil
}
