package reflex

import (
	"context"
	"time"

	"hygie/card"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// shownRuns is how many runs the list of cards remembers.
const shownRuns = 15

func lang(ctx context.Context) referential.Lang {
	if locale.From(ctx).Lang() == locale.English {
		return referential.English
	}
	return referential.French
}

// list shows every card, by what it is for, and the runs under way.
func (m *Module) list(c *web.Context) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	var shelf []Held
	var last []Run
	err = m.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		if shelf, err = m.shelf(c.Ctx, tx, c.Scope, string(s.ID)); err != nil {
			return err
		}
		last, err = Runs(c.Ctx, tx, c.Scope, string(s.ID), shownRuns)
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("reflex.title"), Lead: c.T("reflex.lead"), Place: at, Actions: ui.Button{Text: c.T("reflex.booklet"), Href: address(at.ID) + "/booklet", Icon: "print"}}
	return c.Page(page, listBody(at.ID, shelf, last, m.Now()))
}

// show is the page of one card.
func (m *Module) show(c *web.Context) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	v := view{act: c.May(right.EditActions, s.Interval)}
	err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
		shelf, err := m.shelf(c.Ctx, tx, c.Scope, string(s.ID))
		if err != nil {
			return err
		}
		if v.held, err = find(shelf, c.Path("card")); err != nil {
			return err
		}
		v.titles = titles(c.Ctx, shelf)
		if m.Log != nil && v.act {
			v.books, err = m.Log.Books(c.Ctx, tx, c.Scope, string(s.ID))
		}
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: words(c.Ctx, v.held.Title), Over: c.T("reflex.kind_" + string(v.held.Kind)), Lead: words(c.Ctx, v.held.When), Place: at, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("reflex.title")}}}
	page.Actions = showActions(at.ID, v)
	return c.Page(page, showBody(at.ID, v))
}

// view is what the page of a card shows.
type view struct {
	held   Held
	books  []Book
	titles map[string]string
	act    bool
}

func titles(ctx context.Context, shelf []Held) map[string]string {
	all := map[string]string{}
	for _, h := range shelf {
		all[h.ID] = words(ctx, h.Title)
	}
	return all
}

// run shows the question to answer now, or what came out of the card.
func (m *Module) run(c *web.Context) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	v := runView{now: m.Now(), act: c.May(right.EditActions, s.Interval)}
	err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
		var err error
		if v.run, err = ByID(c.Ctx, tx, c.Scope, string(s.ID), c.Path("run")); err != nil {
			return err
		}
		shelf, err := m.shelf(c.Ctx, tx, c.Scope, string(s.ID))
		v.titles = titles(c.Ctx, shelf)
		return err
	})
	if err != nil {
		return err
	}
	v.path = v.run.Card.Path(v.run.Given)
	if v.run.EndedAt.IsZero() {
		v.step = v.run.Card.Next(v.run.Given)
		if again := onPath(v.run, c.Query("step")); again != nil {
			v.step = again
		}
	}
	page := web.Page{Title: words(c.Ctx, v.run.Card.Title), Over: c.T("reflex.one"), Place: at, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("reflex.title")}}}
	if v.step != nil {
		page.Refresh = 60
	}
	return c.Page(page, runBody(v))
}

// runView is what the page of a run shows.
type runView struct {
	run    Run
	path   []*card.Step
	step   *card.Step // asked now; nil at the end
	titles map[string]string
	now    time.Time
	act    bool
}

// number is the place of a step among those asked so far, from 1.
func (v runView) number() int {
	for i, s := range v.path {
		if s == v.step {
			return i + 1
		}
	}
	return 0
}

// answerWord is an answer as people read it: an act is done, or not yet known.
func answerWord(ctx context.Context, s *card.Step, a card.Answer) string {
	if s.Act && a == card.Yes {
		return locale.T(ctx, "reflex.done")
	}
	return locale.T(ctx, "reflex.answer_"+string(a))
}

// offered are the answers to a step, equally wide.
func offered(s *card.Step) []card.Answer {
	if s.Act {
		return []card.Answer{card.Yes, card.Unknown}
	}
	return []card.Answer{card.Yes, card.Unknown, card.No}
}
