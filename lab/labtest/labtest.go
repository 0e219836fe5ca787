// Package labtest gives tests a real Active Directory domain controller: Samba, stood up by lab/samba-dc.sh in network
// and mount namespaces of its own. The controller listens on 127.0.0.1 of that network only; [Controller.Dial] reaches it
// from the test's process, so that code under test runs in place, with coverage and the race detector.
//
// A controller needs root and Debian's Samba packages. Where they are missing the test is skipped and says what to install.
package labtest

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A Controller is a running domain controller.
type Controller struct {
	Dir      string // its folder
	Realm    string // LAB.HYGIE.TEST
	Domain   string // lab.hygie.test
	Base     string // DC=lab,DC=hygie,DC=test
	Host     string // dc1.lab.hygie.test
	Admin    string // password of Administrator, and of the fixture's accounts
	pid      int    // a process inside its namespaces
	settings []string
	script   string
}

// Options choose what the domain holds.
type Options struct {
	Fixture    bool   // the weaknesses of samba-fixture.json
	Bulk       int    // ordinary objects to add
	StrongAuth string // "ldap server require strong auth", "" for yes
}

// Start provisions and starts a controller, which ends with the test.
func Start(t testing.TB, o Options) *Controller {
	t.Helper()
	_, self, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("the place of the lab script is unknown")
	}
	c := &Controller{
		Dir:    filepath.Join(t.TempDir(), "dc"),
		Realm:  "LAB.HYGIE.TEST",
		Domain: "lab.hygie.test",
		Base:   "DC=lab,DC=hygie,DC=test",
		Host:   "dc1.lab.hygie.test",
		Admin:  "Bac-A-Sable-2026",
		script: filepath.Join(filepath.Dir(self), "..", "samba-dc.sh"),
	}
	c.settings = []string{"LAB_DIR=" + c.Dir, "LAB_REALM=" + c.Realm, "LAB_ADMIN_PASSWORD=" + c.Admin, fmt.Sprintf("LAB_OWNER=%d", os.Getpid())}
	if o.StrongAuth != "" {
		c.settings = append(c.settings, "LAB_STRONG_AUTH="+o.StrongAuth)
	}
	if out, err := c.command("check").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED, no Samba domain controller here: %s\nInstall it with lab/samba-dc.sh install, as root.", bytes.TrimSpace(out))
	}
	t.Cleanup(func() {
		if out, err := c.command("destroy").CombinedOutput(); err != nil {
			t.Errorf("destroy the lab: %v\n%s", err, out)
		}
	})
	c.Run(t, "provision")
	if o.Fixture {
		c.Run(t, "fixture")
	}
	if o.Bulk > 0 {
		c.Run(t, "bulk", fmt.Sprint(o.Bulk))
	}
	c.Run(t, "start")
	out := c.Run(t, "pid")
	if _, err := fmt.Sscan(out, &c.pid); err != nil {
		t.Fatalf("process of the lab: %q: %v", out, err)
	}
	return c
}

func (c *Controller) command(args ...string) *exec.Cmd {
	cmd := exec.Command(c.script, args...)
	cmd.Env = append(os.Environ(), c.settings...)
	return cmd
}

// Run calls a verb of the script and returns what it printed.
func (c *Controller) Run(t testing.TB, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := c.command(args...)
	// Files and not pipes would do as well, but start leaves a daemon behind that must not hold our pipe open: it does not,
	// since the script sends the daemon's streams to /dev/null.
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("samba-dc.sh %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), errs.String())
	}
	return strings.TrimSpace(out.String())
}

// Roots returns the authority of the controller's certificate.
func (c *Controller) Roots(t testing.TB) *x509.CertPool {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(c.Dir, "tls", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatal("the lab's authority cannot be read")
	}
	return pool
}

// A Truth lists what the fixture planted, and what a Samba domain shows even when nothing is planted.
type Truth struct {
	// Planted names, for each point, the levels it must fail at and the objects it must show, by DN without the domain's part.
	Planted map[string]Planted `json:"planted"`
	// Inherent names the points that a fresh provision fails by Samba's own defaults, at exactly these levels, and why.
	Inherent map[string]Planted `json:"inherent"`
}

// Planted is one weakness. In the names of objects, BASE stands for the DN of the domain.
type Planted struct {
	Levels  []int    `json:"levels"`
	Objects []string `json:"objects,omitempty"`
	What    string   `json:"what"`
	// Optional marks an inherent failure that is a matter of reading: a verdict with or without it is right.
	Optional bool `json:"optional,omitempty"`
}

// ReadTruth reads samba-fixture.json.
func ReadTruth(t testing.TB) Truth {
	t.Helper()
	_, self, _, _ := runtime.Caller(0)
	data, err := os.ReadFile(filepath.Join(filepath.Dir(self), "..", "samba-fixture.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth Truth
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&truth); err != nil {
		t.Fatalf("read the truth of the fixture: %v", err)
	}
	return truth
}
