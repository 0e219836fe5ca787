package exercise

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	drill "hygie/exercise"
	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
)

const columns = `e.id, e.structure_id, e.scenario, e.level, e.planned_at, e.created_by, e.book_id, e.started_at, e.ended_at, e.concluded_at, e.counted`

func scan(row store.Row) (e Exercise, err error) {
	var text string
	var planned, started, ended, concluded int64
	if err := row.Scan(&e.ID, &e.Structure, &text, &e.Level, &planned, &e.CreatedBy, &e.Book, &started, &ended, &concluded, &e.Counted); err != nil {
		return e, err
	}
	e.PlannedAt, e.Started, e.Ended, e.Concluded = store.Time(planned), store.Time(started), store.Time(ended), store.Time(concluded)
	e.Scenario = &drill.Scenario{}
	return e, json.Unmarshal([]byte(text), e.Scenario)
}

// Plan records an exercise for a structure in scope and gives its id.
func Plan(ctx context.Context, tx *store.Tx, scope territory.Scope, e Exercise, now time.Time) (string, error) {
	if _, err := territory.Get(ctx, tx, scope, territory.ID(e.Structure)); err != nil {
		return "", err
	}
	text, err := json.Marshal(e.Scenario)
	if err != nil {
		return "", fmt.Errorf("write scenario %s: %w", e.Scenario.ID, err)
	}
	id := store.NewID(now)
	_, err = tx.Exec(ctx, `insert into exercise (id, structure_id, scenario_id, scenario, level, planned_at, created_at, created_by) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, e.Structure, e.Scenario.ID, string(text), int(e.Level), store.Millis(e.PlannedAt), store.Millis(now), e.CreatedBy)
	if err != nil {
		return "", fmt.Errorf("plan an exercise for %s: %w", e.Structure, err)
	}
	return id, nil
}

// ByID finds an exercise of a structure in scope; a [fault.NotFound] otherwise. An empty structure is any in scope.
func ByID(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, id string) (Exercise, error) {
	var w store.Where
	w.And("e.id = ?", id)
	if structure != "" {
		w.And("e.structure_id = ?", structure)
	}
	scope.Within(&w, "e.structure_id")
	e, err := store.One(ctx, tx, scan, `select `+columns+` from exercise e`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return e, fault.NotFound("exercise.not_found")
	}
	return e, err
}

// List lists the exercises of a structure in scope, the latest first.
func List(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]Exercise, error) {
	var w store.Where
	w.And("e.structure_id = ?", structure)
	scope.Within(&w, "e.structure_id")
	all, err := store.All(ctx, tx, scan, `select `+columns+` from exercise e`+w.SQL()+` order by e.planned_at desc, e.id desc limit 200`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list the exercises of %s: %w", structure, err)
	}
	return all, nil
}

const seatColumns = `s.id, s.exercise_id, s.role, s.name, s.contact, s.secret, s.tested_at, s.present, s.hot, s.cold`

func scanSeat(row store.Row) (s Seat, err error) {
	var tested int64
	err = row.Scan(&s.ID, &s.Exercise, &s.Role, &s.Name, &s.Contact, &s.Secret, &tested, &s.Present, &s.Hot, &s.Cold)
	s.Tested = store.Time(tested)
	return s, err
}

// Seats lists the seats of an exercise that was read with its scope.
func Seats(ctx context.Context, tx *store.Tx, e Exercise) ([]Seat, error) {
	all, err := store.All(ctx, tx, scanSeat, `select `+seatColumns+` from exercise_seat s where s.exercise_id = $1 order by s.role, s.id`, e.ID)
	if err != nil {
		return nil, fmt.Errorf("list the seats of exercise %s: %w", e.ID, err)
	}
	return all, nil
}

// AddSeat gives somebody a seat of an exercise that was read with its scope, with a secret of its own.
func AddSeat(ctx context.Context, tx *store.Tx, s Seat, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into exercise_seat (id, exercise_id, role, name, contact, secret) values ($1, $2, $3, $4, $5, $6)`,
		store.NewID(now), s.Exercise, s.Role, s.Name, s.Contact, rand.Text())
	if err != nil {
		return fmt.Errorf("add a seat to exercise %s: %w", s.Exercise, err)
	}
	return nil
}

// BySecret finds a seat and its exercise by the secret of its address, which is the right to see them; a [fault.NotFound] otherwise.
func BySecret(ctx context.Context, tx *store.Tx, secret string) (s Seat, e Exercise, err error) {
	s, err = store.One(ctx, tx, scanSeat, `select `+seatColumns+` from exercise_seat s where s.secret = $1`, secret)
	if errors.Is(err, store.ErrNotFound) {
		return s, e, fault.NotFound("exercise.no_seat")
	}
	if err != nil {
		return s, e, fmt.Errorf("read a seat: %w", err)
	}
	e, err = store.One(ctx, tx, scan, `select `+columns+` from exercise e where e.id = $1`, s.Exercise)
	return s, e, err
}

// setSeat changes one thing about a seat.
func setSeat(ctx context.Context, tx *store.Tx, id, column string, value any) error {
	if _, err := tx.Exec(ctx, `update exercise_seat set `+column+` = $1 where id = $2`, value, id); err != nil {
		return fmt.Errorf("change seat %s: %w", id, err)
	}
	return nil
}

// Events reads the game of an exercise that was read with its scope.
func Events(ctx context.Context, tx *store.Tx, e Exercise) ([]drill.Event, error) {
	all, err := store.All(ctx, tx, func(row store.Row) (v drill.Event, err error) {
		var at int64
		err = row.Scan(&at, &v.Act, &v.Stimulus, &v.Minutes, &v.Reaction, &v.Seen)
		v.At = store.Time(at)
		return v, err
	}, `select at, act, stimulus, minutes, reaction, seen from exercise_event where exercise_id = $1 order by n`, e.ID)
	if err != nil {
		return nil, fmt.Errorf("read the game of exercise %s: %w", e.ID, err)
	}
	return all, nil
}

// Do adds an act to the game of an exercise that was read with its scope, and tells where the game then stands. What is not possible is a conflict.
func Do(ctx context.Context, tx *store.Tx, e Exercise, v drill.Event, by string) (drill.State, error) {
	events, err := Events(ctx, tx, e)
	if err != nil {
		return drill.State{}, err
	}
	v.At = v.At.Truncate(time.Millisecond)
	state, err := drill.Replay(e.Scenario, append(events, v), v.At)
	if err != nil {
		return state, fault.Conflict("exercise.not_now").Because(err)
	}
	_, err = tx.Exec(ctx, `insert into exercise_event (exercise_id, n, at, act, stimulus, minutes, reaction, seen, by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.ID, len(events)+1, store.Millis(v.At), string(v.Act), v.Stimulus, v.Minutes, v.Reaction, v.Seen, by)
	if err != nil {
		return state, fmt.Errorf("keep an act of exercise %s: %w", e.ID, err)
	}
	_, err = tx.Exec(ctx, `update exercise set started_at = $1, ended_at = $2, book_id = $3 where id = $4`, store.Millis(state.Started), store.Millis(state.Finished), e.Book, e.ID)
	return state, err
}

// Marks reads the milestones that were noted by a button.
func Marks(ctx context.Context, tx *store.Tx, e Exercise) ([]drill.Note, error) {
	return store.All(ctx, tx, func(row store.Row) (n drill.Note, err error) {
		var at int64
		var m drill.Milestone
		err = row.Scan(&m, &at)
		n.At, n.Reached = store.Time(at), []drill.Milestone{m}
		return n, err
	}, `select milestone, at from exercise_mark where exercise_id = $1 order by at, id`, e.ID)
}

func addMark(ctx context.Context, tx *store.Tx, e Exercise, m drill.Milestone, by string, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into exercise_mark (id, exercise_id, milestone, at, by) values ($1, $2, $3, $4, $5)`, store.NewID(now), e.ID, string(m), store.Millis(now), by)
	if err != nil {
		return fmt.Errorf("note a milestone of exercise %s: %w", e.ID, err)
	}
	return nil
}

// An Observation is what one observer saw of one thing.
type Observation struct {
	Seat, Objective string
	Place           int
	Value           string // done, partly, unseen
	Note            string
}

// Observations reads what was observed; an empty seat is everybody.
func Observations(ctx context.Context, tx *store.Tx, e Exercise, seat string) ([]Observation, error) {
	return store.All(ctx, tx, func(row store.Row) (o Observation, err error) {
		return o, row.Scan(&o.Seat, &o.Objective, &o.Place, &o.Value, &o.Note)
	}, `select seat_id, objective, place, value, note from exercise_observation where exercise_id = $1 and (seat_id = $2 or $3 = '') order by objective, place, seat_id`, e.ID, seat, seat)
}

func keepObservation(ctx context.Context, tx *store.Tx, e Exercise, o Observation, at time.Time) error {
	_, err := tx.Exec(ctx, `insert into exercise_observation (exercise_id, seat_id, objective, place, value, note, at) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (exercise_id, seat_id, objective, place) do update set value = excluded.value, note = excluded.note, at = excluded.at`, e.ID, o.Seat, o.Objective, o.Place, o.Value, o.Note, store.Millis(at))
	if err != nil {
		return fmt.Errorf("keep an observation of exercise %s: %w", e.ID, err)
	}
	return nil
}

// An Answer is what somebody thinks of the exercise; nobody knows who.
type Answer struct {
	Phase        Phase
	Satisfaction int // 1 to 5
	Kept         string
	Improved     string
}

// A Phase is when people are asked.
type Phase string

// The phases.
const (
	Hot  Phase = "hot"  // at the end of the exercise
	Cold Phase = "cold" // weeks later
)

// Answers reads what people think, in no order that means anything.
func Answers(ctx context.Context, tx *store.Tx, e Exercise) ([]Answer, error) {
	return store.All(ctx, tx, func(row store.Row) (a Answer, err error) {
		return a, row.Scan(&a.Phase, &a.Satisfaction, &a.Kept, &a.Improved)
	}, `select phase, satisfaction, kept, improved from exercise_answer where exercise_id = $1 order by id`, e.ID)
}

// keepAnswer keeps an answer under a name that says neither who nor when.
func keepAnswer(ctx context.Context, tx *store.Tx, e Exercise, a Answer) error {
	_, err := tx.Exec(ctx, `insert into exercise_answer (id, exercise_id, phase, satisfaction, kept, improved) values ($1, $2, $3, $4, $5, $6)`,
		rand.Text(), e.ID, string(a.Phase), a.Satisfaction, a.Kept, a.Improved)
	if err != nil {
		return fmt.Errorf("keep an answer about exercise %s: %w", e.ID, err)
	}
	return nil
}

// settle records that an exercise was concluded.
func settle(ctx context.Context, tx *store.Tx, e Exercise, counted bool, now time.Time) error {
	_, err := tx.Exec(ctx, `update exercise set concluded_at = $1, counted = $2 where id = $3`, store.Millis(now), counted, e.ID)
	return err
}

// A Standing is where an exercise is, without a word of what is in it.
type Standing struct {
	Ended, Counted bool
	Answers, Sum   int64 // how many answers there are, at the end and later, and the sum of what they say
}

// Standings tells where exercises of structures in scope are, by id.
func Standings(ctx context.Context, tx *store.Tx, scope territory.Scope, ids []string) (map[string]Standing, error) {
	all := map[string]Standing{}
	for part := range slices.Chunk(ids, 200) {
		var w store.Where
		marks := make([]string, len(part))
		for i, id := range part {
			marks[i] = w.Arg(id)
		}
		w.And("e.id in (" + strings.Join(marks, ", ") + ")")
		scope.Within(&w, "e.structure_id")
		_, err := store.All(ctx, tx, func(row store.Row) (_ struct{}, err error) {
			var id string
			var ended int64
			var s Standing
			err = row.Scan(&id, &ended, &s.Counted, &s.Answers, &s.Sum)
			s.Ended = ended > 0
			all[id] = s
			return struct{}{}, err
		}, `select e.id, e.ended_at, e.counted, (select count(*) from exercise_answer a where a.exercise_id = e.id), (select coalesce(sum(a.satisfaction), 0) from exercise_answer a where a.exercise_id = e.id) from exercise e`+w.SQL(), w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("tell where %d exercises are: %w", len(part), err)
		}
	}
	return all, nil
}
