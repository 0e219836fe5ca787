package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"hygie/directory/control"
	"hygie/directory/report"
	"hygie/directory/report/wording"
	"hygie/internal/fault"
	"hygie/internal/locale"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/trail"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/journal"
)

// fixList is the page of the plan that closes the ways into tier 0.
type fixList struct {
	controlView
	Chosen   []int             // ranks
	Mended   []report.PointRef // points taken to be mended
	Tried    *report.WhatIf    // what the chosen changes come to; nil when none is chosen
	NotTried string            // message that says why they could not be tried
	Left     int               // ways of the report that the chosen changes leave open, when they could not be tried
	Failing  []Point           // to choose among
	Planned  map[string]plan.Action

	texts func(point string) string

	mayPlan bool
}

// fixes shows the plan, and what the chosen changes would leave open.
func (m *Module) fixes(c *web.Context) error {
	v, err := m.control(c, "audit.fixes_title")
	if err != nil {
		return err
	}
	l := fixList{controlView: v, mayPlan: c.May(right.EditActions, v.Page.Place.Interval)}
	for _, text := range c.R.URL.Query()["fix"] {
		rank, err := strconv.Atoi(text)
		if err == nil && rank >= 1 && rank <= len(v.Report.Fixes) && !slices.Contains(l.Chosen, rank) {
			l.Chosen = append(l.Chosen, rank)
		}
	}
	l.Mended, l.Left = readMended(c.R.URL.Query()["point"]), left(v.Report, l.Chosen)
	l.texts = func(point string) string {
		text, _ := m.catalog(c).Point(point)
		return cmp.Or(text.Title, point)
	}
	var dump proof.Evidence
	err = m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if l.Planned, err = planned(c.Ctx, tx, c, v.Run.Structure); err != nil {
			return err
		}
		rows, err := pointsOf(c.Ctx, tx, v.Run.ID)
		if err != nil {
			return err
		}
		l.Failing = view{Points: rows, catalog: m.catalog(c)}.failing()
		dump, err = proof.ByID(c.Ctx, tx, c.Scope, v.Run.DumpID)
		return err
	})
	if err != nil {
		return err
	}
	if err := m.tryChosen(c, &l, dump); err != nil {
		return err
	}
	l.Page.Lead = c.T("audit.fixes_lead")
	return c.Page(l.Page, fixesBody(l, fixesTable(c.Ctx, l)))
}

// left is what chosen changes leave open of the ways of the report.
func left(r *report.Report, chosen []int) (ways int) {
	for _, p := range r.Paths {
		if !slices.ContainsFunc(chosen, func(rank int) bool { return cuts(r.Fixes[rank-1], p) }) {
			ways++
		}
	}
	return ways
}

// cuts tells whether a change takes away a right that a way needs.
func cuts(f report.Fix, p report.Path) bool {
	return slices.ContainsFunc(p.Steps, func(s report.Step) bool {
		if s.Right != f.Right || s.Object != f.Object && (f.Objects < 2 || f.ACE == "" || s.ACE != f.ACE) {
			return false
		}
		if f.Right == control.MemberOf.String() && f.Count > 1 {
			return f.Count > len(f.Members) || slices.ContainsFunc(f.Members, func(m report.Principal) bool { return m.DN == s.From })
		}
		return s.From == f.Trustee.DN
	})
}

// planFixes turns chosen changes into actions; those that are in the plan already stay as they are.
func (m *Module) planFixes(c *web.Context) error {
	var form struct {
		Fixes []string `form:"fix,max=10"`
	}
	if err := c.Decode(&form); err != nil {
		return err
	}
	v, err := m.control(c, "audit.fixes_title")
	if err != nil {
		return err
	}
	added := 0
	err = m.db.Update(c.Ctx, func(tx *store.Tx) error {
		added = 0
		for _, text := range form.Fixes {
			rank, err := strconv.Atoi(text)
			if err != nil || rank < 1 || rank > len(v.Report.Fixes) {
				return fault.NotFound("audit.no_fix")
			}
			_, created, err := plan.Add(c.Ctx, tx, c.Scope, fixAction(c, v, v.Report.Fixes[rank-1]), m.service.now())
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
		return m.service.trail.Append(c.Ctx, tx, journal.Entry{Actor: c.Actor.Person, Action: "audit.plan", Structure: v.Run.Structure, Subject: "audit/" + v.Run.ID,
			Data: trail.Data(map[string]any{"actions": added})})
	})
	if err != nil {
		return err
	}
	if added == 0 {
		c.Flash(ui.Info, "audit.planned_none")
		return c.Redirect(runHref(v.Run) + "/fixes")
	}
	c.Flash(ui.Good, "audit.planned", "count", added)
	return c.Redirect("/structures/" + v.Run.Structure + "/actions")
}

// fixReference is the identity by which a change is asked for in the plan: the right, who has it and where.
func fixReference(f report.Fix) string {
	return strings.Join([]string{"fix", f.Right, f.Trustee.DN, f.Object}, "|")
}

// longestTitle is what the plan takes as a title, in characters.
const longestTitle = 200

// fixAction writes the action that makes a change.
func fixAction(c *web.Context, v controlView, f report.Fix) plan.Action {
	title := []rune(f.Title)
	if len(title) > longestTitle {
		title = append(title[:longestTitle-1], '…')
	}
	var detail strings.Builder
	fmt.Fprintf(&detail, "%s\n\n%s", c.T("audit.fix_why", "ways", f.Paths, "accounts", f.Accounts), f.How)
	for _, t := range []struct{ key, text string }{{"audit.step_object", f.Place().Whole()}, {"audit.step_ace", f.ACE}} {
		if t.text != "" {
			fmt.Fprintf(&detail, "\n%s : %s", c.T(t.key), t.text)
		}
	}
	return plan.Action{Structure: v.Run.Structure, Title: string(title), Detail: detail.String(), Origin: plan.DirectoryFinding, OriginRef: fixReference(f),
		OriginURL: runHref(v.Run) + "/fixes", Gain: plan.High, CreatedBy: c.Actor.Person}
}

func fixesTable(ctx context.Context, l fixList) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "fixes", Caption: p.T("audit.fixes_title"), Total: ui.NoTotal, Columns: []ui.Column{
		{Text: p.T("audit.fix")}, {Text: p.T("audit.fix_ways"), End: true}, {Text: p.T("audit.fix_accounts"), End: true}, {Text: p.T("audit.fix_remaining"), End: true}, {Text: p.T("audit.plan")}}}
	for _, f := range l.Report.Fixes {
		remaining := ui.Text("–")
		if f.Remaining != nil {
			remaining = ui.Number(int64(*f.Remaining))
		}
		inPlan := ui.Text("")
		if a, ok := l.Planned[fixReference(f)]; ok {
			inPlan = planStatus(a)
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{fixCell(f, slices.Contains(l.Chosen, f.Rank)), ui.Number(int64(f.Paths)), ui.Number(int64(f.Accounts)), remaining, inPlan}})
	}
	return table
}

func fixTerms(ctx context.Context, f report.Fix) []ui.Term {
	var members []string
	for _, m := range f.Members {
		members = append(members, m.Short())
	}
	if f.Count > len(members) && len(members) > 0 {
		members = append(members, "…")
	}
	return filled(ctx, []labelled{{"audit.fix_trustee", f.Trustee.DN}, {"audit.fix_members", strings.Join(members, ", ")}, {"audit.step_object", f.Place().Whole()}, {"audit.step_ace", f.ACE}})
}

func stepTerms(ctx context.Context, s report.Step) []ui.Term {
	return filled(ctx, []labelled{{"audit.step_from", s.Actor().Whole()}, {"audit.step_to", s.Gain().Whole()}, {"audit.step_right", s.Right}, {"audit.step_object", s.Place().Whole()}, {"audit.step_ace", s.ACE}, {"audit.step_cut", s.Cut}})
}

// labelled is a text with the message that names it.
type labelled struct{ key, text string }

// filled are the terms that have a text.
func filled(ctx context.Context, all []labelled) []ui.Term {
	var terms []ui.Term
	for _, one := range all {
		if one.text != "" {
			terms = append(terms, ui.Term{Name: locale.T(ctx, one.key), Value: ui.Text(one.text)})
		}
	}
	return terms
}

func waysTable(c *web.Context, l wayList) templ.Component {
	options := []ui.Option{{Value: "", Text: c.T("audit.target_all")}}
	for _, t := range l.targets() {
		options = append(options, ui.Option{Value: t.DN, Text: wording.ShortName(t.DN)})
	}
	table := ui.Table{ID: "ways", Caption: c.T("audit.ways_title"), Query: l.Query, Total: l.Total, Pager: l.Query.Pages(l.Total), Exports: c.Exports(), Dense: true,
		Columns: []ui.Column{{Text: c.T("audit.way_source")}, {Text: c.T("audit.way_steps")}, {Text: c.T("audit.way_target")}},
		Filters: []ui.Field{{Name: "q", Label: c.T("audit.way_words"), Kind: ui.SearchField}, {Name: "target", Label: c.T("audit.way_target"), Kind: ui.SelectField, Options: options}}}
	for _, w := range l.Shown {
		table.Rows = append(table.Rows, ui.Row{ID: w.row(), Cells: []templ.Component{sourceCell(l.Run, w), stepsCell(w), ui.Text(w.Target.Short())}})
	}
	return table
}

// tierTable lists the objects of tier 0, the most threatened first.
func tierTable(ctx context.Context, objects []report.TierZero) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "tier0", Caption: p.T("audit.tier0"), Total: ui.NoTotal, Dense: true, Columns: []ui.Column{{Text: p.T("audit.object")}, {Text: p.T("audit.tier0_kind")}, {Text: p.T("audit.exposed_short"), End: true}}}
	for _, o := range slices.SortedStableFunc(slices.Values(objects), func(a, b report.TierZero) int { return b.Accounts - a.Accounts }) {
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{objectCell(Object{DN: o.DN}), ui.Text(p.T("audit.tier0_" + o.Kind)), ui.Number(int64(o.Accounts))}})
	}
	return table
}

// chosenPoint tells whether a point is among those taken to be mended.
func (l fixList) chosenPoint(p Point) bool {
	return slices.Contains(l.Mended, report.PointRef{Point: p.ID, Domain: p.Domain})
}

// trialTable lists points and findings whose outcome the tried changes would change.
func trialTable(ctx context.Context, l fixList) templ.Component {
	p := locale.From(ctx)
	table := ui.Table{ID: "trial", Caption: p.T("audit.trial_points"), Total: ui.NoTotal, Dense: true,
		Columns: []ui.Column{{Text: p.T("audit.move")}, {Text: p.T("audit.today")}, {Text: p.T("audit.then")}, {Text: p.T("audit.objects")}},
		Empty:   ui.Empty{Title: p.T("audit.trial_no_point"), Text: p.T("audit.trial_no_point_text")}}
	for _, r := range slices.Concat(l.Tried.Points, l.Tried.Findings) {
		href := pointHref(l.Run, Point{ID: r.ID, Domain: r.Domain})
		if isFinding(r.ID) {
			href = findingPath(l.Run, r.ID, r.Domain)
		}
		table.Rows = append(table.Rows, ui.Row{Cells: []templ.Component{ui.Link{Href: href, Text: r.Title}, outcomeTag(ctx, r.Before), outcomeTag(ctx, r.Now),
			ui.Text(p.Int(int64(r.CountBefore)) + " → " + p.Int(int64(r.CountNow)))}})
	}
	return table
}

// trialSentence says in a sentence what the level would be.
func trialSentence(ctx context.Context, c report.LevelChange) string {
	p := locale.From(ctx)
	switch {
	case c.Before == 0 || c.Now == 0:
		return p.T("audit.trial_unknown")
	case c.Before == c.Now:
		return p.T("audit.trial_same", "level", c.Now)
	case c.NowAtMost:
		return p.T("audit.trial_up_at_most", "before", c.Before, "now", c.Now)
	}
	return p.T("audit.trial_up", "before", c.Before, "now", c.Now)
}
