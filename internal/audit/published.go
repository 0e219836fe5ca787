package audit

import (
	"context"

	"hygie/directory/points"
	"hygie/internal/right"
	"hygie/internal/search"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Published is what search finds of this module: the control points that fail in the latest run of each structure.
func (m *Module) Published() search.Source {
	return search.Source{Kind: "directory", Action: right.SeeAudit, Documents: func(ctx context.Context, tx *store.Tx, structure string) ([]search.Document, error) {
		runs, err := doneBefore(ctx, tx, territory.Everything(), structure, "", m.service.now(), 1)
		if err != nil || len(runs) == 0 {
			return nil, err
		}
		rows, err := pointsOf(ctx, tx, runs[0].ID)
		if err != nil {
			return nil, err
		}
		var list []search.Document
		for _, p := range rows {
			if p.Status != points.Failed {
				continue
			}
			for lang, catalog := range m.catalogs {
				text, _ := catalog.Point(p.ID)
				list = append(list, search.Document{Part: lang + " " + reference(p.ID, p.Domain), Structure: structure, Lang: lang, Title: text.Title, Detail: p.Domain,
					Path: pointHref(runs[0], p), Words: []string{p.ID, text.Director}, At: runs[0].AsOf})
			}
		}
		return list, nil
	}}
}
