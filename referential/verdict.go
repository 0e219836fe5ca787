package referential

import "time"

// Status is the answer of a rule, a criterion or a requirement.
type Status string

// The answers.
const (
	Met           Status = "met"
	NotMet        Status = "not_met"
	Unknown       Status = "unknown" // what is recorded does not suffice to say
	NotApplicable Status = "not_applicable"
)

// Assessment is what a package says of a structure at a date.
type Assessment struct {
	Package      string    `json:"package"` // id
	Version      string    `json:"version"`
	Structure    string    `json:"structure"`
	At           time.Time `json:"at"`
	Requirements []Verdict `json:"requirements"`          // in the order of the package
	NextAction   *Action   `json:"next_action,omitempty"` // what to do first of all
}

// Verdict is the answer for one requirement.
type Verdict struct {
	Code          string             `json:"code"`
	Status        Status             `json:"status"`
	Reasons       Reason             `json:"reasons"`               // why, as a tree
	Criteria      []CriterionVerdict `json:"criteria"`              // the same, criterion by criterion, with the advice
	NextAction    *Action            `json:"next_action,omitempty"` // what to do first; nil when nothing is to be done
	UsedFacts     []Fact             `json:"used_facts,omitempty"`
	UsedDocuments []Document         `json:"used_documents,omitempty"`
}

// RestsOn is the moment of the latest observation or deposit that the verdict looked at; zero when there was none.
func (v Verdict) RestsOn() (latest time.Time) {
	for i := range v.UsedFacts {
		if at := v.UsedFacts[i].ObservedAt; at.After(latest) {
			latest = at
		}
	}
	for i := range v.UsedDocuments {
		if at := v.UsedDocuments[i].DepositedAt; at.After(latest) {
			latest = at
		}
	}
	return latest
}

// CriterionVerdict is the answer for one criterion of a requirement.
type CriterionVerdict struct {
	Code    string `json:"code"`
	Advice  bool   `json:"advice,omitempty"` // does not count in the verdict
	Reasons Reason `json:"reasons"`          // its status is the answer
}

// Count tells how many requirements have a status.
func (a Assessment) Count(s Status) int {
	n := 0
	for _, v := range a.Requirements {
		if v.Status == s {
			n++
		}
	}
	return n
}

// Verdict finds the verdict of a requirement by its code.
func (a Assessment) Verdict(code string) (Verdict, bool) {
	for _, v := range a.Requirements {
		if v.Code == code {
			return v, true
		}
	}
	return Verdict{}, false
}
