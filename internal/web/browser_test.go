package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"hygie/internal/right"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/internal/web/webtest"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// demoSite is the component page with everything the frame can show.
func demoSite(t *testing.T) *httptest.Server {
	t.Helper()
	s := newSite(t, func(o *web.Options) {
		o.Demo = true
		o.AccountPath, o.StructuresPath, o.HelpPath = "/account", "/structures", "/help"
		o.Places = places
	})
	s.Nav(
		web.Entry{Key: "web.home", Path: "/ui", Icon: "home", Rule: web.SignedIn, Order: 10},
		web.Entry{Key: "web.help", Group: "web.navigation", Path: "/help", Icon: "book", Rule: web.SignedIn, Order: 20},
		web.Entry{Key: "web.account", Group: "web.navigation", Path: "/audits", Icon: "gauge", Rule: web.Needs(right.SeeAudit), Order: 30},
	)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server
}

// TestComponentPageInABrowser looks at every component at two widths, light and dark, in both languages, with and without a
// script. HYGIE_SHOTS names a folder that keeps the screenshots.
func TestComponentPageInABrowser(t *testing.T) {
	server := demoSite(t)
	browser := webtest.Start(t)
	signedIn := func(lang string) map[string]string {
		return map[string]string{"X-Person": "Sacha Delmière", "Accept-Language": lang}
	}
	for name, view := range map[string]webtest.View{
		"wide light":            {Width: 1440, Headers: signedIn("fr")},
		"wide dark English":     {Width: 1440, Dark: true, Headers: signedIn("en")},
		"narrow light English":  {Width: 320, Headers: signedIn("en")},
		"narrow dark":           {Width: 320, Dark: true, Headers: signedIn("fr")},
		"narrow without script": {Width: 320, NoScript: true, Headers: signedIn("fr")},
		"beside the rail":       {Width: 1030, Headers: signedIn("fr")},
		"paper":                 {Width: 800, Print: true, Headers: signedIn("fr")},
	} {
		t.Run(name, func(t *testing.T) {
			tab := browser.Open(t, server.URL+"/ui", view)
			if folder := os.Getenv("HYGIE_SHOTS"); folder != "" {
				tab.Screenshot(t, filepath.Join(folder, view.String()+".png"))
			}
			tab.Fits(t)
			if !view.NoScript && !view.Print {
				tab.Accessible(t)
			}
		})
	}
}

func TestErrorPagesAreAccessible(t *testing.T) {
	server := demoSite(t)
	browser := webtest.Start(t)
	tab := browser.Open(t, server.URL+"/ui", webtest.View{Width: 320, Noisy: true})
	for _, kind := range []string{"invalid", "missing", "refused", "conflict", "internal"} {
		t.Run(kind, func(t *testing.T) {
			webtest.Eval[bool](t, tab, `fetch("/ui/`+kind+`").then(r => r.text()).then(text => {
				document.querySelector("main").replaceWith(new DOMParser().parseFromString(text, "text/html").querySelector("main"));
				return true;
			})`)
			tab.Fits(t)
			tab.Accessible(t)
		})
	}
}

func TestScriptMakesListsQuicker(t *testing.T) {
	server := demoSite(t)
	tab := webtest.Start(t).Open(t, server.URL+"/ui", webtest.View{})
	tab.Do(t, chromedp.SendKeys(chromedp.ID("f-q"), "rive"))
	tab.Until(t, `document.querySelectorAll("#structures tbody tr").length === 1`)
	tab.Until(t, `new URLSearchParams(location.search).get("q") === "rive"`)
	if got := webtest.Eval[string](t, tab, `document.activeElement.id`); got != "f-q" {
		t.Errorf("the hand lost the field: focus is on %q", got)
	}
	// A click on a column must leave the filter in place, and the next filter the order.
	tab.Do(t, chromedp.Click(chromedp.ID("structures-sort-level")))
	tab.Until(t, `document.querySelector("#structures th[aria-sort=ascending] #structures-sort-level") !== null`)
	if rows := webtest.Eval[int](t, tab, `document.querySelectorAll("#structures tbody tr").length`); rows != 1 {
		t.Errorf("%d rows after sorting, want the 1 that passes the filter", rows)
	}
	if got := webtest.Eval[string](t, tab, `new FormData(document.getElementById("structures-filters")).get("sort")`); got != "level" {
		t.Errorf("the form would send the order %q", got)
	}
}

func TestDialogOpensAndCloses(t *testing.T) {
	server := demoSite(t)
	tab := webtest.Start(t).Open(t, server.URL+"/ui", webtest.View{})
	open := func() bool {
		return webtest.Eval[bool](t, tab, `document.getElementById("question-dialog").open`)
	}
	tab.Do(t, chromedp.Click(chromedp.CSS("[data-dialog=question-dialog]")))
	if !open() {
		t.Fatal("the dialog did not open")
	}
	tab.Accessible(t)
	tab.Do(t, chromedp.Click(chromedp.CSS("#question-dialog [data-close]")))
	if open() {
		t.Error("the dialog did not close")
	}
}

func TestUploadShowsTheNextPage(t *testing.T) {
	server := demoSite(t)
	tab := webtest.Start(t).Open(t, server.URL+"/ui", webtest.View{})
	file := filepath.Join(t.TempDir(), "extract.ldif")
	if err := os.WriteFile(file, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	tab.Do(t,
		chromedp.SetUploadFiles(chromedp.ID("f-evidence"), []string{file}),
	)
	tab.Until(t, `document.querySelectorAll(".drop-files li").length === 1`)
	tab.Do(t, chromedp.Click(chromedp.CSS("form[data-upload] button[type=submit]")))
	tab.Until(t, `document.querySelector("main .flashes") !== null`)
}

// TestProgressFollowsTheWork serves a piece of work that moves when its page is asked for: by time, and by a live topic.
func TestProgressFollowsTheWork(t *testing.T) {
	for _, topic := range []string{"", "job/1"} {
		t.Run("topic "+topic, func(t *testing.T) {
			s := newSite(t, func(o *web.Options) { o.StreamPath = "/live" })
			var asked atomic.Int64
			s.Page("GET /jobs/1", web.Public, func(c *web.Context) error {
				p := ui.Progress{ID: "job", Label: "Analyse", Status: ui.Running, Done: asked.Add(1), Total: 3, Href: "/jobs/1", Topic: topic}
				if p.Done >= p.Total {
					p.Status = ui.Done
				}
				return c.Page(web.Page{Title: "Analyse", Refresh: 5}, p)
			})
			versions := make(chan int)
			s.Page("GET /live", web.Public, func(c *web.Context) error {
				c.W.Header().Set("Content-Type", "text/event-stream")
				for version := range versions {
					_, _ = fmt.Fprintf(c.W, "event: %s\ndata: v%d\n\n", c.Query("topic"), version)
					_ = http.NewResponseController(c.W).Flush()
				}
				return nil
			}, web.Stream())
			server := httptest.NewServer(s)
			t.Cleanup(server.Close)
			t.Cleanup(func() { close(versions) })
			tab := webtest.Start(t).Open(t, server.URL+"/jobs/1", webtest.View{})
			for i := range 2 {
				if topic != "" {
					versions <- i
				}
				// The bar of finished work is 1 of 1, so look at how often the server was asked.
				for asked.Load() < int64(i)+2 {
					tab.Until(t, "true")
				}
			}
			tab.Until(t, `document.querySelector("#job").textContent.includes("Terminé")`)
			if webtest.Eval[bool](t, tab, `document.querySelector("#job").hasAttribute("hx-get")`) {
				t.Error("work that is done is asked for again")
			}
		})
	}
}

func TestMenusFitAndAreAccessible(t *testing.T) {
	server := demoSite(t)
	browser := webtest.Start(t)
	for _, width := range []int64{320, 768, 1280} {
		tab := browser.Open(t, server.URL+"/ui#menu", webtest.View{Width: width, Headers: map[string]string{"X-Person": "Sacha Delmière"}})
		for _, menu := range []string{".switcher", ".dropdown", ".dropdown ~ .dropdown"} {
			tab.Do(t, chromedp.Click(chromedp.CSS(menu+" > summary")))
			tab.Until(t, `document.querySelectorAll("details[data-menu][open]").length === 1`)
			tab.Fits(t)
			if left := webtest.Eval[float64](t, tab, `document.querySelector("details[data-menu][open] .dropdown-panel").getBoundingClientRect().left`); left < 0 {
				t.Errorf("at %d the panel of %s begins at %.0f", width, menu, left)
			}
			tab.Accessible(t)
		}
		tab.Do(t, chromedp.KeyEvent(kb.Escape))
		tab.Until(t, `document.querySelectorAll("details[data-menu][open]").length === 0`)
	}
}
