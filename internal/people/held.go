package people

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Held is a grant as a list shows it: who holds which role where, from whom, until when.
type Held struct {
	ID            string
	Person        Person
	Role          right.Role
	Structure     string // id; empty for the whole installation
	StructureName string
	From, Until   time.Time
	GivenBy       string // name; empty for the installation itself
	DelegatedBy   string // id of who delegated, empty when the role was given for itself
	Reason        string
}

const heldColumns = `g.id, g.role, coalesce(g.structure_id, ''), coalesce(s.name, ''), g.from_at, g.until_at, coalesce(by.name, ''),
	coalesce(o.person_id, ''), g.reason, ` + personColumns

const heldFrom = `
	from role_grant g
	join person p on p.id = g.person_id
	left join structure s on s.id = g.structure_id
	left join person by on by.id = g.given_by` + originJoin

func scanHeld(row store.Row) (Held, error) {
	var h Held
	var from, until, disabled, created int64
	err := row.Scan(&h.ID, &h.Role, &h.Structure, &h.StructureName, &from, &until, &h.GivenBy, &h.DelegatedBy, &h.Reason,
		&h.Person.ID, &h.Person.Email, &h.Person.Name, &h.Person.Locale, &h.Person.Handle, &disabled, &created)
	h.From, h.Until = store.Time(from), store.Time(until)
	h.Person.Disabled, h.Person.Created = store.Time(disabled), store.Time(created)
	return h, err
}

// heldLimit bounds a list of holders; a structure with more has to be looked at level by level.
const heldLimit = 500

// Holders returns the grants that count now on structures of the scope, by name of structure then of person, at most 500.
// A grant on the whole installation is not in any scope but that of the whole installation.
func (s *Service) Holders(ctx context.Context, tx *store.Tx, scope territory.Scope) ([]Held, error) {
	var w store.Where
	now := store.Millis(s.now())
	w.And(strings.ReplaceAll(inForce, "$2", "?")+" and p.disabled_at = 0", now, now, now, now)
	if !scope.Holds(right.Everywhere()) {
		scope.Within(&w, "g.structure_id")
	}
	held, err := store.All(ctx, tx, scanHeld, `select `+heldColumns+heldFrom+w.SQL()+`
		order by coalesce(s.name_key, ''), p.name, g.id limit `+w.Arg(heldLimit), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list who holds a role: %w", err)
	}
	return held, nil
}

// CountAt counts the people to whom a role was given on the structure itself, and counts at a moment. The caller has authorised changing the structure.
func CountAt(ctx context.Context, tx *store.Tx, structure string, at time.Time) (int, error) {
	n, err := store.One(ctx, tx, store.Column[int], `select count(distinct g.person_id) from role_grant g join person p on p.id = g.person_id
		where p.disabled_at = 0 and g.structure_id = $1 and g.revoked_at = 0 and g.from_at <= $2 and (g.until_at = 0 or g.until_at > $2)`, structure, store.Millis(at))
	if err != nil {
		return 0, fmt.Errorf("count who holds a role on structure %s: %w", structure, err)
	}
	return n, nil
}

// Nearest is the name of who holds a role that counts at a moment on the structure, else on the nearest one above it; empty when nobody does. The caller has
// authorised reading the structure's own papers, on which that name stands.
func Nearest(ctx context.Context, tx *store.Tx, structure string, role right.Role, at time.Time) (string, error) {
	names, err := store.All(ctx, tx, store.Column[string], `select p.name from role_grant g join person p on p.id = g.person_id
			join structure s on s.id = g.structure_id join structure self on self.id = $1
		where p.disabled_at = 0 and g.role = $2 and g.revoked_at = 0 and g.from_at <= $3 and (g.until_at = 0 or g.until_at > $3) and s.lft <= self.lft and s.rgt >= self.rgt
		order by s.depth desc, g.id limit 1`, structure, role, store.Millis(at))
	if err != nil || len(names) == 0 {
		return "", err
	}
	return names[0], nil
}

// Above returns the grants that count now on what is above the structure, the whole installation included: who, besides the
// [Holders], can read something of it. The caller has authorised right.SeePeople on the structure.
func (s *Service) Above(ctx context.Context, tx *store.Tx, structure string) ([]Held, error) {
	held, err := store.All(ctx, tx, scanHeld, `select `+heldColumns+heldFrom+`
		left join structure self on self.id = $1
		where `+inForce+` and p.disabled_at = 0
			and (g.structure_id is null or (s.lft < self.lft and s.rgt > self.rgt))
		order by coalesce(s.depth, -1) desc, p.name, g.id limit $3`, structure, store.Millis(s.now()), heldLimit)
	if err != nil {
		return nil, fmt.Errorf("list who holds a role above: %w", err)
	}
	return held, nil
}

// RolesOf returns the grants of a person that count now, as a list shows them.
func (s *Service) RolesOf(ctx context.Context, tx *store.Tx, person string) ([]Held, error) {
	held, err := store.All(ctx, tx, scanHeld, `select `+heldColumns+heldFrom+`
		where g.person_id = $1 and `+inForce+`
		order by coalesce(s.name_key, ''), g.id`, person, store.Millis(s.now()))
	if err != nil {
		return nil, fmt.Errorf("list the roles of a person: %w", err)
	}
	return held, nil
}

// DelegatedBy returns the delegations that the person made and that count now.
func (s *Service) DelegatedBy(ctx context.Context, tx *store.Tx, person string) ([]Held, error) {
	held, err := store.All(ctx, tx, scanHeld, `select `+heldColumns+heldFrom+`
		where o.person_id = $1 and `+inForce+` and p.disabled_at = 0
		order by g.until_at, g.id`, person, store.Millis(s.now()))
	if err != nil {
		return nil, fmt.Errorf("list the delegations of a person: %w", err)
	}
	return held, nil
}

// HoldersOf returns the grants of one role that count now, wherever they are, in the order they were given, at most 500. It is for the
// installation itself, such as the page of a demonstration, and not for what a person may ask.
func (s *Service) HoldersOf(ctx context.Context, tx *store.Tx, role right.Role) ([]Held, error) {
	held, err := store.All(ctx, tx, scanHeld, `select `+heldColumns+heldFrom+`
		where g.role = $1 and `+inForce+` and p.disabled_at = 0
		order by g.id limit $3`, role, store.Millis(s.now()), heldLimit)
	if err != nil {
		return nil, fmt.Errorf("list who holds a role: %w", err)
	}
	return held, nil
}
