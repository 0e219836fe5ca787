package instruction

import (
	"slices"
	"time"

	"hygie/internal/funding"
	"hygie/internal/right"
	"hygie/referential/call"
)

// desk is one level of instruction: what lies on it, and who works at it.
type desk struct {
	Level funding.Level
	Right right.Action
	Actor call.Actor // as deadlines of calls name it

	Work    []funding.State // waits for this level
	Waiting []funding.State // the candidate has something to do
	Coming  []funding.State // not here yet
}

// desks are the two levels.
func desks() []desk {
	return []desk{
		{Level: funding.Region, Right: right.InstructRegion, Actor: call.Regional,
			Work:    []funding.State{funding.Deposited, funding.RegionalReview, funding.RegionalOpinion, funding.Declared, funding.RegionalControl},
			Waiting: []funding.State{funding.RegionalCorrection, funding.RegionalComplement},
			Coming:  []funding.State{funding.Deposited}},
		{Level: funding.Nation, Right: right.InstructNation, Actor: call.National,
			Work:    []funding.State{funding.Endorsed, funding.NationalReview, funding.NationalOpinion, funding.Proposed, funding.Appeal, funding.NationalControl},
			Waiting: []funding.State{funding.NationalCorrection, funding.NationalComplement},
			Coming: []funding.State{funding.Deposited, funding.RegionalReview, funding.RegionalOpinion, funding.RegionalCorrection, funding.Declared, funding.RegionalControl,
				funding.RegionalComplement}},
	}
}

// deskOf is the level that has a dossier in hand in a state; false while no agency has.
func deskOf(s funding.State) (desk, bool) {
	for _, d := range desks() {
		if slices.Contains(d.Work, s) || slices.Contains(d.Waiting, s) {
			return d, true
		}
	}
	return desk{}, false
}

// controlling tells whether what was achieved is checked, and not the application.
func controlling(s funding.State) bool {
	switch s {
	case funding.Declared, funding.RegionalControl, funding.RegionalComplement, funding.NationalControl, funding.NationalComplement:
		return true
	}
	return false
}

// turns are those of the clock of one level, from the history of a dossier: it runs while the dossier waits for that level. A deposit that may still be changed
// arrives when its window closes.
func turns(events []funding.Event, d desk, opened time.Time) (list []call.ClockEvent) {
	runs := false
	last := time.Time{}
	for _, e := range events {
		switch e.Act {
		case funding.Deposit, funding.Declare, funding.Contest: // another instruction begins
			list, runs, last = nil, false, time.Time{}
		}
		at := e.At
		if e.To == funding.Deposited && opened.After(at) {
			at = opened
		}
		if at.Before(last) { // the window was closed earlier than it had been said
			at = last
		}
		waits := slices.Contains(d.Work, e.To)
		switch {
		case waits && !runs && len(list) == 0:
			list = append(list, call.ClockEvent{At: at, Turn: call.Starts})
		case waits && !runs:
			list = append(list, call.ClockEvent{At: at, Turn: call.Restarts})
		case !waits && runs:
			list = append(list, call.ClockEvent{At: at, Turn: call.Stops})
		}
		if waits != runs {
			last = at
		}
		runs = waits
	}
	return list
}

// due is the moment by which a level should have done its part: the earliest of the delays and deadlines that the call sets for it. Zero: none, or the clock
// stands and no day is fixed.
func due(k *call.Call, d desk, s funding.State, list []call.ClockEvent, now time.Time) (first time.Time, err error) {
	stages := []call.PhaseKind{call.Candidature}
	if controlling(s) {
		stages = []call.PhaseKind{call.Control, call.Achievement}
	}
	earliest := func(t time.Time) {
		if first.IsZero() || t.Before(first) {
			first = t
		}
	}
	for _, target := range k.Targets {
		days, known := target.Days.Get()
		p, ok := k.Phase(target.Phase)
		if target.Actor != d.Actor || !known || !ok || !slices.Contains(stages, p.Kind) {
			continue
		}
		at, runs, err := call.Calendar{Zone: k.Zone, Working: target.Working}.Due(list, days, now)
		if err != nil {
			return first, err
		}
		if runs {
			earliest(at)
		}
	}
	for _, p := range k.Phases {
		for _, one := range p.Deadlines {
			if at, known := one.At.Get(); known && one.Actor == d.Actor && slices.Contains(stages, p.Kind) {
				earliest(at)
			}
		}
	}
	return first, nil
}
