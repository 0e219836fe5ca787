package administration

import (
	"context"

	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// placesShown is how many places a search for a new parent offers.
const placesShown = 30

// askMove searches for the new place of a structure, and asks before it moves: rights move with it.
func (m *Module) askMove(c *web.Context) error { return m.showMove(c, c.Query("q"), "", nil) }

func (m *Module) showMove(c *web.Context, words, chosen string, wrong ui.Errors) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	if s.Parent == "" {
		return fault.Conflict("administration.root_stays")
	}
	var found []territory.Structure
	if words != "" {
		err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
			found, err = newParents(c.Ctx, tx, reach(c), s, words)
			return err
		})
		if err != nil {
			return err
		}
	}
	var options []ui.Option
	for _, p := range found {
		options = append(options, ui.Option{Value: string(p.ID), Text: p.Name, Help: c.T(place.KindKey(p))})
	}
	page := web.Page{Title: c.T("administration.move"), Over: s.Name, Place: at, Crumbs: recordCrumbs(c, at), Errors: wrong}
	return c.Page(page, moveBody(recordAddress(at.ID), words, ui.Field{Name: "to", Label: c.T("administration.move_to"), Kind: ui.RadioField, Value: chosen, Options: options, Errors: wrong}))
}

// newParents are the open structures of the scope that may hold a structure and are not below it.
func newParents(ctx context.Context, tx *store.Tx, scope territory.Scope, s territory.Structure, words string) (found []territory.Structure, err error) {
	for _, kind := range territory.Kinds() {
		if !kind.MayHold(s.Kind) {
			continue
		}
		list, _, err := territory.List(ctx, tx, scope, territory.Filter{Text: words, Kind: kind, Status: territory.Active, Limit: placesShown})
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			if p.ID != s.Parent && !below(s, p) && len(found) < placesShown {
				found = append(found, p)
			}
		}
	}
	return found, nil
}

// reach is where the reader may change the territory: a move goes from one place of it to another, so the scope of the route, which is the
// structure that moves, is not enough.
func reach(c *web.Context) territory.Scope { return right.Visible(c.Actor, right.ImportTerritory) }

// move puts a structure, with all that is below it, under another one.
func (m *Module) move(c *web.Context) error {
	var form struct {
		To    territory.ID `form:"to,max=40"`
		Words string       `form:"q,max=200"`
	}
	err := c.Decode(&form)
	if err == nil && form.To == "" {
		err = fault.Invalid(fault.Field{Name: "to", Key: "administration.move_missing"})
	}
	if err == nil {
		err = m.DB.Update(c.Ctx, func(tx *store.Tx) error { return m.moved(c, tx, territory.ID(c.Path("structure")), form.To) })
	}
	if wrong := formErrors(err, "to"); wrong != nil {
		return m.showMove(c, form.Words, string(form.To), wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "administration.moved")
	return c.Redirect("/structures/" + c.Path("structure"))
}

func (m *Module) moved(c *web.Context, tx *store.Tx, id, to territory.ID) error {
	scope := reach(c)
	s, err := territory.Get(c.Ctx, tx, scope, id)
	if err != nil {
		return err
	}
	names, err := structureNames(c.Ctx, tx, scope, string(s.Parent), string(to))
	if err != nil {
		return err
	}
	// Making room may number the tree anew, after which the scope no longer fits: what it shows was read before.
	if err := territory.Move(c.Ctx, tx, scope, id, to, m.Now()); err != nil {
		return err
	}
	return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "structure.move", Structure: string(id), Data: trail.Data(map[string]any{"from": names[string(s.Parent)], "to": names[string(to)]})})
}
