package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"hygie/internal/right"
	"hygie/internal/web/asset"
	"hygie/internal/web/ui"

	"github.com/a-h/templ"
)

// Page is what the frame shows around a body.
type Page struct {
	Title   string          // the h1, and the window's title
	Over    string          // a line above the title: what kind of thing this is
	Lead    string          // a line under the title
	Crumbs  []ui.Link       // the way here, home and this page left out
	Place   *Place          // the structure the page is about
	Actions templ.Component // buttons at the right of the title
	Tabs    []ui.Tab        // pages about the same thing
	Errors  ui.Errors       // what is wrong with the form; the status is then 422
	Bare    bool            // no navigation: sign-in, a wizard
	Status  int             // 0 is 200
	Refresh int             // seconds after which a browser without script asks again; 0 is never
}

// Page answers with a whole page: the frame and the body.
func (c *Context) Page(p Page, body templ.Component) error {
	status := cmp.Or(p.Status, http.StatusOK)
	if len(p.Errors) > 0 && p.Status == 0 {
		status = http.StatusUnprocessableEntity
	}
	f := frame{Page: p, options: &c.rt.options, context: c, Theme: theme(c.R), Notes: c.takeNotes(), Body: body}
	if !p.Bare {
		f.Groups = c.navigation(p.Place)
	}
	if places := c.rt.options.Places; places != nil && c.Actor.SignedIn() && !p.Bare {
		var err error
		if f.Places, err = places(c.Ctx, c.Actor); err != nil {
			// The page is worth more than its list of shortcuts, and an error page must not fail for the same cause.
			c.rt.options.Log.ErrorContext(c.Ctx, "list structures for the header", "error", err, "id", RequestID(c.Ctx))
		}
	}
	return c.render(status, document(f))
}

// frame is everything the layout shows.
type frame struct {
	Page
	Theme  string
	Notes  []note
	Groups []group
	Places []Place
	Body   templ.Component

	options *Options
	context *Context
}

func (f frame) asset(name string) string { return f.options.Assets.URL(name) }

func (f frame) windowTitle() string {
	title := f.Title
	if len(f.Errors) > 0 {
		title = f.context.T("ui.error_prefix") + " " + title
	}
	if f.Place != nil && !strings.Contains(title, f.Place.Name) {
		title += " – " + f.Place.Name
	}
	if title == "" {
		return "hygie"
	}
	return title + " – hygie"
}

// crumbs adds home before and the page after the way that the page gave.
func (f frame) crumbs() []ui.Link {
	if f.Bare || len(f.Crumbs) == 0 && f.Place == nil {
		return nil
	}
	way := []ui.Link{{Href: "/", Text: f.context.T("web.home")}}
	if f.Place != nil && f.Title != f.Place.Name {
		way = append(way, ui.Link{Href: "/structures/" + f.Place.ID, Text: f.Place.Name})
	}
	return append(append(way, f.Crumbs...), ui.Link{Text: f.Title})
}

// here is the address of the page, for the forms that come back to it.
func (f frame) here() string {
	if f.context.R.Method != http.MethodGet {
		return "/"
	}
	return LocalPath(f.context.R.URL.RequestURI())
}

func (f frame) signInHref() string {
	return f.options.SignInPath
}

// canRefresh keeps an error page from asking for itself again and again.
func (f frame) canRefresh() bool { return f.Refresh > 0 && f.Status < 400 }

// Entry is one line of the navigation. A path with {structure} belongs to a structure and is shown on its pages only.
type Entry struct {
	Key   string // message: the text
	Group string // message: the heading under which it stands; entries without one come first
	Path  string
	Icon  string
	Rule  Rule // SignedIn, or Needs(action)
	Order int  // smaller first; by 10, to leave room
}

// Nav adds lines to the navigation. It panics on an entry without text, path or rule, as Page does.
func (rt *Router) Nav(entries ...Entry) {
	for _, e := range entries {
		if e.Key == "" || !strings.HasPrefix(e.Path, "/") || !e.Rule.Valid() {
			panic(fmt.Sprintf("web: entry of navigation %q to %q: want a text, a path and a rule", e.Key, e.Path))
		}
		rt.nav = append(rt.nav, e)
	}
	slices.SortStableFunc(rt.nav, func(a, b Entry) int { return cmp.Compare(a.Order, b.Order) })
}

// group is a heading with its lines, as shown.
type group struct {
	Title string
	Items []item
}

type item struct {
	Href, Text, Icon string
	Current          bool
}

// navigation returns the lines this reader may follow from this page.
func (c *Context) navigation(place *Place) []group {
	var groups []group
	current := -1 // the longest address that begins this page's
	var best *item
	for _, e := range c.rt.nav {
		href := e.Path
		if strings.Contains(href, "{structure}") {
			if place == nil {
				continue
			}
			href = strings.ReplaceAll(href, "{structure}", place.ID)
		}
		if !c.shows(e.Rule, strings.Contains(e.Path, "{structure}"), place) {
			continue
		}
		at := slices.IndexFunc(groups, func(g group) bool { return g.Title == c.groupTitle(e, place) })
		if at < 0 {
			at = len(groups)
			groups = append(groups, group{Title: c.groupTitle(e, place)})
		}
		groups[at].Items = append(groups[at].Items, item{Href: href, Text: c.T(e.Key), Icon: e.Icon})
	}
	for g := range groups {
		for i := range groups[g].Items {
			it := &groups[g].Items[i]
			if under(c.R.URL.Path, it.Href) && len(it.Href) > current {
				best, current = it, len(it.Href)
			}
		}
	}
	if best != nil {
		best.Current = true
	}
	return groups
}

func (c *Context) groupTitle(e Entry, place *Place) string {
	switch {
	case e.Group != "":
		return c.T(e.Group)
	case place != nil && strings.Contains(e.Path, "{structure}"):
		return place.Name
	}
	return ""
}

// shows reports whether a line is worth showing: the route behind it decides.
func (c *Context) shows(rule Rule, local bool, place *Place) bool {
	action, needs := rule.Action()
	switch {
	case rule.IsPublic():
		return true
	case !c.Actor.SignedIn():
		return false
	case !needs:
		return true
	}
	scope := right.Visible(c.Actor, action)
	switch {
	case rule.Everywhere():
		return scope.Holds(right.Everywhere())
	case local && place.Interval.Right > place.Interval.Left:
		return scope.Holds(place.Interval)
	}
	return !scope.Empty()
}

// under reports whether a page belongs to a line of navigation: the same address or one below.
func under(path, href string) bool {
	if href == "/" {
		return path == "/"
	}
	return path == href || strings.HasPrefix(path, href+"/")
}

// Names of files the layout loads.
const (
	styleFile  = asset.Style
	scriptFile = asset.Script
	htmxFile   = asset.HTMX
	fontFile   = asset.Font
	markFile   = asset.Mark
)
