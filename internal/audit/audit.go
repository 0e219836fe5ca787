// Package audit runs directory audits for structures: it takes a collected directory in, or collects one, lets the engine
// decide the control points in the background, keeps the dump and the report as evidence, records the facts, and shows the
// runs, their findings and what changed between two of them.
//
// The engine is package directory; this module gives it files and keeps what it says. A finding lives across runs by its identity
// (package finding); a run is compared with the structure's previous one.
package audit

import (
	"time"

	"hygie/directory/points"
	"hygie/directory/points/reasons"
)

// State says how far a run is.
type State string

// The states of a run.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Over tells whether the run will not change any more.
func (s State) Over() bool { return s == Done || s == Failed || s == Cancelled }

// Source says how the data of a run came.
type Source string

// The sources.
const (
	Deposited Source = "deposited" // somebody deposited a dump or an LDIF file
	Collected Source = "collected" // the server read the directory itself
)

// Run is one audit of the directory of one structure.
type Run struct {
	ID            string
	Structure     string
	State         State
	Source        Source
	SourceName    string // file deposited, or server asked
	JobID         string
	DumpID        string // evidence: what was read
	ReportID      string // evidence: the report as JSON
	AsOf          time.Time
	Level         int  // 1 to 5, the lowest of the domains; 0 before the run is done, and when nothing could be decided
	LevelAtMost   bool // something could not be decided that may lower the level
	Partial       bool // something could not be read
	FailureKey    string
	FailureDetail string // technical; for a partial run, what could not be read
	PreviousID    string // run it was compared with
	ToolVersion   string
	CreatedAt     time.Time
	CreatedBy     string
	CreatedByName string
	FinishedAt    time.Time
}

// Domain is the outcome of a run for one domain.
type Domain struct {
	Name        string // DNS name
	Level       int    // 0: nothing could be decided
	LevelAtMost bool
	Objects     int // how many were read
}

// Point is the outcome of a run for one control point of one domain.
type Point struct {
	Domain       string
	ID           string
	Status       points.Status
	Level        int   // the lowest level that asks for it
	FailedLevels []int // ascending
	Missing      []string
	Total        int    // objects that fail it
	Fresh        int    // of these, new since the previous run
	Fixed        int    // no longer failing since the previous run
	Change       string // new, persisting, fixed, back, unverified; empty in a first run
}

// Object is one object that fails a control point, or failed it in the previous run.
type Object struct {
	Domain string
	Point  string
	Number int    // order in the report
	Status string // new, persisting, back, fixed, unverified
	DN     string
	SID    string
	Levels []int
	Reason reasons.Reason
}

// Acceptance is the management's decision to leave a weakness open for a time.
type Acceptance struct {
	ID             string
	Structure      string
	Domain         string
	Point          string
	Reason         string
	Until          time.Time // accepted up to and including this day
	AcceptedAt     time.Time
	AcceptedBy     string
	AcceptedByName string
}

// InForce tells whether the acceptance counts at this moment.
func (a Acceptance) InForce(now time.Time) bool { return now.Before(a.Until.AddDate(0, 0, 1)) }
