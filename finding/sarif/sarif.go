// Package sarif writes findings in the Static Analysis Results Interchange Format (OASIS SARIF 2.1.0), which code hosts and vulnerability
// trackers read. It has the part of the format that an audit fills in.
package sarif

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Fingerprint names the identity of a result across runs, that of package finding.
const Fingerprint = "hygieFinding/v1"

// Log is a whole file.
type Log struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []Run  `json:"runs"`
}

// Run is one audit.
type Run struct {
	Tool        Tool           `json:"tool"`
	Invocations []Invocation   `json:"invocations"`
	Language    string         `json:"language"` // "fr-FR"
	Results     []Result       `json:"results"`
	ColumnKind  string         `json:"columnKind"`
	Properties  map[string]any `json:"properties,omitempty"`
}

// Tool is what made the run.
type Tool struct {
	Driver Driver `json:"driver"`
}

// Driver is the program and its rules.
type Driver struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Rules   []Rule `json:"rules"`
}

// Rule is one check.
type Rule struct {
	ID            string         `json:"id"`
	Short         Text           `json:"shortDescription"`
	Full          *Text          `json:"fullDescription,omitempty"`
	Help          *Text          `json:"help,omitempty"`
	HelpURI       string         `json:"helpUri,omitempty"`
	Configuration Configuration  `json:"defaultConfiguration"`
	Properties    map[string]any `json:"properties,omitempty"`
}

// Configuration holds the level of a rule: "error", "warning", "note" or "none".
type Configuration struct {
	Level string `json:"level"`
}

// Text is a message.
type Text struct {
	Text string `json:"text"`
}

// Invocation says how the run ended.
type Invocation struct {
	Successful bool   `json:"executionSuccessful"`
	End        string `json:"endTimeUtc"`
}

// Result is one finding.
type Result struct {
	RuleID        string            `json:"ruleId"`
	RuleIndex     int               `json:"ruleIndex"`
	Kind          string            `json:"kind"` // "fail", or "open" for what could not be decided
	Level         string            `json:"level"`
	Message       Text              `json:"message"`
	Locations     []Location        `json:"locations"`
	Fingerprints  map[string]string `json:"partialFingerprints,omitempty"`
	BaselineState string            `json:"baselineState,omitempty"` // "new", "unchanged", "absent"
	Properties    map[string]any    `json:"properties,omitempty"`
}

// Location is where a finding is: a thing with a name rather than a file.
type Location struct {
	Logical []Logical `json:"logicalLocations"`
}

// Logical is a named thing.
type Logical struct {
	Name      string `json:"name"`
	Qualified string `json:"fullyQualifiedName"`
	Kind      string `json:"kind"`
}

// At is the location of a named thing.
func At(name, qualified string) []Location {
	return []Location{{[]Logical{{Name: name, Qualified: qualified, Kind: "object"}}}}
}

// Audit is a log with one run that ended well.
func Audit(version, lang string, asOf time.Time, rules []Rule, results []Result) Log {
	language := "fr-FR"
	if lang == "en" {
		language = "en-US"
	}
	if rules == nil {
		rules = []Rule{}
	}
	if results == nil {
		results = []Result{}
	}
	return Log{
		Schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", Version: "2.1.0",
		Runs: []Run{{
			Tool: Tool{Driver{Name: "hygie", Version: version, Rules: rules}}, Language: language,
			Invocations: []Invocation{{Successful: true, End: asOf.UTC().Format("2006-01-02T15:04:05Z")}},
			Results:     results, ColumnKind: "unicodeCodePoints",
		}},
	}
}

// Write writes the log: indented, the same bytes for the same log.
func Write(w io.Writer, log Log) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(log); err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	return nil
}
