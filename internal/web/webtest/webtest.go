// Package webtest looks at pages in a real browser: accessibility by axe-core, screenshots, width, console.
//
//	b := webtest.Start(t) // skips the test when there is no Chromium
//	tab := b.Open(t, server.URL+"/ui", webtest.View{Width: 320})
//	tab.Accessible(t)
//	tab.Fits(t)
//
// A tab fails its test when the page wrote an error to the console, which is also where the content security policy
// complains. Drive it further with Tab.Do and the actions
// of chromedp.
//
// The folder axe holds axe-core 4.14.1 as it came, under the Mozilla Public License 2.0; it is used by tests only and is not
// part of the program.
package webtest

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

//go:embed axe/axe.min.js
var axeSource string

// patience is how long one look at a page may take. It is generous because machines that test are busy.
const patience = 30 * time.Second

// Browser is a running Chromium.
type Browser struct{ ctx context.Context }

// names of the browser, in the order in which they are tried.
func names() []string { return []string{"chromium", "chromium-browser", "google-chrome", "chrome"} }

// Find returns the path of a Chromium, "" when there is none.
func Find() string {
	for _, name := range names() {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Start starts a browser for the test and stops it at its end. Without a browser it skips the test and says so.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := Find()
	if path == "" {
		t.Skipf("no browser: install one of %s", strings.Join(names(), ", "))
	}
	// Root, as in a container, may not use the sandbox; the pages are our own.
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return &Browser{ctx: ctx}
}

// View is how a page is looked at. The zero View is a light desktop in French.
type View struct {
	Width    int64 // 1280 when 0
	Height   int64 // 900 when 0
	Dark     bool
	NoScript bool
	Print    bool
	Noisy    bool              // errors on the console are expected, such as answers that refuse
	Expected []string          // parts of errors on the console that are expected, such as "status of 422"
	Apart    bool              // a profile of its own: another person's device, with its own cookies and stores
	Headers  map[string]string // sent with each request: a session cookie, a language
}

// Tab is one open page.
type Tab struct {
	Context context.Context // for chromedp.Run; it has no time limit
	url     string
}

// Open opens an address and waits until it is loaded.
func (b *Browser) Open(t testing.TB, url string, view View) *Tab {
	t.Helper()
	var options []chromedp.ContextOption
	if view.Apart {
		options = append(options, chromedp.WithNewBrowserContext())
	}
	ctx, cancel := chromedp.NewContext(b.ctx, options...)
	t.Cleanup(cancel)
	tab := &Tab{Context: ctx, url: url}
	if err := chromedp.Do(ctx, chromedp.Func(view.apply)); err != nil {
		t.Fatalf("prepare a tab for %s: %v", url, err)
	}
	if !view.Noisy {
		watchConsole(t, ctx, url, view.Expected)
	}
	tab.Do(t, chromedp.Navigate(url))
	return tab
}

func (v View) apply(ctx context.Context, _ *chromedp.Target) error {
	width, height := v.Width, v.Height
	if width == 0 {
		width = 1280
	}
	if height == 0 {
		height = 900
	}
	scheme, media := "light", ""
	if v.Dark {
		scheme = "dark"
	}
	if v.Print {
		media = "print"
	}
	headers := network.Headers{"Accept-Language": "fr"}
	for name, value := range v.Headers {
		headers[name] = value
	}
	return firstError(
		call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1}),
		call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media, Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}),
		call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.NoScript}),
		call(ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: headers}),
	)
}

func call[P, R any](ctx context.Context, command cdp.Command[P, R], params P) error {
	_, err := chromedp.Call(ctx, command, params)
	return err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// watchConsole fails the test for each error on the console that is not expected. It ends with the tab.
func watchConsole(t testing.TB, ctx context.Context, url string, expected []string) {
	messages := chromedp.Console(ctx)
	done := make(chan []string, 1)
	go func() {
		var errors []string
		for m, err := range messages {
			if err != nil {
				break
			}
			known := slices.ContainsFunc(expected, func(part string) bool { return strings.Contains(m.String(), part) })
			if !known && (m.IsException() || m.Type == "error") {
				errors = append(errors, m.String())
			}
		}
		done <- errors
	}()
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // ends the messages
		for _, text := range <-done {
			t.Errorf("console of %s: %s", url, text)
		}
	})
}

// Do does the steps, each of which must come to pass within half a minute.
func (tab *Tab) Do(t testing.TB, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab.Context, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatalf("%s: %v", tab.url, err)
	}
}

// Eval evaluates an expression in the page and returns its value; a promise is waited for.
func Eval[T any](t testing.TB, tab *Tab, expression string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab.Context, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: evaluate: %v", tab.url, err)
	}
	return value
}

// Until waits until an expression is true in the page, also across a change of page.
func (tab *Tab) Until(t testing.TB, expression string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab.Context, patience)
	defer cancel()
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	for {
		// An error is a page that is being left; the next one answers.
		if yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression)); err == nil && yes {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: never came true: %s", tab.url, expression)
		case <-tick.C:
		}
	}
}

// Offline tells the page that the device lost its network, or has it again. It does not cut anything: a test cuts the line itself.
func (tab *Tab) Offline(t testing.TB, off bool) {
	t.Helper()
	tab.Do(t, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		return call(ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: off, DownloadThroughput: -1, UploadThroughput: -1})
	}))
}

// Screenshot writes the whole page to a PNG file.
func (tab *Tab) Screenshot(t testing.TB, file string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab.Context, patience)
	defer cancel()
	image, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatalf("screenshot of %s: %v", tab.url, err)
	}
	if err := os.WriteFile(file, image, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Fits fails the test when the page scrolls sideways, and names what is too wide.
func (tab *Tab) Fits(t testing.TB) {
	t.Helper()
	wide := Eval[[]string](t, tab, `(() => {
		const room = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= room) return [];
		return Array.from(document.querySelectorAll("body *"))
			.filter(e => e.getBoundingClientRect().right > room + 0.5)
			.map(e => e.tagName.toLowerCase() + (e.getAttribute("class") ? "." + e.getAttribute("class") : ""))
			.concat(["the page is " + document.documentElement.scrollWidth + " wide in " + room]);
	})()`)
	if len(wide) > 0 {
		t.Errorf("%s is too wide: %s", tab.url, strings.Join(wide, ", "))
	}
}

// violation is what axe found, once for each rule.
type violation struct {
	ID     string   `json:"id"`
	Help   string   `json:"help"`
	Impact string   `json:"impact"`
	Where  []string `json:"where"`
}

// Accessible fails the test for each rule of WCAG 2.2 A and AA, of good practice, and of enhanced contrast (7 to 1), that axe finds
// broken.
func (tab *Tab) Accessible(t testing.TB) {
	t.Helper()
	Eval[bool](t, tab, axeSource+"; true")
	found := Eval[[]violation](t, tab, `axe.run(document, {
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
		rules: {"color-contrast-enhanced": {enabled: true}, "target-size": {enabled: true}}
	}).then(r => r.violations.map(v => ({id: v.id, help: v.help, impact: v.impact || "",
		where: v.nodes.slice(0, 5).map(n => n.html.slice(0, 160) + " " + (n.any[0] ? n.any[0].message : ""))})))`)
	for _, v := range found {
		t.Errorf("%s: %s (%s, %s):\n\t%s", tab.url, v.Help, v.ID, v.Impact, strings.Join(v.Where, "\n\t"))
	}
}

// Axe opens an address in a browser of its own and checks it. For more than one page, Start a browser once.
func Axe(t testing.TB, url string) {
	t.Helper()
	Start(t).Open(t, url, View{}).Accessible(t)
}

// String describes the view, for names of tests and of screenshots: "320-dark".
func (v View) String() string {
	name := fmt.Sprint(v.Width)
	if v.Dark {
		name += "-dark"
	}
	if v.NoScript {
		name += "-noscript"
	}
	if v.Print {
		name += "-print"
	}
	return name
}
