package app

import (
	"context"
	"net/http"
	"strings"
	"time"

	"hygie/internal/exercise"
	"hygie/internal/fault"
	"hygie/internal/logbook"
	"hygie/internal/place"
	"hygie/internal/reflex"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/asset"
	"hygie/internal/web/ui"
)

// reflexes gives structures their reflex cards; what is answered becomes a line of the main courante that is open.
func (p *Platform) reflexes(now func() time.Time) (*reflex.Module, error) {
	cards, err := reflex.New(reflex.Options{DB: p.DB, Trail: p.Trail, Log: cardLog{p.Books}, Now: now, Changed: func(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, title, by string) error {
		return p.Folders.CardChanged(ctx, tx, scope, structure, title, by)
	}})
	if err != nil {
		return nil, err
	}
	cards.Routes(p.Router)
	return cards, nil
}

// cardLog is a main courante as reflex cards use it.
type cardLog struct{ books *logbook.Books }

func (l cardLog) Books(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string) ([]reflex.Book, error) {
	taking, err := logbook.Taking(ctx, tx, scope, structure)
	all := make([]reflex.Book, len(taking))
	for i, b := range taking {
		all[i] = reflex.Book{ID: b.ID, Title: b.Title}
	}
	return all, err
}

func (l cardLog) Note(ctx context.Context, tx *store.Tx, scope territory.Scope, book string, line reflex.Line) error {
	kind := logbook.Fact
	if line.Done {
		kind = logbook.Act
	}
	_, err := l.books.Note(ctx, tx, scope, book, logbook.Author{Person: line.Person, Name: line.Name}, logbook.Draft{Kind: kind, Text: line.Text, At: line.At, Source: line.Source})
	return err
}

// exercises gives structures their crisis exercises, each with its own main courante.
func (p *Platform) exercises(assets *asset.Set, now func() time.Time) error {
	o := exercise.Options{DB: p.DB, Trail: p.Trail, Vault: p.Vault, Log: drillLog{p.Books}, Bring: p.Bring, Changed: p.Hub.Bump, Address: p.Config.Address(), Script: assets.URL(exercise.ScriptName), Now: now}
	if p.Notices.Sender != nil {
		o.Post = drillPost{now}
	}
	drills, err := exercise.New(o)
	if err != nil {
		return err
	}
	drills.Routes(p.Router)
	if err := p.campaigns(now); err != nil {
		return err
	}
	pages := logbook.Pages{Books: p.Books, Script: assets.URL(logbook.ScriptName)}
	pages.Routes(p.Router, "/structures/{structure}/exercises/{exercise}/log", web.Needs(right.SeeActions), web.Needs(right.EditActions), p.drillBook)
	return nil
}

// drillBook is the main courante of the exercise in the path.
func (p *Platform) drillBook(c *web.Context) (t logbook.Target, err error) {
	at, s, err := place.Of(c, p.DB)
	if err != nil {
		return t, err
	}
	var e exercise.Exercise
	err = p.DB.View(c.Ctx, func(tx *store.Tx) (err error) {
		e, err = exercise.ByID(c.Ctx, tx, c.Scope, at.ID, c.Path("exercise"))
		return err
	})
	if err != nil {
		return t, err
	}
	if e.Book == "" {
		return t, fault.NotFound("exercise.not_begun")
	}
	address := drillAddress(at.ID, e.ID)
	crumbs := []ui.Link{{Href: "/structures/" + at.ID + "/exercises", Text: c.T("exercise.title")}}
	if c.May(right.EditActions, s.Interval) {
		crumbs = append(crumbs, ui.Link{Href: address + "/room", Text: c.T("exercise.tab_room")})
	}
	return logbook.Target{Book: e.Book, Title: c.T("exercise.book_title", "scenario", e.Title(c.Ctx)), Owner: at.Name, Banner: c.T("exercise.banner"), Place: at, Address: address + "/log", Crumbs: crumbs,
		Author: logbook.Author{Person: c.Actor.Person, Name: c.Session.Name}, Write: e.Ended.IsZero() && c.May(right.EditActions, s.Interval)}, nil
}

func drillAddress(structure, id string) string {
	return "/structures/" + structure + "/exercises/" + id
}

// drillLog is a main courante as exercises use it.
type drillLog struct{ books *logbook.Books }

func (l drillLog) Open(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, title, person string) (string, error) {
	book, err := l.books.Open(ctx, tx, scope, logbook.Book{Structure: structure, Kind: logbook.Exercise, Title: title, OpenedBy: person})
	return book.ID, err
}

func (l drillLog) Note(ctx context.Context, tx *store.Tx, scope territory.Scope, book string, line exercise.Line) error {
	kind := logbook.Fact
	if line.Stimulus {
		kind = logbook.Stimulus
	}
	_, err := l.books.Note(ctx, tx, scope, book, logbook.Author{Person: line.Person, Name: line.Name}, logbook.Draft{Kind: kind, Text: line.Text, At: line.At, Links: line.Links})
	return err
}

func (l drillLog) Close(ctx context.Context, tx *store.Tx, scope territory.Scope, book string) error {
	return l.books.Close(ctx, tx, scope, book)
}

// mayFollowDrill tells whether who asks may follow an exercise.
func (p *Platform) mayFollowDrill(r *http.Request, topic string) bool {
	session, err := p.guard.Session(r)
	if err != nil {
		return false
	}
	err = p.DB.View(r.Context(), func(tx *store.Tx) error {
		_, err := exercise.ByID(r.Context(), tx, right.Visible(session.Actor, right.SeeActions), "", strings.TrimPrefix(topic, "exercise/"))
		return err
	})
	return err == nil
}
