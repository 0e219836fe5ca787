package e2e

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // opens the same database beside the platform

	"hygie/directory/generate"
	"hygie/internal/app"
	"hygie/internal/audit"
	"hygie/internal/job"
	"hygie/internal/store"
)

// A process that is killed in the middle of an audit loses nothing: the next one finishes the run, and nothing is there twice.
func TestKilledInTheMiddleOfAnAudit(t *testing.T) {
	data := t.TempDir()
	o := domain(time.Now().AddDate(0, 0, -2), generate.Demo)
	o.Objects = 40_000 // long enough to be killed in
	content := ldifOf(t, o)
	first := demoProcess(t, data)
	v := visitorOf(t, first.url)
	v.want(v.get(demoLink(t, v, "Lou Specimen")), http.StatusOK)
	run := v.want(v.upload(smallDirectory+"/deposits", "annuaire.ldif", content), http.StatusOK).path

	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(data, "hygie.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	const mine = `select count(*) from job where kind = 'audit.directory' and structure_id = '` + smallHospital + `'`
	await(t, "the audit is under way", func() bool { return count(t, db, mine+` and state = 'running'`) == 1 })
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.cmd.Wait()
	if n := count(t, db, mine+` and state = 'running'`); n != 1 {
		t.Fatalf("just after the kill, %d jobs are said to run", n)
	}
	if n := count(t, db, `select count(*) from evidence where structure_id = $1`, smallHospital); n != 0 {
		t.Errorf("%d pieces of evidence are kept of a run that did not end", n)
	}
	// As if the half minute that a lease lasts had passed.
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `update job set lease_until = 1 where state = 'running'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	second := demoProcess(t, data)
	v = visitorOf(t, second.url)
	v.want(v.get(demoLink(t, v, "Lou Specimen")), http.StatusOK)
	await(t, "the run is finished", func() bool { return count(t, db, mine+` and state = 'done'`) == 1 })
	v.want(v.get(run), http.StatusOK).says(t, "Niveau 1 sur 5")
	for query, want := range map[string]int{
		`select count(*) from audit_run where state = 'done' and structure_id = $1`:     1,
		`select count(*) from evidence where structure_id = $1`:                         2,
		`select count(*) from fact where key = 'directory.level' and structure_id = $1`: 1,
		mine + ` and attempt = 2 and structure_id = $1`:                                 1,
		`select count(*) from (select 1 from audit_object o join audit_run r on r.id = o.run_id where r.structure_id = $1 group by o.run_id, o.number having count(*) > 1) d`: 0,
	} {
		if n := count(t, db, query, smallHospital); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(data, "blobs", "incoming", "*")); len(left) != 0 {
		t.Errorf("half-written evidence is left: %v", left)
	}
	if err := second.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := second.cmd.Wait(); exitCode(err) != 0 {
		t.Errorf("interrupted, the platform ends with %v\n%s", err, second.log)
	}
}

// process is a platform in a process of its own.
type process struct {
	cmd *exec.Cmd
	url string
	log *faults
}

var address = regexp.MustCompile(`http://localhost:\d+`)

// demoProcess starts the demonstration on a folder that is kept, and waits until it answers.
func demoProcess(t *testing.T, data string) *process {
	t.Helper()
	return begin(t, hygie(t, "demo", "--listen", fmt.Sprintf("localhost:%d", freePort(t)), "--keep", data))
}

// begin starts a platform and waits until it says where it is.
func begin(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, log: &faults{}}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	lines := bufio.NewScanner(stderr)
	for p.url == "" && lines.Scan() {
		_, _ = fmt.Fprintln(p.log, lines.Text())
		p.url = address.FindString(lines.Text())
	}
	if p.url == "" {
		t.Fatalf("the demonstration does not start:\n%s", p.log)
	}
	go func() {
		for lines.Scan() {
			_, _ = fmt.Fprintln(p.log, lines.Text())
		}
	}()
	return p
}

// freePort is a port that nobody listens on.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// visitorOf visits a platform that this process does not own.
func visitorOf(t *testing.T, url string) *visitor { return (&site{url: url}).visitor(t) }

// demoLink reads the link of a person from the page of the demonstration.
func demoLink(t *testing.T, v *visitor, name string) string {
	t.Helper()
	page := v.want(v.get("/demonstration"), http.StatusOK).body
	at := strings.Index(page, name)
	if at < 0 {
		t.Fatalf("the demonstration has no %s", name)
	}
	links := regexp.MustCompile(`/demonstration/[0-9a-z]+\?k=[\w-]+`).FindAllStringIndex(page, -1)
	best := ""
	for _, l := range links {
		if best == "" || l[0] < at {
			best = page[l[0]:l[1]]
		}
	}
	return best
}

// A full disk refuses a deposit in words and keeps nothing of it; with room again the same deposit succeeds.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root may mount a small disk")
	}
	data := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", data).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: a small disk cannot be mounted: %s", bytes.TrimSpace(out))
	}
	t.Cleanup(func() {
		if out, err := exec.CommandContext(context.Background(), "umount", data).CombinedOutput(); err != nil {
			t.Errorf("umount: %s", out)
		}
	})
	s := start(t, options{demo: true, data: data})
	s.idle(t)
	v := s.as(t, smallOfficer)
	small, _ := dumpOf(t, domain(time.Now().AddDate(0, 0, -2), generate.Demo))
	large := make([]byte, 64<<20)
	if _, err := rand.Read(large); err != nil {
		t.Fatal(err)
	}
	before := keptRows(t, s.DB)
	v.want(v.upload(smallDirectory+"/deposits", "enorme.hygie", large), http.StatusConflict).says(t, "Le disque du serveur est plein", "rien n’a été gardé", "recommencez")
	if n := count(t, s.DB, `select count(*) from audit_run where structure_id = $1`, smallHospital); n != 0 || keptRows(t, s.DB) != before {
		t.Errorf("%d runs were begun; kept %s, before %s", n, keptRows(t, s.DB), before)
	}
	if left, _ := filepath.Glob(filepath.Join(data, "blobs", "incoming", "*")); len(left) != 0 {
		t.Errorf("half-written evidence is left: %v", left)
	}
	page := v.want(v.upload(smallDirectory+"/deposits", "annuaire.hygie", small), http.StatusOK)
	s.idle(t)
	v.want(v.get(page.path), http.StatusOK).says(t, "Niveau 1 sur 5")
}

// A directory server that accepts the connection and drops the line ends the run with what to do; the password is nowhere afterwards.
func TestServerThatDropsTheLine(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	s := start(t, options{demo: true})
	v := s.as(t, smallOfficer)
	const password = "Tr3s-Secret-Inventé"
	page := v.want(v.post(smallDirectory+"/collections", "server", l.Addr().String(), "user", "lecteur@brume.test", "password", password, "method", "ldaps"), http.StatusOK)
	s.idle(t)
	page = v.want(v.get(page.path), http.StatusOK)
	page.says(t, "La collecte n’a pas abouti", "Recommencer")
	if strings.Contains(page.body, password) {
		t.Error("the page shows the password")
	}
	nowhere(t, s, password)

	wrong := v.want(v.post(smallDirectory+"/collections", "server", "dc1 exemple/fr", "user", "lecteur", "password", password, "method", "ldaps"), http.StatusUnprocessableEntity)
	wrong.says(t, "Donnez le nom du contrôleur de domaine")
	if strings.Contains(wrong.body, password) {
		t.Error("the form is sent back with the password")
	}
}

// nowhere fails the test when a secret is in a file of the installation, the database and what was thrown away of it included.
func nowhere(t *testing.T, s *site, secret string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(s.data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a temporary file of the database
		}
		files++
		if bytes.Contains(content, []byte(secret)) {
			t.Errorf("%s holds the secret", path)
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files looked at: %v", files, err)
	}
	if strings.Contains(s.faults.String(), secret) {
		t.Error("the log holds the secret")
	}
}

// While somebody else holds the database, a change waits and then says that it did not happen; afterwards the same change succeeds.
func TestDatabaseHeldByAnother(t *testing.T) {
	if testing.Short() {
		t.Skip("waits as long as the platform waits for its database")
	}
	s := start(t, options{demo: true, noisy: true})
	s.idle(t)
	v := s.as(t, smallOfficer)
	other, err := sql.Open("sqlite", "file:"+filepath.Join(s.data, "hygie.db")+"?_txlock=immediate&_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	held, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	add := func() answer {
		return v.post("/structures/"+smallHospital+"/actions", "title", "Écrit pendant la panne", "state", "open")
	}
	const query = `select count(*) from action where title = 'Écrit pendant la panne'`
	v.want(v.get("/structures/"+smallHospital), http.StatusOK) // reading goes on
	v.want(add(), http.StatusInternalServerError).says(t, "Référence")
	if n := count(t, s.DB, query); n != 0 {
		t.Errorf("%d actions written, although the page said no", n)
	}
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	v.want(add(), http.StatusOK).says(t, "Écrit pendant la panne")
	if n := count(t, s.DB, query); n != 1 {
		t.Errorf("%d actions written", n)
	}
}

// Without its database the platform answers in words, and tells its supervisor.
func TestDatabaseLost(t *testing.T) {
	s := start(t, options{demo: true, noisy: true})
	s.idle(t)
	v := s.as(t, smallOfficer)
	if err := s.DB.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/structures/" + smallHospital, "/", "/account"} {
		page := v.want(v.get(path), http.StatusInternalServerError)
		page.says(t, "Référence")
		if strings.Contains(page.body, "sql") || strings.Contains(page.body, "database") {
			t.Errorf("%s tells the reader about the inside: %.600s", path, page.main())
		}
	}
	v.want(v.get("/health"), http.StatusInternalServerError)
}

// A run that is cancelled while it works keeps nothing and says so.
func TestCancelledRun(t *testing.T) {
	gate := make(chan struct{})
	s := start(t, options{demo: true, prepare: func(p *app.Platform) {
		p.Runner.Handle(audit.JobKind, func(ctx context.Context, work job.Job, progress *job.Progress) error {
			if work.Structure == smallHospital {
				select {
				case <-gate:
				case <-ctx.Done():
				}
			}
			return p.Audits.Work(ctx, work, progress)
		})
	}})
	defer close(gate)
	v := s.as(t, smallOfficer)
	content, _ := dumpOf(t, domain(time.Now().AddDate(0, 0, -2), generate.Demo))
	run := v.want(v.upload(smallDirectory+"/deposits", "annuaire.hygie", content), http.StatusOK).path
	await(t, "the run works", func() bool {
		return count(t, s.DB, `select count(*) from job where structure_id = $1 and state = 'running'`, smallHospital) == 1
	})
	v.want(v.get(run), http.StatusOK).says(t, "Arrêter ce traitement")
	v.want(v.post(run+"/cancel"), http.StatusOK)
	s.idle(t)
	v.want(v.get(run), http.StatusOK).says(t, "Ce passage a été arrêté avant la fin.")
	if n := count(t, s.DB, `select count(*) from evidence where structure_id = $1`, smallHospital); n != 0 {
		t.Errorf("%d pieces of evidence are kept of a cancelled run", n)
	}
	v.want(v.post(run+"/cancel"), http.StatusConflict).says(t, "Ce passage est déjà terminé.")
}

// A session that ends while somebody writes refuses the form, saves nothing, and leads back to where they were.
func TestSessionEndsInTheMiddleOfAForm(t *testing.T) {
	s := start(t, options{demo: true})
	v := s.as(t, smallOfficer)
	form := "/structures/" + smallHospital + "/actions/new"
	v.want(v.get(form), http.StatusOK)
	s.pass(30 * 24 * time.Hour)
	refused := v.want(v.post("/structures/"+smallHospital+"/actions", "title", "Écrit trop tard", "state", "open"), http.StatusForbidden)
	refused.says(t, "Connectez-vous pour continuer.")
	if n := count(t, s.DB, `select count(*) from action where title = 'Écrit trop tard'`); n != 0 {
		t.Errorf("%d actions were written without a session", n)
	}
	back := v.want(v.get(form), http.StatusOK)
	if !strings.HasPrefix(back.path, "/sign-in?back=") || !strings.Contains(back.body, form) {
		t.Errorf("without a session, at %s", back.path)
	}
}
