// Package job does work in the background that survives the process.
//
// A job is a row, put in the transaction of the act that asks for it: both
// happen or neither does. A [Runner] claims waiting jobs under a lease,
// keeps the lease alive while the handler works, and closes the job in the same transaction
// that writes the result. When a process dies, its leases run out and another
// attempt begins.
//
//	queue := job.NewQueue(db, time.Now)
//	err := db.Update(ctx, func(tx *store.Tx) error {
//		id, err = queue.Enqueue(ctx, tx, job.New{Kind: "audit.run", Structure: s, Args: args})
//		return err
//	})
//
//	runner := job.NewRunner(queue, job.Options{})
//	runner.Handle("audit.run", func(ctx context.Context, j job.Job, p *job.Progress) error {
//		… // long work, which calls p.Report
//		p.Finish(func(ctx context.Context, tx *store.Tx) (any, error) { … })
//		return nil
//	})
//	err := runner.Run(ctx) // until ctx ends
//
// # What a handler may rely on
//
// It may run more than once: after a crash, after an error, or when its machine
// was so slow that the lease ran out. What it writes through
// [Progress.Finish] happens exactly once; anything else it does must bear repetition. Its
// context ends when the job is cancelled, when the lease is lost and
// when the runner stops; it should then return soon.
//
// Runners on several machines share the work of one database. A job enqueued
// on the same machine starts at once, one from elsewhere within a second.
package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"hygie/internal/store"
	"hygie/internal/territory"
)

// State says where a job stands.
type State string

// The states. The last three are ends.
const (
	Waiting   State = "waiting" // for its time, for a worker, or for its next attempt
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed" // no further attempt will be made
	Cancelled State = "cancelled"
)

// Ended tells whether nothing more will happen.
func (s State) Ended() bool { return s == Done || s == Failed || s == Cancelled }

// Valid tells whether s is one of the states.
func (s State) Valid() bool {
	return slices.Contains([]State{Waiting, Running, Done, Failed, Cancelled}, s)
}

// Job is a piece of work as it stands in the database.
type Job struct {
	ID          string
	Kind        string
	Structure   string // empty for the work of the platform itself
	CreatedBy   string // who asked for it; empty for the platform itself
	Args        json.RawMessage
	State       State
	Attempt     int // attempts begun
	MaxAttempts int
	RunAt       time.Time // not before
	CancelAsked bool

	Done, Total int64  // progress, in the unit of the handler; Total is 0 while unknown
	Message     string // what it is doing, as the handler said last

	Result    json.RawMessage // what Finish gave; "null" before and without
	Error     string          // of the last attempt that failed; technical, in English
	CreatedAt time.Time
	StartedAt time.Time // of the last attempt; zero before the first
	EndedAt   time.Time // zero before the end

	lease string
}

// Topic is the name under which changes of the job are announced to pages.
func (j Job) Topic() string { return "job/" + j.ID }

// New describes a job to enqueue.
type New struct {
	Kind      string
	Structure string // whom it concerns, which decides who sees it; may be empty
	CreatedBy string
	Args      any // written as JSON; nil for none

	// Unique, when not empty, keeps a second job of the kind with the same key
	// away as long as the first is not ended.
	Unique string

	Priority    int       // higher first; 0 is usual
	RunAt       time.Time // not before; at once when zero
	MaxAttempts int       // 5 when 0
}

const defaultAttempts = 5

// Queue puts jobs in the database.
type Queue struct {
	db   *store.DB
	now  func() time.Time
	wake chan struct{} // capacity 1; never closed
}

// NewQueue gives the queue of a database.
func NewQueue(db *store.DB, now func() time.Time) *Queue {
	return &Queue{db: db, now: now, wake: make(chan struct{}, 1)}
}

// Wake makes the runner of this process look for work now. It never blocks.
func (q *Queue) Wake() {
	select {
	case q.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Enqueue puts a job, which exists once tx commits, and gives its id. When
// New.Unique names a job that is not ended, it gives the id of that one.
func (q *Queue) Enqueue(ctx context.Context, tx *store.Tx, n New) (id string, err error) {
	if n.Kind == "" {
		return "", errors.New("enqueue job: the kind is missing")
	}
	args, err := json.Marshal(n.Args)
	if err != nil {
		return "", fmt.Errorf("enqueue job %s: write its arguments: %w", n.Kind, err)
	}
	now := q.now()
	if n.RunAt.IsZero() {
		n.RunAt = now
	}
	if n.MaxAttempts <= 0 {
		n.MaxAttempts = defaultAttempts
	}
	var structure *string
	if n.Structure != "" {
		structure = &n.Structure
	}
	id = store.NewID(now)
	rows, err := tx.Exec(ctx, `
		insert into job (id, kind, structure_id, created_by, args, state, priority, unique_key, max_attempts, run_at, created_at)
		values ($1, $2, $3, $4, $5, 'waiting', $6, $7, $8, $9, $10)
		on conflict (kind, unique_key) where unique_key <> '' and state in ('waiting', 'running') do nothing`,
		id, n.Kind, structure, n.CreatedBy, string(args), n.Priority, n.Unique, n.MaxAttempts, store.Millis(n.RunAt), store.Millis(now))
	if err != nil {
		return "", fmt.Errorf("enqueue job %s: %w", n.Kind, err)
	}
	if rows == 1 {
		tx.AfterCommit(q.Wake)
		return id, nil
	}
	id, err = store.One(ctx, tx, store.Column[string], `
		select id from job where kind = $1 and unique_key = $2 and state in ('waiting', 'running')`, n.Kind, n.Unique)
	if err != nil {
		return "", fmt.Errorf("enqueue job %s: find the one that is waiting: %w", n.Kind, err)
	}
	return id, nil
}

// Cancel asks that a job in scope be given up. One that waits is cancelled at
// once, one that runs as soon as its handler notices. It is no error that it
// has ended.
func (q *Queue) Cancel(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) error {
	j, err := ByID(ctx, tx, scope, id)
	if err != nil {
		return err
	}
	// The second statement is for a job that was claimed since it was read.
	_, err = tx.Exec(ctx, `
		update job set state = 'cancelled', cancel_asked = true, ended_at = $1 where id = $2 and state = 'waiting'`,
		store.Millis(q.now()), j.ID)
	if err == nil {
		_, err = tx.Exec(ctx, `update job set cancel_asked = true where id = $1 and state = 'running'`, j.ID)
	}
	if err != nil {
		return fmt.Errorf("cancel job %s: %w", id, err)
	}
	return nil
}

// Again puts a failed or cancelled job in scope back, with all its attempts before it.
func (q *Queue) Again(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) error {
	j, err := ByID(ctx, tx, scope, id)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
		update job set state = 'waiting', attempt = 0, run_at = $1, ended_at = 0, cancel_asked = false, progress_done = 0, progress_total = 0, message = ''
		where id = $2 and state in ('failed', 'cancelled')`, store.Millis(q.now()), j.ID)
	switch {
	case store.IsUnique(err):
		return fmt.Errorf("run job %s again: another one does the same work", id)
	case err != nil:
		return fmt.Errorf("run job %s again: %w", id, err)
	case n == 0:
		return fmt.Errorf("run job %s again: it is %s", id, j.State)
	}
	tx.AfterCommit(q.Wake)
	return nil
}

// Prune deletes jobs that ended before a moment, and tells how many.
func Prune(ctx context.Context, tx *store.Tx, before time.Time) (int64, error) {
	n, err := tx.Exec(ctx, `delete from job where ended_at > 0 and ended_at < $1`, store.Millis(before))
	if err != nil {
		return 0, fmt.Errorf("delete old jobs: %w", err)
	}
	return n, nil
}

// columns are not qualified, since SQLite knows no alias after "returning".
const columns = `id, kind, coalesce(structure_id, ''), created_by, args, state, attempt, max_attempts, run_at, cancel_asked,
	progress_done, progress_total, message, result, error, created_at, started_at, ended_at, lease_by`

func scan(row store.Row) (Job, error) {
	var j Job
	var args, result string
	var runAt, created, started, ended int64
	err := row.Scan(&j.ID, &j.Kind, &j.Structure, &j.CreatedBy, &args, &j.State, &j.Attempt, &j.MaxAttempts, &runAt, &j.CancelAsked,
		&j.Done, &j.Total, &j.Message, &result, &j.Error, &created, &started, &ended, &j.lease)
	j.Args, j.Result = json.RawMessage(args), json.RawMessage(result)
	j.RunAt, j.CreatedAt, j.StartedAt, j.EndedAt = store.Time(runAt), store.Time(created), store.Time(started), store.Time(ended)
	return j, err
}

// ByID reads a job in scope. A job without a structure is in the scope of the
// whole installation only (see [territory.Scope.Whole]).
func ByID(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) (Job, error) {
	var w store.Where
	w.And("j.id = ?", id)
	within(scope, &w)
	j, err := store.One(ctx, tx, scan, `select `+columns+` from job j`+w.SQL(), w.Args()...)
	if err != nil {
		return Job{}, fmt.Errorf("read job %s: %w", id, err)
	}
	return j, nil
}

func within(scope territory.Scope, w *store.Where) {
	// The territory's predicate wants a structure, which the platform's own jobs have not.
	if !scope.Whole() {
		scope.Within(w, "j.structure_id")
	}
}

// Filter narrows a list of jobs. Its zero value is everything in scope.
type Filter struct {
	Structure string
	Kind      string
	States    []State
	Before    string // only jobs enqueued before the one with this id: the next page
	Limit     int    // 50 when 0; at most 500
}

// List reads jobs in scope, the latest first.
func List(ctx context.Context, tx *store.Tx, scope territory.Scope, f Filter) ([]Job, error) {
	var w store.Where
	within(scope, &w)
	if f.Structure != "" {
		w.And("j.structure_id = ?", f.Structure)
	}
	if f.Kind != "" {
		w.And("j.kind = ?", f.Kind)
	}
	if f.Before != "" {
		w.And("j.id < ?", f.Before)
	}
	if len(f.States) > 0 {
		any, marks := []any{}, ""
		for i, s := range f.States {
			if i > 0 {
				marks += ", "
			}
			marks += "?"
			any = append(any, string(s))
		}
		w.And("j.state in ("+marks+")", any...)
	}
	limit := min(f.Limit, 500)
	if limit <= 0 {
		limit = 50
	}
	where := w.SQL()
	jobs, err := store.All(ctx, tx, scan, `select `+columns+` from job j`+where+` order by j.id desc limit `+w.Arg(limit), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	return jobs, nil
}
