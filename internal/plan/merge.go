package plan

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Asking is one thing that asked for an action, in its own words.
type Asking struct {
	Origin        Origin
	Ref           string // identity of the thing; of an action made by hand, the action's id
	URL           string // page that explains it, or empty
	Title, Detail string
	Closes        int64 // findings it counts; 0 when not counted
	At            time.Time
}

// AskedFor returns everything that asked for an action in scope, the first first.
func AskedFor(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) ([]Asking, error) {
	var w store.Where
	w.And("o.action_id = ?", id)
	scope.Within(&w, "a.structure_id")
	list, err := store.All(ctx, tx, func(row store.Row) (k Asking, err error) {
		var at int64
		err = row.Scan(&k.Origin, &k.Ref, &k.URL, &k.Title, &k.Detail, &k.Closes, &at)
		k.At = store.Time(at)
		return k, err
	}, `select o.origin, o.origin_ref, o.origin_url, o.title, o.detail, o.closes, o.asked_at from action_asked o join action a on a.id = o.action_id`+w.SQL()+`
		order by o.asked_at, o.origin, o.origin_ref`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read what asked for an action: %w", err)
	}
	return list, nil
}

// asked finds the action, not dropped, that the same thing asked for.
func asked(ctx context.Context, tx *store.Tx, scope territory.Scope, a Action) (string, error) {
	var w store.Where
	w.And("a.structure_id = ?", a.Structure)
	w.And("o.origin = ?", string(a.Origin))
	w.And("o.origin_ref = ?", a.OriginRef)
	w.And("a.state <> 'dropped'")
	scope.Within(&w, "a.structure_id")
	return store.One(ctx, tx, store.Column[string], `select min(a.id) from action a join action_asked o on o.action_id = a.id`+w.SQL()+` having count(*) > 0`, w.Args()...)
}

// sameWords finds the action to be done that another kind of thing asked for in the same words. What people write by hand is theirs.
func sameWords(ctx context.Context, tx *store.Tx, scope territory.Scope, a Action) (string, error) {
	var w store.Where
	w.And("a.structure_id = ?", a.Structure)
	w.And("a.title_key = ?", territory.Fold(a.Title))
	w.And("a.origin <> ?", string(a.Origin))
	w.And("a.origin <> ?", string(ByHand))
	w.And("a.state in ('open', 'doing')")
	scope.Within(&w, "a.structure_id")
	return store.One(ctx, tx, store.Column[string], `select min(a.id) from action a`+w.SQL()+` having count(*) > 0`, w.Args()...)
}

// join makes an action serve one more thing that asks for it. The caller found the action in scope.
func join(ctx context.Context, tx *store.Tx, id string, a Action, now time.Time) error {
	if err := keepAsked(ctx, tx, id, a, now); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update action set closes = closes + $1, updated_at = $2, version = version + 1 where id = $3`, max(0, a.Closes), store.Millis(now), id); err != nil {
		return fmt.Errorf("join what asks for an action: %w", err)
	}
	state, err := store.One(ctx, tx, store.Column[State], `select state from action where id = $1`, id)
	if err != nil {
		return err
	}
	return note(ctx, tx, Event{Action: id, At: now, By: a.CreatedBy, Kind: Joined, State: state, Note: a.Title}, 0)
}

// keepAsked keeps what asked for an action.
func keepAsked(ctx context.Context, tx *store.Tx, id string, a Action, now time.Time) error {
	ref := a.OriginRef
	if ref == "" {
		ref = id
	}
	_, err := tx.Exec(ctx, `insert into action_asked (action_id, origin, origin_ref, origin_url, title, detail, closes, asked_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (action_id, origin, origin_ref) do nothing`, id, string(a.Origin), ref, a.OriginURL, a.Title, a.Detail, max(0, a.Closes), store.Millis(now))
	if err != nil {
		return fmt.Errorf("keep what asked for an action: %w", err)
	}
	return nil
}

// stillFree tells whether nothing that asked for a dropped action has asked for another since.
func stillFree(ctx context.Context, tx *store.Tx, a Action) error {
	n, err := store.One(ctx, tx, store.Column[int], `select count(*) from action_asked mine
		join action_asked theirs on theirs.origin = mine.origin and theirs.origin_ref = mine.origin_ref and theirs.action_id <> mine.action_id
		join action b on b.id = theirs.action_id and b.structure_id = $1 and b.state <> 'dropped' where mine.action_id = $2`, a.Structure, a.ID)
	if err != nil {
		return fmt.Errorf("look whether an action was asked for again: %w", err)
	}
	if n > 0 {
		return fault.Conflict("plan.asked_again")
	}
	return nil
}

// Merge makes several actions of one structure into one, which is kept as it is but for the findings it closes, the cost, and the earliest due day:
// the others are dropped and lead to it, and what asked for them asks for it from now on. Their titles, details and histories stay readable. All must be in scope
// and of the structure of kept, or it fails with [store.ErrNotFound]; a dropped one, or one that changed since versions were read, is a conflict. A due day
// is never put off by a merge. [Part] takes it back.
func Merge(ctx context.Context, tx *store.Tx, scope territory.Scope, kept Action, others []Action, by string, now time.Time) error {
	into, err := ByID(ctx, tx, scope, kept.ID)
	if err != nil {
		return err
	}
	if into.Version != kept.Version || into.State == Dropped {
		return fault.Conflict("plan.changed_meanwhile")
	}
	before, err := mergesInto(ctx, tx, into.ID)
	if err != nil {
		return err
	}
	base := into.DueOn
	if len(before) > 0 && into.DueOn.Equal(earliest(before[0].BaseDue, before)) {
		base = before[0].BaseDue // nobody changed the due day since the first merge
	}
	due, cost, closes := into.DueOn, into.Cost, into.Closes
	for _, o := range others {
		was, err := ByID(ctx, tx, scope, o.ID)
		if err != nil {
			return err
		}
		switch {
		case was.Structure != into.Structure:
			return store.ErrNotFound
		case was.ID == into.ID:
			return errors.New("merge actions: an action cannot be merged into itself")
		case was.Version != o.Version, was.State == Dropped:
			return fault.Conflict("plan.changed_meanwhile")
		}
		m := merge{Action: was.ID, Into: into.ID, At: now, State: was.State, BaseDue: base, Due: was.DueOn, Cost: min(was.Cost, maxCost-cost)}
		if err := take(ctx, tx, scope, into, was, &m, by, now); err != nil {
			return err
		}
		due, cost, closes = earliest(due, []merge{m}), cost+m.Cost, closes+m.Closes
	}
	var w store.Where
	set := `closes = ` + w.Arg(closes) + `, due_on = ` + w.Arg(store.Millis(due)) + `, cost = ` + w.Arg(cost) + `, `
	return save(ctx, tx, scope, into, change{set: set, where: &w, state: into.State, version: into.Version, by: by}, now)
}

// merge is what one merged action brought to another, so that it can be given back.
type merge struct {
	Action, Into string
	At           time.Time
	State        State     // of the merged one before
	BaseDue      time.Time // due day of the other without any merge
	Due          time.Time // due day that the merged one brought
	Cost, Closes int64
}

// earliest is the first of a due day and those of merges; a zero day is none.
func earliest(base time.Time, merges []merge) time.Time {
	for _, m := range merges {
		if !m.Due.IsZero() && (base.IsZero() || m.Due.Before(base)) {
			base = m.Due
		}
	}
	return base
}

// mergesInto lists what was merged into an action that the caller found in scope, the first first.
func mergesInto(ctx context.Context, tx *store.Tx, into string) ([]merge, error) {
	list, err := store.All(ctx, tx, scanMerge, selectMerge+` where into_id = $1 order by merged_at, action_id`, into)
	if err != nil {
		return nil, fmt.Errorf("read what was merged into an action: %w", err)
	}
	return list, nil
}

const selectMerge = `select action_id, into_id, merged_at, state, base_due, due, cost, closes from action_merge`

func scanMerge(row store.Row) (m merge, err error) {
	var at, base, due int64
	err = row.Scan(&m.Action, &m.Into, &at, &m.State, &base, &due, &m.Cost, &m.Closes)
	m.At, m.BaseDue, m.Due = store.Time(at), store.Time(base), store.Time(due)
	return m, err
}

// take drops one action in favour of another, hands over what asked for it, and keeps what it brought.
func take(ctx context.Context, tx *store.Tx, scope territory.Scope, into, was Action, m *merge, by string, now time.Time) (err error) {
	if m.Closes, err = store.One(ctx, tx, store.Column[int64], `select coalesce(sum(mine.closes), 0) from action_asked mine where mine.action_id = $1
		and not exists (select 1 from action_asked theirs where theirs.action_id = $2 and theirs.origin = mine.origin and theirs.origin_ref = mine.origin_ref)`, was.ID, into.ID); err != nil {
		return fmt.Errorf("merge actions: %w", err)
	}
	if _, err := tx.Exec(ctx, `insert into action_asked (action_id, origin, origin_ref, origin_url, title, detail, closes, asked_at, came_from)
		select $1, origin, origin_ref, origin_url, title, detail, closes, asked_at, $2 from action_asked where action_id = $2
		on conflict (action_id, origin, origin_ref) do nothing`, into.ID, was.ID); err != nil {
		return fmt.Errorf("merge actions: %w", err)
	}
	if _, err := tx.Exec(ctx, `insert into action_merge (action_id, into_id, merged_at, state, base_due, due, cost, closes) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		m.Action, m.Into, store.Millis(m.At), string(m.State), store.Millis(m.BaseDue), store.Millis(m.Due), m.Cost, m.Closes); err != nil {
		return fmt.Errorf("merge actions: %w", err)
	}
	var w store.Where
	set := `merged_into = ` + w.Arg(into.ID) + `, `
	if err := save(ctx, tx, scope, was, change{set: set, where: &w, state: Dropped, version: was.Version, by: by, kind: Gone, note: into.Title}, now); err != nil {
		return err
	}
	return note(ctx, tx, Event{Action: into.ID, At: now, By: by, Kind: Took, State: into.State, Note: was.Title}, 0)
}
