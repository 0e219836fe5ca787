package overview

import (
	"hygie/internal/locale"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// Alarm tells of what comes before everything in a structure, such as an incident under way, to a reader who follows it; nothing when its Line is
// empty. It is asked in the transaction of the page.
type Alarm func(c *web.Context, tx *store.Tx, s territory.Structure) (ui.NextAction, error)

// ask asks another module, if there is one.
func (a Alarm) ask(c *web.Context, tx *store.Tx, s territory.Structure) (ui.NextAction, error) {
	if a == nil {
		return ui.NextAction{}, nil
	}
	return a(c, tx, s)
}

// Waits tells of work that another module keeps and that waits for somebody by one of their roles, such as applications on the desk of an agency; nothing when
// its Line is empty. It is asked in the transaction of the page.
type Waits func(c *web.Context, tx *store.Tx, g right.Grant, s territory.Structure) (ui.NextAction, error)

// ask asks another module, if there is one.
func (w Waits) ask(c *web.Context, tx *store.Tx, g right.Grant, s territory.Structure) (ui.NextAction, error) {
	if w == nil {
		return ui.NextAction{}, nil
	}
	return w(c, tx, g, s)
}

// wideNext is the first thing to do for who looks at many structures, by their role: what waits on their own desk; what endangers people; then what is not
// known. Who steers works on figures, and is led to the region that is furthest behind.
func (m *Module) wideNext(c *web.Context, tx *store.Tx, g right.Grant, v survey) (ui.NextAction, error) {
	if next, err := m.waits.ask(c, tx, g, v.Structure); err != nil || next.Line != "" {
		return next, err
	}
	if !v.Posture {
		return ui.NextAction{}, nil
	}
	if !v.Names {
		return v.behind(c.Printer), nil
	}
	if next := v.endangered(c.Printer); next.Line != "" {
		return next, nil
	}
	if v.Structure.Kind == territory.Group { // what the referentials ask of the group itself
		all, err := m.assess(c.Ctx, tx, postureOf(c.Actor), v.Structure, m.now())
		if err != nil {
			return ui.NextAction{}, err
		}
		near, err := m.reach(c, tx, v.Structure)
		if err != nil {
			return ui.NextAction{}, err
		}
		if next := m.nextAction(c, near, nil, all); next.Line != "" {
			return next, nil
		}
	}
	for _, next := range []ui.NextAction{v.late(c.Printer), v.unmeasured(c.Printer), v.weak(c.Printer)} {
		if next.Line != "" {
			return next, nil
		}
	}
	return ui.NextAction{}, nil
}

// endangered are the directories that can be taken.
func (s survey) endangered(p *locale.Printer) ui.NextAction {
	if s.ByLevel[worstLevel] == 0 {
		return ui.NextAction{}
	}
	return ui.NextAction{Line: p.T("overview.next_worst", "count", s.ByLevel[worstLevel]), Why: p.T("overview.next_worst_why"),
		Act: ui.Button{Text: p.T("overview.next_which"), Kind: ui.Primary, Href: s.href("1")}}
}

// late are the actions that should be done; only who follows plans sees them.
func (s survey) late(p *locale.Printer) ui.NextAction {
	if s.Late == 0 {
		return ui.NextAction{}
	}
	return ui.NextAction{Line: p.T("overview.next_late", "count", s.Late), Why: p.T("overview.next_late_why"),
		Act: ui.Button{Text: p.T("overview.next_late_see"), Kind: ui.Primary, Href: "/actions?state=late"}}
}

// unmeasured are the directories of which nothing is known.
func (s survey) unmeasured(p *locale.Printer) ui.NextAction {
	if s.ByLevel[0] == 0 {
		return ui.NextAction{}
	}
	return ui.NextAction{Line: p.T("overview.next_unmeasured", "count", s.ByLevel[0], "all", s.Entities), Why: p.T("overview.next_unmeasured_why"),
		Act: ui.Button{Text: p.T("overview.next_which"), Kind: ui.Primary, Href: s.href(neverMeasured)}}
}

// weak are the directories at the level above the worst.
func (s survey) weak(p *locale.Printer) ui.NextAction {
	if s.ByLevel[worstLevel+1] == 0 {
		return ui.NextAction{}
	}
	return ui.NextAction{Line: p.T("overview.next_weak", "count", s.ByLevel[worstLevel+1]), Why: p.T("overview.next_weak_why"),
		Act: ui.Button{Text: p.T("overview.next_which"), Kind: ui.Primary, Href: s.href("2")}}
}

// lagging is how many entities of a part are unmeasured or in danger.
func (p part) lagging() int { return p.ByLevel[0] + p.ByLevel[1] + p.ByLevel[2] }

// behind is the part of a survey that is furthest behind; the larger one of two that are alike.
func (s survey) behind(p *locale.Printer) ui.NextAction {
	var worst part
	for _, one := range s.Parts {
		mine, most := one.lagging()*worst.Entities, worst.lagging()*one.Entities
		if one.lagging() > 0 && (worst.Entities == 0 || mine > most || mine == most && one.Entities > worst.Entities) {
			worst = one
		}
	}
	if worst.Entities == 0 {
		return ui.NextAction{}
	}
	whole := part{Entities: s.Entities, ByLevel: s.ByLevel}
	return ui.NextAction{Line: p.T("overview.next_behind", "name", worst.Name, "count", worst.lagging(), "all", worst.Entities),
		Why: p.T("overview.next_behind_why", "share", p.Percent(int64(worst.lagging()), int64(worst.Entities)), "mean", p.Percent(int64(whole.lagging()), int64(whole.Entities))),
		Act: ui.Button{Text: p.T("overview.next_behind_see"), Kind: ui.Primary, Href: address(worst.ID) + "/standings"}}
}

// lateHere are the actions of one structure that should be done.
func (one card) lateHere(p *locale.Printer) ui.NextAction {
	if !one.Actions || one.Tally.Late == 0 {
		return ui.NextAction{}
	}
	return ui.NextAction{Line: p.T("overview.next_late", "count", one.Tally.Late), Why: p.T("overview.next_late_why"),
		Act: ui.Button{Text: p.T("overview.next_late_see"), Kind: ui.Primary, Href: address(one.Structure.ID) + "/actions?state=late"}}
}
