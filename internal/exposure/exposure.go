// Package exposure audits what structures show to the internet: what they declare they own, how they prove it, the runs with their
// findings, what became of these, and the calendar of the second audit that the programme asks for.
//
// The engine is package hygie/exposure; this module keeps its declarations, runs it in the background, keeps facts and report as evidence,
// records the facts of the structure and shows everything. Only what a structure has proven is ever touched.
package exposure

import (
	"time"

	"hygie/exposure/perimeter"
)

// ModuleName is who deposits what the platform itself made.
const ModuleName = "exposure-audit"

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

// Source says where the facts of a run come from.
type Source string

// The sources.
const (
	Measured  Source = "measured"  // this platform looked
	Scheduled Source = "scheduled" // this platform looked, because the day had come
	Deposited Source = "deposited" // somebody deposited a file of facts, made by the command elsewhere
)

// Run is one audit of one structure.
type Run struct {
	ID            string
	Structure     string
	State         State
	Source        Source
	SourceName    string
	JobID         string
	PerimeterID   string
	PerimeterHash string
	FactsID       string // evidence: what was seen
	ReportID      string // evidence: the report as JSON, in French
	AsOf          time.Time
	Grade         string
	Holds         bool // nothing open above the threshold
	Partial       bool
	Counts        Counts
	Fresh, Fixed  int
	FailureKey    string
	FailureDetail string
	PreviousID    string
	ToolVersion   string
	CreatedAt     time.Time
	CreatedBy     string
	CreatedByName string
	FinishedAt    time.Time
}

// Counts are the open findings that count against a threshold, by severity.
type Counts struct{ Critical, Major, Important, Minor int }

// Declaration is one version of what a structure declares.
type Declaration struct {
	ID            string
	Structure     string
	Version       int
	Hash          string
	Perimeter     *perimeter.Perimeter
	CreatedAt     time.Time
	CreatedByName string
}

// Owner is how a structure proves what it declares, and when it wants audits.
type Owner struct {
	Structure string
	ProofKey  string
	Proofs    []perimeter.Proof
	ProofHash string // of the declaration the proofs are about
	ProofsAt  time.Time
	EveryDays int
	NextAt    time.Time
}

// Acceptance is a decision about one finding.
type Acceptance struct {
	ID         string
	Structure  string
	Finding    string
	False      bool // held for a false positive
	Reason     string
	Until      time.Time // accepted up to and including this day
	AcceptedAt time.Time
	By, ByName string
}

// InForce tells whether the decision counts at a moment.
func (a Acceptance) InForce(now time.Time) bool { return now.Before(a.Until.AddDate(0, 0, 1)) }
