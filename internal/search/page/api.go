package page

import (
	"time"

	"hygie/internal/api"
	"hygie/internal/right"
	"hygie/internal/search"
	"hygie/internal/store"
	"hygie/internal/web"
)

// Result is one result of a search.
type Result struct {
	Kind      string    `json:"kind"`
	Title     string    `json:"title"`
	Detail    string    `json:"detail,omitempty"`
	Structure string    `json:"structure,omitempty"`
	Path      string    `json:"path" doc:"Of the page that shows it."`
	At        time.Time `json:"at,omitzero"`
}

// API are the operations of the module.
func (m *Module) API() []api.Operation {
	return []api.Operation{{ID: "search", Method: "GET", Path: Path, Tag: "search", Rule: web.Needs(right.SeeStructure), Answer: api.List[Result]{}, Summary: "Search over all one may see, the best first",
		Query: []api.Param{{Name: "q", Doc: "Words, beginnings of words or a number.", Need: true}, {Name: "kind", Doc: "One kind of result."}},
		Handle: func(r *api.Request) (api.Reply, error) {
			if _, _, err := m.index.Catch(r.Ctx, catchRounds); err != nil {
				return api.Reply{}, err
			}
			var found search.Found
			err := m.db.View(r.Ctx, func(tx *store.Tx) (err error) {
				found, err = m.index.Find(r.Ctx, tx, r.Actor, search.Query{Text: r.Query("q"), Kind: r.Query("kind"), Lang: string(r.Printer.Lang()), Home: home(r.Actor)})
				return err
			})
			page := api.List[Result]{Items: []Result{}}
			for _, h := range found.Hits {
				page.Items = append(page.Items, Result{Kind: h.Kind, Title: h.Title, Detail: h.Detail, Structure: h.Structure, Path: h.Path, At: h.At})
			}
			return api.Reply{Value: page}, err
		}}}
}
