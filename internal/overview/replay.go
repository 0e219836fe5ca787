package overview

import (
	"net/url"
	"time"

	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// moment is when a page looks at a structure: now, or the end of an earlier day (?au=2026-03-31), with what had been recorded by then. What the
// platform keeps only as it stands now (plans, counts of a territory) is left out of a page that looks back, and so is what to do.
type moment struct {
	At       time.Time
	Replayed bool
	Au       string // the day, as addresses have it; empty: now
}

// moment reads when the page is to look.
func (m *Module) moment(c *web.Context) (moment, ui.Errors) {
	day, replayed, wrong := m.day(c)
	w := moment{At: day, Replayed: replayed}
	if replayed {
		w.Au = c.Printer.ISODay(day)
	}
	return w, wrong
}

// on is an address seen at the same moment.
func (w moment) on(address string) string {
	if w.Au == "" {
		return address
	}
	return address + "?au=" + url.QueryEscape(w.Au)
}

// packageHref is the page of a package at the same moment.
func (w moment) packageHref(s territory.Structure, p *referential.Package) string {
	return w.on(packageHref(s, p))
}
