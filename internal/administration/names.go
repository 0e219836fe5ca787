package administration

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hygie/internal/store"
	"hygie/internal/territory"
)

// structureNames names structures of the scope by id; the others are absent.
func structureNames(ctx context.Context, tx *store.Tx, scope territory.Scope, ids ...string) (map[string]string, error) {
	names := make(map[string]string, len(ids))
	for part := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), 200) {
		var w store.Where
		args := make([]any, len(part))
		for i, id := range part {
			args[i] = id
		}
		w.And("s.id in ("+strings.TrimSuffix(strings.Repeat("?, ", len(part)), ", ")+")", args...)
		scope.Within(&w, "s.id")
		type named struct{ id, name string }
		found, err := store.All(ctx, tx, func(row store.Row) (n named, err error) { return n, row.Scan(&n.id, &n.name) },
			`select s.id, s.name from structure s`+w.SQL(), w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("read the names of structures: %w", err)
		}
		for _, n := range found {
			names[n.id] = n.name
		}
	}
	return names, nil
}
