package perimeter

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a laptop without zone files must keep the hospital's hours too
)

// Window is a part of the week in which the audit may touch: "mon-fri 20:00-06:00", "sat,sun 00:00-24:00", "20:00-06:00" for every day. An end
// that is not after the start is on the next day.
type Window struct {
	days     [7]bool // by time.Weekday, of the start
	from, to int     // minutes since midnight; to may pass 1440
	fault    error   // of a window of a file that could not be read: checking the perimeter tells it, with its line
}

// UnmarshalYAML keeps the fault of a window that cannot be read, for the check of the whole perimeter to tell.
func (w *Window) UnmarshalYAML(read func(any) error) error {
	var text string
	if err := read(&text); err != nil {
		return err
	}
	fault := w.UnmarshalText([]byte(text))
	w.fault = fault
	return nil
}

// weekdays are the words for the days, English and French.
func weekdays() [7][2]string {
	return [7][2]string{{"sun", "dim"}, {"mon", "lun"}, {"tue", "mar"}, {"wed", "mer"}, {"thu", "jeu"}, {"fri", "ven"}, {"sat", "sam"}}
}

// UnmarshalText reads a window.
func (w *Window) UnmarshalText(text []byte) error {
	*w = Window{}
	fields := strings.Fields(strings.ToLower(string(text)))
	span := fields[max(len(fields)-1, 0):]
	if len(fields) == 0 || len(fields) > 2 {
		return wrong("heures « %s » : écrivez lun-ven 20:00-06:00", "hours %q: write mon-fri 20:00-06:00", text)
	}
	from, to, ok := strings.Cut(span[0], "-")
	var err1, err2 error
	w.from, err1 = minutes(from)
	w.to, err2 = minutes(to)
	if !ok || err1 != nil || err2 != nil || w.from == 24*60 {
		return wrong("heures « %s » : écrivez lun-ven 20:00-06:00", "hours %q: write mon-fri 20:00-06:00", text)
	}
	if w.to <= w.from {
		w.to += 24 * 60
	}
	if len(fields) == 1 {
		w.days = [7]bool{true, true, true, true, true, true, true}
		return nil
	}
	for part := range strings.SplitSeq(fields[0], ",") {
		first, last, ranged := strings.Cut(part, "-")
		if !ranged {
			last = first
		}
		a, b := weekday(first), weekday(last)
		if a < 0 || b < 0 {
			return wrong("heures « %s » : les jours sont lun, mar, mer, jeu, ven, sam, dim", "hours %q: the days are mon, tue, wed, thu, fri, sat, sun", text)
		}
		for d := a; ; d = (d + 1) % 7 {
			w.days[d] = true
			if d == b {
				break
			}
		}
	}
	return nil
}

func weekday(word string) int {
	days := weekdays()
	return slices.IndexFunc(days[:], func(names [2]string) bool { return word == names[0] || word == names[1] })
}

func minutes(text string) (int, error) {
	var h, m int
	if n, err := fmt.Sscanf(text, "%d:%d", &h, &m); err != nil || n != 2 || h < 0 || h > 24 || m < 0 || m > 59 || h == 24 && m > 0 {
		return 0, fmt.Errorf("%q is not an hour", text)
	}
	if text != fmt.Sprintf("%02d:%02d", h, m) && text != fmt.Sprintf("%d:%02d", h, m) {
		return 0, fmt.Errorf("%q is not an hour", text)
	}
	return h*60 + m, nil
}

// MarshalText writes the window in its canonical form.
func (w Window) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// String is the canonical form.
func (w Window) String() string {
	var days []string
	for i, names := range weekdays() {
		if w.days[i] {
			days = append(days, names[0])
		}
	}
	end := w.to
	if end > 24*60 {
		end -= 24 * 60
	}
	span := fmt.Sprintf("%02d:%02d-%02d:%02d", w.from/60, w.from%60, end/60, end%60)
	if len(days) == 7 {
		return span
	}
	return strings.Join(days, ",") + " " + span
}

// Text is the window in a language ("fr" or English), days that follow each other as one run from Monday on; it reads back as the same window.
func (w Window) Text(lang string) string {
	words := weekdays()
	word := func(day int) string {
		if lang == "fr" {
			return words[day%7][1]
		}
		return words[day%7][0]
	}
	var runs []string
	for day := 1; day <= 7; day++ {
		last := day
		for last < 7 && w.days[day%7] && w.days[(last+1)%7] {
			last++
		}
		switch {
		case !w.days[day%7]:
			continue
		case last > day:
			runs = append(runs, word(day)+"-"+word(last))
		default:
			runs = append(runs, word(day))
		}
		day = last
	}
	_, span, ranged := strings.Cut(w.String(), " ")
	if !ranged {
		return w.String() // every day
	}
	return strings.Join(runs, ",") + " " + span
}

// end gives the end of the window that holds t; ok is false outside. Days are taken on the calendar, so that a night of 23 or 25
// hours keeps its ends on the clock.
func (w Window) end(t time.Time) (end time.Time, ok bool) {
	for _, back := range [2]int{0, -1} {
		day := time.Date(t.Year(), t.Month(), t.Day()+back, 0, 0, 0, 0, t.Location())
		if !w.days[day.Weekday()] {
			continue
		}
		start := time.Date(day.Year(), day.Month(), day.Day(), 0, w.from, 0, 0, t.Location())
		stop := time.Date(day.Year(), day.Month(), day.Day(), 0, w.to, 0, 0, t.Location())
		if !t.Before(start) && t.Before(stop) && stop.After(end) {
			end, ok = stop, true
		}
	}
	return end, ok
}

// inside tells whether t is inside one of the windows, and until when. No window at all is any time, with a zero end.
func inside(list []Window, zone *time.Location, t time.Time) (end time.Time, ok bool) {
	if len(list) == 0 {
		return time.Time{}, true
	}
	t = t.In(zone)
	for range 8 { // windows that follow each other are one
		last := end
		probe := t
		if ok {
			probe = end
		}
		for _, w := range list {
			if e, in := w.end(probe); in && e.After(end) {
				end, ok = e, true
			}
		}
		if end.Equal(last) {
			break
		}
	}
	return end, ok
}

// Open tells whether the perimeter's hours allow the audit at t, and until when; a zero end is no end.
func (p *Perimeter) Open(t time.Time) (until time.Time, ok bool) {
	return inside(p.Hours, p.location(), t)
}

func (p *Perimeter) location() *time.Location {
	name := p.Zone
	if name == "" {
		name = "Europe/Paris"
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC // Check refused it already
	}
	return zone
}
