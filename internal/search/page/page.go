// Package page is the page on which people search: one field, what was found with the best first, and the kinds of things to narrow by.
package page

import (
	"net/url"
	"strconv"
	"strings"

	"hygie/internal/locale"
	"hygie/internal/right"
	"hygie/internal/search"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// Path is the address of the page.
const Path = "/search"

// Module serves the page.
type Module struct {
	db    *store.DB
	index *search.Index
	trail *trail.Trail
}

// New makes the page of an index.
func New(db *store.DB, index *search.Index, trail *trail.Trail) *Module {
	return &Module{db, index, trail}
}

// Routes declares the page.
func (m *Module) Routes(rt *web.Router) {
	rt.Page("GET "+Path, web.Needs(right.SeeStructure), m.show)
	rt.Page("POST "+Path+"/rebuild", web.NeedsEverywhere(right.Administer), m.rebuild)
}

// rebuild makes the index be written anew, for who runs the installation: after a backup of tables was brought in by hand, or when in doubt.
func (m *Module) rebuild(c *web.Context) error {
	err := m.db.Update(c.Ctx, func(tx *store.Tx) error {
		if err := m.index.Rebuild(c.Ctx, tx); err != nil {
			return err
		}
		return m.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "search.rebuild", Subject: "search"})
	})
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "search.rebuilding")
	return c.Redirect(Path)
}

// catchRounds bounds how many marks a reader waits for.
const catchRounds = 2

// view is what the page shows.
type view struct {
	Text  string
	Kind  string
	Found search.Found
	Tabs  []ui.Tab
	Late  bool // changes wait to be found
	Whole bool // the reader may have the index built anew
}

// longestText is how much of a question is read.
const longestText = 200

// show looks for what was typed. What was written a moment ago is found: the index follows first.
func (m *Module) show(c *web.Context) error {
	v := view{Text: c.Query("q"), Kind: c.Query("kind"), Whole: c.May(right.Administer, right.Everywhere())}
	if letters := []rune(v.Text); len(letters) > longestText {
		v.Text = string(letters[:longestText])
	}
	if v.Text == "" {
		return c.Page(web.Page{Title: c.T("search.title"), Lead: c.T("search.lead")}, body(v))
	}
	_, late, err := m.index.Catch(c.Ctx, catchRounds)
	if err != nil { // what is known already is worth showing
		late = true
	}
	v.Late = late
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		v.Found, err = m.index.Find(c.Ctx, tx, c.Actor, search.Query{Text: v.Text, Kind: v.Kind, Lang: string(c.Printer.Lang()), Home: home(c.Actor)})
		return err
	})
	if err != nil {
		return err
	}
	v.Tabs = tabs(c, v)
	return c.Page(web.Page{Title: c.T("search.title_for", "words", v.Text)}, body(v))
}

// home is the structure from which the reader looks at what belongs to none: the first of theirs on which a referential is answered.
func home(actor right.Actor) string {
	for _, g := range actor.Grants {
		if g.Structure != "" && right.Allowed(g.Role, right.SeePosture) {
			return g.Structure
		}
	}
	return ""
}

// tabs narrow to one kind.
func tabs(c *web.Context, v view) []ui.Tab {
	total := 0
	for _, n := range v.Found.Counts {
		total += n.N
	}
	list := []ui.Tab{{Link: ui.Link{Href: address(v.Text, ""), Text: c.T("search.kind_all")}, Current: v.Kind == "", Count: total}}
	for _, n := range v.Found.Counts {
		list = append(list, ui.Tab{Link: ui.Link{Href: address(v.Text, n.Kind), Text: c.T("search.kind_" + n.Kind)}, Current: v.Kind == n.Kind, Count: n.N})
	}
	return list
}

func address(text, kind string) string {
	q := url.Values{"q": {text}}
	if kind != "" {
		q.Set("kind", kind)
	}
	return Path + "?" + q.Encode()
}

// mostShown is how many results a page shows.
const mostShown = 60

// shown are the results of the page.
func (v view) shown() []search.Hit { return v.Found.Hits[:min(len(v.Found.Hits), mostShown)] }

// full tells whether there may be more results than the page shows.
func (v view) full() bool {
	if len(v.Found.Hits) > mostShown {
		return true
	}
	for _, n := range v.Found.Counts {
		if n.N == search.Most && (v.Kind == "" || v.Kind == n.Kind) {
			return true
		}
	}
	return false
}

// about is the line under a result: what it is, where, and when.
func about(p *locale.Printer, h search.Hit) string {
	parts := []string{p.T("search.one_" + h.Kind)}
	for _, part := range []string{brief(h.Detail), other(h.StructureName, h.Title)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if !h.At.IsZero() {
		parts = append(parts, p.ShortDate(h.At))
	}
	return strings.Join(parts, " · ")
}

// other leaves out a name that is the title already.
func other(name, title string) string {
	if name == title {
		return ""
	}
	return name
}

// brief is the beginning of a longer text.
func brief(text string) string {
	const most = 140
	letters := []rune(strings.Join(strings.Fields(text), " "))
	if len(letters) <= most {
		return string(letters)
	}
	return string(letters[:most]) + "…"
}

// mark of a result, for links of a page to it.
func mark(i int) string { return "result-" + strconv.Itoa(i+1) }
