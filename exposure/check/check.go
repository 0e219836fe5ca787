// Package check decides: what an audit saw, and what is known at its date, in; findings out. Nothing here touches the network, so
// that any finding can be derived again from the kept facts.
//
// A check is a [Record]: its severity and where that severity comes from, its texts (files fr/FAMILY.toml and en/FAMILY.toml, by id) and one
// function that yields verdict and evidence together. One file holds the checks of one family.
package check

import (
	"time"

	"hygie/exposure/knowledge"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
)

// Severity says how much a finding matters, from the gravest.
type Severity string

const (
	Critical  Severity = "critical"  // reachable without an account and gives data, control or an exploited way in
	Major     Severity = "major"     // should be internal, end of life, impersonation, imminent outage
	Important Severity = "important" // eavesdropping, or a numbered rule not held, with an effect
	Minor     Severity = "minor"     // off good practice
	Info      Severity = "info"      // worth knowing
	ToVerify  Severity = "to_verify" // supposed from a claim of the server: someone must look
)

// Confidence says how a finding is known. Only proven and observed findings count against a threshold.
type Confidence string

const (
	Proven   Confidence = "proven"   // behaviour seen
	Observed Confidence = "observed" // configuration seen
	Deduced  Confidence = "deduced"  // from a banner or a version
	Declared Confidence = "declared" // imported from someone else's report
)

// Source is where the severity of a check comes from.
type Source struct {
	Document string // "ANSSI SDE-NT-35 v1.2", "RFC 8659", "hygie"
	Rule     string // "R4"; empty for our own judgement
	URL      string
}

// Record is one check.
type Record struct {
	ID       string   // "TLS-05"
	Family   string   // "tls": the file its texts are in
	Severity Severity // the gravest it gives
	Source   Source
	Class    perimeter.Class // intrusive class it needs, 0 for none
	Effort   string          // "S", "M" or "L": an hour, a day, a project
	Owner    string          // who mends it: "web", "mail", "dns", "network", "system", "biomedical", "direction"
	Decide   func(r *observe.Run, s Settings) Outcome
}

// Settings are what a decision depends on beside the facts.
type Settings struct {
	AsOf      time.Time
	Known     *knowledge.Bundle
	Perimeter *perimeter.Perimeter
}

// Outcome is what one check says of a whole run.
type Outcome struct {
	Found   []Found
	Passed  []string    // assets for which the check was decided and holds
	Unknown []Undecided // assets for which it could not be decided
}

// Found is one asset that breaks a check.
type Found struct {
	Asset      string // what a person would name: a domain, a host name
	Endpoint   string // "192.0.2.1:443/tcp", empty for a domain
	Severity   Severity
	Confidence Confidence
	Evidence   []string          // what was seen, in the words of the protocol, the same in every language
	Variant    string            // which of the record's texts speaks, empty for its only one
	Params     map[string]string // values for the text
}

// Undecided is one asset a check could say nothing of.
type Undecided struct {
	Asset string
	Why   string // a key of the texts: "silent", "not_proven", "no_data"…
}
