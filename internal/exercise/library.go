package exercise

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	drill "hygie/exercise"
	"hygie/exercise/chronogram"
	"hygie/exercise/openbas"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
	"hygie/referential"
)

func compareTitles(a, b *drill.Scenario) int {
	return cmp.Compare(strings.ToLower(a.Title.FR), strings.ToLower(b.Title.FR))
}

// language is the reader's, as scenarios name it.
func language(ctx context.Context) referential.Lang {
	if locale.From(ctx).Lang() == locale.English {
		return referential.English
	}
	return referential.French
}

// scenarioForm begins a scenario, from nothing or from one that comes with hygie.
type scenarioForm struct {
	Title   string        `form:"title,max=200"`
	Summary string        `form:"summary,max=1500"`
	Setting drill.Setting `form:"setting,max=20"`
	Care    bool          `form:"care"`
	Base    string        `form:"base,max=100"`
}

// library shows the scenarios of a structure, and how to get another.
func (m *Module) library(c *web.Context) error {
	return m.libraryPage(c, scenarioForm{Setting: drill.Hospital}, nil)
}

func (m *Module) libraryPage(c *web.Context, f scenarioForm, wrong ui.Errors) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	var own []Own
	err = m.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		own, err = Owned(c.Ctx, tx, c.Scope, string(s.ID))
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("exercise.library"), Lead: c.T("exercise.library_lead"), Place: at, Crumbs: m.crumbs(c, at.ID), Errors: wrong}
	return c.Page(page, libraryBody(at.ID, own, m.shipped, f, wrong))
}

// addScenario begins a scenario of the structure's own.
func (m *Module) addScenario(c *web.Context) error {
	var f scenarioForm
	err := c.Decode(&f)
	var id string
	if err == nil {
		var s *drill.Scenario
		if s, err = m.begun(f); err == nil {
			id, err = m.keep(c, s, nil)
		}
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.libraryPage(c, f, wrong)
	}
	if err != nil {
		return err
	}
	return c.Redirect(libraryAddress(c.Path("structure")) + "/" + id)
}

// begun is the scenario that a form asks for.
func (m *Module) begun(f scenarioForm) (*drill.Scenario, error) {
	if i := slices.IndexFunc(m.shipped, func(s *drill.Scenario) bool { return s.ID == f.Base }); i >= 0 {
		s := *m.shipped[i]
		if f.Title != "" {
			s.Title = drill.Same(f.Title)
		}
		return &s, nil
	}
	var wrong []fault.Field
	if f.Title == "" {
		wrong = append(wrong, fault.Field{Name: "title", Key: "exercise.title_missing"})
	}
	if f.Setting != drill.Hospital && f.Setting != drill.NursingHome {
		wrong = append(wrong, fault.Field{Name: "setting", Key: "exercise.choose_value"})
	}
	if len(wrong) > 0 {
		return nil, fault.Invalid(wrong...)
	}
	return drill.Draft(drill.Fresh(f.Title, "scenario", func(string) bool { return false }), f.Title, cmp.Or(f.Summary, f.Title), f.Setting, f.Care), nil
}

// keep keeps a new scenario, with a line of the trail.
func (m *Module) keep(c *web.Context, s *drill.Scenario, lost []openbas.Loss) (id string, err error) {
	o := Own{Structure: c.Path("structure"), Scenario: s, Lost: lost, CreatedBy: c.Actor.Person}
	err = m.DB.Update(c.Ctx, func(tx *store.Tx) (err error) {
		if id, err = Keep(c.Ctx, tx, c.Scope, o, m.Now()); err != nil {
			return err
		}
		return m.ownTrailed(c, tx, o.Structure, id, "scenario_add", map[string]any{"events": len(s.Stimuli)})
	})
	return id, err
}

func (m *Module) ownTrailed(c *web.Context, tx *store.Tx, structure, id, name string, data map[string]any) error {
	return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: act(name), Structure: structure, Subject: "scenario/" + id, Data: trail.Data(data)})
}

// maxScenarioFile is the largest file of a scenario that is taken, in bytes: archives of another tool hold attachments, which are not kept.
const maxScenarioFile = 32 << 20

// uploadForm says what a file does not.
type uploadForm struct {
	Setting drill.Setting `form:"file_setting,max=20"`
	Care    bool          `form:"file_care"`
}

// uploadScenario takes a scenario in: an archive of OpenBAS, or a file of our own form.
func (m *Module) uploadScenario(c *web.Context) error {
	var f uploadForm
	var s *drill.Scenario
	var lost []openbas.Loss
	err := c.Upload(&f, "file", maxScenarioFile, func(_ string, content io.Reader) error {
		file, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		s, lost, err = f.read(file)
		return err
	})
	id := ""
	if err == nil {
		id, err = m.keep(c, s, lost)
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.libraryPage(c, scenarioForm{Setting: drill.Hospital}, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "exercise.scenario_added")
	return c.Redirect(libraryAddress(c.Path("structure")) + "/" + id)
}

// read reads a file of a scenario. A file of our own form says everything; an archive does not say where it happens, nor whether care is played.
func (f uploadForm) read(file []byte) (s *drill.Scenario, lost []openbas.Loss, err error) {
	if bytes.HasPrefix(file, []byte("PK")) {
		setting := f.Setting
		if setting != drill.NursingHome {
			setting = drill.Hospital
		}
		if s, lost, err = openbas.Read(bytes.NewReader(file), int64(len(file)), "importe", setting); err == nil {
			s.ID, s.Care = drill.Fresh(s.Title.FR, "importe", func(string) bool { return false }), f.Care
		}
	} else {
		s, err = drill.Read("", file)
	}
	if err != nil {
		return nil, nil, fault.Invalid(fault.Field{Name: "file", Key: "exercise.file_wrong", Args: []any{"text", firstOf(err.Error(), 400)}}).Because(err)
	}
	return s, lost, nil
}

// firstOf keeps a message readable.
func firstOf(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// own reads the scenario in the path.
func (m *Module) own(c *web.Context) (o Own, at *web.Place, err error) {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return o, nil, err
	}
	err = m.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		o, err = OwnByID(c.Ctx, tx, c.Scope, string(s.ID), c.Path("scenario"))
		return err
	})
	return o, at, err
}

// settingsForm changes what a table of events does not say.
type settingsForm struct {
	Act          string   `form:"act,max=20"` // empty, or retire
	Title        string   `form:"title,max=200"`
	Summary      string   `form:"summary,max=1500"`
	Care         bool     `form:"care"`
	Management   []string `form:"management"` // roles
	Beginner     int      `form:"beginner"`
	Intermediate int      `form:"intermediate"`
	Confirmed    int      `form:"confirmed"`
}

// scenario shows an own scenario: its events as a table that can be saved and brought back, and its settings.
func (m *Module) scenario(c *web.Context) error {
	o, at, err := m.own(c)
	if err != nil {
		return err
	}
	if ok, err := c.Export(chronogramSheet(c.Printer, o.Scenario)); ok {
		return err
	}
	return m.scenarioPage(c, o, at, nil)
}

func (m *Module) scenarioPage(c *web.Context, o Own, at *web.Place, wrong ui.Errors) error {
	var leaves []openbas.Loss
	if o.Ready() {
		var err error
		if leaves, err = openbas.Write(io.Discard, o.Scenario, drill.Confirmed, language(c.Ctx)); err != nil {
			return err
		}
	}
	page := web.Page{Title: words(c.Ctx, o.Scenario.Title), Lead: words(c.Ctx, o.Scenario.Summary), Place: at, Errors: wrong,
		Crumbs: append(m.crumbs(c, at.ID), ui.Link{Href: libraryAddress(at.ID), Text: c.T("exercise.library")})}
	return c.Page(page, scenarioBody(c, o, leaves, wrong))
}

// changeScenario keeps the settings of an own scenario, or takes it out of use.
func (m *Module) changeScenario(c *web.Context) error {
	var f settingsForm
	err := c.Decode(&f)
	o, at, errOwn := m.own(c)
	if errOwn != nil {
		return errOwn
	}
	if err == nil && f.Act != "retire" {
		err = o.settle(c.Ctx, f)
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.scenarioPage(c, o, at, wrong)
	}
	if err != nil {
		return err
	}
	name, back := "scenario_change", o.address()
	if f.Act == "retire" {
		o.Retired, name, back = m.Now(), "scenario_retire", libraryAddress(o.Structure)
	}
	err = m.DB.Update(c.Ctx, func(tx *store.Tx) error {
		if err := changeOwn(c.Ctx, tx, o, m.Now()); err != nil {
			return err
		}
		return m.ownTrailed(c, tx, o.Structure, o.ID, name, nil)
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "exercise.saved")
	return c.Redirect(back)
}

// longestExercise and shortestExercise are how many minutes an exercise lasts.
const (
	longestExercise  = 7 * 24 * 60
	shortestExercise = 10
)

// settle takes settings over. Words in the reader's language replace both, unless they did not change.
func (o *Own) settle(ctx context.Context, f settingsForm) error {
	s := *o.Scenario
	var wrong []fault.Field
	if f.Title == "" {
		wrong = append(wrong, fault.Field{Name: "title", Key: "exercise.title_missing"})
	}
	s.Durations = maps.Clone(s.Durations)
	for level, n := range map[drill.Level]int{drill.Beginner: f.Beginner, drill.Intermediate: f.Intermediate, drill.Confirmed: f.Confirmed} {
		if n < shortestExercise || n > longestExercise {
			wrong = append(wrong, fault.Field{Name: levelField(level), Key: "exercise.length_wrong", Args: []any{"least", shortestExercise, "most", longestExercise}})
		}
		s.Durations[level] = n
	}
	if len(wrong) > 0 {
		slices.SortFunc(wrong, func(a, b fault.Field) int { return cmp.Compare(a.Name, b.Name) })
		return fault.Invalid(wrong...)
	}
	s.Care = f.Care
	for text, now := range map[*referential.Text]string{&s.Title: f.Title, &s.Summary: cmp.Or(f.Summary, f.Title)} {
		if words(ctx, *text) != now {
			*text = drill.Same(now)
		}
	}
	s.Roles = slices.Clone(s.Roles)
	for i := range s.Roles {
		s.Roles[i].Management = slices.Contains(f.Management, s.Roles[i].ID)
	}
	s.Settle()
	o.Scenario = &s
	return nil
}

// levelField is the field of how long a level lasts.
func levelField(l drill.Level) string {
	return map[drill.Level]string{drill.Beginner: "beginner", drill.Intermediate: "intermediate", drill.Confirmed: "confirmed"}[l]
}

// archive gives an own scenario as an archive that OpenBAS imports, at the level asked for.
func (m *Module) archive(c *web.Context) error {
	o, _, err := m.own(c)
	if err != nil {
		return err
	}
	if !o.Ready() {
		return fault.Conflict("exercise.not_ready")
	}
	level := drill.Level(c.QueryInt("level", int(drill.Confirmed), int(drill.Beginner), int(drill.Confirmed)))
	var b bytes.Buffer
	if _, err := openbas.Write(&b, o.Scenario, level, language(c.Ctx)); err != nil {
		return err
	}
	c.Download(o.Scenario.ID+"-openbas.zip", "application/zip")
	_, err = c.W.Write(b.Bytes())
	return err
}

// scenarioFile gives an own scenario as a file of our own form, which another installation takes.
func (m *Module) scenarioFile(c *web.Context) error {
	o, _, err := m.own(c)
	if err != nil {
		return err
	}
	c.Download(o.Scenario.ID+".yaml", "application/yaml")
	_, err = c.W.Write(drill.Write(o.Scenario))
	return err
}

// chronogramSheet is the table of the events, which can be brought back as it is.
func chronogramSheet(p *locale.Printer, s *drill.Scenario) web.Sheet {
	lang := referential.French
	if p.Lang() == locale.English {
		lang = referential.English
	}
	var header []string
	for _, key := range chronogram.Keys() {
		header = append(header, p.T("exercise.column_"+key))
	}
	return web.Sheet{Name: s.ID, Header: header, Rows: func(yield func([]any, error) bool) {
		for _, values := range chronogram.Rows(s, lang) {
			row := make([]any, len(header))
			for i, key := range chronogram.Keys() {
				row[i] = shownValue(p, s, key, values[key], lang)
			}
			if !yield(row, nil) {
				return
			}
		}
	}}
}

// shownValue is a value as people read it in a table, and as it is read back.
func shownValue(p *locale.Printer, s *drill.Scenario, key, value string, lang referential.Lang) string {
	switch {
	case value == "":
	case key == chronogram.Channel:
		return p.T("exercise.channel_" + value)
	case key == chronogram.Level:
		return p.T("exercise.level_" + value)
	case key == chronogram.Objective:
		if i := slices.IndexFunc(s.Objectives, func(o drill.Objective) bool { return o.ID == value }); i >= 0 {
			return strings.TrimSpace(s.Objectives[i].Text.In(lang))
		}
	case key == chronogram.Condition:
		if t, ok := chronogram.ReadCondition(value); ok && t.Reacted {
			return p.T("exercise.column_if", "event", t.Stimulus)
		} else if ok {
			return p.T("exercise.column_unless", "event", t.Stimulus)
		}
	}
	return value
}

// faultOf turns what makes rows no scenario into a message.
func faultOf(err error) error {
	var f chronogram.Fault
	if !errors.As(err, &f) {
		return err
	}
	return fault.Conflict("exercise.rows_"+string(f.Kind), "event", f.Number, "text", firstOf(f.Text, 300)).Because(err)
}
