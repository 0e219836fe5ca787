package funding

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Message is one word in the conversation of a dossier.
type Message struct {
	Position int64 // in the conversation, from 1
	Side     Level // on whose side it was written
	Note     string
	At       time.Time
	By       string
}

// Say adds a message to a dossier: for its applicant with right.EditDossier, for an agency with its right to instruct, for the accounts with right.PayDossier.
func (s *Service) Say(ctx context.Context, tx *store.Tx, actor right.Actor, dossier, note string) error {
	d, err := ByID(ctx, tx, right.Visible(actor, right.SeeDossier), dossier)
	if err != nil {
		return err
	}
	side, err := sideOf(ctx, tx, actor, d)
	if err != nil {
		return err
	}
	if n := utf8.RuneCountInString(note); n == 0 || n > maxNote {
		return fault.Invalid(fault.Field{Name: "message", Key: "funding.message_length", Args: []any{"limit", maxNote}})
	}
	now := s.now()
	_, err = tx.Exec(ctx, `insert into dossier_message (dossier_id, position, side, note, at, by_whom)
		values ($1, (select coalesce(max(position), 0) + 1 from dossier_message where dossier_id = $1), $2, $3, $4, $5)`, d.ID, string(side), note, store.Millis(now), actor.Person)
	if err != nil {
		return fmt.Errorf("add a message to dossier %s: %w", d.Number, err)
	}
	return nil
}

// sideOf is on whose side somebody speaks in a dossier.
func sideOf(ctx context.Context, tx *store.Tx, actor right.Actor, d Dossier) (Level, error) {
	var last error
	for _, who := range []Who{writes, instructs, decides, pays} {
		_, err := right.Authorize(ctx, tx, actor, who.Right, d.Structure)
		if err == nil {
			return who.Level, nil
		}
		last = hide(err)
	}
	return "", last
}

// Messages lists the conversation of a dossier in scope, in order; the latest 500.
func Messages(ctx context.Context, tx *store.Tx, scope territory.Scope, dossier string) ([]Message, error) {
	var w store.Where
	w.And("m.dossier_id = ?", dossier)
	scope.Within(&w, "d.structure_id")
	list, err := store.All(ctx, tx, func(row store.Row) (m Message, err error) {
		var at int64
		err = row.Scan(&m.Position, &m.Side, &m.Note, &at, &m.By)
		m.At = store.Time(at)
		return m, err
	}, `select position, side, note, at, by_whom from (select m.position, m.side, m.note, m.at, m.by_whom from dossier_message m join dossier d on d.id = m.dossier_id`+w.SQL()+
		` order by m.position desc limit 500) last order by position`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the messages of a dossier: %w", err)
	}
	return list, nil
}
