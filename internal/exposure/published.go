package exposure

import (
	"context"
	"fmt"

	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/search"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Published is what search finds of this module: the findings of the latest run of each structure, by what they are and where.
func (m *Module) Published() search.Source {
	return search.Source{Kind: "exposure", Action: right.SeeAudit, Documents: func(ctx context.Context, tx *store.Tx, structure string) ([]search.Document, error) {
		runs, err := doneBefore(ctx, tx, territory.Everything(), structure, "", m.service.now(), 1)
		if err != nil || len(runs) == 0 {
			return nil, err
		}
		e, err := proof.ByID(ctx, tx, territory.Everything(), runs[0].ReportID)
		if err != nil {
			return nil, err
		}
		r, err := m.service.readReport(ctx, e)
		if err != nil {
			return nil, fmt.Errorf("read the report of run %s: %w", runs[0].ID, err)
		}
		var list []search.Document
		for _, lang := range []string{"fr", "en"} {
			said, err := r.In(lang)
			if err != nil {
				return nil, err
			}
			for _, f := range said.Findings {
				list = append(list, search.Document{Part: lang + " " + f.ID, Structure: structure, Lang: lang, Title: f.Title, Detail: f.Asset, Path: findingHref(runs[0], f.ID), Words: []string{f.Check, f.Endpoint}, At: runs[0].AsOf})
			}
		}
		return list, nil
	}}
}
