package reflex

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hygie/card"
	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Versions lists what a structure in scope wrote of a card, the latest first; an empty card lists the version that holds of each.
func Versions(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, cardID string) ([]Version, error) {
	var w store.Where
	w.And("v.structure_id = ?", structure)
	if cardID != "" {
		w.And("v.card_id = ?", cardID)
	} else {
		w.And("v.number = (select max(o.number) from reflex_version o where o.structure_id = v.structure_id and o.card_id = v.card_id)")
	}
	scope.Within(&w, "v.structure_id")
	all, err := store.All(ctx, tx, func(row store.Row) (v Version, err error) {
		var at int64
		err = row.Scan(&v.Structure, &v.Card, &v.Number, &v.Content, &v.Note, &at, &v.By)
		v.At = store.Time(at)
		return v, err
	}, `select v.structure_id, v.card_id, v.number, v.content, v.note, v.at, v.by from reflex_version v`+w.SQL()+` order by v.card_id, v.number desc`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list the cards of %s: %w", structure, err)
	}
	return all, nil
}

// Keep adds a version of a card to a structure in scope; it holds from now on. previous is the number of the version that its writer started from: when
// somebody kept another one meanwhile it is a conflict.
func Keep(ctx context.Context, tx *store.Tx, scope territory.Scope, v Version, previous int64) error {
	if _, err := territory.Get(ctx, tx, scope, territory.ID(v.Structure)); err != nil {
		return err
	}
	last, err := store.One(ctx, tx, store.Column[int64], `select coalesce(max(number), 0) from reflex_version where structure_id = $1 and card_id = $2`, v.Structure, v.Card)
	if err != nil {
		return fmt.Errorf("read the versions of card %s: %w", v.Card, err)
	}
	if last != previous {
		return fault.Conflict("reflex.changed_meanwhile")
	}
	_, err = tx.Exec(ctx, `insert into reflex_version (structure_id, card_id, number, content, note, at, by) values ($1, $2, $3, $4, $5, $6, $7)`,
		v.Structure, v.Card, last+1, v.Content, v.Note, store.Millis(v.At), v.By)
	if err != nil {
		return fmt.Errorf("keep card %s of %s: %w", v.Card, v.Structure, err)
	}
	return nil
}

// Begin records a run for a structure in scope and gives its id.
func Begin(ctx context.Context, tx *store.Tx, scope territory.Scope, r Run) (string, error) {
	if _, err := territory.Get(ctx, tx, scope, territory.ID(r.Structure)); err != nil {
		return "", err
	}
	text, err := json.Marshal(r.Card)
	if err != nil {
		return "", fmt.Errorf("write card %s: %w", r.Card.ID, err)
	}
	id := store.NewID(r.StartedAt)
	_, err = tx.Exec(ctx, `insert into reflex_run (id, structure_id, card_id, card, book_id, after_id, started_at, started_by) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, r.Structure, r.Card.ID, string(text), r.Book, r.After, store.Millis(r.StartedAt), r.StartedBy)
	if err != nil {
		return "", fmt.Errorf("begin card %s for %s: %w", r.Card.ID, r.Structure, err)
	}
	return id, nil
}

const runColumns = `r.id, r.structure_id, r.card, r.book_id, r.after_id, r.started_at, r.started_by, r.ended_at`

func scanRun(row store.Row) (r Run, err error) {
	var text string
	var started, ended int64
	if err := row.Scan(&r.ID, &r.Structure, &text, &r.Book, &r.After, &started, &r.StartedBy, &ended); err != nil {
		return r, err
	}
	r.StartedAt, r.EndedAt = store.Time(started), store.Time(ended)
	r.Card = &card.Card{}
	return r, json.Unmarshal([]byte(text), r.Card)
}

// ByID finds a run of a structure in scope, with its answers; a [fault.NotFound] otherwise.
func ByID(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, id string) (Run, error) {
	var w store.Where
	w.And("r.id = ?", id)
	w.And("r.structure_id = ?", structure)
	scope.Within(&w, "r.structure_id")
	r, err := store.One(ctx, tx, scanRun, `select `+runColumns+` from reflex_run r`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return r, fault.NotFound("reflex.no_run")
	}
	if err != nil {
		return r, fmt.Errorf("read run %s: %w", id, err)
	}
	r.Given = card.Given{}
	_, err = store.All(ctx, tx, func(row store.Row) (struct{}, error) {
		var step, answer string
		err := row.Scan(&step, &answer)
		r.Given[step] = card.Answer(answer)
		return struct{}{}, err
	}, `select step, answer from reflex_answer where run_id = $1 order by n`, id)
	if err != nil {
		return r, fmt.Errorf("read the answers of run %s: %w", id, err)
	}
	return r, nil
}

// Runs lists the runs of a structure in scope without their answers, the latest first.
func Runs(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, limit int) ([]Run, error) {
	var w store.Where
	w.And("r.structure_id = ?", structure)
	scope.Within(&w, "r.structure_id")
	where := w.SQL()
	all, err := store.All(ctx, tx, scanRun, `select `+runColumns+` from reflex_run r`+where+` order by r.started_at desc, r.id desc limit `+w.Arg(limit), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list the runs of %s: %w", structure, err)
	}
	return all, nil
}

// add keeps an answer of a run that was read with its scope.
func add(ctx context.Context, tx *store.Tx, run, step string, a card.Answer, by string, at time.Time) error {
	_, err := tx.Exec(ctx, `insert into reflex_answer (run_id, n, step, answer, at, by) select $1, coalesce(max(n), 0) + 1, $2, $3, $4, $5 from reflex_answer where run_id = $6`,
		run, step, string(a), store.Millis(at), by, run)
	if err != nil {
		return fmt.Errorf("keep an answer of run %s: %w", run, err)
	}
	return nil
}

// Finish ends a run that was read with its scope.
func Finish(ctx context.Context, tx *store.Tx, run string, at time.Time) error {
	if _, err := tx.Exec(ctx, `update reflex_run set ended_at = $1 where id = $2 and ended_at = 0`, store.Millis(at), run); err != nil {
		return fmt.Errorf("end run %s: %w", run, err)
	}
	return nil
}
