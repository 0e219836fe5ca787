package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hygie/internal/web"
)

// clocked is an answer that remembers until when its request may be read.
type clocked struct {
	*httptest.ResponseRecorder
	read time.Time
}

func (c *clocked) SetReadDeadline(t time.Time) error  { c.read = t; return nil }
func (c *clocked) SetWriteDeadline(t time.Time) error { return nil }

// A deadline for reading that outlives the body would end the context of the request when it passes, and of all that follow on the connection: a
// stream of events, or a page that works for long, would be cut, and the next page be empty.
func TestDeadlineEndsWithTheBody(t *testing.T) {
	s := newSite(t, nil)
	var w *clocked
	s.Page("GET /quiet", web.Public, func(*web.Context) error {
		if !w.read.IsZero() {
			t.Error("a request without body has a deadline for reading")
		}
		return nil
	})
	s.Page("POST /body", web.Public, func(c *web.Context) error {
		if w.read.IsZero() {
			t.Error("a body may take for ever")
		}
		if _, err := io.ReadAll(c.R.Body); err != nil {
			t.Error(err)
		}
		if !w.read.IsZero() {
			t.Error("the deadline outlives the body")
		}
		return nil
	})
	for _, r := range []*http.Request{httptest.NewRequest(http.MethodGet, "/quiet", http.NoBody), httptest.NewRequest(http.MethodPost, "/body", strings.NewReader("a=b"))} {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		w = &clocked{ResponseRecorder: httptest.NewRecorder()}
		s.Router.ServeHTTP(w, r)
		if w.Code >= 400 {
			t.Errorf("%s answers %d", r.URL, w.Code)
		}
	}
}
