package administration

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/job"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// count is how many structures there are.
func count(site *pagetest.Site) (n int) {
	site.T.Helper()
	site.View(func(ctx context.Context, tx *store.Tx) (err error) {
		n, err = store.One(ctx, tx, store.Column[int], `select count(*) from structure`)
		return err
	})
	return n
}

func TestImportFromThePages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		chief := site.Person("Sam Imaginaire", right.Administrator, "")
		has(t, "empty history", chief.Want("form", chief.Get(finessPath), http.StatusOK), "Aucun import")
		before := count(site)
		sent := chief.Want("send", chief.Upload(finessPath, "file", "structures.json", published(t, "structures.json")), http.StatusSeeOther)
		preview := settled(chief, t, sent.To())
		has(t, "preview", preview, "Rien n’a encore changé", "Création", "Exemples", "FINESS+ (structures)")
		if count(site) != before {
			t.Fatal("the preview changed the territory")
		}
		narrowed := chief.Want("narrow", chief.Post(sent.To()+"/preview", "sectors", "social"), http.StatusSeeOther)
		has(t, "narrowed", settled(chief, t, narrowed.To()), "Limité à", "social et médico-social", "laissées de côté")

		applied := chief.Want("apply", chief.Post(sent.To()+"/apply"), http.StatusSeeOther)
		has(t, "applied", settled(chief, t, applied.To()), "changements appliqués", "Création")
		after := count(site)
		if after <= before {
			t.Errorf("%d structures before, %d after", before, after)
		}
		if got := site.Actions(); !slices.Equal(got, []string{"finess.import"}) {
			t.Errorf("trail %v", got)
		}
		has(t, "history", chief.Get(finessPath), "FINESS+ (structures)", "Sam Imaginaire")

		// The same file again: nothing to do, nothing noted.
		again := chief.Want("send again", chief.Upload(finessPath, "file", "structures.json", published(t, "structures.json")), http.StatusSeeOther)
		second := settled(chief, t, again.To())
		has(t, "second preview", second, "Rien à changer")
		if strings.Contains(second.Main(), "/apply") {
			t.Error("an import that changes nothing can be applied")
		}
		chief.Want("an import is no preview", chief.Post(applied.To()+"/apply"), http.StatusConflict)
		if count(site) != after || len(site.Actions()) != 1 {
			t.Error("the second import changed something")
		}
	})
}

func TestWhatIsWrongWithAFileIsToldRowByRow(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	chief := site.Person("Sam Imaginaire", right.Administrator, "")
	spoilt := bytes.Replace(published(t, "stock-utf8.csv"), []byte("structureet;019901008;"), []byte("structureet;19901008;"), 1)
	spoilt = bytes.Replace(spoilt, []byte("19900010000017"), []byte("=1+1"), 1)
	spoilt = append(spoilt, "structureet;019901016;deux fois\n"...)
	sent := chief.Want("send", chief.Upload(finessPath, "file", "stock.csv", spoilt), http.StatusSeeOther)
	has(t, "remarks", settled(chief, t, sent.To()), "Remarques sur le fichier", "Lignes écartées : 2", "« 19901008 » n’est pas un numéro FINESS", "Écartée", `data-label="Conséquence"`, ">2<")
}

func TestAnOlderFileAsksTwice(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	chief := site.Person("Sam Imaginaire", right.Administrator, "")
	site.Update(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into finess_import (id, form, file_date, digest, created, changed, closed, applied_at) values ('newer', 'stock', '2099-01-01', '', 0, 0, 0, 1)`)
		return err
	})
	sent := chief.Upload(finessPath, "file", "stock.csv", published(t, "stock-latin1.csv"))
	has(t, "older", settled(chief, t, sent.To()), "Importer quand même ce fichier plus ancien", "2099-01-01")
	has(t, "unconfirmed", chief.Want("unconfirmed", chief.Post(sent.To()+"/apply"), http.StatusUnprocessableEntity), "Cochez la case")
	applied := chief.Want("confirmed", chief.Post(sent.To()+"/apply", "allow_older", "1"), http.StatusSeeOther)
	has(t, "applied", settled(chief, t, applied.To()), "appliqués")
	site.Actions() // gives the line its number
	has(t, "command line", chief.Get(finessPath), "ligne de commande", "Sam Imaginaire")
}

// A newer file applied between the preview and the import stops the import, which says what to do.
func TestANewerFileInBetweenStopsTheImport(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	chief := site.Person("Sam Imaginaire", right.Administrator, "")
	sent := chief.Upload(finessPath, "file", "stock.csv", published(t, "stock-utf8.csv"))
	settled(chief, t, sent.To())
	site.Update(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into finess_import (id, form, file_date, digest, created, changed, closed, applied_at) values ('newer', 'stock', '2099-01-01', '', 0, 0, 0, 1)`)
		return err
	})
	before := count(site)
	applied := chief.Want("apply", chief.Post(sent.To()+"/apply"), http.StatusSeeOther)
	has(t, "stopped", settled(chief, t, applied.To()), "Un fichier plus récent a été appliqué entre-temps")
	if count(site) != before {
		t.Error("the import changed the territory")
	}
}

func TestFilesThatAreNoFiness(t *testing.T) {
	site, m := newSite(t, storetest.SQLite(t))
	m.largest = 4 << 20
	chief := site.Person("Sam Imaginaire", right.Administrator, "")
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	if _, err := w.Write([]byte("finess;etalab;96;2026-01-06\nstructureet;" + strings.Repeat("x", 1<<20))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		content []byte
		says    string
	}{
		"a picture":     {[]byte("\x89PNG\r\n\x1a\n"), "neither the FINESS stock file"},
		"an archive":    {[]byte("PK\x03\x04"), "ZIP archive"},
		"broken json":   {[]byte(`{"pmej": [{"a": `), "byte 10"},
		"cut json":      {published(t, "structures.json")[:2000], "read FINESS"},
		"a longer line": {bomb.Bytes(), "line 2"},
	} {
		sent := chief.Want(name, chief.Upload(finessPath, "file", "fichier", row.content), http.StatusSeeOther)
		p := settled(chief, t, sent.To())
		has(t, name, p, "Ce fichier ne peut pas être lu", row.says)
		chief.Want(name+" applied", chief.Post(sent.To()+"/apply"), http.StatusConflict)
	}
	has(t, "nothing", chief.Want("nothing", chief.Upload(finessPath, "", "", nil), http.StatusUnprocessableEntity), "Choisissez un fichier")
	has(t, "wrong region", chief.Want("wrong region", chief.Upload(finessPath, "file", "x", []byte("x"), "regions", "00"), http.StatusUnprocessableEntity), "Cette région n’existe pas")
	has(t, "wrong sector", chief.Want("wrong sector", chief.Upload(finessPath, "file", "x", []byte("x"), "sectors", "army"), http.StatusUnprocessableEntity), "Ce secteur n’existe pas")
	has(t, "large", chief.Want("large", chief.Upload(finessPath, "file", "x", make([]byte, 4<<20+1)), http.StatusUnprocessableEntity), "dépasse 4,2 Mo")
	entries, err := os.ReadDir(m.Imports)
	if err != nil || len(entries) != 5 {
		t.Errorf("%d files kept, want the five that arrived (%v)", len(entries), err)
	}
}

// Files that nobody applied go; an import that comes too late says so, and a name that is no name of ours opens nothing.
func TestFilesWaitTwoDays(t *testing.T) {
	site, m := newSite(t, storetest.SQLite(t))
	chief := site.Person("Sam Imaginaire", right.Administrator, "")
	site.Clock = time.Now()
	sent := chief.Upload(finessPath, "file", "structures.json", published(t, "structures.json"))
	settled(chief, t, sent.To())
	other := filepath.Join(m.Imports, "kept")
	if err := os.WriteFile(other, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	site.Clock = time.Now().Add(kept + time.Hour)
	if err := m.sweep(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Error("a file of somebody else was removed")
	}
	applied := chief.Want("apply", chief.Post(sent.To()+"/apply"), http.StatusSeeOther)
	has(t, "gone", settled(chief, t, applied.To()), "garde deux jours")
	if _, err := m.read(t.Context(), order{File: "../../etc/passwd"}, &job.Progress{}); !os.IsNotExist(err) {
		t.Errorf("a path of elsewhere: %v", err)
	}
}

func TestBeginWithoutFiness(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		chief := site.Person("Sam Imaginaire", right.Administrator, "")
		chief.Want("used territory", chief.Post(home+"/territory"), http.StatusConflict)
		site.Update(func(ctx context.Context, tx *store.Tx) error {
			for _, statement := range []string{`delete from membership`, `delete from structure`} {
				if _, err := tx.Exec(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		})
		has(t, "offer", chief.Get(finessPath), "Créer le pays et ses régions")
		chief.Want("begin", chief.Post(home+"/territory"), http.StatusSeeOther)
		site.View(func(ctx context.Context, tx *store.Tx) error {
			region, err := territory.ByCode(ctx, tx, territory.Everything(), territory.Region, "53")
			if region.Name != "Bretagne" {
				t.Errorf("region 53 is %q", region.Name)
			}
			return err
		})
	})
}
