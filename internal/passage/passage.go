// Package passage is the life of an audit's run between the act that asked for it and its end, whatever the audit looks at: a row that waits,
// a job that works on it, and one of two ends.
//
//	runs := passage.Runs("audit_run")
//	if err := runs.AwaitOlder(ctx, db, run); err != nil { … }
//	if err := work(…); err != nil {
//		return runs.GiveUp(ctx, db, run.ID, err, now)
//	}
//
// A table of runs has at least the columns id, structure_id, state ("waiting", "done", "failed"), job_id, created_at, as_of, failure_key,
// failure_detail and finished_at.
package passage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hygie/internal/job"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Runs is a table of runs, by its name: a word of the program, never of a person.
type Runs string

// Run is what of a run its life depends on.
type Run struct {
	ID        string
	Structure string
	CreatedAt time.Time
}

// Failure is a cause that trying again does not mend.
type Failure struct {
	Key    string // message that tells it to a person
	Detail string // what the message is completed with; may be empty
	Err    error
}

// Error is the cause's.
func (f Failure) Error() string { return f.Err.Error() }

// Unwrap gives the cause.
func (f Failure) Unwrap() error { return f.Err }

// Scope is the scope of a structure for the work on its run: the act was authorised when the job was asked for. It is read in each transaction,
// because structures may move while the work goes on.
func Scope(ctx context.Context, tx *store.Tx, structure string) (territory.Scope, error) {
	extent, leaves, err := territory.Extent(ctx, tx, territory.ID(structure))
	return territory.NewScope(leaves, extent), err
}

// Begun reads the run of a job. One that is not there is an error that trying again does not mend.
func Begun[R any](ctx context.Context, db *store.DB, id string, read func(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) (R, error)) (run R, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		run, err = read(ctx, tx, territory.Everything(), id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return run, job.Permanent(fmt.Errorf("read run %s: %w", id, err))
	}
	return run, err
}

// pause is how often a run looks whether the one before it is done.
const pause = 200 * time.Millisecond

// AwaitOlder waits while an older run of the same structure works: two files deposited together are then compared in the order in which they
// came. An older run that waits for another attempt is not waited for. It ends early with ctx's cause.
func (t Runs) AwaitOlder(ctx context.Context, db *store.DB, run Run) error {
	for {
		busy := false
		err := db.View(ctx, func(tx *store.Tx) (err error) {
			busy, err = store.One(ctx, tx, store.Column[bool], `select exists (select 1 from `+string(t)+` r join job j on j.id = r.job_id
				where r.structure_id = $1 and r.state = 'waiting' and j.state = 'running' and (r.created_at < $2 or r.created_at = $2 and r.id < $3))`,
				run.Structure, store.Millis(run.CreatedAt), run.ID)
			return err
		})
		if err != nil || !busy {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// ErrOvertaken tells that another run of the structure ended while this one was compared with what came before it. Trying again mends it.
var ErrOvertaken = errors.New("another run of the structure ended meanwhile")

// NotOvertaken checks, in the transaction that ends a run, that newest is still the latest of the structure's other runs that are done and
// looked at it at asOf or earlier; it is empty when there was none. Of two runs that work at once, which [Runs.AwaitOlder] does not prevent
// when the younger starts first, the second to end is thus compared with the first.
func (t Runs) NotOvertaken(ctx context.Context, tx *store.Tx, run Run, asOf time.Time, newest string) error {
	now, err := store.All(ctx, tx, store.Column[string], `select id from `+string(t)+` where structure_id = $1 and id <> $2 and state = 'done' and as_of <= $3
		order by as_of desc, created_at desc, id desc limit 1`, run.Structure, run.ID, store.Millis(asOf))
	if err == nil && strings.Join(now, "") != newest {
		err = fmt.Errorf("close run %s: %w", run.ID, ErrOvertaken)
	}
	return err
}

// GiveUp ends the run when the cause is a [Failure], which it records, and tells the queue not to try again; other causes go back to the queue,
// which tries again.
func (t Runs) GiveUp(ctx context.Context, db *store.DB, id string, cause error, at time.Time) error {
	var f Failure
	if !errors.As(cause, &f) {
		return cause
	}
	err := db.Update(ctx, func(tx *store.Tx) error { return t.fail(ctx, tx, id, f, at) })
	return job.Permanent(errors.Join(cause, err))
}

// fail ends a run that cannot succeed, with the message that says why. One that is over stays as it is.
func (t Runs) fail(ctx context.Context, tx *store.Tx, id string, f Failure, at time.Time) error {
	_, err := tx.Exec(ctx, `update `+string(t)+` set state = 'failed', failure_key = $1, failure_detail = $2, finished_at = $3 where id = $4 and state = 'waiting'`,
		f.Key, store.Text(f.Detail), store.Millis(at), id)
	if err != nil {
		return fmt.Errorf("record the failure of run %s: %w", id, err)
	}
	return nil
}
