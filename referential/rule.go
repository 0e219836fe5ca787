package referential

// Rule is one expression of the closed vocabulary. Its kinds are the types of this package that end in Rule.
type Rule interface {
	// eval answers with its reasons.
	eval(f *frame) Reason
	// uses names what the answer depends on.
	uses(u *Uses)
}

// Uses is what an answer depends on; a new fact with another key cannot change it.
type Uses struct {
	Facts      map[string]bool // keys, which may hold a "*"
	Documents  map[string]bool // kinds
	Parameters map[string]bool // codes
	Members    bool            // looks at the members or at the group
	Category   bool
}
