package exercise

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// seat is what somebody sees on a telephone: what reached them, or the grid of an observer, and afterwards two questions.
func (m *Module) seat(c *web.Context) error { return m.seatPage(c, nil) }

func (m *Module) seatPage(c *web.Context, wrong ui.Errors) error {
	var s Seat
	var v view
	err := m.DB.View(c.Ctx, func(tx *store.Tx) error {
		var e Exercise
		var err error
		if s, e, err = BySecret(c.Ctx, tx, c.Path("secret")); err != nil {
			return err
		}
		if v, err = m.read(c.Ctx, tx, e); err != nil {
			return err
		}
		v.observations, err = Observations(c.Ctx, tx, e, s.ID)
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("exercise.banner"), Over: words(c.Ctx, v.Scenario.Title), Lead: s.Name + " · " + v.roleName(c.Ctx, s.Role), Bare: true, Errors: wrong}
	if s.Role != "" && !v.state.Ended {
		page.Refresh = 15
	}
	return c.Page(page, seatBody(v, s, wrong))
}

// here is the answer to the test of contacts.
func (m *Module) here(c *web.Context) error {
	return m.atSeat(c, func(tx *store.Tx, s Seat, e Exercise) error {
		if err := setSeat(c.Ctx, tx, s.ID, "tested_at", store.Millis(m.Now())); err != nil {
			return err
		}
		if !e.Started.IsZero() && e.Ended.IsZero() {
			return setSeat(c.Ctx, tx, s.ID, "present", true)
		}
		return nil
	})
}

// atSeat does something for whoever holds the address of a seat, and shows the seat again.
func (m *Module) atSeat(c *web.Context, do func(*store.Tx, Seat, Exercise) error) error {
	var e Exercise
	err := m.DB.Update(c.Ctx, func(tx *store.Tx) error {
		s, found, err := BySecret(c.Ctx, tx, c.Path("secret"))
		if err != nil {
			return err
		}
		e = found
		return do(tx, s, e)
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.seatPage(c, wrong)
	}
	if err != nil {
		return err
	}
	m.bump(e)
	c.Flash(ui.Good, "exercise.thanks")
	return c.Redirect("/exercise-seats/" + c.Path("secret"))
}

// observedField is the name of the field of one thing to observe.
func observedField(objective string, place int) string {
	return fmt.Sprintf("o-%s-%d", objective, place)
}

// values are what an observer can say.
var values = []string{"done", "partly", "unseen"}

// maxNote is how long a remark may be, in characters.
const maxNote = 1000

// observe keeps the grid of an observer, whole, as it was filled in: with or without network until then.
func (m *Module) observe(c *web.Context) error {
	if err := c.Decode(&struct{}{}); err != nil {
		return err
	}
	return m.atSeat(c, func(tx *store.Tx, s Seat, e Exercise) error { return m.keepGrid(c, tx, s, e) })
}

// keepGrid keeps the answers of the grid in a form that was decoded.
func (m *Module) keepGrid(c *web.Context, tx *store.Tx, s Seat, e Exercise) error {
	if s.Role != "" || !e.Concluded.IsZero() {
		return fault.Conflict("exercise.not_now")
	}
	for _, aim := range e.Scenario.Objectives {
		for i := range aim.Observe {
			name := observedField(aim.ID, i)
			o := Observation{Seat: s.ID, Objective: aim.ID, Place: i, Value: c.R.Form.Get(name), Note: strings.TrimSpace(store.Text(c.R.Form.Get(name + "-note")))}
			if o.Value == "" && o.Note == "" {
				continue
			}
			if o.Value == "" {
				o.Value = "unseen"
			}
			if !slices.Contains(values, o.Value) {
				return fault.Invalid(fault.Field{Name: name, Key: "exercise.choose_value"})
			}
			if utf8.RuneCountInString(o.Note) > maxNote {
				return fault.Invalid(fault.Field{Name: name + "-note", Key: "web.too_long", Args: []any{"limit", maxNote}})
			}
			if err := keepObservation(c.Ctx, tx, e, o, m.Now()); err != nil {
				return err
			}
		}
	}
	return setSeat(c.Ctx, tx, s.ID, "present", true)
}

// grid is where the animator types back the sheet that an observer filled in with a pen.
func (m *Module) grid(c *web.Context) error { return m.gridPage(c, nil) }

func (m *Module) gridPage(c *web.Context, wrong ui.Errors) error {
	v, at, err := m.load(c)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(v.seats, func(s Seat) bool { return s.ID == c.Path("seat") && s.Role == "" })
	if i < 0 {
		return fault.NotFound("exercise.no_seat")
	}
	s := v.seats[i]
	v.observations = slices.DeleteFunc(v.observations, func(o Observation) bool { return o.Seat != s.ID })
	page := web.Page{Title: c.T("exercise.type_grid"), Over: c.T("exercise.banner"), Lead: s.Name, Place: at, Crumbs: append(m.crumbs(c, at.ID), ui.Link{Href: v.address(), Text: words(c.Ctx, v.Scenario.Title)}), Errors: wrong}
	return c.Page(page, typedBody(v, s, wrong))
}

// typeGrid keeps what was typed back.
func (m *Module) typeGrid(c *web.Context) error {
	if err := c.Decode(&struct{}{}); err != nil {
		return err
	}
	var e Exercise
	err := m.DB.Update(c.Ctx, func(tx *store.Tx) (err error) {
		if e, err = ByID(c.Ctx, tx, c.Scope, c.Path("structure"), c.Path("exercise")); err != nil {
			return err
		}
		seats, err := Seats(c.Ctx, tx, e)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(seats, func(s Seat) bool { return s.ID == c.Path("seat") })
		if i < 0 {
			return fault.NotFound("exercise.no_seat")
		}
		return m.keepGrid(c, tx, seats[i], e)
	})
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.gridPage(c, wrong)
	}
	if err != nil {
		return err
	}
	m.bump(e)
	c.Flash(ui.Good, "exercise.thanks")
	return c.Redirect(e.address() + "#seats")
}

// answerForm are the two questions that everybody is asked.
type answerForm struct {
	Satisfaction int    `form:"satisfaction"`
	Kept         string `form:"kept,max=1000"`
	Improved     string `form:"improved,max=1000"`
}

// coldAfter is how many days after its end an exercise is looked back at.
const coldAfter = 14

// phase is the phase in which a seat may answer now; empty when there is nothing to answer.
func (v view) phase(s Seat) Phase {
	switch {
	case !v.state.Ended:
		return ""
	case v.now.Before(v.state.Finished.AddDate(0, 0, coldAfter)):
		if !s.Hot {
			return Hot
		}
	case !s.Cold:
		return Cold
	}
	return ""
}

// answer keeps what somebody thinks, apart from who it is: the seat only remembers that it answered.
func (m *Module) answer(c *web.Context) error {
	var f answerForm
	if err := c.Decode(&f); err != nil {
		if wrong := ui.ErrorsOf(err); wrong != nil {
			return m.seatPage(c, wrong)
		}
		return err
	}
	return m.atSeat(c, func(tx *store.Tx, s Seat, e Exercise) error {
		v, err := m.read(c.Ctx, tx, e)
		if err != nil {
			return err
		}
		phase := v.phase(s)
		if phase == "" {
			return fault.Conflict("exercise.answered")
		}
		if f.Satisfaction < 1 || f.Satisfaction > 5 {
			return fault.Invalid(fault.Field{Name: "satisfaction", Key: "exercise.choose_value"})
		}
		if err := keepAnswer(c.Ctx, tx, e, Answer{Phase: phase, Satisfaction: f.Satisfaction, Kept: f.Kept, Improved: f.Improved}); err != nil {
			return err
		}
		return setSeat(c.Ctx, tx, s.ID, string(phase), true)
	})
}
