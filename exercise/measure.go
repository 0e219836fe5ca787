package exercise

import (
	"slices"
	"time"
)

// A Milestone is what every crisis goes through, in a drill as in the night.
type Milestone string

// The milestones whose delay is measured.
const (
	Convened   Milestone = "convened"    // the crisis cell is together
	FirstCall  Milestone = "cert_called" // CERT Santé was called
	Privacy    Milestone = "cnil"        // it was decided whether to notify the CNIL
	Paper      Milestone = "paper"       // the first act of care on paper
	Isolated   Milestone = "isolated"    // the network was cut
	Complained Milestone = "complaint"   // the complaint was prepared
)

// Milestones are all that there are, in the order they are shown.
var milestones = []Milestone{Convened, Isolated, FirstCall, Paper, Privacy, Complained}

// A Figure is how long a milestone took; OK is false when it was not reached.
type Figure struct {
	Milestone Milestone
	After     time.Duration
	OK        bool
}

// Milestones lists what can be marked.
func Milestones() []Milestone { return slices.Clone(milestones) }

// A Reason says why an exercise counts, or not, as a crisis exercise of the programme.
type Reason string

// Why an exercise counts or not. The programme asks that continuity of care be played and that the management take part; tests of machines alone do not count.
const (
	NotPlayed    Reason = "not_played"    // it did not go to its end
	NoManagement Reason = "no_management" // nobody of the management was there
	ComputerOnly Reason = "computer_only" // continuity of care was not played
	Counts       Reason = "counts"
)

// Counted tells whether a game counts: it went to its end, present holds a seat of the management, and the scenario plays continuity of care.
func Counted(s *Scenario, state State, present []string) (bool, []Reason) {
	var reasons []Reason
	if !state.Ended {
		reasons = append(reasons, NotPlayed)
	}
	if !slices.ContainsFunc(s.Roles, func(r Role) bool { return r.Management && slices.Contains(present, r.ID) }) {
		reasons = append(reasons, NoManagement)
	}
	if !s.Care {
		reasons = append(reasons, ComputerOnly)
	}
	if len(reasons) == 0 {
		return true, []Reason{Counts}
	}
	return false, reasons
}

// Advised tells which level suits an establishment, from four questions of a short grid.
func Advised(exercises int, cellNamed, plansWritten, paperTested bool) Level {
	points := min(exercises, 2)
	for _, yes := range []bool{cellNamed, plansWritten, paperTested} {
		if yes {
			points++
		}
	}
	switch {
	case exercises == 0 || points <= 2:
		return Beginner
	case points <= 4:
		return Intermediate
	default:
		return Confirmed
	}
}
