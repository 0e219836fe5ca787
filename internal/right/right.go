// Package right decides who may do what, where.
//
// A right comes from a grant: a person holds a [Role] for a structure, and therefore for everything below it, between two
// dates. A role allows actions; which ones stands in one table, [Table], with the reason of each line. Nothing else gives a
// right: there is no super user, no list of exceptions, no right by ownership of an object.
//
// Asking for a right gives out the territory.Scope with which the data may then be read. A store method takes a Scope, so
// that the check and the query cannot drift apart:
//
//	scope, err := right.Authorize(ctx, tx, actor, right.SeeAudit, structure)
//	if err != nil {
//		return err
//	}
//	findings, err := list(ctx, tx, scope, filter)
//
// Existence does not leak. A structure on which the actor may not even do [SeeStructure] answers "not found", exactly like
// one that does not exist; only when the actor may see the structure is the act refused, with the reason. (That a hospital
// exists is public; that it uses this platform, or a unit of it is listed here, is not.)
//
// A weak session, one opened with neither a passkey nor a one-time code, cannot use a right that decides or reads across
// structures, nor read the weaknesses of one: see [NeedsStrong].
package right

import (
	"math"
	"time"

	"hygie/internal/territory"
)

// Everywhere returns the interval of a grant that is on no structure in particular but on the whole installation: every
// structure, present and to come.
func Everywhere() territory.Interval { return territory.Interval{Left: 0, Right: math.MaxInt64} }

// Grant is a role held for a structure and all that is below it. Package people reads and writes grants.
type Grant struct {
	ID        string
	Role      Role
	Structure string             // id; empty for the whole installation
	Interval  territory.Interval // of the structure, when the grant was read
	Leaves    int                // number of structures in the interval, itself included, counted up to CountedLeaves
	From      time.Time          // in force from this moment
	Until     time.Time          // in force before this moment; zero without end
	// DelegatedBy is the id of the person who passed the role on, empty when the role was given for itself.
	DelegatedBy string
}

// InForce tells whether the grant counts at this moment.
func (g Grant) InForce(now time.Time) bool {
	return !now.Before(g.From) && (g.Until.IsZero() || now.Before(g.Until))
}

// Actor is who is asking: a person with the grants in force when the request came in. The zero Actor is nobody, and may do
// nothing.
type Actor struct {
	Person string // id
	Name   string
	Email  string
	Locale string // "fr", "en", or empty when the person has not chosen
	Grants []Grant
	Strong bool // signed in with a passkey or with a one-time code
	// ReadOnly keeps the actor from everything that changes something: a token made for reading.
	ReadOnly bool
}

// SignedIn tells whether the actor is a known person.
func (a Actor) SignedIn() bool { return a.Person != "" }

// Visible is the part of the territory on which the actor may do the action: what a list shows. It is empty when there is
// none; see [Anywhere] for a page that must then refuse.
func Visible(actor Actor, action Action) territory.Scope {
	var intervals []territory.Interval
	leaves := 0
	for _, g := range actor.Grants {
		if !actor.uses(g, action) {
			continue
		}
		intervals = append(intervals, g.Interval)
		leaves += g.Leaves
	}
	if len(intervals) == 0 {
		return territory.Scope{}
	}
	return territory.NewScope(leaves, intervals...)
}

// uses tells whether the grant allows the action in this session.
func (a Actor) uses(g Grant, action Action) bool {
	return g.allows(action) && (a.Strong || !NeedsStrong(g.Role, action)) && (!a.ReadOnly || action.Reads())
}

// allows tells whether the grant allows the action in a strong session. Who stands in for somebody does the work but not
// the staffing: roles given that way would outlive the delegation.
func (g Grant) allows(action Action) bool {
	if g.DelegatedBy != "" && (action == InvitePeople || action == Delegate) {
		return false
	}
	return Allowed(g.Role, action)
}
