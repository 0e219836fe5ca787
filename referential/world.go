package referential

import "time"

// Fact is one dated, sourced statement about one structure.
type Fact struct {
	Structure  string    `json:"structure"`
	Key        string    `json:"key"` // dotted, such as "directory.level"
	Value      Value     `json:"value"`
	ObservedAt time.Time `json:"observed_at"`
	Source     string    `json:"source"`             // what established it; facts of one observation share source and moment
	Evidence   string    `json:"evidence,omitempty"` // what stands behind it, or empty
}

// Document is a piece of evidence that is read by people, with the period it holds for.
type Document struct {
	Structure   string    `json:"structure"`
	ID          string    `json:"id"`
	Kind        string    `json:"kind"`
	From        time.Time `json:"from,omitzero"`  // first day it holds for; zero: not stated
	Until       time.Time `json:"until,omitzero"` // last day it holds for; zero: no end
	DepositedAt time.Time `json:"deposited_at"`
	SignerRole  string    `json:"signer_role,omitempty"` // empty: not recorded
}

// Subject is the structure that is judged.
type Subject struct {
	Structure string
	Category  string // one of the categories that the package names, such as "public"; empty: not known
	Kind      string // what the structure is in the territory, such as "entity"
	IsGroup   bool
	Members   []Member // of a group
	Group     string   // the structure of the group it belongs to; empty: none, or not known
}

// Member is one structure of a group.
type Member struct {
	Structure string
	Name      string  // to name it in reasons; empty: its id is shown
	Category  string  // as of a subject
	Weight    float64 // its size, in whatever unit the rule counts (combined activity, headcount); zero: not known
}

// World is all that an evaluation looks at. Facts and documents may come in any order and may be about other structures.
type World struct {
	Subject    Subject
	Facts      []Fact
	Documents  []Document
	Parameters map[string]Value // values given by an administrator, over those of the package
	Zone       *time.Location   // where days begin and end; nil: UTC
}
