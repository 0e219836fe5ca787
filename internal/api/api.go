// Package api is the interface for programs, under /api/v1: modules declare their operations, this package serves them all alike and describes them.
//
// # An operation
//
// An [Operation] is a method and a path below [Prefix], the rule of access that pages use, the Go types of what it takes and gives, and a handler. From
// these comes the description in OpenAPI 3.1 (GET /api/v1/openapi.json), so that it cannot tell of a route that is not there or leave one out.
//
// # Who asks
//
// A program shows a token ("Authorization: Bearer …"), which acts for a person and never beyond that person's rights (package people). A page of our own may ask
// with its session. Rules and scopes are those of pages: a handler gets the Scope and asks nothing more.
//
// # What is the same everywhere
//
// Answers are JSON with names_like_this; moments are RFC 3339 in UTC. Lists come by pages: "limit" (50, at most 200) and "after", the cursor that the page
// before gave as "next". A failure is a problem (RFC 9457, application/problem+json). A write may name itself in Idempotency-Key: the same request
// again, within a day, gets the first answer and does nothing. Each token may ask [PerMinute] times a minute, in bursts of [Burst]; beyond, 429 says how long
// to wait.
package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/web"
)

// Prefix is before the path of each operation.
const Prefix = "/api/v1"

// Pages of lists.
const (
	usualLimit = 50
	mostLimit  = 200
)

// maxBody is the largest JSON body.
const maxBody = 1 << 20

// Param is a value of the query.
type Param struct {
	Name string
	Doc  string
	Type string // of JSON Schema: "string" when empty
	Form string // format: "date", "date-time"
	Need bool
}

// Operation is one thing a program can ask for.
type Operation struct {
	ID      string // the same for ever: programs are generated from it
	Method  string
	Path    string // below Prefix, as a pattern of http.ServeMux
	Tag     string
	Rule    web.Rule
	Summary string
	Doc     string
	Query   []Param
	Body    any    // a value of the type of the JSON body; nil: none
	Raw     string // media type of a body that is not JSON, taken as it arrives
	MaxBody int64  // bytes of such a body
	Answer  any    // a value of the type of the answer; nil: none
	Content string // media type of an answer that is not JSON
	Status  int    // of success; 0: 200
	List    bool   // comes by pages
	Handle  func(r *Request) (Reply, error)
}

// Reply is what a handler answers. Its zero value has no content.
type Reply struct {
	Status   int    // 0: that of the operation
	Location string // of what was made
	Value    any    // sent as JSON
	Sent     bool   // the handler wrote the answer itself
}

// Request is a request as a handler sees it.
type Request struct {
	*web.Context
	operation Operation
}

// Read reads the JSON body. A name that the type does not have is refused, so that a typing error is found the first time.
func (r *Request) Read(into any) error {
	body, err := io.ReadAll(r.R.Body)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fault.Invalid(fault.Field{Key: "api.not_json", Args: []any{"why", err.Error()}}).Because(err)
	}
	if decoder.More() {
		return fault.Invalid(fault.Field{Key: "api.more_than_one"})
	}
	return nil
}

// Limit is how many items the page may have.
func (r *Request) Limit() int { return r.QueryInt("limit", usualLimit, 1, mostLimit) }

// After is what the cursor of the page before said, empty for the first page.
func (r *Request) After() (string, error) {
	text := r.Query("after")
	if text == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) == 0 || len(raw) > 400 || strings.ToValidUTF8(string(raw), "") != string(raw) || bytes.IndexByte(raw, 0) >= 0 {
		return "", fault.Invalid(fault.Field{Name: "after", Key: "api.cursor"})
	}
	return string(raw), nil
}

// Moment reads a moment or a day of the query; zero when there is none. A day is its first moment in the reader's zone.
func (r *Request) Moment(name string) (time.Time, error) {
	text := r.Query(name)
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, r.Printer.Zone())
	if err != nil {
		return at, fault.Invalid(fault.Field{Name: name, Key: "api.moment"})
	}
	return at, nil
}

// List is a page of a list.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page: send it as \"after\". Absent on the last page."`
}

// Page makes a page of items that were read with one more than the limit; key is what the cursor after an item says.
func Page[T any](items []T, limit int, key func(T) string) List[T] {
	page := List[T]{Items: items}
	if len(items) > limit {
		page.Items = items[:limit]
		page.Next = Cursor(key(page.Items[limit-1]))
	}
	if page.Items == nil {
		page.Items = []T{}
	}
	return page
}

// Cursor hides what a list goes on from: programs send it back and read nothing in it.
func Cursor(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// Options are what the interface needs.
type Options struct {
	DB      *store.DB
	Now     func() time.Time
	Version string
}

// API serves operations.
type API struct {
	Options
	operations []Operation
	pace       *pace
}

// New makes an interface without operations.
func New(o Options) *API { return &API{Options: o, pace: newPace(o.Now)} }

// Add declares operations. It panics on one that is not whole, or comes twice: a mistake in the program, seen the first time it starts.
func (a *API) Add(operations ...Operation) {
	for _, o := range operations {
		if o.ID == "" || o.Summary == "" || o.Tag == "" || !o.Rule.Valid() || o.Handle == nil || !strings.HasPrefix(o.Path, "/") || o.Body != nil && o.Raw != "" {
			panic(fmt.Sprintf("api: operation %q %s is not whole", o.ID, o.Path))
		}
		for _, other := range a.operations {
			if other.ID == o.ID {
				panic(fmt.Sprintf("api: operation %q comes twice", o.ID))
			}
		}
		a.operations = append(a.operations, o)
	}
}

// Operations returns what was declared.
func (a *API) Operations() []Operation { return append([]Operation(nil), a.operations...) }

// Routes puts every operation behind its address, with the description of all.
func (a *API) Routes(rt *web.Router) {
	for _, o := range a.operations {
		options := []web.RouteOption{web.MaxBody(maxBody)}
		if o.Raw != "" {
			options = []web.RouteOption{web.MaxBody(o.MaxBody), web.Stream()}
		}
		if o.Content != "" {
			options = append(options, web.Stream())
		}
		rt.Page(o.Method+" "+Prefix+o.Path, o.Rule, a.serve(o), options...)
	}
	rt.Page("GET "+Prefix+"/openapi.json", web.Public, a.describe)
}

// serve answers one operation.
func (a *API) serve(o Operation) web.Handler {
	return func(c *web.Context) error {
		r := &Request{Context: c, operation: o}
		if wait := a.pace.take(c.Caller()); wait > 0 {
			c.W.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
			c.Problem(http.StatusTooManyRequests, c.T("api.too_many"), c.T("api.too_many_text", "seconds", int(wait/time.Second)+1))
			return nil
		}
		if o.Body != nil && !isJSON(c.R.Header.Get("Content-Type")) {
			c.Problem(http.StatusUnsupportedMediaType, c.T("api.want_json"), c.T("api.want_json_text"))
			return nil
		}
		name := c.R.Header.Get("Idempotency-Key")
		if name == "" || o.Method == http.MethodGet {
			reply, err := o.Handle(r)
			if err != nil || reply.Sent {
				return err
			}
			return send(c, o, reply)
		}
		return a.once(r, name)
	}
}

func isJSON(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(media), "application/json")
}

// send writes a reply.
func send(c *web.Context, o Operation, reply Reply) error {
	k, err := keep(o, reply)
	if err != nil {
		return err
	}
	k.write(c)
	return nil
}

// kept is an answer as it is sent, and as it is kept for the same request again.
type kept struct {
	status            int
	content, location string
	body              []byte
}

func keep(o Operation, reply Reply) (kept, error) {
	k := kept{status: reply.Status, location: reply.Location}
	if k.status == 0 {
		k.status = max(o.Status, http.StatusOK)
	}
	if reply.Value == nil {
		k.status = http.StatusNoContent
		return k, nil
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(reply.Value); err != nil {
		return k, fmt.Errorf("write the answer of %s: %w", o.ID, err)
	}
	k.content, k.body = "application/json", body.Bytes()
	return k, nil
}

func (k kept) write(c *web.Context) {
	h := c.W.Header()
	if k.content != "" {
		h.Set("Content-Type", k.content)
		h.Set("Content-Length", strconv.Itoa(len(k.body)))
	}
	if k.location != "" {
		h.Set("Location", k.location)
	}
	c.W.WriteHeader(k.status)
	_, _ = c.W.Write(k.body) // the reader went away: nothing to do
}

// Missing makes what a store does not find a fault that names nothing.
func Missing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fault.NotFound("api.not_found").Because(err)
	}
	return err
}
