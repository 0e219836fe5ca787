// Package check decides: what an audit saw, and what is known at its date, in; findings out. Nothing here touches the network, so
// that any finding can be derived again from the kept facts.
//
// A check is a [Record]: its severity and where that severity comes from, its texts (files fr/FAMILY.toml and en/FAMILY.toml, by id) and one
// function that yields verdict and evidence together. One file holds the checks of one family.
package check

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hygie/exposure/knowledge"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/finding"
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
	// Deduces tells that the check itself makes sure that a version read in a banner is worth its severity: an exact build of an appliance
	// that is known to be exploited.
	Deduces bool

	last bool // judges what the other checks said
}

// Settings are what a decision depends on beside the facts.
type Settings struct {
	AsOf      time.Time
	Known     *knowledge.Bundle
	Perimeter *perimeter.Perimeter
	Earlier   *Earlier // the audit before, nil for a first one
	Threshold Threshold
	Announced []string // identifiers of findings that someone said are mended
	Leaks     []Leak   // lists of leaked accounts that were handed over; nil when none ever was
	Others    []Result // what the checks of the other families said; set by Decide for those that judge a whole audit
}

// Earlier is what an audit before said, as far as a later one depends on it.
type Earlier struct {
	AsOf      time.Time
	Perimeter string          // hash
	Addresses []netip.Addr    // whose ports were asked
	Endpoints []string        // that answered, "192.0.2.1:443/tcp"
	Open      map[string]bool // identifiers of its findings
	Fixed     map[string]bool // identifiers of what it, or one before, said is mended
	Ready     bool            // nothing was open above the threshold
	// Stopped tells that it did not run to its end: what it did not see proves nothing.
	Stopped bool
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
	Key        string // tells apart several findings of one check on one endpoint, such as a product; the same in every run
	Severity   Severity
	Confidence Confidence
	Evidence   []string          // what was seen, in the words of the protocol, the same in every language
	Variant    string            // which of the record's texts speaks, empty for its only one
	Params     map[string]string // values for the text
	// Names are all the names under which one endpoint shows this, sorted; Asset is the first of them. Such a finding is the endpoint's: it
	// stays the same when names come and go. Nil for a finding about Asset alone.
	Names []string
}

// Identity gives the finding the identity it keeps from run to run: the check, the asset with its endpoint, or the endpoint alone, and what
// tells it apart there.
func (f Found) Identity(check string) finding.Finding {
	return finding.Finding{Rule: check, Object: finding.Object{Scope: Scope(f.Asset, f.Endpoint, f.Names), Name: cmp.Or(f.Key, f.Params["product"])}}
}

// Scope is the part of an identity that says what a finding is about.
func Scope(asset, endpoint string, names []string) string {
	if len(names) > 0 {
		asset = ""
	}
	return asset + "|" + endpoint
}

// ID is the identifier of [Found.Identity].
func (f Found) ID(check string) string { return f.Identity(check).ID() }

// Counts tells whether the finding counts against a threshold: what was only read in a banner, or in someone else's report, does not.
func (f Found) Counts() bool { return f.Confidence == Proven || f.Confidence == Observed }

// Undecided is one asset a check could say nothing of.
type Undecided struct {
	Asset string
	Why   string // a key of the texts: "silent", "not_proven", "no_data"…
}

// Result is a check with what it says.
type Result struct {
	Record  Record
	Outcome Outcome
}

// Decide applies every check to a run, in the order of the catalogue. The same run and settings give the same results.
func Decide(r *observe.Run, s Settings) []Result {
	var out []Result
	for _, record := range Catalogue() {
		if record.last {
			s.Others = out
		}
		o := record.Decide(r, s)
		o.tidy(record)
		out = append(out, Result{record, o})
	}
	return out
}

// tidy sorts an outcome, joins what is found twice, and keeps a banner from making more than a question: only a behaviour or a
// configuration that was seen makes a grave finding, except where the record says that an exact build is known to be exploited.
func (o *Outcome) tidy(record Record) {
	seen := map[string]int{}
	var found []Found
	for _, f := range o.Found {
		if f.Confidence == Deduced && f.Severity != Info && !record.Deduces {
			f.Severity = ToVerify
		}
		id := f.ID(record.ID)
		if i, ok := seen[id]; ok {
			found[i].Evidence = append(found[i].Evidence, f.Evidence...)
			if f.Severity.Rank() < found[i].Severity.Rank() {
				f.Evidence = found[i].Evidence
				found[i] = f
			}
			continue
		}
		seen[id] = len(found)
		found = append(found, f)
	}
	for i := range found {
		found[i].Evidence = distinct(found[i].Evidence)
	}
	slices.SortStableFunc(found, func(a, b Found) int {
		return cmp.Or(strings.Compare(a.Asset, b.Asset), strings.Compare(a.Endpoint, b.Endpoint), strings.Compare(a.Key, b.Key), strings.Compare(a.Params["product"], b.Params["product"]))
	})
	o.Found = found
	slices.Sort(o.Passed)
	o.Passed = slices.Compact(o.Passed)
	slices.SortFunc(o.Unknown, func(a, b Undecided) int {
		return cmp.Or(strings.Compare(a.Asset, b.Asset), strings.Compare(a.Why, b.Why))
	})
	o.Unknown = slices.Compact(o.Unknown)
}

// distinct drops what repeats and keeps the order.
func distinct(list []string) []string {
	var out []string
	for _, each := range list {
		if !slices.Contains(out, each) {
			out = append(out, each)
		}
	}
	return out
}

// Severities lists the severities, the gravest first.
func Severities() []Severity { return []Severity{Critical, Major, Important, Minor, Info, ToVerify} }

// Rank orders severities, 0 for the gravest.
func (s Severity) Rank() int {
	if i := slices.Index(Severities(), s); i >= 0 {
		return i
	}
	return len(Severities())
}
