package overview

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Keys of the facts that tell where a directory stands.
const (
	levelKey   = "directory.level"
	atMostKey  = "directory.level_upper_bound"
	worstLevel = 1
	bestLevel  = 5
)

// measure is the newest level of a directory.
type measure struct {
	level  int
	atMost bool
	at     time.Time
}

// measured are the joins that give a structure s its newest level.
const measured = ` left join fact_current l on l.structure_id = s.id and l.key = '` + levelKey + `'
	left join fact_current b on b.structure_id = s.id and b.key = '` + atMostKey + `'`

// measureColumns are read by scanMeasure; a structure that was never measured has level 0.
const measureColumns = `coalesce(l.number, 0), coalesce(b.number, 0), coalesce(l.observed_at, 0)`

// scanned is where a row puts the columns of a measure.
type scanned struct {
	level, atMost float64
	at            int64
}

func (s *scanned) into() []any { return []any{&s.level, &s.atMost, &s.at} }

func (s *scanned) measure() *measure {
	if s.at == 0 {
		return nil
	}
	return &measure{level: int(s.level), atMost: s.atMost != 0, at: store.Time(s.at)}
}

// listed is one structure of the list.
type listed struct {
	territory.Structure
	Measure *measure // nil when there is none, or when the reader may not see it
}

// choice is what the list is to show.
type choice struct {
	territory.Filter
	Level         string          // "1" to "5", "none", or empty
	Posture       territory.Scope // where the reader may see levels; filters on levels show nothing outside
	Sort          string          // name, level or measured
	Desc          bool
	Limit, Offset int
}

// neverMeasured is the filter on structures without a level.
const neverMeasured = "none"

// where gathers the conditions of the list.
func (c choice) where(ctx context.Context, tx *store.Tx, scope territory.Scope) (*store.Where, error) {
	w := &store.Where{}
	if c.Below != "" {
		below, err := territory.Get(ctx, tx, scope, c.Below)
		if err != nil {
			return nil, err
		}
		w.And("s.lft between ? and ?", below.Interval.Left, below.Interval.Right)
	}
	c.Filter.Where(w)
	switch level, err := strconv.Atoi(c.Level); {
	case c.Level == neverMeasured:
		w.And("l.number is null")
	case err == nil:
		w.And("l.number = ?", level)
	}
	if c.Level != "" || c.Sort != "name" {
		c.Posture.Within(w, "s.id")
	}
	scope.Within(w, "s.id")
	return w, nil
}

// order of the list; what was never measured comes last either way.
func (c choice) order() string {
	column, way := "", ""
	switch c.Sort {
	case "level":
		column = "l.number"
	case "measured":
		column = "l.observed_at"
	}
	if c.Desc {
		way = " desc"
	}
	if column == "" {
		return ` order by s.name_key` + way + `, s.id`
	}
	return ` order by case when l.number is null then 1 else 0 end, ` + column + way + `, s.name_key, s.id`
}

// mostCounted bounds how far a list is counted: beyond, the page only says that there is more.
const mostCounted = 2000

// structures reads a page of the list; total is -1 when there are more than are counted.
func structures(ctx context.Context, tx *store.Tx, scope territory.Scope, c choice) (page []listed, total int, err error) {
	w, err := c.where(ctx, tx, scope)
	if err != nil {
		return nil, 0, err
	}
	total, err = store.One(ctx, tx, store.Column[int],
		`select count(*) from (select 1 as one from structure s`+measured+w.SQL()+` limit `+w.Arg(mostCounted+1)+`) counted`, w.Args()...)
	if err != nil {
		return nil, 0, fmt.Errorf("count structures: %w", err)
	}
	if total > mostCounted {
		total = -1
	}
	if w, err = c.where(ctx, tx, scope); err != nil {
		return nil, 0, err
	}
	page, err = store.All(ctx, tx, func(row store.Row) (one listed, err error) {
		var m scanned
		s := &one.Structure
		err = row.Scan(append([]any{&s.ID, &s.Kind, &s.GroupKind, &s.Name, &s.Finess, &s.City, &s.Department, &s.Interval.Left, &s.Interval.Right}, m.into()...)...)
		if c.Posture.Holds(s.Interval) {
			one.Measure = m.measure()
		}
		return one, err
	}, `select s.id, s.kind, s.group_kind, s.name, s.finess, s.city, s.department, s.lft, s.rgt, `+measureColumns+` from structure s`+measured+w.SQL()+
		c.order()+` limit `+w.Arg(c.Limit)+` offset `+w.Arg(c.Offset), w.Args()...)
	if err != nil {
		return nil, 0, fmt.Errorf("list structures: %w", err)
	}
	return page, total, nil
}

// latest reads the structures of some kind measured last inside an interval.
func latest(ctx context.Context, tx *store.Tx, scope territory.Scope, inside territory.Interval, limit int) ([]listed, error) {
	var w store.Where
	w.And("l.key = ?", levelKey)
	w.And("s.kind = ?", string(territory.Entity))
	w.And("s.status = ?", string(territory.Active))
	w.And("s.lft between ? and ?", inside.Left, inside.Right)
	scope.Within(&w, "s.id")
	return store.All(ctx, tx, func(row store.Row) (one listed, err error) {
		var m scanned
		err = row.Scan(append([]any{&one.ID, &one.Name, &one.City}, m.into()...)...)
		one.Measure = m.measure()
		return one, err
	}, `select s.id, s.name, s.city, `+measureColumns+` from fact_current l join structure s on s.id = l.structure_id
		left join fact_current b on b.structure_id = s.id and b.key = '`+atMostKey+`'`+w.SQL()+` order by l.observed_at desc, s.id limit `+w.Arg(limit), w.Args()...)
}

// part is one region or group of a survey.
type part struct {
	territory.Structure
	Entities int
	ByLevel  [bestLevel + 1]int // at 0 those never measured
}

// Measured is how many of its entities have a level.
func (p part) Measured() int { return p.Entities - p.ByLevel[0] }

// parts counts the active entities of each structure of a kind inside an interval by level.
func parts(ctx context.Context, tx *store.Tx, scope territory.Scope, kind territory.Kind, inside territory.Interval) ([]part, error) {
	var w store.Where
	w.And("g.kind = ?", string(kind))
	w.And("g.status = ?", string(territory.Active))
	w.And("g.lft between ? and ?", inside.Left, inside.Right)
	scope.Within(&w, "g.id")
	type line struct {
		part
		level float64
		n     int
	}
	lines, err := store.All(ctx, tx, func(row store.Row) (l line, err error) {
		err = row.Scan(&l.ID, &l.Kind, &l.GroupKind, &l.Name, &l.level, &l.n)
		return l, err
	}, `select g.id, g.kind, g.group_kind, g.name, coalesce(l.number, 0), count(*) from structure g
		join structure s on s.lft between g.lft and g.rgt and s.kind = 'entity' and s.status = 'active'
		left join fact_current l on l.structure_id = s.id and l.key = '`+levelKey+`'`+w.SQL()+`
		group by g.id, g.kind, g.group_kind, g.name, g.name_key, coalesce(l.number, 0) order by g.name_key, g.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("count the structures of each part: %w", err)
	}
	var all []part
	for _, l := range lines {
		if len(all) == 0 || all[len(all)-1].ID != l.ID {
			all = append(all, l.part)
		}
		p := &all[len(all)-1]
		p.Entities += l.n
		p.ByLevel[levelIndex(l.level)] += l.n
	}
	return all, nil
}

// levelIndex is the place of a level in a count by level.
func levelIndex(level float64) int { return min(max(int(level), 0), bestLevel) }

// levels reads the newest level of some structures in scope.
func levels(ctx context.Context, tx *store.Tx, scope territory.Scope, at time.Time, structures ...string) (map[string]*measure, error) {
	found := map[string]*measure{}
	level, err := proof.Latest(ctx, tx, scope, levelKey, at, structures...)
	if err != nil {
		return nil, err
	}
	bound, err := proof.Latest(ctx, tx, scope, atMostKey, at, structures...)
	if err != nil {
		return nil, err
	}
	for id, f := range level {
		found[id] = &measure{level: int(f.Value.Number), atMost: bound[id].Value.Bool, at: f.ObservedAt}
	}
	return found, nil
}

// people counts the accounts of the installation; the reader administers it.
func people(ctx context.Context, tx *store.Tx) (int, error) {
	return store.One(ctx, tx, store.Column[int], `select count(*) from person`)
}

// postureOf is where a reader may see levels.
func postureOf(actor right.Actor) territory.Scope { return right.Visible(actor, right.SeePosture) }
