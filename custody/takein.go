package custody

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hygie/journal"
)

// Copied says that a line was taken in from another register: which one, and which of its lines.
type Copied struct {
	Register string `json:"register"`
	Line     int64  `json:"line"`
}

// taken is what was taken in from one other register.
type taken struct {
	mark  Mark            // of the last line that was taken in, or is being so
	items map[int]int     // number of a piece there, number here
	lines map[int64]int64 // number of a line there, number here
}

// takeInData states what is taken in by the lines that follow.
type takeInData struct {
	Register string `json:"register"`
	Lines    int64  `json:"lines"`
	Mark     string `json:"mark"`
	Digest   string `json:"sha256,omitempty"` // of the file
}

// ErrOther tells that a register is not the continuation of the one that was taken in under the same name.
var ErrOther = errors.New("another register of the same name was taken in before")

// TakeIn enters what another register says, line by line: pieces, hand-overs, corrections, each with the times and names of there. Taken in again,
// it adds only the lines that are new; a register that does not begin with what was taken in before is refused with [ErrOther]. digest is the
// SHA-256 of the file it was read from, or empty. It gives the number of lines that were added; zero changes nothing. After an error the register is not to be used any more.
func (r *Register) TakeIn(o *Register, digest, by string, now time.Time) (int, error) {
	fail := func(err error) (int, error) { return 0, fmt.Errorf("take in register %s: %w", o.Origin, err) }
	if o.Origin == r.Origin {
		return fail(errors.New("it has the name of this one"))
	}
	before := r.taken[o.Origin]
	lines, err := o.After(0)
	if err != nil {
		return fail(err)
	}
	if m := before.mark; m.Line > int64(len(lines)) || m.Line > 0 && !m.same(lines[m.Line-1].Hash()) {
		return fail(ErrOther)
	}
	lines = lines[before.mark.Line:]
	if len(lines) == 0 {
		return 0, nil
	}
	data, err := json.Marshal(takeInData{Register: o.Origin, Lines: o.last.Number, Mark: o.Mark().String(), Digest: digest})
	if err != nil {
		return fail(err)
	}
	if err := r.note(journal.Entry{Noted: now, Actor: by, Action: actTakeIn, Subject: "register/" + o.Origin, Text: o.Title, Data: data}); err != nil {
		return fail(err)
	}
	for _, l := range lines {
		l.At = earlier(l.At, now) // a clock there may be ahead of the one here
		if err := r.takeLine(o, l, now); err != nil {
			return fail(fmt.Errorf("line %d: %w", l.Number, err))
		}
	}
	return len(lines), nil
}

func earlier(a, b time.Time) time.Time {
	if a.After(b) {
		return b
	}
	return a
}

// takeLine enters one line of another register.
func (r *Register) takeLine(o *Register, l journal.Line, now time.Time) error {
	copied := &Copied{o.Origin, l.Number}
	switch l.Action {
	case actAdd:
		var d addData
		if err := strict(l.Data, &d); err != nil {
			return err
		}
		p := Piece{Name: d.Name, Place: d.Place, Seal: d.Seal, By: l.Actor, Holder: d.Holder, Taken: l.At, Note: l.Text, Source: d.Source}
		if d.Size != nil {
			p.Measure = &Measure{*d.Size, d.SHA256, d.SHA1}
		}
		_, err := r.add(p, now, copied)
		return err
	case actHand:
		var d handData
		if err := strict(l.Data, &d); err != nil {
			return err
		}
		_, err := r.hand(HandOver{Item: r.taken[o.Origin].items[d.Item], From: d.From, To: d.To, By: l.Actor, At: l.At, Place: d.Place, Seal: d.Seal, Note: l.Text}, now, copied)
		return err
	case actCorrect:
		var d correctData
		if err := strict(l.Data, &d); err != nil {
			return err
		}
		e := journal.Entry{Noted: now, At: l.At, Actor: l.Actor, Text: l.Text}
		_, err := r.correct(e, r.taken[o.Origin].lines[d.Line], Amendment{d.Void, d.Name, d.Place, d.Holder, d.To, d.Seal}, copied)
		return err
	}
	return nil // its opening, and what it took in itself, say nothing of pieces
}

// takeOther takes the line that announces another register.
func (r *Register) takeOther(l journal.Line) error {
	var d takeInData
	if err := strict(l.Data, &d); err != nil {
		return err
	}
	mark, err := ParseMark(d.Mark)
	switch {
	case err != nil:
		return err
	case bad(d.Register) || l.Subject != "register/"+d.Register || mark.String() != d.Mark || mark.Line != d.Lines || d.Digest != "" && !isHex(d.Digest, 64):
		return errors.New("it does not say which register is taken in")
	}
	t := r.taken[d.Register]
	if mark.Line <= t.mark.Line {
		return fmt.Errorf("register %s was taken in further before", d.Register)
	}
	if t.items == nil {
		t.items, t.lines = map[int]int{}, map[int64]int64{}
	}
	t.mark = mark
	if r.taken == nil {
		r.taken = map[string]taken{}
	}
	r.taken[d.Register] = t
	return nil
}

// copied remembers that a line is that of another register; item is the number of the piece that it enters, or 0.
func (r *Register) copied(c *Copied, line int64, item int) error {
	if c == nil {
		return nil
	}
	t, ok := r.taken[c.Register]
	switch {
	case !ok || c.Line < 1 || c.Line > t.mark.Line:
		return fmt.Errorf("line %d of register %q was not announced", c.Line, c.Register)
	case t.lines[c.Line] != 0:
		return fmt.Errorf("line %d of register %s was taken in before", c.Line, c.Register)
	}
	t.lines[c.Line] = line
	if item > 0 {
		t.items[len(t.items)+1] = item
	}
	return nil
}
