package trend

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hygie/internal/bring/bringtest"
	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/sheet/sheettest"
)

const at = "/structures/" + pagetest.Hospital + "/directory/scores"

func newSite(t *testing.T, db *store.DB) *pagetest.Site {
	t.Helper()
	site := pagetest.New(t, db)
	site.Serve(New(Options{DB: db, Bring: bringtest.Wizard(t, site), Now: site.Now}).Routes)
	return site
}

// report is one of PingCastle on an invented domain.
func report(domain, day string, score int) string {
	return fmt.Sprintf(`<?xml version="1.0"?><HealthcheckData><GenerationDate>%sT08:00:00+01:00</GenerationDate><DomainFQDN>%s</DomainFQDN><MaturityLevel>2</MaturityLevel><GlobalScore>%d</GlobalScore>
		<StaleObjectsScore>10</StaleObjectsScore><PrivilegiedGroupScore>%d</PrivilegiedGroupScore><TrustScore>0</TrustScore><AnomalyScore>5</AnomalyScore></HealthcheckData>`, day, domain, score, score)
}

func zipped(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func has(t *testing.T, name string, p pagetest.Page, wants ...string) {
	t.Helper()
	text := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(p.Text)
	for _, want := range wants {
		absent := strings.HasPrefix(want, "!")
		if strings.Contains(text, strings.TrimPrefix(want, "!")) == absent {
			t.Errorf("%s: %q\n%s", name, want, p.Main())
		}
	}
}

func TestScoresBesideTheLevel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		has(t, "empty", officer.Want("empty", officer.Get(at), http.StatusOK), "Rien à comparer encore", "/scores/import")
		site.Update(func(ctx context.Context, tx *store.Tx) error {
			for day, level := range map[int]float64{-60: 1, -5: 3} {
				f := proof.Fact{Structure: pagetest.Hospital, Key: levelKey, Value: referential.Number(level), ObservedAt: site.Clock.AddDate(0, 0, day), Source: "directory-audit/x", RecordedAt: site.Clock}
				if err := proof.Record(ctx, tx, territory.Everything(), f); err != nil {
					return err
				}
			}
			return nil
		})
		reports := zipped(t, map[string]string{"ad_hc_a.xml": report("Clinique.Test", "2025-06-01", 80), "ad_hc_b.xml": report("clinique.test", "2025-12-01", 45), "lisez-moi.txt": "x"})
		address, p := bringtest.Preview(t, officer, at+"/import", "rapports.zip", reports)
		has(t, "preview", p, "clinique.test – 1er juin 2025", "clinique.test – 1er décembre 2025")
		officer.Want("accept", bringtest.AcceptAll(t, officer, address, p), http.StatusSeeOther)
		p = officer.Want("trend", officer.Get(at), http.StatusOK)
		has(t, "trend", p, "<svg", "trend-level", "trend-score-1", "clinique.test", "80", "45")
		// The same scores from a table, in each format, change nothing; another score of a day corrects it.
		table := sheettest.Table{Name: "Scores", Rows: [][]string{{"Domaine", "Date du rapport", "Score global", "Stale Objects", "Maturity"}, {"clinique.test", "01/06/2025", "80", "10", "2"}, {"CLINIQUE.TEST", "01/12/2025", "45", "10", "2"}}}
		xlsx, err := sheettest.XLSX(table)
		if err != nil {
			t.Fatal(err)
		}
		ods, err := sheettest.ODS(table)
		if err != nil {
			t.Fatal(err)
		}
		for name, file := range map[string][]byte{"s.csv": sheettest.CSV(table), "s.xlsx": xlsx, "s.ods": ods, "rapports.zip": reports, "un.xml": []byte(report("clinique.test", "2025-06-01", 80)),
			"export.csv": officer.Get(at + "?format=csv").Body} {
			_, p := bringtest.Preview(t, officer, at+"/import", name, file)
			has(t, name, p, "Rien à changer")
		}
		address, p = bringtest.Preview(t, officer, at+"/import", "s.csv", []byte("Date;Domaine;Score\n01/12/2025;clinique.test;44\n01/01/2199;clinique.test;3\n02/12/2025;clinique.test;130\n;clinique.test;3\n"))
		has(t, "corrected", p, "<del>45</del>", "Ligne 3 : cette date est à venir", "Ligne 4 : « Score global » : « 130 » n’est pas un nombre entier de 0 à 100", "Ligne 5 : il manque la date")
		officer.Want("accept", bringtest.AcceptAll(t, officer, address, p), http.StatusSeeOther)
		site.View(func(ctx context.Context, tx *store.Tx) error {
			all, err := measures(ctx, tx, territory.Everything(), pagetest.Hospital, time.UTC)
			if len(all) != 2 || all[1].Facts["score"].Value.Number != 44 || all[1].Facts["score"].Corrects == "" || all[1].Facts["stale"].Value.Number != 10 {
				t.Errorf("measures %+v", all)
			}
			return err
		})
		reader := site.Person("Noa Inventé", right.RegionalInstructor, pagetest.Region)
		if p := reader.Get(at + "/import"); p.Status != http.StatusForbidden {
			t.Errorf("a reader: %d", p.Status)
		}
		officer.Lang = "en"
		has(t, "English", officer.Want("English", officer.Get(at), http.StatusOK), "Level and scores over time")
	})
}

func TestReportsThatAreRefused(t *testing.T) {
	site := newSite(t, storetest.SQLite(t))
	officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	for name, one := range map[string]struct {
		file []byte
		want string
	}{
		"encrypted": {[]byte(`<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#"/>`), "mot de passe"},
		"cut":       {[]byte(report("a.test", "2025-06-01", 80)[:120]), "ni un ODS lisible"},
		"in a zip":  {zipped(t, map[string]string{"ad_hc_x.xml": "<HealthcheckData><DomainFQDN>a</DomainFQDN></HealthcheckData>"}), "ad_hc_x.xml"},
	} {
		has(t, name, officer.Want(name, officer.Upload(at+"/import", "file", "x", one.file), http.StatusUnprocessableEntity), one.want)
	}
}

func FuzzReports(f *testing.F) {
	f.Add([]byte(report("a.test", "2025-06-01", 80)))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, file []byte) {
		isReports(file)
		book, err := readReports(file)
		if err == nil && len(book.Sheets[0].Rows) < 2 {
			t.Error("a book without a report")
		}
	})
}
