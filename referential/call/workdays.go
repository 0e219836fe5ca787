package call

import (
	"fmt"
	"slices"
	"time"
)

// Calendar says which days count for a delay.
type Calendar struct {
	Zone    *time.Location
	Working bool        // Monday to Friday without public holidays; else each day
	Closed  []time.Time // further days that do not count, midnight UTC, such as 26 December in Alsace and Moselle
}

// Turn is what happens to the clock of a delay.
type Turn string

// What happens to a clock.
const (
	Starts   Turn = "starts"
	Stops    Turn = "stops" // the candidate has to answer; stopping twice is stopping once
	Restarts Turn = "restarts"
	Ends     Turn = "ends"
)

// ClockEvent is one turn of a clock.
type ClockEvent struct {
	At   time.Time
	Turn Turn
}

// Spent is how much of a delay is used up.
type Spent struct {
	Days    int
	Running bool
	Ended   bool
	Since   time.Time // of the last turn that changed something; zero before the start
}

// Spent counts the days of a delay until now. The day of a turn belongs to what ran before it: the day of the start and that of a restart do not count, the day
// of a stop and that of the end do. So a clock that is stopped and restarted on one day loses nothing and wins nothing. Events are in order and start with
// the start; later events than now are left out. Anything else is an error that says which event.
func (c Calendar) Spent(events []ClockEvent, now time.Time) (Spent, error) {
	var s Spent
	var last time.Time
	started := false
	for i, e := range events {
		switch {
		case e.At.Before(last):
			return Spent{}, fmt.Errorf("read the clock: event %d comes before the one above it", i+1)
		case e.Turn == Starts == started, s.Ended:
			return Spent{}, fmt.Errorf("read the clock: event %d (%s) cannot follow what came before", i+1, e.Turn)
		case !slices.Contains([]Turn{Starts, Stops, Restarts, Ends}, e.Turn):
			return Spent{}, fmt.Errorf("read the clock: event %d (%q) is not a turn", i+1, e.Turn)
		}
		if e.At.After(now) {
			break
		}
		last, started = e.At, true
		runs := e.Turn == Starts || e.Turn == Restarts
		if runs == s.Running && e.Turn != Ends {
			continue
		}
		if s.Running {
			n, err := c.between(s.Since, e.At)
			if err != nil {
				return Spent{}, err
			}
			s.Days += n
		}
		s.Running, s.Ended, s.Since = runs, e.Turn == Ends, e.At
	}
	if s.Running {
		n, err := c.between(s.Since, now)
		if err != nil {
			return Spent{}, err
		}
		s.Days += n
	}
	return s, nil
}

// Due is the last second of a delay of some days when nothing more stops the clock; ok is false while it is stopped, before it starts and after it ended.
func (c Calendar) Due(events []ClockEvent, days int, now time.Time) (due time.Time, ok bool, err error) {
	s, err := c.Spent(events, now)
	if err != nil || !s.Running {
		return time.Time{}, false, err
	}
	used, err := c.between(s.Since, now)
	if err != nil {
		return time.Time{}, false, err
	}
	left := days - (s.Days - used) // days to count after the last start
	d := dayNumber(s.Since, c.zone())
	for first := d; left > 0; {
		if d++; d-first > mostDays {
			return time.Time{}, false, fmt.Errorf("reckon a delay of %d days: it lies too far ahead", days)
		}
		if c.counts(d) {
			left--
		}
	}
	y, m, day := time.Unix(int64(d)*86400, 0).UTC().Date()
	due, err = Wall(y, m, day, 23, 59, 59, c.zone(), Last)
	return due, err == nil, err
}

// mostDays bounds what is counted day by day: about a hundred years.
const mostDays = 36_600

// between counts the days after that of one moment up to that of another.
func (c Calendar) between(from, until time.Time) (n int, err error) {
	a, b := dayNumber(from, c.zone()), dayNumber(until, c.zone())
	if b-a > mostDays {
		return 0, fmt.Errorf("count the days of a delay: %d days are too many", b-a)
	}
	for d := a + 1; d <= b; d++ {
		if c.counts(d) {
			n++
		}
	}
	return n, nil
}

func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

func (c Calendar) counts(day int) bool {
	if !c.Working {
		return true
	}
	t := time.Unix(int64(day)*86400, 0).UTC()
	if wd := t.Weekday(); wd == time.Saturday || wd == time.Sunday || Holiday(t) {
		return false
	}
	return !slices.ContainsFunc(c.Closed, func(closed time.Time) bool { return dayNumber(closed, time.UTC) == day })
}

// dayNumber counts days of the calendar from 1 January 1970.
func dayNumber(t time.Time, zone *time.Location) int {
	y, m, d := t.In(zone).Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// dayOf is the day of a moment as midnight UTC, to write it without an hour.
func dayOf(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Holiday tells whether a day, midnight UTC, is one of the eleven public holidays of France (Code du travail, article L3133-1).
func Holiday(day time.Time) bool {
	y, m, d := day.Date()
	switch fmt.Sprintf("%02d-%02d", m, d) {
	case "01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25":
		return true
	}
	easter := Easter(y)
	for _, after := range []int{1, 39, 50} { // Easter Monday, Ascension, Whit Monday
		if easter.AddDate(0, 0, after).Equal(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)) {
			return true
		}
	}
	return false
}

// Easter is Easter Sunday of a year of the Gregorian calendar, midnight UTC (the anonymous algorithm of 1876, as Meeus gives it).
func Easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	month := (h + l - 7*m + 114) / 31
	day := (h+l-7*m+114)%31 + 1
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}
