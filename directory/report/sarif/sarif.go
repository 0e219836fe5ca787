// Package sarif writes the report of a directory audit as a SARIF 2.1.0 log (OASIS), for the tools that gather findings.
package sarif

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"hygie/directory/findings"
	"hygie/directory/points"
	"hygie/directory/points/guidance"
	"hygie/directory/report"
	"hygie/directory/report/objects"
	"hygie/directory/report/wording"
	"hygie/finding"
)

// Types of a SARIF log (OASIS SARIF 2.1.0), as far as they are written.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Language    string            `json:"language"`
		Results     []sarifResult     `json:"results"`
		ColumnKind  string            `json:"columnKind"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID            string         `json:"id"`
		Short         sarifText      `json:"shortDescription"`
		Full          *sarifText     `json:"fullDescription,omitempty"`
		Help          *sarifText     `json:"help,omitempty"`
		HelpURI       string         `json:"helpUri,omitempty"`
		Configuration sarifLevel     `json:"defaultConfiguration"`
		Properties    map[string]any `json:"properties,omitempty"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		Successful bool   `json:"executionSuccessful"`
		End        string `json:"endTimeUtc"`
	}
	sarifResult struct {
		RuleID        string            `json:"ruleId"`
		RuleIndex     int               `json:"ruleIndex"`
		Kind          string            `json:"kind"`
		Level         string            `json:"level"`
		Message       sarifText         `json:"message"`
		Locations     []sarifLocation   `json:"locations"`
		Fingerprints  map[string]string `json:"partialFingerprints,omitempty"`
		BaselineState string            `json:"baselineState,omitempty"`
		Properties    map[string]any    `json:"properties,omitempty"`
	}
	sarifLocation struct {
		Logical []sarifLogical `json:"logicalLocations"`
	}
	sarifLogical struct {
		Name      string `json:"name"`
		Qualified string `json:"fullyQualifiedName"`
		Kind      string `json:"kind"`
	}
)

// fingerprint names the identity of a result across runs, that of package finding.
const fingerprint = "hygieFinding/v1"

// Write writes the failed points, the points that could not be decided (kind "open") and the findings beside them as a SARIF 2.1.0
// log. An object is a logical location, and a result keeps its fingerprint from one run to the next. With a comparison, results say
// what is new or unchanged, and what was fixed is there as absent.
func Write(w io.Writer, r *report.Report) error {
	catalog, err := guidance.Load(r.Language)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	s := sarifWriter{report: r, catalog: catalog, rules: []sarifRule{}, index: make(map[string]int), results: []sarifResult{}}
	for i := range r.Domains {
		s.domain(&r.Domains[i])
	}
	s.absent()
	language := "fr-FR"
	if r.Language == "en" {
		language = "en-US"
	}
	log := sarifLog{
		Schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", Version: "2.1.0",
		Runs: []sarifRun{{
			Tool: sarifTool{sarifDriver{Name: "hygie", Version: r.ToolVersion, Rules: s.rules}}, Language: language,
			Invocations: []sarifInvocation{{Successful: true, End: r.AsOf.UTC().Format("2006-01-02T15:04:05Z")}},
			Results:     s.results, ColumnKind: "unicodeCodePoints",
		}},
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(log); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

type sarifWriter struct {
	report  *report.Report
	catalog guidance.Catalog
	rules   []sarifRule
	index   map[string]int
	results []sarifResult
}

// rule gives the place of a rule, which make adds when it is not there yet.
func (s *sarifWriter) rule(id string, make func() sarifRule) int {
	i, ok := s.index[id]
	if !ok {
		i = len(s.rules)
		s.index[id] = i
		s.rules = append(s.rules, make())
	}
	return i
}

func (s *sarifWriter) point(p report.Point) int {
	return s.rule(p.ID, func() sarifRule {
		text, _ := s.catalog.Point(p.ID)
		rule := sarifRule{ID: p.ID, Short: sarifText{p.Heading()}, HelpURI: p.Link, Configuration: sarifLevel{pointLevel(p.Levels)},
			Properties: map[string]any{"family": p.Family, "levels": p.Levels}}
		if text.Explain != "" {
			rule.Full = &sarifText{text.Explain}
			rule.Help = &sarifText{strings.Join(text.How, "\n")}
		}
		return rule
	})
}

// pointLevel ranks a point by its most serious level.
func pointLevel(levels []int) string {
	if len(levels) == 0 {
		return "none"
	}
	switch slices.Min(levels) {
	case 1, 2:
		return "error"
	case 3:
		return "warning"
	}
	return "note"
}

func severityLevel(s findings.Severity) string {
	switch s {
	case findings.Critical, findings.High:
		return "error"
	case findings.Medium:
		return "warning"
	}
	return "note"
}

func (s *sarifWriter) domain(d *report.Domain) {
	for _, p := range d.Points {
		switch p.Status {
		case points.Failed:
			index := s.point(p)
			for list := range p.Objects.Grouped() {
				s.results = append(s.results, s.failed(d, p, index, list))
			}
		case points.NotEvaluated:
			var missing []string
			for _, what := range p.Missing {
				missing = append(missing, wording.Missing(what, s.report.Language))
			}
			s.results = append(s.results, sarifResult{
				RuleID: p.ID, RuleIndex: s.point(p), Kind: "open", Level: "none", Message: sarifText{p.Heading() + ": " + strings.Join(missing, ", ")},
				Locations: location(d.DNSName, d.DN),
			})
		}
	}
	for _, f := range d.Findings {
		if f.Status == findings.Found && f.Kind != findings.Information {
			s.found(d, f)
		}
	}
}

// failed makes the result of an object from its reasons.
func (s *sarifWriter) failed(d *report.Domain, p report.Point, index int, list []objects.Object) sarifResult {
	first := list[0]
	var reasons []string
	var levels []int
	for _, o := range list {
		if !slices.Contains(reasons, o.Reason) {
			reasons = append(reasons, o.Reason)
		}
		levels = append(levels, o.Levels...)
	}
	slices.Sort(levels)
	levels = slices.Compact(levels)
	return sarifResult{
		RuleID: p.ID, RuleIndex: index, Kind: "fail", Level: pointLevel(levels), Message: sarifText{strings.Join(reasons, "\n")},
		Locations: location(first.DN, first.DN), Fingerprints: fingerprints(p.ID, d.DNSName, first.SID, first.GUID, first.DN),
		BaselineState: baselineState(first.Status, s.report.Comparison != nil),
		Properties:    map[string]any{"domain": d.DNSName, "levels": levels},
	}
}

func (s *sarifWriter) found(d *report.Domain, f report.Finding) {
	index := s.rule(f.ID, func() sarifRule {
		return sarifRule{
			ID: f.ID, Short: sarifText{f.Title}, Full: &sarifText{f.Explain}, Help: &sarifText{strings.Join(f.How, "\n")}, HelpURI: f.Link,
			Configuration: sarifLevel{severityLevel(f.Severity)}, Properties: map[string]any{"kind": f.Kind, "severity": f.Severity, "source": f.Source},
		}
	})
	for _, o := range f.Objects {
		s.results = append(s.results, sarifResult{
			RuleID: f.ID, RuleIndex: index, Kind: "fail", Level: severityLevel(f.Severity), Message: sarifText{o.Reason},
			Locations: location(o.DN, o.DN), Fingerprints: fingerprints(f.ID, d.DNSName, o.SID, o.GUID, o.DN),
			BaselineState: baselineState(o.Status, s.report.Comparison != nil && o.Status != ""),
			Properties:    map[string]any{"domain": d.DNSName},
		})
	}
}

// absent adds what a comparison says is fixed.
func (s *sarifWriter) absent() {
	c := s.report.Comparison
	if c == nil {
		return
	}
	for _, ch := range c.Changes {
		if ch.Status != finding.Fixed {
			continue
		}
		text, _ := s.catalog.Point(ch.Point)
		index := s.point(report.Point{ID: ch.Point, Title: text.Title, Link: text.Link(), Levels: ch.Levels})
		s.results = append(s.results, sarifResult{
			RuleID: ch.Point, RuleIndex: index, Kind: "fail", Level: pointLevel(ch.Levels), Message: sarifText{ch.Reason}, BaselineState: "absent",
			Locations: location(ch.DN, ch.DN), Fingerprints: fingerprints(ch.Point, ch.Domain, ch.SID, ch.GUID, ch.DN),
		})
	}
	titles := make(map[string]string)
	for _, r := range c.Findings.Rules {
		titles[r.ID] = r.Title
	}
	for _, ch := range c.Findings.Changes {
		if ch.Status != finding.Fixed || ch.Severity == findings.Info {
			continue
		}
		index := s.rule(ch.Finding, func() sarifRule {
			return sarifRule{ID: ch.Finding, Short: sarifText{cmp.Or(titles[ch.Finding], ch.Finding)}, Configuration: sarifLevel{severityLevel(ch.Severity)}, Properties: map[string]any{"severity": ch.Severity}}
		})
		s.results = append(s.results, sarifResult{
			RuleID: ch.Finding, RuleIndex: index, Kind: "fail", Level: severityLevel(ch.Severity), Message: sarifText{ch.Reason}, BaselineState: "absent",
			Locations: location(ch.DN, ch.DN), Fingerprints: fingerprints(ch.Finding, ch.Domain, ch.SID, ch.GUID, ch.DN), Properties: map[string]any{"domain": ch.Domain},
		})
	}
}

// baselineState gives the word of SARIF for what became of an object; "" without a comparison.
func baselineState(status string, compared bool) string {
	switch {
	case !compared:
		return ""
	case status == string(finding.Persisting):
		return "unchanged"
	}
	return "new"
}

func location(name, qualified string) []sarifLocation {
	return []sarifLocation{{[]sarifLogical{{Name: name, Qualified: qualified, Kind: "object"}}}}
}

func fingerprints(rule, domain, sid, guid, dn string) map[string]string {
	f := finding.Finding{Rule: rule, Object: finding.Object{Scope: domain, SID: sid, GUID: guid, Name: dn}}
	return map[string]string{fingerprint: f.ID()}
}
