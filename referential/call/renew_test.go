package call

import (
	"testing"
	"time"
)

func TestRenew(t *testing.T) {
	c := must(Read("yearly.yaml", testdata(t, "yearly.yaml")))
	for _, k := range []struct {
		name          string
		closes        string
		months, times int
		want          string // empty: refused
	}{
		{"a year later, another hour of UTC is the same on the wall", "2026-03-31", 12, 1, "2027-03-31 23:59:59"},
		{"none", "2026-03-31", 12, 0, "2026-03-31 23:59:59"},
		{"the last day of a shorter month", "2026-08-31", 6, 1, "2027-02-28 23:59:59"},
		{"a leap day", "2028-02-29", 12, 1, "2029-02-28 23:59:59"},
		{"across the change of hour", "2026-02-15 17:00", 6, 3, "2027-08-15 17:00:00"},
		{"over the end of a year", "2026-12-15", 1, 1, "2027-01-15 23:59:59"},
		{"an hour that no clock shows", "2027-02-28 02:30", 1, 1, ""},
	} {
		c.Renewal.Months = k.months
		c.Windows[0].Closes = Known(must(ParseWall(k.closes, c.Zone, Last)))
		again, err := c.Renew(k.times)
		if k.want == "" {
			// 28 March 2027 is the day on which the clocks go from two to three.
			if err == nil {
				t.Errorf("%s: %v", k.name, again.Windows[0].Closes.Value)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", k.name, err)
			continue
		}
		if got := again.Windows[0].Closes.Value.In(c.Zone).Format(wallForm); got != k.want {
			t.Errorf("%s: %s, want %s", k.name, got, k.want)
		}
	}
	if got := c.Windows[0].Opens.Value; !got.Equal(time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("the first edition moved: %v", got)
	}
	if _, err := invented(t).Renew(1); err == nil {
		t.Error("a call that happens once comes back")
	}
}
