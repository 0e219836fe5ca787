package proof

import (
	"context"
	"fmt"

	"hygie/internal/store"
	"hygie/internal/territory"
)

// keepCurrent remembers a fact as the newest of its key, unless a later observation is known already. Of two observations of one moment
// the one recorded last counts, as in [Latest]. A correction takes the place of what it corrects, whenever that was.
func keepCurrent(ctx context.Context, tx *store.Tx, f Fact) error {
	if f.Corrects != "" {
		return renewCurrent(ctx, tx, f.Structure, f.Key)
	}
	_, err := tx.Exec(ctx, `insert into fact_current (structure_id, key, kind, number, text, observed_at) values ($1, $2, $3, $4, $5, $6)
		on conflict (structure_id, key) do update set kind = excluded.kind, number = excluded.number, text = excluded.text, observed_at = excluded.observed_at
		where excluded.observed_at >= fact_current.observed_at`,
		f.Structure, f.Key, string(f.Value.Kind), number(f.Value), f.Value.Text, store.Millis(f.ObservedAt))
	return err
}

// renewCurrent looks again for the newest observation that nothing corrects.
func renewCurrent(ctx context.Context, tx *store.Tx, structure, key string) error {
	if _, err := tx.Exec(ctx, `delete from fact_current where structure_id = $1 and key = $2`, structure, key); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into fact_current (structure_id, key, kind, number, text, observed_at)
		select f.structure_id, f.key, f.kind, f.number, f.text, f.observed_at from fact f
		where f.structure_id = $1 and f.key = $2 and f.kind <> 'withdrawn' and not exists (select 1 from fact better where better.corrects = f.id)
		order by f.observed_at desc, f.id desc limit 1`, structure, key)
	return err
}

// Share is how many structures have a value.
type Share struct {
	Number     float64
	Structures int
}

// Spread counts the structures in scope that stand inside an interval by the newest value of a number, ascending. Only structures of one kind that
// are active count; those without an observation are absent.
func Spread(ctx context.Context, tx *store.Tx, scope territory.Scope, key string, kind territory.Kind, inside territory.Interval) ([]Share, error) {
	var w store.Where
	w.And("c.key = ?", key)
	w.And("s.kind = ?", string(kind))
	w.And("s.status = ?", string(territory.Active))
	w.And("s.lft between ? and ?", inside.Left, inside.Right)
	scope.Within(&w, "s.id")
	shares, err := store.All(ctx, tx, func(row store.Row) (s Share, err error) {
		err = row.Scan(&s.Number, &s.Structures)
		return s, err
	}, `select c.number, count(*) from fact_current c join structure s on s.id = c.structure_id`+w.SQL()+` group by c.number order by c.number`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("count structures by %s: %w", key, err)
	}
	return shares, nil
}
