package web_test

import (
	"net/http"
	"testing"

	"hygie/internal/web"
)

// An address that is no text, with zero bytes or broken UTF-8, reaches no handler: what it holds would go into queries, and not every database takes
// it.
func TestAddressesThatAreNoText(t *testing.T) {
	s := newSite(t, nil)
	reached := ""
	s.Page("GET /things/{thing}", web.Public, func(c *web.Context) error {
		reached = c.R.URL.String()
		return c.Redirect("/")
	})
	for target, want := range map[string]int{
		"/things/a":                         http.StatusSeeOther,
		"/things/caf%C3%A9?q=%C3%A9t%C3%A9": http.StatusSeeOther,
		"/things/a?q=100%25+%26":            http.StatusSeeOther,
		"/things/%00":                       http.StatusNotFound,
		"/things/a%ff":                      http.StatusNotFound,
		"/things/a?q=%00":                   http.StatusNotFound,
		"/things/a?q=a&q=%e9":               http.StatusNotFound,
		"/things/a?%00=1":                   http.StatusNotFound,
	} {
		reached = ""
		answer, _ := s.ask(t, "GET", target, "")
		if answer.StatusCode != want || (reached != "") != (want == http.StatusSeeOther) {
			t.Errorf("GET %s: %d, want %d; the handler got %q", target, answer.StatusCode, want, reached)
		}
	}
}
