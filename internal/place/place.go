// Package place loads a structure as the frame of a page shows it: its name, its kind in the reader's language and the way
// to it.
package place

import (
	"context"

	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web"
	"hygie/internal/web/ui"
)

// Of returns the structure named in the path of a request as the page's place. The scope of the request must hold it, else it
// is not found.
func Of(c *web.Context, db *store.DB) (*web.Place, territory.Structure, error) {
	var s territory.Structure
	err := db.View(c.Ctx, func(tx *store.Tx) (err error) {
		s, err = territory.Get(c.Ctx, tx, c.Scope, territory.ID(c.Path("structure")))
		return err
	})
	if err != nil {
		return nil, s, err
	}
	return &web.Place{ID: string(s.ID), Name: s.Name, Kind: c.T(KindKey(s)), Interval: s.Interval}, s, nil
}

// KindKey is the message that names the kind of a structure.
func KindKey(s territory.Structure) string {
	if s.Kind == territory.Group {
		return "place.group_" + string(s.GroupKind)
	}
	return "place." + string(s.Kind)
}

// Way returns the structures above one as links, from the widest the reader may see, without the structure itself.
func Way(ctx context.Context, tx *store.Tx, scope territory.Scope, id territory.ID) ([]ui.Link, error) {
	path, err := territory.Path(ctx, tx, scope, id)
	if err != nil {
		return nil, err
	}
	var way []ui.Link
	for _, crumb := range path[:len(path)-1] {
		if crumb.Within {
			way = append(way, ui.Link{Href: "/structures/" + string(crumb.ID), Text: crumb.Name})
		}
	}
	return way, nil
}
