package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hygie/exposure/report"
	"hygie/exposure/schematest"
)

// fixture is what the lab plants.
type fixture struct {
	Mandate string
	Weak    struct {
		Perimeter string
		Zone      string
		Planted   []weakness
	}
	Guarded struct {
		Addresses []string
		Exposed   []weakness
		Allowed   []string
	}
	Sound struct {
		Perimeter string
		Zone      string
		Allowed   []string
	}
}

// weakness is what a finding must say; an empty word stands for any.
type weakness struct{ Check, Asset, Endpoint, Severity string }

func (p weakness) is(g report.Finding) bool {
	return g.Check == p.Check && (p.Asset == "" || g.Asset == p.Asset) && (p.Endpoint == "" || g.Endpoint == p.Endpoint) && (p.Severity == "" || string(g.Severity) == p.Severity)
}

// exposureLab starts the lab's servers in a namespace of this test's own. Without them the test is skipped, unless HYGIE_TEST_REQUIRE lists "exposure".
func exposureLab(t *testing.T, mandate string) (dir string, audit func(perimeter, zone string) *report.Report) {
	t.Helper()
	script, err := filepath.Abs("../lab/exposure-lab.sh")
	if err != nil {
		t.Fatal(err)
	}
	ns := fmt.Sprintf("hygie-exp-%d", os.Getpid())
	dir = filepath.Join(os.TempDir(), ns) // short: some servers put sockets below it
	lab := func(args ...string) ([]byte, error) {
		cmd := exec.Command(script, args...)
		cmd.Env = append(os.Environ(), "LAB_DIR="+dir, "LAB_NS="+ns, fmt.Sprintf("LAB_OWNER=%d", os.Getpid()))
		return cmd.CombinedOutput()
	}
	if out, err := lab("check"); err != nil {
		if slices.Contains(strings.Fields(os.Getenv("HYGIE_TEST_REQUIRE")), "exposure") {
			t.Fatalf("the exposure lab is required by HYGIE_TEST_REQUIRE: %s", out)
		}
		t.Skipf("the exposure lab cannot run here: %s", out)
	}
	t.Cleanup(func() {
		if out, err := lab("down"); err != nil {
			t.Errorf("stop the lab: %v: %s", err, out)
		}
	})
	if out, err := lab("up"); err != nil {
		t.Fatalf("start the lab: %v: %s", err, out)
	}
	program := filepath.Join(t.TempDir(), "hygie")
	if out, err := exec.Command("go", "build", "-o", program, "../cmd/hygie").CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	return dir, func(perimeter, zone string) *report.Report {
		t.Helper()
		folder := t.TempDir()
		declared, out, facts := filepath.Join(folder, "perimetre.yaml"), filepath.Join(folder, "audit.json"), filepath.Join(folder, "facts.json")
		for path, text := range map[string]string{declared: perimeter, filepath.Join(folder, "mandat.txt"): mandate} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if text, err := lab("exec", program, "exposure", "audit", "--perimeter", declared, "--resolver", "127.30.0.5", "--import", filepath.Join(dir, "dns", zone),
			"--anchor", filepath.Join(dir, "dns", "anchor.ds"), "--authority", filepath.Join(dir, "pki", "ca.pem"), "--format", "json", "--out", out, "--facts", facts); err != nil {
			t.Fatalf("audit: %v: %s", err, text)
		}
		for name, written := range map[string]string{"exposure-audit": out, "exposure-facts": facts} {
			text, err := os.ReadFile(written)
			if err != nil {
				t.Fatal(err)
			}
			schematest.Load(t, name).Check(t, text)
		}
		file, err := os.Open(out)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		r, err := report.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

// Every weakness of the lab is found; its sound twins give nothing above minor; the same servers twice give the same findings.
func TestExposureLab(t *testing.T) {
	text, err := os.ReadFile("../lab/exposure/fixture.json")
	if err != nil {
		t.Fatal(err)
	}
	var f fixture
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	_, audit := exposureLab(t, f.Mandate)
	weak := audit(f.Weak.Perimeter, f.Weak.Zone)
	for _, p := range f.Weak.Planted {
		if !slices.ContainsFunc(weak.Findings, p.is) {
			t.Errorf("planted, not found: %+v", p)
		}
	}
	guarded(t, f, weak)
	if weak.Grade != "F" || weak.Holds {
		t.Errorf("grade %s, threshold held %v", weak.Grade, weak.Holds)
	}
	sound := audit(f.Sound.Perimeter, f.Sound.Zone)
	for _, g := range sound.Findings {
		if !slices.Contains(f.Sound.Allowed, g.Check) {
			t.Errorf("invented on the sound servers: %s %s %s %s %q", g.Severity, g.Check, g.Asset, g.Endpoint, g.Found)
		}
	}
	if !sound.Holds {
		t.Errorf("the sound servers do not hold the threshold: %+v", sound.Statistics.Counting)
	}
	again := audit(f.Weak.Perimeter, f.Weak.Zone)
	one, _ := json.Marshal(weak.Findings)
	two, _ := json.Marshal(again.Findings)
	if string(one) != string(two) {
		for i := range min(len(weak.Findings), len(again.Findings)) {
			if a, b := fmt.Sprint(weak.Findings[i]), fmt.Sprint(again.Findings[i]); a != b {
				t.Fatalf("two audits of the same servers differ:\n%s\n%s", a, b)
			}
		}
		t.Errorf("two audits of the same servers: %d findings, then %d", len(weak.Findings), len(again.Findings))
	}
}

// guarded looks that of a sound server that should face nobody only that is said.
func guarded(t *testing.T, f fixture, r *report.Report) {
	t.Helper()
	for _, p := range f.Guarded.Exposed {
		if !slices.ContainsFunc(r.Findings, p.is) {
			t.Errorf("exposed, not said: %+v", p)
		}
	}
	for _, g := range r.Findings {
		address, _, _ := strings.Cut(g.Endpoint, ":")
		if slices.Contains(f.Guarded.Addresses, address) && !slices.Contains(f.Guarded.Allowed, g.Check) &&
			!slices.ContainsFunc(f.Guarded.Exposed, func(p weakness) bool { return p.is(g) }) {
			t.Errorf("invented on a guarded server: %s %s %s %q", g.Severity, g.Check, g.Endpoint, g.Found)
		}
	}
}
