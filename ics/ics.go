// Package ics writes calendars (RFC 5545) that calendar programs subscribe to or bring in.
package ics

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Event is one event of a calendar: a whole day, or a moment.
type Event struct {
	UID     string    // the same as long as it is the same thing (RFC 5545 3.8.4.7)
	Day     time.Time // its date counts, in its own zone; zero for an event at a moment
	At      time.Time // the moment, for an event without length
	Changed time.Time // when what it says was last changed
	Version int64     // grows with each change (RFC 5545 3.8.7.4)
	Title   string
	Text    string
	URL     string
	Public  bool // else its class is confidential
}

// Calendar is what one file holds.
type Calendar struct {
	Name    string
	Product string // a word for what it tells: actions, calls
	Events  []Event
}

// Write writes a calendar as RFC 5545 says: lines end in CR LF and are folded at 75 octets, never inside a character; moments are in UTC, and a day
// without an hour is a date, which is the same day everywhere. now is when it is written.
func Write(w io.Writer, c Calendar, now time.Time) error {
	var b strings.Builder
	line := func(property, value string) { fold(&b, property+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//hygie//"+c.Product+"//FR")
	line("CALSCALE", "GREGORIAN")
	line("METHOD", "PUBLISH")
	line("X-WR-CALNAME", escapeText(c.Name))
	line("REFRESH-INTERVAL;VALUE=DURATION", "PT6H") // RFC 7986 5.7
	for _, e := range c.Events {
		line("BEGIN", "VEVENT")
		line("UID", escapeText(e.UID))
		line("DTSTAMP", stamp(now))
		line("LAST-MODIFIED", stamp(e.Changed))
		line("SEQUENCE", fmt.Sprint(e.Version))
		if e.Day.IsZero() {
			line("DTSTART", stamp(e.At))
		} else {
			line("DTSTART;VALUE=DATE", e.Day.Format("20060102"))
			line("DTEND;VALUE=DATE", e.Day.AddDate(0, 0, 1).Format("20060102")) // the end is not part of it
		}
		line("SUMMARY", escapeText(e.Title))
		if e.Text != "" {
			line("DESCRIPTION", escapeText(e.Text))
		}
		line("URL", e.URL)
		if !e.Public {
			line("CLASS", "CONFIDENTIAL")
		}
		line("TRANSP", "TRANSPARENT") // the day stays free
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	_, err := io.WriteString(w, b.String())
	return err
}

// stamp writes a moment in UTC (RFC 5545 3.3.5, form 2).
func stamp(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// escapeText writes a text value (RFC 5545 3.3.11); other control characters than line ends have no place in one.
func escapeText(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\r\n", "\n"), "\r", "\n")
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(s)
}

// longestLine is how many octets a line may have without its end (RFC 5545 3.1).
const longestLine = 75

// fold writes one content line, broken where it is too long.
func fold(b *strings.Builder, text string) {
	room := longestLine
	for _, r := range text {
		size := utf8.RuneLen(r)
		if size > room {
			b.WriteString("\r\n ")
			room = longestLine - 1
		}
		b.WriteRune(r)
		room -= size
	}
	b.WriteString("\r\n")
}
