package administration

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/finess"
	"hygie/internal/finess/imports"
	"hygie/internal/job"
	"hygie/internal/locale"
	"hygie/internal/territory"
	"hygie/internal/territory/official"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// importBody is the page of an import that is over.
func (m *Module) importBody(c *web.Context, w work, wrong ui.Errors) templ.Component {
	if w.State != job.Done {
		return brokenBody(w)
	}
	if w.Failure != "" {
		return failedBody(w)
	}
	return outcomeBody(w, countTable(c, w), problemTable(c, w), sampleTable(c, w), wrong)
}

// importTerms say what the file is.
func importTerms(ctx context.Context, w work) []ui.Term {
	p := locale.From(ctx)
	date := p.T("administration.unknown")
	if day, err := time.Parse(time.DateOnly, w.Date); err == nil {
		date = p.Date(day)
	}
	list := []ui.Term{
		{Name: p.T("administration.file"), Value: ui.Text(w.Name)},
		{Name: p.T("administration.form"), Value: ui.Text(p.T("finess.form_" + formKey(w.Form)))},
		{Name: p.T("administration.extracted"), Value: ui.Text(date)},
		{Name: p.T("administration.rows"), Value: ui.Number(int64(w.Rows))},
	}
	if chosen := chosenFilters(p, w.order); chosen != "" {
		list = append(list, ui.Term{Name: p.T("administration.filters"), Value: ui.Text(chosen)})
	}
	return list
}

// chosenFilters says what the import is narrowed to.
func chosenFilters(p *locale.Printer, o order) string {
	var parts []string
	for _, r := range official.Regions() {
		if slices.Contains(o.Regions, r.Code) {
			parts = append(parts, r.Name)
		}
	}
	for _, s := range o.Sectors {
		parts = append(parts, p.T("administration.sector_"+string(s)))
	}
	if o.CloseAbsent {
		parts = append(parts, p.T("administration.close_absent"))
	}
	return strings.Join(parts, ", ")
}

// formKey is a form as message keys write it.
func formKey(form finess.Form) string {
	if form == finess.Plus {
		return "plus"
	}
	return "stock"
}

// countTable says how many structures of each kind change in each way.
func countTable(c *web.Context, w work) ui.Table {
	table := ui.Table{ID: "changes", Caption: c.T("administration.change_counts"), Dense: true, Scroll: true, Columns: []ui.Column{{Text: c.T("administration.change")}}}
	kinds := territory.Kinds()[1:] // there is one nation
	for _, k := range kinds {
		table.Columns = append(table.Columns, ui.Column{Text: c.T("administration.kinds_" + string(k)), End: true})
	}
	line := func(text string, counts map[territory.Kind]int) {
		cells, any := []templ.Component{ui.Text(text)}, false
		for _, k := range kinds {
			cells, any = append(cells, ui.Number(int64(counts[k]))), any || counts[k] > 0
		}
		if any {
			table.Rows = append(table.Rows, ui.Row{Cells: cells})
		}
	}
	for _, verb := range imports.Verbs() {
		line(capital(c.T("finess.verb_"+string(verb))), w.Counts[verb])
	}
	line(capital(c.T("finess.unchanged")), w.Unchanged)
	table.Total = len(table.Rows)
	return table
}

// notes are what is left aside, in sentences.
func notes(ctx context.Context, w work) (lines []string) {
	p := locale.From(ctx)
	for _, note := range []struct {
		key string
		n   int
	}{{"finess.known_closed", w.Known}, {"finess.filtered", w.Filtered}, {"finess.outside", w.Outside}, {"finess.kept", w.Kept}, {"administration.absent", w.Absent}} {
		if note.n > 0 {
			lines = append(lines, p.T(note.key, "count", note.n))
		}
	}
	return lines
}

// problemTable lists the remarks on the file, row by row.
func problemTable(c *web.Context, w work) ui.Table {
	table := ui.Table{ID: "problems", Caption: c.T("administration.problems"), Dense: true, Total: w.Errors + w.Warnings, Pager: ui.Pager{Total: w.Errors + w.Warnings},
		Columns: []ui.Column{{Text: c.T("administration.place")}, {Text: c.T("administration.consequence")}, {Text: c.T("administration.remark")}}}
	for _, problem := range w.Problems {
		consequence := ui.Tag{Text: c.T("administration.row_kept"), Tone: ui.Warn}
		if problem.Fatal {
			consequence = ui.Tag{Text: c.T("administration.row_left"), Tone: ui.Bad}
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Text(problem.Place()), consequence,
			ui.Text(capital(c.T("finess.problem."+string(problem.Code), "value", problem.Value, "detail", problem.Detail)))}})
	}
	return table
}

// sampleTable shows examples of what changes.
func sampleTable(c *web.Context, w work) ui.Table {
	table := ui.Table{ID: "samples", Caption: c.T("administration.samples"), Dense: true, Total: len(w.Samples),
		Columns: []ui.Column{{Text: c.T("administration.structure")}, {Text: "FINESS"}, {Text: c.T("administration.change")}}}
	detailed := slices.ContainsFunc(w.Samples, func(s imports.Sample) bool { return len(s.Differences) > 0 })
	if detailed {
		table.Columns = append(table.Columns, ui.Column{Text: c.T("administration.detail")})
	}
	for _, s := range w.Samples {
		var lines []string
		for _, d := range s.Differences {
			if d.Field == "name_source" { // of no use to a reader
				continue
			}
			lines = append(lines, c.T("finess.difference", "field", c.T("finess.field_"+d.Field), "old", differenceValue(c, d.Field, d.Old), "new", differenceValue(c, d.Field, d.New)))
		}
		cells := []templ.Component{ui.Text(s.Name), ui.Text(s.Finess), ui.Text(capital(c.T("finess.verb_" + string(s.Verb))))}
		if detailed {
			cells = append(cells, ui.Text(strings.Join(lines, " · ")))
		}
		table.Rows = append(table.Rows, ui.Row{Cells: cells})
	}
	return table
}

// differenceValue is a value of a field as a person reads it.
func differenceValue(c *web.Context, field, text string) string {
	switch {
	case text == "":
		return "—"
	case field == "role":
		return c.T("finess.role_" + text)
	}
	return text
}

// historyTable lists what was imported.
func historyTable(c *web.Context, list []done) ui.Table {
	table := ui.Table{ID: "history", Caption: c.T("administration.history"), Total: len(list),
		Columns: []ui.Column{{Text: c.T("administration.when")}, {Text: c.T("administration.form")}, {Text: c.T("administration.extracted")},
			{Text: c.T("administration.created"), End: true}, {Text: c.T("administration.changed"), End: true}, {Text: c.T("administration.closed"), End: true}, {Text: c.T("administration.who")}},
		Empty: ui.Empty{Title: c.T("administration.no_import"), Text: c.T("administration.no_import_text")}}
	for _, d := range list {
		who := d.who
		if who == "" {
			who = c.T("administration.by_command")
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Text(c.Printer.DateTime(d.applied)), ui.Text(c.T("finess.form_" + formKey(finess.Form(d.form)))), ui.Text(d.date),
			ui.Number(d.created), ui.Number(d.changed), ui.Number(d.closed), ui.Text(who)}})
	}
	return table
}

func regionOptions() []ui.Option {
	var options []ui.Option
	for _, r := range official.Regions() {
		options = append(options, ui.Option{Value: r.Code, Text: r.Name})
	}
	return options
}

func sectorOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, s := range sectors() {
		options = append(options, ui.Option{Value: string(s), Text: locale.T(ctx, "administration.sector_"+string(s))})
	}
	return options
}

func sectorValues(list []finess.Sector) []string {
	values := make([]string, len(list))
	for i, s := range list {
		values[i] = string(s)
	}
	return values
}

// checked is the value of a box.
func checked(yes bool) string {
	if yes {
		return "1"
	}
	return ""
}

// capital begins a text with a capital.
func capital(text string) string {
	runes := []rune(text)
	if len(runes) == 0 {
		return text
	}
	return strings.ToUpper(string(runes[:1])) + string(runes[1:])
}
