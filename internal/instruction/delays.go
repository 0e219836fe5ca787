package instruction

import (
	"hygie/internal/funding"
	"hygie/internal/store"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// observed is how long dossiers of a call stayed in a state that an agency has in hand.
type observed struct {
	Call  string
	State funding.State
	funding.Delay
}

// delays shows the medians that were observed, of both levels: what applicants are told too.
func (m *Module) delays(c *web.Context, d desk) error {
	var list []observed
	err := m.db.View(c.Ctx, func(tx *store.Tx) error {
		for _, k := range m.calls.All() {
			by, err := funding.Delays(c.Ctx, tx, k.ID, m.now())
			if err != nil {
				return err
			}
			for _, s := range funding.States() {
				if one, ok := by[s]; ok && s != funding.Draft {
					list = append(list, observed{Call: k.ID, State: s, Delay: one})
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	page := web.Page{Title: c.T("instruction.delays"), Lead: c.T("instruction.delays_lead"), Crumbs: []ui.Link{{Href: home(d.Level), Text: c.T("instruction.title_" + string(d.Level))}}}
	return c.Page(page, m.delaysBody(list))
}
