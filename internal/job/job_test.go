package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// bench is a queue with what the tests need around it.
type bench struct {
	*testing.T
	db *store.DB
	q  *Queue
}

func each(t *testing.T, test func(b bench)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		test(bench{t, db, NewQueue(db, time.Now)})
	})
}

func (b bench) enqueue(n New) string {
	b.Helper()
	var id string
	err := b.db.Update(b.Context(), func(tx *store.Tx) (err error) {
		id, err = b.q.Enqueue(b.Context(), tx, n)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return id
}

func (b bench) get(id string) (j Job) {
	b.Helper()
	err := b.db.View(b.Context(), func(tx *store.Tx) (err error) {
		j, err = ByID(b.Context(), tx, territory.Everything(), id)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return j
}

// quick makes a test wait little: real time is needed, because two processes share no fake clock. The lease is long, so that a
// slow machine loses none.
func quick() Options {
	return Options{
		Poll: 10 * time.Millisecond, Lease: time.Minute, Grace: 5 * time.Second,
		Backoff: func(int) time.Duration { return time.Millisecond },
	}
}

// start runs a runner until the function it returns is called.
func (b bench) start(o Options, handlers map[string]Handler) (stop func()) {
	b.Helper()
	o.Log = slog.New(slog.NewTextHandler(b.Output(), nil))
	r := NewRunner(b.q, o)
	for kind, h := range handlers {
		r.Handle(kind, h)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := r.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
	b.Cleanup(stop)
	return stop
}

// until waits for a job to come to a state.
func (b bench) until(id string, want func(Job) bool) Job {
	b.Helper()
	deadline := time.Now().Add(time.Minute) // against hanging only
	for {
		j := b.get(id)
		if want(j) {
			return j
		}
		if time.Now().After(deadline) {
			b.Fatalf("job is still %+v", j)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func ended(j Job) bool { return j.State.Ended() }

func (b bench) exec(sql string, args ...any) {
	b.Helper()
	err := b.db.Update(b.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(b.Context(), sql, args...)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

func (b bench) count(sql string) (n int) {
	b.Helper()
	err := b.db.View(b.Context(), func(tx *store.Tx) (err error) {
		n, err = store.One(b.Context(), tx, store.Column[int], sql)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

func TestJobIsDoneOnce(t *testing.T) {
	each(t, func(b bench) {
		b.exec(`create table effect (id text)`)
		const jobs = 40
		var seen sync.Map
		h := map[string]Handler{"work": func(ctx context.Context, j Job, p *Progress) error {
			if _, twice := seen.LoadOrStore(j.ID, true); twice {
				b.Errorf("job %s ran twice", j.ID)
			}
			var args struct{ N int }
			if err := json.Unmarshal(j.Args, &args); err != nil {
				return err
			}
			p.Report(1, 2, "au travail")
			p.Finish(func(ctx context.Context, tx *store.Tx) (any, error) {
				_, err := tx.Exec(ctx, `insert into effect (id) values ($1)`, j.ID)
				return map[string]int{"n": args.N}, err
			})
			return nil
		}}
		for range 3 { // three nodes on one database
			b.start(quick(), h)
		}
		var ids []string
		for n := range jobs {
			ids = append(ids, b.enqueue(New{Kind: "work", Args: map[string]int{"N": n}, CreatedBy: "anne"}))
		}
		for n, id := range ids {
			j := b.until(id, ended)
			if j.State != Done || j.Attempt != 1 || string(j.Result) != fmt.Sprintf(`{"n":%d}`, n) || j.Message != "au travail" || j.Done != 1 || j.Total != 2 {
				b.Errorf("job %d: %+v", n, j)
			}
		}
		if n := b.count(`select count(*) from effect`); n != jobs {
			b.Errorf("%d effects, want %d", n, jobs)
		}
	})
}

func TestEnqueueFollowsItsTransaction(t *testing.T) {
	each(t, func(b bench) {
		refused := errors.New("the act was refused")
		err := b.db.Update(b.Context(), func(tx *store.Tx) error {
			if _, err := b.q.Enqueue(b.Context(), tx, New{Kind: "work"}); err != nil {
				return err
			}
			return refused
		})
		if !errors.Is(err, refused) {
			b.Fatal(err)
		}
		if n := b.count(`select count(*) from job`); n != 0 {
			b.Errorf("%d jobs of an act that did not happen", n)
		}
		err = b.db.Update(b.Context(), func(tx *store.Tx) error {
			_, err := b.q.Enqueue(b.Context(), tx, New{})
			return err
		})
		if err == nil {
			b.Error("a job without a kind was accepted")
		}
	})
}

func TestUniqueKey(t *testing.T) {
	each(t, func(b bench) {
		first := b.enqueue(New{Kind: "report", Unique: "audit/1"})
		if again := b.enqueue(New{Kind: "report", Unique: "audit/1"}); again != first {
			b.Error("a second job was made for the same key")
		}
		if other := b.enqueue(New{Kind: "report", Unique: "audit/2"}); other == first {
			b.Error("another key gave the same job")
		}
		if other := b.enqueue(New{Kind: "seal", Unique: "audit/1"}); other == first {
			b.Error("another kind gave the same job")
		}
		if one, two := b.enqueue(New{Kind: "report"}), b.enqueue(New{Kind: "report"}); one == two {
			b.Error("jobs without a key were merged")
		}
		b.start(quick(), map[string]Handler{"report": func(context.Context, Job, *Progress) error { return nil }})
		b.until(first, ended)
		if later := b.enqueue(New{Kind: "report", Unique: "audit/1"}); later == first {
			b.Error("a job that has ended keeps its key")
		}
		// Many at once.
		var wg sync.WaitGroup
		var ids sync.Map
		for range 8 {
			wg.Go(func() { ids.Store(b.enqueue(New{Kind: "later", Unique: "x"}), true) })
		}
		wg.Wait()
		n := 0
		ids.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			b.Errorf("%d jobs for one key", n)
		}
	})
}

func TestRetry(t *testing.T) {
	each(t, func(b bench) {
		var tries atomic.Int64
		b.start(quick(), map[string]Handler{
			"third time lucky": func(_ context.Context, j Job, _ *Progress) error {
				if tries.Add(1) < 3 {
					return errors.New("not yet \xff\x00")
				}
				return nil
			},
			"never":  func(context.Context, Job, *Progress) error { return errors.New(strings.Repeat("é", maxError)) },
			"broken": func(context.Context, Job, *Progress) error { return Permanent(errors.New("line 7 is not LDIF")) },
			"panics": func(context.Context, Job, *Progress) error { panic("oh") },
			"finish fails": func(_ context.Context, _ Job, p *Progress) error {
				p.Finish(func(ctx context.Context, tx *store.Tx) (any, error) { return nil, errors.New("refused") })
				return nil
			},
		})
		for _, c := range []struct {
			kind    string
			state   State
			attempt int
			err     string
		}{
			{"third time lucky", Done, 3, ""},
			{"never", Failed, 2, "é"},
			{"broken", Failed, 1, "line 7 is not LDIF"},
			{"panics", Failed, 1, "panicked: oh"},
			{"finish fails", Failed, 2, "refused"},
		} {
			attempts := 2
			if c.state == Done {
				attempts = 5
			}
			j := b.until(b.enqueue(New{Kind: c.kind, MaxAttempts: attempts}), ended)
			if j.State != c.state || j.Attempt != c.attempt || !strings.Contains(j.Error, c.err) || c.err == "" && j.Error != "" || j.EndedAt.IsZero() {
				b.Errorf("%s: %+v", c.kind, j)
			}
		}
	})
}

func TestBackoff(t *testing.T) {
	for attempt, want := range map[int]time.Duration{1: 5 * time.Second, 2: 20 * time.Second, 3: 45 * time.Second, 30: time.Hour, 1 << 40: time.Hour} {
		if got := Backoff(attempt); got != want {
			t.Errorf("after %d: %v, want %v", attempt, got, want)
		}
	}
}

func TestCancel(t *testing.T) {
	each(t, func(b bench) {
		cancel := func(id string) {
			b.Helper()
			if err := b.db.Update(b.Context(), func(tx *store.Tx) error {
				return b.q.Cancel(b.Context(), tx, territory.Everything(), id)
			}); err != nil {
				b.Fatal(err)
			}
		}
		waiting := b.enqueue(New{Kind: "long"})
		cancel(waiting)
		if j := b.get(waiting); j.State != Cancelled || j.EndedAt.IsZero() {
			b.Errorf("waiting job: %+v", j)
		}
		b.start(quick(), map[string]Handler{"long": func(ctx context.Context, j Job, p *Progress) error {
			p.Report(1, 0, "")
			<-ctx.Done()
			if !errors.Is(context.Cause(ctx), ErrCancelled) {
				b.Errorf("ended by %v", context.Cause(ctx))
			}
			return ctx.Err()
		}})
		id := b.enqueue(New{Kind: "long"})
		b.until(id, func(j Job) bool { return j.State == Running })
		cancel(id)
		if j := b.until(id, ended); j.State != Cancelled || j.Attempt != 1 {
			b.Errorf("running job: %+v", j)
		}
		cancel(id) // no error
	})
}

func TestAgain(t *testing.T) {
	each(t, func(b bench) {
		var fine atomic.Bool
		b.start(quick(), map[string]Handler{"x": func(context.Context, Job, *Progress) error {
			if fine.Load() {
				return nil
			}
			return Permanent(errors.New("no"))
		}})
		id := b.enqueue(New{Kind: "x", Unique: "k"})
		b.until(id, ended)
		fine.Store(true)
		again := func() error {
			return b.db.Update(b.Context(), func(tx *store.Tx) error { return b.q.Again(b.Context(), tx, territory.Everything(), id) })
		}
		if err := again(); err != nil {
			b.Fatal(err)
		}
		if j := b.until(id, ended); j.State != Done {
			b.Errorf("%+v", j)
		}
		if err := again(); err == nil {
			b.Error("a job that was done was run again")
		}
	})
}

func TestStopGivesWorkBack(t *testing.T) {
	each(t, func(b bench) {
		o := quick()
		o.Grace = 20 * time.Millisecond
		started := make(chan struct{})
		stop := b.start(o, map[string]Handler{"long": func(ctx context.Context, j Job, p *Progress) error {
			close(started)
			<-ctx.Done()
			return context.Cause(ctx)
		}})
		id := b.enqueue(New{Kind: "long", MaxAttempts: 1})
		<-started
		stop()
		if j := b.get(id); j.State != Waiting || j.Attempt != 0 {
			b.Errorf("after a stop: %+v", j)
		}
		b.start(quick(), map[string]Handler{"long": func(context.Context, Job, *Progress) error { return nil }})
		if j := b.until(id, ended); j.State != Done || j.Attempt != 1 {
			b.Errorf("after a new start: %+v", j)
		}
	})
}

// TestSlowWorkerIsFencedOff lets a worker lose its lease, as on a machine that slept: what it wanted to write must not be kept.
func TestSlowWorkerIsFencedOff(t *testing.T) {
	each(t, func(b bench) {
		b.exec(`create table effect (who text)`)
		var attempts atomic.Int64
		stolen := make(chan struct{})
		b.start(quick(), map[string]Handler{"w": func(ctx context.Context, j Job, p *Progress) error {
			n := attempts.Add(1)
			p.Finish(func(ctx context.Context, tx *store.Tx) (any, error) {
				_, err := tx.Exec(ctx, `insert into effect (who) values ($1)`, fmt.Sprint("attempt ", n))
				return nil, err
			})
			if n == 1 {
				<-stolen // and then tries to finish, whatever its context says
			}
			return nil
		}})
		id := b.enqueue(New{Kind: "w"})
		b.until(id, func(j Job) bool { return j.State == Running })
		b.exec(`update job set state = 'waiting', lease_by = '' where id = $1`, id) // what a rescue does
		b.until(id, ended)
		close(stolen)
		for attempts.Load() < 2 {
			time.Sleep(time.Millisecond)
		}
		b.until(id, ended)
		if n := b.count(`select count(*) from effect`); n != 1 {
			b.Errorf("%d effects, want 1", n)
		}
	})
}

func TestPriorityAndTime(t *testing.T) {
	each(t, func(b bench) {
		var mu sync.Mutex
		var order []string
		later := b.enqueue(New{Kind: "k", Args: "later", RunAt: time.Now().Add(time.Hour)})
		b.enqueue(New{Kind: "k", Args: "low"})
		b.enqueue(New{Kind: "k", Args: "high", Priority: 5})
		last := b.enqueue(New{Kind: "k", Args: "lowest", Priority: -1})
		unknown := b.enqueue(New{Kind: "of another program"})
		o := quick()
		o.Workers = 1
		b.start(o, map[string]Handler{"k": func(_ context.Context, j Job, _ *Progress) error {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, string(j.Args))
			return nil
		}})
		b.until(last, ended)
		if got := strings.Join(order, " "); got != `"high" "low" "lowest"` {
			b.Errorf("order: %s", got)
		}
		if b.get(later).State != Waiting || b.get(unknown).State != Waiting {
			b.Error("a job ran before its time, or without a handler")
		}
	})
}

func TestListAndScope(t *testing.T) {
	each(t, func(b bench) {
		for i, s := range []string{"north", "south"} {
			b.exec(`insert into structure (id, kind, name, name_key, lft, rgt, depth, created_at, updated_at) values ($1, 'establishment', $2, $3, $4, $5, 1, 0, 0)`,
				s, s, s, 10+10*i, 15+10*i)
		}
		north := territory.NewScope(1, territory.Interval{Left: 10, Right: 15})
		id := b.enqueue(New{Kind: "k", Structure: "north"})
		other := b.enqueue(New{Kind: "k", Structure: "south"})
		b.enqueue(New{Kind: "of the platform"})
		list := func(scope territory.Scope, f Filter) (jobs []Job) {
			b.Helper()
			if err := b.db.View(b.Context(), func(tx *store.Tx) (err error) {
				jobs, err = List(b.Context(), tx, scope, f)
				return err
			}); err != nil {
				b.Fatal(err)
			}
			return jobs
		}
		for _, c := range []struct {
			name  string
			scope territory.Scope
			f     Filter
			want  int
		}{
			{"everything", territory.Everything(), Filter{}, 3},
			{"nothing", territory.Scope{}, Filter{}, 0},
			{"one structure", north, Filter{}, 1},
			{"another structure asked for", north, Filter{Structure: "south"}, 0},
			{"kind", territory.Everything(), Filter{Kind: "k"}, 2},
			{"state", territory.Everything(), Filter{States: []State{Running, Done}}, 0},
			{"states", territory.Everything(), Filter{States: []State{Waiting, Done}, Kind: "k"}, 2},
			{"limit", territory.Everything(), Filter{Limit: 2}, 2},
			{"next page", territory.Everything(), Filter{Before: list(territory.Everything(), Filter{})[1].ID}, 1},
		} {
			if jobs := list(c.scope, c.f); len(jobs) != c.want {
				b.Errorf("%s: %d jobs, want %d", c.name, len(jobs), c.want)
			}
		}
		err := b.db.Update(b.Context(), func(tx *store.Tx) error { return b.q.Cancel(b.Context(), tx, north, other) })
		if !errors.Is(err, store.ErrNotFound) || b.get(other).State != Waiting {
			b.Errorf("cancelled a job of another structure: %v", err)
		}
		if j := b.get(id); j.Topic() != "job/"+id || j.Structure != "north" {
			b.Errorf("%+v", j)
		}
	})
}

func TestPrune(t *testing.T) {
	each(t, func(b bench) {
		old, waiting := b.enqueue(New{Kind: "k"}), b.enqueue(New{Kind: "later"})
		b.start(quick(), map[string]Handler{"k": func(context.Context, Job, *Progress) error { return nil }})
		b.until(old, ended)
		err := b.db.Update(b.Context(), func(tx *store.Tx) error {
			n, err := Prune(b.Context(), tx, time.Now().Add(time.Hour))
			if n != 1 {
				b.Errorf("%d deleted, want 1", n)
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		b.get(waiting)
	})
}

// A handler whose one long transaction keeps everybody else from writing, as on SQLite, cannot renew its lease meanwhile. It is not
// dead, and this process knows it.
func TestLongTransactionKeepsItsJob(t *testing.T) {
	each(t, func(b bench) {
		b.exec(`create table effect (id text)`)
		o := quick()
		o.Lease = 150 * time.Millisecond
		var attempts atomic.Int32
		b.start(o, map[string]Handler{"import": func(ctx context.Context, j Job, p *Progress) error {
			attempts.Add(1)
			return b.db.Update(ctx, func(tx *store.Tx) error {
				if _, err := tx.Exec(ctx, `insert into effect (id) values ('x')`); err != nil {
					return err
				}
				time.Sleep(4 * o.Lease)
				return nil
			})
		}})
		for range 5 { // who writes first after the transaction is a matter of chance
			if j := b.until(b.enqueue(New{Kind: "import"}), ended); j.State != Done || j.Attempt != 1 {
				b.Fatalf("the job is %s after %d attempts: %s", j.State, j.Attempt, j.Error)
			}
		}
		if n := attempts.Load(); n != 5 {
			b.Errorf("the handler ran %d times", n)
		}
	})
}

// An attempt that was thought dead writes nothing once another has begun.
func TestHeldFencesOffAnEarlierAttempt(t *testing.T) {
	each(t, func(b bench) {
		b.exec(`create table effect (id text)`)
		write := func(ctx context.Context, p *Progress, id string) error {
			return b.db.Update(ctx, func(tx *store.Tx) error {
				if err := p.Held(ctx, tx); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, `insert into effect (id) values ($1)`, id)
				return err
			})
		}
		begun, late := make(chan struct{}), make(chan error, 1)
		b.start(quick(), map[string]Handler{"work": func(ctx context.Context, j Job, p *Progress) error {
			if j.Attempt == 2 {
				close(begun)
				return write(ctx, p, "second")
			}
			if err := write(ctx, p, "first"); err != nil {
				return err
			}
			// This process is gone from everybody's sight, and its work goes on.
			b.exec(`update job set state = 'waiting', lease_by = '', lease_until = 0`)
			<-begun
			late <- write(context.WithoutCancel(ctx), p, "late")
			return nil
		}})
		id := b.enqueue(New{Kind: "work"})
		if err := <-late; !errors.Is(err, ErrLost) {
			b.Errorf("the earlier attempt wrote: %v", err)
		}
		if j := b.until(id, ended); j.State != Done || j.Attempt != 2 {
			b.Errorf("the job is %s after %d attempts", j.State, j.Attempt)
		}
		if n := b.count(`select count(*) from effect where id <> 'late'`); n != 2 {
			b.Errorf("%d effects, want those of both attempts while they held the job", n)
		}
	})
}
