package administration

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
	"hygie/referential"
)

// setting is a parameter of a package as the installation has it.
type setting struct {
	pkg   *referential.Package
	def   referential.Parameter
	given referential.Value // by an administrator; zero when none was
	at    time.Time         // when it was given
	by    string            // name of who gave it
}

// value is what rules use: what was given, else what the package says.
func (s setting) value() referential.Value {
	if s.given.Kind != "" {
		return s.given
	}
	return s.def.Value
}

// rank puts what is missing first, then what is unsure.
func (s setting) rank() int {
	switch {
	case s.value().Kind == "":
		return 0
	case s.given.Kind == "" && s.def.Source.Mark == referential.Unsure:
		return 1
	}
	return 2
}

// settings reads the parameters of every package, what is missing first.
func (m *Module) settings(ctx context.Context, tx *store.Tx) ([]setting, error) {
	var all []setting
	for _, p := range m.Packages {
		values, err := proof.Parameters(ctx, tx, p.ID)
		if err != nil {
			return nil, err
		}
		for _, def := range p.Parameters {
			s := setting{pkg: p, def: def, given: values[def.Code]}
			if s.given.Kind != "" {
				if err := s.since(ctx, tx); err != nil {
					return nil, err
				}
			}
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b setting) int { return cmp.Compare(a.rank(), b.rank()) })
	return all, nil
}

// since reads when and by whom the value was given.
func (s *setting) since(ctx context.Context, tx *store.Tx) error {
	var by string
	at, err := store.One(ctx, tx, func(row store.Row) (ms int64, err error) { return ms, row.Scan(&ms, &by) },
		`select set_at, set_by from referential_parameter where package_id = $1 and code = $2`, s.pkg.ID, s.def.Code)
	if err != nil {
		return err
	}
	names, err := people.Names(ctx, tx, by)
	s.at, s.by = store.Time(at), names[by]
	return err
}

func (s setting) href() string { return paramsPath + "/" + s.pkg.ID + "/" + s.def.Code }

func (s setting) subject() string { return "parameter/" + s.pkg.ID + "/" + s.def.Code }

// parameters lists the parameters of the referentials.
func (m *Module) parameters(c *web.Context) error {
	var all []setting
	err := m.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		all, err = m.settings(c.Ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	lang := referential.Lang(c.Printer.Lang())
	table := ui.Table{ID: "parameters", Caption: c.T("administration.parameters"), Total: len(all),
		Columns: []ui.Column{{Text: c.T("administration.parameter")}, {Text: c.T("administration.referential")}, {Text: c.T("administration.value")}, {Text: c.T("administration.origin")}},
		Empty:   ui.Empty{Title: c.T("administration.no_parameter")}}
	for _, s := range all {
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{
			ui.Link{Href: s.href(), Text: capital(s.def.Title.In(lang))}, ui.Text(s.pkg.Title.In(lang)), shownValue(c, s), ui.Text(origin(c.Printer, s)),
		}})
	}
	return c.Page(web.Page{Title: c.T("administration.parameters"), Lead: c.T("administration.parameters_lead")}, table)
}

func shownValue(c *web.Context, s setting) templ.Component {
	if v := s.value(); v.Kind != "" {
		return ui.Text(valueText(c.Printer, v))
	}
	return ui.Tag{Text: c.T("administration.to_complete"), Tone: ui.Warn}
}

// origin says where the value comes from.
func origin(p *locale.Printer, s setting) string {
	switch {
	case s.given.Kind != "" && s.by != "":
		return p.T("administration.given_by", "name", s.by, "date", s.at)
	case s.given.Kind != "":
		return p.T("administration.given", "date", s.at)
	case s.def.Value.Kind != "":
		return p.T("administration.from_package")
	}
	return p.T("administration.from_nobody")
}

// valueText writes a value in the reader's way.
func valueText(p *locale.Printer, v referential.Value) string {
	switch v.Kind {
	case referential.NumberKind:
		return p.Float(v.Number, -1)
	case referential.DateKind:
		return p.Date(v.Date)
	case referential.BoolKind:
		if v.Bool {
			return p.T("web.yes")
		}
		return p.T("web.no")
	}
	return v.Text
}

// setting finds the parameter of the path.
func (m *Module) setting(c *web.Context) (s setting, err error) {
	var all []setting
	err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
		all, err = m.settings(c.Ctx, tx)
		return err
	})
	if err != nil {
		return s, err
	}
	at := slices.IndexFunc(all, func(s setting) bool { return s.pkg.ID == c.Path("package") && s.def.Code == c.Path("code") })
	if at < 0 {
		return s, fault.NotFound("administration.no_such_parameter")
	}
	return all[at], nil
}

// parameterForm is the form of a value.
type parameterForm struct {
	Value string `form:"value,max=500"`
	Note  string `form:"note,max=1000"`
	Clear bool   `form:"clear"`
}

// parameter shows one parameter with its form.
func (m *Module) parameter(c *web.Context) error {
	s, err := m.setting(c)
	if err != nil {
		return err
	}
	return m.showParameter(c, s, parameterForm{Value: fieldValue(c.Printer, s.given)}, nil)
}

func (m *Module) showParameter(c *web.Context, s setting, form parameterForm, wrong ui.Errors) error {
	lang := referential.Lang(c.Printer.Lang())
	note, err := m.lastNote(c, s)
	if err != nil {
		return err
	}
	page := web.Page{Title: capital(s.def.Title.In(lang)), Over: s.pkg.Title.In(lang), Lead: s.def.Help.In(lang), Crumbs: []ui.Link{{Href: paramsPath, Text: c.T("administration.parameters")}}, Errors: wrong}
	return c.Page(page, parameterBody(s, form, valueField(c, s, form, wrong), parameterTerms(c, s, note), wrong))
}

// lastNote is where the value was found, as who gave it wrote; it stands in the trail.
func (m *Module) lastNote(c *web.Context, s setting) (note string, err error) {
	if s.given.Kind == "" {
		return "", nil
	}
	err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
		// The right to administer is held on the whole installation, which is the scope of lines without a structure.
		lines, err := m.Trail.List(c.Ctx, tx, c.Scope, trail.Filter{Subject: s.subject(), Limit: 1})
		for _, line := range lines {
			note = line.Text
		}
		return err
	})
	return note, err
}

func parameterTerms(c *web.Context, s setting, note string) []ui.Term {
	lang := referential.Lang(c.Printer.Lang())
	terms := []ui.Term{
		{Name: c.T("administration.value"), Value: shownValue(c, s)},
		{Name: c.T("administration.origin"), Value: ui.Text(origin(c.Printer, s))},
	}
	if note != "" {
		terms = append(terms, ui.Term{Name: c.T("administration.found_in"), Value: ui.Text(note)})
	}
	if !s.def.Source.Text.IsZero() {
		terms = append(terms, ui.Term{Name: c.T("administration.package_says"), Value: ui.Text(s.def.Source.Text.In(lang))})
	}
	return terms
}

// valueField is the control that fits the kind of the parameter.
func valueField(c *web.Context, s setting, form parameterForm, wrong ui.Errors) ui.Field {
	f := ui.Field{Name: "value", Label: c.T("administration.value"), Value: form.Value, Errors: wrong, Short: true}
	choose := ui.Option{Value: "", Text: c.T("administration.choose")}
	switch {
	case len(s.def.OneOf) > 0:
		f.Kind, f.Options = ui.SelectField, []ui.Option{choose}
		for _, v := range s.def.OneOf {
			f.Options = append(f.Options, ui.Option{Value: v, Text: v})
		}
	case s.def.Kind == referential.BoolKind:
		f.Kind, f.Options = ui.SelectField, []ui.Option{choose, {Value: "true", Text: c.T("web.yes")}, {Value: "false", Text: c.T("web.no")}}
	case s.def.Kind == referential.DateKind:
		f.Kind = ui.DayField
	case s.def.Kind == referential.NumberKind:
		f.Kind, f.Help = ui.NumberField, bounds(c.Printer, s.def)
	default:
		f.Short = false
	}
	return f
}

// bounds says what numbers are accepted.
func bounds(p *locale.Printer, d referential.Parameter) string {
	switch {
	case d.Min != nil && d.Max != nil:
		return p.T("administration.between", "min", p.Float(*d.Min, -1), "max", p.Float(*d.Max, -1))
	case d.Min != nil:
		return p.T("administration.at_least", "min", p.Float(*d.Min, -1))
	case d.Max != nil:
		return p.T("administration.at_most", "max", p.Float(*d.Max, -1))
	}
	return ""
}

// fieldValue is a value as its control wants it.
func fieldValue(p *locale.Printer, v referential.Value) string {
	switch v.Kind {
	case referential.DateKind:
		return p.ISODay(v.Date)
	case referential.NumberKind:
		text := strconv.FormatFloat(v.Number, 'f', -1, 64)
		if p.Lang() == locale.French {
			text = strings.Replace(text, ".", ",", 1)
		}
		return text
	}
	return v.String()
}

// read reads what was typed as a value of the parameter.
func (s setting) read(c *web.Context, form parameterForm) (referential.Value, error) {
	var v referential.Value
	wrong := func(key string) (referential.Value, error) {
		return referential.Value{}, fault.Invalid(fault.Field{Name: "value", Key: key})
	}
	if form.Value == "" {
		return wrong("administration.value_missing")
	}
	switch s.def.Kind {
	case referential.NumberKind:
		n, err := strconv.ParseFloat(strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ",", ".").Replace(form.Value), 64)
		if err != nil || n != n || n > 1e15 || n < -1e15 {
			return wrong("web.not_number")
		}
		v = referential.Number(n)
	case referential.DateKind:
		day, err := time.ParseInLocation(time.DateOnly, form.Value, c.Printer.Zone())
		if err != nil {
			return wrong("web.not_day")
		}
		v = referential.Date(day)
	case referential.BoolKind:
		v = referential.YesNo(form.Value == "true")
	default:
		v = referential.Words(form.Value)
	}
	if !s.def.Accepts(v) {
		return wrong("administration.value_refused")
	}
	if form.Note == "" {
		return v, fault.Invalid(fault.Field{Name: "note", Key: "administration.note_missing"})
	}
	return v, nil
}

// setParameter gives a parameter its value, or takes it back. Verdicts follow at once, for every structure.
func (m *Module) setParameter(c *web.Context) error {
	s, err := m.setting(c)
	if err != nil {
		return err
	}
	var form parameterForm
	var v referential.Value
	if err = c.Decode(&form); err == nil && !form.Clear {
		v, err = s.read(c, form)
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showParameter(c, s, form, wrong)
	}
	if err != nil {
		return err
	}
	act, value := "parameter.set", ""
	if form.Clear {
		act = "parameter.clear"
	} else {
		value = fieldValue(c.Printer, v)
	}
	err = m.DB.Update(c.Ctx, func(tx *store.Tx) error {
		if err := proof.SetParameter(c.Ctx, tx, s.pkg.ID, s.def.Code, v, c.Actor.Person, m.Now()); err != nil {
			return err
		}
		return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: act, Subject: s.subject(), Text: form.Note, Data: trail.Data(map[string]any{"value": value})})
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "administration.parameter_saved")
	return c.Redirect(paramsPath)
}
