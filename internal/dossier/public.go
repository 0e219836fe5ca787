package dossier

import (
	"cmp"
	"slices"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
	"hygie/referential/call"
)

// shown is a call on its public page.
type shown struct {
	Call       *call.Call
	Public     funding.Public
	Regions    []funding.PublicRow
	Categories []funding.PublicRow
	All        funding.PublicRow
	Delays     map[funding.State]funding.Delay
}

// published lists the calls, for everybody.
func (m *Module) published(c *web.Context) error {
	list := slices.Clone(m.calls.All())
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
		if v.Public, err = funding.PublicOf(c.Ctx, tx, k.ID); err != nil {
			return err
		}
		v.Regions, v.All = funding.Publish(v.Public.Lines, func(l funding.Line) string { return regionName(c.Ctx, l) })
		v.Categories, _ = funding.Publish(v.Public.Lines, func(l funding.Line) string { return categoryName(c.Ctx, k, l.Category) })
		v.Delays, err = funding.Delays(c.Ctx, tx, k.ID, v.Public.At) // as they were when the figures were made
		return err
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: k.Title.In(lang(c.Ctx)), Over: c.T("dossier.call"), Lead: k.Aim.In(lang(c.Ctx)), Crumbs: []ui.Link{{Href: "/calls", Text: c.T("dossier.calls_title")}}, Actions: ui.PrintButton()}
	return c.Page(page, callBody(v, m.now()))
}
