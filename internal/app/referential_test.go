package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hygie/internal/cli"
)

// english runs a command line in English.
func english(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	return run(t, map[string]string{"HYGIE_LANG": "en"}, args...)
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReferentialConvertCheckDiff(t *testing.T) {
	folder := t.TempDir()
	ours, theirs, back := filepath.Join(folder, "ours.yaml"), filepath.Join(t.TempDir(), "theirs.yaml"), filepath.Join(folder, "back.yaml")
	for _, args := range [][]string{
		{"referential", "convert", "esms-13", "--out", ours},
		{"referential", "convert", ours, "--to", "ciso", "--out", theirs},
		{"referential", "convert", theirs, "--from", "ciso", "--to", "hygie", "--out", back},
	} {
		if code, out, errs := english(t, args...); code != cli.Done || out != "" {
			t.Fatalf("%v: code %d\n%s%s", args, code, out, errs)
		}
	}
	if code, out, errs := english(t, "referential", "diff", "esms-13", ours); code != cli.Done || out != "No difference.\n" {
		t.Errorf("diff of a copy: code %d\n%s%s", code, out, errs)
	}
	if code, out, _ := english(t, "referential", "diff", ours, back); code != cli.Done || !strings.Contains(out, "~ package esms-13") || strings.Contains(out, "- question") {
		t.Errorf("diff after the way there and back: code %d\n%.2000s", code, out)
	}
	code, out, errs := english(t, "referential", "check", folder, "--format", "json")
	var files []struct {
		ID                      string
		Requirements, Questions int
		Problems                []struct{}
	}
	if err := json.Unmarshal([]byte(out), &files); err != nil || len(files) != 2 || files[0].Questions != 36 {
		t.Fatalf("check: code %d %v\n%s%s", code, err, out, errs)
	}
	if code != cli.Done && code != cli.Failed {
		t.Errorf("code %d", code)
	}
	wrong := file(t, "wrong.yaml", "format: 1\nid: x\nversion: \"1\"\nkind: law\n")
	if code, out, _ := english(t, "referential", "check", wrong); code != cli.Failed || !strings.Contains(out, wrong+":4:7: package: kind must be one of") || !strings.Contains(out, `"axes" is missing`) {
		t.Errorf("check of a wrong file: code %d\n%s", code, out)
	}
	if code, _, errs := english(t, "referential", "convert", wrong, "--from", "ciso"); code != cli.Failed || !strings.Contains(errs, `"objects" is missing`) {
		t.Errorf("convert of a wrong file: code %d %s", code, errs)
	}
	if code, out, _ := english(t, "referential", "convert", "care-d1", "--to", "oscal", "--as-of", "2026-03-10"); code != cli.Done || !strings.Contains(out, `"last-modified": "2026-03-10T00:00:00Z"`) {
		t.Errorf("catalog: code %d\n%.500s", code, out)
	}
	if code, _, _ := english(t, "referential", "diff", "esms-13", filepath.Join(folder, "none.yaml")); code != cli.Failed {
		t.Errorf("a file that is not there: code %d", code)
	}
}

func TestReferentialEval(t *testing.T) {
	facts := file(t, "facts.json", `{"subject": {"structure": "h1", "category": "private"}, "facts": [
		{"key": "assessment.esms-13.score", "value": 2.5, "observed_at": "2026-03-31T21:30:00Z"}]}`)
	eval := func(args ...string) (int, string, string) {
		return english(t, append([]string{"referential", "eval", "care-d1", "--facts", facts}, args...)...)
	}
	code, out, errs := eval("--as-of", "2026-03-31", "--fail-on", "not_met")
	if code != cli.Findings || !strings.Contains(out, "self-assessment  The maturity against cyber risk is self-assessed: met") || errs != "" {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	code, out, _ = eval("--as-of", "2026-03-30", "--format", "json")
	var a struct {
		Package      string
		Requirements []struct{ Code, Status string }
	}
	if err := json.Unmarshal([]byte(out), &a); err != nil || code != cli.Done || a.Package != "care-d1" {
		t.Fatalf("code %d %v\n%s", code, err, out)
	}
	for _, r := range a.Requirements {
		if r.Code == "self-assessment" && r.Status != "not_met" {
			t.Errorf("a day before it was done: %s", r.Status)
		}
	}
	// The last half hour of 31 March in Paris is the day after in a zone further east.
	if _, out, _ := eval("--as-of", "2026-03-31", "--zone", "Asia/Tokyo", "--format", "json"); !strings.Contains(out, `"code": "self-assessment",`+"\n"+`      "status": "not_met"`) {
		t.Error("the zone does not move the day")
	}
	if code, out, _ := eval("--as-of", "2026-03-31", "--format", "oscal"); code != cli.Done || !strings.Contains(out, "assessment-results") {
		t.Errorf("oscal: code %d", code)
	}
	for _, args := range [][]string{{"--as-of", "demain"}, {"--zone", "Mars/Base"}} {
		if code, _, errs := eval(args...); code != cli.Usage {
			t.Errorf("%v: code %d %s", args, code, errs)
		}
	}
	bad := file(t, "bad.json", `{"subject": {"structure": "h1"}, "facts": [{"key": "directory.level", "value": "deux", "observed_at": "2026-03-31"}]}`)
	if code, _, errs := english(t, "referential", "eval", "care-d1", "--facts", bad); code != cli.Failed || !strings.Contains(errs, "bad.json:1:") {
		t.Errorf("a wrong value: code %d %s", code, errs)
	}
}
