package referential

// Reason says why a rule answered what it answered: a message with its values, the facts and documents it looked at, and the reasons of
// the rules inside it.
type Reason struct {
	Status    Status     `json:"status"`
	Code      string     `json:"code"` // of the message
	Params    []Param    `json:"params,omitempty"`
	Children  []Reason   `json:"children,omitempty"`
	Facts     []Fact     `json:"facts,omitempty"`
	Documents []Document `json:"documents,omitempty"`
	Next      *Action    `json:"next,omitempty"` // what would bring the rule nearer to met
}

// Param is one value of a message: words of the package when Label is set, else a value.
type Param struct {
	Name  string `json:"name"`
	Value Value  `json:"value,omitzero"`
	Label Text   `json:"label,omitzero"`
}
