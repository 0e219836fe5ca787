package exercise

import (
	"context"
	"slices"
	"strings"
	"time"

	drill "hygie/exercise"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
	"hygie/referential"
)

// Longest texts of a form, in characters, and seats of one exercise.
const (
	maxWords = 120
	maxSeats = 200
)

// list shows the exercises of a structure.
func (m *Module) list(c *web.Context) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	var all []Exercise
	err = m.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		all, err = List(c.Ctx, tx, c.Scope, string(s.ID))
		return err
	})
	if err != nil {
		return err
	}
	edit := c.May(right.EditActions, s.Interval)
	page := web.Page{Title: c.T("exercise.title"), Lead: c.T("exercise.lead"), Place: at}
	if edit && len(all) > 0 {
		page.Actions = ui.Button{Text: c.T("exercise.new"), Href: address(at.ID) + "/new", Icon: "plus"}
	}
	return c.Page(page, listBody(at.ID, all, edit))
}

// grid is the form by which an exercise is planned: four questions, then the scenario.
type grid struct {
	Exercises int    `form:"exercises"` // held so far
	Cell      bool   `form:"cell"`
	Plans     bool   `form:"plans"`
	Paper     bool   `form:"paper"`
	Scenario  string `form:"scenario,max=100"`
	Level     int    `form:"level"` // 0: as advised
	Day       string `form:"day,max=20"`
}

// advised is the level that the answers advise.
func (g grid) advised() drill.Level {
	return drill.Advised(max(g.Exercises, 0), g.Cell, g.Plans, g.Paper)
}

// blank asks the four questions.
func (m *Module) blank(c *web.Context) error {
	now := m.Now().In(c.Printer.Zone())
	tomorrow := time.Date(now.Year(), now.Month(), now.Day()+14, 14, 0, 0, 0, c.Printer.Zone())
	return m.form(c, grid{Day: tomorrow.Format(momentForm), Scenario: c.Query("scenario")}, nil)
}

// momentForm is how a browser writes a day and an hour.
const momentForm = "2006-01-02T15:04"

func (m *Module) form(c *web.Context, g grid, wrong ui.Errors) error {
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
	page := web.Page{Title: c.T("exercise.new"), Lead: c.T("exercise.new_lead"), Place: at, Crumbs: m.crumbs(c, at.ID), Errors: wrong}
	return c.Page(page, newBody(at.ID, g, scenarioOptions(c.Ctx, m.shipped, own), wrong))
}

func (m *Module) crumbs(c *web.Context, structure string) []ui.Link {
	return []ui.Link{{Href: address(structure), Text: c.T("exercise.title")}}
}

// create plans an exercise.
func (m *Module) create(c *web.Context) error {
	var g grid
	err := c.Decode(&g)
	var e Exercise
	if err == nil {
		e, err = m.planned(c, g)
	}
	if err == nil {
		err = m.DB.Update(c.Ctx, func(tx *store.Tx) (err error) {
			if e.ID, err = Plan(c.Ctx, tx, c.Scope, e, m.Now()); err != nil {
				return err
			}
			return m.trailed(c, tx, e, "plan", map[string]any{"scenario": e.Scenario.ID, "level": int(e.Level)})
		})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.form(c, g, wrong)
	}
	if err != nil {
		return err
	}
	return c.Redirect(e.address())
}

// planned is the exercise that a form asks for.
func (m *Module) planned(c *web.Context, g grid) (e Exercise, err error) {
	var wrong []fault.Field
	scenario, err := m.chosen(c, g.Scenario)
	if err != nil {
		return e, err
	}
	if scenario == nil {
		wrong = append(wrong, fault.Field{Name: "scenario", Key: "exercise.choose_scenario"})
	}
	level := drill.Level(g.Level)
	if g.Level == 0 {
		level = g.advised()
	}
	if level < drill.Beginner || level > drill.Confirmed {
		wrong = append(wrong, fault.Field{Name: "level", Key: "exercise.choose_level"})
	}
	day, errDay := time.ParseInLocation(momentForm, g.Day, c.Printer.Zone())
	if errDay != nil || day.Year() < 2000 || day.Year() > 2200 {
		wrong = append(wrong, fault.Field{Name: "day", Key: "web.not_day"})
	}
	if len(wrong) > 0 {
		return e, fault.Invalid(wrong...)
	}
	return Exercise{Structure: c.Path("structure"), Scenario: scenario.At(level), Level: level, PlannedAt: day, CreatedBy: c.Actor.Person}, nil
}

// chosen is the scenario of a choice, of the structure's own or of those that come with hygie; nil when there is none that can be played.
func (m *Module) chosen(c *web.Context, value string) (*drill.Scenario, error) {
	id, mine := strings.CutPrefix(value, "own/")
	if !mine {
		if i := slices.IndexFunc(m.shipped, func(s *drill.Scenario) bool { return s.ID == value }); i >= 0 {
			return m.shipped[i], nil
		}
		return nil, nil
	}
	var o Own
	err := m.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		o, err = OwnByID(c.Ctx, tx, c.Scope, c.Path("structure"), id)
		return err
	})
	if fault.KindOf(err) == fault.KindNotFound || err == nil && !o.Ready() {
		return nil, nil
	}
	return o.Scenario, err
}

func (m *Module) trailed(c *web.Context, tx *store.Tx, e Exercise, name string, data map[string]any) error {
	return m.Trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: act(name), Structure: e.Structure, Subject: "exercise/" + e.ID, Data: trail.Data(data)})
}

// view is what the pages of an exercise show.
type view struct {
	Exercise
	seats        []Seat
	events       []drill.Event
	state        drill.State
	notes        []drill.Note
	corrections  []drill.Correction
	posts        []Posted
	mails        bool // a mail server is set
	observations []Observation
	answers      []Answer
	now          time.Time
	base         string // address of the platform
	book         string // address of the main courante, or empty
	script       string // address of the script of observers
}

// load reads everything about the exercise in the path.
func (m *Module) load(c *web.Context) (v view, at *web.Place, err error) {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return v, nil, err
	}
	err = m.DB.View(c.Ctx, func(tx *store.Tx) error {
		e, err := ByID(c.Ctx, tx, c.Scope, string(s.ID), c.Path("exercise"))
		if err != nil {
			return err
		}
		if v, err = m.read(c.Ctx, tx, e); err != nil {
			return err
		}
		if v.notes, err = m.notes(c.Ctx, tx, c.Scope, e); err != nil {
			return err
		}
		if v.corrections, err = corrections(c.Ctx, tx, e); err != nil {
			return err
		}
		v.posts, err = m.posted(c.Ctx, tx, e)
		return err
	})
	return v, at, err
}

// read reads everything about an exercise.
func (m *Module) read(ctx context.Context, tx *store.Tx, e Exercise) (v view, err error) {
	v = view{Exercise: e, now: m.Now(), base: strings.TrimSuffix(m.Address, "/"), mails: m.Post != nil, script: m.Script}
	if m.Log != nil && e.Book != "" {
		v.book = e.address() + "/log" // mounted there by whoever gives the main courantes
	}
	if v.seats, err = Seats(ctx, tx, e); err != nil {
		return v, err
	}
	if v.events, err = Events(ctx, tx, e); err != nil {
		return v, err
	}
	if v.state, err = drill.Replay(e.Scenario, v.events, v.now); err != nil {
		return v, err
	}
	if v.observations, err = Observations(ctx, tx, e, ""); err != nil {
		return v, err
	}
	v.answers, err = Answers(ctx, tx, e)
	return v, err
}

// prepare is the page on which an exercise is made ready.
func (m *Module) prepare(c *web.Context) error { return m.preparation(c, seatForm{}, nil) }

func (m *Module) preparation(c *web.Context, f seatForm, wrong ui.Errors) error {
	v, at, err := m.load(c)
	if err != nil {
		return err
	}
	page := web.Page{Title: words(c.Ctx, v.Scenario.Title), Over: c.T("exercise.banner"), Lead: levelWord(c.Ctx, v.Level) + " · " + c.Printer.DateTime(v.PlannedAt), Place: at,
		Crumbs: m.crumbs(c, at.ID), Tabs: tabs(c, v, "prepare"), Errors: wrong}
	return c.Page(page, prepareBody(v, f, wrong))
}

func tabs(c *web.Context, v view, current string) []ui.Tab {
	all := []ui.Tab{{Link: ui.Link{Href: v.address(), Text: c.T("exercise.tab_prepare")}, Current: current == "prepare"},
		{Link: ui.Link{Href: v.address() + "/room", Text: c.T("exercise.tab_room")}, Current: current == "room"},
		{Link: ui.Link{Href: v.address() + "/wall", Text: c.T("exercise.tab_wall")}, Current: current == "wall"},
		{Link: ui.Link{Href: v.address() + "/debrief", Text: c.T("exercise.tab_debrief")}, Current: current == "debrief"}}
	return all
}

// seatForm gives a seat, or says something about one.
type seatForm struct {
	Act     string `form:"act,max=20"` // add, reached, invite, invite_all, remove
	Seat    string `form:"seat,max=80"`
	Role    string `form:"role,max=100"`
	Name    string `form:"name,max=120"`
	Contact string `form:"contact,max=120"`
}

// observer stands for the absence of a role in forms.
const observer = "observer"

// seatAct adds a seat, notes that somebody was reached, or takes a seat away.
func (m *Module) seatAct(c *web.Context) error {
	var f seatForm
	err := c.Decode(&f)
	var e Exercise
	if err == nil {
		err = m.DB.Update(c.Ctx, func(tx *store.Tx) (err error) {
			if e, err = ByID(c.Ctx, tx, c.Scope, c.Path("structure"), c.Path("exercise")); err != nil {
				return err
			}
			return m.changeSeat(c, tx, e, f)
		})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.preparation(c, f, wrong)
	}
	if err != nil {
		return err
	}
	return c.Redirect(e.address() + "#seats")
}

func (m *Module) changeSeat(c *web.Context, tx *store.Tx, e Exercise, f seatForm) error {
	ctx := c.Ctx
	seats, err := Seats(ctx, tx, e)
	if err != nil {
		return err
	}
	if f.Act == "add" {
		switch {
		case f.Name == "":
			return fault.Invalid(fault.Field{Name: "name", Key: "exercise.name_missing"})
		case f.Role != observer && e.role(f.Role) == nil:
			return fault.Invalid(fault.Field{Name: "role", Key: "exercise.choose_role"})
		case len(seats) >= maxSeats:
			return fault.Conflict("exercise.too_many_seats")
		}
		return AddSeat(ctx, tx, Seat{Exercise: e.ID, Role: strings.TrimPrefix(f.Role, observer), Name: f.Name, Contact: f.Contact}, m.Now())
	}
	if f.Act == "invite_all" {
		return m.invite(c, tx, e, seats, "")
	}
	i := slices.IndexFunc(seats, func(s Seat) bool { return s.ID == f.Seat })
	if i < 0 {
		return fault.NotFound("exercise.no_seat")
	}
	switch f.Act {
	case "reached":
		return setSeat(ctx, tx, f.Seat, "tested_at", store.Millis(m.Now()))
	case "invite":
		return m.invite(c, tx, e, seats, f.Seat)
	case "remove":
		if !e.Started.IsZero() {
			return fault.Conflict("exercise.not_now") // what a seat saw belongs to the game
		}
		_, err := tx.Exec(ctx, `delete from exercise_seat where id = $1 and exercise_id = $2`, f.Seat, e.ID)
		return err
	}
	return fault.Conflict("exercise.not_now")
}

// words are a text in the reader's language.
func words(ctx context.Context, t referential.Text) string {
	if locale.From(ctx).Lang() == locale.English {
		return strings.TrimSpace(t.In(referential.English))
	}
	return strings.TrimSpace(t.In(referential.French))
}
