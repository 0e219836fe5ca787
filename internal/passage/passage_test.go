package passage_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hygie/internal/job"
	"hygie/internal/passage"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

const runs passage.Runs = "audit_run"

// noon is when the invented runs were asked for.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// put records a structure, or a run of it with its job.
func put(t *testing.T, db *store.DB, lines ...string) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		for _, line := range lines {
			if _, err := tx.Exec(t.Context(), line); err != nil {
				return fmt.Errorf("%s: %w", line, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func seed(t *testing.T, db *store.DB) {
	t.Helper()
	put(t, db, "insert into structure (id, kind, name, name_key, lft, rgt, depth, created_at, updated_at) values ('s1', 'establishment', 'Invented', 'invented', 1, 2, 1, 0, 0)")
}

// working is a job that is being worked on.
func working(id string) string {
	return fmt.Sprintf("insert into job (id, kind, structure_id, args, state, max_attempts, run_at, created_at) values ('%s', 'test', 's1', '{}', 'running', 3, 0, 0)", id)
}

func run(id, job string, at time.Time) string {
	return fmt.Sprintf(`insert into audit_run (id, structure_id, state, source, source_name, job_id, created_at, created_by, created_by_name)
		values ('%s', 's1', 'waiting', 'deposit', 'f', '%s', %d, 'p', 'P')`, id, job, store.Millis(at))
}

func state(t *testing.T, db *store.DB, id string) (state string) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		state, err = store.One(t.Context(), tx, store.Column[string], "select state from audit_run where id = $1", id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// final tells whether the queue is told not to try again.
func final(err error) bool {
	return fmt.Sprintf("%T", err) == fmt.Sprintf("%T", job.Permanent(errors.ErrUnsupported))
}

func TestGiveUp(t *testing.T) {
	cause := errors.New("the file is cut short")
	for _, c := range []struct {
		name  string
		err   error
		state string
		final bool
	}{
		{"a failure", fmt.Errorf("read: %w", passage.Failure{Key: "audit.failure_unreadable", Detail: "line 3", Err: cause}), "failed", true},
		{"a full disk", cause, "waiting", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				seed(t, db)
				put(t, db, run("r1", "j1", noon))
				err := runs.GiveUp(t.Context(), db, "r1", c.err, noon)
				if !errors.Is(err, cause) || final(err) != c.final {
					t.Errorf("%v, final %t", err, final(err))
				}
				if got := state(t, db, "r1"); got != c.state {
					t.Errorf("the run is %s, want %s", got, c.state)
				}
			})
		})
	}
}

// A run waits for an older one that works, and for no other.
func TestAwaitOlder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		put(t, db, working("j1"), run("r1", "j1", noon), working("j2"), run("r2", "j2", noon.Add(time.Second)))
		younger := passage.Run{ID: "r2", Structure: "s1", CreatedAt: noon.Add(time.Second)}
		older := passage.Run{ID: "r1", Structure: "s1", CreatedAt: noon}
		if err := runs.AwaitOlder(t.Context(), db, older); err != nil {
			t.Errorf("the older run waits: %v", err)
		}
		ctx, stop := context.WithTimeoutCause(t.Context(), 300*time.Millisecond, errors.New("enough"))
		defer stop()
		if err := runs.AwaitOlder(ctx, db, younger); err == nil || err.Error() != "enough" {
			t.Errorf("the younger run does not wait: %v", err)
		}
		put(t, db, "update job set state = 'waiting' where id = 'j1'") // it waits for another attempt
		if err := runs.AwaitOlder(t.Context(), db, younger); err != nil {
			t.Error(err)
		}
	})
}

// done ends a run with the day of its data.
func done(id string, asOf time.Time) string {
	return fmt.Sprintf("update audit_run set state = 'done', as_of = %d where id = '%s'", store.Millis(asOf), id)
}

// Of two runs that worked at once the second to end learns it, whichever was asked for first.
func TestNotOvertaken(t *testing.T) {
	day := noon.AddDate(0, 0, -9) // that the data of both is of
	for _, c := range []struct {
		name   string
		before []string
		newest string
		fails  bool
	}{
		{"alone", nil, "", false},
		{"the one before it is the same", []string{done("r1", day)}, "r1", false},
		{"another ended meanwhile", []string{done("r1", day)}, "", true},
		{"a younger one ended meanwhile", []string{done("r1", day), done("r3", day)}, "r1", true},
		{"one with later data ended meanwhile", []string{done("r3", day.Add(time.Millisecond))}, "", false},
		{"one of another structure ended meanwhile", []string{done("r4", day)}, "", false},
		{"what came before is gone", nil, "r1", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				seed(t, db)
				put(t, db, "insert into structure (id, kind, name, name_key, lft, rgt, depth, created_at, updated_at) values ('s2', 'establishment', 'Other', 'other', 3, 4, 1, 0, 0)",
					run("r1", "j1", noon), run("r2", "j2", noon.Add(time.Second)), run("r3", "j3", noon.Add(2*time.Second)), strings.Replace(run("r4", "j4", noon), "'s1'", "'s2'", 1))
				put(t, db, c.before...)
				err := db.Update(t.Context(), func(tx *store.Tx) error {
					return runs.NotOvertaken(t.Context(), tx, passage.Run{ID: "r2", Structure: "s1"}, day, c.newest)
				})
				if errors.Is(err, passage.ErrOvertaken) != c.fails || final(err) || err != nil && !c.fails {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestBegunWithoutARun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, err := passage.Begun(t.Context(), db, "gone", func(context.Context, *store.Tx, territory.Scope, string) (string, error) {
			return "", store.ErrNotFound
		})
		if !final(err) || !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})
}
