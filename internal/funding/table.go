package funding

import "slices"

// Transition is one line of the life of a dossier.
type Transition struct {
	From  State
	Act   Act
	Who   Who
	Guard Guard // condition beside the right; empty: none
	To    State
	Clock Clock
}

// table is the whole life. A state and an act have one line at most, so that an event says by itself where it led.
var table = []Transition{
	{Draft, Deposit, signs, InWindow, Deposited, Starts},
	{Draft, Withdraw, writes, Always, Withdrawn, Runs},

	{Deposited, Deposit, signs, InWindow, Deposited, Starts},
	{Deposited, Withdraw, signs, Always, Withdrawn, Stops},
	{Deposited, TakeUp, instructs, AfterWindow, RegionalReview, Runs},

	{RegionalReview, AskCorrection, instructs, Targeted, RegionalCorrection, Stops},
	{RegionalReview, AskOpinion, instructs, Always, RegionalOpinion, Runs},
	{RegionalReview, Endorse, instructs, Concluded, Endorsed, Runs},
	{RegionalReview, Withdraw, signs, Always, Withdrawn, Stops},
	{RegionalCorrection, Answer, writes, Answered, RegionalReview, Restarts},
	{RegionalCorrection, Resume, instructs, Always, RegionalReview, Restarts},
	{RegionalCorrection, Withdraw, signs, Always, Withdrawn, Runs},
	{RegionalOpinion, GiveOpinion, instructs, ByAnother, RegionalReview, Runs},
	{RegionalOpinion, Resume, instructs, Always, RegionalReview, Runs},
	{RegionalOpinion, Withdraw, signs, Always, Withdrawn, Stops},
	{Endorsed, Retract, instructs, Always, RegionalReview, Runs},
	{Endorsed, TakeUp, decides, Always, NationalReview, Runs},
	{Endorsed, Withdraw, signs, Always, Withdrawn, Stops},

	{NationalReview, AskCorrection, decides, Targeted, NationalCorrection, Stops},
	{NationalReview, AskOpinion, decides, Always, NationalOpinion, Runs},
	{NationalReview, SendBack, decides, Always, RegionalReview, Runs},
	{NationalReview, Propose, decides, Decidable, Proposed, Runs},
	{NationalReview, Grant, decides, SingleHand, Granted, Stops},
	{NationalReview, GrantPartly, decides, SingleHand, PartlyGranted, Stops},
	{NationalReview, Refuse, decides, SingleHand, Refused, Stops},
	{NationalReview, Withdraw, signs, Always, Withdrawn, Stops},
	{NationalCorrection, Answer, writes, Answered, NationalReview, Restarts},
	{NationalCorrection, Resume, decides, Always, NationalReview, Restarts},
	{NationalCorrection, Withdraw, signs, Always, Withdrawn, Runs},
	{NationalOpinion, GiveOpinion, decides, ByAnother, NationalReview, Runs},
	{NationalOpinion, Resume, decides, Always, NationalReview, Runs},
	{NationalOpinion, Withdraw, signs, Always, Withdrawn, Stops},
	{Proposed, Grant, decides, SecondHand, Granted, Stops},
	{Proposed, GrantPartly, decides, SecondHand, PartlyGranted, Stops},
	{Proposed, Refuse, decides, SecondHand, Refused, Stops},
	{Proposed, SendBack, decides, Always, NationalReview, Runs},
	{Proposed, Withdraw, signs, Always, Withdrawn, Stops},

	{Granted, Declare, signs, InWindow, Declared, Starts},
	{Granted, Pay, pays, Payable, Granted, Runs},
	{Granted, Withdraw, signs, NothingPaid, Withdrawn, Runs},
	{Granted, Propose, decides, Movable, Granted, Runs},
	{Granted, SendBack, decides, Pending, Granted, Runs},
	{Granted, Reclaim, decides, Reclaimable, Recovery, Runs},
	{Granted, Close, decides, Closable, Closed, Runs},
	{PartlyGranted, Declare, signs, InWindow, Declared, Starts},
	{PartlyGranted, Contest, signs, InAppealTime, Appeal, Starts},
	{PartlyGranted, Pay, pays, Payable, PartlyGranted, Runs},
	{PartlyGranted, Withdraw, signs, NothingPaid, Withdrawn, Runs},
	{PartlyGranted, Propose, decides, Movable, PartlyGranted, Runs},
	{PartlyGranted, SendBack, decides, Pending, PartlyGranted, Runs},
	{PartlyGranted, Reclaim, decides, Reclaimable, Recovery, Runs},
	{PartlyGranted, Close, decides, Closable, Closed, Runs},
	{Refused, Contest, signs, InAppealTime, Appeal, Starts},
	{Refused, Close, decides, AfterAppeal, Closed, Runs},
	{Appeal, Grant, decides, OnAppeal, Granted, Stops},
	{Appeal, GrantPartly, decides, OnAppeal, PartlyGranted, Stops},
	{Appeal, Refuse, decides, OnAppeal, Refused, Stops},

	{Declared, TakeUp, instructs, Always, RegionalControl, Runs},
	{RegionalControl, AskCorrection, instructs, Targeted, RegionalComplement, Stops},
	{RegionalControl, Endorse, instructs, Concluded, NationalControl, Runs},
	{RegionalComplement, Answer, writes, Answered, RegionalControl, Restarts},
	{RegionalComplement, Resume, instructs, Always, RegionalControl, Restarts},
	{NationalControl, AskCorrection, decides, Targeted, NationalComplement, Stops},
	{NationalControl, SendBack, decides, Always, RegionalControl, Runs},
	{NationalControl, Validate, decides, Always, Achieved, Stops},
	{NationalControl, Reject, decides, Always, Missed, Stops},
	{NationalComplement, Answer, writes, Answered, NationalControl, Restarts},
	{NationalComplement, Resume, decides, Always, NationalControl, Restarts},

	{Achieved, Pay, pays, Payable, Achieved, Runs},
	{Achieved, Declare, signs, InWindow, Declared, Starts}, // the next step of a call that pays in several
	{Achieved, Propose, decides, Movable, Achieved, Runs},
	{Achieved, SendBack, decides, Pending, Achieved, Runs},
	{Achieved, Reclaim, decides, Reclaimable, Recovery, Runs},
	{Achieved, Close, decides, Closable, Closed, Runs},
	{Missed, Declare, signs, InWindow, Declared, Starts},
	{Missed, Propose, decides, Movable, Missed, Runs},
	{Missed, SendBack, decides, Pending, Missed, Runs},
	{Missed, Reclaim, decides, Reclaimable, Recovery, Runs},
	{Missed, Close, decides, Closable, Closed, Runs},
	{Recovery, PayBack, pays, OwedBack, Recovery, Runs},
	{Recovery, Propose, decides, Movable, Recovery, Runs},
	{Recovery, SendBack, decides, Pending, Recovery, Runs},
	{Recovery, Waive, decides, Waivable, Closed, Runs},
	{Recovery, Close, decides, Closable, Closed, Runs},
	{Closed, Propose, decides, Movable, Closed, Runs},
	{Closed, SendBack, decides, Pending, Closed, Runs},
	{Closed, Reclaim, decides, Reclaimable, Recovery, Runs},
}

// Table returns the life of a dossier. The caller may change the copy.
func Table() []Transition { return slices.Clone(table) }

// Find gives the line for an act in a state.
func Find(from State, act Act) (Transition, bool) {
	i := slices.IndexFunc(table, func(t Transition) bool { return t.From == from && t.Act == act })
	if i < 0 {
		return Transition{}, false
	}
	return table[i], true
}

// From lists the lines that leave a state, in the order of the table.
func From(state State) []Transition {
	return slices.DeleteFunc(Table(), func(t Transition) bool { return t.From != state })
}

// Loops tells whether an act leaves a state as it is: proposing a movement of money does.
func (a Act) Loops(s State) bool {
	t, ok := Find(s, a)
	return ok && t.To == s
}
