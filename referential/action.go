package referential

import "time"

// ActionKind says what sort of act is proposed; the platform makes a button of it.
type ActionKind string

// The acts that can be proposed.
const (
	RunAct       ActionKind = "run"           // make an observation: Subject is the fact's key, Act the code of the act that gives it
	RepeatAct    ActionKind = "repeat"        // make it again between NotBefore and Due
	ImproveAct   ActionKind = "improve"       // change what was measured: Subject is the fact's key
	CompleteAct  ActionKind = "complete"      // complete what is recorded: Subject is the fact's key or the kind of document
	DepositAct   ActionKind = "deposit"       // deposit a document: Subject is its kind
	SignAct      ActionKind = "sign"          // have a document signed: Subject is its kind
	ParameterAct ActionKind = "set_parameter" // ask an administrator: Subject is the code of the parameter
	StructureAct ActionKind = "set_structure" // ask an administrator: Subject is "category", "group", "members" or "weight"
)

// Action is the next thing to do, in one sentence ([Action.Text]).
type Action struct {
	Kind      ActionKind `json:"kind"`
	Subject   string     `json:"subject"`
	Act       string     `json:"act,omitempty"`       // code of the act in the platform, such as "directory.audit"
	Structure string     `json:"structure,omitempty"` // who has to do it
	NotBefore time.Time  `json:"not_before,omitzero"` // first day on which it helps
	Due       time.Time  `json:"due,omitzero"`        // last day on which it helps
	Effort    int        `json:"effort"`              // 1 an hour, 2 a day, 3 a week, 4 a month, 5 more
	Params    []Param    `json:"params,omitempty"`
	Label     Text       `json:"label,omitzero"` // words of the package, when it has some for this act
}
