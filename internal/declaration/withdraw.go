package declaration

import (
	"context"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
	"hygie/referential"
)

// retreat is the form by which a declaration is withdrawn.
type retreat struct {
	Of     string `form:"of"`
	Reason string `form:"reason"`
}

// Withdraw says that a declaration should never have been made, and why: it and what was declared with it count no more, and stay readable in the
// history. Nothing is said in its place.
func (m *Module) Withdraw(ctx context.Context, actor right.Actor, scope territory.Scope, structure, key string, r retreat) error {
	reason := strings.TrimSpace(r.Reason)
	if reason == "" || len([]rune(reason)) > longestNote {
		return fault.Invalid(fault.Field{Name: "reason", Key: "declaration.reason_wrong"})
	}
	return m.db.Update(ctx, func(tx *store.Tx) error {
		now := m.now()
		set, err := m.shelf.Now(ctx, tx, now)
		if err != nil {
			return err
		}
		a, ok := find(kinds(set.Packages), key)
		if !ok || a.Of != "" {
			return fault.NotFound("declaration.not_asked")
		}
		k, err := m.known(ctx, tx, scope, structure, append([]string{key}, a.With...)...)
		if err != nil {
			return err
		}
		before, err := k.correctable(key, r.Of)
		if err != nil {
			return err
		}
		facts := []proof.Fact{before}
		for _, other := range a.With {
			if f, ok := k.of(before, other); ok {
				facts = append(facts, f)
			}
		}
		for i, f := range facts {
			facts[i] = withdrawalOf(f, actor.Person, reason, now)
		}
		if err := proof.Record(ctx, tx, scope, facts...); err != nil {
			return err
		}
		data := map[string]any{"fact": key, "value": before.Value.String()}
		return m.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: "declaration.withdraw", Structure: structure, Subject: "fact/" + key, Text: reason, Data: trail.Data(data)})
	})
}

func withdrawalOf(f proof.Fact, person, reason string, now time.Time) proof.Fact {
	return proof.Fact{Structure: f.Structure, Key: f.Key, Value: referential.Value{}, ObservedAt: f.ObservedAt, Source: sourceOf(person), RecordedAt: now, RecordedBy: person,
		Note: reason, Corrects: f.ID, Withdraws: true}
}

// doubt shows what is about to be withdrawn, and asks why.
func (m *Module) doubt(c *web.Context) error { return m.showDoubt(c, c.Query("of"), "", nil) }

func (m *Module) showDoubt(c *web.Context, id, reason string, wrong ui.Errors) error {
	v, err := m.load(c)
	if err != nil {
		return err
	}
	a, err := v.asked(c)
	if err != nil {
		return err
	}
	f, err := v.Known.correctable(a.Key, id)
	if err != nil {
		return err
	}
	page := web.Page{Title: v.words.label(a), Over: c.T("declaration.withdraw"), Lead: c.T("declaration.withdraw_lead"), Place: v.At, Crumbs: crumbs(c, v), Errors: wrong}
	return c.Page(page, withdrawBody(v, a, f, reason, wrong))
}

// withdraw takes the form.
func (m *Module) withdraw(c *web.Context) error {
	var r retreat
	err := c.Decode(&r)
	if err == nil {
		err = m.Withdraw(c.Ctx, c.Actor, c.Scope, c.Path("structure"), c.Path("fact"), r)
	}
	if wrong := ui.ErrorsOf(err); wrong != nil {
		return m.showDoubt(c, r.Of, r.Reason, wrong)
	}
	if err != nil {
		return err
	}
	c.Flash(ui.Good, "declaration.withdraw_done")
	return c.Redirect(addressOf(c.Path("structure"), c.Path("fact")))
}
