package funding

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// Envelope is what a call may spend, as a whole or in a part that is kept apart, such as a region's.
type Envelope struct {
	Call      string
	Part      string // empty: whatever has no part of its own; else the id of a region
	Total     Cents
	Committed Cents
	SetAt     time.Time
	SetBy     string
	Note      string
}

// Left is what can still be committed.
func (e Envelope) Left() Cents { return e.Total - e.Committed }

func scanEnvelope(row store.Row) (e Envelope, err error) {
	var at int64
	err = row.Scan(&e.Call, &e.Part, &e.Total, &e.Committed, &at, &e.SetBy, &e.Note)
	e.SetAt = store.Time(at)
	return e, err
}

const envelopeColumns = `call_id, part, total, committed, set_at, set_by, note`

// Envelopes lists the parts of the envelope of a call, the whole first. The caller has authorised right.SeeEnvelope.
func Envelopes(ctx context.Context, tx *store.Tx, call string) ([]Envelope, error) {
	list, err := store.All(ctx, tx, scanEnvelope, `select `+envelopeColumns+` from envelope where call_id = $1 order by part`, call)
	if err != nil {
		return nil, fmt.Errorf("read the envelope of %s: %w", call, err)
	}
	return list, nil
}

// Size sets what a part of an envelope holds; it never holds less than what is committed. The actor needs right.ManageEnvelope somewhere above everything
// that the call may reach, which is the nation, or the region of a part.
func (s *Service) Size(ctx context.Context, tx *store.Tx, actor right.Actor, e Envelope) error {
	if err := MayManage(ctx, tx, actor, e.Part); err != nil {
		return err
	}
	if e.Total < 0 {
		return fault.Invalid(fault.Field{Name: "total", Key: "funding.amount_negative"})
	}
	e.SetAt, e.SetBy = s.now(), actor.Person
	n, err := size(ctx, tx, e)
	if err != nil {
		return err
	}
	if n != 1 {
		return fault.Conflict("funding.committed_more")
	}
	return s.trail.Append(ctx, tx, journal.Entry{At: e.SetAt, Actor: actor.Person, Action: "envelope.set", Structure: e.Part, Subject: "envelope/" + e.Call,
		Data: trail.Data(map[string]any{"call": e.Call, "cents": int64(e.Total), "note": e.Note})})
}

// MayManage asks whether somebody may set what a part of an envelope holds: that of a region, or the whole (empty) for who answers for the nation.
func MayManage(ctx context.Context, tx *store.Tx, actor right.Actor, part string) error {
	if part != "" {
		_, err := right.Authorize(ctx, tx, actor, right.ManageEnvelope, part)
		return err
	}
	root, err := territory.Root(ctx, tx, right.Visible(actor, right.ManageEnvelope))
	if err != nil {
		return err
	}
	_, err = right.Authorize(ctx, tx, actor, right.ManageEnvelope, string(root.ID))
	return err
}

// Stock puts the envelope of a call in place when there is none: what the data of the call says, in the name of the platform.
func Stock(ctx context.Context, tx *store.Tx, e Envelope, at time.Time) error {
	_, err := tx.Exec(ctx, `insert into envelope (call_id, part, total, set_at, set_by, note) values ($1, $2, $3, $4, $5, $6) on conflict (call_id, part) do nothing`,
		e.Call, e.Part, int64(e.Total), store.Millis(at), "hygie", e.Note)
	if err != nil {
		return fmt.Errorf("put the envelope of %s in place: %w", e.Call, err)
	}
	return nil
}

// size writes what a part holds, unless more is committed; it returns how many rows were written.
func size(ctx context.Context, tx *store.Tx, e Envelope) (int64, error) {
	n, err := tx.Exec(ctx, `insert into envelope (call_id, part, total, set_at, set_by, note) values ($1, $2, $3, $4, $5, $6)
		on conflict (call_id, part) do update set total = excluded.total, set_at = excluded.set_at, set_by = excluded.set_by, note = excluded.note
		where envelope.committed <= excluded.total`, e.Call, e.Part, int64(e.Total), store.Millis(e.SetAt), e.SetBy, e.Note)
	if err != nil {
		return n, fmt.Errorf("set the envelope of %s: %w", e.Call, err)
	}
	return n, nil
}

// commit moves what a dossier holds of its envelope by an amount, and returns the part that it holds from. The row of the envelope is changed only when
// enough is left, so that whoever decides at once never commits more than there is.
func commit(ctx context.Context, tx *store.Tx, d Dossier, e Event, amount Cents) (part string, err error) {
	if part = d.Part; d.Held == 0 {
		if part, err = partOf(ctx, tx, d); err != nil {
			return part, err
		}
	}
	n, err := tx.Exec(ctx, `update envelope set committed = committed + $1 where call_id = $2 and part = $3 and committed + $4 between 0 and total`, int64(amount), d.Call, part, int64(amount))
	if err != nil {
		return part, fmt.Errorf("commit for dossier %s: %w", d.Number, err)
	}
	if n != 1 {
		return part, short(ctx, tx, d, part)
	}
	_, err = tx.Exec(ctx, `insert into envelope_line (id, call_id, part, dossier_id, position, amount, at) values ($1, $2, $3, $4, $5, $6, $7)`,
		store.NewID(e.At), d.Call, part, d.ID, e.Position, int64(amount), store.Millis(e.At))
	if err != nil {
		return part, fmt.Errorf("note what dossier %s moved: %w", d.Number, err)
	}
	return part, nil
}

// partOf is the part of the envelope for a dossier: that of its region when it has one, else the whole.
func partOf(ctx context.Context, tx *store.Tx, d Dossier) (string, error) {
	part, err := store.One(ctx, tx, store.Column[string], `select e.part from envelope e join structure r on r.id = e.part join structure s on s.lft between r.lft and r.rgt
		where e.call_id = $1 and s.id = $2 order by r.depth desc limit 1`, d.Call, d.Structure)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return part, err
}

// short says what is missing in an envelope.
func short(ctx context.Context, tx *store.Tx, d Dossier, part string) error {
	e, err := store.One(ctx, tx, scanEnvelope, `select `+envelopeColumns+` from envelope where call_id = $1 and part = $2`, d.Call, part)
	if errors.Is(err, store.ErrNotFound) {
		return fault.Conflict("funding.no_envelope")
	}
	if err != nil {
		return err
	}
	return fault.Conflict("funding.envelope_short", "left", money(e.Left()))
}

// Movement is one line of an envelope.
type Movement struct {
	Call, Part, Dossier string
	Position            int64 // of the event that moved it
	Amount              Cents // negative: given back
	At                  time.Time
}

// Movements lists what moved the envelope of a call, for the dossiers in scope, in order.
func Movements(ctx context.Context, tx *store.Tx, scope territory.Scope, call string) ([]Movement, error) {
	var w store.Where
	w.And("l.call_id = ?", call)
	scope.Within(&w, "d.structure_id")
	list, err := store.All(ctx, tx, func(row store.Row) (m Movement, err error) {
		var at int64
		err = row.Scan(&m.Call, &m.Part, &m.Dossier, &m.Position, &m.Amount, &at)
		m.At = store.Time(at)
		return m, err
	}, `select l.call_id, l.part, l.dossier_id, l.position, l.amount, l.at from envelope_line l join dossier d on d.id = l.dossier_id`+w.SQL()+` order by l.at, l.dossier_id, l.position`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read the movements of an envelope: %w", err)
	}
	return list, nil
}
