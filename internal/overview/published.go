package overview

import (
	"context"
	"time"

	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/search"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// Published is what search finds of this module: structures, and the requirements of the referentials that hold.
func Published(shelf *proof.Shelf, now func() time.Time) []search.Source {
	return []search.Source{
		{Kind: "structure", Action: right.SeeStructure, Documents: publishStructure},
		{Kind: "requirement", Action: right.SeePosture, Documents: func(ctx context.Context, tx *store.Tx, ref string) ([]search.Document, error) {
			set, err := shelf.Now(ctx, tx, now())
			if err != nil {
				return nil, err
			}
			for _, p := range set.Packages {
				if p.ID == ref {
					return publishPackage(p), nil
				}
			}
			return nil, nil
		}},
	}
}

// publishStructure lets a structure be found by its names and numbers; one that was closed is found no more.
func publishStructure(ctx context.Context, tx *store.Tx, ref string) ([]search.Document, error) {
	s, err := territory.Get(ctx, tx, territory.Everything(), territory.ID(ref))
	if err != nil || s.Status != territory.Active {
		return nil, err
	}
	return []search.Document{{Structure: ref, Title: s.Name, Detail: s.City, Path: address(s.ID), Words: []string{s.Finess, s.Siren, s.Siret, s.PostalCode, s.CategoryLabel, s.Code}}}, nil
}

// publishPackage lets each requirement be found by what it says and by what its criteria say, in both languages.
func publishPackage(p *referential.Package) []search.Document {
	var list []search.Document
	for _, lang := range []referential.Lang{"fr", "en"} {
		for _, r := range p.Requirements() {
			words := []string{r.Code, r.Help.In(lang)}
			for _, c := range r.Criteria {
				words = append(words, c.Code, c.Title.In(lang))
			}
			for _, q := range r.Questions {
				words = append(words, q.Text.In(lang))
			}
			list = append(list, search.Document{Part: string(lang) + " " + r.Code, Lang: string(lang), Title: r.Title.In(lang), Detail: p.Title.In(lang),
				Path: "/structures/{structure}/referentials/" + p.ID + "#r-" + r.Code, Words: words})
		}
	}
	return list
}
