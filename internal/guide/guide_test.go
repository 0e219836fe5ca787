package guide

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/search"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

func TestTheGuideIsReadAndFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		m, err := New()
		if err != nil {
			t.Fatal(err)
		}
		site := pagetest.New(t, db)
		site.Serve(m.Routes)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		first := officer.Want("first page", officer.Get(Path), http.StatusOK)
		for _, p := range m.pages {
			if p.Slug != "" && !strings.Contains(string(first.Body), `href="`+address(p.Slug)+`"`) {
				t.Errorf("the first page does not lead to %q", p.Title)
			}
			page := officer.Want(p.Title, officer.Get(address(p.Slug)), http.StatusOK)
			for _, s := range p.Sections {
				if !strings.Contains(string(page.Body), `id="`+s.ID+`"`) {
					t.Errorf("%s has no section %q", address(p.Slug), s.Title)
				}
			}
		}
		officer.Want("no such page", officer.Get(Path+"/absente"), http.StatusNotFound)
		if strings.Contains(first.Text, "écrit en français") {
			t.Error("readers of French are told that the guide is in French")
		}
		officer.Lang = "en"
		if p := officer.Get(Path); !strings.Contains(p.Text, "written in French") {
			t.Errorf("readers of English are not told:\n%s", p.Main())
		}

		x, err := search.New(db, slog.New(slog.DiscardHandler), m.Published())
		if err != nil {
			t.Fatal(err)
		}
		site.Update(func(ctx context.Context, tx *store.Tx) error { return x.Rebuild(ctx, tx) })
		for more := true; more; {
			if _, more, err = x.Catch(t.Context(), 10); err != nil {
				t.Fatal(err)
			}
		}
		for text, want := range map[string]string{"s'absenter": "/guide/personnes-et-droits#s-absenter", "avancement semaine": "/guide/planifier#", "exercice scenario": "/guide/crise#"} {
			site.View(func(ctx context.Context, tx *store.Tx) error {
				found, err := x.Find(ctx, tx, officer.Actor, search.Query{Text: text, Lang: "en"})
				paths := ""
				for _, h := range found.Hits {
					paths += h.Path + " "
				}
				if !strings.Contains(paths, want) {
					t.Errorf("%s finds %q, want %s", text, paths, want)
				}
				return err
			})
		}
	})
}
