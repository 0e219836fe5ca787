package referential

import "time"

// Mark says how sure a line is.
type Mark string

// The marks of a line.
const (
	Sourced   Mark = "sourced"   // read in the source that is named
	Derived   Mark = "derived"   // follows from what was read; the explanation says how
	Unsure    Mark = "unsure"    // exists officially, but its content is not public
	Own       Mark = "own"       // proposed by the authors of the package; nobody demands it
	Completed Mark = "completed" // was unsure; an administrator read it in the source that is named
)

// Marks gives the marks.
func Marks() []Mark { return []Mark{Sourced, Derived, Unsure, Own, Completed} }

// Source is where a line comes from.
type Source struct {
	Mark   Mark      `json:"mark"`
	Text   Text      `json:"text"` // document and place, or the explanation
	URL    string    `json:"url,omitempty"`
	ReadOn time.Time `json:"read_on,omitzero"`
}

// Validity is the days between which a line is in force, both included. A zero day is an open end.
type Validity struct {
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// Package is one version of a referential: requirements with rules over facts. It does not change after it is read.
type Package struct {
	ID          string
	Version     string
	Kind        PackageKind
	Title       Text
	Aim         Text
	Source      Source
	Validity    Validity
	Categories  []Category
	Suits       []string // categories of structure for which it was written: its questionnaire is where they begin
	Roles       []Role
	Milestones  []Milestone
	Parameters  []Parameter
	Facts       []FactKind
	Documents   []DocumentKind
	Scale       Scale
	Respondents []Respondent
	Answers     []AnswerSet
	Groups      []Group     // parts of the package that are for some only
	References  []Reference // measures and threats that requirements name
	URN         string      // its name in other programs
	Axes        []Axis
}

// Line is what axes, objectives, requirements and criteria have in common.
type Line struct {
	Code     string
	Official bool // the code is the one of the source; other codes are the package's own
	Title    Text
	Aim      Text
	Help     Text
	Source   Source
	Validity Validity
}

// Axis is the first division of a package.
type Axis struct {
	Line
	Objectives []Objective
}

// Objective is what some requirements are for.
type Objective struct {
	Line
	Requirements []Requirement
}

// Requirement is what a verdict is given on: met when all its criteria are met that are not advice.
type Requirement struct {
	Line
	URN        string   // its name in other programs
	Groups     []string // that it belongs to; none: to all
	References []string // measures and threats
	Evidence   []string // kinds of documents to join
	Questions  []Question
	Criteria   []Criterion // one for each question when the package gives none
}

// Criterion is one condition of a requirement.
type Criterion struct {
	Line
	Advice bool // shown with its reasons, but does not count in the verdict
	Rule   Rule

	implied bool // made from a question, not written in the package
}

// each goes through the requirements in order, in place.
func (p *Package) each(yield func(*Requirement) bool) {
	for i := range p.Axes {
		for j := range p.Axes[i].Objectives {
			requirements := p.Axes[i].Objectives[j].Requirements
			for k := range requirements {
				if !yield(&requirements[k]) {
					return
				}
			}
		}
	}
}

// Requirements gives the requirements of all axes, in order.
func (p *Package) Requirements() []Requirement {
	var all []Requirement
	for _, a := range p.Axes {
		for _, o := range a.Objectives {
			all = append(all, o.Requirements...)
		}
	}
	return all
}
