package chronogram

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"hygie/exercise"
)

// day is the minutes of one.
const day = 24 * 60

// longest is how many minutes after the beginning an event can come.
const longest = 7 * day

// Moment is what a cell of time says.
type Moment struct {
	Minutes int  // since the beginning, or what the clock shows
	Clock   bool // what the clock shows, since midnight of the first day
	Dated   bool // since a day that is long past: only differences mean something
}

var (
	bare     = regexp.MustCompile(`^(\d{1,5})(?:[.,]0+)?$`)
	relative = regexp.MustCompile(`^([jdhmt])\s*\+\s*(\d{1,5})(?:\s*(?::|h)\s*([0-5]?\d))?(?:\s*(?:min|mn|m|'|h)(?:\s|$))?\s*`)
	dayThen  = regexp.MustCompile(`^[jd]\s*\+\s*(\d{1,2})\s*[,à@]?\s+(\d{1,2})\s*[:h]\s*([0-5]\d)?$`)
	spelt    = regexp.MustCompile(`^(?:(\d{1,3})\s*(?:heures?|hours?|hr?s?)\s*)?(\d{1,5})\s*(?:minutes?|min|mn|')$`)
	hours    = regexp.MustCompile(`^(\d{1,3})\s*(?:heures?|hours?)$`)
	shown    = regexp.MustCompile(`^(\d{1,2})\s*(?::|h)\s*([0-5]\d)?(?::[0-5]\d(?:\.\d+)?)?$`)
)

// ReadTime reads a cell of time. ok is false when it says none, or one beyond a week.
func ReadTime(text string) (m Moment, ok bool) {
	t := strings.ToLower(strings.TrimSpace(strings.Map(func(r rune) rune {
		switch r {
		case '\u00a0', '\u202f', '\u2009':
			return ' '
		case '’', '′':
			return '\''
		}
		return r
	}, text)))
	for _, form := range []string{time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2/1/2006 15:04", "2/1/2006 15:04:05"} {
		if at, err := time.Parse(form, strings.ToUpper(t)); err == nil {
			if at.Year() < 1910 { // an hour of a spreadsheet, written with the day it counts days from
				return Moment{Minutes: at.Hour()*60 + at.Minute(), Clock: true}, true
			}
			return Moment{Minutes: int(at.Unix() / 60), Clock: true, Dated: true}, true
		}
	}
	if p := dayThen.FindStringSubmatch(t); p != nil {
		return bounded(number(p[1])*day+number(p[2])*60+number(p[3]), true)
	}
	if p := shown.FindStringSubmatch(t); p != nil && number(p[1]) < 24 {
		return bounded(number(p[1])*60+number(p[2]), true)
	}
	if p := bare.FindStringSubmatch(t); p != nil {
		return bounded(number(p[1]), false)
	}
	if p := spelt.FindStringSubmatch(t); p != nil {
		return bounded(number(p[1])*60+number(p[2]), false)
	}
	if p := hours.FindStringSubmatch(t); p != nil {
		return bounded(number(p[1])*60, false)
	}
	return readSum(t)
}

// readSum reads what begins with letters: "J+1 H+2 M+15", "H+1:30", "T+01:30", "T+15".
func readSum(t string) (Moment, bool) {
	sum, parts := 0, 0
	for ; t != "" && parts < 3; parts++ {
		p := relative.FindStringSubmatch(t)
		if p == nil {
			return Moment{}, false
		}
		n, minutes := number(p[2]), number(p[3])
		switch {
		case p[1] == "j" || p[1] == "d":
			if p[3] != "" {
				return Moment{}, false
			}
			sum += n * day
		case p[1] == "h", p[3] != "":
			sum += n*60 + minutes
		default: // minutes
			sum += n
		}
		t = t[len(p[0]):]
	}
	if parts == 0 || t != "" {
		return Moment{}, false
	}
	return bounded(sum, false)
}

func number(text string) int {
	n, _ := strconv.Atoi(text) // figures alone, at most five
	return n
}

func bounded(minutes int, clock bool) (Moment, bool) {
	return Moment{Minutes: minutes, Clock: clock}, minutes <= longest
}

// Clock counts hours of the clock from the first one of a table. A first hour before one o'clock is taken for a time since the beginning, as is all that
// follows; an hour much earlier than the one before belongs to the next day.
type Clock struct {
	begun      bool
	base, last int
}

// Since gives the minutes since the beginning that a moment says; ok is false when it comes before the beginning or more than a week after.
func (c *Clock) Since(m Moment) (minutes int, ok bool) {
	if !m.Clock {
		return m.Minutes, m.Minutes >= 0 && m.Minutes <= longest
	}
	at := m.Minutes
	if !c.begun {
		c.begun, c.base = true, at
		if !m.Dated && at < 60 {
			c.base = 0
		}
		c.last = at
	}
	for !m.Dated && c.base > 0 && at < c.last-day/2 && at+day-c.base <= longest {
		at += day
	}
	c.last = max(c.last, at)
	return at - c.base, at >= c.base && at-c.base <= longest
}

// ReadExpect tidies a cell of expected reactions: one a line.
func ReadExpect(text string) string { return strings.Join(List(text), "\n") }

// Key is the identifier of the event that a row tells of: of its number, else of its subject; empty when it has neither.
func Key(number, subject string) string {
	if id := exercise.Slug(number); id != "" {
		return id
	}
	return exercise.Slug(subject)
}
