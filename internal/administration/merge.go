package administration

import (
	"context"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/place"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// Follower takes over what a structure leaves to the one that it merges into.
type Follower interface {
	// FollowMerges hands the applications of merged structures over, in the transaction of the merge, and returns how many.
	FollowMerges(ctx context.Context, tx *store.Tx) (int, error)
	// Held names the applications that a merge would hand over.
	Held(ctx context.Context, tx *store.Tx, structure string) ([]string, error)
}

// mergeForm is what somebody says of a merge.
type mergeForm struct {
	Into   territory.ID `form:"into,max=40"`
	Day    time.Time    `form:"day"`
	Reason string       `form:"reason,max=400"`
}

// askMerge searches for the structure that takes another one over, then shows what moves and asks.
func (m *Module) askMerge(c *web.Context) error {
	if into := c.Query("into"); into != "" {
		return m.previewMerge(c, mergeForm{Into: territory.ID(into), Day: m.Now()}, nil)
	}
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	if s.Parent == "" || s.Status != territory.Active {
		return fault.Conflict("territory.merge_unlike")
	}
	words := c.Query("q")
	f := ui.Field{Name: "into", Label: c.T("administration.merge_into"), Kind: ui.RadioField}
	if words != "" {
		err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
			list, _, err := territory.List(c.Ctx, tx, reach(c), territory.Filter{Text: words, Kind: s.Kind, Status: territory.Active, Limit: placesShown})
			for _, other := range list {
				if other.ID != s.ID && !below(s, other) {
					f.Options = append(f.Options, ui.Option{Value: string(other.ID), Text: other.Name, Help: strings.TrimSpace(other.City + " " + other.Finess)})
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	page := web.Page{Title: c.T("administration.merge"), Lead: c.T("administration.merge_lead", "name", s.Name), Over: s.Name, Place: at, Crumbs: recordCrumbs(c, at)}
	return c.Page(page, mergeSearch(recordAddress(at.ID), words, f))
}

// below tells whether a structure is another one or stands below it.
func below(s, other territory.Structure) bool {
	return s.Interval.Left <= other.Interval.Left && other.Interval.Right <= s.Interval.Right
}

// previewMerge shows what moves, and what does not.
func (m *Module) previewMerge(c *web.Context, form mergeForm, wrong ui.Errors) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	var target territory.Structure
	var held []string
	children, holders := 0, 0
	err = m.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		if target, err = territory.Get(c.Ctx, tx, reach(c), form.Into); err != nil {
			return err
		}
		if held, err = m.Follower.Held(c.Ctx, tx, at.ID); err != nil {
			return err
		}
		list, _, err := territory.List(c.Ctx, tx, reach(c), territory.Filter{Parent: s.ID, Limit: 500})
		if err != nil {
			return err
		}
		children = len(list)
		holders, err = people.CountAt(c.Ctx, tx, at.ID, m.Now())
		return err
	})
	if err != nil {
		return err
	}
	if target.Kind != s.Kind || target.Status != territory.Active || s.Status != territory.Active || s.Parent == "" || below(s, target) {
		return fault.Conflict("territory.merge_unlike")
	}
	list := []string{c.T("administration.merge_closes", "name", s.Name, "into", target.Name)}
	if len(held) > 0 {
		list = append(list, c.T("administration.merge_dossiers", "count", len(held), "numbers", c.Printer.List(held), "into", target.Name))
	}
	if children > 0 {
		list = append(list, c.T("administration.merge_children", "count", children, "into", target.Name))
	}
	list = append(list, c.T("administration.merge_stays", "into", target.Name))
	if holders > 0 {
		list = append(list, c.T("administration.merge_roles", "count", holders, "into", target.Name))
	}
	page := web.Page{Title: c.T("administration.merge_title", "name", s.Name, "into", target.Name), Over: c.T("administration.merge"), Place: at, Crumbs: recordCrumbs(c, at), Errors: wrong}
	return c.Page(page, ui.Confirm{Consequences: list, Action: recordAddress(at.ID) + "/merge", Submit: c.T("administration.merge_submit"), Danger: true, Cancel: recordAddress(at.ID),
		Hidden: map[string]string{"into": string(form.Into)},
		Fields: []ui.Field{{Name: "day", Label: c.T("administration.merge_day"), Kind: ui.DayField, Value: c.Printer.ISODay(form.Day), Errors: wrong},
			{Name: "reason", Label: c.T("administration.merge_reason"), Help: c.T("administration.merge_reason_help"), MaxLength: 400, Value: form.Reason, Errors: wrong}}})
}

// merge ends a structure to the profit of another, and hands its applications over, in one transaction.
func (m *Module) merge(c *web.Context) error {
	var form mergeForm
	err := c.Decode(&form)
	switch {
	case err != nil:
	case form.Into == "":
		return fault.Conflict("territory.merge_unlike")
	case form.Day.IsZero():
		err = fault.Invalid(fault.Field{Name: "day", Key: "web.not_day"})
	case strings.TrimSpace(form.Reason) == "":
		err = fault.Invalid(fault.Field{Name: "reason", Key: "administration.merge_reason_missing"})
	}
	moved := 0
	if err == nil {
		err = m.DB.Update(c.Ctx, func(tx *store.Tx) (err error) {
			moved, err = m.merged(c, tx, territory.ID(c.Path("structure")), form)
			return err
		})
	}
	if wrong := formErrors(err, ""); wrong != nil && form.Into != "" {
		return m.previewMerge(c, form, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "administration.merged", "count", moved)
	return c.Redirect("/structures/" + string(form.Into))
}

func (m *Module) merged(c *web.Context, tx *store.Tx, from territory.ID, form mergeForm) (moved int, err error) {
	scope := reach(c)
	names, err := structureNames(c.Ctx, tx, scope, string(from), string(form.Into))
	if err != nil {
		return 0, err
	}
	if err := territory.Merge(c.Ctx, tx, scope, from, form.Into, form.Day, m.Now()); err != nil {
		return 0, err
	}
	if moved, err = m.Follower.FollowMerges(c.Ctx, tx); err != nil {
		return moved, err
	}
	data := trail.Data(map[string]any{"from": names[string(from)], "to": names[string(form.Into)], "day": c.Printer.ISODay(form.Day), "dossiers": moved, "reason": strings.TrimSpace(form.Reason)})
	for _, id := range []territory.ID{from, form.Into} { // whoever answers for one of them reads it
		if err := m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "structure.merge", Structure: string(id), Data: data}); err != nil {
			return moved, err
		}
	}
	return moved, nil
}
