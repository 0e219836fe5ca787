// Package web is the frame of every page: the router with its rules of access, the context a handler works in, the layout,
// forms, errors, and the server.
//
// # Routes
//
// A route is a pattern of http.ServeMux, a rule and a handler. The rule is part of the declaration, so a route without one
// cannot be written (Page panics when the program starts), and a test can walk Router.Routes and try each with each role.
//
//	rt.Page("GET /structures/{structure}/actions", web.Needs(right.SeeActions), m.list)
//
// When the rule needs an action, the router authorises it on the structure named in the path and puts the Scope in the
// context; without {structure} in the path the scope is all that the reader may see with that action. The handler hands
// the scope to a store and never asks about rights again.
//
// # Handlers
//
// A handler decodes, calls a use-case, and renders. It returns errors as they are: the router maps the four kinds of
// internal/fault to 422, 404, 403 and 409, and everything else to a page that shows a reference, which the log has too.
//
//	func (m *Module) create(c *web.Context) error {
//		var form draft
//		err := c.Decode(&form)
//		if err == nil {
//			err = m.plan.Create(c.Ctx, c.Actor, c.Scope, form)
//		}
//		if wrong := ui.ErrorsOf(err); wrong != nil {
//			return c.Page(web.Page{Title: c.T("plan.new"), Errors: wrong}, formPage(form, wrong))
//		}
//		if err != nil {
//			return err
//		}
//		c.Flash(ui.Good, "plan.created")
//		return c.Redirect("/structures/" + c.Path("structure") + "/actions")
//	}
//
// # What a page may load
//
// Only files of package asset: the content security policy allows no inline script, no inline style, no style attribute and no
// other origin. Every page works without a script.
package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"hygie/internal/locale"
	"hygie/internal/right"
	"hygie/internal/territory"
	"hygie/internal/web/asset"
)

// Session is who is asking, as the sign-in left it. The zero Session is a visitor.
type Session struct {
	Actor right.Actor
	Name  string // how the header calls the person
	Role  string // a line under the name, in the reader's language or neutral; may be empty
	Token string // id of the token that a program showed; empty for people
}

// Guard knows people and rights. Session returns the zero Session, without an error, when nobody is signed in. Authorize
// checks an action on a structure, or on the whole installation when structure is empty, as right.Authorize does.
type Guard interface {
	Session(r *http.Request) (Session, error)
	Authorize(ctx context.Context, actor right.Actor, action right.Action, structure string) (territory.Scope, error)
}

// Place is a structure as the header shows it.
type Place struct {
	ID       string
	Name     string
	Kind     string             // in the reader's language: "établissement"; may be empty
	Interval territory.Interval // zero when unknown; then entries of navigation show if the action is allowed anywhere
}

// Options is what a Router needs. Guard, Catalogue, Assets, Log, Now, Random and Key are required.
type Options struct {
	Guard     Guard
	Catalogue *locale.Catalogue
	Assets    *asset.Set
	Log       *slog.Logger
	Now       func() time.Time
	Random    io.Reader // for request references
	Key       []byte    // signs the note shown after an act; at least 32 bytes, the same on every node
	Zone      *time.Location
	Version   string
	Demo      bool // shows the banner of demonstration data and the component page
	Secure    bool // served over https, so cookies say Secure and browsers are told to stay on https

	// TrustedOrigins may send forms to us beside our own origin: "https://hygie.example".
	TrustedOrigins []string
	// Paths of pages that other packages own. An empty one leaves its link out.
	SignInPath, SignOutPath, AccountPath, SearchPath, StructuresPath, StreamPath, HelpPath string
	// Exporters write lists in formats beside CSV.
	Exporters []Exporter
	// Places returns the structures offered in the header, the reader's own first. It may be nil.
	Places func(ctx context.Context, actor right.Actor) ([]Place, error)
}

func (o Options) check() error {
	var missing []error
	need := func(name string, ok bool) {
		if !ok {
			missing = append(missing, fmt.Errorf("%s is missing", name))
		}
	}
	need("Guard", o.Guard != nil)
	need("Catalogue", o.Catalogue != nil)
	need("Assets", o.Assets != nil)
	need("Log", o.Log != nil)
	need("Now", o.Now != nil)
	need("Random", o.Random != nil)
	need("Key of 32 bytes", len(o.Key) >= 32)
	return errors.Join(missing...)
}
