// Package planted says what an invented domain has wrong by construction: the weaknesses, by control point or rule, and the ways into tier 0.
package planted

// Path is a way into tier 0 that exists by construction (docs/formats/directory-generated.md, Truth).
type Path struct {
	Source string   `json:"source"`          // distinguished name of an ordinary account that can take it
	Target string   `json:"target"`          // distinguished name of the object of tier 0 where it ends
	Kinds  []string `json:"kinds"`           // the kind of each step (see package control)
	Name   string   `json:"name"`            // stable, to choose it with Options.Paths
	What   string   `json:"what"`            // in French, for the demonstration
	Share  bool     `json:"share,omitempty"` // only who reads SYSVOL with its permissions sees it
}

// Weakness is one control point that fails by construction (docs/formats/directory-generated.md, Truth).
type Weakness struct {
	Point string `json:"point"` // identifier of the control point
	// Objects are the distinguished names that break the rule. When Partial, others follow from the same cause.
	Objects []string `json:"objects"`
	Partial bool     `json:"partial,omitempty"`
	What    string   `json:"what"` // in French, for the demonstration
}

// Names of the ways into tier 0 that stand by themselves: no control point fails because of them, but for an owner and for the right to
// replicate (docs/formats/directory-generated.md, Truth). Most lead to the host of the certification authority.
const (
	NestedUnit      = "nested-unit"  // groups in groups, then the rights of a unit, which the host is in
	PolicyOwner     = "policy-owner" // the owner of a policy that applies to the host
	Delegation      = "delegation"   // writing who may present itself to the host as anybody
	ManagedPassword = "managed"      // a server that reads a managed password, whose account may add a key to the host
	AddMember       = "add-member"   // filling an empty group, which may write to the host

	PolicyFile      = "policy-file"      // writing a file of the policy of the servers, in SYSVOL
	PolicyAdmin     = "policy-admin"     // administrator of the servers by a restricted group
	PolicyPrivilege = "policy-privilege" // a privilege on the controllers, by their policy
	TwoGroups       = "two-groups"       // filling two groups, each with half of the right to replicate secrets
	EnrolmentAgent  = "enrolment-agent"  // a certificate to ask for others in anybody's name
)

// Names lists the ways that can be chosen with Options.Paths (docs/formats/directory-generated.md, Truth).
func Names() []string {
	return []string{NestedUnit, PolicyOwner, Delegation, ManagedPassword, AddMember, PolicyFile, PolicyAdmin, PolicyPrivilege, TwoGroups, EnrolmentAgent}
}
