package overview

import (
	"context"
	"io"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// lang is the reader's language, as referentials name it.
func lang(ctx context.Context) referential.Lang { return referential.Lang(locale.From(ctx).Lang()) }

func zone(ctx context.Context) *time.Location { return locale.From(ctx).Zone() }

// homeBody shows the reader's own structures, or what to do without any.
func homeBody(c *web.Context, cards []card) templ.Component {
	if len(cards) == 0 {
		title, text := c.T("overview.none"), c.T("overview.none_text")
		for _, g := range c.Actor.Grants {
			if g.Structure == "" {
				title, text = c.T("overview.everywhere"), c.T("overview.structures_lead")
			}
		}
		return ui.Empty{Title: title, Text: text, Act: ui.Button{Text: c.T("overview.see_below"), Href: "/structures"}}
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for _, one := range cards {
			if err := cardBody(one, c.Now()).Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
}

func structuresTable(c *web.Context, q ui.Query, found []territory.Structure, measured map[string]measure, next string) templ.Component {
	kinds := []ui.Option{{Value: "", Text: c.T("overview.kind_all")}}
	for _, k := range []string{"ght", "operator"} {
		kinds = append(kinds, ui.Option{Value: k, Text: c.T("place.group_" + k)})
	}
	for _, k := range []territory.Kind{territory.Entity, territory.Establishment, territory.Region} {
		kinds = append(kinds, ui.Option{Value: string(k), Text: c.T("place." + string(k))})
	}
	table := ui.Table{ID: "structures", Caption: c.T("overview.structures"), Query: q, Total: -1, Exports: c.Exports(), Columns: listColumns(c),
		Filters: []ui.Field{{Name: "q", Label: c.T("overview.words"), Kind: ui.SearchField}, {Name: "kind", Label: c.T("overview.kind"), Kind: ui.SelectField, Options: kinds}},
		Empty:   ui.Empty{Title: c.T("overview.empty"), Text: c.T("overview.empty_text")}}
	if next != "" {
		table.Pager = ui.Pager{Next: q.With("after", next), Total: -1}
	}
	if q.After != "" {
		table.Pager.Previous, table.Pager.Total = q.With("after", ""), -1
	}
	for _, s := range found {
		table.Rows = append(table.Rows, structureRow(c.Printer, s, measured))
	}
	return table
}

func listColumns(c interface {
	T(string, ...any) string
}) []ui.Column {
	return []ui.Column{{Text: c.T("overview.name")}, {Text: c.T("overview.kind")}, {Text: c.T("overview.finess")}, {Text: c.T("overview.city")}, {Text: c.T("overview.level")}}
}

func structureRow(p *locale.Printer, s territory.Structure, measured map[string]measure) ui.Row {
	var level templ.Component = ui.Text("–")
	if l, ok := measured[string(s.ID)]; ok {
		level = ui.Gauge{Level: int(l.level), AtMost: l.atMost, Small: true}
	}
	return ui.Row{ID: "structure-" + string(s.ID), Cells: []templ.Component{
		anchor(address(s.ID), s.Name), ui.Text(p.T(place.KindKey(s))), ui.Text(s.Finess), ui.Text(s.City), level,
	}}
}

func childrenTable(ctx context.Context, v situationView) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "below", Caption: p.T("overview.below"), Total: -1, Columns: listColumns(p)}
	for _, s := range v.Children {
		table.Rows = append(table.Rows, structureRow(p, s, v.Measured))
	}
	return table
}

func membersTable(ctx context.Context, v situationView) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "members", Caption: p.T("overview.members"), Total: -1, Columns: []ui.Column{{Text: p.T("overview.name")}, {Text: p.T("overview.role")}, {Text: p.T("overview.city")}, {Text: p.T("overview.level")}}}
	for _, member := range v.Members {
		name := ui.Text(member.Subject.Name)
		if member.Within {
			name = anchor(address(member.Subject.ID), member.Subject.Name)
		}
		var level templ.Component = ui.Text("–")
		if l, ok := v.Measured[string(member.Subject.ID)]; ok {
			level = ui.Gauge{Level: int(l.level), AtMost: l.atMost, Small: true}
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{name, ui.Text(p.T("overview.role_" + string(member.Role))), ui.Text(member.Subject.City), level}})
	}
	return table
}

// identity is what is known of a structure.
func identity(ctx context.Context, s territory.Structure) []ui.Term {
	p := locale.From(ctx)
	terms := []ui.Term{{Name: p.T("overview.kind"), Value: ui.Text(p.T(place.KindKey(s)))}}
	add := func(name, value string) {
		if value != "" {
			terms = append(terms, ui.Term{Name: name, Value: ui.Text(value)})
		}
	}
	add(p.T("overview.finess"), s.Finess)
	add("SIREN", s.Siren)
	add("SIRET", s.Siret)
	add(p.T("overview.category"), s.CategoryLabel)
	add(p.T("overview.city"), s.City)
	add(p.T("overview.department"), s.Department)
	return terms
}

// situationBody is the page of a structure.
func (m *Module) situationBody(_ *web.Context, v situationView) templ.Component {
	return m.situationContent(v)
}

// requirementTasks lists the requirements of a package with their verdicts and, for those not met, the first reason.
func requirementTasks(ctx context.Context, s territory.Structure, a assessment) []ui.Task {
	var tasks []ui.Task
	for _, r := range a.Package.Requirements() {
		v, ok := a.Verdict(r.Code)
		if !ok || v.Status == referential.NotApplicable {
			continue
		}
		task := ui.Task{Text: r.Title.In(lang(ctx)), Href: packageHref(s, a.Package) + "#r-" + r.Code, Status: ui.Status(v.Status)}
		if v.NextAction != nil {
			task.Hint = v.NextAction.Text(lang(ctx), zone(ctx))
		}
		tasks = append(tasks, task)
	}
	return tasks
}

func packageHref(s territory.Structure, p *referential.Package) string {
	return address(s.ID) + "/referentials/" + p.ID
}

// verdict is an answer as a chip; what does not apply says so without judging.
func verdict(ctx context.Context, s referential.Status) templ.Component {
	if s == referential.NotApplicable {
		return ui.Tag{Text: locale.T(ctx, "overview.not_applicable"), Icon: "dash-circle", Open: true}
	}
	return ui.Status(s)
}

// mark says how sure a line is.
func mark(ctx context.Context, m referential.Mark) templ.Component {
	return ui.Tag{Text: locale.T(ctx, "overview.mark_"+string(m)), Icon: "none", Open: true}
}

// referentialBody is the page of a package for a structure.
func (m *Module) referentialBody(c *web.Context, s territory.Structure, p *referential.Package, a referential.Assessment, day time.Time) templ.Component {
	acts := map[string]ui.Button{}
	for _, v := range a.Requirements {
		if v.NextAction != nil {
			acts[v.Code] = m.button(c, s, *v.NextAction)
		}
	}
	return m.packageContent(s, p, a, day, acts)
}

// documents names the documents that a requirement wants joined.
func documents(ctx context.Context, packages []*referential.Package, r referential.Requirement) []string {
	var names []string
	for _, code := range r.Evidence {
		for _, p := range packages {
			for _, kind := range p.Documents {
				if kind.Code == code {
					names = append(names, kind.Label.In(lang(ctx)))
				}
			}
		}
	}
	return names
}
