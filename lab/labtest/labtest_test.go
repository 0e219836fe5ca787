package labtest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The list for people and the list for programs are the same.
func TestReadmeListsWhatIsPlanted(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	truth := ReadTruth(t)
	if len(truth.Planted) < 50 {
		t.Errorf("%d weaknesses in the truth file", len(truth.Planted))
	}
	for _, list := range []map[string]Planted{truth.Planted, truth.Inherent} {
		for id, p := range list {
			if !strings.Contains(string(readme), "| `"+id+"` |") || !strings.Contains(string(readme), p.What) {
				t.Errorf("README.md does not tell %s: %s", id, p.What)
			}
			if len(p.Levels) == 0 || p.What == "" {
				t.Errorf("%s has no level or no words", id)
			}
		}
	}
}

func TestScriptExplainsItself(t *testing.T) {
	out, err := exec.Command("../samba-dc.sh").Output()
	if err == nil {
		t.Error("no verb is no mistake?")
	}
	for _, verb := range []string{"install", "check", "provision", "fixture", "bulk", "start", "exec", "pid", "stop", "destroy"} {
		if !strings.Contains(string(out), "samba-dc.sh "+verb) && !strings.Contains(string(out), "| "+verb) {
			t.Errorf("the help does not tell %q:\n%s", verb, out)
		}
	}
}

// Stopping leaves nothing behind.
func TestNothingIsLeftRunning(t *testing.T) {
	dc := Start(t, Options{})
	if status := dc.Run(t, "status"); status != "running" {
		t.Fatalf("status %q", status)
	}
	inside := func() int {
		out, _ := exec.Command("pgrep", "-f", dc.Dir+"/").Output()
		return len(strings.Fields(string(out)))
	}
	if inside() == 0 {
		t.Fatal("no process of the controller can be seen: the test proves nothing")
	}
	dc.Run(t, "stop")
	for range 50 {
		if inside() == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if n := inside(); n != 0 {
		t.Errorf("%d processes are left", n)
	}
	if status := dc.Run(t, "status"); status != "stopped" {
		t.Errorf("status %q", status)
	}
}
