// Package report is the result of an exposure audit and the ways to write it down: JSON for programs, text for a terminal, one HTML page
// for people, SARIF, a spreadsheet.
//
// Its order is that of the reports that establishments receive from the national service: the perimeter and the map of what was seen;
// the situation for a director, with a grade; the weaknesses by severity; a ranked plan, where one action mends many; one sheet for
// each weakness. It says on its cover that it is a rehearsal of the official audits and not one of them.
//
// A [Report] is complete in itself: it can be stored, read again by [Read], and compared with another one.
// docs/schema/exposure-audit.schema.json describes the JSON form, which is stable within a major version.
package report

import (
	"net/netip"
	"time"

	"hygie/exposure/check"
	"hygie/exposure/perimeter"
	"hygie/finding"
)

// Format names the JSON form and its major version.
const Format = "hygie-exposure-audit/1"

// Report is the result of an audit.
type Report struct {
	Format        string          `json:"format"`
	AsOf          time.Time       `json:"as_of"` // UTC, whole seconds
	ToolVersion   string          `json:"tool_version"`
	RulesVersion  string          `json:"rules_version"` // digest of the checks, their severities and texts in French
	Language      string          `json:"language"`      // of the sentences: "fr" or "en"
	Partial       bool            `json:"partial"`       // the audit did not run to its end
	PerimeterHash string          `json:"perimeter_hash"`
	Perimeter     Perimeter       `json:"perimeter"`
	Grade         string          `json:"grade"` // A to F; empty for an audit that saw nothing
	Threshold     check.Threshold `json:"threshold"`
	Holds         bool            `json:"threshold_held"`
	Known         *Knowledge      `json:"knowledge,omitempty"`

	Assets     []Asset      `json:"assets"`
	Findings   []Finding    `json:"findings"`
	Plan       []Action     `json:"plan"`
	Checks     []Coverage   `json:"checks"`
	NotChecked []NotChecked `json:"not_checked"`
	Statistics Statistics   `json:"statistics"`

	Comparison *Comparison `json:"comparison,omitempty"`

	HandedTo string `json:"handed_to,omitempty"` // see Marked
}

// Marked is the report with a mark of whoever takes it away, which every form of it carries but the text: a map of weaknesses says to whom it was given.
func (r *Report) Marked(mark string) *Report {
	out := *r
	out.HandedTo = mark
	return &out
}

// Perimeter is what was declared, and how each item was proven.
type Perimeter struct {
	Name     string            `json:"name"`
	Contact  string            `json:"contact"`
	Items    []perimeter.Item  `json:"items"`
	Proofs   []perimeter.Proof `json:"proofs"`
	Mandates []perimeter.Paper `json:"mandates,omitempty"`
	Imports  []Import          `json:"imports"`
}

// Import is a file that told of names.
type Import struct {
	Kind   string `json:"kind"`
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Names  int    `json:"names"`
}

// Knowledge is the imported knowledge that the decision used.
type Knowledge struct {
	Date  time.Time `json:"date"`
	Stale bool      `json:"stale"` // older than 30 days at the date of the audit
}

// Asset is a domain, a name or an address that was seen.
type Asset struct {
	Kind      string       `json:"kind"` // "domain", "name", "address"
	Name      string       `json:"name"`
	Proven    bool         `json:"proven"`
	Addresses []netip.Addr `json:"addresses,omitempty"`
	Endpoints []Endpoint   `json:"endpoints,omitempty"` // of an address
	Names     []string     `json:"names,omitempty"`     // that lead to an address
	From      []string     `json:"from,omitempty"`      // where a name was met
	Provider  string       `json:"provider,omitempty"`
	Worst     string       `json:"worst,omitempty"` // gravest severity found on it
}

// Endpoint is a port that answered.
type Endpoint struct {
	At       string `json:"at"`                 // "192.0.2.1:443/tcp"
	Protocol string `json:"protocol,omitempty"` // "https", "smtp"…
	Product  string `json:"product,omitempty"`  // what the server claims to be
}

// Source is where a severity comes from.
type Source struct {
	Document string `json:"document"`
	Rule     string `json:"rule,omitempty"`
	URL      string `json:"url,omitempty"`
}

// Finding is one weakness on one asset, with everything its sheet says.
type Finding struct {
	ID          string            `json:"id"` // the same in every run
	Check       string            `json:"check"`
	Family      string            `json:"family"`
	Severity    check.Severity    `json:"severity"`
	Source      Source            `json:"severity_source"`
	Confidence  check.Confidence  `json:"confidence"`
	Counts      bool              `json:"counts"` // against the threshold
	Asset       string            `json:"asset"`
	Endpoint    string            `json:"endpoint"`
	Key         string            `json:"key,omitempty"`
	Names       []string          `json:"names,omitempty"` // under which the endpoint shows it; the finding is then the endpoint's, whatever its names
	Title       string            `json:"title"`
	Found       string            `json:"found"`
	Risk        string            `json:"risk"`
	WhySeverity string            `json:"why_severity"`
	Evidence    []string          `json:"evidence"`
	Remediation Remediation       `json:"remediation"`
	Variant     string            `json:"variant,omitempty"`
	Params      map[string]string `json:"params"`
	Effort      string            `json:"effort"`
	Owner       string            `json:"owner"`
	Status      finding.Status    `json:"status"`
	Accepted    *Acceptance       `json:"accepted,omitempty"` // its risk is accepted, or it is held for false
}

// Remediation is how to mend, check and go back.
type Remediation struct {
	Remedies      []check.Remedy `json:"remedies"`
	Rollback      string         `json:"rollback"`
	Verify        string         `json:"verify"`
	VerifyCommand string         `json:"verify_command"`
}

// Acceptance is a decision about a finding, with its author and its end.
type Acceptance struct {
	Finding string    `json:"finding"` // its identifier
	Author  string    `json:"author"`
	Reason  string    `json:"reason"`
	False   bool      `json:"false_positive"`
	Until   time.Time `json:"until"` // last instant at which it holds
}

// Action is one thing to do, that mends several findings.
type Action struct {
	Rank     int            `json:"rank"`
	Key      string         `json:"key"` // the same in every run
	Title    string         `json:"title"`
	Severity check.Severity `json:"severity"` // the gravest that it mends
	Owner    string         `json:"owner"`
	Effort   string         `json:"effort"`
	Checks   []string       `json:"checks"`
	Findings []string       `json:"findings"` // identifiers
	Assets   []string       `json:"assets"`
}

// Coverage is what became of one check: on how many assets it was decided, and on which it could not be.
type Coverage struct {
	ID       string         `json:"id"`
	Family   string         `json:"family"`
	Title    string         `json:"title"`
	Severity check.Severity `json:"severity"` // the gravest it gives
	Status   string         `json:"status"`   // "failed", "passed", "not_evaluated", "not_applicable"
	Found    int            `json:"found"`
	Passed   int            `json:"passed"`
	Unknown  int            `json:"unknown"`
	// Decided lists the assets for which the check holds, so that a later audit knows what this one covered.
	Decided []string `json:"decided"`
}

// NotChecked is something that was not looked at, or could not be decided, and why.
type NotChecked struct {
	Subject string `json:"subject"`
	Part    string `json:"part"`   // "ports", "tls", "zone"…, or the identifier of a check
	Why     string `json:"why"`    // a word that does not change
	Text    string `json:"reason"` // the same in the language of the report
	Detail  string `json:"detail,omitempty"`
}

// Statistics counts what was seen.
type Statistics struct {
	Domains     int                    `json:"domains"`
	Names       int                    `json:"names"`
	Addresses   int                    `json:"addresses"`   // that were asked
	Alive       int                    `json:"alive"`       // of them, that answered
	Endpoints   int                    `json:"endpoints"`   // ports that answered
	BySeverity  map[check.Severity]int `json:"by_severity"` // every finding that is not accepted
	Counting    map[check.Severity]int `json:"counting"`    // those that count against the threshold
	Accepted    int                    `json:"accepted"`
	Checks      int                    `json:"checks"`
	ChecksFound int                    `json:"checks_failed"`
}
