package reflex

import (
	"context"
	"errors"
	"strings"
	"time"

	"hygie/card"
	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
	"hygie/referential"
)

// draft is a card being adapted.
type draft struct {
	Content  string `form:"content,max=60000"`
	Note     string `form:"note,max=300"`
	Previous int64  `form:"previous"`
	Act      string `form:"act,max=10"` // keep, or look
}

// desk is the page on which a card is adapted.
type desk struct {
	held     Held
	draft    draft
	checked  bool
	problems referential.Problems
	changes  []change
	versions []Version
	names    map[string]string
	errors   ui.Errors
}

// adapt shows the card that holds, to be changed.
func (m *Module) adapt(c *web.Context) error {
	d, at, err := m.desk(c)
	if err != nil {
		return err
	}
	d.draft = draft{Content: d.held.Source, Previous: d.held.Own.Number}
	return c.Page(m.deskPage(c, at, d), adaptBody(at.ID, d))
}

func (m *Module) desk(c *web.Context) (d desk, at *web.Place, err error) {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return d, nil, err
	}
	err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
		shelf, err := m.shelf(c.Ctx, tx, c.Scope, string(s.ID))
		if err != nil {
			return err
		}
		if d.held, err = find(shelf, c.Path("card")); err != nil {
			return err
		}
		if d.versions, err = Versions(c.Ctx, tx, c.Scope, string(s.ID), d.held.ID); err != nil {
			return err
		}
		d.names, err = names(c.Ctx, tx, d.versions)
		return err
	})
	return d, at, err
}

func (m *Module) deskPage(c *web.Context, at *web.Place, d desk) web.Page {
	crumbs := []ui.Link{{Href: address(at.ID), Text: c.T("reflex.title")}, {Href: cardAddress(at.ID, d.held.ID), Text: words(c.Ctx, d.held.Title)}}
	return web.Page{Title: c.T("reflex.adapt_title"), Lead: c.T("reflex.adapt_lead"), Place: at, Crumbs: crumbs, Errors: d.errors}
}

// keep checks what was written and shows what it changes; asked to, it keeps it.
func (m *Module) keep(c *web.Context) error {
	var form draft
	err := c.Decode(&form)
	d, at, errPlace := m.desk(c)
	if errPlace != nil {
		return errPlace
	}
	d.draft = form
	if wrong := ui.ErrorsOf(err); wrong != nil {
		d.errors = wrong
		return c.Page(m.deskPage(c, at, d), adaptBody(at.ID, d))
	}
	if err != nil {
		return err
	}
	d.checked, d.problems = true, m.check(d.held.ID, form.Content)
	d.changes = around(compare(d.held.Source, form.Content), 2)
	if len(d.problems) > 0 || form.Act != "keep" {
		return c.Page(m.deskPage(c, at, d), adaptBody(at.ID, d))
	}
	v := Version{Structure: at.ID, Card: d.held.ID, Content: form.Content, Note: form.Note, At: m.Now().UTC(), By: c.Actor.Person}
	if err := m.save(c, v, form.Previous, "reflex.adapt"); err != nil {
		return err
	}
	c.Flash(ui.Good, "reflex.kept")
	return c.Redirect(cardAddress(at.ID, d.held.ID))
}

// check says what is wrong with the YAML of a card.
func (m *Module) check(id, content string) referential.Problems {
	k, err := card.Read(id+".yaml", []byte(content))
	if err != nil {
		var problems referential.Problems
		if !errors.As(err, &problems) {
			problems = referential.Problems{{File: id + ".yaml", Message: err.Error()}}
		}
		return problems
	}
	var problems referential.Problems
	if k.ID != id {
		problems = append(problems, referential.Problem{File: id + ".yaml", Message: "id: the card keeps its id, " + id})
	}
	for _, o := range k.Outcomes {
		for _, next := range o.Next {
			if !m.shipsCard(next) {
				problems = append(problems, referential.Problem{File: id + ".yaml", Message: "next: there is no card " + next})
			}
		}
	}
	return problems
}

func (m *Module) shipsCard(id string) bool {
	for _, k := range m.shipped {
		if k.ID == id {
			return true
		}
	}
	return false
}

// restore takes the card that comes with hygie back.
func (m *Module) restore(c *web.Context) error {
	var form draft
	if err := c.Decode(&form); err != nil {
		return err
	}
	id := c.Path("card")
	if !m.shipsCard(id) {
		return fault.NotFound("reflex.no_card")
	}
	v := Version{Structure: c.Path("structure"), Card: id, Note: form.Note, At: m.Now().UTC(), By: c.Actor.Person}
	if err := m.save(c, v, form.Previous, "reflex.restore"); err != nil {
		return err
	}
	c.Flash(ui.Good, "reflex.restored")
	return c.Redirect(cardAddress(v.Structure, id))
}

func (m *Module) save(c *web.Context, v Version, previous int64, act string) error {
	return m.DB.Update(c.Ctx, func(tx *store.Tx) error {
		if err := Keep(c.Ctx, tx, c.Scope, v, previous); err != nil {
			return err
		}
		if m.Changed != nil {
			if err := m.Changed(c.Ctx, tx, c.Scope, v.Structure, m.title(c, v.Card), v.By); err != nil {
				return err
			}
		}
		return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: act, Structure: v.Structure, Subject: "card/" + v.Card,
			Data: trail.Data(map[string]any{"version": previous + 1, "note": v.Note})})
	})
}

// title is that of a card as it comes with hygie.
func (m *Module) title(c *web.Context, id string) string {
	for _, k := range m.shipped {
		if k.ID == id {
			return words(c.Ctx, k.Title)
		}
	}
	return id
}

// names are the names of those who wrote versions.
func names(ctx context.Context, tx *store.Tx, versions []Version) (map[string]string, error) {
	all := map[string]string{}
	for _, v := range versions {
		if _, known := all[v.By]; known {
			continue
		}
		name, err := store.One(ctx, tx, store.Column[string], `select name from person where id = $1`, v.By)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		all[v.By] = name
	}
	return all, nil
}

// left says how long is left, in whole minutes, and whether the time is up.
func left(r Run, now time.Time) (minutes int, over bool) {
	d := r.Card.Left(r.StartedAt, now)
	if d <= 0 {
		return int(-d / time.Minute), true
	}
	return int((d + time.Minute - 1) / time.Minute), false
}

// sign is how a changed line begins.
func (c change) prefix() string { return strings.Replace(c.sign, "-", "−", 1) }
