package plan

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
)

const columns = `a.id, a.structure_id, a.title, a.detail, a.origin, a.origin_ref, a.origin_url, ` + ownColumns

// ownColumns are those that no asking thing changes.
const ownColumns = `a.state, a.owner_id, a.owner_name, a.due_on, a.effort, a.gain, a.cost, a.closes, a.level, a.beside, a.created_at, a.created_by, a.updated_at, a.closed_at, a.merged_into, a.version`

// askedColumns are [columns] with the thing that asked instead of the first that did.
const askedColumns = `a.id, a.structure_id, a.title, a.detail, o.origin, o.origin_ref, o.origin_url, ` + ownColumns

func scan(row store.Row) (Action, error) {
	var a Action
	var due, created, updated, closed int64
	err := row.Scan(&a.ID, &a.Structure, &a.Title, &a.Detail, &a.Origin, &a.OriginRef, &a.OriginURL, &a.State, &a.OwnerID, &a.OwnerName,
		&due, &a.Effort, &a.Gain, &a.Cost, &a.Closes, &a.Level, &a.Beside, &created, &a.CreatedBy, &updated, &closed, &a.Merged, &a.Version)
	a.DueOn, a.CreatedAt, a.UpdatedAt, a.ClosedAt = store.Time(due), store.Time(created), store.Time(updated), store.Time(closed)
	return a, err
}

// ByID returns one action in scope, or [store.ErrNotFound].
func ByID(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) (Action, error) {
	var w store.Where
	w.And("a.id = ?", id)
	scope.Within(&w, "a.structure_id")
	return store.One(ctx, tx, scan, `select `+columns+` from action a`+w.SQL(), w.Args()...)
}

// Order is how a list of actions is sorted.
type Order string

// The orders: the most urgent first, or what brings most for its effort first.
const (
	ByUrgency Order = ""
	ByWorth   Order = "worth"
)

// Filter narrows a list; its zero value lists everything. An action that several things asked for is found by each of them: with Origin or
// Refs, the origin in each action returned is the one that matched, and an action matched twice comes twice.
type Filter struct {
	Structure string    // one structure, or everything in scope
	States    []State   // any of these
	Origin    Origin    // one origin
	Refs      []string  // any of these identities of the thing that asked
	Owner     string    // id of the person who answers for it
	Words     string    // in the title, whatever the case and accents
	LateAt    time.Time // only those late at this moment
	SoonAt    time.Time // only those not late at this moment and due within [Soon]
	DueFrom   time.Time // only those due at this moment or later
	DueBefore time.Time // only those due before this moment
	Order     Order
}

// asked tells whether the filter looks at what asked for actions.
func (f Filter) asked() bool { return f.Origin != "" || len(f.Refs) > 0 }

// from is the tables the filter reads.
func (f Filter) from() string {
	if f.asked() {
		return ` from action a join action_asked o on o.action_id = a.id`
	}
	return ` from action a`
}

// Soon is how far ahead a due day is near.
const Soon = 14 * 24 * time.Hour

// List returns the actions in scope that pass the filter, the most urgent first: late and dated ones by due day, then the
// others by gain and age. At most limit are returned; total counts them all.
func List(ctx context.Context, tx *store.Tx, scope territory.Scope, f Filter, limit, offset int) (page []Action, total int, err error) {
	build := func() *store.Where {
		w := &store.Where{}
		f.apply(w)
		scope.Within(w, "a.structure_id")
		return w
	}
	w := build()
	total, err = store.One(ctx, tx, store.Column[int], `select count(*)`+f.from()+w.SQL(), w.Args()...)
	if err != nil {
		return nil, 0, fmt.Errorf("count actions: %w", err)
	}
	w = build()
	selected, order := columns, byUrgency
	if f.asked() {
		selected = askedColumns
	}
	if f.Order == ByWorth {
		order = worthSQL + ` desc, ` + byUrgency
	}
	page, err = store.All(ctx, tx, scan, `select `+selected+f.from()+w.SQL()+`
		order by case a.state when 'done' then 2 when 'dropped' then 3 else 1 end, `+order+`
		limit `+w.Arg(limit)+` offset `+w.Arg(offset), w.Args()...)
	if err != nil {
		return nil, 0, fmt.Errorf("list actions: %w", err)
	}
	return page, total, nil
}

const byUrgency = `case when a.due_on = 0 then 1 else 0 end, a.due_on,
			case a.gain when 'high' then 1 when 'medium' then 2 when 'low' then 3 else 4 end, a.created_at, a.id`

func (f Filter) apply(w *store.Where) {
	if f.Structure != "" {
		w.And("a.structure_id = ?", f.Structure)
	}
	if len(f.States) > 0 {
		args := make([]any, len(f.States))
		for i, s := range f.States {
			args[i] = string(s)
		}
		w.And("a.state in ("+marks(len(args))+")", args...)
	}
	if f.Owner != "" {
		w.And("a.owner_id = ?", f.Owner)
	}
	if f.Origin != "" {
		w.And("o.origin = ?", string(f.Origin))
	}
	if len(f.Refs) > 0 {
		args := make([]any, len(f.Refs))
		for i, r := range f.Refs {
			args[i] = r
		}
		w.And("o.origin_ref in ("+marks(len(args))+")", args...)
	}
	if words := territory.Fold(f.Words); words != "" {
		w.And(`a.title_key like ? escape '\'`, "%"+escapeLike(words)+"%")
	}
	if !f.DueFrom.IsZero() {
		w.And("a.due_on >= ?", store.Millis(f.DueFrom))
	}
	if !f.DueBefore.IsZero() {
		w.And("a.due_on <> 0")
		w.And("a.due_on < ?", store.Millis(f.DueBefore))
	}
	if !f.LateAt.IsZero() {
		w.And("a.due_on <> 0")
		w.And("a.due_on < ?", store.Millis(f.LateAt.AddDate(0, 0, -1)))
		w.And("a.state in ('open', 'doing')")
	}
	if !f.SoonAt.IsZero() {
		w.And("a.due_on >= ?", store.Millis(f.SoonAt.AddDate(0, 0, -1)))
		w.And("a.due_on <= ?", store.Millis(f.SoonAt.Add(Soon)))
		w.And("a.state in ('open', 'doing')")
	}
}

// Tally counts actions: by state, and of those to do or in progress the late ones and the ones due soon.
type Tally struct{ Open, Doing, Done, Dropped, Late, Soon int }

// Current is how many actions are not closed.
func (t Tally) Current() int { return t.Open + t.Doing }

// Count tallies the actions of one structure in scope at a moment.
func Count(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, now time.Time) (Tally, error) {
	var w store.Where
	columns := tallyColumns(&w, now)
	w.And("a.structure_id = ?", structure)
	scope.Within(&w, "a.structure_id")
	return tally(ctx, tx, columns+` from action a`+w.SQL(), w.Args())
}

// CountInside tallies the actions in scope of all structures that stand inside an interval.
func CountInside(ctx context.Context, tx *store.Tx, scope territory.Scope, inside territory.Interval, now time.Time) (Tally, error) {
	var w store.Where
	columns := tallyColumns(&w, now)
	w.And("s.lft between ? and ?", inside.Left, inside.Right)
	scope.Within(&w, "a.structure_id")
	return tally(ctx, tx, columns+` from action a join structure s on s.id = a.structure_id`+w.SQL(), w.Args())
}

// CountAll tallies all actions in scope.
func CountAll(ctx context.Context, tx *store.Tx, scope territory.Scope, now time.Time) (Tally, error) {
	var w store.Where
	columns := tallyColumns(&w, now)
	scope.Within(&w, "a.structure_id")
	return tally(ctx, tx, columns+` from action a`+w.SQL(), w.Args())
}

// tallyColumns are what [tally] reads; their parameters come first.
func tallyColumns(w *store.Where, now time.Time) string {
	late := w.Arg(store.Millis(now.AddDate(0, 0, -1)))
	since, until := w.Arg(store.Millis(now.AddDate(0, 0, -1))), w.Arg(store.Millis(now.Add(Soon)))
	return `select count(*) filter (where a.due_on <> 0 and a.due_on < ` + late + ` and a.state in ('open', 'doing')),
		count(*) filter (where a.due_on >= ` + since + ` and a.due_on <= ` + until + ` and a.state in ('open', 'doing')),
		count(*) filter (where a.state = 'open'), count(*) filter (where a.state = 'doing'), count(*) filter (where a.state = 'done'), count(*) filter (where a.state = 'dropped')`
}

func tally(ctx context.Context, tx *store.Tx, query string, args []any) (Tally, error) {
	t, err := store.One(ctx, tx, func(row store.Row) (t Tally, err error) {
		err = row.Scan(&t.Late, &t.Soon, &t.Open, &t.Doing, &t.Done, &t.Dropped)
		return t, err
	}, query, args...)
	if err != nil {
		return t, fmt.Errorf("count actions: %w", err)
	}
	return t, nil
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
