package audit

import (
	"iter"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"hygie/directory/points"
	"hygie/directory/points/guidance"
	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// pointView is everything the page of a point shows.
type pointView struct {
	Run        Run
	Point      Point
	Text       guidance.Text
	Objects    []Object
	Total      int
	Acceptance *Acceptance
	Action     *plan.Action
	Query      ui.Query

	mayPlan, mayAccept bool
}

// point is the page of one control point of a run: what it means, its objects, and how to mend it.
func (m *Module) point(c *web.Context) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	v := pointView{Query: ui.ReadQuery(c.R.URL, nil, "")}
	var ok bool
	if v.Text, ok = m.catalog(c).Point(c.Path("point")); !ok {
		return fault.NotFound("audit.no_such_point")
	}
	filter := ObjectFilter{Domain: v.Query.Get("domain"), Point: v.Text.ID, Status: v.Query.Get("status"), Words: v.Query.Get("q")}
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if v.Run, err = m.found(c, tx); err != nil {
			return err
		}
		rows, err := pointsOf(c.Ctx, tx, v.Run.ID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(rows, func(p Point) bool { return p.ID == filter.Point && (filter.Domain == "" || p.Domain == filter.Domain) })
		if at < 0 {
			return fault.NotFound("audit.no_such_point")
		}
		v.Point = rows[at]
		filter.Domain = v.Point.Domain
		if v.Objects, v.Total, err = objectsOf(c.Ctx, tx, v.Run.ID, filter, v.Query.Size, v.Query.Offset()); err != nil {
			return err
		}
		return m.decisions(c, tx, &v)
	})
	if err != nil {
		return err
	}
	if c.Query("format") != "" {
		if err := m.taken(c, v.Run, "audit.export", map[string]any{"point": v.Text.ID, "domain": filter.Domain}); err != nil {
			return err
		}
	}
	if ok, err := c.Export(m.objectSheet(c, v.Run, filter)); ok {
		return err
	}
	v.mayPlan, v.mayAccept = c.May(right.EditActions, at.Interval), c.May(right.AcceptRisk, at.Interval)
	page := web.Page{Title: v.Text.Title, Over: c.T("audit.point_over", "level", v.Point.Level, "point", v.Text.ID), Place: at, Crumbs: []ui.Link{
		{Href: address(at.ID), Text: c.T("audit.title")},
		{Href: address(at.ID) + "/runs/" + v.Run.ID, Text: c.T("audit.run_title", "date", c.Printer.Date(v.Run.AsOf))},
	}}
	return c.Page(page, m.pointBody(c, v))
}

// decisions reads what was decided about the point: an acceptance in force, an action in the plan.
func (m *Module) decisions(c *web.Context, tx *store.Tx, v *pointView) error {
	acceptances, err := acceptancesOf(c.Ctx, tx, c.Scope, v.Run.Structure, m.service.now())
	if err != nil {
		return err
	}
	for _, a := range acceptances {
		if a.Point == v.Point.ID && a.Domain == v.Point.Domain {
			v.Acceptance = &a
		}
	}
	actions, err := planned(c.Ctx, tx, c, v.Run.Structure)
	if err != nil {
		return err
	}
	if a, ok := actions[reference(v.Point.ID, v.Point.Domain)]; ok {
		v.Action = &a
	}
	return nil
}

// objectsTable is the list of objects of the point.
func (m *Module) objectsTable(c templContext, v pointView) templ.Component {
	columns := []ui.Column{{Text: c.T("audit.object")}, {Text: c.T("audit.reason")}}
	compared := v.Run.PreviousID != ""
	filters := []ui.Field{{Name: "q", Label: c.T("audit.object_words"), Kind: ui.SearchField}}
	if compared {
		columns = append(columns, ui.Column{Text: c.T("audit.since_previous")})
		options := []ui.Option{{Value: "", Text: c.T("audit.status_all")}}
		for _, s := range []ui.Status{ui.New, ui.Back, ui.Persisting, ui.Fixed} {
			options = append(options, ui.Option{Value: string(s), Text: c.T(s.MessageKey())})
		}
		filters = append(filters, ui.Field{Name: "status", Label: c.T("audit.since_previous"), Kind: ui.SelectField, Options: options})
	}
	table := ui.Table{ID: "objects", Caption: c.T("audit.objects"), Columns: columns, Query: v.Query, Total: v.Total, Pager: v.Query.Pages(v.Total), Exports: []ui.Format{"csv"},
		Filters: filters, Dense: true, Empty: ui.Empty{Title: c.T("audit.no_object"), Text: c.T("audit.no_object_text")}}
	for _, o := range v.Objects {
		cells := []templ.Component{objectCell(o), ui.Text(o.Reason.Text(c.lang))}
		if compared {
			cells = append(cells, ui.Status(o.Status))
		}
		table.Rows = append(table.Rows, ui.Row{Cells: cells})
	}
	return table
}

// exportAtOnce is how many objects an export reads at a time.
const exportAtOnce = 1000

func (m *Module) objectSheet(c *web.Context, run Run, f ObjectFilter) web.Sheet {
	return web.Sheet{
		Name:   f.Point + "-" + run.AsOf.Format("2006-01-02"),
		Header: []string{c.T("audit.domain"), c.T("audit.point"), c.T("audit.object"), "SID", c.T("audit.reason"), c.T("audit.since_previous")},
		Rows:   m.exported(c, run, f),
	}
}

func (m *Module) exported(c *web.Context, run Run, f ObjectFilter) iter.Seq2[[]any, error] {
	lang := string(c.Printer.Lang())
	return func(yield func([]any, error) bool) {
		for offset := 0; ; offset += exportAtOnce {
			var part []Object
			err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
				part, _, err = objectsOf(c.Ctx, tx, run.ID, f, exportAtOnce, offset)
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, o := range part {
				status := ""
				if o.Status != "" {
					status = c.T(ui.Status(o.Status).MessageKey())
				}
				if !yield([]any{o.Domain, o.Point, o.DN, o.SID, o.Reason.Text(lang), status}, nil) {
					return
				}
			}
			if len(part) < exportAtOnce {
				return
			}
		}
	}
}

// pointStatus is how a point is shown: accepted ones say so.
func pointStatus(p Point, accepted bool) ui.Status {
	if accepted && p.Status == points.Failed {
		return ui.Accepted
	}
	return ui.Status(p.Status)
}

// acceptQuestion is the page that asks whether a risk is accepted.
func acceptQuestion(run Run, id, domain string) string {
	return acceptPath(run.Structure, id) + "?" + url.Values{"domain": {domain}, "run": {run.ID}}.Encode()
}
