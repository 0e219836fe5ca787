package assessment

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
)

// A questionnaire written for a category comes first for its structures, until they begin it.
func TestStart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, m := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Clinic)
		clinic := "/structures/" + pagetest.Clinic + "/assessments"
		start := func() (id string) {
			site.View(func(ctx context.Context, tx *store.Tx) error {
				s, err := territory.Get(ctx, tx, territory.Everything(), pagetest.Clinic)
				if err != nil {
					return err
				}
				p, found, err := Start(ctx, tx, territory.Everything(), m.shelf, s, site.Clock)
				if found {
					id = p.ID
				}
				return err
			})
			return id
		}
		if id := start(); id != "" || has(officer.Get(clinic), "Fait pour vous") {
			t.Errorf("a clinic of no known category begins with %q", id)
		}
		site.Update(func(ctx context.Context, tx *store.Tx) error {
			return proof.Record(ctx, tx, territory.Everything(), proof.Fact{Structure: pagetest.Clinic, Key: proof.StatusKey, Value: referential.Words("esms"),
				ObservedAt: site.Clock, Source: "test/1", RecordedAt: site.Clock, RecordedBy: "test"})
		})
		if id := start(); id != "esms-13" {
			t.Errorf("a nursing home begins with %q", id)
		}
		p := officer.Get(clinic)
		if first, next := strings.Index(p.Text, "Fait pour vous"), strings.Index(p.Text, "hygiène informatique"); first < 0 || next < first {
			t.Errorf("the questionnaire of nursing homes is not the first:\n%s", p.Main())
		}
		officer.Want("begin", officer.Post(clinic, "package", "esms-13"), http.StatusSeeOther)
		if id := start(); id != "" {
			t.Errorf("what was begun is proposed again: %q", id)
		}
	})
}
