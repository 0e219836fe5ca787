package overview

import (
	"context"

	"github.com/a-h/templ"

	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/replay"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// home leads a visitor to sign in, and shows everybody else what concerns them: each structure of theirs, a survey of what is below, or
// what an installation still needs.
func (m *Module) home(c *web.Context) error {
	if !c.Actor.SignedIn() {
		return c.Redirect(m.signIn)
	}
	when, wrong := replay.Read(c, m.now())
	var parts []templ.Component
	err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		parts, err = m.own(c, tx, when)
		return err
	})
	if err != nil {
		return err
	}
	if len(parts) == 0 {
		parts = []templ.Component{ui.Empty{Title: c.T("overview.none"), Text: c.T("overview.none_text")}}
	}
	page := web.Page{Title: c.T("overview.welcome", "name", c.Session.Name), Errors: wrong}
	return c.Page(page, homeBody(when, parts))
}

// mostOwn is how many structures the home page details; beyond, the list serves better.
const mostOwn = 6

// own makes a part of the home page for each role of the reader.
func (m *Module) own(c *web.Context, tx *store.Tx, when replay.Moment) ([]templ.Component, error) {
	var parts []templ.Component
	seen := map[string]bool{}
	for _, g := range c.Actor.Grants {
		if seen[g.Structure] || len(parts) == mostOwn {
			continue
		}
		seen[g.Structure] = true
		one, err := m.part(c, tx, g, when)
		if err != nil {
			return nil, err
		}
		parts = append(parts, one)
	}
	return parts, nil
}

func (m *Module) part(c *web.Context, tx *store.Tx, g right.Grant, when replay.Moment) (templ.Component, error) {
	if g.Structure == "" {
		s, err := m.installation(c, tx)
		return installationPart(s), err
	}
	structure, err := territory.Get(c.Ctx, tx, right.Visible(c.Actor, right.SeeStructure), territory.ID(g.Structure))
	if err != nil {
		return nil, err
	}
	if wide(structure.Kind) {
		if when.Replayed {
			return presentPart(when, structure), nil
		}
		s, err := m.survey(c, tx, structure, g.Role != right.NationalSteering)
		if err != nil {
			return nil, err
		}
		s.Next, err = m.wideNext(c, tx, g, s)
		return surveyPart(s), err
	}
	one, err := m.card(c, tx, g, structure, when)
	return cardPart(one), err
}

// card is one of the reader's own structures on the home page.
type card struct {
	Structure territory.Structure
	When      replay.Moment
	Measure   *measure
	Tally     plan.Tally
	Urgent    []ui.Task
	Next      ui.NextAction
	Counts    [3]int // requirements met, not met, unknown, over all packages
	Posture   bool   // the reader may see the level
	Actions   bool   // the reader may see the plan
	Axes      trajectory
}

// urgent is how many actions a card names.
const urgent = 3

func (m *Module) card(c *web.Context, tx *store.Tx, g right.Grant, s territory.Structure, when replay.Moment) (card, error) {
	one := card{Structure: s, When: when, Posture: c.May(right.SeePosture, s.Interval), Actions: c.May(right.SeeActions, s.Interval) && !when.Replayed}
	if one.Actions {
		var err error
		if one.Tally, one.Urgent, err = m.work(c, tx, s); err != nil {
			return one, err
		}
	}
	if !one.Posture {
		return one, nil
	}
	measures, err := levels(c.Ctx, tx, postureOf(c.Actor), when.At, string(s.ID))
	if err != nil {
		return one, err
	}
	one.Measure = measures[string(s.ID)]
	if assessed(s.Kind) {
		assessments, err := m.assess(c.Ctx, tx, postureOf(c.Actor), s, when.At)
		if err != nil {
			return one, err
		}
		one.Counts = counts(assessments)
		if one.Axes, err = m.follow(c.Ctx, tx, postureOf(c.Actor), s, when.At, 0); err != nil {
			return one, err
		}
		if !when.Replayed { // what to do is a matter of today
			if one.Next, err = m.ownNext(c, tx, g, one, assessments); err != nil {
				return one, err
			}
		}
	}
	return one, nil
}

// ownNext is the first thing to do for who works in one structure: an alarm, an open danger, what waits for the reader's own hand, what the referentials ask, what is late.
func (m *Module) ownNext(c *web.Context, tx *store.Tx, g right.Grant, one card, all []assessment) (ui.NextAction, error) {
	if alarm, err := m.alarm.ask(c, tx, one.Structure); err != nil || alarm.Line != "" {
		return alarm, err
	}
	next := m.nextAction(c, reach{here: one.Structure}, one.Measure, all)
	if one.Measure != nil && one.Measure.level == worstLevel {
		return next, nil
	}
	if waits, err := m.waits.ask(c, tx, g, one.Structure); err != nil || waits.Line != "" {
		return waits, err
	}
	if next.Line == "" {
		next = one.lateHere(c.Printer)
	}
	return next, nil
}

// work counts the plan of a structure and names its most urgent actions.
func (m *Module) work(c *web.Context, tx *store.Tx, s territory.Structure) (plan.Tally, []ui.Task, error) {
	scope := right.Visible(c.Actor, right.SeeActions)
	tally, err := plan.Count(c.Ctx, tx, scope, string(s.ID), m.now())
	if err != nil {
		return tally, nil, err
	}
	actions, _, err := plan.List(c.Ctx, tx, scope, plan.Filter{Structure: string(s.ID), States: []plan.State{plan.Open, plan.Doing}}, urgent, 0)
	if err != nil {
		return tally, nil, err
	}
	var tasks []ui.Task
	for _, a := range actions {
		task := ui.Task{Text: a.Title, Href: address(s.ID) + "/actions/" + a.ID, Status: ui.ToDo}
		switch {
		case a.Late(m.now()):
			task.Status = ui.Late
		case a.State == plan.Doing:
			task.Status = ui.Doing
		}
		if !a.DueOn.IsZero() {
			task.Hint = c.T("overview.due", "date", c.Printer.Date(a.DueOn))
		}
		tasks = append(tasks, task)
	}
	return tally, tasks, nil
}

// survey is where the entities below a structure stand together.
type survey struct {
	Structure territory.Structure
	Entities  int
	ByLevel   [bestLevel + 1]int // at 0 those never measured
	Parts     []part
	Alone     part // entities of no part
	Latest    []listed
	Late      int
	Next      ui.NextAction
	Posture   bool // the reader may see levels
	Actions   bool // the reader may see plans
	Names     bool // single entities may be named; else figures only
}

// Measured is how many entities have a level.
func (s survey) Measured() int { return s.Entities - s.ByLevel[0] }

// latestShown is how many of the last measures a survey names.
const latestShown = 6

// survey counts what is below a structure; names says whether single entities may stand in it.
func (m *Module) survey(c *web.Context, tx *store.Tx, s territory.Structure, names bool) (survey, error) {
	v := survey{Structure: s, Posture: c.May(right.SeePosture, s.Interval), Actions: c.May(right.SeeActions, s.Interval), Names: names}
	total, err := territory.Count(c.Ctx, tx, right.Visible(c.Actor, right.SeeStructure), s.ID)
	if err != nil {
		return v, err
	}
	v.Entities = total[territory.Entity][territory.Active]
	if v.Actions {
		tally, err := plan.CountInside(c.Ctx, tx, right.Visible(c.Actor, right.SeeActions), s.Interval, m.now())
		if err != nil {
			return v, err
		}
		v.Late = tally.Late
	}
	if !v.Posture {
		return v, nil
	}
	posture := postureOf(c.Actor)
	shares, err := proof.Spread(c.Ctx, tx, posture, levelKey, territory.Entity, s.Interval)
	if err != nil {
		return v, err
	}
	v.ByLevel[0] = v.Entities
	for _, share := range shares {
		v.ByLevel[levelIndex(share.Number)] += share.Structures
		v.ByLevel[0] -= share.Structures
	}
	if v.Parts, err = parts(c.Ctx, tx, posture, below(s.Kind), territory.Interval{Left: s.Interval.Left + 1, Right: s.Interval.Right}); err != nil {
		return v, err
	}
	v.Alone = v.alone()
	if names {
		v.Latest, err = latest(c.Ctx, tx, posture, s.Interval, latestShown)
	}
	return v, err
}

// below is the kind by which a survey is divided.
func below(k territory.Kind) territory.Kind {
	if k == territory.Nation {
		return territory.Region
	}
	return territory.Group
}

// alone are the entities that belong to none of the parts.
func (s survey) alone() part {
	rest := part{Entities: s.Entities, ByLevel: s.ByLevel}
	for _, p := range s.Parts {
		rest.Entities -= p.Entities
		for level, n := range p.ByLevel {
			rest.ByLevel[level] -= n
		}
	}
	return rest
}

// installation is what an administrator sees first.
type installation struct {
	Structures, People int
	Steps              []ui.Task
	Fresh              bool // nothing was loaded yet
}

// installation counts what there is and says what is missing, in the order in which to do it.
func (m *Module) installation(c *web.Context, tx *store.Tx) (installation, error) {
	var v installation
	counters, err := territory.Count(c.Ctx, tx, right.Visible(c.Actor, right.SeeStructure), "")
	if err != nil {
		return v, err
	}
	v.Structures = counters.Total()
	v.Fresh = v.Structures == 0
	if v.People, err = people(c.Ctx, tx); err != nil {
		return v, err
	}
	open, err := m.openParameters(c.Ctx, tx)
	if err != nil {
		return v, err
	}
	step := func(key, path string, done bool) {
		if path == "" {
			return
		}
		status := ui.ToDo
		if done {
			status = ui.Done
		}
		v.Steps = append(v.Steps, ui.Task{Text: c.T("overview.step_" + key), Hint: c.T("overview.step_" + key + "_hint"), Href: path, Status: status})
	}
	step("territory", m.setup.Territory, !v.Fresh)
	step("people", m.setup.People, v.People > 1)
	step("parameters", m.setup.Parameters, open == 0)
	if m.setup.Doctor != "" {
		v.Steps = append(v.Steps, ui.Task{Text: c.T("overview.step_doctor"), Hint: c.T("overview.step_doctor_hint"), Href: m.setup.Doctor})
	}
	return v, nil
}

// openParameters counts the parameters of referentials that still have no value.
func (m *Module) openParameters(ctx context.Context, tx *store.Tx) (int, error) {
	open := 0
	set, err := m.shelf.Now(ctx, tx, m.now())
	if err != nil {
		return 0, err
	}
	for _, p := range set.Judged.Packages() {
		for _, parameter := range p.Parameters {
			if parameter.Value.Kind == "" {
				open++
			}
		}
	}
	return open, nil
}
