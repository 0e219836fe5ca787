package exhibit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"hygie/custody"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/logbook"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// Longest texts, in characters.
const (
	maxName = 200
	maxNote = 2000
)

// Act is who acts, where: the scope was given out for the right that the act needs.
type Act struct {
	Actor     right.Actor
	Scope     territory.Scope
	Printer   *locale.Printer // the language in which the main courante notes it
	Structure string
	Incident  string
}

// name is how the register calls who acts.
func (a Act) name() string {
	if a.Actor.Name != "" {
		return a.Actor.Name
	}
	return a.Actor.Email
}

// told is what an act leaves in the main courante and in the audit trail.
type told struct {
	line    logbook.Draft
	action  string
	piece   int // 0: the whole register
	details map[string]any
}

// change runs an act on the register of an incident, which begins with its first act. What the act adds is kept whole or not at all.
func (m *Module) change(ctx context.Context, a Act, do func(r *custody.Register, i Incident, now time.Time) (told, error)) error {
	return m.o.DB.Update(ctx, func(tx *store.Tx) error {
		i, err := m.o.Find(ctx, tx, a.Scope, a.Structure, a.Incident)
		if err != nil {
			return err
		}
		now := m.o.Now().UTC().Truncate(time.Millisecond)
		r, err := m.opened(ctx, tx, a, i, now)
		if err != nil {
			return err
		}
		size := r.Size()
		if size == 1 {
			size = 0 // its opening is not kept either, unless something follows
		}
		t, err := do(r, i, now)
		if err != nil {
			return refused(err)
		}
		lines, err := r.After(size)
		if err != nil || len(lines) < 2 && size == 0 || len(lines) == 0 {
			return err
		}
		if size == 0 {
			if err := begin(ctx, tx, i, a, now); err != nil {
				return err
			}
		}
		if err := keep(ctx, tx, i.ID, lines); err != nil {
			return err
		}
		if i.Open {
			author := logbook.Author{Person: a.Actor.Person, Name: a.name()}
			if _, err := m.o.Books.Note(ctx, tx, a.Scope, i.Book, author, t.line); err != nil {
				return err
			}
		}
		subject := "incident/" + i.ID
		if t.piece > 0 {
			subject += fmt.Sprintf("/piece/%d", t.piece)
		}
		return m.o.Trail.Append(ctx, tx, journal.Entry{Actor: a.Actor.Person, Action: t.action, Structure: i.Structure, Subject: subject, Data: trail.Data(t.details)})
	})
}

// refused says in the words of a form why the register does not take a line.
func refused(err error) error {
	key := "exhibit.refused"
	switch {
	case fault.As(err) != nil:
		return err
	case errors.Is(err, custody.ErrOther):
		key = "exhibit.other_history"
	case errors.Is(err, custody.ErrKeeper):
		key = "exhibit.other_hands"
	case errors.Is(err, custody.ErrOrder):
		key = "exhibit.wrong_order"
	}
	return fault.Invalid(fault.Field{Key: key}).Because(err)
}

// checked refuses fields that are empty or too long, each by its name.
func checked(required map[string]string, optional map[string]string) error {
	var wrong []fault.Field
	for _, name := range []string{"name", "by", "to", "why", "place", "holder", "seal", "note"} {
		text, must := required[name]
		if !must {
			text = optional[name]
		}
		most := maxName
		if name == "note" || name == "why" {
			most = maxNote
		}
		switch {
		case must && strings.TrimSpace(text) == "":
			wrong = append(wrong, fault.Field{Name: name, Key: "exhibit.missing"})
		case utf8.RuneCountInString(text) > most:
			wrong = append(wrong, fault.Field{Name: name, Key: "web.too_long", Args: []any{"limit", most}})
		}
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	return nil
}

// Add enters a piece and gives its number.
func (m *Module) Add(ctx context.Context, a Act, p custody.Piece) (number int, err error) {
	err = checked(map[string]string{"name": p.Name, "by": p.By}, map[string]string{"place": p.Place, "holder": p.Holder, "seal": p.Seal, "note": p.Note})
	if err != nil {
		return 0, err
	}
	err = m.change(ctx, a, func(r *custody.Register, about Incident, now time.Time) (told, error) {
		if p.Taken.After(now) {
			return told{}, fault.Invalid(fault.Field{Name: "taken", Key: "exhibit.in_future"})
		}
		i, err := r.Add(p, now)
		if err != nil {
			return told{}, err
		}
		number = i.Number
		text := a.Printer.T("exhibit.added_line", "number", i.Number, "name", i.Name, "keeper", i.Keeper())
		details := map[string]any{"name": i.Name, "mark": i.Mark.String()}
		if i.Measure != nil {
			text += "\nSHA-256 " + i.Measure.SHA256
			details["sha256"] = i.Measure.SHA256
		}
		link := fmt.Sprintf("%s/%d", about.exhibits(), i.Number) // by which the declarations of the incident find it
		return told{logbook.Draft{Kind: logbook.Act, Text: text, At: i.Taken, Links: []string{link}}, "custody.add", i.Number, details}, nil
	})
	return number, err
}

// Hand notes that a piece changes hands; who gives it is who keeps it.
func (m *Module) Hand(ctx context.Context, a Act, h custody.HandOver) error {
	if err := checked(map[string]string{"to": h.To}, map[string]string{"place": h.Place, "seal": h.Seal, "note": h.Note}); err != nil {
		return err
	}
	h.By = a.name()
	return m.change(ctx, a, func(r *custody.Register, _ Incident, now time.Time) (told, error) {
		if h.At.After(now) {
			return told{}, fault.Invalid(fault.Field{Name: "at", Key: "exhibit.in_future"})
		}
		i, err := r.Hand(h, now)
		if err != nil {
			return told{}, err
		}
		last := i.Moves[len(i.Moves)-1]
		text := a.Printer.T("exhibit.handed_line", "number", i.Number, "name", i.Name, "from", last.From, "to", last.To)
		if last.Seal != "" {
			text += " " + a.Printer.T("exhibit.seal_is", "seal", last.Seal)
		}
		return told{logbook.Draft{Kind: logbook.Act, Text: text, At: last.At}, "custody.hand", i.Number, map[string]any{"to": last.To}}, nil
	})
}

// Correct adds a line that says what an earlier one should have said.
func (m *Module) Correct(ctx context.Context, a Act, piece int, line int64, change custody.Amendment, why string) error {
	err := checked(map[string]string{"why": why}, map[string]string{"name": change.Name, "place": change.Place, "holder": change.Holder, "to": change.To, "seal": change.Seal})
	if err == nil && change == (custody.Amendment{}) {
		err = fault.Invalid(fault.Field{Key: "exhibit.changes_nothing"})
	}
	if err != nil {
		return err
	}
	return m.change(ctx, a, func(r *custody.Register, _ Incident, now time.Time) (told, error) {
		i, err := r.Correct(line, change, a.name(), why, now)
		if err != nil {
			return told{}, err
		}
		if i.Number != piece {
			return told{}, fault.NotFound("exhibit.no_piece")
		}
		text := a.Printer.T("exhibit.corrected_line", "number", i.Number, "name", i.Name, "line", line, "why", why)
		return told{logbook.Draft{Kind: logbook.Act, Text: text}, "custody.correct", i.Number, map[string]any{"line": line, "void": change.Void}}, nil
	})
}

// TakeIn enters what a register says that was written elsewhere; what was taken in before is not entered again. It gives the number of lines that were
// new. digest is the SHA-256 of the file.
func (m *Module) TakeIn(ctx context.Context, a Act, other *custody.Register, digest string) (added int, err error) {
	err = m.change(ctx, a, func(r *custody.Register, _ Incident, now time.Time) (told, error) {
		if added, err = r.TakeIn(other, digest, a.name(), now); err != nil {
			return told{}, err
		}
		text := a.Printer.T("exhibit.taken_line", "name", other.Origin, "count", added, "mark", other.Mark().String())
		return told{logbook.Draft{Kind: logbook.Act, Text: text}, "custody.take_in", 0, map[string]any{"register": other.Origin, "lines": added}}, nil
	})
	return added, err
}
