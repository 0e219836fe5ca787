package call

import (
	"fmt"
	"slices"

	"hygie/referential"
)

// Check tells of requirements, criteria and kinds of documents that no package declares; packages may hold several versions of one. A package that is not
// there at all is a fault too. The faults have the places of the lines of the call ([referential.Problems]).
func (c *Call) Check(packages []*referential.Package) error {
	var faults referential.Problems
	fault := func(at referential.Place, format string, args ...any) {
		faults = append(faults, referential.Problem{File: c.file, Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...)})
	}
	for _, q := range c.Requirements {
		if q.Referential == "" {
			continue
		}
		known, declared := latest(packages, q.Referential)
		if !declared {
			fault(q.at, "requirement %s: there is no package %q", q.ID, q.Referential)
			continue
		}
		all := known.Requirements()
		i := slices.IndexFunc(all, func(r referential.Requirement) bool { return r.Code == q.Code })
		if i < 0 {
			fault(q.at, "requirement %s: package %s has no requirement %q", q.ID, q.Referential, q.Code)
			continue
		}
		for _, code := range q.Criteria {
			if !slices.ContainsFunc(all[i].Criteria, func(k referential.Criterion) bool { return k.Code == code }) {
				fault(q.at, "requirement %s: requirement %s of package %s has no criterion %q", q.ID, q.Code, q.Referential, code)
			}
		}
	}
	for _, e := range c.Evidence {
		if e.Referential == "" {
			continue
		}
		known, declared := latest(packages, e.Referential)
		if !declared || !slices.ContainsFunc(known.Documents, func(d referential.DocumentKind) bool { return d.Code == e.Document }) {
			fault(e.at, "evidence %s: package %q declares no document %q", e.Code, e.Referential, e.Document)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return faults
}

// latest finds a package by its id; of several versions, the last given.
func latest(packages []*referential.Package, id string) (found *referential.Package, ok bool) {
	for _, p := range packages {
		if p.ID == id {
			found, ok = p, true
		}
	}
	return found, ok
}
