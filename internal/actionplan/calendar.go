package actionplan

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"hygie/ics"
	"hygie/internal/fault"
	"hygie/internal/people"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/journal"
)

// mostInFeed bounds a calendar: the most urgent actions come first.
const mostInFeed = 1000

// feed is the state of a person's calendar address.
type feed struct {
	Since   time.Time // zero: there is none
	Address string    // only when it was just made: it is not kept
}

func feedOf(ctx context.Context, tx *store.Tx, person string) (feed, error) {
	since, err := store.One(ctx, tx, store.Column[int64], `select created_at from calendar_feed where person_id = $1`, person)
	if errors.Is(err, store.ErrNotFound) {
		return feed{}, nil
	}
	return feed{Since: store.Time(since)}, err
}

// calendarPage tells whether there is a calendar address, and offers to make, renew or stop it.
func (m *Module) calendarPage(c *web.Context) error {
	var f feed
	err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		f, err = feedOf(c.Ctx, tx, c.Actor.Person)
		return err
	})
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("actionplan.calendar_title")}, calendarBody(f))
}

// renewCalendar makes a new address and shows it, this once; the one before ends.
func (m *Module) renewCalendar(c *web.Context) error {
	secret, err := m.people.NewSecret()
	if err != nil {
		return err
	}
	now := m.now()
	err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(c.Ctx, `insert into calendar_feed (person_id, token_hash, created_at) values ($1, $2, $3)
			on conflict (person_id) do update set token_hash = excluded.token_hash, created_at = excluded.created_at`, c.Actor.Person, people.HashSecret(secret), store.Millis(now)); err != nil {
			return fmt.Errorf("keep the address of a calendar: %w", err)
		}
		return m.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "calendar.renew", Subject: "person/" + c.Actor.Person, Data: trail.Data(map[string]any{})})
	})
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("actionplan.calendar_title")}, calendarBody(feed{Since: now, Address: m.address + "/calendar/" + url.PathEscape(secret)}))
}

// stopCalendar ends the address.
func (m *Module) stopCalendar(c *web.Context) error {
	err := m.db.Update(c.Ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(c.Ctx, `delete from calendar_feed where person_id = $1`, c.Actor.Person); err != nil {
			return fmt.Errorf("end the address of a calendar: %w", err)
		}
		return m.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "calendar.stop", Subject: "person/" + c.Actor.Person, Data: trail.Data(map[string]any{})})
	})
	if err != nil {
		return err
	}
	return c.Redirect("/account/calendar")
}

// calendar answers a calendar program with what is due where the owner of the address may work on the plan. Who only reads plans, of a region or of the nation,
// gets an empty one: an address that anybody may read must not hold the weaknesses of many. Rights are those of the moment, and a closed account has none.
func (m *Module) calendar(c *web.Context) error {
	var entries []ics.Event
	err := m.db.View(c.Ctx, func(tx *store.Tx) error {
		id, err := store.One(c.Ctx, tx, store.Column[string], `select person_id from calendar_feed where token_hash = $1`, people.HashSecret(c.Path("secret")))
		if err != nil {
			return err
		}
		person, err := m.people.PersonByID(c.Ctx, tx, id)
		if err != nil {
			return err
		}
		if !person.Active() {
			return store.ErrNotFound
		}
		actor, err := m.people.Actor(c.Ctx, tx, id, true)
		if err != nil {
			return err
		}
		f := plan.Filter{States: []plan.State{plan.Open, plan.Doing}, DueFrom: time.UnixMilli(1)}
		actions, _, err := plan.List(c.Ctx, tx, right.Visible(actor, right.EditActions), f, mostInFeed, 0)
		if err != nil {
			return err
		}
		names, err := structureNames(c.Ctx, tx, actions)
		for _, a := range actions {
			text := names[a.Structure]
			if a.OwnerName != "" {
				text += "\n" + a.OwnerName
			}
			entries = append(entries, ics.Event{UID: a.ID + "@hygie", Day: a.DueOn.In(c.Printer.Zone()), Changed: a.UpdatedAt, Version: a.Version, Title: a.Title, Text: text, URL: m.address + address(a.Structure) + "/" + a.ID})
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return fault.NotFound("actionplan.calendar_unknown")
	}
	if err != nil {
		return err
	}
	c.W.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	c.W.Header().Set("Content-Disposition", `inline; filename="hygie.ics"`)
	c.W.Header().Set("Cache-Control", "private, no-store")
	return ics.Write(c.W, ics.Calendar{Name: c.T("actionplan.title"), Product: "actions", Events: entries}, m.now())
}
