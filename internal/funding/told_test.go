package funding_test

import (
	"slices"
	"testing"

	"hygie/internal/funding"
)

// What agencies prepare is told with the decision and not before; everything else is told at once.
func TestWhatTheApplicantIsTold(t *testing.T) {
	full := func(acts ...funding.Act) (events []funding.Event) {
		for i, act := range acts {
			events = append(events, funding.Event{Position: int64(i + 1), Act: act, By: "somebody", Amount: 7, Outcome: "o", Reference: "r", Note: "n"})
		}
		return events
	}
	for _, row := range []struct {
		name string
		acts []funding.Act
		kept []int // places of what is kept back
	}{
		{"proposed", []funding.Act{funding.Deposit, funding.Endorse, funding.Propose}, []int{2}},
		{"opinions", []funding.Act{funding.AskOpinion, funding.GiveOpinion, funding.AskCorrection}, []int{0, 1}},
		{"sent back", []funding.Act{funding.Endorse, funding.Retract, funding.Endorse, funding.SendBack}, []int{1, 3}},
		{"decided", []funding.Act{funding.AskOpinion, funding.GiveOpinion, funding.Propose, funding.Grant}, nil},
		{"decided, and money proposed since", []funding.Act{funding.Propose, funding.Grant, funding.Pay, funding.Propose}, []int{3}},
		{"dropped", []funding.Act{funding.Grant, funding.Propose, funding.SendBack, funding.Pay}, []int{1, 2}},
		{"asked back", []funding.Act{funding.Grant, funding.Propose, funding.Reclaim, funding.PayBack}, nil},
		{"nothing", nil, nil},
	} {
		events := full(row.acts...)
		for i, e := range funding.Told(events) {
			want := events[i]
			if slices.Contains(row.kept, i) {
				want = funding.Event{Position: want.Position, Act: want.Act, By: want.By}
			}
			if e != want {
				t.Errorf("%s: %s is told as %+v", row.name, row.acts[i], e)
			}
		}
		if !slices.Equal(events, full(row.acts...)) {
			t.Errorf("%s: the history itself changed", row.name)
		}
	}
}
