package audit_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hygie/directory/generate"
	"hygie/directory/model"
	"hygie/internal/audit"
	"hygie/internal/job"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// Ended jobs are deleted after some months; the runs that they worked on stay, and never begin to wait again.
func TestARunOutlivesItsJob(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		run := deposit(t, officer, "val.hygie", []byte("anything"))
		officer.Want("cancel", officer.Post(run+"/cancel"), http.StatusSeeOther)
		b.Clock = b.Clock.AddDate(0, 6, 0)
		b.Update(func(ctx context.Context, tx *store.Tx) error {
			n, err := job.Prune(ctx, tx, b.Clock.AddDate(0, -3, 0))
			if n != 1 {
				t.Errorf("%d jobs deleted, want the one of the run", n)
			}
			return err
		})
		page := officer.Want("the run", officer.Get(run), http.StatusOK)
		if says(page, "Audit en cours") {
			t.Error("the run waits again")
		}
		officer.Want("the history", officer.Get(home), http.StatusOK)
	})
}

// A structure may move in the tree while its audit works: the run is closed where the structure stands by then.
func TestAStructureMayMoveDuringItsAudit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		run := deposit(t, officer, "val.hygie", directoryOf(t, b.Clock, generate.Demo))
		moved := false
		b.backend.begun = func() { // the report is stored after the scope was read and before the run is closed
			if moved {
				return
			}
			moved = true
			b.Update(func(ctx context.Context, tx *store.Tx) error {
				return territory.Move(ctx, tx, territory.Everything(), pagetest.Hospital, pagetest.Region, b.Clock)
			})
		}
		b.work(t)
		if !moved {
			t.Fatal("nothing was moved: the test proves nothing")
		}
		b.View(func(ctx context.Context, tx *store.Tx) error {
			attempts, err := store.One(ctx, tx, store.Column[int], `select attempt from job where kind = $1`, audit.JobKind)
			if attempts != 1 {
				t.Errorf("the job took %d attempts", attempts)
			}
			return err
		})
		if p := officer.Want("the run", officer.Get(run), http.StatusOK); !says(p, "Par où commencer") && !says(p, "Niveau") {
			t.Errorf("the run is not done:\n%s", p.Main())
		}
	})
}

// A small file that grows without end once it is read takes no more than its share: what came before is kept, and the run says that it is partial.
func TestAFileThatGrowsWithoutEnd(t *testing.T) {
	b := newBench(t, storetest.SQLite(t))
	officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	var bomb []model.Entry
	value := bytes.Repeat([]byte("a"), 8<<20)
	for i := range 40 {
		bomb = append(bomb, model.Entry{DN: fmt.Sprintf("CN=x%d,CN=Users,DC=val,DC=test", i), Attributes: []model.Attribute{
			{Name: "objectClass", Values: [][]byte{[]byte("user")}}, {Name: "description", Values: [][]byte{value}},
		}})
	}
	content := directoryWith(t, b.Clock, generate.Demo, func(*model.Entry) {}, bomb...)
	if len(content) > 2<<20 {
		t.Fatalf("the file has %d bytes: the test proves nothing", len(content))
	}
	run := deposit(t, officer, "val.hygie", content)
	b.work(t)
	if p := officer.Want("the run", officer.Get(run), http.StatusOK); !says(p, "La collecte est incomplète") {
		t.Errorf("the whole of it was read:\n%s", p.Main())
	}
}

// Values of a directory are bytes that anybody who may write there chooses; PostgreSQL refuses some of them as text.
func TestNamesThatAreNoText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		content := directoryWith(t, b.Clock, generate.Demo, func(e *model.Entry) {
			e.DN = strings.Replace(e.DN, "CN=krbtgt,", "CN=krb\x00\xff\xfetgt,", 1)
		})
		run := deposit(t, officer, "val.hygie", content)
		b.work(t)
		if p := officer.Want("the run", officer.Get(run), http.StatusOK); !says(p, "Niveau 1 sur 5") {
			t.Errorf("the run is not done:\n%s", p.Main())
		}
		officer.Want("the point", officer.Get(run+"/points/vuln_krbtgt?domain=val.test"), http.StatusOK)
	})
}

// Whoever takes the map of weaknesses out is in the trail, with what they took.
func TestTakingFindingsOutIsNoted(t *testing.T) {
	db := storetest.SQLite(t)
	b := newBench(t, db)
	officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	run := deposit(t, officer, "val.hygie", directoryOf(t, b.Clock, generate.Demo))
	b.work(t)
	officer.Want("as a page", officer.Get(run+"/report?format=html"), http.StatusOK)
	officer.Want("as data", officer.Get(run+"/report?format=json"), http.StatusOK)
	officer.Want("objects", officer.Get(run+"/points/vuln_krbtgt?format=csv"), http.StatusOK)
	want := []string{"audit.export", "audit.download", "audit.download", "audit.done", "audit.start"}
	if got := b.Actions(); !slices.Equal(got, want) {
		t.Errorf("the trail says %v, want %v", got, want)
	}
	stranger := b.Person("Alex Modèle", right.SecurityOfficer, pagetest.Clinic)
	for _, path := range []string{run + "/report", strings.Replace(run, pagetest.Hospital, pagetest.Clinic, 1) + "/report?format=json"} {
		stranger.Want(path, stranger.Get(path), http.StatusNotFound)
	}
	if got := b.Actions(); !slices.Equal(got, want) {
		t.Errorf("refused downloads are noted as done: %v", got)
	}
}

// An acceptance that is not there cannot be withdrawn, and nothing is noted of it.
func TestWithdrawNothing(t *testing.T) {
	db := storetest.SQLite(t)
	b := newBench(t, db)
	director := b.Person("Dominique Fictif", right.Director, pagetest.Hospital)
	for _, point := range []string{"vuln_krbtgt", "no_such_point"} {
		page := director.Post(home+"/points/"+point+"/acceptance", "withdraw", "1", "domain", "val.test")
		director.Want(point, page, http.StatusConflict)
	}
	if got := b.Actions(); len(got) != 0 {
		t.Errorf("the trail says %v", got)
	}
}
