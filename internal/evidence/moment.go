package evidence

import (
	"net/url"
	"time"

	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// moment is when a page looks at the evidence: now, or the end of an earlier day (?au=2026-03-31), with what had been deposited by then.
type moment struct {
	At time.Time
	Au string // the day, as addresses have it; empty: now
}

// moment reads when the page is to look; a day that is not over is now.
func (m *Module) moment(c *web.Context) (moment, ui.Errors) {
	now := moment{At: c.Now()}
	text := c.Query("au")
	if text == "" {
		return now, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, c.Printer.Zone())
	if err != nil {
		return now, ui.Errors{{Name: "au", Key: "web.not_day"}}
	}
	if end := day.AddDate(0, 0, 1).Add(-time.Millisecond); end.Before(now.At) {
		return moment{At: end, Au: c.Printer.ISODay(end)}, nil
	}
	return now, nil
}

// on is an address seen at the same moment.
func (w moment) on(address string) string {
	if w.Au == "" {
		return address
	}
	return address + "?au=" + url.QueryEscape(w.Au)
}
