package notice

import (
	"time"

	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// Addresses of the pages.
const (
	choicePath = "/account/mail"
	statePath  = "/administration/mail"
)

// Routes declares every page of the module.
func (s *Service) Routes(rt *web.Router) {
	rt.Page("GET "+choicePath, web.SignedIn, s.choose)
	rt.Page("POST "+choicePath, web.SignedIn, s.keep)
	rt.Page("GET "+statePath, web.NeedsEverywhere(right.Administer), s.state)
	rt.Page("POST "+statePath, web.NeedsEverywhere(right.Administer), s.try)
	rt.Nav(
		web.Entry{Key: "notice.nav_state", Group: "account.administration", Path: statePath, Icon: "info", Rule: web.NeedsEverywhere(right.Administer), Order: 915},
	)
}

// form is the page of the choice.
type form struct {
	Reminders bool   `form:"reminders"`
	Digest    bool   `form:"digest"`
	Day       string `form:"day,max=1"`
}

// choose shows which mails one gets.
func (s *Service) choose(c *web.Context) error {
	var kept Choice
	err := s.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		kept, err = ChoiceOf(c.Ctx, tx, c.Actor.Person)
		return err
	})
	if err != nil {
		return err
	}
	return s.choicePage(c, form{Reminders: kept.Reminders, Digest: kept.Digest, Day: dayNumber(kept.DigestDay)}, nil)
}

func (s *Service) choicePage(c *web.Context, f form, wrong ui.Errors) error {
	return c.Page(web.Page{Title: c.T("notice.choice_title"), Crumbs: []ui.Link{{Href: "/account", Text: c.T("notice.account")}}, Errors: wrong}, choiceBody(f, s.Sender != nil, wrong))
}

// keep saves the choice.
func (s *Service) keep(c *web.Context) error {
	var f form
	err := c.Decode(&f)
	if err == nil {
		var day time.Weekday = -1
		for _, d := range week() {
			if dayNumber(d) == f.Day {
				day = d
			}
		}
		if day < 0 {
			err = fault.Invalid(fault.Field{Name: "day", Key: "notice.day_unknown"})
		} else {
			err = s.DB.Update(c.Ctx, func(tx *store.Tx) error {
				return Choose(c.Ctx, tx, c.Actor.Person, Choice{Reminders: f.Reminders, Digest: f.Digest, DigestDay: day})
			})
		}
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return s.choicePage(c, f, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "notice.kept")
	return c.Redirect(choicePath)
}

// state shows how the sending of mail stands.
func (s *Service) state(c *web.Context) error {
	var st Standing
	err := s.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		st, err = s.State(c.Ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("notice.state_title")}, stateBody(st))
}

// try writes a mail to who asks, by the same way as the others.
func (s *Service) try(c *web.Context) error {
	if s.Sender == nil {
		return fault.Conflict("notice.not_set")
	}
	err := s.DB.Update(c.Ctx, func(tx *store.Tx) error {
		p, err := s.People.PersonByID(c.Ctx, tx, c.Actor.Person)
		if err != nil {
			return err
		}
		return s.test(c, tx, p)
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Info, "notice.tried")
	return c.Redirect(statePath)
}

func (s *Service) test(c *web.Context, tx *store.Tx, p people.Person) error {
	return write(c.Ctx, tx, p, c.T("notice.test_subject"), c.T("notice.test_body")+"\n\n"+s.Address+"\n", s.Now())
}
