package dossier

import (
	"slices"

	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/referential"
	"hygie/referential/call"
)

// verdicts are the verdicts on a structure, by package.
type verdicts map[string]judged

type judged struct {
	Package    *referential.Package
	Assessment referential.Assessment
}

// judge gives the verdicts of the packages that some calls name, on a structure in scope, now.
func (m *Module) judge(c *web.Context, tx *store.Tx, s territory.Structure, calls ...*call.Call) (verdicts, error) {
	set, err := m.shelf.Now(c.Ctx, tx, m.now())
	if err != nil {
		return nil, err
	}
	var packages []*referential.Package
	all := verdicts{}
	for _, k := range calls {
		for _, r := range k.Requirements {
			if p, ok := set.Find(r.Referential); ok && all[p.ID].Package == nil {
				packages = append(packages, p)
				all[p.ID] = judged{Package: p}
			}
		}
	}
	if len(packages) == 0 {
		return all, nil
	}
	answers, err := proof.AssessAll(c.Ctx, tx, c.Scope, referential.NewBoard(packages...), s, m.now(), c.Printer.Zone())
	if err != nil {
		return nil, err
	}
	for i, p := range packages {
		all[p.ID] = judged{Package: p, Assessment: answers[i]}
	}
	return all, nil
}

// answer is the verdict on one requirement of a call.
type answer struct {
	Known   bool // the referential is in force and has it
	Name    referential.Text
	Aid     referential.Text
	Status  referential.Status
	Reasons []referential.Reason
	Next    *referential.Action
}

// of gives the verdict on a requirement of a call: on the whole requirement of its package, or on the criteria that the call names.
func (v verdicts) of(r call.Requirement) answer {
	a := answer{Status: referential.Unknown}
	j, ok := v[r.Referential]
	if !ok {
		return a
	}
	verdict, ok := j.Assessment.Verdict(r.Code)
	if !ok {
		return a
	}
	a.Known, a.Status, a.Next = true, verdict.Status, verdict.NextAction
	for _, axis := range j.Package.Axes {
		for _, o := range axis.Objectives {
			for _, q := range o.Requirements {
				if q.Code == r.Code {
					a.Name, a.Aid = q.Title, q.Help
				}
			}
		}
	}
	if len(r.Criteria) > 0 {
		a.Status, a.Next = referential.Met, nil
	}
	for _, c := range verdict.Criteria {
		if c.Advice || len(r.Criteria) > 0 && !slices.Contains(r.Criteria, c.Code) {
			continue
		}
		a.Reasons = append(a.Reasons, c.Reasons)
		if len(r.Criteria) == 0 {
			continue
		}
		if worse(c.Reasons.Status, a.Status) {
			a.Status = c.Reasons.Status
		}
		if a.Next == nil {
			a.Next = c.Reasons.Next
		}
	}
	return a
}

// worse tells whether a status weighs more than another when all have to hold.
func worse(a, b referential.Status) bool {
	rank := func(s referential.Status) int {
		return slices.Index([]referential.Status{referential.NotApplicable, referential.Met, referential.Unknown, referential.NotMet}, s)
	}
	return rank(a) > rank(b)
}
