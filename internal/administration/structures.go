package administration

import (
	"context"
	"slices"
	"time"

	"hygie/internal/fault"
	"hygie/internal/finess"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/territory/official"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

func (m *Module) recordRoutes(rt *web.Router) {
	edit, territory := web.Needs(right.EditStructure), web.Needs(right.ImportTerritory)
	rt.Page("GET "+record, edit, m.record)
	rt.Page("POST "+record, edit, m.amend)
	rt.Page("GET "+record+"/child", territory, m.blankChild)
	rt.Page("POST "+record+"/child", territory, m.createChild)
	rt.Page("GET "+record+"/move", territory, m.askMove)
	rt.Page("POST "+record+"/move", territory, m.move)
	rt.Page("GET "+record+"/merge", territory, m.askMerge)
	rt.Page("POST "+record+"/merge", territory, m.merge)
	rt.Page("GET "+record+"/close", territory, m.askClose)
	rt.Page("POST "+record+"/close", territory, m.close)
	rt.Page("POST "+record+"/reopen", territory, m.reopen)
}

// recordAddress is the page of the record of a structure.
func recordAddress(id string) string { return "/structures/" + id + "/record" }

// identity is the form of a structure.
type identity struct {
	Kind       string `form:"kind,max=40"` // of a new structure: a kind, or the kind of a group
	Name       string `form:"name,max=200"`
	Finess     string `form:"finess,max=20"`
	Siren      string `form:"siren,max=20"`
	Siret      string `form:"siret,max=30"`
	Category   string `form:"category,max=10"`
	City       string `form:"city,max=100"`
	PostalCode string `form:"postal_code,max=10"`
	Department string `form:"department,max=5"`
	Code       string `form:"code,max=40"` // of a new region or group
}

func identityOf(s territory.Structure) identity {
	return identity{Name: s.Name, Finess: s.Finess, Siren: s.Siren, Siret: s.Siret, Category: s.Category, City: s.City, PostalCode: s.PostalCode, Department: s.Department}
}

// record shows the record of a structure, to amend.
func (m *Module) record(c *web.Context) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	return m.showRecord(c, at, s, identityOf(s), nil)
}

func (m *Module) showRecord(c *web.Context, at *web.Place, s territory.Structure, form identity, wrong ui.Errors) error {
	var origins []territory.Structure
	err := m.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		origins, err = territory.Origins(c.Ctx, tx, c.Scope, s.ID)
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("administration.record"), Lead: c.T("administration.record_lead"), Place: at, Errors: wrong}
	return c.Page(page, recordBody(s, origins, form, c.May(right.ImportTerritory, at.Interval), len(childKinds(s)) > 0, c.May(right.SeeProof, at.Interval), wrong))
}

// amend writes the record. The numbers by which imports recognise a structure change only by the hand of an administrator.
func (m *Module) amend(c *web.Context) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	var form identity
	if err = c.Decode(&form); err == nil {
		err = m.DB.Update(c.Ctx, func(tx *store.Tx) error {
			before, err := territory.Get(c.Ctx, tx, c.Scope, s.ID)
			if err != nil {
				return err
			}
			next, err := form.put(before, c.May(right.ImportTerritory, at.Interval))
			if err != nil {
				return err
			}
			changes := changed(before, next)
			if len(changes) == 0 {
				return nil
			}
			if err := territory.Amend(c.Ctx, tx, c.Scope, next, m.Now()); err != nil {
				return err
			}
			return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "structure.amend", Structure: string(s.ID), Data: trail.Data(changes)})
		})
	}
	if wrong := formErrors(err, "finess"); wrong != nil {
		return m.showRecord(c, at, s, form, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "administration.record_saved")
	return c.Redirect(recordAddress(at.ID))
}

// formErrors are the remarks of a refused form: what is invalid, and a conflict with another structure, which is about a field too.
func formErrors(err error, field string) ui.Errors {
	if known := fault.As(err); known != nil && known.Kind == fault.KindConflict {
		return ui.Errors{{Name: field, Key: known.Key, Args: known.Args}}
	}
	return ui.ErrorsOf(err)
}

// put writes what the form holds into a structure: the fields that the form of its kind shows.
func (f identity) put(s territory.Structure, numbers bool) (territory.Structure, error) {
	if f.Name != s.Name {
		s.Name, s.NameSource = f.Name, territory.NameManual
	}
	s.City, s.PostalCode, s.Department = f.City, f.PostalCode, f.Department
	if !numbers {
		return s, nil
	}
	switch s.Kind {
	case territory.Entity:
		s.Finess, s.Siren = official.CleanFiness(f.Finess), official.CleanFiness(f.Siren)
	case territory.Establishment:
		s.Finess, s.Siret = official.CleanFiness(f.Finess), official.CleanFiness(f.Siret)
		if f.Category != s.Category {
			label, err := categoryLabel(f.Category)
			if err != nil {
				return s, err
			}
			s.Category, s.CategoryLabel = f.Category, label
		}
	}
	return s, nil
}

// categoryLabel is the label of a category of the nomenclature; none has none.
func categoryLabel(code string) (string, error) {
	category, known := finess.CategoryOf(code)
	if code != "" && !known {
		return "", fault.Invalid(fault.Field{Name: "category", Key: "administration.category_unknown"})
	}
	return category.Label, nil
}

// changed are the fields that differ, as the trail keeps them: before → after.
func changed(before, after territory.Structure) map[string]any {
	changes := map[string]any{}
	old, next := identityOf(before), identityOf(after)
	for _, f := range []struct{ name, old, next string }{
		{"name", old.Name, next.Name}, {"finess", old.Finess, next.Finess}, {"siren", old.Siren, next.Siren}, {"siret", old.Siret, next.Siret}, {"category", old.Category, next.Category},
		{"city", old.City, next.City}, {"postal_code", old.PostalCode, next.PostalCode}, {"department", old.Department, next.Department},
	} {
		if f.old != f.next {
			changes[f.name] = f.old + " → " + f.next
		}
	}
	return changes
}

// childKinds are the kinds of structure that may be made below one, as the form names them.
func childKinds(s territory.Structure) (kinds []string) {
	if s.Status != territory.Active {
		return nil
	}
	for _, k := range territory.Kinds() {
		switch {
		case !s.Kind.MayHold(k):
		case k == territory.Group:
			kinds = append(kinds, string(territory.GHT), string(territory.Operator))
		default:
			kinds = append(kinds, string(k))
		}
	}
	return kinds
}

// kindKey is the message that names a kind of the form.
func kindKey(kind string) string {
	if territory.GroupKind(kind).Valid() {
		return "place.group_" + kind
	}
	return "place." + kind
}

func (m *Module) blankChild(c *web.Context) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	return m.showChild(c, at, s, identity{}, nil)
}

func (m *Module) showChild(c *web.Context, at *web.Place, s territory.Structure, form identity, wrong ui.Errors) error {
	kinds := childKinds(s)
	if len(kinds) == 0 {
		return fault.Conflict("administration.holds_nothing")
	}
	page := web.Page{Title: c.T("administration.child"), Lead: c.T("administration.child_lead", "name", s.Name), Place: at, Crumbs: recordCrumbs(c, at), Errors: wrong}
	return c.Page(page, childBody(recordAddress(at.ID), form, kinds, wrong))
}

func recordCrumbs(c *web.Context, at *web.Place) []ui.Link {
	return []ui.Link{{Href: recordAddress(at.ID), Text: c.T("administration.record")}}
}

// createChild makes a structure below another.
func (m *Module) createChild(c *web.Context) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	var form identity
	var made territory.Structure
	if err = c.Decode(&form); err == nil && !slices.Contains(childKinds(s), form.Kind) {
		err = fault.Invalid(fault.Field{Name: "kind", Key: "administration.kind_missing"})
	}
	if err == nil {
		err = m.DB.Update(c.Ctx, func(tx *store.Tx) (err error) {
			draft := form.draft(s.ID)
			if draft.CategoryLabel, err = categoryLabel(draft.Category); err != nil {
				return err
			}
			if made, err = territory.Insert(c.Ctx, tx, c.Scope, draft, m.Now()); err != nil {
				return err
			}
			return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "structure.create", Structure: string(made.ID), Data: trail.Data(map[string]any{"name": made.Name, "kind": form.Kind, "parent": s.Name})})
		})
	}
	if wrong := formErrors(err, "finess"); wrong != nil {
		return m.showChild(c, at, s, form, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "administration.child_made", "name", made.Name)
	return c.Redirect("/structures/" + string(made.ID))
}

// draft is the new structure that the form describes: of the fields, those that its kind has.
func (f identity) draft(parent territory.ID) territory.Draft {
	d := territory.Draft{Parent: parent, Kind: territory.Kind(f.Kind), Name: f.Name, City: f.City, PostalCode: f.PostalCode, Department: f.Department}
	if g := territory.GroupKind(f.Kind); g.Valid() {
		d.Kind, d.GroupKind = territory.Group, g
	}
	switch d.Kind {
	case territory.Region, territory.Group:
		d.Code = f.Code
	case territory.Entity:
		d.Finess, d.Siren = official.CleanFiness(f.Finess), official.CleanFiness(f.Siren)
	case territory.Establishment:
		d.Finess, d.Siret, d.Category = official.CleanFiness(f.Finess), official.CleanFiness(f.Siret), f.Category
	}
	return d
}

// askClose asks before a structure is closed.
func (m *Module) askClose(c *web.Context) error { return m.showClose(c, m.Now(), nil) }

func (m *Module) showClose(c *web.Context, day time.Time, wrong ui.Errors) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("administration.close"), Over: s.Name, Place: at, Crumbs: recordCrumbs(c, at), Errors: wrong}
	return c.Page(page, ui.Confirm{
		Consequences: []string{c.T("administration.close_keeps"), c.T("administration.close_lists"), c.T("administration.close_back")},
		Action:       recordAddress(at.ID) + "/close", Submit: c.T("administration.close_submit"), Danger: true, Cancel: recordAddress(at.ID),
		Fields: []ui.Field{{Name: "day", Label: c.T("administration.close_day"), Kind: ui.DayField, Value: c.Printer.ISODay(day), Errors: wrong}},
	})
}

func (m *Module) close(c *web.Context) error {
	var form struct {
		Day time.Time `form:"day"`
	}
	err := c.Decode(&form)
	if err == nil && form.Day.IsZero() {
		err = fault.Invalid(fault.Field{Name: "day", Key: "web.not_day"})
	}
	if err == nil {
		err = m.DB.Update(c.Ctx, func(tx *store.Tx) error {
			id := territory.ID(c.Path("structure"))
			if err := territory.Close(c.Ctx, tx, c.Scope, id, form.Day, m.Now()); err != nil {
				return err
			}
			return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "structure.close", Structure: string(id), Data: trail.Data(map[string]any{"day": c.Printer.ISODay(form.Day)})})
		})
	}
	if wrong := formErrors(err, ""); wrong != nil {
		return m.showClose(c, form.Day, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "administration.closed_flash")
	return c.Redirect(recordAddress(c.Path("structure")))
}

func (m *Module) reopen(c *web.Context) error {
	err := m.DB.Update(c.Ctx, func(tx *store.Tx) error {
		id := territory.ID(c.Path("structure"))
		if err := territory.Reopen(c.Ctx, tx, c.Scope, id, m.Now()); err != nil {
			return err
		}
		return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "structure.reopen", Structure: string(id)})
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "administration.reopened")
	return c.Redirect(recordAddress(c.Path("structure")))
}

func kindOptions(ctx context.Context, kinds []string) []ui.Option {
	var options []ui.Option
	for _, k := range kinds {
		options = append(options, ui.Option{Value: k, Text: locale.T(ctx, kindKey(k))})
	}
	return options
}

// numbers are the fields of a form that only some kinds of structure have.
type numbers struct{ code, finess, siren, siret bool }

// numbersOf are the fields for structures of these kinds, as the form names them.
func numbersOf(kinds ...string) (n numbers) {
	for _, k := range kinds {
		switch k {
		case string(territory.Region), string(territory.GHT), string(territory.Operator):
			n.code = true
		case string(territory.Entity):
			n.finess, n.siren = true, true
		case string(territory.Establishment):
			n.finess, n.siret = true, true
		}
	}
	return n
}

// numbersShown are those of the record of a structure: the code of a region or group stands for it outside, and does not change.
func numbersShown(k territory.Kind) numbers {
	n := numbersOf(string(k))
	n.code = false
	return n
}
