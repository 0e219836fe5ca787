package people

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hygie/internal/store"
)

// Names returns the names of people by their ids. An id that is nobody's, such as the name of a module that acted by itself, is absent. The
// caller has authorised reading what the people did.
func Names(ctx context.Context, tx *store.Tx, ids ...string) (map[string]string, error) {
	names := make(map[string]string, len(ids))
	wanted := slices.Compact(slices.Sorted(slices.Values(ids)))
	for part := range slices.Chunk(wanted, 200) {
		var w store.Where
		args := make([]any, len(part))
		for i, id := range part {
			args[i] = id
		}
		w.And("p.id in ("+strings.TrimSuffix(strings.Repeat("?, ", len(part)), ", ")+")", args...)
		type named struct{ id, name string }
		found, err := store.All(ctx, tx, func(row store.Row) (n named, err error) {
			return n, row.Scan(&n.id, &n.name)
		}, `select p.id, p.name from person p`+w.SQL(), w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("read the names of people: %w", err)
		}
		for _, n := range found {
			names[n.id] = n.name
		}
	}
	return names, nil
}
