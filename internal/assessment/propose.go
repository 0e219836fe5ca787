package assessment

import (
	"time"

	"hygie/internal/place"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/referential"
)

// proposal is an answer that is offered, with where it comes from.
type proposal struct {
	Question referential.Question
	Choice   referential.Choice
	From     Source
	Why      string    // what the facts say
	Note     string    // of the previous answer
	At       time.Time // of the previous answer
	Changed  bool      // the question was worded otherwise then
}

// propose lists what facts, else the previous self-assessment, say for the questions that have no answer yet. Nothing is copied by it.
func (m *Module) propose(c *web.Context, tx *store.Tx, s territory.Structure, a Assessment, p *referential.Package, last map[string]Answer) ([]proposal, error) {
	world, err := proof.World(c.Ctx, tx, c.Scope, s, m.now(), c.Printer.Zone())
	if err != nil {
		return nil, err
	}
	spoken := map[string]referential.Proposal{}
	for _, one := range p.Propose(world, m.now()) {
		spoken[one.Question] = one
	}
	shown, err := m.shown(c, tx, world, p)
	if err != nil {
		return nil, err
	}
	before, err := m.previous(c, tx, a)
	if err != nil {
		return nil, err
	}
	var all []proposal
	for _, q := range p.Questions() {
		if _, answered := last[q.Code]; answered {
			continue
		}
		if one, ok := spoken[q.Code]; ok {
			choice, _ := q.Choice(one.Choice)
			all = append(all, proposal{Question: q, Choice: choice, From: FromFacts, Why: one.Reasons.Text(lang(c.Ctx), c.Printer.Zone())})
		} else if why, ok := shown[q.Code]; ok {
			all = append(all, proposal{Question: q, Choice: enough(q), From: FromFacts, Why: why})
		} else if old, ok := before[q.Code]; ok {
			if choice, known := q.Choice(old.Choice); known {
				all = append(all, proposal{Question: q, Choice: choice, From: FromPrevious, Note: old.Note, At: old.At, Changed: old.Meaning != q.Fingerprint()})
			}
		}
	}
	return all, nil
}

// shown tells, by question, which requirement of another package shows the whole of its requirement.
func (m *Module) shown(c *web.Context, tx *store.Tx, world referential.World, p *referential.Package) (map[string]string, error) {
	why := map[string]string{}
	set, err := m.shelf.Now(c.Ctx, tx, m.now())
	if err != nil || set.Links == nil {
		return why, err
	}
	judged, byID := map[string]referential.Assessment{}, map[string]*referential.Package{}
	for _, other := range set.Packages {
		if other.ID == p.ID || !set.Links.Joins(p.ID, other.ID) {
			continue
		}
		judged[other.ID], byID[other.ID] = other.Evaluate(world, m.now()), other
	}
	requirements := map[string]referential.Requirement{}
	for _, r := range p.Requirements() {
		requirements[r.Code] = r
	}
	for _, one := range set.Links.Shown(p.ID, judged) {
		if !one.Whole {
			continue
		}
		other := byID[one.By.Package]
		title := one.By.Code
		for _, r := range other.Requirements() {
			if r.Code == one.By.Code {
				title = r.Title.In(lang(c.Ctx))
			}
		}
		for _, q := range requirements[one.Code].Questions {
			if _, twice := why[q.Code]; twice || enough(q).Code == "" {
				continue
			}
			key, args := "assessment.shown_by_endless", []any{"requirement", title, "package", other.Title.In(lang(c.Ctx)), "date", one.Verdict.RestsOn()}
			if until, _ := set.Board.HoldsUntil(world, m.now(), one.By); !until.IsZero() {
				key, args = "assessment.shown_by", append(args, "until", until)
			}
			why[q.Code] = c.T(key, args...)
		}
	}
	return why, nil
}

// enough is the least choice of a question that meets its requirement: what is proposed claims no more than what is shown.
func enough(q referential.Question) referential.Choice {
	var least referential.Choice
	for _, choice := range q.Choices {
		if choice.Outcome == referential.OutcomeMet && (least.Code == "" || choice.Score < least.Score) {
			least = choice
		}
	}
	return least
}

// previous are the answers of the last self-assessment of the same questionnaire that was finished before.
func (m *Module) previous(c *web.Context, tx *store.Tx, a Assessment) (map[string]Answer, error) {
	all, err := of(c.Ctx, tx, c.Scope, a.Structure, a.Package)
	if err != nil {
		return nil, err
	}
	for _, earlier := range all {
		if earlier.State == Done && earlier.ID != a.ID && earlier.Subject == a.Subject {
			given, err := answers(c.Ctx, tx, c.Scope, earlier.ID)
			return latest(given), err
		}
	}
	return nil, nil
}

// proposals shows the answers that can be taken over.
func (m *Module) proposals(c *web.Context) error {
	v, err := m.load(c)
	if err != nil {
		return err
	}
	if v.State != Open {
		return c.Redirect(href(v.Assessment))
	}
	page := web.Page{Title: c.T("assessment.proposals"), Lead: c.T("assessment.proposals_lead"), Place: v.At, Crumbs: v.crumbs(c, true)}
	return c.Page(page, proposalForm(v))
}

// take answers with the proposals that were ticked. What is no longer proposed is left alone.
func (m *Module) take(c *web.Context) error {
	var form struct {
		Take []string `form:"take,max=80"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	_, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, code := range form.Take {
		wanted[code] = true
	}
	taken := 0
	var a Assessment
	err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
		taken = 0
		var p *referential.Package
		if a, p, err = m.found(c.Ctx, tx, c.Scope, string(s.ID), c.Path("assessment")); err != nil {
			return err
		}
		given, err := answers(c.Ctx, tx, c.Scope, a.ID)
		if err != nil {
			return err
		}
		all, err := m.propose(c, tx, s, a, p, latest(given))
		if err != nil {
			return err
		}
		for _, one := range all {
			if !wanted[one.Question.Code] {
				continue
			}
			x := Answer{Question: one.Question.Code, Choice: one.Choice.Code, Note: one.Note, Source: one.From}
			if err := m.reply(c.Ctx, tx, c.Actor, c.Scope, a, p, x); err != nil {
				return err
			}
			taken++
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.Flash(tone(taken > 0), "assessment.taken", "count", taken)
	return c.Redirect(href(a))
}

// mayAnswer tells whether the reader may answer for the place.
func mayAnswer(c *web.Context, at *web.Place) bool { return c.May(right.AddProof, at.Interval) }
