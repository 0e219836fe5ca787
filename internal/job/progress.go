package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"hygie/internal/store"
)

// Progress is how a handler speaks of its work. It may be used by several goroutines.
type Progress struct {
	mu          sync.Mutex
	done, total int64
	message     string
	dirty       bool
	finish      func(context.Context, *store.Tx) (any, error)

	job, lease string // of the attempt, for Held
}

// Report says how far the work is, in any unit; total is 0 while unknown. It
// costs nothing: the database learns the latest state about once a second.
func (p *Progress) Report(done, total int64, message string) {
	message = store.Text(message)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dirty = p.dirty || p.done != done || p.total != total || p.message != message
	p.done, p.total, p.message = done, total, message
}

// Finish sets what is written in the transaction that closes the job, once the
// handler has returned nil: the result is committed with the end of the job,
// exactly once, or not at all. Its result is kept as JSON in Job.Result. It may
// be called again after a conflict, so it has no effect but on tx.
func (p *Progress) Finish(fn func(ctx context.Context, tx *store.Tx) (result any, err error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.finish = fn
}

// Held makes a transaction of the handler, before the one of [Progress.Finish], count only while the job is this attempt's: it fails with
// [ErrLost] when another attempt has begun, and none begins before tx ends. What an attempt that was thought dead writes late could otherwise
// destroy what the next one wrote.
func (p *Progress) Held(ctx context.Context, tx *store.Tx) error {
	n, err := tx.Exec(ctx, `update job set lease_by = lease_by where id = $1 and lease_by = $2 and state = 'running'`, p.job, p.lease)
	if err != nil {
		return fmt.Errorf("look whether job %s is still held: %w", p.job, err)
	}
	if n == 0 {
		return ErrLost
	}
	return nil
}

// take gives the progress to write.
func (p *Progress) take() (done, total int64, message string, dirty bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	dirty, p.dirty = p.dirty, false
	return p.done, p.total, p.message, dirty
}

// beat keeps the lease alive, writes progress and looks for a cancellation,
// until ctx ends. It ends the handler when the lease is lost.
func (r *Runner) beat(ctx context.Context, j Job, p *Progress, end context.CancelCauseFunc, log *slog.Logger) {
	ticker := time.NewTicker(min(time.Second, r.o.Lease/3))
	defer ticker.Stop()
	last := time.Now() // of this machine, not of the tests: the lease is given up in real time
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		cancelled, err := r.renew(ctx, j, p)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, store.ErrNotFound):
			end(ErrLost)
			return
		case err != nil:
			log.Warn("the lease of a job could not be renewed", "error", err)
			if time.Since(last) > r.o.Lease {
				end(ErrLost)
				return
			}
		case cancelled:
			end(ErrCancelled)
			last = time.Now()
		default:
			last = time.Now()
		}
	}
}

// renew writes lease and progress. The error wraps [store.ErrNotFound] when
// the job belongs to somebody else by now.
func (r *Runner) renew(ctx context.Context, j Job, p *Progress) (cancelled bool, err error) {
	done, total, message, dirty := p.take()
	until := store.Millis(r.queue.now().Add(r.o.Lease))
	err = r.queue.db.Update(ctx, func(tx *store.Tx) error {
		if err := readCommitted(ctx, tx); err != nil {
			return err
		}
		cancelled, err = store.One(ctx, tx, store.Column[bool], `
			update job set lease_until = $1, progress_done = $2, progress_total = $3, message = $4
			where id = $5 and lease_by = $6 and state = 'running' returning cancel_asked`,
			until, done, total, message, j.ID, j.lease)
		return err
	})
	if dirty && err == nil {
		r.o.Changed(j.Topic())
	}
	return cancelled, err
}

// finish closes a job that was done, with what the handler wants to write.
func (r *Runner) finish(ctx context.Context, j Job, p *Progress) error {
	done, total, message, _ := p.take()
	err := r.queue.db.Update(ctx, func(tx *store.Tx) error {
		result := []byte("null")
		if p.finish != nil {
			v, err := p.finish(ctx, tx)
			if err != nil {
				return err
			}
			if result, err = json.Marshal(v); err != nil {
				return fmt.Errorf("write its result: %w", err)
			}
		}
		n, err := tx.Exec(ctx, `
			update job set state = 'done', ended_at = $1, lease_by = '', lease_until = 0, error = '',
				progress_done = $2, progress_total = $3, message = $4, result = $5
			where id = $6 and lease_by = $7 and state = 'running'`,
			store.Millis(r.queue.now()), done, total, message, string(result), j.ID, j.lease)
		if err == nil && n == 0 {
			return ErrLost // another attempt runs: nothing of this one may be kept
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("close job %s: %w", j.ID, err)
	}
	return nil
}

// maxError bounds the error kept with a job, in bytes.
const maxError = 4000

// fail closes an attempt that was not done.
func (r *Runner) fail(ctx context.Context, j Job, failure error, cause error) error {
	now := r.queue.now()
	state, attempt, runAt := Waiting, j.Attempt, now.Add(r.o.Backoff(j.Attempt))
	var never permanent
	switch {
	case errors.Is(cause, ErrLost):
		return nil // it belongs to somebody else
	case errors.Is(cause, ErrCancelled):
		state = Cancelled
	case errors.Is(cause, ErrStopping):
		attempt, runAt = attempt-1, now // this attempt does not count
	case errors.As(failure, &never), j.Attempt >= j.MaxAttempts:
		state = Failed
	}
	var ended time.Time
	if state.Ended() {
		ended = now
	}
	text := failure.Error()
	if len(text) > maxError {
		text = text[:maxError]
	}
	return r.queue.db.Update(ctx, func(tx *store.Tx) error {
		if err := readCommitted(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			update job set state = $1, attempt = $2, run_at = $3, ended_at = $4, error = $5, lease_by = '', lease_until = 0
			where id = $6 and lease_by = $7 and state = 'running'`,
			string(state), attempt, store.Millis(runAt), store.Millis(ended), store.Text(text), j.ID, j.lease)
		return err
	})
}
