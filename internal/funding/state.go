package funding

import (
	"slices"

	"hygie/internal/right"
)

// State says where a dossier is in its life.
type State string

// The states. The regional agency (ARS) comes before the national one (ANS), both for the application and for the control of what was achieved.
const (
	Draft              State = "draft"               // being written
	Deposited          State = "deposited"           // sent; may be deposited anew until the window closes
	RegionalReview     State = "regional_review"     // the regional agency instructs
	RegionalCorrection State = "regional_correction" // the applicant corrects; the clock stands
	RegionalOpinion    State = "regional_opinion"    // a second instructor is asked
	Endorsed           State = "endorsed"            // the regional visa is given; the national agency has not begun
	NationalReview     State = "national_review"     // the national agency instructs
	NationalCorrection State = "national_correction" // the applicant corrects; the clock stands
	NationalOpinion    State = "national_opinion"    // a second instructor is asked
	Proposed           State = "proposed"            // a decision awaits a second person
	Granted            State = "granted"             // all that was asked; the work may be done
	PartlyGranted      State = "partly_granted"      // less than was asked
	Refused            State = "refused"             // nothing
	Appeal             State = "appeal"              // the applicant contests the decision
	Declared           State = "declared"            // the applicant says that the objectives are reached
	RegionalControl    State = "regional_control"    // the regional agency checks it
	RegionalComplement State = "regional_complement" // the applicant completes; the clock stands
	NationalControl    State = "national_control"    // the national agency checks it
	NationalComplement State = "national_complement" // the applicant completes; the clock stands
	Achieved           State = "achieved"            // the objectives are reached: what remains may be paid
	Missed             State = "missed"              // they are not
	Recovery           State = "recovery"            // money is to come back
	Closed             State = "closed"              // nothing more is expected
	Withdrawn          State = "withdrawn"           // by the applicant, before anything was paid
)

var states = []State{Draft, Deposited, RegionalReview, RegionalCorrection, RegionalOpinion, Endorsed, NationalReview, NationalCorrection, NationalOpinion, Proposed,
	Granted, PartlyGranted, Refused, Appeal, Declared, RegionalControl, RegionalComplement, NationalControl, NationalComplement, Achieved, Missed, Recovery, Closed, Withdrawn}

// States lists every state in the order of life.
func States() []State { return slices.Clone(states) }

// Valid tells whether s is a known state.
func (s State) Valid() bool { return slices.Contains(states, s) }

// Final tells whether nothing leads on: only a withdrawn dossier is over for good, for a closed one may still be found to owe money.
func (s State) Final() bool { return s == Withdrawn }

// Correcting tells whether the dossier waits for corrections of the applicant; it cannot be instructed meanwhile.
func (s State) Correcting() bool {
	return s == RegionalCorrection || s == NationalCorrection || s == RegionalComplement || s == NationalComplement
}

// Instructing tells whether the dossier is in the hands of an agency, the application or the control.
func (s State) Instructing() bool {
	switch s {
	case RegionalReview, RegionalOpinion, Endorsed, NationalReview, NationalOpinion, Proposed, Appeal, Declared, RegionalControl, NationalControl:
		return true
	}
	return false
}

// Editable tells whether the applicant may write in the dossier: to draft it, to prepare another deposit, to declare what was achieved. Answers to
// corrections reach only what is asked.
func (s State) Editable() bool {
	switch s {
	case Draft, Deposited, Granted, PartlyGranted, Achieved, Missed:
		return true
	}
	return s.Correcting()
}

// MessageKey is the key of the state's name.
func (s State) MessageKey() string { return "funding.state." + string(s) }

// Act is what somebody does with a dossier.
type Act string

// The acts.
const (
	Deposit       Act = "deposit"        // send it, or send it anew
	Withdraw      Act = "withdraw"       // give it up
	TakeUp        Act = "take_up"        // begin to instruct or to control
	AskCorrection Act = "ask_correction" // name what is to be corrected
	Answer        Act = "answer"         // give the corrections back
	Resume        Act = "resume"         // go on without them, or without the second opinion
	AskOpinion    Act = "ask_opinion"    // ask a second instructor
	GiveOpinion   Act = "give_opinion"   // give that opinion
	Endorse       Act = "endorse"        // give the visa of the region
	Retract       Act = "retract"        // take the visa back
	SendBack      Act = "send_back"      // back to the level or the step before; of a movement of money that is proposed: drop it
	Propose       Act = "propose"        // propose a decision, or a movement of money, to a second person
	Grant         Act = "grant"
	GrantPartly   Act = "grant_partly"
	Refuse        Act = "refuse"
	Contest       Act = "contest" // appeal
	Declare       Act = "declare" // say that the objectives are reached
	Validate      Act = "validate"
	Reject        Act = "reject"
	Pay           Act = "pay"     // one instalment
	Reclaim       Act = "reclaim" // ask for money back
	PayBack       Act = "pay_back"
	Waive         Act = "waive" // give up what is still to come back
	Close         Act = "close"
)

var acts = []Act{Deposit, Withdraw, TakeUp, AskCorrection, Answer, Resume, AskOpinion, GiveOpinion, Endorse, Retract, SendBack, Propose, Grant, GrantPartly, Refuse, Contest,
	Declare, Validate, Reject, Pay, Reclaim, PayBack, Waive, Close}

// Acts lists every act.
func Acts() []Act { return slices.Clone(acts) }

// Events that are no act of the table: they leave the state as it is.
const (
	Begin    Act = "begin"    // the first event
	Transfer Act = "transfer" // the structure merged into another
)

// MessageKey is the key of the act's name in a history.
func (a Act) MessageKey() string { return "funding.act." + string(a) }

// Decides tells whether the act concludes the instruction of the application.
func (a Act) Decides() bool { return a == Grant || a == GrantPartly || a == Refuse }

// Level is on whose side an act stands.
type Level string

// The levels.
const (
	Applicant  Level = "applicant"
	Region     Level = "region"
	Nation     Level = "nation"
	Accounting Level = "accounting"
)

// Who is who may do an act: a right, and the level it stands for.
type Who struct {
	Right right.Action
	Level Level
}

// The five kinds of hand that move a dossier.
var (
	writes    = Who{right.EditDossier, Applicant}
	signs     = Who{right.SubmitDossier, Applicant}
	instructs = Who{right.InstructRegion, Region}
	decides   = Who{right.InstructNation, Nation}
	pays      = Who{right.PayDossier, Accounting}
)

// Clock is what an event does to the time of instruction.
type Clock string

// The effects on the clock. The time of instruction is the sum of what lies between a start or restart and the next stop.
const (
	Runs     Clock = ""        // as before
	Starts   Clock = "start"   // anew, from nothing
	Stops    Clock = "stop"    // stands until it restarts
	Restarts Clock = "restart" // goes on from where it stood
)
