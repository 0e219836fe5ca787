package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"hygie/internal/fault"
	"hygie/internal/right"
	"hygie/internal/territory"
)

// Handler answers a request, or returns an error for the router to show.
type Handler func(c *Context) error

// Route is one declared route.
type Route struct {
	Method  string // GET, POST, …
	Path    string // pattern of http.ServeMux: /structures/{structure}
	Rule    Rule
	MaxBody int64 // bytes
	Stream  bool  // stays open: no deadline on the answer
}

// RouteOption changes one thing about a route.
type RouteOption func(*Route)

// MaxBody allows a body of so many bytes, for uploads; without it a route takes 1 MiB.
func MaxBody(bytes int64) RouteOption { return func(r *Route) { r.MaxBody = bytes } }

// Stream leaves the answer open as long as the reader stays: server-sent events, large exports.
func Stream() RouteOption { return func(r *Route) { r.Stream = true } }

const defaultMaxBody = 1 << 20

// Router holds the routes and the navigation. Declare everything, then serve; it is not safe to add routes while serving.
type Router struct {
	options Options
	mux     *http.ServeMux
	routes  []Route
	nav     []Entry
	cross   *http.CrossOriginProtection
}

// New returns a router with the routes that the frame itself needs: files, language and theme, and in demonstration mode the
// component page.
func New(options Options) (*Router, error) {
	if err := options.check(); err != nil {
		return nil, fmt.Errorf("make the router: %w", err)
	}
	rt := &Router{options: options, mux: http.NewServeMux(), cross: http.NewCrossOriginProtection()}
	for _, origin := range options.TrustedOrigins {
		if err := rt.cross.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("make the router: trusted origin %q: %w", origin, err)
		}
	}
	rt.Page("POST /preferences", Public, preferences)
	if options.Demo {
		rt.showcase()
	}
	return rt, nil
}

// Page declares a route. It panics when the pattern has no method, when the rule is missing or when a route with the same
// pattern exists, because each of these is a mistake in the program, seen the first time it starts.
func (rt *Router) Page(pattern string, rule Rule, handle Handler, options ...RouteOption) {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok || !strings.HasPrefix(path, "/") || method != strings.ToUpper(method) {
		panic(fmt.Sprintf("web: route %q: want a method and a path", pattern))
	}
	if !rule.Valid() {
		panic(fmt.Sprintf("web: route %q has no rule of access", pattern))
	}
	if rule.Everywhere() && strings.Contains(path, "{structure}") {
		panic(fmt.Sprintf("web: route %q names a structure, and its rule the whole installation", pattern))
	}
	route := Route{Method: method, Path: path, Rule: rule, MaxBody: defaultMaxBody}
	for _, option := range options {
		option(&route)
	}
	rt.routes = append(rt.routes, route)
	rt.mux.Handle(pattern, rt.serve(route, handle))
}

// Handle declares a route answered by an ordinary http.Handler, such as a stream of events, behind the same rule.
func (rt *Router) Handle(pattern string, rule Rule, handler http.Handler, options ...RouteOption) {
	rt.Page(pattern, rule, func(c *Context) error {
		handler.ServeHTTP(c.W, c.R)
		return nil
	}, options...)
}

// Routes returns every declared route, in the order of declaration. A test of rights walks it.
func (rt *Router) Routes() []Route { return slices.Clone(rt.routes) }

// serve makes the handler of one route: context, rule, handler, error page.
func (rt *Router) serve(route Route, handle Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, route.MaxBody)
		c := rt.context(w, r)
		if err := rt.deadlines(w, r, route); err != nil {
			c.fail(err)
			return
		}
		if err := c.admit(route); err != nil {
			c.fail(err)
			return
		}
		if err := handle(c); err != nil {
			c.fail(err)
		}
	})
}

// errSignIn asks a visitor to sign in; it is shown as a redirect or, for anything but a page, as a refusal.
var errSignIn = fault.Refused("web.sign_in_first")

// admit applies the rule of the route, and puts the scope in the context.
func (c *Context) admit(route Route) error {
	rule := route.Rule
	session, err := c.rt.options.Guard.Session(c.R)
	switch {
	case err != nil && rule.IsPublic():
		// A broken session must not close the sign-in page.
		c.rt.options.Log.WarnContext(c.Ctx, "read session", "error", err, "id", RequestID(c.Ctx))
	case err != nil:
		return fmt.Errorf("read session: %w", err)
	default:
		c.know(session)
	}
	if rule.IsPublic() {
		return nil
	}
	if !c.Actor.SignedIn() {
		return errSignIn
	}
	action, needs := rule.Action()
	if !needs {
		return nil
	}
	c.Scope, err = c.rt.scope(c.Ctx, c.Actor, action, route, c.Path("structure"))
	return err
}

// know puts the person in the context and in the log line.
func (c *Context) know(session Session) {
	c.Session, c.Actor = session, session.Actor
	if record, ok := c.W.(*recorder); ok {
		record.person = session.Actor.Person
	}
}

func (rt *Router) scope(ctx context.Context, actor right.Actor, action right.Action, route Route, structure string) (territory.Scope, error) {
	if route.Rule.Everywhere() || strings.Contains(route.Path, "{structure}") {
		return rt.options.Guard.Authorize(ctx, actor, action, structure)
	}
	return right.Anywhere(actor, action)
}

// ServeHTTP answers one request, with everything that goes around each of them.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rt.around(http.HandlerFunc(rt.dispatch)).ServeHTTP(w, r)
}

// isText tells whether what an address holds is text without zero bytes. Values of it go into queries, and PostgreSQL takes nothing else; no link of ours
// leads to such an address.
func isText(u *url.URL) bool {
	texts := []string{u.Path}
	for name, values := range u.Query() {
		texts = append(append(texts, name), values...)
	}
	return !slices.ContainsFunc(texts, func(text string) bool { return !utf8.ValidString(text) || strings.ContainsRune(text, 0) })
}

// dispatch finds the route.
func (rt *Router) dispatch(w http.ResponseWriter, r *http.Request) {
	if !isText(r.URL) {
		rt.context(w, r).fail(fault.NotFound("web.no_page"))
		return
	}
	if _, pattern := rt.mux.Handler(r); pattern != "" {
		rt.mux.ServeHTTP(w, r)
		return
	}
	// The mux alone knows whether the path exists for another method, so it answers; its plain page is replaced by ours.
	probe := &statusOnly{header: make(http.Header)}
	rt.mux.ServeHTTP(probe, r)
	c := rt.context(w, r)
	if session, err := rt.options.Guard.Session(r); err == nil {
		c.know(session)
	}
	if probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.header.Get("Allow"))
		c.failStatus(http.StatusMethodNotAllowed, fault.Refused("web.method_not_allowed"))
		return
	}
	if probe.status >= 300 && probe.status < 400 { // a path to clean
		rt.mux.ServeHTTP(w, r)
		return
	}
	c.fail(fault.NotFound("web.no_page"))
}

// statusOnly keeps what the mux would have answered and throws the body away.
type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header { return s.header }

func (s *statusOnly) Write(body []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return len(body), nil
}

func (s *statusOnly) WriteHeader(status int) { s.status = status }
