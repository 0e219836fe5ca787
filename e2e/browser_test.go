package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"hygie/internal/web/webtest"
)

// window is a tab of a real browser in somebody's hands: real clicks and keys, with or without script in the page.
type window struct {
	*webtest.Tab
	t    *testing.T
	site *site
	view webtest.View
}

// open opens a page of the site.
func (s *site) open(t *testing.T, b *webtest.Browser, path string, view webtest.View) *window {
	t.Helper()
	view.Expected = append(view.Expected, "status of 422") // forms are also sent wrong
	return &window{Tab: b.Open(t, s.url+path, view), t: t, site: s, view: view}
}

// to goes to a page of the site by its address.
func (w *window) to(path string) {
	w.t.Helper()
	w.Do(w.t, chromedp.Navigate(w.site.url+path))
}

// path is where the window is.
func (w *window) path() string {
	w.t.Helper()
	return webtest.Eval[string](w.t, w.Tab, "location.pathname + location.search")
}

// text is what the page says, without its frame, with every kind of space made one.
func (w *window) text() string {
	w.t.Helper()
	return spaces.ReplaceAllString(webtest.Eval[string](w.t, w.Tab, `document.querySelector("main").innerText`), " ")
}

// says fails the test when the page lacks one of the texts.
func (w *window) says(texts ...string) {
	w.t.Helper()
	page := w.text()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			w.t.Errorf("%s does not say %q:\n%.1500s", w.path(), text, page)
		}
	}
}

// mark is the attribute by which an element that was found is pointed at.
const mark = "data-e2e"

// find marks the visible element of the selector whose text begins as asked, and returns its selector.
func (w *window) find(selector, text string) chromedp.CSS {
	w.t.Helper()
	found := webtest.Eval[int](w.t, w.Tab, fmt.Sprintf(`(() => {
		document.querySelectorAll("[%[1]s]").forEach(e => e.removeAttribute("%[1]s"));
		const clean = e => (e.innerText ?? e.textContent).replace(/\s+/g, " ").trim();
		const all = Array.from(document.querySelectorAll(%[2]s)).filter(e => e.getClientRects().length && clean(e).startsWith(%[3]s));
		if (all.length) all[0].setAttribute("%[1]s", "");
		return all.length;
	})()`, mark, strconv.Quote(selector), strconv.Quote(text)))
	if found == 0 {
		w.t.Fatalf("%s has no %s %q:\n%.1500s", w.path(), selector, text, w.text())
	}
	return chromedp.CSS("[" + mark + "]")
}

// click clicks a link or button and waits for the page behind it.
func (w *window) click(text string) {
	w.t.Helper()
	w.leave(chromedp.Click(w.find("a, button, summary", text)))
}

// press clicks what leads nowhere: a menu, a disclosure.
func (w *window) press(text string) {
	w.t.Helper()
	w.Do(w.t, chromedp.Click(w.find("a, button, summary", text)))
}

// leave does something that leads to another page, and waits until that one is there.
func (w *window) leave(act chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	webtest.Eval[bool](w.t, w.Tab, "window.left = true")
	w.Do(w.t, act)
	w.Until(w.t, `!window.left && document.readyState === "complete" && !!document.querySelector("main")`)
}

// fill types into fields, given as name and value in turn; days and choices are set, as their widgets differ between browsers.
func (w *window) fill(form string, fields ...string) {
	w.t.Helper()
	for i := 0; i < len(fields); i += 2 {
		field := chromedp.CSS(form + ` [name="` + fields[i] + `"]`)
		kind := webtest.Eval[string](w.t, w.Tab, fmt.Sprintf(`document.querySelector(%s).type`, strconv.Quote(string(field))))
		switch kind {
		case "date", "select-one", "hidden":
			w.Do(w.t, chromedp.SetValue(field, fields[i+1]))
		case "radio", "checkbox":
			w.Do(w.t, chromedp.Click(chromedp.CSS(string(field)+`[value="`+fields[i+1]+`"]`)))
		default:
			w.Do(w.t, chromedp.SendKeys(field, fields[i+1]))
		}
	}
}

// choose puts a file into a field for files.
func (w *window) choose(name, file string) {
	w.t.Helper()
	w.Do(w.t, chromedp.SetUploadFiles(chromedp.CSS(`input[name="`+name+`"]`), []string{file}))
}

// fetched asks for an address as the page would, and returns status, type and text.
type fetched struct {
	Status      int    `json:"status"`
	Type        string `json:"type"`
	Disposition string `json:"disposition"`
	Text        string `json:"text"`
}

func (w *window) fetch(path string) fetched {
	w.t.Helper()
	return webtest.Eval[fetched](w.t, w.Tab, fmt.Sprintf(`fetch(%s).then(async r => ({status: r.status, type: r.headers.get("Content-Type") || "",
		disposition: r.headers.get("Content-Disposition") || "", text: await r.text()}))`, strconv.Quote(path)))
}

// keep writes a screenshot when somebody wants to look at it.
func (w *window) keep(name string) {
	w.t.Helper()
	keep(w.t, w.Tab, w.view, name)
}

// keepFile keeps other things to look at.
func keepFile(t *testing.T, name string, content []byte) {
	t.Helper()
	if folder := os.Getenv("HYGIE_SCREENSHOTS"); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func keep(t *testing.T, tab *webtest.Tab, view webtest.View, name string) {
	t.Helper()
	folder := os.Getenv("HYGIE_SCREENSHOTS")
	if folder == "" {
		return
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	tab.Screenshot(t, filepath.Join(folder, name+"-"+view.String()+".png"))
}
