package overview

import (
	"context"
	"strconv"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// list shows the structures of the reader's scope, to search, filter and sort.
func (m *Module) list(c *web.Context) error {
	q := ui.ReadQuery(c.R.URL, sortable(c.Printer, !postureOf(c.Actor).Empty()), "name")
	ch := m.choice(c, q)
	if ok, err := c.Export(m.sheet(c, ch)); ok {
		return err
	}
	var found []listed
	var groups []ui.Option
	total := 0
	err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if groups, err = divisions(c, tx); err != nil {
			return err
		}
		found, total, err = structures(c.Ctx, tx, c.Scope, ch)
		return err
	})
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("overview.structures"), Lead: c.T("overview.structures_lead")}, structuresTable(c, q, ch, groups, found, total))
}

// choice reads the filters of the list from its address.
func (m *Module) choice(c *web.Context, q ui.Query) choice {
	kind, group := kindOf(q.Get("kind"))
	ch := choice{Posture: postureOf(c.Actor), Sort: q.Sort, Desc: q.Desc, Limit: q.Size, Offset: q.Offset(),
		Filter: territory.Filter{Text: q.Get("q"), Kind: kind, GroupKind: group, Status: territory.Active, Below: territory.ID(q.Get("group"))}}
	if level := q.Get("level"); level == neverMeasured || len(level) == 1 && level >= "1" && level <= "5" {
		ch.Level = level
		if ch.Kind == "" { // the programme measures legal entities
			ch.Kind = territory.Entity
		}
	}
	return ch
}

// kindOf reads the filter of the list: a kind of structure, or a kind of group.
func kindOf(text string) (territory.Kind, territory.GroupKind) {
	if g := territory.GroupKind(text); g.Valid() {
		return territory.Group, g
	}
	if k := territory.Kind(text); k.Valid() {
		return k, ""
	}
	return "", ""
}

// mostDivisions bounds the regions and groups that are offered as filters.
const mostDivisions = 150

// divisions are the regions and groups of the reader's scope, to filter by; with one alone there is nothing to choose.
func divisions(c *web.Context, tx *store.Tx) ([]ui.Option, error) {
	options := []ui.Option{{Value: "", Text: c.T("overview.group_all")}}
	for _, f := range []territory.Filter{{Kind: territory.Region}, {Kind: territory.Group, GroupKind: territory.GHT}, {Kind: territory.Group, GroupKind: territory.Operator}} {
		f.Status, f.Limit = territory.Active, mostDivisions
		found, _, err := territory.List(c.Ctx, tx, c.Scope, f)
		if err != nil {
			return nil, err
		}
		if f.Kind == territory.Region && len(found) < 2 {
			continue
		}
		for _, s := range found {
			options = append(options, ui.Option{Value: string(s.ID), Text: s.Name})
		}
	}
	return options, nil
}

// sortable are the columns of the list; levels only for who may see some.
func sortable(p *locale.Printer, posture bool) []ui.Column {
	columns := []ui.Column{{Name: "name", Text: p.T("overview.name"), Sort: true}, {Text: p.T("overview.kind")}, {Text: p.T("overview.finess")}, {Text: p.T("overview.city")}}
	if posture {
		columns = append(columns, ui.Column{Name: "level", Text: p.T("overview.level"), Sort: true}, ui.Column{Name: "measured", Text: p.T("overview.measured"), Sort: true})
	}
	return columns
}

func structuresTable(c *web.Context, q ui.Query, ch choice, groups []ui.Option, found []listed, total int) templ.Component {
	posture := !ch.Posture.Empty()
	kinds := []ui.Option{{Value: "", Text: c.T("overview.kind_all")}}
	for _, k := range []string{"ght", "operator"} {
		kinds = append(kinds, ui.Option{Value: k, Text: c.T("place.group_" + k)})
	}
	for _, k := range []territory.Kind{territory.Entity, territory.Establishment, territory.Region} {
		kinds = append(kinds, ui.Option{Value: string(k), Text: c.T("place." + string(k))})
	}
	table := ui.Table{ID: "structures", Caption: c.T("overview.structures"), Query: q, Total: total, Pager: q.Pages(total), Exports: c.Exports(), Columns: sortable(c.Printer, posture), Dense: true,
		Filters: []ui.Field{{Name: "q", Label: c.T("overview.words"), Kind: ui.SearchField}, {Name: "kind", Label: c.T("overview.kind"), Kind: ui.SelectField, Options: kinds}},
		Empty:   ui.Empty{Title: c.T("overview.empty"), Text: c.T("overview.empty_text")}}
	if len(groups) > 2 {
		table.Filters = append(table.Filters, ui.Field{Name: "group", Label: c.T("overview.group"), Kind: ui.SelectField, Options: groups})
	}
	if posture {
		table.Filters = append(table.Filters, ui.Field{Name: "level", Label: c.T("overview.level"), Kind: ui.SelectField, Options: levelOptions(c)})
	}
	if total < 0 { // more than were counted
		table.Pager = ui.Pager{Total: -1}
		if q.Page > 1 {
			table.Pager.Previous = q.With("page", strconv.Itoa(q.Page-1))
		}
		if len(found) == q.Size {
			table.Pager.Next = q.With("page", strconv.Itoa(q.Page+1))
		}
	}
	for _, s := range found {
		table.Rows = append(table.Rows, structureRow(c.Printer, s, posture, posture))
	}
	return table
}

func levelOptions(c *web.Context) []ui.Option {
	options := []ui.Option{{Value: "", Text: c.T("overview.level_all")}, {Value: neverMeasured, Text: c.T("overview.never")}}
	for level := worstLevel; level <= bestLevel; level++ {
		options = append(options, ui.Option{Value: strconv.Itoa(level), Text: c.T("overview.level_n", "level", level)})
	}
	return options
}

func structureRow(p *locale.Printer, s listed, level, day bool) ui.Row {
	cells := []templ.Component{ui.Link{Href: address(s.ID), Text: s.Name}, ui.Text(p.T(place.KindKey(s.Structure))), ui.Text(s.Finess), ui.Text(s.City)}
	if level {
		cells = append(cells, gaugeCell(s.Structure, s.Measure))
	}
	if day {
		cells = append(cells, dayCell(p, s.Measure))
	}
	return ui.Row{ID: "structure-" + string(s.ID), Cells: cells}
}

// gaugeCell shows a level, or says that there is none where there ought to be one.
func gaugeCell(s territory.Structure, l *measure) templ.Component {
	switch {
	case l != nil:
		return ui.Gauge{Level: l.level, AtMost: l.atMost, Small: true}
	case s.Kind == territory.Entity:
		return message("overview.never")
	}
	return ui.Text("")
}

func dayCell(p *locale.Printer, l *measure) templ.Component {
	if l == nil {
		return ui.Text("")
	}
	return ui.Text(p.ShortDate(l.at))
}

// exportAtOnce is how many structures an export reads at a time.
const exportAtOnce = 500

// sheet is the list as a file.
func (m *Module) sheet(c *web.Context, ch choice) web.Sheet {
	header := []string{}
	for _, key := range []string{"name", "kind", "finess", "city", "department", "level", "measured"} {
		header = append(header, c.T("overview."+key))
	}
	return web.Sheet{Name: c.T("overview.file"), Header: header, Rows: func(yield func([]any, error) bool) {
		for ch.Limit, ch.Offset = exportAtOnce, 0; ; ch.Offset += exportAtOnce {
			var found []listed
			err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
				found, _, err = structures(c.Ctx, tx, c.Scope, ch)
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, s := range found {
				if !yield(sheetRow(c.Ctx, s), nil) {
					return
				}
			}
			if len(found) < exportAtOnce {
				return
			}
		}
	}}
}

func sheetRow(ctx context.Context, s listed) []any {
	row := []any{s.Name, locale.T(ctx, place.KindKey(s.Structure)), s.Finess, s.City, s.Department, "", ""}
	if s.Measure != nil {
		row[5], row[6] = s.Measure.level, s.Measure.at
	}
	return row
}
