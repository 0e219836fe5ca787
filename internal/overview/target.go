package overview

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
)

// target is a share of the demands of an axis that are to be met at the end of a day.
type target struct {
	Axis   string
	On     time.Time
	Share  int // in per cent; -1 in the table: taken back
	Source string
}

// addTarget adds a line over those before it.
func addTarget(ctx context.Context, tx *store.Tx, structure territory.ID, pkg string, t target, person string, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into trajectory_target (id, structure_id, package_id, axis, on_day, share, source, set_at, set_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		store.NewID(now), structure, pkg, t.Axis, store.Millis(t.On), t.Share, store.Text(t.Source), store.Millis(now), person)
	if err != nil {
		return fmt.Errorf("set a target of structure %s: %w", structure, err)
	}
	return nil
}

// Aim sets what a structure aims at, as its page does: a share in per cent of the demands of an axis of a package, at the end of a day.
func Aim(ctx context.Context, tx *store.Tx, structure territory.ID, pkg, axis string, on time.Time, share int, source, person string, now time.Time) error {
	return addTarget(ctx, tx, structure, pkg, target{Axis: axis, On: on, Share: share, Source: source}, person, now)
}

// aim is what one structure set for itself and for those below it, by axis and in order of the days.
type aim struct {
	By    territory.Crumb
	Lines map[string][]target
}

// aims are what a structure and those above it aim at, the nearest first, GHT included. What is aimed at is no secret to those below.
func aims(ctx context.Context, tx *store.Tx, s territory.Structure, pkg string, at time.Time) ([]aim, error) {
	path, err := territory.Path(ctx, tx, territory.Everything(), s.ID)
	if err != nil {
		return nil, err
	}
	slices.Reverse(path)
	var all []aim
	for _, above := range path {
		lines, err := targetsOf(ctx, tx, above.ID, pkg, at)
		if err != nil {
			return nil, err
		}
		if len(lines) > 0 {
			all = append(all, aim{above, lines})
		}
	}
	return all, nil
}

func targetsOf(ctx context.Context, tx *store.Tx, structure territory.ID, pkg string, at time.Time) (map[string][]target, error) {
	lines, err := store.All(ctx, tx, func(row store.Row) (t target, err error) {
		var on int64
		err = row.Scan(&t.Axis, &on, &t.Share, &t.Source)
		t.On = store.Time(on)
		return t, err
	}, `select axis, on_day, share, source from trajectory_target where structure_id = $1 and package_id = $2 and set_at <= $3 order by on_day, set_at, id`, structure, pkg, store.Millis(at))
	if err != nil {
		return nil, fmt.Errorf("read the targets of structure %s: %w", structure, err)
	}
	type key struct {
		axis string
		on   int64
	}
	latest := map[key]int{} // the line of each axis and day that counts
	for i, t := range lines {
		latest[key{t.Axis, t.On.UnixMilli()}] = i
	}
	found := map[string][]target{}
	for i, t := range lines {
		if t.Share >= 0 && latest[key{t.Axis, t.On.UnixMilli()}] == i {
			found[t.Axis] = append(found[t.Axis], t)
		}
	}
	return found, nil
}
