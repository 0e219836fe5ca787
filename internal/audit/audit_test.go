package audit_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/directory/generate"
	"hygie/internal/audit"
	"hygie/internal/job"
	"hygie/internal/pagetest"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

func TestFromTheFileToThePlan(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)

		empty := officer.Want("no run yet", officer.Get(home), http.StatusOK)
		if !strings.Contains(empty.Text, "Aucun audit pour le moment") {
			t.Error("the empty history does not say how to begin")
		}
		run := deposit(t, officer, `C:\collectes\val.hygie`, directoryOf(t, b.Clock.AddDate(0, 0, -3), generate.Demo))
		waiting := officer.Want("while it waits", officer.Get(run), http.StatusOK)
		if !strings.Contains(waiting.Text, `http-equiv="refresh"`) || !strings.Contains(waiting.Text, "Audit en cours") {
			t.Error("the page of a waiting run does not renew itself")
		}
		b.work(t)

		page := officer.Want("the outcome", officer.Get(run), http.StatusOK)
		for _, want := range []string{"Niveau 1 sur 5", "7 mars 2026", "Le danger est immédiat", "Par où commencer", "C’est le premier passage"} {
			if !says(page, want) {
				t.Errorf("the outcome does not say %q", want)
			}
		}
		point := officer.Want("a point", officer.Get(run+"/points/vuln_krbtgt?domain=val.test"), http.StatusOK)
		for _, want := range []string{"CN=krbtgt,CN=Users,DC=val,DC=test", "Comment corriger", "Comment vérifier", "Comment revenir en arrière", "Set-ADAccountPassword"} {
			if !says(point, want) {
				t.Errorf("the point does not show %q", want)
			}
		}
		officer.Lang = "en"
		if p := officer.Want("in English", officer.Get(run+"/points/vuln_krbtgt"), http.StatusOK); !strings.Contains(p.Text, "How to go back") {
			t.Error("the point is not in English")
		}
		officer.Lang = "fr"

		planned := officer.Want("one into the plan", officer.Post(run+"/actions", "point", "vuln_krbtgt|val.test"), http.StatusSeeOther)
		if planned.To() != "/structures/"+pagetest.Hospital+"/actions" {
			t.Errorf("after planning: %q", planned.To())
		}
		officer.Want("all into the plan", officer.Post(run+"/actions"), http.StatusSeeOther)
		officer.Want("all again", officer.Post(run+"/actions"), http.StatusSeeOther)
		b.View(func(ctx context.Context, tx *store.Tx) error {
			actions, total, err := plan.List(ctx, tx, territory.Everything(), plan.Filter{Structure: pagetest.Hospital}, 500, 0)
			refs := map[string]bool{}
			for _, a := range actions {
				refs[a.OriginRef] = true
			}
			if len(refs) != total || total < 5 || !refs["vuln_krbtgt|val.test"] {
				t.Errorf("%d actions for %d findings", total, len(refs))
			}
			return err
		})
		if again := officer.Get(run + "/points/vuln_krbtgt"); !strings.Contains(again.Text, "Voir l’action") {
			t.Error("the point does not lead to its action")
		}
		want := []string{"audit.plan", "audit.plan", "audit.done", "audit.start"}
		if got := b.Actions(); !slices.Equal(got, want) {
			t.Errorf("the trail says %v, want %v", got, want)
		}
	})
}

func TestEvidenceAndFactsOfARun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		day := b.Clock.AddDate(0, 0, -3)
		content := directoryOf(t, day, generate.Demo)
		run := deposit(t, officer, "val.hygie", content)
		b.work(t)
		b.View(func(ctx context.Context, tx *store.Tx) error {
			evidence, err := proof.Of(ctx, tx, territory.Everything(), pagetest.Hospital)
			if err != nil || len(evidence) != 2 {
				t.Fatalf("evidence %v, %v", evidence, err)
			}
			for _, e := range evidence {
				if !e.EffectiveFrom.Equal(day.Truncate(time.Second)) {
					t.Errorf("%s speaks of %s, want the day of the collection %s", e.Kind, e.EffectiveFrom, day)
				}
				if e.Kind == proof.DirectoryDump && e.Size != int64(len(content)) {
					t.Errorf("the dump has %d bytes, want %d", e.Size, len(content))
				}
			}
			facts, err := proof.FactsKnownAt(ctx, tx, territory.Everything(), pagetest.Hospital, b.Clock)
			values := map[string]string{}
			for _, f := range facts {
				values[f.Key] = f.Value.String()
			}
			if values["directory.level"] != "1" || values["directory.domains"] != "1" || values["directory.failed.level1"] == "0" || len(values) != 9 {
				t.Errorf("facts %v", values)
			}
			return err
		})
		report := officer.Want("the report", officer.Get(run+"/report?format=json"), http.StatusOK)
		if !strings.Contains(report.Header.Get("Content-Disposition"), "audit-2026-03-07.json") || !bytes.Contains(report.Body, []byte(`"level": 1`)) {
			t.Errorf("report %v: %.200s", report.Header, report.Body)
		}
		for format, want := range map[string]string{"ods": "PK\x03\x04", "sarif": "{"} {
			file := officer.Want("the report as "+format, officer.Get(run+"/report?format="+format), http.StatusOK)
			if !strings.Contains(file.Header.Get("Content-Disposition"), "audit-2026-03-07."+format) || !bytes.HasPrefix(file.Body, []byte(want)) {
				t.Errorf("report as %s: %v %.40q", format, file.Header, file.Body)
			}
		}
		page := officer.Want("the report as a page", officer.Get(run+"/report?format=html"), http.StatusOK)
		if !bytes.HasPrefix(bytes.TrimSpace(page.Body), []byte("<!")) {
			t.Errorf("report %.100s", page.Body)
		}
	})
}

func TestTheSecondRunSaysWhatChanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		// Deposited together: compared in the order in which they came.
		deposit(t, officer, "before.hygie", directoryOf(t, b.Clock.AddDate(0, 0, -60), generate.Demo))
		b.Clock = b.Clock.Add(time.Second)
		run := deposit(t, officer, "after.hygie", directoryOf(t, b.Clock.AddDate(0, 0, -1), generate.Healthy))
		b.work(t)
		page := officer.Want("the second run", officer.Get(run), http.StatusOK)
		if found := regexp.MustCompile(`Depuis le passage du 9 janvier 2026, le niveau est passé de 1 à \d`).FindString(plain(page.Text)); found == "" {
			t.Errorf("the second run does not compare:\n%s", page.Main())
		}
		point := officer.Want("a point that was mended", officer.Get(run+"/points/vuln_krbtgt?status=fixed"), http.StatusOK)
		if !strings.Contains(point.Text, "CN=krbtgt,CN=Users,DC=val,DC=test") {
			t.Error("the mended object is not listed as fixed")
		}
		history := officer.Want("the history", officer.Get(home), http.StatusOK)
		if strings.Count(history.Text, home+"/runs/") < 2 {
			t.Error("the history does not list both runs")
		}
		if p := officer.Want("the latest", officer.Get(home+"/latest"), http.StatusSeeOther); p.To() != run {
			t.Errorf("the latest run is %q, want %q", p.To(), run)
		}
	})
}

func TestAFileThatCannotBeReadSaysWhy(t *testing.T) {
	db := storetest.SQLite(t)
	b := newBench(t, db)
	officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	for name, row := range map[string]struct {
		content []byte
		want    string
	}{
		"another kind of file": {[]byte("%PDF-1.7 something else entirely, long enough to be looked at"), "Ce fichier n’est ni une collecte de hygie, ni un export LDIF"},
		"no domain in it":      {[]byte("version: 1\n\ndn: O=Seul\nobjectClass: organization\n\n"), "Ce fichier n’a pas pu être lu"},
	} {
		t.Run(name, func(t *testing.T) {
			run := deposit(t, officer, "x", row.content)
			b.work(t)
			page := officer.Want("the failure", officer.Get(run), http.StatusOK)
			if !strings.Contains(page.Text, row.want) || !strings.Contains(page.Text, "Recommencer") {
				t.Errorf("the failure does not say %q:\n%s", row.want, page.Main())
			}
			b.View(func(ctx context.Context, tx *store.Tx) error {
				evidence, err := proof.Of(ctx, tx, territory.Everything(), pagetest.Hospital)
				if len(evidence) != 0 {
					t.Errorf("a file that cannot be read became evidence: %v", evidence)
				}
				return err
			})
		})
	}
	empty := officer.Upload(home+"/deposits", "dump", "vide.hygie", nil)
	if empty.Status != http.StatusUnprocessableEntity || !strings.Contains(empty.Text, "Le fichier est vide") {
		t.Errorf("an empty file: %d", empty.Status)
	}
	if none := officer.Upload(home+"/deposits", "", "", nil); none.Status != http.StatusUnprocessableEntity {
		t.Errorf("no file: %d", none.Status)
	}
}

func TestACutFileIsPartialAndNeverPasses(t *testing.T) {
	db := storetest.SQLite(t)
	b := newBench(t, db)
	officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	whole := directoryOf(t, b.Clock.AddDate(0, 0, -1), generate.Healthy)
	run := deposit(t, officer, "cut.hygie", whole[:len(whole)*2/3])
	b.work(t)
	page := officer.Want("a cut file", officer.Get(run), http.StatusOK)
	if !strings.Contains(page.Text, "La collecte est incomplète") || strings.Contains(page.Text, "Niveau 5") {
		t.Errorf("a cut file is not said to be partial:\n%.3000s", page.Main())
	}
}

// A collection on which nothing could be decided gives no level, and no fact: it is no measure.
func TestNothingDecidedIsNoMeasure(t *testing.T) {
	db := storetest.SQLite(t)
	b := newBench(t, db)
	officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	run := deposit(t, officer, "seul.ldif", []byte("version: 1\n\ndn: DC=val,DC=test\nobjectClass: top\nobjectClass: domain\nobjectClass: domainDNS\n\n"))
	b.work(t)
	page := officer.Want("an empty domain", officer.Get(run), http.StatusOK)
	if !says(page, "Le niveau n’est pas connu") || says(page, "sur 5") || says(page, "au plus") {
		t.Errorf("a level is given to what was not looked at:\n%.3000s", page.Main())
	}
	b.View(func(ctx context.Context, tx *store.Tx) error {
		facts, err := proof.FactsKnownAt(ctx, tx, territory.Everything(), pagetest.Hospital, b.Clock)
		if len(facts) > 0 {
			t.Errorf("facts %v", facts)
		}
		return err
	})
	history := officer.Want("the history", officer.Get(home), http.StatusOK)
	if says(history, "sur 5") {
		t.Errorf("the history gives a level:\n%.3000s", history.Main())
	}
}

// Work that failed can be asked for again: by whoever deposited the file, and by the administrator of the installation.
func TestAgainWorksOnAFailedRun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		run := deposit(t, officer, "x", []byte("%PDF-1.7 something else entirely, long enough to be looked at"))
		b.work(t)
		failed := officer.Want("the failure", officer.Get(run), http.StatusOK)
		if !says(failed, "Reprendre avec le même fichier") {
			t.Fatalf("the failure cannot be repeated:\n%.3000s", failed.Main())
		}
		director := b.Person("Dominique Fictif", right.Director, pagetest.Hospital)
		director.Want("the director repeats", director.Post(run+"/again"), http.StatusForbidden)
		for _, row := range []struct {
			name string
			ask  func()
		}{
			{"by the page of the run", func() { officer.Want("again", officer.Post(run+"/again"), http.StatusSeeOther) }},
			{"by the administrator of jobs", func() {
				b.Update(func(ctx context.Context, tx *store.Tx) error {
					id, err := store.One(ctx, tx, store.Column[string], `select id from job where kind = $1`, audit.JobKind)
					if err != nil {
						return err
					}
					return job.NewQueue(db, b.Now).Again(ctx, tx, territory.Everything(), id)
				})
			}},
		} {
			row.ask()
			if p := officer.Get(run); !says(p, "Audit en cours") {
				t.Errorf("%s: the page does not say that it works again:\n%.2000s", row.name, p.Main())
			}
			b.work(t)
			if p := officer.Get(run); !says(p, "Ce fichier n’est ni une collecte") {
				t.Errorf("%s: the run did not fail again:\n%.2000s", row.name, p.Main())
			}
		}
		// What made it fail may be gone: the same work then succeeds.
		good := deposit(t, officer, "val.hygie", directoryOf(t, b.Clock.AddDate(0, 0, -1), generate.Healthy))
		b.Update(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `update audit_run set state = 'failed', failure_key = 'audit.failure_store' where id = $1`, good[strings.LastIndex(good, "/")+1:])
			if err == nil {
				_, err = tx.Exec(ctx, `update job set state = 'failed' where state = 'waiting'`)
			}
			return err
		})
		officer.Want("again", officer.Post(good+"/again"), http.StatusSeeOther)
		b.work(t)
		if p := officer.Get(good); !says(p, "sur 5") {
			t.Errorf("the run did not succeed:\n%.2000s", p.Main())
		}
		officer.Want("a run that succeeded", officer.Post(good+"/again"), http.StatusConflict)
	})
}

// Whoever may not launch an audit is not told to upload one.
func TestAnEmptyHistoryTellsEachWhatTheyCanDo(t *testing.T) {
	b := newBench(t, storetest.SQLite(t))
	for role, want := range map[right.Role]bool{right.SecurityOfficer: true, right.Director: false} {
		p := b.Person(string(role), role, pagetest.Hospital).Get(home)
		if says(p, "déposez le fichier") != want || !says(p, "Aucun audit pour le moment") {
			t.Errorf("%s reads:\n%s", role, p.Main())
		}
	}
}

func TestAFullDiskLosesNothing(t *testing.T) {
	db := storetest.SQLite(t)
	b := newBench(t, db)
	officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	b.backend.full = true
	page := officer.Upload(home+"/deposits", "dump", "x.hygie", directoryOf(t, b.Clock, generate.Healthy))
	if page.Status != http.StatusConflict || !strings.Contains(page.Text, "Le disque du serveur est plein") {
		t.Errorf("a full disk: %d\n%s", page.Status, page.Main())
	}
	b.View(func(ctx context.Context, tx *store.Tx) error {
		runs, err := store.One(ctx, tx, store.Column[int], `select count(*) from audit_run`)
		if runs != 0 {
			t.Errorf("%d runs were half begun", runs)
		}
		return err
	})
}

func TestAcceptingARiskKeepsTheLevel(t *testing.T) {
	db := storetest.SQLite(t)
	b := newBench(t, db)
	officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	director := b.Person("Dominique Fictif", right.Director, pagetest.Hospital)
	run := deposit(t, officer, "val.hygie", directoryOf(t, b.Clock.AddDate(0, 0, -1), generate.Demo))
	b.work(t)
	accept := home + "/points/vuln_krbtgt/acceptance"
	id := run[strings.LastIndex(run, "/")+1:]
	if p := officer.Get(accept + "?domain=val.test&run=" + id); p.Status != http.StatusForbidden {
		t.Errorf("the security officer may accept: %d", p.Status)
	}
	director.Want("the question", director.Get(accept+"?domain=val.test&run="+id), http.StatusOK)
	for name, row := range map[string][2]string{
		"no reason":  {"", "2026-06-01"},
		"no day":     {"Le fournisseur livre en mai", ""},
		"day passed": {"Le fournisseur livre en mai", "2026-03-01"},
		"too far":    {"Le fournisseur livre en mai", "2028-01-01"},
	} {
		if p := director.Post(accept, "domain", "val.test", "run", id, "reason", row[0], "until", row[1]); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, p.Status)
		}
	}
	director.Want("accept", director.Post(accept, "domain", "val.test", "run", id, "reason", "Le fournisseur livre en mai", "until", "2026-06-01"), http.StatusSeeOther)
	page := director.Want("the point", director.Get(run+"/points/vuln_krbtgt"), http.StatusOK)
	for _, want := range []string{"Risque accepté jusqu’au 1er juin 2026", "Le fournisseur livre en mai", "Dominique Fictif"} {
		if !says(page, want) {
			t.Errorf("the point does not say %q", want)
		}
	}
	if outcome := director.Get(run); !strings.Contains(outcome.Text, "Niveau 1 sur 5") {
		t.Error("the level moved")
	}
	b.Clock = time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC)
	if late := director.Get(run + "/points/vuln_krbtgt"); strings.Contains(late.Text, "Risque accepté") {
		t.Error("the acceptance outlives its last day")
	}
}

func TestAnotherHospitalSeesNothing(t *testing.T) {
	db := storetest.SQLite(t)
	b := newBench(t, db)
	officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	other := b.Person("Lou Specimen", right.SecurityOfficer, pagetest.Clinic)
	agency := b.Person("Maxime Essai", right.RegionalInstructor, pagetest.Region)
	run := deposit(t, officer, "val.hygie", directoryOf(t, b.Clock.AddDate(0, 0, -1), generate.Demo))
	b.work(t)
	stolen := strings.Replace(run, pagetest.Hospital, pagetest.Clinic, 1)
	for _, path := range []string{run, stolen, run + "/points/vuln_krbtgt", stolen + "/report?format=json"} {
		if p := other.Get(path); p.Status != http.StatusNotFound && p.Status != http.StatusForbidden {
			t.Errorf("%s: %d for another hospital", path, p.Status)
		}
		if p := agency.Get(path); p.Status < 400 {
			t.Errorf("%s: %d for the regional agency", path, p.Status)
		}
	}
	if p := other.Post(stolen + "/actions"); p.Status < 400 {
		t.Errorf("planned from another hospital's run: %d", p.Status)
	}
}

// unused is an address of this machine at which nobody answers.
func unused(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// An installation that may not reach directories offers no form for it, and refuses who sends one all the same.
func TestDepositsOnly(t *testing.T) {
	b := newBench(t, storetest.SQLite(t), func(o *audit.Options) { o.Deposits = true })
	officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	if p := officer.Want("the form", officer.Get(home+"/new"), http.StatusOK); strings.Contains(p.Text, home+"/collections") {
		t.Error("the page offers a collection by the server")
	}
	p := officer.Post(home+"/collections", "server", "127.0.0.1:1", "user", "auditeur@val.test", "password", "x", "method", "ldaps")
	if p.Status != http.StatusForbidden || !says(p, "hygie directory collect") {
		t.Errorf("a collection by the server: %d", p.Status)
	}
}

func TestCancellingAndForgettingCredentials(t *testing.T) {
	db := storetest.SQLite(t)
	b := newBench(t, db)
	officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	wrong := officer.Post(home+"/collections", "server", "dc1 val", "user", "", "password", "", "method", "pigeon")
	if wrong.Status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong form: %d", wrong.Status)
	}
	const secret = "Un-Secret-Tres-Reconnaissable"
	nobody := unused(t)
	begun := officer.Want("collect", officer.Post(home+"/collections", "server", nobody, "user", "auditeur@val.test", "password", secret, "method", "ldaps"), http.StatusSeeOther)
	officer.Want("cancel", officer.Post(begun.To()+"/cancel"), http.StatusSeeOther)
	page := officer.Want("cancelled", officer.Get(begun.To()), http.StatusOK)
	if !strings.Contains(page.Text, "Ce passage a été arrêté") {
		t.Errorf("not cancelled:\n%s", page.Main())
	}
	// A server that nobody answers for: the reason is told in plain words.
	begun = officer.Want("collect again", officer.Post(home+"/collections", "server", nobody, "user", "auditeur@val.test", "password", secret, "method", "ldaps"), http.StatusSeeOther)
	b.work(t)
	page = officer.Want("unreachable", officer.Get(begun.To()), http.StatusOK)
	if !strings.Contains(page.Text, "le serveur ne répond pas") || strings.Contains(page.Text, secret) {
		t.Errorf("unreachable:\n%s", page.Main())
	}
	// The process died before the run began: its memory is gone, and the run says so.
	begun = officer.Want("collect a third time", officer.Post(home+"/collections", "server", nobody, "user", "auditeur@val.test", "password", secret, "method", "ldaps"), http.StatusSeeOther)
	reborn := newServiceOn(t, b)
	b.runner = reborn
	b.work(t)
	if page = officer.Get(begun.To()); !strings.Contains(page.Text, "n’a plus le mot de passe") {
		t.Errorf("after a restart:\n%s", page.Main())
	}
	for _, table := range []string{"job", "audit_run", "trail_intake", "trail_line"} {
		b.View(func(ctx context.Context, tx *store.Tx) error {
			rows, err := tx.Query(ctx, `select * from `+table)
			if err != nil {
				return nil // not a table of this version
			}
			defer rows.Close()
			columns, _ := rows.Columns()
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			for rows.Next() {
				if err := rows.Scan(into...); err != nil {
					return err
				}
				for i, v := range values {
					if text, ok := v.(string); ok && strings.Contains(text, secret) {
						t.Errorf("the password lies in %s.%s", table, columns[i])
					}
				}
			}
			return rows.Err()
		})
	}
}

// newServiceOn is the background work of a process that was just started.
func newServiceOn(t *testing.T, b *bench) *job.Runner {
	t.Helper()
	queue := job.NewQueue(b.DB, b.Now)
	service := audit.New(audit.Options{DB: b.DB, Queue: queue, Trail: b.Trail, Now: b.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Scratch: t.TempDir(), Version: "test"})
	runner := job.NewRunner(queue, job.Options{Backoff: func(int) time.Duration { return 0 }})
	runner.Handle(audit.JobKind, service.Work)
	return runner
}
