package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/web/ui"
)

// fail answers with the error: its status, and a page that says what happened and what to do.
func (c *Context) fail(err error) {
	if errors.Is(err, errSignIn) && c.toSignIn() {
		return
	}
	if errors.Is(err, errSignIn) && c.fromProgram() {
		c.W.Header().Set("WWW-Authenticate", `Bearer realm="hygie"`)
		c.failStatus(http.StatusUnauthorized, fault.Refused("web.show_token"))
		return
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		c.failStatus(http.StatusRequestEntityTooLarge, fault.Refused("web.too_large", "limit", c.Printer.Bytes(large.Limit)))
		return
	}
	status := statusOf(err)
	if status == http.StatusInternalServerError {
		if errors.Is(err, context.Canceled) && c.R.Context().Err() != nil {
			return // the reader went away
		}
		c.rt.options.Log.ErrorContext(c.Ctx, "request failed", "error", err, "route", c.R.Pattern, "id", RequestID(c.Ctx))
	}
	c.failStatus(status, fault.As(err))
}

func statusOf(err error) int {
	switch fault.KindOf(err) {
	case fault.KindInvalid:
		return http.StatusUnprocessableEntity
	case fault.KindNotFound:
		return http.StatusNotFound
	case fault.KindRefused:
		return http.StatusForbidden
	case fault.KindConflict:
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}

// toSignIn sends a visitor who wanted a page to the sign-in page, with the way back.
func (c *Context) toSignIn() bool {
	if c.rt.options.SignInPath == "" || c.R.Method != http.MethodGet || c.wantsJSON() {
		return false
	}
	address := c.rt.options.SignInPath + "?" + url.Values{"back": {LocalPath(c.R.URL.RequestURI())}}.Encode()
	if c.FromScript() {
		c.W.Header().Set("HX-Redirect", address)
		c.W.WriteHeader(http.StatusNoContent)
		return true
	}
	http.Redirect(c.W, c.R, address, http.StatusSeeOther)
	return true
}

// wantsJSON reports whether the reader is a program.
func (c *Context) wantsJSON() bool {
	accept := c.R.Header.Get("Accept")
	return c.fromProgram() || strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

// Failure is what an error page says, and the JSON that programs get.
type Failure struct {
	Status    int      `json:"status"`
	Title     string   `json:"title"`
	Reason    string   `json:"reason,omitempty"`
	Reference string   `json:"reference"`
	Fields    []string `json:"fields,omitempty"`
	Refused   bool     `json:"-"` // by rights: the page then offers another account
}

// failStatus answers with a status; known is what may be said about it, nil when nothing may.
func (c *Context) failStatus(status int, known *fault.Error) {
	if record, ok := c.W.(*recorder); ok && record.status != 0 {
		panic(http.ErrAbortHandler) // the answer has begun: cut it, so that it is not taken for a whole one
	}
	f := Failure{Status: status, Title: c.T(titleKey(status)), Reference: RequestID(c.Ctx)}
	if known != nil && status != http.StatusInternalServerError {
		if known.Key != "" {
			f.Reason = c.T(known.Key, known.Args...)
		}
		for _, field := range known.Fields {
			f.Fields = append(f.Fields, c.T(field.Key, field.Args...))
		}
		f.Refused = known.Kind == fault.KindRefused && status == http.StatusForbidden
	}
	h := c.W.Header()
	h.Del("Content-Disposition")
	h.Del("Content-Encoding")
	h.Del("Content-Length")
	if c.fromProgram() {
		c.problem(f, known)
		return
	}
	if c.wantsJSON() {
		h.Set("Content-Type", "application/json; charset=utf-8")
		c.W.WriteHeader(status)
		_ = json.NewEncoder(c.W).Encode(f) // the reader went away: nothing to do
		return
	}
	if c.FromScript() {
		c.whole()
	}
	if err := c.Page(Page{Title: f.Title, Status: status}, failurePage(f)); err != nil {
		c.rt.options.Log.ErrorContext(c.Ctx, "render error page", "error", err, "id", f.Reference)
		http.Error(c.W, f.Title+"\n"+f.Reference, status)
	}
}

func titleKey(status int) string {
	switch status {
	case http.StatusUnprocessableEntity:
		return "web.fail_invalid"
	case http.StatusNotFound:
		return "web.fail_not_found"
	case http.StatusForbidden:
		return "web.fail_refused"
	case http.StatusUnauthorized:
		return "web.fail_unknown"
	case http.StatusConflict:
		return "web.fail_conflict"
	case http.StatusMethodNotAllowed:
		return "web.fail_method"
	case http.StatusRequestEntityTooLarge:
		return "web.fail_too_large"
	}
	return "web.fail_internal"
}

func toneOf(f Failure) ui.Tone {
	if f.Status >= 500 {
		return ui.Bad
	}
	return ui.Warn
}
