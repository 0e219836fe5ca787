package incident

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/locale"
	"hygie/internal/logbook"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

func incidentTable(ctx context.Context, all []Incident, suffix string) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "incidents", Caption: p.T("incident.title"), Total: ui.NoTotal,
		Columns: []ui.Column{{Text: p.T("incident.one")}, {Text: p.T("incident.kind_label")}, {Text: p.T("incident.noticed")}, {Text: p.T("incident.care_label")}, {Text: p.T("incident.state")}}}
	for _, i := range all {
		state := ui.Tag{Text: p.T("incident.is_open"), Tone: ui.Warn}
		if !i.Closed.IsZero() {
			state = ui.Tag{Text: p.T("incident.is_over"), Tone: ui.Good}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Link{Href: i.at() + suffix, Text: i.Title}, ui.Text(p.T(i.Kind.MessageKey())), ui.Text(p.DateTime(i.Noticed)), ui.Text(p.T(i.Care.MessageKey())), state}})
	}
	return t
}

// clockTone gives a shape and a colour to the words of a clock.
func clockTone(c Clock) ui.Tone {
	switch c.State {
	case Now, Overdue, MadeLate:
		return ui.Bad
	case Open:
		return ui.Warn
	case Made:
		return ui.Good
	}
	return ui.Info
}

func clockList(ctx context.Context, clocks []Clock) ui.Table {
	p := locale.From(ctx)
	t := ui.Table{ID: "clocks", Caption: p.T("incident.clocks"), Total: ui.NoTotal, Columns: []ui.Column{{Text: p.T("incident.clock_name")}, {Text: p.T("incident.clock_state")}, {Text: p.T("incident.clock_why")}}}
	for _, c := range clocks {
		why := p.T("incident.clock_text."+c.ID, "count", max(c.Hours, c.Months)) + " " + c.Source
		if c.State == Maybe {
			why = p.T("incident.clock_maybe") + " " + why
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(p.T("incident.clock." + c.ID)), ui.Tag{Text: clockWords(p, c), Tone: clockTone(c)}, ui.Text(why)}})
	}
	return t
}

func serviceTable(ctx context.Context, v view) ui.Table {
	p := locale.From(ctx)
	tones := map[ServiceState]ui.Tone{Running: ui.Good, Degraded: ui.Warn, Stopped: ui.Bad}
	t := ui.Table{ID: "services", Caption: p.T("incident.services"), Total: ui.NoTotal, Columns: []ui.Column{{Text: p.T("incident.service")}, {Text: p.T("incident.state")}, {Text: p.T("incident.since")}, {Text: p.T("incident.note")}}}
	for _, s := range v.Services {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(s.Name), ui.Tag{Text: p.T(s.State.MessageKey()), Tone: tones[s.State]}, ui.Text(p.DateTime(s.Since)), ui.Text(s.Note)}})
	}
	return t
}

func draftTasks(ctx context.Context, v view) (all []ui.Task) {
	p := locale.From(ctx)
	for _, d := range v.Drafts {
		status := ui.Doing
		if d.Filled() == len(d.Fields) {
			status = ui.Done
		}
		all = append(all, ui.Task{Text: p.T("incident.declaration." + d.ID), Hint: p.T("incident.draft_lead", "filled", d.Filled(), "count", len(d.Fields)), Href: v.at() + "/declarations/" + d.ID, Status: status})
	}
	return all
}

func terms(ctx context.Context, i Incident) []ui.Term {
	p := locale.From(ctx)
	term := func(key, value string) ui.Term { return ui.Term{Name: p.T(key), Value: ui.Text(value)} }
	return []ui.Term{term("incident.kind_label", p.T(i.Kind.MessageKey())), term("incident.malicious", p.T("incident.malicious_"+or(i.Malicious, "unknown"))), term("incident.care_label", p.T(i.Care.MessageKey())),
		term("incident.occurred", moment(p, i.Occurred)), term("incident.noticed", moment(p, i.Noticed)), term("incident.qualified", moment(p, i.Qualified))}
}

func events(ctx context.Context, lines []logbook.Line) (all []ui.Event) {
	p := locale.From(ctx)
	for n := len(lines) - 1; n >= 0; n-- {
		l := lines[n]
		all = append(all, ui.Event{At: l.At, Title: strconv.FormatInt(l.Number, 10) + ". " + p.T(l.Kind.MessageKey()), Who: strings.Join(nonEmpty(l.Name, l.Role, l.Cell), ", "), Body: lineText(l.Text)})
	}
	return all
}

func careOptions(ctx context.Context) []ui.Option {
	all := []ui.Option{{Value: "", Text: locale.T(ctx, Care("").MessageKey())}}
	for _, c := range cares() {
		all = append(all, ui.Option{Value: string(c), Text: locale.T(ctx, c.MessageKey())})
	}
	return all
}

func kindOptions(ctx context.Context) []ui.Option {
	all := []ui.Option{{Value: "", Text: locale.T(ctx, Kind("").MessageKey())}}
	for _, k := range Kinds() {
		all = append(all, ui.Option{Value: string(k), Text: locale.T(ctx, k.MessageKey())})
	}
	return all
}

func stateOptions(ctx context.Context) (all []ui.Option) {
	for _, s := range serviceStates() {
		all = append(all, ui.Option{Value: string(s), Text: locale.T(ctx, s.MessageKey())})
	}
	return all
}

func yesNo(ctx context.Context) []ui.Option {
	return []ui.Option{{Value: "yes", Text: locale.T(ctx, "incident.yes")}, {Value: "no", Text: locale.T(ctx, "incident.no")}, {Value: "", Text: locale.T(ctx, "incident.dont_know")}}
}

func replaceOptions(ctx context.Context, contacts []string) []ui.Option {
	all := []ui.Option{{Value: "", Text: locale.T(ctx, "incident.replaces_none")}}
	for _, id := range contacts {
		all = append(all, ui.Option{Value: id, Text: locale.T(ctx, "incident.contact."+id)})
	}
	return all
}

// anybodyComing tells whether a shift is planned for later.
func (v view) anybodyComing() bool {
	return slices.ContainsFunc(v.Shifts, func(s Shift) bool { return s.coming(v.Now) })
}

// inField is a moment as a field of a form wants it.
func inField(ctx context.Context, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(locale.From(ctx).Zone()).Format("2006-01-02T15:04")
}

// follow makes what a page shows and nobody types in ask for itself again when the main courante grows, and now and then because clocks run.
func follow(v view) templ.Attributes {
	if !v.Closed.IsZero() {
		return nil
	}
	return templ.Attributes{"hx-get": or(v.HelperFor, v.at()), "hx-select": "#incident-clocks", "hx-select-oob": "#incident-services,#incident-last", "hx-swap": "outerHTML", "hx-trigger": "live, every 60s",
		"data-live": logbook.Topic(v.Book)}
}

// contactName is the proper name of a contact, or what the language calls it.
func contactName(ctx context.Context, k contact) string {
	if k.Name != "" {
		return k.Name
	}
	return locale.T(ctx, "incident.contact."+k.ID)
}

// contactFor says whom a contact serves.
func contactFor(ctx context.Context, k contact) string {
	if k.Purpose != "" {
		return k.Purpose
	}
	return locale.T(ctx, "incident.contact_for."+or(k.For, k.ID))
}

// contactSource says where a number comes from.
func contactSource(ctx context.Context, k contact) string {
	if k.Mark == "own" {
		return locale.T(ctx, "incident.number_source", "name", k.Source, "when", locale.From(ctx).Date(k.At))
	}
	return k.Source
}

// digits of a telephone number.
func digits(phone string) string {
	return strings.NewReplacer(" ", "", ".", "", "(", "", ")", "").Replace(phone)
}

// figureOf is a published figure with its unit.
func figureOf(p *locale.Printer, s series, count int64) templ.Component {
	if s.Unit == "" {
		return ui.Number(count)
	}
	return ui.Text(p.T("incident.share_of", "share", count))
}

// observatoryBody is our own figures, then what was published.
func observatoryBody(c *web.Context, figures []Figure, published []series) templ.Component {
	own := ui.Table{ID: "figures", Caption: c.T("incident.observatory_own"), ShowCaption: true, Total: ui.NoTotal, Scroll: true, Exports: c.Exports(), Query: ui.ReadQuery(c.R.URL, nil, ""),
		Empty: ui.Empty{Title: c.T("incident.observatory_none"), Text: c.T("incident.observatory_none_text")}}
	for i, name := range figureHeader(c.Printer) {
		own.Columns = append(own.Columns, ui.Column{Text: name, End: i > 3})
	}
	for _, f := range figures {
		own.Rows = append(own.Rows, ui.Row{Cells: []templ.Component{ui.Text(strconv.Itoa(f.Year)), ui.Text(or(f.Region, "—")), ui.Text(c.T(f.Family.MessageKey())), ui.Text(c.T(f.Kind.MessageKey())), ui.Number(f.Count), ui.Number(f.Malicious), ui.Number(f.Accident), ui.Number(f.Care), ui.Number(f.CareKnown)}})
	}
	var history []ui.Table
	for _, s := range published {
		t := ui.Table{ID: "series-" + s.ID, Caption: c.T("incident.series."+s.ID, "scope", s.Scope), ShowCaption: true, Total: ui.NoTotal, Dense: true,
			Columns: []ui.Column{{Text: c.T("incident.year")}, {Text: c.T("incident.count"), End: true}, {Text: c.T("incident.note")}}}
		for _, p := range s.Points {
			t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Text(strconv.Itoa(p.Year)), figureOf(c.Printer, s, p.Count), ui.Text(p.Note)}})
		}
		history = append(history, t)
	}
	return observatoryPage(own, history, published)
}
