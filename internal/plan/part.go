package plan

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Part takes back the merge of one action in scope: it returns to the state it had, what asked for it asks for it again, and the action that took its
// place loses what it had brought: findings, cost, and the due day when nobody chose another since. version must be the one that was read. When the other was
// merged in its turn, that has to be taken back first; when the same thing asked for another action meanwhile, the two cannot be parted. Both are conflicts.
func Part(ctx context.Context, tx *store.Tx, scope territory.Scope, id string, version int64, by string, now time.Time) error {
	was, err := ByID(ctx, tx, scope, id)
	if err != nil {
		return err
	}
	m, err := store.One(ctx, tx, scanMerge, selectMerge+` where action_id = $1`, id)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && was.Merged == "":
		return fault.Conflict("plan.not_merged")
	case err != nil:
		return fmt.Errorf("part actions: %w", err)
	case was.Version != version:
		return fault.Conflict("plan.changed_meanwhile")
	}
	into, err := ByID(ctx, tx, scope, m.Into)
	if err != nil {
		return err
	}
	if into.Merged != "" {
		return fault.Conflict("plan.part_later", "title", into.Title)
	}
	if _, err := tx.Exec(ctx, `delete from action_asked where action_id = $1 and came_from = $2`, into.ID, was.ID); err != nil {
		return fmt.Errorf("part actions: %w", err)
	}
	if _, err := tx.Exec(ctx, `delete from action_merge where action_id = $1`, was.ID); err != nil {
		return fmt.Errorf("part actions: %w", err)
	}
	if err := giveBack(ctx, tx, scope, into, was, m, by, now); err != nil {
		return err
	}
	was.Merged = "" // it may be anything again
	var w store.Where
	return save(ctx, tx, scope, was, change{set: `merged_into = ` + w.Arg("") + `, `, where: &w, state: m.State, version: version, by: by, kind: Parted, note: into.Title}, now)
}

// giveBack takes out of an action what a merged one had brought.
func giveBack(ctx context.Context, tx *store.Tx, scope territory.Scope, into, was Action, m merge, by string, now time.Time) error {
	rest, err := mergesInto(ctx, tx, into.ID)
	if err != nil {
		return err
	}
	due := into.DueOn
	if !m.Due.IsZero() && due.Equal(earliest(m.BaseDue, append([]merge{m}, rest...))) {
		due = earliest(m.BaseDue, rest)
	}
	var w store.Where
	set := `closes = ` + w.Arg(max(0, into.Closes-m.Closes)) + `, due_on = ` + w.Arg(store.Millis(due)) + `, cost = ` + w.Arg(max(0, into.Cost-m.Cost)) + `, `
	return save(ctx, tx, scope, into, change{set: set, where: &w, state: into.State, version: into.Version, by: by, kind: GaveBack, note: was.Title}, now)
}

// MergedInto lists the actions that were merged into one in scope, by title.
func MergedInto(ctx context.Context, tx *store.Tx, scope territory.Scope, id string) ([]Action, error) {
	var w store.Where
	w.And("a.merged_into = ?", id)
	scope.Within(&w, "a.structure_id")
	list, err := store.All(ctx, tx, scan, `select `+columns+` from action a`+w.SQL()+` order by a.title_key, a.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list the actions merged into %s: %w", id, err)
	}
	return list, nil
}
