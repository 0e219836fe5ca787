package asset

import (
	"context"
	"strconv"

	"github.com/a-h/templ"

	"hygie/internal/bring"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// list shows the assets in use.
func (m *Module) list(c *web.Context) error {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	structure, now := string(s.ID), m.now()
	q := ui.ReadQuery(c.R.URL, nil, "")
	f := Filter{Words: q.Get("q"), Kind: Kind(q.Get("kind")), Criticality: Criticality(q.Get("criticality"))}
	if q.Get("support") == "ended" {
		f.Unsupported = now
	}
	if ok, err := c.Export(m.sheet(c, structure, f)); ok {
		return err
	}
	var assets []Asset
	var total int
	var t Tally
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if assets, total, err = List(c.Ctx, tx, c.Scope, structure, f, q.Size, q.Offset()); err != nil {
			return err
		}
		t, err = Count(c.Ctx, tx, c.Scope, structure, now)
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("asset.title"), Lead: c.T("asset.lead"), Place: at}
	edit := c.May(right.AddProof, at.Interval)
	if edit {
		page.Actions = actions(structure)
	}
	return c.Page(page, listBody(t, m.table(c, q, structure, assets, total, edit)))
}

// table is the list of assets.
func (m *Module) table(c *web.Context, q ui.Query, structure string, assets []Asset, total int, edit bool) templ.Component {
	t := ui.Table{ID: "assets", Caption: c.T("asset.title"), Query: q, Total: total, Pager: q.Pages(total), Exports: c.Exports(), Dense: true,
		Columns: []ui.Column{{Text: c.T("asset.field_name")}, {Text: c.T("asset.field_kind")}, {Text: c.T("asset.field_criticality")}, {Text: c.T("asset.field_service")}, {Text: c.T("asset.field_owner")}, {Text: c.T("asset.field_end")}},
		Filters: []ui.Field{{Name: "q", Label: c.T("asset.words"), Kind: ui.SearchField}, selected("kind", kinds(), c.Ctx), selected("criticality", criticalities(), c.Ctx),
			{Name: "support", Label: c.T("asset.field_end"), Kind: ui.SelectField, Optional: true, Options: []ui.Option{{Text: c.T("asset.any")}, {Value: "ended", Text: c.T("asset.ended")}}}},
		Empty: ui.Empty{Title: c.T("asset.empty"), Text: c.T("asset.empty_text")}}
	if edit {
		t.Empty.Act = ui.Button{Text: c.T("asset.bring"), Href: address(structure) + "/import"}
	}
	for _, a := range assets {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Link{Href: address(structure) + "/" + a.ID, Text: a.Name}, ui.Text(word(c.Ctx, "kind", a.Kind)), ui.Text(word(c.Ctx, "criticality", a.Criticality)),
			ui.Text(a.Service), ui.Text(a.Owner), m.support(c, a)}})
	}
	return t
}

// support is the end of an asset's support, marked when it has passed.
func (m *Module) support(c *web.Context, a Asset) templ.Component {
	if a.EndOfSupport == "" {
		return ui.Text("")
	}
	day := c.Printer.ShortDate(bring.DayIn(a.EndOfSupport, c.Printer.Zone()))
	if a.Unsupported(m.now()) {
		return ui.Tag{Text: c.T("asset.ended_on", "day", day), Tone: ui.Bad, Icon: "triangle"}
	}
	return ui.Text(day)
}

// word is a value of a closed list as people read it.
func word[T ~string](ctx context.Context, field string, value T) string {
	if value == "" {
		return ""
	}
	return locale.T(ctx, "asset."+field+"_"+string(value))
}

// selected is a closed list as a filter.
func selected[T ~string](field string, all []T, ctx context.Context) ui.Field {
	return ui.Field{Name: field, Label: locale.T(ctx, "asset.field_"+field), Kind: ui.SelectField, Optional: true, Options: options(ctx, field, all, "asset.any")}
}

func options[T ~string](ctx context.Context, field string, all []T, none string) []ui.Option {
	list := []ui.Option{{Text: locale.T(ctx, none)}}
	for _, one := range all {
		list = append(list, ui.Option{Value: string(one), Text: word(ctx, field, one)})
	}
	return list
}

// exportAtOnce is how many assets an export reads at a time.
const exportAtOnce = 1000

// sheet is the list as a file, which can be brought back.
func (m *Module) sheet(c *web.Context, structure string, f Filter) web.Sheet {
	var header []string
	all := assetColumns(c.Ctx)
	for _, column := range all {
		header = append(header, column.Label)
	}
	return web.Sheet{Name: c.T("asset.file"), Header: header, Rows: func(yield func([]any, error) bool) {
		for offset := 0; ; offset += exportAtOnce {
			var part []Asset
			err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
				part, _, err = List(c.Ctx, tx, c.Scope, structure, f, exportAtOnce, offset)
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, a := range part {
				values := a.values()
				row := make([]any, len(all))
				for i, column := range all {
					row[i] = values[column.Key]
					if column.Show != nil && values[column.Key] != "" && column.Key != "end" {
						row[i] = column.Show(values[column.Key])
					}
				}
				if !yield(row, nil) {
					return
				}
			}
			if len(part) < exportAtOnce {
				return
			}
		}
	}}
}

// draft is the form of an asset.
type draft struct {
	Name        string      `form:"name,max=200"`
	Reference   string      `form:"reference,max=200"`
	Kind        Kind        `form:"kind"`
	Criticality Criticality `form:"criticality"`
	Service     string      `form:"service,max=200"`
	Owner       string      `form:"owner,max=200"`
	Supplier    string      `form:"supplier,max=200"`
	Product     string      `form:"product,max=200"`
	Address     string      `form:"address,max=200"`
	End         string      `form:"end,max=10"`
	Note        string      `form:"note,max=2000"`
	Version     int64       `form:"version"`
}

func (d draft) put(a *Asset) {
	a.Name, a.Reference, a.Kind, a.Criticality, a.Service, a.Owner, a.Supplier, a.Product, a.Address, a.EndOfSupport, a.Note = d.Name, d.Reference, d.Kind, d.Criticality, d.Service, d.Owner, d.Supplier, d.Product, d.Address, d.End, d.Note
}

func draftOf(a Asset) draft {
	return draft{a.Name, a.Reference, a.Kind, a.Criticality, a.Service, a.Owner, a.Supplier, a.Product, a.Address, a.EndOfSupport, a.Note, a.Version}
}

func (d draft) version() string { return strconv.FormatInt(d.Version, 10) }

// blank asks for a new asset.
func (m *Module) blank(c *web.Context) error { return m.form(c, draft{}, nil) }

func (m *Module) form(c *web.Context, d draft, wrong ui.Errors) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("asset.new"), Place: at, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("asset.title")}}, Errors: wrong}
	return c.Page(page, editor(address(at.ID), c.T("asset.create"), d, wrong))
}

// create adds an asset.
func (m *Module) create(c *web.Context) error {
	var d draft
	err := c.Decode(&d)
	if err == nil {
		err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
			var a Asset
			d.put(&a)
			structure := c.Path("structure")
			if err := Add(c.Ctx, tx, c.Scope, structure, []Asset{a}, c.Actor.Person, m.now()); err != nil {
				return err
			}
			return m.changed(c, tx, "asset.add", structure, a)
		})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.form(c, d, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "asset.saved")
	return c.Redirect(address(c.Path("structure")))
}

// changed states what the list says now, and writes the line of the trail.
func (m *Module) changed(c *web.Context, tx *store.Tx, act, structure string, a Asset) error {
	if err := state(c.Ctx, tx, c.Scope, structure, c.Actor.Person, m.now()); err != nil {
		return err
	}
	return m.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: act, Structure: structure, Subject: "asset/" + a.ID, Data: trail.Data(map[string]any{"name": a.Name})})
}

// show is the page of an asset.
func (m *Module) show(c *web.Context) error { return m.page(c, nil, nil) }

func (m *Module) page(c *web.Context, d *draft, wrong ui.Errors) error {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	var a Asset
	if err := m.db.View(c.Ctx, func(tx *store.Tx) error {
		a, err = byID(c.Ctx, tx, c.Scope, string(s.ID), c.Path("asset"))
		return err
	}); err != nil {
		return err
	}
	if d == nil {
		own := draftOf(a)
		d = &own
	}
	page := web.Page{Title: a.Name, Over: c.T("asset.one"), Place: at, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("asset.title")}}, Errors: wrong}
	return c.Page(page, assetBody(a, *d, wrong, c.May(right.AddProof, at.Interval) && a.RetiredAt.IsZero()))
}

// terms is what is known of an asset, for those who may not change it.
func terms(ctx context.Context, a Asset) (list []ui.Term) {
	values := a.values()
	for _, column := range assetColumns(ctx) {
		if value := values[column.Key]; value != "" {
			if column.Show != nil {
				value = column.Show(value)
			}
			list = append(list, ui.Term{Name: column.Label, Value: ui.Text(value)})
		}
	}
	if !a.RetiredAt.IsZero() {
		list = append(list, ui.Term{Name: locale.T(ctx, "asset.retired"), Value: ui.Text(locale.From(ctx).Date(a.RetiredAt))})
	}
	return list
}

// change saves an asset.
func (m *Module) change(c *web.Context) error {
	var d draft
	err := c.Decode(&d)
	if err == nil {
		err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
			a, err := byID(c.Ctx, tx, c.Scope, c.Path("structure"), c.Path("asset"))
			if err != nil {
				return err
			}
			d.put(&a)
			a.Version = d.Version
			if err := Change(c.Ctx, tx, c.Scope, a, m.now()); err != nil {
				return err
			}
			return m.changed(c, tx, "asset.change", a.Structure, a)
		})
	}
	if fault.KindOf(err) == fault.KindConflict {
		err = fault.Invalid(fault.Field{Key: "asset.changed_meanwhile"})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.page(c, &d, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "asset.saved")
	return c.Redirect(address(c.Path("structure")))
}

// retire takes an asset out of the list.
func (m *Module) retire(c *web.Context) error {
	err := m.db.Update(c.Ctx, func(tx *store.Tx) error {
		a, err := byID(c.Ctx, tx, c.Scope, c.Path("structure"), c.Path("asset"))
		if err != nil {
			return err
		}
		if err := Retire(c.Ctx, tx, c.Scope, a, m.now()); err != nil {
			return err
		}
		return m.changed(c, tx, "asset.retire", a.Structure, a)
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "asset.retired_flash")
	return c.Redirect(address(c.Path("structure")))
}
