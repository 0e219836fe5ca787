package dossier

import (
	"cmp"
	"slices"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential/call"
)

// shown is a call on its public page.
type shown struct {
	Call       *call.Call
	Figures    funding.Figures
	Regions    []funding.PublicRow
	Categories []funding.PublicRow
	All        funding.PublicRow
	Delays     map[funding.State]funding.Delay
}

// published lists the calls, for everybody.
func (m *Module) published(c *web.Context) error {
	list := slices.Clone(m.calls)
	rank := map[call.WindowState]int{call.Open: -3, call.Upcoming: -2, call.Undated: -1}
	slices.SortStableFunc(list, func(a, b *call.Call) int {
		_, one := m.window(a, "")
		_, other := m.window(b, "")
		return cmp.Compare(rank[one], rank[other])
	})
	return c.Page(web.Page{Title: c.T("dossier.calls_title"), Lead: c.T("dossier.calls_lead")}, callsBody(m.callLines(c.Ctx, list)))
}

// public is the page of a call with its figures, for everybody.
func (m *Module) public(c *web.Context) error {
	k, ok := m.find(c.Path("call"))
	if !ok {
		return fault.NotFound("dossier.no_call")
	}
	v := shown{Call: k}
	err := m.db.View(c.Ctx, func(tx *store.Tx) (err error) {
		if v.Figures, err = funding.FiguresOf(c.Ctx, tx, k.ID); err != nil {
			return err
		}
		lines, err := funding.Consumption(c.Ctx, tx, territory.Everything(), k.ID, m.now()) // sums of the whole call, which name nobody: see funding.Publish
		if err != nil {
			return err
		}
		v.Regions, v.All = funding.Publish(lines, func(l funding.Line) string { return cmp.Or(l.RegionName, c.T("dossier.no_region")) })
		v.Categories, _ = funding.Publish(lines, func(l funding.Line) string { return categoryName(c.Ctx, k, l.Category) })
		v.Delays, err = funding.Delays(c.Ctx, tx, k.ID, m.now())
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: k.Title.In(lang(c.Ctx)), Over: c.T("dossier.call"), Lead: k.Aim.In(lang(c.Ctx)), Crumbs: []ui.Link{{Href: "/calls", Text: c.T("dossier.calls_title")}}, Actions: ui.PrintButton()}
	return c.Page(page, callBody(v, m.now()))
}
