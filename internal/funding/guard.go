package funding

import (
	"time"

	"hygie/internal/fault"
	"hygie/referential/call"
)

// Guard names a condition of the table beside the right.
type Guard string

// The conditions.
const (
	Always       Guard = ""
	InWindow     Guard = "in_window"      // the window is open, its last second included
	AfterWindow  Guard = "after_window"   // the window has closed, or never does: what was deposited cannot change under the instructor
	Targeted     Guard = "targeted"       // at least one thing to correct is named
	Answered     Guard = "answered"       // every correction asked has its answer
	ByAnother    Guard = "by_another"     // than who asked
	Concluded    Guard = "concluded"      // the visa says favourable, with reserves or unfavourable
	Decidable    Guard = "decidable"      // a decision with an amount that fits it
	SingleHand   Guard = "single_hand"    // a decision below the amount from which two people decide
	SecondHand   Guard = "second_hand"    // the decision that was proposed, by another person
	InAppealTime Guard = "in_appeal_time" // the time of appeal runs, and it is the first
	AfterAppeal  Guard = "after_appeal"   // the time of appeal is over, or the appeal was made
	OnAppeal     Guard = "on_appeal"      // by another person than who decided, and never less than before
	NothingPaid  Guard = "nothing_paid"
	Movable      Guard = "movable"     // a movement of money that could be done, and whose amount asks for two people
	Pending      Guard = "pending"     // a movement of money is proposed
	Payable      Guard = "payable"     // an amount within what was granted and what is due by now
	Reclaimable  Guard = "reclaimable" // an amount within what was paid and not asked back yet, by two people from the amount on that asks for it
	OwedBack     Guard = "owed_back"   // an amount within what is still to come back
	Waivable     Guard = "waivable"    // all that is still to come back, by two people from the amount on that asks for it
	Closable     Guard = "closable"    // nothing is to come back any more; by two people when so much returns to the envelope
)

// Outcomes of a visa.
const (
	Favourable   = "favourable"
	Reserved     = "reserved"
	Unfavourable = "unfavourable"
)

// Terms are what the data of a call says that counts for an act.
type Terms struct {
	Opens, Closes time.Time // Closes is the last second in which a deposit counts; zero: no end
	Undated       bool      // the call has no dates yet: nothing can be deposited
	FourEyes      Cents     // from this amount on two people decide; 0: never
	Advance       Cents     // what may be paid, all in all, before the objectives are reached
}

// Open tells whether a deposit that arrives at a moment counts. The last second of the window counts whole: at 23:59:59.999 a deposit arrives in time, at
// 00:00:00 it does not.
func (t Terms) Open(at time.Time) bool {
	return !t.Undated && !at.Before(t.Opens) && (t.Closes.IsZero() || call.InTime(at, t.Closes))
}

// Over tells whether nothing can be deposited any more. A window without an end is over as soon as it is open: what comes in may be taken up.
func (t Terms) Over(at time.Time) bool {
	return !t.Undated && !at.Before(t.Opens) && (t.Closes.IsZero() || !t.Open(at))
}

// Attempt is an act that somebody means to do.
type Attempt struct {
	Act        Act
	By         string // person
	OnBehalf   string // person who delegated the right; empty: one's own
	At         time.Time
	Amount     Cents
	Outcome    string // of a visa, or the act that is proposed
	Reference  string // of a payment, an instalment, a reason of the library
	Note       string
	Terms      Terms
	Targets    int            // corrections that are asked
	Unanswered int            // corrections that were asked and have no answer
	Zone       *time.Location // in which days end
}

// check says why a guard does not let an act pass.
func (g Guard) check(l Life, a Attempt) error {
	switch g {
	case InWindow, AfterWindow:
		return g.checkWindow(a)
	case Targeted, Answered, ByAnother, Concluded:
		return g.checkInstruction(l, a)
	case Decidable, SingleHand, SecondHand, OnAppeal:
		return g.checkDecision(l, a)
	case InAppealTime, AfterAppeal:
		return g.checkAppeal(l, a)
	case Movable, Pending:
		return g.checkProposal(l, a)
	case NothingPaid, Payable, Reclaimable, OwedBack, Waivable, Closable:
		return g.checkMoney(l, a)
	}
	return nil
}

func (g Guard) checkWindow(a Attempt) error {
	if g == AfterWindow {
		if a.Terms.Over(a.At) {
			return nil
		}
		return fault.Conflict("funding.window_still_open", "until", moment(a.Terms.Closes))
	}
	switch {
	case a.Terms.Open(a.At):
		return nil
	case a.Terms.Undated:
		return fault.Conflict("funding.window_undated")
	case a.At.Before(a.Terms.Opens):
		return fault.Conflict("funding.window_not_open", "from", moment(a.Terms.Opens))
	}
	return fault.Conflict("funding.window_closed", "since", moment(a.Terms.Closes))
}

func (g Guard) checkInstruction(l Life, a Attempt) error {
	switch {
	case g == Targeted && a.Targets == 0:
		return fault.Invalid(fault.Field{Name: "correction", Key: "funding.nothing_to_correct"})
	case g == Answered && a.Unanswered > 0:
		return fault.Conflict("funding.unanswered", "count", a.Unanswered)
	case g == ByAnother && a.By == l.AskedBy:
		return fault.Refused("funding.same_person")
	case g == Concluded && a.Outcome != Favourable && a.Outcome != Reserved && a.Outcome != Unfavourable:
		return fault.Invalid(fault.Field{Name: "outcome", Key: "funding.choose_outcome"})
	}
	return nil
}

// fits tells whether an amount suits a decision: all that was asked, a part of it, or nothing.
func fits(decision Act, amount, asked Cents) bool {
	switch decision {
	case Grant:
		return amount > 0 && amount == asked
	case GrantPartly:
		return amount > 0 && amount < asked
	case Refuse:
		return amount == 0
	}
	return false
}

func (g Guard) checkDecision(l Life, a Attempt) error {
	decision := a.Act
	if decision == Propose {
		decision = Act(a.Outcome)
	}
	if !fits(decision, a.Amount, l.Asked) {
		return fault.Invalid(fault.Field{Name: "amount", Key: "funding.amount_of_decision", Args: []any{"asked", money(l.Asked)}})
	}
	switch g {
	case SingleHand:
		if a.Terms.Two(l, decision, a.Amount) {
			return fault.Conflict("funding.four_eyes", "amount", money(a.Terms.FourEyes))
		}
	case SecondHand:
		return l.second(decision, a)
	case OnAppeal:
		if a.By == l.DecidedBy {
			return fault.Refused("funding.same_person")
		}
		if a.Amount < l.Granted {
			return fault.Conflict("funding.less_on_appeal", "granted", money(l.Granted))
		}
	}
	return nil
}

// Two tells whether an act takes two people in a life.
func (t Terms) Two(l Life, act Act, amount Cents) bool {
	return t.FourEyes > 0 && l.Stake(act, amount) >= t.FourEyes
}

// second says why somebody cannot do what was proposed.
func (l Life) second(act Act, a Attempt) error {
	if a.By == l.ProposedBy {
		return fault.Refused("funding.same_person")
	}
	if act != l.Proposal || a.Amount != l.ProposedAmount {
		return fault.Conflict("funding.not_the_proposal")
	}
	return nil
}

// checkProposal is about movements of money that take two people.
func (g Guard) checkProposal(l Life, a Attempt) error {
	if g == Pending {
		if l.Proposal == "" {
			return fault.Conflict("funding.nothing_proposed")
		}
		return nil
	}
	act := Act(a.Outcome)
	t, ok := Find(l.State, act)
	if !ok || t.Guard != Reclaimable && t.Guard != Waivable && t.Guard != Closable {
		return fault.Conflict("funding.not_now", "state", l.State)
	}
	if !a.Terms.Two(l, act, a.Amount) {
		return fault.Conflict("funding.single_hand")
	}
	return t.Guard.checkAmount(l, a)
}

func (g Guard) checkAppeal(l Life, a Attempt) error {
	over := l.Appeals > 0 || a.At.After(AppealUntil(l.DecidedAt, a.Zone))
	switch {
	case g == InAppealTime && l.Appeals > 0:
		return fault.Conflict("funding.appealed_already")
	case g == InAppealTime && l.Paid > 0:
		return fault.Conflict("funding.paid_already")
	case g == InAppealTime && over:
		return fault.Conflict("funding.appeal_too_late", "until", moment(AppealUntil(l.DecidedAt, a.Zone)))
	case g == AfterAppeal && !over:
		return fault.Conflict("funding.appeal_possible", "until", moment(AppealUntil(l.DecidedAt, a.Zone)))
	}
	return nil
}

// appealMonths is the time to contest a decision (Code de justice administrative, R421-1).
const appealMonths = 2

// AppealUntil is the last moment at which a decision can be contested: two months, of which neither the day of the decision nor the last day counts (délai
// franc). A month that is too short ends the time on its last day.
func AppealUntil(decided time.Time, zone *time.Location) time.Time {
	d := decided.In(zone)
	last := time.Date(d.Year(), d.Month()+appealMonths+1, 0, 0, 0, 0, 0, zone).Day() // of the month in which it ends
	return time.Date(d.Year(), d.Month()+appealMonths, min(d.Day(), last)+2, 0, 0, 0, 0, zone).Add(-time.Second)
}

func (g Guard) checkMoney(l Life, a Attempt) error {
	if err := g.checkAmount(l, a); err != nil {
		return err
	}
	if (g == Reclaimable || g == Waivable || g == Closable) && a.Terms.Two(l, a.Act, a.Amount) {
		if l.Proposal == "" {
			return fault.Conflict("funding.four_eyes", "amount", money(a.Terms.FourEyes))
		}
		return l.second(a.Act, a)
	}
	return nil
}

// checkAmount says whether an amount may be paid, asked back or given up in a life.
func (g Guard) checkAmount(l Life, a Attempt) error {
	least, most := Cents(1), Cents(0)
	switch g {
	case NothingPaid:
		if l.Paid > 0 {
			return fault.Conflict("funding.paid_already")
		}
		return nil
	case Closable:
		if l.DueBack > l.PaidBack {
			return fault.Conflict("funding.still_owed", "amount", money(l.DueBack-l.PaidBack))
		}
		return nil
	case Payable:
		most = l.Granted - l.Paid
		if l.State != Achieved {
			most = min(most, a.Terms.Advance-l.Paid)
		}
	case Reclaimable:
		most = l.Paid - l.DueBack
	case OwedBack:
		most = l.DueBack - l.PaidBack
	case Waivable: // a part that comes back is noted first
		most = l.DueBack - l.PaidBack
		least = max(least, most)
	}
	if a.Amount < least || a.Amount > most {
		return fault.Invalid(fault.Field{Name: "amount", Key: "funding.amount_most", Args: []any{"most", money(max(0, most))}})
	}
	return nil
}

// money is an amount in a message.
type money Cents

// Cents makes it one.
func (m money) Cents() int64 { return int64(m) }

// moment is a time in a message that is written with its hour.
type moment time.Time

// Moment makes it one.
func (m moment) Moment() time.Time { return time.Time(m) }
