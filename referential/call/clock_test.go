package call

import (
	"testing"
	"time"
)

func parisian(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(Paris)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestParseWall(t *testing.T) {
	zone := parisian(t)
	for _, c := range []struct {
		s    string
		edge Edge
		want string // UTC; empty: refused
	}{
		{"2025-10-31", Last, "2025-10-31T22:59:59Z"},
		{"2025-10-31", First, "2025-10-30T23:00:00Z"},
		{"2025-07-31", Last, "2025-07-31T21:59:59Z"},
		{"2025-10-31 17:00", Last, "2025-10-31T16:00:00Z"},
		{"2025-10-31 17:00:30", First, "2025-10-31T16:00:30Z"},
		// The autumn night shows two o'clock twice, the spring night never.
		{"2025-10-26 02:30", First, "2025-10-26T00:30:00Z"},
		{"2025-10-26 02:30", Last, "2025-10-26T01:30:00Z"},
		{"2025-10-26 03:00", Last, "2025-10-26T02:00:00Z"},
		{"2025-10-26", Last, "2025-10-26T22:59:59Z"},
		{"2026-03-29", Last, "2026-03-29T21:59:59Z"},
		{"2026-03-29 01:59:59", Last, "2026-03-29T00:59:59Z"},
		{"2026-03-29 03:00", Last, "2026-03-29T01:00:00Z"},
		{"2026-03-29 02:30", Last, ""},
		{"2026-03-29 02:30", First, ""},
		{"2026-02-31", First, ""}, {"2026-02-28 24:00", Last, ""}, {"2026-2-1", First, ""}, {"31/10/2025", Last, ""}, {"", Last, ""},
		{"2025-10-31T17:00", Last, ""}, {"2025-10-31 17:00 ", Last, ""}, {"1999-12-31", Last, ""}, {"2025-10-31 17:00:00.5", Last, ""},
	} {
		got, err := ParseWall(c.s, zone, c.edge)
		if (err != nil) != (c.want == "") || err == nil && got.UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%q, edge %d: %v, %v; want %q", c.s, c.edge, got.UTC(), err, c.want)
		}
	}
}

// Every quarter of an hour of three years is read as the moment that shows it; the only ones refused are the four of each spring night.
func TestWallShowsWhatItWasGiven(t *testing.T) {
	zone := parisian(t)
	refused := 0
	for at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2027; at = at.Add(15 * time.Minute) {
		for _, edge := range []Edge{First, Last} {
			got, err := ParseWall(at.Format("2006-01-02 15:04"), zone, edge)
			if err != nil {
				refused++
			} else if shown := got.In(zone).Format(wallForm); shown != at.Format(wallForm) {
				t.Fatalf("%s is shown as %s", at.Format(wallForm), shown)
			}
		}
	}
	if refused != 3*4*2 {
		t.Errorf("%d refused", refused)
	}
}

func TestWindowToTheSecond(t *testing.T) {
	zone := parisian(t)
	opens, closes := must(ParseWall("2025-09-02", zone, First)), must(ParseWall("2025-10-31", zone, Last))
	w := Window{Opens: Known(opens), Closes: Known(closes)}
	for _, c := range []struct {
		name string
		at   time.Time
		want WindowState
	}{
		{"a nanosecond before", opens.Add(-1), Upcoming},
		{"the first moment", opens, Open},
		{"the last second", closes, Open},
		{"the end of the last second", closes.Add(time.Second - 1), Open},
		{"one second after", closes.Add(time.Second), Over},
	} {
		if got := w.State(c.at); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	noStart, noEnd := Window{Opens: ToFill[time.Time]("a"), Closes: w.Closes}, Window{Opens: w.Opens, Closes: ToFill[time.Time]("b")}
	if noStart.State(opens) != Undated || noStart.State(closes.Add(time.Hour)) != Over {
		t.Error("without an opening: nobody knows before the end, and over afterwards")
	}
	if noEnd.State(opens.Add(-1)) != Upcoming || noEnd.State(closes.AddDate(5, 0, 0)) != Open {
		t.Error("without a closing: open from the opening on")
	}
}

func TestHolidays(t *testing.T) {
	for year, want := range map[int]string{2000: "2000-04-23", 2024: "2024-03-31", 2025: "2025-04-20", 2026: "2026-04-05", 2038: "2038-04-25", 2057: "2057-04-22", 2285: "2285-03-22"} {
		if got := Easter(year).Format(time.DateOnly); got != want {
			t.Errorf("Easter of %d: %s, want %s", year, got, want)
		}
	}
	n := 0
	for d := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() == 2026; d = d.AddDate(0, 0, 1) {
		if Holiday(d) {
			n++
		}
	}
	if n != 11 {
		t.Errorf("%d public holidays in 2026", n)
	}
	for _, s := range []string{"2026-04-06", "2026-05-14", "2026-05-25", "2026-12-25"} {
		if d, _ := time.Parse(time.DateOnly, s); !Holiday(d) {
			t.Errorf("%s is not found to be a holiday", s)
		}
	}
}

func TestSpent(t *testing.T) {
	zone := parisian(t)
	at := func(s string) time.Time { return must(time.ParseInLocation("2006-01-02 15:04", s, zone)) }
	working, every := Calendar{Zone: zone, Working: true}, Calendar{Zone: zone}
	start := ClockEvent{at("2026-03-26 10:00"), Starts} // a Thursday
	stop, restart := ClockEvent{at("2026-03-31 23:30"), Stops}, ClockEvent{at("2026-04-07 00:10"), Restarts}
	for _, c := range []struct {
		name    string
		c       Calendar
		events  []ClockEvent
		now     string
		days    int
		running bool
	}{
		{"the day of the start", working, []ClockEvent{start}, "2026-03-26 23:59", 0, true},
		{"the day after", working, []ClockEvent{start}, "2026-03-27 00:00", 1, true},
		{"over the week-end of the spring night", working, []ClockEvent{start}, "2026-03-30 00:05", 2, true},
		{"each day counts", every, []ClockEvent{start}, "2026-03-30 00:05", 4, true},
		{"stopped", working, []ClockEvent{start, stop}, "2026-05-31 12:00", 3, false},
		{"restarted after Easter Monday, on whose morrow nothing counts", working, []ClockEvent{start, stop, restart}, "2026-04-07 20:00", 3, true},
		{"and the next day does", working, []ClockEvent{start, stop, restart}, "2026-04-08 00:00", 4, true},
		{"stopped twice", working, []ClockEvent{start, stop, {stop.At.Add(time.Hour), Stops}}, "2026-05-31 12:00", 3, false},
		{"stopped and restarted on one day", working, []ClockEvent{start, {at("2026-03-27 09:00"), Stops}, {at("2026-03-27 09:05"), Restarts}}, "2026-03-30 12:00", 2, true},
		{"ended", working, []ClockEvent{start, {at("2026-03-27 09:00"), Ends}}, "2026-12-31 12:00", 1, false},
		{"not yet", working, []ClockEvent{start}, "2026-03-25 12:00", 0, false},
		{"no event", working, nil, "2026-03-25 12:00", 0, false},
		{"1 and 8 May, Ascension and Whit Monday", working, []ClockEvent{{at("2026-04-30 08:00"), Starts}}, "2026-05-25 23:00", 13, true},
		{"a local day off", Calendar{Zone: zone, Working: true, Closed: []time.Time{time.Date(2026, 3, 27, 0, 0, 0, 0, time.UTC)}}, []ClockEvent{start}, "2026-03-30 12:00", 1, true},
		{"midnight is that of Paris", working, []ClockEvent{{time.Date(2026, 6, 1, 22, 30, 0, 0, time.UTC), Starts}}, "2026-06-02 23:00", 0, true},
	} {
		got, err := c.c.Spent(c.events, at(c.now))
		if err != nil || got.Days != c.days || got.Running != c.running {
			t.Errorf("%s: %+v, %v; want %d days, running %v", c.name, got, err, c.days, c.running)
		}
	}
	for name, events := range map[string][]ClockEvent{
		"no start": {stop}, "two starts": {start, start}, "out of order": {start, restart, stop}, "after the end": {start, {stop.At, Ends}, restart}, "unknown": {start, {stop.At, "sleeps"}},
	} {
		if got, err := working.Spent(events, at("2026-12-31 12:00")); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, err := every.Spent([]ClockEvent{{time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), Starts}}, at("2026-12-31 12:00")); err == nil {
		t.Error("two thousand years are counted")
	}
}

func TestDue(t *testing.T) {
	zone := parisian(t)
	at := func(s string) time.Time { return must(time.ParseInLocation("2006-01-02 15:04", s, zone)) }
	c := Calendar{Zone: zone, Working: true}
	events := []ClockEvent{{at("2026-03-26 10:00"), Starts}, {at("2026-03-31 12:00"), Stops}, {at("2026-04-03 12:00"), Restarts}}
	due, ok, err := c.Due(events, 5, at("2026-04-03 13:00"))
	if err != nil || !ok || due.In(zone).Format(wallForm) != "2026-04-08 23:59:59" {
		t.Errorf("3 days are spent, Easter Monday does not count: due %v, %v, %v", due.In(zone), ok, err)
	}
	// On the day it is due the last day is spent, and one day later it is passed.
	for day, want := range map[string]int{"2026-04-08 23:59": 5, "2026-04-09 00:00": 6} {
		if s, _ := c.Spent(events, at(day)); s.Days != want {
			t.Errorf("%s: %d days spent, want %d", day, s.Days, want)
		}
	}
	if again, _, _ := c.Due(events, 5, at("2026-04-20 13:00")); !again.Equal(due) {
		t.Errorf("the day it is due moves with the day of the question: %v", again)
	}
	if _, ok, _ := c.Due(events[:2], 5, at("2026-04-01 13:00")); ok {
		t.Error("a clock that is stopped has a day on which it is due")
	}
	if _, _, err := c.Due(events, 1_000_000, at("2026-04-03 13:00")); err == nil {
		t.Error("a delay of millennia is reckoned")
	}
}
