// Package replay lets a page look back: the address of a page may name an earlier day (?au=2026-03-31), whose end it then shows with what had been
// recorded by then. What the platform keeps only as it stands now is left out of such a page, and so is what to do.
package replay

import (
	"net/url"
	"time"

	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// Moment is when a page looks: now, or the end of an earlier day.
type Moment struct {
	At       time.Time
	Replayed bool
	Au       string // the day, as addresses have it; empty: now
}

// Read reads when the page is to look; a day that is not over is now.
func Read(c *web.Context, now time.Time) (Moment, ui.Errors) {
	present := Moment{At: now}
	text := c.Query("au")
	if text == "" {
		return present, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, c.Printer.Zone())
	if err != nil {
		return present, ui.Errors{{Name: "au", Key: "web.not_day"}}
	}
	if end := day.AddDate(0, 0, 1).Add(-time.Millisecond); end.Before(now) {
		return Moment{At: end, Replayed: true, Au: c.Printer.ISODay(end)}, nil
	}
	return present, nil
}

// On is an address seen at the same moment.
func (m Moment) On(address string) string {
	if m.Au == "" {
		return address
	}
	return address + "?au=" + url.QueryEscape(m.Au)
}
