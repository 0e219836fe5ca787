package web_test

import (
	"encoding/csv"
	"errors"
	"net/http"
	"strings"
	"testing"

	"hygie/internal/web"
	"hygie/internal/web/ui"

	"github.com/google/go-cmp/cmp"
)

func TestSafeCell(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"plain", "Val-Doré", "Val-Doré"},
		{"empty", "", ""},
		{"formula", "=1+1", "'=1+1"},
		{"plus", "+33 1", "'+33 1"},
		{"minus", "-2", "'-2"},
		{"at", "@SUM(A1)", "'@SUM(A1)"},
		{"tab", "\t=1", "'\t=1"},
		{"carriage return", "\r=1", "'\r=1"},
		{"behind spaces", "  =1", "'  =1"},
		{"behind a quote", `"=1`, `'"=1`},
		{"wide equals", "＝1", "'＝1"},
		{"equals inside", "a=1", "a=1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := web.SafeCell(row.in); got != row.want {
				t.Errorf("SafeCell(%q) = %q, want %q", row.in, got, row.want)
			}
		})
	}
}

// listing is a page whose list can be saved.
func listing(rows ...[]any) web.Handler {
	return func(c *web.Context) error {
		sheet := web.Sheet{Name: "constats été", Header: []string{"Nom", "=Total"}, Rows: func(yield func([]any, error) bool) {
			for _, row := range rows {
				if row == nil {
					yield(nil, errors.New("store gone"))
					return
				}
				if !yield(row, nil) {
					return
				}
			}
		}}
		if ok, err := c.Export(sheet); ok {
			return err
		}
		return hello(c)
	}
}

func TestExportCSV(t *testing.T) {
	s := newSite(t, nil)
	s.Page("GET /list", web.Public, listing(
		[]any{"Les \"Aubépines\"; EHPAD", 3},
		[]any{"=HYPERLINK(0)", -2.5},
		[]any{ui.NotMet, today},
		[]any{nil, true},
	))
	for _, row := range []struct {
		name, lang string
		comma      rune
		want       [][]string
	}{
		{"French", "fr", ';', [][]string{{"Nom", "'=Total"}, {"Les \"Aubépines\"; EHPAD", "3"}, {"'=HYPERLINK(0)", "-2,5"},
			{"Non satisfait", "2026-11-21 09:30:00"}, {"", "oui"}}},
		{"English", "en", ',', [][]string{{"Nom", "'=Total"}, {"Les \"Aubépines\"; EHPAD", "3"}, {"'=HYPERLINK(0)", "-2.5"},
			{"Not met", "2026-11-21 09:30:00"}, {"", "yes"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			answer, body := s.ask(t, "GET", "/list?format=csv", "", "Accept-Language", row.lang)
			if got := answer.Header.Get("Content-Disposition"); got != `attachment; filename="constats _t_.csv"; filename*=UTF-8''constats%20%C3%A9t%C3%A9.csv` {
				t.Errorf("disposition %s", got)
			}
			text, ok := strings.CutPrefix(body, "\ufeff")
			if !ok {
				t.Error("no byte order mark: the spreadsheet would guess the encoding")
			}
			r := csv.NewReader(strings.NewReader(text))
			r.Comma = row.comma
			got, err := r.ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
	if answer, _ := s.ask(t, "GET", "/list", ""); answer.Header.Get("Content-Disposition") != "" {
		t.Error("the page itself is a download")
	}
	if answer, _ := s.ask(t, "GET", "/list?format=exe", ""); answer.StatusCode != 404 {
		t.Errorf("unknown format: status %d", answer.StatusCode)
	}
}

func TestExportThatFailsIsNotTakenForWhole(t *testing.T) {
	s := newSite(t, nil)
	s.Page("GET /list", web.Public, listing([]any{"a", 1}, nil))
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("half a file was sent as a whole one")
		}
	}()
	s.ask(t, "GET", "/list?format=csv", "")
}

func TestDownloadNamesCannotBreakTheHeader(t *testing.T) {
	s := newSite(t, nil)
	s.Page("GET /file", web.Public, func(c *web.Context) error {
		c.Download("a\"b\r\nX: y/../é", "text/plain")
		return nil
	})
	answer, _ := s.ask(t, "GET", "/file", "")
	if got, want := answer.Header.Get("Content-Disposition"), `attachment; filename="a_b__X: y_.._`+`_"; filename*=UTF-8''a%22b%0D%0AX:%20y%2F..%2F%C3%A9`; got != want {
		t.Errorf("disposition %s, want %s", got, want)
	}
}
