// Package overview is where people arrive: the home page with the next best action, the list of structures, and the page of
// a structure, which says where it stands and what to do next.
//
// It measures nothing itself: it reads the facts and verdicts of package proof and the tallies of package plan.
package overview

import (
	"context"
	"time"

	"hygie/internal/place"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// Module serves the pages.
type Module struct {
	db       *store.DB
	packages []*referential.Package
	now      func() time.Time
	signIn   string // path of the sign-in page, for visitors
	acts     map[string]Act
}

// Act is how the platform does something that a verdict proposes: the address of its page, with "{structure}" to be filled in, and the right it needs.
type Act struct {
	Path  string
	Right right.Action
}

// Options is what the module needs.
type Options struct {
	DB       *store.DB
	Packages []*referential.Package
	Now      func() time.Time
	SignIn   string
	Acts     map[string]Act // by code of the act, such as "directory.audit"
}

// New makes the module.
func New(o Options) *Module {
	return &Module{db: o.DB, packages: o.Packages, now: o.Now, signIn: o.SignIn, acts: o.Acts}
}

// Routes declares every page of the module.
func (m *Module) Routes(rt *web.Router) {
	rt.Page("GET /{$}", web.Public, m.home)
	rt.Page("GET /structures", web.Needs(right.SeeStructure), m.list)
	rt.Page("GET /structures/{structure}", web.Needs(right.SeeStructure), m.situation)
	rt.Page("GET /structures/{structure}/referentials/{package}", web.Needs(right.SeePosture), m.referential)
	rt.Nav(
		web.Entry{Key: "overview.nav_home", Path: "/", Icon: "home", Rule: web.SignedIn, Order: 10},
		web.Entry{Key: "overview.nav_structures", Path: "/structures", Icon: "building", Rule: web.Needs(right.SeeStructure), Order: 20},
		web.Entry{Key: "overview.nav_situation", Path: "/structures/{structure}", Icon: "gauge", Rule: web.Needs(right.SeeStructure), Order: 10},
	)
}

// home leads a visitor to sign in, and shows everybody else their own structures.
func (m *Module) home(c *web.Context) error {
	if !c.Actor.SignedIn() {
		return c.Redirect(m.signIn)
	}
	var cards []card
	err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		cards, err = m.own(c, tx)
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("overview.welcome", "name", c.Session.Name)}
	return c.Page(page, homeBody(c, cards))
}

// card is one of the reader's own structures on the home page.
type card struct {
	Structure territory.Structure
	Level     float64 // of the directory; 0 when not known
	AtMost    bool
	Measured  time.Time
	Tally     plan.Tally
	Next      ui.NextAction
	Posture   bool // the reader may see the level
	Actions   bool // the reader may see the plan
}

// mostCards is how many structures the home page details; beyond, the list serves better.
const mostCards = 6

// own reads the structures on which the reader holds a role.
func (m *Module) own(c *web.Context, tx *store.Tx) ([]card, error) {
	var cards []card
	seen := map[string]bool{}
	scope := right.Visible(c.Actor, right.SeeStructure)
	for _, g := range c.Actor.Grants {
		if g.Structure == "" || seen[g.Structure] || len(cards) == mostCards {
			continue
		}
		seen[g.Structure] = true
		s, err := territory.Get(c.Ctx, tx, scope, territory.ID(g.Structure))
		if err != nil {
			return nil, err
		}
		one, err := m.card(c, tx, s)
		if err != nil {
			return nil, err
		}
		cards = append(cards, one)
	}
	return cards, nil
}

func (m *Module) card(c *web.Context, tx *store.Tx, s territory.Structure) (card, error) {
	one := card{Structure: s, Posture: c.May(right.SeePosture, s.Interval), Actions: c.May(right.SeeActions, s.Interval)}
	if one.Actions {
		tally, err := plan.Count(c.Ctx, tx, right.Visible(c.Actor, right.SeeActions), string(s.ID), m.now())
		if err != nil {
			return one, err
		}
		one.Tally = tally
	}
	if !one.Posture {
		return one, nil
	}
	posture := right.Visible(c.Actor, right.SeePosture)
	measured, err := levels(c.Ctx, tx, posture, m.now(), string(s.ID))
	if err != nil {
		return one, err
	}
	if l, ok := measured[string(s.ID)]; ok {
		one.Level, one.AtMost, one.Measured = l.level, l.atMost, l.at
	}
	if assessed(s.Kind) {
		assessments, err := m.assess(c.Ctx, tx, posture, s, m.now())
		if err != nil {
			return one, err
		}
		one.Next = m.nextAction(c, s, assessments)
	}
	return one, nil
}

// assessed tells whether referentials are about such a structure: the programme speaks to groups and legal entities, not to their single
// establishments, nor to a region.
func assessed(k territory.Kind) bool { return k == territory.Group || k == territory.Entity }

// measure is the newest level of a directory.
type measure struct {
	level  float64
	atMost bool
	at     time.Time
}

// levels reads the newest directory level of some structures.
func levels(ctx context.Context, tx *store.Tx, scope territory.Scope, at time.Time, structures ...string) (map[string]measure, error) {
	found := map[string]measure{}
	level, err := proof.Latest(ctx, tx, scope, "directory.level", at, structures...)
	if err != nil {
		return nil, err
	}
	bound, err := proof.Latest(ctx, tx, scope, "directory.level_upper_bound", at, structures...)
	if err != nil {
		return nil, err
	}
	for id, f := range level {
		found[id] = measure{level: f.Value.Number, atMost: bound[id].Value.Bool, at: f.ObservedAt}
	}
	return found, nil
}

// list shows the structures of the reader's scope, to search and filter.
func (m *Module) list(c *web.Context) error {
	q := ui.ReadQuery(c.R.URL, nil, "")
	kind, group := kindOf(q.Get("kind"))
	filter := territory.Filter{Text: q.Get("q"), Kind: kind, GroupKind: group, Status: territory.Active, After: q.After, Limit: q.Size}
	if ok, err := c.Export(m.sheet(c, filter)); ok {
		return err
	}
	var found []territory.Structure
	var measured map[string]measure
	next := ""
	posture := right.Visible(c.Actor, right.SeePosture)
	err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if found, next, err = territory.List(c.Ctx, tx, c.Scope, filter); err != nil {
			return err
		}
		ids := make([]string, len(found))
		for i, s := range found {
			ids[i] = string(s.ID)
		}
		measured, err = levels(c.Ctx, tx, posture, m.now(), ids...)
		return err
	})
	if err != nil {
		return err
	}
	return c.Page(web.Page{Title: c.T("overview.structures"), Lead: c.T("overview.structures_lead")}, structuresTable(c, q, found, measured, next))
}

// kindOf reads the filter of the list: a kind of structure, or a kind of group.
func kindOf(text string) (territory.Kind, territory.GroupKind) {
	if g := territory.GroupKind(text); g.Valid() {
		return territory.Group, g
	}
	if k := territory.Kind(text); k.Valid() {
		return k, ""
	}
	return "", ""
}

// sheet is the list as a file.
func (m *Module) sheet(c *web.Context, f territory.Filter) web.Sheet {
	header := []string{c.T("overview.name"), c.T("overview.kind"), "FINESS", c.T("overview.city"), c.T("overview.department"), c.T("overview.level")}
	return web.Sheet{Name: c.T("overview.file"), Header: header, Rows: func(yield func([]any, error) bool) {
		for f.Limit = 500; ; {
			var found []territory.Structure
			var measured map[string]measure
			next := ""
			err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
				if found, next, err = territory.List(c.Ctx, tx, c.Scope, f); err != nil {
					return err
				}
				ids := make([]string, len(found))
				for i, s := range found {
					ids[i] = string(s.ID)
				}
				measured, err = levels(c.Ctx, tx, right.Visible(c.Actor, right.SeePosture), m.now(), ids...)
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, s := range found {
				var level any = ""
				if l, ok := measured[string(s.ID)]; ok {
					level = int(l.level)
				}
				if !yield([]any{s.Name, c.T(place.KindKey(s)), s.Finess, s.City, s.Department, level}, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			f.After = next
		}
	}}
}
