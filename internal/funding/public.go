package funding

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// LeastPublic is how many dossiers stand behind a figure that anybody may read, and behind each change of one.
const LeastPublic = 5

// Others is the region and the category of the dossiers of which there are too few in their own.
const Others = "*"

// The figures that anybody may read, in the order of life: a dossier is in one only when it is in the first.
const (
	publicDeposited = iota
	publicDecided
	publicGranted
	publicCommitted
	publicPaid
	publicFigures
)

// counted is a dossier as figures count it: where, and what it adds to each.
type counted struct {
	region, category string
	of               [publicFigures]int64
}

// cell is where a dossier is counted: the smallest group of which anything is published.
type cell struct{ region, category string }

func (c counted) cell() cell { return cell{c.region, c.category} }

// settle gives what of each dossier is counted next, from what was counted and how dossiers are now, by their ids. Whoever reads the figures of two days and
// subtracts one from the other learns a sum over at least [LeastPublic] dossiers: in each cell a figure moves only when that many dossiers move it together,
// and only when as many, or none, stand behind it afterwards. What is published is sums of cells. A dossier stays in the cell in which it was first counted;
// those that have too few beside them wait, and are counted among the others when pool says so.
func settle(known, now map[string]counted, pool bool) map[string]counted {
	next := maps.Clone(known)
	for figure := range publicFigures {
		moves := map[cell][]string{}
		for id, is := range now {
			was, seen := next[id]
			if is.of[figure] == was.of[figure] || figure > publicDeposited && !seen {
				continue
			}
			at := is.cell()
			if seen {
				at = was.cell()
			}
			moves[at] = append(moves[at], id)
		}
		rest := cell{Others, Others}
		waiting := moves[rest]
		delete(moves, rest)
		for at, ids := range moves {
			if hides(next, now, at, figure, ids) {
				count(next, now, at, figure, ids)
				continue
			}
			waiting = append(waiting, slices.DeleteFunc(ids, func(id string) bool { _, seen := next[id]; return seen })...)
		}
		if figure > publicDeposited || pool {
			if hides(next, now, rest, figure, waiting) {
				count(next, now, rest, figure, waiting)
			}
		}
	}
	return next
}

// hides tells whether no single dossier can be told when some move a figure of a cell together.
func hides(next, now map[string]counted, at cell, figure int, ids []string) bool {
	behind := 0
	for id, c := range next {
		if c.cell() == at && c.of[figure] != 0 && !slices.Contains(ids, id) {
			behind++
		}
	}
	for _, id := range ids {
		if now[id].of[figure] != 0 {
			behind++
		}
	}
	return len(ids) >= LeastPublic && (behind == 0 || behind >= LeastPublic)
}

// count moves a figure of a cell.
func count(next, now map[string]counted, at cell, figure int, ids []string) {
	for _, id := range ids {
		c := next[id]
		c.region, c.category = at.region, at.category
		c.of[figure] = now[id].of[figure]
		next[id] = c
	}
}

// poolEvery is at which of the turns, which are weeks, what waits is counted among the others.
const poolEvery = 4

// Renew makes the figures of a call that anybody may read, once a week: the first time that it is called in a week which begins on Monday. It tells whether
// it did. It is called by the platform.
func (s *Service) Renew(ctx context.Context, tx *store.Tx, call string) (bool, error) {
	now := s.now().In(s.zone)
	monday := time.Date(now.Year(), now.Month(), now.Day()-(int(now.Weekday())+6)%7, 0, 0, 0, 0, s.zone)
	n, err := tx.Exec(ctx, `insert into dossier_public_turn (call_id, turn, at) values ($1, 0, $2)
		on conflict (call_id) do update set turn = dossier_public_turn.turn + 1, at = excluded.at where dossier_public_turn.at < $3`, call, store.Millis(now), store.Millis(monday))
	if err != nil || n == 0 {
		return false, err
	}
	turn, err := store.One(ctx, tx, store.Column[int64], `select turn from dossier_public_turn where call_id = $1`, call)
	if err != nil {
		return false, err
	}
	known, err := countedOf(ctx, tx, call)
	if err != nil {
		return false, err
	}
	current, err := countable(ctx, tx, call, now)
	if err != nil {
		return false, err
	}
	for id, c := range settle(known, current, turn%poolEvery == 0) {
		if was, seen := known[id]; seen && was == c {
			continue
		}
		_, err := tx.Exec(ctx, `insert into dossier_public (dossier_id, call_id, region, category, deposited, decided, granted, committed, paid) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			on conflict (dossier_id) do update set deposited = excluded.deposited, decided = excluded.decided, granted = excluded.granted, committed = excluded.committed, paid = excluded.paid`,
			id, call, c.region, c.category, c.of[publicDeposited], c.of[publicDecided], c.of[publicGranted], c.of[publicCommitted], c.of[publicPaid])
		if err != nil {
			return false, fmt.Errorf("count a dossier of call %s: %w", call, err)
		}
	}
	return true, nil
}

// countedOf reads what of each dossier of a call is counted.
func countedOf(ctx context.Context, tx *store.Tx, call string) (map[string]counted, error) {
	known := map[string]counted{}
	_, err := store.All(ctx, tx, func(row store.Row) (c counted, err error) {
		var id string
		err = row.Scan(&id, &c.region, &c.category, &c.of[publicDeposited], &c.of[publicDecided], &c.of[publicGranted], &c.of[publicCommitted], &c.of[publicPaid])
		known[id] = c
		return c, err
	}, `select dossier_id, region, category, deposited, decided, granted, committed, paid from dossier_public where call_id = $1`, call)
	if err != nil {
		return nil, fmt.Errorf("read what is counted of call %s: %w", call, err)
	}
	return known, nil
}

// countable reads what the dossiers of a call that were ever deposited would add to its figures now; nothing for one that was withdrawn.
func countable(ctx context.Context, tx *store.Tx, call string, at time.Time) (map[string]counted, error) {
	type one struct {
		id        string
		structure territory.Structure
		counted
	}
	list, err := store.All(ctx, tx, func(row store.Row) (o one, err error) {
		s := &o.structure
		return o, row.Scan(&o.id, &s.ID, &s.Kind, &s.GroupKind, &s.Category, &o.region, &o.of[publicDeposited], &o.of[publicDecided], &o.of[publicGranted], &o.of[publicCommitted], &o.of[publicPaid])
	}, `select d.id, s.id, s.kind, coalesce(s.group_kind, ''), coalesce(s.category, ''), coalesce(r.id, ''), case when d.state <> $1 then 1 else 0 end,
		case when d.state <> $2 and d.decided_at > 0 then 1 else 0 end, case when d.state <> $3 and d.granted > 0 then 1 else 0 end, d.committed, d.paid - d.paid_back
		from dossier d join structure s on s.id = d.structure_id left join structure r on r.kind = 'region' and s.lft between r.lft and r.rgt where d.call_id = $4 and d.deposited_at > 0`,
		string(Withdrawn), string(Withdrawn), string(Withdrawn), call)
	if err != nil {
		return nil, fmt.Errorf("read the dossiers of call %s to count them: %w", call, err)
	}
	structures := make([]territory.Structure, len(list))
	for i, o := range list {
		structures[i] = o.structure
	}
	categories, err := proof.Categories(ctx, tx, structures, at)
	if err != nil {
		return nil, err
	}
	now := make(map[string]counted, len(list))
	for _, o := range list {
		o.category = categories[string(o.structure.ID)]
		now[o.id] = o.counted
	}
	return now, nil
}

// Public is what anybody may read of the dossiers of a call.
type Public struct {
	At       time.Time // when it was made; zero: never
	Lines    []Line    // by region and category; the figures of each have none or at least [LeastPublic] dossiers behind them
	Envelope Cents     // all parts together; 0: not set
}

// PublicOf reads the figures of a call as they were last made ([Service.Renew]). They name nobody.
func PublicOf(ctx context.Context, tx *store.Tx, call string) (p Public, err error) {
	at, err := store.One(ctx, tx, store.Column[int64], `select coalesce(max(at), 0) from dossier_public_turn where call_id = $1`, call)
	if err != nil {
		return p, fmt.Errorf("read when the figures of call %s were made: %w", call, err)
	}
	p.At = store.Time(at)
	if p.Envelope, err = store.One(ctx, tx, store.Column[Cents], `select coalesce(sum(total), 0) from envelope where call_id = $1`, call); err != nil {
		return p, fmt.Errorf("read the envelope of %s: %w", call, err)
	}
	p.Lines, err = store.All(ctx, tx, func(row store.Row) (l Line, err error) {
		return l, row.Scan(&l.Region, &l.RegionName, &l.Category, &l.Dossiers, &l.Decided, &l.Granted, &l.Holding, &l.Receiving, &l.Committed, &l.Paid)
	}, `select p.region, coalesce(r.name, ''), p.category, sum(p.deposited), sum(p.decided), sum(p.granted), count(*) filter (where p.committed <> 0), count(*) filter (where p.paid <> 0),
		sum(p.committed), sum(p.paid) from dossier_public p left join structure r on r.id = p.region where p.call_id = $1 group by p.region, r.name, p.category order by r.name, p.region, p.category`, call)
	if err != nil {
		return p, fmt.Errorf("read the figures of call %s: %w", call, err)
	}
	return p, nil
}
