package exposure

import (
	"fmt"
	"testing"
	"time"
)

func TestCalendar(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	// run is an audit so many days ago.
	run := func(ago int, holds bool, hash string) Run {
		return Run{ID: fmt.Sprint(ago), State: Done, AsOf: now.AddDate(0, 0, -ago), Holds: holds, PerimeterHash: hash, Grade: "B"}
	}
	partial := run(50, true, "p")
	partial.Partial = true
	tests := map[string]struct {
		runs  []Run // the latest first
		stage Stage
		first string
	}{
		"no audit":                              {nil, NoAudit, ""},
		"an audit that does not hold":           {[]Run{run(3, false, "p")}, NoAudit, ""},
		"one that holds, yesterday":             {[]Run{run(1, true, "p")}, NotYet, "1"},
		"one that holds, 44 days ago":           {[]Run{run(44, true, "p")}, NotYet, "44"},
		"one that holds, 45 days ago":           {[]Run{run(45, true, "p")}, Open, "45"},
		"one that holds, 60 days ago":           {[]Run{run(60, true, "p")}, Open, "60"},
		"one that holds, 61 days ago":           {[]Run{run(61, true, "p")}, Missed, "61"},
		"two, 44 days apart":                    {[]Run{run(0, true, "p"), run(44, true, "p")}, NotYet, "44"},
		"two, 45 days apart":                    {[]Run{run(0, true, "p"), run(45, true, "p")}, Achieved, "45"},
		"two, 60 days apart":                    {[]Run{run(0, true, "p"), run(60, true, "p")}, Achieved, "60"},
		"two, 61 days apart":                    {[]Run{run(0, true, "p"), run(61, true, "p")}, NotYet, "0"},
		"another perimeter":                     {[]Run{run(0, true, "q"), run(50, true, "p")}, NotYet, "0"},
		"broken between":                        {[]Run{run(0, true, "p"), run(20, false, "p"), run(50, true, "p")}, NotYet, "0"},
		"a third between does not hide them":    {[]Run{run(0, true, "p"), run(20, true, "p"), run(50, true, "p")}, Achieved, "50"},
		"achieved long ago":                     {[]Run{run(300, true, "p"), run(350, true, "p")}, Achieved, "350"},
		"the latest of two broke the level":     {[]Run{run(0, false, "p"), run(50, true, "p")}, NoAudit, ""},
		"a partial audit counts for nothing":    {[]Run{run(0, true, "p"), partial}, NotYet, "0"},
		"an old one and a young one that holds": {[]Run{run(10, true, "p"), run(200, true, "p")}, NotYet, "10"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := calendar(test.runs, now)
			if got.Stage != test.stage || got.First.ID != test.first {
				t.Errorf("stage %s from %q, want %s from %q", got.Stage, got.First.ID, test.stage, test.first)
			}
		})
	}
}

// Days are those of the calendar in France, whatever the hour and the change of clocks.
func TestDays(t *testing.T) {
	at := func(s string) time.Time {
		parsed, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for _, test := range []struct {
		from, to string
		want     int
	}{
		{"2026-03-01T23:30:00+01:00", "2026-04-15T00:30:00+02:00", 45},
		{"2026-03-01T22:59:59Z", "2026-04-15T21:00:00Z", 45},
		{"2026-03-01T23:30:00Z", "2026-04-15T21:00:00Z", 44}, // already the 2nd in France
	} {
		if got := days(at(test.from), at(test.to)); got != test.want {
			t.Errorf("%s to %s: %d days, want %d", test.from, test.to, got, test.want)
		}
	}
}
