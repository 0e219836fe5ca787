package web

import (
	"fmt"

	"hygie/internal/right"
)

// Rule says who may use a route. The zero Rule is no rule, and no route may have it.
type Rule struct {
	kind   ruleKind
	action right.Action
}

type ruleKind string

const (
	rulePublic   ruleKind = "public"
	ruleSignedIn ruleKind = "signed in"
	ruleNeeds    ruleKind = "needs"
	ruleNeedsAll ruleKind = "needs everywhere"
)

// The two rules that need no action.
var (
	// Public lets everyone in: sign-in pages, health checks, static pages.
	Public = Rule{kind: rulePublic}
	// SignedIn lets any signed-in person in, for what is their own: their account, their notices.
	SignedIn = Rule{kind: ruleSignedIn}
)

// Needs lets in whoever may do the action on the structure in the path, or anywhere when the path names none. The context's
// Scope is what the action reaches.
func Needs(action right.Action) Rule { return Rule{kind: ruleNeeds, action: action} }

// NeedsEverywhere lets in whoever may do the action on the whole installation.
func NeedsEverywhere(action right.Action) Rule { return Rule{kind: ruleNeedsAll, action: action} }

// Valid reports whether r says anything: it was one of those above, with a known action.
func (r Rule) Valid() bool {
	switch r.kind {
	case rulePublic, ruleSignedIn:
		return true
	case ruleNeeds, ruleNeedsAll:
		return r.action.Valid()
	}
	return false
}

// Action returns the action a rule needs, false when it needs none.
func (r Rule) Action() (right.Action, bool) { return r.action, r.action != "" }

// IsPublic reports whether the route is open to visitors.
func (r Rule) IsPublic() bool { return r.kind == rulePublic }

// Everywhere reports whether the action must be allowed on the whole installation.
func (r Rule) Everywhere() bool { return r.kind == ruleNeedsAll }

// String returns the rule for a listing of routes.
func (r Rule) String() string {
	if r.action != "" {
		return fmt.Sprintf("%s %s", r.kind, r.action)
	}
	return string(r.kind)
}
