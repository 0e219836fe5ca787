package call

import (
	"fmt"
	"time"
	_ "time/tzdata" // deadlines are kept at the hour of Paris, also on machines without zone files
)

// Paris is where the deadlines of the programme are read from the wall.
const Paris = "Europe/Paris"

// Edge says which of two moments is meant when the clock shows the same hour twice, in the autumn night.
type Edge int

// The edges.
const (
	First Edge = iota // an opening: nobody waits an hour more than the text says
	Last              // a closing: nobody loses the hour that the text gives
)

// Wall is the moment at which a clock on the wall of a zone shows something. It fails when no clock ever shows it: an hour that does not exist in the
// spring night, or 31 February. [time.Date] would give another hour without a word.
func Wall(year int, month time.Month, day, hour, minute, second int, zone *time.Location, edge Edge) (time.Time, error) {
	shown := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	exact := shown.Year() == year && shown.Month() == month && shown.Day() == day && shown.Hour() == hour && shown.Minute() == minute && shown.Second() == second
	var found time.Time
	// Offsets a day before and after are those on both sides of a change of hour; none is nearer than that to another.
	for _, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := shown.Add(near).In(zone).Zone()
		t := shown.Add(-time.Duration(offset) * time.Second).In(zone)
		if t.Format(wallForm) != shown.Format(wallForm) {
			continue
		}
		if found.IsZero() || (edge == Last) == t.After(found) {
			found = t
		}
	}
	if !exact || found.IsZero() {
		return time.Time{}, fmt.Errorf("no clock in %s shows %04d-%02d-%02d %02d:%02d:%02d", zone, year, month, day, hour, minute, second)
	}
	return found, nil
}

const wallForm = "2006-01-02 15:04:05"

// ParseWall reads "2025-10-31", "2025-10-31 17:00" or "2025-10-31 17:00:00" as shown by a clock of the zone. A day alone is its first second for an
// opening and its last second for a closing, 23:59:59, whatever the length of that day.
func ParseWall(s string, zone *time.Location, edge Edge) (time.Time, error) {
	forms := []string{time.DateOnly, "2006-01-02 15:04", wallForm}
	for _, form := range forms {
		t, err := time.Parse(form, s)
		if err != nil || len(s) != len(form) {
			continue
		}
		hour, minute, second := t.Clock()
		if form == time.DateOnly && edge == Last {
			hour, minute, second = 23, 59, 59
		}
		y, m, d := t.Date()
		if y < 2000 || y > 2100 {
			return time.Time{}, fmt.Errorf("%q is no date of this programme", s)
		}
		return Wall(y, m, d, hour, minute, second, zone, edge)
	}
	return time.Time{}, fmt.Errorf("%q is not a moment: write 2025-10-31 or 2025-10-31 17:00:00", s)
}

// after is the first moment that no longer counts when the last second that counts is given.
func after(last time.Time) time.Time { return last.Truncate(time.Second).Add(time.Second) }

// InTime tells whether something done at a moment is in time for a deadline: the last second counts as a whole.
func InTime(at, last time.Time) bool { return at.Before(after(last)) }

// WindowState is where a window stands at a moment.
type WindowState string

// The states of a window.
const (
	Undated  WindowState = "undated"  // an end that is needed to tell is not published
	Upcoming WindowState = "upcoming" // opens later
	Open     WindowState = "open"
	Over     WindowState = "over"
)

// State tells where the window stands. A window whose opening is known and past and whose closing is not published is open; one whose opening is
// not published is over when its closing is past, and otherwise nobody can tell.
func (w Window) State(at time.Time) WindowState {
	opens, known := w.Opens.Get()
	closes, ends := w.Closes.Get()
	switch {
	case ends && !InTime(at, closes):
		return Over
	case !known:
		return Undated
	case at.Before(opens):
		return Upcoming
	}
	return Open
}

// For tells whether the window is for a category.
func (w Window) For(category string) bool {
	return len(w.Categories) == 0 || contains(w.Categories, category)
}

// Window finds the window of a phase that a category may use: the one that is open, else the next to open, else the last that was open, else one without dates.
func (c *Call) Window(kind PhaseKind, category string, at time.Time) (Window, WindowState, bool) {
	rank := map[WindowState]int{Open: 0, Upcoming: 1, Over: 2, Undated: 3}
	var best Window
	var state WindowState
	found := false
	for _, w := range c.Windows {
		if p, ok := c.Phase(w.Phase); !ok || p.Kind != kind || !w.For(category) {
			continue
		}
		s := w.State(at)
		better := !found || rank[s] < rank[state]
		if found && s == state {
			better = s == Upcoming && w.Opens.Value.Before(best.Opens.Value) || s == Over && w.Closes.Value.After(best.Closes.Value)
		}
		if better {
			best, state, found = w, s, true
		}
	}
	return best, state, found
}

// IsOpen tells whether a category may deposit for a phase at a moment.
func (c *Call) IsOpen(kind PhaseKind, category string, at time.Time) bool {
	_, state, found := c.Window(kind, category, at)
	return found && state == Open
}

// Deadline finds the deadline of a phase by its code.
func (p Phase) Deadline(code string) (Deadline, bool) {
	for _, d := range p.Deadlines {
		if d.Code == code {
			return d, true
		}
	}
	return Deadline{}, false
}
