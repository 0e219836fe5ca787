package account

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"hygie/internal/locale"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
)

var _ web.Guard = (*Module)(nil)

// Session tells who is asking, by the cookie of the request; it is the web.Guard of the platform.
// A program shows a token instead, which counts on the addresses for programs alone: no page is ever opened with it.
func (m *Module) Session(r *http.Request) (web.Session, error) {
	if header := r.Header.Get("Authorization"); header != "" && forPrograms(r) {
		return m.program(r, header)
	}
	who := m.people.Whoami
	if r.Header.Get("Accept") == "text/event-stream" { // a page left open listens, and connects again, for as long as it is open
		who = m.people.Glance
	}
	actor, _, err := who(r.Context(), m.cookie.Secret(r))
	if err != nil || !actor.SignedIn() {
		return web.Session{}, err
	}
	session := web.Session{Actor: actor, Name: actor.Name}
	if len(actor.Grants) > 0 {
		session.Role = locale.From(r.Context()).T(actor.Grants[0].Role.MessageKey())
	}
	return session, nil
}

// forPrograms tells whether the route that answers, and not only the address that was typed, is one for programs.
func forPrograms(r *http.Request) bool {
	_, path, _ := strings.Cut(r.Pattern, " ")
	return strings.HasPrefix(path, web.ProgramPrefix)
}

// program tells for whom the token of a request acts; nobody when it is not one, or not in force.
func (m *Module) program(r *http.Request, header string) (web.Session, error) {
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return web.Session{}, nil
	}
	actor, token, err := m.people.ByToken(r.Context(), strings.TrimSpace(secret))
	if err != nil || !actor.SignedIn() {
		return web.Session{}, err
	}
	return web.Session{Actor: actor, Name: actor.Name, Token: token.ID}, nil
}

// Authorize checks an action as right.Authorize does, in a transaction of its own.
func (m *Module) Authorize(ctx context.Context, actor right.Actor, action right.Action, structure string) (territory.Scope, error) {
	var scope territory.Scope
	err := m.view(ctx, func(tx *store.Tx) (err error) {
		scope, err = right.Authorize(ctx, tx, actor, action, structure)
		return err
	})
	return scope, err
}

// Places returns the structures for which the actor holds a role, for the header's shortcuts.
func (m *Module) Places(ctx context.Context, actor right.Actor) ([]web.Place, error) {
	var places []web.Place
	err := m.view(ctx, func(tx *store.Tx) error {
		scope := right.Visible(actor, right.SeeStructure)
		places = nil
		seen := map[string]bool{}
		for _, g := range actor.Grants {
			if g.Structure == "" || seen[g.Structure] || !scope.Holds(g.Interval) {
				continue
			}
			seen[g.Structure] = true
			s, err := territory.Get(ctx, tx, scope, territory.ID(g.Structure))
			if err != nil {
				return fmt.Errorf("read structure %s: %w", g.Structure, err)
			}
			places = append(places, web.Place{ID: string(s.ID), Name: s.Name, Interval: s.Interval})
		}
		return nil
	})
	return places, err
}

func (m *Module) view(ctx context.Context, fn func(*store.Tx) error) error {
	return m.people.DB().View(ctx, fn)
}

func (m *Module) update(ctx context.Context, fn func(*store.Tx) error) error {
	return m.people.DB().Update(ctx, fn)
}
