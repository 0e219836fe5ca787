package exercise

import (
	"fmt"
	"time"
)

// An Act is something the animator does.
type Act string

// What an animator can do.
const (
	Start  Act = "start"  // the exercise begins (DEBEX)
	Pause  Act = "pause"  // its clock stops (PAUSEX)
	Resume Act = "resume" //
	Play   Act = "play"   // a stimulus is given
	Skip   Act = "skip"   // a stimulus will not be given
	Shift  Act = "shift"  // a stimulus is given Minutes later than planned, or earlier
	React  Act = "react"  // whether a reaction to a stimulus was seen
	End    Act = "end"    // the exercise ends (FINEX)
)

// An Event is one act at one moment. A game is its events and nothing else.
type Event struct {
	At       time.Time `json:"at"`
	Act      Act       `json:"act"`
	Stimulus string    `json:"stimulus,omitempty"`
	Minutes  int       `json:"minutes,omitempty"`  // of Shift
	Reaction int       `json:"reaction,omitempty"` // of React: number of the expected reaction, from 0
	Seen     bool      `json:"seen,omitempty"`     // of React
}

// A Status is where a stimulus stands.
type Status string

// Where stimuli stand.
const (
	Planned Status = "planned" // its time has not come
	Due     Status = "due"     // its time has come
	Waiting Status = "waiting" // it depends on a stimulus whose reactions are not settled
	Dropped Status = "dropped" // what it depends on went the other way
	Played  Status = "played"
	Skipped Status = "skipped"
)

// A State is where a game stands at a moment.
type State struct {
	Running, Paused, Ended bool
	Elapsed                time.Duration // of the exercise: pauses not counted
	Started, Finished      time.Time
	Items                  []Item // in the order of the scenario
}

// An Item is where one stimulus stands.
type Item struct {
	Stimulus *Stimulus
	Status   Status
	Planned  time.Duration // since the beginning, shifts counted
	PlayedAt time.Time
	Drift    time.Duration // how much later than first planned it was given; negative for earlier
	Seen     []bool        // the reactions seen, in the order of Expect
}

// Reacted says whether all that was expected was seen.
func (i Item) Reacted() bool {
	for _, seen := range i.Seen {
		if !seen {
			return false
		}
	}
	return true
}

// Replay tells where a game of s stands at now. Events that are not possible where they come are an error that names them: a store refuses an act by
// replaying with it.
func Replay(s *Scenario, events []Event, now time.Time) (State, error) {
	g := game{places: map[string]int{}}
	for i := range s.Stimuli {
		st := &s.Stimuli[i]
		g.places[st.ID] = i
		g.Items = append(g.Items, Item{Stimulus: st, Status: Planned, Planned: time.Duration(st.Minute) * time.Minute, Seen: make([]bool, len(st.Expect))})
	}
	for n, e := range events {
		if err := g.apply(e); err != nil {
			return State{}, fmt.Errorf("event %d, %s %s: %w", n+1, e.Act, e.Stimulus, err)
		}
	}
	g.tick(now)
	for i := range g.Items {
		g.Items[i].Status = g.status(g.Items[i])
	}
	return g.State, nil
}

// A game is a state being built.
type game struct {
	State
	places map[string]int
	last   time.Time // of the last event
}

// tick lets the clock of the exercise run to at. A clock set back stands still.
func (g *game) tick(at time.Time) {
	if g.Running && !g.Paused && !g.Ended && at.After(g.last) {
		g.Elapsed += at.Sub(g.last)
	}
	if at.After(g.last) {
		g.last = at
	}
}

func (g *game) apply(e Event) error {
	if e.Act == Start {
		if g.Running || g.Ended {
			return errImpossible
		}
		g.Running, g.Started, g.last = true, e.At, e.At
		return nil
	}
	if !g.Running || g.Ended && e.Act != React {
		return errImpossible
	}
	g.tick(e.At)
	switch e.Act {
	case Pause, Resume:
		if g.Paused == (e.Act == Pause) {
			return errImpossible
		}
		g.Paused = e.Act == Pause
		return nil
	case End:
		g.Ended, g.Finished = true, e.At
		return nil
	}
	place, ok := g.places[e.Stimulus]
	if !ok {
		return errUnknown
	}
	return g.change(&g.Items[place], e)
}

func (g *game) change(item *Item, e Event) error {
	settled := item.Status == Played || item.Status == Skipped
	switch e.Act {
	case Play, Skip:
		if settled {
			return errImpossible
		}
		item.Status = map[Act]Status{Play: Played, Skip: Skipped}[e.Act]
		if e.Act == Play {
			item.PlayedAt = e.At
			item.Drift = (g.Elapsed - time.Duration(item.Stimulus.Minute)*time.Minute).Round(time.Second)
		}
	case Shift:
		if settled {
			return errImpossible
		}
		item.Planned = max(item.Planned+time.Duration(e.Minutes)*time.Minute, 0)
	case React:
		if item.Status != Played || e.Reaction < 0 || e.Reaction >= len(item.Seen) {
			return errImpossible
		}
		item.Seen[e.Reaction] = e.Seen
	default:
		return errImpossible
	}
	return nil
}

// status tells where a stimulus stands that was neither played nor skipped.
func (g *game) status(item Item) Status {
	if item.Status != Planned {
		return item.Status
	}
	if t := item.Stimulus.If; t != nil {
		cause := g.Items[g.places[t.Stimulus]]
		switch {
		case cause.Status == Skipped || cause.Status == Dropped:
			return Dropped
		case cause.Status != Played:
			return Waiting
		case t.Reacted && !cause.Reacted(), !t.Reacted && cause.Reacted():
			if g.Elapsed >= item.Planned { // its time has come and they went the other way
				return Dropped
			}
			return Waiting
		}
	}
	if g.Running && g.Elapsed >= item.Planned {
		return Due
	}
	return Planned
}

type gameError string

func (e gameError) Error() string { return string(e) }

const (
	errImpossible = gameError("not possible now")
	errUnknown    = gameError("there is no such stimulus")
)
