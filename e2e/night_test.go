package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"image"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"hygie/internal/web/webtest"
)

// wire is the line between browsers and a platform, which a test can cut, and lay to another one.
type wire struct {
	url string

	mu     sync.Mutex
	target string // host and port; empty while it is cut
	ends   map[net.Conn]struct{}
}

func lay(t *testing.T, platform string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{url: fmt.Sprintf("http://localhost:%d", l.Addr().(*net.TCPAddr).Port), ends: map[net.Conn]struct{}{}}
	w.connect(t, platform)
	t.Cleanup(func() { _ = l.Close(); w.cut() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(c)
		}
	}()
	return w
}

// connect lays the line to a platform.
func (w *wire) connect(t *testing.T, platform string) {
	t.Helper()
	u, err := url.Parse(platform)
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.target = u.Host
}

// cut ends what is under way and lets nothing through.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.target = ""
	for c := range w.ends {
		_ = c.Close()
	}
}

func (w *wire) carry(c net.Conn) {
	defer c.Close() //nolint:errcheck // a line that is cut
	w.mu.Lock()
	target := w.target
	w.mu.Unlock()
	if target == "" {
		return
	}
	far, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer far.Close() //nolint:errcheck // a line that is cut
	w.mu.Lock()
	held := w.target == target
	if held {
		w.ends[c], w.ends[far] = struct{}{}, struct{}{}
	}
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.ends, c)
		delete(w.ends, far)
	}()
	if !held {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(far, c); _ = far.(*net.TCPConn).CloseWrite() })
	both.Go(func() { _, _ = io.Copy(c, far); _ = c.(*net.TCPConn).CloseWrite() })
	both.Wait()
}

// cell is one place of the crisis with its own device, on the main courante.
type cell struct{ *window }

// waits says that the page holds so many lines for later, and claims nothing else.
func (c cell) waits(lines int) {
	c.t.Helper()
	c.Until(c.t, fmt.Sprintf(`document.querySelectorAll(".log-waiting").length === %d && document.querySelector("[data-log-state]").innerText.startsWith("en attente (%d)")`, lines, lines))
	if strings.Contains(strings.ToLower(webtest.Eval[string](c.t, c.Tab, `document.querySelector("[data-log-waiting]").innerText + document.querySelector("[data-log-state]").innerText`)), "enregistr") {
		c.t.Error("a line that waits is said to be recorded")
	}
}

// write notes a line; at is what the field of the hour gets, empty for now.
func (c cell) write(text, at string) {
	c.t.Helper()
	if at != "" {
		webtest.Eval[bool](c.t, c.Tab, `document.querySelectorAll("details.more").forEach(d => { d.open = true }); true`)
		c.Do(c.t, chromedp.SetValue(chromedp.CSS(`form[data-log-form] [name="at"]`), at))
	}
	c.Do(c.t, chromedp.SendKeys(chromedp.CSS(`form[data-log-form] [name="text"]`), text), chromedp.Click(chromedp.CSS(`form[data-log-form] button[type="submit"], form[data-log-form] .button-primary`)))
}

// shows waits until the list of the page has a line, without anybody loading the page again.
func (c cell) shows(text string) {
	c.t.Helper()
	c.Until(c.t, fmt.Sprintf(`document.getElementById("log-lines").innerText.includes(%s)`, strconv.Quote(text)))
}

// opens opens an incident from the first page, by thumb alone, and gives its address. Slow thumbs take four seconds to read and tap, and half a second a key:
// what they have to do must fit into a minute.
func (c cell) opens(title string) string {
	c.t.Helper()
	c.to("/")
	taps := []string{"Centre hospitalier de Sorbefont", "Menu", "Incidents", "Ouvrir un incident", "Ouvrir maintenant"}
	for _, tap := range taps {
		switch tap {
		case "Menu":
			c.press(tap)
			continue
		case "Ouvrir maintenant":
			c.fill("main form", "title", title)
		}
		c.click(tap)
	}
	if seconds := 4*(len(taps)+1) + len([]rune(title))/2; seconds >= 60 { // one tap more, into the field
		c.t.Errorf("opening takes %d taps and %d keys: %d s", len(taps)+1, len([]rune(title)), seconds)
	}
	return c.path()
}

// The night of an attack as two cells live it: a telephone without network that is reopened, a second cell that only loses the server, the server killed
// meanwhile. Afterwards each line is there once, with its hours, and an open page shows a new one by itself.
func TestNightWithoutNetwork(t *testing.T) {
	b := webtest.Start(t)
	data := t.TempDir()
	first := demoProcess(t, data)
	line := lay(t, first.url)
	s := &site{url: line.url}
	silent := webtest.View{Width: 320, Height: 740, Expected: []string{"Failed to load resource", "net::ERR_", "Failed to fetch"}}
	silent.Apart = true
	link := demoLink(t, s.visitor(t), "Lou Specimen")

	phone := cell{s.open(t, b, link, silent)}
	incident := phone.opens("Écrans noirs à la pharmacie")
	log := incident + "/log"
	phone.to(log)
	phone.Until(t, `document.querySelector("[data-log-ready]").innerText.includes("prêt")`)
	light(t, s, link, log)
	desk := cell{s.open(t, b, link, silent)}
	desk.to(log)
	desk.Until(t, `document.querySelector("[data-log-ready]").innerText.includes("prêt")`)

	line.cut()
	phone.Offline(t, true)
	begun := time.Now().Add(-time.Second)
	hour := time.Now().Add(-2 * time.Hour) // by the wall clock of this machine, which is that of the device
	phone.write("Premier écran noir", hour.Format("2006-01-02T15:04"))
	phone.waits(1)
	phone.write("Réseau débranché", "")
	phone.waits(2)
	phone.write("Appel au CERT Santé", "")
	phone.waits(3)
	desk.write("Réanimation : passage au papier", "")
	desk.waits(1)
	if err := first.cmd.Process.Kill(); err != nil { // SIGKILL
		t.Fatal(err)
	}
	_ = first.cmd.Wait()

	phone.to(log) // without network: what opens is the page that was kept
	phone.says("Main courante, sans réseau", "Vous écrivez au nom de Lou Specimen")
	phone.waits(3)
	phone.write("La pharmacie est isolée", "")
	phone.waits(4)
	phone.Fits(t)
	phone.Accessible(t)
	phone.keep("offline")
	desk.write("Pompes vérifiées une à une", "")
	desk.waits(2)
	ended := time.Now().Add(time.Second)

	second := demoProcess(t, data)
	line.connect(t, second.url)
	phone.Offline(t, false) // the page hears that the network is back
	phone.Until(t, `!document.querySelector(".log-waiting") && document.querySelector("[data-log-state]").innerText === "Enregistré."`)
	phone.to(log)
	phone.shows("La pharmacie est isolée")
	webtest.Eval[bool](t, desk.Tab, `window.dispatchEvent(new Event("online"))`)
	desk.Until(t, `!document.querySelector(".log-waiting")`)
	desk.shows("Pompes vérifiées une à une")
	desk.shows("La pharmacie est isolée")
	phone.shows("Pompes vérifiées une à une") // and the telephone hears of the other cell by itself

	gathered(t, s.visitorAt(t, link), log, begun, ended, hour)
	photo(t, phone, line, second)
}

// visitorAt is somebody who came in by a link of the demonstration.
func (s *site) visitorAt(t *testing.T, link string) *visitor {
	t.Helper()
	v := s.visitor(t)
	v.want(v.get(link), http.StatusOK)
	return v
}

// gathered reads the main courante as exported: each line once, in the order of each hand, with the hours at which it happened and was written.
func gathered(t *testing.T, v *visitor, log string, begun, ended, hour time.Time) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(v.want(v.get(log+"/export/csv"), http.StatusOK).body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	seen := map[string][]string{}
	var order []string
	for _, r := range rows[1:] {
		text := r[column["texte"]]
		if _, twice := seen[text]; twice {
			t.Errorf("%q is there twice", text)
		}
		seen[text], order = r, append(order, text)
	}
	all := []string{"Premier écran noir", "Réseau débranché", "Appel au CERT Santé", "La pharmacie est isolée", "Réanimation : passage au papier", "Pompes vérifiées une à une"}
	if got := strings.Join(order[1:], "; "); got != strings.Join(all, "; ") { // after the opening
		t.Errorf("the lines are %s", got)
	}
	for _, text := range all {
		r := seen[text]
		if r == nil {
			continue
		}
		at, errAt := time.Parse(time.RFC3339, r[column["survenu_a"]])
		written, errWritten := time.Parse(time.RFC3339, r[column["note_a"]])
		if errAt != nil || errWritten != nil || written.Before(begun) || written.After(ended) {
			t.Errorf("%q was written at %s, between %s and %s", text, r[column["note_a"]], begun, ended)
		}
		if text == all[0] && !at.Equal(hour.Truncate(time.Minute)) || text != all[0] && !at.Equal(written) {
			t.Errorf("%q happened at %s, written at %s", text, at, written)
		}
		if r[column["source"]] != "offline" {
			t.Errorf("%q came from %q", text, r[column["source"]])
		}
	}
	// The desk wrote while the telephone did, and came after it: the first of its lines says so.
	if r := seen[all[4]]; r != nil && !strings.Contains(r[column["remarque"]], "arrivée après des lignes écrites plus tard") {
		t.Errorf("the line of the other cell does not say that it came late: %q", r)
	}
}

// photo joins a photograph: first while the line is cut, which keeps nothing and says so, then for good, and sees it.
func photo(t *testing.T, phone cell, line *wire, platform *process) {
	t.Helper()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "capture.png")
	if err := os.WriteFile(file, picture.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	phone.press("Joindre une photo")
	phone.fill("form[data-upload]", "text", "Demande de rançon")
	phone.choose("file", file)
	line.cut()
	phone.Do(t, chromedp.Click(chromedp.CSS(`form[data-upload] button`)))
	phone.Until(t, `!document.querySelector("[data-failed]").hidden`)
	line.connect(t, platform.url)
	phone.leave(chromedp.Click(chromedp.CSS(`form[data-upload] button`)))
	phone.shows("Demande de rançon")
	if n := webtest.Eval[int](t, phone.Tab, `document.querySelectorAll(".log-photo").length`); n != 1 {
		t.Errorf("%d photographs are there", n)
	}
	// In the page itself: the list may come anew between looking for it and clicking.
	webtest.Eval[bool](t, phone.Tab, `document.querySelector("details[id^=picture-] > summary").click(), true`)
	phone.Until(t, `document.querySelector(".log-photo").naturalWidth === 40`)
	phone.keep("photo")
}

var linked = regexp.MustCompile(`<(?:link|script)\b[^>]*\b(?:href|src)="(/[^"]*)"`)

// light counts what a telephone without any of it must receive before somebody can write: the page and every file it names, packed as sent, with a share for
// the heads of the answers.
func light(t *testing.T, s *site, link, path string) {
	t.Helper()
	v := s.visitorAt(t, link)
	total := 0
	fetch := func(path string) string {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip") // asked for by hand, so that it comes as sent
		resp, err := v.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close() //nolint:errcheck // read to its end
		sent, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", path, resp.Status, err)
		}
		var head bytes.Buffer
		if err := resp.Header.Write(&head); err != nil {
			t.Fatal(err)
		}
		total += len(sent) + head.Len()
		if resp.Header.Get("Content-Encoding") != "gzip" {
			return string(sent)
		}
		z, err := gzip.NewReader(bytes.NewReader(sent))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	files := map[string]bool{}
	for _, m := range linked.FindAllStringSubmatch(fetch(path), -1) {
		files[m[1]] = true
	}
	for file := range files {
		fetch(file)
	}
	if len(files) < 4 || total > 100_000 {
		t.Errorf("the first page weighs %d bytes with its %d files, want at most 100,000", total, len(files))
	}
	t.Logf("the first page weighs %d bytes with its %d files", total, len(files))
}
