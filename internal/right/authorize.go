package right

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Authorize checks that the actor may do the action on the structure and returns the scope for it: the structure and all
// that is below. An empty structure stands for the whole installation, which only a grant on the whole installation covers.
//
// The intervals are read in the same transaction, so that a structure moved a moment ago is judged by its new place. The
// error is fault.NotFound when the actor may not see the structure or it does not exist, fault.Refused with the reason when
// the act is not allowed.
func Authorize(ctx context.Context, tx *store.Tx, actor Actor, action Action, structure string) (territory.Scope, error) {
	place, err := locate(ctx, tx, actor, structure)
	if err != nil {
		return territory.Scope{}, err
	}
	if place.allows(actor, action) {
		return territory.NewScope(place.leaves, place.interval), nil
	}
	reasons := place.explain(actor, action)
	if !place.seen(actor) {
		return territory.Scope{}, errNoStructure
	}
	last := reasons[len(reasons)-1]
	return territory.Scope{}, fault.Refused(last.Key, last.Args...)
}

// Givable returns the roles that the actor may give to others on the structure, in the order of [Roles]: see [MayGive]. The
// error is fault.NotFound when the actor may not see the structure.
func Givable(ctx context.Context, tx *store.Tx, actor Actor, structure string) ([]Role, error) {
	place, err := locate(ctx, tx, actor, structure)
	if err != nil {
		return nil, err
	}
	if !place.seen(actor) {
		return nil, errNoStructure
	}
	var roles []Role
	for _, role := range Roles() {
		if slices.ContainsFunc(place.grants, func(g Grant) bool { return actor.uses(g, InvitePeople) && MayGive(g.Role, role) }) {
			roles = append(roles, role)
		}
	}
	return roles, nil
}

// Anywhere returns what [Visible] returns, or fault.Refused with the reason when there is nothing in it. It is the check of
// a page that is about no structure in particular.
func Anywhere(actor Actor, action Action) (territory.Scope, error) {
	scope := Visible(actor, action)
	if !scope.Empty() {
		return scope, nil
	}
	for _, g := range actor.Grants {
		if g.allows(action) && actor.ReadOnly && !action.Reads() {
			return territory.Scope{}, fault.Refused(keyReading)
		}
		if g.allows(action) {
			return territory.Scope{}, fault.Refused(keyWeak, weakArgs(action)...)
		}
	}
	return territory.Scope{}, fault.Refused(keyNoRole, noRoleArgs(action)...)
}

var errNoStructure = fault.NotFound("right.no_structure")

// place is a structure as one actor's grants reach it.
type place struct {
	structure string
	known     bool
	interval  territory.Interval
	leaves    int
	grants    []Grant // those that cover the structure
}

func (p place) allows(actor Actor, action Action) bool {
	for _, g := range p.grants {
		if actor.uses(g, action) {
			return true
		}
	}
	return false
}

// seen tells whether the actor may know that the structure exists. A weak session may, because its grants are the person's
// own: the answer then says to sign in better.
func (p place) seen(actor Actor) bool {
	for _, g := range p.grants {
		if Allowed(g.Role, SeeStructure) {
			return true
		}
	}
	return p.structure == "" && actor.SignedIn() // that the installation exists is no secret
}

// locate reads the structure with those of the actor's grants that cover it, in one statement.
func locate(ctx context.Context, tx *store.Tx, actor Actor, structure string) (place, error) {
	if structure == "" {
		p := place{known: true, interval: Everywhere(), leaves: CountedLeaves}
		for _, g := range actor.Grants {
			if g.Structure == "" {
				p.grants = append(p.grants, g)
			}
		}
		return p, nil
	}
	found, err := covering(ctx, tx, actor, structure)
	if err != nil {
		return place{}, fmt.Errorf("read the rights on structure %s: %w", structure, err)
	}
	return found, nil
}

func covering(ctx context.Context, tx *store.Tx, actor Actor, structure string) (place, error) {
	p := place{structure: structure}
	at, err := store.One(ctx, tx, scanReach, `
		select lft, rgt, (`+LeavesSQL("s")+`) from structure s where id = $1`, structure)
	if errors.Is(err, store.ErrNotFound) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	p.known, p.interval, p.leaves = true, at.interval, at.leaves
	over, err := ancestors(ctx, tx, actor, p.interval)
	if err != nil {
		return p, err
	}
	for _, g := range actor.Grants {
		if g.Structure == "" || over[g.Structure] {
			p.grants = append(p.grants, g)
		}
	}
	return p, nil
}

// ancestors returns which of the structures named in the grants contain the interval.
func ancestors(ctx context.Context, tx *store.Tx, actor Actor, interval territory.Interval) (map[string]bool, error) {
	args := []any{interval.Left, interval.Right}
	var marks []string
	for _, g := range actor.Grants {
		if g.Structure != "" {
			args = append(args, g.Structure)
			marks = append(marks, fmt.Sprintf("$%d", len(args)))
		}
	}
	over := map[string]bool{}
	if len(marks) == 0 {
		return over, nil
	}
	ids, err := store.All(ctx, tx, store.Column[string], `
		select id from structure
		where lft <= $1 and rgt >= $2 and id in (`+strings.Join(marks, ", ")+`)`, args...)
	for _, id := range ids {
		over[id] = true
	}
	return over, err
}

// reach is an interval with the number of structures inside.
type reach struct {
	interval territory.Interval
	leaves   int
}

func scanReach(row store.Row) (reach, error) {
	var r reach
	err := row.Scan(&r.interval.Left, &r.interval.Right, &r.leaves)
	return r, err
}

// CountedLeaves is how far structures are counted: a scope only has to know whether it is narrow.
const CountedLeaves = 1000

// LeavesSQL is a query that counts the structures within the row of table structure that alias names, up to
// [CountedLeaves]. The intervals have gaps, so their width says nothing.
func LeavesSQL(alias string) string {
	return fmt.Sprintf(`select count(*) from (
		select 1 from structure leaf where leaf.lft between %[1]s.lft and %[1]s.rgt limit %[2]d) counted`, alias, CountedLeaves)
}
