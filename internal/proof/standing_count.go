package proof

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// caughtUpAtOnce is how many structures one transaction of [Standings.CatchUp] judges.
const caughtUpAtOnce = 20

// CatchUp judges again, as a whole, the structures on which news bore through others, and returns how many. Each few are one transaction.
func (s *Standings) CatchUp(ctx context.Context, db *store.DB) (total int, err error) {
	for {
		n := 0
		err := db.Update(ctx, func(tx *store.Tx) error {
			ids, err := store.All(ctx, tx, store.Column[string], `select structure_id from standing_due order by since, structure_id limit $1`, caughtUpAtOnce)
			if n = len(ids); err != nil || n == 0 {
				return err
			}
			if err := s.again(ctx, tx, ids); err != nil {
				return err
			}
			var w store.Where
			in(&w, "structure_id", ids)
			_, err = tx.Exec(ctx, `delete from standing_due`+w.SQL(), w.Args()...)
			return err
		})
		if err != nil {
			return total, fmt.Errorf("judge again whom news was about: %w", err)
		}
		if total += n; n < caughtUpAtOnce {
			return total, nil
		}
	}
}

// again judges some structures as a whole, and takes those that are counted no more out of the counters.
func (s *Standings) again(ctx context.Context, tx *store.Tx, ids []string) error {
	now := s.now()
	set, err := s.shelf.At(ctx, tx, now)
	if err != nil {
		return err
	}
	before, err := standingsOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	there, err := territory.Some(ctx, tx, territory.Everything(), idsOf(ids)...)
	if err != nil {
		return err
	}
	var part []territory.Structure
	for _, one := range there {
		if counted(one) {
			part = append(part, one)
		}
	}
	next, err := s.judgeWhole(ctx, tx, set, part, now)
	if err != nil {
		return err
	}
	_, err = turnOver(ctx, tx, set, before, next, missing(before, next))
	return err
}

func idsOf(all []string) []territory.ID {
	ids := make([]territory.ID, len(all))
	for i, id := range all {
		ids[i] = territory.ID(id)
	}
	return ids
}

// missing are the standings that are not among the next ones.
func missing(before map[standingKey]standing, next []standing) (gone []standing) {
	there := map[standingKey]bool{}
	for _, s := range next {
		there[standingKey{s.structure, s.subject}] = true
	}
	for key, s := range before {
		if !there[key] {
			gone = append(gone, s)
		}
	}
	return gone
}

// judgeWhole gives every standing of some structures.
func (s *Standings) judgeWhole(ctx context.Context, tx *store.Tx, set *Set, part []territory.Structure, now time.Time) ([]standing, error) {
	next, err := measures(ctx, tx, part, countedKeys(), now)
	if err != nil || len(part) == 0 {
		return nil, err
	}
	worlds, err := worldsOf(ctx, tx, part, now, s.zone, set.Counted.Needs())
	if err != nil {
		return nil, err
	}
	return append(next, evaluated(set, part, worlds, now)...), nil
}

// evaluated judges worlds that were read.
func evaluated(set *Set, part []territory.Structure, worlds []referential.World, now time.Time) (next []standing) {
	for i, w := range worlds {
		next = append(next, assessed(part[i], set.Counted.Evaluate(w, now), set.letters, now)...)
		worlds[i] = referential.World{} // what was judged need not stay
	}
	return next
}

// Counted is what a count of the country did.
type Counted struct {
	ID                  string
	Begun, Ended        time.Time // Ended is zero while it runs, and when it was cut off
	Structures, Changed int64
	shelf               string
}

// Count judges every group and entity of the country and brings standings and counters up to date. It reads on several cores, a few hundred structures at a
// time, and writes only what changed. What news brought while it read is left as news has it.
func (s *Standings) Count(ctx context.Context, db *store.DB, workers int) (Counted, error) {
	now := s.now()
	c := Counted{ID: store.NewID(now), Begun: now}
	var set *Set
	err := db.Update(ctx, func(tx *store.Tx) (err error) {
		if set, err = s.shelf.At(ctx, tx, now); err != nil {
			return err
		}
		c.shelf = set.Key
		_, err = tx.Exec(ctx, `insert into standing_count (id, begun_at, shelf) values ($1, $2, $3)`, c.ID, store.Millis(now), c.shelf)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("begin to count the country: %w", err)
	}
	var structures, changed atomic.Int64
	parts := make(chan []territory.Structure, workers)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(parts)
		return db.View(ctx, func(tx *store.Tx) error { return split(ctx, tx, parts) })
	})
	for range max(workers, 1) {
		g.Go(func() error {
			for part := range parts {
				n, err := s.countPart(ctx, db, set, part, now)
				if err != nil {
					return err
				}
				structures.Add(int64(len(part)))
				changed.Add(int64(n))
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return c, fmt.Errorf("count the country: %w", err)
	}
	c.Ended, c.Structures, c.Changed = s.now(), structures.Load(), changed.Load()
	err = db.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		_, err := tx.Exec(context.WithoutCancel(ctx), `update standing_count set ended_at = $1, structures = $2, changed = $3 where id = $4`, store.Millis(c.Ended), c.Structures, c.Changed, c.ID)
		return err
	})
	return c, err
}

// countPart judges some structures on what one moment knows, then writes what is different, unless news was faster.
func (s *Standings) countPart(ctx context.Context, db *store.DB, set *Set, part []territory.Structure, now time.Time) (changed int, err error) {
	ids := make([]string, len(part))
	for i, one := range part {
		ids[i] = string(one.ID)
	}
	var seen map[standingKey]standing
	var next []standing
	var worlds []referential.World
	err = db.View(ctx, func(tx *store.Tx) (err error) {
		if seen, err = standingsOf(ctx, tx, ids); err != nil {
			return err
		}
		if next, err = measures(ctx, tx, part, countedKeys(), now); err != nil {
			return err
		}
		worlds, err = worldsOf(ctx, tx, part, now, s.zone, set.Counted.Needs())
		return err
	})
	if err != nil {
		return 0, err
	}
	var different []standing
	for _, one := range append(next, evaluated(set, part, worlds, now)...) {
		if was, known := seen[standingKey{one.structure, one.subject}]; !known || !was.same(one) {
			different = append(different, one)
		}
	}
	if len(different) == 0 {
		return 0, nil
	}
	err = db.Update(ctx, func(tx *store.Tx) error {
		before, err := standingsOf(ctx, tx, ids)
		if err != nil {
			return err
		}
		var still []standing
		for _, one := range different {
			key := standingKey{one.structure, one.subject}
			if before[key] == seen[key] {
				still = append(still, one)
			}
		}
		changed, err = carry(ctx, tx, set, before, still)
		return err
	})
	return changed, err
}

// LastCount gives the last count of the country that was finished; [store.ErrNotFound] before the first.
func LastCount(ctx context.Context, tx *store.Tx) (Counted, error) {
	return store.One(ctx, tx, func(row store.Row) (c Counted, err error) {
		var begun, ended int64
		err = row.Scan(&c.ID, &begun, &ended, &c.shelf, &c.Structures, &c.Changed)
		c.Begun, c.Ended = store.Time(begun), store.Time(ended)
		return c, err
	}, `select id, begun_at, ended_at, shelf, structures, changed from standing_count where ended_at > 0 order by begun_at desc, id desc limit 1`)
}

// countsLast is how long a count of the country holds: verdicts change with the day.
const countsLast = 20 * time.Hour

// Stale tells whether the country has to be counted: the last count is of another day or of other referentials, or structures have come since.
func (s *Standings) Stale(ctx context.Context, tx *store.Tx) (bool, error) {
	now := s.now()
	last, err := LastCount(ctx, tx)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	set, err := s.shelf.At(ctx, tx, now)
	if err != nil {
		return false, err
	}
	if last.shelf != set.Key || now.Sub(last.Begun) >= countsLast {
		return true, nil
	}
	n, err := store.One(ctx, tx, store.Column[int64], `select count(*) from structure where kind in ($1, $2) and status = $3 and created_at > $4`,
		territory.Group, territory.Entity, territory.Active, store.Millis(last.Begun))
	return n > 0, err
}

// Woken tells when there is something to catch up with.
func (s *Standings) Woken() <-chan struct{} { return s.wake }
