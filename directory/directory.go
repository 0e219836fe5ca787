// Package directory audits an Active Directory from files: a dump of the collector, an LDIF export, or what the collectors of
// others write. It needs no network, no database and no administrator.
//
//	d, err := directory.Open(ctx, []directory.Source{{Path: "hopital.hygie"}}, directory.Limits{})
//	r, err := directory.Audit(d, directory.Options{AsOf: asOf, Language: "fr"})
//	err = html.Write(file, r)
//
// The work is done below: dump, ldif, oradad, adalanche, sharphound and pingcastle read, model holds, points decides, report
// says. The same input and the same AsOf give the same bytes.
package directory

import (
	"errors"
	"fmt"
	"io"
	"time"

	"hygie/directory/findings"
	"hygie/directory/model"
	"hygie/directory/paths"
	"hygie/directory/points"
	"hygie/directory/report"
	"hygie/directory/report/compare"
	"hygie/directory/whatif"
)

// Source is a file or a folder to read (docs/formats/directory-inputs.md). Either Path or Reader is set; Name is what messages call it, the base name
// of Path by default.
type Source struct {
	Name   string
	Path   string
	Reader io.Reader
	Sysvol bool // Path is a folder: a copy or a mount of SYSVOL, which completes the other sources
}

// Limits bound what a file may make the reader take (docs/formats/directory-inputs.md, Bounds). Zero fields take the default of the readers.
type Limits struct {
	Objects int   // entries of one source
	Bytes   int64 // of one source, uncompressed
}

// ErrFormat says that a source is in no format that is read here (docs/formats/directory-inputs.md).
var ErrFormat = errors.New("neither a dump of the collector, nor an LDIF export, nor what ORADAD, SharpHound, Adalanche or PingCastle write")

// Options of an audit (docs/schema/directory-audit.schema.json).
type Options struct {
	AsOf     time.Time        // the instant at which ages are measured; zero: the latest collection date of the sources
	Baseline *report.Report   // an earlier report to compare with; nil: no comparison
	History  []*report.Report // reports before Baseline: a finding that they hold and Baseline does not is back
	Language string           // "fr", the default, or "en"
	Version  string           // of the program, for the report
	Try      report.Choice    // changes to try in memory; empty: none
}

// ErrDate says that neither the caller nor the sources give a date (docs/schema/directory-audit.schema.json).
var ErrDate = errors.New("no date: the sources do not say when they were collected, give one")

// Audit decides every control point on every domain, and finds the ways into the most privileged objects (docs/schema/directory-audit.schema.json).
func Audit(d *model.Directory, o Options) (*report.Report, error) {
	asOf := o.AsOf
	if asOf.IsZero() {
		for _, s := range d.Sources() {
			if s.Collected.After(asOf) {
				asOf = s.Collected
			}
		}
	}
	if asOf.IsZero() {
		return nil, fmt.Errorf("audit directory: %w", ErrDate)
	}
	asOf = asOf.UTC().Truncate(time.Second)
	network := build(d)
	survey := points.NewSurvey(d, points.Options{AsOf: asOf})
	results := survey.Points()
	r, err := report.New(d, results, report.Options{AsOf: asOf, Language: o.Language, Version: o.Version})
	if err != nil {
		return nil, fmt.Errorf("audit directory: %w", err)
	}
	tool := ""
	if o.Version != "" {
		tool = "hygie " + o.Version
	}
	if err := r.AddFindings(findings.Evaluate(survey, results, findings.Options{Tool: tool})); err != nil {
		return nil, fmt.Errorf("audit directory: %w", err)
	}
	r.AddTies(survey)
	n, err := network()
	if err != nil {
		return nil, fmt.Errorf("audit directory: %w", err)
	}
	ways := n.Ways(report.ShownPaths)
	plan := n.Plan(ways)
	if err := r.AddPlan(n, ways, plan); err != nil {
		return nil, fmt.Errorf("audit directory: %w", err)
	}
	if !o.Try.Empty() {
		if r.WhatIf, err = whatif.Try(whatif.Audited{Directory: d, Network: n, Plan: plan, Report: r, Tool: tool}, o.Try); err != nil {
			return nil, fmt.Errorf("audit directory: %w", err)
		}
	}
	if o.Baseline != nil {
		if err := compare.Reports(r, o.Baseline, o.History...); err != nil {
			return nil, fmt.Errorf("audit directory: %w", err)
		}
	}
	return r, nil
}

// build builds the control graph beside the caller, who needs it later: rules and graph read the same directory and nothing of each
// other. The answer waits for it, and panics as it did.
func build(d *model.Directory) (answer func() (*paths.Network, error)) {
	var (
		n     *paths.Network
		err   error
		fault any
		done  = make(chan struct{})
	)
	go func() {
		defer close(done)
		defer func() { fault = recover() }()
		n, err = paths.Build(d)
	}()
	return func() (*paths.Network, error) {
		<-done
		if fault != nil {
			panic(fault)
		}
		return n, err
	}
}
