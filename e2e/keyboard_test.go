package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hygie/internal/web/webtest"
)

// keyboardPages are where somebody without a mouse works.
func keyboardPages() map[string]string {
	return map[string]string{
		"home":      "/",
		"situation": "/structures/" + hospital,
		"form":      "/structures/" + hospital + "/actions/new",
		"deposit":   "/structures/" + hospital + "/directory/new",
		"list":      "/structures",
	}
}

// focused describes what has the focus, and how it shows it.
type focused struct {
	Name    string  `json:"name"`
	Outline float64 `json:"outline"` // width of its outline in pixels, 0 when there is none
	Shadow  bool    `json:"shadow"`
	Seen    bool    `json:"seen"` // in the window and not hidden
	Skip    bool    `json:"skip"`
}

const whatIsFocused = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return {name: "", outline: 0, shadow: false, seen: false, skip: false};
	const style = getComputedStyle(e), box = e.getBoundingClientRect();
	return {
		name: e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + " " + (e.innerText || e.value || e.getAttribute("aria-label") || "").slice(0, 40).trim(),
		outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
		shadow: style.boxShadow !== "none",
		seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && style.visibility !== "hidden",
		skip: e.classList.contains("skip"),
	};
})()`

func (w *window) tab() focused {
	w.t.Helper()
	w.Do(w.t, chromedp.KeyEvent(kb.Tab))
	return webtest.Eval[focused](w.t, w.Tab, whatIsFocused)
}

// Every stop of the tabulator is seen and shows that it has the focus, on each page, in both colours.
func TestFocusIsAlwaysSeen(t *testing.T) {
	b := webtest.Start(t)
	s := start(t, options{demo: true})
	s.idle(t)
	cookie := "hygie=" + session(t, s, officer)
	for name, path := range keyboardPages() {
		t.Run(name, func(t *testing.T) {
			w := s.open(t, b, path, webtest.View{Width: 1280, Dark: name == "form", Headers: map[string]string{"Cookie": cookie}})
			first := w.tab()
			if !first.Skip || !first.Seen {
				t.Errorf("the first stop is %+v, want the link to the content", first)
			}
			stops := map[string]bool{}
			for range 60 {
				f := w.tab()
				if f.Name == "" || f.Skip { // around
					break
				}
				stops[f.Name] = true
				if !f.Seen || f.Outline < 2 && !f.Shadow {
					t.Errorf("focus on %q is not seen: %+v", f.Name, f)
				}
			}
			if len(stops) < 10 {
				t.Errorf("%d stops: %v", len(stops), stops)
			}
		})
	}
}

// Somebody without a mouse skips to the content, opens and closes the menu of their account, writes an action, filters the list and comes back.
func TestKeyboardOnly(t *testing.T) {
	b := webtest.Start(t)
	s := start(t, options{demo: true})
	s.idle(t)
	w := s.open(t, b, s.link(t, officer), webtest.View{Width: 1280})
	w.to("/structures/" + hospital + "/actions")
	w.tab()
	w.Do(t, enter)
	w.Until(t, `document.activeElement.id === "main"`)
	if next := w.tab(); !webtest.Eval[bool](t, w.Tab, `document.querySelector("main").contains(document.activeElement)`) {
		t.Errorf("after the content was reached, the next stop is %q", next.Name)
	}

	w.focus(`.masthead-tools details:last-of-type > summary`)
	w.Do(t, enter)
	w.Until(t, `document.querySelector(".masthead-tools details:last-of-type").open`)
	if f := w.tab(); !strings.Contains(f.Name, "Mon compte") {
		t.Errorf("in the menu, the first stop is %q", f.Name)
	}
	w.Do(t, chromedp.KeyEvent(kb.Escape))
	w.Until(t, `!document.querySelector(".masthead-tools details:last-of-type").open && document.activeElement.tagName === "SUMMARY"`)

	w.to("/structures/" + hospital + "/actions/new")
	w.focus(`main [name=title]`)
	w.leave(enter) // empty
	if !webtest.Eval[bool](t, w.Tab, `document.activeElement.matches("[data-errors]") && !!document.querySelector("main [aria-invalid=true]")`) {
		t.Errorf("a form sent wrong does not put the focus on its errors: %s", webtest.Eval[string](t, w.Tab, `document.activeElement.outerHTML.slice(0, 200)`))
	}
	w.tab()
	w.Do(t, enter) // the link of the error leads to its field
	w.Until(t, `document.activeElement.name === "title"`)
	w.Do(t, chromedp.KeyEvent("Ranger la salle des serveurs"))
	w.leave(enter)
	w.says("Ranger la salle des serveurs")

	webtest.Eval[bool](t, w.Tab, `window.same = true`)
	w.focus(`main form[role=search] [type=search]`)
	w.Do(t, chromedp.KeyEvent("sauvegardes"))
	w.Until(t, `!document.querySelector("main").innerText.includes("Ranger la salle") && document.querySelector("main").innerText.includes("sauvegardes de l")`)
	if !webtest.Eval[bool](t, w.Tab, `window.same === true && location.search.includes("sauvegardes") && document.activeElement.type === "search"`) {
		t.Errorf("the filter loads another page, is not in the address, or loses the focus: %s", w.path())
	}

	// The stroke goes to the field of search from anywhere but a field, and writes nothing; the guide is found there too.
	w.Do(t, slash)
	w.Until(t, `document.activeElement.id !== "search" && document.activeElement.value === "sauvegardes/" && location.search.includes("sauvegardes%2F")`)
	webtest.Eval[bool](t, w.Tab, `document.activeElement.blur(), true`)
	w.Do(t, slash)
	w.Until(t, `document.activeElement.id === "search" && document.activeElement.value === ""`)
	w.Do(t, chromedp.KeyEvent("absenter"))
	w.leave(enter)
	w.says("S’absenter")
}

// enter and slash press and release a key.
func enter(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
	return stroke(ctx, input.DispatchKeyEventParams{Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13})
}

func slash(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
	return stroke(ctx, input.DispatchKeyEventParams{Key: "/", Code: "Slash", Text: "/", WindowsVirtualKeyCode: 191})
}

// stroke presses and releases a key as a keyboard does: one event that says both that the key is down and what it writes. As two events, the
// second would go to a field that the first one put the focus in.
func stroke(ctx context.Context, key input.DispatchKeyEventParams) (chromedp.Void, error) {
	key.Type, key.UnmodifiedText, key.NativeVirtualKeyCode = "keyDown", key.Text, key.WindowsVirtualKeyCode
	if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, key); err != nil {
		return chromedp.Void{}, err
	}
	key.Type, key.Text, key.UnmodifiedText = "keyUp", "", ""
	_, err := chromedp.Call(ctx, input.DispatchKeyEvent, key)
	return chromedp.Void{}, err
}

// focus goes on with the tabulator until an element has the focus, as a person would.
func (w *window) focus(selector string) {
	w.t.Helper()
	for range 80 {
		if webtest.Eval[bool](w.t, w.Tab, fmt.Sprintf("document.activeElement.matches(%q)", selector)) {
			return
		}
		w.Do(w.t, chromedp.KeyEvent(kb.Tab))
	}
	w.t.Fatalf("%s: the tabulator does not reach %s", w.path(), selector)
}
