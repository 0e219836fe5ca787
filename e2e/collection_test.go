package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hygie/internal/store"
	"hygie/lab/labtest"
)

// The security officer lets the server read a real Active Directory, from the web: a wrong password is said in words, Kerberos and LDAPS both
// find what was planted, and the password is in no file afterwards. The platform runs in the lab's own network, as it would in the hospital's.
func TestServerCollectsFromARealDirectory(t *testing.T) {
	dc := labtest.Start(t, labtest.Options{Fixture: true})
	data := t.TempDir()
	p, v := inTheLab(t, dc, data)
	v.want(v.get(demoLink(t, v, "Lou Specimen")), http.StatusOK)
	roots, err := os.ReadFile(filepath.Join(dc.Dir, "tls", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	const wrong = "Pas-Le-Bon-Mot-2026"
	collect := func(password, method string) answer {
		run := v.want(v.post(smallDirectory+"/collections", "server", dc.Host, "user", "a.auditeur", "password", password, "method", method, "roots", string(roots)), http.StatusOK).path
		page := v.get(run)
		await(t, "the run is over", func() bool {
			page = v.want(v.get(run), http.StatusOK)
			return !strings.Contains(page.main(), "Audit en cours")
		})
		return page
	}
	collect(wrong, "kerberos").says(t, "La collecte n’a pas abouti", "le mot de passe n’est pas celui du compte", "Recommencer")
	collect(wrong, "ldaps").says(t, "le mot de passe n’est pas celui du compte")
	for i, method := range []string{"kerberos", "ldaps"} {
		page := collect(dc.Admin, method)
		page.says(t, "Niveau 1 sur 5")
		if i > 0 {
			page.says(t, "Depuis le passage du", "le niveau n’a pas changé")
		}
		planted(t, v, page)
	}

	s := &site{data: data}
	for _, secret := range []string{dc.Admin, wrong} {
		nowhere(t, s, secret)
		if strings.Contains(p.log.String(), secret) {
			t.Error("the log holds the password")
		}
	}
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(data, "hygie.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if n := count(t, db, `select count(*) from job where args like $1 or error like $1`, "%"+dc.Admin+"%"); n != 0 {
		t.Errorf("%d jobs hold the password", n)
	}
	if left, _ := filepath.Glob(filepath.Join(data, "scratch", "*")); len(left) != 0 {
		t.Errorf("what was collected lies about: %v", left)
	}
}

// planted compares the run with what the fixture planted.
func planted(t *testing.T, v *visitor, run answer) {
	t.Helper()
	data := v.want(v.get(run.path+"/report?format=json"), http.StatusOK)
	for point := range labtest.ReadTruth(t).Planted {
		outcome := regexp.MustCompile(`"id": "` + point + `",\s*"(?:[^{}]*?)"status": "(\w+)"`).FindStringSubmatch(data.body)
		if outcome == nil || outcome[1] != "failed" {
			t.Errorf("%s is planted and does not fail: %v", point, outcome)
		}
	}
}

// inTheLab starts the demonstration in the network of a controller, and a visitor who reaches it there.
func inTheLab(t *testing.T, dc *labtest.Controller, data string) (*process, *visitor) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "hygie") // the name under which the test binary is the command
	if err := os.Symlink(self, name); err != nil {
		t.Fatal(err)
	}
	hosts := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(hosts, []byte("127.0.0.1 localhost "+dc.Host+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	// The mount is made in the lab's own namespace and ends with it.
	const enter = `mount --bind "$1" /etc/hosts && shift && exec "$@"`
	cmd := exec.CommandContext(t.Context(), "nsenter", "--target", dc.Run(t, "pid"), "--net", "--mount", "--",
		"/bin/sh", "-c", enter, "sh", hosts, name, "demo", "--listen", "localhost:8080", "--keep", data)
	cmd.Env = append(os.Environ(), "HYGIE_LANG=fr")
	p := begin(t, cmd)
	v := visitorOf(t, p.url)
	v.client.Transport = &http.Transport{DialContext: dc.Dial}
	return p, v
}
