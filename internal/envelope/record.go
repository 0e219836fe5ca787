package envelope

import (
	"context"
	"fmt"
	"time"

	"hygie/internal/funding"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Record is a dossier as the file of all of them has it.
type Record struct {
	ID, Number              string
	Structure               string
	Name, Finess            string // of the structure
	State                   funding.State
	Since                   time.Time
	Asked, Granted          funding.Cents
	Held                    funding.Cents // of the envelope
	Paid, DueBack, PaidBack funding.Cents
	DepositedAt, DecidedAt  time.Time // zero: not yet
}

// Each gives every dossier of a call in scope, drafts included, in the order of their numbers. It reads by pages, so that memory does not grow with the call;
// yield returns false to stop.
func Each(ctx context.Context, tx *store.Tx, scope territory.Scope, call string, yield func(Record) bool) error {
	for serial := int64(0); ; {
		var w store.Where
		w.And("d.call_id = ?", call)
		w.And("d.serial > ?", serial)
		scope.Within(&w, "d.structure_id")
		page, err := store.All(ctx, tx, func(row store.Row) (r Record, err error) {
			var since, deposited, decided int64
			err = row.Scan(&serial, &r.ID, &r.Number, &r.Structure, &r.Name, &r.Finess, &r.State, &since, &r.Asked, &r.Granted, &r.Held, &r.Paid, &r.DueBack, &r.PaidBack, &deposited, &decided)
			r.Since, r.DepositedAt, r.DecidedAt = store.Time(since), store.Time(deposited), store.Time(decided)
			return r, err
		}, `select d.serial, d.id, d.number, d.structure_id, s.name, s.finess, d.state, d.since, d.asked, d.granted, d.committed, d.paid, d.due_back, d.paid_back, d.deposited_at, d.decided_at
			from dossier d join structure s on s.id = d.structure_id`+w.SQL()+` order by d.serial limit `+w.Arg(mostRead), w.Args()...)
		if err != nil {
			return fmt.Errorf("list the dossiers of call %s: %w", call, err)
		}
		for _, r := range page {
			if !yield(r) {
				return nil
			}
		}
		if len(page) < mostRead {
			return nil
		}
	}
}
