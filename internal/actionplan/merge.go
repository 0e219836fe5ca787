package actionplan

import (
	"errors"
	"net/url"

	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/plan"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// doMerge is the act on several actions that leads to the page of the merge.
const doMerge plan.State = "merge"

// mergeAddress is the page that asks which of the chosen actions is kept.
func mergeAddress(structure string, chosen []moved) string {
	q := url.Values{}
	for _, one := range chosen {
		q.Add("action", one.String())
	}
	return address(structure) + "/merge?" + q.Encode()
}

// askMerge shows the actions to be merged and asks which one stays.
func (m *Module) askMerge(c *web.Context) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	actions, err := m.chosenOf(c, readAllMoved(c.R.URL.Query()["action"]))
	if err != nil {
		return err
	}
	if len(actions) < 2 {
		c.Flash(ui.Warn, "actionplan.merge_two")
		return c.Redirect(address(at.ID))
	}
	return c.Page(web.Page{Title: c.T("actionplan.merge_title"), Place: at, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("actionplan.title")}}}, mergeBody(at.ID, actions))
}

// chosenOf reads chosen actions of the structure in the path as they are now, each once.
func (m *Module) chosenOf(c *web.Context, chosen []moved) (actions []plan.Action, err error) {
	err = m.db.View(c.Ctx, func(tx *store.Tx) error {
		actions = nil
		seen := map[string]bool{}
		for _, one := range chosen {
			if seen[one.ID] {
				continue
			}
			seen[one.ID] = true
			a, err := plan.ByID(c.Ctx, tx, c.Scope, one.ID)
			if errors.Is(err, store.ErrNotFound) || err == nil && a.Structure != c.Path("structure") {
				return fault.NotFound("actionplan.not_found")
			}
			if err != nil {
				return err
			}
			actions = append(actions, a)
		}
		return nil
	})
	return actions, err
}

// merge makes the chosen actions one.
func (m *Module) merge(c *web.Context) error {
	var form struct {
		Actions []string `form:"action,max=100"`
		Kept    string   `form:"kept,max=40"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	var kept plan.Action
	var others []plan.Action
	for _, one := range readAllMoved(form.Actions) {
		a := plan.Action{ID: one.ID, Version: one.Version}
		if one.ID == form.Kept {
			kept = a
		} else {
			others = append(others, a)
		}
	}
	if kept.ID == "" || len(others) == 0 {
		c.Flash(ui.Warn, "actionplan.merge_two")
		return c.Redirect(address(c.Path("structure")))
	}
	err := m.db.Update(c.Ctx, func(tx *store.Tx) error {
		a, err := plan.ByID(c.Ctx, tx, c.Scope, kept.ID)
		if err == nil && a.Structure != c.Path("structure") {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := plan.Merge(c.Ctx, tx, c.Scope, kept, others, c.Actor.Person, m.now()); err != nil {
			return err
		}
		var taken []string
		for _, o := range others {
			taken = append(taken, o.ID)
		}
		return m.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "action.merge", Structure: a.Structure, Subject: "action/" + a.ID,
			Data: trail.Data(map[string]any{"title": a.Title, "merged": taken})})
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fault.NotFound("actionplan.not_found")
	case fault.KindOf(err) == fault.KindConflict:
		c.Flash(ui.Warn, "actionplan.merge_changed")
		return c.Redirect(address(c.Path("structure")))
	case err != nil:
		return err
	}
	c.Flash(ui.Good, "actionplan.merge_done", "count", len(others)+1)
	return c.Redirect(address(c.Path("structure")) + "/" + kept.ID)
}

// part takes the merge of an action back.
func (m *Module) part(c *web.Context) error {
	a, err := m.found(c)
	if err != nil {
		return err
	}
	var form struct {
		Version int64 `form:"version"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
		if err := plan.Part(c.Ctx, tx, c.Scope, a.ID, form.Version, c.Actor.Person, m.now()); err != nil {
			return err
		}
		return m.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "action.part", Structure: a.Structure, Subject: "action/" + a.ID,
			Data: trail.Data(map[string]any{"title": a.Title, "from": a.Merged})})
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "actionplan.parted")
	return c.Redirect(address(a.Structure) + "/" + a.ID)
}
