package continuity

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"hygie/crisisfolder"
	"hygie/internal/locale"
	"hygie/internal/web/ui"
)

// under is the address of a form: of a new thing, or of one that is there.
func under(list, id string) string {
	if id == "" {
		return list
	}
	return list + "/" + id
}

// positive is a number of a form; 0 is an empty field.
func positive(n int64) string {
	if n < 1 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// standing says how fresh the folder is.
func standing(ctx context.Context, v view) templ.Component {
	p, f := locale.From(ctx), v.Folder
	var terms []ui.Term
	add := func(key string, value templ.Component) { terms = append(terms, ui.Term{Name: p.T(key), Value: value}) }
	switch {
	case f.Number == 0 && !f.Stale():
		add("continuity.state", ui.Tag{Text: p.T("continuity.none"), Tone: ui.Warn})
	case f.Stale():
		add("continuity.state", ui.Tag{Text: p.T("continuity.making"), Tone: ui.Info, Icon: "clock"})
	case v.Now.After(f.At.AddDate(0, crisisfolder.Fresh, 0)):
		add("continuity.state", ui.Tag{Text: p.T("continuity.old"), Tone: ui.Bad})
	default:
		add("continuity.state", ui.Tag{Text: p.T("continuity.fresh"), Tone: ui.Good})
	}
	if f.Number > 0 {
		add("continuity.made", ui.Text(p.T("continuity.made_on", "number", f.Number, "when", p.DateTime(f.At), "ago", p.Ago(f.At, v.Now))))
		add("continuity.holds", ui.Text(p.T("continuity.holds_text", "count", f.Services, "size", p.Int((f.PDFSize+1023)/1024))))
	}
	return ui.Summary(terms)
}

// printedWords say which making is on paper.
func printedWords(ctx context.Context, v view) string {
	p, f := locale.From(ctx), v.Folder
	switch {
	case f.Printed == 0:
		return p.T("continuity.never_printed")
	case f.Printed == f.Number && !f.Stale():
		return p.T("continuity.printed_last", "number", f.Printed)
	case len(v.Since) == 0:
		return p.T("continuity.printed_same", "number", f.Printed, "when", p.DateTime(f.PrintedAt))
	}
	return p.T("continuity.printed_old", "number", f.Printed, "when", p.DateTime(f.PrintedAt))
}

// changes lists what changed, the latest first.
func changes(ctx context.Context, all []Change) templ.Component {
	p := locale.From(ctx)
	var events []ui.Event
	for _, c := range all {
		e := ui.Event{At: c.At, Title: p.T("continuity.change." + strings.ReplaceAll(c.What, ".", "_"))}
		if c.Subject != "" {
			e.Body = ui.Text(c.Subject)
		}
		events = append(events, e)
	}
	return ui.Timeline(events)
}

func contactTable(ctx context.Context, v view) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "contacts", Caption: p.T("continuity.contacts"), Total: ui.NoTotal, Columns: []ui.Column{{Text: p.T("continuity.name")}, {Text: p.T("continuity.role")}, {Text: p.T("continuity.phones")}, {Text: p.T("continuity.hours")}}}
	for _, c := range v.Contacts {
		var name templ.Component = ui.Text(c.Name)
		if v.Write {
			name = ui.Link{Href: v.address() + "/contacts/" + c.ID, Text: c.Name}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{name, ui.Text(c.Role), ui.Text(strings.ReplaceAll(c.Phones, "\n", ", ")), ui.Text(c.Hours)}})
	}
	return t
}

func serviceTable(ctx context.Context, v view) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "services", Caption: p.T("continuity.services"), Total: ui.NoTotal, Columns: []ui.Column{{Text: p.T("continuity.service_name")}, {Text: p.T("continuity.tolerance"), End: true}, {Text: p.T("continuity.manager")}, {Text: p.T("continuity.procedure")}}}
	for _, s := range v.Services {
		written := ui.Tag{Text: p.T("continuity.written"), Tone: ui.Good}
		if strings.TrimSpace(s.Procedure) == "" {
			written = ui.Tag{Text: p.T("continuity.unwritten"), Tone: ui.Warn}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Link{Href: v.address() + "/services/" + s.ID, Text: s.Name}, ui.Text(hours(p, s.Tolerance)), ui.Text(s.Manager), written}})
	}
	return t
}

func hours(p *locale.Printer, n int64) string {
	if n < 1 {
		return "?"
	}
	return p.T("continuity.in_hours", "count", n)
}

// modelTasks are the models to begin with, and none.
func modelTasks(ctx context.Context, v view, models []crisisfolder.Model) (all []ui.Task) {
	p := locale.From(ctx)
	for _, m := range models {
		all = append(all, ui.Task{Text: m.Title, Hint: p.T("continuity.model_hint", "count", strings.Count(m.Text, "\n- ")), Href: v.address() + "/services/new?model=" + m.ID})
	}
	return append(all, ui.Task{Text: p.T("continuity.model_none"), Href: v.address() + "/services/new?model=none"})
}

// serviceTerms are what is known of a service, for those who may not change it.
func serviceTerms(ctx context.Context, d serviceDraft) (all []ui.Term) {
	p := locale.From(ctx)
	for _, row := range [][2]string{{"continuity.tolerance", hours(p, d.Tolerance)}, {"continuity.manager", d.Manager}, {"continuity.phone", d.Phone}, {"continuity.box", d.Box}} {
		if row[1] != "" {
			all = append(all, ui.Term{Name: p.T(row[0]), Value: ui.Text(row[1])})
		}
	}
	return all
}

// languageOptions are the languages that a folder may be in.
func languageOptions(ctx context.Context) []ui.Option {
	return []ui.Option{{Value: string(locale.French), Text: locale.T(ctx, "continuity.language_fr")}, {Value: string(locale.English), Text: locale.T(ctx, "continuity.language_en")}}
}
