package e2e

import (
	"cmp"
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hygie/internal/right"
	"hygie/internal/web"
	"hygie/internal/web/webtest"
)

// Bounds of a crawl, for each person: pages in all, fewer for the second of a role, and pages of one pattern.
const (
	mostPages     = 360
	fewPages      = 90
	mostOfPattern = 3
	mostLeads     = 40 // of one pattern, while they may lead to pages that nobody reached
)

// heaviest is how many bytes a page may weigh, before compression and without its files.
func heaviest(path string) int {
	if strings.Contains(path, "/assessments/") && strings.HasSuffix(path, "/themes/all") {
		return 200_000 // holds a whole questionnaire, for whoever asks for all questions at once
	}
	return 100_000
}

// notFollowed are pages that no link leads to, each for a reason.
func notFollowed() map[string]string {
	return map[string]string{
		"/health": "for supervisors",
		"/live":   "for scripts",
		"/structures/{structure}/exercises/{exercise}/report":  "once an exercise has ended, which none of the demonstration has",
		"/structures/{structure}/exercises/{exercise}/figures": "once an exercise has begun, which none of the demonstration has",
		"/ui":                          "for those who build pages",
		"/ui/{failure}":                "for those who build pages",
		"/demonstration/{person}":      "changes who one is",
		"/administration/finess/{job}": "reached by depositing a publication",
		"/search":                      "asked for by the field of every page",
		"/sign-in":                     "where visitors are sent who ask for a page",
		"/invitation/{secret}":         "comes by mail",
		"/invitation/{secret}/code":    "comes by mail",

		"/structures/{structure}/actions/merge":                                 "asked for from a list, with what was ticked",
		"/structures/{structure}/directory/scores/import/{draft}":               "reached by giving a file",
		"/structures/{structure}/assets/import/{draft}":                         "reached by giving a file",
		"/structures/{structure}/exercise-scenarios/{scenario}/import/{draft}":  "reached by giving a file",
		"/structures/{structure}/exercises/{exercise}/import/{draft}":           "reached by giving a file",
		"/structures/{structure}/continuity/contacts/import/{draft}":            "reached by giving a file",
		"/structures/{structure}/actions/import/{draft}":                        "reached by giving a file",
		"/structures/{structure}/assessments/{assessment}/import/{draft}":       "reached by giving a file",
		"/exercise-seats/{secret}":                                              "the address of a seat is its key; many are shown on one page",
		"/structures/{structure}/exercises/{exercise}/log":                      "opens with the exercise; the same pages are followed for incidents",
		"/structures/{structure}/exercises/{exercise}/log/offline":              "opens with the exercise; the same pages are followed for incidents",
		"/structures/{structure}/exercises/{exercise}/log/files/{sha256}":       "opens with the exercise; the same pages are followed for incidents",
		"/structures/{structure}/exercises/{exercise}/log/export/{format}":      "opens with the exercise; the same pages are followed for incidents",
		"/structures/{structure}/exercises/{exercise}/log/sheets":               "opens with the exercise; the same pages are followed for incidents",
		"/structures/{structure}/exercises/{exercise}/log/sheets/{sheet}":       "opens with the exercise; the same pages are followed for incidents",
		"/structures/{structure}/exercises/{exercise}/log/sheets/{sheet}/print": "opens with the exercise; the same pages are followed for incidents",
		"/calendar/{secret}":                       "for calendars; the account shows its address once",
		"/structures/{structure}/directory/latest": "proposed when its findings decide the next action",
		"/offline.js":                              "for scripts",
		"/structures/{structure}/incidents/{incident}/log/offline":              "kept by devices that were prepared",
		"/structures/{structure}/incidents/{incident}/log/files/{sha256}":       "attachments, of which the demonstration has none",
		"/structures/{structure}/incidents/{incident}/log/sheets/{sheet}":       "once a sheet was printed, which the demonstration does not do",
		"/structures/{structure}/incidents/{incident}/log/sheets/{sheet}/print": "once a sheet was printed, which the demonstration does not do",
		"/structures/{structure}/declarations/{fact}/withdraw":                  "beside what somebody declared, rarely among the first of the many things one may declare",
		"/structures/{structure}/evidence/{evidence}/preview":                   "for images and PDF, of which the demonstration has none",
	}
}

var (
	anchor       = regexp.MustCompile(`<a\b[^>]*\bhref="(/[^"]*)"`)
	otherOrigin  = regexp.MustCompile(`<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)="(?:https?:)?//[^"]*"`)
	identifier   = regexp.MustCompile(`\sid="([^"]*)"`)
	titleElement = regexp.MustCompile(`<title>([^<]+)</title>`)
)

// found is a page that somebody reached by links.
type found struct {
	pattern, path, email string
	page                 bool // not a file to keep
}

// Everybody follows the links they are shown: none is broken or refused, and each page is whole, in the language asked for and light. One page of
// each kind is then looked at in a real browser: nothing that keeps people out, nothing too wide, nothing from elsewhere, a quiet console.
func TestEveryPage(t *testing.T) {
	s := start(t, options{demo: true})
	s.idle(t)
	pages := crawlAll(t, s)
	reached := map[string]bool{}
	for _, f := range pages {
		reached[f.pattern] = true
	}
	excused := notFollowed()
	for _, route := range s.Router.Routes() {
		if strings.HasPrefix(route.Path, web.ProgramPrefix) { // described to programs, not linked
			continue
		}
		if _, ok := excused[route.Path]; route.Method == http.MethodGet && !ok && !reached[route.Path] {
			t.Errorf("no link leads anybody to %s", route.Path)
		}
	}
	t.Run("browser", func(t *testing.T) { inBrowser(t, s, pages) })
}

func crawlAll(t *testing.T, s *site) []found {
	t.Helper()
	links, err := s.SignIn.DemoLinks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := &crawler{t: t, site: s, reached: map[string]bool{}}
	c.crawl(s.visitor(t), "", mostPages)
	played := map[right.Role]bool{}
	for i, l := range links {
		v := s.visitor(t)
		v.lang = []string{"en", "fr"}[i%2]
		v.want(v.get(l.Path), http.StatusOK)
		most := mostPages
		if played[l.Role] {
			most = fewPages
		}
		played[l.Role] = true
		c.crawl(v, l.Person.Email, most)
	}
	return c.pages
}

// crawler follows links, those to kinds of pages that nobody reached yet before the others: what lies deep is then seen too.
type crawler struct {
	t       *testing.T
	site    *site
	pages   []found
	reached map[string]bool // patterns
}

// lead is a link to follow. A spare one is beyond those of its pattern, and followed only while it may lead to what nobody reached.
type lead struct {
	path, pattern string
	spare         bool
}

// leadsOn tells whether pages below a pattern were not reached yet.
func (c *crawler) leadsOn(pattern string) bool {
	excused := notFollowed()
	return slices.ContainsFunc(c.site.Router.Routes(), func(r web.Route) bool {
		_, free := excused[r.Path]
		return r.Method == http.MethodGet && !free && !c.reached[r.Path] && strings.HasPrefix(r.Path, pattern+"/")
	})
}

// crawl follows the links that a person ("" for a visitor) is shown, from the home page on.
func (c *crawler) crawl(v *visitor, email string, most int) {
	c.t.Helper()
	name := cmp.Or(email, "visitor")
	var queue []lead
	seen, ofPattern := map[string]bool{}, map[string]int{}
	add := func(path string) {
		if seen[path] || strings.HasPrefix(path, "/demonstration/") || strings.HasPrefix(path, "/assets/") {
			return
		}
		seen[path] = true
		pattern := patternOf(c.site.Router.Routes(), path)
		if pattern == "" {
			c.t.Errorf("%s: a link leads to %s, which is no page", name, path)
		} else if ofPattern[pattern+queryNames(path)]++; ofPattern[pattern+queryNames(path)] <= mostLeads {
			queue = append(queue, lead{path, pattern, ofPattern[pattern+queryNames(path)] > mostOfPattern})
		}
	}
	add("/")
	for n := 0; len(queue) > 0 && n < most; {
		at := max(0, slices.IndexFunc(queue, func(l lead) bool { return !c.reached[l.pattern] }))
		next := queue[at]
		queue = slices.Delete(queue, at, at+1)
		if next.spare && !c.leadsOn(next.pattern) {
			continue
		}
		n++
		a := v.get(next.path)
		page := strings.HasPrefix(a.header.Get("Content-Type"), "text/html") && a.header.Get("Content-Disposition") == ""
		c.keep(found{next.pattern, next.path, email, page})
		if end := patternOf(c.site.Router.Routes(), a.path); end != "" && end != next.pattern { // a redirect
			c.keep(found{end, a.path, email, page})
		}
		if a.status != http.StatusOK {
			c.t.Errorf("%s: %s answers %d", name, next.path, a.status)
			continue
		}
		if !page {
			continue
		}
		whole(c.t, a, v.lang)
		for _, link := range anchor.FindAllStringSubmatch(a.body, -1) {
			to, _, _ := strings.Cut(html.UnescapeString(link[1]), "#")
			add(to)
		}
	}
}

func (c *crawler) keep(f found) {
	c.pages = append(c.pages, f)
	c.reached[f.pattern] = true
}

// whole fails the test when a page lacks what every page has.
func whole(t *testing.T, a answer, lang string) {
	t.Helper()
	if n := strings.Count(a.body, "<h1"); n != 1 {
		t.Errorf("%s has %d main headings", a.path, n)
	}
	if !strings.Contains(a.body, `<html lang="`+lang+`"`) {
		t.Errorf("%s is not in %s", a.path, lang)
	}
	if title := titleElement.FindStringSubmatch(a.body); title == nil || strings.TrimSpace(title[1]) == "" {
		t.Errorf("%s has no title", a.path)
	}
	if strings.Contains(a.body, "⟦") {
		t.Errorf("%s lacks a text: %.80s", a.path, a.body[strings.Index(a.body, "⟦"):])
	}
	if most := heaviest(a.path); len(a.body) > most {
		t.Errorf("%s weighs %d bytes, at most %d wanted", a.path, len(a.body), most)
	}
	if found := otherOrigin.FindString(a.body); found != "" {
		t.Errorf("%s loads from elsewhere: %s", a.path, found)
	}
	ids := map[string]bool{}
	for _, id := range identifier.FindAllStringSubmatch(a.body, -1) {
		if ids[id[1]] {
			t.Errorf("%s has two elements %q", a.path, id[1])
		}
		ids[id[1]] = true
	}
}

// patternOf is the path of the GET route that answers an address, empty when there is none. As in the standard library, a literal segment
// wins over a wildcard.
func patternOf(routes []web.Route, address string) string {
	path, _, _ := strings.Cut(address, "?")
	parts := strings.Split(path, "/")
	best, literal := "", -1
	for _, route := range routes {
		pattern := strings.Split(strings.TrimSuffix(route.Path, "{$}"), "/")
		if route.Method != http.MethodGet || len(pattern) != len(parts) {
			continue
		}
		same, fits := 0, true
		for i := range pattern {
			switch {
			case pattern[i] == parts[i]:
				same++
			case !strings.HasPrefix(pattern[i], "{") || parts[i] == "":
				fits = false
			}
		}
		if fits && same > literal {
			best, literal = route.Path, same
		}
	}
	return best
}

// queryNames are the names in the query of an address, so that a filter is followed like a page of its own.
func queryNames(address string) string {
	_, query, _ := strings.Cut(address, "?")
	names := map[string]bool{}
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		names[name] = true
	}
	return "?" + strings.Join(slices.Sorted(maps.Keys(names)), "&")
}

// often are pages that people see every day; they are looked at in every view, the others in one each.
func often() []string {
	const s = "/structures/{structure}"
	return []string{"/{$}", s, s + "/actions", s + "/directory/runs/{run}", s + "/directory/runs/{run}/points/{point}", s + "/referentials/{package}"}
}

// views are how pages are looked at: widths, colours and languages.
func views(cookie string) []webtest.View {
	look := func(width int64, dark bool, lang string) webtest.View {
		return webtest.View{Width: width, Dark: dark, Headers: map[string]string{"Accept-Language": lang, "Cookie": cookie}}
	}
	return []webtest.View{look(1440, false, "fr"), look(320, true, "fr"), look(320, false, "en"), look(1440, true, "en")}
}

func inBrowser(t *testing.T, s *site, pages []found) {
	b := webtest.Start(t)
	first := map[string]found{}
	for _, f := range pages {
		if old, ok := first[f.pattern]; f.page && (!ok || old.email == "") {
			first[f.pattern] = f
		}
	}
	for i, pattern := range slices.Sorted(maps.Keys(first)) {
		f, cookie := first[pattern], ""
		if f.email != "" {
			cookie = "hygie=" + session(t, s, f.email)
		}
		looks := views(cookie)
		if !slices.Contains(often(), pattern) {
			looks = looks[i%len(looks):][:1]
		}
		for _, view := range looks {
			t.Run(strings.Trim(strings.ReplaceAll(pattern, "/", "-"), "-{}$")+" "+view.String(), func(t *testing.T) {
				t.Parallel()
				lookAt(t, s, b, f, view)
			})
		}
	}
}

func lookAt(t *testing.T, s *site, b *webtest.Browser, f found, view webtest.View) {
	tab := b.Open(t, s.url+f.path, view)
	keep(t, tab, view, "page"+strings.NewReplacer("/", "-", "{", "", "}", "", "$", "").Replace(f.pattern))
	tab.Fits(t)
	tab.Accessible(t)
	elsewhere := webtest.Eval[[]string](t, tab, `performance.getEntriesByType("resource").map(e => e.name).filter(n => !n.startsWith(location.origin + "/") && !n.startsWith("data:"))`)
	if len(elsewhere) > 0 {
		t.Errorf("%s asks elsewhere: %v", f.path, elsewhere)
	}
}
