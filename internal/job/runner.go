package job

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"hygie/internal/store"
)

// Handler does the work of a job. An error ends the attempt: another follows
// after a pause, unless it is [Permanent] or was the last.
type Handler func(ctx context.Context, j Job, p *Progress) error

// Reasons why the context of a handler ends; see [context.Cause].
var (
	ErrCancelled = errors.New("the job was cancelled")
	ErrLost      = errors.New("the lease of the job was lost")
	ErrStopping  = errors.New("the program is stopping")
)

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error that another attempt cannot mend, such as a file
// that cannot be read.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// Options of a runner; each has a default.
type Options struct {
	Workers int           // jobs at once; 4
	Lease   time.Duration // how long a dead process keeps its jobs; 30 s
	Poll    time.Duration // how often to look for work unasked; 1 s
	Grace   time.Duration // how long Run waits for handlers before it ends their contexts; 10 s

	Backoff func(attempt int) time.Duration // pause after a failed attempt; square of the attempt, in units of 5 s, at most 1 h
	Changed func(topic string)              // called when a job of this runner changed; nil for nobody
	Log     *slog.Logger                    // nothing is logged when nil
}

// Backoff is the default pause before the next attempt: 5 s, 20 s, 45 s … 1 h.
func Backoff(attempt int) time.Duration {
	return min(time.Duration(min(attempt, 1000)*min(attempt, 1000))*5*time.Second, time.Hour)
}

// Runner claims and works jobs. Register handlers before Run.
type Runner struct {
	queue    *Queue
	o        Options
	handlers map[string]Handler

	mu   sync.Mutex
	held map[string]bool // ids of the jobs that this process works on
}

// NewRunner gives a runner for the jobs of a queue.
func NewRunner(q *Queue, o Options) *Runner {
	if o.Workers <= 0 {
		o.Workers = 4
	}
	if o.Lease <= 0 {
		o.Lease = 30 * time.Second
	}
	if o.Poll <= 0 {
		o.Poll = time.Second
	}
	if o.Grace <= 0 {
		o.Grace = 10 * time.Second
	}
	if o.Backoff == nil {
		o.Backoff = Backoff
	}
	if o.Changed == nil {
		o.Changed = func(string) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Runner{queue: q, o: o, handlers: map[string]Handler{}, held: map[string]bool{}}
}

// Handle names the handler of a kind. Kinds without a handler are left to other runners.
func (r *Runner) Handle(kind string, h Handler) { r.handlers[kind] = h }

// Run works until ctx ends. Then it claims nothing more, gives the handlers
// the time of grace, ends their contexts, and puts what they did not finish back as
// it was. It returns nil when all handlers have returned.
func (r *Runner) Run(ctx context.Context) error {
	if len(r.handlers) == 0 {
		<-ctx.Done()
		return nil
	}
	work, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	var workers sync.WaitGroup
	free := make(chan struct{}, r.o.Workers) // one token for each idle worker
	for range r.o.Workers {
		free <- struct{}{}
	}
	poll := time.NewTicker(r.o.Poll)
	defer poll.Stop()
	for ctx.Err() == nil {
		claimed := r.round(ctx, work, free, &workers)
		if claimed && len(free) > 0 {
			continue // there may be more
		}
		select {
		case <-ctx.Done():
		case <-r.queue.wake:
		case <-poll.C:
		}
	}
	r.drain(&workers, stop)
	return nil
}

// round rescues what dead processes left, and starts as many jobs as there are
// idle workers. It tells whether it started any.
func (r *Runner) round(ctx, work context.Context, free chan struct{}, workers *sync.WaitGroup) bool {
	idle := len(free) // only this goroutine takes tokens
	late, due, err := r.look(ctx)
	if err == nil && late {
		due = true
		err = r.rescue(ctx)
	}
	if err != nil && ctx.Err() == nil {
		r.o.Log.Error("the table of jobs could not be read", "error", err)
	}
	if idle == 0 || !due {
		return false
	}
	jobs, err := r.claim(ctx, idle)
	if err != nil {
		if ctx.Err() == nil {
			r.o.Log.Error("jobs could not be claimed", "error", err)
		}
		return false
	}
	for _, j := range jobs {
		<-free
		r.hold(j.ID, true)
		workers.Go(func() {
			defer func() {
				r.hold(j.ID, false)
				free <- struct{}{}
				r.queue.Wake() // a worker is idle again
			}()
			r.work(work, j)
		})
	}
	return len(jobs) > 0
}

func (r *Runner) hold(id string, yes bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if yes {
		r.held[id] = true
	} else {
		delete(r.held, id)
	}
}

// late is the condition on jobs whose lease has run out. A job that this very process works on is not among them: on SQLite, which has one
// writer, a long transaction of its handler keeps the lease from being renewed, and that is no sign of death.
func (r *Runner) late(w *store.Where, now time.Time) {
	w.And("state = 'running' and lease_until < ?", store.Millis(now))
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.held) == 0 {
		return
	}
	ids := make([]any, 0, len(r.held))
	for id := range r.held {
		ids = append(ids, id)
	}
	w.And("id not in ("+strings.TrimSuffix(strings.Repeat("?, ", len(ids)), ", ")+")", ids...)
}

// drain waits for the workers, at first patiently.
func (r *Runner) drain(workers *sync.WaitGroup, stop context.CancelCauseFunc) {
	ended := make(chan struct{})
	go func() {
		workers.Wait()
		close(ended)
	}()
	grace := time.NewTimer(r.o.Grace)
	defer grace.Stop()
	select {
	case <-ended:
	case <-grace.C:
		stop(ErrStopping)
		<-ended
	}
}

// readCommitted lets a transaction that locks the rows it needs run without the
// conflicts of serialisable ones, which a busy queue would have all the time.
func readCommitted(ctx context.Context, tx *store.Tx) error {
	if tx.Engine() != store.PostgreSQL {
		return nil
	}
	_, err := tx.Exec(ctx, `set transaction isolation level read committed`)
	return err
}

// claim takes up to limit waiting jobs whose time has come.
func (r *Runner) claim(ctx context.Context, limit int) (jobs []Job, err error) {
	now := r.queue.now()
	err = r.queue.db.Update(ctx, func(tx *store.Tx) error {
		if err := readCommitted(ctx, tx); err != nil {
			return err
		}
		var w store.Where
		due, marks := w.Arg(store.Millis(now)), ""
		for kind := range r.handlers {
			if marks != "" {
				marks += ", "
			}
			marks += w.Arg(kind)
		}
		skip := ""
		if tx.Engine() == store.PostgreSQL {
			skip = " for update skip locked"
		}
		pick := `select id from job where state = 'waiting' and run_at <= ` + due + ` and kind in (` + marks + `)
			order by priority desc, run_at, id limit ` + w.Arg(limit) + skip
		jobs, err = store.All(ctx, tx, scan, `
			with picked as materialized (`+pick+`)
			update job set state = 'running', attempt = attempt + 1, error = '', cancel_asked = false,
				progress_done = 0, progress_total = 0, message = '',
				started_at = `+w.Arg(store.Millis(now))+`, lease_by = `+w.Arg(rand.Text())+`, lease_until = `+w.Arg(store.Millis(now.Add(r.o.Lease)))+`
			where id in (select id from picked)
			returning `+columns, w.Args()...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim jobs: %w", err)
	}
	return jobs, nil
}

// look tells whether there is anything to rescue or to claim, without
// writing: most rounds end here.
func (r *Runner) look(ctx context.Context) (late, due bool, err error) {
	now := r.queue.now()
	err = r.queue.db.View(ctx, func(tx *store.Tx) error {
		var w store.Where
		r.late(&w, now)
		if late, err = store.One(ctx, tx, store.Column[bool], `select exists (select 1 from job`+w.SQL()+`)`, w.Args()...); err != nil {
			return err
		}
		due, err = store.One(ctx, tx, store.Column[bool], `
			select exists (select 1 from job where state = 'waiting' and run_at <= $1)`, store.Millis(now))
		return err
	})
	return late, due, err
}

// rescue gives back the jobs whose lease has run out.
func (r *Runner) rescue(ctx context.Context) error {
	now := r.queue.now()
	return r.queue.db.Update(ctx, func(tx *store.Tx) error {
		if err := readCommitted(ctx, tx); err != nil {
			return err
		}
		var w store.Where
		ended, again := w.Arg(store.Millis(now)), w.Arg(store.Millis(now))
		r.late(&w, now)
		_, err := tx.Exec(ctx, `
			update job set
				state = case when cancel_asked then 'cancelled' when attempt < max_attempts then 'waiting' else 'failed' end,
				ended_at = case when cancel_asked or attempt >= max_attempts then cast(`+ended+` as bigint) else 0 end,
				error = 'the process that worked on it died', lease_by = '', lease_until = 0, run_at = `+again+w.SQL(), w.Args()...)
		return err
	})
}

// work runs one claimed job to the end of its attempt.
func (r *Runner) work(ctx context.Context, j Job) {
	log := r.o.Log.With("job", j.ID, "kind", j.Kind, "attempt", j.Attempt)
	r.o.Changed(j.Topic())
	running, end := context.WithCancelCause(ctx)
	p := &Progress{job: j.ID, lease: j.lease}
	var beat sync.WaitGroup
	beating, hush := context.WithCancel(context.WithoutCancel(ctx))
	beat.Go(func() { r.beat(beating, j, p, end, log) })

	err := call(running, r.handlers[j.Kind], j, p)
	cause := context.Cause(running)
	hush()
	beat.Wait()
	end(nil)

	// Writing the end must not be cut short by what ended the handler.
	closing, done := context.WithTimeout(context.WithoutCancel(ctx), r.o.Lease)
	defer done()
	if err == nil {
		if err = r.finish(closing, j, p); err == nil {
			log.Info("job done")
			r.o.Changed(j.Topic())
			return
		}
		if errors.Is(err, ErrLost) {
			cause = ErrLost
		}
	}
	if err := r.fail(closing, j, err, cause); err != nil {
		log.Error("the end of a job could not be written; it will run again when its lease ends", "error", err)
	}
	log.Warn("job not done", "error", err, "cause", cause)
	r.o.Changed(j.Topic())
}

// call runs the handler and turns a panic into an error.
func call(ctx context.Context, h Handler, j Job, p *Progress) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = Permanent(fmt.Errorf("the handler of %s panicked: %v\n%s", j.Kind, v, debug.Stack()))
		}
	}()
	return h(ctx, j, p)
}
