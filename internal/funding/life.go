package funding

import (
	"errors"
	"fmt"
	"time"

	"hygie/internal/fault"
)

// Life is what the events of a dossier add up to.
type Life struct {
	State          State
	Version        int64     // position of the latest event
	Since          time.Time // in this state since
	Asked          Cents     // what was asked at the latest deposit
	Granted        Cents
	Paid           Cents
	DueBack        Cents // asked back
	PaidBack       Cents // came back
	DepositedAt    time.Time
	DecidedAt      time.Time
	DecidedBy      string
	Proposal       Act // proposed and not decided
	ProposedBy     string
	ProposedAmount Cents
	AskedBy        string // who asked for the second opinion that is awaited
	Appeals        int
}

// Event is one line of the history of a dossier. Lines are never edited.
type Event struct {
	Dossier   string
	Position  int64
	At        time.Time
	By        string
	OnBehalf  string
	Act       Act
	From, To  State
	Clock     Clock
	Amount    Cents
	Outcome   string
	Reference string
	Note      string
}

// MessageKey is the key of what happened, in a history.
func (e Event) MessageKey() string {
	if e.Act == SendBack && e.From == e.To {
		return "funding.act.drop"
	}
	return e.Act.MessageKey()
}

// Committed is what a dossier in this life holds of its envelope: what was granted as long as it may be paid, afterwards what was paid and did not come back.
func (l Life) Committed() Cents {
	switch l.State {
	case Granted, PartlyGranted, Declared, RegionalControl, RegionalComplement, NationalControl, NationalComplement, Achieved, Missed, Appeal:
		return l.Granted
	case Recovery, Closed, Withdrawn:
		return l.Paid - l.PaidBack
	}
	return 0
}

// Stake is the amount that an act is about, from which on two people are needed: what is granted or denied, asked back, given up, or returned to the envelope.
func (l Life) Stake(act Act, amount Cents) Cents {
	switch act {
	case Refuse:
		return l.Asked
	case Waive:
		return l.DueBack - l.PaidBack
	case Close:
		return l.Committed() - (l.Paid - l.PaidBack)
	}
	return amount
}

// Next applies an act to a life: the event, and the life after it. The error is a fault that says why the act does not fit: fault.Conflict for a state that
// does not know the act, or what the condition of the line says. Whether the person has the right is not asked here; see [Service.Do].
func Next(l Life, a Attempt) (Event, Life, error) {
	t, ok := Find(l.State, a.Act)
	if !ok {
		return Event{}, l, fault.Conflict("funding.not_now", "state", l.State)
	}
	if err := t.Guard.check(l, a); err != nil {
		return Event{}, l, err
	}
	e := Event{Position: l.Version + 1, At: a.At, By: a.By, OnBehalf: a.OnBehalf, Act: a.Act, From: l.State, To: t.To, Clock: t.Clock, Amount: a.Amount, Outcome: a.Outcome,
		Reference: a.Reference, Note: a.Note}
	next, err := l.after(e)
	return e, next, err
}

// ErrHistory says that events do not follow from one another.
var ErrHistory = errors.New("events do not follow from one another")

// after is the life once an event happened.
func (l Life) after(e Event) (Life, error) {
	if e.Position != l.Version+1 || e.From != l.State {
		return l, fmt.Errorf("event %d from %q after event %d in %q: %w", e.Position, e.From, l.Version, l.State, ErrHistory)
	}
	l.Version = e.Position
	if e.Act == Transfer {
		return l, nil
	}
	if e.Act == Begin {
		l.State, l.Since = Draft, e.At
		return l, nil
	}
	t, ok := Find(e.From, e.Act)
	if !ok || t.To != e.To || t.Clock != e.Clock {
		return l, fmt.Errorf("event %d: %q from %q to %q: %w", e.Position, e.Act, e.From, e.To, ErrHistory)
	}
	if l.State != e.To || e.Act == Deposit {
		l.Since = e.At
	}
	l.State = e.To
	l.count(e)
	return l, nil
}

// count adds up what an event says beside the state.
func (l *Life) count(e Event) {
	switch e.Act {
	case Deposit:
		l.Asked, l.DepositedAt = e.Amount, e.At
	case AskOpinion:
		l.AskedBy = e.By
	case Propose:
		l.Proposal, l.ProposedBy, l.ProposedAmount = Act(e.Outcome), e.By, e.Amount
	case Grant, GrantPartly, Refuse:
		l.Granted, l.DecidedAt, l.DecidedBy = e.Amount, e.At, e.By
	case Contest:
		l.Appeals++
	case Pay:
		l.Paid += e.Amount
	case Reclaim:
		l.DueBack += e.Amount
	case PayBack:
		l.PaidBack += e.Amount
	case Waive:
		l.DueBack = l.PaidBack
	}
	if e.Act != Propose { // whatever happens in between, what was proposed was proposed of another life
		l.Proposal, l.ProposedBy, l.ProposedAmount = "", "", 0
	}
	if l.State != RegionalOpinion && l.State != NationalOpinion {
		l.AskedBy = ""
	}
}

// Replay gives the life that events add up to, from the first; ErrHistory when they do not follow from one another.
func Replay(events []Event) (l Life, err error) {
	for _, e := range events {
		if l, err = l.after(e); err != nil {
			return l, err
		}
	}
	return l, nil
}

// Span is a time during which the clock of instruction ran.
type Span struct{ From, Until time.Time } // Until is zero while it runs

// Running gives the spans in which the clock of the latest instruction ran, from the events in order.
func Running(events []Event) (spans []Span) {
	for _, e := range events {
		switch e.Clock {
		case Starts:
			spans = []Span{{From: e.At}}
		case Restarts:
			spans = append(spans, Span{From: e.At})
		case Stops:
			if n := len(spans); n > 0 && spans[n-1].Until.IsZero() {
				spans[n-1].Until = e.At
			}
		}
	}
	return spans
}

// Elapsed is how long the clock of the latest instruction has run by a moment: time that passed, nights and holidays included.
func Elapsed(events []Event, at time.Time) (sum time.Duration) {
	for _, s := range Running(events) {
		until := s.Until
		if until.IsZero() {
			until = at
		}
		sum += max(0, until.Sub(s.From))
	}
	return sum
}
