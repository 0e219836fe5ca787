package declaration

import (
	"context"
	"errors"
	"slices"
	"time"

	"hygie/internal/fault"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
	"hygie/referential"
)

// known is what was ever recorded about an observation: the fact itself and those that go with it.
type known struct {
	all       []proof.Fact
	corrected map[string]string // by id: what corrects it
}

func (m *Module) known(ctx context.Context, tx *store.Tx, scope territory.Scope, structure string, names ...string) (k known, err error) {
	k.all, err = proof.History(ctx, tx, scope, structure, names...)
	k.corrected = map[string]string{}
	for _, f := range k.all {
		if f.Corrects != "" {
			k.corrected[f.Corrects] = f.ID
		}
	}
	return k, err
}

// latest is what holds of a key at a moment.
func (k known) latest(key string, at time.Time) (last proof.Fact, ok bool) {
	for _, f := range k.all {
		if f.Key == key && !f.Withdraws && k.corrected[f.ID] == "" && !f.ObservedAt.After(at) && !f.ObservedAt.Before(last.ObservedAt) {
			last, ok = f, true
		}
	}
	return last, ok
}

// of gives what was declared of the same observation under another key.
func (k known) of(f proof.Fact, key string) (proof.Fact, bool) {
	i := slices.IndexFunc(k.all, func(o proof.Fact) bool {
		return o.Key == key && !o.Withdraws && o.Source == f.Source && o.ObservedAt.Equal(f.ObservedAt) && k.corrected[o.ID] == ""
	})
	if i < 0 {
		return proof.Fact{}, false
	}
	return k.all[i], true
}

// correctable finds a declaration that can be corrected: people said it, and nothing corrects it yet.
func (k known) correctable(key, id string) (proof.Fact, error) {
	i := slices.IndexFunc(k.all, func(f proof.Fact) bool { return f.ID == id && f.Key == key && !f.Withdraws && declared(f) })
	switch {
	case i < 0:
		return proof.Fact{}, fault.NotFound("declaration.not_found")
	case k.corrected[id] != "":
		return proof.Fact{}, fault.Conflict("declaration.already_corrected")
	}
	return k.all[i], nil
}

// moment is when an observation of a day is noted: at its beginning, or as soon after as makes it another observation than those of the day.
func (k known) moment(day time.Time) time.Time {
	for slices.ContainsFunc(k.all, func(f proof.Fact) bool { return f.ObservedAt.Equal(day) }) {
		day = day.Add(time.Millisecond)
	}
	return day
}

// Declare records what a person says of a structure in scope, in one transaction with a line of the trail.
func (m *Module) Declare(ctx context.Context, actor right.Actor, scope territory.Scope, structure, key string, d draft, zone *time.Location) error {
	return m.db.Update(ctx, func(tx *store.Tx) error {
		now := m.now()
		set, err := m.shelf.Now(ctx, tx, now)
		if err != nil {
			return err
		}
		all := kinds(set.Packages)
		a, ok := find(all, key)
		if !ok || a.Of != "" {
			return fault.NotFound("declaration.not_asked")
		}
		s, err := d.read(a, a.beside(all), now, zone)
		if err != nil {
			return err
		}
		k, err := m.known(ctx, tx, scope, structure, append([]string{key}, a.With...)...)
		if err != nil {
			return err
		}
		facts, err := k.facts(structure, a, d, s, actor.Person, now)
		if err != nil {
			return err
		}
		if err := m.usable(ctx, tx, scope, structure, d.Evidence, now); err != nil {
			return err
		}
		if err := proof.Record(ctx, tx, scope, facts...); err != nil {
			return err
		}
		data := map[string]any{"fact": key, "value": s.value.String(), "evidence": d.Evidence}
		action := "declaration.add"
		if d.Corrects != "" {
			action = "declaration.correct"
		}
		return m.trail.Append(ctx, tx, journal.Entry{Actor: actor.Person, Action: action, Structure: structure, Subject: "fact/" + key, Text: d.Note, Data: trail.Data(data)})
	})
}

// beside lists the facts that are declared with one.
func (a asked) beside(all []asked) (with []asked) {
	for _, key := range a.With {
		if other, ok := find(all, key); ok {
			with = append(with, other)
		}
	}
	return with
}

// facts are what a form adds. What is said already, word for word, is refused: it would count as one more observation.
func (k known) facts(structure string, a asked, d draft, s said, person string, now time.Time) ([]proof.Fact, error) {
	var before proof.Fact
	if d.Corrects != "" {
		var err error
		if before, err = k.correctable(a.Key, d.Corrects); err != nil {
			return nil, err
		}
	}
	f := proof.Fact{Structure: structure, Key: a.Key, Value: s.value, ObservedAt: k.moment(s.on), Source: sourceOf(person), Evidence: d.Evidence, RecordedAt: now, RecordedBy: person, Note: d.Note, Corrects: d.Corrects}
	facts := []proof.Fact{f}
	for _, key := range a.With {
		o, had := proof.Fact{}, false
		if before.ID != "" {
			o, had = k.of(before, key)
		}
		v, given := s.with[key]
		if had && !given {
			return nil, fault.Invalid(fault.Field{Name: withField(key), Key: "declaration.said_before"})
		}
		if given {
			other := f
			other.Key, other.Value, other.Note, other.Corrects = key, v, "", o.ID
			facts = append(facts, other)
		}
	}
	if i := slices.IndexFunc(k.all, func(o proof.Fact) bool { return o.Key == a.Key && k.corrected[o.ID] == "" && k.same(o, f, s) }); i >= 0 {
		return nil, fault.Invalid(fault.Field{Name: "value", Key: "declaration.same", Args: []any{"date", k.all[i].RecordedAt}})
	}
	return facts, nil
}

// same tells whether a fact says already all that a form does.
func (k known) same(o, f proof.Fact, s said) bool {
	if o.Withdraws || !declared(o) || !equal(o.Value, f.Value) || o.ObservedAt.In(s.on.Location()).Format(time.DateOnly) != s.on.Format(time.DateOnly) || o.Evidence != f.Evidence || o.Note != f.Note {
		return false
	}
	for key, v := range s.with {
		if w, ok := k.of(o, key); !ok || !equal(w.Value, v) {
			return false
		}
	}
	return true
}

// equal compares values; a day that went through the database has another zone.
func equal(v, w referential.Value) bool {
	return v.Kind == w.Kind && v.Number == w.Number && v.Text == w.Text && v.Bool == w.Bool && v.Date.Equal(w.Date)
}

// usable refuses evidence of another structure, and what was replaced.
func (m *Module) usable(ctx context.Context, tx *store.Tx, scope territory.Scope, structure, id string, at time.Time) error {
	if id == "" {
		return nil
	}
	e, err := proof.ByID(ctx, tx, scope, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && e.Structure != structure {
		return fault.Invalid(fault.Field{Name: "evidence", Key: "declaration.no_evidence"})
	}
	if err != nil {
		return err
	}
	all, err := proof.Of(ctx, tx, scope, structure)
	if err == nil && proof.Superseded(all, at)[id] != "" {
		return fault.Invalid(fault.Field{Name: "evidence", Key: "declaration.old_evidence"})
	}
	return err
}
