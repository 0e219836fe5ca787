package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hygie/directory/generate"
	"hygie/internal/store"
)

// Places of the demonstration.
const (
	nation        = "demo-0001"
	region        = "demo-0002"
	group         = "demo-0005"
	hospital      = "demo-0006" // audited, with a security officer and a director
	hospitalSite  = "demo-0007"
	smallHospital = "demo-0011" // same group, with a security officer, never audited
)

// People of the demonstration.
const (
	director     = "direction@demonstration.invalid"
	officer      = "rssi@demonstration.invalid"
	contributor  = "systeme@demonstration.invalid"
	smallOfficer = "rssi-petit@demonstration.invalid"
)

const smallDirectory = "/structures/" + smallHospital + "/directory"

// damaged is a file that is not what its writer wrote.
type damaged struct {
	name, file string
	content    []byte
	refused    string // what the page of the run says when nothing can be made of the file; empty when what is readable is audited
	place      string // where the fault is, on the page and on the command line
}

func damagedFiles(t *testing.T) []damaged {
	asOf := time.Now().AddDate(0, 0, -2)
	o := domain(asOf, generate.Demo)
	o.Objects = 3000 // several blocks in the dump
	dump, _ := dumpOf(t, o)
	export := ldifOf(t, domain(asOf, generate.Demo))
	descriptor := bytes.Index(export, []byte("nTSecurityDescriptor:: "))
	if descriptor < 0 {
		t.Fatal("the export has no descriptor")
	}
	line := fmt.Sprint(1 + bytes.Count(export[:descriptor], []byte("\n")))
	const unreadable, format = "Ce fichier n’a pas pu être lu.", "Ce fichier n’est ni une collecte de hygie, ni un export LDIF"
	return []damaged{
		{"truncated dump", "coupe.hygie", dump[:len(dump)*2/3], "", "le fichier s’arrête ici, avant sa fin"},
		{"dump with one byte changed", "altere.hygie", altered(dump, len(dump)/2), "", "la somme de contrôle ne correspond pas"},
		{"dump with a hostile end", "hostile.hygie", append(dump[:200:200], bytes.Repeat([]byte{0xff}, 4096)...), unreadable, "byte"},
		{"LDIF with wrong base64", "faux.ldif", altered(export, descriptor+len("nTSecurityDescriptor:: ")+5), "", "ligne " + line},
		{"truncated LDIF", "coupe.ldif", export[:descriptor+40], unreadable, "line"},
		{"another kind of file", "photo.ldif", []byte("\x89PNG\r\n\x1a\n it is a picture"), format, ""},
	}
}

// A damaged file says so in words, with the place of the fault and what to do, on the web and on the command line. What cannot be read leaves
// neither evidence nor facts; what can be read in part is audited in part, and no point passes on it.
func TestDamagedFiles(t *testing.T) {
	s := start(t, options{demo: true})
	v := s.as(t, smallOfficer)
	s.idle(t)
	for _, row := range damagedFiles(t) {
		t.Run(row.name, func(t *testing.T) {
			before := keptRows(t, s.DB)
			page := v.want(v.upload(smallDirectory+"/deposits", row.file, row.content), http.StatusOK)
			s.idle(t)
			page = v.want(v.get(page.path), http.StatusOK)
			if row.refused != "" {
				page.says(t, row.refused, "Détail technique", row.place, "Recommencer")
				if after := keptRows(t, s.DB); after != before {
					t.Errorf("kept %s, before %s", after, before)
				}
			} else {
				page.says(t, "La collecte est incomplète", row.place, "Refaites la collecte ou l’export")
			}
			auditDamaged(t, row)
		})
	}
	v.want(v.get(smallDirectory), http.StatusOK).says(t, "coupe.hygie", "faux.ldif")
	v.want(v.upload(smallDirectory+"/deposits", "vide.ldif", nil), http.StatusUnprocessableEntity).says(t, "Le fichier est vide.")
	later := time.Now().AddDate(0, 0, 5).Format(time.DateOnly)
	v.want(v.upload(smallDirectory+"/deposits", "demain.ldif", []byte("dn: DC=x\n"), "collected", later), http.StatusUnprocessableEntity).says(t, "Cette date est dans le futur.")
}

// auditDamaged is the same on the command line.
func auditDamaged(t *testing.T, row damaged) {
	t.Helper()
	path := filepath.Join(t.TempDir(), row.file)
	if err := os.WriteFile(path, row.content, 0o600); err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(t.TempDir(), "report.json")
	out, err := hygie(t, "directory", "audit", path, "--as-of", "2026-11-20", "--format", "json", "--out", report).CombinedOutput()
	code := 0
	if row.refused != "" {
		code = 1
	}
	if exitCode(err) != code || !strings.Contains(string(out), row.file) || !strings.Contains(string(out), row.place) {
		t.Errorf("the command ends with %d, want %d and %q:\n%s", exitCode(err), code, row.place, out)
	}
	content, err := os.ReadFile(report)
	switch {
	case row.refused != "" && err == nil:
		t.Error("the command left a report of a file that it could not read")
	case row.refused == "" && (!strings.Contains(string(content), `"partial": true`) || strings.Contains(string(content), `"status": "passed"`)):
		t.Errorf("the report passes points on a file that is not whole: %v", err)
	}
}

// altered changes one byte so that it is not what it was and no character of base64.
func altered(content []byte, at int) []byte {
	changed := bytes.Clone(content)
	changed[at] = '!'
	if content[at] == '!' {
		changed[at] = '?'
	}
	return changed
}

// keptRows counts what runs keep.
func keptRows(t *testing.T, db *store.DB) string {
	t.Helper()
	var text strings.Builder
	for _, table := range []string{"evidence", "fact", "audit_point", "audit_object", "audit_domain", "action"} {
		fmt.Fprintf(&text, "%s=%d ", table, count(t, db, "select count(*) from "+table))
	}
	return text.String()
}

// Names in a directory are written by others: nothing in them becomes part of a page.
func TestHostileNamesStayText(t *testing.T) {
	const hostile = `<script>document.title='pris'</script><img src=x onerror=alert(1)>`
	o := domain(time.Now().AddDate(0, 0, -2), generate.Demo)
	_, truth := dumpOf(t, o)
	export := string(ldifOf(t, o))
	point, name := "", ""
	for _, w := range truth.Weaknesses {
		for _, dn := range w.Objects {
			if rdn, _, _ := strings.Cut(dn, ","); point == "" && strings.HasPrefix(rdn, "CN=") && !w.Partial && leaf(export, dn) {
				point, name = w.Point, strings.TrimPrefix(rdn, "CN=")
			}
		}
	}
	if point == "" {
		t.Fatal("no weakness with an object that can be renamed")
	}
	escaped := strings.NewReplacer("<", `\<`, ">", `\>`, "=", `\=`).Replace(hostile)
	export = strings.ReplaceAll(export, "CN="+name+",", "CN="+escaped+",")
	s := start(t, options{demo: true})
	v := s.as(t, smallOfficer)
	page := v.want(v.upload(smallDirectory+"/deposits", `"><script>.ldif`, []byte(export)), http.StatusOK)
	s.idle(t)
	run := v.want(v.get(page.path), http.StatusOK)
	at := v.want(v.get(run.path+"/points/"+point+"?domain=brume.test"), http.StatusOK)
	at.says(t, "document.title")
	for _, a := range []answer{run, at, v.get(smallDirectory), v.get(run.path + "/report?format=html")} {
		if strings.Contains(a.body, "<script>document") || strings.Contains(a.body, "<img src=x") || strings.Contains(a.body, `"><script>`) {
			t.Errorf("%s: a name of the directory is markup", a.path)
		}
	}
}

// leaf tells whether an export has the object, written plainly, and none below it.
func leaf(export, dn string) bool {
	return strings.Count(export, "\ndn: "+dn+"\n") == 1 && !strings.Contains(export, ","+dn+"\n") && strings.Contains(dn, ",OU=")
}

// Two files deposited at the same moment are both audited, and compared in the order in which they came.
func TestTwoUploadsAtOnce(t *testing.T) {
	asOf := time.Now().AddDate(0, 0, -9)
	weak, _ := dumpOf(t, domain(asOf, generate.Demo))
	healthy, _ := dumpOf(t, domain(asOf, generate.Healthy))
	s := start(t, options{demo: true})
	v := s.as(t, smallOfficer)
	var group sync.WaitGroup
	var answers [2]answer
	var errs [2]error
	for i, content := range [][]byte{weak, healthy} {
		group.Go(func() {
			answers[i], errs[i] = v.send(smallDirectory+"/deposits", fmt.Sprintf("fichier-%d.hygie", i), content)
		})
	}
	group.Wait()
	for i := range answers {
		if errs[i] != nil || answers[i].status != http.StatusOK {
			t.Fatalf("upload %d: status %d, %v", i, answers[i].status, errs[i])
		}
	}
	s.idle(t)
	const mine = ` from audit_run where structure_id = $1 and state = 'done'`
	if n := count(t, s.DB, `select count(*)`+mine, smallHospital); n != 2 {
		t.Fatalf("%d runs are done", n)
	}
	if n := count(t, s.DB, `select count(*)`+mine+` and previous_id is not null`, smallHospital); n != 1 {
		t.Errorf("%d runs have a previous one, want one", n)
	}
	// Whichever came first, nothing is kept twice.
	for _, q := range []struct {
		query string
		want  int
	}{
		{`select count(*) from evidence where structure_id = $1`, 4},
		{`select count(*) from fact where structure_id = $1 and key = 'directory.level'`, 2},
	} {
		if n := count(t, s.DB, q.query, smallHospital); n != q.want {
			t.Errorf("%s: %d, want %d", q.query, n, q.want)
		}
	}
	v.want(v.get("/structures/"+smallHospital), http.StatusOK).says(t, "Annuaire technique")
}
