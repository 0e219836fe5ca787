package referential

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// day is a day of the calendar, counted from 1 January 1970: rules about time count days, not hours.
type day int

func dayOf(t time.Time, zone *time.Location) day {
	y, m, d := t.In(zone).Date()
	return civil(y, m, d)
}

func civil(y int, m time.Month, d int) day {
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// start is the first moment of the day.
func (d day) start(zone *time.Location) time.Time {
	y, m, n := time.Unix(int64(d)*86400, 0).UTC().Date()
	return time.Date(y, m, n, 0, 0, 0, 0, zone)
}

// addMonths goes to the same day of another month, or to its last day when it is shorter: 31 March less one month is 28 or 29 February.
func (d day) addMonths(n int) day {
	y, m, dom := time.Unix(int64(d)*86400, 0).UTC().Date()
	last := time.Date(y, m+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return civil(y, m+time.Month(n), min(dom, last))
}

// Age is a length of time in days or months. The zero Age stands for no limit.
type Age struct {
	N      int
	Months bool // N counts months; else days
}

// ParseAge reads "45 days", "1 month", "12 months" or "2 years" (24 months).
func ParseAge(s string) (Age, error) {
	number, unit, _ := strings.Cut(s, " ")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > 10_000 {
		return Age{}, fmt.Errorf("%q is not an age: write a whole number of days, months or years, such as \"12 months\"", s)
	}
	switch unit {
	case "day", "days":
		return Age{N: n}, nil
	case "month", "months":
		return Age{N: n, Months: true}, nil
	case "year", "years":
		return Age{N: 12 * n, Months: true}, nil
	}
	return Age{}, fmt.Errorf("%q is not an age: the unit must be days, months or years", s)
}

// IsZero tells whether there is no limit.
func (a Age) IsZero() bool { return a.N == 0 }

// since is the first day that is not too old on a day: what happened on that day still counts.
func (a Age) since(today day) day {
	if a.Months {
		return today.addMonths(-a.N)
	}
	return today - day(a.N)
}

func (a Age) param(name string) Param {
	code := "age.days"
	if a.Months {
		code = "age.months"
	}
	return said(name, code, number("n", float64(a.N)))
}
