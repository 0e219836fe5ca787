package incident

import (
	"context"
	"fmt"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
)

// NumbersChanged tells, for each region that ever wrote numbers, when those of its structures last changed.
func NumbersChanged(ctx context.Context, tx *store.Tx) (map[territory.Interval]time.Time, error) {
	all := map[territory.Interval]time.Time{}
	_, err := store.All(ctx, tx, func(row store.Row) (_ struct{}, err error) {
		var i territory.Interval
		var at, removed int64
		err = row.Scan(&i.Left, &i.Right, &at, &removed)
		all[i] = store.Time(max(at, removed))
		return struct{}{}, err
	}, `select s.lft, s.rgt, max(n.at), max(n.removed_at) from incident_contact n join structure s on s.id = n.structure_id group by s.lft, s.rgt`)
	if err != nil {
		return nil, fmt.Errorf("tell when regions changed their numbers: %w", err)
	}
	return all, nil
}
