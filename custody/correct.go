package custody

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hygie/journal"
)

// A Correction is a line that says what was wrong with an earlier one. Both stay.
type Correction struct {
	Line  int64 // of the correction
	Of    int64 // line that it corrects: the entry of the piece, or a hand-over
	Noted time.Time
	By    string
	Note  string // why
	Amendment
}

// An Amendment says what a line should have said; what is empty stays as it was written. The hash of a piece is never amended: a piece whose
// hash is wrong is voided and entered again.
type Amendment struct {
	Void   bool   // the piece was entered by mistake, or the hand-over never took place
	Name   string // of a piece
	Place  string
	Holder string // who kept the piece first; only while it has not changed hands
	To     string // who received the piece; only of its last hand-over
	Seal   string
}

type correctData struct {
	Line   int64   `json:"line"`
	Void   bool    `json:"void,omitempty"`
	Name   string  `json:"name,omitempty"`
	Place  string  `json:"place,omitempty"`
	Holder string  `json:"holder,omitempty"`
	To     string  `json:"to,omitempty"`
	Seal   string  `json:"seal,omitempty"`
	Copied *Copied `json:"copied,omitempty"`
}

// Correct notes that line number of is wrong: what it should have said, who says so, and why. Only a line by which a piece was entered or handed over is
// corrected, and not one that was voided.
func (r *Register) Correct(of int64, a Amendment, by, why string, now time.Time) (Item, error) {
	return r.correct(journal.Entry{Noted: now, Actor: by, Text: why}, of, a, nil)
}

func (r *Register) correct(e journal.Entry, of int64, a Amendment, copied *Copied) (Item, error) {
	n, _ := r.find(of)
	if n < 0 {
		return Item{}, fmt.Errorf("correct line %d: it enters no piece and hands none over", of)
	}
	data, err := json.Marshal(correctData{Line: of, Void: a.Void, Name: a.Name, Place: a.Place, Holder: a.Holder, To: a.To, Seal: a.Seal, Copied: copied})
	if err != nil {
		return Item{}, fmt.Errorf("correct line %d: %w", of, err)
	}
	e.Action, e.Subject, e.Data = actCorrect, subject(r.Items[n].Number), data
	if err := r.note(e); err != nil {
		return Item{}, fmt.Errorf("correct line %d: %w", of, err)
	}
	return r.Items[n], nil
}

// find gives the place of the item that a line is about, and of the move in it; -1 for no item, or for no move.
func (r *Register) find(line int64) (item, move int) {
	for n, i := range r.Items {
		if i.Line == line {
			return n, -1
		}
		if m := slices.IndexFunc(i.Moves, func(m Move) bool { return m.Line == line }); m >= 0 {
			return n, m
		}
	}
	return -1, -1
}

func (r *Register) takeCorrection(l journal.Line) error {
	var d correctData
	if err := strict(l.Data, &d); err != nil {
		return err
	}
	n, move := r.find(d.Line)
	if n < 0 || l.Subject != subject(r.Items[n].Number) {
		return fmt.Errorf("line %d enters no piece and hands none over", d.Line)
	}
	a := Amendment{d.Void, d.Name, d.Place, d.Holder, d.To, d.Seal}
	i := &r.Items[n]
	switch {
	case strings.TrimSpace(l.Text) == "":
		return errors.New("a correction says why")
	case badIfSaid(a.Name, a.Place, a.Holder, a.To, a.Seal):
		return errName
	case a == Amendment{}:
		return errors.New("the correction changes nothing")
	case a.Void && a != Amendment{Void: true}:
		return errors.New("what is voided has nothing else to correct")
	case i.Void:
		return fmt.Errorf("piece %d was voided", i.Number)
	}
	amend := i.amendEntry
	if move >= 0 {
		amend = func(a Amendment) error { return i.amendMove(move, a) }
	}
	if err := amend(a); err != nil {
		return err
	}
	if err := r.copied(d.Copied, l.Number, 0); err != nil {
		return err
	}
	i.Corrections = append(i.Corrections, Correction{Line: l.Number, Of: d.Line, Noted: l.Noted, By: l.Actor, Note: l.Text, Amendment: a})
	return nil
}

// amendEntry applies a correction of the line by which the piece was entered.
func (i *Item) amendEntry(a Amendment) error {
	switch {
	case a.To != "":
		return errors.New("a piece that is entered goes to nobody")
	case (a.Void || a.Holder != "") && i.standing() >= 0:
		return fmt.Errorf("%w: piece %d changed hands: correct the hand-overs first, the last one before the others", ErrOrder, i.Number)
	}
	i.Void = a.Void
	i.Name, i.Place, i.Holder, i.Seal = or(a.Name, i.Name), or(a.Place, i.Place), or(a.Holder, i.Holder), or(a.Seal, i.Seal)
	return nil
}

// amendMove applies a correction of a hand-over.
func (i *Item) amendMove(n int, a Amendment) error {
	m := &i.Moves[n]
	switch {
	case a.Name != "" || a.Holder != "":
		return errors.New("a hand-over has neither a name nor a first keeper")
	case m.Void:
		return fmt.Errorf("the hand-over of line %d was voided", m.Line)
	case (a.Void || a.To != "") && n != i.standing():
		return fmt.Errorf("%w: piece %d changed hands since: correct the last hand-over first", ErrOrder, i.Number)
	case a.To == m.From:
		return fmt.Errorf("%w: %q holds the piece already", ErrKeeper, a.To)
	}
	m.Void = a.Void
	m.To, m.Place, m.Seal = or(a.To, m.To), or(a.Place, m.Place), or(a.Seal, m.Seal)
	return nil
}

func or(said, otherwise string) string {
	if said == "" {
		return otherwise
	}
	return said
}
