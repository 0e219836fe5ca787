package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hygie/directory/generate"
	"hygie/directory/report"
)

// A generated hospital is asked for every path of its truth, in both forms of the collection.
func TestDirectoryPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "domain")
	code, _, errs := directoryRun(t, nil, "generate", "--objects", "400", "--seed", "3", "--out", dir)
	if code != Done || !strings.Contains(errs, "chemins") {
		t.Fatalf("%d %s", code, errs)
	}
	raw, err := os.ReadFile(filepath.Join(dir, generate.TruthFile))
	if err != nil {
		t.Fatal(err)
	}
	var truth generate.Truth
	if err := json.Unmarshal(raw, &truth); err != nil {
		t.Fatal(err)
	}
	if len(truth.Paths) < 15 {
		t.Errorf("%d paths planted", len(truth.Paths))
	}
	for i, p := range truth.Paths {
		form := []string{generate.DumpFile, generate.LDIFFile}[i%2]
		if p.Share { // an export has no files of policies
			form = generate.DumpFile
		}
		source := filepath.Join(dir, form)
		code, out, errs := directoryRun(t, nil, "path", source, "--from", p.Source, "--to", p.Target, "--format", "json")
		var answer pathAnswer
		if err := json.Unmarshal([]byte(out), &answer); err != nil || code != Done {
			t.Fatalf("%s: %d %v %s", p.Name, code, err, errs)
		}
		if len(answer.Paths) != 1 || answer.Paths[0].Source.DN != p.Source || answer.Paths[0].Target.DN != p.Target ||
			len(answer.Paths[0].Steps) > len(p.Kinds) || answer.Paths[0].Steps[0].From != p.Source {
			t.Errorf("%s: %+v", p.Name, answer.Paths)
		}
	}
}

func TestDirectoryPathEnds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "domain")
	if code, _, errs := directoryRun(t, nil, "generate", "--objects", "300", "--out", dir); code != Done {
		t.Fatal(errs)
	}
	dump := filepath.Join(dir, generate.DumpFile)
	for _, row := range []struct {
		name string
		env  map[string]string
		args []string
		code int
		want []string // in what is printed
		bare bool     // no path
	}{
		{"account name", nil, []string{"--from", "support01"}, Done, []string{"WriteDacl (A;;WD;;;", "DC3"}, false},
		{"account name in capitals", nil, []string{"--from", "SUPPORT01"}, Done, []string{"DC3"}, false},
		{"with its domain", nil, []string{"--from", `VALOMBRE\support01`}, Done, []string{"DC3"}, false},
		{"with the DNS name of its domain", nil, []string{"--from", `valombre.test\support01`}, Done, []string{"DC3"}, false},
		{"in another domain", nil, []string{"--from", `AUTRE\support01`}, Failed, []string{`AUTRE\support01 n’est pas dans l’annuaire`}, false},
		{"a computer without its dollar", nil, []string{"--from", "srv-gtb"}, Done, []string{"UnconstrainedDelegation"}, false},
		{"to a named target", nil, []string{"--from", "support01", "--to", "SRV-PKI"}, Done, []string{"SRV-PKI"}, false},
		{"in English", map[string]string{"LANG": "en_GB"}, []string{"--from", "support01"}, Done, []string{"can rewrite the rights"}, false},
		{"everybody", nil, []string{"--from", "S-1-5-11"}, Done, []string{"Aucun chemin"}, true},
		{"nobody", nil, []string{"--from", "personne"}, Failed, []string{"personne n’est pas dans l’annuaire"}, false},
		{"an unknown target", nil, []string{"--from", "support01", "--to", "CN=x,DC=y"}, Failed, []string{"n’est pas dans l’annuaire"}, false},
		{"no beginning", nil, nil, Usage, []string{"--from"}, false},
		{"the object itself", nil, []string{"--from", "krbtgt"}, Done, []string{"C’est l’objet lui-même"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			code, out, errs := directoryRun(t, row.env, append([]string{"path", dump}, row.args...)...)
			if code != row.code {
				t.Errorf("code %d: %s %s", code, out, errs)
			}
			for _, want := range row.want {
				if !strings.Contains(out+errs, want) {
					t.Errorf("%s%s does not say %q", out, errs, want)
				}
			}
			if !row.bare {
				return
			}
			code, out, _ = directoryRun(t, row.env, append([]string{"path", dump, "--format", "json"}, row.args...)...)
			if code != Done || !strings.Contains(out, `"paths": []`) {
				t.Errorf("%d %s", code, out)
			}
		})
	}
}

// A name that several objects bear is asked for each of them: the krbtgt of both domains of a forest.
func TestDirectoryPathToEachOfAName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "domain")
	if code, _, errs := directoryRun(t, nil, "generate", "--objects", "300", "--child", "--out", dir); code != Done {
		t.Fatal(errs)
	}
	code, out, errs := directoryRun(t, nil, "path", filepath.Join(dir, generate.DumpFile), "--from", `VALOMBRE\support01`, "--to", "krbtgt", "--format", "json")
	var answer pathAnswer
	if err := json.Unmarshal([]byte(out), &answer); err != nil || code != Done {
		t.Fatalf("%d %v %s", code, err, errs)
	}
	reached := map[string]bool{}
	for _, p := range answer.Paths {
		reached[p.Target.DN] = true
	}
	if len(answer.To) != 2 || len(answer.Paths) != 2 || len(reached) != 2 {
		t.Errorf("%d objects, %d paths to %v", len(answer.To), len(answer.Paths), reached)
	}
}

// The audit and the question agree on who gets in.
func TestDirectoryPathAgreesWithAudit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "domain")
	if code, _, errs := directoryRun(t, nil, "generate", "--objects", "300", "--seed", "9", "--out", dir); code != Done {
		t.Fatal(errs)
	}
	dump := filepath.Join(dir, generate.DumpFile)
	code, out, errs := directoryRun(t, nil, "audit", dump, "--format", "json")
	if code != Done {
		t.Fatal(errs)
	}
	r, err := report.Read(strings.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Paths) < 10 || len(r.Fixes) == 0 || len(r.TierZero) == 0 || r.Statistics.Control.ExposedTo == 0 {
		t.Errorf("%d paths, %d fixes, %+v", len(r.Paths), len(r.Fixes), r.Statistics.Control)
	}
	policies := 0
	for _, p := range r.Paths {
		for _, s := range p.Steps {
			for _, e := range []report.Principal{s.Actor(), s.Gain(), s.Place()} {
				if strings.Contains(e.DN, ",CN=Policies,") { // people know a policy by another name than the tree
					policies++
					if e.Name == "" || strings.Contains(e.Short(), "{") {
						t.Errorf("a policy without its name: %+v", e)
					}
				}
			}
		}
		code, out, _ := directoryRun(t, nil, "path", dump, "--from", p.Source.SID, "--to", p.Target.DN, "--format", "json")
		var answer pathAnswer
		if err := json.Unmarshal([]byte(out), &answer); err != nil || code != Done || len(answer.Paths) != 1 {
			t.Fatalf("%s to %s: %d %v", p.Source.DN, p.Target.DN, code, err)
		}
		if len(answer.Paths[0].Steps) > len(p.Steps) {
			t.Errorf("%s to %s: the audit knows a shorter way", p.Source.DN, p.Target.DN)
		}
	}
	if policies == 0 {
		t.Error("no path leads by a policy")
	}
	ranks := slices.IsSortedFunc(r.Fixes, func(a, b report.Fix) int { return a.Rank - b.Rank })
	if last := r.Fixes[len(r.Fixes)-1]; !ranks || last.Remaining == nil || *last.Remaining != 0 {
		t.Errorf("%+v", r.Fixes)
	}
}

func TestDirectoryGenerateRefuses(t *testing.T) {
	for _, args := range [][]string{{"--objects", "3", "--out", "x"}, {"--as-of", "hier", "--out", "x"}, {"--only", "x", "--out", "x"}, {"--objects", "300"}} {
		if code, _, errs := directoryRun(t, nil, append([]string{"generate"}, args...)...); code != Usage {
			t.Errorf("%v: %d %s", args, code, errs)
		}
	}
}
