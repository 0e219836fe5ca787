package exposure

import (
	"time"
)

// The programme asks for two audits in a row that hold the level, at least 45 and at most 60 days apart (domain 1, objective O2.B).
const (
	leastApart = 45
	mostApart  = 60
)

// Calendar says where a structure stands with its two audits.
type Calendar struct {
	First  Run       // the audit that opens the window; zero when none does
	From   time.Time // first day of the second audit
	Until  time.Time // last day of it
	Second Run       // the audit inside the window; zero while there is none
	Stage  Stage
}

// Stage is one of a closed list, for which pages have words.
type Stage string

// The stages.
const (
	NoAudit  Stage = "none"     // nothing opens the window
	NotYet   Stage = "not_yet"  // too early for the second
	Open     Stage = "open"     // the second may be done now
	Missed   Stage = "missed"   // the last day is past: the next audit that holds opens a new window
	Achieved Stage = "achieved" // both are there
)

// calendar reads the runs of a structure, the latest first. A pair counts when both hold, on the same perimeter, 45 to 60 days apart, and no
// audit between them broke the level. Among pairs the latest counts; without one, the latest audit that holds opens the window.
func calendar(runs []Run, now time.Time) Calendar {
	var done []Run
	for _, r := range runs {
		if r.State == Done && !r.Partial && r.Grade != "" {
			done = append(done, r)
		}
	}
	for i, second := range done {
		if !second.Holds {
			continue
		}
		for _, first := range done[i+1:] {
			if !first.Holds {
				break
			}
			if apart := days(first.AsOf, second.AsOf); first.PerimeterHash == second.PerimeterHash && apart >= leastApart && apart <= mostApart {
				c := window(first, Achieved)
				c.Second = second
				return c
			}
		}
	}
	first := opening(done, now)
	if first.ID == "" {
		return Calendar{Stage: NoAudit}
	}
	c := window(first, NotYet)
	switch apart := days(first.AsOf, now); {
	case apart > mostApart:
		c.Stage = Missed
	case apart >= leastApart:
		c.Stage = Open
	}
	return c
}

// opening is the audit whose window matters: the earliest of the audits in a row that hold, on the perimeter of the latest, whose window is not
// over; the latest when all are.
func opening(done []Run, now time.Time) (first Run) {
	for _, r := range done {
		if !r.Holds || first.ID != "" && (r.PerimeterHash != first.PerimeterHash || days(r.AsOf, now) > mostApart) {
			break
		}
		first = r
	}
	return first
}

func window(first Run, stage Stage) Calendar {
	return Calendar{First: first, Stage: stage, From: first.AsOf.AddDate(0, 0, leastApart), Until: first.AsOf.AddDate(0, 0, mostApart)}
}

// days counts calendar days in the zone of the platform's days, so that hours never make 44 days of 45.
func days(from, to time.Time) int {
	day := func(t time.Time) time.Time {
		t = t.In(paris())
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return int(day(to).Sub(day(from)) / (24 * time.Hour))
}

// paris is the zone in which the programme counts days.
func paris() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return time.UTC // the zones are linked into the program, so this does not happen
	}
	return zone
}
