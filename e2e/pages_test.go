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

	"hygie/internal/web"
	"hygie/internal/web/webtest"
)

// Bounds of a crawl, for each person: pages in all, and pages of one pattern.
const (
	mostPages     = 360
	mostOfPattern = 3
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
		"/structures/{structure}/incidents/{incident}/exhibits/new":                              "a form below the register of exhibits, too deep for a crawl",
		"/structures/{structure}/incidents/{incident}/exhibits/tool":                             "a form below the register of exhibits, too deep for a crawl",
		"/structures/{structure}/incidents/{incident}/exhibits/labels":                           "a file beside the register of exhibits, too deep for a crawl",
		"/structures/{structure}/incidents/{incident}/exhibits/signed":                           "a file beside the register of exhibits, too deep for a crawl",
		"/structures/{structure}/incidents/{incident}/exhibits/key":                              "a file beside the register of exhibits, too deep for a crawl",
		"/structures/{structure}/incidents/{incident}/exhibits/print":                            "a file beside the register of exhibits, too deep for a crawl",
		"/structures/{structure}/incidents/{incident}/exhibits/{piece}":                          "below the register of exhibits, too deep for a crawl",
		"/structures/{structure}/incidents/{incident}/exhibits/{piece}/label":                    "a file beside an exhibit, too deep for a crawl",
		"/structures/{structure}/exercises/{exercise}/report":                                    "once an exercise has ended, which none of the demonstration has",
		"/structures/{structure}/exercises/{exercise}/figures":                                   "once an exercise has begun, which none of the demonstration has",
		"/structures/{structure}/incidents/{incident}/declarations/{declaration}/print/{format}": "PDF and ODT beside each draft, too deep for a crawl",
		"/structures/{structure}/incidents/{incident}/close":                                     "at the end of the page of an open incident, too deep for a crawl",
		"/structures/{structure}/incidents/{incident}/log/export/{format}":                       "files beside the main courante, too deep for a crawl",
		"/structures/{structure}/incidents/{incident}/log/sheets":                                "paper twin of the main courante, too deep for a crawl",
		"/structures/{structure}/incidents/{incident}/log/sheets/{sheet}":                        "a sheet typed back, too deep for a crawl",
		"/structures/{structure}/incidents/{incident}/log/sheets/{sheet}/print":                  "a sheet to print, too deep for a crawl",
		"/structures/{structure}/declarations/{fact}/withdraw":                                   "beside each declaration, beyond the pages that a crawl reads",
		"/ui":                          "for those who build pages",
		"/ui/{failure}":                "for those who build pages",
		"/demonstration/{person}":      "changes who one is",
		"/administration/finess/{job}": "reached by depositing a publication",
		"/search":                      "asked for by the field of every page",
		"/sign-in":                     "where visitors are sent who ask for a page",
		"/invitation/{secret}":         "comes by mail",
		"/invitation/{secret}/code":    "comes by mail",

		"/structures/{structure}/directory/findings/{point}/acceptance":             "on the page of each finding, deeper than a crawl goes",
		"/structures/{structure}/exposure/runs/{run}/findings/{finding}/acceptance": "on the page of each finding, deeper than a crawl goes",
		"/structures/{structure}/actions/merge":                                     "asked for from a list, with what was ticked",
		"/structures/{structure}/directory/scores/import/{draft}":                   "reached by giving a file",
		"/structures/{structure}/assets/import/{draft}":                             "reached by giving a file",
		"/structures/{structure}/exercise-scenarios/{scenario}/import/{draft}":      "reached by giving a file",
		"/structures/{structure}/actions/import/{draft}":                            "reached by giving a file",
		"/structures/{structure}/assessments/{assessment}/import/{draft}":           "reached by giving a file",
		"/exercise-seats/{secret}":                                                  "the address of a seat is its key; many are shown on one page",
		"/structures/{structure}/exercises/{exercise}/log":                          "opens with the exercise; the same pages are followed for incidents",
		"/structures/{structure}/exercises/{exercise}/log/offline":                  "opens with the exercise; the same pages are followed for incidents",
		"/structures/{structure}/exercises/{exercise}/log/files/{sha256}":           "opens with the exercise; the same pages are followed for incidents",
		"/structures/{structure}/exercises/{exercise}/log/export/{format}":          "opens with the exercise; the same pages are followed for incidents",
		"/structures/{structure}/exercises/{exercise}/log/sheets":                   "opens with the exercise; the same pages are followed for incidents",
		"/structures/{structure}/exercises/{exercise}/log/sheets/{sheet}":           "opens with the exercise; the same pages are followed for incidents",
		"/structures/{structure}/exercises/{exercise}/log/sheets/{sheet}/print":     "opens with the exercise; the same pages are followed for incidents",
		"/calendar/{secret}":                       "for calendars; the account shows its address once",
		"/structures/{structure}/directory/latest": "proposed when its findings decide the next action",
		"/offline.js":                              "for scripts",
		"/structures/{structure}/incidents/{incident}/log/offline":        "kept by devices that were prepared",
		"/structures/{structure}/incidents/{incident}/log/files/{sha256}": "attachments, of which the demonstration has none",
		"/structures/{structure}/evidence/{evidence}/preview":             "for images and PDF, of which the demonstration has none",
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

// everybody is who lives in the demonstration, and a visitor ("").
func everybody(t *testing.T, s *site) []string {
	t.Helper()
	links, err := s.SignIn.DemoLinks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := []string{""}
	for _, l := range links {
		all = append(all, l.Person.Email)
	}
	return all
}

func crawlAll(t *testing.T, s *site) []found {
	t.Helper()
	var all []found
	for i, email := range everybody(t, s) {
		v := s.visitor(t)
		v.lang = []string{"fr", "en"}[i%2]
		if email != "" {
			v.want(v.get(s.link(t, email)), http.StatusOK)
		}
		all = append(all, crawl(t, s, v, email)...)
	}
	return all
}

func crawl(t *testing.T, s *site, v *visitor, email string) []found {
	t.Helper()
	var pages []found
	seen, ofPattern := map[string]bool{"/": true}, map[string]int{}
	for queue := []string{"/"}; len(queue) > 0 && len(pages) < mostPages; queue = queue[1:] {
		path := queue[0]
		pattern := patternOf(s.Router.Routes(), path)
		if pattern == "" {
			t.Errorf("%s: a link leads to %s, which is no page", cmp.Or(email, "visitor"), path)
			continue
		}
		if ofPattern[pattern+queryNames(path)]++; ofPattern[pattern+queryNames(path)] > mostOfPattern {
			continue
		}
		a := v.get(path)
		page := strings.HasPrefix(a.header.Get("Content-Type"), "text/html") && a.header.Get("Content-Disposition") == ""
		pages = append(pages, found{pattern, path, email, page})
		if end := patternOf(s.Router.Routes(), a.path); end != "" && end != pattern { // a redirect
			pages = append(pages, found{end, a.path, email, page})
		}
		if a.status != http.StatusOK {
			t.Errorf("%s: %s answers %d", cmp.Or(email, "visitor"), path, a.status)
			continue
		}
		if !page {
			continue
		}
		whole(t, a, v.lang)
		for _, link := range anchor.FindAllStringSubmatch(a.body, -1) {
			to, _, _ := strings.Cut(html.UnescapeString(link[1]), "#")
			if seen[to] || strings.HasPrefix(to, "/demonstration/") || strings.HasPrefix(to, "/assets/") {
				continue
			}
			seen[to] = true
			queue = append(queue, to)
		}
	}
	return pages
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
