package audit

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"

	"hygie/directory/points"
	"hygie/directory/points/guidance"
	"hygie/internal/job"
	"hygie/internal/place"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// show is the page of a run: its progress while it works, the reason when it failed, else its outcome.
func (m *Module) show(c *web.Context) error {
	at, _, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	var v view
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if v.Run, err = m.found(c, tx); err != nil {
			return err
		}
		if v.Run.State != Done {
			if v.Job, err = job.ByID(c.Ctx, tx, c.Scope, v.Run.JobID); v.Run.State.Over() && errors.Is(err, store.ErrNotFound) {
				err = nil // deleted since; the run says enough by itself
			}
			return err
		}
		return m.load(c, tx, &v)
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("audit.run_title", "date", c.Printer.Date(cmp.Or(v.Run.AsOf, v.Run.CreatedAt))), Place: at, Crumbs: []ui.Link{{Href: address(at.ID), Text: c.T("audit.title")}}}
	switch {
	case !v.Run.State.Over():
		page.Refresh = 2
		return c.Page(page, m.waiting(c, v))
	case v.Run.State != Done:
		c.WholeInsteadOf(progressID)
		return c.Page(page, m.failed(c, v, c.May(right.RunAudit, at.Interval)))
	}
	c.WholeInsteadOf(progressID)
	v.catalog, v.mayPlan, v.mayAccept = m.catalog(c), c.May(right.EditActions, at.Interval), c.May(right.AcceptRisk, at.Interval)
	page.Actions, page.Tabs = reportButtons(v), runTabs(c, v.Run, runHref(v.Run))
	return c.Page(page, m.outcome(c, v))
}

// view is everything the page of a run shows.
type view struct {
	Run         Run
	Job         job.Job
	Domains     []Domain
	Points      []Point
	Acceptances []Acceptance
	Planned     map[string]plan.Action // by identity of the finding
	Previous    Run

	catalog            guidance.Catalog
	mayPlan, mayAccept bool
}

func (m *Module) load(c *web.Context, tx *store.Tx, v *view) (err error) {
	if v.Domains, err = domainsOf(c.Ctx, tx, v.Run.ID); err != nil {
		return err
	}
	if v.Points, err = pointsOf(c.Ctx, tx, v.Run.ID); err != nil {
		return err
	}
	if v.Acceptances, err = acceptancesOf(c.Ctx, tx, c.Scope, v.Run.Structure, m.service.now()); err != nil {
		return err
	}
	if v.Planned, err = planned(c.Ctx, tx, c, v.Run.Structure); err != nil {
		return err
	}
	if v.Run.PreviousID != "" {
		v.Previous, err = runByID(c.Ctx, tx, c.Scope, v.Run.PreviousID)
	}
	return err
}

// mostPlanned bounds the actions looked at; a directory has fewer points.
const mostPlanned = 1000

// planned finds the actions that findings of the structure's directory became, by identity of the finding.
func planned(ctx context.Context, tx *store.Tx, c *web.Context, structure string) (map[string]plan.Action, error) {
	actions, _, err := plan.List(ctx, tx, c.Scope, plan.Filter{Structure: structure, Origin: plan.DirectoryFinding, States: []plan.State{plan.Open, plan.Doing, plan.Done}}, mostPlanned, 0)
	if err != nil {
		return nil, err
	}
	byRef := map[string]plan.Action{}
	for _, a := range actions {
		byRef[a.OriginRef] = a
	}
	return byRef, nil
}

// reference is the identity by which a point of a domain is asked for in the plan.
func reference(point, domain string) string { return point + "|" + domain }

// failing lists the points to mend, in the order in which to mend them: what sets the level first, then by effort, then by
// how many objects.
func (v view) failing() []Point {
	var list []Point
	for _, p := range v.Points {
		if p.Status == points.Failed {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b Point) int {
		return cmp.Or(
			cmp.Compare(slices.Min(a.FailedLevels), slices.Min(b.FailedLevels)),
			cmp.Compare(v.effort(a), v.effort(b)),
			cmp.Compare(a.Total, b.Total),
			cmp.Compare(a.ID, b.ID),
		)
	})
	return list
}

func (v view) effort(p Point) int {
	text, _ := v.catalog.Point(p.ID)
	return slices.Index([]guidance.Grade{guidance.Low, guidance.Medium, guidance.High}, text.Effort)
}

// accepted returns the acceptance in force for a point.
func (v view) accepted(p Point) (Acceptance, bool) {
	for _, a := range v.Acceptances {
		if a.Point == p.ID && a.Domain == p.Domain {
			return a, true
		}
	}
	return Acceptance{}, false
}

// tally counts the points of a level by outcome, over all domains.
type tally struct{ Level, Failed, NotEvaluated, Passed int }

func (v view) tallies() []tally {
	var list []tally
	for level := 1; level < points.BestLevel; level++ {
		t := tally{Level: level}
		for _, p := range v.Points {
			switch {
			case slices.Contains(p.FailedLevels, level):
				t.Failed++
			case p.Level != level:
			case p.Status == points.NotEvaluated:
				t.NotEvaluated++
			case p.Status == points.Passed:
				t.Passed++
			}
		}
		list = append(list, t)
	}
	return list
}

// changes counts findings by what became of them since the run before.
func (v view) changes() (fresh, fixed int) {
	for _, p := range v.Points {
		fresh += p.Fresh
		fixed += p.Fixed
	}
	return fresh, fixed
}

// severalDomains tells whether lines must say which domain they are about.
func (v view) severalDomains() bool { return len(v.Domains) > 1 }

func pointHref(run Run, p Point) string {
	return address(run.Structure) + "/runs/" + run.ID + "/points/" + p.ID + "?domain=" + url.QueryEscape(p.Domain)
}
