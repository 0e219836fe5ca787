// Package findings tells what is worth knowing of a directory beside the control points: the warnings and informations of the
// same list, which never change the level, and weaknesses that the list does not have.
//
//	survey := points.NewSurvey(dir, points.Options{AsOf: asOf})
//	for _, r := range findings.Evaluate(survey, survey.Points(), findings.Options{}) {
//		for _, v := range r.Verdicts { … v.Rule.ID, v.Status, v.Objects … }
//	}
//
// A rule is a record: identifier, kind, severity, source, and one predicate that gives the verdict and its objects at once. A
// rule that lacks data is not evaluated and says what is missing; it is never clear. What the directory cannot tell (the
// registry of a certification authority, say) is a rule too, so that nobody takes silence for safety.
//
// Who is privileged, and whose rights are no weakness, is what package points says. Thresholds that the list does not give
// are ours; each stands beside its rule with the reason for it.
//
// This package lists the rules and runs them. Package rule holds what they are made of; the predicates are in a package for each
// family, below internal: accounts, certificates, managed, policies, structure.
//
// Texts are in fr/beyond.toml and en/beyond.toml for our own rules, and in package guidance for the warnings and
// informations of the list.
package findings

import (
	"slices"

	"hygie/directory/findings/rule"
	"hygie/directory/model"
	"hygie/directory/points"
)

// Result is the outcome of every rule on a domain (docs/schema/directory-audit.schema.json, finding).
type Result struct {
	Domain   model.DomainInfo
	Verdicts []Verdict
}

// Options of an evaluation (docs/schema/directory-audit.schema.json, finding).
type Options struct {
	Tool string // name and version of this program, "hygie 1.2", to tell a collection of an older one; "": unknown
}

// Rules lists the rules, warnings first, then informations, then our own (ANSSI, points de contrôle Active Directory). The caller owns the result.
func Rules() []Rule {
	var out []Rule
	for _, r := range records() {
		out = append(out, r.Rule)
	}
	return out
}

func records() []rule.Record {
	return slices.Concat(warningRecords(), informationRecords(), beyondRecords())
}

// Evaluate decides every rule on every domain (ANSSI, points de contrôle Active Directory). The results of the points, in the same order of domains,
// tell a warning "below the threshold" from a point that failed.
func Evaluate(s *points.Survey, results []points.Result, o Options) []Result {
	table := records()
	shared := make(map[string]Verdict) // rules of the forest, by rule and forest
	scans := make(map[string]*rule.Scan)
	var out []Result
	for i, v := range s.Views() {
		root := v.Forest().RootDN
		if scans[root] == nil {
			scans[root] = rule.NewScan(v)
		}
		c := rule.NewContext(v, scans[root], o.Tool)
		if i < len(results) {
			c.Points = results[i].Verdicts
		}
		r := Result{Domain: v.Domain()}
		for _, rec := range table {
			key := rec.ID + " " + root
			verdict, done := shared[key]
			if !done {
				verdict = rule.Decide(c, rec)
				if rec.Forest {
					shared[key] = verdict
				}
			}
			r.Verdicts = append(r.Verdicts, verdict)
		}
		out = append(out, r)
	}
	return out
}

// The data that reports and pages name, from package rule (docs/schema/directory-audit.schema.json, finding).
type (
	Kind     = rule.Kind
	Severity = rule.Severity
	Status   = rule.Status
	Rule     = rule.Rule
	Object   = rule.Object
	Verdict  = rule.Verdict
)

// The kinds, severities and outcomes of package rule (docs/schema/directory-audit.schema.json, finding).
const (
	Warning     = rule.Warning
	Information = rule.Information
	Beyond      = rule.Beyond

	Critical = rule.Critical
	High     = rule.High
	Medium   = rule.Medium
	Low      = rule.Low
	Info     = rule.Info

	Found        = rule.Found
	Clear        = rule.Clear
	NotEvaluated = rule.NotEvaluated

	MaxObjects = rule.MaxObjects
)
