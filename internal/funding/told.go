package funding

import "slices"

// Prepares tells whether an act belongs to the work by which agencies come to a decision: what they propose to one another, ask and answer one another.
func (a Act) Prepares() bool {
	switch a {
	case Propose, SendBack, AskOpinion, GiveOpinion, Retract:
		return true
	}
	return false
}

// concludes tells whether an act is a decision that the applicant is told, by which what prepared it becomes readable.
func (a Act) concludes() bool {
	switch a {
	case Grant, GrantPartly, Refuse, Validate, Reject, Reclaim, Waive, Close:
		return true
	}
	return false
}

// Told is a history as the applicant reads it. That an act happened, when and by whom, is always told. Of what prepares a decision ([Act.Prepares]) the amount,
// the outcome, the reason and the words are the agencies' own until a decision follows: a document that prepares an administrative decision can be had once
// that decision is taken, not before (Code des relations entre le public et l'administration, L311-2).
func Told(events []Event) []Event {
	told := slices.Clone(events)
	decided := false
	for i, e := range slices.Backward(told) {
		if decided = decided || e.Act.concludes(); !decided && e.Act.Prepares() {
			told[i].Amount, told[i].Outcome, told[i].Reference, told[i].Note = 0, "", "", ""
		}
	}
	return told
}
