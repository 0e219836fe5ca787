package evidence

import (
	"context"
	"strings"

	"hygie/internal/locale"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/search"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Published is what search finds of this module: each document by its name, its note and what kind of document it is. Its content is not read: a map of
// weaknesses must not be found word by word by who may only know that it exists.
func (m *Module) Published(catalogue *locale.Catalogue) search.Source {
	return search.Source{Kind: "evidence", Action: right.SeeProof, Documents: func(ctx context.Context, tx *store.Tx, ref string) ([]search.Document, error) {
		e, err := proof.ByID(ctx, tx, territory.Everything(), ref)
		if err != nil {
			return nil, err
		}
		words := []string{string(e.Kind), e.SHA256}
		for _, d := range m.asked() {
			if proof.Kind(d.Code) == e.Kind {
				words = append(words, d.Label.FR, d.Label.EN)
			}
		}
		key := "evidence.kind_" + strings.ReplaceAll(string(e.Kind), "-", "_")
		for _, lang := range []locale.Lang{locale.French, locale.English} {
			if p := catalogue.Printer(lang, nil); p.Has(key) {
				words = append(words, p.T(key))
			}
		}
		return []search.Document{{Structure: e.Structure, Title: e.Name, Detail: e.Note, Path: address(e.Structure) + "/" + e.ID, Words: words, At: e.DepositedAt}}, nil
	}}
}
