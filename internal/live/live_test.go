package live

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"hygie/internal/store/storetest"
)

// serve starts a hub behind a real server.
func serve(t testing.TB, o Options) (*Hub, string) {
	t.Helper()
	h := NewHub(o)
	mux := http.NewServeMux()
	mux.Handle("GET /live", h.Handler(func(_ *http.Request, topic string) bool { return !strings.HasPrefix(topic, "secret/") }))
	s := httptest.NewUnstartedServer(mux)
	s.Config.WriteTimeout = 200 * time.Millisecond // a stream must outlive it
	s.Config.RegisterOnShutdown(h.Close)
	s.Start()
	t.Cleanup(s.Close)
	t.Cleanup(h.Close)
	return h, s.URL + "/live"
}

// page is an open stream.
type page struct {
	t     *testing.T
	lines *bufio.Scanner
	close func()
}

func open(t *testing.T, address string) page {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // against hanging only
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		t.Fatalf("%s, %v", resp.Status, resp.Header)
	}
	return page{t, bufio.NewScanner(resp.Body), cancel}
}

// next gives the next event as "topic version", or "end".
func (p page) next() string {
	p.t.Helper()
	topic := ""
	for p.lines.Scan() {
		if v, ok := strings.CutPrefix(p.lines.Text(), "event: "); ok {
			topic = v
		}
		if v, ok := strings.CutPrefix(p.lines.Text(), "data: "); ok {
			return topic + " " + v
		}
	}
	return "end"
}

func TestEvents(t *testing.T) {
	h, url := serve(t, Options{})
	h.Bump("job/1")
	p := open(t, url+"?topic=job/1&topic=job/2,job/3")
	for _, topic := range []string{"job/1", "job/2", "job/3"} {
		if got := p.next(); got != topic+" "+h.Version(topic) {
			t.Errorf("at first: %q", got)
		}
	}
	before := h.Version("job/2")
	time.Sleep(300 * time.Millisecond) // longer than the server's write timeout
	h.Bump("job/9")
	h.Bump("not a topic\n")
	h.Bump("job/2")
	if got := p.next(); got != "job/2 "+h.Version("job/2") || h.Version("job/2") == before {
		t.Errorf("after a change: %q", got)
	}
	p.close()
	for h.Streams() > 0 {
		time.Sleep(time.Millisecond)
	}
}

func TestRefusals(t *testing.T) {
	_, url := serve(t, Options{Streams: 1, Topics: 2})
	for query, want := range map[string]int{
		"":                            400,
		"?topic=":                     400,
		"?topic=a%0Aevent:b":          400,
		"?topic=A":                    400,
		"?topic=a,b,c":                400,
		"?topic=secret/1":             403,
		"?topic=a,secret/1":           403,
		"?topic=" + longName(201):     400,
		"?topic=a&topic=a&topic=a&x=": 200,
	} {
		if want == 200 {
			p := open(t, url+query)
			resp, err := http.Get(url + "?topic=b")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
				t.Errorf("one stream too many: %s", resp.Status)
			}
			p.close()
			continue
		}
		resp, err := http.Get(url + query)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %s, want %d", query, resp.Status, want)
		}
	}
}

func longName(n int) string { return strings.Repeat("a", n) }

func TestBeatLifeAndClose(t *testing.T) {
	_, url := serve(t, Options{Beat: 5 * time.Millisecond, Life: 50 * time.Millisecond})
	p := open(t, url+"?topic=a")
	beats := 0
	for p.lines.Scan() {
		if p.lines.Text() == ": beat" {
			beats++
		}
	}
	if beats == 0 || p.lines.Err() != nil {
		t.Errorf("%d beats, then %v", beats, p.lines.Err())
	}
	h, url := serve(t, Options{})
	p = open(t, url+"?topic=a")
	p.next()
	h.Close()
	h.Close()
	if got := p.next(); got != "end" {
		t.Errorf("after close: %q", got)
	}
	resp, err := http.Get(url + "?topic=a")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 503 {
		t.Errorf("after close: %s", resp.Status)
	}
}

// TestNothingIsMissed lets many changes happen while a page does not read: it must see the last version of each.
func TestNothingIsMissed(t *testing.T) {
	h, url := serve(t, Options{})
	p := open(t, url+"?topic=a,b")
	var wg sync.WaitGroup
	for _, topic := range []string{"a", "b"} {
		for range 4 {
			wg.Go(func() {
				for range 500 {
					h.Bump(topic)
				}
			})
		}
	}
	wg.Wait()
	want := map[string]bool{"a " + h.Version("a"): true, "b " + h.Version("b"): true}
	for len(want) > 0 {
		got := p.next()
		if got == "end" {
			t.Fatalf("the stream ended; still missing %v", want)
		}
		delete(want, got)
	}
}

func TestForgottenVersionsOnlyGrow(t *testing.T) {
	h := NewHub(Options{})
	h.Bump("old")
	old := h.current("old")
	for i := range maxVersions * 2 {
		h.Bump(fmt.Sprintf("t/%d", i))
	}
	if len(h.versions) > maxVersions {
		t.Errorf("%d versions are remembered", len(h.versions))
	}
	if h.current("old") < old || h.current("never") > h.clock {
		t.Errorf("version of a forgotten topic: %d, was %d", h.current("old"), old)
	}
	before := h.current("old")
	if h.Bump("old"); h.current("old") <= before {
		t.Error("a change gave no newer version")
	}
}

func TestRelay(t *testing.T) {
	db := storetest.PostgreSQL(t)
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	one, two := NewHub(Options{}), NewHub(Options{})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, h := range []*Hub{one, two} {
		r := NewRelay(db, h, log)
		wg.Go(func() { r.Run(ctx) })
	}
	before := two.Version("job/1")
	deadline := time.Now().Add(20 * time.Second)
	for two.Version("job/1") == before { // the other may not listen yet
		one.Bump("job/1")
		time.Sleep(10 * time.Millisecond)
		if time.Now().After(deadline) {
			t.Fatal("the other node never heard of it")
		}
	}
	cancel()
	wg.Wait()
}
