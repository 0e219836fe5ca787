package candidate

import (
	"context"
	"slices"
	"time"

	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/referential/call"
)

// Verdicts are the verdicts on a structure, by package.
type Verdicts map[string]judged

type judged struct {
	Package    *referential.Package
	Assessment referential.Assessment
}

// Judge gives the verdicts of the packages of a shelf that some calls name, on a structure in scope, at a moment.
func Judge(ctx context.Context, tx *store.Tx, scope territory.Scope, shelf *proof.Shelf, s territory.Structure, at time.Time, zone *time.Location, calls ...*call.Call) (Verdicts, error) {
	set, err := shelf.Now(ctx, tx, at)
	if err != nil {
		return nil, err
	}
	var packages []*referential.Package
	all := Verdicts{}
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
	answers, err := proof.AssessAll(ctx, tx, scope, referential.NewBoard(packages...), s, at, zone)
	if err != nil {
		return nil, err
	}
	for i, p := range packages {
		all[p.ID] = judged{Package: p, Assessment: answers[i]}
	}
	return all, nil
}

// Answer is the verdict on one requirement of a call.
type Answer struct {
	Known   bool // the referential is in force and has it
	Name    referential.Text
	Aid     referential.Text
	Status  referential.Status
	Reasons []referential.Reason
	Next    *referential.Action
}

// Of gives the verdict on a requirement of a call: on the whole requirement of its package, or on the criteria that the call names.
func (v Verdicts) Of(r call.Requirement) Answer {
	a := Answer{Status: referential.Unknown}
	j, ok := v[r.Referential]
	if !ok {
		return a
	}
	verdict, ok := j.Assessment.Verdict(r.Code)
	if !ok {
		return a
	}
	a.Known, a.Status, a.Next = true, verdict.Status, verdict.NextAction
	if q, ok := requirement(j.Package, r.Code); ok {
		a.Name, a.Aid = q.Title, q.Help
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

// requirement finds a requirement of a package by its code.
func requirement(p *referential.Package, code string) (referential.Requirement, bool) {
	for _, axis := range p.Axes {
		for _, o := range axis.Objectives {
			for _, r := range o.Requirements {
				if r.Code == code {
					return r, true
				}
			}
		}
	}
	return referential.Requirement{}, false
}

// Titles names the requirements of a call by their ids in it: in its own words, or in those of the referentials that hold.
func Titles(set *proof.Set, k *call.Call) map[string]referential.Text {
	titles := make(map[string]referential.Text, len(k.Requirements))
	for _, r := range k.Requirements {
		titles[r.ID] = r.Title
		if p, ok := set.Find(r.Referential); ok && r.Title.IsZero() {
			q, _ := requirement(p, r.Code)
			titles[r.ID] = q.Title
		}
	}
	return titles
}

// worse tells whether a status weighs more than another when all have to hold.
func worse(a, b referential.Status) bool {
	rank := func(s referential.Status) int {
		return slices.Index([]referential.Status{referential.NotApplicable, referential.Met, referential.Unknown, referential.NotMet}, s)
	}
	return rank(a) > rank(b)
}

// Concerned lists the requirements of a call for a category.
func Concerned(k *call.Call, category string) []call.Requirement {
	return slices.DeleteFunc(slices.Clone(k.Requirements), func(r call.Requirement) bool {
		return len(r.Categories) > 0 && !slices.Contains(r.Categories, category)
	})
}
