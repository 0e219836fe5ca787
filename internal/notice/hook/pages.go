package hook

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hygie/internal/locale"
	"hygie/internal/place"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

const home = "/structures/{structure}/webhooks"

// Routes declares every page of the module.
func (s *Service) Routes(rt *web.Router) {
	edit := web.Needs(right.EditStructure)
	rt.Page("GET "+home, edit, s.list)
	rt.Page("POST "+home, edit, s.register)
	rt.Page("POST "+home+"/{hook}/remove", edit, s.remove)
	rt.Nav(web.Entry{Key: "hook.nav", Path: home, Icon: "info", Rule: edit, Order: 88})
}

// form is that of a new address.
type form struct {
	URL    string  `form:"url,max=500"`
	Topics []Topic `form:"topics,max=20"`
}

// view is what the page shows.
type view struct {
	At      *web.Place
	Hooks   []Hook
	Recent  map[string][]delivery // by address
	Form    form
	Offered []ui.Option
	Secret  string // of the address just registered, shown this once
}

// delivery is a message as the page lists it.
type delivery struct {
	Event    Topic
	State    string
	Queued   time.Time
	Attempts int
	Problem  string
}

func (s *Service) list(c *web.Context) error {
	return s.page(c, view{Form: form{Topics: Topics()}}, nil)
}

// mostRecent is how many messages of each address the page lists.
const mostRecent = 5

func (s *Service) page(c *web.Context, v view, wrong ui.Errors) (err error) {
	if v.At, _, err = place.Of(c, s.DB); err != nil {
		return err
	}
	err = s.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		v.Recent = map[string][]delivery{}
		if v.Hooks, err = Of(c.Ctx, tx, c.Scope, v.At.ID); err != nil {
			return err
		}
		for _, h := range v.Hooks {
			if v.Recent[h.ID], err = recent(c.Ctx, tx, h.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, t := range Topics() {
		if c.May(t.Action(), v.At.Interval) {
			v.Offered = append(v.Offered, ui.Option{Value: string(t), Text: c.T(t.messageKey())})
		}
	}
	return c.Page(web.Page{Title: c.T("hook.title"), Lead: c.T("hook.lead"), Place: v.At, Errors: wrong}, body(v, wrong))
}

func recent(ctx context.Context, tx *store.Tx, hook string) ([]delivery, error) {
	list, err := store.All(ctx, tx, func(row store.Row) (d delivery, err error) {
		var queued int64
		err = row.Scan(&d.Event, &d.State, &queued, &d.Attempts, &d.Problem)
		d.Queued = store.Time(queued)
		return d, err
	}, `select event, state, queued_at, attempts, problem from webhook_delivery where webhook_id = $1 order by queued_at desc, id desc limit $2`, hook, mostRecent)
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	return list, nil
}

func (s *Service) register(c *web.Context) error {
	v := view{}
	err := c.Decode(&v.Form)
	if err == nil {
		_, v.Secret, err = s.Register(c.Ctx, c.Actor, c.Scope, Hook{Structure: c.Path("structure"), URL: v.Form.URL, Topics: v.Form.Topics})
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		v.Secret = ""
		return s.page(c, v, wrong)
	}
	if err != nil {
		return err
	}
	v.Form = form{Topics: Topics()}
	return s.page(c, v, nil)
}

func (s *Service) remove(c *web.Context) error {
	structure := c.Path("structure")
	if err := s.Remove(c.Ctx, c.Actor, c.Scope, structure, c.Path("hook")); err != nil {
		return err
	}
	c.Flash(ui.Good, "hook.removed")
	return c.Redirect("/structures/" + structure + "/webhooks")
}

// chosen are the topics of the form as the field takes them.
func (f form) chosen() (list []string) {
	for _, t := range f.Topics {
		list = append(list, string(t))
	}
	return list
}

// told says what became of a message.
func (d delivery) told(p *locale.Printer) string {
	text := p.T("hook.state."+d.State, "count", d.Attempts)
	if d.Problem != "" && d.State != "sent" {
		text += " – " + d.Problem
	}
	return p.DateTime(d.Queued) + " · " + p.T(d.Event.messageKey()) + " · " + text
}

func (t Topic) messageKey() string { return "hook.topic." + strings.ReplaceAll(string(t), ".", "_") }

// topics says what an address is told of.
func (h Hook) topics(p *locale.Printer) string {
	var list []string
	for _, t := range h.Topics {
		list = append(list, p.T(t.messageKey()))
	}
	return p.List(list)
}
