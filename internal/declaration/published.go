package declaration

import (
	"context"
	"strings"
	"time"

	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/search"
	"hygie/internal/store"
	"hygie/internal/territory"
)

// Published is what search finds of this module: what people declared, by the name of the fact and what they noted.
func Published(shelf *proof.Shelf, now func() time.Time) search.Source {
	return search.Source{Kind: "fact", Action: right.SeeProof, Documents: func(ctx context.Context, tx *store.Tx, ref string) ([]search.Document, error) {
		structure, key, _ := strings.Cut(ref, " ")
		set, err := shelf.Now(ctx, tx, now())
		if err != nil {
			return nil, err
		}
		a, ok := find(kinds(set.Packages), key)
		if !ok || a.Of != "" {
			return nil, nil
		}
		all, err := proof.History(ctx, tx, territory.Everything(), structure, key)
		if err != nil || len(all) == 0 {
			return nil, err
		}
		d := search.Document{Structure: structure, Path: addressOf(structure, key), Words: []string{strings.ReplaceAll(key, ".", " ")}}
		for _, f := range all {
			if declared(f) {
				d.Words = append(d.Words, f.Value.Text, f.Note)
				if f.RecordedAt.After(d.At) {
					d.At = f.RecordedAt
				}
			}
		}
		if d.At.IsZero() {
			return nil, nil
		}
		french, english := d, d
		french.Part, french.Lang, french.Title = "fr", "fr", sentence(a.Label.FR)
		english.Part, english.Lang, english.Title = "en", "en", sentence(a.Label.In("en"))
		return []search.Document{french, english}, nil
	}}
}
