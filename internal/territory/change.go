package territory

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/store"
)

// Move puts a structure, and all that is below it, under another parent. The scope must hold both. It answers fault.Conflict
// when the new parent is closed, may not hold such a structure, or stands below it.
func Move(ctx context.Context, tx *store.Tx, scope Scope, id, to ID, at time.Time) error {
	return move(ctx, tx, standard(), scope, id, to, at)
}

func move(ctx context.Context, tx *store.Tx, l layout, scope Scope, id, to ID, at time.Time) error {
	if err := lockTree(ctx, tx); err != nil {
		return err
	}
	s, err := Get(ctx, tx, scope, id)
	if err != nil {
		return err
	}
	p, err := Get(ctx, tx, scope, to)
	if err != nil {
		return err
	}
	switch {
	case s.Parent == to:
		return nil
	case s.Parent == "" || p.Interval.Left >= s.Interval.Left && p.Interval.Left <= s.Interval.Right:
		return fault.Conflict("territory.move_below_itself")
	case !p.Kind.MayHold(s.Kind):
		return fault.Conflict("territory.wrong_parent", "parent", string(p.Kind), "kind", string(s.Kind))
	case p.Status != Active:
		return fault.Conflict("territory.parent_closed")
	}
	last, err := lastChild(ctx, tx, to, p.Interval)
	if err != nil {
		return fmt.Errorf("read the children of structure %s: %w", to, err)
	}
	if _, err := tx.Exec(ctx, `update structure set parent_id = $1, updated_at = $2 where id = $3`, to, store.Millis(at), id); err != nil {
		return fmt.Errorf("move structure %s: %w", id, err)
	}
	tx.Note(Changed{Structure: id})
	if width := s.Interval.Right - s.Interval.Left; p.Interval.Right-last-1 <= width {
		return l.spread(ctx, tx, id, "")
	}
	shift := last + 1 - s.Interval.Left
	_, err = tx.Exec(ctx, `update structure set lft = lft + $1, rgt = rgt + $2, depth = depth + $3 where lft between $4 and $5`,
		shift, shift, p.Depth+1-s.Depth, s.Interval.Left, s.Interval.Right)
	if err != nil {
		return fmt.Errorf("move what is below structure %s: %w", id, err)
	}
	return nil
}

// Rename gives a structure the name that people use; an import will not change it any more.
func Rename(ctx context.Context, tx *store.Tx, scope Scope, id ID, name string, at time.Time) error {
	s, err := Get(ctx, tx, scope, id)
	if err != nil {
		return err
	}
	s.Name, s.NameSource = strings.TrimSpace(name), NameManual
	return Amend(ctx, tx, scope, s, at)
}

// Amend writes the descriptive fields of a structure that was read before: name and its source, numbers, category, address. Its
// place in the tree, kind and status change by their own functions. It answers fault.Conflict for a FINESS number that another has.
func Amend(ctx context.Context, tx *store.Tx, scope Scope, s Structure, at time.Time) error {
	draft := Draft{Kind: s.Kind, GroupKind: s.GroupKind, Name: s.Name, Finess: s.Finess, Siren: s.Siren, Siret: s.Siret}
	if err := draft.validate(); err != nil {
		return err
	}
	if s.Finess != "" {
		n, err := store.One(ctx, tx, store.Column[int], `select count(*) from structure where finess = $1 and kind = $2 and id <> $3`, s.Finess, s.Kind, s.ID)
		if err != nil {
			return fmt.Errorf("look for FINESS number %s: %w", s.Finess, err)
		}
		if n > 0 {
			return fault.Conflict("territory.finess_taken", "finess", s.Finess)
		}
	}
	var w store.Where
	set := fmt.Sprintf(`update structure set name = %s, name_source = %s, name_key = %s, search_key = %s, finess = %s, siren = %s, siret = %s,
 category = %s, category_label = %s, city = %s, postal_code = %s, department = %s, updated_at = %s`,
		w.Arg(s.Name), w.Arg(s.NameSource), w.Arg(Fold(s.Name)), w.Arg(searchKey(s.Name, s.City)), w.Arg(s.Finess), w.Arg(s.Siren), w.Arg(s.Siret),
		w.Arg(s.Category), w.Arg(s.CategoryLabel), w.Arg(s.City), w.Arg(s.PostalCode), w.Arg(s.Department), w.Arg(store.Millis(at)))
	w.And("id = ?", s.ID)
	scope.Within(&w, "structure.id")
	n, err := tx.Exec(ctx, set+w.SQL(), w.Args()...)
	if err != nil {
		return fmt.Errorf("write structure %s: %w", s.ID, err)
	}
	if n == 0 {
		return notFound()
	}
	return nil
}

// Close ends a structure on the day given; closing a closed one changes nothing. It answers fault.Conflict while an open structure stands below it:
// what happens to each is a decision, not a consequence.
func Close(ctx context.Context, tx *store.Tx, scope Scope, id ID, day, at time.Time) error {
	s, err := Get(ctx, tx, scope, id)
	if err != nil || s.Status == Closed {
		return err
	}
	open, err := store.One(ctx, tx, store.Column[int], `select count(*) from structure where parent_id = $1 and status = $2`, id, Active)
	if err != nil {
		return fmt.Errorf("count what is below structure %s: %w", id, err)
	}
	if open > 0 {
		return fault.Conflict("territory.close_open_below", "count", open)
	}
	_, err = tx.Exec(ctx, `update structure set status = $1, closed_at = $2, updated_at = $3 where id = $4`, Closed, store.Millis(day), store.Millis(at), id)
	if err != nil {
		return fmt.Errorf("close structure %s: %w", id, err)
	}
	tx.Note(Changed{Structure: id})
	return nil
}

// Reopen undoes [Close]; it answers fault.Conflict when the parent is closed. A merge is undone as far as the structure
// itself goes: what moved stays where it is.
func Reopen(ctx context.Context, tx *store.Tx, scope Scope, id ID, at time.Time) error {
	s, err := Get(ctx, tx, scope, id)
	if err != nil || s.Status == Active {
		return err
	}
	if s.Parent != "" {
		status, err := store.One(ctx, tx, store.Column[Status], `select status from structure where id = $1`, s.Parent)
		if err != nil {
			return fmt.Errorf("read the parent of structure %s: %w", id, err)
		}
		if status != Active {
			return fault.Conflict("territory.parent_closed")
		}
	}
	_, err = tx.Exec(ctx, `update structure set status = $1, closed_at = 0, merged_into = null, updated_at = $2 where id = $3`, Active, store.Millis(at), id)
	if err != nil {
		return fmt.Errorf("reopen structure %s: %w", id, err)
	}
	tx.Note(Changed{Structure: id})
	return nil
}

// Merge ends a structure to the profit of another of the same kind: what stood below it and its memberships go to the other, and it
// remembers where it went, so that old facts and links still lead somewhere.
func Merge(ctx context.Context, tx *store.Tx, scope Scope, from, into ID, day, at time.Time) error {
	if err := lockTree(ctx, tx); err != nil {
		return err
	}
	source, err := Get(ctx, tx, scope, from)
	if err != nil {
		return err
	}
	target, err := Get(ctx, tx, scope, into)
	if err != nil {
		return err
	}
	if from == into || source.Kind != target.Kind || source.Status != Active || target.Status != Active || source.Parent == "" {
		return fault.Conflict("territory.merge_unlike")
	}
	if contains(source.Interval, target.Interval) {
		return fault.Conflict("territory.move_below_itself")
	}
	children, err := store.All(ctx, tx, store.Column[ID], `select id from structure where parent_id = $1 order by lft`, from)
	if err != nil {
		return fmt.Errorf("read what is below structure %s: %w", from, err)
	}
	for _, child := range children {
		if err := Move(ctx, tx, Everything(), child, into, at); err != nil {
			return fmt.Errorf("move structure %s: %w", child, err)
		}
	}
	if err := mergeMemberships(ctx, tx, from, into, at); err != nil {
		return err
	}
	if err := Close(ctx, tx, Everything(), from, day, at); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update structure set merged_into = $1 where id = $2`, into, from); err != nil {
		return fmt.Errorf("note where structure %s went: %w", from, err)
	}
	return nil
}

// contains tells whether the structure with interval inner is outer or stands below it.
func contains(outer, inner Interval) bool {
	return outer.Left <= inner.Left && inner.Right <= outer.Right
}
