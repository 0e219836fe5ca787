package web

import (
	"context"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/web/ui"

	"github.com/a-h/templ"
)

// showcase declares the component page, and the same seen as each kind of answer. Its texts are samples in both languages,
// beside one another in the code, because no other page uses them.
func (rt *Router) showcase() {
	rt.Page("GET /ui", Public, func(c *Context) error {
		s := sample{Printer: c.Printer, now: time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)}
		list := s.list(c)
		if ok, err := c.Export(s.sheet(c)); ok {
			return err
		}
		return c.Page(Page{
			Title: s.say("Composants", "Components"),
			Over:  s.say("Démonstration", "Demonstration"),
			Lead:  s.say("Chaque élément des pages, dans tous ses états.", "Each element of the pages, in all its states."),
			Crumbs: []ui.Link{
				{Href: "/ui", Text: s.say("Rubrique", "Section")},
			},
			Actions: templ.Join(ui.PrintButton(), ui.Button{Text: s.say("Nouvelle action", "New action"), Icon: "plus", Href: "#buttons"}),
			Tabs: []ui.Tab{
				{Link: ui.Link{Href: "/ui", Text: s.say("Vue d’ensemble", "Overview")}, Current: true},
				{Link: ui.Link{Href: "#lists", Text: s.say("Constats", "Findings")}, Count: 27},
				{Link: ui.Link{Href: "#forms", Text: s.say("Preuves", "Evidence")}},
			},
		}, showcasePage(s, list))
	})
	rt.Page("POST /ui", Public, func(c *Context) error {
		c.Flash(ui.Good, "web.ui_received")
		return c.Redirect("/ui")
	}, MaxBody(8<<20))
	rt.Page("GET /ui/{failure}", Public, func(c *Context) error {
		switch c.Path("failure") {
		case "invalid":
			return fault.Invalid(fault.Field{Name: "day", Key: "web.not_day"})
		case "refused":
			return fault.Refused("web.cross_origin")
		case "conflict":
			return fault.Conflict("web.ui_conflict")
		case "internal":
			return context.DeadlineExceeded
		}
		return fault.NotFound("web.no_page")
	})
}

// sample makes the texts and values of the component page.
type sample struct {
	*locale.Printer
	now time.Time
}

// say chooses between the French and the English of a sample.
func (s sample) say(french, english string) string {
	if s.Lang() == locale.English {
		return english
	}
	return french
}

// structures are invented; each line is name, kind, level, failed points, day of the last audit before now.
func (s sample) structures() []line {
	at := func(days int) time.Time { return s.now.AddDate(0, 0, -days) }
	return []line{
		{"Centre hospitalier du Val-Doré", s.say("établissement", "establishment"), 1, 27, at(3), ui.NotMet},
		{"Clinique des Trois-Érables", s.say("établissement", "establishment"), 3, 6, at(40), ui.Met},
		{"EHPAD Les Aubépines", s.say("établissement", "establishment"), 0, 0, time.Time{}, ui.Unknown},
		{"Groupement Rive-Claire", s.say("groupement", "group"), 2, 14, at(12), ui.NotMet},
	}
}

type line struct {
	name, kind string
	level      int
	failed     int64
	audited    time.Time
	status     ui.Status
}

func (s sample) columns() []ui.Column {
	return []ui.Column{
		{Name: "name", Text: s.say("Structure", "Structure"), Sort: true},
		{Name: "kind", Text: s.say("Type", "Kind")},
		{Name: "status", Text: "D1"},
		{Name: "level", Text: s.say("Niveau", "Level"), Sort: true, End: true},
		{Name: "failed", Text: s.say("Points non conformes", "Failed points"), Sort: true, End: true},
		{Name: "audited", Text: s.say("Dernier audit", "Last audit"), Sort: true},
	}
}

func (s sample) filters() []ui.Field {
	return []ui.Field{
		{Name: "q", Label: s.say("Nom", "Name"), Kind: ui.SearchField},
		{Name: "status", Label: "D1", Kind: ui.SelectField, Options: []ui.Option{
			{Text: s.say("Tous", "All")},
			{Value: "met", Text: s.T("ui.status.met")},
			{Value: "not_met", Text: s.T("ui.status.not_met")},
			{Value: "unknown", Text: s.T("ui.status.unknown")},
		}},
	}
}

// kept applies the filters of the query, as a store would.
func (s sample) kept(q ui.Query) []line {
	var kept []line
	for _, l := range s.structures() {
		if status := q.Get("status"); status != "" && status != string(l.status) {
			continue
		}
		if strings.Contains(strings.ToLower(l.name), strings.ToLower(q.Get("q"))) {
			kept = append(kept, l)
		}
	}
	sortLines(kept, q.Sort, q.Desc)
	return kept
}

func (s sample) list(c *Context) ui.Table {
	q := ui.ReadQuery(c.R.URL, s.columns(), "name")
	kept := s.kept(q)
	t := ui.Table{ID: "structures", Caption: s.say("Structures de démonstration", "Demonstration structures"), Columns: s.columns(),
		Query: q, Filters: s.filters(), Total: len(kept), Exports: c.Exports()}
	for _, l := range kept {
		level := "–"
		if l.level > 0 {
			level = s.Int(int64(l.level))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{
			ui.Text(l.name), ui.Text(l.kind), l.status, ui.Text(level), ui.Number(l.failed), ui.Text(s.ShortDate(l.audited)),
		}})
	}
	return t
}

func (s sample) sheet(c *Context) Sheet {
	q := ui.ReadQuery(c.R.URL, s.columns(), "name")
	var header []string
	for _, column := range s.columns() {
		header = append(header, column.Text)
	}
	return Sheet{Name: "structures", Header: header, Rows: func(yield func([]any, error) bool) {
		for _, l := range s.kept(q) {
			if !yield([]any{l.name, l.kind, l.status, l.level, l.failed, l.audited}, nil) {
				return
			}
		}
	}}
}
