package web_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"hygie/internal/web"
)

// start serves a handler and returns its address, and a function that stops it and returns how it ended.
func start(t *testing.T, handler http.Handler, drain time.Duration) (url string, stop func() error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- web.Serve(ctx, listener, handler, slog.New(slog.NewTextHandler(io.Discard, nil)), drain, nil)
	}()
	return "http://" + listener.Addr().String(), func() error { cancel(); return <-ended }
}

func TestServeLetsRequestsFinish(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	url, stop := start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		_, _ = io.WriteString(w, "whole")
	}), time.Minute)
	got := make(chan string, 1)
	go func() {
		answer, err := http.Get(url)
		if err != nil {
			got <- err.Error()
			return
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		got <- string(body)
	}()
	<-entered
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	close(release)
	if body := <-got; body != "whole" {
		t.Errorf("the request under way got %q", body)
	}
	if err := <-ended; err != nil {
		t.Errorf("stop: %v", err)
	}
	if answer, err := http.Get(url); err == nil {
		answer.Body.Close()
		t.Error("the server still answers")
	}
}

func TestServeCutsWhatDoesNotFinish(t *testing.T) {
	entered := make(chan struct{})
	url, stop := start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	}), time.Millisecond)
	go func() {
		if answer, err := http.Get(url); err == nil {
			answer.Body.Close()
		}
	}()
	<-entered
	if err := stop(); err == nil {
		t.Error("a request was cut and nothing says so")
	}
}

func TestPagesServedByARealServer(t *testing.T) {
	s := newSite(t, nil)
	s.Page("GET /open", web.Public, hello)
	s.Page("GET /events", web.Public, func(c *web.Context) error {
		c.W.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(c.W, "event: change\n\n")
		return http.NewResponseController(c.W).Flush()
	}, web.Stream())
	url, stop := start(t, s, time.Second)
	for _, path := range []string{"/open", "/events"} {
		answer, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != 200 {
			t.Errorf("%s: status %d", path, answer.StatusCode)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if err := stop(); err != nil {
		t.Error(err)
	}
}
