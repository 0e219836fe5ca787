package exposure

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"hygie/exposure/check"
	"hygie/exposure/knowledge"
	"hygie/exposure/observe"
	"hygie/exposure/perimeter"
	"hygie/exposure/report"
)

// Options of a decision.
type Options struct {
	Language  string // "fr" or "en"
	Tool      string // version of the program that decides
	Partial   bool   // the audit did not run to its end
	Known     *knowledge.Bundle
	KnownDate time.Time        // said of Known in the report; its own date if zero
	Leaks     []check.Leak     // lists of leaked accounts; nil when none was ever handed over
	Threshold *check.Threshold // nil for the default
	Baseline  *report.Report   // the audit before
	History   []*report.Report // older ones, the newest first
	Announced []string         // identifiers of findings that someone said are mended
	Accepted  []report.Acceptance
}

// Decide applies the checks to facts and makes the report. It uses no network and no clock: the same facts and options give the same
// bytes.
func Decide(run *observe.Run, o Options) (*report.Report, error) {
	threshold, err := check.DefaultThreshold()
	if err != nil {
		return nil, fmt.Errorf("decide: %w", err)
	}
	if o.Threshold != nil {
		threshold = *o.Threshold
	}
	s := check.Settings{AsOf: run.AsOf, Known: o.Known, Perimeter: run.Declared, Threshold: threshold, Announced: o.Announced, Leaks: o.Leaks}
	if s.Known == nil {
		s.Known = &knowledge.Bundle{}
	}
	if s.Perimeter == nil {
		s.Perimeter = &perimeter.Perimeter{}
	}
	if o.Baseline != nil {
		s.Earlier = o.Baseline.Earlier(o.History...)
	}
	options := report.Options{Language: o.Language, ToolVersion: o.Tool, Partial: o.Partial, Threshold: threshold, Accepted: o.Accepted}
	if !o.Known.Empty() {
		options.Known = &report.Knowledge{Date: o.KnownDate, Stale: o.Known.Stale(run.AsOf)}
		if o.KnownDate.IsZero() {
			options.Known.Date = o.Known.Date()
		}
	}
	r, err := report.New(run, check.Decide(run, s), options)
	if err != nil {
		return nil, fmt.Errorf("decide: %w", err)
	}
	if o.Baseline != nil {
		r.Compare(o.Baseline, o.History...)
	}
	return r, nil
}

// WriteFacts writes a run as a file of facts: indented JSON, the same bytes for the same run.
func WriteFacts(w io.Writer, run *observe.Run) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(run); err != nil {
		return fmt.Errorf("write facts: %w", err)
	}
	return nil
}

// maxFacts bounds a file of facts that is read back.
const maxFacts = 1 << 30

// ReadFacts reads a file of facts.
func ReadFacts(in io.Reader) (*observe.Run, error) {
	limited := &io.LimitedReader{R: in, N: maxFacts + 1}
	d := json.NewDecoder(limited)
	var run observe.Run
	if err := d.Decode(&run); err != nil {
		if limited.N <= 0 {
			return nil, fmt.Errorf("read facts: larger than %d bytes", maxFacts)
		}
		return nil, fmt.Errorf("read facts at byte %d: %w", d.InputOffset(), err)
	}
	if run.Format != observe.Format {
		return nil, errors.New("read facts: not a file of facts of an exposure audit")
	}
	return &run, nil
}
