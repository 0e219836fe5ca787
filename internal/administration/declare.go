package administration

import (
	"context"
	"slices"
	"strconv"

	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
	"hygie/referential"
)

// What no file of the State gives for every structure, and verdicts rest on: its category in the sense of the calls, and its combined activity, by which the
// members of a group weigh. They are declared, with a source.

func (m *Module) declareRoutes(rt *web.Router) {
	rt.Page("GET "+record+"/declare", web.Needs(right.EditStructure), m.declarePage)
	rt.Page("POST "+record+"/declare", web.Needs(right.EditStructure), m.declare)
}

func declareAddress(id string) string { return recordAddress(id) + "/declare" }

// declaration is the form.
type declaration struct {
	Category string `form:"category,max=64"`
	Activity string `form:"activity,max=20"`
	Year     string `form:"year,max=4"`
	Source   string `form:"source,max=300"`
}

// declared reads what holds.
func (m *Module) declared(ctx context.Context, tx *store.Tx, scope territory.Scope, s territory.Structure) (d declaration, err error) {
	known, err := proof.Latest(ctx, tx, scope, proof.StatusKey, m.Now(), string(s.ID))
	if err != nil {
		return d, err
	}
	d.Category = known[string(s.ID)].Value.Text
	sizes, err := territory.Sizes(ctx, tx, scope, s.ID)
	for _, size := range sizes {
		if size.Key == territory.CombinedActivity { // the latest year comes first
			d.Activity, d.Year = strconv.FormatInt(size.Value, 10), strconv.Itoa(size.Year)
			break
		}
	}
	return d, err
}

func (m *Module) declarePage(c *web.Context) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	var d declaration
	err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
		if _, err := m.Shelf.Now(c.Ctx, tx, m.Now()); err != nil {
			return err
		}
		d, err = m.declared(c.Ctx, tx, c.Scope, s)
		return err
	})
	if err != nil {
		return err
	}
	return m.showDeclare(c, at, s, d, nil)
}

func (m *Module) showDeclare(c *web.Context, at *web.Place, s territory.Structure, d declaration, wrong ui.Errors) error {
	options := []ui.Option{{Value: "", Text: c.T("administration.choose")}}
	if s.Kind == territory.Entity {
		for _, category := range proof.Declarable(m.Shelf.Seen().Packages) {
			options = append(options, ui.Option{Value: category.Code, Text: capital(category.Title.In(lang(c)))})
		}
	}
	page := web.Page{Title: c.T("administration.declare"), Lead: c.T("administration.declare_lead"), Place: at, Errors: wrong,
		Crumbs: []ui.Link{{Href: recordAddress(at.ID), Text: c.T("administration.record")}}}
	return c.Page(page, declareBody(at.ID, d, options, wrong))
}

// read checks the form; nothing said twice is recorded twice.
func (d declaration) read(before declaration, categories []referential.Category, year int) (size int64, of int, err error) {
	var wrong []fault.Field
	if d.Category != "" && !slices.ContainsFunc(categories, func(c referential.Category) bool { return c.Code == d.Category }) {
		wrong = append(wrong, fault.Field{Name: "category", Key: "administration.category_wrong"})
	}
	if d.Activity != "" {
		n, err := readValue(referential.NumberKind, d.Activity)
		if err != nil || n.Number < 0 || n.Number != float64(int64(n.Number)) {
			wrong = append(wrong, fault.Field{Name: "activity", Key: "administration.activity_wrong"})
		}
		size = int64(n.Number)
		if of, err = strconv.Atoi(d.Year); err != nil || of < 1990 || of > year {
			wrong = append(wrong, fault.Field{Name: "year", Key: "administration.year_wrong"})
		}
	}
	if d.Source == "" && (d.Category != before.Category || d.Activity != before.Activity || d.Year != before.Year) {
		wrong = append(wrong, fault.Field{Name: "source", Key: "administration.note_missing"})
	}
	if len(wrong) > 0 {
		err = fault.Invalid(wrong...)
	}
	return size, of, err
}

// declare records what changed. Verdicts follow at once.
func (m *Module) declare(c *web.Context) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	var d declaration
	if err = c.Decode(&d); err == nil {
		err = m.DB.Update(c.Ctx, func(tx *store.Tx) error { return m.keepDeclared(c, tx, s, d) })
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showDeclare(c, at, s, d, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "administration.declared")
	return c.Redirect(declareAddress(at.ID))
}

func (m *Module) keepDeclared(c *web.Context, tx *store.Tx, s territory.Structure, d declaration) error {
	set, err := m.Shelf.Now(c.Ctx, tx, m.Now())
	if err != nil {
		return err
	}
	before, err := m.declared(c.Ctx, tx, c.Scope, s)
	if err != nil {
		return err
	}
	size, year, err := d.read(before, proof.Declarable(set.Packages), m.Now().Year())
	if err != nil {
		return err
	}
	changes := map[string]any{}
	if d.Category != "" && d.Category != before.Category && s.Kind == territory.Entity {
		changes["category"] = d.Category
		f := proof.Fact{Structure: string(s.ID), Key: proof.StatusKey, Value: referential.Words(d.Category), ObservedAt: m.Now(), Source: "declared/" + d.Source, RecordedAt: m.Now(), RecordedBy: c.Actor.Person}
		if err := proof.Record(c.Ctx, tx, c.Scope, f); err != nil {
			return err
		}
	}
	if d.Activity != "" && (d.Activity != before.Activity || d.Year != before.Year) {
		changes["value"], changes["year"] = size, year
		one := territory.Size{Structure: s.ID, Key: territory.CombinedActivity, Year: year, Value: size, Source: d.Source}
		if err := territory.SetSize(c.Ctx, tx, c.Scope, one, m.Now()); err != nil {
			return err
		}
	}
	if len(changes) == 0 {
		return nil
	}
	return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "structure.declare", Structure: string(s.ID), Text: d.Source, Data: trail.Data(changes)})
}
