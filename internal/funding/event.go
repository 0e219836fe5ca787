package funding

import (
	"context"
	"fmt"

	"hygie/internal/store"
	"hygie/internal/territory"
)

func addEvent(ctx context.Context, tx *store.Tx, e Event) error {
	_, err := tx.Exec(ctx, `insert into dossier_event (dossier_id, position, at, by_whom, on_behalf, act, from_state, state, clock, amount, outcome, reference, note)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		e.Dossier, e.Position, store.Millis(e.At), e.By, e.OnBehalf, string(e.Act), string(e.From), string(e.To), string(e.Clock), int64(e.Amount), e.Outcome, e.Reference, e.Note)
	if err != nil {
		return fmt.Errorf("note what happened to a dossier: %w", err)
	}
	return nil
}

func scanEvent(row store.Row) (e Event, err error) {
	var at int64
	err = row.Scan(&e.Dossier, &e.Position, &at, &e.By, &e.OnBehalf, &e.Act, &e.From, &e.To, &e.Clock, &e.Amount, &e.Outcome, &e.Reference, &e.Note)
	e.At = store.Time(at)
	return e, err
}

// Events gives the history of a dossier in scope, in order.
func Events(ctx context.Context, tx *store.Tx, scope territory.Scope, dossier string) ([]Event, error) {
	var w store.Where
	w.And("e.dossier_id = ?", dossier)
	scope.Within(&w, "d.structure_id")
	events, err := store.All(ctx, tx, scanEvent, `select e.dossier_id, e.position, e.at, e.by_whom, e.on_behalf, e.act, e.from_state, e.state, e.clock, e.amount, e.outcome, e.reference, e.note
		from dossier_event e join dossier d on d.id = e.dossier_id`+w.SQL()+` order by e.position`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the history of a dossier: %w", err)
	}
	return events, nil
}
