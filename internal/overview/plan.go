package overview

import (
	"context"
	"fmt"

	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
	"hygie/referential"
)

// requirementRef is the identity by which a requirement is asked for in the plan. The plan shows what stands behind the stroke.
func requirementRef(pkg, code string) string { return pkg + "/" + code }

// mostAsked bounds how many actions a structure's requirements can have asked for.
const mostAsked = 2000

// plannedFor are the actions that requirements of a structure asked for, by [requirementRef], as the reader may see them.
func plannedFor(c *web.Context, tx *store.Tx, s territory.Structure) (map[string]plan.Action, error) {
	byRef := map[string]plan.Action{}
	if !c.May(right.SeeActions, s.Interval) {
		return byRef, nil
	}
	actions, _, err := plan.List(c.Ctx, tx, right.Visible(c.Actor, right.SeeActions), plan.Filter{Structure: string(s.ID), Origin: plan.RequirementUnmet, States: []plan.State{plan.Open, plan.Doing, plan.Done}}, mostAsked, 0)
	for _, a := range actions {
		byRef[a.OriginRef] = a
	}
	return byRef, err
}

// planRequirement puts what is missing for a requirement into the action plan: the next step that its verdict proposes today.
func (m *Module) planRequirement(c *web.Context) error {
	var form struct {
		Requirement string `form:"requirement,max=64"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	_, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	created := false
	err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
		a, err := m.missing(c, tx, s, form.Requirement)
		if err != nil {
			return err
		}
		var id string
		if id, created, err = plan.Add(c.Ctx, tx, c.Scope, a, m.now()); err != nil || !created {
			return err
		}
		return m.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "action.create", Structure: string(s.ID), Subject: "action/" + id,
			Data: trail.Data(map[string]any{"title": a.Title, "requirement": a.OriginRef})})
	})
	if err != nil {
		return err
	}
	if created {
		c.Flash(ui.Good, "overview.planned")
	} else {
		c.Flash(ui.Info, "overview.planned_already")
	}
	return c.Redirect(address(s.ID) + "/referentials/" + c.Path("package") + "#r-" + form.Requirement)
}

// missing writes the action for a requirement that is not met, or of which nobody knows.
func (m *Module) missing(c *web.Context, tx *store.Tx, s territory.Structure, code string) (plan.Action, error) {
	set, err := m.shelf.At(c.Ctx, tx, m.now())
	if err != nil {
		return plan.Action{}, err
	}
	p, known := set.Find(c.Path("package"))
	if !known || !assessed(s.Kind) || p.Kind == referential.Checklist {
		return plan.Action{}, fault.NotFound("overview.no_package")
	}
	judged, err := proof.Assess(c.Ctx, tx, postureOf(c.Actor), p, s, m.now(), c.Printer.Zone())
	if err != nil {
		return plan.Action{}, err
	}
	verdict, known := judged.Verdict(code)
	if !known {
		return plan.Action{}, fault.NotFound("overview.no_package")
	}
	next := verdict.NextAction
	if next == nil || verdict.Status != referential.NotMet && verdict.Status != referential.Unknown {
		return plan.Action{}, fault.Conflict("overview.nothing_missing")
	}
	a := plan.Action{Structure: string(s.ID), Title: shortened(next.Text(lang(c.Ctx), c.Printer.Zone())), Origin: plan.RequirementUnmet, OriginRef: requirementRef(p.ID, code),
		OriginURL: address(s.ID) + "/referentials/" + p.ID + "#r-" + code, Effort: weightOf(next.Effort), Gain: gainOf(p), CreatedBy: c.Actor.Person}
	for _, r := range p.Requirements() {
		if r.Code == code {
			a.Detail = requirementDetail(c.Ctx, p, r, verdict)
		}
	}
	return a, nil
}

// requirementDetail says which requirement is meant and what it lacks.
func requirementDetail(ctx context.Context, p *referential.Package, r referential.Requirement, v referential.Verdict) string {
	text := fmt.Sprintf("%s (%s)", r.Title.In(lang(ctx)), p.Title.In(lang(ctx)))
	for i, c := range v.Criteria {
		if c.Reasons.Status == referential.Met || c.Reasons.Status == referential.NotApplicable || c.Advice || i >= len(r.Criteria) {
			continue
		}
		text += "\n– " + r.Criteria[i].Title.In(lang(ctx))
	}
	return text
}

// longestTitle is what the plan takes as a title, in characters.
const longestTitle = 200

// shortened is a text as the title of an action.
func shortened(text string) string {
	title := []rune(text)
	if len(title) <= longestTitle {
		return text
	}
	return string(title[:longestTitle-1]) + "…"
}

// weightOf is an effort of a package (1 an hour to 5 more than a month) as the plan weighs it.
func weightOf(effort int) plan.Weight {
	switch {
	case effort <= 0:
		return ""
	case effort <= 2:
		return plan.Low
	case effort == 3:
		return plan.Medium
	}
	return plan.High
}

// gainOf is what meeting a requirement brings: most for what is paid or owed.
func gainOf(p *referential.Package) plan.Weight {
	if p.Kind == referential.Call || p.Kind == referential.Duty {
		return plan.High
	}
	return plan.Medium
}
