package funding

import (
	"context"
	"fmt"

	"hygie/internal/store"
	"hygie/internal/territory"
)

// Siret is the number under which a structure in scope receives money: its own, or that of the only establishment that it has, which is no guess. It is empty when
// nobody can tell; the open data of grants then has no row for its dossiers.
func Siret(ctx context.Context, tx *store.Tx, scope territory.Scope, s territory.Structure) (string, error) {
	if s.Siret != "" {
		return s.Siret, nil
	}
	var w store.Where
	w.And("b.parent_id = ?", s.ID)
	w.And("b.status = 'active' and b.siret <> ''")
	scope.Within(&w, "b.id")
	all, err := store.All(ctx, tx, store.Column[string], `select distinct b.siret from structure b`+w.SQL()+` order by b.siret limit 2`, w.Args()...)
	if err != nil {
		return "", fmt.Errorf("read the numbers of structure %s: %w", s.ID, err)
	}
	if len(all) != 1 {
		return "", nil
	}
	return all[0], nil
}
