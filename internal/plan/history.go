package plan

import (
	"context"
	"fmt"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
)

// EventKind says what happened to an action.
type EventKind string

// The kinds of event.
const (
	Asked     EventKind = "asked"      // it came into the plan
	Joined    EventKind = "joined"     // something else asked for it too; the note is in whose words
	Moved     EventKind = "moved"      // its state changed
	Edited    EventKind = "edited"     // something else of it changed
	Took      EventKind = "took"       // another was merged into it; the note is that one's title
	Gone      EventKind = "gone"       // it was merged into another; the note is that one's title
	Parted    EventKind = "parted"     // its merge was taken back; the note is the other's title
	GaveBack  EventKind = "gave-back"  // one that was merged into it is by itself again; the note is that one's title
	FoundBack EventKind = "found-back" // an audit found again what it was to mend
)

// Event is one line of the history of an action. Lines are never edited.
type Event struct {
	Action string
	At     time.Time
	By     string // person, or the name of the module that acted
	Kind   EventKind
	State  State // afterwards
	Note   string
}

// note adds a line to the history of an action that was authorised by the caller.
func note(ctx context.Context, tx *store.Tx, e Event, open int) error {
	_, err := tx.Exec(ctx, `insert into action_event (action_id, position, at, by_whom, kind, state, open_by, note)
		values ($1, (select coalesce(max(position), 0) + 1 from action_event where action_id = $1), $2, $3, $4, $5, $6, $7)`,
		e.Action, store.Millis(e.At), e.By, string(e.Kind), string(e.State), open, e.Note)
	if err != nil {
		return fmt.Errorf("note what happened to an action: %w", err)
	}
	return nil
}

// openBy is how many more actions are open after a change of state; a new action comes from [Dropped].
func openBy(from, to State) int {
	switch {
	case from.Closed() && !to.Closed():
		return 1
	case !from.Closed() && to.Closed():
		return -1
	}
	return 0
}

// mostEvents bounds the history of one action that is read.
const mostEvents = 200

// Events returns the history of an action in scope, the latest first; at most 200 lines.
func Events(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) ([]Event, error) {
	var w store.Where
	w.And("e.action_id = ?", id)
	scope.Within(&w, "a.structure_id")
	events, err := store.All(ctx, tx, func(row store.Row) (e Event, err error) {
		var at int64
		err = row.Scan(&e.Action, &at, &e.By, &e.Kind, &e.State, &e.Note)
		e.At = store.Time(at)
		return e, err
	}, `select e.action_id, e.at, e.by_whom, e.kind, e.state, e.note from action_event e join action a on a.id = e.action_id`+w.SQL()+`
		order by e.position desc limit `+w.Arg(mostEvents), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the history of an action: %w", err)
	}
	return events, nil
}

// Level is how many actions were open at a moment.
type Level struct {
	At     time.Time
	Open   int
	Closed int // of those closed since the moment before
}

// Burndown returns how many actions in scope were open at the end of each of some weeks, the last of which ends now. An empty structure
// counts all in scope.
func Burndown(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, weeks int, now time.Time) ([]Level, error) {
	const week = 7 * 24 * time.Hour
	start := now.Add(-time.Duration(weeks) * week)
	var w store.Where
	// Week 0 is everything up to the start; an event at the very end of a week belongs to it.
	bucket := `case when e.at <= ` + w.Arg(store.Millis(start)) + ` then 0 else (e.at - ` + w.Arg(store.Millis(start)+1) + `) / ` + w.Arg(week.Milliseconds()) + ` + 1 end`
	w.And("e.open_by <> 0")
	w.And("e.at <= ?", store.Millis(now))
	if structure != "" {
		w.And("a.structure_id = ?", structure)
	}
	scope.Within(&w, "a.structure_id")
	type sum struct{ bucket, open, closed int }
	sums, err := store.All(ctx, tx, func(row store.Row) (s sum, err error) { return s, row.Scan(&s.bucket, &s.open, &s.closed) },
		`select part, sum(open_by), count(*) filter (where open_by < 0) from (select `+bucket+` as part, e.open_by from action_event e join action a on a.id = e.action_id`+w.SQL()+`) parts group by part`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("count open actions by week: %w", err)
	}
	levels := make([]Level, weeks+1)
	for _, s := range sums {
		if s.bucket < 0 || s.bucket > weeks {
			return nil, fmt.Errorf("count open actions by week: week %d of %d", s.bucket, weeks)
		}
		levels[s.bucket] = Level{Open: s.open, Closed: s.closed}
	}
	for i := range levels {
		levels[i].At = start.Add(time.Duration(i) * week)
		if i > 0 {
			levels[i].Open += levels[i-1].Open
		}
	}
	return levels, nil
}
