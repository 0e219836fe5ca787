package reflex

import (
	"context"
	"strings"
	"time"

	"hygie/card"
	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/journal"
	"hygie/referential"
)

// start takes a card out.
func (m *Module) start(c *web.Context) error {
	var form struct {
		Book  string `form:"book,max=80"`
		After string `form:"after,max=80"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	structure := c.Path("structure")
	r := Run{Structure: structure, Book: form.Book, After: form.After, StartedAt: m.Now().UTC(), StartedBy: c.Actor.Person}
	err := m.DB.Update(c.Ctx, func(tx *store.Tx) error {
		shelf, err := m.shelf(c.Ctx, tx, c.Scope, structure)
		if err != nil {
			return err
		}
		held, err := find(shelf, c.Path("card"))
		if err != nil {
			return err
		}
		r.Card = held.Card
		if form.After != "" { // the card goes on in the main courante of the one before
			before, err := ByID(c.Ctx, tx, c.Scope, structure, form.After)
			if err != nil {
				return err
			}
			r.Book = before.Book
		}
		if r.ID, err = Begin(c.Ctx, tx, c.Scope, r); err != nil {
			return err
		}
		if err := m.note(c, tx, r, false, c.T("reflex.line_start", "card", title(c, r.Card)), r.StartedAt); err != nil {
			return err
		}
		return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "reflex.start", Structure: structure, Subject: "card/" + r.Card.ID, Data: trail.Data(map[string]any{"run": r.ID})})
	})
	if err != nil {
		return err
	}
	return c.Redirect(r.address())
}

// note writes a line of the main courante of a run, if it has one. One that was closed meanwhile, or that is another structure's, refuses it.
func (m *Module) note(c *web.Context, tx *store.Tx, r Run, done bool, text string, at time.Time) error {
	if m.Log == nil || r.Book == "" {
		return nil
	}
	books, err := m.Log.Books(c.Ctx, tx, c.Scope, r.Structure)
	if err != nil {
		return err
	}
	for _, b := range books {
		if b.ID == r.Book {
			return m.Log.Note(c.Ctx, tx, c.Scope, r.Book, Line{Done: done, Text: text, At: at, Person: c.Actor.Person, Name: c.Session.Name, Source: "card " + r.Card.ID})
		}
	}
	return nil // closed: the run goes on, its answers are kept with it
}

func title(c *web.Context, k *card.Card) string { return words(c.Ctx, k.Title) }

// answer keeps an answer and asks the next question.
func (m *Module) answer(c *web.Context) error {
	var form struct {
		Step   string      `form:"step,max=100"`
		Answer card.Answer `form:"answer,max=20"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	var r Run
	err := m.DB.Update(c.Ctx, func(tx *store.Tx) (err error) {
		if r, err = ByID(c.Ctx, tx, c.Scope, c.Path("structure"), c.Path("run")); err != nil {
			return err
		}
		step := onPath(r, form.Step)
		switch {
		case !r.EndedAt.IsZero():
			return fault.Conflict("reflex.ended")
		case step == nil || !form.Answer.Valid() || step.Act && form.Answer == card.No:
			return fault.Invalid(fault.Field{Name: "answer", Key: "reflex.answer_missing"})
		case r.Given[step.ID] == form.Answer:
			return nil // sent twice
		}
		now := m.Now().UTC()
		if err := add(c.Ctx, tx, r.ID, step.ID, form.Answer, c.Actor.Person, now); err != nil {
			return err
		}
		r.Given[step.ID] = form.Answer
		text := c.T("reflex.line_answer", "card", title(c, r.Card), "step", words(c.Ctx, step.Text), "answer", answerWord(c.Ctx, step, form.Answer))
		if err := m.note(c, tx, r, step.Act && form.Answer == card.Yes, text, now); err != nil {
			return err
		}
		if r.Card.Next(r.Given) == nil {
			return m.conclude(c, tx, r, now)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.Redirect(r.address())
}

// onPath gives a step that the answers of a run lead through.
func onPath(r Run, id string) *card.Step {
	for _, s := range r.Card.Path(r.Given) {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// end concludes with what is known.
func (m *Module) end(c *web.Context) error {
	var r Run
	err := m.DB.Update(c.Ctx, func(tx *store.Tx) (err error) {
		if r, err = ByID(c.Ctx, tx, c.Scope, c.Path("structure"), c.Path("run")); err != nil || !r.EndedAt.IsZero() {
			return err
		}
		return m.conclude(c, tx, r, m.Now().UTC())
	})
	if err != nil {
		return err
	}
	return c.Redirect(r.address())
}

// conclude ends a run and says its outcome in the main courante.
func (m *Module) conclude(c *web.Context, tx *store.Tx, r Run, now time.Time) error {
	if err := Finish(c.Ctx, tx, r.ID, now); err != nil {
		return err
	}
	say := words(c.Ctx, r.Card.Conclude(r.Given).Say)
	return m.note(c, tx, r, false, c.T("reflex.line_end", "card", title(c, r.Card), "say", say), now)
}

// words are a text in the reader's language.
func words(ctx context.Context, t referential.Text) string {
	return strings.TrimSpace(t.In(lang(ctx)))
}
