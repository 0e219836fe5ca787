package logbook

import (
	"strings"
	"time"
)

// Held is what a main courante has already, as far as taking in more lines needs it.
type Held struct {
	Size    int64             // number of the last line
	Lines   map[string]Known  // by id: those of the lines that arrive
	Latest  time.Time         // the latest time of writing of all lines
	Devices map[string]Device // by name: those from which lines arrive
}

// Known is a line that is there already.
type Known struct {
	Number int64
	Digest string
}

// Device is how far a device had written.
type Device struct {
	Seq     int64     // the highest
	Written time.Time // of that line
}

// Placed is a line with the number it takes, or has.
type Placed struct {
	Draft
	Number    int64
	Digest    string // SHA-256 of what it says
	Already   bool   // it was there: nothing is added
	Late      bool   // lines written after it stand before it
	ClockBack bool   // the clock of its device went back
}

// Merge places lines that arrive after those that are held, in the order in which they come, and gives each its number. It is pure: what is held is not
// changed.
//
// No line is lost: each draft is in the answer, in its place. A draft that is there already, by its id and what it says, takes no number twice; one with the
// id of another line but other words is a line of its own, under an id made from both. None is put out of order unseen: the numbers follow arrival, and a
// line that was written before one with a smaller number says so (Late).
func Merge(held Held, now time.Time, drafts []Draft) []Placed {
	size, latest := held.Size, held.Latest
	fresh, devices := map[string]Known{}, map[string]Device{}
	known := func(id string) (Known, bool) {
		if k, ok := fresh[id]; ok {
			return k, true
		}
		k, ok := held.Lines[id]
		return k, ok
	}
	placed := make([]Placed, 0, len(drafts))
	for _, d := range drafts {
		digest := d.digest() // before times are filled in, so that a form sent twice is one line
		d = d.complete(now)
		k, there := known(d.ID)
		if there && k.Digest != digest {
			d.ID = apart(d.ID, digest)
			k, there = known(d.ID)
		}
		if there {
			placed = append(placed, Placed{Draft: d, Number: k.Number, Digest: digest, Already: true})
			continue
		}
		size++
		p := Placed{Draft: d, Number: size, Digest: digest, Late: d.Written.Before(latest)}
		if d.Written.After(latest) {
			latest = d.Written
		}
		if d.Device != "" && d.Seq > 0 {
			last, ok := devices[d.Device]
			if !ok {
				last = held.Devices[d.Device]
			}
			switch {
			case d.Seq > last.Seq:
				p.ClockBack = d.Written.Before(last.Written)
				last = Device{Seq: d.Seq, Written: d.Written}
			case d.Seq < last.Seq:
				p.Late = true // overtaken by a line of the same hand, whatever its clock said
				p.ClockBack = d.Written.After(last.Written)
			}
			devices[d.Device] = last
		}
		fresh[d.ID] = Known{Number: size, Digest: digest}
		placed = append(placed, p)
	}
	return placed
}

// complete gives the times that a draft leaves out, to the millisecond as journals keep them. What was written is the text without the space around it.
func (d Draft) complete(now time.Time) Draft {
	d.Text = d.words()
	if d.Written.IsZero() {
		d.Written = now
	}
	if d.At.IsZero() {
		d.At = d.Written
	}
	d.Written, d.At = d.Written.UTC().Truncate(time.Millisecond), d.At.UTC().Truncate(time.Millisecond)
	return d
}

// words is the text of a draft without the space around it.
func (d Draft) words() string { return strings.TrimSpace(strings.ReplaceAll(d.Text, "\r\n", "\n")) }

// apart is the id of a line that came with the id of another one but says something else.
func apart(id, digest string) string { return id + "~" + digest[:16] } // no id that is given has this sign
