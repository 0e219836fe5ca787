package exhibit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"hygie/custody"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/journal"
)

// journalOf is the journal of the register of an incident.
func journalOf(incident string) string { return "custody/" + incident }

// Read gives the register of an incident that was found in scope; nil when nothing was ever entered.
func Read(ctx context.Context, tx *store.Tx, scope territory.Scope, incident string) (*custody.Register, error) {
	var w store.Where
	w.And("r.incident_id = ?", incident)
	scope.Within(&w, "r.structure_id")
	_, err := store.One(ctx, tx, store.Column[string], `select r.incident_id from custody_register r`+w.SQL(), w.Args()...)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the register of incident %s: %w", incident, err)
	}
	lines, err := store.All(ctx, tx, store.Column[string], `select line from journal_line where journal_id = $1 order by n`, journalOf(incident))
	if err != nil {
		return nil, fmt.Errorf("read the register of incident %s: %w", incident, err)
	}
	r, err := custody.Restore(each(lines))
	if err != nil {
		return nil, fmt.Errorf("incident %s: %w", incident, err)
	}
	return r, nil
}

func each(lines []string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, l := range lines {
			if !yield([]byte(l), nil) {
				return
			}
		}
	}
}

// opened gives the register of an incident to go on with, or a new one that is not kept yet. Other writers wait until the transaction ends.
func (m *Module) opened(ctx context.Context, tx *store.Tx, a Act, i Incident, now time.Time) (*custody.Register, error) {
	if err := trail.Begin(ctx, tx, journalOf(i.ID), now); err != nil { // of two who begin it at once, one waits here
		return nil, err
	}
	if err := trail.Lock(ctx, tx, journalOf(i.ID), false); err != nil {
		return nil, err
	}
	r, err := Read(ctx, tx, a.Scope, i.ID)
	if err != nil || r != nil {
		return r, err
	}
	return custody.New("incident-"+strings.ToLower(i.ID), i.Title, a.name(), now)
}

// begin says whose a new register is.
func begin(ctx context.Context, tx *store.Tx, i Incident, a Act, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into custody_register (incident_id, structure_id, opened_at, opened_by) values ($1, $2, $3, $4)`, i.ID, i.Structure, store.Millis(now), a.Actor.Person)
	if err != nil {
		return fmt.Errorf("open the register of incident %s: %w", i.ID, err)
	}
	return nil
}

// keep writes lines behind those that stand there; the transaction holds the journal.
func keep(ctx context.Context, tx *store.Tx, incident string, lines []journal.Line) error {
	entries := make([]journal.Entry, len(lines))
	for n, l := range lines {
		entries[n] = l.Entry
	}
	kept, err := trail.AppendNow(ctx, tx, journalOf(incident), entries...)
	if err != nil {
		return err
	}
	for n, l := range kept {
		if l.Hash() != lines[n].Hash() {
			return fmt.Errorf("keep line %d of the register of incident %s: the journal holds another one", lines[n].Number, incident)
		}
	}
	return nil
}
