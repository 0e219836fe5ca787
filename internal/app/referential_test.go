package app

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
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

// Links between referentials are converted like these, their names looked up in the packages that come with hygie and in the files given.
func TestReferentialConvertLinks(t *testing.T) {
	const samples = "../../referential/testdata/"
	code, out, errs := english(t, "referential", "convert", samples+"ciso-links.yaml", "--with", samples+"ciso-groups.yaml", "--with", samples+"ciso.yaml")
	if code != cli.Done || !strings.Contains(out, "from: W.1") || !strings.Contains(out, "strength: 8") || !strings.Contains(errs, "(line 29)") {
		t.Errorf("links of a library: code %d\n%s%s", code, out, errs)
	}
	links := file(t, "links.yaml", out)
	if code, out, errs := english(t, "referential", "convert", links, "--to", "ciso", "--with", samples+"ciso-groups.yaml", "--with", samples+"ciso.yaml"); code != cli.Done || !strings.Contains(out, "relationship: superset") {
		t.Errorf("back: code %d\n%s%s", code, out, errs)
	}
	if code, _, errs := english(t, "referential", "convert", links, "--to", "ciso"); code != cli.Failed || !strings.Contains(errs, "package veille-1-0 is not known") {
		t.Errorf("back without the packages: code %d %s", code, errs)
	}
	if code, _, _ := english(t, "referential", "convert", links, "--to", "oscal"); code != cli.Usage {
		t.Errorf("links as a catalog: code %d", code)
	}
	if code, out, errs := english(t, "referential", "check", samples+"ciso-links.yaml"); code != cli.Done || !strings.Contains(out, "links watch-to-care") {
		t.Errorf("check: code %d\n%s%s", code, out, errs)
	}
	theirs := filepath.Join(t.TempDir(), "theirs.yaml")
	if code, _, errs := english(t, "referential", "convert", "shipped", "--to", "ciso", "--out", theirs); code != cli.Done || errs != "" {
		t.Fatalf("the links that come with hygie: code %d %s", code, errs)
	}
	if code, out, errs := english(t, "referential", "convert", theirs); code != cli.Done || errs != "" || !strings.Contains(out, "map: shipped") {
		t.Errorf("and back: code %d %s\n%.500s", code, errs, out)
	}
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
	if code, out, errs := english(t, "referential", "check", theirs); code != cli.Done || !strings.Contains(out, "esms-13") { // a library, by its keys
		t.Errorf("check of a library: code %d\n%s%s", code, out, errs)
	}
	again := filepath.Join(t.TempDir(), "again.yaml")
	if code, _, errs := english(t, "referential", "convert", theirs, "--out", again); code != cli.Done {
		t.Errorf("convert what its keys say: code %d\n%s", code, errs)
	}
	if code, out, _ := english(t, "referential", "diff", back, again); code != cli.Done || out != "No difference.\n" {
		t.Errorf("converted otherwise: code %d\n%.500s", code, out)
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

// shape is the part of JSON Schema that the schemas of these outputs use.
type shape struct {
	Type       string            `json:"type"`
	Ref        string            `json:"$ref"`
	Items      *shape            `json:"items"`
	Properties map[string]*shape `json:"properties"`
	Required   []string          `json:"required"`
	Enum       []string          `json:"enum"`
	Defs       map[string]*shape `json:"$defs"`
}

func (s *shape) fits(t *testing.T, root *shape, at string, v any) {
	t.Helper()
	if s.Ref != "" {
		s = root.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")]
	}
	got := "null"
	switch v := v.(type) {
	case map[string]any:
		got = "object"
		for key, value := range v {
			if s.Properties[key] == nil {
				t.Errorf("%s: the schema has no %q", at, key)
				continue
			}
			s.Properties[key].fits(t, root, at+"."+key, value)
		}
		for _, key := range s.Required {
			if _, ok := v[key]; !ok {
				t.Errorf("%s: %q is missing", at, key)
			}
		}
	case []any:
		got = "array"
		for _, one := range v {
			s.Items.fits(t, root, at+"[]", one)
		}
	case string:
		got = "string"
		if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
			t.Errorf("%s: %q", at, v)
		}
	case float64:
		if got = "number"; s.Type == "integer" && v == math.Trunc(v) {
			got = "integer"
		}
	case bool:
		got = "boolean"
	}
	if got != s.Type {
		t.Errorf("%s: a %s, the schema says %s", at, got, s.Type)
	}
}

func TestReferentialOutputsFollowTheirSchemas(t *testing.T) {
	facts := file(t, "facts.json", `{"subject": {"structure": "g", "category": "ght", "is_group": true, "members": [{"structure": "m1", "name": "Un", "weight": 2}]},
		"facts": [{"key": "directory.level", "value": 2, "observed_at": "2026-03-01", "structure": "m1"}, {"key": "exposure.run", "value": "2026-03-01", "observed_at": "2026-03-01"}],
		"documents": [{"kind": "convergence-plan", "from": "2026-01-01", "deposited_at": "2026-01-05"}], "parameters": {"directory-level": 3}}`)
	wrong := file(t, "wrong.yaml", "format: 2\n")
	for name, args := range map[string][]string{
		"referential-eval":  {"eval", "care-d1", "--facts", facts, "--as-of", "2026-03-31", "--format", "json"},
		"referential-check": {"check", "../../referential/packages", wrong, "--format", "json"},
		"referential-diff":  {"diff", "care-d1", "care-d2", "--format", "json"},
	} {
		raw, err := os.ReadFile("../../docs/schema/" + name + ".schema.json")
		if err != nil {
			t.Fatal(err)
		}
		var root shape
		if err := json.Unmarshal(raw, &root); err != nil {
			t.Fatal(err)
		}
		_, out, errs := english(t, append([]string{"referential"}, args...)...)
		var v any
		if err := json.Unmarshal([]byte(out), &v); err != nil {
			t.Fatalf("%s: %v\n%s%s", name, err, out, errs)
		}
		root.fits(t, &root, name, v)
	}
}
