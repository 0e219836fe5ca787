package campaign

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

func levelOptions(ctx context.Context) (options []ui.Option) {
	for n := range 3 {
		options = append(options, ui.Option{Value: strconv.Itoa(n + 1), Text: locale.T(ctx, "campaign.level_"+strconv.Itoa(n+1))})
	}
	return options
}

// invited shows an establishment what it is invited to.
func (m *Module) invited(c *web.Context) error { return m.invitedPage(c, nil) }

func (m *Module) invitedPage(c *web.Context, wrong ui.Errors) error {
	at, s, err := place.Of(c, m.DB)
	if err != nil {
		return err
	}
	var all []received
	err = m.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		all, err = Received(c.Ctx, tx, c.Scope, string(s.ID))
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("campaign.invitations_title"), Lead: c.T("campaign.invitations_lead"), Place: at, Errors: wrong}
	return c.Page(page, invitedBody(c, m, at.ID, all, c.May(right.EditActions, at.Interval), wrong))
}

// answerForm accepts or declines. The names of its fields end with the campaign, because a page may hold several.
type answerForm struct {
	Act    string `form:"act,max=20"` // accept, decline
	day    string
	level  int
	reason string
}

// longestReason is how many characters a reason has.
const longestReason = 500

// field is the name of a field of the answer to a campaign.
func field(name, campaign string) string { return name + "-" + campaign }

// read reads the fields of the answer to a campaign.
func (f *answerForm) read(c *web.Context) error {
	if err := c.Decode(f); err != nil {
		return err
	}
	id := c.Path("campaign")
	f.day, f.reason = c.R.Form.Get(field("day", id)), strings.TrimSpace(store.Text(c.R.Form.Get(field("reason", id))))
	f.level, _ = strconv.Atoi(c.R.Form.Get(field("level", id))) // what is no number is no level
	if utf8.RuneCountInString(f.reason) > longestReason {
		return fault.Invalid(fault.Field{Name: field("reason", id), Key: "web.too_long", Args: []any{"limit", longestReason}})
	}
	return nil
}

// momentForm is how a browser writes a day and an hour.
const momentForm = "2006-01-02T15:04"

// answer keeps what an establishment answers; accepting prepares its exercise.
func (m *Module) answer(c *web.Context) error {
	var f answerForm
	err := f.read(c)
	exercise := ""
	if err == nil {
		exercise, err = m.answered(c, f)
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.invitedPage(c, wrong)
	}
	if err != nil {
		return err
	}
	if exercise != "" {
		return c.Redirect("/structures/" + c.Path("structure") + "/exercises/" + exercise)
	}
	c.Flash(ui.Good, "campaign.saved")
	return c.Redirect(invitationAddress(c.Path("structure")))
}

func (m *Module) answered(c *web.Context, f answerForm) (exercise string, err error) {
	structure, id := c.Path("structure"), c.Path("campaign")
	day, errDay := time.ParseInLocation(momentForm, f.day, c.Printer.Zone())
	switch {
	case f.Act != "accept" && f.Act != "decline":
		return "", fault.Conflict("campaign.choose_answer")
	case f.Act == "decline" && f.reason == "":
		return "", fault.Invalid(fault.Field{Name: field("reason", id), Key: "campaign.reason_missing"})
	case f.Act == "accept" && (f.level < 1 || f.level > 3):
		return "", fault.Invalid(fault.Field{Name: field("level", id), Key: "campaign.choose_level"})
	case f.Act == "accept" && (errDay != nil || day.Year() < 2000 || day.Year() > 2200):
		return "", fault.Invalid(fault.Field{Name: field("day", id), Key: "web.not_day"})
	}
	err = m.DB.Update(c.Ctx, func(tx *store.Tx) error {
		all, err := Received(c.Ctx, tx, c.Scope, structure)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(r received) bool { return r.ID == id })
		if i < 0 {
			return fault.NotFound("campaign.not_found")
		}
		o := Invitation{Campaign: all[i].ID, Structure: structure, State: Declined, Reason: f.reason}
		if f.Act == "accept" {
			if all[i].Exercise != "" {
				return fault.Conflict("campaign.answered")
			}
			if exercise, err = m.Drills.Plan(c.Ctx, tx, c.Scope, Wish{structure, all[i].Story, f.level, day, c.Actor.Person}); err != nil {
				return err
			}
			o.State, o.Reason, o.Exercise = Accepted, "", exercise
		}
		if err := Answer(c.Ctx, tx, c.Scope, o, c.Actor.Person, m.Now()); err != nil {
			return err
		}
		return m.trailed(c, tx, structure, "campaign/"+o.Campaign, f.Act, nil)
	})
	return exercise, err
}
