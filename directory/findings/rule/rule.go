// Package rule is what the families of rules of package findings share: the rules as data, what they find and how much it matters,
// and the outcome through which a predicate speaks.
//
//	func machineQuota(o *rule.Outcome) {
//		if n, ok := o.Dir.Int(o.Domain().Root, "ms-DS-MachineAccountQuota"); ok && n > 0 {
//			o.FoundDomain(rule.Because("quota", "count", n))
//		}
//	}
//
// A predicate asks the directory and the view of its domain, reports with Found, FoundName and FoundDomain, and says with Missing
// what it lacked; Decide makes a verdict of it. Nothing here decides what is a weakness: that is for the families.
package rule

import (
	"hygie/directory/model"
	"hygie/directory/points/reasons"
	"hygie/directory/sid"
)

// Kind tells where a rule comes from (docs/schema/directory-audit.schema.json, finding).
type Kind string

// The kinds (docs/schema/directory-audit.schema.json, finding).
const (
	Warning     Kind = "warning"     // a warning of the list of control points
	Information Kind = "information" // an information of that list
	Beyond      Kind = "beyond"      // a weakness that the list does not have
)

// Severity tells how much a finding matters (docs/schema/directory-audit.schema.json, finding).
type Severity string

// The severities, from the control of the directory at once to a mere fact (docs/schema/directory-audit.schema.json, finding).
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
	Info     Severity = "info"
)

// Status is the outcome of a rule on a domain (docs/schema/directory-audit.schema.json, finding).
type Status string

// The outcomes (docs/schema/directory-audit.schema.json, finding).
const (
	Found        Status = "found"
	Clear        Status = "clear"
	NotEvaluated Status = "not_evaluated"
)

// Rule is a rule, as data (docs/schema/directory-audit.schema.json, finding).
type Rule struct {
	ID       string
	Kind     Kind
	Severity Severity
	Source   string // document or article that describes the weakness
	Forest   bool   // decided once for the forest: the same verdict in each of its domains
}

// Object is an object that a rule found (docs/schema/directory-audit.schema.json, findingObject). ID is model.None for what is not an object: a file,
// a name.
type Object struct {
	ID     model.ID
	DN     string
	SID    sid.SID
	GUID   string
	Reason reasons.Reason
}

// Verdict is the outcome of a rule on a domain (docs/schema/directory-audit.schema.json, finding).
type Verdict struct {
	Rule    Rule
	Status  Status
	Missing []string // what was lacking, as in points.Verdict
	Objects []Object // at most MaxObjects
	Total   int      // objects found, those not listed included
}

// MaxObjects bounds the objects listed by a verdict; Total counts them all (docs/schema/directory-audit.schema.json, finding).
const MaxObjects = 1000

// Record is a rule and how to decide it (docs/schema/directory-audit.schema.json, finding).
type Record struct {
	Rule
	Needs  []Need // without one of these the predicate does not run
	Decide func(*Outcome)
}

// Need is an attribute that a predicate uses, on the objects of a class of the domain (MS-ADTS 3.1.1.2.3).
type Need struct{ Class, Attribute string }
