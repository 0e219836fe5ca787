package overview

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential"
)

// reach is where an act that a verdict proposes may have to be done: the structure itself and, for a group, its members.
type reach struct {
	here   territory.Structure
	others map[string]territory.Interval
}

// reach reads where the acts proposed to a structure may be done.
func (m *Module) reach(c *web.Context, tx *store.Tx, s territory.Structure) (reach, error) {
	near := reach{here: s, others: map[string]territory.Interval{}}
	if s.Kind != territory.Group {
		return near, nil
	}
	members, err := territory.Members(c.Ctx, tx, right.Visible(c.Actor, right.SeeStructure), s.ID)
	for _, member := range members {
		if member.Within {
			near.others[string(member.Subject.ID)] = member.Subject.Interval
		}
	}
	return near, err
}

// mendAct is the code of the act that leads to what a directory audit found.
const mendAct = "plan.directory"

// nextAction is the first thing to do for a structure. An open danger comes before everything: a directory at the worst level. Then, among what the
// packages propose, what the platform can do here and now comes before what it can only advise.
func (m *Module) nextAction(c *web.Context, near reach, l *measure, all []assessment) ui.NextAction {
	if l != nil && l.level == worstLevel {
		return ui.NextAction{Line: c.T("overview.danger"), Why: c.T("overview.danger_why", "date", c.Printer.Date(l.at)), Act: m.button(c, near, referential.Action{Act: mendAct})}
	}
	var able, others []*referential.Action
	from := map[*referential.Action]*referential.Package{}
	for _, a := range all {
		for _, v := range a.Requirements {
			if v.NextAction == nil {
				continue
			}
			from[v.NextAction] = a.Package
			if m.button(c, near, *v.NextAction).Text != "" {
				able = append(able, v.NextAction)
			} else {
				others = append(others, v.NextAction)
			}
		}
	}
	best, times := referential.First(m.now(), c.Printer.Zone(), able...)
	if best == nil {
		best, times = referential.First(m.now(), c.Printer.Zone(), others...)
	}
	if best == nil {
		return ui.NextAction{}
	}
	lang := referential.Lang(c.Printer.Lang())
	next := ui.NextAction{Line: best.Text(lang, c.Printer.Zone()), Act: m.button(c, near, *best)}
	if p := from[best]; p != nil {
		next.Why = c.T("overview.next_why", "package", p.Title.In(lang))
	}
	if times > 1 {
		next.Why = c.T("overview.next_why_many", "count", times)
	}
	return next
}

// button leads to the page where an action is done, on the structure that has to do it, when the platform has one and the reader may.
func (m *Module) button(c *web.Context, near reach, a referential.Action) ui.Button {
	where := cmp.Or(a.Structure, string(near.here.ID))
	interval, known := near.others[where]
	if where == string(near.here.ID) {
		interval, known = near.here.Interval, true
	}
	code := m.actCode(near, a)
	act, ok := m.acts[code]
	if !ok || !known || !c.May(act.Right, interval) || act.Fits != nil && !act.Fits(a.Subject) {
		return ui.Button{}
	}
	return ui.Button{Text: c.T("overview.act_" + strings.NewReplacer(".", "_", "-", "_").Replace(code)), Kind: ui.Primary, Href: strings.NewReplacer("{structure}", url.PathEscape(where), "{subject}", url.PathEscape(a.Subject)).Replace(act.Path)}
}

// actCode is the code of an act. A document that the platform writes itself for a group has an act of its own, named after the kind of document; it is
// preferred to depositing a file. An observation for which no act is named is said by people.
func (m *Module) actCode(near reach, a referential.Action) string {
	if a.Act == "" && slices.Contains([]referential.ActionKind{referential.RunAct, referential.RepeatAct, referential.CompleteAct, referential.ImproveAct}, a.Kind) {
		return SayAct
	}
	own := a.Act + "." + a.Subject
	if _, ok := m.acts[own]; ok && near.here.Kind == territory.Group && cmp.Or(a.Structure, string(near.here.ID)) == string(near.here.ID) {
		return own
	}
	return a.Act
}
