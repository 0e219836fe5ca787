package overview

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"hygie/internal/fault"
	"hygie/internal/place"
	"hygie/internal/plan"
	"hygie/internal/proof"
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
	var all []assessment
	for _, p := range m.packages {
		a, err := proof.Assess(ctx, tx, scope, p, s, at, zone(ctx))
		if err != nil {
			return nil, fmt.Errorf("assess %s against %s: %w", s.ID, p.ID, err)
		}
		all = append(all, assessment{Package: p, Assessment: a})
	}
	return all, nil
}

// situation is the page of a structure.
func (m *Module) situation(c *web.Context) error {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	v := situationView{Structure: s, Posture: c.May(right.SeePosture, s.Interval), Actions: c.May(right.SeeActions, s.Interval), Audits: c.May(right.SeeAudit, s.Interval)}
	page := web.Page{Title: s.Name, Over: at.Kind, Place: at, Actions: ui.PrintButton()}
	err = m.db.View(c.Ctx, func(tx *store.Tx) error { return m.load(c, tx, &v, &page) })
	if err != nil {
		return err
	}
	return c.Page(page, m.situationBody(c, v))
}

// situationView is everything the page of a structure shows.
type situationView struct {
	Structure   territory.Structure
	Children    []territory.Structure
	MoreBelow   bool
	Groups      []territory.Member
	Members     []territory.Member
	Measure     *measure
	Measured    map[string]measure // of the children
	Tally       plan.Tally
	Assessments []assessment
	Next        ui.NextAction
	Entity      *ui.Link // where an establishment is judged

	Posture, Actions, Audits bool
}

// childrenShown is how many structures below are listed; the list of structures has them all.
const childrenShown = 30

func (m *Module) load(c *web.Context, tx *store.Tx, v *situationView, page *web.Page) (err error) {
	id := string(v.Structure.ID)
	if page.Crumbs, err = place.Way(c.Ctx, tx, c.Scope, v.Structure.ID); err != nil {
		return err
	}
	if v.Structure.Kind == territory.Establishment && len(page.Crumbs) > 0 {
		v.Entity = &page.Crumbs[len(page.Crumbs)-1]
	}
	next := ""
	if v.Children, next, err = territory.Children(c.Ctx, tx, c.Scope, v.Structure.ID, "", childrenShown); err != nil {
		return err
	}
	v.MoreBelow = next != ""
	if v.Groups, err = territory.Memberships(c.Ctx, tx, c.Scope, v.Structure.ID); err != nil {
		return err
	}
	if v.Structure.Kind == territory.Group {
		if v.Members, err = territory.Members(c.Ctx, tx, c.Scope, v.Structure.ID); err != nil {
			return err
		}
	}
	if v.Actions {
		if v.Tally, err = plan.Count(c.Ctx, tx, right.Visible(c.Actor, right.SeeActions), id, m.now()); err != nil {
			return err
		}
	}
	if !v.Posture {
		return nil
	}
	posture := right.Visible(c.Actor, right.SeePosture)
	ids := []string{id}
	for _, child := range v.Children {
		ids = append(ids, string(child.ID))
	}
	for _, member := range v.Members {
		ids = append(ids, string(member.Subject.ID))
	}
	if v.Measured, err = levels(c.Ctx, tx, posture, m.now(), ids...); err != nil {
		return err
	}
	if l, ok := v.Measured[id]; ok {
		v.Measure = &l
	}
	if assessed(v.Structure.Kind) {
		if v.Assessments, err = m.assess(c.Ctx, tx, posture, v.Structure, m.now()); err != nil {
			return err
		}
		v.Next = m.nextAction(c, v.Structure, v.Assessments)
	}
	return nil
}

// nextAction is the first thing to do for a structure among what the packages propose: what the platform can do here and now comes before what it
// can only advise.
func (m *Module) nextAction(c *web.Context, s territory.Structure, all []assessment) ui.NextAction {
	var able, others []*referential.Action
	from := map[*referential.Action]*referential.Package{}
	for _, a := range all {
		for _, v := range a.Requirements {
			if v.NextAction == nil {
				continue
			}
			from[v.NextAction] = a.Package
			if m.button(c, s, *v.NextAction).Text != "" {
				able = append(able, v.NextAction)
			} else {
				others = append(others, v.NextAction)
			}
		}
	}
	best := referential.First(m.now(), c.Printer.Zone(), able...)
	if best == nil {
		best = referential.First(m.now(), c.Printer.Zone(), others...)
	}
	if best == nil {
		return ui.NextAction{}
	}
	lang := referential.Lang(c.Printer.Lang())
	next := ui.NextAction{Line: best.Text(lang, c.Printer.Zone()), Act: m.button(c, s, *best)}
	if p := from[best]; p != nil {
		next.Why = c.T("overview.next_why", "package", p.Title.In(lang))
	}
	return next
}

// button leads to the page where an action is done, when the platform has one and the reader may.
func (m *Module) button(c *web.Context, s territory.Structure, a referential.Action) ui.Button {
	act, ok := m.acts[a.Act]
	if !ok || !c.May(act.Right, s.Interval) {
		return ui.Button{}
	}
	return ui.Button{Text: c.T("overview.act_" + strings.ReplaceAll(a.Act, ".", "_")), Kind: ui.Primary, Href: strings.ReplaceAll(act.Path, "{structure}", string(s.ID))}
}

// referential is the page of one package for a structure: every requirement with its verdict and reasons, today or at an earlier day.
func (m *Module) referential(c *web.Context) error {
	at, s, err := place.Of(c, m.db)
	if err != nil {
		return err
	}
	index := slices.IndexFunc(m.packages, func(p *referential.Package) bool { return p.ID == c.Path("package") })
	if index < 0 || !assessed(s.Kind) {
		return fault.NotFound("overview.no_package")
	}
	day, wrong := m.day(c)
	p := m.packages[index]
	var a referential.Assessment
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		a, err = proof.Assess(c.Ctx, tx, c.Scope, p, s, day, c.Printer.Zone())
		return err
	})
	if err != nil {
		return err
	}
	lang := referential.Lang(c.Printer.Lang())
	page := web.Page{Title: p.Title.In(lang), Place: at, Lead: p.Aim.In(lang), Actions: ui.PrintButton(), Errors: wrong}
	return c.Page(page, m.referentialBody(c, s, p, a, day))
}

// day is the moment of the assessment: the end of the day asked for (?au=2026-03-31), or now.
func (m *Module) day(c *web.Context) (time.Time, ui.Errors) {
	now := m.now()
	text := c.Query("au")
	if text == "" {
		return now, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, c.Printer.Zone())
	if err != nil {
		return now, ui.Errors{{Name: "au", Key: "web.not_day"}}
	}
	if end := day.AddDate(0, 0, 1).Add(-time.Millisecond); end.Before(now) {
		return end, nil
	}
	return now, nil
}

// address of a structure's page.
func address(id territory.ID) string { return "/structures/" + url.PathEscape(string(id)) }
