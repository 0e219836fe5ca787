package administration

import (
	"context"
	"errors"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
	"hygie/referential"
)

// openLine is a line of a package that may be completed, with what was made of it.
type openLine struct {
	pkg     *referential.Package // as its file has it
	title   string
	plain   referential.Open // as the file has it
	line    referential.Open // as it holds
	history []proof.Amendment
	names   map[string]string
}

func (l openLine) href() string { return lineHref(l.pkg.ID, l.plain.LineRef) }

func (l openLine) subject() string {
	return "referential/" + l.pkg.ID + "/" + string(l.plain.Kind) + "/" + l.plain.Code
}

// completed tells whether something was completed that holds.
func (l openLine) completed() bool { return len(l.history) > 0 && !l.history[0].TakenBack }

// kind is the form of the line's value; empty when it has none.
func (l openLine) kind() referential.ValueKind {
	switch {
	case l.plain.Accepts != nil:
		return l.plain.Accepts.Kind
	case l.plain.Kind == referential.MilestoneLine:
		return referential.DateKind
	}
	return ""
}

// openLine finds the line in the path.
func (m *Module) openLine(c *web.Context) (l openLine, err error) {
	ref := referential.LineRef{Kind: referential.LineKind(c.Path("kind")), Code: c.Path("code")}
	err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
		set, err := m.Shelf.Now(c.Ctx, tx, m.Now())
		if err != nil {
			return err
		}
		p, known := set.Find(c.Path("package"))
		if !known {
			return fault.NotFound("administration.no_referential")
		}
		l.pkg, l.title = set.Edition(p.ID).Plain, p.Title.In(lang(c))
		if l.plain, known = l.pkg.Line(ref); !known || !l.plain.Amendable() {
			return fault.NotFound("administration.no_line_open")
		}
		l.line, _ = p.Line(ref)
		if l.history, err = proof.AmendmentsOf(c.Ctx, tx, p.ID, ref); err != nil {
			return err
		}
		l.names, err = whoCompleted(c.Ctx, tx, l.history)
		return err
	})
	return l, err
}

func whoCompleted(ctx context.Context, tx *store.Tx, history []proof.Amendment) (map[string]string, error) {
	var ids []string
	for _, a := range history {
		ids = append(ids, a.By)
	}
	return people.Names(ctx, tx, ids...)
}

// lineForm is the form of a completion.
type lineForm struct {
	Value    string `form:"value,max=500"`
	TitleFR  string `form:"title_fr,max=1000"`
	TitleEN  string `form:"title_en,max=1000"`
	HelpFR   string `form:"help_fr,max=3000"`
	HelpEN   string `form:"help_en,max=3000"`
	From     string `form:"valid_from,max=10"`
	Until    string `form:"valid_until,max=10"`
	SourceFR string `form:"source_fr,max=1000"`
	SourceEN string `form:"source_en,max=1000"`
	URL      string `form:"url,max=1000"`
	ReadOn   string `form:"read_on,max=10"`
}

// formOf fills the form with what holds; a source is only proposed when an administrator gave it.
func formOf(c *web.Context, l openLine) lineForm {
	f := lineForm{}
	if l.line.Value.Kind != "" {
		f.Value = fieldValue(c.Printer, l.line.Value)
	}
	if !l.completed() {
		return f
	}
	a := l.history[0]
	f.TitleFR, f.TitleEN, f.HelpFR, f.HelpEN = a.Title.FR, a.Title.EN, a.Help.FR, a.Help.EN
	f.SourceFR, f.SourceEN, f.URL = a.Source.Text.FR, a.Source.Text.EN, a.Source.URL
	f.From, f.Until, f.ReadOn = isoDay(a.Validity.From), isoDay(a.Validity.Until), isoDay(a.Source.ReadOn)
	return f
}

func isoDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// linePage shows one line with its form and its history.
func (m *Module) linePage(c *web.Context) error {
	l, err := m.openLine(c)
	if err != nil {
		return err
	}
	return m.showLine(c, l, formOf(c, l), nil)
}

func (m *Module) showLine(c *web.Context, l openLine, form lineForm, wrong ui.Errors) error {
	page := web.Page{Title: capital(l.line.Title.In(lang(c))), Over: capital(c.T("administration.line_" + string(l.plain.Kind))), Lead: l.line.Help.In(lang(c)), Errors: wrong,
		Crumbs: []ui.Link{{Href: shelfPath, Text: c.T("administration.referentials")}, {Href: packageHref(l.pkg.ID), Text: l.title}}}
	return c.Page(page, lineBody(l, form, valueField(c, l, form, wrong), lineTerms(c, l), lineHistory(c, l), wrong))
}

func lineTerms(c *web.Context, l openLine) []ui.Term {
	terms := []ui.Term{{Name: c.T("administration.mark"), Value: markTag(c, l.line.Source.Mark)}}
	if l.kind() != "" {
		var value templ.Component = ui.Tag{Text: c.T("administration.to_complete"), Tone: ui.Warn}
		if l.line.Value.Kind != "" {
			value = ui.Text(valueText(c.Printer, l.line.Value))
		}
		terms = append(terms, ui.Term{Name: c.T("administration.value"), Value: value})
	}
	terms = append(terms, ui.Term{Name: c.T("administration.package_says"), Value: ui.Text(l.plain.Source.Text.In(lang(c)))})
	if l.completed() {
		terms = append(terms, ui.Term{Name: c.T("administration.found_in"), Value: ui.Text(l.line.Source.Text.In(lang(c)))})
		if l.line.Source.URL != "" {
			terms = append(terms, ui.Term{Name: c.T("administration.url"), Value: ui.Link{Href: l.line.Source.URL, Text: l.line.Source.URL}})
		}
		if !l.line.Source.ReadOn.IsZero() {
			terms = append(terms, ui.Term{Name: c.T("administration.read_on"), Value: ui.Text(c.Printer.In(time.UTC).Date(l.line.Source.ReadOn))})
		}
	}
	return terms
}

func lineHistory(c *web.Context, l openLine) ui.Table {
	table := ui.Table{ID: "history", Caption: c.T("administration.line_history"), Total: ui.NoTotal, Columns: []ui.Column{
		{Text: c.T("administration.when")}, {Text: c.T("administration.who")}, {Text: c.T("administration.value")}, {Text: c.T("administration.found_in")}}}
	for _, a := range l.history {
		value, source := "–", a.Source.Text.In(lang(c))
		switch {
		case a.TakenBack:
			value, source = c.T("administration.taken_back"), ""
		case a.Value.Kind != "":
			value = valueText(c.Printer, a.Value)
		case a.Title.FR != "":
			value = a.Title.In(lang(c))
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{whenCell(c.Printer.ShortDate(a.At) + " " + c.Printer.Clock(a.At)), ui.Text(who(c, l.names, a.By)), ui.Text(value), ui.Text(source)}})
	}
	return table
}

// valueField is the control that fits the kind of the line's value.
func valueField(c *web.Context, l openLine, form lineForm, wrong ui.Errors) ui.Field {
	f := ui.Field{Name: "value", Label: c.T("administration.value"), Value: form.Value, Errors: wrong, Short: true}
	choose := ui.Option{Value: "", Text: c.T("administration.choose")}
	switch kind := l.kind(); {
	case l.plain.Accepts != nil && len(l.plain.Accepts.OneOf) > 0:
		f.Kind, f.Options = ui.SelectField, []ui.Option{choose}
		for _, v := range l.plain.Accepts.OneOf {
			f.Options = append(f.Options, ui.Option{Value: v, Text: v})
		}
	case kind == referential.BoolKind:
		f.Kind, f.Options = ui.SelectField, []ui.Option{choose, {Value: "true", Text: c.T("web.yes")}, {Value: "false", Text: c.T("web.no")}}
	case kind == referential.DateKind:
		f.Kind = ui.DayField
	case kind == referential.NumberKind:
		f.Kind, f.Help = ui.NumberField, bounds(c.Printer, *l.plain.Accepts)
	default:
		f.Short = false
	}
	return f
}

// read makes a completion of what was typed.
func (l openLine) read(form lineForm) (referential.Amendment, error) {
	a := referential.Amendment{LineRef: l.plain.LineRef, Title: referential.Text{FR: form.TitleFR, EN: form.TitleEN}, Help: referential.Text{FR: form.HelpFR, EN: form.HelpEN},
		Source: referential.Source{Text: referential.Text{FR: form.SourceFR, EN: form.SourceEN}, URL: form.URL}}
	var wrong []fault.Field
	if kind := l.kind(); kind != "" {
		var err error
		a.Value, err = readValue(kind, form.Value)
		wrong = append(wrong, fault.Fields(err)...)
	}
	for _, day := range []struct {
		name, text string
		to         *time.Time
	}{{"valid_from", form.From, &a.Validity.From}, {"valid_until", form.Until, &a.Validity.Until}, {"read_on", form.ReadOn, &a.Source.ReadOn}} {
		if day.text == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, day.text)
		if err != nil {
			wrong = append(wrong, fault.Field{Name: day.name, Key: "web.not_day"})
		}
		*day.to = t
	}
	if len(wrong) > 0 {
		return a, fault.Invalid(wrong...)
	}
	return a, fits(l.pkg.Fits(a))
}

// fits says beside which field a completion does not fit.
func fits(err error) error {
	for _, row := range []struct {
		err       error
		name, key string
	}{
		{referential.ErrNoSource, "source_fr", "administration.note_missing"}, {referential.ErrValue, "value", "administration.value_refused"},
		{referential.ErrLink, "url", "administration.url_refused"}, {referential.ErrUntil, "valid_until", "administration.until_before"},
		{referential.ErrLong, "help_fr", "administration.too_long"},
	} {
		if errors.Is(err, row.err) {
			return fault.Invalid(fault.Field{Name: row.name, Key: row.key})
		}
	}
	return err
}

// completeLine keeps what an administrator read. Verdicts follow at once, for every structure.
func (m *Module) completeLine(c *web.Context) error {
	l, err := m.openLine(c)
	if err != nil {
		return err
	}
	var form lineForm
	var a referential.Amendment
	if err = c.Decode(&form); err == nil {
		a, err = l.read(form)
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showLine(c, l, form, wrong)
	}
	if err != nil {
		return err
	}
	err = m.DB.Update(c.Ctx, func(tx *store.Tx) error {
		if err := proof.Complete(c.Ctx, tx, l.pkg.ID, a, c.Actor.Person, m.Now()); err != nil {
			return err
		}
		data := map[string]any{"value": form.Value}
		if form.URL != "" {
			data["url"] = form.URL
		}
		return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "referential.complete", Subject: l.subject(), Text: form.SourceFR, Data: trail.Data(data)})
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "administration.line_saved")
	return c.Redirect(l.href())
}

// undoLine goes one step back.
func (m *Module) undoLine(c *web.Context) error {
	l, err := m.openLine(c)
	if err != nil {
		return err
	}
	err = m.DB.Update(c.Ctx, func(tx *store.Tx) error {
		if err := proof.Undo(c.Ctx, tx, l.pkg.ID, l.plain.LineRef, c.Actor.Person, m.Now()); err != nil {
			return err
		}
		return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "referential.undo", Subject: l.subject()})
	})
	if errors.Is(err, proof.ErrNothingToUndo) {
		return fault.Conflict("administration.nothing_to_undo")
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "administration.line_undone")
	return c.Redirect(l.href())
}
