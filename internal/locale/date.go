package locale

import (
	"fmt"
	"strconv"
	"time"
)

// Date writes a day in full: 21 novembre 2026, 1er décembre 2026, 21 November 2026. The zero time is a dash.
func (p *Printer) Date(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	t = t.In(p.zone)
	day := strconv.Itoa(t.Day())
	if p.lang == French && t.Day() == 1 {
		day = "1er"
	}
	return day + noBreak + p.month(t.Month()) + " " + strconv.Itoa(t.Year())
}

// ShortDate writes a day in figures for a table: 21/11/2026, or 21 Nov 2026 where figures would be read two ways.
func (p *Printer) ShortDate(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(p.zone).Format(p.choose("02/01/2006", "02 Jan 2006"))
}

// Clock writes an hour: 8 h 05, 8:05.
func (p *Printer) Clock(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	t = t.In(p.zone)
	if p.lang == English {
		return t.Format("15:04")
	}
	return fmt.Sprintf("%d%sh%s%02d", t.Hour(), noBreak, noBreak, t.Minute())
}

// DateTime writes a day and an hour: 21 novembre 2026 à 8 h 05.
func (p *Printer) DateTime(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return p.Date(t) + p.choose(" à ", " at ") + p.Clock(t)
}

// ISODay writes a day as a form field and a file want it: 2026-11-21.
func (p *Printer) ISODay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.zone).Format(time.DateOnly)
}

// Duration writes a length of time by its two greatest units: 3 min 20 s, 2 h 05 min, 4 j 3 h. Parts of a second are dropped
// unless there is nothing else.
func (p *Printer) Duration(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "−", -d
	}
	second := int64(d / time.Second)
	day := p.choose("j", "d")
	switch {
	case d > 0 && second == 0:
		return sign + p.Int(max(1, d.Milliseconds())) + noBreak + "ms"
	case second < 60:
		return sign + p.Int(second) + noBreak + "s"
	case second < 3600:
		return sign + pair(second/60, "min", second%60, "s")
	case second < 86400:
		return sign + pair(second/3600, "h", second%3600/60, "min")
	}
	return sign + pair(second/86400, day, second%86400/3600, "h")
}

func pair(great int64, greatUnit string, small int64, smallUnit string) string {
	text := strconv.FormatInt(great, 10) + noBreak + greatUnit
	if small == 0 {
		return text
	}
	return fmt.Sprintf("%s %02d%s%s", text, small, noBreak, smallUnit)
}

// Ago says how far t is from now, in the reader's days: aujourd’hui, hier, il y a 3 jours, dans 12 jours. Within the same day
// it says minutes and hours.
func (p *Printer) Ago(t, now time.Time) string {
	if t.IsZero() {
		return "–"
	}
	days := p.days(now, t)
	if days == 0 {
		return p.within(t.Sub(now))
	}
	switch {
	case days == -1:
		return p.T("locale.yesterday")
	case days == 1:
		return p.T("locale.tomorrow")
	case days < 0:
		return p.T("locale.days_ago", "count", -days)
	}
	return p.T("locale.in_days", "count", days)
}

func (p *Printer) within(d time.Duration) string {
	minutes := int(d.Abs().Round(time.Minute) / time.Minute)
	past := d < 0
	switch {
	case minutes == 0:
		return p.T("locale.now")
	case minutes < 60 && past:
		return p.T("locale.minutes_ago", "count", minutes)
	case minutes < 60:
		return p.T("locale.in_minutes", "count", minutes)
	case past:
		return p.T("locale.hours_ago", "count", (minutes+30)/60)
	}
	return p.T("locale.in_hours", "count", (minutes+30)/60)
}

// days counts calendar days from a to b in the reader's zone, so that a change of clocks does not lose a day.
func (p *Printer) days(a, b time.Time) int {
	midnight := func(t time.Time) time.Time {
		y, m, d := t.In(p.zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(b).Sub(midnight(a)) / (24 * time.Hour))
}

var frenchMonths = [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
	"octobre", "novembre", "décembre"}

func (p *Printer) month(m time.Month) string {
	if p.lang == English {
		return m.String()
	}
	return frenchMonths[m-1]
}
