// Package convergence keeps how the members of a group mean to bring their directories together: the architecture they aim at and the dated steps
// that lead there. The programme asks a group to have planned this; the page writes the document that shows it, with where each member stands, and
// deposits it as evidence.
package convergence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"hygie/internal/blob"
	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// State says how far a step is.
type State string

// The states of a step.
const (
	Planned State = "planned"
	Doing   State = "doing"
	Done    State = "done"
)

// States returns every state, in the order of work.
func States() []State { return []State{Planned, Doing, Done} }

// Valid tells whether s is a known state.
func (s State) Valid() bool { return slices.Contains(States(), s) }

// Step is one step of a path.
type Step struct {
	Title string
	Owner string    // who answers for it; may be empty
	Due   time.Time // last day; zero when not dated yet
	State State
}

// Trajectory is the convergence path of a group.
type Trajectory struct {
	Structure string
	Target    string // the architecture aimed at
	Steps     []Step // in order
	Version   int64  // 0 before it is first saved
	Updated   time.Time
	By        string
	ByName    string
}

// Sizes of a trajectory.
const (
	mostSteps   = 40
	longestText = 20_000 // characters of the target
	longestLine = 300    // characters of a title or an owner
)

// check says what is wrong, field by field.
func (t Trajectory) check() error {
	var wrong []fault.Field
	if len([]rune(t.Target)) > longestText {
		wrong = append(wrong, fault.Field{Name: "target", Key: "web.too_long", Args: []any{"limit", longestText}})
	}
	if len(t.Steps) > mostSteps {
		wrong = append(wrong, fault.Field{Key: "web.too_many", Args: []any{"limit", mostSteps}})
	}
	for i, s := range t.Steps {
		switch {
		case s.Title == "":
			wrong = append(wrong, fault.Field{Name: field("title", i), Key: "convergence.title_missing"})
		case len([]rune(s.Title)) > longestLine:
			wrong = append(wrong, fault.Field{Name: field("title", i), Key: "web.too_long", Args: []any{"limit", longestLine}})
		case len([]rune(s.Owner)) > longestLine:
			wrong = append(wrong, fault.Field{Name: field("owner", i), Key: "web.too_long", Args: []any{"limit", longestLine}})
		case !s.State.Valid():
			wrong = append(wrong, fault.Field{Name: field("state", i), Key: "plan.state.unknown"})
		}
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

// missing says what a trajectory lacks to be shown as evidence.
func (t Trajectory) missing() []string {
	var keys []string
	if strings.TrimSpace(t.Target) == "" {
		keys = append(keys, "convergence.lacks_target")
	}
	if len(t.Steps) == 0 {
		keys = append(keys, "convergence.lacks_steps")
	} else if !slices.ContainsFunc(t.Steps, func(s Step) bool { return !s.Due.IsZero() }) {
		keys = append(keys, "convergence.lacks_dates")
	}
	return keys
}

// end is the day of the last dated step, or zero.
func (t Trajectory) end() (last time.Time) {
	for _, s := range t.Steps {
		if s.Due.After(last) {
			last = s.Due
		}
	}
	return last
}

// Vault is where the bytes of evidence are kept.
type Vault interface {
	Put(ctx context.Context, r io.Reader) (blob.Digest, int64, error)
}

// Of reads the trajectory of a group in scope; a group that has none gets an empty one.
func Of(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) (Trajectory, error) {
	t := Trajectory{Structure: structure}
	var w store.Where
	w.And("c.structure_id = ?", structure)
	scope.Within(&w, "c.structure_id")
	found, err := store.One(ctx, tx, func(row store.Row) (found Trajectory, err error) {
		var updated int64
		err = row.Scan(&found.Structure, &found.Target, &found.Version, &updated, &found.By, &found.ByName)
		found.Updated = store.Time(updated)
		return found, err
	}, `select c.structure_id, c.target, c.version, c.updated_at, c.updated_by, c.updated_by_name from convergence c`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return t, nil
	}
	if err != nil {
		return t, fmt.Errorf("read the convergence path of %s: %w", structure, err)
	}
	found.Steps, err = store.All(ctx, tx, func(row store.Row) (s Step, err error) {
		var due int64
		err = row.Scan(&s.Title, &s.Owner, &due, &s.State)
		s.Due = store.Time(due)
		return s, err
	}, `select title, owner, due_on, state from convergence_step where structure_id = $1 order by number`, structure)
	if err != nil {
		return t, fmt.Errorf("read the steps of %s: %w", structure, err)
	}
	return found, nil
}

// save writes the trajectory of a group in scope. t.Version must be the one that was read: when somebody saved in between, it fails with a conflict
// and changes nothing.
func (m *Module) save(ctx context.Context, actor right.Actor, scope territory.Scope, t Trajectory) error {
	if err := t.check(); err != nil {
		return err
	}
	return m.db.Update(ctx, func(tx *store.Tx) error {
		known, err := Of(ctx, tx, scope, t.Structure)
		if err != nil {
			return err
		}
		if known.Version != t.Version {
			return fault.Conflict("convergence.changed_meanwhile", "name", known.ByName)
		}
		if err := write(ctx, tx, scope, t, actor, m.now()); err != nil {
			return err
		}
		return m.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "convergence.save", Structure: t.Structure, Subject: "convergence",
			Data: trail.Data(map[string]any{"steps": len(t.Steps), "version": t.Version + 1})})
	})
}

func write(ctx context.Context, tx *store.Tx, scope territory.Scope, t Trajectory, actor right.Actor, now time.Time) error {
	var w store.Where
	values := ""
	for _, v := range []any{t.Target, store.Millis(now), actor.Person, actor.Name} {
		values += ", " + w.Arg(v)
	}
	w.And("s.id = ?", t.Structure)
	scope.Within(&w, "s.id")
	guard := w.Arg(t.Version)
	n, err := tx.Exec(ctx, `insert into convergence (structure_id, version, target, updated_at, updated_by, updated_by_name) select s.id, 1`+values+` from structure s`+w.SQL()+`
		on conflict (structure_id) do update set version = convergence.version + 1, target = excluded.target, updated_at = excluded.updated_at,
			updated_by = excluded.updated_by, updated_by_name = excluded.updated_by_name where convergence.version = `+guard, w.Args()...)
	if err != nil {
		return fmt.Errorf("save the convergence path: %w", err)
	}
	if n != 1 {
		return fmt.Errorf("save the convergence path of %s: %w", t.Structure, store.ErrNotFound)
	}
	if _, err := tx.Exec(ctx, `delete from convergence_step where structure_id = $1`, t.Structure); err != nil {
		return fmt.Errorf("save the steps: %w", err)
	}
	for i, s := range t.Steps {
		if _, err := tx.Exec(ctx, `insert into convergence_step (structure_id, number, title, owner, due_on, state) values ($1, $2, $3, $4, $5, $6)`,
			t.Structure, i+1, s.Title, s.Owner, store.Millis(s.Due), string(s.State)); err != nil {
			return fmt.Errorf("save step %d: %w", i+1, err)
		}
	}
	return nil
}

// Kind is the kind of the document, as the first domain of the programme names it.
const Kind proof.Kind = "convergence-plan"

// depositor is who deposits what this module wrote.
const source = "convergence"

// latest returns the document in force that this module deposited for a group, or false.
func latest(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, now time.Time) (proof.Evidence, bool, error) {
	all, err := proof.Of(ctx, tx, scope, structure)
	if err != nil {
		return proof.Evidence{}, false, err
	}
	replaced := proof.Superseded(all, now)
	for _, e := range all { // latest first
		if e.Kind == Kind && e.Note == source && replaced[e.ID] == "" {
			return e, true, nil
		}
	}
	return proof.Evidence{}, false, nil
}
