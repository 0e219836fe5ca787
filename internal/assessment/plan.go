package assessment

import (
	"slices"

	"hygie/internal/fault"
	"hygie/internal/plan"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// firstMeasures is how many measures are shown unfolded and ticked: more would not be read.
const firstMeasures = 6

// planned puts the ticked measures into the plan. One that is there already stays as it is.
func (m *Module) planned(c *web.Context) error {
	var form struct {
		Measures []string `form:"measure,max=80"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	if len(form.Measures) == 0 {
		return fault.Conflict("assessment.tick_one")
	}
	v, err := m.load(c)
	if err != nil {
		return err
	}
	if v.State != Done {
		return fault.Conflict("assessment.not_done")
	}
	added := 0
	err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
		added = 0
		for _, gap := range v.Pkg.Gaps(choices(v.Last)) {
			if !slices.Contains(form.Measures, gap.Question.Code) {
				continue
			}
			_, created, err := plan.Add(c.Ctx, tx, c.Scope, v.action(c, gap), m.now())
			if err != nil {
				return err
			}
			if created {
				added++
			}
		}
		if added == 0 {
			return nil
		}
		return m.trail.Append(c.Ctx, tx, m.entry(c.Actor, "assessment.plan", v.Assessment, map[string]any{"actions": added}))
	})
	if err != nil {
		return err
	}
	if added == 0 {
		c.Flash(ui.Info, "assessment.planned_none")
	} else {
		c.Flash(ui.Good, "assessment.planned", "count", added)
	}
	return c.Redirect("/structures/" + v.Assessment.Structure + "/actions")
}

// action is the action of the plan that closes a gap. The same question of a later self-assessment asks for the same action.
func (v view) action(c *web.Context, gap referential.Gap) plan.Action {
	q := gap.Question
	answer := c.T("assessment.dont_know")
	if choice, ok := q.Choice(gap.Answer); ok {
		answer = choice.Text.In(lang(c.Ctx))
	}
	detail := c.T("assessment.action_detail", "question", q.Text.In(lang(c.Ctx)), "answer", answer, "date", c.Printer.Date(v.DoneAt))
	if lifts := lifted(c.Printer, gap); lifts != "" {
		detail += " " + lifts
	}
	if why := v.why(q.Code).In(lang(c.Ctx)); why != "" {
		detail = why + "\n\n" + detail
	}
	return plan.Action{Structure: v.Assessment.Structure, Title: titled(v.measure(gap).In(lang(c.Ctx)), v.Assessment), Detail: detail, Origin: plan.AssessmentAnswer,
		OriginRef: refOf(v.Assessment, q.Code), OriginURL: href(v.Assessment), Effort: weightOf(gap.Effort), Gain: v.gainOf(gap), CreatedBy: c.Actor.Person}
}

// refOf is the identity of what a question asks for, so that it is asked for once.
func refOf(a Assessment, question string) string {
	if a.Subject == "" {
		return a.Package + "/" + question
	}
	return a.Package + "/" + question + "/" + a.Subject
}

// measure is what to do: the improvement that the package gives, else the requirement itself.
func (v view) measure(gap referential.Gap) referential.Text {
	if !gap.Question.Improve.Text.IsZero() {
		return gap.Question.Improve.Text
	}
	return v.requirement(gap.Requirement).Title
}

// requirement finds a requirement of the package.
func (v view) requirement(code string) referential.Requirement {
	for _, r := range v.Pkg.Requirements() {
		if r.Code == code {
			return r
		}
	}
	return referential.Requirement{}
}

// why is the reason for a question: of its requirement, objective or theme, whichever says it first.
func (v view) why(question string) referential.Text {
	for _, axis := range v.Pkg.Axes {
		for _, o := range axis.Objectives {
			for _, r := range o.Requirements {
				if slices.ContainsFunc(r.Questions, func(q referential.Question) bool { return q.Code == question }) {
					for _, text := range []referential.Text{r.Aim, o.Aim, axis.Aim} {
						if !text.IsZero() {
							return text
						}
					}
				}
			}
		}
	}
	return referential.Text{}
}

// weightOf turns an effort from 1 (an hour) to 5 (more than a month) into a weight of the plan.
func weightOf(effort int) plan.Weight {
	switch {
	case effort <= 2:
		return plan.Low
	case effort == 3:
		return plan.Medium
	}
	return plan.High
}

// gainOf tells how much a measure brings beside an even share of the questionnaire.
func (v view) gainOf(gap referential.Gap) plan.Weight {
	share := 1 / float64(max(1, v.Result.Questions))
	switch {
	case gap.Gain >= share:
		return plan.High
	case gap.Gain >= share/2:
		return plan.Medium
	}
	return plan.Low
}
