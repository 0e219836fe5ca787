package custody

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"hygie/document"
	"hygie/journal"
)

// take applies a line to the register, or says why it cannot follow what stands there.
func (r *Register) take(l journal.Line) error {
	if len(l.Actor) > maxName || len(l.Text) > maxText {
		return fmt.Errorf("a name has at most %d bytes, a note %d", maxName, maxText)
	}
	if l.At.After(l.Noted) {
		return fmt.Errorf("it happened at %s, after it was noted, at %s", l.At.Format(time.RFC3339), l.Noted.Format(time.RFC3339))
	}
	if (l.Number == 1) != (l.Action == actOpen) {
		return fmt.Errorf("the first line opens the register, and no other does")
	}
	switch l.Action {
	case actOpen:
		r.Origin, r.Title = l.Subject, l.Text
		return nil
	case actAdd:
		return r.takeAdd(l)
	case actHand:
		return r.takeHand(l)
	case actCorrect:
		return r.takeCorrection(l)
	case actTakeIn:
		return r.takeOther(l)
	}
	return fmt.Errorf("no register has an action %q", l.Action)
}

var errName = fmt.Errorf("a name, a place or a seal is empty, longer than %d bytes, or has characters that cannot be shown", maxName)

func (r *Register) takeAdd(l journal.Line) error {
	var d addData
	if err := strict(l.Data, &d); err != nil {
		return err
	}
	switch {
	case d.Item != len(r.Items)+1 || l.Subject != subject(d.Item):
		return fmt.Errorf("the piece has number %d, the next one is %d", d.Item, len(r.Items)+1)
	case bad(d.Name) || bad(d.Holder) || badIfSaid(d.Place, d.Seal):
		return errName
	case (d.Size == nil) != (d.SHA256 == "") || d.SHA256 != "" && !isHex(d.SHA256, 64) || d.SHA1 != "" && !isHex(d.SHA1, 40):
		return errors.New("size and hashes of the file do not go together")
	}
	i := Item{Number: d.Item, Line: l.Number, Mark: Mark{l.Number, l.Hash()}, Noted: l.Noted,
		Piece: Piece{Name: d.Name, Place: d.Place, Seal: d.Seal, By: l.Actor, Holder: d.Holder, Taken: l.At, Note: l.Text, Source: d.Source}}
	if d.Size != nil {
		i.Measure = &Measure{Size: *d.Size, SHA256: d.SHA256, SHA1: d.SHA1}
	}
	if err := r.copied(d.Copied, l.Number, d.Item); err != nil {
		return err
	}
	r.Items = append(r.Items, i)
	return nil
}

func (r *Register) takeHand(l journal.Line) error {
	var d handData
	if err := strict(l.Data, &d); err != nil {
		return err
	}
	if d.Item < 1 || d.Item > len(r.Items) || l.Subject != subject(d.Item) {
		return fmt.Errorf("the register has no piece %d", d.Item)
	}
	i := &r.Items[d.Item-1]
	switch {
	case i.Void:
		return fmt.Errorf("piece %d was entered by mistake", d.Item)
	case bad(d.From) || bad(d.To) || badIfSaid(d.Place, d.Seal):
		return errName
	case d.From != i.Keeper():
		return fmt.Errorf("%w: %q holds the piece, not %q: note the hand-over that is missing first", ErrKeeper, i.Keeper(), d.From)
	case d.To == d.From:
		return fmt.Errorf("%w: %q holds the piece already", ErrKeeper, d.To)
	case l.At.Before(i.last()):
		return fmt.Errorf("%w: it happened at %s, before %q had the piece, at %s", ErrOrder, l.At.Format(time.RFC3339), d.From, i.last().Format(time.RFC3339))
	}
	if err := r.copied(d.Copied, l.Number, 0); err != nil {
		return err
	}
	i.Moves = append(i.Moves, Move{Line: l.Number, At: l.At, From: d.From, To: d.To, Place: d.Place, Seal: d.Seal, Note: l.Text, By: l.Actor})
	return nil
}

// Reasons for which a line is refused that people can do something about.
var (
	ErrKeeper = errors.New("the piece is in other hands")
	ErrOrder  = errors.New("hand-overs follow one another in time")
)

// bad tells names that cannot stand on a label.
func bad(s string) bool {
	return strings.TrimSpace(s) == "" || len(s) > maxName || !utf8.ValidString(s) || document.Clean(s) != s || strings.Contains(s, "\n")
}

// badIfSaid tells whether one of several texts that may be empty cannot stand on a label.
func badIfSaid(texts ...string) bool {
	for _, s := range texts {
		if s != "" && bad(s) {
			return true
		}
	}
	return false
}

func isHex(s string, length int) bool {
	return len(s) == length && strings.Trim(s, "0123456789abcdef") == ""
}

// strict reads the data of a line; a member that this version does not know is refused, since its meaning would be lost.
func strict(data json.RawMessage, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("its data: %w", err)
	}
	return nil
}
