package web

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/web/asset"
)

type requestIDKey struct{}

// RequestID returns the reference of the request: in the answer's X-Request-Id, in each log line, and on the page of an
// internal error. It is empty outside a request.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// around wraps the routes, from the outside in: reference, log, recovery, headers, language, cross-origin protection.
func (rt *Router) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rt.headers(w.Header())
		if strings.HasPrefix(r.URL.Path, asset.Prefix) && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			rt.options.Assets.ServeHTTP(w, r)
			return
		}
		id, err := rt.reference()
		if err != nil {
			rt.options.Log.ErrorContext(r.Context(), "make a request reference", "error", err)
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			return
		}
		w.Header().Set("X-Request-Id", id)
		ctx := context.WithValue(r.Context(), requestIDKey{}, id)
		ctx = locale.With(ctx, rt.printer(r))
		r = r.WithContext(ctx)
		record := &recorder{ResponseWriter: w}
		defer rt.finish(record, r, rt.options.Now())
		if err := rt.cross.Check(r); err != nil {
			rt.context(record, r).fail(fault.Refused("web.cross_origin").Because(err))
			return
		}
		next.ServeHTTP(record, r)
	})
}

// finish recovers from a panic and writes the log line. The line has the pattern and not the address, which may hold a
// token, and never a query.
func (rt *Router) finish(w *recorder, r *http.Request, begun time.Time) {
	if caught := recover(); caught != nil {
		if caught == http.ErrAbortHandler {
			panic(caught)
		}
		rt.options.Log.ErrorContext(r.Context(), "panic", "value", fmt.Sprint(caught), "stack", string(debug.Stack()),
			"id", RequestID(r.Context()))
		if w.status != 0 {
			panic(http.ErrAbortHandler) // the answer has begun: cut it, so that it is not taken for a whole one
		}
		rt.context(w, r).failStatus(http.StatusInternalServerError, nil)
	}
	rt.options.Log.InfoContext(r.Context(), "request", "method", r.Method, "route", r.Pattern,
		"structure", r.PathValue("structure"), "status", w.status, "bytes", w.bytes,
		"ms", rt.options.Now().Sub(begun).Milliseconds(), "person", w.person, "id", RequestID(r.Context()))
}

// reference makes a short random name that can be read over the telephone.
func (rt *Router) reference() (string, error) {
	var random [10]byte
	if _, err := io.ReadFull(rt.options.Random, random[:]); err != nil {
		return "", err
	}
	return base32.StdEncoding.EncodeToString(random[:]), nil
}

// policy allows our own files and nothing else. No inline script or style, no frame, no plug-in, no other origin.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Frames lets the page being written show pages of ours in a frame, such as the preview of a document.
func (c *Context) Frames() {
	c.W.Header().Set("Content-Security-Policy", policy+"; frame-src 'self'")
}

// Framed lets the page being written stand in a frame of a page of ours. It has to have nothing that a click could do.
func (c *Context) Framed() {
	h := c.W.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "frame-ancestors 'none'", "frame-ancestors 'self'", 1))
	h.Set("X-Frame-Options", "SAMEORIGIN")
}

func (rt *Router) headers(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store") // shared workstations: nothing stays behind; files set their own
	if rt.options.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// Deadlines of an ordinary request, from its headers on. An upload gets a second more for each 256 kB it may have.
const (
	readTime  = 30 * time.Second
	writeTime = 60 * time.Second
)

// deadlines bound a request and its answer. The one for reading holds until the body is read and no longer: a read that is waiting for the next
// request when it passes would end the context of this one, and of all that follow on the connection.
func (rt *Router) deadlines(w http.ResponseWriter, r *http.Request, route Route) error {
	control := http.NewResponseController(w)
	upload := time.Duration(route.MaxBody>>18) * time.Second
	now := time.Now() // the network's clock, not the application's
	read, write := now.Add(readTime+upload), now.Add(readTime+upload+writeTime)
	if route.Stream {
		write = time.Time{}
	}
	if r.ContentLength == 0 {
		read = time.Time{}
	} else {
		r.Body = &readOnce{r.Body, func() { _ = control.SetReadDeadline(time.Time{}) }}
	}
	for _, err := range []error{control.SetReadDeadline(read), control.SetWriteDeadline(write)} {
		if err != nil && !isUnsupported(err) {
			return fmt.Errorf("set deadline: %w", err)
		}
	}
	return nil
}

// readOnce is a body that tells when all of it was read.
type readOnce struct {
	io.ReadCloser
	over func()
}

func (b *readOnce) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.over()
	}
	return n, err
}

// recorder remembers what was answered, for the log.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	person string
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(body []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(body)
	w.bytes += int64(n)
	return n, err
}

// Flush sends what is buffered, for handlers that ask the writer itself.
func (w *recorder) Flush() {
	_ = http.NewResponseController(w.ResponseWriter).Flush() // not every writer can
}
