package funding

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// Dossier is an application for funding.
type Dossier struct {
	Life
	ID          string
	Number      string // how people call it, such as "CARE-D2-0042"
	Call        string // id
	CallVersion string // of the data of the call, when it was begun
	Structure   string // a structure or a group
	Slot        string // the structure that began it; another one after a merge
	ClosesSeen  time.Time
	Part        string // of the envelope that it holds from
	Held        Cents  // what it holds of its envelope
	BegunAt     time.Time
	BegunBy     string
}

const columns = `d.id, d.number, d.call_id, d.call_version, d.structure_id, d.slot, d.state, d.version, d.since, d.closes_at, d.asked, d.granted, d.paid, d.due_back, d.paid_back,
	d.committed, d.envelope_part, d.begun_at, d.begun_by, d.deposited_at, d.decided_at`

func scan(row store.Row) (d Dossier, err error) {
	var since, closes, begun, deposited, decided int64
	err = row.Scan(&d.ID, &d.Number, &d.Call, &d.CallVersion, &d.Structure, &d.Slot, &d.State, &d.Version, &since, &closes, &d.Asked, &d.Granted, &d.Paid, &d.DueBack, &d.PaidBack,
		&d.Held, &d.Part, &begun, &d.BegunBy, &deposited, &decided)
	d.Since, d.ClosesSeen, d.BegunAt, d.DepositedAt, d.DecidedAt = store.Time(since), store.Time(closes), store.Time(begun), store.Time(deposited), store.Time(decided)
	return d, err
}

var errNotFound = fault.NotFound("funding.not_found")

// ByID reads a dossier in scope.
func ByID(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) (Dossier, error) {
	var w store.Where
	w.And("d.id = ?", id)
	scope.Within(&w, "d.structure_id")
	d, err := store.One(ctx, tx, scan, `select `+columns+` from dossier d`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return d, errNotFound
	}
	return d, err
}

// Filter chooses dossiers. The zero value of each field means any.
type Filter struct {
	Call      string
	Structure string
	Below     territory.Interval // structures that stand inside
	States    []State
	Without   []State // states left out
	After     string  // the cursor of the previous page
	Limit     int     // 50 when zero, at most 500
}

const mostListed = 500

// List gives a page of the dossiers in scope, those that have been longest in their state first, and the cursor of the next page, empty after the last.
func List(ctx context.Context, tx *store.Tx, scope territory.Scope, f Filter) ([]Dossier, string, error) {
	var w store.Where
	f.where(&w)
	scope.Within(&w, "d.structure_id")
	if since, id, ok := strings.Cut(f.After, "."); ok {
		var at int64
		if _, err := fmt.Sscan(since, &at); err != nil {
			return nil, "", fault.Invalid(fault.Field{Name: "after", Key: "funding.cursor"})
		}
		w.And("(d.since > ? or (d.since = ? and d.id > ?))", at, at, id)
	}
	limit := min(f.Limit, mostListed)
	if limit <= 0 {
		limit = 50
	}
	list, err := store.All(ctx, tx, scan, `select `+columns+` from dossier d`+w.SQL()+` order by d.since, d.id limit `+w.Arg(limit+1), w.Args()...)
	if err != nil {
		return nil, "", fmt.Errorf("list dossiers: %w", err)
	}
	if len(list) <= limit {
		return list, "", nil
	}
	list = list[:limit]
	last := list[limit-1]
	return list, fmt.Sprintf("%d.%s", store.Millis(last.Since), last.ID), nil
}

func (f Filter) where(w *store.Where) {
	if f.Call != "" {
		w.And("d.call_id = ?", f.Call)
	}
	if f.Structure != "" {
		w.And("d.structure_id = ?", f.Structure)
	}
	if f.Below != (territory.Interval{}) {
		w.And("exists (select 1 from structure below where below.id = d.structure_id and below.lft between ? and ?)", f.Below.Left, f.Below.Right)
	}
	for _, set := range []struct {
		states []State
		word   string
	}{{f.States, "in"}, {f.Without, "not in"}} {
		if len(set.states) == 0 {
			continue
		}
		args := make([]any, len(set.states))
		for i, s := range set.states {
			args[i] = string(s)
		}
		w.And("d.state "+set.word+" ("+strings.TrimSuffix(strings.Repeat("?, ", len(args)), ", ")+")", args...)
	}
}

// Beginning is what a new dossier is made from.
type Beginning struct {
	Call, CallVersion string
	Structure         string
	Closes            time.Time // of the window, as the call has it now; zero: no end
}

// Begin begins a dossier, or gives the one that the structure has for the call already. The actor needs right.EditDossier on the structure.
func (s *Service) Begin(ctx context.Context, tx *store.Tx, actor right.Actor, b Beginning) (Dossier, error) {
	scope, err := right.Authorize(ctx, tx, actor, right.EditDossier, b.Structure)
	if err != nil {
		return Dossier{}, err
	}
	now := s.now()
	existing, err := store.One(ctx, tx, store.Column[string], `select id from dossier where call_id = $1 and slot = $2 and state <> $3`, b.Call, b.Structure, string(Withdrawn))
	if err == nil {
		return ByID(ctx, tx, scope, existing)
	} else if !errors.Is(err, store.ErrNotFound) {
		return Dossier{}, err
	}
	serial, err := store.One(ctx, tx, store.Column[int64], `select coalesce(max(serial), 0) + 1 from dossier where call_id = $1`, b.Call)
	if err != nil {
		return Dossier{}, err
	}
	id, number := store.NewID(now), fmt.Sprintf("%s-%04d", strings.ToUpper(b.Call), serial)
	var w store.Where
	marks := ""
	for _, v := range []any{id, number, serial, b.Call, b.CallVersion, b.Structure, string(Draft), int64(0), store.Millis(now), store.Millis(b.Closes), store.Millis(now), actor.Person} {
		marks += ", " + w.Arg(v)
	}
	w.And("s.id = ?", b.Structure)
	w.And("s.status = 'active'")
	scope.Within(&w, "s.id")
	n, err := tx.Exec(ctx, `insert into dossier (structure_id, id, number, serial, call_id, call_version, slot, state, version, since, closes_at, begun_at, begun_by)
		select s.id`+marks+` from structure s`+w.SQL(), w.Args()...)
	if err != nil {
		return Dossier{}, fmt.Errorf("begin a dossier of %s: %w", b.Structure, err)
	}
	if n != 1 {
		return Dossier{}, fault.Conflict("funding.structure_closed")
	}
	d := Dossier{ID: id, Number: number, Call: b.Call, CallVersion: b.CallVersion, Structure: b.Structure, Slot: b.Structure, ClosesSeen: b.Closes, BegunAt: now, BegunBy: actor.Person}
	e := Event{Dossier: id, Position: 1, At: now, By: actor.Person, Act: Begin, To: Draft}
	return d, s.record(ctx, tx, &d, e)
}

// record writes an event of a dossier: its line, the columns that follow from it, what it moves in the envelope, and the line of the audit trail. d is as it
// was read; afterwards as the event left it.
func (s *Service) record(ctx context.Context, tx *store.Tx, d *Dossier, e Event) error {
	life, err := d.after(e)
	if err != nil {
		return err
	}
	was := d.Version
	d.Life = life
	moved := life.Committed() - d.Held
	if moved != 0 {
		if d.Part, err = commit(ctx, tx, *d, e, moved); err != nil {
			return err
		}
		d.Held = life.Committed()
	}
	n, err := tx.Exec(ctx, `update dossier set state = $1, version = $2, since = $3, asked = $4, granted = $5, paid = $6, due_back = $7, paid_back = $8, committed = $9, envelope_part = $10,
		deposited_at = $11, decided_at = $12 where id = $13 and version = $14`,
		string(d.State), d.Version, store.Millis(d.Since), int64(d.Asked), int64(d.Granted), int64(d.Paid), int64(d.DueBack), int64(d.PaidBack), int64(d.Held), d.Part,
		store.Millis(d.DepositedAt), store.Millis(d.DecidedAt), d.ID, was)
	if err != nil {
		return fmt.Errorf("move dossier %s: %w", d.Number, err)
	}
	if n != 1 {
		return fault.Conflict("funding.moved_meanwhile")
	}
	if err := addEvent(ctx, tx, e); err != nil {
		return err
	}
	data := map[string]any{"number": d.Number, "call": d.Call, "state": string(d.State)}
	if e.Act.Prepares() { // the structure reads its trail, and this is not for it yet: the event says it
		e.Outcome, e.Reference, e.Amount = "", "", 0
	}
	for name, text := range map[string]string{"outcome": e.Outcome, "reference": e.Reference, "on_behalf": e.OnBehalf} {
		if text != "" {
			data[name] = text
		}
	}
	if e.Amount != 0 {
		data["cents"] = int64(e.Amount)
	}
	return s.trail.Append(ctx, tx, journal.Entry{At: e.At, Actor: e.By, Action: "dossier." + string(e.Act), Structure: d.Structure, Subject: "dossier/" + d.ID, Data: trail.Data(data)})
}
