package overview

import (
	"context"
	"fmt"
	"time"

	"hygie/internal/place"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/replay"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// assessment is what one package says of a structure.
type assessment struct {
	Package *referential.Package
	referential.Assessment
}

// assess judges a structure against every package.
func (m *Module) assess(ctx context.Context, tx *store.Tx, scope territory.Scope, s territory.Structure, at time.Time) ([]assessment, error) {
	set, err := m.shelf.At(ctx, tx, at)
	if err != nil {
		return nil, err
	}
	judged, err := proof.AssessAll(ctx, tx, scope, set.Judged, s, at, zone(ctx))
	if err != nil {
		return nil, fmt.Errorf("assess %s: %w", s.ID, err)
	}
	var all []assessment
	for i, a := range judged {
		p := set.Judged.Packages()[i]
		if a.Count(referential.NotApplicable) < len(a.Requirements) { // a package that is not about such a structure says nothing of it
			all = append(all, assessment{Package: p, Assessment: a})
		}
	}
	return all, nil
}

// counts are how many requirements are met, not met and unknown over all packages.
func counts(all []assessment) (n [3]int) {
	for _, a := range all {
		for i, status := range []referential.Status{referential.Met, referential.NotMet, referential.Unknown} {
			n[i] += a.Count(status)
		}
	}
	return n
}

// situation is the page of a structure.
func (m *Module) situation(c *web.Context) error {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	when, wrong := replay.Read(c, m.now())
	v := situationView{Structure: s, When: when, Posture: c.May(right.SeePosture, s.Interval), Actions: c.May(right.SeeActions, s.Interval), Audits: c.May(right.SeeAudit, s.Interval), RunAudits: c.May(right.RunAudit, s.Interval)}
	page := web.Page{Title: s.Name, Over: at.Kind, Place: at, Actions: ui.PrintButton(), Errors: wrong}
	err = m.db.View(c.Ctx, func(tx *store.Tx) error { return m.load(c, tx, &v, &page) })
	if err != nil {
		return err
	}
	return c.Page(page, m.situationContent(v))
}

// situationView is everything the page of a structure shows.
type situationView struct {
	Structure   territory.Structure
	When        replay.Moment
	Children    []listed
	MoreBelow   bool
	Groups      []territory.Member
	Members     []territory.Member
	Measure     *measure
	Measured    map[string]*measure // of the members
	Survey      *survey             // of what is below a nation, region or group
	Tally       plan.Tally
	Urgent      []ui.Task
	Assessments []assessment
	Next        ui.NextAction
	Entity      *ui.Link // where an establishment is judged
	Axes        trajectory

	Posture, Actions, Audits, RunAudits bool
}

// childrenShown is how many structures below are listed; the list of structures has them all.
const childrenShown = 20

func (m *Module) load(c *web.Context, tx *store.Tx, v *situationView, page *web.Page) (err error) {
	if page.Crumbs, err = place.Way(c.Ctx, tx, right.Visible(c.Actor, right.SeeStructure), v.Structure.ID); err != nil {
		return err
	}
	if v.Structure.Kind == territory.Establishment && len(page.Crumbs) > 0 {
		v.Entity = &page.Crumbs[len(page.Crumbs)-1]
	}
	if err = m.loadAround(c, tx, v); err != nil {
		return err
	}
	if !v.When.Replayed { // what to do is a matter of today
		if v.Next, err = m.alarm.ask(c, tx, v.Structure); err != nil {
			return err
		}
	}
	if v.Actions && !v.When.Replayed {
		if v.Tally, v.Urgent, err = m.work(c, tx, v.Structure); err != nil {
			return err
		}
	}
	if !v.Posture {
		return nil
	}
	posture := postureOf(c.Actor)
	ids := []string{string(v.Structure.ID)}
	for _, member := range v.Members {
		ids = append(ids, string(member.Subject.ID))
	}
	if v.Measured, err = levels(c.Ctx, tx, posture, v.When.At, ids...); err != nil {
		return err
	}
	v.Measure = v.Measured[ids[0]]
	if assessed(v.Structure.Kind) {
		if v.Assessments, err = m.assess(c.Ctx, tx, posture, v.Structure, v.When.At); err != nil {
			return err
		}
		if v.Axes, err = m.follow(c.Ctx, tx, posture, v.Structure, v.When.At, 0); err != nil {
			return err
		}
		if v.When.Replayed || v.Next.Line != "" {
			return nil
		}
		near, err := m.reach(c, tx, v.Structure)
		if err != nil {
			return err
		}
		v.Next = m.nextAction(c, near, v.Measure, v.Assessments)
	}
	return nil
}

// loadAround reads what stands around the structure: groups, members, and what is below.
func (m *Module) loadAround(c *web.Context, tx *store.Tx, v *situationView) (err error) {
	see := right.Visible(c.Actor, right.SeeStructure) // wider than the scope of the page, which is the structure itself
	if v.Groups, err = territory.MembershipsAt(c.Ctx, tx, see, v.Structure.ID, v.When.At); err != nil {
		return err
	}
	if v.Structure.Kind == territory.Group {
		if v.Members, err = territory.MembersAt(c.Ctx, tx, see, v.Structure.ID, v.When.At); err != nil {
			return err
		}
	}
	if wide(v.Structure.Kind) && v.Posture && !v.When.Replayed {
		s, err := m.survey(c, tx, v.Structure, true)
		if err != nil {
			return err
		}
		v.Survey = &s
	}
	if v.Survey != nil && (len(v.Survey.Parts) > 0 || len(v.Members) > 0) {
		return nil // the survey or the members say it better
	}
	if v.When.Replayed && wide(v.Structure.Kind) {
		return nil // the list has the levels of today
	}
	ch := choice{Filter: territory.Filter{Parent: v.Structure.ID, Status: territory.Active}, Posture: postureOf(c.Actor), Sort: "name", Limit: childrenShown + 1}
	if v.Children, _, err = structures(c.Ctx, tx, c.Scope, ch); err != nil {
		return err
	}
	if v.MoreBelow = len(v.Children) > childrenShown; v.MoreBelow {
		v.Children = v.Children[:childrenShown]
	}
	return nil
}
