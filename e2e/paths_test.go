package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hygie/directory/report"
	"hygie/directory/report/html"
	"hygie/internal/web/webtest"
)

// drawing is what the drawing of paths shows.
type drawing struct {
	Ways  int    `json:"ways"`
	Boxes int    `json:"boxes"`
	Rows  int    `json:"rows"` // of the table beside it
	Focus string `json:"focus"`
	Lit   int    `json:"lit"`
	Told  string `json:"told"` // what is said of the chosen box
	Width int    `json:"width"`
}

const whatIsDrawn = `(() => ({
	ways: +document.querySelector("[data-count=ways]").textContent,
	boxes: Array.from(document.querySelectorAll(".pv-node")).filter(e => e.getClientRects().length).length,
	rows: Array.from(document.querySelectorAll("tr[id^=way-]")).filter(e => e.getClientRects().length).length,
	focus: document.activeElement.classList.contains("pv-node") ? document.activeElement.querySelector("text").textContent : "",
	lit: document.querySelectorAll(".pv-looked .pv-link.pv-on").length,
	told: document.querySelector(".pv-detail").innerText,
	width: Math.round(document.querySelector(".pv svg").getBoundingClientRect().width),
}))()`

func drawn(t *testing.T, tab *webtest.Tab) drawing {
	t.Helper()
	return webtest.Eval[drawing](t, tab, whatIsDrawn)
}

// explore works with a drawing as its reader does: filters, walks by keyboard, keeps one box, goes back.
func explore(t *testing.T, tab *webtest.Tab, words string) {
	t.Helper()
	all := drawn(t, tab)
	if all.Boxes < 3 || all.Rows != all.Ways || all.Ways == 0 {
		t.Fatalf("at first %+v", all)
	}
	tab.Do(t, chromedp.SendKeys(chromedp.CSS("[data-pv=words]"), words))
	tab.Until(t, fmt.Sprintf(`+document.querySelector("[data-count=ways]").textContent < %d`, all.Ways))
	some := drawn(t, tab)
	if some.Ways == 0 || some.Boxes >= all.Boxes || some.Rows != some.Ways {
		t.Errorf("filtered by %q: %+v of %+v", words, some, all)
	}
	tab.Do(t, chromedp.Click(chromedp.CSS("[data-pv=all]")))
	if again := drawn(t, tab); again.Ways != all.Ways || again.Boxes != all.Boxes {
		t.Errorf("after showing all: %+v of %+v", again, all)
	}
	webtest.Eval[bool](t, tab, `document.querySelector('.pv-node[tabindex="0"]').focus(), true`)
	first := drawn(t, tab)
	tab.Do(t, chromedp.KeyEvent(kb.ArrowRight))
	next := drawn(t, tab)
	if first.Focus == "" || next.Focus == "" || next.Focus == first.Focus || next.Lit == 0 {
		t.Errorf("an arrow leads from %q to %q, %d steps lit", first.Focus, next.Focus, next.Lit)
	}
	tab.Do(t, chromedp.KeyEvent(kb.ArrowLeft), chromedp.KeyEvent(" "))
	kept := drawn(t, tab)
	if kept.Ways == 0 || kept.Ways >= all.Ways || kept.Rows != kept.Ways || !strings.Contains(kept.Told, "Peut") {
		t.Errorf("one box kept: %+v", kept)
	}
	tab.Do(t, chromedp.KeyEvent(kb.Escape))
	if again := drawn(t, tab); again.Ways != all.Ways || again.Told != "" {
		t.Errorf("after Escape: %+v", again)
	}
	tab.Do(t, chromedp.KeyEvent("+"))
	if larger := drawn(t, tab); larger.Width <= all.Width {
		t.Errorf("larger is %d wide, was %d", larger.Width, all.Width)
	}
	tab.Do(t, chromedp.KeyEvent("0"))
}

// The officer looks at the ways into the heart of the directory, tries two changes, and compares two runs.
func TestOfficerExploresThePaths(t *testing.T) {
	b := webtest.Start(t)
	s := start(t, options{demo: true})
	s.idle(t)
	for _, view := range []webtest.View{{Width: 1440}, {Width: 320, Height: 700, Dark: true}} {
		t.Run(view.String(), func(t *testing.T) {
			w := s.open(t, b, s.link(t, officer), view)
			w.to("/structures/" + hospital + "/directory/latest")
			w.click("Chemins de contrôle")
			explore(t, w.Tab, "GG-Support-SI")
			w.Fits(t)
			w.Accessible(t)
			w.keep("paths")

			w.click("Corrections")
			w.Do(t, chromedp.Click(chromedp.CSS("#fix-1")), chromedp.Click(chromedp.CSS("#fix-2")))
			w.leave(chromedp.Click(w.find("button", "Et si")))
			w.says("Rien n’a été modifié", "Le niveau resterait 1", "Aujourd’hui", "Ensuite")
			w.Fits(t)
			w.Accessible(t)
			w.keep("what-if")

			w.click("Ce qui a changé")
			w.says("Le niveau n’a pas changé", "Chemins ouverts et fermés", "Objets qui ont changé")
			w.Fits(t)
			w.Accessible(t)
			w.keep("changes")
		})
	}
}

// The report as one file opens without a network, with a drawing of more than two hundred boxes that can be worked with.
func TestReportOfTwoHundredBoxesOffline(t *testing.T) {
	r := &report.Report{Format: report.Format, AsOf: time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC), ToolVersion: "test", Language: "fr", Level: 1, Statistics: report.Statistics{Control: &report.ControlStatistics{Ways: 180, WaysShown: 180, ExposedTo: 180}}}
	const base = ",OU=Invention,DC=hopital,DC=test"
	for i := range 180 {
		names := []string{fmt.Sprintf("CN=Personne %d", i) + base, fmt.Sprintf("CN=Groupe %d", i%40) + base, fmt.Sprintf("OU=Service %d", i%12) + base, "CN=DC1" + base}
		p := report.Path{Source: report.Principal{DN: names[0]}, Target: report.Principal{DN: names[3]}, Door: 2, Accounts: 1}
		for k, right := range []string{"MemberOf", "GenericAll", "Contains"} {
			p.Steps = append(p.Steps, report.Step{From: names[k], To: names[k+1], Right: right, Means: "tient", Object: names[k+1], Cut: "Retirer le droit."})
		}
		r.Paths = append(r.Paths, p)
	}
	file := filepath.Join(t.TempDir(), "audit.html")
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := html.Write(f, r); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	b := webtest.Start(t)
	for _, view := range []webtest.View{{Width: 1440}, {Width: 320, Height: 700, Dark: true}, {Width: 1024, NoScript: true}, {Width: 800, Print: true}} {
		t.Run(view.String(), func(t *testing.T) {
			tab := b.Open(t, "file://"+file, view)
			if view.NoScript {
				return // what the console says would fail the test; the drawing itself is looked at by the others
			}
			if got := drawn(t, tab); got.Boxes < 200 && !view.Print {
				t.Fatalf("%+v", got)
			}
			if asked := webtest.Eval[int](t, tab, `performance.getEntriesByType("resource").length`); asked != 0 {
				t.Errorf("the file asks for %d other things", asked)
			}
			tab.Fits(t)
			keep(t, tab, view, "report")
			if !view.Print {
				explore(t, tab, "CN=Groupe 7,")
				tab.Accessible(t)
			}
		})
	}
}
