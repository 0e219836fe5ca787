package instruction

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/funding/candidate"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/referential/call"
)

// Points that are no requirement and no document.
const (
	pointEligible = "eligible"
	pointAmount   = "amount"
)

// point is one thing that is checked in a dossier.
type point struct {
	Code   string // "eligible", "amount", "requirement/ID", "evidence/CODE"
	Title  referential.Text
	Status referential.Status
}

// open tells whether the checks did not settle the point.
func (p point) open() bool {
	return p.Status != referential.Met && p.Status != referential.NotApplicable
}

// need is a requirement of the call as the dossier meets it.
type need struct {
	call.Requirement
	candidate.Answer
}

// check is what can be said of a dossier before anybody looks.
type check struct {
	Eligible call.Why
	Gives    call.Result // what scale and spending give
	Ceiling  call.Result
	Amount   referential.Status
	Needs    []need
	Pieces   []piece
	Points   []point
	Sample   call.Why // whether it is drawn although nothing is open
	Arrived  time.Time
	Due      time.Time
}

// piece is a document that the call asks for.
type piece struct {
	call.Evidence
	Status referential.Status
	Lacks  []string // names of members for whom it is missing
}

// open counts the points that the checks leave open.
func (k check) open() (n int) {
	for _, p := range k.Points {
		if p.open() {
			n++
		}
	}
	return n
}

// drawn tells whether the dossier is looked at in depth although nothing is open.
func (k check) drawn() bool { return k.open() == 0 && k.Sample.Status == referential.Met }

// toLook are the points that somebody has to look at before a visa or a grant.
func (k check) toLook() (list []point) {
	drawn := k.drawn()
	for _, p := range k.Points {
		if drawn || p.open() {
			list = append(list, p)
		}
	}
	return list
}

// subject is a dossier with what is needed to check it.
type subject struct {
	funding.Dossier
	Call      *call.Call
	Structure territory.Structure
	Facts     call.Facts
	Events    []funding.Event
	Expenses  []funding.Expense
	Picked    []funding.Picked
	Fields    []funding.Field
	Receipts  []funding.Receipt // the latest first
}

// errNoCall says that a dossier is of a call that this program does not know any more.
var errNoCall = fault.NotFound("instruction.no_call")

// read reads a dossier in scope with what is needed to check it.
func (m *Module) read(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) (s subject, err error) {
	if s.Dossier, err = funding.ByID(ctx, tx, scope, id); err != nil {
		return s, err
	}
	var ok bool
	if s.Call, ok = m.find(s.Dossier.Call); !ok {
		return s, errNoCall
	}
	if s.Structure, err = territory.Get(ctx, tx, scope, territory.ID(s.Dossier.Structure)); err != nil {
		return s, err
	}
	if s.Facts, err = candidate.Facts(ctx, tx, scope, s.Structure, m.now(), s.Call.Zone); err != nil {
		return s, err
	}
	if s.Fields, err = funding.Fields(ctx, tx, scope, id); err != nil {
		return s, err
	}
	for _, f := range s.Fields {
		if code, ok := strings.CutPrefix(f.Name, "answer/"); ok && f.Member == "" && f.Value != "" {
			s.Facts.Answers[code] = f.Value
		}
	}
	if s.Events, err = funding.Events(ctx, tx, scope, id); err != nil {
		return s, err
	}
	if s.Life, err = funding.Replay(s.Events); err != nil { // the row does not keep all of it
		return s, fmt.Errorf("dossier %s: %w", s.Number, err)
	}
	if s.Expenses, err = m.funding.Expenses(ctx, tx, scope, id); err != nil {
		return s, err
	}
	if s.Picked, err = funding.Evidence(ctx, tx, scope, id); err != nil {
		return s, err
	}
	s.Receipts, err = funding.Receipts(ctx, tx, scope, id)
	return s, err
}

// opened is when the deposit of a dossier can no longer change, as its receipt knows it.
func (s subject) opened() time.Time {
	if len(s.Receipts) == 0 || s.Receipts[0].Closes.IsZero() {
		return time.Time{}
	}
	return s.Receipts[0].Closes.Add(time.Second)
}

// check makes every check on a dossier.
func (m *Module) check(ctx context.Context, tx *store.Tx, scope territory.Scope, s subject) (k check, err error) {
	answers, err := candidate.Judge(ctx, tx, scope, m.shelf, s.Structure, m.now(), s.Call.Zone, s.Call)
	if err != nil {
		return k, err
	}
	k.Eligible, k.Ceiling = s.Call.Eligible(s.Facts), s.Call.Ceiling(s.Facts)
	k.Gives = s.Call.Grant(s.Facts, spent(s.Expenses))
	k.Amount = amountFits(s.Asked, k.Gives)
	stage, phase := call.ToApply, call.Candidature
	if controlling(s.State) {
		stage, phase = call.ToAchieve, call.Achievement
	}
	k.Points = append(k.Points, point{Code: pointEligible, Status: k.Eligible.Status})
	if !controlling(s.State) {
		k.Points = append(k.Points, point{Code: pointAmount, Status: k.Amount})
	}
	for _, r := range candidate.Concerned(s.Call, s.Facts.Category) {
		n := need{Requirement: r, Answer: answers.Of(r)}
		k.Needs = append(k.Needs, n)
		if r.Stage == stage || r.Stage == call.EachYear {
			k.Points = append(k.Points, point{Code: "requirement/" + r.ID, Title: n.title(), Status: n.Status})
		}
	}
	for _, e := range s.Call.Evidence {
		if p, ok := s.Call.Phase(e.Phase); e.Optional || !ok || p.Kind != phase {
			continue
		}
		one := pieceOf(e, s)
		k.Pieces = append(k.Pieces, one)
		k.Points = append(k.Points, point{Code: "evidence/" + e.Code, Title: e.Title, Status: one.Status})
	}
	salt, err := m.salt(ctx, tx, s.Call.ID)
	if err != nil {
		return k, err
	}
	k.Sample = s.Call.Draw(salt, s.ID, s.Asked)
	return k, m.clock(&k, s)
}

// title is how the requirement is called.
func (n need) title() referential.Text {
	if !n.Title.IsZero() {
		return n.Title
	}
	if !n.Name.IsZero() {
		return n.Name
	}
	return referential.Text{FR: n.ID, EN: n.ID}
}

// clock tells when the dossier came to the level that has it, and what that level should keep to.
func (m *Module) clock(k *check, s subject) (err error) {
	d, ok := deskOf(s.State)
	if !ok {
		return nil
	}
	list := turns(s.Events, d, s.opened())
	if len(list) > 0 {
		k.Arrived = list[0].At
	}
	k.Due, err = due(s.Call, d, s.State, list, m.now())
	return err
}

// spent are expenses as calls count them.
func spent(list []funding.Expense) (all []call.Expense) {
	for _, x := range list {
		y, month, day := x.On.Date()
		all = append(all, call.Expense{ID: x.ID, Kind: x.Kind, Label: x.Label, On: time.Date(y, month, day, 0, 0, 0, 0, time.UTC), Amount: x.Amount})
	}
	return all
}

// amountFits tells whether what is asked is within what scale and spending give.
func amountFits(asked funding.Cents, gives call.Result) referential.Status {
	switch {
	case !gives.Known:
		return referential.Unknown
	case asked > 0 && asked <= gives.Amount:
		return referential.Met
	}
	return referential.NotMet
}

// pieceOf tells whether a document that the call asks for is there: picked for one of the requirements that it serves, of its kind, and not replaced since. One
// that is asked of each member of a group may also be picked for the whole.
func pieceOf(e call.Evidence, s subject) piece {
	p := piece{Evidence: e, Status: referential.NotMet}
	serves := func(member string) bool {
		return slices.ContainsFunc(s.Picked, func(f funding.Picked) bool {
			return f.ReplacedBy == "" && (len(e.Requirement) == 0 || slices.Contains(e.Requirement, f.Requirement)) && (e.Document == "" || string(f.Kind) == e.Document) &&
				(f.Member == "" || f.Member == member)
		})
	}
	if !e.Each || len(s.Facts.Members) == 0 {
		for _, f := range s.Picked {
			if serves(f.Member) {
				p.Status = referential.Met
			}
		}
		return p
	}
	for _, member := range s.Facts.Members {
		if !serves(member.Structure) {
			p.Lacks = append(p.Lacks, member.Name)
		}
	}
	if len(p.Lacks) == 0 {
		p.Status = referential.Met
	}
	return p
}

// keep notes what was checked, so that queues find it.
func keep(ctx context.Context, tx *store.Tx, s subject, k check, at time.Time) error {
	d, ok := deskOf(s.State)
	level := d.Level
	if !ok {
		level = funding.Applicant
	}
	_, err := tx.Exec(ctx, `insert into instruction_check (dossier_id, version, level, arrived_at, due_at, open, drawn, checked_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (dossier_id) do update set version = excluded.version, level = excluded.level, arrived_at = excluded.arrived_at, due_at = excluded.due_at, open = excluded.open,
		drawn = excluded.drawn, checked_at = excluded.checked_at`,
		s.ID, s.Version, string(level), store.Millis(k.Arrived), store.Millis(k.Due), k.open(), k.drawn(), store.Millis(at))
	if err != nil {
		return fmt.Errorf("keep what was checked in dossier %s: %w", s.Number, err)
	}
	return nil
}

// recheck checks a dossier and keeps it, after something moved it. A call that is not known any more leaves it unchecked.
func (m *Module) recheck(ctx context.Context, tx *store.Tx, id string) error {
	s, err := m.read(ctx, tx, territory.Everything(), id)
	if errors.Is(err, errNoCall) {
		return nil
	}
	if err != nil {
		return err
	}
	k, err := m.check(ctx, tx, territory.Everything(), s)
	if err != nil {
		return err
	}
	return keep(ctx, tx, s, k, m.now())
}

// stale is how long a check holds while nothing moves: evidence and verdicts change beside the dossier.
const stale = 12 * time.Hour

// CheckWaiting checks dossiers that agencies have in hand and that moved since they were checked, or were checked long ago; at most so many. It returns how many
// it checked.
func (m *Module) CheckWaiting(ctx context.Context, most int) (n int, err error) {
	var states []string
	for _, d := range desks() {
		for _, s := range slices.Concat(d.Work, d.Waiting) {
			states = append(states, string(s))
		}
	}
	var w store.Where
	in(&w, "d.state", states)
	w.And("(k.dossier_id is null or k.version <> d.version or k.checked_at < ?)", store.Millis(m.now().Add(-stale)))
	var known []string
	for _, c := range m.calls.All() {
		known = append(known, c.ID)
	}
	in(&w, "d.call_id", known)
	var ids []string
	err = m.db.View(ctx, func(tx *store.Tx) (err error) {
		ids, err = store.All(ctx, tx, store.Column[string], `select d.id from dossier d left join instruction_check k on k.dossier_id = d.id`+w.SQL()+
			` order by k.checked_at is not null, k.checked_at, d.id limit `+w.Arg(most), w.Args()...)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("find dossiers to check: %w", err)
	}
	for _, id := range ids {
		if err := m.db.Update(ctx, func(tx *store.Tx) error { return m.recheck(ctx, tx, id) }); err != nil {
			return n, fmt.Errorf("check dossier %s: %w", id, err)
		}
		n++
	}
	return n, nil
}

// How often, and how many at once, dossiers are checked in the background.
const (
	checkEvery = 15 * time.Second
	checkMost  = 50
)

// Run checks dossiers as they move, until the context ends.
func (m *Module) Run(ctx context.Context) {
	ticker := time.NewTicker(checkEvery)
	defer ticker.Stop()
	for {
		n, err := m.CheckWaiting(ctx, checkMost)
		if err != nil && ctx.Err() == nil {
			m.log.WarnContext(ctx, "dossiers could not be checked", "error", err)
		}
		if n == checkMost && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// in adds that a column is one of some values; none of none.
func in(w *store.Where, column string, values []string) {
	if len(values) == 0 {
		w.And("1 = 0")
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	w.And(column+" in (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}
