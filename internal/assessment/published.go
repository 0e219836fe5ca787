package assessment

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

// Published is what search finds of this module: answers, by their question and by what was noted.
func Published(shelf *proof.Shelf, now func() time.Time) search.Source {
	return search.Source{Kind: "answer", Action: right.SeePosture, Documents: func(ctx context.Context, tx *store.Tx, ref string) ([]search.Document, error) {
		id, question, _ := strings.Cut(ref, " ")
		a, err := store.One(ctx, tx, scan, `select `+columns+` from assessment a where a.id = $1`, id)
		if err != nil {
			return nil, err
		}
		all, err := answers(ctx, tx, territory.Everything(), id)
		if err != nil {
			return nil, err
		}
		last, given := latest(all)[question]
		set, err := shelf.Now(ctx, tx, now())
		if err != nil || !given {
			return nil, err
		}
		for _, p := range set.Packages {
			if q, ok := p.Question(question); ok && p.ID == a.Package {
				d := search.Document{Structure: a.Structure, Path: "/structures/" + a.Structure + "/assessments/" + a.ID, Words: []string{last.Note, a.Subject}, At: last.At}
				french, english := d, d
				french.Part, french.Lang, french.Title, french.Detail = "fr", "fr", q.Text.FR, titled(p.Title.FR, a)
				english.Part, english.Lang, english.Title, english.Detail = "en", "en", q.Text.In("en"), titled(p.Title.In("en"), a)
				return []search.Document{french, english}, nil
			}
		}
		return nil, nil
	}}
}
