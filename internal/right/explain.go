package right

import (
	"context"
	"slices"
	"time"

	"hygie/internal/store"
)

// Reason is one line of the answer to "why may I, or may I not, do this here". Key and Args are a sentence for
// internal/locale; the other fields let a page link to the grant.
type Reason struct {
	Allows    bool
	Key       string
	Args      []any
	Grant     string // id; empty when the reason is about no grant
	Role      Role
	Structure string // of the grant; empty for the whole installation
	Delegated string // id of the person who delegated
	Until     time.Time
}

// Message keys of reasons. The arguments "role", "action" and "roles" (a []Role) name themselves in the reader's language.
const (
	keyBecause = "right.because"     // role allows action
	keyNot     = "right.not_allowed" // role does not allow action; who can
	keyReading = "right.read_only"   // the token only reads
	keyWeak    = "right.weak"        // sign in with a passkey or a code
	keyNoRole  = "right.no_role"     // no role here at all
	keyStandIn = "right.stand_in"    // the role was delegated, and this does not go with it
)

// Explain says why the actor may or may not do the action on the structure: one reason for each grant that covers it, those
// that allow first, and one reason when there is none. It tells nothing of a structure that the actor may not see.
func Explain(ctx context.Context, tx *store.Tx, actor Actor, action Action, structure string) ([]Reason, error) {
	place, err := locate(ctx, tx, actor, structure)
	if err != nil {
		return nil, err
	}
	if !place.seen(actor) {
		return nil, errNoStructure
	}
	return place.explain(actor, action), nil
}

func (p place) explain(actor Actor, action Action) []Reason {
	var reasons []Reason
	for _, g := range p.grants {
		r := Reason{Grant: g.ID, Role: g.Role, Structure: g.Structure, Delegated: g.DelegatedBy, Until: g.Until}
		switch {
		case actor.uses(g, action):
			r.Allows, r.Key, r.Args = true, keyBecause, []any{"role", g.Role, "action", action}
		case g.allows(action) && actor.ReadOnly && !action.Reads():
			r.Key = keyReading
		case g.allows(action):
			r.Key, r.Args = keyWeak, weakArgs(action)
		case Allowed(g.Role, action):
			r.Key, r.Args = keyStandIn, []any{"role", g.Role, "action", action}
		default:
			r.Key, r.Args = keyNot, []any{"role", g.Role, "action", action, "roles", RolesWith(action)}
		}
		reasons = append(reasons, r)
	}
	if len(reasons) == 0 {
		reasons = append(reasons, Reason{Key: keyNoRole, Args: noRoleArgs(action)})
	}
	// What allows comes first; what could be had by signing in better comes last, where Authorize takes its refusal.
	slices.SortStableFunc(reasons, func(a, b Reason) int { return rank(a) - rank(b) })
	return reasons
}

func rank(r Reason) int {
	switch {
	case r.Allows:
		return 0
	case r.Key == keyWeak || r.Key == keyReading:
		return 2
	}
	return 1
}

func weakArgs(action Action) []any   { return []any{"action", action} }
func noRoleArgs(action Action) []any { return []any{"action", action, "roles", RolesWith(action)} }
