// Package rule holds what a control point is made of: its record, and the outcome to which its predicate reports the objects that break it and
// the data that were not there to be read.
package rule

import "hygie/directory/points/internal/estate"

// Limit is a threshold of a level (ANSSI, points de contrôle Active Directory).
type Limit struct {
	Level int
	Name  string // what is measured and its unit: "age_days", "share_percent"; see table.csv of package points
	Value int64
}

// Point is a control point of the list, as data (ANSSI, points de contrôle Active Directory).
type Point struct {
	ID     string
	Family string
	Levels []int // ascending
	Limits []Limit
	Forest bool // decided once for the forest, with the configuration partition; the same verdict in each of its domains
}

// Record is a point and how to decide it (ANSSI, points de contrôle Active Directory).
type Record struct {
	Point
	Needs         []Need // without one of these the predicate could be wrong: it does not run
	Reads         []Need // without one of these the predicate sees less: it may fail, not pass
	Configuration bool   // a point of a domain that reads the configuration partition as well
	Anybody       bool   // does not ask who anybody is: it can do without identifiers
	Absence       bool   // fails on what is absent, or on a share: on a source that was cut short it cannot even fail
	Decide        func(*estate.Domain, *Outcome)
}

// Need is an attribute that a predicate uses, on the objects of a class of the domain (MS-ADTS 3.1.1.2.3). Where no object has the class, the
// attribute is not needed.
type Need struct{ Class, Attribute string }
