package cli_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hygie/internal/cli"
)

// checkReferential checks files and gives what was printed, with the code of the end.
func checkReferential(t *testing.T, files ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	err := cli.ReferentialCheck{File: files, Format: "text"}.Run(&cli.Streams{Out: &out, Env: func(string) string { return "en" }})
	var exit cli.Exit
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), exit.Code
}

func TestReferentialCheckReadsCalls(t *testing.T) {
	shipped := filepath.Join("..", "..", "referential", "packages", "calls")
	out, code := checkReferential(t, shipped)
	if code != cli.Done || !strings.Contains(out, "call care-d1-2024, version 1.0, requirements: 6, to be filled: 11") || !strings.Contains(out, "reasons care-instruction, version 1.0") {
		t.Errorf("ends with %d:\n%s", code, out)
	}
	whole, err := os.ReadFile(filepath.Join(shipped, "care-d1-2024.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][3]string{
		"unknown requirement": {"code: D1.O6.B", "code: D1.O7.X", `:247:6: requirement convergence: package care-d1 has no requirement "D1.O7.X"`},
		"unknown library":     {"libraries: [care-instruction]", "libraries: [nothing]", `there is no library of reasons "nothing"`},
		"unknown key":         {"programme: care", "program: care", `unknown key "program"`},
	} {
		file := filepath.Join(t.TempDir(), "call.yaml")
		if err := os.WriteFile(file, []byte(strings.Replace(string(whole), change[0], change[1], 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, code := checkReferential(t, file); code != cli.Failed || !strings.Contains(out, change[2]) {
			t.Errorf("%s: ends with %d:\n%s", name, code, out)
		}
	}
}
