package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hygie/internal/locale"
	"hygie/internal/right"
	"hygie/internal/territory"
	"hygie/internal/web/asset"

	"github.com/a-h/templ"
)

// Context is one request as a handler sees it.
type Context struct {
	W   http.ResponseWriter
	R   *http.Request
	Ctx context.Context // of the request, with the printer and the reference

	Session Session
	Actor   right.Actor     // Session.Actor; the zero Actor for a visitor
	Scope   territory.Scope // what the action of the route reaches; empty when the route needs none
	Printer *locale.Printer

	notes []note
	rt    *Router
}

func (rt *Router) context(w http.ResponseWriter, r *http.Request) *Context {
	return &Context{W: w, R: r, Ctx: r.Context(), Printer: locale.From(r.Context()), rt: rt}
}

// T returns a message in the reader's language.
func (c *Context) T(key string, args ...any) string { return c.Printer.T(key, args...) }

// Now returns the time by the application's clock.
func (c *Context) Now() time.Time { return c.rt.options.Now() }

// Path returns a value of the path, "" when the pattern has none of that name.
func (c *Context) Path(name string) string { return c.R.PathValue(name) }

// Query returns a value of the query, spaces around it removed.
func (c *Context) Query(name string) string { return strings.TrimSpace(c.R.URL.Query().Get(name)) }

// QueryInt returns a whole number of the query, kept between least and most; fallback when there is none or it is not a number.
func (c *Context) QueryInt(name string, fallback, least, most int) int {
	n, err := strconv.Atoi(c.Query(name))
	if err != nil {
		n = fallback
	}
	return min(max(n, least), most)
}

// May reports whether the reader may do an action on a place, to show or leave out a button. It decides nothing: the route
// behind the button checks by itself.
func (c *Context) May(action right.Action, at territory.Interval) bool {
	return right.Visible(c.Actor, action).Holds(at)
}

// FromScript reports whether htmx asks for a part of the page. The answer may always be the whole page.
func (c *Context) FromScript() bool { return c.R.Header.Get("HX-Request") == "true" }

// WholeInsteadOf makes the answer take the place of the whole page when htmx asks for the part with this id and the answer no longer has that part: a
// bar of progress whose work is over.
func (c *Context) WholeInsteadOf(id string) {
	if c.FromScript() && strings.HasSuffix(c.R.Header.Get("HX-Target"), "#"+id) {
		c.whole()
	}
}

// whole tells htmx to put the answer where the page was, not in the part that was asked for.
func (c *Context) whole() {
	h := c.W.Header()
	h.Set("HX-Retarget", "main")
	h.Set("HX-Reselect", "main")
	h.Set("HX-Reswap", "outerHTML")
}

// headerUpload is sent by our own script with an upload. The script would follow a redirect by itself and so use up the note for
// the next page; it is told the address instead.
const headerUpload, headerNext = "X-Upload", "X-Next"

// Redirect sends the reader to an address after an act (303 See Other).
func (c *Context) Redirect(address string) error {
	if c.R.Header.Get(headerUpload) != "" {
		c.W.Header().Set(headerNext, address)
		c.W.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(c.W, c.R, address, http.StatusSeeOther)
	return nil
}

// Render answers with a component alone: a part that htmx asked for, or a whole document of its own.
func (c *Context) Render(body templ.Component) error { return c.render(http.StatusOK, body) }

// render writes the component whole before it sends anything, so that a failure halfway becomes an error page.
func (c *Context) render(status int, body templ.Component) error {
	var page bytes.Buffer
	if err := body.Render(c.Ctx, &page); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	h := c.W.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(c.Printer.Lang()))
	h.Add("Vary", "Accept-Encoding, Accept-Language, Cookie")
	content := page.Bytes()
	if len(content) > 1400 && asset.AcceptsGzip(c.R) {
		packed, err := pack(content)
		if err != nil {
			return err
		}
		content = packed
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(content)))
	c.W.WriteHeader(status)
	if c.R.Method != http.MethodHead {
		_, _ = c.W.Write(content) // the reader went away: nothing to do
	}
	return nil
}

func pack(content []byte) ([]byte, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(content); err != nil {
		return nil, fmt.Errorf("compress page: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress page: %w", err)
	}
	return packed.Bytes(), nil
}

// Download announces a file to keep; the handler then writes it to c.W. The name may hold any letter (RFC 6266, RFC 8187).
func (c *Context) Download(name, contentType string) {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '/' {
			return '_'
		}
		return r
	}, name)
	h := c.W.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", `attachment; filename="`+plain+`"; filename*=UTF-8''`+url.PathEscape(name))
}

func isUnsupported(err error) bool { return errors.Is(err, http.ErrNotSupported) }
